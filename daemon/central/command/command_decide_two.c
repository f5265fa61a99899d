/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A decision that needs two people: who may not make it alone proposes which
 * version is to stand, as they saw all of them; somebody else makes it so while
 * that is still how it stands.  It is the proposer's decision, with their
 * reason; the engine's journal has who confirmed it.
 */
#include <stdio.h>
#include <string.h>

#include "common/core/conflict_json.h"
#include "common/core/schema_dual.h"
#include "common/sys/json.h"
#include "daemon/central/command/command_decide.h"
#include "daemon/central/engine/engine_dual.h"

/* "<record> <conflict> <take> <seen>" */
#define TAKE_MAX 60
struct proposed {
	char record[ID_TEXT_LEN + 1], conflict[ID_TEXT_LEN + 1];
	char take[TAKE_MAX + 1], seen[CONFLICT_SEEN_LEN + 1];
};

static enum err_code
proposed_print(struct command *c, const struct record *r,
    const struct conflict *k, char out[static DUAL_OBJECT_MAX], struct err *e)
{
	const char *take = command_text_or(c, "take", "");
	char seen[CONFLICT_SEEN_LEN + 1];
	const json_t *value;
	enum err_code code = decision_taken(c, r, k, take, &value, e);

	if (code == ERR_OK)
		code = conflict_seen(r, k, seen, e);
	if (code == ERR_OK)
		(void)snprintf(out, DUAL_OBJECT_MAX, "%s %s %.60s %s",
		    id_print(r->id).s, id_print(k->id).s, take, seen);
	return code;
}

static enum err_code
can_propose(struct command *c, const struct record *r, const struct conflict *k,
    struct err *e)
{
	bool needs_two = false;
	enum err_code code =
	    decision_seen(c, r, k, command_text_or(c, "seen", NULL), e);

	if (code == ERR_OK && !conflict_is_open(k))
		code = err_set(e, ERR_CONFLICT, 0, "it was decided already");
	if (code == ERR_OK)
		code = decision_allowed(c, r, k, e);
	if (code == ERR_OK)
		code = engine_needs_two(c->g, r, k, c->acting, &needs_two, e);
	if (code != ERR_OK || needs_two)
		return code;
	c->next = "visitbook-central conflict decide does it.";
	return err_set(e, ERR_INVALID, 0, "they decide this one alone");
}

enum err_code
command_conflict_propose(struct command *c, struct err *e)
{
	char object[DUAL_OBJECT_MAX];
	struct dual_order order = { .act = SCHEMA_DUAL_DECIDE,
		.object = object,
		.reason = command_text_or(c, "reason", NULL) };
	const struct conflict *k;
	struct office_dual d;
	struct record r;
	struct id id;
	enum err_code code = command_person(c, e);

	if (code != ERR_OK ||
	    (code = command_conflict_find(c, &r, &id, e)) != ERR_OK)
		return code;
	k = record_conflict(&r, id);
	if ((code = can_propose(c, &r, k, e)) == ERR_OK)
		code = proposed_print(c, &r, k, object, e);
	record_fini(&r);
	store_rollback(c->store);
	order.actor = c->acting;
	if (code != ERR_OK || (code = store_begin(c->store, e)) != ERR_OK ||
	    (code = engine_dual_propose(c->g, &order, &d, e)) != ERR_OK ||
	    (code = command_dual_put(c, &d, c->out, e)) != ERR_OK)
		return code;
	return store_commit(c->store, e);
}

/* What a proposal says, and its conflict as it is. */
static enum err_code
proposed_read(struct command *c, const struct office_dual *d,
    struct proposed *out, struct record *r, const struct conflict **k,
    struct err *e)
{
	struct id record, conflict;
	enum err_code code;

	if (sscanf(d->object, "%36s %36s %60s %10s", out->record, out->conflict,
	        out->take, out->seen) != 4 ||
	    !id_parse(out->record, &record) ||
	    !id_parse(out->conflict, &conflict))
		return err_set(
		    e, ERR_CORRUPT, 0, "the proposal names no conflict");
	if ((code = store_record_get(c->store, record, r, e)) != ERR_OK)
		return code;
	*k = record_conflict(r, conflict);
	if (*k != NULL)
		return ERR_OK;
	record_fini(r);
	return err_set(
	    e, ERR_CONFLICT, 0, "those two versions are not there any more");
}

static enum err_code
decide_proposed(struct command *c, const struct office_dual *d,
    struct id *record_out, struct id *conflict_out, struct err *e)
{
	struct decision decision = { .instead = DECIDE,
		.author = d->proposer,
		.reason = d->reason,
		.is_step = true };
	struct proposed what;
	struct record r;
	uint64_t counter = 0;
	enum err_code code =
	    proposed_read(c, d, &what, &r, &decision.conflict, e);

	if (code != ERR_OK)
		return code;
	decision.record = &r;
	if ((code = decision_seen(c, &r, decision.conflict, what.seen, e)) ==
	        ERR_OK &&
	    (code = decision_taken(c, &r, decision.conflict, what.take,
	         &decision.value, e)) == ERR_OK &&
	    (code = decision_save(c, &decision, &counter, e)) == ERR_OK)
		code = json_put_int(c->out, "counter", (int64_t)counter, e);
	*record_out = r.id;
	*conflict_out = decision.conflict->id;
	record_fini(&r);
	return code;
}

enum err_code
command_conflict_confirm(struct command *c, struct err *e)
{
	struct dual_decision how = { .act = SCHEMA_DUAL_DECIDE };
	struct office_dual d;
	struct id record, conflict;
	enum err_code code = command_dual_begin(c, &how, e);

	if (code != ERR_OK ||
	    (code = engine_dual_confirm(c->g, &how, &d, e)) != ERR_OK ||
	    (code = command_dual_put(c, &d, c->out, e)) != ERR_OK ||
	    (code = decide_proposed(c, &d, &record, &conflict, e)) != ERR_OK ||
	    (code = store_commit(c->store, e)) != ERR_OK)
		return code;
	return decision_tell(c, record, conflict, e);
}
