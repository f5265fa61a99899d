/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words that somebody had written into a record without having seen the signed
 * version, or after it, are proposed as addenda: its author accepts or declines
 * them.  They stay readable either way.
 */
#include "client/commands.h"
#include "client/output.h"
#include "client/save.h"
#include "common/core/content.h"
#include "common/core/limits.h"
#include "common/core/path.h"
#include "common/sys/json.h"

/* The path of the addendum's state, if there is such an addendum. */
static enum err_code
find_state(
    struct client *c, const json_t *doc, char *out, size_t cap, struct err *e)
{
	const struct schema_signing *s = &c->type->signing;
	const char *row = c->args->operands[1];
	const json_t *rows = json_object_get(doc, s->addenda);

	if (s->addendum.state == NULL || json_object_get(rows, row) == NULL) {
		client_next(c, "visitbook %s show %s names them.",
		    c->type->name, c->args->operands[0]);
		return err_set(
		    e, ERR_NOTFOUND, 0, "there is no addendum \"%.60s\"", row);
	}
	(void)snprintf(
	    out, cap, "%s/%s/%s", s->addenda, row, s->addendum.state);
	return ERR_OK;
}

static enum err_code
answer(struct client *c, bool accept, json_t *result, struct err *e)
{
	struct record_view view;
	struct edits edits;
	const char *code_word;
	char path[3 * LIMIT_NAME_BYTES];
	enum err_code code =
	    record_open_standing(c, c->args->operands[0], &view, e);

	if (code != ERR_OK)
		return code;
	edits_init(&edits, c->type, view.record.doc);
	code = find_state(c, view.record.doc, path, sizeof(path), e);
	if (code == ERR_OK) {
		code_word = accept ? c->type->signing.addendum.accepted
		                   : c->type->signing.addendum.declined;
		code = edits_set(&edits, path, code_word, strlen(code_word),
		    EDIT_ARGUMENT, e);
	}
	/* Its addenda count from the first that is accepted. */
	if (code == ERR_OK && accept && c->type->signing.addended != NULL &&
	    !content_is_error(c->type, content_word(c->type, view.record.doc)))
		code = edits_set(&edits, c->type->signing.field,
		    c->type->signing.addended,
		    strlen(c->type->signing.addended), EDIT_ARGUMENT, e);
	if (code == ERR_OK)
		code = save_collected(
		    c, &view.record.id, &edits, false, result, e);
	edits_fini(&edits);
	record_view_fini(&view);
	return code;
}

enum err_code
accept_run(struct client *c, json_t *result, struct err *e)
{
	return answer(c, true, result, e);
}

enum err_code
decline_run(struct client *c, json_t *result, struct err *e)
{
	return answer(c, false, result, e);
}
