/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include "common/core/limits.h"
#include "tests/support/journal.h"
#include "tests/support/total.h"
#include "tests/support/vector.h"

#define ROUNDS 400

static enum err_code
again(const json_t *json, json_t **out, struct err *e)
{
	struct change c;
	enum err_code code = change_from_json(json, &c, e);

	if (code != ERR_OK)
		return code;
	code = change_to_json(&c, out, e);
	change_fini(&c);
	return code;
}

static void
a_change_of_any_shape_reads_back_byte_for_byte(void **state)
{
	struct journal j = journal_make(check_seed(__func__));

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct hash32 made, read;
		struct change c, back;
		struct buf a, b;
		json_t *json;
		struct err e;

		journal_change(&j, &c);
		journal_print_change(&c, &a);
		json = journal_parse(a.ptr, a.len);
		assert_ok(change_from_json(json, &back, &e), &e);
		journal_print_change(&back, &b);
		assert_int_equal(a.len, b.len);
		assert_memory_equal(a.ptr, b.ptr, a.len);
		assert_ok(change_link_next(j.link, &c, &made, &e), &e);
		assert_ok(change_link_next(j.link, &back, &read, &e), &e);
		assert_true(hash32_equal(made, read));
		json_decref(json);
		buf_fini(&a);
		buf_fini(&b);
		change_fini(&c);
		change_fini(&back);
	}
}

/* The change that protocol.md uses as its example. */
static void
example(struct change *c)
{
	static const uint8_t salt[CHANGE_SALT_LEN] = { 0, 1, 2, 3, 4, 5, 6, 7,
		8, 9, 10, 11, 12, 13, 14, 15 };
	struct change_base base = { .seen = { 1, 7 }, .own = 4 };
	json_t *now = json_string("She asked for the window to be open.");
	struct err e;

	change_init(c);
	c->device = journal_id(2);
	c->counter = 1;
	c->author = journal_id(3);
	c->made_at = 1795132800000;
	c->clock_offset = -250;
	c->record = journal_id(100);
	memcpy(c->type, "note", sizeof("note"));
	assert_ok(change_add_op(c, "summary", &base, NULL, now, salt, &e), &e);
	json_decref(now);
}

static void
the_signed_form_and_the_links_are_known_byte_for_byte(void **state)
{
	/* Made outside this program, with sha256sum over the bytes that
	 * protocol.md names. */
	static const char form[] =
	    "{\"author\":\"01a1f640-bc00-7000-8000-000000000003\","
	    "\"clock_offset\":-250,\"counter\":1,"
	    "\"device\":\"01a1f640-bc00-7000-8000-000000000002\","
	    "\"made_at\":1795132800000,\"ops\":[{"
	    "\"base\":{\"own\":4,\"seen\":[1,7]},"
	    "\"now\":"
	    "\"a0d155a3c9849b7530457fe682ef60cfee1ef94fbf709da605e5a500c0913a51"
	    "\",\"path\":\"summary\","
	    "\"was\":"
	    "\"be45cb2605bf36bebde684841a28f0fd43c69850a3dce5fedba69928ee3a8991"
	    "\"}],"
	    "\"record\":\"01a1f640-bc00-7000-8000-000000000064\","
	    "\"type\":\"note\",\"v\":1}";
	struct hash32 link;
	struct change c;
	struct buf b;
	struct err e;

	(void)state;
	example(&c);
	buf_init(&b, 4096);
	assert_ok(change_signed_form(&c, &b, &e), &e);
	assert_string_equal(b.ptr, form);
	link = change_link_start(journal_id(1), journal_id(2));
	assert_hex(link.b, HASH32_LEN,
	    "60e49a9c88ab703c3aa6a6a11a874f0345151680ed669229c24b9d07aee41054");
	assert_ok(change_link_next(link, &c, &link, &e), &e);
	assert_hex(link.b, HASH32_LEN,
	    "d3fcaf3a8c5b379651e9fce091c2df3ea155f541dd36699a5cffc84852988c70");
	buf_fini(&b);
	change_fini(&c);
}

/* Which members change a link: all that the full form has. */
static void
every_member_is_part_of_the_link(void **state)
{
	struct hash32 first, other;
	struct change c;
	struct err e;

	(void)state;
	example(&c);
	assert_ok(change_link_next((struct hash32){ 0 }, &c, &first, &e), &e);
#define CHANGED(what, undo)                                                    \
	do {                                                                   \
		what;                                                          \
		assert_ok(                                                     \
		    change_link_next((struct hash32){ 0 }, &c, &other, &e),    \
		    &e);                                                       \
		assert_false(hash32_equal(first, other));                      \
		undo;                                                          \
	} while (0)
	CHANGED(c.device.b[3] ^= 1, c.device.b[3] ^= 1);
	CHANGED(c.author.b[3] ^= 1, c.author.b[3] ^= 1);
	CHANGED(c.record.b[3] ^= 1, c.record.b[3] ^= 1);
	CHANGED(c.counter ^= 2, c.counter ^= 2);
	CHANGED(c.made_at ^= 2, c.made_at ^= 2);
	CHANGED(c.clock_offset ^= 2, c.clock_offset ^= 2);
	CHANGED(c.type[0] = 'm', c.type[0] = 'n');
	CHANGED(c.ops[0].path[0] = 't', c.ops[0].path[0] = 's');
	CHANGED(c.ops[0].salt[9] ^= 1, c.ops[0].salt[9] ^= 1);
	CHANGED(c.ops[0].base.own ^= 1, c.ops[0].base.own ^= 1);
	CHANGED(c.ops[0].base.seen.seq ^= 1, c.ops[0].base.seen.seq ^= 1);
	CHANGED(c.ops[0].base.side[0] = 'x', c.ops[0].base.side[0] = '\0');
	CHANGED(c.recut_counter = 1, c.recut_counter = 0);
	CHANGED(c.extra = json_pack("{s: i}", "later", 1), json_decref(c.extra);
	        c.extra = NULL);
#undef CHANGED
	change_fini(&c);
}

static void
one_op(struct change *c, const char *was, const char *now)
{
	static const uint8_t salt[CHANGE_SALT_LEN] = { 1 };
	json_t *a = json_string(was), *b = json_string(now);
	struct change_base base = { 0 };
	struct err e;

	change_init(c);
	c->counter = 1;
	memcpy(c->type, "note", sizeof("note"));
	assert_ok(change_add_op(c, "summary", &base, a, b, salt, &e), &e);
	json_decref(a);
	json_decref(b);
}

static void
erased_words_leave_the_signed_form_as_it_was(void **state)
{
	struct change c;
	struct hash32 hash;
	struct crypto_part parts[2];
	struct buf form;
	char hex[2 * HASH32_LEN + 1];
	struct err e;

	(void)state;
	one_op(&c, "before", "after");
	parts[0] = crypto_part(c.ops[0].salt, CHANGE_SALT_LEN);
	parts[1] = crypto_part_str("\"after\"");
	hash = crypto_sha256_parts(parts, 2);
	for (size_t i = 0; i < HASH32_LEN; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", hash.b[i]);
	buf_init(&form, 4096);
	assert_ok(change_signed_form(&c, &form, &e), &e);
	assert_non_null(strstr(form.ptr, hex));
	assert_null(strstr(form.ptr, "before"));
	assert_null(strstr(form.ptr, "after"));
	assert_null(strstr(form.ptr, "salt"));
	buf_fini(&form);
	change_fini(&c);
}

static void
unknown_keys_are_kept_and_signed_at_the_top_and_refused_below(void **state)
{
	static const char *const places[] = { "ops", "resolve", "recut",
		"base" };
	struct hash32 with, without;
	struct change c;
	json_t *json = NULL, *part;
	struct err e;

	(void)state;
	one_op(&c, "a", "b");
	c.ops[0].base.own = 3;
	c.resolves = calloc(1, sizeof(*c.resolves));
	c.n_resolves = 1;
	c.recut_counter = 4;
	assert_ok(change_link_next(c.recut_link, &c, &without, &e), &e);
	assert_ok(change_to_json(&c, &json, &e), &e);
	change_fini(&c);
	(void)json_object_set_new(json, "weather", json_string("rain"));
	assert_ok(change_from_json(json, &c, &e), &e);
	assert_ok(change_link_next(c.recut_link, &c, &with, &e), &e);
	assert_false(hash32_equal(with, without));
	change_fini(&c);
	for (size_t i = 0; i < 4; i++) {
		part = json_object_get(json, i == 3 ? "ops" : places[i]);
		if (json_is_array(part))
			part = json_array_get(part, 0);
		if (i == 3)
			part = json_object_get(part, "base");
		assert_non_null(part);
		(void)json_object_set_new(part, "weather", json_true());
		assert_int_equal(change_from_json(json, &c, &e), ERR_MALFORMED);
		(void)json_object_del(part, "weather");
	}
	json_decref(json);
}

static void
what_is_not_there_has_one_spelling(void **state)
{
	static const char *const bad[] = {
		"\"base\":{},",
		"\"base\":{\"own\":0},",
		"\"base\":{\"seen\":[0,0]},",
		"\"base\":{\"side\":\"\"},",
		"\"was\":\"\",",
		"\"was\":{},",
		"\"was\":[],",
		"\"now\":\"\",",
		"\"omit\":false,",
		"\"omit\":true,\"was\":\"x\",",
		"\"splice\":[0,0],",
		"\"splice\":[0,-1,\"x\"],",
		"\"splice\":[0,0,\"x\"],\"now\":\"x\",",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct change c;
		json_t *json, *op;
		struct buf b;
		struct err e;

		buf_init(&b, 4096);
		(void)buf_printf(&b,
		    "{%s\"path\":\"summary\",\"salt\":"
		    "\"AAAAAAAAAAAAAAAAAAAAAA==\"}",
		    bad[i]);
		op = json_loads(b.ptr, 0, NULL);
		assert_non_null(op);
		one_op(&c, "a", "b");
		assert_ok(change_to_json(&c, &json, &e), &e);
		change_fini(&c);
		(void)json_array_set_new(json_object_get(json, "ops"), 0, op);
		assert_int_equal(change_from_json(json, &c, &e), ERR_MALFORMED);
		json_decref(json);
		buf_fini(&b);
	}
}

static void
limits_are_kept(void **state)
{
	static const uint8_t salt[CHANGE_SALT_LEN] = { 1 };
	struct change_base base = { 0 };
	struct change c, back;
	json_t *json = NULL, *ops;
	struct err e;

	(void)state;
	change_init(&c);
	c.counter = 1;
	memcpy(c.type, "note", sizeof("note"));
	for (size_t i = 0; i < LIMIT_OPS; i++)
		assert_ok(
		    change_add_op(&c, "summary", &base, NULL, NULL, salt, &e),
		    &e);
	assert_int_equal(
	    change_add_op(&c, "summary", &base, NULL, NULL, salt, &e),
	    ERR_INVALID);
	assert_int_equal(
	    change_add_op(&c, "a/b/c/d", &base, NULL, NULL, salt, &e),
	    ERR_MALFORMED);
	assert_ok(change_to_json(&c, &json, &e), &e);
	assert_ok(change_from_json(json, &back, &e), &e);
	change_fini(&back);
	ops = json_object_get(json, "ops");
	(void)json_array_append(ops, json_array_get(ops, 0));
	assert_int_equal(change_from_json(json, &back, &e), ERR_MALFORMED);
	(void)json_object_set_new(json, "ops", json_array());
	(void)json_object_set_new(json, "counter", json_integer(0));
	assert_int_equal(change_from_json(json, &back, &e), ERR_MALFORMED);
	(void)json_object_set_new(json, "counter", json_integer(1));
	assert_ok(change_from_json(json, &back, &e), &e);
	change_fini(&back);
	(void)json_object_set_new(json, "v", json_integer(2));
	assert_int_equal(change_from_json(json, &back, &e), ERR_MALFORMED);
	json_decref(json);
	change_fini(&c);
}

static void
reading_a_change_is_total(void **state)
{
	struct journal j = journal_make(check_seed(__func__));
	size_t taken = 0;

	(void)state;
	for (int i = 0; i < 20; i++) {
		struct change c;
		struct buf text;
		struct err e;

		journal_change(&j, &c);
		if (i % 2 == 1)
			assert_ok(change_shrink(&c, NULL, &e), &e);
		journal_print_change(&c, &text);
		taken += assert_total(text.ptr, text.len, again, &j.rng, 1000);
		buf_fini(&text);
		change_fini(&c);
	}
	assert_true(taken > 500);
}

static void
a_signature_binds_office_device_counter_and_link(void **state)
{
	struct journal j = journal_make(check_seed(__func__));
	struct id other = journal_id(99);
	struct hash32 link = j.link;
	struct sign_sig sig =
	    change_sign(&j.key, j.office, j.device, 7, j.link);

	(void)state;
	link.b[31] ^= 1;
	assert_true(change_sig_ok(&j.pub, j.office, j.device, 7, j.link, &sig));
	assert_false(change_sig_ok(&j.pub, other, j.device, 7, j.link, &sig));
	assert_false(change_sig_ok(&j.pub, j.office, other, 7, j.link, &sig));
	assert_false(
	    change_sig_ok(&j.pub, j.office, j.device, 8, j.link, &sig));
	assert_false(change_sig_ok(&j.pub, j.office, j.device, 7, link, &sig));
	sig.b[0] ^= 1;
	assert_false(
	    change_sig_ok(&j.pub, j.office, j.device, 7, j.link, &sig));
}

static void
a_reason_that_could_not_be_read_again_is_refused(void **state)
{
	static char longest[LIMIT_TEXT_BYTES + 2];
	struct change_resolve d = { .reason = longest };
	char bad[] = "a\xff";
	struct change c;
	struct err e;

	(void)state;
	change_init(&c);
	memset(longest, 'x', sizeof(longest) - 1);
	assert_int_equal(change_add_resolve(&c, &d, &e), ERR_INVALID);
	longest[LIMIT_TEXT_BYTES] = '\0';
	assert_ok(change_add_resolve(&c, &d, &e), &e);
	d.reason = bad;
	assert_int_equal(change_add_resolve(&c, &d, &e), ERR_INVALID);
	assert_int_equal(c.n_resolves, 1);
	change_fini(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_reason_that_could_not_be_read_again_is_refused),
		cmocka_unit_test(
		    a_change_of_any_shape_reads_back_byte_for_byte),
		cmocka_unit_test(
		    the_signed_form_and_the_links_are_known_byte_for_byte),
		cmocka_unit_test(every_member_is_part_of_the_link),
		cmocka_unit_test(erased_words_leave_the_signed_form_as_it_was),
		cmocka_unit_test(
		    unknown_keys_are_kept_and_signed_at_the_top_and_refused_below),
		cmocka_unit_test(what_is_not_there_has_one_spelling),
		cmocka_unit_test(limits_are_kept),
		cmocka_unit_test(reading_a_change_is_total),
		cmocka_unit_test(
		    a_signature_binds_office_device_counter_and_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
