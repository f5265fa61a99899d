/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entered in error: one person proposes to mark a signed record so, another
 * one marks it.  It is kept for ever; lists and search leave it out.
 */
#include <string.h>

#include "common/core/content.h"
#include "common/sys/json.h"
#include "daemon/central/command/command.h"
#include "daemon/central/engine/engine_dual.h"

/* The record that can be marked; begins to read. */
static enum err_code
record_to_mark(struct command *c, struct record *out,
    const struct schema_type **type_out, struct err *e)
{
	const struct schema_type *type;
	const char *text;
	struct record r;
	struct id id;
	enum err_code code = command_text(c, "record", &text, e);

	if (code != ERR_OK)
		return code;
	if (!id_parse(text, &id))
		return err_set(e, ERR_INVALID, 0, "%.60s is no id", text);
	if ((code = store_record_get(c->store, id, &r, e)) != ERR_OK)
		return code == ERR_NOTFOUND
		    ? err_set(e, code, 0, "there is no record %.60s", text)
		    : code;
	type = schema_type(engine_schema(c->g), r.type);
	if (type == NULL || type->signing.error == NULL ||
	    !schema_is_signed(type, r.doc)) {
		c->next = "What is not signed yet is changed, or removed.";
		code = err_set(e, ERR_INVALID, 0,
		    "only what is signed is marked as entered in error");
	} else if (content_is_error(type, content_word(type, r.doc))) {
		code = err_set(e, ERR_CONFLICT, 0,
		    "it is marked as entered in error already");
	}
	if (code != ERR_OK) {
		record_fini(&r);
		return code;
	}
	*out = r;
	*type_out = type;
	return ERR_OK;
}

enum err_code
command_error_propose(struct command *c, struct err *e)
{
	struct dual_order order = { .act = DUAL_ENTERED_IN_ERROR,
		.reason = command_text_or(c, "reason", NULL) };
	const struct schema_type *type;
	struct office_dual d;
	struct record r;
	char object[120];
	enum err_code code = command_person(c, e);

	if (code != ERR_OK || (code = store_begin(c->store, e)) != ERR_OK ||
	    (code = record_to_mark(c, &r, &type, e)) != ERR_OK)
		return code;
	(void)snprintf(object, sizeof(object), "%s", id_print(r.id).s);
	record_fini(&r);
	order.actor = c->acting;
	order.object = object;
	if ((code = engine_dual_propose(c->g, &order, &d, e)) != ERR_OK ||
	    (code = command_dual_put(c, &d, c->out, e)) != ERR_OK)
		return code;
	c->next = NULL;
	return store_commit(c->store, e);
}

/* The record's state becomes that of an error, by the second person. */
static enum err_code
mark(struct command *c, const struct office_dual *d, struct err *e)
{
	struct office_save save = { .author = c->acting };
	struct office_edit edits[2];
	struct office_saved saved;
	struct record r;
	struct id id;
	const struct schema_type *type;
	json_t *state, *because;
	enum err_code code;

	if (!id_parse(d->object, &id))
		return err_set(
		    e, ERR_CORRUPT, 0, "the proposal names no record");
	if ((code = store_record_get(c->store, id, &r, e)) != ERR_OK)
		return code;
	type = schema_type(engine_schema(c->g), r.type);
	record_fini(&r);
	if (type == NULL || type->signing.error == NULL)
		return err_set(e, ERR_INVALID, 0,
		    "records of this kind are not marked as entered in error");
	state = json_string(type->signing.error);
	because = json_string_nocheck(d->reason);
	edits[0] = (struct office_edit){ type->signing.field, state };
	edits[1] = (struct office_edit){ type->signing.error_because, because };
	save.record = &id;
	save.type = type->name;
	save.edits = edits;
	save.n_edits = type->signing.error_because != NULL ? 2 : 1;
	code = engine_save_step(c->g, &save, &saved, e);
	json_decref(state);
	json_decref(because);
	if (code != ERR_OK ||
	    (code = json_put_id(c->out, "id", id, e)) != ERR_OK ||
	    (code = json_put_str(c->out, "type", type->name, e)) != ERR_OK ||
	    (code = json_put_str(c->out, "content", type->signing.error, e)) !=
	        ERR_OK)
		return code;
	return json_put_int(c->out, "counter", (int64_t)saved.counter, e);
}

enum err_code
command_error_confirm(struct command *c, struct err *e)
{
	struct dual_decision how = { .act = DUAL_ENTERED_IN_ERROR };
	struct office_dual d;
	enum err_code code = command_dual_begin(c, &how, e);

	if (code != ERR_OK ||
	    (code = engine_dual_confirm(c->g, &how, &d, e)) != ERR_OK ||
	    (code = command_dual_put(c, &d, c->out, e)) != ERR_OK ||
	    (code = mark(c, &d, e)) != ERR_OK)
		return code;
	return store_commit(c->store, e);
}
