/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two versions of one thing: see them, and say which stands.
 */
#include <stdlib.h>

#include "client/commands.h"
#include "client/conflict.h"
#include "client/output.h"
#include "client/save.h"
#include "client/show.h"
#include "common/base/clock.h"
#include "common/core/limits.h"
#include "common/core/path.h"
#include "common/core/value.h"
#include "common/sys/json.h"

enum err_code
conflict_list_run(struct client *c, json_t *result, struct err *e)
{
	return conflict_list(c, NULL, "conflicts", result, e);
}

/* Something to be read, and nothing to be answered. */
static bool
is_review(const json_t *line)
{
	const char *kind = output_str(line, "kind");

	return strcmp(kind, "review") == 0 || strcmp(kind, "notice") == 0;
}

void
conflict_list_human(struct client *c, const json_t *result)
{
	const json_t *list = json_object_get(result, "conflicts");
	size_t asked = 0;
	char title[TITLE_MAX];

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);

		if (is_review(one))
			continue;
		asked++;
		output_words(c, "conflict.title", "field",
		    output_str(one, "label"), NULL);
		record_title(c, output_str(one, "record"), title);
		output("    %s %s\n    visitbook conflict show %s\n",
		    output_str(one, "type"), title, output_str(one, "id"));
	}
	if (asked == 0)
		output("There are no two versions of anything.\n");
	if (asked < json_array_size(list))
		conflict_tell_reviews(c, json_array_size(list) - asked);
}

enum err_code
conflict_show_run(struct client *c, json_t *result, struct err *e)
{
	const struct conflict *conflict;
	struct conflict_teller teller;
	struct conflict_found f;
	enum err_code code = conflict_find(c, &f, e);

	if (code != ERR_OK)
		return code;
	conflict = record_conflict(&f.record, f.id);
	if ((code = conflict_teller_make(c, &teller, e)) == ERR_OK &&
	    (code = conflict_line_json(
	         &teller, &f.record, conflict, result, e)) == ERR_OK)
		code = conflict_whole_json(&f.record, conflict, result, e);
	record_fini(&f.record);
	return code;
}

/* A value at the conflict's path; the whole record's, where it was removed by
 * one and changed by another. */
static void
show_at(struct client *c, const char *path, const json_t *value)
{
	bool is_gone = value == NULL || json_is_null(value);

	if (*path != '\0')
		show_value(c, schema_find_field(c->type, path), value, "  ");
	else if (is_gone)
		output("  %s\n", output_word(c, "value.removed"));
	else
		show_doc(c, value);
}

/* How far the clock was off that a time was told by, as words behind it; none
 * below a minute, which is what is shown of a time. */
static void
clock_words(int64_t office_minus_device, char out[static 80])
{
	const int64_t minutes = office_minus_device / 60000;

	out[0] = '\0';
	if (minutes != 0)
		(void)snprintf(out, 80,
		    " (that device's clock was %lld minute%s %s)",
		    (long long)(minutes < 0 ? -minutes : minutes),
		    minutes == 1 || minutes == -1 ? "" : "s",
		    minutes < 0 ? "ahead" : "behind");
}

/* "1. You wrote on 21 November 2026, 18:05:" and the value. */
static void
show_side(struct client *c, const char *path, const json_t *side, size_t number)
{
	struct id_text me = id_print(device_store_identity(c->store)->user);
	const char *author = output_str(side, "author");
	char name[TITLE_MAX], both[CLOCK_HUMAN_MAX], clock[80];

	record_title(c, author, name);
	clock_print_human(output_num(side, "made_at"), both);
	clock_words(
	    (int64_t)json_integer_value(json_object_get(side, "clock_offset")),
	    clock);
	output("%zu. %s wrote on %s%s%s:\n", number,
	    strcmp(author, me.s) == 0 ? "You" : name, both, clock,
	    json_is_true(json_object_get(side, "open")) ? "" : " (closed)");
	show_at(c, path, json_object_get(side, "value"));
}

/* "You, Aled Pugh" */
static void
name_authors(struct client *c, const json_t *authors, struct buf *out)
{
	struct id_text me = id_print(device_store_identity(c->store)->user);

	for (size_t i = 0; i < json_array_size(authors); i++) {
		const char *id = json_string_value(json_array_get(authors, i));
		char name[TITLE_MAX];

		record_title(c, id, name);
		(void)buf_printf(out, "%s%s", i > 0 ? ", " : "",
		    strcmp(id, me.s) == 0 ? output_word(c, "who.you") : name);
	}
}

/* Who decides, and until when. */
static void
show_turn(struct client *c, const json_t *result)
{
	const char *may = output_str(result, "may");
	const uint64_t until = output_num(result, "until");
	char key[80], when[CLOCK_HUMAN_MAX] = "";
	struct buf who;

	buf_init(&who, (size_t)64 * TITLE_MAX);
	name_authors(c, json_object_get(result, "authors"), &who);
	(void)snprintf(key, sizeof(key), "conflict.turn.%.40s%s",
	    output_str(result, "owner"),
	    until == 0 &&
	            strcmp(output_str(result, "owner"), "administrator") != 0
	        ? ".open"
	        : "");
	if (until != 0)
		clock_print_human(until, when);
	output_words(
	    c, key, "who", who.len > 0 ? who.ptr : "", "when", when, NULL);
	buf_wipe(&who);
	if (strcmp(may, "now") == 0)
		return;
	(void)snprintf(key, sizeof(key), "conflict.may.%.20s", may);
	output_words(c, key, NULL);
}

/* Who passed it on, decided and took back, in order, with their reasons. */
static void
show_past(struct client *c, const json_t *decisions)
{
	for (size_t i = 0; i < json_array_size(decisions); i++) {
		const json_t *one = json_array_get(decisions, i);
		const char *reason = output_str(one, "reason");
		char name[TITLE_MAX], day[OUTPUT_TIME_MAX], key[60];

		record_title(c, output_str(one, "by"), name);
		output_day(output_num(one, "at"), day);
		(void)snprintf(key, sizeof(key), "conflict.%s%s",
		    json_has(one, "undo")                           ? "undone"
		        : json_is_true(json_object_get(one, "ask")) ? "asked"
		                                                    : "decided",
		    *reason != '\0' ? "" : ".bare");
		output_words(
		    c, key, "who", name, "day", day, "reason", reason, NULL);
	}
}

void
conflict_show_human(struct client *c, const json_t *result)
{
	const char *path = output_str(result, "path");
	const char *key = "conflict.title";
	const json_t *sides = json_object_get(result, "sides");

	if (strcmp(output_str(result, "kind"), "notice") == 0)
		key = "review.notice";
	else if (is_review(result))
		key = "review.merged";
	output_words(c, key, "field", output_str(result, "label"), NULL);
	output("The value that stands now (current):\n");
	show_at(c, path, json_object_get(result, "current"));
	for (size_t i = 0; i < json_array_size(sides); i++)
		show_side(c, path, json_array_get(sides, i), i + 1);
	show_past(c, json_object_get(result, "decisions"));
	if (strcmp(output_str(result, "state"), "open") != 0) {
		if (json_is_object(json_object_get(result, "decision")))
			output("\nIf it is to be decided again: visitbook "
			       "conflict decide %s --undo --reason WHY\n",
			    output_str(result, "id"));
		return;
	}
	if (strcmp(output_str(result, "kind"), "ask") == 0)
		show_turn(c, result);
	if (is_review(result))
		output("\nIf it is right as it stands: visitbook review seen "
		       "%s\nIf not: visitbook conflict decide %s, with "
		       "--take and a number, or --text-file FILE\n",
		    output_str(result, "id"), output_str(result, "id"));
	else
		output("\nvisitbook conflict decide %s, with --take and "
		       "current or a number, --text-file FILE, or --ask\n",
		    output_str(result, "id"));
}

/* The value of "current", a side's name, or a side's number. */
static enum err_code
take_side(struct client *c, const struct conflict_found *f,
    const struct conflict *conflict, json_t **out, struct err *e)
{
	const char *take = args_get(c->args, "take");
	char *end;
	unsigned long n = strtoul(take, &end, 10);

	if (strcmp(take, "current") == 0) {
		*out = value_share(path_get(f->record.doc, conflict->path));
		return ERR_OK;
	}
	for (size_t i = 0; i < conflict->n_sides; i++)
		if (strcmp(conflict->sides[i].key, take) == 0 ||
		    (*end == '\0' && end != take && n == i + 1)) {
			*out = value_share(conflict->sides[i].value);
			return ERR_OK;
		}
	client_next(
	    c, "visitbook conflict show %s names them.", c->args->operands[0]);
	return err_set(e, ERR_INVALID, 0,
	    "there is no side \"%.80s\": take current, or 1 to %zu", take,
	    conflict->n_sides);
}

static enum err_code
take_text(struct client *c, const struct conflict_found *f,
    const struct conflict *conflict, json_t **out, struct err *e)
{
	struct edits edits;
	struct buf text;
	enum err_code code;

	buf_init(&text, 3 * LIMIT_TEXT_BYTES);
	edits_init(&edits, c->type, f->record.doc);
	edits.now_ms = clock_unix_ms();
	code = client_read_text(c, args_get(c->args, "text-file"), &text, e);
	if (code == ERR_OK)
		code = edits_set(
		    &edits, conflict->path, text.ptr, text.len, EDIT_TEXT, e);
	if (code == ERR_OK)
		*out = value_share(edits.items[0].now);
	edits_fini(&edits);
	buf_wipe(&text);
	return code;
}

static enum err_code
decide(struct client *c, const struct conflict_found *f,
    const struct conflict *conflict, json_t *result, struct err *e)
{
	struct conflict_decision d = { .reason = args_get(c->args, "reason"),
		.ask = args_has(c->args, "ask"),
		.undo = args_has(c->args, "undo") };
	json_t *value = NULL;
	enum err_code code = ERR_OK;

	d.has_value = !d.ask && !d.undo;
	if (args_has(c->args, "take"))
		code = take_side(c, f, conflict, &value, e);
	else if (d.has_value)
		code = take_text(c, f, conflict, &value, e);
	d.value = value;
	if (code == ERR_OK)
		code = conflict_save(c, f, &d, result, e);
	json_decref(value);
	return code;
}

enum err_code
conflict_decide_run(struct client *c, json_t *result, struct err *e)
{
	int ways = (args_has(c->args, "take") ? 1 : 0) +
	    (args_has(c->args, "text-file") ? 1 : 0) +
	    (args_has(c->args, "ask") ? 1 : 0) +
	    (args_has(c->args, "undo") ? 1 : 0);
	const struct conflict *conflict;
	struct conflict_found f;
	enum err_code code;

	if (ways != 1)
		return client_fail(c, ERR_INVALID, STATUS_USAGE, "usage", e,
		    "say one of --take current or --take SIDE, --text-file "
		    "FILE, --ask, --undo");
	code = conflict_find(c, &f, e);
	if (code != ERR_OK)
		return code;
	conflict = record_conflict(&f.record, f.id);
	if (!conflict_is_open(conflict) && !args_has(c->args, "undo")) {
		client_next(c,
		    "It stands as it is. To have it decided again: visitbook "
		    "conflict decide %s --undo",
		    c->args->operands[0]);
		code = client_fail(c, ERR_CONFLICT, STATUS_REFUSED, "closed", e,
		    "this was decided already");
	} else {
		code = decide(c, &f, conflict, result, e);
	}
	record_fini(&f.record);
	return code;
}

void
conflict_decide_human(struct client *c, const json_t *result)
{
	output("%s\n",
	    strcmp(output_str(result, "state"), "open") == 0
	        ? "Both versions are kept until someone decides."
	        : "Decided. Both versions stay readable.");
	if (strcmp(output_str(result, "may"), "never") == 0)
		output_words(c, "conflict.may.never", NULL);
	saved_human(c, result);
}
