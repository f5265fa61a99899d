/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records of every type: new, edit, remove.  What is refused is not lost: the
 * values of a refused save are kept as a draft.
 */
#include "client/attached.h"
#include "client/begin.h"
#include "client/commands.h"
#include "client/draft.h"
#include "client/given.h"
#include "client/output.h"
#include "client/save.h"
#include "common/base/clock.h"
#include "common/base/rng.h"
#include "common/core/path.h"
#include "common/sys/json.h"

static void
random_bytes(uint8_t out[static 10])
{
	rng_fill(out, 10);
}

/* What only the office may set goes there all the same, and is held; the
 * person should know. */
static void
warn_office(const struct client *c, const struct edits *edits)
{
	for (size_t i = 0; i < edits->n && !c->quiet; i++) {
		const struct schema_field *f =
		    schema_find_field(c->type, edits->items[i].path);

		if (f != NULL && f->policy == SCHEMA_OFFICE)
			(void)fprintf(stderr,
			    "visitbook: Only the office may set \"%s\": it "
			    "will keep this change aside for someone to look "
			    "at.\n",
			    f->label);
	}
}

/* What is allowed and looks odd all the same: an NHS number that does not add
 * up, a code or a field that this device's lists do not have. */
static void
warn_odd(const struct client *c, const struct edits *edits)
{
	static const struct {
		unsigned bit;
		const char *key;
	} remarks[] = {
		{ SCHEMA_REMARK_CHECK_DIGIT, "remark.check_digit" },
		{ SCHEMA_REMARK_UNKNOWN_NAME, "remark.unknown_name" },
		{ SCHEMA_REMARK_UNKNOWN_CODE, "remark.unknown_code" },
	};
	unsigned found;

	for (size_t i = 0; i < edits->n && !c->quiet; i++) {
		const struct edit_item *item = &edits->items[i];

		if (schema_check_value(
		        c->type, item->path, item->now, &found, NULL) != ERR_OK)
			continue;
		for (size_t k = 0; k < sizeof(remarks) / sizeof(remarks[0]);
		     k++)
			if ((found & remarks[k].bit) != 0)
				(void)fprintf(stderr, "visitbook: %s\n",
				    output_word(c, remarks[k].key));
	}
}

/* A new record names its author, where the schema has a place for that. */
static enum err_code
add_author(struct client *c, struct edits *edits, struct err *e)
{
	const char *author = c->type->signing.author;
	struct id_text me;

	if (author == NULL || edits_touch(edits, author))
		return ERR_OK;
	me = id_print(device_store_identity(c->store)->user);
	return edits_set(edits, author, me.s, ID_TEXT_LEN, EDIT_ARGUMENT, e);
}

/* Signing has a command of its own: it says which words are signed, and that
 * nothing is missing.  The state alone would sign a record without its words.
 */
static enum err_code
check_unsigned(struct client *c, const struct edits *edits, const json_t *doc,
    struct err *e)
{
	const struct schema_signing *s = &c->type->signing;
	const char *const whole[] = { s->by, s->at };
	bool signs = false;

	for (size_t i = 0; i < 2; i++)
		signs =
		    signs || (whole[i] != NULL && edits_touch(edits, whole[i]));
	for (size_t i = 0; i < edits->n && s->field != NULL; i++) {
		const struct edit_item *item = &edits->items[i];
		bool is_open = item->now == NULL;

		for (size_t k = 0; k < json_array_size(s->open); k++)
			is_open = is_open ||
			    json_equal(json_array_get(s->open, k), item->now);
		if (strcmp(item->path, s->field) == 0 && !is_open &&
		    (doc == NULL || !schema_is_signed(c->type, doc)))
			signs = true;
	}
	if (!signs)
		return ERR_OK;
	client_next(c,
	    "Save the words first, then sign them: visitbook %s sign ID",
	    c->type->name);
	return err_set(e, ERR_INVALID, 0,
	    "a %s is not signed by setting its fields", c->type->name);
}

/* A text that did not arrive (an empty file, a broken pipe) must not look as
 * if it had been saved. */
static enum err_code
check_not_empty(struct client *c, const struct edits *edits, struct err *e)
{
	for (size_t i = 0; i < edits->n; i++)
		if (edits->items[i].now != NULL)
			return ERR_OK;
	client_next(c, "Give the text or a field: visitbook %s new --help",
	    c->type->name);
	return err_set(e, ERR_INVALID, 0,
	    "there is nothing in this %s, so nothing was saved", c->type->name);
}

/* Save what was given, with what its author had before their eyes: others'
 * changes come in while somebody writes. */
static enum err_code
save_shown(struct client *c, const struct record_shown *shown,
    const struct given *g, json_t *result, struct err *e)
{
	const struct save_edits what = {
		.record = shown == NULL ? NULL : &shown->view.id,
		.items = g->edits.items,
		.n = g->edits.n,
		.shown = shown,
		.kept = g->kept
	};

	warn_office(c, &g->edits);
	return save_edits(c, &what, result, e);
}

/* Read what is to be saved, and save it; what is refused is kept.  shown NULL:
 * a new one. */
static enum err_code
save_given(struct client *c, const struct record_shown *shown, json_t *result,
    struct err *e)
{
	const char *draft = args_get(c->args, "draft");
	const struct id *record = shown == NULL ? NULL : &shown->view.id;
	const json_t *doc = shown == NULL ? NULL : shown->view.doc;
	struct given g = { .refused = json_object() };
	enum err_code code;

	edits_init(&g.edits, c->type, doc);
	g.edits.now_ms = clock_unix_ms();
	g.edits.random = random_bytes;
	code = begin_set(c, &g.edits, e);
	given_take(c, &g, record == NULL);
	if (code == ERR_OK && g.why.code != ERR_OK) {
		code = g.why.code;
		*e = g.why;
	}
	if (code == ERR_OK)
		code = begin_copy(c, &g.edits, e);
	if (code == ERR_OK)
		code = check_unsigned(c, &g.edits, doc, e);
	if (code == ERR_OK && record == NULL)
		code = check_not_empty(c, &g.edits, e);
	if (code == ERR_OK && record == NULL)
		code = add_author(c, &g.edits, e);
	if (code == ERR_OK)
		code = save_shown(c, shown, &g, result, e);
	if (code == ERR_OK)
		warn_odd(c, &g.edits);
	if (code == ERR_OK && draft != NULL)
		code = draft_saved(c, draft, e);
	if (code != ERR_OK && draft == NULL)
		draft_keep(c,
		    &(struct draft_what){ .record = record,
		        .edits = &g.edits,
		        .refused = g.refused,
		        .shown = shown });
	edits_fini(&g.edits);
	json_decref(g.refused);
	json_decref(g.kept);
	return code;
}

enum err_code
new_run(struct client *c, json_t *result, struct err *e)
{
	enum err_code code = client_open(c, e);

	return code != ERR_OK ? code : save_given(c, NULL, result, e);
}

/* What was written into what is signed stands beside it, as an addendum that
 * waits to be accepted. */
static enum err_code
put_proposed(struct client *c, json_t *result, struct err *e)
{
	const json_t *changed = json_object_get(result, "changed");
	bool is = false;

	for (size_t i = 0; i < json_array_size(changed); i++) {
		const struct schema_field *f = schema_find_field(
		    c->type, json_string_value(json_array_get(changed, i)));

		is = is || (f != NULL && f->locks_at_sign_off);
	}
	return is ? json_put_bool(result, "proposed", true, e) : ERR_OK;
}

enum err_code
edit_run(struct client *c, json_t *result, struct err *e)
{
	struct record_view view;
	struct record_shown shown;
	enum err_code code =
	    record_open_standing(c, c->args->operands[0], &view, e);

	if (code != ERR_OK)
		return code;
	code = device_store_shown(c->store, view.record.id, &shown, e);
	record_view_fini(&view);
	if (code != ERR_OK)
		return code;
	code = save_given(c, &shown, result, e);
	if (code == ERR_OK && schema_is_signed(c->type, shown.view.doc))
		code = put_proposed(c, result, e);
	record_shown_fini(&shown);
	return code;
}

/* What the office wrote into it goes by the office alone: a removal would be
 * held there, and would only look as if it were done. */
static enum err_code
check_own(struct client *c, const struct record *r, struct err *e)
{
	for (size_t i = 0; i < c->type->fields_n; i++) {
		const struct schema_field *f = &c->type->fields[i];

		if (f->policy != SCHEMA_OFFICE ||
		    path_get(r->doc, f->name) == NULL)
			continue;
		client_next(c, "Ask the office to remove it.");
		return client_fail(c, ERR_INVALID, STATUS_REFUSED,
		    "office_only", e,
		    "only the office may remove this %.64s: \"%.80s\" comes "
		    "from there",
		    c->type->name, f->label);
	}
	return ERR_OK;
}

/* What is signed is evidence: a removal would only be proposed, as an addendum
 * of nothing. */
static enum err_code
check_removable(
    struct client *c, const struct record *r, const char *id, struct err *e)
{
	if (record_is_removed(r))
		return ERR_OK;
	if (!schema_is_signed(c->type, r->doc))
		return check_own(c, r, e);
	client_next(c,
	    "Was it entered in error? visitbook %s error %s --reason WHY "
	    "proposes that to the office. What is missing goes into an "
	    "addendum.",
	    c->type->name, id);
	return client_fail(c, ERR_INVALID, STATUS_REFUSED, "signed", e,
	    "this %.64s is signed, so it stays", c->type->name);
}

enum err_code
remove_run(struct client *c, json_t *result, struct err *e)
{
	static char whole[] = "";
	struct edit_item item = { .path = whole, .now = NULL };
	struct record_view view;
	struct save_edits what = { .items = &item, .n = 1 };
	enum err_code code = record_open(c, c->args->operands[0], &view, e);

	if (code != ERR_OK)
		return code;
	what.record = &view.record.id;
	code = check_removable(c, &view.record, c->args->operands[0], e);
	if (code == ERR_OK)
		code = attached_check_open(c, &view.record, e);
	if (code == ERR_OK)
		code = save_edits(c, &what, result, e);
	record_view_fini(&view);
	return code;
}

void
saved_human(struct client *c, const json_t *result)
{
	char time[HUMAN_TIME_MAX];

	if (human_num(result, "counter") == 0) {
		output("Nothing was different, so nothing was saved.\n");
		return;
	}
	human_clock(clock_unix_ms(), time);
	output_words(c, "sync.saved", "time", time, NULL);
	/* A decision's id is the conflict's. */
	output("%s %s\n", c->type != NULL ? c->type->label : "",
	    json_has(result, "record") ? human_str(result, "record")
	                               : human_str(result, "id"));
}

void
edited_human(struct client *c, const json_t *result)
{
	saved_human(c, result);
	if (!json_has(result, "proposed"))
		return;
	output("It is signed, so what is in it stays, and what you wrote is "
	       "proposed as an addendum. Its author says what becomes of "
	       "that: visitbook %s show %s names it, and visitbook %s accept "
	       "or decline answers it.\n",
	    c->type->name, human_str(result, "id"), c->type->name);
}

void
removed_human(struct client *c, const json_t *result)
{
	if (human_num(result, "counter") != 0)
		output_words(c, "content.removed.done", NULL);
	saved_human(c, result);
}
