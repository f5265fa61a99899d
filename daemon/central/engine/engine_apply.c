/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A received change meets its record: the one path for every change, whoever
 * made it.  The pure core decides; here the result is written, logged and told.
 */
#include "common/core/path.h"
#include "common/sys/json.h"
#include "common/sys/log.h"
#include "daemon/central/engine/engine_dual.h"
#include "daemon/central/engine/engine_int.h"

/* What is written of one applied change. */
struct writing {
	struct applying *a;
	struct record *record;
	json_t *facts; /* scopes_facts before it; NULL: the record is new */
	struct outcome outcome;
};

static enum err_code
log_change(const struct writing *w, const struct hash32 *digest, struct err *e)
{
	const struct applying *a = w->a;
	struct engine *g = a->round->g;
	struct log_entry entry = { .epoch = g->epoch,
		.kind = "change",
		.device = a->stored->device,
		.counter = a->stored->counter,
		.change_link = a->stored->link,
		.record = w->record->id,
		.state = *digest,
		.merge_version = g->rules.merge_version,
		.has_schema = g->rules.has_schema,
		.schema = g->rules.schema,
		.time = a->round->now_ms };
	enum err_code code;

	if ((code = outcome_hash(
	         entry.device, &w->outcome, &entry.outcome, e)) != ERR_OK ||
	    (code = store_log_append(g->store, &entry, e)) != ERR_OK)
		return code;
	if (entry.seq != w->outcome.version.seq)
		return err_set(e, ERR_BUSY, 0, "the log moved meanwhile");
	return ERR_OK;
}

/* Where merging made something else of a path than the change said, keep it:
 * a later base may name it without saying it. */
static enum err_code
keep_merged(struct engine *g, const struct change *c,
    const struct scope_step *step, struct err *e)
{
	const struct record *r = step->record;

	for (size_t i = 0; i < c->n_ops; i++) {
		const json_t *value = path_get(r->doc, c->ops[i].path);
		enum err_code code;

		if (c->ops[i].is_erased || path_equal(value, c->ops[i].now))
			continue;
		code = store_merged_value_put(
		    g->store, r->id, c->ops[i].path, step->seq, value, e);
		if (code != ERR_OK)
			return code;
	}
	return ERR_OK;
}

enum err_code
apply_write_record(struct engine *g, const struct change *c,
    const struct scope_step *step, struct hash32 *digest_out, struct err *e)
{
	struct derived derived = { 0 };
	enum err_code code;

	if ((code = scopes_derive(g, step->record, &derived, e)) == ERR_OK &&
	    (code = store_record_put(g->store, step->record, &derived.d,
	         step->seq, digest_out, e)) == ERR_OK &&
	    (code = keep_merged(g, c, step, e)) == ERR_OK)
		code = scopes_follow(g, step, e);
	derived_fini(&derived);
	return code;
}

static enum err_code
write_all(struct writing *w, struct err *e)
{
	struct scope_step step = { .record = w->record,
		.facts = w->facts,
		.seq = w->outcome.version.seq };
	struct hash32 digest;
	enum err_code code;

	if ((code = apply_write_record(
	         w->a->round->g, w->a->change, &step, &digest, e)) != ERR_OK ||
	    (code = log_change(w, &digest, e)) != ERR_OK ||
	    (code = outcome_give(w->a, &w->outcome, e)) != ERR_OK ||
	    (code = error_follow(w->a, w->record, e)) != ERR_OK)
		return code;
	return grants_follow(w->a, &step, e);
}

/* All of it, or nothing: in a mark, with the devices as they were. */
static enum err_code
write_marked(struct writing *w, struct err *e)
{
	struct office_store *store = w->a->round->g->store;
	struct office_device *engine, engine_before, device_before;
	struct intake_change stored_before = *w->a->stored;
	enum err_code code;

	code = round_device(w->a->round, w->a->round->g->device, &engine, e);
	if (code != ERR_OK || (code = store_mark(store, e)) != ERR_OK)
		return code;
	engine_before = *engine;
	device_before = *w->a->device;
	code = write_all(w, e);
	if (code == ERR_OK)
		return store_mark_keep(store, e);
	*engine = engine_before;
	*w->a->device = device_before;
	*w->a->stored = stored_before;
	return mark_undo(w->a->round->g, code, e);
}

static void
count(struct engine *g, enum outcome_kind kind)
{
	g->counts.changes_applied++;
	if (kind == OUTCOME_CONFLICT)
		g->counts.conflicts++;
}

/* What the office's store (arg) knows of a record; an apply_type_of. */
static enum err_code
known_type(void *arg, struct id record, char type_out[static 65], struct err *e)
{
	return store_record_type(arg, record, type_out, e);
}

struct apply_context
engine_apply_context(struct engine *g, const struct change *c, bool is_own,
    struct version version, uint64_t now_ms)
{
	struct change_key of;

	/* A proposal comes here when an administrator said so. */
	return (struct apply_context){ .schema = g->schema,
		.version = version,
		.now_ms = now_ms,
		.by_office = is_own || proposal_of(c, &of),
		.type_of = known_type,
		.arg = g->store };
}

/* Apply to the record and write; or hold, when the core says so. */
static enum err_code
meet(struct writing *w, struct outcome *out, struct err *e)
{
	const struct applying *a = w->a;
	struct engine *g = a->round->g;
	struct apply_result result = { 0 };
	struct version version = { .epoch = g->epoch };
	struct apply_context ctx;
	struct hash32 link;
	enum err_code code = store_log_head(g->store, &version.seq, &link, e);

	if (code != ERR_OK)
		return code;
	version.seq++;
	ctx = engine_apply_context(g, a->change,
	    a->device->state == DEVICE_ENGINE, version, a->round->now_ms);
	code = apply_change(w->record, a->change, &ctx, &result, e);
	if (code != ERR_OK)
		return code;
	if (result.kind == OUTCOME_HELD)
		return hold_put(a, result.reason, result.path, out, e);
	w->outcome = (struct outcome){ .kind = result.kind,
		.counter = a->stored->counter,
		.version = version };
	code = write_marked(w, e);
	if (code == ERR_OK) {
		w->a->made_record = w->facts == NULL;
		count(g, result.kind);
		*out = w->outcome;
	}
	return code;
}

static enum err_code
load_or_init(const struct applying *a, struct record *out, json_t **facts_out,
    struct err *e)
{
	struct engine *g = a->round->g;
	const struct change *c = a->change;
	enum err_code code = store_record_get(g->store, c->record, out, e);

	if (code == ERR_NOTFOUND)
		return record_init(out, c->record, c->type, c->author, e);
	if (code != ERR_OK)
		return code;
	*facts_out = scopes_facts(g, out);
	if (*facts_out != NULL)
		return ERR_OK;
	record_fini(out);
	return err_set(e, ERR_NOMEM, 0, "out of memory");
}

/* Give it an outcome: applied and logged, or held. */
static enum err_code
apply_received(struct applying *a, struct outcome *out, struct err *e)
{
	struct record record;
	struct writing w = { .a = a, .record = &record };
	const char *reason;
	enum err_code code = load_or_init(a, &record, &w.facts, e);

	if (code != ERR_OK)
		return code;
	code = hold_reason(a, w.facts != NULL ? &record : NULL, &reason, e);
	if (code == ERR_OK && reason == NULL)
		code = decide_reason(a, &record, &reason, e);
	if (code == ERR_OK && reason != NULL)
		code = strcmp(reason, PROPOSAL_REPLACED) == 0
		    ? proposal_close(a, out, e)
		    : hold_put(a, reason, "", out, e);
	else if (code == ERR_OK)
		code = meet(&w, out, e);
	json_decref(w.facts);
	record_fini(&record);
	return code;
}

/* Errors of the store: everything is undone and tried again later. */
static bool
is_of_store(enum err_code code)
{
	return code == ERR_IO || code == ERR_BUSY || code == ERR_NOMEM;
}

static enum err_code
hold_as_poison(const struct applying *a, struct outcome *out, struct err *e)
{
	log_line(LOG_LEVEL_ERROR, "engine", "change held",
	    "device=%s counter=%llu", id_print(a->stored->device).s,
	    (unsigned long long)a->stored->counter);
	return hold_put(a, "poison", "", out, e);
}

/* The same, and an error that is the change's own holds it as "poison".  Who
 * saves at the office is told, and tries again or not. */
static enum err_code
apply_guarded(struct applying *a, struct outcome *out, struct err *e)
{
	struct engine *g = a->round->g;
	const bool is_waiting = a->device->state != DEVICE_ENGINE;
	struct err why = { 0 };
	enum err_code code;

	if (is_waiting && doubt_is_damage(g, a->stored))
		return hold_as_poison(a, out, e);
	code = apply_received(a, out, &why);
	if (code == ERR_OK)
		return code;
	if (is_waiting && doubt_is_of_store(&why))
		doubt_note(g, a->stored);
	if (is_of_store(code) || doubt_is_of_store(&why) ||
	    !store_in_transaction(g->store)) {
		if (e != NULL)
			*e = why;
		return code;
	}
	log_err("engine", "change held: it cannot be applied", &why);
	return hold_as_poison(a, out, e);
}

enum err_code
apply_releasing(struct applying *a, struct outcome *out, struct err *e)
{
	struct id record = a->stored->record;
	enum err_code code = apply_guarded(a, out, e);

	if (code == ERR_OK && a->made_record)
		code = release_held(a->round, &record, NULL, "waits", e);
	return code == ERR_OK ? proposals_settle(a->round, &record, e) : code;
}

enum err_code
apply_stored(struct round *r, struct change_key key, bool is_vouched,
    struct outcome *out, struct err *e)
{
	struct intake_change stored;
	struct change c;
	struct applying a = { .round = r,
		.change = &c,
		.stored = &stored,
		.is_vouched = is_vouched };
	enum err_code code;

	change_init(&c);
	code =
	    store_intake_get(r->g->store, key.device, key.counter, &stored, e);
	if (code != ERR_OK)
		return code;
	if ((code = round_device(r, key.device, &a.device, e)) != ERR_OK)
		goto out;
	code = intake_change_read(&stored, &c, e);
	if (code == ERR_OK)
		code = apply_guarded(&a, out, e);
	else if (!is_of_store(code))
		code = hold_put(&a, "poison", "", out, e);
out:
	change_fini(&c);
	intake_change_fini(&stored);
	return code;
}
