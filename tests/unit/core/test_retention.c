/* SPDX-License-Identifier: Apache-2.0 */
/* Until when records are kept, by the shipped rules. */
#include "tests/support/check.h"

#include "common/base/clock.h"
#include "common/core/retention.h"
#include "common/core/workdays.h"
#include "tests/support/check_record.h"
#include "tests/support/check_schema.h"

#define TODAY "2026-11-22"

static int64_t
day(const char *text)
{
	int64_t n = RETENTION_NO_DAY;

	if (text != NULL)
		assert_true(workday_of(text, &n));
	return n;
}

/* What the rules of a class say of these days; NULL: not known. */
struct asked {
	const char *class, *born, *died, *begun, *ended, *basis;
};

static struct retention
found(const struct asked *a)
{
	json_t *doc = a->basis == NULL
	    ? json_object()
	    : json_pack("{s:s}", "legal_basis", a->basis);
	const struct retention_facts f = { .schema = the_schema,
		.type = check_type(the_schema, "case"),
		.doc = doc,
		.today = day(TODAY),
		.born = day(a->born),
		.died = day(a->died),
		.begun = day(a->begun),
		.ended = day(a->ended) };
	struct retention out;

	retention_find(&f, a->class, &out);
	json_decref(doc);
	return out;
}

static void
assert_day(int64_t n, const char *want)
{
	char text[WORKDAY_TEXT_LEN + 1];

	workday_print(n, text);
	assert_string_equal(text, want);
}

static void
each_class_has_its_end(void **state)
{
	static const struct {
		struct asked a;
		const char *class, *due;
	} cases[] = {
		/* An adult: eight years from the end. */
		{ { "CASE", "1950-02-03", NULL, "2018-01-01", "2018-03-04",
		      "CARE_ACT_S67" },
		    "CASE_ADULT", "2026-03-04" },
		/* Nobody knows how old. */
		{ { "CASE", NULL, NULL, "2018-01-01", "2018-03-04", NULL },
		    "CASE_ADULT", "2026-03-04" },
		/* A child, to the 25th birthday; who was 17, to the 26th. */
		{ { "CASE", "2010-06-15", NULL, "2020-01-01", "2020-12-31",
		      "CHILD_OTHER" },
		    "CASE_CHILD", "2035-06-15" },
		{ { "CASE", "2003-06-15", NULL, "2020-01-01", "2020-06-14",
		      "CHILD_OTHER" },
		    "CASE_CHILD", "2028-06-15" },
		{ { "CASE", "2003-06-15", NULL, "2020-01-01", "2020-06-15",
		      "CHILD_OTHER" },
		    "CASE_CHILD", "2029-06-15" },
		/* Turned 18 meanwhile: the longer of the two, either way. */
		{ { "CASE", "2003-06-15", NULL, "2021-06-14", "2021-06-15",
		      NULL },
		    "CASE_ADULT", "2029-06-15" },
		{ { "CASE", "2003-06-15", NULL, "2021-06-14", "2023-01-01",
		      NULL },
		    "CASE_ADULT", "2031-01-01" },
		{ { "CASE", "2003-06-15", NULL, "2021-06-15", "2021-06-15",
		      NULL },
		    "CASE_ADULT", "2029-06-15" },
		/* Born on a leap day: the birthday is on 1 March. */
		{ { "CASE", "2012-02-29", NULL, "2020-01-01", "2020-01-01",
		      NULL },
		    "CASE_CHILD", "2037-03-01" },
		/* Mental health: 20 years, or 10 after the death. */
		{ { "CASE", "1950-02-03", NULL, "2018-01-01", "2018-03-04",
		      "IMHA" },
		    "CASE_MH", "2038-03-04" },
		{ { "CASE", "1950-02-03", "2020-05-06", "2018-01-01",
		      "2018-03-04", "IMHA" },
		    "CASE_MH", "2030-05-06" },
		{ { "CASE", "1950-02-03", "2031-01-01", "2018-01-01",
		      "2018-03-04", "IMHA" },
		    "CASE_MH", "2038-03-04" },
		/* Safeguarding: as the case, never shorter. */
		{ { "SAFEG", "2010-06-15", NULL, "2020-01-01", "2020-12-31",
		      NULL },
		    "CASE_CHILD", "2035-06-15" },
		{ { "SAFEG", "1950-02-03", NULL, "2018-01-01", "2018-03-04",
		      NULL },
		    "CASE_ADULT", "2026-03-04" },
		{ { "EQUAL", NULL, NULL, NULL, "2026-01-31", NULL }, "EQUAL",
		    "2028-01-31" },
		{ { "GROUP", NULL, NULL, NULL, "2026-01-31", NULL }, "GROUP",
		    "2029-01-31" },
		{ { "LONE", NULL, NULL, NULL, "2024-02-29", NULL }, "LONE",
		    "2025-03-01" },
		/* Six years and the one that it is of. */
		{ { "FIN", NULL, NULL, NULL, "2026-03-31", NULL }, "FIN",
		    "2032-03-31" },
		{ { "FIN", NULL, NULL, NULL, "2026-04-01", NULL }, "FIN",
		    "2033-03-31" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct retention r = found(&cases[i].a);
		char due[WORKDAY_TEXT_LEN + 1] = "";

		if (r.n > 0)
			workday_print(r.list[0].due, due);
		if (r.n == 0 ||
		    strcmp(r.list[0].rule->class, cases[i].class) != 0 ||
		    strcmp(due, cases[i].due) != 0)
			fail_msg("%zu: %s until %s", i,
			    r.n > 0 ? r.list[0].rule->class : "nothing", due);
		assert_int_equal(r.is_sure,
		    cases[i].a.born != NULL ||
		        strcmp(cases[i].a.class, "CASE") != 0);
	}
}

static void
nothing_is_due_before_the_work_has_ended(void **state)
{
	struct retention r = found(&(struct asked){
	    .class = "CASE", .born = "1950-02-03", .begun = "2018-01-01" });

	(void)state;
	assert_int_equal(r.n, 0);
	r = found(&(struct asked){ .class = "CONFIG", .ended = "2018-01-01" });
	assert_int_equal(r.n, 0);
}

/* ---- what starts the clock ---- */

static struct record
closed_case(void)
{
	struct record r;
	struct err e;

	assert_ok(record_init(&r, check_id(1), "case", check_id(2), &e), &e);
	check_record_set(&r, "status", json_string("closed"), 1, 1);
	check_record_set(&r, "closed_on", json_string("2018-03-04"), 1, 1);
	return r;
}

/* Some work of a type, by its place in what the type says of its work. */
static struct retention_work
work(const char *type, const char *doc)
{
	const struct schema_kept *k = check_type(the_schema, "case")->kept;
	struct retention_work w = { .doc = check_json(doc) };

	for (size_t i = 0; i < k->work_n; i++)
		if (strcmp(k->work[i].type->name, type) == 0)
			w.as = &k->work[i];
	assert_non_null(w.as);
	/* An id of 2019-06-01T00:00:00Z. */
	assert_true(id_parse("016b1056-0000-7000-8000-000000000001", &w.id));
	return w;
}

static struct retention_clock
clock_of(const struct record *r, const struct retention_work *w, size_t n)
{
	return retention_clock_of(
	    check_type(the_schema, "case"), r, w, n, day(TODAY));
}

static void
a_case_that_is_not_closed_has_no_clock(void **state)
{
	struct record r = closed_case();

	(void)state;
	check_record_set(&r, "status", json_string("reopened"), 2, 1);
	assert_int_equal(clock_of(&r, NULL, 0).by, RETENTION_OPEN);
	assert_true(clock_of(&r, NULL, 0).day == RETENTION_NO_DAY);
	record_fini(&r);
}

static void
an_addendum_or_another_change_moves_nothing(void **state)
{
	struct record r = closed_case();
	struct retention_work w[] = {
		work("visit",
		    "{'actual': {'start': '2018-02-01T10:00:00.000Z'},"
		    " 'addenda': {'a': {'made_at': '2020-01-01T10:00:00.000Z',"
		    " 'text': 'The ward rang.'}}}"),
		/* Of a visit; that one counts.  And anew of what was in error.
		 */
		work("note",
		    "{'visit': '018f0000-0000-7000-8000-000000000001',"
		    " 'summary': 'Late.'}"),
		work("note",
		    "{'copied_from': '018f0000-0000-7000-8000-000000000001'}"),
		/* In error, planned, and of a day that has not been. */
		work("visit",
		    "{'content': 'error',"
		    " 'actual': {'start': '2019-02-01T10:00:00.000Z'}}"),
		work("visit",
		    "{'planned': {'start': '2019-02-01T10:00:00.000Z'}}"),
		work("visit",
		    "{'actual': {'start': '2099-02-01T10:00:00.000Z'}}"),
	};
	const size_t n = sizeof(w) / sizeof(w[0]);
	struct retention_clock c;

	(void)state;
	check_record_set(
	    &r, "close_reason", json_string("work_finished"), 5, 2);
	c = clock_of(&r, w, n);
	assert_int_equal(c.by, RETENTION_CLOSED);
	assert_day(c.day, "2018-03-04");
	for (size_t i = 0; i < n; i++)
		json_decref((json_t *)(uintptr_t)w[i].doc);
	record_fini(&r);
}

static void
new_work_after_the_closing_starts_it_anew(void **state)
{
	struct record r = closed_case();
	struct retention_work w[] = {
		work("note", "{'summary': 'She rang again.'}"),
		work("visit",
		    "{'actual': {'start': '2020-07-01T23:30:00.000Z'}}"),
		work("concern", "{'noticed_at': '2018-05-01T10:00:00.000Z'}"),
	};
	struct retention_clock c;

	(void)state;
	c = clock_of(&r, w, 1);
	assert_int_equal(c.by, RETENTION_WORK);
	assert_day(c.day, "2019-06-01");
	c = clock_of(&r, w, 3);
	assert_ptr_equal(c.work, &w[1]);
	assert_day(c.day, "2020-07-02"); /* summer time */
	c = clock_of(&r, &w[2], 1);
	assert_day(c.day, "2018-05-01");
	for (size_t i = 0; i < 3; i++)
		json_decref((json_t *)(uintptr_t)w[i].doc);
	record_fini(&r);
}

static void
a_case_closed_again_counts_from_then(void **state)
{
	struct record r = closed_case();
	struct retention_clock c;

	(void)state;
	/* The day of closing was left as it was. */
	check_record_set(&r, "status", json_string("reopened"), 2, 1);
	check_record_set(&r, "status", json_string("closed"), 3, 1);
	for (size_t i = 0; i < r.n_paths; i++)
		if (strcmp(r.paths[i].path, "status") == 0)
			assert_true(clock_parse("2022-05-06T10:00:00.000Z",
			    &r.paths[i].setters[0].made_at));
	c = clock_of(&r, NULL, 0);
	assert_int_equal(c.by, RETENTION_MARKED);
	assert_day(c.day, "2022-05-06");
	/* And with a day of its own. */
	check_record_set(&r, "closed_on", json_string("2024-01-02"), 4, 1);
	c = clock_of(&r, NULL, 0);
	assert_int_equal(c.by, RETENTION_CLOSED);
	assert_day(c.day, "2024-01-02");
	record_fini(&r);
}

static void
it_is_told_with_its_reason(void **state)
{
	const struct schema_type *type = check_type(the_schema, "case");
	struct record r = closed_case();
	json_t *person = check_json("{'date_of_birth': '2000-06-15'}");
	json_t *out = json_object(), *want;
	const struct retention_case c = { .schema = the_schema,
		.type = type,
		.record = &r,
		.person = person,
		.today = day(TODAY) };
	struct err e;

	(void)state;
	check_record_set(&r, "opened_on", json_string("2017-01-01"), 1, 1);
	assert_ok(retention_to_json(&c, out, &e), &e);
	want = check_json("'2026-06-15'");
	assert_true(json_equal(json_object_get(out, "due"), want));
	json_decref(want);
	want = check_json("'Until 26 years after the birth on 2000-06-15.'");
	assert_true(json_equal(json_object_get(out, "why"), want));
	json_decref(want);
	want = check_json("{'by': 'closed', 'on': '2018-03-04', 'type': null,"
	                  " 'label': null, 'id': null}");
	assert_true(json_equal(json_object_get(out, "started"), want));
	json_decref(want);
	assert_true(json_is_true(json_object_get(out, "sure")));
	assert_int_equal(json_array_size(json_object_get(out, "also")), 0);
	json_decref(out);
	json_decref(person);
	record_fini(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_class_has_its_end),
		cmocka_unit_test(nothing_is_due_before_the_work_has_ended),
		cmocka_unit_test(a_case_that_is_not_closed_has_no_clock),
		cmocka_unit_test(an_addendum_or_another_change_moves_nothing),
		cmocka_unit_test(new_work_after_the_closing_starts_it_anew),
		cmocka_unit_test(a_case_closed_again_counts_from_then),
		cmocka_unit_test(it_is_told_with_its_reason),
	};

	return cmocka_run_group_tests(
	    tests, check_schema_set_up, check_schema_tear_down);
}
