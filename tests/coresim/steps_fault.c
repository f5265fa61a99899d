/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/coresim/arena.h"
#include "tests/coresim/facts.h"
#include "tests/coresim/person.h"
#include "tests/coresim/steps.h"

/* ---- copies ---- */

static void
step_old_copy(struct world *w, struct rng *dice)
{
	struct device *d = any_device(w, dice);

	if (d->backup == NULL)
		return;
	HAPPENED(w, 30, d->slot, "%s goes on from an old backup",
	    world_device_name(w, d->identity));
	device_become(d, d->backup);
	d->is_copy = true;
	count_fault(w, FAULT_OLD_COPY);
	fact_copied(d);
	(void)person_edits(d, dice);
}

static void
step_clone(struct world *w, struct rng *dice)
{
	struct device *from = any_device(w, dice), *to = any_device(w, dice);

	/* Whoever is copied over must have handed over what they wrote. */
	if (from->identity == to->identity || to->receipted < to->n ||
	    to->is_forked || from->is_forked ||
	    w->office->devices[to->identity].counter != to->n)
		return;
	HAPPENED(w, 31, to->slot, "%s is copied over device %u",
	    world_device_name(w, from->identity), to->slot);
	fact_copied(to); /* what it was goes, and all of it is at the office */
	device_become(to, from);
	to->is_copy = from->is_copy = true;
	count_fault(w, FAULT_CLONE);
	fact_copied(from);
	(void)person_edits(to, dice);
	(void)person_edits(from, dice);
}

static void
step_revoke(struct world *w, struct rng *dice)
{
	struct device *d = any_device(w, dice);
	struct registered *at = &w->office->devices[d->identity];

	if (at->is_revoked || rng_below(dice, 2) == 0)
		return;
	HAPPENED(w, 32, d->slot, "the access of %s ends",
	    world_device_name(w, d->identity));
	at->is_revoked = true;
	for (unsigned i = 0; i < w->n_devices; i++)
		if (w->devices[i].identity == d->identity)
			w->devices[i].is_revoked = true;
	count_fault(w, FAULT_REVOKED);
	fact_revoked(d);
	(void)person_edits(d, dice);
	device_sync(d);
}

/* ---- strangers and liars ---- */

static void
make_change(struct world *w, struct change *c, struct id record,
    const char *type, const char *path, const char *text)
{
	const struct change_base none = { 0 };
	uint8_t salt[CHANGE_SALT_LEN];
	struct err e;

	change_init(c);
	c->record = record;
	c->made_at = w->now_ms;
	(void)snprintf(c->type, sizeof(c->type), "%s", type);
	salt_of(w, salt);
	if (change_add_op(c, path, &none, NULL, json_string(text), salt, &e) !=
	    ERR_OK)
		abort();
}

/* A stranger's request: their own number and key, and another's name, another's
 * key, or a past that never was. */
static void
step_forge(struct world *w, struct rng *dice)
{
	static const struct seen nothing;
	struct device *victim = any_device(w, dice);
	const struct registered *at = &w->office->devices[victim->identity];
	const uint64_t how = rng_below(dice, 3), held = at->counter;
	struct request *r = arena_zero(sizeof(*r));
	const struct said **changes = arena_zero(sizeof(const struct said *));
	struct change c;
	struct said *s;
	struct id record;

	if (w->n_said >= CHANGES_MAX - 8 || !new_record(w, dice, &record))
		return;
	make_change(w, &c, record, "site", "name", "forged");
	c.counter = held + 1;
	c.author = beginning.users[victim->user];
	s = arena_zero(sizeof(*s));
	*s = (struct said){
		.c = c, .identity = victim->identity, .seen = &nothing
	};
	s->c.device = beginning.identities[victim->identity];
	*r = (struct request){ .identity = victim->identity,
		.slot = w->n_devices, /* nobody gets the answer */
		.claimed = how == 0 ? STRANGER : victim->identity,
		.written = held + 1,
		.from = held + 1,
		.n = 1,
		.changes = changes,
		.before = at->link };
	changes[0] = s;
	if (how == 2)
		r->before.b[0] ^= 1;
	r->link = s->link = link_next(w, r->before, &s->c);
	r->sig = signed_by(
	    how == 1 ? STRANGER : victim->identity, held + 1, r->link);
	HAPPENED(w, 33, how, "a forged change in the name of %s is sent",
	    world_device_name(w, victim->identity));
	count_fault(w, FAULT_FORGED);
	(void)office_receive(w, r);
	if (w->office->devices[victim->identity].counter != held)
		violation(w, "I8", "a forged change was received");
}

static void
odd_change(struct world *w, struct rng *dice, bool is_poison)
{
	struct device *d = any_device(w, dice);
	struct change c;
	struct id record = beginning.cases[CASES - 1];
	struct said *s;

	if (w->n_said >= CHANGES_MAX - 8 || d->is_locked ||
	    (is_poison && !new_record(w, dice, &record)))
		return;
	/* The store refuses to write to what went (test_engine_gone). */
	if (d->records[id_number(record)].is_dropped)
		return;
	if (is_poison)
		make_change(w, &c, record, "spaceship", "name", "odd");
	else
		make_change(w, &c, record, "case", "commissioner", "mine");
	HAPPENED(w, 34, d->slot, "%s sends %s, change %u",
	    world_device_name(w, d->identity),
	    is_poison ? "a change that nobody can apply"
	              : "a change to what they never saw",
	    w->n_said);
	/* What a program that is not ours may put into its journal. */
	s = (struct said *)(uintptr_t)device_saves(
	    d, &c, d->records[id_number(record)].view, NULL);
	s->is_poison = true;
	count_fault(w, is_poison ? FAULT_POISON : FAULT_FOREIGN);
}

bool
step_fault(struct world *w, const struct step *s, struct rng *dice)
{
	struct device *d;

	switch ((int)s->kind) {
	case STEP_DEVICE_CRASH:
		device_crash(any_device(w, dice));
		count_fault(w, FAULT_DEVICE_CRASH);
		return true;
	case STEP_LOCK:
		d = any_device(w, dice);
		(void)person_edits(d, dice);
		device_lock(d);
		device_sync(d);
		count_fault(w, FAULT_LOCKED);
		return true;
	case STEP_UNLOCK:
		device_unlock(any_device(w, dice));
		return true;
	case STEP_DEVICE_BACKUP:
		d = any_device(w, dice);
		d->backup = device_copy(d);
		return true;
	case STEP_OLD_COPY:
		step_old_copy(w, dice);
		return true;
	case STEP_CLONE:
		step_clone(w, dice);
		return true;
	case STEP_REVOKE:
		step_revoke(w, dice);
		return true;
	case STEP_FORGE:
		step_forge(w, dice);
		return true;
	case STEP_FOREIGN:
	case STEP_POISON:
		odd_change(w, dice, s->kind == STEP_POISON);
		return true;
	default:
		return false;
	}
}
