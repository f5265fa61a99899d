/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program itself: its ready line, its end, and what --once prints and how
 * it exits.
 */
#include "tests/support/check.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/file.h"
#include "tests/support/stub_office.h"

struct scene {
	struct stub_office office;
	pid_t pid;
	int status;
	int out;          /* standard output, or the ready descriptor */
	int err;          /* standard error */
	struct buf text;  /* what came on out */
	struct buf noise; /* what came on err */
};

static int
setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	stub_office_start(&s->office);
	assert_int_equal(
	    setenv("XDG_RUNTIME_DIR", s->office.folder.path, 1), 0);
	assert_int_equal(
	    setenv("XDG_CONFIG_HOME", s->office.folder.path, 1), 0);
	buf_init(&s->text, 65536);
	buf_init(&s->noise, 65536);
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	struct scene *s = *state;

	buf_fini(&s->text);
	buf_fini(&s->noise);
	stub_office_end(&s->office);
	free(s);
	return 0;
}

/* Descriptor 3 has the key to read, or takes the ready line. */
__attribute__((nonnull)) static void
start(struct scene *s, const char *const args[], bool is_ready)
{
	char *argv[16] = { (char *)(uintptr_t) "visitbookd" };
	int out[2], err[2], key[2];
	size_t n = 1;

	for (; args[n - 1] != NULL; n++)
		argv[n] = (char *)(uintptr_t)args[n - 1];
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	assert_int_equal(pipe2(err, O_CLOEXEC), 0);
	assert_int_equal(pipe2(key, O_CLOEXEC), 0);
	assert_int_equal(
	    write(key[1], s->office.dbkey.b, SECRET_KEY_LEN), SECRET_KEY_LEN);
	(void)close(key[1]);
	s->pid = check_fork();
	if (s->pid == 0) {
		(void)dup2(err[1], STDERR_FILENO);
		if (is_ready) {
			(void)dup2(out[1], 3);
		} else {
			(void)dup2(out[1], STDOUT_FILENO);
			(void)dup2(key[0], 3);
		}
		(void)execv(VISITBOOKD_PROGRAM, argv);
		_exit(99);
	}
	(void)close(out[1]);
	(void)close(err[1]);
	(void)close(key[0]);
	s->out = out[0];
	s->err = err[0];
}

static bool
has_ended(const void *arg)
{
	struct scene *s = (struct scene *)(uintptr_t)arg;

	return waitpid(s->pid, &s->status, WNOHANG) == s->pid;
}

static int
end(struct scene *s)
{
	struct err e;

	stub_until(&s->office, has_ended, s);
	buf_reset(&s->text);
	buf_reset(&s->noise);
	assert_ok(file_read_all(s->out, &s->text, &e), &e);
	assert_ok(file_read_all(s->err, &s->noise, &e), &e);
	(void)close(s->out);
	(void)close(s->err);
	print_message("%s%s", s->text.ptr, s->noise.ptr);
	assert_true(WIFEXITED(s->status));
	return WEXITSTATUS(s->status);
}

static int
once(struct scene *s)
{
	const char *const args[] = { "--home", s->office.folder.path, "--once",
		"--json", "--key-fd", "3", NULL };

	start(s, args, false);
	return end(s);
}

static void
once_prints_what_a_sync_came_to(void **state)
{
	struct scene *s = *state;

	stub_device_save(&s->office, "Betty");
	assert_int_equal(once(s), 0);
	assert_non_null(strstr(s->text.ptr, "\"outcome\":\"done\""));
	assert_non_null(strstr(s->text.ptr, "\"sent\":1"));
	assert_non_null(strstr(s->text.ptr, "\"receipts\":1"));
	assert_non_null(strstr(s->text.ptr, "\"round_trips\":1"));
	assert_int_equal(s->noise.len, 0);
	assert_int_equal(stub_device_status(&s->office).unsent, 0);
}

/* What waited for new certificates is fetched with them in the same sync. */
static void
once_renews_what_ran_out(void **state)
{
	struct scene *s = *state;

	s->office.mode = STUB_EXPIRED;
	stub_device_save(&s->office, "Betty");
	assert_int_equal(once(s), 0);
	assert_int_equal(s->office.renewals, 1);
	assert_int_equal(s->office.syncs, 2);
	assert_non_null(strstr(s->text.ptr, "\"sent\":1"));
	assert_null(strstr(s->text.ptr, "\"word\""));
	/* And before they run out. */
	stub_office_age(&s->office);
	assert_int_equal(once(s), 0);
	assert_int_equal(s->office.renewals, 2);
	assert_int_equal(s->office.syncs, 3);
	assert_int_equal(once(s), 0);
	assert_int_equal(s->office.renewals, 2);
}

static void
a_file_that_may_not_grow_is_a_full_disk_and_nothing_is_lost(void **state)
{
	struct scene *s = *state;
	const char *const args[] = { "--home", s->office.folder.path, "--once",
		"--json", "--key-fd", "3", NULL };
	struct rlimit before, small;

	stub_device_save(&s->office, "Betty");
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = (struct rlimit){ 4096, before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	start(s, args, false);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(end(s), 1);
	assert_non_null(strstr(s->text.ptr, "the disk is full"));
	assert_int_equal(once(s), 0);
	assert_int_equal(stub_device_status(&s->office).unsent, 0);
}

static void
the_exit_status_says_why_it_did_not_sync(void **state)
{
	struct scene *s = *state;

	s->office.mode = STUB_PORTAL;
	assert_int_equal(once(s), 6);
	assert_non_null(strstr(s->text.ptr, "\"outcome\":\"portal\""));
	s->office.mode = STUB_WORD;
	s->office.word = WORD_REVOKED;
	assert_int_equal(once(s), 7);
	assert_non_null(strstr(s->text.ptr, "\"word\":\"revoked\""));
	stub_office_down(&s->office);
	assert_int_equal(once(s), 6);
	assert_non_null(strstr(s->text.ptr, "\"outcome\":\"office_down\""));
	stub_office_up(&s->office);
	s->office.mode = STUB_GOOD;
	s->office.dbkey.b[0] ^= 1;
	assert_int_equal(once(s), 5);
	assert_non_null(strstr(s->text.ptr, "\"error\":{"));
	s->office.dbkey.b[0] ^= 1;
	assert_int_equal(once(s), 0);
}

static void
once_without_a_key_is_the_couriers_part(void **state)
{
	struct scene *s = *state;
	const char *const args[] = { "--once", "--home", s->office.folder.path,
		NULL };

	stub_device_save(&s->office, "Betty");
	start(s, args, false);
	assert_int_equal(end(s), 0);
	assert_int_equal(s->office.couriers, 1);
	assert_int_equal(s->office.syncs, 0);
	assert_string_equal(s->text.ptr,
	    "What was waiting here is with the office. Unlock to get what the "
	    "office has for you.\n");
}

static void
mistakes_are_told_in_a_sentence(void **state)
{
	struct scene *s = *state;
	char missing[FILE_PATH_MAX], conf[FILE_PATH_MAX];
	const char *const no_folder[] = { "--home", missing, NULL };
	const char *const no_option[] = { "--bogus", NULL };
	const char *const bad_conf[] = { "--home", s->office.folder.path,
		"--conf", conf, NULL };
	struct err e;

	assert_true(file_join(missing, s->office.folder.path, "missing"));
	assert_true(file_join(conf, s->office.folder.path, "a.conf"));
	start(s, no_folder, false);
	assert_int_equal(end(s), 3);
	assert_non_null(strstr(s->noise.ptr, "visitbook enrol"));
	start(s, no_option, false);
	assert_int_equal(end(s), 2);
	assert_ok(file_save(conf, "retry-most = soon\n", 18, &e), &e);
	start(s, bad_conf, false);
	assert_int_equal(end(s), 2);
	assert_non_null(strstr(s->noise.ptr, "retry-most"));
}

static bool
has_line(const void *arg)
{
	struct pollfd p = { .fd = ((const struct scene *)arg)->out,
		.events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

static bool
has_one(const void *arg)
{
	return ((const struct scene *)arg)->office.counter == 1;
}

static void
the_daemon_says_ready_works_and_ends_when_told(void **state)
{
	struct scene *s = *state;
	const char *const args[] = { "--home", s->office.folder.path,
		"--ready-fd", "3", NULL };

	start(s, args, true);
	stub_until(&s->office, has_line, s);
	stub_device_save(&s->office, "Betty");
	stub_until(&s->office, has_one, s);
	assert_int_equal(kill(s->pid, SIGTERM), 0);
	assert_int_equal(end(s), 0);
	assert_string_equal(s->text.ptr, "{\"ready\":true}\n");
	/* Nothing that a person wrote is in the log. */
	assert_null(strstr(s->noise.ptr, "Betty"));
}

static void
two_daemons_for_one_folder_are_one_too_many(void **state)
{
	struct scene *s = *state;
	const char *const args[] = { "--home", s->office.folder.path,
		"--ready-fd", "3", NULL };
	pid_t first;
	int out, err;

	start(s, args, true);
	stub_until(&s->office, has_line, s);
	first = s->pid;
	out = s->out;
	err = s->err;
	start(s, args, true);
	assert_int_equal(end(s), 1);
	assert_non_null(strstr(s->noise.ptr, "already holds the key"));
	s->pid = first;
	s->out = out;
	s->err = err;
	assert_int_equal(kill(s->pid, SIGTERM), 0);
	assert_int_equal(end(s), 0);
}

#define PROGRAM_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PROGRAM_TEST(once_prints_what_a_sync_came_to),
		PROGRAM_TEST(once_renews_what_ran_out),
		PROGRAM_TEST(
		    a_file_that_may_not_grow_is_a_full_disk_and_nothing_is_lost),
		PROGRAM_TEST(the_exit_status_says_why_it_did_not_sync),
		PROGRAM_TEST(once_without_a_key_is_the_couriers_part),
		PROGRAM_TEST(mistakes_are_told_in_a_sentence),
		PROGRAM_TEST(the_daemon_says_ready_works_and_ends_when_told),
		PROGRAM_TEST(two_daemons_for_one_folder_are_one_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
