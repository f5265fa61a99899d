/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/file.h"
#include "common/store/spool.h"

/* What a reading saw: "1=one 2=two ". */
static bool
collect(void *arg, uint64_t number, const void *payload, size_t len)
{
	struct buf *b = arg;

	(void)buf_printf(b, "%llu=", (unsigned long long)number);
	(void)buf_add(b, payload, len);
	return buf_add_char(b, ' ');
}

static void
assert_reads(const struct spool *s, uint64_t after, const char *expected)
{
	struct buf b;
	struct err e;

	buf_init(&b, 4096);
	assert_ok(spool_read(s, after, collect, &b, &e), &e);
	assert_string_equal(b.ptr, expected);
	buf_fini(&b);
}

struct fixture {
	struct check_folder folder;
	struct spool spool;
};

static struct fixture
start(void)
{
	struct fixture f = { .folder = check_folder_new() };
	struct err e;

	assert_ok(
	    spool_make(&f.spool, f.folder.path, "envelopes", "vbe1", &e), &e);
	return f;
}

static void
add(struct spool *s, uint64_t number, const char *text)
{
	struct err e;

	assert_ok(spool_append(s, number, text, strlen(text), &e), &e);
}

static void
frames_come_back_in_order(void **state)
{
	struct fixture f = start();
	struct err e;
	uint64_t last;

	(void)state;
	assert_reads(&f.spool, 0, "");
	add(&f.spool, 1, "one");
	add(&f.spool, 2, "");
	add(&f.spool, 3, "three");
	assert_reads(&f.spool, 0, "1=one 2= 3=three ");
	assert_reads(&f.spool, 2, "3=three ");
	assert_ok(spool_last(&f.spool, &last, &e), &e);
	assert_int_equal(last, 3);
	check_folder_end(&f.folder);
}

static void
a_frame_torn_at_any_byte_costs_no_other(void **state)
{
	struct fixture f = start();
	struct buf whole;
	struct err e;
	size_t first;

	(void)state;
	add(&f.spool, 1, "one");
	buf_init(&whole, 4096);
	assert_ok(file_load(f.spool.path, &whole, &e), &e);
	first = whole.len;
	add(&f.spool, 2, "two");
	buf_reset(&whole);
	assert_ok(file_load(f.spool.path, &whole, &e), &e);
	for (size_t cut = first; cut < whole.len; cut++) {
		assert_ok(file_save(f.spool.path, whole.ptr, cut, &e), &e);
		assert_reads(&f.spool, 0, "1=one ");
		add(&f.spool, 3, "three");
		assert_reads(&f.spool, 0, "1=one 3=three ");
	}
	buf_fini(&whole);
	check_folder_end(&f.folder);
}

static void
what_another_process_left_is_seen_though_the_end_was_known(void **state)
{
	struct fixture f = start();
	struct spool other = f.spool;
	struct err e;
	int fd;

	(void)state;
	add(&f.spool, 1, "one");
	add(&other, 2, "two");
	add(&f.spool, 3, "three");
	fd = open(f.spool.path, O_WRONLY | O_APPEND | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_ok(file_write_all(fd, "vbe1 torn", 9, &e), &e);
	assert_int_equal(close(fd), 0);
	add(&f.spool, 4, "four");
	assert_reads(&f.spool, 0, "1=one 2=two 3=three 4=four ");
	assert_ok(spool_drop(&other, 4, &e), &e);
	add(&f.spool, 5, "five");
	assert_reads(&other, 0, "5=five ");
	check_folder_end(&f.folder);
}

static void
damage_before_the_last_frame_is_told(void **state)
{
	struct fixture f = start();
	struct buf whole;
	struct err e;

	(void)state;
	add(&f.spool, 1, "one");
	add(&f.spool, 2, "two");
	buf_init(&whole, 4096);
	assert_ok(file_load(f.spool.path, &whole, &e), &e);
	whole.ptr[17] ^= 1;
	assert_ok(file_save(f.spool.path, whole.ptr, whole.len, &e), &e);
	assert_int_equal(
	    spool_read(&f.spool, 0, collect, &whole, &e), ERR_CORRUPT);
	assert_int_equal(spool_append(&f.spool, 3, "x", 1, &e), ERR_CORRUPT);
	buf_fini(&whole);
	check_folder_end(&f.folder);
}

static void
dropping_keeps_what_is_above(void **state)
{
	struct fixture f = start();
	struct err e;

	(void)state;
	assert_ok(spool_drop(&f.spool, 9, &e), &e);
	for (uint64_t i = 1; i <= 10; i++)
		add(&f.spool, i, "x");
	assert_ok(spool_drop(&f.spool, 8, &e), &e);
	assert_reads(&f.spool, 0, "9=x 10=x ");
	assert_ok(spool_drop(&f.spool, 10, &e), &e);
	assert_reads(&f.spool, 0, "");
	add(&f.spool, 11, "y");
	assert_reads(&f.spool, 0, "11=y ");
	check_folder_end(&f.folder);
}

static void
two_processes_append_and_drop_without_loss(void **state)
{
	struct fixture f = start();
	struct buf b;
	struct err e;
	int status;
	pid_t child;

	(void)state;
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		for (uint64_t i = 1; i <= 50; i++)
			if (spool_drop(&f.spool, 500, &e) != ERR_OK ||
			    spool_append(&f.spool, 1000 + i, "c", 1, &e) !=
			        ERR_OK)
				_exit(1);
		_exit(0);
	}
	for (uint64_t i = 1; i <= 50; i++)
		add(&f.spool, 1100 + i, "p");
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	buf_init(&b, 4096);
	assert_ok(spool_read(&f.spool, 0, collect, &b, &e), &e);
	assert_int_equal(b.len, 100 * strlen("1001=c "));
	buf_fini(&b);
	check_folder_end(&f.folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_come_back_in_order),
		cmocka_unit_test(a_frame_torn_at_any_byte_costs_no_other),
		cmocka_unit_test(
		    what_another_process_left_is_seen_though_the_end_was_known),
		cmocka_unit_test(damage_before_the_last_frame_is_told),
		cmocka_unit_test(dropping_keeps_what_is_above),
		cmocka_unit_test(two_processes_append_and_drop_without_loss),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
