/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include <pthread.h>

#include "common/sys/crypto.h"
#include "common/sys/crypto_kdf_int.h"
#include "tests/support/vector.h"

/* FIPS 180-4 examples. */
static void
sha256_is_that_of_the_standard(void **state)
{
	const struct crypto_part parts[] = { crypto_part_str("a"),
		crypto_part(NULL, 0), crypto_part_str("bc") };
	struct crypto_hasher *h = crypto_hasher_new();
	struct hash32 abc;

	(void)state;
	assert_hex(crypto_sha256(NULL, 0).b, 32,
	    "e3b0c44298fc1c149afbf4c8996fb924"
	    "27ae41e4649b934ca495991b7852b855");
	abc = crypto_sha256("abc", 3);
	assert_hex(abc.b, 32,
	    "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad");
	assert_true(hash32_equal(crypto_sha256_parts(parts, 3), abc));
	for (int round = 0; round < 2; round++) {
		crypto_hasher_add(h, "ab", 2);
		/* Another hash on the same thread does not disturb it. */
		assert_false(hash32_equal(crypto_sha256("x", 1), abc));
		crypto_hasher_add(h, "c", 1);
		assert_true(hash32_equal(crypto_hasher_take(h), abc));
	}
	crypto_hasher_free(h);
	crypto_hasher_free(NULL);
}

static void *
hash_many(void *arg)
{
	const struct hash32 want = crypto_sha256("abc", 3);
	bool *same = arg;

	*same = true;
	for (int i = 0; i < 20000; i++)
		*same = *same && hash32_equal(crypto_sha256("abc", 3), want);
	return NULL;
}

/* Each thread has a context of its own; it is freed at the thread's end, or
 * the leak checker speaks. */
static void
threads_do_not_disturb_each_other(void **state)
{
	pthread_t threads[4];
	bool same[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, hash_many, &same[i]), 0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_true(same[i]);
	}
}

/* RFC 4231 cases 2 and 6 (a key longer than a block). */
static void
hmac_is_that_of_rfc_4231(void **state)
{
	const struct crypto_part parts[] = {
		crypto_part_str("what do ya want "),
		crypto_part_str("for nothing?"),
	};
	const struct crypto_part long_data = crypto_part_str(
	    "Test Using Larger Than Block-Size Key - Hash Key First");
	struct hash32 mac;
	uint8_t key[131];

	(void)state;
	crypto_hmac_sha256(crypto_part_str("Jefe"), parts, 2, &mac);
	assert_hex(mac.b, 32,
	    "5bdcc146bf60754e6a042426089575c7"
	    "5a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof(key));
	crypto_hmac_sha256(crypto_part(key, sizeof(key)), &long_data, 1, &mac);
	assert_hex(mac.b, 32,
	    "60e431591ee0b67f0d8a26aacbf5b77f"
	    "8e0bc6213728c5140546040f0ee37f54");
}

/* RFC 5869 appendix A, cases 1 to 3. */
static void
hkdf_is_that_of_rfc_5869(void **state)
{
	uint8_t ikm[80], salt[80], info[80], okm[82];

	(void)state;
	memset(ikm, 0x0b, 22);
	for (int i = 0; i < 80; i++) {
		salt[i] = (uint8_t)i;
		info[i] = (uint8_t)(0xf0 + i);
	}
	kdf_hkdf(crypto_part(salt, 13), crypto_part(ikm, 22),
	    crypto_part(info, 10), okm, 42);
	assert_hex(okm, 42,
	    "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
	    "34007208d5b887185865");
	kdf_hkdf(crypto_part(NULL, 0), crypto_part(ikm, 22),
	    crypto_part(NULL, 0), okm, 42);
	assert_hex(okm, 42,
	    "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
	    "9d201395faa4b61a96c8");
	for (int i = 0; i < 80; i++) {
		ikm[i] = (uint8_t)i;
		salt[i] = (uint8_t)(0x60 + i);
		info[i] = (uint8_t)(0xb0 + i);
	}
	kdf_hkdf(crypto_part(salt, 80), crypto_part(ikm, 80),
	    crypto_part(info, 80), okm, 82);
	assert_hex(okm, 82,
	    "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
	    "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
	    "cc30c58179ec3e87c14c01d5c1f3434f1d87");
}

/* RFC 9106 section 5.3. */
static void
argon2id_is_that_of_rfc_9106(void **state)
{
	const struct kdf_params params = {
		.memory_kib = 32, .passes = 3, .lanes = 4
	};
	uint8_t pass[32] = { 0 }, salt[16] = { 0 };
	uint8_t secret[8] = { 0 }, ad[12] = { 0 };
	const struct kdf_argon2_input in = { crypto_part(pass, 32),
		crypto_part(salt, 16), crypto_part(secret, 8),
		crypto_part(ad, 12) };
	struct secret_key key;
	struct err e;

	(void)state;
	memset(pass, 1, sizeof(pass));
	memset(salt, 2, sizeof(salt));
	memset(secret, 3, sizeof(secret));
	memset(ad, 4, sizeof(ad));
	assert_ok(kdf_argon2id_raw(params, &in, &key, &e), &e);
	assert_hex(key.b, 32,
	    "0d640df58d78766c08c037a34a8b53c9"
	    "d01ef0452d75b65eb52520e96b01e659");
}

static void
argon2id_refuses_what_is_below_the_floor_or_above_the_ceiling(void **state)
{
	const struct kdf_params floor = KDF_FLOOR;
	struct kdf_params bad[6];
	struct kdf_salt salt = { { 1 } };
	struct secret_key key = { { 0 } }, other;
	const struct secret_key untouched = key;
	char too_long[KDF_PASS_MAX + 1];
	struct err e;

	(void)state;
	for (int i = 0; i < 6; i++)
		bad[i] = floor;
	bad[0].memory_kib--;
	bad[1].passes--;
	bad[2].lanes = 0;
	bad[3].memory_kib = UINT32_MAX;
	bad[4].passes = UINT32_MAX;
	bad[5].lanes = 17;
	for (int i = 0; i < 6; i++)
		assert_int_equal(
		    kdf_argon2id(bad[i], crypto_part_str("x"), &salt, &key, &e),
		    ERR_INVALID);
	memset(too_long, 'x', sizeof(too_long));
	assert_int_equal(
	    kdf_argon2id(floor, crypto_part(too_long, sizeof(too_long)), &salt,
	        &key, &e),
	    ERR_INVALID);
	assert_memory_equal(&key, &untouched, sizeof(key));

	assert_ok(
	    kdf_argon2id(floor, crypto_part_str("x"), &salt, &key, &e), &e);
	assert_ok(
	    kdf_argon2id(floor, crypto_part_str("x "), &salt, &other, &e), &e);
	assert_memory_not_equal(&key, &other, sizeof(key));
}

/* RFC 8032 section 7.1, tests 1 to 3. */
static void
signatures_are_those_of_rfc_8032(void **state)
{
	static const struct {
		const char *key, *pub, *msg, *sig;
	} cases[] = {
		{ "9d61b19deffd5a60ba844af492ec2cc4"
		  "4449c5697b326919703bac031cae7f60",
		    "d75a980182b10ab7d54bfed3c964073a"
		    "0ee172f3daa62325af021a68f707511a",
		    "",
		    "e5564300c360ac729086e2cc806e828a"
		    "84877f1eb8e5d974d873e06522490155"
		    "5fb8821590a33bacc61e39701cf9b46b"
		    "d25bf5f0595bbe24655141438e7a100b" },
		{ "4ccd089b28ff96da9db6c346ec114e0f"
		  "5b8a319f35aba624da8cf6ed4fb8a6fb",
		    "3d4017c3e843895a92b70aa74d1b7ebc"
		    "9c982ccf2ec4968cc0cd55f12af4660c",
		    "72",
		    "92a009a9f0d4cab8720e820b5f642540"
		    "a2b27b5416503f8fb3762223ebdb69da"
		    "085ac1e43e15996e458f3613d0f11d8c"
		    "387b2eaeb4302aeeb00d291612bb0c00" },
		{ "c5aa8df43f9f837bedb7442f31dcb7b1"
		  "66d38535076f094b85ce3a2e0b4458f7",
		    "fc51cd8e6218a1a38da47ed00230f058"
		    "0816ed13ba3303ac5deb911548908025",
		    "af82",
		    "6291d657deec24024827e69c3abe01a3"
		    "0ce548a284743a445e3680d7db5ac3ac"
		    "18ff9b538d16f290ae67f760984dc659"
		    "4a7c15e9716ed28dc027beceea1ec40a" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vector msg = unhex(cases[i].msg);
		struct sign_key key;
		struct sign_pub pub;
		struct signer *s;
		struct sign_sig sig, again;

		memcpy(key.b, unhex(cases[i].key).b, sizeof(key.b));
		pub = sign_pub_of(&key);
		s = signer_new(&key);
		assert_hex(pub.b, 32, cases[i].pub);
		assert_memory_equal(signer_pub(s).b, pub.b, 32);
		sign_make(&key, msg.b, msg.len, &sig);
		assert_hex(sig.b, 64, cases[i].sig);
		signer_make(s, msg.b, msg.len, &again);
		assert_memory_equal(&sig, &again, sizeof(sig));
		assert_true(sign_check(&pub, msg.b, msg.len, &sig));
		signer_free(s);
	}
	signer_free(NULL);
}

static struct sign_key
new_key(void)
{
	struct sign_key key;

	sign_key_make(&key);
	return key;
}

static void
a_signature_with_any_bit_changed_is_refused(void **state)
{
	struct sign_key key = new_key();
	struct sign_pub pub = sign_pub_of(&key), other;
	char msg[] = "He said yes.";
	struct sign_sig sig;

	(void)state;
	sign_make(&key, msg, sizeof(msg), &sig);
	assert_true(sign_check(&pub, msg, sizeof(msg), &sig));
	for (size_t bit = 0; bit < sizeof(sig.b) * 8; bit++) {
		sig.b[bit / 8] ^= (uint8_t)(1U << (bit % 8));
		assert_false(sign_check(&pub, msg, sizeof(msg), &sig));
		sig.b[bit / 8] ^= (uint8_t)(1U << (bit % 8));
	}
	for (size_t bit = 0; bit < sizeof(msg) * 8; bit++) {
		msg[bit / 8] = (char)(msg[bit / 8] ^ (1 << (bit % 8)));
		assert_false(sign_check(&pub, msg, sizeof(msg), &sig));
		msg[bit / 8] = (char)(msg[bit / 8] ^ (1 << (bit % 8)));
	}
	for (size_t bit = 0; bit < sizeof(pub.b) * 8; bit++) {
		other = pub;
		other.b[bit / 8] ^= (uint8_t)(1U << (bit % 8));
		assert_false(sign_check(&other, msg, sizeof(msg), &sig));
	}
	assert_false(sign_check(&pub, msg, sizeof(msg) - 1, &sig));
	assert_false(sign_check(&pub, msg, 0, &sig));
}

/* S + L is the same scalar in another spelling; whoever takes it lets a
 * stranger turn one signature into a second. */
static void
a_malleable_signature_is_refused(void **state)
{
	struct vector order = unhex("edd3f55c1a631258d69cf7a2def9de14"
	                            "00000000000000000000000000000010");
	struct sign_key key = new_key();
	struct sign_pub pub = sign_pub_of(&key);
	struct sign_sig sig;
	unsigned carry = 0;

	(void)state;
	sign_make(&key, "x", 1, &sig);
	for (size_t i = 0; i < 32; i++) {
		carry += sig.b[32 + i] + (unsigned)order.b[i];
		sig.b[32 + i] = (uint8_t)carry;
		carry >>= 8;
	}
	assert_int_equal(carry, 0);
	assert_false(sign_check(&pub, "x", 1, &sig));
}

/* With the neutral element as key and as R, and S = 0, the equation holds for
 * every message. */
static void
a_key_of_small_order_signs_nothing(void **state)
{
	static const char *const keys[] = {
		"00000000000000000000000000000000000000000000000000000000000000"
		"00",
		"01000000000000000000000000000000000000000000000000000000000000"
		"00",
		"01000000000000000000000000000000000000000000000000000000000000"
		"80",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
		"7f",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc"
		"85",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
		"ff",
	};
	struct sign_sig sig = { { 1 } };
	struct sign_key key = new_key();
	struct sign_pub pub = sign_pub_of(&key);

	(void)state;
	assert_true(sign_pub_is_sound(&pub));
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		memcpy(pub.b, unhex(keys[i]).b, sizeof(pub.b));
		assert_false(sign_pub_is_sound(&pub));
		assert_false(sign_check(&pub, "x", 1, &sig));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sha256_is_that_of_the_standard),
		cmocka_unit_test(threads_do_not_disturb_each_other),
		cmocka_unit_test(hmac_is_that_of_rfc_4231),
		cmocka_unit_test(hkdf_is_that_of_rfc_5869),
		cmocka_unit_test(argon2id_is_that_of_rfc_9106),
		cmocka_unit_test(
		    argon2id_refuses_what_is_below_the_floor_or_above_the_ceiling),
		cmocka_unit_test(signatures_are_those_of_rfc_8032),
		cmocka_unit_test(a_signature_with_any_bit_changed_is_refused),
		cmocka_unit_test(a_malleable_signature_is_refused),
		cmocka_unit_test(a_key_of_small_order_signs_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
