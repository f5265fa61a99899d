/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who decides between two versions, and when, by the office's limits, roles
 * and clock (common/core/decide.h says the rules).
 */
#include <string.h>

#include "common/core/path.h"
#include "common/core/schema_dual.h"
#include "daemon/central/engine/engine_int.h"

struct id
engine_settings_id(const struct engine *g)
{
	return decide_settings_id(g->office);
}

enum err_code
engine_limits(struct engine *g, struct decide_limits *out, struct err *e)
{
	struct record r;
	enum err_code code =
	    store_record_get(g->store, decide_settings_id(g->office), &r, e);

	if (code == ERR_NOTFOUND) {
		*out = decide_limits_of(engine_schema(g), NULL);
		return ERR_OK;
	}
	if (code != ERR_OK)
		return code;
	*out = decide_limits_of(engine_schema(g), r.doc);
	record_fini(&r);
	return ERR_OK;
}

enum err_code
engine_limits_set(struct engine *g, struct id author,
    const struct decide_limits *limits, struct err *e)
{
	const struct schema_type *type = schema_deciding_type(engine_schema(g));
	const struct id id = decide_settings_id(g->office);
	struct office_save save = { .author = author };
	struct office_saved saved;
	struct office_edit edits[3];
	char here[65];
	enum err_code code;

	if (limits->author_hours > DECIDE_HOURS_MAX ||
	    limits->senior_hours > DECIDE_HOURS_MAX)
		return err_set(e, ERR_INVALID, 0,
		    "a time limit is at most %d hours", DECIDE_HOURS_MAX);
	if (type == NULL)
		return err_set(e, ERR_INVALID, 0,
		    "this service's record types have no place for limits");
	code = store_record_type(g->store, id, here, e);
	if (code != ERR_OK && code != ERR_NOTFOUND)
		return code;
	if (code == ERR_OK)
		save.record = &id;
	else
		save.fresh = &id;
	edits[0] = (struct office_edit){ type->deciding.author,
		json_integer((json_int_t)limits->author_hours) };
	edits[1] = (struct office_edit){ type->deciding.senior,
		json_integer((json_int_t)limits->senior_hours) };
	edits[2] = (struct office_edit){ type->deciding.early,
		json_boolean(limits->early) };
	save.type = type->name;
	save.edits = edits;
	save.n_edits = 3;
	code = edits[0].now == NULL || edits[1].now == NULL
	    ? err_set(e, ERR_NOMEM, 0, "out of memory")
	    : engine_save_step(g, &save, &saved, e);
	for (size_t i = 0; i < save.n_edits; i++)
		json_decref((json_t *)(uintptr_t)edits[i].now);
	return code;
}

/* The change that a side is named after; false: it is no name. */
static bool
side_name(const struct change *c, const char *key, struct change_name *out)
{
	struct change_base base = { 0 };

	if (!change_name_parse(key, out))
		return false;
	if (c->recut_counter != 0 && id_equal(out->device, c->recut_device)) {
		base.own = out->counter;
		*out = change_own_name(c, &base);
	}
	return true;
}

/* Did the user write at the conflict's path, in that change? */
static bool
writes_there(
    const struct change *c, const struct record *r, const struct deciding *d)
{
	if (!id_equal(c->author, d->user) || !id_equal(c->record, r->id))
		return false;
	for (size_t i = 0; i < c->n_ops; i++)
		if (path_related(c->ops[i].path, d->conflict->path))
			return true;
	return false;
}

/* By the journal that was received, whose paths outlast their words. */
static enum err_code
is_users_side(struct engine *g, const struct record *r,
    const struct deciding *d, const char *key, bool *out, struct err *e)
{
	struct change_name name;
	struct intake_change stored;
	struct change c;
	enum err_code code;

	if (!side_name(d->change, key, &name) ||
	    (id_equal(name.device, d->change->device) &&
	        name.counter >= d->change->counter))
		return ERR_OK;
	intake_change_init(&stored);
	code =
	    store_intake_get(g->store, name.device, name.counter, &stored, e);
	if (code == ERR_OK &&
	    (code = intake_change_read(&stored, &c, e)) == ERR_OK) {
		*out = writes_there(&c, r, d);
		change_fini(&c);
	}
	intake_change_fini(&stored);
	return code == ERR_NOTFOUND ? ERR_OK : code;
}

/* Does the decision name a side of its author's that a restore took from the
 * record?  It came back as no side where its words were erased since. */
static enum err_code
saw_own_lost_side(struct engine *g, const struct record *r,
    const struct deciding *d, bool *out, struct err *e)
{
	const json_t *sides = d->resolve->sides;
	enum err_code code = ERR_OK;

	*out = false;
	for (size_t i = 0;
	     i < json_array_size(sides) && code == ERR_OK && !*out; i++) {
		const json_t *side = json_array_get(sides, i);
		struct version v;

		if (version_from_json(json_array_get(side, 1), &v, NULL) ==
		        ERR_OK &&
		    v.epoch < g->epoch)
			code = is_users_side(g, r, d,
			    json_string_value(json_array_get(side, 0)), out, e);
	}
	return code;
}

enum err_code
engine_may_decide(struct engine *g, const struct record *r,
    const struct deciding *d, enum may_decide *out, struct err *e)
{
	struct deciding asked = *d;
	struct decide_limits limits;
	struct office_user u;
	bool is_author = false;
	enum err_code code = engine_limits(g, &limits, e);

	if (code != ERR_OK)
		return code;
	asked.rung = OWNER_AUTHOR;
	code = store_user_get(g->store, d->user, &u, e);
	if (code == ERR_OK && u.is_active)
		asked.rung = decide_rung(engine_schema(g), u.role);
	else if (code == ERR_NOTFOUND)
		code = ERR_OK;
	if (code != ERR_OK)
		return code;
	*out = decide_may(&limits, r, &asked);
	if (*out != MAY_DECIDE && d->resolve != NULL)
		code = saw_own_lost_side(g, r, d, &is_author, e);
	if (code == ERR_OK && is_author)
		*out = MAY_DECIDE;
	return code;
}

enum err_code
engine_needs_two(struct engine *g, const struct record *r,
    const struct conflict *k, struct id user, bool *out, struct err *e)
{
	struct office_user u;
	enum err_code code = store_user_get(g->store, user, &u, e);

	if (code != ERR_OK && code != ERR_NOTFOUND)
		return code;
	*out = code == ERR_OK &&
	    schema_decide_needs_two(engine_schema(g),
	        schema_type(engine_schema(g), r->type), r->doc, k->path,
	        u.role);
	return ERR_OK;
}

enum err_code
decide_reason(const struct applying *a, const struct record *r,
    const char **reason_out, struct err *e)
{
	const struct change *c = a->change;
	struct deciding d = {
		.user = c->author, .now_ms = a->round->now_ms, .change = c
	};
	enum may_decide may = MAY_DECIDE;
	bool needs_two = false;
	enum err_code code = ERR_OK;

	/* The console asks before it cuts a change. */
	if (a->is_vouched || a->device->state == DEVICE_ENGINE)
		return ERR_OK;
	for (size_t i = 0; i < c->n_resolves && code == ERR_OK &&
	     may == MAY_DECIDE && !needs_two;
	     i++) {
		const struct change_resolve *made = &c->resolves[i];

		d.conflict = record_conflict(r, c->resolves[i].conflict);
		d.has_reason = c->resolves[i].reason != NULL;
		d.resolve = &c->resolves[i];
		if (d.conflict == NULL)
			continue;
		code = engine_may_decide(a->round->g, r, &d, &may, e);
		if (code == ERR_OK && !made->ask && made->undo[0] == '\0')
			code = engine_needs_two(a->round->g, r, d.conflict,
			    c->author, &needs_two, e);
	}
	if (code == ERR_OK && may != MAY_DECIDE)
		*reason_out = "not_decider";
	else if (code == ERR_OK && needs_two)
		*reason_out = "two_decide";
	return code;
}
