/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Acts that need two people.
 */
#include "tests/support/world_command.h"

#include <string.h>

#include "common/sys/json.h"
#include "daemon/central/engine/engine_dual.h"

struct pair {
	struct world w;
	struct id first, second, advocate;
};

static void
pair_start(struct pair *p)
{
	struct err e = { 0 };

	world_start(&p->w);
	p->first = world_colleague(&p->w, "Ruth", "RES", NULL);
	p->second = world_colleague(&p->w, "Tom", "RES", NULL);
	p->advocate = world_colleague(&p->w, "Ama", "ADV", NULL);
	assert_ok(store_begin(engine_store(p->w.g), &e), &e);
}

static void
pair_end(struct pair *p)
{
	struct err e = { 0 };

	assert_ok(store_commit(engine_store(p->w.g), &e), &e);
	world_end(&p->w);
}

static enum err_code
propose(
    struct pair *p, struct id who, const char *object, struct office_dual *out)
{
	const struct dual_order order = { .actor = who,
		.act = "erase",
		.object = object,
		.reason = "asked" };

	return engine_dual_propose(p->w.g, &order, out, NULL);
}

static enum err_code
confirm(struct pair *p, struct id who, struct id proposal, const char *act)
{
	const struct dual_decision d = {
		.proposal = proposal, .actor = who, .act = act
	};
	struct office_dual out;

	return engine_dual_confirm(p->w.g, &d, &out, NULL);
}

static void
nobody_confirms_what_they_proposed(void **state)
{
	struct pair p;
	struct office_dual d;

	(void)state;
	pair_start(&p);
	assert_int_equal(propose(&p, p.first, "a note", &d), ERR_OK);
	assert_int_equal(confirm(&p, p.first, d.id, "erase"), ERR_CONFLICT);
	assert_int_equal(confirm(&p, p.second, d.id, "erase"), ERR_OK);
	pair_end(&p);
}

static void
whose_role_may_not_neither_proposes_nor_confirms(void **state)
{
	static const struct id nobody;
	struct pair p;
	struct office_dual d;

	(void)state;
	pair_start(&p);
	assert_int_equal(propose(&p, p.advocate, "a note", &d), ERR_CONFLICT);
	assert_int_equal(propose(&p, nobody, "a note", &d), ERR_AUTH);
	assert_int_equal(propose(&p, p.first, "a note", &d), ERR_OK);
	assert_int_equal(confirm(&p, p.advocate, d.id, "erase"), ERR_CONFLICT);
	assert_int_equal(confirm(&p, nobody, d.id, "erase"), ERR_AUTH);
	pair_end(&p);
}

static void
a_proposal_is_confirmed_once_and_as_what_it_is(void **state)
{
	struct pair p;
	struct office_dual d, twice;

	(void)state;
	pair_start(&p);
	assert_int_equal(propose(&p, p.first, "a note", &d), ERR_OK);
	assert_int_equal(propose(&p, p.second, "a note", &twice), ERR_CONFLICT);
	assert_int_equal(
	    confirm(&p, p.second, d.id, "entered_in_error"), ERR_INVALID);
	assert_int_equal(confirm(&p, p.second, p.first, "erase"), ERR_NOTFOUND);
	assert_int_equal(confirm(&p, p.second, d.id, "erase"), ERR_OK);
	assert_int_equal(confirm(&p, p.second, d.id, "erase"), ERR_INVALID);
	assert_int_equal(propose(&p, p.second, "a note", &twice), ERR_OK);
	pair_end(&p);
}

static void
what_is_withdrawn_or_out_of_time_is_not_confirmed(void **state)
{
	struct pair p;
	struct office_dual d;
	struct dual_decision back = { .reason = "a mistake" };

	(void)state;
	pair_start(&p);
	assert_int_equal(propose(&p, p.first, "a note", &d), ERR_OK);
	back.proposal = d.id;
	back.actor = p.first;
	assert_int_equal(engine_dual_withdraw(p.w.g, &back, &d, NULL), ERR_OK);
	assert_int_equal(confirm(&p, p.second, d.id, "erase"), ERR_INVALID);
	pair_end(&p);

	pair_start(&p);
	assert_int_equal(propose(&p, p.first, "a note", &d), ERR_OK);
	assert_int_equal(store_commit(engine_store(p.w.g), NULL), ERR_OK);
	world_sql(&p.w, "UPDATE dual SET expires = 1");
	assert_int_equal(store_begin(engine_store(p.w.g), NULL), ERR_OK);
	assert_int_equal(confirm(&p, p.second, d.id, "erase"), ERR_INVALID);
	pair_end(&p);
}

static int64_t
waiting(struct pair *p)
{
	return world_number(&p->w,
	    "SELECT count(*) FROM dual WHERE state = 1 AND act = "
	    "'entered_in_error' AND reason = 'About her sister'");
}

/* A device of the user says of the signed note why it is an error, or takes
 * that back. */
static void
say(struct dev *d, struct id note, bool is_said)
{
	static const char why[] = "'About her sister'";
	uint64_t n;

	dev_begin(d, note, "note");
	dev_set_seen(d, "error_because", is_said ? NULL : why,
	    is_said ? why : NULL,
	    (struct change_base){ .seen = record_path_version(
	                              dev_record(d, note), "error_because") });
	n = dev_cut(d);
	dev_sync(d);
	assert_int_equal(dev_outcome(d, n)->kind, OUTCOME_APPLIED);
}

/* What one role may say and another may not comes to a proposal, or stays
 * words in the record; and neither is in the other changes' way. */
static void
what_a_device_says_is_a_proposal_where_its_users_role_may(void **state)
{
	static const char *const roles[] = { "ADV", "VOL" };
	static const int64_t said[] = { 1, 0 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct pair p;
		struct dev d;
		struct id note;

		pair_start(&p);
		assert_int_equal(
		    store_commit(engine_store(p.w.g), NULL), ERR_OK);
		dev_start(&d, &p.w,
		    world_colleague(&p.w, "Mair", roles[i], NULL),
		    DEVICE_ACTIVE);
		note = dev_note(
		    &d, dev_case(&d, dev_person(&d, "Betty")), "She is well");
		dev_sync(&d);
		say(&d, note, true);
		assert_int_equal(waiting(&p), said[i]);
		assert_string_equal(
		    dev_text(&d, note, "error_because"), "About her sister");
		say(&d, note, false);
		assert_int_equal(waiting(&p), 0);
		say(&d, note, true);
		assert_int_equal(waiting(&p), said[i]);
		dev_end(&d);
		assert_int_equal(
		    store_begin(engine_store(p.w.g), NULL), ERR_OK);
		pair_end(&p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_confirms_what_they_proposed),
		cmocka_unit_test(
		    whose_role_may_not_neither_proposes_nor_confirms),
		cmocka_unit_test(
		    a_proposal_is_confirmed_once_and_as_what_it_is),
		cmocka_unit_test(
		    what_is_withdrawn_or_out_of_time_is_not_confirmed),
		cmocka_unit_test(
		    what_a_device_says_is_a_proposal_where_its_users_role_may),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
