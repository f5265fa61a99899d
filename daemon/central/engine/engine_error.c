/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device proposes that a signed record be marked as entered in error.  It
 * says so in the record, so that the words travel and are kept as every other;
 * at the office that becomes a proposal for two people.
 */
#include <string.h>

#include "common/core/content.h"
#include "common/sys/json.h"
#include "daemon/central/engine/engine_dual.h"
#include "daemon/central/engine/engine_int.h"

struct search {
	const char *object;
	struct office_dual found;
};

static bool
find_waiting(void *arg, const struct office_dual *d)
{
	struct search *s = arg;

	if (strcmp(d->act, DUAL_ENTERED_IN_ERROR) == 0 &&
	    strcmp(d->object, s->object) == 0)
		s->found = *d;
	return id_is_zero(s->found.id);
}

/* Take back what waits, if it is theirs. */
static enum err_code
take_back(const struct applying *a, const char *object, struct err *e)
{
	struct search s = { .object = object };
	struct office_dual d;
	enum err_code code =
	    store_duals(a->round->g->store, true, find_waiting, &s, e);

	if (code != ERR_OK || id_is_zero(s.found.id) ||
	    !id_equal(s.found.proposer, a->change->author))
		return code;
	return dual_withdraw_in(a->round,
	    &(struct dual_decision){ .proposal = s.found.id,
	        .actor = a->change->author,
	        .act = DUAL_ENTERED_IN_ERROR },
	    &d, e);
}

/* What the rules of two people refuse is no trouble of the change. */
static enum err_code
unless_refused(enum err_code code)
{
	return code == ERR_AUTH || code == ERR_CONFLICT || code == ERR_INVALID
	    ? ERR_OK
	    : code;
}

enum err_code
error_follow(
    const struct applying *a, const struct record *record, struct err *e)
{
	const struct change *c = a->change;
	const struct schema_type *type =
	    schema_type(a->round->g->schema, record->type);
	const char *field = type == NULL ? NULL : type->signing.error_because;
	const struct id_text object = id_print(record->id);
	const char *reason;
	struct office_dual d;
	bool is_said = false;

	for (size_t i = 0; field != NULL && i < c->n_ops; i++)
		is_said = is_said || strcmp(c->ops[i].path, field) == 0;
	if (!is_said || a->device->state == DEVICE_ENGINE ||
	    !schema_is_signed(type, record->doc) ||
	    content_is_error(type, content_word(type, record->doc)))
		return ERR_OK;
	reason = json_string_value(json_object_get(record->doc, field));
	if (reason == NULL)
		return unless_refused(take_back(a, object.s, e));
	return unless_refused(dual_propose_in(a->round,
	    &(struct dual_order){ .actor = c->author,
	        .act = DUAL_ENTERED_IN_ERROR,
	        .object = object.s,
	        .reason = reason },
	    &d, e));
}

enum err_code
error_withdrawn(struct engine *g, const struct office_dual *d, struct err *e)
{
	struct office_save save = { .author = d->decider };
	const struct schema_type *type;
	struct office_saved saved;
	struct office_edit edit;
	struct record r;
	struct id id;
	bool is_said;
	enum err_code code;

	if (strcmp(d->act, DUAL_ENTERED_IN_ERROR) != 0)
		return ERR_OK;
	if (!id_parse(d->object, &id))
		return err_set(
		    e, ERR_CORRUPT, 0, "the proposal names no record");
	if ((code = store_record_get(g->store, id, &r, e)) != ERR_OK)
		return code;
	type = schema_type(g->schema, r.type);
	is_said = type != NULL && type->signing.error_because != NULL &&
	    json_object_get(r.doc, type->signing.error_because) != NULL;
	record_fini(&r);
	if (!is_said)
		return ERR_OK;
	edit = (struct office_edit){ type->signing.error_because, NULL };
	save.record = &id;
	save.type = type->name;
	save.edits = &edit;
	save.n_edits = 1;
	return engine_save_step(g, &save, &saved, e);
}
