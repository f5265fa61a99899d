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
	assert_ok(spool_read(s, after, false, collect, &b, &e), &e);
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
	    spool_make(&f.spool, f.folder.path, "envelopes", 'e', &e), &e);
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

/* The file's bytes. */
static struct buf
bytes_of(const struct spool *s)
{
	struct buf b;
	struct err e;

	buf_init(&b, (size_t)4 * 1024 * 1024);
	assert_ok(file_load(s->path, &b, &e), &e);
	return b;
}

static void
put_bytes(const struct spool *s, const void *bytes, size_t len)
{
	struct err e;

	assert_ok(file_save(s->path, bytes, len, &e), &e);
}

/* Where the frames "one", "two" and "three" end. */
#define HEAD 32
#define FRAME(n) ((size_t)16 + (n) + 32)
#define END_1 (HEAD + FRAME(3))
#define END_2 (END_1 + FRAME(3))
#define END_3 (END_2 + FRAME(5))
static const char *const up_to[] = { "", "1=one ", "1=one 2=two ",
	"1=one 2=two 3=three " };

static struct fixture
start_with_three(void)
{
	struct fixture f = start();

	add(&f.spool, 1, "one");
	add(&f.spool, 2, "two");
	add(&f.spool, 3, "three");
	return f;
}

static void
the_bytes_are_those_of_the_header(void **state)
{
	struct fixture f = start_with_three();
	struct buf b = bytes_of(&f.spool);
	struct hash32 hash;

	(void)state;
	assert_memory_equal(b.ptr, "VBsp\001e\0\0", 8);
	hash = crypto_sha256(b.ptr, 24);
	assert_memory_equal(b.ptr + 24, hash.b, 8);
	assert_memory_equal(
	    b.ptr + END_1, "vbfe\0\0\0\003\0\0\0\0\0\0\0\002two", 19);
	hash = crypto_sha256(b.ptr + END_1, 19);
	assert_memory_equal(b.ptr + END_1 + 19, hash.b, 32);
	assert_true(b.len > END_3 + 60000);
	for (size_t i = END_3; i < b.len; i++)
		assert_int_equal(b.ptr[i], 0);
	buf_fini(&b);
	check_folder_end(&f.folder);
}

static void
a_file_cut_at_any_byte_loses_only_what_is_behind(void **state)
{
	struct fixture f = start_with_three();
	struct buf whole = bytes_of(&f.spool), none;
	struct err e;

	(void)state;
	buf_init(&none, 16);
	for (size_t cut = 1; cut < HEAD; cut++) {
		put_bytes(&f.spool, whole.ptr, cut);
		assert_int_equal(
		    spool_read(&f.spool, 0, false, collect, &none, &e),
		    ERR_CORRUPT);
	}
	for (size_t cut = HEAD; cut <= END_3 + 100; cut++) {
		size_t n = cut < END_1 ? 0
		    : cut < END_2      ? 1
		    : cut < END_3      ? 2
		                       : 3;
		char expected[64];

		put_bytes(&f.spool, whole.ptr, cut);
		assert_reads(&f.spool, 0, up_to[n]);
		add(&f.spool, 4, "four");
		(void)snprintf(
		    expected, sizeof(expected), "%s4=four ", up_to[n]);
		assert_reads(&f.spool, 0, expected);
	}
	put_bytes(&f.spool, "", 0);
	assert_reads(&f.spool, 0, "");
	add(&f.spool, 4, "four");
	assert_reads(&f.spool, 0, "4=four ");
	buf_fini(&whole);
	check_folder_end(&f.folder);
}

/* What a power cut leaves of a frame that was being written where another had
 * been torn before: its beginning, or its end, with the old bytes between. */
static void
a_frame_of_which_any_part_was_written_counts_as_none(void **state)
{
	struct fixture f = start_with_three();
	struct buf whole = bytes_of(&f.spool);

	(void)state;
	for (size_t from = END_2; from < END_3; from++) {
		struct buf torn = bytes_of(&f.spool);

		memset(torn.ptr + from, 0x76, END_3 - from);
		put_bytes(&f.spool, torn.ptr, torn.len);
		assert_reads(&f.spool, 0, up_to[2]);
		memcpy(torn.ptr, whole.ptr, whole.len);
		memset(torn.ptr + END_2, 0, from - END_2 + 1);
		put_bytes(&f.spool, torn.ptr, torn.len);
		assert_reads(&f.spool, 0, up_to[2]);
		f.spool.end.at = 0; /* as a program that begins */
		add(&f.spool, 3, "three");
		assert_reads(&f.spool, 0, up_to[3]);
		put_bytes(&f.spool, whole.ptr, whole.len);
		buf_fini(&torn);
	}
	buf_fini(&whole);
	check_folder_end(&f.folder);
}

static void
a_flipped_bit_is_told_or_costs_the_last_frame_and_changes_no_word(void **state)
{
	struct fixture f = start_with_three();
	struct buf whole = bytes_of(&f.spool), seen;
	struct err e;

	(void)state;
	buf_init(&seen, 4096);
	for (size_t bit = 0; bit < (END_3 + 20) * 8; bit++) {
		const size_t at = bit / 8;
		enum err_code code;

		whole.ptr[at] = (char)(whole.ptr[at] ^ (1 << (bit % 8)));
		put_bytes(&f.spool, whole.ptr, whole.len);
		whole.ptr[at] = (char)(whole.ptr[at] ^ (1 << (bit % 8)));
		f.spool.end.at = 0; /* as a program that begins */
		buf_reset(&seen);
		code = spool_read(&f.spool, 0, false, collect, &seen, &e);
		if (at < END_2) {
			assert_int_equal(code, ERR_CORRUPT);
			assert_int_equal(
			    spool_append(&f.spool, 4, "x", 1, &e), ERR_CORRUPT);
		} else {
			assert_int_equal(code, ERR_OK);
			assert_string_equal(
			    seen.ptr, up_to[at < END_3 ? 2 : 3]);
		}
	}
	buf_fini(&seen);
	buf_fini(&whole);
	check_folder_end(&f.folder);
}

static void
a_newer_version_is_refused_and_left_alone(void **state)
{
	struct fixture f = start_with_three();
	struct buf whole = bytes_of(&f.spool), now;
	struct hash32 hash;
	struct err e;

	(void)state;
	whole.ptr[4] = 2;
	hash = crypto_sha256(whole.ptr, 24);
	memcpy(whole.ptr + 24, hash.b, 8);
	put_bytes(&f.spool, whole.ptr, whole.len);
	assert_int_equal(
	    spool_read(&f.spool, 0, false, collect, &now, &e), ERR_NEWER);
	assert_non_null(strstr(e.msg, "newer version of Visitbook"));
	assert_int_equal(spool_append(&f.spool, 4, "x", 1, &e), ERR_NEWER);
	assert_int_equal(spool_drop(&f.spool, 9, &e), ERR_NEWER);
	now = bytes_of(&f.spool);
	assert_int_equal(now.len, whole.len);
	assert_memory_equal(now.ptr, whole.ptr, whole.len);
	buf_fini(&now);
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
	fd = open(f.spool.path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(lseek(fd, END_3, SEEK_SET), END_3);
	assert_ok(file_write_all(fd, "vbfe torn", 9, &e), &e);
	assert_int_equal(close(fd), 0);
	add(&f.spool, 4, "four");
	assert_reads(&f.spool, 0, "1=one 2=two 3=three 4=four ");
	assert_ok(spool_drop(&other, 4, &e), &e);
	add(&f.spool, 5, "five");
	assert_reads(&other, 0, "5=five ");
	check_folder_end(&f.folder);
}

static uint64_t
last_of(struct spool *s)
{
	uint64_t last;
	struct err e;

	assert_ok(spool_last(s, &last, &e), &e);
	return last;
}

/* Whatever is damaged in the middle is found by who reads it. */
static void
the_last_number_is_known_without_reading_all_again(void **state)
{
	struct fixture f = start();
	struct spool other = f.spool;
	struct buf b;
	struct err e;
	int fd;

	(void)state;
	assert_int_equal(last_of(&f.spool), 0);
	add(&other, 1, "one");
	assert_int_equal(last_of(&f.spool), 1);
	add(&other, 2, "two");
	assert_int_equal(last_of(&f.spool), 2);
	add(&f.spool, 3, "three");
	assert_int_equal(last_of(&f.spool), 3);
	assert_int_equal(last_of(&other), 3);

	fd = open(f.spool.path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(lseek(fd, 32 + 16, SEEK_SET), 32 + 16);
	assert_ok(file_write_all(fd, "O", 1, &e), &e);
	assert_int_equal(close(fd), 0);
	assert_int_equal(last_of(&f.spool), 3);
	buf_init(&b, 4096);
	assert_int_equal(
	    spool_read(&f.spool, 0, false, collect, &b, &e), ERR_CORRUPT);
	buf_fini(&b);

	/* Another file under its name. */
	assert_int_equal(unlink(f.spool.path), 0);
	assert_int_equal(last_of(&f.spool), 0);
	add(&other, 4, "four");
	assert_int_equal(last_of(&f.spool), 4);
	check_folder_end(&f.folder);
}

static void
it_grows_in_steps_and_keeps_what_was_there(void **state)
{
	struct fixture f = start();
	struct buf b;
	char payload[5000];
	uint64_t last;
	struct err e;

	(void)state;
	memset(payload, 'x', sizeof(payload));
	for (uint64_t i = 1; i <= 500; i++)
		assert_ok(
		    spool_append(&f.spool, i, payload, sizeof(payload), &e),
		    &e);
	assert_ok(spool_last(&f.spool, &last, &e), &e);
	assert_int_equal(last, 500);
	b = bytes_of(&f.spool);
	assert_in_range(
	    b.len, 500 * FRAME(5000), 500 * FRAME(5000) + (2 << 20));
	assert_ok(spool_drop(&f.spool, 499, &e), &e);
	buf_fini(&b);
	b = bytes_of(&f.spool);
	assert_int_equal(b.len, 65536);
	buf_fini(&b);
	check_folder_end(&f.folder);
}

/* Ends with status 0 once it could append. */
static pid_t
append_in_a_child(const struct spool *s, uint64_t number)
{
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		struct spool mine = *s;
		struct err e;

		spool_release(&mine); /* or this copy keeps the lock */
		_exit(
		    spool_append(&mine, number, "c", 1, &e) == ERR_OK ? 0 : 1);
	}
	return child;
}

static void
who_holds_it_keeps_others_out_and_reads_and_appends(void **state)
{
	struct fixture f = start();
	struct err e;
	int status;
	pid_t child;

	(void)state;
	assert_ok(spool_hold(&f.spool, &e), &e);
	assert_int_equal(spool_held_last(&f.spool), 0);
	child = append_in_a_child(&f.spool, 3);
	(void)usleep(20000);
	assert_int_equal(waitpid(child, &status, WNOHANG), 0);
	add(&f.spool, 1, "one");
	assert_int_equal(spool_held_last(&f.spool), 1);
	add(&f.spool, 2, "two");
	assert_reads(&f.spool, 0, "1=one 2=two ");
	spool_release(&f.spool);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_reads(&f.spool, 0, "1=one 2=two 3=c ");
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
	assert_ok(spool_read(&f.spool, 0, false, collect, &b, &e), &e);
	assert_int_equal(b.len, 100 * strlen("1001=c "));
	buf_fini(&b);
	check_folder_end(&f.folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_come_back_in_order),
		cmocka_unit_test(the_bytes_are_those_of_the_header),
		cmocka_unit_test(
		    a_file_cut_at_any_byte_loses_only_what_is_behind),
		cmocka_unit_test(
		    a_frame_of_which_any_part_was_written_counts_as_none),
		cmocka_unit_test(
		    a_flipped_bit_is_told_or_costs_the_last_frame_and_changes_no_word),
		cmocka_unit_test(a_newer_version_is_refused_and_left_alone),
		cmocka_unit_test(
		    the_last_number_is_known_without_reading_all_again),
		cmocka_unit_test(it_grows_in_steps_and_keeps_what_was_there),
		cmocka_unit_test(
		    who_holds_it_keeps_others_out_and_reads_and_appends),
		cmocka_unit_test(
		    what_another_process_left_is_seen_though_the_end_was_known),
		cmocka_unit_test(dropping_keeps_what_is_above),
		cmocka_unit_test(two_processes_append_and_drop_without_loss),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
