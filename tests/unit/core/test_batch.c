/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include "common/core/limits.h"
#include "common/sys/json.h"
#include "tests/support/journal.h"
#include "tests/support/total.h"

static enum err_code
again(const json_t *json, json_t **out, struct err *e)
{
	struct batch b;
	enum err_code code = batch_from_json(json, &b, e);

	if (code != ERR_OK)
		return code;
	code = batch_to_json(&b, out, e);
	batch_fini(&b);
	return code;
}

/* Do two batches in full form say the same, to the byte? */
static bool
is_same(const struct batch *a, const struct batch *b)
{
	struct buf x, y;
	bool same;

	journal_print_batch(a, &x);
	journal_print_batch(b, &y);
	same = x.len == y.len && memcmp(x.ptr, y.ptr, x.len) == 0;
	buf_fini(&x);
	buf_fini(&y);
	return same;
}

/* Read the text and prove it, as the office does.  ERR_CORRUPT: it was proved
 * and is not what `full` (not NULL) says. */
static enum err_code
read_and_check(const struct journal *j, const json_t *json, struct batch *full)
{
	struct batch b;
	struct err e;
	enum err_code code = batch_from_json(json, &b, &e);

	if (code != ERR_OK)
		return code;
	code = batch_check(&b, j->office, &j->pub,
	    full == NULL ? NULL : journal_lookup, full, &e);
	if (code == ERR_OK && full != NULL && !is_same(&b, full))
		code = ERR_CORRUPT;
	batch_fini(&b);
	return code;
}

static enum err_code
check_text(
    const struct journal *j, const char *text, size_t len, struct batch *full)
{
	static const struct json_limits limits = {
		.bytes_max = LIMIT_BODY_BYTES,
		.tokens_max = LIMIT_JSON_TOKENS,
		.depth_max = LIMIT_JSON_DEPTH,
	};
	json_t *json = NULL;
	enum err_code code =
	    json_parse_canonical(text, len, &limits, &json, NULL);

	if (code == ERR_OK)
		code = read_and_check(j, json, full);
	json_decref(json);
	return code;
}

/* Shrink every change of a batch; what was omitted stands in full. */
static void
shrink(struct batch *b, struct rng *r)
{
	struct err e;

	for (size_t i = 0; i < b->n_changes; i++) {
		bool may_omit[8];

		for (size_t k = 0; k < 8; k++)
			may_omit[k] = rng_below(r, 2) == 0;
		assert_ok(change_shrink(&b->changes[i], may_omit, &e), &e);
	}
}

/* The same batch once more. */
static void
copy_batch(const struct batch *b, struct batch *out)
{
	struct buf text;
	json_t *json;
	struct err e;

	journal_print_batch(b, &text);
	json = journal_parse(text.ptr, text.len);
	assert_ok(batch_from_json(json, out, &e), &e);
	json_decref(json);
	buf_fini(&text);
}

static void
a_batch_in_full_or_wire_form_reads_back_and_is_proved(void **state)
{
	struct journal j = journal_make(check_seed(__func__));

	(void)state;
	for (int i = 0; i < 60; i++) {
		struct batch full, wire;
		struct buf text;

		journal_batch(&j, 1 + rng_below(&j.rng, 8), &full);
		copy_batch(&full, &wire);
		journal_print_batch(&wire, &text);
		assert_int_equal(
		    check_text(&j, text.ptr, text.len, NULL), ERR_OK);
		buf_fini(&text);
		shrink(&wire, &j.rng);
		journal_print_batch(&wire, &text);
		assert_int_equal(
		    check_text(&j, text.ptr, text.len, &full), ERR_OK);
		buf_fini(&text);
		batch_fini(&wire);
		batch_fini(&full);
	}
}

static void
a_left_out_value_that_the_office_does_not_hold_is_asked_for(void **state)
{
	struct journal j = journal_make(check_seed(__func__));
	struct batch full;
	struct buf text;
	json_t *was = json_string("The words that were there before");
	uint8_t salt[CHANGE_SALT_LEN] = { 1 };
	struct err e;

	(void)state;
	journal_batch(&j, 2, &full);
	assert_ok(change_add_op(&full.changes[1], "last",
	              &(struct change_base){ 0 }, was, NULL, salt, &e),
	    &e);
	journal_sign(&j, full.before, &full);
	full.changes[1].ops[full.changes[1].n_ops - 1].was_omitted = true;
	json_decref(full.changes[1].ops[full.changes[1].n_ops - 1].was);
	full.changes[1].ops[full.changes[1].n_ops - 1].was = NULL;
	journal_print_batch(&full, &text);
	assert_int_equal(
	    check_text(&j, text.ptr, text.len, NULL), ERR_NOTFOUND);
	buf_fini(&text);
	json_decref(was);
	batch_fini(&full);
}

/* Every bit of the text of a batch, in wire form too.  A splice can be said
 * another way ("aab" from "ab": at 0 or at 1); what it says is what counts. */
static void
a_flipped_bit_anywhere_never_changes_what_is_proved(void **state)
{
	struct journal j = journal_make(check_seed(__func__));

	(void)state;
	for (int round = 0; round < 2; round++) {
		struct batch full, wire;
		struct buf text;

		journal_batch(&j, 2, &full);
		copy_batch(&full, &wire);
		if (round % 2 == 1)
			shrink(&wire, &j.rng);
		journal_print_batch(&wire, &text);
		for (size_t i = 0; i < text.len * 8; i++) {
			text.ptr[i / 8] =
			    (char)(text.ptr[i / 8] ^ (1 << i % 8));
			if (check_text(&j, text.ptr, text.len, &full) ==
			    ERR_CORRUPT)
				fail_msg("bit %zu: %s", i, text.ptr);
			text.ptr[i / 8] =
			    (char)(text.ptr[i / 8] ^ (1 << i % 8));
		}
		assert_int_equal(
		    check_text(&j, text.ptr, text.len, &full), ERR_OK);
		buf_fini(&text);
		batch_fini(&wire);
		batch_fini(&full);
	}
}

static void
nothing_can_be_left_out_swapped_or_taken_from_another_journal(void **state)
{
	struct journal j = journal_make(check_seed(__func__));
	struct journal other = journal_make(1);
	struct batch b;
	struct change swap;
	struct err e;

	(void)state;
	journal_batch(&j, 5, &b);
	assert_ok(batch_check(&b, j.office, &j.pub, NULL, NULL, &e), &e);
	assert_int_equal(
	    batch_check(&b, j.office, &other.pub, NULL, NULL, &e), ERR_AUTH);
	assert_int_equal(
	    batch_check(&b, journal_id(50), &j.pub, NULL, NULL, &e), ERR_AUTH);
	swap = b.changes[1];
	b.changes[1] = b.changes[2];
	b.changes[2] = swap;
	assert_int_equal(
	    batch_check(&b, j.office, &j.pub, NULL, NULL, &e), ERR_MALFORMED);
	swap = b.changes[1];
	b.changes[1] = b.changes[2];
	b.changes[2] = swap;
	/* The first one missing: what is said to come before does not fit. */
	change_fini(&b.changes[0]);
	memmove(b.changes, b.changes + 1, 4 * sizeof(b.changes[0]));
	b.n_changes = 4;
	b.from++;
	assert_int_equal(
	    batch_check(&b, j.office, &j.pub, NULL, NULL, &e), ERR_MALFORMED);
	batch_fini(&b);
}

static void
a_batch_says_its_device_and_counters_once(void **state)
{
	struct journal j = journal_make(check_seed(__func__));
	struct batch b, back;
	json_t *json = NULL, *one;
	struct err e;

	(void)state;
	journal_batch(&j, 3, &b);
	assert_ok(batch_to_json(&b, &json, &e), &e);
	one = json_array_get(json_object_get(json, "changes"), 1);
	assert_null(json_object_get(one, "device"));
	(void)json_object_set_new(
	    one, "device", json_string(id_print(j.device).s));
	assert_int_equal(batch_from_json(json, &back, &e), ERR_MALFORMED);
	(void)json_object_del(one, "device");
	(void)json_object_set_new(one, "counter", json_integer(9));
	assert_int_equal(batch_from_json(json, &back, &e), ERR_MALFORMED);
	(void)json_object_set_new(one, "counter", json_integer(2));
	assert_ok(batch_from_json(json, &back, &e), &e);
	assert_int_equal(back.to, 3);
	batch_fini(&back);
	json_decref(json);
	batch_fini(&b);
}

static void
limits_are_kept(void **state)
{
	struct journal j = journal_make(check_seed(__func__));
	struct batch b, back;
	json_t *json = NULL, *changes;
	struct err e;

	(void)state;
	journal_batch(&j, LIMIT_BATCH_CHANGES + 1, &b);
	assert_ok(batch_to_json(&b, &json, &e), &e);
	assert_int_equal(batch_from_json(json, &back, &e), ERR_MALFORMED);
	changes = json_object_get(json, "changes");
	(void)json_array_remove(changes, LIMIT_BATCH_CHANGES);
	assert_ok(batch_from_json(json, &back, &e), &e);
	batch_fini(&back);
	(void)json_array_clear(changes);
	assert_int_equal(batch_from_json(json, &back, &e), ERR_MALFORMED);
	json_decref(json);
	batch_fini(&b);

	journal_batch(&j, 1, &b);
	assert_ok(batch_to_json(&b, &json, &e), &e);
	(void)json_object_set_new(json, "from", json_integer(INT64_MAX));
	assert_int_equal(batch_from_json(json, &back, &e), ERR_MALFORMED);
	(void)json_object_set_new(json, "from", json_integer(0));
	assert_int_equal(batch_from_json(json, &back, &e), ERR_MALFORMED);
	json_decref(json);
	batch_fini(&b);
}

static void
reading_a_batch_is_total(void **state)
{
	struct journal j = journal_make(check_seed(__func__));
	size_t taken = 0;

	(void)state;
	for (int i = 0; i < 10; i++) {
		struct batch b;
		struct buf text;

		journal_batch(&j, 1 + rng_below(&j.rng, 4), &b);
		if (i % 2 == 1)
			shrink(&b, &j.rng);
		journal_print_batch(&b, &text);
		taken += assert_total(text.ptr, text.len, again, &j.rng, 1000);
		buf_fini(&text);
		batch_fini(&b);
	}
	assert_true(taken > 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_batch_in_full_or_wire_form_reads_back_and_is_proved),
		cmocka_unit_test(
		    a_left_out_value_that_the_office_does_not_hold_is_asked_for),
		cmocka_unit_test(
		    a_flipped_bit_anywhere_never_changes_what_is_proved),
		cmocka_unit_test(
		    nothing_can_be_left_out_swapped_or_taken_from_another_journal),
		cmocka_unit_test(a_batch_says_its_device_and_counters_once),
		cmocka_unit_test(limits_are_kept),
		cmocka_unit_test(reading_a_batch_is_total),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
