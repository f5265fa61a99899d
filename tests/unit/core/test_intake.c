/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include "common/base/clock.h"
#include "common/core/intake.h"
#include "tests/support/check_schema.h"

#define SETTINGS                                                               \
	"{'nation': 'england', 'acknowledge_days': 1, 'contact_days': 5}"
/* A Thursday; the Christmas of 2026 lies behind it. */
#define RECEIVED "'received_at': '2026-12-24T09:00:00.000Z'"
#define VISIT(at, result)                                                      \
	"{'actual': {'start': '" at "', 'end': '" at "'}, 'result': '" result  \
	"'}"

/* What is told of a referral, its case and up to three visits, "" for none. */
static json_t *
told(const char *doc, const char *of_case, const char *const visits[3],
    const char *now)
{
	struct schema *s = check_schema_new();
	struct intake_event events[3];
	struct intake_facts f = {
		.schema = s, .type = check_type(s, "referral"), .events = events
	};
	json_t *d = check_json(doc), *settings = check_json(SETTINGS),
	       *k = of_case == NULL ? NULL : check_json(of_case),
	       *out = json_object();
	struct err e = { 0 };

	f.doc = d;
	f.of_case = k;
	f.settings = settings;
	assert_true(clock_parse(now, &f.now_ms));
	for (size_t i = 0; visits != NULL && i < 3 && visits[i] != NULL; i++)
		events[f.events_n++] =
		    (struct intake_event){ check_type(s, "visit"),
			    check_json(visits[i]) };
	assert_ok(intake_to_json(&f, out, &e), &e);
	for (size_t i = 0; i < f.events_n; i++)
		json_decref((json_t *)(uintptr_t)events[i].doc);
	json_decref(d);
	json_decref(k);
	json_decref(settings);
	schema_free(s);
	return out;
}

/* A step as "DAY DAYS", "-" for what is not known, and "!" when it is late. */
static void
assert_step(const json_t *o, size_t i, const char *want)
{
	const json_t *step = json_array_get(json_object_get(o, "steps"), i);
	const json_t *on = json_object_get(step, "on");
	const json_t *days = json_object_get(step, "days");
	char n[24] = "-", got[80];

	if (json_is_integer(days))
		(void)snprintf(
		    n, sizeof(n), "%d", (int)json_integer_value(days));
	(void)snprintf(got, sizeof(got), "%s %s%s",
	    json_is_string(on) ? json_string_value(on) : "-", n,
	    json_is_true(json_object_get(step, "late")) ? "!" : "");
	assert_string_equal(got, want);
}

static void
assert_flag(const json_t *o, const char *key, bool want)
{
	if (json_is_true(json_object_get(o, key)) != want)
		fail_msg("%s is not %d", key, want);
}

static void
a_referral_that_nobody_answered_waits(void **state)
{
	json_t *o = told("{" RECEIVED ", 'decision_needed_by': '2027-01-06'}",
	    NULL, NULL, "2026-12-29T10:00:00Z");

	(void)state;
	assert_true(json_is_null(json_object_get(o, "status")));
	assert_flag(o, "unanswered", true);
	assert_flag(o, "waits", true);
	assert_flag(o, "unallocated", true);
	assert_flag(o, "decision_first", false);
	/* 29, 30, 31 December, 4, 5 and 6 January. */
	assert_int_equal(
	    json_integer_value(json_object_get(o, "lead_days")), 6);
	assert_flag(o, "lead_sure", true);
	for (size_t i = 0; i < 4; i++)
		assert_step(o, i, "- 1");
	json_decref(o);
	o = told("{" RECEIVED ", 'status': 'more_asked'}", NULL, NULL,
	    "2026-12-30T10:00:00Z");
	assert_flag(o, "unanswered", true);
	assert_step(o, 0, "- 2!");
	json_decref(o);
}

static void
each_step_has_the_day_of_the_event_that_caused_it(void **state)
{
	static const char *const visits[3] = { VISIT("2026-12-30T10:00:00.000Z",
		                                   "asleep"),
		VISIT("2027-01-05T10:00:00.000Z", "seen_alone"),
		VISIT("2027-01-08T10:00:00.000Z", "seen_alone") };
	json_t *o = told("{" RECEIVED ", 'status': 'accepted',"
	                 "'acknowledged_at': '2026-12-24T16:00:00.000Z'}",
	    "{'assignments': {'a': {'advocate': 'x', 'from': '2027-01-04'},"
	    " 'b': {'advocate': 'y', 'from': '2026-12-29'},"
	    " 'c': {'from': '2026-12-24'}}}",
	    visits, "2027-02-01T10:00:00Z");

	(void)state;
	assert_step(o, 0, "2026-12-24 0");
	assert_step(o, 1, "2026-12-29 1");
	assert_step(o, 2, "2026-12-30 2");
	assert_step(o, 3, "2027-01-05 5");
	assert_flag(o, "waits", false);
	assert_flag(o, "unallocated", false);
	json_decref(o);
}

static void
the_earliest_true_event_wins(void **state)
{
	static const char *const visits[3] = { VISIT("2026-12-29T10:00:00.000Z",
		                                   "cancelled_by_us"),
		"{'actual': {'start': '2026-12-29T10:00:00.000Z'},"
		" 'result': 'seen_alone', 'content': 'error'}",
		VISIT("2027-01-05T10:00:00.000Z", "not_there") };
	json_t *o = told("{" RECEIVED ", 'status': 'accepted',"
	                 "'first_attempt_at': '2027-01-04T12:00:00.000Z'}",
	    "{}", visits, "2027-01-06T10:00:00Z");

	(void)state;
	assert_step(o, 2, "2027-01-04 4");
	assert_step(o, 3, "- 6!");
	assert_flag(o, "waits", true);
	json_decref(o);
}

static void
what_was_before_the_referral_is_not_of_it(void **state)
{
	static const char *const visits[3] = { VISIT("2026-11-02T10:00:00.000Z",
		                                   "seen_alone"),
		VISIT("2026-12-30T10:00:00.000Z", "seen_briefly"), NULL };
	json_t *o = told("{" RECEIVED ", 'status': 'accepted'}",
	    "{'assignments': {'a': {'advocate': 'x', 'from': '2026-03-02',"
	    " 'to': '2026-06-30'}, 'b': {'advocate': 'y',"
	    " 'from': '2026-07-01'}}}",
	    visits, "2027-01-06T10:00:00Z");

	(void)state;
	assert_step(o, 1, "2026-12-24 0");
	assert_step(o, 2, "2026-12-30 2");
	assert_step(o, 3, "2026-12-30 2");
	json_decref(o);
}

static void
a_decision_before_the_first_contact_is_told(void **state)
{
	static const char *const visits[3] = {
		VISIT("2027-01-05T10:00:00.000Z", "seen_alone"), NULL
	};
	static const char due[] = "{" RECEIVED ", 'status': 'accepted',"
	                          "'decision_needed_by': '2027-01-04'}";
	json_t *o = told(due, "{}", NULL, "2027-01-04T10:00:00Z");

	(void)state;
	assert_flag(o, "decision_first", false);
	json_decref(o);
	o = told(due, "{}", NULL, "2027-01-05T10:00:00Z");
	assert_flag(o, "decision_first", true);
	json_decref(o);
	/* A visit of tomorrow has not taken place. */
	o = told(due, "{}", visits, "2027-01-04T10:00:00Z");
	assert_step(o, 3, "- 4");
	json_decref(o);
	o = told(due, "{}", visits, "2027-02-05T10:00:00Z");
	assert_flag(o, "decision_first", true);
	json_decref(o);
}

static void
what_was_declined_waits_for_nothing(void **state)
{
	json_t *o = told("{" RECEIVED ", 'status': 'declined',"
	                 "'decision_needed_by': '2026-12-29',"
	                 "'acknowledged_at': '2026-12-29T09:00:00.000Z'}",
	    NULL, NULL, "2027-01-06T10:00:00Z");

	(void)state;
	assert_flag(o, "waits", false);
	assert_flag(o, "unanswered", false);
	assert_flag(o, "unallocated", false);
	assert_flag(o, "decision_first", false);
	assert_step(o, 0, "2026-12-29 1");
	assert_step(o, 3, "- -");
	json_decref(o);
}

static void
without_a_received_day_nothing_is_counted(void **state)
{
	json_t *o = told("{'decision_needed_by': '2026-12-29'}", NULL, NULL,
	    "2027-01-06T10:00:00Z");

	(void)state;
	assert_true(json_is_null(json_object_get(o, "received")));
	assert_true(json_is_null(json_object_get(o, "lead_days")));
	assert_step(o, 0, "- -");
	assert_flag(o, "waits", true);
	json_decref(o);
}

static void
a_count_beyond_the_known_years_is_not_sure(void **state)
{
	json_t *o = told("{" RECEIVED ", 'decision_needed_by': '2028-02-01'}",
	    NULL, NULL, "2026-12-29T10:00:00Z");

	(void)state;
	assert_true(json_is_integer(json_object_get(o, "lead_days")));
	assert_flag(o, "lead_sure", false);
	json_decref(o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_referral_that_nobody_answered_waits),
		cmocka_unit_test(
		    each_step_has_the_day_of_the_event_that_caused_it),
		cmocka_unit_test(the_earliest_true_event_wins),
		cmocka_unit_test(what_was_before_the_referral_is_not_of_it),
		cmocka_unit_test(a_decision_before_the_first_contact_is_told),
		cmocka_unit_test(what_was_declined_waits_for_nothing),
		cmocka_unit_test(without_a_received_day_nothing_is_counted),
		cmocka_unit_test(a_count_beyond_the_known_years_is_not_sure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
