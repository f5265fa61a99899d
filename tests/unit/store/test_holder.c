/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A holder runs in a child process, as it does in life; the tests are its
 * commands.  What the holder was told comes back through a pipe, a letter for
 * each event.
 */
#include "tests/support/check.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/store/holder.h"

#define WAIT_MS 20000

struct scene {
	struct check_folder folder;
	char home[FILE_PATH_MAX];
	struct err e;
	pid_t pid;     /* the holder */
	int told;      /* what it was told */
	bool has_sync; /* it is a daemon */
};

struct told {
	int fd;
	struct holder *h;
};

static void
tell(int fd, char what)
{
	if (write(fd, &what, 1) != 1)
		_exit(9);
}

static void
on_unlock(void *arg, const struct secret_key *key)
{
	tell(((struct told *)arg)->fd, key->b[0] == 7 ? 'u' : 'v');
}

static void
on_lock(void *arg)
{
	tell(((struct told *)arg)->fd, 'l');
}

static void
on_changed(void *arg)
{
	tell(((struct told *)arg)->fd, 'c');
}

static void
on_sync(void *arg)
{
	struct told *t = arg;

	tell(t->fd, 's');
	holder_sync_done(t->h, "{\"outcome\":\"done\"}");
}

static void
on_status(void *arg, json_t *into)
{
	(void)arg;
	(void)json_object_set_new(into, "extra", json_string("yes"));
}

static void
on_term(int signo, void *arg)
{
	(void)signo;
	loop_stop(arg);
}

/* The holder's process: 'r' says that it listens, 'b' that another does. */
static void
be_holder(const struct scene *s, int told)
{
	struct told t = { .fd = told };
	struct holder_events events = { .on_unlock = on_unlock,
		.on_lock = on_lock,
		.on_changed = on_changed,
		.on_status = on_status,
		.arg = &t };
	struct loop_signal *term = NULL;
	struct loop *loop = NULL;
	struct err e = { 0 };
	enum err_code code;

	if (s->has_sync)
		events.on_sync = on_sync;
	if (loop_new(&loop, &e) != ERR_OK ||
	    loop_signal_new(loop, SIGTERM, on_term, loop, &term, &e) != ERR_OK)
		_exit(8);
	code = holder_open(loop, s->home, &events, &t.h, &e);
	if (code == ERR_OK)
		tell(told, 'r');
	else
		tell(told, code == ERR_BUSY ? 'b' : 'e');
	if (code == ERR_OK && loop_run(loop, &e) != ERR_OK)
		_exit(7);
	holder_close(code == ERR_OK ? t.h : NULL);
	loop_signal_free(term);
	loop_free(loop);
	_exit(0);
}

/* The next letter, or '-' when none comes. */
static char
next_told(int fd, int timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char what = '-';

	if (poll(&p, 1, timeout_ms) == 1 && read(fd, &what, 1) != 1)
		what = '-';
	return what;
}

static pid_t
start(const struct scene *s, int *told_out)
{
	int ends[2];
	pid_t pid;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)close(ends[0]);
		be_holder(s, ends[1]);
	}
	(void)close(ends[1]);
	*told_out = ends[0];
	return pid;
}

static void
scene_start(struct scene *s)
{
	s->pid = start(s, &s->told);
	assert_int_equal(next_told(s->told, WAIT_MS), 'r');
}

static void
scene_end(struct scene *s, int signo)
{
	int status = 0;

	assert_int_equal(kill(s->pid, signo), 0);
	assert_int_equal(waitpid(s->pid, &status, 0), s->pid);
	if (signo == SIGTERM)
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	(void)close(s->told);
	s->pid = 0;
}

static int
setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	s->folder = check_folder_new();
	assert_true(file_join(s->home, s->folder.path, "notes"));
	assert_int_equal(mkdir(s->home, 0700), 0);
	assert_int_equal(setenv("XDG_RUNTIME_DIR", s->folder.path, 1), 0);
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	struct scene *s = *state;

	if (s->pid > 0) {
		(void)kill(s->pid, SIGKILL);
		(void)waitpid(s->pid, NULL, 0);
	}
	check_folder_end(&s->folder);
	free(s);
	return 0;
}

static struct secret_key
some_key(void)
{
	struct secret_key key;

	memset(key.b, 7, sizeof(key.b));
	return key;
}

static void
unlock(struct scene *s)
{
	const struct secret_key key = some_key();

	assert_ok(holder_unlock(s->home, &key, 0, &s->e), &s->e);
	assert_int_equal(next_told(s->told, WAIT_MS), 'u');
}

static void
assert_answer(struct scene *s, const char *request, const char *answer)
{
	char *got = NULL;

	assert_ok(holder_ask(s->home, request, WAIT_MS, &got, &s->e), &s->e);
	assert_string_equal(got, answer);
	free(got);
}

/* ---- */

static void
the_key_comes_to_a_command_while_unlocked_only(void **state)
{
	struct scene *s = *state;
	const struct secret_key key = some_key();
	struct holder_lease *lease = NULL;
	struct secret_key got;

	assert_int_equal(
	    holder_lease_open(s->home, &got, &lease, &s->e), ERR_LOCKED);
	scene_start(s);
	assert_int_equal(
	    holder_lease_open(s->home, &got, &lease, &s->e), ERR_LOCKED);
	unlock(s);
	assert_ok(holder_lease_open(s->home, &got, &lease, &s->e), &s->e);
	assert_memory_equal(&got, &key, sizeof(key));
	assert_false(holder_lease_is_revoked(lease));
	holder_lease_close(lease);
	scene_end(s, SIGTERM);
	assert_int_equal(
	    holder_lease_open(s->home, &got, &lease, &s->e), ERR_LOCKED);
}

static void
a_lock_is_done_when_the_last_lease_is_closed(void **state)
{
	struct scene *s = *state;
	struct holder_lease *one = NULL, *two = NULL;
	struct secret_key got;
	char *answer = NULL;
	int ends[2];
	pid_t pid;

	scene_start(s);
	unlock(s);
	assert_ok(holder_lease_open(s->home, &got, &one, &s->e), &s->e);
	assert_ok(holder_lease_open(s->home, &got, &two, &s->e), &s->e);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct err e = { 0 };
		/* The leases are the parent's alone. */
		(void)close(holder_lease_fd(one));
		(void)close(holder_lease_fd(two));
		if (holder_ask(s->home, "{\"do\":\"lock\"}", WAIT_MS, &answer,
		        &e) == ERR_OK &&
		    strcmp(answer, "{\"ok\":true}") == 0)
			tell(ends[1], 'k');
		_exit(0);
	}
	/* The holder has wiped at once, and asks both. */
	assert_int_equal(next_told(s->told, WAIT_MS), 'l');
	while (!holder_lease_is_revoked(one) || !holder_lease_is_revoked(two))
		(void)usleep(1000);
	holder_lease_close(one);
	assert_int_equal(next_told(ends[0], 200), '-');
	assert_int_equal(
	    holder_lease_open(s->home, &got, &one, &s->e), ERR_LOCKED);
	holder_lease_close(two);
	assert_int_equal(next_told(ends[0], WAIT_MS), 'k');
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	(void)close(ends[0]);
	(void)close(ends[1]);
	scene_end(s, SIGTERM);
}

static void
a_holder_that_is_full_says_so_and_not_that_it_is_locked(void **state)
{
	struct scene *s = *state;
	struct holder_lease *leases[HOLDER_CONNS_MAX], *more = NULL;
	struct secret_key got;
	char *answer = NULL;

	scene_start(s);
	unlock(s);
	for (size_t i = 0; i < HOLDER_CONNS_MAX; i++)
		assert_ok(
		    holder_lease_open(s->home, &got, &leases[i], &s->e), &s->e);
	/* Whoever is quicker, the command with its question or the holder. */
	for (int i = 0; i < 10; i++) {
		assert_int_equal(
		    holder_lease_open(s->home, &got, &more, &s->e), ERR_BUSY);
		assert_int_equal(s->e.sys, HOLDER_FULL);
		assert_int_equal(holder_ask(s->home, "{\"do\":\"status\"}",
		                     WAIT_MS, &answer, &s->e),
		    ERR_BUSY);
	}
	holder_lease_close(leases[0]);
	while (holder_lease_open(s->home, &got, &leases[0], &s->e) == ERR_BUSY)
		(void)usleep(1000);
	for (size_t i = 0; i < HOLDER_CONNS_MAX; i++)
		holder_lease_close(leases[i]);
	scene_end(s, SIGTERM);
}

static void
a_lease_is_revoked_when_the_holder_dies(void **state)
{
	struct scene *s = *state;
	struct holder_lease *lease = NULL;
	struct secret_key got;

	scene_start(s);
	unlock(s);
	assert_ok(holder_lease_open(s->home, &got, &lease, &s->e), &s->e);
	scene_end(s, SIGKILL);
	assert_true(holder_lease_is_revoked(lease));
	holder_lease_close(lease);
}

static void
a_second_holder_is_refused_and_a_stale_socket_replaced(void **state)
{
	struct scene *s = *state;
	char path[FILE_PATH_MAX];
	struct stat st;
	int told;
	pid_t pid;

	scene_start(s);
	pid = start(s, &told);
	assert_int_equal(next_told(told, WAIT_MS), 'b');
	(void)close(told);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_answer(s, "{\"do\":\"touch\"}", "{\"ok\":true}");

	scene_end(s, SIGKILL);
	assert_ok(holder_path(s->home, path, &s->e), &s->e);
	assert_int_equal(stat(path, &st), 0); /* left behind */
	scene_start(s);
	assert_answer(s, "{\"do\":\"touch\"}", "{\"ok\":true}");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	scene_end(s, SIGTERM);
	assert_int_equal(stat(path, &st), -1);
}

static void
the_runtime_folder_is_for_nobody_else(void **state)
{
	struct scene *s = *state;
	char folder[FILE_PATH_MAX], path[FILE_PATH_MAX];
	struct stat st;

	assert_true(file_join(folder, s->folder.path, "visitbook"));
	assert_ok(holder_path(s->home, path, &s->e), &s->e);
	assert_int_equal(stat(folder, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(chmod(folder, 0755), 0);
	assert_int_equal(holder_path(s->home, path, &s->e), ERR_AUTH);
	assert_int_equal(rmdir(folder), 0);
	assert_int_equal(symlink(s->home, folder), 0);
	assert_int_equal(holder_path(s->home, path, &s->e), ERR_AUTH);
	assert_int_equal(unlink(folder), 0);
	assert_int_equal(
	    holder_path("/nothing/here", path, &s->e), ERR_NOTFOUND);
}

static void
two_ways_to_name_a_folder_meet_at_one_socket(void **state)
{
	struct scene *s = *state;
	char other[FILE_PATH_MAX], one_path[FILE_PATH_MAX], path[FILE_PATH_MAX];

	assert_true(file_join(other, s->home, "../notes/."));
	assert_ok(holder_path(s->home, one_path, &s->e), &s->e);
	assert_ok(holder_path(other, path, &s->e), &s->e);
	assert_string_equal(path, one_path);
	assert_ok(holder_path(s->folder.path, path, &s->e), &s->e);
	assert_string_not_equal(path, one_path);
}

/* Connect as a user who was let in as far as the socket, by mistake. */
static int
ask_as_foreigner(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char answer[64];
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (setgid(65534) != 0 || setuid(65534) != 0 || fd < 0)
		return 3;
	memcpy(address.sun_path, path, strlen(path) + 1);
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) !=
	    0)
		return 4;
	(void)send(fd, "{\"do\":\"key\"}\n", 13, MSG_NOSIGNAL);
	return recv(fd, answer, sizeof(answer), 0) > 0 ? 1 : 0;
}

static void
a_process_of_another_user_is_turned_away(void **state)
{
	struct scene *s = *state;
	char folder[FILE_PATH_MAX], path[FILE_PATH_MAX];
	int status = 0;
	pid_t pid;

	if (geteuid() != 0)
		skip(); /* only root can become somebody else */
	scene_start(s);
	unlock(s);
	assert_ok(holder_path(s->home, path, &s->e), &s->e);
	assert_true(file_join(folder, s->folder.path, "visitbook"));
	assert_int_equal(chmod(s->folder.path, 0711), 0);
	assert_int_equal(chmod(folder, 0711), 0);
	assert_int_equal(chmod(path, 0666), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(ask_as_foreigner(path));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	scene_end(s, SIGTERM);
}

static void
it_locks_by_itself_when_nobody_is_at_work(void **state)
{
	struct scene *s = *state;
	const struct secret_key key = some_key();
	struct holder_lease *lease = NULL;
	struct secret_key got;
	uint64_t began;

	scene_start(s);
	assert_ok(
	    holder_unlock(s->home, &key, clock_unix_ms() + 1000, &s->e), &s->e);
	assert_int_equal(next_told(s->told, WAIT_MS), 'u');
	assert_ok(holder_lease_open(s->home, &got, &lease, &s->e), &s->e);
	began = clock_mono_ms();
	assert_int_equal(next_told(s->told, WAIT_MS), 'l');
	assert_true(clock_mono_ms() - began >= 900);
	while (!holder_lease_is_revoked(lease))
		(void)usleep(1000);
	holder_lease_close(lease);
	scene_end(s, SIGTERM);
}

static void
another_key_takes_the_place_of_the_first(void **state)
{
	struct scene *s = *state;
	struct secret_key key = some_key();

	scene_start(s);
	unlock(s);
	assert_ok(holder_unlock(s->home, &key, 0, &s->e), &s->e);
	key.b[0] = 8;
	assert_ok(holder_unlock(s->home, &key, 0, &s->e), &s->e);
	assert_int_equal(next_told(s->told, WAIT_MS), 'l');
	assert_int_equal(next_told(s->told, WAIT_MS), 'v');
	scene_end(s, SIGTERM);
}

static void
status_says_what_the_holder_is(void **state)
{
	struct scene *s = *state;

	scene_start(s);
	assert_answer(s, "{\"do\":\"status\"}",
	    "{\"daemon\":false,\"extra\":\"yes\",\"locked\":true,\"until\":0}");
	unlock(s);
	assert_answer(s, "{\"do\":\"status\"}",
	    "{\"daemon\":false,\"extra\":\"yes\",\"locked\":false,\"until\":"
	    "0}");
	assert_answer(s, "{\"do\":\"sync\"}", "{\"error\":\"no_daemon\"}");
	scene_end(s, SIGTERM);
	s->has_sync = true;
	scene_start(s);
	assert_answer(s, "{\"do\":\"status\"}",
	    "{\"daemon\":true,\"extra\":\"yes\",\"locked\":true,\"until\":0}");
	scene_end(s, SIGTERM);
}

static void
a_daemon_is_told_of_changes_and_answers_a_sync(void **state)
{
	struct scene *s = *state;

	s->has_sync = true;
	scene_start(s);
	assert_answer(s, "{\"do\":\"changed\"}", "{\"ok\":true}");
	assert_int_equal(next_told(s->told, WAIT_MS), 'c');
	assert_answer(s, "{\"do\":\"sync\"}", "{\"outcome\":\"done\"}");
	assert_int_equal(next_told(s->told, WAIT_MS), 's');
	scene_end(s, SIGTERM);
}

static void
what_is_no_request_gets_an_error_word(void **state)
{
	struct scene *s = *state;

	scene_start(s);
	assert_answer(s, "rubbish", "{\"error\":\"malformed\"}");
	assert_answer(s, "[]", "{\"error\":\"malformed\"}");
	assert_answer(s, "{\"do\":7}", "{\"error\":\"malformed\"}");
	assert_answer(s, "{\"do\":\"dance\"}", "{\"error\":\"invalid\"}");
	assert_answer(
	    s, "{\"do\":\"unlock\",\"until\":0}", "{\"error\":\"malformed\"}");
	assert_answer(s, "{\"do\":\"unlock\",\"key\":\"77\",\"until\":0}",
	    "{\"error\":\"malformed\"}");
	assert_answer(s, "{\"do\":\"touch\"}", "{\"ok\":true}");
	scene_end(s, SIGTERM);
}

static void
a_line_without_end_ends_its_connection_alone(void **state)
{
	struct scene *s = *state;
	char *line = malloc(5000), *answer = NULL;
	enum err_code code;

	assert_non_null(line);
	memset(line, 'x', 4999);
	line[4999] = '\0';
	scene_start(s);
	code = holder_ask(s->home, line, WAIT_MS, &answer, &s->e);
	assert_int_equal(code, ERR_IO);
	assert_answer(s, "{\"do\":\"touch\"}", "{\"ok\":true}");
	free(line);
	scene_end(s, SIGTERM);
}

static void
without_a_holder_a_question_finds_nobody(void **state)
{
	struct scene *s = *state;
	const struct secret_key key = some_key();
	char *answer = NULL;

	assert_int_equal(
	    holder_ask(s->home, "{\"do\":\"status\"}", WAIT_MS, &answer, &s->e),
	    ERR_NOTFOUND);
	assert_int_equal(holder_unlock(s->home, &key, 0, &s->e), ERR_NOTFOUND);
}

#define HOLDER_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		HOLDER_TEST(the_key_comes_to_a_command_while_unlocked_only),
		HOLDER_TEST(a_lock_is_done_when_the_last_lease_is_closed),
		HOLDER_TEST(
		    a_holder_that_is_full_says_so_and_not_that_it_is_locked),
		HOLDER_TEST(a_lease_is_revoked_when_the_holder_dies),
		HOLDER_TEST(
		    a_second_holder_is_refused_and_a_stale_socket_replaced),
		HOLDER_TEST(the_runtime_folder_is_for_nobody_else),
		HOLDER_TEST(two_ways_to_name_a_folder_meet_at_one_socket),
		HOLDER_TEST(a_process_of_another_user_is_turned_away),
		HOLDER_TEST(it_locks_by_itself_when_nobody_is_at_work),
		HOLDER_TEST(another_key_takes_the_place_of_the_first),
		HOLDER_TEST(status_says_what_the_holder_is),
		HOLDER_TEST(a_daemon_is_told_of_changes_and_answers_a_sync),
		HOLDER_TEST(what_is_no_request_gets_an_error_word),
		HOLDER_TEST(a_line_without_end_ends_its_connection_alone),
		HOLDER_TEST(without_a_holder_a_question_finds_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
