/* SPDX-License-Identifier: Apache-2.0 */
/* What of a record is new since a floor, and putting it on top. */
#include "tests/support/check.h"

#include "common/core/path.h"
#include "tests/support/check_record.h"

static void
a_delta_onto_the_state_at_its_floor_gives_the_whole_state(void **state)
{
	struct rng g = rng_make(check_seed(__func__));

	(void)state;
	for (int round = 0; round < 300; round++) {
		struct record r = check_record_new(), at_floor;
		struct err e = { 0 };
		struct version floor;
		uint64_t seq = 1, till = 1 + rng_below(&g, 25);
		json_t *delta;

		for (; seq < till; seq++)
			check_record_step(&r, &g, seq);
		assert_ok(record_copy(&r, &at_floor, &e), &e);
		floor = (struct version){ 1, seq - 1 };
		for (till = seq + rng_below(&g, 12); seq < till; seq++)
			check_record_step(&r, &g, seq);
		assert_ok(record_delta(&r, floor, &delta, &e), &e);
		assert_ok(record_merge_delta(&at_floor, delta, &e), &e);
		check_record_same(&at_floor, &r);
		/* Once more changes nothing: a page may come twice. */
		assert_ok(record_merge_delta(&at_floor, delta, &e), &e);
		check_record_same(&at_floor, &r);
		json_decref(delta);
		record_fini(&r);
		record_fini(&at_floor);
	}
}

static void
a_delta_holds_only_what_is_above_the_floor(void **state)
{
	struct record r = check_record_new();
	json_t *delta;
	struct err e = { 0 };

	(void)state;
	check_record_set(&r, "summary", json_string("a"), 1, 1);
	check_record_set(&r, "rows/1/text", json_string("b"), 2, 1);
	check_record_set(&r, "rows/2/text", json_string("c"), 3, 2);
	assert_ok(record_delta(&r, (struct version){ 1, 2 }, &delta, &e), &e);
	assert_int_equal(json_object_size(json_object_get(delta, "paths")), 1);
	assert_int_equal(json_array_size(json_object_get(delta, "setters")), 1);
	assert_null(path_get(json_object_get(delta, "doc"), "summary"));
	assert_null(path_get(json_object_get(delta, "doc"), "rows/1"));
	json_decref(delta);
	record_fini(&r);
}

static void
a_delta_of_another_or_an_older_record_does_not_fit(void **state)
{
	struct record r = check_record_new(), other;
	json_t *delta;
	struct err e = { 0 };

	(void)state;
	check_record_set(&r, "summary", json_string("a"), 1, 1);
	assert_ok(record_delta(&r, (struct version){ 0, 0 }, &delta, &e), &e);
	assert_ok(
	    record_init(&other, check_id(8), "note", check_id(101), &e), &e);
	assert_int_equal(record_merge_delta(&other, delta, &e), ERR_CONFLICT);
	check_record_set(&r, "summary", json_string("b"), 2, 1);
	assert_int_equal(record_merge_delta(&r, delta, &e), ERR_CONFLICT);
	assert_string_equal(json_string_value(path_get(r.doc, "summary")), "b");
	json_decref(delta);
	record_fini(&r);
	record_fini(&other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_delta_onto_the_state_at_its_floor_gives_the_whole_state),
		cmocka_unit_test(a_delta_holds_only_what_is_above_the_floor),
		cmocka_unit_test(
		    a_delta_of_another_or_an_older_record_does_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
