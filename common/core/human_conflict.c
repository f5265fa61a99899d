/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two versions of one thing in words: what stands, each side, who did what
 * about it, whose turn it is, and what can be typed.
 */
#include <stdio.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/core/human.h"
#include "common/sys/json.h"

#define NAMES_BYTES_MAX ((size_t)64 * HUMAN_NAME_MAX)

bool
human_is_review(const json_t *conflict)
{
	const char *kind = human_str(conflict, "kind");

	return strcmp(kind, "review") == 0 || strcmp(kind, "notice") == 0;
}

static const char *
title_key(const json_t *conflict)
{
	if (strcmp(human_str(conflict, "kind"), "notice") == 0)
		return "review.notice";
	if (strcmp(human_str(conflict, "kind"), "beside") == 0)
		return "conflict.beside";
	return human_is_review(conflict) ? "review.merged" : "conflict.title";
}

/* Whose turn it is, in a line of a list. */
static void
list_turn(const struct human *h, const json_t *one)
{
	char key[80];

	if (strcmp(human_str(one, "state"), "open") != 0 ||
	    strcmp(human_str(one, "kind"), "ask") != 0)
		return;
	(void)snprintf(key, sizeof(key), "conflict.list.%.40s",
	    strcmp(human_str(one, "may"), "now") == 0
	        ? "now"
	        : human_str(one, "owner"));
	human_put(h, "    ");
	human_words(h, key, NULL);
}

size_t
human_conflicts(const struct human *h, const json_t *list)
{
	char title[HUMAN_NAME_MAX];
	size_t asked = 0;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);
		const struct schema_type *type =
		    schema_type(h->schema, human_str(one, "type"));

		if (human_is_review(one))
			continue;
		asked++;
		human_words(
		    h, title_key(one), "field", human_str(one, "label"), NULL);
		h->name(h->arg, human_str(one, "record"), title);
		human_put(h, "    %s: %s\n",
		    type != NULL ? type->label : human_str(one, "type"), title);
		list_turn(h, one);
		human_put(h, "    %s conflict show %s\n", h->program,
		    human_str(one, "id"));
	}
	return asked;
}

/* A value at the conflict's path; the whole record's, where it was removed by
 * one and changed by another. */
static void
show_at(const struct human *h, const json_t *conflict, const json_t *value)
{
	const struct schema_type *type =
	    schema_type(h->schema, human_str(conflict, "type"));
	const char *path = human_str(conflict, "path");

	if (*path != '\0' || type == NULL)
		human_value(h,
		    type == NULL ? NULL : schema_find_field(type, path), value,
		    "  ");
	else if (value == NULL || json_is_null(value))
		human_put(h, "  %s\n", human_word(h, "value.removed"));
	else
		human_doc(h, type, value);
}

/* "entry 37 of the office's log", or that it is not there yet: a device shows
 * its own change under an epoch that no office reaches (shown.c). */
static void
version_words(const struct human *h, const json_t *version, char out[static 80])
{
	const json_int_t epoch = json_integer_value(json_array_get(version, 0));
	const json_int_t seq = json_integer_value(json_array_get(version, 1));

	if (seq <= 0 || epoch >= ((json_int_t)1 << 52))
		(void)snprintf(
		    out, 80, "%s", human_word(h, "conflict.version.none"));
	else
		(void)snprintf(out, 80, "%s %lld",
		    human_word(h, "conflict.version"), (long long)seq);
}

/* "You wrote at 18:05 on 21 November 2026 (device's clock, ±3 min), entry 37
 * of the office's log"; not the entry of a side that is closed, which is that
 * of what closed it. */
static void
show_whence(
    const struct human *h, const json_t *told, const char *by, bool is_closed)
{
	char name[HUMAN_NAME_MAX], when[HUMAN_TIME_MAX];
	char unsure[HUMAN_UNSURE_MAX], version[80];

	/* By the id: anybody may be called "you". */
	if (!id_is_zero(h->me) && strcmp(by, id_print(h->me).s) == 0)
		(void)snprintf(name, sizeof(name), "You");
	else
		h->name(h->arg, by, name);
	if (json_has(told, "made_at"))
		human_when(h, human_num(told, "made_at"), when);
	else
		human_when(h, human_num(told, "at"), when);
	human_unsure(h, told, unsure);
	version_words(h, json_object_get(told, "version"), version);
	human_put(h, "%s wrote at %s%s", name, when, unsure);
	if (!is_closed)
		human_put(h, ", %s", version);
}

static void
show_current(const struct human *h, const json_t *conflict)
{
	const json_t *by = json_object_get(conflict, "current_by");

	human_put(h, "The value that stands now (current)");
	if (json_is_object(by)) {
		human_put(h, "; ");
		show_whence(h, by, human_str(by, "by"), false);
	}
	human_put(h, ":\n");
	show_at(h, conflict, json_object_get(conflict, "current"));
}

/* Both open, or both closed, and the same words. */
static bool
says_the_same(const json_t *a, const json_t *b)
{
	const json_t *x = json_object_get(a, "value");
	const json_t *y = json_object_get(b, "value");

	return json_is_true(json_object_get(a, "open")) ==
	    json_is_true(json_object_get(b, "open")) &&
	    (x == y || (x != NULL && y != NULL && json_equal(x, y)));
}

/* The next of the sides from i on that says what this one says; their number
 * if there is none. */
static size_t
next_same(const json_t *sides, const json_t *side, size_t i)
{
	while (i < json_array_size(sides) &&
	    !says_the_same(json_array_get(sides, i), side))
		i++;
	return i;
}

/* Sides that say the same are shown as one, with everybody who wrote it; each
 * keeps its number. */
static void
show_sides(const struct human *h, const json_t *conflict)
{
	const json_t *sides = json_object_get(conflict, "sides");
	const size_t n = json_array_size(sides);

	for (size_t i = 0; i < n; i++) {
		const json_t *side = json_array_get(sides, i);

		if (next_same(sides, side, 0) < i)
			continue;
		for (size_t k = i; k < n; k = next_same(sides, side, k + 1)) {
			const json_t *same = json_array_get(sides, k);

			human_put(h, "%s%zu. ", k > i ? ", and\n" : "", k + 1);
			show_whence(h, same, human_str(same, "author"),
			    !json_is_true(json_object_get(same, "open")));
		}
		human_put(h, "%s:\n",
		    json_is_true(json_object_get(side, "open")) ? ""
		                                                : " (closed)");
		show_at(h, conflict, json_object_get(side, "value"));
	}
}

/* "You, Aled Pugh" */
static void
name_authors(const struct human *h, const json_t *authors, struct buf *out)
{
	for (size_t i = 0; i < json_array_size(authors); i++) {
		char name[HUMAN_NAME_MAX];

		human_who(
		    h, json_string_value(json_array_get(authors, i)), name);
		(void)buf_printf(out, "%s%s", i > 0 ? ", " : "", name);
	}
}

/* Who decides, and until when. */
static void
show_turn(const struct human *h, const json_t *conflict)
{
	const char *may = human_str(conflict, "may");
	const char *owner = human_str(conflict, "owner");
	const uint64_t until = human_num(conflict, "until");
	char key[80], when[CLOCK_HUMAN_MAX] = "";
	struct buf who;

	buf_init(&who, NAMES_BYTES_MAX);
	name_authors(h, json_object_get(conflict, "authors"), &who);
	(void)snprintf(key, sizeof(key), "conflict.turn.%.40s%s", owner,
	    until == 0 && strcmp(owner, "administrator") != 0 ? ".open" : "");
	if (until != 0)
		clock_print_human(until, when);
	human_words(
	    h, key, "who", who.len > 0 ? who.ptr : "", "when", when, NULL);
	buf_wipe(&who);
	if (*may == '\0' || strcmp(may, "now") == 0)
		return;
	(void)snprintf(key, sizeof(key), "conflict.may.%.20s", may);
	human_words(h, key, NULL);
}

/* What was done, as the word that names its sentence. */
static const char *
done_word(const json_t *decision)
{
	if (json_has(decision, "undo"))
		return "undone";
	if (json_is_true(json_object_get(decision, "ask")))
		return "asked";
	return json_is_true(json_object_get(decision, "late")) ? "late"
	                                                       : "decided";
}

/* Who passed it on, decided and took back, in order, with their reasons. */
static void
show_past(const struct human *h, const json_t *decisions)
{
	for (size_t i = 0; i < json_array_size(decisions); i++) {
		const json_t *one = json_array_get(decisions, i);
		const char *reason = human_str(one, "reason");
		char name[HUMAN_NAME_MAX], day[HUMAN_TIME_MAX], key[60];

		h->name(h->arg, human_str(one, "by"), name);
		human_day(human_num(one, "at"), day);
		(void)snprintf(key, sizeof(key), "conflict.%s%s",
		    done_word(one), *reason != '\0' ? "" : ".bare");
		human_words(
		    h, key, "who", name, "day", day, "reason", reason, NULL);
	}
}

/* What can be typed now. */
static void
show_ways(const struct human *h, const json_t *conflict)
{
	const char *id = human_str(conflict, "id");

	if (strcmp(human_str(conflict, "state"), "open") != 0) {
		if (json_is_object(json_object_get(conflict, "decision")))
			human_put(h,
			    "\nIf it is to be decided again: %s conflict "
			    "decide %s --undo --reason WHY\n",
			    h->program, id);
		return;
	}
	if (strcmp(human_str(conflict, "kind"), "ask") == 0)
		show_turn(h, conflict);
	if (human_is_review(conflict))
		human_put(h,
		    "\nIf it is right as it stands: %s conflict decide %s "
		    "--seen %s --take current\nIf not: the same with --take "
		    "and a number, or --text-file FILE\n",
		    h->program, id, human_str(conflict, "seen"));
	else
		human_put(h,
		    "\n%s conflict decide %s --seen %s, with --take and "
		    "current or a number, --text-file FILE, or --ask\n",
		    h->program, id, human_str(conflict, "seen"));
}

void
human_conflict(const struct human *h, const json_t *conflict)
{
	char title[HUMAN_NAME_MAX];

	human_words(h, title_key(conflict), "field",
	    human_str(conflict, "label"), NULL);
	h->name(h->arg, human_str(conflict, "record"), title);
	human_put(h, "%s\n\n", title);
	if (!json_is_null(json_object_get(conflict, "ancestor"))) {
		human_words(h, "conflict.ancestor", NULL);
		show_at(h, conflict, json_object_get(conflict, "ancestor"));
	}
	show_current(h, conflict);
	show_sides(h, conflict);
	show_past(h, json_object_get(conflict, "decisions"));
	show_ways(h, conflict);
}
