/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include "common/base/file.h"
#include "common/base/rng.h"
#include "common/base/secret.h"
#include "common/sys/zip.h"
#include "tests/support/memory_scan.h"

#define MIB ((size_t)1 << 20)

static const char note[] =
    "{\"author\":\"0123456789abcdef\",\"doc\":{\"site\":\"Oak House\","
    "\"summary\":\"the resident said the daughter asked staff\"},"
    "\"type\":\"note\"}";

static struct zip_dict *
load(const char *name)
{
	struct zip_dict *dict = NULL;
	char path[512];
	struct buf b;
	struct err e;

	(void)snprintf(
	    path, sizeof(path), "%s/tests/data/%s", VISITBOOK_SOURCE_DIR, name);
	buf_init(&b, MIB);
	assert_ok(file_load(path, &b, &e), &e);
	assert_ok(zip_dict_load(b.ptr, b.len, &dict, &e), &e);
	buf_fini(&b);
	return dict;
}

static void
what_is_packed_comes_back_with_and_without_a_dictionary(void **state)
{
	struct rng r = rng_make(check_seed("zip"));
	struct zip_dict *dict = load("zip_dict.bin");
	struct buf in, packed, back;
	struct err e;

	(void)state;
	buf_init(&in, MIB);
	buf_init(&packed, 2 * MIB);
	buf_init(&back, MIB);
	for (int i = 0; i < 200; i++) {
		struct zip_dict *use = i % 2 == 0 ? dict : NULL;
		int level = (int)rng_below(&r, ZIP_LEVEL_MAX) + 1;

		buf_reset(&in);
		buf_reset(&packed);
		buf_reset(&back);
		for (uint64_t n = rng_below(&r, i % 10 == 0 ? 2000 : 20); n > 0;
		     n--) {
			uint64_t noise = rng_next(&r);

			buf_add(&in, note, rng_below(&r, sizeof(note)));
			buf_add(&in, &noise, rng_below(&r, 9));
		}
		assert_true(buf_add_str(&back, "before"));
		assert_ok(
		    zip_pack(level, use, in.ptr, in.len, &packed, &e), &e);
		assert_ok(
		    zip_unpack(use, packed.ptr, packed.len, in.len, &back, &e),
		    &e);
		assert_int_equal(back.len, in.len + 6);
		assert_memory_equal(back.ptr + 6, in.ptr, in.len);
		if (in.len > 0)
			assert_int_equal(zip_unpack(use, packed.ptr, packed.len,
			                     in.len - 1, &back, &e),
			    ERR_MALFORMED);
		assert_int_equal(back.len, in.len + 6);
	}
	buf_fini(&in);
	buf_fini(&packed);
	buf_fini(&back);
	zip_dict_free(dict);
}

static void
a_dictionary_helps_and_its_name_is_its_hash(void **state)
{
	struct zip_dict *dict = load("zip_dict.bin");
	struct zip_dict *other = load("zip_dict_other.bin");
	struct buf with, without;
	struct err e;

	(void)state;
	buf_init(&with, MIB);
	buf_init(&without, MIB);
	assert_ok(zip_pack(9, dict, note, sizeof(note), &with, &e), &e);
	assert_ok(zip_pack(9, NULL, note, sizeof(note), &without, &e), &e);
	assert_true(with.len * 4 < without.len * 3);
	assert_string_equal(zip_dict_id(dict), "c8521c57");
	assert_string_not_equal(zip_dict_id(dict), zip_dict_id(other));
	buf_fini(&with);
	buf_fini(&without);
	zip_dict_free(dict);
	zip_dict_free(other);
	zip_dict_free(NULL);
}

static void
the_wrong_dictionary_is_refused(void **state)
{
	struct zip_dict *dict = load("zip_dict.bin");
	struct zip_dict *other = load("zip_dict_other.bin");
	struct zip_dict *const all[] = { dict, other, NULL };
	struct zip_dict *made = NULL;
	struct buf packed, back;
	struct err e;

	(void)state;
	buf_init(&packed, MIB);
	buf_init(&back, MIB);
	for (size_t i = 0; i < 3; i++) {
		buf_reset(&packed);
		assert_ok(
		    zip_pack(3, all[i], note, sizeof(note), &packed, &e), &e);
		for (size_t k = 0; k < 3; k++)
			assert_int_equal(zip_unpack(all[k], packed.ptr,
			                     packed.len, MIB, &back, &e),
			    i == k ? ERR_OK : ERR_MALFORMED);
	}
	assert_int_equal(
	    zip_dict_load(note, sizeof(note), &made, &e), ERR_INVALID);
	assert_int_equal(zip_dict_load("", 0, &made, &e), ERR_INVALID);
	assert_null(made);
	buf_fini(&packed);
	buf_fini(&back);
	zip_dict_free(dict);
	zip_dict_free(other);
}

static void
cut_lengthened_or_changed_bytes_are_refused_or_bounded(void **state)
{
	struct rng r = rng_make(check_seed("zip bytes"));
	struct zip_dict *dict = load("zip_dict.bin");
	struct buf packed, back;
	struct err e;

	(void)state;
	buf_init(&packed, MIB);
	buf_init(&back, 4096);
	assert_ok(zip_pack(3, dict, note, sizeof(note), &packed, &e), &e);
	for (size_t len = 0; len < packed.len; len++)
		assert_int_equal(
		    zip_unpack(dict, packed.ptr, len, 4096, &back, &e),
		    ERR_MALFORMED);
	assert_true(buf_add_char(&packed, 'x'));
	assert_int_equal(
	    zip_unpack(dict, packed.ptr, packed.len, 4096, &back, &e),
	    ERR_MALFORMED);
	packed.len--;
	for (int i = 0; i < 5000; i++) {
		size_t at = rng_below(&r, packed.len);
		char was = packed.ptr[at];

		packed.ptr[at] = (char)rng_next(&r);
		buf_reset(&back);
		if (zip_unpack(dict, packed.ptr, packed.len, 4096, &back, &e) ==
		    ERR_OK)
			assert_true(back.len <= 4096);
		else
			assert_int_equal(back.len, 0);
		packed.ptr[at] = was;
	}
	buf_fini(&packed);
	buf_fini(&back);
	zip_dict_free(dict);
}

static void
a_bomb_stops_at_the_cap_whether_it_says_its_size_or_not(void **state)
{
	/* A frame without its content's size: a window of 8 MiB, and 64
	 * blocks of 128 KiB, each one byte repeated. */
	static const unsigned char head[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x00,
		0x68 };
	char *zeros = calloc(1, 64 * MIB);
	struct buf packed, back;
	struct err e;

	(void)state;
	buf_init(&packed, MIB);
	buf_init(&back, 64 * MIB);
	assert_ok(zip_pack(19, NULL, zeros, 64 * MIB, &packed, &e), &e);
	free(zeros);
	assert_true(packed.len < 16384);
	assert_int_equal(
	    zip_unpack(NULL, packed.ptr, packed.len, MIB, &back, &e),
	    ERR_MALFORMED);
	assert_int_equal(back.room, 0);

	buf_reset(&packed);
	buf_add(&packed, head, sizeof(head));
	for (int i = 0; i < 64; i++) {
		/* Block header: last, kind 1 (repeat), 128 KiB; then it. */
		uint32_t h = (uint32_t)(i == 63) | 1U << 1 | 131072U << 3;
		unsigned char block[4] = { (unsigned char)h,
			(unsigned char)(h >> 8), (unsigned char)(h >> 16),
			'z' };

		buf_add(&packed, block, sizeof(block));
	}
	assert_ok(
	    zip_unpack(NULL, packed.ptr, packed.len, 8 * MIB, &back, &e), &e);
	assert_int_equal(back.len, 8 * MIB);
	buf_fini(&back);
	assert_int_equal(
	    zip_unpack(NULL, packed.ptr, packed.len, MIB, &back, &e),
	    ERR_MALFORMED);
	assert_string_equal(
	    e.msg, "compressed data is of more than 1048576 bytes");
	assert_true(back.room <= 4 * MIB);
	buf_fini(&packed);
	buf_fini(&back);
}

/* Pack and unpack, in memory that is all wiped here. */
static void
work_on(uint8_t words[static SECRET_KEY_LEN], struct zip_dict *dict)
{
	struct buf packed, back;
	struct err e;

	buf_init(&packed, MIB);
	buf_init(&back, MIB);
	assert_ok(zip_pack(3, dict, words, SECRET_KEY_LEN, &packed, &e), &e);
	assert_ok(zip_unpack(dict, packed.ptr, packed.len, MIB, &back, &e), &e);
	assert_memory_equal(back.ptr, words, SECRET_KEY_LEN);
	secret_wipe(words, SECRET_KEY_LEN);
	buf_wipe(&packed);
	buf_wipe(&back);
}

static void
nothing_of_the_words_stays_in_memory(void **state)
{
	struct rng r = rng_make(check_seed("zip_memory"));
	struct zip_dict *dict;
	uint8_t words[SECRET_KEY_LEN];
	struct memory_mask mask;

	(void)state;
#ifdef __SANITIZE_ADDRESS__
	skip();
#endif
	dict = load("zip_dict.bin");
	for (size_t i = 0; i < sizeof(words); i++)
		words[i] = (uint8_t)rng_below(&r, 256);
	mask = memory_mask(words);
	assert_true(memory_count(&mask) > 0);
	work_on(words, dict);
	assert_int_equal(memory_count(&mask), 0);
	zip_dict_free(dict);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    what_is_packed_comes_back_with_and_without_a_dictionary),
		cmocka_unit_test(a_dictionary_helps_and_its_name_is_its_hash),
		cmocka_unit_test(the_wrong_dictionary_is_refused),
		cmocka_unit_test(
		    cut_lengthened_or_changed_bytes_are_refused_or_bounded),
		cmocka_unit_test(
		    a_bomb_stops_at_the_cap_whether_it_says_its_size_or_not),
		cmocka_unit_test(nothing_of_the_words_stays_in_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
