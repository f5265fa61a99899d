/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A holder's socket: whose it is, who is let in, and what is not a request.
 */
#include "tests/support/holder_scene.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static void
a_holder_that_is_full_says_so_and_not_that_it_is_locked(void **state)
{
	struct holder_scene *s = *state;
	struct holder_lease *leases[HOLDER_CONNS_MAX], *more = NULL;
	struct secret_key got;
	char *answer = NULL;

	holder_scene_start(s);
	holder_scene_unlock(s);
	for (size_t i = 0; i < HOLDER_CONNS_MAX; i++)
		assert_ok(
		    holder_lease_open(s->home, &got, &leases[i], &s->e), &s->e);
	/* Whoever is quicker, the command with its question or the holder. */
	for (int i = 0; i < 10; i++) {
		assert_int_equal(
		    holder_lease_open(s->home, &got, &more, &s->e), ERR_BUSY);
		assert_int_equal(s->e.sys, HOLDER_FULL);
		assert_int_equal(holder_ask(s->home, "{\"do\":\"status\"}",
		                     HOLDER_SCENE_MS, &answer, &s->e),
		    ERR_BUSY);
	}
	holder_lease_close(leases[0]);
	while (holder_lease_open(s->home, &got, &leases[0], &s->e) == ERR_BUSY)
		(void)usleep(1000);
	for (size_t i = 0; i < HOLDER_CONNS_MAX; i++)
		holder_lease_close(leases[i]);
	holder_scene_end(s, SIGTERM);
}

static void
a_second_holder_is_refused_and_a_stale_socket_replaced(void **state)
{
	struct holder_scene *s = *state;
	char path[FILE_PATH_MAX];
	struct stat st;
	int told;
	pid_t pid;

	holder_scene_start(s);
	pid = holder_scene_fork(s, &told);
	assert_int_equal(holder_scene_told(told, HOLDER_SCENE_MS), 'b');
	(void)close(told);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	holder_scene_assert_answer(s, "{\"do\":\"touch\"}", "{\"ok\":true}");

	holder_scene_end(s, SIGKILL);
	assert_ok(holder_path(s->home, path, &s->e), &s->e);
	assert_int_equal(stat(path, &st), 0); /* left behind */
	holder_scene_start(s);
	holder_scene_assert_answer(s, "{\"do\":\"touch\"}", "{\"ok\":true}");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	holder_scene_end(s, SIGTERM);
	assert_int_equal(stat(path, &st), -1);
}

static void
the_runtime_folder_is_for_nobody_else(void **state)
{
	struct holder_scene *s = *state;
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
	struct holder_scene *s = *state;
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
	struct holder_scene *s = *state;
	char folder[FILE_PATH_MAX], path[FILE_PATH_MAX];
	int status = 0;
	pid_t pid;

	if (geteuid() != 0)
		skip(); /* only root can become somebody else */
	holder_scene_start(s);
	holder_scene_unlock(s);
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
	holder_scene_end(s, SIGTERM);
}

static void
what_is_no_request_gets_an_error_word(void **state)
{
	struct holder_scene *s = *state;

	holder_scene_start(s);
	holder_scene_assert_answer(s, "rubbish", "{\"error\":\"malformed\"}");
	holder_scene_assert_answer(s, "[]", "{\"error\":\"malformed\"}");
	holder_scene_assert_answer(
	    s, "{\"do\":7}", "{\"error\":\"malformed\"}");
	holder_scene_assert_answer(
	    s, "{\"do\":\"dance\"}", "{\"error\":\"invalid\"}");
	holder_scene_assert_answer(
	    s, "{\"do\":\"unlock\",\"until\":0}", "{\"error\":\"malformed\"}");
	holder_scene_assert_answer(s,
	    "{\"do\":\"unlock\",\"key\":\"77\",\"until\":0}",
	    "{\"error\":\"malformed\"}");
	holder_scene_assert_answer(s, "{\"do\":\"touch\"}", "{\"ok\":true}");
	holder_scene_end(s, SIGTERM);
}

static void
a_line_without_end_ends_its_connection_alone(void **state)
{
	struct holder_scene *s = *state;
	char *line = malloc(5000), *answer = NULL;
	enum err_code code;

	assert_non_null(line);
	memset(line, 'x', 4999);
	line[4999] = '\0';
	holder_scene_start(s);
	code = holder_ask(s->home, line, HOLDER_SCENE_MS, &answer, &s->e);
	assert_int_equal(code, ERR_IO);
	holder_scene_assert_answer(s, "{\"do\":\"touch\"}", "{\"ok\":true}");
	free(line);
	holder_scene_end(s, SIGTERM);
}

static void
without_a_holder_a_question_finds_nobody(void **state)
{
	struct holder_scene *s = *state;
	const struct secret_key key = holder_scene_key();
	char *answer = NULL;

	assert_int_equal(holder_ask(s->home, "{\"do\":\"status\"}",
	                     HOLDER_SCENE_MS, &answer, &s->e),
	    ERR_NOTFOUND);
	assert_int_equal(holder_unlock(s->home, &key, 0, &s->e), ERR_NOTFOUND);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		HOLDER_TEST(
		    a_holder_that_is_full_says_so_and_not_that_it_is_locked),
		HOLDER_TEST(
		    a_second_holder_is_refused_and_a_stale_socket_replaced),
		HOLDER_TEST(the_runtime_folder_is_for_nobody_else),
		HOLDER_TEST(two_ways_to_name_a_folder_meet_at_one_socket),
		HOLDER_TEST(a_process_of_another_user_is_turned_away),
		HOLDER_TEST(what_is_no_request_gets_an_error_word),
		HOLDER_TEST(a_line_without_end_ends_its_connection_alone),
		HOLDER_TEST(without_a_holder_a_question_finds_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
