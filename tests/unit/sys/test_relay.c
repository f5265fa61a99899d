/* SPDX-License-Identifier: Apache-2.0 */
/* The relay that other tests cut a device's network with. */
#include "tests/support/check.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/rng.h"
#include "common/sys/http_client.h"
#include "tests/support/relay_scene.h"
#include "tests/support/test_pki.h"

#define SHORT_MS 100 /* long enough for what must not happen */
#define BIG_LEN 1000000

static void
put(int fd, const void *data, size_t len)
{
	assert_int_equal(send(fd, data, len, MSG_NOSIGNAL), len);
}

static void
expect(int fd, const void *data, size_t len)
{
	char got[65536];

	assert_true(len <= sizeof(got));
	assert_int_equal(recv(fd, got, len, MSG_WAITALL), len);
	assert_memory_equal(got, data, len);
}

static void
expect_end(int fd)
{
	char byte;

	assert_int_equal(recv(fd, &byte, 1, 0), 0);
}

static void
expect_reset(int fd)
{
	char byte;

	assert_int_equal(recv(fd, &byte, 1, 0), -1);
	assert_int_equal(errno, ECONNRESET);
}

static void
expect_silence(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	assert_int_equal(poll(&p, 1, SHORT_MS), 0);
}

static void
bytes_pass_both_ways_and_are_counted(void **state)
{
	struct relay_scene s;
	struct rng r = rng_make(check_seed("relay"));
	char block[50000];
	int device, office;

	(void)state;
	relay_scene_start(&s);
	device = relay_scene_connect(&s);
	office = relay_scene_accept(&s);
	for (size_t sent = 0; sent < BIG_LEN; sent += sizeof(block)) {
		rng_bytes(&r, block, sizeof(block));
		put(device, block, sizeof(block));
		expect(office, block, sizeof(block));
		put(office, block, sizeof(block) / 2);
		expect(device, block, sizeof(block) / 2);
	}
	assert_int_equal(relay_scene_count(&s, "bytes_up"), BIG_LEN);
	assert_int_equal(relay_scene_count(&s, "bytes_down"), BIG_LEN / 2);
	assert_int_equal(relay_scene_count(&s, "connections"), 1);
	assert_int_equal(relay_scene_count(&s, "open"), 1);
	(void)close(device);
	expect_end(office);
	(void)close(office);
	relay_scene_end(&s);
}

static void
one_side_may_end_before_the_other(void **state)
{
	struct relay_scene s;
	int device, office;

	(void)state;
	relay_scene_start(&s);
	device = relay_scene_connect(&s);
	office = relay_scene_accept(&s);
	put(device, "request", 7);
	assert_int_equal(shutdown(device, SHUT_WR), 0);
	expect(office, "request", 7);
	expect_end(office);
	put(office, "answer", 6);
	expect(device, "answer", 6);
	(void)close(office);
	expect_end(device);
	(void)close(device);
	assert_int_equal(relay_scene_count(&s, "open"), 0);
	assert_int_equal(relay_scene_count(&s, "cuts"), 0);
	relay_scene_end(&s);
}

static void
a_cut_resets_and_refuses_until_it_is_opened(void **state)
{
	struct relay_scene s;
	int device, office;

	(void)state;
	relay_scene_start(&s);
	for (int i = 0; i < 3; i++) {
		device = relay_scene_connect(&s);
		office = relay_scene_accept(&s);
		relay_scene_tell(&s, "cut");
		expect_reset(device);
		expect_reset(office);
		(void)close(device);
		(void)close(office);
		assert_int_equal(relay_scene_try_connect(&s), -1);
		assert_int_equal(errno, ECONNREFUSED);
		relay_scene_tell(&s, "open");
	}
	device = relay_scene_connect(&s);
	office = relay_scene_accept(&s);
	put(device, "again", 5);
	expect(office, "again", 5);
	assert_int_equal(relay_scene_count(&s, "cuts"), 3);
	(void)close(device);
	(void)close(office);
	relay_scene_end(&s);
}

static void
a_black_hole_swallows_everything(void **state)
{
	struct relay_scene s;
	int device, office, other;

	(void)state;
	relay_scene_start(&s);
	device = relay_scene_connect(&s);
	office = relay_scene_accept(&s);
	relay_scene_tell(&s, "blackhole");
	other = relay_scene_connect(&s);
	put(device, "lost", 4);
	put(office, "lost", 4);
	put(other, "lost", 4);
	assert_int_equal(shutdown(office, SHUT_WR), 0);
	expect_silence(device);
	expect_silence(office);
	expect_silence(other);
	relay_scene_tell(&s, "open");
	expect_reset(device);
	expect_reset(office);
	expect_reset(other);
	assert_int_equal(relay_scene_count(&s, "open"), 0);
	(void)close(device);
	(void)close(office);
	(void)close(other);
	relay_scene_end(&s);
}

static void
a_stall_loses_nothing(void **state)
{
	struct relay_scene s;
	int device, office;

	(void)state;
	relay_scene_start(&s);
	device = relay_scene_connect(&s);
	office = relay_scene_accept(&s);
	relay_scene_tell(&s, "stall");
	put(device, "kept", 4);
	assert_int_equal(shutdown(device, SHUT_WR), 0);
	expect_silence(office);
	relay_scene_tell(&s, "open");
	expect(office, "kept", 4);
	expect_end(office);
	(void)close(device);
	(void)close(office);
	relay_scene_end(&s);
}

static void
a_limit_ends_the_next_connection_after_exactly_so_many_bytes(void **state)
{
	static const size_t limits[] = { 1, 4, 10, 11, 70000 };
	struct relay_scene s;
	char block[65536], command[64];
	int device, office;

	(void)state;
	memset(block, 'x', sizeof(block));
	relay_scene_start(&s);
	for (size_t i = 0; i < 10; i++) {
		const size_t n = limits[i / 2];
		const bool is_down = i % 2 == 0;
		size_t got = 0;
		ssize_t part;
		int reader, writer;

		(void)snprintf(command, sizeof(command), "limit-%s %zu",
		    is_down ? "down" : "up", n);
		relay_scene_tell(&s, command);
		device = relay_scene_connect(&s);
		office = relay_scene_accept(&s);
		reader = is_down ? device : office;
		writer = is_down ? office : device;
		/* The last part is short, so that it is sent before the reset
		 * comes. */
		if (n > sizeof(block))
			put(writer, block, sizeof(block));
		put(writer, block, n % sizeof(block) + 1000);
		while ((part = recv(reader, block, sizeof(block), 0)) > 0)
			got += (size_t)part;
		assert_int_equal(part, 0);
		assert_int_equal(got, n);
		expect_reset(writer);
		(void)close(device);
		(void)close(office);
	}
	assert_int_equal(relay_scene_count(&s, "cuts"), 10);
	device = relay_scene_connect(&s);
	office = relay_scene_accept(&s);
	put(office, block, sizeof(block));
	expect(device, block, sizeof(block));
	(void)close(device);
	(void)close(office);
	relay_scene_end(&s);
}

static void
a_limit_of_nothing_lets_the_request_through(void **state)
{
	struct relay_scene s;
	int device, office;

	(void)state;
	relay_scene_start(&s);
	relay_scene_tell(&s, "limit-down 0");
	device = relay_scene_connect(&s);
	office = relay_scene_accept(&s);
	put(device, "request", 7);
	expect(office, "request", 7);
	expect_silence(device);
	put(office, "answer", 6);
	expect_end(device);
	expect_reset(office);
	(void)close(device);
	(void)close(office);
	relay_scene_end(&s);
}

static void
it_stalls_by_itself_on_the_way_up(void **state)
{
	struct relay_scene s;
	int device, office;

	(void)state;
	relay_scene_start(&s);
	device = relay_scene_connect(&s);
	office = relay_scene_accept(&s);
	relay_scene_tell(&s, "stall-up 4");
	put(device, "some", 4);
	expect(office, "some", 4);
	put(device, "more", 4);
	expect_silence(office);
	relay_scene_tell(&s, "open");
	expect(office, "more", 4);
	(void)close(device);
	(void)close(office);
	relay_scene_end(&s);
}

static void
an_office_that_is_down_is_a_reset(void **state)
{
	struct relay_scene s;
	int device;

	(void)state;
	relay_scene_start(&s);
	(void)close(s.office);
	device = relay_scene_connect(&s);
	expect_reset(device);
	(void)close(device);
	s.office = -1;
	relay_scene_end(&s);
}

/* The device's own client meets the portal. */
static void
the_portal_is_not_taken_for_the_office(void **state)
{
	static const char request[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
	struct relay_scene s;
	struct test_pki pki = test_pki_make();
	struct http_client_cfg cfg = { 0 };
	struct http_client *c = NULL;
	struct http_call call = { .method = "POST", .path = "/v1/sync" };
	struct http_answer a;
	char page[1024];
	struct err e;
	int device;

	(void)state;
	relay_scene_start(&s);
	relay_scene_tell(&s, "portal");
	device = relay_scene_connect(&s);
	put(device, request, sizeof(request) - 1);
	assert_true(recv(device, page, sizeof(page), MSG_WAITALL) > 100);
	assert_memory_equal(page, "HTTP/1.1 200 OK\r\n", 17);
	(void)close(device);
	cfg.root = test_cert_der(pki.root, &cfg.root_len);
	assert_ok(http_client_new(&cfg, &c, &e), &e);
	call.address = relay_address(s.relay);
	assert_int_equal(http_client_call(c, &call, &a, &e), ERR_AUTH);
	assert_int_equal(a.outcome, HTTP_OUTCOME_CERTIFICATE);
	http_answer_fini(&a);
	relay_scene_tell(&s, "cut");
	assert_int_equal(http_client_call(c, &call, &a, &e), ERR_BUSY);
	assert_int_equal(a.outcome, HTTP_OUTCOME_OFFICE_DOWN);
	http_answer_fini(&a);
	http_client_free(c);
	assert_int_equal(relay_scene_count(&s, "bytes_up"), 0);
	test_pki_free(&pki);
	relay_scene_end(&s);
}

static void
more_connections_than_it_holds_wait_their_turn(void **state)
{
	struct relay_scene s;
	int devices[RELAY_CONNECTIONS_MAX + 2];
	int offices[RELAY_CONNECTIONS_MAX + 2];
	const int n = RELAY_CONNECTIONS_MAX + 2;

	(void)state;
	relay_scene_start(&s);
	for (int i = 0; i < n; i++)
		devices[i] = relay_scene_connect(&s);
	for (int i = 0; i < n; i++) {
		offices[i] = relay_scene_accept(&s);
		put(offices[i], "hello", 5);
		if (i >= n - 3) { /* make room */
			(void)close(devices[i - n + 3]);
			(void)close(offices[i - n + 3]);
		}
	}
	for (int i = 3; i < n; i++) {
		expect(devices[i], "hello", 5);
		(void)close(devices[i]);
		(void)close(offices[i]);
	}
	assert_int_equal(relay_scene_count(&s, "connections"), n);
	relay_scene_end(&s);
}

static void
what_is_no_command_is_answered_so(void **state)
{
	char too_long[200] = "open";
	const char *const lines[] = { "", "shut", "cut ", "limit-down",
		"limit-down x", "limit-up -1", "limit-up 99999999999999999999",
		"limit-up 1 2", too_long };
	struct relay_scene s;
	char answer[256];

	(void)state;
	memset(too_long, 'x', sizeof(too_long) - 1);
	relay_scene_start(&s);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		relay_scene_ask(&s, lines[i], answer);
		assert_string_equal(answer, "{\"error\":\"no such command\"}");
	}
	relay_scene_ask(&s, "stats", answer);
	assert_string_equal(answer,
	    "{\"mode\":\"open\",\"connections\":0,\"open\":0,\"cuts\":0,"
	    "\"bytes_up\":0,\"bytes_down\":0}");
	relay_scene_end(&s);
}

static void
an_address_must_be_one(void **state)
{
	struct relay *r = NULL;
	struct err e;

	(void)state;
	assert_int_equal(relay_open("127.0.0.1", &r, &e), ERR_INVALID);
	assert_int_equal(relay_open(":80", &r, &e), ERR_INVALID);
	assert_int_equal(relay_open("127.0.0.1:x", &r, &e), ERR_INVALID);
	assert_null(r);
	assert_ok(relay_open("[::1]:8443", &r, &e), &e);
	relay_close(r);
	relay_close(NULL);
}

/* Start the program; its standard input and its first line come back. */
static pid_t
program_start(int *commands_out, char first[static 64])
{
	char *argv[] = { (char[]){ "relay" }, (char[]){ "--to" },
		(char[]){ "127.0.0.1:9" }, (char[]){ "--ready-fd" },
		(char[]){ "3" }, NULL };
	char *envp[] = { NULL };
	posix_spawn_file_actions_t actions;
	int in[2], ready[2];
	ssize_t len;
	pid_t pid;

	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(ready), 0);
	assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
	(void)posix_spawn_file_actions_adddup2(&actions, in[0], 0);
	(void)posix_spawn_file_actions_adddup2(&actions, ready[1], 3);
	(void)posix_spawn_file_actions_addopen(
	    &actions, 1, "/dev/null", O_WRONLY, 0);
	(void)posix_spawn_file_actions_addclose(&actions, in[1]);
	assert_int_equal(
	    posix_spawn(&pid, RELAY_PROGRAM, &actions, NULL, argv, envp), 0);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)close(in[0]);
	(void)close(ready[1]);
	len = read(ready[0], first, 63);
	assert_true(len > 0);
	first[len] = '\0';
	(void)close(ready[0]);
	*commands_out = in[1];
	return pid;
}

static void
the_program_tells_its_address_and_ends_when_told(void **state)
{
	char first[64];
	int commands, status;
	pid_t pid;
	struct err e;

	(void)state;
	for (int how = 0; how < 3; how++) {
		pid = program_start(&commands, first);
		assert_memory_equal(first, "{\"address\":\"127.0.0.1:", 22);
		assert_string_equal(first + strlen(first) - 3, "\"}\n");
		if (how == 0)
			assert_ok(
			    file_write_all(commands, "quit\n", 5, &e), &e);
		if (how == 1)
			assert_int_equal(kill(pid, SIGTERM), 0);
		if (how == 2)
			(void)close(commands);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
		if (how != 2)
			(void)close(commands);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_pass_both_ways_and_are_counted),
		cmocka_unit_test(one_side_may_end_before_the_other),
		cmocka_unit_test(a_cut_resets_and_refuses_until_it_is_opened),
		cmocka_unit_test(a_black_hole_swallows_everything),
		cmocka_unit_test(a_stall_loses_nothing),
		cmocka_unit_test(
		    a_limit_ends_the_next_connection_after_exactly_so_many_bytes),
		cmocka_unit_test(a_limit_of_nothing_lets_the_request_through),
		cmocka_unit_test(it_stalls_by_itself_on_the_way_up),
		cmocka_unit_test(an_office_that_is_down_is_a_reset),
		cmocka_unit_test(the_portal_is_not_taken_for_the_office),
		cmocka_unit_test(
		    more_connections_than_it_holds_wait_their_turn),
		cmocka_unit_test(what_is_no_command_is_answered_so),
		cmocka_unit_test(an_address_must_be_one),
		cmocka_unit_test(
		    the_program_tells_its_address_and_ends_when_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
