/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/central/cli/cli_held.h"

#include <stdio.h>
#include <string.h>

#include "common/core/change.h"
#include "common/sys/json.h"

/* Which change, what it is about, and why it is held. */
static void
say_which(const struct human *h, const json_t *one)
{
	const char *reason = human_str(one, "reason");
	char key[80], title[HUMAN_NAME_MAX];

	h->name(h->arg, human_str(one, "record"), title);
	human_put(h, "%s  of %s\n    ", human_str(one, "change"), title);
	(void)snprintf(key, sizeof(key), "held.%.60s", reason);
	if (*human_word(h, key) == '\0')
		human_put(h, "%s\n", reason);
	else
		human_words(h, key, "field", "one of its values", NULL);
}

void
cli_held_list(const struct human *h, const json_t *answer)
{
	const json_t *list = json_object_get(answer, "held");

	for (size_t i = 0; i < json_array_size(list); i++)
		say_which(h, json_array_get(list, i));
	if (json_array_size(list) == 0)
		human_put(h, "No change is held.\n");
	else
		human_put(h,
		    "Next: %s held show CHANGE, then held retry, or held "
		    "close with a reason.\n",
		    h->program);
}

/* "Written by Mair at 18:05 on 22 November 2026 (device's clock, ±3 min)". */
static void
say_author(const struct human *h, const json_t *change)
{
	const uint64_t within_s = human_num(change, "clock_within") / 1000;
	json_t *timed = json_pack("{s:I, s:I}", "clock_offset",
	    json_integer_value(json_object_get(change, "clock_offset")),
	    "uncertainty_s", (json_int_t)within_s);
	char who[HUMAN_NAME_MAX], when[HUMAN_TIME_MAX];
	char unsure[HUMAN_UNSURE_MAX] = "";

	human_who(h, human_str(change, "author"), who);
	human_when(h, human_num(change, "made_at"), when);
	if (timed != NULL)
		human_unsure(h, timed, unsure);
	json_decref(timed);
	human_put(h, "  Written by %s at %s%s\n", who, when, unsure);
}

static void
say_value(const struct human *h, const struct schema_field *f,
    const json_t *value, const char *absent)
{
	if (value == NULL)
		human_put(h, "    %s\n", absent);
	else
		human_value(h, f, value, "    ");
}

/* What it says of one place, and what its author saw there. */
static void
say_op(const struct human *h, const struct schema_type *type, const json_t *op)
{
	const char *path = human_str(op, "path");
	const json_t *was = json_object_get(op, "was");
	const json_t *now = json_object_get(op, "now");
	const struct schema_field *f =
	    type == NULL ? NULL : schema_find_field(type, path);

	if (f != NULL)
		human_put(h, "  %s:\n", f->label);
	else if (*path == '\0' && type != NULL)
		human_put(h, "  %s:\n", type->label);
	else
		human_put(h, "  %s:\n", path);
	if (json_has(op, "erased")) {
		human_put(h, "    (its words were erased)\n");
		return;
	}
	say_value(h, f, now, "Removed");
	if (was == NULL || (now != NULL && json_equal(was, now)))
		return;
	human_put(h, "  where its author saw:\n");
	human_value(h, f, was, "    ");
}

/* What it decides of two versions; its words are those of an answer's. */
static void
say_decisions(const struct human *h, const json_t *change)
{
	const json_t *list = json_object_get(change, "resolve");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);
		const json_t *why = json_object_get(one, "why");
		const char *what = json_is_true(json_object_get(one, "ask"))
		    ? "It asks the next who may decide"
		    : *human_str(one, "undo") != '\0'
		    ? "It takes a decision back"
		    : "It decides";

		human_put(h, "  %s: %s conflict show %s\n", what, h->program,
		    human_str(one, "conflict"));
		if (json_array_size(why) == 2)
			human_text(h, json_string_value(json_array_get(why, 1)),
			    "    ");
	}
}

static void
say_next(const struct human *h, const json_t *answer)
{
	const char *state = human_str(answer, "state");

	if (strcmp(state, "held") == 0)
		human_put(h,
		    "Next: %s held retry %s, or held close with a reason.\n",
		    h->program, human_str(answer, "change"));
	else if (strcmp(state, "closed") == 0)
		human_put(h, "It was closed and not applied.\n");
	else if (strcmp(state, "done") == 0)
		human_put(h, "It is held no longer.\n");
	else
		human_put(h, "It was received and has not been read yet.\n");
}

void
cli_held_show(const struct human *h, const json_t *answer)
{
	const json_t *change = json_object_get(answer, "content");
	const json_t *ops = json_object_get(change, "ops");
	const struct schema_type *type =
	    schema_type(h->schema, human_str(change, "type"));

	say_which(h, answer);
	say_author(h, change);
	for (size_t i = 0; i < json_array_size(ops); i++)
		say_op(h, type, json_array_get(ops, i));
	say_decisions(h, change);
	if (json_has(change, CHANGE_SEALED) ||
	    json_has(change, CHANGE_SEALED_OLD))
		human_put(h, "  Its words are sealed to the office.\n");
	say_next(h, answer);
}
