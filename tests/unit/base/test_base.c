/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include <stdlib.h>
#include <time.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/base/enc.h"
#include "common/base/file.h"
#include "common/base/id.h"
#include "common/base/rng.h"
#include "common/base/terminal.h"
#include "common/base/utf8.h"

static void
buf_stops_at_its_cap_and_stays_bad(void **state)
{
	struct buf b;
	struct err e;

	(void)state;
	buf_init(&b, 5);
	assert_true(buf_add_str(&b, "12345"));
	assert_false(buf_add_char(&b, '6'));
	assert_false(buf_add(&b, "", 0));
	assert_int_equal(buf_check(&b, &e), ERR_INVALID);
	assert_int_equal(b.len, 5);
	buf_fini(&b);
}

static void
encodings_round_trip_and_refuse_other_spellings(void **state)
{
	struct rng r = rng_make(check_seed("encodings"));
	uint8_t data[64], back[64];
	char text[129];
	size_t len;

	(void)state;
	for (size_t n = 0; n <= sizeof(data); n++) {
		rng_bytes(&r, data, n);
		enc_hex(data, n, text);
		assert_true(enc_hex_parse(text, strlen(text), back, n));
		assert_memory_equal(data, back, n);
		enc_base64(data, n, text);
		assert_int_equal(strlen(text), ENC_BASE64_LEN(n));
		assert_true(enc_base64_parse(
		    text, strlen(text), back, sizeof(back), &len));
		assert_int_equal(len, n);
		assert_memory_equal(data, back, n);
		enc_base32(data, n, text);
		assert_int_equal(strlen(text), ENC_BASE32_LEN(n));
		assert_true(enc_base32_parse(text, strlen(text), back, n));
		assert_memory_equal(data, back, n);
	}
	assert_false(enc_hex_parse("AB", 2, back, 1));
	assert_false(enc_base64_parse("QR==", 4, back, 8, &len));
	assert_false(enc_base64_parse("QQ=", 3, back, 8, &len));
	assert_true(enc_base32_parse("o1-lI", 5, back, 2) ==
	    enc_base32_parse("0111", 4, back, 2));
}

static void
id_has_its_version_and_one_spelling(void **state)
{
	const uint8_t random[10] = { 0xff, 1, 0xff, 3, 4, 5, 6, 7, 8, 9 };
	struct id id = id_make(0x0123456789abU, random), back;
	struct id_text t = id_print(id);

	(void)state;
	assert_string_equal(t.s, "01234567-89ab-7f01-bf03-040506070809");
	assert_true(id_parse(t.s, &back));
	assert_true(id_equal(id, back));
	assert_false(id_parse("01234567-89AB-7f01-bf03-040506070809", &back));
	assert_false(id_parse("01234567089ab-7f01-bf03-040506070809", &back));
	assert_false(id_parse("", &back));
}

static void
utf8_refuses_what_rfc_3629_refuses(void **state)
{
	static const struct {
		const char *s;
		size_t len;
		bool ok;
	} cases[] = {
		{ "caf\xc3\xa9", 5, true }, { "\xf0\x9f\x98\x80", 4, true },
		{ "\xc0\xaf", 2, false },         /* overlong */
		{ "\xe0\x9f\xbf", 3, false },     /* overlong */
		{ "\xed\xa0\x80", 3, false },     /* surrogate */
		{ "\xf4\x90\x80\x80", 4, false }, /* above U+10FFFF */
		{ "\xe2\x82", 2, false },         /* cut */
		{ "a\0b", 3, false },             /* NUL */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
		    utf8_is_text(cases[i].s, cases[i].len), cases[i].ok);
	assert_true(utf8_is_printable("a\nb", 3, true));
	assert_false(utf8_is_printable("a\nb", 3, false));
	assert_false(utf8_is_printable("a\x1b[m", 4, true));
}

static void
times_round_trip(void **state)
{
	uint64_t ms;

	(void)state;
	assert_true(clock_parse("2026-11-21T18:05:09.123Z", &ms));
	assert_string_equal(clock_print(ms).s, "2026-11-21T18:05:09.123Z");
	assert_true(clock_parse("2019-01-01T00:00:00Z", &ms));
	assert_false(clock_parse("2026-13-21T18:05:09Z", &ms));
	assert_false(clock_parse("2026-02-30T18:05:09Z", &ms));
	assert_true(clock_parse("2028-02-29T18:05:09Z", &ms));
	assert_true(clock_parse("2016-12-31T23:59:60Z", &ms));
	assert_false(clock_parse("2026-11-21 18:05:09Z", &ms));
}

/* As people type them, where the summer time is that of London. */
static void
times_are_read_in_the_zone_of_the_machine(void **state)
{
	static const char *const bad[] = { "2026-02-30 10:00",
		"2026-03-29 01:30", "2026-07-21 24:00", "2026-07-21 10:00:00",
		"2026-07-21", "noon", "" };
	char day[CLOCK_DAY_MAX];
	uint64_t ms;

	(void)state;
	assert_int_equal(setenv("TZ", "GMT0BST,M3.5.0/1,M10.5.0", 1), 0);
	tzset();
	assert_true(clock_parse_typed("2026-07-21 18:05", &ms));
	assert_string_equal(clock_print(ms).s, "2026-07-21T17:05:00.000Z");
	assert_true(clock_parse_typed("2026-11-21 18:05", &ms));
	assert_string_equal(clock_print(ms).s, "2026-11-21T18:05:00.000Z");
	assert_true(clock_parse_typed("2026-07-21T18:05Z", &ms));
	assert_string_equal(clock_print(ms).s, "2026-07-21T18:05:00.000Z");
	assert_true(clock_parse("2026-07-21T23:30:00Z", &ms));
	clock_day(ms, day);
	assert_string_equal(day, "2026-07-22");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (clock_parse_typed(bad[i], &ms))
			fail_msg("%s", bad[i]);
	assert_int_equal(unsetenv("TZ"), 0);
	tzset();
}

static void
file_save_replaces_whole(void **state)
{
	struct check_folder folder = check_folder_new();
	char path[FILE_PATH_MAX];
	struct buf b;
	struct err e;

	(void)state;
	assert_true(file_join(path, folder.path, "x"));
	buf_init(&b, 100);
	assert_int_equal(file_load(path, &b, &e), ERR_NOTFOUND);
	assert_ok(file_save(path, "one", 3, &e), &e);
	assert_ok(file_save(path, "second", 6, &e), &e);
	assert_ok(file_load(path, &b, &e), &e);
	assert_string_equal(b.ptr, "second");
	buf_fini(&b);
	buf_init(&b, 3);
	assert_int_equal(file_load(path, &b, &e), ERR_INVALID);
	buf_fini(&b);
	assert_ok(file_remove(path, &e), &e);
	assert_ok(file_remove(path, &e), &e);
	check_folder_end(&folder);
}

#define HID "\xEF\xBF\xBD"

static void
what_others_wrote_steers_no_terminal(void **state)
{
	static const char *const cases[][2] = {
		{ "a\tb\n", "a\tb\n" },
		{ "a\x1B[2Jb\x7F", "a" HID "[2Jb" HID },
		{ "\xC2\x9B[31m caf\xC3\xA9", HID "[31m caf\xC3\xA9" },
		/* U+202E, to the end of the line; and what ends it. */
		{ "a\xE2\x80\xAEx.exe\xE2\x80\xAC", "a" HID "x.exe" HID },
		{ "\xE2\x80\xAA\xE2\x80\xAB\xE2\x80\xAD", HID HID HID },
		/* U+2066 to U+2069. */
		{ "\xE2\x81\xA6\xE2\x81\xA7x\xE2\x81\xA8\xE2\x81\xA9",
		    HID HID "x" HID HID },
		/* U+202F, U+2065 and U+206A are others. */
		{ "5\xE2\x80\xAFm\xE2\x81\xA5\xE2\x81\xAA",
		    "5\xE2\x80\xAFm\xE2\x81\xA5\xE2\x81\xAA" },
		/* Hebrew with a mark, and Arabic. */
		{ "\xD7\xA9\xD7\x9C\xE2\x80\x8F! \xD8\xB3\xD9\x84",
		    "\xD7\xA9\xD7\x9C\xE2\x80\x8F! \xD8\xB3\xD9\x84" },
		/* Cut in the middle. */
		{ "\xE2\x80", "\xE2\x80" },
		{ "\xE2\x81", "\xE2\x81" },
		{ "\xC2", "\xC2" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char shown[64] = "";
		FILE *to = fmemopen(shown, sizeof(shown) - 1, "w");

		assert_non_null(to);
		terminal_put(to, cases[i][0]);
		(void)fclose(to);
		assert_string_equal(shown, cases[i][1]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buf_stops_at_its_cap_and_stays_bad),
		cmocka_unit_test(
		    encodings_round_trip_and_refuse_other_spellings),
		cmocka_unit_test(id_has_its_version_and_one_spelling),
		cmocka_unit_test(utf8_refuses_what_rfc_3629_refuses),
		cmocka_unit_test(times_round_trip),
		cmocka_unit_test(times_are_read_in_the_zone_of_the_machine),
		cmocka_unit_test(file_save_replaces_whole),
		cmocka_unit_test(what_others_wrote_steers_no_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
