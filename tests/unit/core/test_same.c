/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether two records may be of the same person.
 */
#include "tests/support/check.h"

#include "common/core/same.h"
#include "tests/support/check_schema.h"

/* A person with a name, and what is not NULL. */
static json_t *
face(const char *name, const char *born, const char *site, const char *nhs)
{
	json_t *doc = json_pack("{s:s}", "full_name", name), *out = NULL;
	struct err e;

	if (born != NULL)
		json_object_set_new(doc, "date_of_birth", json_string(born));
	if (site != NULL)
		json_object_set_new(
		    doc, "location", json_pack("{s:s}", "site", site));
	if (nhs != NULL)
		json_object_set_new(doc, "nhs_number", json_string(nhs));
	assert_ok(
	    same_face(check_type(the_schema, "person"), doc, &out, &e), &e);
	json_decref(doc);
	return out;
}

static bool
have_a_key_in_common(const json_t *a, const json_t *b)
{
	json_t *x = NULL, *y = NULL;
	struct err e;
	bool found = false;

	assert_ok(same_keys(a, &x, &e), &e);
	assert_ok(same_keys(b, &y, &e), &e);
	for (size_t i = 0; i < json_array_size(x); i++)
		for (size_t k = 0; k < json_array_size(y); k++)
			found |= json_equal(json_array_get(x, i),
			             json_array_get(y, k)) != 0;
	json_decref(x);
	json_decref(y);
	return found;
}

/* Compares and ends both. */
static struct same
compare(json_t *a, json_t *b)
{
	const struct same there = same_compare(a, b);
	const struct same back = same_compare(b, a);

	assert_int_equal(there.reasons, back.reasons);
	assert_int_equal(there.score, back.score);
	if (there.is_candidate)
		assert_true(have_a_key_in_common(a, b));
	json_decref(a);
	json_decref(b);
	return there;
}

#define BORN "1941-05-06"
#define HOME "0192f0c1-7a00-7000-8000-000000000001"
#define ELSEWHERE "0192f0c1-7a00-7000-8000-000000000002"

static void
a_name_is_compared_without_capitals_accents_and_spaces(void **state)
{
	static const char *const names[][2] = {
		{ "Siân  Llŷr", "sian llyr" },
		{ "Mary O'Neil", "MARY ONEIL" },
		{ "Anne-Marie Smith", "Anne Marie Smith" },
		{ " Dafydd ap Gwilym ", "Dafydd Ap Gwilym" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct same two =
		    compare(face(names[i][0], BORN, NULL, NULL),
		        face(names[i][1], BORN, NULL, NULL));

		assert_int_equal(two.reasons, SAME_NAME | SAME_BORN);
		assert_true(two.is_candidate);
	}
}

static void
first_and_last_name_may_be_swapped(void **state)
{
	const struct same two = compare(face("Betty Adler", NULL, HOME, NULL),
	    face("Adler, Betty", NULL, HOME, NULL));

	(void)state;
	assert_int_equal(two.reasons, SAME_SWAPPED | SAME_PLACE);
	assert_true(two.is_candidate);
}

static void
spelling_is_near_by_letters_and_nothing_is_guessed(void **state)
{
	struct same two = compare(face("Betty Adler", BORN, NULL, NULL),
	    face("Betty Addler", BORN, NULL, NULL));

	(void)state;
	assert_int_equal(two.reasons, SAME_ONE_LETTER | SAME_BORN);
	assert_true(two.is_candidate);
	two = compare(face("Katherine Lee", BORN, NULL, NULL),
	    face("Catharine Lee", BORN, NULL, NULL));
	assert_int_equal(two.reasons, SAME_TWO_LETTERS | SAME_BORN);
	assert_true(two.is_candidate);
	/* A short name is two letters from too many. */
	two = compare(
	    face("Ann", BORN, NULL, NULL), face("Una", BORN, NULL, NULL));
	assert_int_equal(two.reasons, SAME_BORN);
	assert_false(two.is_candidate);
	/* Born on one day, one word is enough; no nickname is guessed. */
	two = compare(face("Sam Okafor", BORN, NULL, NULL),
	    face("Samuel Okafor", BORN, NULL, NULL));
	assert_int_equal(two.reasons, SAME_A_NAME | SAME_BORN);
	assert_true(two.is_candidate);
	two = compare(face("Dafydd ap Huw", BORN, NULL, NULL),
	    face("Gwilym ap Rhys", BORN, NULL, NULL));
	assert_int_equal(two.reasons, SAME_BORN);
	assert_false(two.is_candidate);
	/* Nor is a slip in the date. */
	two = compare(face("Elizabeth Adler", BORN, NULL, NULL),
	    face("Betty Adler", "1941-06-05", NULL, NULL));
	assert_int_equal(two.reasons, SAME_OTHER_BORN | SAME_A_NAME);
	assert_false(two.is_candidate);
}

static void
one_thing_alone_is_not_enough(void **state)
{
	struct same two = compare(face("Betty Adler", "1941-05-06", HOME, NULL),
	    face("Betty Adler", "1952-01-01", ELSEWHERE, NULL));

	(void)state;
	assert_int_equal(two.reasons, SAME_NAME | SAME_OTHER_BORN);
	assert_false(two.is_candidate);
	two = compare(face("Betty Adler", NULL, HOME, NULL),
	    face("Dafydd Rees", NULL, HOME, NULL));
	assert_false(two.is_candidate);
	/* Nobody knows when one of them was born. */
	two = compare(face("Betty Adler", BORN, NULL, NULL),
	    face("Betty Adler", NULL, NULL, NULL));
	assert_true(two.is_candidate);
	/* Another name, but born on the same day and in the same home. */
	two = compare(face("Elizabeth Adler", BORN, HOME, NULL),
	    face("Betty Jones", BORN, HOME, NULL));
	assert_int_equal(two.reasons, SAME_BORN | SAME_PLACE);
	assert_true(two.is_candidate);
}

static void
the_same_number_counts_most_and_another_one_is_told(void **state)
{
	struct same two =
	    compare(face("Betty Adler", NULL, NULL, "943 476 5919"),
	        face("B. Jones", NULL, NULL, "9434765919"));
	struct same likely;

	(void)state;
	assert_int_equal(two.reasons, SAME_NUMBER);
	assert_true(two.is_candidate);
	likely = compare(face("Betty Adler", BORN, HOME, NULL),
	    face("Betty Adler", BORN, HOME, NULL));
	two = compare(face("Betty Adler", BORN, HOME, "943 476 5919"),
	    face("Betty Adler", BORN, HOME, "987 654 4321"));
	assert_int_equal(two.reasons,
	    SAME_NAME | SAME_BORN | SAME_PLACE | SAME_OTHER_NUMBER);
	assert_int_equal(two.score, likely.score);
}

static void
every_reason_has_its_words(void **state)
{
	(void)state;
	for (unsigned i = 0; i < SAME_REASONS; i++) {
		const char *key = same_reason_word(i);

		assert_string_not_equal(schema_word(the_schema, key), key);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_name_is_compared_without_capitals_accents_and_spaces),
		cmocka_unit_test(first_and_last_name_may_be_swapped),
		cmocka_unit_test(
		    spelling_is_near_by_letters_and_nothing_is_guessed),
		cmocka_unit_test(one_thing_alone_is_not_enough),
		cmocka_unit_test(
		    the_same_number_counts_most_and_another_one_is_told),
		cmocka_unit_test(every_reason_has_its_words),
	};

	return cmocka_run_group_tests(
	    tests, check_schema_set_up, check_schema_tear_down);
}
