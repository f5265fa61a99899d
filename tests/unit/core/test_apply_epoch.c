/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An office that was restored, and again from an older copy: what somebody saw
 * in between is no word about what is here.
 */
#include "tests/support/check.h"

#include "tests/support/check_apply.h"

#define NAME "full_name"
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, set_up, check_desk_tear_down)

static struct check_desk d;

/* Ann's X is version [1,1], Bob's Y, who saw it, [1,2]. */
static int
set_up(void **state)
{
	*state = &d;
	check_desk_init(&d, "person");
	check_edit(&d, ANN, NAME, 0, 0, NULL, "'X'");
	check_edit(&d, BOB, NAME, 1, 0, "'X'", "'Y'");
	return 0;
}

/* Cat's next change, of somebody who was shown the name as of a version. */
static struct change
change_of_who_saw(uint64_t epoch, uint64_t seq, const char *was)
{
	struct change c = check_change(&d, CAT);

	check_op(&c, NAME, seq, 0, was, "'Z'");
	c.ops[0].base.seen.epoch = epoch;
	return c;
}

/* Epoch 2 had begun from a copy without Bob's change, and somebody wrote Y in
 * it too, number 3; epoch 3 began from a copy that has Bob's. */
static void
an_epoch_that_is_not_of_this_log_showed_nothing_of_it(void **state)
{
	struct change c = change_of_who_saw(2, 3, "'Y'");

	(void)state;
	d.epoch = 3;
	assert_int_equal(check_send(&d, &c), OUTCOME_CONFLICT);
	check_value(&d, NAME, "'Y'");
	check_side(&d, NAME, 0, "'Z'", CAT, true);
}

static void
an_epoch_of_this_log_showed_all_before_it(void **state)
{
	struct change c;

	(void)state;
	d.epoch = 2;
	check_edit(&d, ANN, "preferred_name", 0, 0, NULL, "'Annie'");
	d.epoch = 3;
	c = change_of_who_saw(2, 3, "'Y'");
	assert_int_equal(check_send(&d, &c), OUTCOME_APPLIED);
	check_value(&d, NAME, "'Z'");
}

static void
the_end_of_an_epoch_that_was_lost_showed_what_was_kept_of_it(void **state)
{
	struct change c = change_of_who_saw(1, 9, "'Y'");

	(void)state;
	d.epoch = 2;
	assert_int_equal(check_send(&d, &c), OUTCOME_APPLIED);
	check_value(&d, NAME, "'Z'");
}

/* Who decided there keeps what stands there, which is not what stands here. */
static void
a_decision_for_what_stood_elsewhere_decides_nothing(void **state)
{
	struct change c = check_change(&d, CAT);

	(void)state;
	check_op(&c, NAME, 1, 0, "'X'", "'Z'");
	assert_int_equal(check_send(&d, &c), OUTCOME_CONFLICT);
	d.epoch = 3;
	c = check_change(&d, DEE);
	check_resolve(&d, &c, NAME, 1, "asked her");
	c.resolves[0].current = (struct version){ 2, 9 };
	assert_int_equal(check_send(&d, &c), OUTCOME_CONFLICT);
	assert_int_equal(check_open(&d, NAME), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_epoch_that_is_not_of_this_log_showed_nothing_of_it),
		TEST(an_epoch_of_this_log_showed_all_before_it),
		TEST(
		    the_end_of_an_epoch_that_was_lost_showed_what_was_kept_of_it),
		TEST(a_decision_for_what_stood_elsewhere_decides_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
