/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two versions of one thing: see them, and say which stands.
 */
#include <stdlib.h>

#include "client/commands.h"
#include "client/conflict.h"
#include "client/output.h"
#include "client/save.h"
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

void
conflict_list_human(struct client *c, const json_t *result)
{
	const json_t *list = json_object_get(result, "conflicts");
	const struct human h = output_human(c);
	const size_t asked = human_conflicts(&h, list);

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
	conflict = record_conflict(&f.shown.view, f.id);
	if ((code = conflict_teller_make(c, &teller, e)) == ERR_OK &&
	    (code = conflict_line_json(
	         &teller, &f.shown.view, conflict, result, e)) == ERR_OK)
		code = conflict_whole_json(
		    &teller, &f.shown.view, conflict, result, e);
	record_shown_fini(&f.shown);
	return code;
}

void
conflict_show_human(struct client *c, const json_t *result)
{
	const struct human h = output_human(c);

	human_conflict(&h, result);
}

/* The value of "current", a side's name, or a side's number. */
static enum err_code
take_side(struct client *c, const struct conflict_found *f,
    const struct conflict *conflict, json_t **out, struct err *e)
{
	const char *take = args_get(c->args, "take");
	size_t side;

	if (strcmp(take, "current") == 0) {
		*out = value_share(path_get(f->shown.view.doc, conflict->path));
		return ERR_OK;
	}
	if (conflict_side_named(conflict, take, &side)) {
		*out = value_share(conflict->sides[side].value);
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
	edits_init(&edits, c->type, f->shown.view.doc);
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

/* Who says what they had seen decides nothing else. */
static enum err_code
check_seen(struct client *c, const struct conflict_found *f,
    const struct conflict *conflict, struct err *e)
{
	const char *seen = args_get(c->args, "seen");
	char now[CONFLICT_SEEN_LEN + 1];
	enum err_code code;

	if (seen == NULL)
		return ERR_OK;
	code = conflict_seen(&f->shown.view, conflict, now, e);
	if (code != ERR_OK || strcmp(seen, now) == 0)
		return code;
	client_next(c,
	    "Nothing was decided. visitbook conflict show %s shows what it is "
	    "now.",
	    c->args->operands[0]);
	return client_fail(c, ERR_CONFLICT, STATUS_REFUSED, "moved", e,
	    "this has changed since it was looked at as %.20s", seen);
}

static enum err_code
decide(struct client *c, const struct conflict_found *f,
    const struct conflict *conflict, json_t *result, struct err *e)
{
	const char *reason = args_get(c->args, "reason");
	/* Blanks are no reason. */
	struct conflict_decision d = { .reason = reason == NULL ||
		        reason[strspn(reason, " \t\r\n")] == '\0'
		    ? NULL
		    : reason,
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
	conflict = record_conflict(&f.shown.view, f.id);
	if ((code = check_seen(c, &f, conflict, e)) != ERR_OK) {
		record_shown_fini(&f.shown);
		return code;
	}
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
	record_shown_fini(&f.shown);
	return code;
}

void
conflict_decide_human(struct client *c, const json_t *result)
{
	const bool is_open = strcmp(human_str(result, "state"), "open") == 0;
	const char *may = human_str(result, "may");

	/* What the office will keep aside is not decided. */
	if (strcmp(may, "never") == 0)
		output_words(c, "conflict.done.never", NULL);
	else if (strcmp(may, "later") == 0)
		output_words(c, "conflict.done.later", NULL);
	else if (args_has(c->args, "ask"))
		output_words(c, "conflict.done.asked", NULL);
	else if (args_has(c->args, "undo"))
		output_words(c, "conflict.done.undone", NULL);
	else
		output_words(
		    c, is_open ? "conflict.done.open" : "conflict.done", NULL);
	saved_human(c, result);
}
