/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the agreement that sharing rests on stood on that day.
 */
#include "tests/support/check.h"

#include "common/core/agreed.h"
#include "tests/support/check_schema.h"

#define A "018f0000-0000-7000-8000-00000000000a"
#define BETH "018f0000-0000-7000-8000-0000000000b1"
#define CARL "018f0000-0000-7000-8000-0000000000c1"
#define SHARE "'what': 'share_with', "
#define GIVEN(on) "{" SHARE "'answer': 'given', 'on': '" on "'}"
#define TAKEN(on) "{" SHARE "'answer': 'withdrawn', 'on': '" on "'}"
#define SHARED "'at': '2026-11-20T15:00:00.000Z'"
#define MANY 4

/* Which of the agreements speaks against it, -1: none.  The first is the one
 * whose id is A. */
static int
against(const char *shared, const char *const *agreements)
{
	json_t *doc = check_json(shared);
	struct agreed_one all[MANY];
	size_t n = 0, i = 0;
	int found;

	while (n < MANY && agreements[n] != NULL) {
		char id[ID_TEXT_LEN + 1];

		(void)snprintf(id, sizeof(id), "%.*s%zx", ID_TEXT_LEN - 1, A,
		    (n + 10) & 15);
		assert_true(id_parse(id, &all[n].id));
		all[n].doc = check_json(agreements[n]);
		n++;
	}
	found = agreed_against(
	            check_type(the_schema, "disclosure"), doc, all, n, &i)
	    ? (int)i
	    : -1;
	while (n > 0)
		json_decref((json_t *)(uintptr_t)all[--n].doc);
	json_decref(doc);
	return found;
}

static void
the_last_answer_up_to_that_day_counts(void **state)
{
	static const struct {
		const char *agreements[MANY + 1];
		int found;
	} cases[] = {
		{ { NULL }, -1 },
		{ { GIVEN("2026-11-01") }, -1 },
		{ { GIVEN("2026-11-01"), TAKEN("2026-11-19") }, 1 },
		{ { TAKEN("2026-11-19"), GIVEN("2026-11-01") }, 0 },
		/* On the day itself nobody can tell, so it is told. */
		{ { GIVEN("2026-11-01"), TAKEN("2026-11-20") }, 1 },
		{ { GIVEN("2026-11-20"), TAKEN("2026-11-20") }, 1 },
		{ { TAKEN("2026-11-20"), GIVEN("2026-11-20") }, 0 },
		/* Afterwards it was taken back, and then it stood. */
		{ { GIVEN("2026-11-01"), TAKEN("2026-11-21") }, -1 },
		/* Given again in between. */
		{ { GIVEN("2026-11-01"), TAKEN("2026-11-10"),
		      GIVEN("2026-11-12") },
		    -1 },
		{ { TAKEN("2026-11-10"), GIVEN("2026-11-12"),
		      TAKEN("2026-11-14") },
		    2 },
		/* A limit is a yes, a refusal a no, and neither of them is
		 * what could not be decided. */
		{ { TAKEN("2026-11-10"),
		      "{" SHARE "'answer': 'limited', 'on': '2026-11-11'}" },
		    -1 },
		{ { "{" SHARE "'answer': 'refused', 'on': '2026-11-11'}" }, 0 },
		{ { TAKEN("2026-11-10"),
		      "{" SHARE
		      "'answer': 'cannot_decide', 'on': '2026-11-11'}" },
		    0 },
		/* Without a day. */
		{ { GIVEN("2026-11-01"), "{" SHARE "'answer': 'withdrawn'}" },
		    1 },
		{ { TAKEN("2026-11-10"), "{" SHARE "'answer': 'given'}" }, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const int found = against("{" SHARED "}", cases[i].agreements);

		if (found != cases[i].found)
			fail_msg(
			    "case %zu: %d, not %d", i, found, cases[i].found);
	}
	/* What was done on no day that is told of. */
	assert_int_equal(against("{}", cases[7].agreements), 1);
	/* A quarter past midnight in the summer is the day before elsewhere. */
	assert_int_equal(
	    against("{'at': '2026-06-30T23:15:00.000Z'}",
	        (const char *const[]){ TAKEN("2026-07-01"), NULL }),
	    0);
}

static void
it_counts_for_what_it_is_about_alone(void **state)
{
	static const char *const letters[] = {
		"{'what': 'copy_letters', 'answer': 'given',"
		" 'on': '2026-11-01'}",
		"{'what': 'copy_letters', 'answer': 'withdrawn',"
		" 'on': '2026-11-10'}",
		NULL
	};
	static const char *const carls[] = { GIVEN("2026-11-01"),
		"{" SHARE "'answer': 'withdrawn', 'on': '2026-11-10',"
		" 'with_contact': '" CARL "'}",
		NULL };
	static const char *const both[] = { GIVEN("2026-11-01"),
		TAKEN("2026-11-10"), NULL };

	(void)state;
	/* Another thing than sharing, unless the record names it. */
	assert_int_equal(against("{" SHARED "}", letters), -1);
	assert_int_equal(
	    against("{" SHARED ", 'agreement': '" A "'}", letters), 1);
	assert_int_equal(
	    against("{" SHARED ", 'agreement': '" A "'}", both), 1);
	/* With somebody else. */
	assert_int_equal(
	    against("{" SHARED ", 'to_contact': '" BETH "'}", carls), -1);
	assert_int_equal(
	    against("{" SHARED ", 'to_contact': '" CARL "'}", carls), 1);
	assert_int_equal(against("{" SHARED "}", carls), 1);
	/* What allowed it. */
	assert_int_equal(
	    against("{" SHARED ", 'authority': 'agreement'}", both), 1);
	assert_int_equal(
	    against("{" SHARED ", 'authority': 'other'}", both), 1);
	assert_int_equal(
	    against("{" SHARED ", 'authority': 'legal_duty'}", both), -1);
	/* An agreement that is named and is no yes at all. */
	assert_int_equal(
	    against("{" SHARED ", 'agreement': '" A "'}",
	        (const char *const[]){ "{'what': 'other', 'answer': 'refused',"
	                               " 'on': '2026-11-01'}",
	            NULL }),
	    0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_answer_up_to_that_day_counts),
		cmocka_unit_test(it_counts_for_what_it_is_about_alone),
	};

	return cmocka_run_group_tests(
	    tests, check_schema_set_up, check_schema_tear_down);
}
