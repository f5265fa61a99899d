/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is no document, or none that is canonical: cut, changed, hostile or too
 * large, it is refused, and the message says where.
 */
#include "tests/support/check.h"

#include "common/base/rng.h"
#include "common/sys/json.h"

static const struct json_limits limits = {
	.bytes_max = 1U << 20,
	.tokens_max = 10000,
	.depth_max = 32,
};
static const struct json_limits any_value = {
	.bytes_max = 1U << 20,
	.tokens_max = 10000,
	.depth_max = JSON_DEPTH_MAX,
	.any = true,
};

static const char golden[] =
    "{\"a\":[1,-7,0,9223372036854775807,-9223372036854775808],"
    "\"b\":{\"\":true,\"\\u0001\":null,\"x\":false},"
    "\"text\":\"\\\"\\\\\\b\\f\\n\\r\\t\\u001F\x7f/ \xc3\xa9 "
    "\xf0\x9f\x99\x82\",\"z\":[[],{}]}";

static void
a_document_cut_at_any_byte_is_refused(void **state)
{
	struct err e;

	(void)state;
	for (size_t len = 0; len < sizeof(golden) - 1; len++) {
		/* An exact copy, so that a sanitizer sees a read past it. */
		char *cut = malloc(len + 1);
		json_t *v = NULL;

		memcpy(cut, golden, len);
		cut = realloc(cut, len > 0 ? len : 1);
		assert_int_equal(
		    json_scan(cut, len, &limits, &e), ERR_MALFORMED);
		assert_int_equal(
		    json_parse(cut, len, &limits, &v, &e), ERR_MALFORMED);
		assert_null(v);
		free(cut);
	}
}

static void
a_document_with_any_byte_changed_never_breaks_the_parser(void **state)
{
	struct rng r = rng_make(check_seed("json bytes"));
	char copy[sizeof(golden)];
	struct err e;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		json_t *v = NULL, *theirs;
		enum err_code scanned, parsed;

		memcpy(copy, golden, sizeof(golden));
		for (uint64_t n = rng_below(&r, 3); n < 3; n++)
			copy[rng_below(&r, sizeof(golden) - 1)] =
			    (char)rng_next(&r);
		scanned = json_scan(copy, sizeof(golden) - 1, &limits, &e);
		parsed = json_parse(copy, sizeof(golden) - 1, &limits, &v, &e);
		/* What is taken is what jansson reads too, and it refuses
		 * nothing more than keys that come twice. */
		theirs = json_loadb(
		    copy, sizeof(golden) - 1, JSON_REJECT_DUPLICATES, NULL);
		if (scanned != ERR_OK)
			assert_int_equal(parsed, scanned);
		else if (parsed != ERR_OK)
			assert_non_null(strstr(e.msg, "second time"));
		else
			assert_true(json_equal(v, theirs));
		if (scanned == ERR_OK && parsed != ERR_OK)
			assert_null(theirs);
		json_decref(v);
		json_decref(theirs);
	}
}

static void
a_lone_value_is_read_only_where_asked_for(void **state)
{
	/* Cut out of more digits, to see a read past the end. */
	static const char digits[] = "-1234";
	json_t *v = NULL;
	struct err e;

	(void)state;
	assert_ok(json_parse(digits, 3, &any_value, &v, &e), &e);
	assert_int_equal(json_integer_value(v), -12);
	json_decref(v);
	assert_ok(
	    json_parse(" \"a\\u00e9\\ud83d\\ude42\" ", 23, &any_value, &v, &e),
	    &e);
	assert_string_equal(json_string_value(v), "a\xc3\xa9\xf0\x9f\x99\x82");
	json_decref(v);
	assert_int_equal(json_parse(digits, 3, &limits, &v, &e), ERR_MALFORMED);
}

static void
hostile_documents_are_refused(void **state)
{
	static const char *const table[] = { "", " ", "1", "\"a\"", "null",
		"true", "[1.0]", "[1e3]", "[1E3]", "[-0]", "[01]", "[-01]",
		"[-]", "[+1]", "[.5]", "[1.]", "[9223372036854775808]",
		"[-9223372036854775809]", "[99999999999999999999999999999]",
		"[NaN]", "[Infinity]", "[tru]", "[nul]", "[True]", "[1,]",
		"[,1]", "[1 2]", "[1}", "{\"a\":1]", "{\"a\":1,}", "{\"a\"}",
		"{\"a\" 1}", "{a:1}", "{1:1}", "{,}", "[]]", "[] []", "{} x",
		"{\"a\":1,\"a\":1}", "{\"a\":{\"b\":1,\"c\":2,\"b\":3}}",
		"{\"a\":1,\"\\u0061\":2}", "[\"\\ud800\"]", "[\"\\udc00\"]",
		"[\"\\ud800x\"]", "[\"\\ud800\\u0041\"]",
		"[\"\\ud800\\ud800\"]", "[\"\\u0000\"]", "[\"\\u00\"]",
		"[\"\\u00g0\"]", "[\"\\x41\"]", "[\"\\", "[\"a\nb\"]",
		"[\"a\tb\"]", "[\"\x01\"]", "[\"\xc0\x80\"]", "[\"\xff\"]",
		"[\"\xed\xa0\x80\"]", "[\"\xf4\x90\x80\x80\"]", "[\"a]",
		"\xef\xbb\xbf[]", "[\x0b]", "//x\n[]", "[/**/]", "['a']" };
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		json_t *v = NULL;

		if (json_parse(table[i], strlen(table[i]), &limits, &v, &e) !=
		    ERR_MALFORMED)
			fail_msg("not refused: %s", table[i]);
		assert_null(v);
	}
	assert_int_equal(json_scan("[\0]", 3, &limits, &e), ERR_MALFORMED);
	assert_int_equal(json_scan("[\"\0\"]", 5, &limits, &e), ERR_MALFORMED);
}

static void
the_message_says_where_and_what(void **state)
{
	struct err e;

	(void)state;
	assert_int_equal(json_scan("[1, 2.5]", 8, &limits, &e), ERR_MALFORMED);
	assert_string_equal(
	    e.msg, "JSON at byte 4: a number that is not whole");
}

static void
limits_on_bytes_depth_and_tokens_hold_to_the_one(void **state)
{
	struct json_limits lim = {
		.bytes_max = 11, .tokens_max = 5, .depth_max = 2
	};
	char deep[2 * JSON_DEPTH_MAX + 4];
	struct err e;

	(void)state;
	assert_ok(json_scan("[1,2,3,4]", 9, &lim, &e), &e);
	assert_int_equal(json_scan("[1,2,3,4,5]", 11, &lim, &e), ERR_MALFORMED);
	assert_ok(json_scan("{\"a\":[1] }", 10, &lim, &e), &e);
	assert_int_equal(json_scan("[[[]]]", 6, &lim, &e), ERR_MALFORMED);
	assert_ok(json_scan("[1,2,3,4]  ", 11, &lim, &e), &e);
	assert_int_equal(
	    json_scan("[1,2,3,4]   ", 12, &lim, &e), ERR_MALFORMED);
	/* The whole stack of the scan, objects and arrays in turn. */
	for (size_t i = 0; i < JSON_DEPTH_MAX; i++) {
		deep[i] = '[';
		deep[2 * JSON_DEPTH_MAX - 1 - i] = ']';
	}
	assert_ok(json_scan(deep, sizeof(deep) - 4, &any_value, &e), &e);
	memset(deep, '[', sizeof(deep));
	assert_int_equal(
	    json_scan(deep, sizeof(deep), &any_value, &e), ERR_MALFORMED);
}

static void
another_spelling_of_the_same_value_is_not_canonical(void **state)
{
	static const char *const table[] = { "{\"b\":1,\"a\":2}", "[1, 2]",
		"[\"\\u0041\"]", "[\"\\/\"]", "[\"\\u001f\"]", "[\"\\u000A\"]",
		"[1]\n", "[\"\\u00e9\"]" };
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		json_t *v = NULL;

		assert_ok(
		    json_parse(table[i], strlen(table[i]), &limits, &v, &e),
		    &e);
		json_decref(v);
		v = NULL;
		assert_int_equal(json_parse_canonical(table[i],
		                     strlen(table[i]), &limits, &v, &e),
		    ERR_MALFORMED);
		assert_null(v);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_document_cut_at_any_byte_is_refused),
		cmocka_unit_test(
		    a_document_with_any_byte_changed_never_breaks_the_parser),
		cmocka_unit_test(a_lone_value_is_read_only_where_asked_for),
		cmocka_unit_test(hostile_documents_are_refused),
		cmocka_unit_test(the_message_says_where_and_what),
		cmocka_unit_test(
		    limits_on_bytes_depth_and_tokens_hold_to_the_one),
		cmocka_unit_test(
		    another_spelling_of_the_same_value_is_not_canonical),
	};

	json_wipe_freed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
