/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include "common/base/enc.h"
#include "common/core/limits.h"
#include "common/sys/json.h"
#include "tests/support/journal.h"
#include "tests/support/total.h"

struct office {
	struct seal_key key;
	struct seal_pub pub;
};

static struct office
office_make(struct rng *r)
{
	struct office o;

	rng_bytes(r, o.key.b, SEAL_KEY_LEN);
	o.pub = seal_pub_of(&o.key);
	return o;
}

static enum err_code
again(const json_t *json, json_t **out, struct err *e)
{
	struct courier_request r;
	enum err_code code = courier_request_from_json(json, &r, e);

	if (code != ERR_OK)
		return code;
	code = courier_request_to_json(&r, out, e);
	courier_request_fini(&r);
	return code;
}

/* The device's own. */
static const struct secret_key own_key = { { 7 } };

static void
seal_next(struct journal *j, const struct office *o, struct envelope *out,
    struct batch *one)
{
	struct err e;

	journal_batch(j, 1, one);
	assert_ok(envelope_seal(one, &o->pub, &own_key, out, &e), &e);
}

static void
an_envelope_opens_at_the_office_and_is_proved_there(void **state)
{
	struct journal j = journal_make(check_seed(__func__));
	struct office o = office_make(&j.rng);

	(void)state;
	for (int i = 0; i < 100; i++) {
		struct envelope env;
		struct batch one, back;
		struct buf a, b;
		struct err e;

		seal_next(&j, &o, &env, &one);
		assert_int_equal(env.counter, one.to);
		assert_ok(envelope_open(&env, j.device, &o.key, &back, &e), &e);
		journal_print_batch(&one, &a);
		journal_print_batch(&back, &b);
		assert_string_equal(a.ptr, b.ptr);
		assert_ok(
		    batch_check(&back, j.office, &j.pub, NULL, NULL, &e), &e);
		buf_fini(&a);
		buf_fini(&b);
		buf_fini(&env.sealed);
		batch_fini(&one);
		batch_fini(&back);
	}
}

static void
its_length_tells_only_a_step(void **state)
{
	struct journal j = journal_make(check_seed(__func__));
	struct office o = office_make(&j.rng);
	bool seen[3] = { false };

	(void)state;
	for (int i = 0; i < 300; i++) {
		struct envelope env;
		struct batch one;
		struct buf text;
		size_t len;

		seal_next(&j, &o, &env, &one);
		journal_print_batch(&one, &text);
		len = env.sealed.len - SEAL_EXTRA_LEN;
		assert_true(len >= text.len);
		assert_true(len == 256 || len == 1024 || len % 4096 == 0);
		assert_true(text.len <= 256 || len > 256);
		assert_true(len == 1024 || len <= 256 || text.len > 1024);
		assert_true(len <= 4096 || len - text.len < 4096);
		seen[len == 1024 ? 0 : len == 4096 ? 1 : 2] = true;
		buf_fini(&text);
		buf_fini(&env.sealed);
		batch_fini(&one);
	}
	assert_true(seen[0] && seen[1]);
}

static void
what_was_changed_in_any_bit_does_not_open(void **state)
{
	struct journal j = journal_make(check_seed(__func__));
	struct office o = office_make(&j.rng), other = office_make(&j.rng);
	struct envelope env;
	struct batch one, back;
	struct err e;

	(void)state;
	seal_next(&j, &o, &env, &one);
	for (size_t i = 0; i < env.sealed.len * 8; i += 7) {
		env.sealed.ptr[i / 8] =
		    (char)(env.sealed.ptr[i / 8] ^ (1 << i % 8));
		assert_int_equal(
		    envelope_open(&env, j.device, &o.key, &back, &e),
		    ERR_MALFORMED);
		env.sealed.ptr[i / 8] =
		    (char)(env.sealed.ptr[i / 8] ^ (1 << i % 8));
	}
	env.key_id[7] ^= 1;
	assert_int_equal(
	    envelope_open(&env, j.device, &o.key, &back, &e), ERR_MALFORMED);
	env.key_id[7] ^= 1;
	env.counter++;
	assert_int_equal(
	    envelope_open(&env, j.device, &o.key, &back, &e), ERR_MALFORMED);
	env.counter--;
	assert_int_equal(envelope_open(&env, journal_id(8), &o.key, &back, &e),
	    ERR_MALFORMED);
	assert_int_equal(envelope_open(&env, j.device, &other.key, &back, &e),
	    ERR_MALFORMED);
	env.sealed.len = 40;
	assert_int_equal(
	    envelope_open(&env, j.device, &o.key, &back, &e), ERR_MALFORMED);
	buf_fini(&env.sealed);
	batch_fini(&one);
}

/* Seal any plaintext as the change of that counter. */
static void
seal_text(const struct journal *j, const struct office *o, uint64_t counter,
    const char *text, struct envelope *out)
{
	static const char context[] = "vb/outbox/v1";
	struct hash32 id = crypto_sha256(o->pub.b, SEAL_PUB_LEN);
	uint8_t info[sizeof(context) + 8], aad[ID_LEN + 8] = { 0 };
	struct err e;

	*out = (struct envelope){ .counter = counter };
	memcpy(out->key_id, id.b, 8);
	memcpy(info, context, sizeof(context));
	memcpy(info + sizeof(context), id.b, 8);
	memcpy(aad, j->device.b, ID_LEN);
	aad[ID_LEN + 7] = (uint8_t)counter;
	buf_init(&out->sealed, LIMIT_BODY_BYTES);
	assert_ok(seal_make(&o->pub, crypto_part(info, sizeof(info)),
	              crypto_part(aad, sizeof(aad)), crypto_part_str(text),
	              &out->sealed, &e),
	    &e);
}

static void
an_envelope_holds_the_one_change_that_it_says_and_nothing_else(void **state)
{
	struct journal j = journal_make(check_seed(__func__));
	struct office o = office_make(&j.rng);
	struct batch two, back;
	struct envelope env;
	struct buf text;
	struct err e;

	(void)state;
	journal_batch(&j, 2, &two);
	journal_print_batch(&two, &text);
	seal_text(&j, &o, 2, text.ptr, &env);
	assert_int_equal(
	    envelope_open(&env, j.device, &o.key, &back, &e), ERR_MALFORMED);
	buf_fini(&env.sealed);
	buf_fini(&text);
	batch_fini(&two);

	journal_batch(&j, 1, &two);
	journal_print_batch(&two, &text);
	seal_text(&j, &o, 4, text.ptr, &env);
	assert_int_equal(
	    envelope_open(&env, j.device, &o.key, &back, &e), ERR_MALFORMED);
	buf_fini(&env.sealed);
	/* The layout of info and of what goes with it is as written here. */
	seal_text(&j, &o, 3, text.ptr, &env);
	assert_ok(envelope_open(&env, j.device, &o.key, &back, &e), &e);
	batch_fini(&back);
	buf_fini(&env.sealed);
	buf_fini(&text);
	batch_fini(&two);

	for (size_t i = 0; i < 4; i++) {
		static const char *const texts[] = { "", "   ", "[]",
			"{\"a\":1}" };

		seal_text(&j, &o, 3, texts[i], &env);
		assert_int_equal(
		    envelope_open(&env, j.device, &o.key, &back, &e),
		    ERR_MALFORMED);
		buf_fini(&env.sealed);
	}
}

static void
request_make(struct journal *j, const struct office *o, size_t n,
    struct courier_request *out)
{
	courier_request_init(out);
	out->device = j->device;
	rng_bytes(&j->rng, out->nonce, sizeof(out->nonce));
	out->envelopes = calloc(n, sizeof(*out->envelopes));
	assert_non_null(out->envelopes);
	for (; out->n_envelopes < n; out->n_envelopes++) {
		struct batch one;

		seal_next(j, o, &out->envelopes[out->n_envelopes], &one);
		batch_fini(&one);
	}
}

static void
a_request_reads_back_and_its_reading_is_total(void **state)
{
	struct journal j = journal_make(check_seed(__func__));
	struct office o = office_make(&j.rng);
	struct courier_request r;
	struct buf text;
	json_t *json = NULL;
	struct err e;

	(void)state;
	request_make(&j, &o, 2, &r);
	assert_ok(courier_request_to_json(&r, &json, &e), &e);
	buf_init(&text, LIMIT_BODY_BYTES);
	assert_ok(json_print(json, &text, &e), &e);
	(void)assert_total(text.ptr, text.len, again, &j.rng, 10000);
	buf_fini(&text);
	json_decref(json);
	courier_request_fini(&r);
}

static void
limits_and_order_are_kept(void **state)
{
	struct journal j = journal_make(check_seed(__func__));
	struct office o = office_make(&j.rng);
	struct courier_request r, back;
	json_t *json = NULL, *list;
	struct err e;

	(void)state;
	request_make(&j, &o, LIMIT_ENVELOPES + 1, &r);
	assert_ok(courier_request_to_json(&r, &json, &e), &e);
	assert_int_equal(
	    courier_request_from_json(json, &back, &e), ERR_MALFORMED);
	list = json_object_get(json, "envelopes");
	(void)json_array_remove(list, 0);
	assert_ok(courier_request_from_json(json, &back, &e), &e);
	courier_request_fini(&back);
	/* Twice the same, out of order, below the first, none at all. */
	(void)json_array_set(list, 1, json_array_get(list, 0));
	assert_int_equal(
	    courier_request_from_json(json, &back, &e), ERR_MALFORMED);
	(void)json_array_clear(list);
	assert_int_equal(
	    courier_request_from_json(json, &back, &e), ERR_MALFORMED);
	json_decref(json);
	r.envelopes[0].counter = 0;
	json = NULL;
	for (; r.n_envelopes > 1; r.n_envelopes--)
		buf_fini(&r.envelopes[r.n_envelopes - 1].sealed);
	assert_ok(courier_request_to_json(&r, &json, &e), &e);
	assert_int_equal(
	    courier_request_from_json(json, &back, &e), ERR_MALFORMED);
	(void)json_object_set_new(json, "v", json_integer(2));
	assert_int_equal(courier_request_from_json(json, &back, &e), ERR_NEWER);
	json_decref(json);
	courier_request_fini(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    an_envelope_opens_at_the_office_and_is_proved_there),
		cmocka_unit_test(its_length_tells_only_a_step),
		cmocka_unit_test(what_was_changed_in_any_bit_does_not_open),
		cmocka_unit_test(
		    an_envelope_holds_the_one_change_that_it_says_and_nothing_else),
		cmocka_unit_test(a_request_reads_back_and_its_reading_is_total),
		cmocka_unit_test(limits_and_order_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
