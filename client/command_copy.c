/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was entered in error, on the wrong person say, is kept as it is; what
 * is true of another is written anew there, by a person, who says why.
 */
#include "client/commands.h"
#include "client/given.h"
#include "client/output.h"
#include "client/save.h"
#include "common/base/clock.h"
#include "common/base/rng.h"
#include "common/core/content.h"
#include "common/core/path.h"
#include "common/sys/json.h"

static void
random_bytes(uint8_t out[static 10])
{
	rng_fill(out, 10);
}

static bool
is_one_of(const char *name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (names[i] != NULL && strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* Every value but the signature, the addenda and what was said anew. */
static enum err_code
take_values(
    struct client *c, struct edits *edits, const json_t *doc, struct err *e)
{
	const struct schema_signing *s = &c->type->signing;
	const char *const own[] = { s->field, s->author, s->by, s->at,
		s->addenda, s->copied_from, s->copied_because,
		s->error_because };
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < c->type->fields_n && code == ERR_OK; i++) {
		const struct schema_field *f = &c->type->fields[i];
		const json_t *value = json_object_get(doc, f->name);

		if (value != NULL && f->policy != SCHEMA_OFFICE &&
		    !is_one_of(f->name, own, sizeof(own) / sizeof(own[0])) &&
		    !edits_touch(edits, f->name))
			code = edits_value(edits, f->name, value, e);
	}
	return code;
}

/* Who writes it, from what, and why. */
static enum err_code
add_origin(struct client *c, struct edits *edits, struct err *e)
{
	const struct schema_signing *s = &c->type->signing;
	struct id_text me = id_print(device_store_identity(c->store)->user);
	const char *reason = args_get(c->args, "reason");
	enum err_code code = ERR_OK;

	if (s->author != NULL)
		code = edits_set(
		    edits, s->author, me.s, ID_TEXT_LEN, EDIT_ARGUMENT, e);
	if (code == ERR_OK && s->copied_from != NULL)
		code = edits_set(edits, s->copied_from, c->args->operands[0],
		    ID_TEXT_LEN, EDIT_ARGUMENT, e);
	if (code == ERR_OK && s->copied_because != NULL)
		code = edits_set(edits, s->copied_because, reason,
		    strlen(reason), EDIT_TEXT, e);
	return code;
}

static enum err_code
copy_save(struct client *c, const json_t *doc, json_t *result, struct err *e)
{
	struct given g = { .refused = json_object() };
	struct save_edits what = { .n = 0 };
	enum err_code code;

	edits_init(&g.edits, c->type, NULL);
	g.edits.now_ms = clock_unix_ms();
	g.edits.random = random_bytes;
	given_take(c, &g, false);
	code = g.why.code;
	if (code != ERR_OK)
		*e = g.why;
	if (code == ERR_OK &&
	    (code = take_values(c, &g.edits, doc, e)) == ERR_OK &&
	    (code = add_origin(c, &g.edits, e)) == ERR_OK) {
		what.items = g.edits.items;
		what.n = g.edits.n;
		code = save_edits(c, &what, result, e);
	}
	edits_fini(&g.edits);
	json_decref(g.refused);
	return code;
}

enum err_code
copy_run(struct client *c, json_t *result, struct err *e)
{
	struct record_view view;
	enum err_code code = record_open(c, c->args->operands[0], &view, e);

	if (code != ERR_OK)
		return code;
	if (content_is_error(c->type, content_word(c->type, view.record.doc))) {
		code = copy_save(c, view.record.doc, result, e);
	} else {
		client_next(c,
		    "Ask the office: two people there mark it as entered in "
		    "error.");
		code = client_fail(c, ERR_INVALID, STATUS_REFUSED,
		    "not_in_error", e,
		    "this %.64s was not entered in error, so there is nothing "
		    "to write anew",
		    c->type->name);
	}
	record_view_fini(&view);
	return code;
}
