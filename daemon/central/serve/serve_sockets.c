/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The listening sockets: from the service manager, which opened them where this
 * process has no network, or bound here (sd_listen_fds(3) tells the protocol).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/sys/log.h"
#include "daemon/central/serve/serve_int.h"

#define MODULE "serve"
#define FIRST_FD 3
#define GIVEN_MAX 16

static const char *const names[2] = {
	[WIRE_DEVICES] = "devices", [WIRE_PEOPLE] = "console"
};

/* A number of the environment; 0 if it is none. */
static unsigned long
number(const char *name)
{
	const char *text = getenv(name);
	char *end = NULL;
	unsigned long n;

	if (text == NULL || text[0] < '0' || text[0] > '9')
		return 0;
	errno = 0;
	n = strtoul(text, &end, 10);
	return errno == 0 && *end == '\0' ? n : 0;
}

/* The descriptor that was given by this name, or -1. */
static int
given(const char *name)
{
	const char *all = getenv("LISTEN_FDNAMES");
	const size_t len = strlen(name);
	unsigned long n = number("LISTEN_FDS");

	if (all == NULL || number("LISTEN_PID") != (unsigned long)getpid())
		return -1;
	for (int i = 0; n > 0 && i < GIVEN_MAX; i++, n--) {
		const size_t word = strcspn(all, ":");

		if (word == len && strncmp(all, name, len) == 0)
			return FIRST_FD + i;
		if (all[word] == '\0')
			break;
		all += word + 1;
	}
	return -1;
}

bool
serve_is_given(enum wire_listener listener)
{
	return given(names[listener]) >= 0;
}

enum err_code
serve_listen(struct serve *s, enum wire_listener listener, const char *address,
    struct err *e)
{
	const int fd = given(names[listener]);

	if (fd < 0)
		return tcp_listen(
		    address, &s->listen_fds[listener], &s->bound[listener], e);
	log_line(LOG_LEVEL_INFO, MODULE, "the service manager listens",
	    "name=%s", names[listener]);
	s->listen_fds[listener] = fd;
	return tcp_adopt(fd, &s->bound[listener], e);
}
