/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include "tests/support/relay_scene.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/file.h"

#define WAIT_S 10

static void *
run(void *arg)
{
	struct relay_scene *s = arg;
	struct err e;

	if (relay_run(s->relay, s->commands[0], s->answers[1], -1, &e) !=
	    ERR_OK)
		abort();
	return NULL;
}

static void
bound(int fd)
{
	const struct timeval limit = { .tv_sec = WAIT_S };

	assert_int_equal(
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
}

void
relay_scene_start(struct relay_scene *s)
{
	struct err e;

	*s = (struct relay_scene){ .relay = NULL };
	assert_ok(tcp_listen("127.0.0.1:0", &s->office, &s->address, &e), &e);
	assert_ok(relay_open(s->address.s, &s->relay, &e), &e);
	assert_int_equal(pipe(s->commands), 0);
	assert_int_equal(pipe(s->answers), 0);
	assert_int_equal(pthread_create(&s->thread, NULL, run, s), 0);
}

void
relay_scene_end(struct relay_scene *s)
{
	(void)close(s->commands[1]);
	assert_int_equal(pthread_join(s->thread, NULL), 0);
	relay_close(s->relay);
	(void)close(s->commands[0]);
	(void)close(s->answers[0]);
	(void)close(s->answers[1]);
	(void)close(s->office);
}

void
relay_scene_ask(
    const struct relay_scene *s, const char *command, char answer[static 256])
{
	struct pollfd p = { .fd = s->answers[0], .events = POLLIN };
	size_t len = 0;
	struct err e;

	assert_ok(
	    file_write_all(s->commands[1], command, strlen(command), &e), &e);
	assert_ok(file_write_all(s->commands[1], "\n", 1, &e), &e);
	do {
		assert_int_equal(poll(&p, 1, WAIT_S * 1000), 1);
		assert_int_equal(read(s->answers[0], answer + len, 1), 1);
		len++;
	} while (answer[len - 1] != '\n' && len < 256);
	answer[len - 1] = '\0';
}

void
relay_scene_tell(const struct relay_scene *s, const char *command)
{
	char answer[256];

	relay_scene_ask(s, command, answer);
	if (strncmp(answer, "{\"done\":\"", 9) != 0)
		fail_msg("%s: %s", command, answer);
}

long
relay_scene_count(const struct relay_scene *s, const char *name)
{
	char answer[256], key[32];
	const char *at;

	relay_scene_ask(s, "stats", answer);
	(void)snprintf(key, sizeof(key), "\"%s\":", name);
	at = strstr(answer, key);
	assert_non_null(at);
	return strtol(at + strlen(key), NULL, 10);
}

int
relay_scene_try_connect(const struct relay_scene *s)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const char *port = strchr(relay_address(s->relay), ':') + 1;
	int fd = socket(AF_INET, SOCK_STREAM, 0), saved;

	at.sin_port = htons((in_port_t)strtoul(port, NULL, 10));
	assert_true(fd >= 0);
	bound(fd);
	if (connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0)
		return fd;
	saved = errno;
	(void)close(fd);
	errno = saved;
	return -1;
}

int
relay_scene_connect(const struct relay_scene *s)
{
	int fd = relay_scene_try_connect(s);

	assert_true(fd >= 0);
	return fd;
}

int
relay_scene_accept(const struct relay_scene *s)
{
	struct pollfd p = { .fd = s->office, .events = POLLIN };
	int fd;

	assert_int_equal(poll(&p, 1, WAIT_S * 1000), 1);
	fd = accept(s->office, NULL, NULL);
	assert_true(fd >= 0);
	bound(fd);
	return fd;
}
