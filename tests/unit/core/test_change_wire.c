/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The wire form of a change: what the office holds is left out of it, and what
 * it is rebuilt from cannot be made to lie.
 */
#include "tests/support/check.h"

#include "common/core/limits.h"
#include "tests/support/journal.h"

#define ROUNDS 400

static void
a_shrunk_change_is_rebuilt_to_the_same_link(void **state)
{
	struct journal j = journal_make(check_seed(__func__));
	size_t spliced = 0, omitted = 0;

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct batch full;
		struct change wire;
		struct hash32 link = j.link;
		bool may_omit[8];
		struct buf text;
		json_t *json;
		struct err e;

		journal_batch(&j, 1, &full);
		journal_print_change(&full.changes[0], &text);
		json = journal_parse(text.ptr, text.len);
		assert_ok(change_from_json(json, &wire, &e), &e);
		json_decref(json);
		buf_fini(&text);
		for (size_t k = 0; k < 8; k++)
			may_omit[k] = rng_below(&j.rng, 2) == 0;
		assert_ok(change_shrink(&wire, may_omit, &e), &e);
		for (size_t k = 0; k < wire.n_ops; k++) {
			spliced += wire.ops[k].now_is_splice;
			omitted += wire.ops[k].was_omitted;
		}
		/* It travels as text, and is rebuilt out of that. */
		journal_print_change(&wire, &text);
		change_fini(&wire);
		json = journal_parse(text.ptr, text.len);
		assert_ok(change_from_json(json, &wire, &e), &e);
		assert_ok(change_rebuild(&wire, journal_lookup, &full, &e), &e);
		assert_ok(change_link_next(link, &wire, &link, &e), &e);
		assert_true(hash32_equal(link, full.link));
		json_decref(json);
		buf_fini(&text);
		change_fini(&wire);
		batch_fini(&full);
	}
	assert_true(spliced > ROUNDS / 20);
	assert_true(omitted > ROUNDS / 4);
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
a_splice_never_cuts_a_character(void **state)
{
	/* U+2014 and U+2013 differ in the last of three bytes, U+00E9 and
	 * U+01E9 in the first of two. */
	static const char *const pairs[][2] = {
		{ "It was so warm in here \xe2\x80\x94 today",
		    "It was so warm in here \xe2\x80\x93 today" },
		{ "It was so warm in here \xc3\xa9 today",
		    "It was so warm in here \xc7\xa9 today" },
		{ "It was so warm in the room today \xe2\x80\x94",
		    "It was so warm in the room today "
		    "\xe2\x80\x94\xe2\x80\x94" },
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const json_t *splice;
		struct change c;
		struct err e;

		one_op(&c, pairs[i][0], pairs[i][1]);
		assert_ok(change_shrink(&c, NULL, &e), &e);
		splice = c.ops[0].now;
		assert_true(c.ops[0].now_is_splice);
		assert_int_equal(json_array_size(splice), 3);
		assert_string_equal(
		    json_string_value(json_array_get(splice, 2)),
		    i == 0       ? "\xe2\x80\x93"
		        : i == 1 ? "\xc7\xa9"
		                 : "\xe2\x80\x94");
		assert_ok(change_rebuild(&c, NULL, NULL, &e), &e);
		assert_string_equal(
		    json_string_value(c.ops[0].now), pairs[i][1]);
		change_fini(&c);
	}
}

static void
a_one_word_edit_of_a_long_text_is_small_on_the_wire(void **state)
{
	struct change c;
	struct buf was, now, wire;
	struct err e;

	(void)state;
	buf_init(&was, LIMIT_TEXT_BYTES);
	buf_init(&now, LIMIT_TEXT_BYTES);
	for (int i = 0; i < 1000; i++)
		(void)buf_printf(&was, "Sentence %d of a long note. ", i);
	(void)buf_add(&now, was.ptr, was.len / 2);
	(void)buf_add_str(&now, "Really? ");
	(void)buf_add(&now, was.ptr + was.len / 2, was.len - was.len / 2);
	one_op(&c, was.ptr, now.ptr);
	assert_ok(change_shrink(&c, &(bool){ true }, &e), &e);
	journal_print_change(&c, &wire);
	assert_true(wire.len < 500);
	buf_fini(&wire);
	buf_fini(&was);
	buf_fini(&now);
	change_fini(&c);
}

static void
a_left_out_value_that_is_not_held_is_asked_for(void **state)
{
	struct change c;
	struct err e;

	(void)state;
	one_op(&c, "The old words that the office has", "The new words");
	assert_ok(change_shrink(&c, &(bool){ true }, &e), &e);
	assert_true(c.ops[0].was_omitted);
	assert_null(c.ops[0].was);
	assert_int_equal(change_rebuild(&c, NULL, NULL, &e), ERR_NOTFOUND);
	change_fini(&c);
}

/* Gives every op a text of LIMIT_TEXT_BYTES. */
static bool
long_lookup(void *arg, const struct change *c, const struct change_op *op,
    const json_t **out)
{
	(void)c;
	(void)op;
	*out = arg;
	return true;
}

static void
a_small_wire_form_cannot_ask_for_endless_memory(void **state)
{
	struct change c;
	json_t *text;
	struct buf b;
	struct err e;

	(void)state;
	buf_init(&b, LIMIT_TEXT_BYTES);
	while (b.len < LIMIT_TEXT_BYTES)
		(void)buf_add_char(&b, 'x');
	text = json_stringn(b.ptr, b.len);
	one_op(&c, "x", "y");
	for (int i = 0; i < 900; i++) {
		char path[20];

		(void)snprintf(path, sizeof(path), "t%d", i);
		assert_ok(change_add_op(&c, path, &c.ops[0].base, NULL, NULL,
		              c.ops[0].salt, &e),
		    &e);
		c.ops[i + 1].was_omitted = true;
		c.ops[i + 1].now_is_splice = true;
		c.ops[i + 1].now = json_pack("[i, i, s]", 0, 0, "");
	}
	assert_int_equal(
	    change_rebuild(&c, long_lookup, text, &e), ERR_MALFORMED);
	change_fini(&c);
	json_decref(text);
	buf_fini(&b);
}

static void
a_splice_that_does_not_fit_its_text_is_refused(void **state)
{
	static const struct {
		json_int_t at, cut;
	} bad[] = { { 40, 0 }, { 0, 40 }, { 3, 40 }, { INT64_MAX, INT64_MAX },
		{ 1, INT64_MAX }, { 1, 0 }, { 0, 1 }, { 2, 1 } };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct change c;
		struct err e;

		one_op(&c, "\xc3\xa9\xc3\xa9 was here", "y");
		json_decref(c.ops[0].now);
		c.ops[0].now =
		    json_pack("[I, I, s]", bad[i].at, bad[i].cut, "x");
		c.ops[0].now_is_splice = true;
		assert_int_equal(
		    change_rebuild(&c, NULL, NULL, &e), ERR_MALFORMED);
		change_fini(&c);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_shrunk_change_is_rebuilt_to_the_same_link),
		cmocka_unit_test(a_splice_never_cuts_a_character),
		cmocka_unit_test(
		    a_one_word_edit_of_a_long_text_is_small_on_the_wire),
		cmocka_unit_test(
		    a_left_out_value_that_is_not_held_is_asked_for),
		cmocka_unit_test(
		    a_small_wire_form_cannot_ask_for_endless_memory),
		cmocka_unit_test(
		    a_splice_that_does_not_fit_its_text_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
