/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include "common/base/rng.h"
#include "common/core/limits.h"
#include "common/core/path.h"
#include "common/core/value.h"
#include "common/core/version.h"

/* Set, or fail the test. */
static void
put(json_t *doc, const char *path, json_t *value, bool is_member)
{
	struct err e = { 0 };

	assert_ok(path_set(doc, path, value, is_member, &e), &e);
	json_decref(value);
}

static void
assert_doc(const json_t *doc, const char *want)
{
	char *text = json_dumps(doc, JSON_COMPACT | JSON_SORT_KEYS);

	assert_string_equal(text, want);
	free(text);
}

static void
a_version_is_ordered_by_epoch_and_then_seq(void **state)
{
	struct version a = { 1, 9 }, b = { 2, 1 }, c = { 2, 2 };

	(void)state;
	assert_int_equal(version_compare(a, b), -1);
	assert_int_equal(version_compare(c, b), 1);
	assert_int_equal(version_compare(b, b), 0);
	assert_true(version_is_never((struct version){ 0, 0 }));
	assert_false(version_is_never(a));
}

static void
a_version_reads_back_from_json_and_other_shapes_are_refused(void **state)
{
	static const char *const bad[] = { "[]", "[1]", "[1,2,3]", "[0,0]",
		"[-1,2]", "[1,\"2\"]", "{}", "7", "[1.0,2]", "null" };
	struct version v = { 3, 41 }, back = { 9, 9 };
	json_t *json = version_to_json(v);
	struct err e = { 0 };

	(void)state;
	assert_ok(version_from_json(json, &back, &e), &e);
	assert_int_equal(version_compare(v, back), 0);
	json_decref(json);
	assert_ok(version_from_json(NULL, &back, &e), &e);
	assert_true(version_is_never(back));
	back = v;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		json = json_loads(bad[i], JSON_DECODE_ANY, NULL);
		assert_int_equal(
		    version_from_json(json, &back, &e), ERR_MALFORMED);
		json_decref(json);
	}
	assert_int_equal(version_compare(v, back), 0);
}

static void
a_path_has_up_to_three_names_of_the_right_letters(void **state)
{
	static const char *const good[] = { "", "summary", "a-b_9",
		"client_group/dementia", "statements/0190A.b-c/text" };
	static const char *const bad[] = { "/", "a/", "/a", "a//b", "a/b/c/d",
		"A", "a b", "a/b/C", "a/b/c.d", "a.b", "\xc3\xa9", "a/\n" };
	char name[LIMIT_NAME_BYTES + 2];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_int_equal(path_check(good[i], NULL), ERR_OK);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(path_check(bad[i], NULL), ERR_MALFORMED);
	memset(name, 'a', sizeof(name));
	name[LIMIT_NAME_BYTES] = '\0';
	assert_int_equal(path_check(name, NULL), ERR_OK);
	name[LIMIT_NAME_BYTES] = 'a';
	name[LIMIT_NAME_BYTES + 1] = '\0';
	assert_int_equal(path_check(name, NULL), ERR_MALFORMED);
}

static void
a_path_covers_what_is_beneath_whole_names_only(void **state)
{
	(void)state;
	assert_true(path_covers("", "a/b"));
	assert_true(path_covers("a", "a"));
	assert_true(path_covers("a", "a/b"));
	assert_false(path_covers("a", "ab"));
	assert_false(path_covers("a/b", "a"));
	assert_true(path_related("a/b", "a"));
	assert_false(path_related("a/b", "a/c"));
	assert_int_equal(path_split("a/b/c").n, 3);
	assert_string_equal(path_split("a/b/c").part[2], "c");
	assert_int_equal(path_split("").n, 0);
}

static void
empty_values_are_absent_and_take_their_rows_and_sets_with_them(void **state)
{
	json_t *doc = json_object();

	(void)state;
	put(doc, "summary", json_string("x"), false);
	put(doc, "group/b", json_true(), true);
	put(doc, "group/a", json_true(), true);
	put(doc, "rows/r1/text", json_string("t"), false);
	put(doc, "rows/r1/n", json_integer(7), false);
	assert_doc(doc,
	    "{\"group\":[\"a\",\"b\"],\"rows\":{\"r1\":"
	    "{\"n\":7,\"text\":\"t\"}},\"summary\":\"x\"}");
	assert_true(json_is_true(path_get(doc, "group/a")));
	assert_null(path_get(doc, "group/c"));
	assert_int_equal(json_integer_value(path_get(doc, "rows/r1/n")), 7);
	assert_null(path_get(doc, "rows/r2/n"));
	put(doc, "summary", json_string(""), false);
	put(doc, "group/a", NULL, true);
	put(doc, "group/b", NULL, true);
	put(doc, "rows/r1/text", NULL, false);
	assert_doc(doc, "{\"rows\":{\"r1\":{\"n\":7}}}");
	put(doc, "rows/r1", json_pack("{s:s,s:{}}", "text", "", "more"), false);
	assert_doc(doc, "{}");
	assert_null(path_get(doc, ""));
	json_decref(doc);
}

static void
the_whole_document_is_set_and_taken_at_the_empty_path(void **state)
{
	json_t *doc = json_object();

	(void)state;
	put(doc, "", json_pack("{s:s}", "a", "x"), false);
	assert_doc(path_get(doc, ""), "{\"a\":\"x\"}");
	put(doc, "", NULL, false);
	assert_doc(doc, "{}");
	json_decref(doc);
}

static void
a_value_of_another_shape_in_the_way_leaves_the_document_unchanged(void **state)
{
	json_t *doc = json_pack("{s:s,s:[s]}", "a", "text", "set", "x");
	json_t *real = json_real(1.5);

	(void)state;
	assert_int_equal(
	    path_set(doc, "a/b", json_true(), true, NULL), ERR_MALFORMED);
	assert_int_equal(
	    path_set(doc, "a/b/c", json_true(), false, NULL), ERR_MALFORMED);
	assert_int_equal(
	    path_set(doc, "set/b/c", json_true(), false, NULL), ERR_MALFORMED);
	assert_int_equal(
	    path_set(doc, "rows/b", json_true(), false, NULL), ERR_MALFORMED);
	assert_int_equal(
	    path_set(doc, "set/b", json_false(), true, NULL), ERR_MALFORMED);
	assert_int_equal(path_set(doc, "r", real, false, NULL), ERR_MALFORMED);
	assert_int_equal(
	    path_set(doc, "", json_true(), false, NULL), ERR_MALFORMED);
	assert_doc(doc, "{\"a\":\"text\",\"set\":[\"x\"]}");
	json_decref(real);
	json_decref(doc);
}

static void
setting_a_value_never_changes_a_copy_that_shares_it(void **state)
{
	json_t *doc = json_object(), *copy;

	(void)state;
	put(doc, "rows/r1/a", json_string("1"), false);
	put(doc, "rows/r2/a", json_string("2"), false);
	put(doc, "set/x", json_true(), true);
	copy = json_copy(doc);
	put(doc, "rows/r1/a", json_string("other"), false);
	put(doc, "rows/r2", NULL, false);
	put(doc, "set/y", json_true(), true);
	assert_doc(copy,
	    "{\"rows\":{\"r1\":{\"a\":\"1\"},\"r2\":{\"a\":\"2\"}"
	    "},\"set\":[\"x\"]}");
	assert_doc(doc,
	    "{\"rows\":{\"r1\":{\"a\":\"other\"}},"
	    "\"set\":[\"x\",\"y\"]}");
	json_decref(copy);
	json_decref(doc);
}

static void
values_are_equal_when_they_differ_by_absent_ones_only(void **state)
{
	json_t *a = json_pack("{s:s,s:s}", "x", "1", "y", "");
	json_t *b = json_pack("{s:s}", "x", "1");
	json_t *c = json_pack("{s:{}}", "x");
	json_t *empty = json_string(""), *set = json_array();

	(void)state;
	assert_true(path_equal(a, b));
	assert_true(path_equal(b, a));
	assert_false(path_equal(a, c));
	assert_false(path_equal(c, a));
	assert_true(path_equal(c, NULL));
	assert_true(path_equal(NULL, c));
	assert_true(path_equal(empty, NULL));
	assert_true(path_equal(empty, set));
	assert_false(path_equal(b, empty));
	assert_false(path_equal(json_true(), json_false()));
	json_decref(a);
	json_decref(b);
	json_decref(c);
	json_decref(empty);
	json_decref(set);
}

static void
documents_of_other_shapes_are_refused(void **state)
{
	static const char *const good[] = { "{}", "{\"a\":\"x\"}",
		"{\"a\":[\"b\",\"c\"]}",
		"{\"r\":{\"1\":{\"g\":{\"m\":true}}}}" };
	static const char *const bad[] = { "[]", "{\"a\":\"\"}", "{\"a\":[]}",
		"{\"a\":{}}", "{\"a\":null}", "{\"a\":1.5}", "{\"A\":1}",
		"{\"a\":[\"c\",\"b\"]}", "{\"a\":[\"b\",\"b\"]}", "{\"a\":[1]}",
		"{\"a\":[\"x y\"]}", "{\"a/b\":1}", "{\"a\":{\"b c\":1}}",
		"{\"r\":{\"1\":{\"g\":{\"m\":{\"n\":1}}}}}" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		json_t *doc = json_loads(good[i], 0, NULL);

		assert_int_equal(value_check_doc(doc, NULL), ERR_OK);
		json_decref(doc);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		json_t *doc = json_loads(bad[i], 0, NULL);

		assert_int_equal(value_check_doc(doc, NULL), ERR_MALFORMED);
		json_decref(doc);
	}
}

/* A random path, and whether it is a set's member. */
static const char *
random_path(struct rng *r, bool *is_member)
{
	static const char *const paths[] = { "a", "b", "set/x", "set/y",
		"set/z", "rows/1/a", "rows/1/b", "rows/2/a", "rows/1",
		"rows/2" };
	size_t i = rng_below(r, sizeof(paths) / sizeof(paths[0]));

	*is_member = strncmp(paths[i], "set/", 4) == 0;
	return paths[i];
}

static void
what_is_set_is_what_is_got_and_the_document_stays_valid(void **state)
{
	struct rng r = rng_make(check_seed(__func__));
	json_t *doc = json_object();

	(void)state;
	for (int i = 0; i < 20000; i++) {
		bool is_member;
		const char *path = random_path(&r, &is_member);
		json_t *value = NULL;
		struct err e = { 0 };

		if (rng_below(&r, 3) > 0)
			value = is_member ? json_true()
			    : path_split(path).n == 2
			    ? json_pack(
			          "{s:I}", "a", (json_int_t)rng_below(&r, 4))
			    : json_integer((json_int_t)rng_below(&r, 4));
		assert_ok(path_set(doc, path, value, is_member, &e), &e);
		assert_true(path_equal(path_get(doc, path), value));
		assert_ok(value_check_doc(doc, &e), &e);
		json_decref(value);
	}
	json_decref(doc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_version_is_ordered_by_epoch_and_then_seq),
		cmocka_unit_test(
		    a_version_reads_back_from_json_and_other_shapes_are_refused),
		cmocka_unit_test(
		    a_path_has_up_to_three_names_of_the_right_letters),
		cmocka_unit_test(
		    a_path_covers_what_is_beneath_whole_names_only),
		cmocka_unit_test(
		    empty_values_are_absent_and_take_their_rows_and_sets_with_them),
		cmocka_unit_test(
		    the_whole_document_is_set_and_taken_at_the_empty_path),
		cmocka_unit_test(
		    a_value_of_another_shape_in_the_way_leaves_the_document_unchanged),
		cmocka_unit_test(
		    setting_a_value_never_changes_a_copy_that_shares_it),
		cmocka_unit_test(
		    values_are_equal_when_they_differ_by_absent_ones_only),
		cmocka_unit_test(documents_of_other_shapes_are_refused),
		cmocka_unit_test(
		    what_is_set_is_what_is_got_and_the_document_stays_valid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
