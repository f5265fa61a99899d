/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose it is to decide, when what the decision's author saw is no more what
 * stands.
 */
#include "tests/support/check.h"

#include "common/core/decide.h"
#include "tests/support/check_apply.h"

#define PATH "full_name"
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static struct check_desk d;
static struct change decision; /* on another device than they wrote on */

/* Bob's value stands, Ann's is a side.  Somebody decides on another device,
 * and before that comes Bob, who had not seen it, writes his value anew, and
 * Cat decides for just that. */
static int
set_up(void **state)
{
	struct change cats;

	(void)state;
	check_desk_clash(&d);
	decision = check_change(&d, DEE);
	check_op(&decision, PATH, 3, 0, "'Y'", "'A'");
	check_resolve(&d, &decision, PATH, 1, "so");
	check_edit(&d, BOB, PATH, 3, 0, "'Y'", "'Y2'");
	cats = check_change(&d, CAT);
	check_op(&cats, PATH, 4, 0, "'Y2'", "'Y2'");
	check_resolve(&d, &cats, PATH, 1, "so");
	assert_int_equal(check_send(&d, &cats), OUTCOME_APPLIED);
	assert_int_equal(check_open(&d, PATH), 0);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	change_fini(&decision);
	check_desk_fini(&d);
	return 0;
}

static enum may_decide
may(unsigned author)
{
	const struct decide_limits limits = { .author_hours = 48 };

	decision.author = check_author(author);
	return decide_may(&limits, &d.record,
	    &(struct deciding){ .conflict = check_conflict(&d, PATH),
	        .user = decision.author,
	        .rung = OWNER_AUTHOR,
	        .change = &decision,
	        .resolve = &decision.resolves[0] });
}

static void
who_wrote_what_was_seen_is_an_author_though_they_wrote_again(void **state)
{
	(void)state;
	assert_int_equal(may(BOB), MAY_DECIDE);
}

static void
who_wrote_nothing_there_is_none(void **state)
{
	(void)state;
	assert_int_equal(may(DEE), MAY_NEVER_DECIDE);
}

static void
what_nobody_had_written_yet_makes_nobody_an_author(void **state)
{
	(void)state;
	decision.resolves[0].current = (struct version){ 0 };
	json_array_clear(decision.resolves[0].sides);
	decision.ops[0].base.seen = (struct version){ 0 };
	assert_int_equal(may(BOB), MAY_NEVER_DECIDE);
}

/* Bob wrote before what was seen, and not since. */
static void
who_wrote_before_what_was_seen_does_not_come_in_for_another(void **state)
{
	(void)state;
	decision.resolves[0].current = (struct version){ 1, 5 };
	check_edit(&d, CAT, PATH, 5, 0, "'Y2'", "'Y3'");
	assert_int_equal(may(BOB), MAY_NEVER_DECIDE);
	assert_int_equal(may(CAT), MAY_DECIDE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(
		    who_wrote_what_was_seen_is_an_author_though_they_wrote_again),
		TEST(who_wrote_nothing_there_is_none),
		TEST(what_nobody_had_written_yet_makes_nobody_an_author),
		TEST(
		    who_wrote_before_what_was_seen_does_not_come_in_for_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
