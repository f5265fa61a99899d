/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What reads everything runs beside the engine: nobody waits for it; and an
 * office that ends under a command.
 */
#include "tests/support/served_office.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/sys/json.h"
#include "daemon/central/engine/engine.h"
#include "daemon/central/serve/admin.h"
#include "daemon/central/serve/admin_int.h"
#include "daemon/central/setup/store_key.h"

#define RECORDS 2500
#define WAIT_S 60

static struct served o;

/* Write many places into the store, in one commit. */
static void
fill(void)
{
	struct engine_options options = { .data = o.data };
	struct secret_key key;
	struct engine *g;
	json_t *name = json_string("The Limes, behind the chapel");
	const struct office_edit edit = { "name", name };
	const struct office_save save = {
		.type = "site", .edits = &edit, .n_edits = 1
	};
	struct office_saved saved;
	struct err e;

	assert_ok(store_key_load(o.data, &key, &e), &e);
	options.key = &key;
	assert_ok(engine_open(&options, &g, &e), &e);
	assert_ok(store_begin(engine_store(g), &e), &e);
	for (int i = 0; i < RECORDS; i++)
		assert_ok(engine_save_step(g, &save, &saved, &e), &e);
	assert_ok(store_commit(engine_store(g), &e), &e);
	engine_close(g);
	json_decref(name);
}

static int
start_office(void **state)
{
	(void)state;
	served_open(&o, CENTRAL_PROGRAM);
	assert_int_equal(served_end(&o), 0);
	fill();
	served_start(&o);
	return 0;
}

static int
end_office(void **state)
{
	(void)state;
	served_close(&o);
	return 0;
}

/* Send a command; its answer is waited for later. */
static int
send_command(const char *line)
{
	struct sockaddr_un address;
	int folder, fd;
	struct err e;

	assert_ok(admin_address(o.data, &address, &folder, &e), &e);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(
	    connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(close(folder), 0);
	assert_int_equal(write(fd, line, strlen(line)), (ssize_t)strlen(line));
	return fd;
}

static bool
has_answer(int fd, int timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, timeout_ms) == 1;
}

/* The whole answer; fd is closed. */
static json_t *
take_answer(int fd)
{
	const struct json_limits limits = {
		.bytes_max = 1 << 20, .tokens_max = 10000, .depth_max = 8
	};
	struct buf text;
	json_t *json = NULL;
	struct err e;

	assert_true(has_answer(fd, WAIT_S * 1000));
	buf_init(&text, 1 << 20);
	assert_ok(file_read_all(fd, &text, &e), &e);
	assert_int_equal(close(fd), 0);
	assert_true(text.len > 0);
	assert_ok(json_parse(text.ptr, text.len - 1, &limits, &json, &e), &e);
	buf_fini(&text);
	return json;
}

/* The process that the engine started, when it is there. */
static pid_t
wait_for_process(void)
{
	struct served engine = o;

	engine.pid = served_child(&o, "engine");
	assert_true(engine.pid != 0);
	for (int i = 0; i < 2000; i++) {
		const pid_t pid = served_child(&engine, "beside");

		if (pid != 0)
			return pid;
		served_pause(1);
	}
	fail_msg("nothing runs beside the engine");
	return 0;
}

static void
add_user(const char *name)
{
	json_decref(served_ask(
	    &o, json_pack("{s:s, s:s}", "do", "user add", "name", name)));
}

static void
the_engine_answers_while_everything_is_verified(void **state)
{
	const int verify = send_command("{\"do\":\"verify\"}\n");
	json_t *answer;
	unsigned answered = 0;

	(void)state;
	while (answered < 200 && !has_answer(verify, 0)) {
		json_decref(
		    served_ask(&o, json_pack("{s:s}", "do", "user list")));
		answered++;
	}
	answer = take_answer(verify);
	assert_true(json_is_true(json_object_get(answer, "ok")));
	json_decref(answer);
	print_message("%u commands answered meanwhile\n", answered);
	assert_true(answered >= 3);
}

static void
what_is_written_meanwhile_is_not_waited_for_and_not_seen(void **state)
{
	const int verify = send_command("{\"do\":\"verify\"}\n");
	const pid_t pid = wait_for_process();
	json_t *answer;

	(void)state;
	assert_int_equal(kill(pid, SIGSTOP), 0);
	add_user("Amina");
	assert_false(has_answer(verify, 0));
	/* One at a time. */
	answer = served_try(&o, json_pack("{s:s}", "do", "verify"));
	assert_string_equal(json_string_value(json_object_get(
	                        json_object_get(answer, "error"), "word")),
	    "busy");
	json_decref(answer);
	assert_int_equal(kill(pid, SIGCONT), 0);
	answer = take_answer(verify);
	assert_true(json_is_true(json_object_get(answer, "ok")));
	json_decref(answer);
	/* And another after it. */
	json_decref(served_ask(&o, json_pack("{s:s}", "do", "verify")));
}

static void
a_backup_is_made_beside_it_and_is_one_moment(void **state)
{
	char line[FILE_PATH_MAX + 80], path[FILE_PATH_MAX];
	json_t *answer;
	int backup;
	pid_t pid;
	int64_t seq;

	(void)state;
	assert_true(file_join(path, o.folder.path, "copy.db"));
	(void)snprintf(
	    line, sizeof(line), "{\"do\":\"backup\",\"file\":\"%s\"}\n", path);
	backup = send_command(line);
	pid = wait_for_process();
	assert_int_equal(kill(pid, SIGSTOP), 0);
	add_user("Bethan");
	assert_int_equal(kill(pid, SIGCONT), 0);
	answer = take_answer(backup);
	assert_string_equal(
	    json_string_value(json_object_get(answer, "file")), path);
	seq = json_integer_value(json_object_get(answer, "seq"));
	assert_true(seq > RECORDS);
	json_decref(answer);
	assert_true(file_exists(path));
	/* What is there already is not written over, and nothing is begun. */
	backup = send_command(line);
	answer = take_answer(backup);
	assert_string_equal(json_string_value(json_object_get(
	                        json_object_get(answer, "error"), "word")),
	    "conflict");
	json_decref(answer);
}

static void
who_asked_may_leave_and_a_process_that_is_killed_is_told(void **state)
{
	int verify = send_command("{\"do\":\"verify\"}\n");
	pid_t pid = wait_for_process();
	json_t *answer;

	(void)state;
	assert_int_equal(kill(pid, SIGKILL), 0);
	answer = take_answer(verify);
	assert_string_equal(json_string_value(json_object_get(
	                        json_object_get(answer, "error"), "word")),
	    "io");
	json_decref(answer);
	verify = send_command("{\"do\":\"verify\"}\n");
	pid = wait_for_process();
	assert_int_equal(close(verify), 0);
	add_user("Carys");
	while (kill(pid, 0) == 0)
		served_pause(5);
	assert_int_equal(errno, ESRCH);
	add_user("Dilys");
}

static void
the_end_of_the_office_is_its_end(void **state)
{
	const int verify = send_command("{\"do\":\"verify\"}\n");
	const pid_t pid = wait_for_process();

	(void)state;
	assert_int_equal(kill(pid, SIGSTOP), 0);
	assert_int_equal(served_end(&o), 0);
	assert_int_not_equal(kill(pid, 0), 0);
	assert_int_equal(close(verify), 0);
	served_start(&o);
	json_decref(served_ask(&o, json_pack("{s:s}", "do", "user list")));
}

/* An office that takes the connection, and ends. */
static pid_t
office_that_ends(const char *data)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pid_t pid;

	assert_true((size_t)snprintf(at.sun_path, sizeof(at.sun_path),
	                "%s/engine.sock", data) < sizeof(at.sun_path));
	assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(listener, 1), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)close(accept(listener, NULL, NULL));
		_exit(0);
	}
	(void)close(listener);
	return pid;
}

static void
an_office_that_ends_under_a_command_is_an_error_and_no_signal(void **state)
{
	struct check_folder folder = check_folder_new();
	char *text = calloc(1, 4u << 20);
	json_t *request, *answer = NULL;
	struct err e;
	pid_t pid;

	(void)state;
	assert_non_null(text);
	memset(text, 'x', (4u << 20) - 1);
	request = json_pack("{s:s}", "do", text);
	pid = office_that_ends(folder.path);
	assert_int_equal(admin_ask(folder.path, request, &answer, &e), ERR_IO);
	assert_string_equal(
	    e.msg, "the office ended before it had the command");
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	json_decref(request);
	free(text);
	check_folder_end(&folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    an_office_that_ends_under_a_command_is_an_error_and_no_signal),
		cmocka_unit_test(
		    the_engine_answers_while_everything_is_verified),
		cmocka_unit_test(
		    what_is_written_meanwhile_is_not_waited_for_and_not_seen),
		cmocka_unit_test(a_backup_is_made_beside_it_and_is_one_moment),
		cmocka_unit_test(
		    who_asked_may_leave_and_a_process_that_is_killed_is_told),
		cmocka_unit_test(the_end_of_the_office_is_its_end),
	};

	return cmocka_run_group_tests(tests, start_office, end_office);
}
