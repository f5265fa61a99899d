/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a device's user has before their eyes: the office's word with own work
 * on top, and what of both a new op or a decision says that it saw.
 */
#include "tests/support/check.h"

#include "common/core/shown.h"
#include "tests/support/check_apply.h"

#define NAME "full_name"
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, set_up, check_desk_tear_down)

static struct check_desk d;

static int
set_up(void **state)
{
	*state = &d;
	check_desk_clash(&d);
	return 0;
}

/* What this person is shown after an own edit of what stands. */
static void
edit_of(struct record *view, unsigned who, const char *now)
{
	struct change c = check_change(&d, who);
	struct err e = { 0 };

	assert_ok(record_copy(&d.record, view, &e), &e);
	check_op(&c, NAME, 2, 0, "'Y'", now);
	assert_ok(shown_apply(d.schema, view, &c, 1, &e), &e);
	change_fini(&c);
}

static void
own_work_on_top_has_no_version_of_the_offices(void **state)
{
	struct record view;

	(void)state;
	edit_of(&view, CAT, "'Z'");
	assert_true(record_path_version(&view, NAME).epoch > 1);
	assert_int_equal(shown_version(&view, NAME).epoch, 1);
	assert_int_equal(shown_version(&view, NAME).seq, 2);
	assert_int_equal(shown_version(&view, "preferred_name").seq, 0);
	record_fini(&view);
}

/* And the side beside it, of version 3. */
static void
an_edit_of_what_stands_has_seen_the_own_work_on_top(void **state)
{
	struct change_base base;
	struct record view;

	(void)state;
	edit_of(&view, CAT, "'Z'");
	base = shown_base(&d.record, &view, check_device(CAT), NAME, NULL);
	assert_int_equal(base.seen.seq, 3);
	assert_int_equal(base.own, 1);
	record_fini(&view);
}

static void
an_edit_of_anothers_side_contains_no_own_work(void **state)
{
	struct change_base base;
	struct record view;

	(void)state;
	edit_of(&view, CAT, "'Z'");
	base = shown_base(&d.record, &view, check_device(CAT), NAME,
	    check_conflict(&d, NAME)->sides[0].key);
	assert_int_equal(base.own, 0);
	assert_string_equal(base.side, check_conflict(&d, NAME)->sides[0].key);
	record_fini(&view);
}

/* What stands above it in Ann's view is not in her side. */
static void
an_edit_of_an_own_side_contains_what_wrote_the_side(void **state)
{
	struct change_base base;
	struct record view;

	(void)state;
	edit_of(&view, ANN, "'Z'");
	base = shown_base(&d.record, &view, check_device(ANN), NAME,
	    check_conflict(&d, NAME)->sides[0].key);
	assert_int_equal(base.own, 2);
	record_fini(&view);
}

/* The office will hold it whole: a template is set once, and Bob has. */
static void
what_the_office_will_hold_for_being_set_once_is_shown_beside(void **state)
{
	struct change c;
	struct err e = { 0 };

	(void)state;
	check_desk_again(&d, "note");
	check_edit(&d, BOB, "template", 0, 0, NULL, "'1'");
	c = check_change(&d, ANN);
	check_op(&c, "template", 0, 0, NULL, "'2'");
	check_op(&c, "summary", 0, 0, NULL, "'She wants to go home.'");
	assert_ok(shown_apply(d.schema, &d.record, &c, 1, &e), &e);
	change_fini(&c);
	check_value(&d, "summary", "'She wants to go home.'");
	check_value(&d, "template", "'1'");
	assert_int_equal(check_conflict(&d, "template")->kind, CONFLICT_BESIDE);
	check_side(&d, "template", 0, "'2'", ANN, true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(own_work_on_top_has_no_version_of_the_offices),
		TEST(an_edit_of_what_stands_has_seen_the_own_work_on_top),
		TEST(an_edit_of_anothers_side_contains_no_own_work),
		TEST(an_edit_of_an_own_side_contains_what_wrote_the_side),
		TEST(
		    what_the_office_will_hold_for_being_set_once_is_shown_beside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
