/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A signed record that should not be there, being about another person say:
 * its reader proposes that it be marked as entered in error.  The words are
 * kept in the record and travel with it; the office makes a proposal of them,
 * which another person there confirms.
 */
#include "client/commands.h"
#include "client/output.h"
#include "client/save.h"
#include "common/core/content.h"
#include "common/core/schema_dual.h"
#include "common/sys/json.h"

/* Of schema/dual.json. */
static const char act[] = "entered_in_error";

/* May the user of this device propose it?  Where their role is not here the
 * office says. */
static enum err_code
may_propose(struct client *c, bool *out, struct err *e)
{
	const struct schema_account *account =
	    &schema_account_type(c->schema)->account;
	const struct schema_dual *dual = schema_dual(c->schema, act);
	struct record_view me;
	const char *role;
	enum err_code code = device_store_get(
	    c->store, device_store_identity(c->store)->user, &me, e);

	*out = true;
	if (code == ERR_NOTFOUND)
		return ERR_OK;
	if (code != ERR_OK)
		return code;
	role = json_string_value(json_object_get(me.record.doc, account->role));
	if (role != NULL)
		*out = dual != NULL && schema_dual_may_propose(dual, role);
	record_view_fini(&me);
	return ERR_OK;
}

static enum err_code
check(struct client *c, const json_t *doc, bool is_undone, struct err *e)
{
	const struct schema_signing *s = &c->type->signing;
	bool may = true;
	enum err_code code = ERR_OK;

	if (!schema_is_signed(c->type, doc)) {
		client_next(c, "Change it: visitbook %s edit %s", c->type->name,
		    c->args->operands[0]);
		return client_fail(c, ERR_INVALID, STATUS_REFUSED, "not_signed",
		    e,
		    "this %.64s is not signed yet, so it can still be changed",
		    c->type->name);
	}
	if (content_is_error(c->type, content_word(c->type, doc)))
		return client_fail(c, ERR_INVALID, STATUS_REFUSED, "closed", e,
		    "this %.64s is marked as entered in error already",
		    c->type->name);
	if (is_undone && json_object_get(doc, s->error_because) == NULL)
		return client_fail(c, ERR_INVALID, STATUS_REFUSED,
		    "not_in_error", e,
		    "nobody proposed to mark this %.64s as entered in error",
		    c->type->name);
	if (!is_undone)
		code = may_propose(c, &may, e);
	if (code != ERR_OK || may)
		return code;
	client_next(c, "Ask a colleague who may, or the office.");
	return client_fail(c, ERR_INVALID, STATUS_REFUSED, "closed", e,
	    "that is not for your role");
}

enum err_code
error_run(struct client *c, json_t *result, struct err *e)
{
	const char *reason = args_get(c->args, "reason");
	const bool is_undone = args_has(c->args, "undo");
	struct record_view view;
	struct edits edits;
	enum err_code code;

	if (is_undone == (reason != NULL)) {
		client_next(c, "visitbook help %s error", c->type->name);
		return client_fail(c, ERR_INVALID, STATUS_USAGE, "usage", e,
		    "say why with --reason, or take it back with --undo");
	}
	code = record_open_standing(c, c->args->operands[0], &view, e);
	if (code != ERR_OK)
		return code;
	edits_init(&edits, c->type, view.record.doc);
	if (reason == NULL)
		reason = "";
	if ((code = check(c, view.record.doc, is_undone, e)) == ERR_OK &&
	    (code = edits_set(&edits, c->type->signing.error_because, reason,
	         strlen(reason), EDIT_TEXT, e)) == ERR_OK)
		/* Said again it is proposed again, should the first have run
		 * out. */
		code =
		    save_collected(c, &view.record.id, &edits, true, result, e);
	edits_fini(&edits);
	record_view_fini(&view);
	return code;
}

void
error_human(struct client *c, const json_t *result)
{
	saved_human(c, result);
	if (human_num(result, "counter") != 0)
		output_words(c,
		    args_has(c->args, "undo") ? "content.error.undone"
		                              : "content.error.proposed",
		    NULL);
}
