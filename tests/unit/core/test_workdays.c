/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include "common/base/clock.h"
#include "common/core/workdays.h"
#include "tests/support/check_schema.h"

static int64_t
day(const char *date)
{
	int64_t n = 0;

	assert_true(workday_parse(date, &n));
	return n;
}

static void
a_day_is_read_and_printed_back(void **state)
{
	char text[WORKDAY_TEXT_LEN + 1];

	(void)state;
	assert_int_equal(day("1970-01-01"), 0);
	assert_int_equal(day("1969-12-31"), -1);
	assert_int_equal(day("2000-03-01"), 11017);
	assert_int_equal(day("9999-12-31"), WORKDAY_MAX);
	for (int64_t n = day("0001-01-01"), before = n - 1;
	     n <= day("2400-12-31"); n++) {
		int64_t again = 0;

		workday_print(n, text);
		assert_true(workday_parse(text, &again));
		assert_int_equal(again, n);
		assert_int_equal(before + 1, n);
		before = n;
	}
}

static void
what_is_no_date_is_refused(void **state)
{
	static const char *const bad[] = { "", "2026-02-29", "2026-13-01",
		"0000-01-01", "2026-1-01", "2026-01-01T", "21.11.2026" };
	int64_t n = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(workday_parse(bad[i], &n));
	assert_int_equal(n, 7);
}

/* A moment in summer counts for the day that people had. */
static void
the_day_is_that_of_the_united_kingdom(void **state)
{
	static const struct {
		const char *at, *on;
	} cases[] = {
		{ "2026-11-21T23:30:00Z", "2026-11-21" },
		{ "2026-07-01T23:30:00Z", "2026-07-02" },
		{ "2026-07-01T22:59:59Z", "2026-07-01" },
		{ "2026-03-28T23:30:00Z", "2026-03-28" },
		{ "2026-03-29T23:00:00Z", "2026-03-30" },
		{ "2026-10-24T23:00:00Z", "2026-10-25" },
		{ "2026-10-25T23:30:00Z", "2026-10-25" },
		{ "2027-03-28T23:30:00Z", "2027-03-29" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t ms = 0;

		assert_true(clock_parse(cases[i].at, &ms));
		assert_int_equal(workday_in_uk(ms), day(cases[i].on));
	}
}

static void
bank_holidays_differ_by_nation(void **state)
{
	static const struct {
		const char *nation, *date;
		bool is_worked;
	} cases[] = {
		{ "england", "2026-11-20", true },
		{ "england", "2026-11-21", false }, /* a Saturday */
		{ "england", "2026-12-25", false },
		{ "england", "2026-12-28", false },
		{ "wales", "2026-04-06", false },
		{ "scotland", "2026-04-06", true },
		{ "scotland", "2026-01-02", false },
		{ "england", "2026-01-02", true },
		{ "scotland", "2026-06-15", false },
		{ "scotland", "2024-12-02", false },
		{ "scotland", "2026-08-31", true },
		{ "northern_ireland", "2024-03-18", false },
		{ "northern_ireland", "2026-07-13", false },
		{ "wales", "2026-07-13", true },
		{ "england", "2022-06-03", false },
		{ "england", "2022-05-30", true }, /* moved to June */
		{ "england", "2023-05-08", false },
	};
	struct schema *s = check_schema_new();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (workday_is(schema_holidays(s, cases[i].nation),
		        day(cases[i].date)) != cases[i].is_worked)
			fail_msg("%s %s", cases[i].nation, cases[i].date);
	assert_null(schema_holidays(s, NULL));
	assert_null(schema_holidays(s, "france"));
	schema_free(s);
}

static void
working_days_are_counted_between_two_days(void **state)
{
	static const struct {
		const char *from, *to;
		int64_t n;
		bool is_sure;
	} cases[] = {
		{ "2026-11-20", "2026-11-20", 0, true },
		{ "2026-11-20", "2026-11-21", 0, true },
		{ "2026-11-20", "2026-11-23", 1, true },
		{ "2026-11-21", "2026-11-23", 1, true },
		{ "2026-11-23", "2026-11-20", -1, true },
		{ "2026-11-23", "2026-11-30", 5, true },
		{ "2026-12-24", "2027-01-04", 4, true },
		{ "2021-12-31", "2022-01-04", 1, true },
		{ "2021-12-30", "2022-01-04", 2, false },
		{ "2027-12-29", "2028-01-05", 5, false },
		{ "2029-01-01", "2029-01-01", 0, true },
	};
	struct schema *s = check_schema_new();
	const struct schema_holidays *h = schema_holidays(s, "england");

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct workdays w =
		    workdays_between(h, day(cases[i].from), day(cases[i].to));

		if (w.n != cases[i].n || w.is_sure != cases[i].is_sure)
			fail_msg("%s to %s: %lld, %d", cases[i].from,
			    cases[i].to, (long long)w.n, w.is_sure);
	}
	schema_free(s);
}

/* Against the plainest way of counting, one day after another. */
static void
counting_agrees_with_going_day_by_day(void **state)
{
	struct schema *s = check_schema_new();
	const struct schema_holidays *lists[] = { NULL,
		schema_holidays(s, "england"), schema_holidays(s, "scotland"),
		schema_holidays(s, "northern_ireland") };
	const int64_t first = day("2021-12-20");

	(void)state;
	for (size_t k = 0; k < sizeof(lists) / sizeof(lists[0]); k++)
		for (int64_t from = first; from < first + 14; from++) {
			int64_t n = 0;

			for (int64_t to = from; to <= day("2028-01-15"); to++) {
				n += to > from && workday_is(lists[k], to);
				assert_int_equal(
				    workdays_between(lists[k], from, to).n, n);
				assert_int_equal(
				    workdays_between(lists[k], to, from).n, -n);
			}
		}
	schema_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_day_is_read_and_printed_back),
		cmocka_unit_test(what_is_no_date_is_refused),
		cmocka_unit_test(the_day_is_that_of_the_united_kingdom),
		cmocka_unit_test(bank_holidays_differ_by_nation),
		cmocka_unit_test(working_days_are_counted_between_two_days),
		cmocka_unit_test(counting_agrees_with_going_day_by_day),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
