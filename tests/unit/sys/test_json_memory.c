/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A copy of a value is the whole value or none, whatever allocation is
 * refused.
 */
#include "tests/support/check.h"

#include "common/sys/json.h"
#include "tests/fault/alloc.h"

static json_t *
record_like(void)
{
	json_t *v = json_pack("{s:s, s:{s:[s,s,s], s:b}, s:I, s:[{s:s}, {}]}",
	    "summary", "She wants to go home.", "group", "of", "a", "b", "c",
	    "yes", 1, "number", (json_int_t)7, "rows", "text", "t");

	assert_non_null(v);
	return v;
}

/* Refuse each allocation in turn; how many copies came in spite of it. */
static void
never_less(json_t *(*copy)(const json_t *))
{
	json_t *v = record_like();
	bool was_refused = true;
	long refused = 0;

	for (long n = 0; was_refused; n++)
		for (int lasts = 0; lasts < 2; lasts++) {
			json_t *got;

			alloc_fail(n, lasts == 1);
			alloc_switch(true);
			got = copy(v);
			alloc_switch(false);
			was_refused = alloc_has_failed();
			refused += was_refused;
			if (got != NULL)
				assert_true(json_equal(got, v));
			else
				assert_true(was_refused);
			json_decref(got);
		}
	print_message("%ld refused\n", refused);
	assert_true(refused > 4);
	json_decref(v);
}

static void
a_copy_that_shares_its_members_lacks_none(void **state)
{
	(void)state;
	never_less(json_copy_all);
}

static void
a_deep_copy_lacks_nothing(void **state)
{
	(void)state;
	never_less(json_deep_copy_all);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copy_that_shares_its_members_lacks_none),
		cmocka_unit_test(a_deep_copy_lacks_nothing),
	};

#ifdef __SANITIZE_ADDRESS__
	/* Its own malloc is asked by what is linked in alone. */
	json_set_alloc_funcs(malloc, free);
#endif
	return cmocka_run_group_tests(tests, NULL, NULL);
}
