/* SPDX-License-Identifier: Apache-2.0 */
/* Bits, cuts, torn writes, and attackers who can compute a SHA-256. */
#include "tests/support/check.h"

#include "common/base/file.h"
#include "common/base/rng.h"
#include "common/sys/crypto.h"
#include "tests/support/keyslot_world.h"

/* What Argon2id makes of the passphrase, so that it need not run again. */
static struct secret_key
pmk_of(const struct keyslot_file *f, const char *text)
{
	struct secret_key pmk;
	struct err e;

	assert_ok(kdf_argon2id(f->slots[0].entry.params, crypto_part_str(text),
	              &f->slots[0].salt, &pmk, &e),
	    &e);
	return pmk;
}

static struct keyslot_file
dec(const uint8_t bytes[static KEYSLOT_FILE_LEN])
{
	struct keyslot_file f;
	struct err e;

	assert_ok(
	    keyslot_dec(crypto_part(bytes, KEYSLOT_FILE_LEN), &f, &e), &e);
	return f;
}

/* All that opening does after Argon2id. */
static enum err_code
open_with(const void *bytes, size_t len, const struct secret_key *pmk,
    struct secret_key *dbkey_out)
{
	struct keyslot_file f;
	struct err e;
	enum err_code code = keyslot_dec(crypto_part(bytes, len), &f, &e);

	if (code == ERR_OK)
		code = keyslot_unwrap(&f, 0, pmk, dbkey_out, &e);
	return code == ERR_OK ? keyslot_check_mac(&f, dbkey_out, &e) : code;
}

/* As the attacker who makes his change look whole: new SHA-256s, no MAC. */
static void
rehash(uint8_t bytes[static KEYSLOT_FILE_LEN])
{
	for (size_t i = 0; i < KEYSLOT_COPY_N; i++) {
		uint8_t *copy = bytes + i * KEYSLOT_COPY_LEN;
		struct hash32 hash =
		    crypto_sha256(copy, KEYSLOT_COPY_LEN - HASH32_LEN);

		memcpy(
		    copy + KEYSLOT_COPY_LEN - HASH32_LEN, hash.b, HASH32_LEN);
	}
}

static void
any_flipped_bit_is_mended_by_the_other_copy(void **state)
{
	struct keyslot_world w = keyslot_world_new();
	uint8_t bytes[KEYSLOT_FILE_LEN];
	struct keyslot_file f;
	struct secret_key pmk, dbkey;
	struct err e;

	(void)state;
	keyslot_world_load(&w, bytes);
	f = dec(bytes);
	assert_false(f.has_damage);
	pmk = pmk_of(&f, "old words");
	for (size_t bit = 0; bit < sizeof(bytes) * 8; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1U << (bit % 8));
		assert_ok(
		    keyslot_dec(crypto_part(bytes, sizeof(bytes)), &f, &e), &e);
		assert_true(f.has_damage);
		assert_int_equal(
		    open_with(bytes, sizeof(bytes), &pmk, &dbkey), ERR_OK);
		assert_memory_equal(&dbkey, &w.dbkey, sizeof(dbkey));
		bytes[bit / 8] ^= (uint8_t)(1U << (bit % 8));
	}
	keyslot_world_end(&w);
}

static void
a_bit_flipped_in_both_copies_is_refused(void **state)
{
	struct keyslot_world w = keyslot_world_new();
	uint8_t bytes[KEYSLOT_FILE_LEN];
	struct keyslot_file f;
	struct secret_key pmk, dbkey;

	(void)state;
	keyslot_world_load(&w, bytes);
	f = dec(bytes);
	pmk = pmk_of(&f, "old words");
	for (size_t bit = 0; bit < KEYSLOT_COPY_LEN * 8; bit++) {
		uint8_t mask = (uint8_t)(1U << (bit % 8));

		bytes[bit / 8] ^= mask;
		bytes[KEYSLOT_COPY_LEN + bit / 8] ^= mask;
		assert_int_equal(
		    open_with(bytes, sizeof(bytes), &pmk, &dbkey), ERR_CORRUPT);
		bytes[bit / 8] ^= mask;
		bytes[KEYSLOT_COPY_LEN + bit / 8] ^= mask;
	}
	keyslot_world_end(&w);
}

/* The attacker can compute a SHA-256 too: then it is the seal's data, the MAC
 * or the strict form that refuses.  Only the version may make it "newer". */
static void
a_flipped_bit_with_a_right_checksum_is_refused(void **state)
{
	struct keyslot_world w = keyslot_world_new();
	uint8_t bytes[KEYSLOT_FILE_LEN], changed[KEYSLOT_FILE_LEN];
	struct keyslot_file f;
	struct secret_key pmk, dbkey;

	(void)state;
	keyslot_world_load(&w, bytes);
	f = dec(bytes);
	pmk = pmk_of(&f, "old words");
	for (size_t bit = 0; bit < (KEYSLOT_COPY_LEN - HASH32_LEN) * 8; bit++) {
		uint8_t mask = (uint8_t)(1U << (bit % 8));
		enum err_code code;

		memcpy(changed, bytes, sizeof(bytes));
		changed[bit / 8] ^= mask;
		changed[KEYSLOT_COPY_LEN + bit / 8] ^= mask;
		rehash(changed);
		code = open_with(changed, sizeof(changed), &pmk, &dbkey);
		if (bit / 8 >= 8 && bit / 8 < 12)
			assert_true(
			    code == (bit == 88 ? ERR_CORRUPT : ERR_NEWER));
		else
			assert_true(code == ERR_CORRUPT || code == ERR_AUTH);
	}
	keyslot_world_end(&w);
}

static void
a_cut_file_opens_by_its_first_copy_or_not_at_all(void **state)
{
	struct keyslot_world w = keyslot_world_new();
	uint8_t bytes[KEYSLOT_FILE_LEN];
	struct keyslot_file f;
	struct secret_key pmk, dbkey;

	(void)state;
	keyslot_world_load(&w, bytes);
	f = dec(bytes);
	pmk = pmk_of(&f, "old words");
	for (size_t len = 0; len < sizeof(bytes); len++)
		assert_int_equal(open_with(bytes, len, &pmk, &dbkey),
		    len < KEYSLOT_COPY_LEN ? ERR_CORRUPT : ERR_OK);
	keyslot_world_end(&w);
}

static void
damage_is_told_and_mended_by_the_next_change(void **state)
{
	struct keyslot_world w = keyslot_world_new();
	uint8_t bytes[KEYSLOT_FILE_LEN];
	struct keyslot_info info;
	struct err e;

	(void)state;
	keyslot_world_load(&w, bytes);
	bytes[100] ^= 1;
	assert_ok(file_save(w.path, bytes, sizeof(bytes), &e), &e);
	assert_ok(keyslot_list(w.path, &info, &e), &e);
	assert_true(info.has_damage);
	assert_ok(keyslot_set_recovery(w.path, &w.dbkey, NULL, 0, &e), &e);
	assert_ok(keyslot_list(w.path, &info, &e), &e);
	assert_false(info.has_damage);
	bytes[KEYSLOT_COPY_LEN] ^= 1;
	assert_ok(file_save(w.path, bytes, sizeof(bytes), &e), &e);
	assert_int_equal(keyslot_list(w.path, &info, &e), ERR_CORRUPT);
	assert_ok(file_save(w.path, "", 0, &e), &e);
	assert_int_equal(keyslot_list(w.path, &info, &e), ERR_CORRUPT);
	keyslot_world_end(&w);
}

/* Every point at which a write of the new state over the old one can stop,
 * whichever of the two copies goes first. */
static void
a_torn_change_leaves_the_old_or_the_new_passphrase(void **state)
{
	struct keyslot_world w = keyslot_world_new();
	const struct keyslot_pass anew = floor_pass("new words");
	uint8_t old[KEYSLOT_FILE_LEN], new[KEYSLOT_FILE_LEN];
	uint8_t torn[KEYSLOT_FILE_LEN];
	struct keyslot_file f;
	struct secret_key old_pmk, new_pmk, dbkey;
	struct err e;

	(void)state;
	keyslot_world_load(&w, old);
	f = dec(old);
	old_pmk = pmk_of(&f, "old words");
	assert_ok(keyslot_set_passphrase(w.path, &w.dbkey, &anew, &e), &e);
	keyslot_world_load(&w, new);
	f = dec(new);
	new_pmk = pmk_of(&f, "new words");
	for (size_t at = 0; at <= sizeof(torn); at++)
		for (int backwards = 0; backwards < 2; backwards++) {
			const uint8_t *head = backwards ? old : new;
			const uint8_t *tail = backwards ? new : old;
			bool opens_old, opens_new;

			memcpy(torn, head, at);
			memcpy(torn + at, tail + at, sizeof(torn) - at);
			opens_old = open_with(torn, sizeof(torn), &old_pmk,
			                &dbkey) == ERR_OK;
			opens_new = open_with(torn, sizeof(torn), &new_pmk,
			                &dbkey) == ERR_OK;
			assert_true(opens_old != opens_new);
			assert_memory_equal(&dbkey, &w.dbkey, sizeof(dbkey));
		}
	keyslot_world_end(&w);
}

/* Slot from another file: of another device, of another place in the same
 * file, and of an older state of the same file. */
static void
a_slot_from_elsewhere_is_refused(void **state)
{
	struct keyslot_world w = keyslot_world_new(),
	                     other = keyslot_world_new();
	const struct keyslot_pass anew = floor_pass("new words");
	uint8_t bytes[KEYSLOT_FILE_LEN];
	struct keyslot_file mine, theirs, mixed;
	struct secret_key pmk, their_pmk, dbkey;
	struct err e;

	(void)state;
	keyslot_world_load(&w, bytes);
	mine = dec(bytes);
	pmk = pmk_of(&mine, "old words");
	keyslot_world_load(&other, bytes);
	theirs = dec(bytes);
	their_pmk = pmk_of(&theirs, "old words");

	/* The same device and user, another database key: the seal opens, and
	 * the MAC tells. */
	mixed = mine;
	mixed.slots[0] = theirs.slots[0];
	keyslot_enc(&mixed, bytes);
	assert_int_equal(
	    open_with(bytes, sizeof(bytes), &their_pmk, &dbkey), ERR_CORRUPT);
	/* The other device: the seal itself does not open. */
	mixed = theirs;
	mixed.device.b[15] ^= 1;
	keyslot_enc(&mixed, bytes);
	assert_int_equal(
	    open_with(bytes, sizeof(bytes), &their_pmk, &dbkey), ERR_AUTH);
	/* Another place. */
	mixed = mine;
	mixed.slots[2] = mine.slots[0];
	assert_int_equal(keyslot_unwrap(&mixed, 2, &pmk, &dbkey, &e), ERR_AUTH);

	/* The slot of the old passphrase, put back after a change. */
	assert_ok(keyslot_set_passphrase(w.path, &w.dbkey, &anew, &e), &e);
	keyslot_world_load(&w, bytes);
	mixed = dec(bytes);
	mixed.slots[0] = mine.slots[0];
	keyslot_enc(&mixed, bytes);
	assert_ok(file_save(w.path, bytes, sizeof(bytes), &e), &e);
	assert_int_equal(keyslot_open(w.path, crypto_part_str("old words"),
	                     &dbkey, NULL, &e),
	    ERR_CORRUPT);
	/* An older recovery slot likewise. */
	mixed = dec(bytes);
	mixed.slots[1] = theirs.slots[1];
	keyslot_enc(&mixed, bytes);
	assert_ok(file_save(w.path, bytes, sizeof(bytes), &e), &e);
	assert_int_equal(
	    keyslot_recover(w.path, &other.recovery, &dbkey, &e), ERR_CORRUPT);
	keyslot_world_end(&w);
	keyslot_world_end(&other);
}

static void
parameters_below_the_floor_are_refused(void **state)
{
	struct keyslot_world w = keyslot_world_new();
	uint8_t bytes[KEYSLOT_FILE_LEN];
	struct keyslot_file f, weak;
	struct secret_key dbkey;
	struct err e;

	(void)state;
	keyslot_world_load(&w, bytes);
	f = dec(bytes);
	for (int i = 0; i < 4; i++) {
		weak = f;
		if (i == 0)
			weak.slots[0].entry.params.memory_kib = 8;
		else if (i == 1)
			weak.slots[0].entry.params.passes = 1;
		else if (i == 2)
			weak.slots[0].entry.params.lanes = 0;
		else
			weak.slots[0].entry.params.memory_kib = UINT32_MAX;
		keyslot_enc(&weak, bytes);
		assert_ok(file_save(w.path, bytes, sizeof(bytes), &e), &e);
		assert_int_equal(
		    keyslot_open(
		        w.path, crypto_part_str("old words"), &dbkey, NULL, &e),
		    ERR_CORRUPT);
	}
	keyslot_world_end(&w);
}

static void
a_newer_file_is_called_newer(void **state)
{
	struct keyslot_world w = keyslot_world_new();
	uint8_t bytes[KEYSLOT_FILE_LEN];
	struct keyslot_info info;
	struct err e;

	(void)state;
	keyslot_world_load(&w, bytes);
	bytes[11] = bytes[KEYSLOT_COPY_LEN + 11] = 2;
	assert_ok(file_save(w.path, bytes, sizeof(bytes), &e), &e);
	assert_int_equal(keyslot_list(w.path, &info, &e), ERR_CORRUPT);
	rehash(bytes);
	assert_ok(file_save(w.path, bytes, sizeof(bytes), &e), &e);
	assert_int_equal(keyslot_list(w.path, &info, &e), ERR_NEWER);
	keyslot_world_end(&w);
}

static void
random_bytes_are_no_file(void **state)
{
	struct rng r = rng_make(check_seed("garbage"));
	struct keyslot_world w = keyslot_world_new();
	uint8_t bytes[KEYSLOT_FILE_LEN], changed[KEYSLOT_FILE_LEN];
	struct keyslot_file f, before = { .generation = 99 };
	struct err e;

	(void)state;
	keyslot_world_load(&w, bytes);
	for (int i = 0; i < 5000; i++) {
		size_t at = (size_t)rng_below(&r, KEYSLOT_COPY_LEN - 200);
		size_t len = 1 + (size_t)rng_below(&r, 150);

		/* Random spans in a whole file, with right checksums, reach
		 * deeper than random files do. */
		memcpy(changed, bytes, sizeof(bytes));
		rng_bytes(&r, changed + at, len);
		memcpy(changed + KEYSLOT_COPY_LEN, changed, KEYSLOT_COPY_LEN);
		rehash(changed);
		f = before;
		if (keyslot_dec(crypto_part(changed, sizeof(changed)), &f,
		        &e) == ERR_OK) {
			/* One value, one form. */
			uint8_t again[KEYSLOT_FILE_LEN];

			keyslot_enc(&f, again);
			assert_memory_equal(again, changed, sizeof(again));
		} else {
			assert_memory_equal(&f, &before, sizeof(f));
		}
	}
	keyslot_world_end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_flipped_bit_is_mended_by_the_other_copy),
		cmocka_unit_test(a_bit_flipped_in_both_copies_is_refused),
		cmocka_unit_test(
		    a_flipped_bit_with_a_right_checksum_is_refused),
		cmocka_unit_test(
		    a_cut_file_opens_by_its_first_copy_or_not_at_all),
		cmocka_unit_test(damage_is_told_and_mended_by_the_next_change),
		cmocka_unit_test(
		    a_torn_change_leaves_the_old_or_the_new_passphrase),
		cmocka_unit_test(a_slot_from_elsewhere_is_refused),
		cmocka_unit_test(parameters_below_the_floor_are_refused),
		cmocka_unit_test(a_newer_file_is_called_newer),
		cmocka_unit_test(random_bytes_are_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
