/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of who waits become one answer.
 */
#include "tests/support/check.h"

#include "common/core/waiting.h"
#include "tests/support/check_schema.h"

#define LINE(id, received, person, more)                                       \
	"{'id': '" id "', 'received': " received ", 'person': " person more "}"
#define WAITS ", 'waits': true"
#define LATE ", 'steps': [{'late': false}, {'late': true}, {'late': true}]"

static json_t *
answer(const char *lines)
{
	json_t *list = check_json(lines), *out = json_object();
	struct err e;

	assert_ok(waiting_put(list, out, &e), &e);
	json_decref(list);
	return out;
}

static void
assert_number(const json_t *out, const char *key, json_int_t want)
{
	assert_int_equal(json_integer_value(json_object_get(out, key)), want);
}

static void
who_has_waited_longest_comes_first_and_people_count_once(void **state)
{
	static const char *const order[] = { "c", "b", "d", "a" };
	json_t *out =
	    answer("[" LINE("a", "'2026-11-20'", "'p'", WAITS) ", " LINE(
	        "b", "'2026-11-02'", "'q'", WAITS LATE) ", " LINE("c", "null",
	        "null", WAITS ", 'unallocated': true") ", " LINE("d",
	        "'2026-11-10'", "'p'", WAITS ", 'decision_first': true") "]");
	const json_t *list = json_object_get(out, "waiting");

	(void)state;
	assert_int_equal(json_array_size(list), 4);
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(json_string_value(json_object_get(
		                        json_array_get(list, i), "id")),
		    order[i]);
	assert_number(out, "waits", 4);
	assert_number(out, "people", 2);
	assert_number(out, "late", 1);
	assert_number(out, "unallocated", 1);
	assert_number(out, "decision_first", 1);
	json_decref(out);
}

static void
who_waits_for_nothing_any_more_is_none_of_those_who_wait(void **state)
{
	json_t *out = answer("[" LINE("a", "'2026-11-20'", "'p'", LATE) "]");

	(void)state;
	assert_int_equal(json_array_size(json_object_get(out, "waiting")), 1);
	assert_number(out, "waits", 0);
	assert_number(out, "people", 0);
	assert_number(out, "late", 1);
	json_decref(out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    who_has_waited_longest_comes_first_and_people_count_once),
		cmocka_unit_test(
		    who_waits_for_nothing_any_more_is_none_of_those_who_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
