/* SPDX-License-Identifier: Apache-2.0 */
/* A record as JSON: its form, its way back, and what is not one. */
#include "tests/support/check.h"

#include "common/core/limits.h"
#include "common/core/record_int.h"
#include "tests/support/check_record.h"

static void
a_record_prints_as_the_form_in_its_header(void **state)
{
	static const char want[] =
	    "{\"author\":\"01020304-0506-7008-8000-000000000065\","
	    "\"conflicts\":[{\"id\":\"01020304-0506-7008-8000-000000000009\","
	    "\"kind\":\"ask\",\"opened_at\":5,\"owner\":\"author\","
	    "\"path\":\"summary\",\"sides\":[{\"author\":"
	    "\"01020304-0506-7008-8000-000000000066\",\"clock_offset\":0,"
	    "\"counter\":3,\"device\":\"01020304-0506-7008-8000-000000000002\","
	    "\"key\":\"01020304-0506-7008-8000-000000000002/3\",\"made_at\":0,"
	    "\"open\":true,\"value\":\"other\",\"version\":[1,3]}],"
	    "\"version\":[1,3]}],"
	    "\"doc\":{\"summary\":\"a\"},"
	    "\"future\":[1],"
	    "\"id\":\"01020304-0506-7008-8000-000000000007\","
	    "\"paths\":{\"rows/1/text\":[0],\"summary\":[0]},"
	    "\"removed\":{\"rows/1\":{\"by\":[1],\"was\":{\"text\":\"t\"}}},"
	    "\"setters\":["
	    "[1,1,\"01020304-0506-7008-8000-000000000001\",1,"
	    "\"01020304-0506-7008-8000-000000000065\",1000,-1],"
	    "[1,2,\"01020304-0506-7008-8000-000000000002\",2,"
	    "\"01020304-0506-7008-8000-000000000066\",2000,-2]],"
	    "\"type\":\"note\",\"version\":[1,3]}";
	struct record r = check_record_new();
	char *text;

	(void)state;
	check_record_set(&r, "summary", json_string("a"), 1, 1);
	check_record_set(&r, "rows/1/text", json_string("t"), 1, 1);
	check_record_remove(&r, "rows/1", 2, 2);
	(void)check_record_clash(&r, 9, "summary", json_string("other"), 3);
	r.extra = json_pack("{s:[i]}", "future", 1);
	text = check_text(&r);
	assert_string_equal(text, want);
	free(text);
	record_fini(&r);
}

static void
json_of_a_record_reads_back_to_the_same_bytes(void **state)
{
	struct rng g = rng_make(check_seed(__func__));

	(void)state;
	for (int round = 0; round < 150; round++) {
		struct record r = check_record_new(), back;
		struct err e = { 0 };
		json_t *json;

		for (uint64_t seq = 1; seq < 30; seq++)
			check_record_step(&r, &g, seq);
		assert_ok(record_to_json(&r, &json, &e), &e);
		assert_ok(record_from_json(json, &back, &e), &e);
		check_record_same(&r, &back);
		json_decref(json);
		record_fini(&r);
		record_fini(&back);
	}
}

static void
unknown_keys_of_a_later_version_are_kept_and_travel(void **state)
{
	struct record r = check_record_new(), back;
	json_t *json;
	struct err e = { 0 };

	(void)state;
	check_record_set(&r, "summary", json_string("a"), 1, 1);
	r.extra = json_pack("{s:{s:i}}", "later", "x", 1);
	assert_ok(record_to_json(&r, &json, &e), &e);
	assert_ok(record_from_json(json, &back, &e), &e);
	check_record_same(&r, &back);
	json_decref(json);
	json_decref(back.extra);
	back.extra = NULL;
	assert_ok(record_delta(&r, r.version, &json, &e), &e);
	assert_ok(record_merge_delta(&back, json, &e), &e);
	check_record_same(&r, &back);
	json_decref(json);
	record_fini(&r);
	record_fini(&back);
}

/* Put text in place of the first `from` of a good record and read it. */
static enum err_code
read_changed(const char *from, const char *to)
{
	struct record r = check_record_new(), out;
	struct buf changed;
	char *text;
	struct err e = { 0 };
	enum err_code code;
	const char *at;
	json_t *json;

	check_record_set(&r, "summary", json_string("a"), 1, 1);
	check_record_set(&r, "summary", json_string("b"), 2, 2);
	check_record_set(&r, "rows/1/text", json_string("t"), 2, 2);
	check_record_remove(&r, "rows/1", 3, 2);
	(void)check_record_clash(&r, 9, "summary", json_string("other"), 4);
	text = check_text(&r);
	at = strstr(text, from);
	assert_non_null(at);
	buf_init(&changed, LIMIT_RECORD_BYTES);
	buf_add(&changed, text, (size_t)(at - text));
	buf_add_str(&changed, to);
	buf_add_str(&changed, at + strlen(from));
	json = json_loads(changed.ptr, 0, NULL);
	if (json == NULL)
		fail_msg("not JSON: %s", changed.ptr);
	code = record_from_json(json, &out, &e);
	if (code == ERR_OK)
		record_fini(&out);
	json_decref(json);
	free(text);
	buf_fini(&changed);
	record_fini(&r);
	return code;
}

static void
json_that_breaks_an_invariant_is_refused(void **state)
{
	static const char *const bad[][2] = {
		/* 1: setters unused, unsorted, above the record's version. */
		{ "\"paths\":{\"rows/1/text\":[1],\"summary\":[0,1]}",
		    "\"paths\":{\"rows/1/text\":[1],\"summary\":[1]}" },
		{ "[1,1,", "[1,3," },
		{ "\"type\":\"note\",\"version\":[1,4]",
		    "\"type\":\"note\",\"version\":[1,2]" },
		{ "\"type\":\"note\",\"version\":[1,4]",
		    "\"type\":\"note\",\"version\":[1,3]" },
		{ "\"type\":\"note\",\"version\":[1,4]", "\"type\":\"note\"" },
		/* 2: one setter for each device, in order, in range. */
		{ "\"summary\":[0,1]", "\"summary\":[0,1,2]" },
		{ "\"summary\":[0,1]", "\"summary\":[1,0]" },
		{ "\"summary\":[0,1]", "\"summary\":[0,0,1]" },
		{ "\"summary\":[0,1]", "\"summary\":[0,1,3]" },
		{ "\"summary\":[0,1]", "\"summary\":[-1,0,1]" },
		{ "\"summary\":[0,1]", "\"summary\":[]" },
		{ "\"summary\":[0,1]", "\"summary\":[0,\"1\"]" },
		{ "\"summary\":[0,1]", "\"summary\":1" },
		{ "\"summary\":[0,1]", "\"sum mary\":[0,1]" },
		/* 3: removed paths. */
		{ "\"doc\":{\"summary\":\"b\"}",
		    "\"doc\":{\"rows\":{\"1\":{\"a\":1}},\"summary\":\"b\"}" },
		{ "{\"by\":[2],\"was\":{\"text\":\"t\"}}",
		    "{\"by\":[2],\"was\":\"t\"}" },
		{ "{\"by\":[2],\"was\":{\"text\":\"t\"}}",
		    "{\"by\":[2],\"was\":{}}" },
		{ "{\"by\":[2],\"was\":{\"text\":\"t\"}}",
		    "{\"by\":[2],\"x\":1,\"was\":{\"text\":\"t\"}}" },
		{ "{\"rows/1\":{\"by\"", "{\"rows\":{\"by\"" },
		{ "{\"rows/1\":{\"by\"", "{\"summary\":{\"by\"" },
		/* 4 and conflicts. */
		{ "\"key\":\"01020304-0506-7008-8000-000000000002/4\"",
		    "\"key\":\"01020304-0506-7008-8000-000000000002/5\"" },
		{ "\"kind\":\"ask\"", "\"kind\":\"asks\"" },
		{ "\"owner\":\"author\"", "\"owner\":\"boss\"" },
		{ "\"opened_at\":5", "\"opened_at\":-5" },
		{ "\"open\":true", "\"open\":1" },
		{ "\"value\":\"other\"", "\"value\":\"\"" },
		{ "\"value\":\"other\"", "\"more\":1" },
		{ "\"opened_at\":5", "\"opened_at\":5,\"more\":1" },
		{ "\"opened_at\":5", "\"opened_at\":5,\"decisions\":[]" },
		{ "\"opened_at\":5", "\"opened_at\":5,\"decisions\":[{}]" },
		{ "\"opened_at\":5", "\"opened_at\":5,\"ancestor\":{}" },
		{ "\"version\":[1,4]}],\"doc\"",
		    "\"version\":[1,3]}],\"doc\"" },
		{ "\"path\":\"summary\"", "\"path\":\"Summary\"" },
		/* The rest. */
		{ "\"type\":\"note\"", "\"type\":\"a/b\"" },
		{ "\"type\":\"note\"", "\"type\":\"\"" },
		{ "\"setters\":[", "\"setters\":[[]," },
		{ "\"setters\":[", "\"setters\":[7," },
		{ "\"doc\":{\"summary\":\"b\"}", "\"doc\":{\"summary\":\"\"}" },
		{ "\"doc\":{\"summary\":\"b\"}", "\"doc\":[]" },
		{ "\"doc\":{\"summary\":\"b\"}", "\"docs\":{}" },
		{ "\"conflicts\":[{", "\"conflicts\":[],\"x\":[{" },
		{ ",1000,-1]", ",-1000,-1]" },
	};

	(void)state;
	assert_int_equal(read_changed("\"type\"", "\"type\""), ERR_OK);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (read_changed(bad[i][0], bad[i][1]) != ERR_MALFORMED)
			fail_msg("accepted: %s", bad[i][1]);
}

/* A value somewhere in the tree, to be replaced. */
static void
mutate(json_t *v, struct rng *g)
{
	static const char *const scraps[] = { "{}", "[]", "null", "0", "-1",
		"1.5", "\"\"", "\"x\"", "[0,0]", "{\"a\":{\"b\":{\"c\":{}}}}",
		"true", "9223372036854775807", "[[[]]]", "\"rows/1\"" };
	size_t n = json_is_object(v) ? json_object_size(v) : json_array_size(v);
	size_t pick = n > 0 ? rng_below(g, n) : 0;
	json_t *scrap, *child = NULL;
	void *it = NULL;

	if (json_is_object(v)) {
		it = json_object_iter(v);
		while (it != NULL && pick-- > 0)
			it = json_object_iter_next(v, it);
		child = json_object_iter_value(it);
	} else {
		child = json_array_get(v, pick);
	}
	if (child != NULL && rng_below(g, 4) > 0 &&
	    (json_is_object(child) || json_is_array(child))) {
		mutate(child, g);
		return;
	}
	scrap = json_loads(scraps[rng_below(g, 14)], JSON_DECODE_ANY, NULL);
	if (json_is_object(v) && it != NULL) {
		if (rng_below(g, 3) == 0)
			(void)json_object_del(v, json_object_iter_key(it));
		else
			(void)json_object_iter_set(v, it, scrap);
	} else if (json_is_object(v)) {
		(void)json_object_set(v, "k", scrap);
	} else if (rng_below(g, 3) == 0) {
		(void)json_array_append(v, scrap);
	} else if (n > 0) {
		(void)json_array_set(v, pick, scrap);
	}
	json_decref(scrap);
}

/* Read a mutated record, both as a whole and as news; true if it was read,
 * and then it prints back as it came. */
static bool
survives(const json_t *good, struct rng *g)
{
	json_t *json = json_deep_copy(good), *again;
	struct record out, onto = check_record_new();
	struct err e = { 0 };
	bool was_read;

	for (uint64_t n = 1 + rng_below(g, 3); n > 0; n--)
		mutate(json, g);
	was_read = record_from_json(json, &out, &e) == ERR_OK;
	if (was_read) {
		assert_ok(record_to_json(&out, &again, &e), &e);
		assert_true(json_equal(json, again));
		json_decref(again);
		record_fini(&out);
	}
	if (record_merge_delta(&onto, json, &e) == ERR_OK)
		assert_ok(record_check(&onto, &e), &e);
	record_fini(&onto);
	json_decref(json);
	return was_read;
}

static void
hostile_json_is_refused_or_read_exactly_and_never_crashes(void **state)
{
	struct rng g = rng_make(check_seed(__func__));
	int read = 0;

	(void)state;
	for (int round = 0; round < 300; round++) {
		struct record r = check_record_new();
		struct err e = { 0 };
		json_t *good;

		for (uint64_t seq = 1; seq < 12; seq++)
			check_record_step(&r, &g, seq);
		assert_ok(record_to_json(&r, &good, &e), &e);
		for (int i = 0; i < 60; i++)
			read += survives(good, &g);
		json_decref(good);
		record_fini(&r);
	}
	assert_true(read > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_prints_as_the_form_in_its_header),
		cmocka_unit_test(json_of_a_record_reads_back_to_the_same_bytes),
		cmocka_unit_test(
		    unknown_keys_of_a_later_version_are_kept_and_travel),
		cmocka_unit_test(json_that_breaks_an_invariant_is_refused),
		cmocka_unit_test(
		    hostile_json_is_refused_or_read_exactly_and_never_crashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
