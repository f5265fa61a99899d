/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Acts that need two people.
 */
#include "daemon/central/engine/engine_dual.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/core/schema_dual.h"
#include "daemon/central/engine/engine_int.h"

#define HOUR_MS ((uint64_t)60 * 60 * 1000)

/* Somebody who works here, whose role the act allows. */
static enum err_code
person_check(struct engine *g, struct id actor, const struct schema_dual *act,
    bool (*may)(const struct schema_dual *, const char *), struct err *e)
{
	struct office_user u;
	enum err_code code = store_user_get(g->store, actor, &u, e);

	if (code == ERR_NOTFOUND)
		return err_set(e, ERR_AUTH, 0,
		    "somebody has to say who they are: use --as");
	if (code != ERR_OK)
		return code;
	if (!u.is_active)
		return err_set(
		    e, ERR_AUTH, 0, "%.80s does not work here now", u.name);
	return may(act, u.role)
	    ? ERR_OK
	    : err_set(e, ERR_CONFLICT, 0, "that is not for the role of %.80s",
	          u.name);
}

static enum err_code
order_check(const struct dual_order *order, struct err *e)
{
	const char *reason = order->reason;

	if (reason == NULL || reason[0] == '\0')
		return err_set(e, ERR_INVALID, 0, "a reason is needed");
	if (strlen(order->object) > DUAL_OBJECT_MAX ||
	    strpbrk(order->object, "\n\r") != NULL)
		return err_set(
		    e, ERR_INVALID, 0, "what it is about is one short line");
	if (strlen(reason) > DUAL_REASON_MAX || strpbrk(reason, "\n\r") != NULL)
		return err_set(e, ERR_INVALID, 0,
		    "a reason is one line, of at most %d bytes",
		    DUAL_REASON_MAX);
	return ERR_OK;
}

struct same {
	const struct dual_order *order;
	uint64_t now_ms;
	bool is_there;
};

static bool
is_same(void *arg, const struct office_dual *d)
{
	struct same *s = arg;

	s->is_there = d->expires > s->now_ms &&
	    strcmp(d->act, s->order->act) == 0 &&
	    strcmp(d->object, s->order->object) == 0;
	return !s->is_there;
}

static enum err_code
propose_check(struct engine *g, const struct dual_order *order, uint64_t now_ms,
    const struct schema_dual **act_out, struct err *e)
{
	struct same same = { .order = order, .now_ms = now_ms };
	enum err_code code = order_check(order, e);

	*act_out = schema_dual(g->schema, order->act);
	if (code == ERR_OK && *act_out == NULL)
		code = err_set(
		    e, ERR_INVALID, 0, "%.40s is no act for two", order->act);
	if (code == ERR_OK)
		code = person_check(
		    g, order->actor, *act_out, schema_dual_may_propose, e);
	if (code == ERR_OK)
		code = store_duals(g->store, true, is_same, &same, e);
	if (code == ERR_OK && same.is_there)
		code = err_set(e, ERR_CONFLICT, 0,
		    "the same was proposed and waits for a second person");
	return code;
}

enum err_code
dual_propose_in(struct round *r, const struct dual_order *order,
    struct office_dual *out, struct err *e)
{
	struct engine *g = r->g;
	const uint64_t now_ms = r->now_ms;
	char object[DUAL_OBJECT_MAX + ID_TEXT_LEN + SCHEMA_CODE_MAX + 32];
	struct audit_entry a = { .actor = order->actor,
		.action = "dual.propose",
		.object = object,
		.reason = order->reason };
	struct office_dual d = { .id = id_fresh(now_ms),
		.proposer = order->actor,
		.state = DUAL_WAITS };
	const struct schema_dual *act;
	struct log_entry entry;
	enum err_code code = propose_check(g, order, now_ms, &act, e);

	if (code != ERR_OK)
		return code;
	d.expires = now_ms + (uint64_t)act->hours * HOUR_MS;
	(void)snprintf(object, sizeof(object), "%s %s %llu %s",
	    id_print(d.id).s, order->act, (unsigned long long)d.expires,
	    order->object);
	(void)snprintf(d.act, sizeof(d.act), "%s", order->act);
	(void)snprintf(d.object, sizeof(d.object), "%s", order->object);
	(void)snprintf(d.reason, sizeof(d.reason), "%s", order->reason);
	if ((code = audit_put(r, &a, &entry, e)) != ERR_OK)
		return code;
	d.proposed = entry.time;
	code = store_dual_put(g->store, &d, e);
	if (code == ERR_OK)
		*out = d;
	return code;
}

struct propose_step {
	const struct dual_order *order;
	struct office_dual *out;
};

static enum err_code
propose_in(struct round *r, void *arg, struct err *e)
{
	struct propose_step *step = arg;

	return dual_propose_in(r, step->order, step->out, e);
}

enum err_code
engine_dual_propose(struct engine *g, const struct dual_order *order,
    struct office_dual *out, struct err *e)
{
	struct propose_step step = { order, out };

	return engine_in_round(g, propose_in, &step, e);
}

/* The proposal, if this person may still say something about it. */
static enum err_code
decide_check(struct engine *g, const struct dual_decision *d, bool confirms,
    struct office_dual *out, struct err *e)
{
	const struct schema_dual *act;
	enum err_code code = store_dual_get(g->store, d->proposal, out, e);

	if (code == ERR_NOTFOUND)
		return err_set(e, ERR_NOTFOUND, 0, "there is no such proposal");
	if (code != ERR_OK)
		return code;
	if (d->act != NULL && strcmp(d->act, out->act) != 0)
		return err_set(
		    e, ERR_INVALID, 0, "that proposal is of another kind");
	if (out->state != DUAL_WAITS)
		return err_set(e, ERR_INVALID, 0, "it was %s already",
		    out->state == DUAL_CONFIRMED ? "confirmed" : "withdrawn");
	if (clock_unix_ms() >= out->expires)
		return err_set(
		    e, ERR_INVALID, 0, "its time is over: propose it again");
	act = schema_dual(g->schema, out->act);
	if (act == NULL)
		return err_set(
		    e, ERR_INVALID, 0, "%.40s is no act for two", out->act);
	if (!confirms && id_equal(d->actor, out->proposer))
		return ERR_OK;
	if (id_equal(d->actor, out->proposer))
		return err_set(e, ERR_CONFLICT, 0,
		    "nobody confirms what they proposed: somebody else has to");
	return person_check(g, d->actor, act, schema_dual_may_confirm, e);
}

struct decide_step {
	const struct dual_decision *how;
	bool confirms;
	struct office_dual *out;
};

static enum err_code
decide_in(struct round *r, void *arg, struct err *e)
{
	const struct decide_step *step = arg;
	const struct dual_decision *how = step->how;
	const bool confirms = step->confirms;
	const struct id_text object = id_print(how->proposal);
	const struct audit_entry a = { .actor = how->actor,
		.action = confirms ? "dual.confirm" : "dual.withdraw",
		.object = object.s,
		.reason = how->reason };
	struct office_dual d;
	struct log_entry entry;
	enum err_code code = decide_check(r->g, how, confirms, &d, e);

	if (code != ERR_OK || (code = audit_put(r, &a, &entry, e)) != ERR_OK)
		return code;
	d.state = confirms ? DUAL_CONFIRMED : DUAL_WITHDRAWN;
	d.decider = how->actor;
	d.decided = entry.time;
	code = store_dual_put(r->g->store, &d, e);
	if (code == ERR_OK)
		*step->out = d;
	return code;
}

enum err_code
dual_withdraw_in(struct round *r, const struct dual_decision *d,
    struct office_dual *out, struct err *e)
{
	struct decide_step step = { d, false, out };

	return decide_in(r, &step, e);
}

static enum err_code
decide(struct engine *g, const struct dual_decision *how, bool confirms,
    struct office_dual *out, struct err *e)
{
	struct decide_step step = { how, confirms, out };

	return engine_in_round(g, decide_in, &step, e);
}

enum err_code
engine_dual_confirm(struct engine *g, const struct dual_decision *d,
    struct office_dual *out, struct err *e)
{
	return decide(g, d, true, out, e);
}

enum err_code
engine_dual_withdraw(struct engine *g, const struct dual_decision *d,
    struct office_dual *out, struct err *e)
{
	return decide(g, d, false, out, e);
}
