/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Promise P6, as far as the key slots carry it: once whoever held the database
 * key has wiped it, no key is left anywhere in the process.  The scan has
 * to find each key while it is held.
 */
#include "tests/support/check.h"

#include "common/base/file.h"
#include "common/base/rng.h"
#include "common/store/keyslot.h"
#include "common/store/keyslot_int.h"
#include "common/sys/crypto.h"
#include "common/sys/pki.h"
#include "tests/support/memory_scan.h"

/* What Argon2id makes of the passphrase of slot 0. */
static struct memory_mask
pmk_of(const char *path, struct crypto_part passphrase)
{
	struct keyslot_file f;
	struct secret_key pmk;
	struct memory_mask m;
	struct buf b;
	struct err e;

	buf_init(&b, KEYSLOT_FILE_LEN);
	assert_ok(file_load(path, &b, &e), &e);
	assert_ok(keyslot_dec(crypto_part(b.ptr, b.len), &f, &e), &e);
	assert_ok(kdf_argon2id(f.slots[0].entry.params, passphrase,
	              &f.slots[0].salt, &pmk, &e),
	    &e);
	m = memory_mask(pmk.b);
	assert_int_not_equal(memory_count(&m), 0);
	secret_wipe(&pmk, sizeof(pmk));
	buf_fini(&b);
	return m;
}

/* What HKDF makes of the database key before it makes keys of that. */
static struct memory_mask
prk_of(const struct secret_key *dbkey)
{
	const struct crypto_part ikm = crypto_part(dbkey->b, sizeof(dbkey->b));
	struct hash32 prk;
	struct memory_mask m;

	kdf_hkdf_extract(crypto_part(NULL, 0), &ikm, 1, &prk);
	m = memory_mask(prk.b);
	assert_int_not_equal(memory_count(&m), 0);
	secret_wipe(&prk, sizeof(prk));
	return m;
}

static void
opening_and_changing_leave_no_key_behind(void **state)
{
	struct check_folder folder = check_folder_new();
	struct seal_key recovery;
	struct seal_pub pub;
	const struct keyslot_pass first = { crypto_part_str("old words"),
		KDF_FLOOR, 0 },
	                          second = { crypto_part_str("new words"),
		                          KDF_FLOOR, 0 };
	const struct keyslot_new make = { .pass = first, .recovery = &pub };
	struct secret_key dbkey, page;
	struct memory_mask db_masked, page_masked, recovery_masked, pmk_masked,
	    prk_masked;
	char path[FILE_PATH_MAX];
	struct err e;

	(void)state;
	seal_key_make(&recovery);
	pub = seal_pub_of(&recovery);
	assert_true(file_join(path, folder.path, "keys"));
	assert_ok(keyslot_create(path, &make, &dbkey, &e), &e);
	keyslot_page_key(&dbkey, &page);
	db_masked = memory_mask(dbkey.b);
	page_masked = memory_mask(page.b);
	recovery_masked = memory_mask(recovery.b);
	pmk_masked = pmk_of(path, first.text);
	prk_masked = prk_of(&dbkey);
	assert_int_not_equal(memory_count(&db_masked), 0);
	assert_int_not_equal(memory_count(&page_masked), 0);
	assert_int_not_equal(memory_count(&recovery_masked), 0);
	secret_wipe(&dbkey, sizeof(dbkey));

	assert_ok(keyslot_open(path, first.text, &dbkey, NULL, &e), &e);
	secret_wipe(&dbkey, sizeof(dbkey));
	assert_ok(keyslot_change_passphrase(path, first.text, &second, &e), &e);
	assert_int_equal(
	    keyslot_open(path, first.text, &dbkey, NULL, &e), ERR_AUTH);
	assert_ok(keyslot_recover(path, &recovery, &dbkey, &e), &e);
	secret_wipe(&dbkey, sizeof(dbkey));
	secret_wipe(&page, sizeof(page));
	secret_wipe(&recovery, sizeof(recovery));
	assert_int_equal(memory_count(&db_masked), 0);
	assert_int_equal(memory_count(&page_masked), 0);
	assert_int_equal(memory_count(&pmk_masked), 0);
	assert_int_equal(memory_count(&prk_masked), 0);
	assert_int_equal(memory_count(&recovery_masked), 0);
	check_folder_end(&folder);
}

static void
signing_and_sealing_leave_no_key_behind(void **state)
{
	const struct crypto_part none = crypto_part(NULL, 0);
	struct memory_mask sign_masked, seal_masked, aead_masked;
	struct sign_key sign;
	struct seal_key seal;
	struct seal_pub pub;
	struct secret_key aead;
	struct signer *s;
	struct sign_sig sig;
	struct buf sealed, opened;
	struct err e;

	(void)state;
	sign_key_make(&sign);
	seal_key_make(&seal);
	pub = seal_pub_of(&seal);
	s = signer_new(&sign);
	sign_masked = memory_mask(sign.b);
	seal_masked = memory_mask(seal.b);
	rng_fill(aead.b, sizeof(aead.b));
	aead_masked = memory_mask(aead.b);
	buf_init(&sealed, 100);
	buf_init(&opened, 100);
	sign_make(&sign, "x", 1, &sig);
	signer_make(s, "x", 1, &sig);
	assert_ok(seal_make(&pub, none, none, none, &sealed, &e), &e);
	assert_ok(seal_open(&seal, none, none,
	              crypto_part(sealed.ptr, sealed.len), &opened, &e),
	    &e);
	buf_reset(&sealed);
	assert_ok(aead_seal(&aead, none, none, &sealed, &e), &e);
	assert_ok(aead_open(&aead, none, crypto_part(sealed.ptr, sealed.len),
	              &opened, &e),
	    &e);
	buf_fini(&sealed);
	buf_fini(&opened);
	assert_int_not_equal(memory_count(&sign_masked), 0);
	assert_int_not_equal(memory_count(&seal_masked), 0);
	assert_int_not_equal(memory_count(&aead_masked), 0);
	signer_free(s);
	secret_wipe(&sign, sizeof(sign));
	secret_wipe(&seal, sizeof(seal));
	secret_wipe(&aead, sizeof(aead));
	assert_int_equal(memory_count(&sign_masked), 0);
	assert_int_equal(memory_count(&seal_masked), 0);
	assert_int_equal(memory_count(&aead_masked), 0);
}

static void
tls_keys_leave_nothing_behind(void **state)
{
	const struct pki_profile profile = { .common_name = "root",
		.not_after_ms = 1000 };
	struct memory_mask text, scalar;
	struct buf key, csr, cert;
	struct err e;

	(void)state;
	buf_init(&key, PKI_INPUT_MAX);
	buf_init(&csr, PKI_INPUT_MAX);
	buf_init(&cert, PKI_INPUT_MAX);
	assert_ok(pki_key_make(&key, &e), &e);
	memory_mask_key(&key, &text, &scalar);
	assert_int_not_equal(memory_count(&text), 0);
	assert_ok(
	    pki_csr_make(crypto_part(key.ptr, key.len), "x", &csr, &e), &e);
	assert_ok(
	    pki_root_make(crypto_part(key.ptr, key.len), &profile, &cert, &e),
	    &e);
	buf_wipe(&key);
	assert_int_equal(memory_count(&text), 0);
	assert_int_equal(memory_count(&scalar), 0);
	buf_fini(&csr);
	buf_fini(&cert);
}

#ifdef __SANITIZE_ADDRESS__
/* The sanitizer keeps terabytes of its own, and freed memory. */
static void
memory_cannot_be_searched_under_a_sanitizer(void **state)
{
	(void)state;
	skip();
}
static const struct CMUnitTest sanitized[] = {
	cmocka_unit_test(memory_cannot_be_searched_under_a_sanitizer),
};
#endif

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opening_and_changing_leave_no_key_behind),
		cmocka_unit_test(signing_and_sealing_leave_no_key_behind),
		cmocka_unit_test(tls_keys_leave_nothing_behind),
	};

#ifdef __SANITIZE_ADDRESS__
	(void)tests;
	return cmocka_run_group_tests(sanitized, NULL, NULL);
#else
	return cmocka_run_group_tests(tests, NULL, NULL);
#endif
}
