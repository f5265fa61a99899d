/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sign-off, and what may be added after it.
 */
#include <stdlib.h>
#include <unistd.h>

#include "client/asked.h"
#include "client/commands.h"
#include "client/output.h"
#include "client/save.h"
#include "common/base/clock.h"
#include "common/base/rng.h"
#include "common/core/limits.h"
#include "common/core/path.h"
#include "common/sys/json.h"

static void
random_bytes(uint8_t out[static 10])
{
	rng_fill(out, 10);
}

static enum err_code
tell_gaps(struct client *c, const json_t *gaps, struct err *e)
{
	char text[180] = "";

	for (size_t i = 0; i < json_array_size(gaps); i++) {
		const char *gap = json_string_value(json_array_get(gaps, i));
		size_t at = strlen(text);

		/* Whole names only, and how many more there are. */
		if (at + strlen(gap) + sizeof(", \"\" and 99 more") >
		    sizeof(text)) {
			(void)snprintf(text + at, sizeof(text) - at,
			    " and %zu more", json_array_size(gaps) - i);
			break;
		}
		(void)snprintf(text + at, sizeof(text) - at, "%s\"%s\"",
		    i > 0 ? ", " : "", gap);
	}
	client_next(c, "Fill it in with visitbook %s edit %s, then sign.",
	    c->type->name, c->args->operands[0]);
	return client_fail(c, ERR_INVALID, STATUS_ANSWER, "gaps", e,
	    "before you can sign, these are to be filled in: %s", text);
}

/* What signing sets beside the words: state, who, when. */
static enum err_code
add_signature(struct client *c, struct edits *edits, struct err *e)
{
	const struct schema_signing *s = &c->type->signing;
	struct id_text me = id_print(device_store_identity(c->store)->user);
	enum err_code code = edits_set(
	    edits, s->field, s->closes, strlen(s->closes), EDIT_ARGUMENT, e);

	if (code == ERR_OK && s->by != NULL)
		code = edits_set(
		    edits, s->by, me.s, ID_TEXT_LEN, EDIT_ARGUMENT, e);
	if (code == ERR_OK && s->at != NULL)
		code = edits_set(edits, s->at, "now", 3, EDIT_ARGUMENT, e);
	return code;
}

/* One edit for every locked field with the value that the signer sees: that is
 * the signed version. */
static enum err_code
add_locked(struct client *c, struct edits *edits, struct err *e)
{
	const struct schema_type *type = c->type;
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < type->fields_n && code == ERR_OK; i++) {
		const struct schema_field *f = &type->fields[i];

		if (f->locks_at_sign_off)
			code = edits_value(
			    edits, f->name, path_get(edits->doc, f->name), e);
	}
	return code;
}

/* Sign a record of c->type in which nothing is missing. */
static enum err_code
sign_record(
    struct client *c, const struct record *r, json_t *result, struct err *e)
{
	struct edits edits;
	enum err_code code;

	edits_init(&edits, c->type, r->doc);
	edits.now_ms = clock_unix_ms();
	if ((code = add_locked(c, &edits, e)) == ERR_OK &&
	    (code = add_signature(c, &edits, e)) == ERR_OK)
		code = save_collected(c, &r->id, &edits, true, result, e);
	edits_fini(&edits);
	return code;
}

/* Sign the record that goes along, and tell what came of it: {"id", "type",
 * "signed", "gaps"}.  What is missing there does not stop the signature that
 * was asked for: it is told, and the record is signed by itself later. */
static enum err_code
sign_companion(
    struct client *c, const struct record *r, json_t *told, struct err *e)
{
	const struct schema_type *own = c->type;
	json_t *gaps = NULL, *saved = json_object();
	bool is_whole;
	enum err_code code;

	c->type = schema_type(c->schema, r->type);
	code = asked_gaps(c, c->type, r->doc, &gaps, e);
	is_whole = json_array_size(gaps) == 0;
	if (code == ERR_OK && is_whole)
		code = sign_record(c, r, saved, e);
	if (code == ERR_OK &&
	    (code = json_put_id(told, "id", r->id, e)) == ERR_OK &&
	    (code = json_put_str(told, "type", r->type, e)) == ERR_OK &&
	    (code = json_put_bool(told, "signed", is_whole, e)) == ERR_OK)
		code = json_put_take(told, "gaps", json_incref(gaps), e);
	c->type = own;
	json_decref(gaps);
	json_decref(saved);
	return code;
}

/* Is this one to be signed along? */
static bool
is_unsigned(const struct client *c, const struct record *r)
{
	const struct schema_type *type = schema_type(c->schema, r->type);

	return type != NULL && type->signing.closes != NULL &&
	    !record_is_removed(r) && !schema_is_signed(type, r->doc);
}

/* A visit with its note: what a record is signed with, where it is here. */
static enum err_code
sign_with(struct client *c, const json_t *doc, json_t *result, struct err *e)
{
	const char *field = c->type->signing.with;
	const char *text = field == NULL
	    ? NULL
	    : json_string_value(json_object_get(doc, field));
	struct record_view view;
	json_t *told;
	struct id id;
	enum err_code code;

	if (text == NULL || !id_parse(text, &id))
		return ERR_OK;
	code = device_store_get(c->store, id, &view, e);
	if (code == ERR_NOTFOUND)
		return ERR_OK;
	if (code != ERR_OK)
		return code;
	told = json_object();
	if (is_unsigned(c, &view.record)) {
		code = sign_companion(c, &view.record, told, e);
		if (code == ERR_OK)
			code =
			    json_put_take(result, "with", json_incref(told), e);
	}
	json_decref(told);
	record_view_fini(&view);
	return code;
}

/* What the checklists miss is told, and stops nobody: neither does it that they
 * could not be asked, which is null. */
static void
put_warnings(struct client *c, const struct record *r, json_t *result)
{
	json_t *warnings = NULL;
	struct err e;

	if (asked_warnings(c, c->type, r->id, r->doc, &warnings, &e) != ERR_OK)
		warnings = json_null();
	(void)!json_put_take(result, "warnings", warnings, NULL);
	(void)!json_put_bool(
	    result, "template_newer", asked_is_newer(c, c->type, r->doc), NULL);
}

enum err_code
sign_run(struct client *c, json_t *result, struct err *e)
{
	struct record_view view;
	json_t *gaps = NULL;
	enum err_code code =
	    record_open_standing(c, c->args->operands[0], &view, e);

	if (code != ERR_OK)
		return code;
	if (schema_is_signed(c->type, view.record.doc)) {
		client_next(c, "What is missing goes into an addendum.");
		code = client_fail(c, ERR_INVALID, STATUS_REFUSED, "signed", e,
		    "this %.64s is signed already", c->type->name);
		goto out;
	}
	if ((code = asked_gaps(c, c->type, view.record.doc, &gaps, e)) !=
	    ERR_OK)
		goto out;
	if (json_array_size(gaps) > 0) {
		code = tell_gaps(c, gaps, e);
		goto out;
	}
	put_warnings(c, &view.record, result);
	/* The visit first: should the note not follow, asking again signs it;
	 * a note that is signed cannot be asked for again. */
	code = sign_with(c, view.record.doc, result, e);
	if (code == ERR_OK)
		code = sign_record(c, &view.record, result, e);
out:
	json_decref(gaps);
	record_view_fini(&view);
	return code;
}

/* "The visit is signed with it.", or what it lacks. */
static void
tell_with(struct client *c, const json_t *with)
{
	const json_t *gaps = json_object_get(with, "gaps");
	const char *type = human_str(with, "type");

	if (json_is_true(json_object_get(with, "signed"))) {
		output_words(c, "sign.with", "type", type, NULL);
		return;
	}
	output_words(c, "sign.with.gaps", "type", type, NULL);
	for (size_t i = 0; i < json_array_size(gaps); i++)
		output("    %s\n", json_string_value(json_array_get(gaps, i)));
	output("    visitbook %s edit %s, then visitbook %s sign %s\n", type,
	    human_str(with, "id"), type, human_str(with, "id"));
}

void
sign_human(struct client *c, const json_t *result)
{
	const json_t *with = json_object_get(result, "with");
	const struct human h = output_human(c);

	output_words(c, "sign.done", NULL);
	if (json_is_object(with))
		tell_with(c, with);
	if (json_is_true(json_object_get(result, "template_newer")))
		output_words(c, "check.template_newer", NULL);
	human_warnings(&h, json_object_get(result, "warnings"));
	saved_human(c, result);
}

/* Fill the columns of a new addendum by their kinds: who and when are known,
 * the code says what kind it is, the text is what was given. */
static enum err_code
add_columns(struct client *c, struct edits *edits,
    const struct schema_field *rows, const struct buf *text, struct err *e)
{
	struct id_text me = id_print(device_store_identity(c->store)->user);
	const char *kind = args_get(c->args, "kind");
	char path[3 * LIMIT_NAME_BYTES];
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < rows->children_n && code == ERR_OK; i++) {
		const struct schema_field *f = &rows->children[i];
		const char *value = NULL;

		if (f->kind == SCHEMA_REF)
			value = me.s;
		else if (f->kind == SCHEMA_TIME)
			value = "now";
		else if (strcmp(f->name, c->type->signing.addendum.kind) == 0)
			value = kind;
		else if (f->kind == SCHEMA_TEXT)
			value = text->ptr;
		else
			continue;
		(void)snprintf(
		    path, sizeof(path), "%s/+/%s", rows->name, f->name);
		code =
		    edits_set(edits, path, value, strlen(value), EDIT_TEXT, e);
	}
	return code;
}

static enum err_code
read_addendum(struct client *c, struct buf *out, struct err *e)
{
	const char *file = args_get(c->args, "file");
	enum err_code code =
	    client_read_text(c, file != NULL ? file : "-", out, e);

	if (code == ERR_OK && out->len == 0)
		return err_set(e, ERR_INVALID, 0,
		    "an addendum needs a text: --file FILE or standard input");
	return code;
}

static bool
is_state(const json_t *doc, const struct schema_signing *s, const char *code)
{
	const char *state = json_string_value(json_object_get(doc, s->field));

	return code != NULL && state != NULL && strcmp(state, code) == 0;
}

enum err_code
addendum_run(struct client *c, json_t *result, struct err *e)
{
	struct record_view view;
	const struct schema_signing *s;
	struct edits edits;
	struct buf text;
	enum err_code code =
	    record_open_standing(c, c->args->operands[0], &view, e);

	if (code != ERR_OK)
		return code;
	s = &c->type->signing;
	buf_init(&text, LIMIT_TEXT_BYTES);
	edits_init(&edits, c->type, view.record.doc);
	edits.now_ms = clock_unix_ms();
	edits.random = random_bytes;
	if (!schema_is_signed(c->type, view.record.doc)) {
		client_next(c, "Change it: visitbook %s edit %s", c->type->name,
		    c->args->operands[0]);
		code =
		    client_fail(c, ERR_INVALID, STATUS_REFUSED, "not_signed", e,
		        "this %.64s is not signed yet, so it can still be "
		        "changed",
		        c->type->name);
		goto out;
	}
	if ((code = read_addendum(c, &text, e)) != ERR_OK ||
	    (code = add_columns(c, &edits,
	         schema_find_field(c->type, s->addenda), &text, e)) != ERR_OK)
		goto out;
	/* What was entered in error stays so. */
	if (s->addended != NULL && !is_state(view.record.doc, s, s->error))
		code = edits_set(&edits, s->field, s->addended,
		    strlen(s->addended), EDIT_ARGUMENT, e);
	if (code == ERR_OK)
		code = save_collected(
		    c, &view.record.id, &edits, false, result, e);
out:
	buf_wipe(&text);
	edits_fini(&edits);
	record_view_fini(&view);
	return code;
}
