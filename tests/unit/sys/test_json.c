/* SPDX-License-Identifier: Apache-2.0 */
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

/* Text of up to 12 characters, from those that are awkward somewhere. */
static json_t *
random_text(struct rng *r)
{
	static const char *const parts[] = { "a", "Z", "\"", "\\", "/", "\n",
		"\t", "\x01", "\x1f", "\x7f", "\xc3\xa9", "\xe2\x80\xa8",
		"\xf0\x9f\x99\x82", "\xef\xbf\xbf", "u0000", " " };
	char s[12 * 5 + 1] = "";
	size_t len = 0;

	for (uint64_t n = rng_below(r, 13); n > 0; n--) {
		const char *p = parts[rng_below(r, 16)];

		len += (size_t)snprintf(s + len, sizeof(s) - len, "%s", p);
	}
	return json_stringn(s, len);
}

static json_t *
random_value(struct rng *r, unsigned depth)
{
	json_t *v;

	switch (rng_below(r, depth == 0 ? 5 : 7)) {
	case 0:
		return json_null();
	case 1:
		return json_boolean(rng_below(r, 2));
	case 2:
		return json_integer((json_int_t)rng_next(r));
	case 3:
		return json_integer((json_int_t)rng_below(r, 20) - 10);
	case 4:
		return random_text(r);
	case 5:
		v = json_array();
		for (uint64_t n = rng_below(r, 5); n > 0; n--)
			json_array_append_new(v, random_value(r, depth - 1));
		return v;
	default:
		v = json_object();
		/* Now and then more members than fit the sorter's room. */
		for (uint64_t n = rng_below(r, rng_below(r, 20) == 0 ? 60 : 6);
		     n > 0; n--) {
			json_t *key = random_text(r);

			json_object_set_new(v, json_string_value(key),
			    random_value(r, depth - 1));
			json_decref(key);
		}
		return v;
	}
}

static void
every_value_survives_printing_and_parsing(void **state)
{
	struct rng r = rng_make(check_seed("json"));
	struct buf once, twice;
	struct err e;

	(void)state;
	buf_init(&once, 1U << 20);
	buf_init(&twice, 1U << 20);
	for (int i = 0; i < 3000; i++) {
		json_t *v = random_value(&r, 5), *back = NULL;
		char *theirs;

		buf_reset(&once);
		buf_reset(&twice);
		assert_ok(json_print(v, &once, &e), &e);
		assert_ok(json_parse_canonical(
		              once.ptr, once.len, &any_value, &back, &e),
		    &e);
		assert_true(json_equal(v, back));
		assert_ok(json_print(back, &twice, &e), &e);
		assert_string_equal(once.ptr, twice.ptr);
		theirs = json_dumps(
		    v, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
		assert_string_equal(once.ptr, theirs);
		free(theirs);
		json_decref(v);
		json_decref(back);
	}
	buf_fini(&once);
	buf_fini(&twice);
}

static void
a_golden_document_is_canonical(void **state)
{
	json_t *v = NULL;
	struct err e;

	(void)state;
	assert_ok(
	    json_parse_canonical(golden, sizeof(golden) - 1, &limits, &v, &e),
	    &e);
	assert_int_equal(json_object_size(v), 4);
	json_decref(v);
}

static void
printing_refuses_what_it_cannot_say_and_leaves_no_half(void **state)
{
	json_t *v = json_pack("[s,f]", "abc", 1.5);
	struct buf out;
	struct err e;

	(void)state;
	buf_init(&out, 8);
	assert_true(buf_add_str(&out, "x"));
	assert_int_equal(json_print(v, &out, &e), ERR_INVALID);
	assert_string_equal(out.ptr, "x");
	json_decref(v);
	v = json_pack("[s]", "longer than eight");
	assert_int_equal(json_print(v, &out, &e), ERR_INVALID);
	assert_string_equal(out.ptr, "x");
	assert_int_equal(json_print(NULL, &out, &e), ERR_NOMEM);
	json_decref(v);
	buf_fini(&out);
}

static void
members_come_back_as_they_were_put(void **state)
{
	static const uint8_t data[5] = { 0, 1, 0xfe, 0xff, 9 };
	const struct id id = { { 1, 2, 3, 4, 5, 6, 0x77, 8, 0x89 } };
	json_t *obj = json_object(), *arr = NULL;
	uint8_t back[5];
	struct buf b;
	struct id id_back;
	const char *s;
	size_t len;
	int64_t i;
	uint64_t u;
	bool yes = false;
	struct err e;

	(void)state;
	assert_ok(json_put_str(obj, "s", "text", &e), &e);
	assert_ok(json_put_int(obj, "i", INT64_MIN, &e), &e);
	assert_ok(json_put_int(obj, "u", INT64_MAX, &e), &e);
	assert_ok(json_put_bool(obj, "y", true, &e), &e);
	assert_ok(json_put_id(obj, "id", id, &e), &e);
	assert_ok(json_put_hex(obj, "hex", data, 5, &e), &e);
	assert_ok(json_put_base64(obj, "b64", data, 5, &e), &e);
	assert_ok(json_put_take(obj, "arr", json_array(), &e), &e);
	assert_ok(json_get_arr(obj, "arr", &arr, &e), &e);
	assert_ok(json_add_take(arr, json_integer(1), &e), &e);

	assert_ok(json_get_str(obj, "s", &s, &len, &e), &e);
	assert_string_equal(s, "text");
	assert_int_equal(len, 4);
	assert_ok(json_get_int(obj, "i", &i, &e), &e);
	assert_true(i == INT64_MIN);
	assert_ok(json_get_uint(obj, "u", &u, &e), &e);
	assert_true(u == INT64_MAX);
	assert_ok(json_get_bool(obj, "y", &yes, &e), &e);
	assert_true(yes);
	assert_ok(json_get_id(obj, "id", &id_back, &e), &e);
	assert_true(id_equal(id, id_back));
	assert_ok(json_get_hex(obj, "hex", back, 5, &e), &e);
	assert_memory_equal(back, data, 5);
	memset(back, 0, sizeof(back));
	assert_ok(json_get_bytes(obj, "b64", back, 5, &e), &e);
	assert_memory_equal(back, data, 5);
	buf_init(&b, 5);
	assert_ok(json_get_base64(obj, "b64", &b, &e), &e);
	assert_int_equal(b.len, 5);
	assert_memory_equal(b.ptr, data, 5);
	buf_fini(&b);
	json_decref(obj);
}

static void
getters_refuse_the_wrong_kind_and_name_the_key(void **state)
{
	json_t *obj = json_pack(
	    "{s:s,s:i,s:[],s:n}", "s", "no id", "neg", -1, "arr", "nil");
	json_t *child = NULL;
	uint8_t out[4] = { 9, 9, 9, 9 };
	struct id id;
	const char *s;
	int64_t i = 5;
	uint64_t u;
	bool b;
	struct err e;

	(void)state;
	assert_int_equal(json_get_int(obj, "s", &i, &e), ERR_MALFORMED);
	assert_string_equal(e.msg, "\"s\" is not a whole number");
	assert_int_equal(i, 5);
	assert_int_equal(json_get_int(obj, "gone", &i, &e), ERR_MALFORMED);
	assert_string_equal(e.msg, "\"gone\" is missing");
	assert_int_equal(json_get_uint(obj, "neg", &u, &e), ERR_MALFORMED);
	assert_int_equal(json_get_bool(obj, "neg", &b, &e), ERR_MALFORMED);
	assert_int_equal(json_get_str(obj, "nil", &s, NULL, &e), ERR_MALFORMED);
	assert_int_equal(json_get_id(obj, "s", &id, &e), ERR_MALFORMED);
	assert_int_equal(json_get_hex(obj, "s", out, 4, &e), ERR_MALFORMED);
	assert_int_equal(json_get_bytes(obj, "s", out, 4, &e), ERR_MALFORMED);
	assert_int_equal(out[0], 9);
	assert_int_equal(json_get_obj(obj, "arr", &child, &e), ERR_MALFORMED);
	assert_int_equal(json_get_arr(obj, "s", &child, &e), ERR_MALFORMED);
	assert_null(child);
	/* Not even an object. */
	assert_ok(json_get_arr(obj, "arr", &child, &e), &e);
	assert_int_equal(json_get_int(child, "a", &i, &e), ERR_MALFORMED);
	assert_int_equal(json_get_int(NULL, "a", &i, &e), ERR_MALFORMED);
	assert_false(json_has(NULL, "a"));
	assert_true(json_has(obj, "nil"));
	assert_int_equal(json_put_str(obj, "bad", "\xff", &e), ERR_INVALID);
	assert_int_equal(json_put_int(NULL, "a", 1, &e), ERR_NOMEM);
	json_decref(obj);
}

static void
text_past_the_room_for_it_is_the_peers_mistake(void **state)
{
	json_t *obj = json_pack("{s:s,s:s}", "s", "four", "b", "Zm91cg==");
	char text[5] = "";
	struct buf b;
	struct err e;

	(void)state;
	assert_ok(json_get_short(obj, "s", text, 5, &e), &e);
	assert_string_equal(text, "four");
	assert_int_equal(json_get_short(obj, "s", text, 4, &e), ERR_MALFORMED);
	buf_init(&b, 7);
	assert_ok(json_get_long(obj, "s", &b, &e), &e);
	assert_int_equal(json_get_long(obj, "s", &b, &e), ERR_MALFORMED);
	buf_reset(&b);
	assert_ok(json_get_base64(obj, "b", &b, &e), &e);
	assert_int_equal(json_get_base64(obj, "b", &b, &e), ERR_MALFORMED);
	assert_string_equal(b.ptr, "four");
	buf_fini(&b);
	json_decref(obj);
}

/* The allocation that fails, counted down; below zero none does. */
static int fail_after = -1;

static void *
failing_malloc(size_t n)
{
	if (fail_after == 0)
		return NULL;
	if (fail_after > 0)
		fail_after--;
	return malloc(n);
}

static void
running_out_of_memory_is_told_and_leaks_nothing(void **state)
{
	enum err_code code = ERR_NOMEM;
	int n;

	(void)state;
	json_set_alloc_funcs(failing_malloc, free);
	for (n = 0; code != ERR_OK; n++) {
		json_t *v = NULL;
		struct err e;

		assert_true(n < 1000);
		fail_after = n;
		code = json_parse_canonical(
		    golden, sizeof(golden) - 1, &limits, &v, &e);
		if (code == ERR_OK)
			code = json_put_hex(v, "hex", "ab", 2, &e);
		if (code == ERR_OK)
			code = json_put_take(v, "new", json_object(), &e);
		fail_after = -1;
		if (code != ERR_OK)
			assert_int_equal(code, ERR_NOMEM);
		json_decref(v);
	}
	assert_true(n > 20);
	json_wipe_freed();
}

static void
a_list_of_texts_has_each_of_them_and_no_other(void **state)
{
	json_t *list = json_pack("[s,s]", "a", "bc");

	(void)state;
	assert_true(json_list_has(list, "a"));
	assert_true(json_list_has(list, "bc"));
	assert_false(json_list_has(list, "b"));
	assert_false(json_list_has(list, NULL));
	assert_false(json_list_has(NULL, "a"));
	json_decref(list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_value_survives_printing_and_parsing),
		cmocka_unit_test(a_golden_document_is_canonical),
		cmocka_unit_test(
		    printing_refuses_what_it_cannot_say_and_leaves_no_half),
		cmocka_unit_test(members_come_back_as_they_were_put),
		cmocka_unit_test(
		    getters_refuse_the_wrong_kind_and_name_the_key),
		cmocka_unit_test(
		    text_past_the_room_for_it_is_the_peers_mistake),
		cmocka_unit_test(
		    running_out_of_memory_is_told_and_leaks_nothing),
		cmocka_unit_test(a_list_of_texts_has_each_of_them_and_no_other),
	};

	json_wipe_freed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
