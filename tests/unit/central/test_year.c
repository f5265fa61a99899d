/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a year of daily syncs leaves behind: files, memory and descriptors grow
 * by what was written, and where nothing was, not at all (I23).
 */
#include "tests/support/check.h"

#include <dirent.h>
#include <ftw.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/store/store_int.h"
#include "tests/support/real_device.h"

#define DAY_MS ((uint64_t)24 * 3600 * 1000)
/* Until caches and files have their size. */
#define WARM_UP_DAYS 30
#define QUARTER_DAYS 90
/* A page of a file, an allocator's and a cache's ways. */
#define SLACK ((int64_t)64 * 1024)
/* A write-ahead log is begun again when it has 1,000 pages, once nobody reads
 * in it: https://www.sqlite.org/wal.html#avoiding_excessively_large_wal_files
 */
#define WAL_MAX ((int64_t)5 * 1024 * 1024)
#define PAGE_BYTES 4096

/* Days that have passed since the test began; the linker puts this in the place
 * of the clock (tests/CMakeLists.txt). */
static uint64_t days;
uint64_t __real_clock_unix_ms(void);
uint64_t __wrap_clock_unix_ms(void);

uint64_t
__wrap_clock_unix_ms(void)
{
	return __real_clock_unix_ms() + days * DAY_MS;
}

struct scene {
	struct world w;
	struct real r;
	struct id of_case, note;
};

static void
scene_start(struct scene *s)
{
	struct id person;
	char quoted[ID_TEXT_LEN + 3];

	days = 0;
	world_start(&s->w);
	real_start(&s->r, &s->w, world_user(&s->w, "Amina"));
	person = real_save(&s->r, NULL, "person", "full_name", "'Betty'");
	(void)snprintf(quoted, sizeof(quoted), "'%s'", id_print(person).s);
	s->of_case = real_save(&s->r, NULL, "case", "person", quoted);
	s->note = real_note(&s->r, s->of_case, "She wants to go home.");
	(void)real_sync(&s->r);
}

static void
scene_end(struct scene *s)
{
	real_verifies(&s->r);
	real_end(&s->r);
	world_end(&s->w);
}

/* ---- what is used ---- */

/* Bytes but for descriptors; heap is 0 where a sanitizer keeps it. */
struct used {
	int64_t descriptors, heap, device, office;
};

static bool
ends_with(const char *path, const char *end)
{
	const size_t len = strlen(path), n = strlen(end);

	return len >= n && strcmp(path + len - n, end) == 0;
}

/* Of all files in a folder but for databases: how many of their pages are in
 * the write-ahead log yet is chance. */
static int64_t total;

static int
add_file(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)at;
	if (kind != FTW_F || ends_with(path, ".db") || ends_with(path, "-shm"))
		return 0;
	if (ends_with(path, "-wal"))
		assert_true(st->st_size <= WAL_MAX);
	else
		total += st->st_size;
	return 0;
}

static int64_t
bytes_in(const char *folder, int64_t pages)
{
	total = pages * PAGE_BYTES;
	assert_int_equal(nftw(folder, add_file, 16, FTW_PHYS), 0);
	return total;
}

static int64_t
open_descriptors(void)
{
	DIR *list = opendir("/proc/self/fd");
	int64_t n = 0;

	assert_non_null(list);
	while (readdir(list) != NULL)
		n++;
	assert_int_equal(closedir(list), 0);
	return n;
}

static struct used
measure(struct scene *s)
{
	return (struct used){ .descriptors = open_descriptors(),
		.heap = (int64_t)mallinfo2().uordblks,
		.device = bytes_in(
		    s->r.folder.path, real_number(&s->r, "PRAGMA page_count")),
		.office = bytes_in(s->w.folder.path,
		    world_number(&s->w, "PRAGMA page_count")) };
}

/* ---- days ---- */

static void
day_passes(struct scene *s)
{
	days++;
	(void)real_sync(&s->r);
	buf_reset(&s->r.heard); /* the test's own */
}

static void
test_days_on_which_nothing_is_said_leave_nothing_behind(void **state)
{
	struct scene s;
	struct used before, after;

	(void)state;
	scene_start(&s);
	while (days < WARM_UP_DAYS)
		day_passes(&s);
	(void)measure(&s); /* SQLite keeps what it cannot close yet */
	before = measure(&s);
	while (days < WARM_UP_DAYS + 365)
		day_passes(&s);
	after = measure(&s);
	assert_int_equal(after.descriptors, before.descriptors);
	assert_true(after.heap <= before.heap + SLACK);
	assert_true(after.device <= before.device + SLACK);
	assert_true(after.office <= before.office + SLACK);
	scene_end(&s);
}

/* A note a day, and a line more about what they want. */
static void
work(struct scene *s)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "It is day %u.", (unsigned)days);
	(void)real_note(&s->r, s->of_case, text);
	(void)snprintf(
	    text, sizeof(text), "'Still so on day %u.'", (unsigned)days);
	(void)real_save(&s->r, &s->of_case, "case", "commissioner", text);
	day_passes(s);
}

static void
test_a_year_of_work_adds_the_same_in_each_quarter(void **state)
{
	struct scene s;
	struct used at[4];
	int64_t grown;

	(void)state;
	scene_start(&s);
	for (unsigned q = 0; q < 4; q++) {
		for (unsigned day = 0; day < QUARTER_DAYS; day++)
			work(&s);
		(void)measure(&s);
		at[q] = measure(&s);
	}
	assert_int_equal(at[3].descriptors, at[0].descriptors);
	assert_true(at[3].device - at[2].device <=
	    2 * (at[1].device - at[0].device) + SLACK);
	assert_true(at[3].office - at[2].office <=
	    2 * (at[1].office - at[0].office) + SLACK);
	/* Pages that are cached, each a little larger than in its file. */
	grown = at[3].device + at[3].office - at[0].device - at[0].office;
	assert_true(at[3].heap - at[0].heap <= grown + grown / 4 + SLACK);
	assert_int_equal(real_number(&s.r, "SELECT count(*) FROM staged"), 0);
	scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_days_on_which_nothing_is_said_leave_nothing_behind),
		cmocka_unit_test(
		    test_a_year_of_work_adds_the_same_in_each_quarter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
