/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/file.h"
#include "common/base/rng.h"
#include "common/base/utf8.h"
#include "common/sys/log.h"

/* Standard error goes to a file between begin and end. */
struct capture {
	struct check_folder folder;
	char path[300];
	int kept;
};

static struct capture
begin(void)
{
	struct capture c = { .folder = check_folder_new() };
	int fd;

	(void)snprintf(c.path, sizeof(c.path), "%s/log", c.folder.path);
	fd = open(c.path, O_CREAT | O_RDWR | O_APPEND, 0600);
	c.kept = dup(2);
	assert_int_equal(dup2(fd, 2), 2);
	assert_int_equal(close(fd), 0);
	return c;
}

static struct buf
end(struct capture *c)
{
	struct buf b;
	struct err e;

	assert_int_equal(dup2(c->kept, 2), 2);
	assert_int_equal(close(c->kept), 0);
	buf_init(&b, 1U << 20);
	assert_ok(file_load(c->path, &b, &e), &e);
	check_folder_end(&c->folder);
	return b;
}

/* The line behind its time. */
static const char *
after_time(const struct buf *b)
{
	assert_true(b->len > 25);
	assert_int_equal(b->ptr[23], 'Z');
	assert_int_equal(b->ptr[24], ' ');
	return b->ptr + 25;
}

static void
a_line_has_level_module_event_and_fields(void **state)
{
	struct capture c = begin();
	struct buf b;

	(void)state;
	log_line(LOG_LEVEL_WARN, "sync", "batch refused",
	    "device=%s n=%zu left=%lld at=%lu why=%s none=%s i=%d u=%u",
	    "0190a-b", (size_t)3, -5LL, 7UL, "bad \"link\"",
	    getenv("VISITBOOK_NOT_SET"), -1, 2U);
	b = end(&c);
	assert_string_equal(after_time(&b),
	    "warn sync: batch refused (device=0190a-b n=3 left=-5 at=7 "
	    "why=\"bad \\x22link\\x22\" none=- i=-1 u=2)\n");
	buf_fini(&b);
}

static void
an_error_says_why_and_its_codes(void **state)
{
	struct err e;
	struct capture c = begin();
	struct buf b;

	(void)state;
	(void)err_set(&e, ERR_IO, 28, "the disk is full");
	log_err("store", "cannot save", &e);
	b = end(&c);
	assert_string_equal(after_time(&b),
	    "error store: cannot save: the disk is full (code=io sys=28)\n");
	buf_fini(&b);
}

static void
quieter_levels_are_left_out(void **state)
{
	struct err e;
	struct capture c = begin();
	struct buf b;

	(void)state;
	assert_ok(log_start("error", &e), &e);
	log_line(LOG_LEVEL_WARN, "m", "not this", NULL);
	assert_false(log_wants(LOG_LEVEL_WARN));
	assert_int_equal(setenv(LOG_ENV, "debug", 1), 0);
	assert_ok(log_start(NULL, &e), &e);
	log_line(LOG_LEVEL_DEBUG, "m", "but this", NULL);
	assert_int_equal(unsetenv(LOG_ENV), 0);
	assert_ok(log_start(NULL, &e), &e);
	log_line(LOG_LEVEL_DEBUG, "m", "not this", NULL);
	b = end(&c);
	assert_string_equal(after_time(&b), "debug m: but this\n");
	buf_fini(&b);
	assert_int_equal(log_start("loud", &e), ERR_INVALID);
}

static void
under_systemd_lines_have_its_priority_and_no_time(void **state)
{
	struct capture c = begin();
	struct err e;
	struct stat st;
	char stream[64];
	struct buf b;

	(void)state;
	assert_int_equal(fstat(2, &st), 0);
	(void)snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev,
	    (uintmax_t)st.st_ino);
	assert_int_equal(setenv("JOURNAL_STREAM", stream, 1), 0);
	assert_ok(log_start(NULL, &e), &e);
	log_line(LOG_LEVEL_INFO, "main", "started", NULL);
	assert_int_equal(setenv("JOURNAL_STREAM", "1:1", 1), 0);
	assert_ok(log_start(NULL, &e), &e);
	log_line(LOG_LEVEL_INFO, "main", "started", NULL);
	b = end(&c);
	assert_memory_equal(b.ptr, "<6>info main: started\n20", 24);
	buf_fini(&b);
}

static void
no_value_breaks_its_line_or_the_text(void **state)
{
	struct rng r = rng_make(check_seed("log"));
	struct capture c = begin();
	size_t lines = 0;
	struct buf b;

	(void)state;
	log_line(LOG_LEVEL_INFO, "m", "x", "v=%s", "a\nb\x1b[31m\xc2\x9b\xff");
	for (int i = 0; i < 500; i++) {
		char value[400];
		struct err e;
		size_t len = rng_below(&r, sizeof(value));

		rng_bytes(&r, value, sizeof(value));
		value[len] = '\0';
		log_line(LOG_LEVEL_INFO, "m", "x", "v=%s w=%s", value, value);
		(void)err_set(&e, ERR_BUSY, 0, "%s", value);
		log_err(value, value, &e);
	}
	b = end(&c);
	assert_non_null(strstr(
	    b.ptr, "info m: x (v=\"a\\x0ab\\x1b[31m\\xc2\\x9b\\xff\")\n"));
	assert_true(utf8_is_printable(b.ptr, b.len, true));
	for (size_t i = 0; i < b.len; i++)
		lines += b.ptr[i] == '\n';
	assert_int_equal(lines, 1001);
	buf_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_has_level_module_event_and_fields),
		cmocka_unit_test(an_error_says_why_and_its_codes),
		cmocka_unit_test(quieter_levels_are_left_out),
		cmocka_unit_test(
		    under_systemd_lines_have_its_priority_and_no_time),
		cmocka_unit_test(no_value_breaks_its_line_or_the_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
