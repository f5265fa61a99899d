/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proposals: what a device had pulled of others' work, offered to an office
 * that was restored and lacks it.  An administrator decides; the author's own
 * device, should it return, brings the change itself and ends the question.
 */
#include "common/sys/json.h"
#include "daemon/central/engine/engine_int.h"

bool
proposal_of(const struct change *c, struct change_key *out)
{
	json_t *said;

	return c->extra != NULL &&
	    json_get_obj(c->extra, "proposal", &said, NULL) == ERR_OK &&
	    json_get_id(said, "device", &out->device, NULL) == ERR_OK &&
	    json_get_uint(said, "counter", &out->counter, NULL) == ERR_OK;
}

/* Looking for a proposal of the same change that somebody said yes to. */
struct taken {
	struct change_key of;
	bool found;
	enum err_code code;
	struct err *e;
};

static bool
take(void *arg, const struct intake_change *stored)
{
	struct taken *t = arg;
	struct change_key of;
	struct change c;

	t->code = intake_change_read(stored, &c, t->e);
	if (t->code == ERR_NOMEM)
		return false;
	if (t->code != ERR_OK) {
		t->code = ERR_OK; /* one that does not read is none */
		return true;
	}
	t->found = proposal_of(&c, &of) && id_equal(of.device, t->of.device) &&
	    of.counter == t->of.counter;
	change_fini(&c);
	return !t->found;
}

static enum err_code
was_taken(
    const struct applying *a, struct change_key of, bool *out, struct err *e)
{
	struct taken t = { .of = of, .code = ERR_OK, .e = e };
	enum err_code code = store_intakes(
	    a->round->g->store, CHANGE_DONE, &a->change->record, take, &t, e);

	*out = t.found;
	return code == ERR_OK ? t.code : code;
}

enum err_code
proposal_reason(
    const struct applying *a, const char **reason_out, struct err *e)
{
	struct intake_change stored;
	struct change_key of;
	bool settled = false;
	enum err_code code;

	*reason_out = NULL;
	if (!proposal_of(a->change, &of))
		return ERR_OK;
	code = store_intake_get(
	    a->round->g->store, of.device, of.counter, &stored, e);
	if (code == ERR_OK) {
		settled = true;
		intake_change_fini(&stored);
	} else if (code == ERR_NOTFOUND) {
		code = was_taken(a, of, &settled, e);
	}
	if (code == ERR_OK && settled)
		*reason_out = PROPOSAL_REPLACED;
	else if (code == ERR_OK && !a->is_vouched)
		*reason_out = "proposal";
	return code;
}

enum err_code
proposal_close(const struct applying *a, struct outcome *out, struct err *e)
{
	struct outcome o = { .kind = OUTCOME_CLOSED,
		.reason = PROPOSAL_REPLACED };
	enum err_code code = outcome_give(a, &o, e);

	if (code == ERR_OK)
		*out = o;
	return code;
}

enum err_code
proposals_settle(struct round *r, const struct id *record, struct err *e)
{
	enum err_code code;

	/* Nothing is proposed to an office that lost nothing. */
	if (r->g->epoch == 1)
		return ERR_OK;
	code = release_held(r, record, NULL, "proposal", e);
	return code != ERR_OK ? code
	                      : release_held(r, record, NULL, "waits", e);
}
