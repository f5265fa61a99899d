/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include "common/core/limits.h"
#include "common/sys/json.h"
#include "tests/support/journal.h"
#include "tests/support/total.h"
#include "tests/support/vector.h"

static const uint8_t secret[ENROL_SECRET_LEN] = { 1, 2, 3, 4, 5, 6, 7, 8, 9,
	10 };
static struct secret_key code_key;
static struct hash32 root;

static int
set_up(void **state)
{
	(void)state;
	enrol_code_key(secret, &code_key);
	memset(root.b, 0x42, sizeof(root.b));
	return 0;
}

static enum err_code
request_again(const json_t *json, json_t **out, struct err *e)
{
	struct enrol_request r;
	enum err_code code =
	    enrol_request_from_json(json, &code_key, &root, &r, e);

	if (code != ERR_OK)
		return code;
	code = enrol_request_to_json(&r, &code_key, &root, out, e);
	enrol_request_fini(&r);
	return code;
}

static enum err_code
answer_again(const json_t *json, json_t **out, struct err *e)
{
	struct enrol_answer a;
	enum err_code code =
	    enrol_answer_from_json(json, &code_key, &root, &a, e);

	if (code != ERR_OK)
		return code;
	code = enrol_answer_to_json(&a, &code_key, &root, out, e);
	enrol_answer_fini(&a);
	return code;
}

static json_t *
request_json(void)
{
	struct sign_key key = { { 7 } };
	struct enrol_request r;
	json_t *json = NULL;
	struct err e;

	enrol_request_init(&r);
	memcpy(r.code_id, "7K3M", 5);
	memcpy(r.label, "Ward laptop", sizeof("Ward laptop"));
	(void)buf_add_str(&r.tls_csr, "-----BEGIN CERTIFICATE REQUEST-----\n");
	(void)buf_add_str(&r.courier_csr, "-----BEGIN ANOTHER-----\n");
	r.sign_pub = sign_pub_of(&key);
	assert_ok(enrol_request_to_json(&r, &code_key, &root, &json, &e), &e);
	enrol_request_fini(&r);
	return json;
}

static json_t *
answer_json(void)
{
	struct enrol_answer a;
	json_t *json = NULL;
	struct err e;

	enrol_answer_init(&a);
	a.device = journal_id(2);
	a.user = journal_id(3);
	a.office = journal_id(1);
	a.names = json_pack(
	    "{s: s, s: s, s: s}", "user", "U", "office", "O", "role", "field");
	(void)buf_add_str(&a.root_pem, "root");
	(void)buf_add_str(&a.issuing_pem, "issuing");
	(void)buf_add_str(&a.tls_cert_pem, "tls");
	(void)buf_add_str(&a.courier_cert_pem, "courier");
	(void)buf_add_str(&a.statement, "{}");
	(void)buf_add_str(&a.statement_sig, "sixty-four bytes");
	a.is_pending = true;
	a.schema = json_pack("{s: i}", "format", 1);
	assert_ok(enrol_answer_to_json(&a, &code_key, &root, &json, &e), &e);
	enrol_answer_fini(&a);
	return json;
}

static void
assert_message_total(json_t *json, total_again again, struct rng *r)
{
	struct buf text;
	struct err e;

	buf_init(&text, LIMIT_BODY_BYTES);
	assert_ok(json_print(json, &text, &e), &e);
	(void)assert_total(text.ptr, text.len, again, r, 10000);
	buf_fini(&text);
	json_decref(json);
}

static void
reading_both_messages_is_total(void **state)
{
	struct rng r = rng_make(check_seed(__func__));

	(void)state;
	assert_message_total(request_json(), request_again, &r);
	assert_message_total(answer_json(), answer_again, &r);
}

static void
a_wrong_code_or_another_office_is_refused(void **state)
{
	static const uint8_t wrong[ENROL_SECRET_LEN] = { 1, 2, 3, 4, 5, 6, 7, 8,
		9, 11 };
	struct hash32 wrong_root = root;
	struct secret_key wrong_key;
	json_t *request = request_json(), *answer = answer_json();
	struct enrol_request r;
	struct enrol_answer a;
	struct err e;

	(void)state;
	enrol_code_key(wrong, &wrong_key);
	wrong_root.b[31] ^= 1;
	assert_int_equal(
	    enrol_request_from_json(request, &wrong_key, &root, &r, &e),
	    ERR_AUTH);
	assert_int_equal(
	    enrol_request_from_json(request, &code_key, &wrong_root, &r, &e),
	    ERR_AUTH);
	assert_int_equal(
	    enrol_answer_from_json(answer, &wrong_key, &root, &a, &e),
	    ERR_AUTH);
	assert_int_equal(
	    enrol_answer_from_json(answer, &code_key, &wrong_root, &a, &e),
	    ERR_AUTH);
	json_decref(request);
	json_decref(answer);
}

static void
every_member_is_covered_also_one_that_nobody_knows(void **state)
{
	json_t *request = request_json(), *answer = answer_json();
	const char *key;
	json_t *value;
	struct err e;

	(void)state;
	for (int i = 0; i < 2; i++) {
		json_t *whole = i == 0 ? request : answer, *out = NULL;
		total_again again = i == 0 ? request_again : answer_again;

		json_object_foreach(whole, key, value)
		{
			json_t *copy = json_copy(whole);

			(void)json_object_set_new(
			    copy, key, json_string("7K3N"));
			assert_int_not_equal(again(copy, &out, &e), ERR_OK);
			json_decref(copy);
		}
		(void)json_object_set_new(whole, "later", json_true());
		assert_int_equal(again(whole, &out, &e), ERR_AUTH);
		(void)json_object_del(whole, "later");
		assert_ok(again(whole, &out, &e), &e);
		json_decref(out);
	}
	/* The answer is no answer's request, nor the other way round. */
	(void)json_object_set(request, "mac", json_object_get(answer, "mac"));
	assert_int_equal(request_again(request, &value, &e), ERR_AUTH);
	json_decref(request);
	json_decref(answer);
}

/* Put a member and make the MAC right again, as who holds the code could. */
static enum err_code
with_member(json_t *json, const char *key, json_t *value, struct err *e)
{
	static const char context[] = "vb/enrol/request/v1";
	struct crypto_part parts[3];
	struct hash32 mac;
	struct enrol_request r;
	struct buf text;
	enum err_code code;

	(void)json_object_set_new(json, key, value);
	(void)json_object_del(json, "mac");
	buf_init(&text, LIMIT_BODY_BYTES);
	assert_ok(json_print(json, &text, e), e);
	parts[0] = crypto_part(context, sizeof(context));
	parts[1] = crypto_part(root.b, HASH32_LEN);
	parts[2] = crypto_part(text.ptr, text.len);
	crypto_hmac_sha256(crypto_part(code_key.b, HASH32_LEN), parts, 3, &mac);
	assert_ok(json_put_hex(json, "mac", mac.b, HASH32_LEN, e), e);
	buf_fini(&text);
	code = enrol_request_from_json(json, &code_key, &root, &r, e);
	if (code == ERR_OK)
		enrol_request_fini(&r);
	return code;
}

static void
who_holds_the_code_still_has_to_keep_to_the_form(void **state)
{
	json_t *json = request_json();
	char label[80];
	struct err e;

	(void)state;
	memset(label, 'x', sizeof(label));
	label[65] = '\0';
	/* The MAC made here is the one that the messages carry. */
	assert_ok(with_member(json, "label", json_string("Other"), &e), &e);
	assert_int_equal(
	    with_member(json, "label", json_string(label), &e), ERR_MALFORMED);
	label[64] = '\0';
	assert_ok(with_member(json, "label", json_string(label), &e), &e);
	assert_int_equal(
	    with_member(json, "code", json_string("7K3"), &e), ERR_MALFORMED);
	assert_int_equal(
	    with_member(json, "code", json_string("7K3M9"), &e), ERR_MALFORMED);
	assert_ok(with_member(json, "code", json_string("7K3M"), &e), &e);
	/* No point of the curve's group: every message would be signed. */
	assert_int_equal(with_member(json, "sign_pub",
	                     json_string("01000000000000000000000000000000"
	                                 "00000000000000000000000000000000"),
	                     &e),
	    ERR_MALFORMED);
	assert_int_equal(
	    with_member(json, "v", json_integer(2), &e), ERR_NEWER);
	json_decref(json);
}

static void
a_code_reads_back_however_a_person_writes_it(void **state)
{
	struct rng r = rng_make(check_seed(__func__));

	(void)state;
	for (int i = 0; i < 500; i++) {
		struct enrol_code c = { "7K3M", { 0 }, { 0 } }, back;
		char text[ENROL_CODE_TEXT_MAX], odd[2 * ENROL_CODE_TEXT_MAX];
		size_t n = 0;

		rng_bytes(&r, c.secret, sizeof(c.secret));
		rng_bytes(&r, c.pin, sizeof(c.pin));
		enrol_code_print(&c, text);
		assert_int_equal(strlen(text), 44);
		for (const char *s = text; *s != '\0'; s++) {
			char ch = *s;

			if (rng_below(&r, 4) == 0)
				odd[n++] = " -\n\t\r"[rng_below(&r, 5)];
			if (ch == '0' && rng_below(&r, 2) == 0)
				ch = "Oo"[rng_below(&r, 2)];
			if (ch == '1' && rng_below(&r, 2) == 0)
				ch = "IiLl"[rng_below(&r, 4)];
			if (ch >= 'A' && ch <= 'Z' && rng_below(&r, 2) == 0)
				ch = (char)(ch - 'A' + 'a');
			odd[n++] = ch;
		}
		odd[n] = '\0';
		assert_true(enrol_code_parse(odd, &back));
		assert_memory_equal(&back, &c, sizeof(c));
	}
}

static void
what_is_no_code_is_not_read(void **state)
{
	static const char *const bad[] = { "", "7K3M",
		"7K3M-8RXQ-2WTY-0000-0000-0000-0000-0000-000",
		"7K3M-8RXQ-2WTY-0000-0000-0000-0000-0000-00000",
		"7K3M-8RXQ-2WTY-0000-0000-0000-0000-0000-000U",
		"7K3M-8RXQ-2WTY-0000-0000-0000-0000-0000-000\xc3\xa9" };
	struct enrol_code c;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(enrol_code_parse(bad[i], &c));
}

static void
the_code_key_is_known_byte_for_byte(void **state)
{
	(void)state;
	assert_hex(code_key.b, HASH32_LEN,
	    "41a389164d3d81e9fe2a8ae983a2277c8beeb89730dab3cc9ea1ae57e02274d5");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reading_both_messages_is_total),
		cmocka_unit_test(a_wrong_code_or_another_office_is_refused),
		cmocka_unit_test(
		    every_member_is_covered_also_one_that_nobody_knows),
		cmocka_unit_test(
		    who_holds_the_code_still_has_to_keep_to_the_form),
		cmocka_unit_test(a_code_reads_back_however_a_person_writes_it),
		cmocka_unit_test(what_is_no_code_is_not_read),
		cmocka_unit_test(the_code_key_is_known_byte_for_byte),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
