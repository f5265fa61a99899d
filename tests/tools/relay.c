/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relay -- run a relay (tests/support/relay.h says what it does) as a program:
 *
 *   relay --to ADDR:PORT [--ready-fd N]
 *
 * Writes {"address":"127.0.0.1:PORT"} and a newline to N, or to standard
 * output; reads commands from standard input and answers each with a line on
 * standard output.  Ends with status 0 on "quit", the end of standard input,
 * SIGTERM or SIGINT.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <unistd.h>

#include "common/base/file.h"
#include "tests/support/relay.h"

#define USAGE "usage: relay --to ADDR:PORT [--ready-fd N]\n"

static int stop_pipe[2];

static void
on_stop(int signo)
{
	const int saved = errno;

	(void)signo;
	if (write(stop_pipe[1], "", 1) < 0)
		errno = saved; /* full: a stop is on its way already */
	errno = saved;
}

static enum err_code
catch_signals(struct err *e)
{
	const struct sigaction stop = { .sa_handler = on_stop };
	const struct sigaction ignore = { .sa_handler = SIG_IGN };

	if (pipe2(stop_pipe, O_CLOEXEC | O_NONBLOCK) != 0 ||
	    sigaction(SIGTERM, &stop, NULL) != 0 ||
	    sigaction(SIGINT, &stop, NULL) != 0 ||
	    sigaction(SIGPIPE, &ignore, NULL) != 0)
		return err_set(e, ERR_IO, errno, "cannot catch signals");
	return ERR_OK;
}

static enum err_code
tell_address(const struct relay *r, int fd, struct err *e)
{
	char line[64];
	int len = snprintf(
	    line, sizeof(line), "{\"address\":\"%s\"}\n", relay_address(r));
	enum err_code rc = file_write_all(fd, line, (size_t)len, e);

	if (rc == ERR_OK && fd != STDOUT_FILENO)
		(void)close(fd); /* a pipe: nothing to save */
	return rc;
}

static enum err_code
serve(const char *to, int ready_fd, struct err *e)
{
	struct relay *r = NULL;
	enum err_code rc = catch_signals(e);

	if (rc == ERR_OK)
		rc = relay_open(to, &r, e);
	if (rc == ERR_OK)
		rc = tell_address(r, ready_fd, e);
	if (rc == ERR_OK)
		rc = relay_run(r, STDIN_FILENO, STDOUT_FILENO, stop_pipe[0], e);
	relay_close(r);
	return rc;
}

/* A whole number from 0 to 9999, or -1. */
static int
parse_fd(const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	return *text == '\0' || *end != '\0' || n < 0 || n > 9999 ? -1 : (int)n;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "to", required_argument, NULL, 't' },
		{ "ready-fd", required_argument, NULL, 'r' },
		{ NULL, 0, NULL, 0 },
	};
	const char *to = NULL;
	int ready_fd = STDOUT_FILENO, option;
	struct err e;
	bool is_wrong = false;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 't')
			to = optarg;
		else if (option == 'r')
			ready_fd = parse_fd(optarg);
		else
			is_wrong = true;
	}
	if (is_wrong || to == NULL || ready_fd < 0 || optind != argc) {
		(void)fputs(USAGE, stderr);
		return 2;
	}
	if (serve(to, ready_fd, &e) == ERR_OK)
		return 0;
	(void)fprintf(stderr, "relay: %s\n", e.msg);
	return 1;
}
