/* SPDX-License-Identifier: Apache-2.0 */
/* Whom a device takes for its office. */
#include "tests/support/check.h"

#include <openssl/sha.h>

#include "tests/support/http_device.h"

/* The call ends with CERTIFICATE, and not one byte of it was sent. */
static void
expect_refused(struct test_office *o, struct http_client *c,
    const struct http_call *call, const char *why)
{
	struct http_answer a;
	struct err e;

	assert_int_equal(http_client_call(c, call, &a, &e), ERR_AUTH);
	assert_int_equal(a.outcome, HTTP_OUTCOME_CERTIFICATE);
	assert_int_equal(a.status, 0);
	assert_int_equal(a.sent_bytes, 0);
	if (strstr(e.msg, why) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", e.msg, why);
	assert_int_equal(test_office_seen(o).requests, 0);
	http_answer_fini(&a);
}

static void
another_root_of_the_same_name_is_refused(void **state)
{
	const struct test_office_cfg cfg = {
		.chain = { http_device_pki.stranger,
		    http_device_pki.stranger_root }
	};
	struct test_office *o = test_office_new(&cfg);
	struct http_client *c = http_device_new(NULL);
	const struct http_call call = http_device_call(o);

	(void)state;
	expect_refused(o, c, &call,
	    "the office's certificate is not the one this device was enrolled "
	    "with");
	http_client_free(c);
	test_office_free(o);
}

static void
a_certificate_for_another_name_is_refused(void **state)
{
	static const struct test_cert_spec specs[] = {
		{ .name = "127.0.0.1", .usage = "serverAuth" },
		{ .name = "a", .san = "DNS:a.test", .usage = "serverAuth" },
		{ .name = "b", .san = "IP:127.0.0.2", .usage = "serverAuth" },
		{ .name = "c", .san = "DNS:127.0.0.1", .usage = "serverAuth" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		struct test_cert *leaf =
		    test_cert_new(&specs[i], http_device_pki.issuing);
		struct test_office *o = http_device_office(leaf);
		struct http_client *c = http_device_new(NULL);
		const struct http_call call = http_device_call(o);

		expect_refused(o, c, &call, "made for another name");
		http_client_free(c);
		test_office_free(o);
		test_cert_free(leaf);
	}
}

static void
a_device_cannot_pose_as_the_office(void **state)
{
	const struct test_cert_spec vague = { .name = "vague",
		.san = "IP:127.0.0.1" };
	struct test_cert *any_use =
	    test_cert_new(&vague, http_device_pki.issuing);
	const struct test_cert *leaves[] = { http_device_pki.device, any_use };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct test_office *o = http_device_office(leaves[i]);
		struct http_client *c = http_device_new(NULL);
		const struct http_call call = http_device_call(o);

		expect_refused(o, c, &call, "cannot be used");
		http_client_free(c);
		test_office_free(o);
	}
	test_cert_free(any_use);
}

static void
dates_are_advice_and_reported(void **state)
{
	static const struct {
		int from_days, to_days;
		enum http_dates dates;
	} cases[] = {
		{ -30, -1, HTTP_DATES_PAST },
		{ 2, 30, HTTP_DATES_EARLY },
		{ -1, 30, HTTP_DATES_FINE },
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const struct test_cert_spec spec = { .name = "office",
			.san = "IP:127.0.0.1",
			.usage = "serverAuth",
			.from_days = cases[i].from_days,
			.to_days = cases[i].to_days };
		struct test_cert *leaf =
		    test_cert_new(&spec, http_device_pki.issuing);
		struct test_office *o = http_device_office(leaf);
		struct http_client *c = http_device_new(NULL);
		const struct http_call call = http_device_call(o);
		struct http_answer a;
		struct err e;

		for (int k = 0; k < 3; k++) {
			/* New, then resumed, then over an open connection. */
			http_device_answer(
			    o, k == 0 ? http_device_closing : http_device_json);
			assert_ok(http_client_call(c, &call, &a, &e), &e);
			assert_int_equal(a.dates, cases[i].dates);
			assert_int_equal(a.is_resumed, k == 1);
			assert_int_equal(a.is_reused, k == 2);
			http_answer_fini(&a);
		}
		http_client_free(c);
		test_office_free(o);
		test_cert_free(leaf);
	}
}

static struct http_client *
enrolling_device_new(size_t pin_len, uint8_t flip)
{
	struct http_client_cfg cfg = { 0 };
	struct http_client *c = NULL;
	uint8_t pin[SHA256_DIGEST_LENGTH];
	size_t der_len;
	const uint8_t *der = test_cert_der(http_device_pki.root, &der_len);
	struct err e;

	assert_non_null(SHA256(der, der_len, pin));
	pin[pin_len - 1] ^= flip;
	cfg.pin = pin;
	cfg.pin_len = pin_len;
	assert_ok(http_client_new(&cfg, &c, &e), &e);
	return c;
}

static void
enrolment_finds_the_root_by_its_fingerprint(void **state)
{
	static const size_t pin_lens[] = { 10, 16, 32 };
	const struct test_office_cfg cfg = { .chain = { http_device_pki.office,
		                                 http_device_pki.issuing,
		                                 http_device_pki.root } };
	size_t der_len, len;
	const uint8_t *der = test_cert_der(http_device_pki.root, &der_len),
	              *root;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct test_office *o = test_office_new(&cfg);
		struct http_client *c = enrolling_device_new(pin_lens[i], 0);
		const struct http_call call = http_device_call(o);
		struct http_answer a;
		struct err e;

		http_device_answer(o, http_device_json);
		assert_null(http_client_root(c, &len));
		assert_ok(http_client_call(c, &call, &a, &e), &e);
		root = http_client_root(c, &len);
		assert_int_equal(len, der_len);
		assert_memory_equal(root, der, len);
		http_answer_fini(&a);
		http_client_free(c);
		test_office_free(o);
	}
}

static void
enrolment_refuses_a_chain_without_the_root_that_was_meant(void **state)
{
	const struct test_office_cfg cfgs[] = {
		{ .chain = { http_device_pki.office,
		      http_device_pki.issuing } },
		{ .chain = { http_device_pki.stranger,
		      http_device_pki.stranger_root } },
		/* The right root is sent along, but did not sign the rest. */
		{ .chain = { http_device_pki.stranger,
		      http_device_pki.stranger_root, http_device_pki.root } },
		{ .chain = { http_device_pki.office, http_device_pki.issuing,
		      http_device_pki.root } },
	};
	size_t len;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct test_office *o = test_office_new(&cfgs[i]);
		struct http_client *c =
		    enrolling_device_new(10, i == 3 ? 1 : 0);
		const struct http_call call = http_device_call(o);

		expect_refused(o, c, &call, "not the one");
		assert_null(http_client_root(c, &len));
		http_client_free(c);
		test_office_free(o);
	}
}

static void
a_client_needs_exactly_one_root_or_a_long_enough_fingerprint(void **state)
{
	struct http_client_cfg cfg = { 0 };
	struct http_client *c = NULL;
	struct err e;

	(void)state;
	assert_int_equal(http_client_new(&cfg, &c, &e), ERR_INVALID);
	cfg.pin = "0123456789";
	cfg.pin_len = 9;
	assert_int_equal(http_client_new(&cfg, &c, &e), ERR_INVALID);
	cfg.pin_len = 10;
	cfg.root = test_cert_der(http_device_pki.root, &cfg.root_len);
	assert_int_equal(http_client_new(&cfg, &c, &e), ERR_INVALID);
	cfg.pin_len = 0;
	cfg.root_len--;
	assert_int_equal(http_client_new(&cfg, &c, &e), ERR_INVALID);
	cfg.root_len++;
	cfg.key = "x";
	cfg.key_len = 1;
	assert_int_equal(http_client_new(&cfg, &c, &e), ERR_INVALID);
	assert_null(c);
	http_client_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(another_root_of_the_same_name_is_refused),
		cmocka_unit_test(a_certificate_for_another_name_is_refused),
		cmocka_unit_test(a_device_cannot_pose_as_the_office),
		cmocka_unit_test(dates_are_advice_and_reported),
		cmocka_unit_test(enrolment_finds_the_root_by_its_fingerprint),
		cmocka_unit_test(
		    enrolment_refuses_a_chain_without_the_root_that_was_meant),
		cmocka_unit_test(
		    a_client_needs_exactly_one_root_or_a_long_enough_fingerprint),
	};

	return cmocka_run_group_tests(
	    tests, http_device_set_up, http_device_tear_down);
}
