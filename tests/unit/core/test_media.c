/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include <assert.h>

#include "common/base/rng.h"
#include "common/core/media.h"

#define SECRET "51.4816N 3.1791W"
#define CAP ((size_t)1 << 16)
#define RUNS 4000

static void
segment(struct buf *b, uint8_t marker, const void *data, size_t len)
{
	const uint8_t head[] = { 0xff, marker, (uint8_t)((len + 2) >> 8),
		(uint8_t)(len + 2) };

	(void)buf_add(b, head, sizeof(head));
	(void)buf_add(b, data, len);
}

/* An Exif segment with an orientation, in either order of bytes, and a place.
 */
static void
exif(struct buf *b, bool is_big, uint8_t way)
{
	static const char little[] =
	    "Exif\0\0II*\0\x08\0\0\0\x02\0\x0f\x01\x02\0\x01\0\0\0A\0\0\0"
	    "\x12\x01\x03\0\x01\0\0\0";
	static const char big[] =
	    "Exif\0\0MM\0*\0\0\0\x08\0\x02\x01\x0f\0\x02\0\0\0\x01\0\0\0A"
	    "\x01\x12\0\x03\0\0\0\x01";
	const uint8_t values[2][4] = { { way, 0, 0, 0 }, { 0, way, 0, 0 } };
	struct buf data;

	buf_init(&data, CAP);
	static_assert(sizeof(big) == sizeof(little), "two spellings of one");
	(void)buf_add(&data, is_big ? big : little, sizeof(big) - 1);
	(void)buf_add(&data, values[is_big], 4);
	(void)buf_add_str(&data, SECRET);
	segment(b, 0xe1, data.ptr, data.len);
	buf_fini(&data);
}

/* What the picture is decoded from. */
static void
picture(struct buf *b)
{
	static const uint8_t frame[] = { 8, 0, 8, 0, 8, 1, 1, 0x11, 0 };
	static const uint8_t scan[] = { 1, 1, 0, 0, 63, 0 };
	static const uint8_t coded[] = { 1, 2, 0xff, 0, 3, 0xff, 0xd0, 4, 5 };
	uint8_t table[65];

	memset(table, 1, sizeof(table));
	segment(b, 0xdb, table, sizeof(table));
	segment(b, 0xc0, frame, sizeof(frame));
	segment(b, 0xc4, table, 20);
	segment(b, 0xda, scan, sizeof(scan));
	(void)buf_add(b, coded, sizeof(coded));
	segment(b, 0xda, scan, sizeof(scan));
	(void)buf_add(b, coded, sizeof(coded));
	(void)buf_add(b, "\xff\xd9", 2);
}

static void
jpeg(struct buf *b, bool is_big, uint8_t way)
{
	static const char jfif[] = "JFIF\0\x01\x01\0\0\x01\0\x01\x01\x01"
	                           "abc";

	(void)buf_add(b, "\xff\xd8", 2);
	segment(b, 0xe0, jfif, sizeof(jfif) - 1);
	exif(b, is_big, way);
	segment(b, 0xe1, "http://ns.adobe.com/xap/1.0/\0" SECRET, 45);
	segment(b, 0xe2, "MPF\0" SECRET, 20);
	segment(b, 0xfe, SECRET, sizeof(SECRET) - 1);
	segment(b, 0xee, "Adobe\0d\0\0\0\0\x01", 12);
	picture(b);
	(void)buf_add_str(b, SECRET); /* a film, a further picture */
}

static void
chunk(struct buf *b, const char *type, const void *data, size_t len)
{
	const uint8_t head[] = { 0, 0, (uint8_t)(len >> 8), (uint8_t)len };

	(void)buf_add(b, head, sizeof(head));
	(void)buf_add(b, type, 4);
	(void)buf_add(b, data, len);
	(void)buf_add(b, "CRCC", 4);
}

static void
png(struct buf *b, bool is_bare)
{
	static const char *const told[] = { "tEXt", "zTXt", "iTXt", "eXIf",
		"tIME", "iCCP", "vpAg" };

	(void)buf_add(b, "\x89PNG\r\n\x1a\n", 8);
	chunk(b, "IHDR", "\0\0\0\x01\0\0\0\x01\x08\0\0\0\0", 13);
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]) && !is_bare; i++)
		chunk(b, told[i], SECRET, sizeof(SECRET) - 1);
	chunk(b, "pHYs", "\0\0\x0b\x13\0\0\x0b\x13\x01", 9);
	chunk(b, "IDAT", "the picture", 11);
	chunk(b, "IEND", "", 0);
	if (!is_bare)
		(void)buf_add_str(b, SECRET);
}

static bool
has(const struct buf *b, const void *bytes, size_t len)
{
	return b->len >= len && memmem(b->ptr, b->len, bytes, len) != NULL;
}

static void
keep(const struct buf *of, struct buf *out, enum media want)
{
	enum media got = MEDIA_N;
	struct err e;

	buf_init(out, CAP);
	assert_ok(media_keep(of->ptr, of->len, out, &got, &e), &e);
	assert_int_equal(got, want);
}

static void
a_photo_is_kept_without_the_place_where_it_was_taken(void **state)
{
	struct buf whole, kept, again, plain;

	(void)state;
	buf_init(&whole, CAP);
	buf_init(&plain, CAP);
	jpeg(&whole, true, 1);
	picture(&plain);
	assert_true(has(&whole, SECRET, sizeof(SECRET) - 1));
	keep(&whole, &kept, MEDIA_JPEG);
	assert_false(has(&kept, SECRET, sizeof(SECRET) - 1));
	assert_false(has(&kept, "Exif", 4));
	assert_false(has(&kept, "abc", 3)); /* the small picture */
	assert_true(has(&kept, "JFIF", 4));
	assert_true(has(&kept, "Adobe", 5));
	assert_true(kept.len > plain.len);
	assert_memory_equal(
	    kept.ptr + kept.len - plain.len, plain.ptr, plain.len);
	/* What is kept is kept as it is. */
	keep(&kept, &again, MEDIA_JPEG);
	assert_int_equal(again.len, kept.len);
	assert_memory_equal(again.ptr, kept.ptr, kept.len);
	buf_fini(&again);
	buf_fini(&kept);
	buf_fini(&plain);
	buf_fini(&whole);
}

static void
which_way_up_it_is_stays(void **state)
{
	(void)state;
	for (uint8_t way = 0; way <= 9; way++)
		for (int big = 0; big < 2; big++) {
			const uint8_t value[] = { 0x01, 0x12, 0, 3, 0, 0, 0, 1,
				0, way };
			struct buf whole, kept, again;

			buf_init(&whole, CAP);
			jpeg(&whole, big == 1, way);
			keep(&whole, &kept, MEDIA_JPEG);
			assert_int_equal(has(&kept, value, sizeof(value)),
			    way >= 2 && way <= 8);
			assert_false(has(&kept, SECRET, sizeof(SECRET) - 1));
			keep(&kept, &again, MEDIA_JPEG);
			assert_int_equal(again.len, kept.len);
			buf_fini(&again);
			buf_fini(&kept);
			buf_fini(&whole);
		}
}

static void
a_picture_is_kept_without_what_is_written_beside_it(void **state)
{
	struct buf whole, kept, bare;

	(void)state;
	buf_init(&whole, CAP);
	buf_init(&bare, CAP);
	png(&whole, false);
	png(&bare, true);
	keep(&whole, &kept, MEDIA_PNG);
	assert_int_equal(kept.len, bare.len);
	assert_memory_equal(kept.ptr, bare.ptr, bare.len);
	buf_fini(&kept);
	buf_fini(&bare);
	buf_fini(&whole);
}

static void
a_document_is_kept_as_it_is(void **state)
{
	struct buf whole, kept;

	(void)state;
	buf_init(&whole, CAP);
	(void)buf_add_str(&whole, "%PDF-1.7\n" SECRET);
	keep(&whole, &kept, MEDIA_PDF);
	assert_int_equal(kept.len, whole.len);
	assert_memory_equal(kept.ptr, whole.ptr, whole.len);
	buf_fini(&kept);
	buf_fini(&whole);
}

static void
assert_refused(const void *bytes, size_t len)
{
	enum media m = MEDIA_N;
	struct buf out;
	struct err e;

	buf_init(&out, CAP);
	assert_int_equal(media_keep(bytes, len, &out, &m, &e), ERR_INVALID);
	assert_true(e.msg[0] != '\0');
	assert_int_equal(m, MEDIA_N);
	buf_fini(&out);
}

static void
what_is_none_of_these_or_is_cut_off_is_refused(void **state)
{
	struct buf photo, image;
	size_t end;

	(void)state;
	assert_refused("", 0);
	assert_refused("GIF89a", 6);
	assert_refused("\xff\xd8\xff", 3);
	assert_refused("\xff\xd8\xff\xd9", 4);
	assert_refused("\x89PNG\r\n\x1a\n", 8);
	buf_init(&photo, CAP);
	buf_init(&image, CAP);
	jpeg(&photo, true, 6);
	png(&image, true);
	end = photo.len - (sizeof(SECRET) - 1);
	for (size_t i = 0; i < end; i++) {
		/* In memory of just this size, so that a step beyond is seen.
		 */
		char *bytes = malloc(i + 1);

		assert_non_null(bytes);
		memcpy(bytes, photo.ptr, i);
		assert_refused(bytes, i);
		free(bytes);
	}
	for (size_t i = 0; i < image.len; i++)
		assert_refused(image.ptr, i);
	buf_fini(&image);
	buf_fini(&photo);
}

/* Whatever the bytes are: an answer, nothing beyond what is there, and what is
 * kept is kept again as it is. */
static void
any_bytes_at_all_are_walked_safely(void **state)
{
	struct rng r = rng_make(check_seed(__func__));
	size_t taken = 0;

	(void)state;
	for (size_t run = 0; run < RUNS; run++) {
		struct buf whole, kept, again;
		enum media m, second;
		struct err e;
		const size_t flips = (size_t)rng_below(&r, 6);
		size_t len;
		uint8_t *bytes;

		buf_init(&whole, CAP);
		if (rng_below(&r, 2) == 0)
			jpeg(&whole, rng_below(&r, 2) == 0,
			    (uint8_t)rng_below(&r, 12));
		else
			png(&whole, false);
		len = rng_below(&r, 3) == 0
		    ? (size_t)rng_below(&r, whole.len + 1)
		    : whole.len;
		bytes = malloc(len + 1);
		assert_non_null(bytes);
		memcpy(bytes, whole.ptr, len);
		for (size_t i = 0; i < flips && len > 3; i++)
			bytes[3 + rng_below(&r, len - 3)] =
			    (uint8_t)rng_below(&r, 256);
		buf_init(&kept, CAP);
		if (media_keep(bytes, len, &kept, &m, &e) == ERR_OK) {
			taken++;
			assert_true(kept.len <= len + 36);
			buf_init(&again, CAP);
			assert_ok(
			    media_keep(kept.ptr, kept.len, &again, &second, &e),
			    &e);
			assert_int_equal(second, m);
			assert_int_equal(again.len, kept.len);
			assert_memory_equal(again.ptr, kept.ptr, kept.len);
			buf_fini(&again);
		}
		buf_fini(&kept);
		buf_fini(&whole);
		free(bytes);
	}
	assert_true(taken > RUNS / 10);
	assert_true(taken < RUNS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_photo_is_kept_without_the_place_where_it_was_taken),
		cmocka_unit_test(which_way_up_it_is_stays),
		cmocka_unit_test(
		    a_picture_is_kept_without_what_is_written_beside_it),
		cmocka_unit_test(a_document_is_kept_as_it_is),
		cmocka_unit_test(
		    what_is_none_of_these_or_is_cut_off_is_refused),
		cmocka_unit_test(any_bytes_at_all_are_walked_safely),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
