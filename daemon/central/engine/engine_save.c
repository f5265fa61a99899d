/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The console and the commands: edits of the office, and steps that change who
 * may do what.  An edit is a change of the engine's own journal and takes the
 * one path of all changes.
 */
#include "common/base/clock.h"
#include "common/base/rng.h"
#include "common/core/path.h"
#include "daemon/central/engine/device_entry.h"
#include "daemon/central/engine/engine_int.h"

/* ---- saving an edit ---- */

static enum err_code
copy_resolve(const struct change_resolve *from, struct change *c, struct err *e)
{
	struct change_resolve salted = *from;

	rng_fill(salted.salt, sizeof(salted.salt));
	salted.has_salt = from->reason != NULL;
	return change_add_resolve(c, &salted, e);
}

/* What the office has before its eyes is the record as it is. */
static enum err_code
add_edits(const struct office_save *save, const struct record *r,
    struct change *c, struct err *e)
{
	for (size_t i = 0; i < save->n_edits; i++) {
		const char *path = save->edits[i].path;
		struct change_base base = { 0 };
		const json_t *was = NULL;
		enum err_code code = path_check(path, e);

		if (code == ERR_OK && r != NULL &&
		    (save->unseen == NULL || !save->unseen[i])) {
			base.seen = record_related_version(r, path);
			was = path_get(r->doc, path);
		}
		if (code == ERR_OK)
			code = journal_op(
			    c, path, &base, was, save->edits[i].now, e);
		if (code != ERR_OK)
			return code == ERR_MALFORMED ? ERR_INVALID : code;
	}
	return ERR_OK;
}

static enum err_code
make_change(struct engine *g, const struct office_save *save, struct change *c,
    struct err *e)
{
	struct record r;
	const char *type = save->type;
	enum err_code code = ERR_OK;

	if (save->record != NULL) {
		code = store_record_get(g->store, *save->record, &r, e);
		if (code != ERR_OK)
			return code;
		type = r.type;
		c->record = *save->record;
	} else
		c->record = save->fresh != NULL ? *save->fresh
		                                : id_fresh(clock_unix_ms());
	if (type == NULL || schema_type(g->schema, type) == NULL)
		code = err_set(e, ERR_NOTFOUND, 0,
		    "there is no kind of record called %s",
		    type == NULL ? "that" : type);
	if (code == ERR_OK) {
		(void)snprintf(c->type, sizeof(c->type), "%s", type);
		c->author = save->author;
		code = add_edits(save, save->record != NULL ? &r : NULL, c, e);
	}
	if (code == ERR_OK && save->resolve != NULL)
		code = copy_resolve(save->resolve, c, e);
	if (save->record != NULL)
		record_fini(&r);
	return code;
}

/* Say why in the words that a device's user would read, and by its name. */
static enum err_code
refuse_held(
    struct engine *g, const char *type, const struct outcome *o, struct err *e)
{
	const struct schema_field *f =
	    schema_find_field(schema_type(g->schema, type), o->path);
	const char *name = f != NULL ? f->label : o->path;
	char key[60], text[ERR_MSG_MAX];
	const char *words, *at;

	(void)snprintf(key, sizeof(key), "held.%s", o->reason);
	words = schema_word(g->schema, key);
	at = strstr(words, "{field}");
	if (at == NULL)
		(void)snprintf(text, sizeof(text), "%s", words);
	else
		(void)snprintf(text, sizeof(text), "%.*s%s%s",
		    (int)(at - words), words, name, at + strlen("{field}"));
	text[strcspn(text, ".")] = '\0';
	return err_set(e, ERR_INVALID, 0, "%.150s (%s%s%.60s)", text, o->reason,
	    o->path[0] != '\0' ? ": " : "", o->path);
}

/* Receive and apply; what would be held is refused, since a person sits there
 * who can put it right. */
static enum err_code
save_change(
    struct round *r, struct change *c, struct office_saved *out, struct err *e)
{
	struct intake_change stored;
	struct applying a = { .round = r, .change = c, .stored = &stored };
	enum err_code code = journal_cut(r, c, &stored, e);

	if (code != ERR_OK)
		return code;
	if ((code = store_intake_put(r->g->store, &stored, e)) == ERR_OK &&
	    (code = round_device(r, r->g->device, &a.device, e)) == ERR_OK)
		code = apply_releasing(&a, &out->outcome, e);
	if (code == ERR_OK && out->outcome.kind == OUTCOME_HELD)
		code = refuse_held(r->g, c->type, &out->outcome, e);
	intake_change_fini(&stored);
	return code;
}

struct saving {
	const struct office_save *save;
	struct office_saved saved;
};

static enum err_code
save_in(struct round *r, void *arg, struct err *e)
{
	struct saving *s = arg;
	struct change c;
	enum err_code code;

	change_init(&c);
	code = make_change(r->g, s->save, &c, e);
	if (code == ERR_OK)
		code = save_change(r, &c, &s->saved, e);
	s->saved.id = c.record;
	s->saved.counter = c.counter;
	change_fini(&c);
	return code;
}

enum err_code
engine_save(struct engine *g, const struct office_save *save,
    struct office_saved *out, struct err *e)
{
	struct saving s = { .save = save };
	struct round r;
	enum err_code code = store_begin(g->store, e);

	if (code != ERR_OK)
		return code;
	round_init(&r, g);
	if ((code = save_in(&r, &s, e)) == ERR_OK &&
	    (code = round_flush(&r, e)) == ERR_OK)
		code = store_commit(g->store, e);
	store_rollback(g->store);
	if (code == ERR_OK)
		*out = s.saved;
	round_fini(&r);
	return code;
}

/* ---- steps inside the caller's transaction ---- */

enum err_code
engine_in_round(struct engine *g, round_step step, void *arg, struct err *e)
{
	struct round r;
	enum err_code code = store_mark(g->store, e);

	if (code != ERR_OK)
		return code;
	round_init(&r, g);
	code = step(&r, arg, e);
	if (code == ERR_OK)
		code = round_flush(&r, e);
	round_fini(&r);
	if (code == ERR_OK)
		return store_mark_keep(g->store, e);
	return mark_undo(g, code, e);
}

enum err_code
engine_save_step(struct engine *g, const struct office_save *save,
    struct office_saved *out, struct err *e)
{
	struct saving s = { .save = save };
	enum err_code code = engine_in_round(g, save_in, &s, e);

	if (code == ERR_OK)
		*out = s.saved;
	return code;
}

struct audit_step {
	const struct audit_entry *a;
	struct log_entry entry;
};

static enum err_code
audit_in(struct round *r, void *arg, struct err *e)
{
	struct audit_step *step = arg;

	return audit_put(r, step->a, &step->entry, e);
}

enum err_code
engine_audit(struct engine *g, const struct audit_entry *a,
    struct log_entry *entry_out, struct err *e)
{
	struct audit_step step = { .a = a };
	enum err_code code = engine_in_round(g, audit_in, &step, e);

	if (code == ERR_OK)
		*entry_out = step.entry;
	return code;
}

static enum err_code
grant_in(struct round *r, void *arg, struct err *e)
{
	return grant_put(r, *(const struct grant_step *const *)arg, e);
}

enum err_code
engine_grant(struct engine *g, const struct grant_step *step, struct err *e)
{
	return engine_in_round(g, grant_in, &step, e);
}

/* Pending devices are approved or revoked, active ones revoked, and that is
 * for good: a revoked machine enrols again. */
static bool
may_follow(enum device_state from, enum device_state to)
{
	return (from == DEVICE_PENDING && to == DEVICE_ACTIVE) ||
	    ((from == DEVICE_PENDING || from == DEVICE_ACTIVE) &&
	        to == DEVICE_REVOKED);
}

/* A device lets its user see things: one who works here. */
static enum err_code
check_user(struct engine *g, struct id user, struct err *e)
{
	struct office_user u;
	enum err_code code = store_user_get(g->store, user, &u, e);

	if (code == ERR_NOTFOUND)
		return err_set(e, ERR_INVALID, 0,
		    "its user is not known here: visitbook-central user add "
		    "NAME --id %s",
		    id_print(user).s);
	if (code == ERR_OK && !u.is_active)
		return err_set(
		    e, ERR_INVALID, 0, "its user does not work here any more");
	return code;
}

static enum err_code
set_state(struct round *r, void *arg, struct err *e)
{
	const struct device_step *step =
	    *(const struct device_step *const *)arg;
	char object[DEVICE_ENTRY_CAP];
	struct audit_entry audit = { .actor = step->actor,
		.action = step->state == DEVICE_ACTIVE ? "device.approve"
		                                       : "device.revoke",
		.object = object,
		.reason = step->reason };
	struct log_entry entry;
	struct office_device *d;
	enum err_code code = round_device(r, step->device, &d, e);

	if (code != ERR_OK)
		return code;
	if (!may_follow(d->state, step->state))
		return err_set(e, ERR_INVALID, 0,
		    "the device's state does not allow that");
	if (step->state == DEVICE_ACTIVE &&
	    (code = check_user(r->g, d->user, e)) != ERR_OK)
		return code;
	d->state = step->state;
	if (step->state == DEVICE_ACTIVE && d->enrolled_at == 0)
		d->enrolled_at = r->now_ms;
	device_entry(d, NULL, object);
	code = audit_put(r, &audit, &entry, e);
	if (code != ERR_OK || step->state != DEVICE_ACTIVE)
		return code;
	code = release_held(r, NULL, &d->id, "pending_approval", e);
	if (code == ERR_OK)
		code = release_held(r, NULL, &d->id, "device_unknown", e);
	return code != ERR_OK ? code : release_held(r, NULL, NULL, "waits", e);
}

enum err_code
engine_device_state(
    struct engine *g, const struct device_step *step, struct err *e)
{
	return engine_in_round(g, set_state, &step, e);
}

/* An administrator ends it: readable for ever, and not applied. */
static enum err_code
close_held(struct round *r, const struct log_entry *said,
    struct intake_change *stored, struct outcome *out, struct err *e)
{
	struct applying a = { .round = r, .stored = stored };
	struct outcome o = { .kind = OUTCOME_CLOSED,
		.version = { .epoch = said->epoch, .seq = said->seq } };
	enum err_code code;

	/* The audit entry has the administrator's reason; devices have a
	 * sentence for the word that it was held with, too. */
	memcpy(o.reason, stored->reason, sizeof(o.reason));
	if ((code = round_device(r, stored->device, &a.device, e)) != ERR_OK ||
	    (code = outcome_give(&a, &o, e)) != ERR_OK)
		return code;
	*out = o;
	return release_held(r, &stored->record, NULL, "waits", e);
}

struct held_in {
	const struct held_step *step;
	struct outcome outcome;
};

static enum err_code
decide_held(struct round *r, void *arg, struct err *e)
{
	struct held_in *in = arg;
	const struct held_step *step = in->step;
	char object[CLOSING_OBJECT_CAP];
	struct audit_entry audit = { .actor = step->actor,
		.action = step->close ? "held.close" : "held.retry",
		.object = object,
		.reason = step->reason };
	struct change_key key = { .device = step->device,
		.counter = step->counter };
	struct log_entry entry;
	struct intake_change stored;
	enum err_code code = store_intake_get(
	    r->g->store, step->device, step->counter, &stored, e);

	if (code != ERR_OK)
		return code;
	closing_object(&key, object);
	if (stored.state != CHANGE_HELD)
		code = err_set(e, ERR_INVALID, 0, "the change is not held");
	else if (!step->close && strcmp(stored.reason, "two_decide") == 0)
		/* Whoever tries it again may be who made it. */
		code = err_set(e, ERR_CONFLICT, 0,
		    "two people decide this one: close it, and let one of them "
		    "propose it here");
	else if (step->close &&
	    (step->reason == NULL || step->reason[0] == '\0'))
		code = err_set(e, ERR_INVALID, 0, "a reason is needed");
	else if (strcmp(stored.reason, HELD_ERASED) == 0)
		code = hold_erased_check(r->g, step->actor, e);
	if (code == ERR_OK)
		code = audit_put(r, &audit, &entry, e);
	if (code == ERR_OK && step->close)
		code = close_held(r, &entry, &stored, &in->outcome, e);
	else if (code == ERR_OK)
		code = apply_stored(r, key, true, &in->outcome, e);
	if (code == ERR_OK && !step->close && in->outcome.kind != OUTCOME_HELD)
		code = release_held(r, &stored.record, NULL, "waits", e);
	if (code == ERR_OK)
		code = proposals_settle(r, &stored.record, e);
	intake_change_fini(&stored);
	return code;
}

enum err_code
engine_held(struct engine *g, const struct held_step *step, struct outcome *out,
    struct err *e)
{
	struct held_in in = { .step = step };
	enum err_code code = engine_in_round(g, decide_held, &in, e);

	if (code == ERR_OK)
		*out = in.outcome;
	return code;
}
