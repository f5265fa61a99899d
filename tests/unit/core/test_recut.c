/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes that a copied device cuts again under a new id: what their author
 * had before their eyes is what was there before the two journals parted, and
 * what they themselves wrote since.
 */
#include "tests/support/check.h"

#include "tests/support/check_apply.h"

/* Ann's folder was copied: ANN goes on, and the copy became device DEE. */
enum { FORK = 2 };

static struct check_desk d;

static int
set_up(void **state)
{
	*state = &d;
	check_desk_init(&d, "person");
	return 0;
}

/* The copy's n-th change after the fork, cut again. */
static struct change
again(unsigned n)
{
	struct change c = check_change(&d, DEE);

	assert_int_equal(c.counter, n);
	c.author = check_author(ANN);
	c.recut_device = check_device(ANN);
	c.recut_counter = FORK + n;
	return c;
}

/* Two changes that both folders have. */
static void
before_the_fork(void)
{
	check_edit(&d, ANN, "full_name", 0, 0, NULL, "'Ann Bell'");
	check_edit(&d, ANN, "full_name", 0, 1, "'Ann Bell'", "'Anne Bell'");
}

static void
own_counts_in_the_journal_that_it_was_written_in(void **state)
{
	struct change_base base = { .own = FORK };
	struct change_name name;
	struct change c;

	(void)state;
	c = again(1);
	name = change_own_name(&c, &base);
	assert_true(id_equal(name.device, check_device(ANN)));
	assert_int_equal(name.counter, FORK);
	assert_int_equal(change_own_upto(&c, &base, check_device(ANN)), FORK);
	assert_int_equal(change_own_upto(&c, &base, check_device(DEE)), 0);
	assert_int_equal(change_own_upto(&c, &base, check_device(BOB)), 0);
	base.own = FORK + 3;
	name = change_own_name(&c, &base);
	assert_true(id_equal(name.device, check_device(DEE)));
	assert_int_equal(name.counter, 3);
	assert_int_equal(change_own_upto(&c, &base, check_device(ANN)), FORK);
	assert_int_equal(change_own_upto(&c, &base, check_device(DEE)), 3);
	assert_true(change_is_own(&c, check_device(ANN), FORK));
	assert_false(change_is_own(&c, check_device(ANN), FORK + 1));
	assert_true(change_is_own(&c, check_device(DEE), 9));
	change_fini(&c);
}

static void
what_both_journals_have_is_seen(void **state)
{
	struct change c;

	(void)state;
	before_the_fork();
	c = again(1);
	check_op(&c, "full_name", 0, 2, "'Anne Bell'", "'Anna Bell'");
	assert_int_equal(check_send(&d, &c), OUTCOME_APPLIED);
	c = again(2);
	check_op(&c, "full_name", 0, 3, "'Anna Bell'", "'Anna B. Bell'");
	assert_int_equal(check_send(&d, &c), OUTCOME_APPLIED);
	check_value(&d, "full_name", "'Anna B. Bell'");
}

static void
what_the_twin_wrote_after_the_fork_is_not_seen(void **state)
{
	struct change c;

	(void)state;
	before_the_fork();
	check_edit(&d, ANN, "full_name", 0, 2, "'Anne Bell'", "'Annie Bell'");
	c = again(1);
	check_op(&c, "full_name", 0, 2, "'Anne Bell'", "'Anna Bell'");
	assert_int_equal(check_send(&d, &c), OUTCOME_CONFLICT);
	check_value(&d, "full_name", "'Annie Bell'");
	check_side(&d, "full_name", 0, "'Anna Bell'", ANN, true);
	/* Nor by one whose own is far above the fork. */
	c = again(2);
	check_op(&c, "full_name", 0, 3, "'Anna Bell'", "'Anna B. Bell'");
	assert_int_equal(check_send(&d, &c), OUTCOME_CONFLICT);
	check_value(&d, "full_name", "'Annie Bell'");
	assert_int_equal(check_open(&d, "full_name"), 1);
	check_side(&d, "full_name", 0, "'Anna B. Bell'", ANN, true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    own_counts_in_the_journal_that_it_was_written_in, set_up,
		    check_desk_tear_down),
		cmocka_unit_test_setup_teardown(what_both_journals_have_is_seen,
		    set_up, check_desk_tear_down),
		cmocka_unit_test_setup_teardown(
		    what_the_twin_wrote_after_the_fork_is_not_seen, set_up,
		    check_desk_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
