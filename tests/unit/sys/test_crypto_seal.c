/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include "common/base/rng.h"
#include "common/sys/crypto.h"
#include "common/sys/crypto_seal_int.h"
#include "tests/support/vector.h"

static struct seal_key
new_key(void)
{
	struct seal_key key;

	seal_key_make(&key);
	return key;
}

/* RFC 9180 appendix A.2.1, the first encryption. */
static void
sealing_is_that_of_rfc_9180(void **state)
{
	struct vector info = unhex("4f6465206f6e2061204772656369616e2055726e");
	struct vector aad = unhex("436f756e742d30");
	struct vector plain =
	    unhex("4265617574792069732074727574682c20747275746820626561757479");
	const struct crypto_part info_aad[2] = { vector_part(&info),
		vector_part(&aad) };
	struct seal_key ephemeral, key;
	struct seal_pub pub;
	struct buf sealed, opened;
	struct err e;

	(void)state;
	memcpy(ephemeral.b,
	    unhex("f4ec9b33b792c372c1d2c2063507b684"
	          "ef925b8c75a42dbcbf57d63ccd381600")
	        .b,
	    32);
	memcpy(key.b,
	    unhex("8057991eef8f1f1af18f4a9491d16a1c"
	          "e333f695d4db8e38da75975c4478e0fb")
	        .b,
	    32);
	pub = seal_pub_of(&key);
	assert_hex(pub.b, 32,
	    "4310ee97d88cc1f088a5576c77ab0cf5"
	    "c3ac797f3d95139c6c84b5429c59662a");
	buf_init(&sealed, 1000);
	assert_ok(seal_make_with(&ephemeral, &pub, info_aad,
	              vector_part(&plain), &sealed, &e),
	    &e);
	assert_hex(sealed.ptr, sealed.len,
	    "1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a"
	    "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db"
	    "21993c62ce81883d2dd1b51a28");
	buf_init(&opened, 1000);
	assert_ok(seal_open(&key, vector_part(&info), vector_part(&aad),
	              crypto_part(sealed.ptr, sealed.len), &opened, &e),
	    &e);
	assert_int_equal(opened.len, plain.len);
	assert_memory_equal(opened.ptr, plain.b, plain.len);
	buf_fini(&sealed);
	buf_wipe(&opened);
}

static void
a_sealed_message_opens_whole_or_not_at_all(void **state)
{
	const struct crypto_part info = crypto_part_str("info"),
	                         aad = crypto_part_str("aad"),
	                         plain = crypto_part_str("plain"),
	                         none = crypto_part(NULL, 0);
	struct seal_key key = new_key(), other = new_key();
	struct seal_pub pub = seal_pub_of(&key);
	struct crypto_part sealed;
	struct buf b, opened;
	struct err e;

	(void)state;
	buf_init(&b, 1000);
	buf_init(&opened, 1000);
	assert_true(buf_add_str(&opened, "kept"));
	assert_ok(seal_make(&pub, info, aad, plain, &b, &e), &e);
	sealed = crypto_part(b.ptr, b.len);
	assert_int_equal(sealed.len, plain.len + SEAL_EXTRA_LEN);
	for (size_t bit = 0; bit < b.len * 8; bit++) {
		/* X25519 ignores the top bit of a point, but the schedule
		 * binds the bytes. */
		b.ptr[bit / 8] = (char)(b.ptr[bit / 8] ^ (1 << (bit % 8)));
		assert_int_equal(
		    seal_open(&key, info, aad, sealed, &opened, &e),
		    ERR_MALFORMED);
		b.ptr[bit / 8] = (char)(b.ptr[bit / 8] ^ (1 << (bit % 8)));
	}
	for (size_t len = 0; len < b.len; len++)
		assert_int_equal(seal_open(&key, info, aad,
		                     crypto_part(b.ptr, len), &opened, &e),
		    ERR_MALFORMED);
	assert_int_equal(
	    seal_open(&other, info, aad, sealed, &opened, &e), ERR_MALFORMED);
	assert_int_equal(
	    seal_open(&key, aad, aad, sealed, &opened, &e), ERR_MALFORMED);
	assert_int_equal(
	    seal_open(&key, info, none, sealed, &opened, &e), ERR_MALFORMED);
	assert_string_equal(opened.ptr, "kept");
	assert_ok(seal_open(&key, info, aad, sealed, &opened, &e), &e);
	assert_string_equal(opened.ptr, "keptplain");
	buf_fini(&b);
	buf_wipe(&opened);

	buf_init(&b, SEAL_EXTRA_LEN + 4);
	assert_int_equal(
	    seal_make(&pub, info, aad, plain, &b, &e), ERR_INVALID);
	assert_int_equal(b.len, 0);
	buf_reset(&b);
	assert_ok(seal_make(&pub, none, none, none, &b, &e), &e);
	assert_int_equal(b.len, SEAL_EXTRA_LEN);
	buf_init(&opened, 0);
	assert_ok(
	    seal_open(&key, none, none, crypto_part(b.ptr, b.len), &opened, &e),
	    &e);
	assert_int_equal(opened.len, 0);
	buf_fini(&opened);
	buf_fini(&b);
}

/* RFC 7748 section 6.1: the shared point would be zero, known to all. */
static void
points_of_small_order_fail(void **state)
{
	static const char *const points[] = {
		"00000000000000000000000000000000000000000000000000000000000000"
		"00",
		"01000000000000000000000000000000000000000000000000000000000000"
		"00",
		"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b8"
		"00",
		"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f11"
		"57",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
		"7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
		"7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
		"7f",
	};
	const struct crypto_part none = crypto_part(NULL, 0);
	struct seal_key key = new_key();
	uint8_t sealed[SEAL_EXTRA_LEN + 5] = { 0 };
	struct seal_pub pub;
	struct buf b;
	struct err e;

	(void)state;
	buf_init(&b, 1000);
	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		memcpy(pub.b, unhex(points[i]).b, sizeof(pub.b));
		assert_int_equal(
		    seal_make(&pub, none, none, none, &b, &e), ERR_INVALID);
		memcpy(sealed, pub.b, sizeof(pub.b));
		assert_int_equal(
		    seal_open(&key, none, none,
		        crypto_part(sealed, sizeof(sealed)), &b, &e),
		    ERR_MALFORMED);
	}
	assert_int_equal(b.len, 0);
	buf_fini(&b);
}

/* The GCM specification's test case 14. */
static void
aead_is_aes_256_gcm(void **state)
{
	struct vector sealed = unhex("000000000000000000000000"
	                             "cea7403d4d606b6e074ec5d3baf39d18"
	                             "d0d1c8a799996bf0265b98b5d48ab919");
	const struct secret_key key = { { 0 } };
	struct buf b;
	struct err e;

	(void)state;
	buf_init(&b, 100);
	assert_ok(
	    aead_open(&key, crypto_part(NULL, 0), vector_part(&sealed), &b, &e),
	    &e);
	assert_hex(b.ptr, b.len, "00000000000000000000000000000000");
	buf_wipe(&b);
}

static void
aead_opens_whole_or_not_at_all(void **state)
{
	const struct crypto_part aad = crypto_part_str("aad"),
	                         plain = crypto_part_str("plain");
	struct secret_key key;
	struct crypto_part sealed;
	struct buf b, opened, again;
	struct err e;

	(void)state;
	rng_fill(key.b, sizeof(key.b));
	buf_init(&b, 1000);
	buf_init(&opened, 1000);
	buf_init(&again, 1000);
	assert_ok(aead_seal(&key, aad, plain, &b, &e), &e);
	assert_ok(aead_seal(&key, aad, plain, &again, &e), &e);
	assert_memory_not_equal(b.ptr, again.ptr, AEAD_NONCE_LEN);
	assert_int_equal(b.len, plain.len + AEAD_EXTRA_LEN);
	sealed = crypto_part(b.ptr, b.len);
	for (size_t bit = 0; bit < b.len * 8; bit++) {
		b.ptr[bit / 8] = (char)(b.ptr[bit / 8] ^ (1 << (bit % 8)));
		assert_int_equal(
		    aead_open(&key, aad, sealed, &opened, &e), ERR_MALFORMED);
		b.ptr[bit / 8] = (char)(b.ptr[bit / 8] ^ (1 << (bit % 8)));
	}
	for (size_t len = 0; len < b.len; len++)
		assert_int_equal(
		    aead_open(&key, aad, crypto_part(b.ptr, len), &opened, &e),
		    ERR_MALFORMED);
	assert_int_equal(
	    aead_open(&key, plain, sealed, &opened, &e), ERR_MALFORMED);
	assert_int_equal(opened.len, 0);
	assert_ok(aead_open(&key, aad, sealed, &opened, &e), &e);
	assert_string_equal(opened.ptr, "plain");
	buf_fini(&b);
	buf_wipe(&opened);
	buf_fini(&again);

	buf_init(&b, AEAD_EXTRA_LEN + plain.len - 1);
	assert_int_equal(aead_seal(&key, aad, plain, &b, &e), ERR_INVALID);
	assert_int_equal(b.len, 0);
	buf_fini(&b);
}

static void
a_sender_opens_its_own_with_what_it_kept_and_nothing_else(void **state)
{
	const struct crypto_part parts[3] = { crypto_part_str("info"),
		crypto_part_str("aad"), crypto_part_str("plain") };
	const struct secret_key under = { { 1 } }, other = { { 2 } };
	struct seal_key key = new_key();
	struct seal_pub pub = seal_pub_of(&key);
	struct seal_kept kept;
	struct buf b, opened;
	struct err e;

	(void)state;
	buf_init(&b, 1000);
	buf_init(&opened, 1000);
	assert_ok(seal_make_kept(&pub, parts, &under, &b, &kept, &e), &e);
	assert_int_equal(b.len, parts[2].len + SEAL_EXTRA_LEN);
	assert_ok(seal_open(&key, parts[0], parts[1], crypto_part(b.ptr, b.len),
	              &opened, &e),
	    &e);
	assert_string_equal(opened.ptr, "plain");
	buf_reset(&opened);
	assert_ok(seal_open_kept(&under, &kept, parts[1],
	              crypto_part(b.ptr, b.len), &opened, &e),
	    &e);
	assert_string_equal(opened.ptr, "plain");
	buf_reset(&opened);
	assert_int_equal(seal_open_kept(&other, &kept, parts[1],
	                     crypto_part(b.ptr, b.len), &opened, &e),
	    ERR_MALFORMED);
	assert_int_equal(seal_open_kept(&under, &kept, parts[0],
	                     crypto_part(b.ptr, b.len), &opened, &e),
	    ERR_MALFORMED);
	for (size_t len = 0; len < b.len; len++)
		assert_int_equal(seal_open_kept(&under, &kept, parts[1],
		                     crypto_part(b.ptr, len), &opened, &e),
		    ERR_MALFORMED);
	for (size_t bit = 0; bit < (b.len + SEAL_KEPT_LEN) * 8; bit++) {
		uint8_t *at = bit / 8 < b.len ? (uint8_t *)b.ptr + bit / 8
		                              : kept.b + bit / 8 - b.len;

		*at = (uint8_t)(*at ^ 1 << bit % 8);
		assert_int_equal(seal_open_kept(&under, &kept, parts[1],
		                     crypto_part(b.ptr, b.len), &opened, &e),
		    ERR_MALFORMED);
		*at = (uint8_t)(*at ^ 1 << bit % 8);
	}
	assert_int_equal(opened.len, 0);
	buf_fini(&b);
	buf_wipe(&opened);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sealing_is_that_of_rfc_9180),
		cmocka_unit_test(a_sealed_message_opens_whole_or_not_at_all),
		cmocka_unit_test(
		    a_sender_opens_its_own_with_what_it_kept_and_nothing_else),
		cmocka_unit_test(points_of_small_order_fail),
		cmocka_unit_test(aead_is_aes_256_gcm),
		cmocka_unit_test(aead_opens_whole_or_not_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
