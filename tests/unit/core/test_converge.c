/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever the order in which devices write and hear of each other, everyone
 * who has heard everything holds the same bytes, and nobody's words are gone
 * without someone having seen them.
 */
#include "tests/support/converge.h"

#include <string.h>

#include "common/core/path.h"
#include "tests/support/check.h"

static void
when_all_have_synced_every_device_holds_the_same_bytes(void **state)
{
	uint64_t seed = check_seed(__func__);
	unsigned outcomes[OUTCOME_N] = { 0 };

	(void)state;
	for (uint64_t round = 0; round < 60; round++) {
		struct converge_world w;

		converge_start(&w, "note", seed + round);
		for (int i = 0; i < 100; i++)
			converge_step(&w);
		converge_settle(&w);
		for (int i = 0; i < CONVERGE_DEVICES; i++) {
			struct hash32 a, b;
			struct err e = { 0 };

			converge_assert_same(
			    &w.devices[i].confirmed, &w.office);
			assert_ok(
			    record_digest(&w.devices[i].confirmed, &a, &e), &e);
			assert_ok(record_digest(&w.office, &b, &e), &e);
			assert_true(hash32_equal(a, b));
		}
		for (int k = 0; k < OUTCOME_N; k++)
			outcomes[k] += w.outcomes[k];
		converge_end(&w);
	}
	/* The schedules are of all kinds. */
	for (int k = OUTCOME_APPLIED; k <= OUTCOME_HELD; k++) {
		print_message("%s: %u\n", outcome_word((enum outcome_kind)k),
		    outcomes[k]);
		assert_true(outcomes[k] > 0);
	}
}

static void
replaying_the_log_from_any_state_gives_the_same_bytes(void **state)
{
	uint64_t seed = check_seed(__func__);

	(void)state;
	for (uint64_t round = 0; round < 60; round++) {
		struct converge_world w;
		struct record r;
		struct err e = { 0 };
		uint64_t from;
		json_t *json;

		converge_start(&w, "note", seed + round);
		for (int i = 0; i < 60; i++)
			converge_step(&w);
		assert_ok(record_to_json(&w.office, &json, &e), &e);
		from = w.seq;
		for (int i = 0; i < 60; i++)
			converge_step(&w);
		/* What the office was, out of its JSON, and the log. */
		if (from == 0)
			assert_ok(record_init(
			              &r, check_id(7), "note", check_id(8), &e),
			    &e);
		else
			assert_ok(record_from_json(json, &r, &e), &e);
		for (uint64_t seq = from + 1; seq <= w.seq; seq++) {
			const struct converge_logged *l = &w.log[seq - 1];

			assert_int_not_equal(
			    converge_apply(&w, &r,
			        &w.devices[l->device].changes[l->counter - 1],
			        seq),
			    OUTCOME_HELD);
		}
		converge_assert_same(&r, &w.office);
		record_fini(&r);
		json_decref(json);
		converge_end(&w);
	}
}

/* True if the value stands at the path or on an open side of it. */
static bool
is_visible(const struct record *r, const char *path, const json_t *value)
{
	const struct conflict *c = record_open_conflict(r, path);

	if (path_equal(path_get(r->doc, path), value))
		return true;
	for (size_t i = 0; c != NULL && i < c->n_sides; i++)
		if (c->sides[i].is_open && path_equal(c->sides[i].value, value))
			return true;
	return false;
}

/* A decision for a side's value puts its author's word back with a version of
 * its own: who had seen the side has seen the word. */
static bool
saw_as_side(
    const struct record *r, const struct change_op *op, const struct setter *s)
{
	for (size_t i = 0; i < r->n_conflicts; i++) {
		const struct conflict *k = &r->conflicts[i];

		for (size_t n = 0;
		     strcmp(k->path, op->path) == 0 && n < k->n_sides; n++)
			if (id_equal(k->sides[n].device, s->device) &&
			    k->sides[n].counter == s->counter &&
			    version_compare(
			        k->sides[n].version, op->base.seen) <= 0)
				return true;
	}
	return false;
}

/* Every setter of the path had been seen by the op's author. */
static bool
saw_all(
    const struct record *r, const struct change *c, const struct change_op *op)
{
	const struct path_state *ps = record_path(r, op->path);

	for (size_t i = 0; ps != NULL && i < ps->n_setters; i++) {
		const struct setter *s = &ps->setters[i];

		if (version_compare(s->version, op->base.seen) > 0 &&
		    !(id_equal(s->device, c->device) &&
		        s->counter <= op->base.own) &&
		    !saw_as_side(r, op, s))
			return false;
	}
	return true;
}

static bool
decides(const struct record *r, const struct change *c, const char *path)
{
	const struct conflict *k = c->n_resolves == 0
	    ? NULL
	    : record_conflict(r, c->resolves[0].conflict);

	return k != NULL && strcmp(k->path, path) == 0;
}

/* Whether an open side of before may be gone after the op: its author went on
 * from it, or someone who named it decided. */
static bool
may_go(const struct record *before, const struct change *c,
    const struct change_op *op, const struct conflict_side *s)
{
	bool goes_on = strcmp(s->key, op->base.side) == 0 ||
	    (id_equal(s->device, c->device) &&
	        (s->counter == op->base.own || path_equal(s->value, op->was)));

	return (id_equal(s->author, c->author) && goes_on) ||
	    decides(before, c, op->path);
}

/* Fields of policy ask: nobody's words go unseen. */
static void
check_nothing_went_unseen(const struct record *before,
    const struct record *after, const struct change *c)
{
	for (size_t i = 0; i < c->n_ops; i++) {
		const struct change_op *op = &c->ops[i];
		const json_t *current = path_get(before->doc, op->path);
		const struct conflict *k =
		    record_open_conflict(before, op->path);
		bool is_last = true;

		for (size_t n = i + 1; n < c->n_ops; n++)
			if (strcmp(c->ops[n].path, op->path) == 0)
				is_last = false;
		if (!is_last || i > 0)
			continue;
		/* What was written is there. */
		assert_true(is_visible(after, op->path, op->now));
		/* What was there is there, or its end was seen. */
		if (!saw_all(before, c, op))
			assert_true(is_visible(after, op->path, current));
		for (size_t n = 0; k != NULL && n < k->n_sides; n++)
			if (k->sides[n].is_open &&
			    !may_go(before, c, op, &k->sides[n]))
				assert_true(is_visible(
				    after, op->path, k->sides[n].value));
	}
}

static void
nobody_is_overruled_without_being_seen(void **state)
{
	uint64_t seed = check_seed(__func__);
	unsigned clashes = 0;

	(void)state;
	for (uint64_t round = 0; round < 100; round++) {
		struct converge_world w;

		converge_start(&w, "person", seed + round);
		for (int i = 0; i < 120; i++) {
			unsigned n =
			    (unsigned)rng_below(&w.g, CONVERGE_DEVICES);
			const struct converge_device *d = &w.devices[n];
			uint64_t sent = d->sent;
			struct record before;
			struct err e = { 0 };

			assert_ok(record_copy(&w.office, &before, &e), &e);
			converge_send(&w, n);
			if (d->sent > sent && !d->held[sent])
				check_nothing_went_unseen(
				    &before, &w.office, &d->changes[sent]);
			record_fini(&before);
			converge_step(&w);
		}
		clashes += (unsigned)w.office.n_conflicts;
		converge_end(&w);
	}
	assert_true(clashes > 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    when_all_have_synced_every_device_holds_the_same_bytes),
		cmocka_unit_test(
		    replaying_the_log_from_any_state_gives_the_same_bytes),
		cmocka_unit_test(nobody_is_overruled_without_being_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
