/* SPDX-License-Identifier: Apache-2.0 */
/* What a device takes from an office that it never met, and what it refuses:
 * everything that the code's office did not vouch for. */
#include "tests/support/check.h"

#include "client/core/enrolment.h"
#include "common/sys/json.h"
#include "common/sys/pki.h"
#include "tests/support/check_schema.h"

#define DAY_MS 86400000U
#define START_MS 1795219200000U

/* An office as far as enrolment sees it. */
struct office {
	struct buf root_key, root, issuing_key, issuing;
	struct hash32 root_sha256;
	struct enrol_code code;
	struct id id;
	struct sign_key receipt;
	struct seal_key sealing, recovery;
};

static struct pki_profile
profile(enum pki_kind kind)
{
	return (struct pki_profile){ .kind = kind,
		.common_name = "test",
		.not_before_ms = START_MS,
		.not_after_ms = START_MS + (uint64_t)30 * DAY_MS };
}

static void
office_start(struct office *o)
{
	const struct pki_profile root = profile(PKI_ROOT);
	const struct pki_profile issuing = profile(PKI_ISSUING);
	struct buf csr;
	struct err e;

	*o = (struct office){ .id = { { 7 } }, .code = { .id = "ABCD" } };
	buf_init(&o->root_key, PKI_INPUT_MAX);
	buf_init(&o->root, PKI_INPUT_MAX);
	buf_init(&o->issuing_key, PKI_INPUT_MAX);
	buf_init(&o->issuing, PKI_INPUT_MAX);
	buf_init(&csr, PKI_INPUT_MAX);
	assert_ok(pki_key_make(&o->root_key, &e), &e);
	assert_ok(
	    pki_root_make(crypto_part_buf(&o->root_key), &root, &o->root, &e),
	    &e);
	assert_ok(pki_key_make(&o->issuing_key, &e), &e);
	assert_ok(
	    pki_csr_make(crypto_part_buf(&o->issuing_key), "i", &csr, &e), &e);
	assert_ok(pki_issue(&(struct pki_issuer){ crypto_part_buf(&o->root),
	                        crypto_part_buf(&o->root_key) },
	              crypto_part_buf(&csr), &issuing, &o->issuing, &e),
	    &e);
	assert_ok(
	    pki_cert_sha256(crypto_part_buf(&o->root), &o->root_sha256, &e),
	    &e);
	memcpy(o->code.pin, o->root_sha256.b, ENROL_PIN_LEN);
	memset(o->code.secret, 0x5a, ENROL_SECRET_LEN);
	sign_key_make(&o->receipt);
	seal_key_make(&o->sealing);
	seal_key_make(&o->recovery);
	buf_fini(&csr);
}

static void
office_end(struct office *o)
{
	buf_wipe(&o->root_key);
	buf_fini(&o->root);
	buf_wipe(&o->issuing_key);
	buf_fini(&o->issuing);
}

static void
put_statement(const struct office *o, struct enrol_answer *a)
{
	static const char context[] = "vb/statement/v1\n";
	struct sign_pub receipt = sign_pub_of(&o->receipt);
	struct seal_pub sealing = seal_pub_of(&o->sealing);
	struct seal_pub recovery = seal_pub_of(&o->recovery);
	struct hash32 issuing;
	json_t *json = json_object();
	struct buf text;
	struct err e;

	assert_ok(
	    pki_cert_sha256(crypto_part_buf(&o->issuing), &issuing, &e), &e);
	assert_ok(json_put_id(json, "office", o->id, &e), &e);
	assert_ok(json_put_hex(json, "root", o->root_sha256.b, 32, &e), &e);
	assert_ok(json_put_hex(json, "issuing", issuing.b, 32, &e), &e);
	assert_ok(json_put_hex(json, "receipt", receipt.b, 32, &e), &e);
	assert_ok(json_put_hex(json, "sealing", sealing.b, 32, &e), &e);
	assert_ok(json_put_hex(json, "recovery", recovery.b, 32, &e), &e);
	assert_ok(json_put_hex(json, "command", receipt.b, 32, &e), &e);
	assert_ok(json_print(json, &a->statement, &e), &e);
	buf_init(&text, 16384);
	(void)buf_add_str(&text, context);
	(void)buf_add(&text, a->statement.ptr, a->statement.len);
	assert_ok(pki_sign(crypto_part_buf(&o->root_key),
	              crypto_part_buf(&text), &a->statement_sig, &e),
	    &e);
	buf_fini(&text);
	json_decref(json);
}

/* The answer as an honest office makes it, before its MAC. */
static void
answer_make(
    const struct office *o, const struct enrolment *en, struct enrol_answer *a)
{
	const struct pki_issuer issuer = { crypto_part_buf(&o->issuing),
		crypto_part_buf(&o->issuing_key) };
	const struct pki_profile device = profile(PKI_DEVICE);
	const struct pki_profile courier = profile(PKI_COURIER);
	struct err e;

	enrol_answer_init(a);
	a->device.b[0] = 1;
	a->user.b[0] = 2;
	a->office = o->id;
	a->names = check_json("{'user': 'Gwen Pryce', 'office': 'Test',"
	                      " 'role': 'advocate'}");
	a->schema = json_object();
	(void)buf_add(&a->root_pem, o->root.ptr, o->root.len);
	(void)buf_add(&a->issuing_pem, o->issuing.ptr, o->issuing.len);
	assert_ok(pki_issue(&issuer, crypto_part_buf(&en->request.tls_csr),
	              &device, &a->tls_cert_pem, &e),
	    &e);
	assert_ok(pki_issue(&issuer, crypto_part_buf(&en->request.courier_csr),
	              &courier, &a->courier_cert_pem, &e),
	    &e);
	put_statement(o, a);
}

static void
device_start(const struct office *o, struct enrolment *en)
{
	struct buf der;
	struct err e;

	enrolment_init(en);
	en->code = o->code;
	buf_init(&der, PKI_INPUT_MAX);
	assert_ok(enrolment_keys(en, "laptop", &e), &e);
	assert_ok(pki_cert_der(crypto_part_buf(&o->root), &der, &e), &e);
	assert_ok(enrolment_root(en, der.ptr, der.len, &e), &e);
	buf_fini(&der);
}

static enum err_code
take(const struct office *o, struct enrolment *en, const struct enrol_answer *a,
    struct err *e)
{
	struct secret_key key;
	json_t *json = NULL;
	enum err_code code;

	enrol_code_key(o->code.secret, &key);
	assert_ok(enrol_answer_to_json(a, &key, &o->root_sha256, &json, e), e);
	code = enrolment_answer(en, json, "127.0.0.1:8443", e);
	json_decref(json);
	return code;
}

static void
an_honest_answer_makes_an_identity(void **state)
{
	struct enrol_answer a;
	struct enrolment en;
	struct office o;
	struct seal_pub recovery;
	struct err e;

	(void)state;
	office_start(&o);
	device_start(&o, &en);
	answer_make(&o, &en, &a);
	assert_ok(take(&o, &en, &a, &e), &e);
	recovery = seal_pub_of(&o.recovery);
	assert_true(id_equal(en.identity.device, a.device));
	assert_string_equal(en.identity.user_name, "Gwen Pryce");
	assert_string_equal(en.identity.address, "127.0.0.1:8443");
	assert_true(hash32_equal(en.identity.root_sha256, o.root_sha256));
	assert_memory_equal(&en.identity.recovery_pub, &recovery, 32);
	assert_int_equal(en.identity.tls_cert_pem.len, a.tls_cert_pem.len);
	enrol_answer_fini(&a);
	enrolment_fini(&en);
	office_end(&o);
}

static void
the_request_is_the_same_bytes_each_time(void **state)
{
	json_t *first = NULL, *second = NULL;
	struct enrol_request read;
	struct enrolment en;
	struct office o;
	struct secret_key key;
	struct err e;

	(void)state;
	office_start(&o);
	device_start(&o, &en);
	enrol_code_key(o.code.secret, &key);
	assert_ok(enrolment_request(&en, &first, &e), &e);
	assert_ok(enrolment_request(&en, &second, &e), &e);
	assert_true(json_equal(first, second));
	assert_ok(
	    enrol_request_from_json(first, &key, &o.root_sha256, &read, &e),
	    &e);
	assert_string_equal(read.label, "laptop");
	enrol_request_fini(&read);
	json_decref(first);
	json_decref(second);
	enrolment_fini(&en);
	office_end(&o);
}

static void
another_office_is_refused_by_the_pin(void **state)
{
	struct office o, other;
	struct enrolment en;
	struct buf der;
	struct err e;

	(void)state;
	office_start(&o);
	office_start(&other);
	enrolment_init(&en);
	en.code = o.code;
	buf_init(&der, PKI_INPUT_MAX);
	assert_ok(pki_cert_der(crypto_part_buf(&other.root), &der, &e), &e);
	assert_int_equal(enrolment_root(&en, der.ptr, der.len, &e), ERR_AUTH);
	buf_fini(&der);
	enrolment_fini(&en);
	office_end(&o);
	office_end(&other);
}

/* Ways in which an answer is wrong although its MAC is right: whoever knows
 * the code alone is not the office. */
enum forgery {
	FORGED_OFFICE,
	FORGED_STATEMENT,
	FORGED_SIGNATURE,
	FORGED_ROOT,
	FORGED_ISSUING,
	SWAPPED_CERTIFICATES,
	FORGERY_N
};

static void
forge(enum forgery how, const struct office *other, struct enrol_answer *a)
{
	struct buf swap;

	switch (how) {
	case FORGED_OFFICE:
		a->office.b[3]++;
		return;
	case FORGED_STATEMENT:
		buf_reset(&a->statement);
		buf_reset(&a->statement_sig);
		put_statement(other, a);
		return;
	case FORGED_SIGNATURE:
		a->statement_sig.ptr[a->statement_sig.len - 1] ^= 1;
		return;
	case FORGED_ROOT:
		buf_reset(&a->root_pem);
		(void)buf_add(&a->root_pem, other->root.ptr, other->root.len);
		return;
	case FORGED_ISSUING:
		buf_reset(&a->issuing_pem);
		(void)buf_add(
		    &a->issuing_pem, other->issuing.ptr, other->issuing.len);
		return;
	case SWAPPED_CERTIFICATES:
		swap = a->tls_cert_pem;
		a->tls_cert_pem = a->courier_cert_pem;
		a->courier_cert_pem = swap;
		return;
	case FORGERY_N:
		break;
	}
	fail_msg("no such forgery");
}

static void
what_the_root_did_not_vouch_for_is_refused(void **state)
{
	struct office o, other;
	struct err e;

	(void)state;
	office_start(&o);
	office_start(&other);
	for (int how = 0; how < FORGERY_N; how++) {
		struct enrol_answer a;
		struct enrolment en;
		enum err_code code;

		device_start(&o, &en);
		answer_make(&o, &en, &a);
		forge((enum forgery)how, &other, &a);
		code = take(&o, &en, &a, &e);
		if (code != ERR_AUTH && code != ERR_MALFORMED)
			fail_msg("forgery %d: %d", how, (int)code);
		enrol_answer_fini(&a);
		enrolment_fini(&en);
	}
	office_end(&o);
	office_end(&other);
}

static void
a_certificate_for_another_key_is_refused(void **state)
{
	struct enrolment en, stranger;
	struct enrol_answer a;
	struct office o;
	struct err e;

	(void)state;
	office_start(&o);
	device_start(&o, &en);
	device_start(&o, &stranger);
	answer_make(&o, &stranger, &a);
	assert_int_equal(take(&o, &en, &a, &e), ERR_AUTH);
	enrol_answer_fini(&a);
	enrolment_fini(&en);
	enrolment_fini(&stranger);
	office_end(&o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_honest_answer_makes_an_identity),
		cmocka_unit_test(the_request_is_the_same_bytes_each_time),
		cmocka_unit_test(another_office_is_refused_by_the_pin),
		cmocka_unit_test(what_the_root_did_not_vouch_for_is_refused),
		cmocka_unit_test(a_certificate_for_another_key_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
