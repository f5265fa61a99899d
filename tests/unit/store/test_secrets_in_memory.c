/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Promise P6, as far as the key slots carry it: once whoever held the database
 * key has wiped it, no key is left anywhere in the process.  The scan knows
 * what it looks for in a masked form only, or it would find itself; and it has
 * to find each key while it is held.
 */
#include "tests/support/check.h"

#include "common/base/enc.h"
#include "common/base/file.h"
#include "common/base/rng.h"
#include "common/store/keyslot.h"
#include "common/store/keyslot_int.h"
#include "common/sys/crypto.h"
#include "common/sys/pki.h"

#define MASK 0xa5U

/* A key with each byte XORed with MASK. */
struct masked {
	uint8_t b[SECRET_KEY_LEN];
};

static struct masked
mask(const uint8_t key[static SECRET_KEY_LEN])
{
	struct masked m;

	for (size_t i = 0; i < sizeof(m.b); i++)
		m.b[i] = (uint8_t)(key[i] ^ MASK);
	return m;
}

static bool
is_at(const uint8_t *p, const struct masked *m)
{
	for (size_t i = 0; i < sizeof(m->b); i++)
		if ((p[i] ^ MASK) != m->b[i])
			return false;
	return true;
}

/* How often the key lies in the process's writable memory. */
static size_t
count(const struct masked *m)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512];
	size_t n = 0, bytes = 0;

	assert_non_null(maps);
	/* "FROM-TO rw-p ..." */
	while (fgets(line, sizeof(line), maps) != NULL) {
		char *rest;
		uintptr_t from = strtoul(line, &rest, 16);
		uintptr_t to = strtoul(rest + 1, &rest, 16);

		if (strncmp(rest, " rw", 3) != 0)
			continue;
		bytes += to - from;
		/* NOLINTNEXTLINE(performance-no-int-to-ptr): the own memory */
		for (const uint8_t *p = (const uint8_t *)from;
		     p + sizeof(m->b) <= (const uint8_t *)to; p++)
			n += is_at(p, m);
	}
	assert_int_equal(fclose(maps), 0);
	assert_true(bytes > 100000);
	return n;
}

/* What Argon2id makes of the passphrase of slot 0. */
static struct masked
pmk_of(const char *path, struct crypto_part passphrase)
{
	struct keyslot_file f;
	struct secret_key pmk;
	struct masked m;
	struct buf b;
	struct err e;

	buf_init(&b, KEYSLOT_FILE_LEN);
	assert_ok(file_load(path, &b, &e), &e);
	assert_ok(keyslot_dec(crypto_part(b.ptr, b.len), &f, &e), &e);
	assert_ok(kdf_argon2id(f.slots[0].entry.params, passphrase,
	              &f.slots[0].salt, &pmk, &e),
	    &e);
	m = mask(pmk.b);
	assert_int_not_equal(count(&m), 0);
	secret_wipe(&pmk, sizeof(pmk));
	buf_fini(&b);
	return m;
}

/* What HKDF makes of the database key before it makes keys of that. */
static struct masked
prk_of(const struct secret_key *dbkey)
{
	const struct crypto_part ikm = crypto_part(dbkey->b, sizeof(dbkey->b));
	struct hash32 prk;
	struct masked m;

	kdf_hkdf_extract(crypto_part(NULL, 0), &ikm, 1, &prk);
	m = mask(prk.b);
	assert_int_not_equal(count(&m), 0);
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
	struct masked db_masked, page_masked, recovery_masked, pmk_masked,
	    prk_masked;
	char path[FILE_PATH_MAX];
	struct err e;

	(void)state;
	seal_key_make(&recovery);
	pub = seal_pub_of(&recovery);
	assert_true(file_join(path, folder.path, "keys"));
	assert_ok(keyslot_create(path, &make, &dbkey, &e), &e);
	keyslot_page_key(&dbkey, &page);
	db_masked = mask(dbkey.b);
	page_masked = mask(page.b);
	recovery_masked = mask(recovery.b);
	pmk_masked = pmk_of(path, first.text);
	prk_masked = prk_of(&dbkey);
	assert_int_not_equal(count(&db_masked), 0);
	assert_int_not_equal(count(&page_masked), 0);
	assert_int_not_equal(count(&recovery_masked), 0);
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
	assert_int_equal(count(&db_masked), 0);
	assert_int_equal(count(&page_masked), 0);
	assert_int_equal(count(&pmk_masked), 0);
	assert_int_equal(count(&prk_masked), 0);
	assert_int_equal(count(&recovery_masked), 0);
	check_folder_end(&folder);
}

static void
signing_and_sealing_leave_no_key_behind(void **state)
{
	const struct crypto_part none = crypto_part(NULL, 0);
	struct masked sign_masked, seal_masked, aead_masked;
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
	sign_masked = mask(sign.b);
	seal_masked = mask(seal.b);
	rng_fill(aead.b, sizeof(aead.b));
	aead_masked = mask(aead.b);
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
	assert_int_not_equal(count(&sign_masked), 0);
	assert_int_not_equal(count(&seal_masked), 0);
	assert_int_not_equal(count(&aead_masked), 0);
	signer_free(s);
	secret_wipe(&sign, sizeof(sign));
	secret_wipe(&seal, sizeof(seal));
	secret_wipe(&aead, sizeof(aead));
	assert_int_equal(count(&sign_masked), 0);
	assert_int_equal(count(&seal_masked), 0);
	assert_int_equal(count(&aead_masked), 0);
}

/* The private number in a P-256 key in PEM: bytes 36 to 67 of the PKCS #8. */
static void
scalar_of(
    const struct buf *pem, struct masked *text_out, struct masked *scalar_out)
{
	static const char begin[] = "-----BEGIN PRIVATE KEY-----\n";
	const char *p = pem->ptr + sizeof(begin) - 1;
	char text[256];
	uint8_t der[192];
	size_t n = 0, len;

	assert_memory_equal(pem->ptr, begin, sizeof(begin) - 1);
	for (; *p != '-'; p++)
		if (*p != '\n' && n < sizeof(text))
			text[n++] = *p;
	assert_true(enc_base64_parse(text, n, der, sizeof(der), &len));
	*text_out = mask((const uint8_t *)pem->ptr + sizeof(begin) - 1 + 48);
	*scalar_out = mask(der + 36);
	secret_wipe(der, sizeof(der));
	secret_wipe(text, sizeof(text));
}

static void
tls_keys_leave_nothing_behind(void **state)
{
	const struct pki_profile profile = { .common_name = "root",
		.not_after_ms = 1000 };
	struct masked text, scalar;
	struct buf key, csr, cert;
	struct err e;

	(void)state;
	buf_init(&key, PKI_INPUT_MAX);
	buf_init(&csr, PKI_INPUT_MAX);
	buf_init(&cert, PKI_INPUT_MAX);
	assert_ok(pki_key_make(&key, &e), &e);
	scalar_of(&key, &text, &scalar);
	assert_int_not_equal(count(&text), 0);
	assert_ok(
	    pki_csr_make(crypto_part(key.ptr, key.len), "x", &csr, &e), &e);
	assert_ok(
	    pki_root_make(crypto_part(key.ptr, key.len), &profile, &cert, &e),
	    &e);
	buf_wipe(&key);
	assert_int_equal(count(&text), 0);
	assert_int_equal(count(&scalar), 0);
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
	if (cmocka_run_group_tests(sanitized, NULL, NULL) == 0)
		return 0;
#endif
	return cmocka_run_group_tests(tests, NULL, NULL);
}
