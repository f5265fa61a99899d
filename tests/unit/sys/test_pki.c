/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include "common/base/clock.h"
#include "common/base/rng.h"
#include "common/sys/pki.h"

#define DAY_MS 86400000U
/* 21 November 2026; the tests must not depend on today. */
#define START_MS 1795219200000U

static const char *const host_names[] = { "localhost", "127.0.0.1", "::1",
	"office.example" };

/* One office: a root, an issuing authority, and one of each kind. */
struct office {
	struct buf root_key, root, issuing_key, issuing;
	struct hash32 pin;
};

struct leaf {
	struct buf key, csr, cert;
};

static void
make_csr(struct buf *key, struct buf *csr, const char *name)
{
	struct err e;

	buf_init(key, PKI_INPUT_MAX);
	buf_init(csr, PKI_INPUT_MAX);
	assert_ok(pki_key_make(key, &e), &e);
	assert_ok(pki_csr_make(crypto_part_buf(key), name, csr, &e), &e);
}

static enum err_code
issue(const struct buf *cert, const struct buf *key, struct buf *csr,
    enum pki_kind kind, struct buf *out)
{
	const struct pki_issuer issuer = { crypto_part_buf(cert),
		crypto_part_buf(key) };
	const struct pki_profile profile = {
		.kind = kind,
		.common_name = kind == PKI_SERVER ? "office" : "dev-1",
		.san = host_names,
		.san_n = kind == PKI_SERVER ? 4 : 0,
		.not_before_ms = START_MS,
		.not_after_ms = START_MS + (uint64_t)30 * DAY_MS,
	};
	struct err e;

	buf_init(out, PKI_INPUT_MAX);
	return pki_issue(&issuer, crypto_part_buf(csr), &profile, out, &e);
}

static struct office
office_new(void)
{
	const struct pki_profile profile = {
		.common_name = "Office root",
		.not_before_ms = START_MS,
		.not_after_ms = START_MS + (uint64_t)3650 * DAY_MS,
	};
	struct office o;
	struct buf csr;
	struct err e;

	buf_init(&o.root_key, PKI_INPUT_MAX);
	buf_init(&o.root, PKI_INPUT_MAX);
	assert_ok(pki_key_make(&o.root_key, &e), &e);
	assert_ok(
	    pki_root_make(crypto_part_buf(&o.root_key), &profile, &o.root, &e),
	    &e);
	assert_ok(pki_cert_sha256(crypto_part_buf(&o.root), &o.pin, &e), &e);
	make_csr(&o.issuing_key, &csr, "node 1");
	assert_int_equal(
	    issue(&o.root, &o.root_key, &csr, PKI_ISSUING, &o.issuing), ERR_OK);
	buf_fini(&csr);
	return o;
}

static void
office_end(struct office *o)
{
	buf_wipe(&o->root_key);
	buf_fini(&o->root);
	buf_wipe(&o->issuing_key);
	buf_fini(&o->issuing);
}

static struct leaf
leaf_new(const struct office *o, enum pki_kind kind)
{
	struct leaf l;

	make_csr(&l.key, &l.csr, "whatever it says");
	assert_int_equal(
	    issue(&o->issuing, &o->issuing_key, &l.csr, kind, &l.cert), ERR_OK);
	return l;
}

static void
leaf_end(struct leaf *l)
{
	buf_wipe(&l->key);
	buf_fini(&l->csr);
	buf_fini(&l->cert);
}

static enum err_code
verify(const struct buf *leaf, const struct buf *issuing,
    const struct office *o, enum pki_kind kind)
{
	const struct pki_chain chain = { crypto_part_buf(leaf),
		crypto_part_buf(issuing), crypto_part_buf(&o->root) };
	struct err e;

	return pki_verify_chain(&chain, &o->pin, kind, &e);
}

static void
each_kind_is_vouched_for_as_itself_only(void **state)
{
	struct office o = office_new();

	(void)state;
	for (int kind = PKI_DEVICE; kind <= PKI_SERVER; kind++) {
		struct leaf l = leaf_new(&o, (enum pki_kind)kind);

		for (int as = PKI_ROOT; as <= PKI_OTHER; as++)
			assert_int_equal(
			    verify(&l.cert, &o.issuing, &o, (enum pki_kind)as),
			    as == kind ? ERR_OK : ERR_AUTH);
		leaf_end(&l);
	}
	office_end(&o);
}

static void
a_certificate_says_what_its_profile_said(void **state)
{
	struct office o = office_new();
	struct leaf server = leaf_new(&o, PKI_SERVER),
	            device = leaf_new(&o, PKI_DEVICE);
	struct pki_info info, other;
	struct pki_csr_info csr;
	struct hash32 hash;
	struct buf der;
	struct err e;

	(void)state;
	assert_ok(pki_inspect(crypto_part_buf(&device.cert), &info, &e), &e);
	assert_string_equal(info.common_name, "dev-1");
	assert_string_equal(info.unit, "device");
	assert_int_equal(info.kind, PKI_DEVICE);
	assert_int_equal(info.not_before_ms, START_MS);
	assert_int_equal(info.not_after_ms, START_MS + (uint64_t)30 * DAY_MS);
	assert_int_equal(info.san_n, 0);
	assert_int_equal(strlen(info.serial), 32);

	assert_ok(pki_csr_inspect(crypto_part_buf(&device.csr), &csr, &e), &e);
	assert_string_equal(csr.common_name, "whatever it says");
	assert_true(hash32_equal(csr.spki_sha256, info.spki_sha256));
	assert_ok(
	    pki_spki_sha256(crypto_part_buf(&device.cert), &hash, &e), &e);
	assert_true(hash32_equal(hash, info.spki_sha256));

	assert_ok(pki_inspect(crypto_part_buf(&server.cert), &other, &e), &e);
	assert_int_equal(other.kind, PKI_SERVER);
	assert_int_equal(other.san_n, 4);
	assert_string_not_equal(other.serial, info.serial);
	assert_ok(pki_inspect(crypto_part_buf(&o.root), &other, &e), &e);
	assert_int_equal(other.kind, PKI_ROOT);
	assert_ok(pki_inspect(crypto_part_buf(&o.issuing), &other, &e), &e);
	assert_int_equal(other.kind, PKI_ISSUING);

	/* DER is as good as PEM, and hashes to the same. */
	buf_init(&der, PKI_INPUT_MAX);
	assert_ok(pki_cert_der(crypto_part_buf(&device.cert), &der, &e), &e);
	assert_true(hash32_equal(crypto_sha256(der.ptr, der.len), info.sha256));
	assert_ok(pki_inspect(crypto_part_buf(&der), &other, &e), &e);
	assert_memory_equal(&info, &other, sizeof(info));
	buf_fini(&der);
	leaf_end(&server);
	leaf_end(&device);
	office_end(&o);
}

static void
a_server_is_known_by_its_names_and_addresses(void **state)
{
	struct office o = office_new();
	struct leaf l = leaf_new(&o, PKI_SERVER);
	struct err e;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_ok(
		    pki_check_name(crypto_part_buf(&l.cert), host_names[i], &e),
		    &e);
	assert_int_equal(
	    pki_check_name(crypto_part_buf(&l.cert), "127.0.0.2", &e),
	    ERR_AUTH);
	assert_int_equal(
	    pki_check_name(crypto_part_buf(&l.cert), "other.example", &e),
	    ERR_AUTH);
	/* The common name is no host name. */
	assert_int_equal(
	    pki_check_name(crypto_part_buf(&l.cert), "office", &e), ERR_AUTH);
	leaf_end(&l);
	office_end(&o);
}

static void
a_chain_under_another_root_is_refused(void **state)
{
	struct office ours = office_new(), theirs = office_new();
	struct leaf l = leaf_new(&theirs, PKI_SERVER);
	struct pki_chain chain = { crypto_part_buf(&l.cert),
		crypto_part_buf(&theirs.issuing),
		crypto_part_buf(&theirs.root) };
	struct err e;

	(void)state;
	/* Their root in full, and under our pin. */
	assert_int_equal(
	    pki_verify_chain(&chain, &ours.pin, PKI_SERVER, &e), ERR_AUTH);
	assert_ok(pki_verify_chain(&chain, &theirs.pin, PKI_SERVER, &e), &e);
	/* Their chain, and our root, which has the same name. */
	assert_int_equal(
	    verify(&l.cert, &theirs.issuing, &ours, PKI_SERVER), ERR_AUTH);
	/* Their leaf, which an authority of the same name as ours issued. */
	assert_int_equal(
	    verify(&l.cert, &ours.issuing, &ours, PKI_SERVER), ERR_AUTH);
	leaf_end(&l);
	office_end(&ours);
	office_end(&theirs);
}

static void
a_leaf_is_no_authority(void **state)
{
	struct office o = office_new();
	struct leaf device = leaf_new(&o, PKI_DEVICE);
	struct buf key, csr, cert;

	(void)state;
	make_csr(&key, &csr, "dev-2");
	assert_int_equal(
	    issue(&device.cert, &device.key, &csr, PKI_DEVICE, &cert),
	    ERR_INVALID);
	/* What an attacker's own program would issue all the same: one with
	 * the device's key in the authority's place. */
	assert_int_equal(
	    issue(&o.issuing, &device.key, &csr, PKI_DEVICE, &cert),
	    ERR_INVALID);
	assert_int_equal(
	    verify(&device.cert, &device.cert, &o, PKI_DEVICE), ERR_AUTH);
	/* The wrong level: a root issues no device, an issuing authority no
	 * other authority. */
	assert_int_equal(
	    issue(&o.root, &o.root_key, &csr, PKI_DEVICE, &cert), ERR_INVALID);
	assert_int_equal(
	    issue(&o.issuing, &o.issuing_key, &csr, PKI_ISSUING, &cert),
	    ERR_INVALID);
	assert_int_equal(
	    issue(&o.issuing, &o.issuing_key, &csr, PKI_ROOT, &cert),
	    ERR_INVALID);
	/* An authority is nobody's leaf, and a chain has three levels. */
	assert_int_equal(
	    verify(&o.issuing, &o.issuing, &o, PKI_DEVICE), ERR_AUTH);
	assert_int_equal(
	    verify(&device.cert, &o.root, &o, PKI_DEVICE), ERR_AUTH);
	buf_wipe(&key);
	buf_fini(&csr);
	leaf_end(&device);
	office_end(&o);
}

static void
a_request_must_be_signed_by_its_key(void **state)
{
	struct office o = office_new();
	struct leaf l = leaf_new(&o, PKI_DEVICE);
	struct pki_csr_info info;
	struct buf cert;
	struct err e;
	char *p;

	(void)state;
	/* The last characters of the base64 are in the signature. */
	p = strstr(l.csr.ptr, "\n-----END");
	assert_non_null(p);
	while (*--p == '=')
		;
	p -= 8;
	*p = *p == 'A' ? 'B' : 'A';
	assert_int_equal(
	    pki_csr_inspect(crypto_part_buf(&l.csr), &info, &e), ERR_AUTH);
	assert_int_equal(
	    issue(&o.issuing, &o.issuing_key, &l.csr, PKI_DEVICE, &cert),
	    ERR_AUTH);
	leaf_end(&l);
	office_end(&o);
}

static void
a_profile_that_cannot_be_is_refused(void **state)
{
	struct office o = office_new();
	struct leaf l = leaf_new(&o, PKI_DEVICE);
	static const char *const comma[] = { "a.example,DNS:b.example" };
	static const char *const nul[] = { "" };
	const struct pki_issuer issuer = { crypto_part_buf(&o.issuing),
		crypto_part_buf(&o.issuing_key) };
	const struct pki_profile good = {
		.kind = PKI_DEVICE,
		.common_name = "x",
		.not_before_ms = START_MS,
		.not_after_ms = START_MS + DAY_MS,
	};
	struct pki_profile bad[6] = { good, good, good, good, good, good };
	struct buf cert;
	struct err e;

	(void)state;
	bad[0].common_name = "";
	bad[1].common_name = "two\nlines";
	bad[2].not_after_ms = good.not_before_ms;
	bad[3].kind = PKI_SERVER; /* without a name */
	bad[4].kind = bad[5].kind = PKI_SERVER;
	bad[4].san = comma;
	bad[5].san = nul;
	bad[4].san_n = bad[5].san_n = 1;
	buf_init(&cert, PKI_INPUT_MAX);
	for (int i = 0; i < 6; i++)
		assert_int_equal(pki_issue(&issuer, crypto_part_buf(&l.csr),
		                     &bad[i], &cert, &e),
		    ERR_INVALID);
	assert_int_equal(cert.len, 0);
	assert_ok(
	    pki_issue(&issuer, crypto_part_buf(&l.csr), &good, &cert, &e), &e);
	buf_fini(&cert);
	leaf_end(&l);
	office_end(&o);
}

static void
what_is_cut_or_followed_by_more_is_refused(void **state)
{
	struct office o = office_new();
	struct leaf l = leaf_new(&o, PKI_DEVICE);
	struct pki_csr_info csr;
	struct pki_info info;
	struct buf der, out;
	struct err e;

	(void)state;
	buf_init(&der, PKI_INPUT_MAX);
	buf_init(&out, PKI_INPUT_MAX);
	assert_ok(pki_cert_der(crypto_part_buf(&l.cert), &der, &e), &e);
	for (size_t len = 0; len < der.len; len++)
		assert_int_equal(
		    pki_inspect(crypto_part(der.ptr, len), &info, &e),
		    ERR_MALFORMED);
	/* Up to the line end behind the PEM, which may be missing. */
	for (size_t len = 0; len < l.cert.len - 1; len++)
		assert_int_equal(
		    pki_inspect(crypto_part(l.cert.ptr, len), &info, &e),
		    ERR_MALFORMED);
	for (size_t len = 0; len < l.csr.len - 1; len++)
		assert_int_equal(
		    pki_csr_inspect(crypto_part(l.csr.ptr, len), &csr, &e),
		    ERR_MALFORMED);
	for (size_t len = 0; len < l.key.len - 1; len++)
		assert_int_equal(
		    pki_csr_make(crypto_part(l.key.ptr, len), "x", &out, &e),
		    ERR_MALFORMED);
	assert_int_equal(
	    pki_csr_inspect(crypto_part_buf(&l.cert), &csr, &e), ERR_MALFORMED);
	assert_int_equal(
	    pki_inspect(crypto_part_buf(&l.csr), &info, &e), ERR_MALFORMED);
	assert_true(buf_add_char(&der, '\0'));
	assert_int_equal(
	    pki_inspect(crypto_part_buf(&der), &info, &e), ERR_MALFORMED);
	assert_true(buf_add_str(&l.cert, "x"));
	assert_int_equal(
	    pki_inspect(crypto_part_buf(&l.cert), &info, &e), ERR_MALFORMED);
	assert_int_equal(out.len, 0);
	buf_fini(&out);
	buf_fini(&der);
	leaf_end(&l);
	office_end(&o);
}

/* Each bit of the leaf's DER: it no longer parses, or is not vouched for. */
static void
a_certificate_with_any_bit_changed_is_refused(void **state)
{
	struct office o = office_new();
	struct leaf l = leaf_new(&o, PKI_DEVICE);
	struct buf der;
	struct err e;

	(void)state;
	buf_init(&der, PKI_INPUT_MAX);
	assert_ok(pki_cert_der(crypto_part_buf(&l.cert), &der, &e), &e);
	assert_int_equal(verify(&der, &o.issuing, &o, PKI_DEVICE), ERR_OK);
	for (size_t bit = 0; bit < der.len * 8; bit++) {
		enum err_code code;

		der.ptr[bit / 8] = (char)(der.ptr[bit / 8] ^ (1 << (bit % 8)));
		code = verify(&der, &o.issuing, &o, PKI_DEVICE);
		assert_true(code == ERR_AUTH || code == ERR_MALFORMED);
		der.ptr[bit / 8] = (char)(der.ptr[bit / 8] ^ (1 << (bit % 8)));
	}
	buf_fini(&der);
	leaf_end(&l);
	office_end(&o);
}

static void
random_bytes_are_no_certificate(void **state)
{
	struct rng r = rng_make(check_seed("garbage"));
	uint8_t data[600];
	struct pki_csr_info csr;
	struct pki_info info;
	struct err e;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		size_t len = (size_t)rng_below(&r, sizeof(data));

		rng_bytes(&r, data, len);
		if (len > 4) { /* so that some get past the first length */
			data[0] = 0x30;
			data[1] = 0x82;
			data[2] = (uint8_t)((len - 4) >> 8);
			data[3] = (uint8_t)(len - 4);
		}
		assert_int_equal(pki_inspect(crypto_part(data, len), &info, &e),
		    ERR_MALFORMED);
		assert_int_equal(
		    pki_csr_inspect(crypto_part(data, len), &csr, &e),
		    ERR_MALFORMED);
	}
}

static void
what_the_root_signs_is_checked_with_its_certificate(void **state)
{
	struct office o = office_new(), other = office_new();
	const struct crypto_part words = crypto_part_str("a statement");
	const struct crypto_part changed = crypto_part_str("a statemenT");
	struct buf sig;
	struct err e;

	(void)state;
	buf_init(&sig, PKI_SIG_MAX);
	assert_ok(pki_sign(crypto_part_buf(&o.root_key), words, &sig, &e), &e);
	assert_ok(pki_sign_check(crypto_part_buf(&o.root), words,
	              crypto_part_buf(&sig), &e),
	    &e);
	assert_int_equal(pki_sign_check(crypto_part_buf(&o.root), changed,
	                     crypto_part_buf(&sig), &e),
	    ERR_AUTH);
	assert_int_equal(pki_sign_check(crypto_part_buf(&other.root), words,
	                     crypto_part_buf(&sig), &e),
	    ERR_AUTH);
	assert_int_equal(pki_sign_check(crypto_part_buf(&o.root), words,
	                     crypto_part(sig.ptr, sig.len - 1), &e),
	    ERR_AUTH);
	assert_int_equal(
	    pki_sign_check(words, words, crypto_part_buf(&sig), &e),
	    ERR_MALFORMED);
	buf_fini(&sig);
	office_end(&o);
	office_end(&other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_is_vouched_for_as_itself_only),
		cmocka_unit_test(a_certificate_says_what_its_profile_said),
		cmocka_unit_test(a_server_is_known_by_its_names_and_addresses),
		cmocka_unit_test(
		    what_the_root_signs_is_checked_with_its_certificate),
		cmocka_unit_test(a_chain_under_another_root_is_refused),
		cmocka_unit_test(a_leaf_is_no_authority),
		cmocka_unit_test(a_request_must_be_signed_by_its_key),
		cmocka_unit_test(a_profile_that_cannot_be_is_refused),
		cmocka_unit_test(what_is_cut_or_followed_by_more_is_refused),
		cmocka_unit_test(a_certificate_with_any_bit_changed_is_refused),
		cmocka_unit_test(random_bytes_are_no_certificate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
