/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Modes, commands and the poll loop.
 *
 * The port is held by a socket that is bound and never listens, so that
 * connections can be refused (by closing the listening socket) and the port
 * taken up again without anybody else getting it in between.
 */
#include "tests/support/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "tests/support/relay_int.h"

#define LINE_MAX_LEN 128
#define ANSWER_MAX_LEN 512
/* Polled before the connections: commands, stop, the listening socket. */
#define POLLED_FIRST 3
#define POLLED_MAX (POLLED_FIRST + 2 * RELAY_CONNECTIONS_MAX)

struct relay {
	struct sockaddr_storage to;
	socklen_t to_len;
	int holder;   /* keeps the port */
	int listener; /* -1 while cut */
	in_port_t port_be;
	char address[32];
	enum relay_mode mode;
	uint64_t next_down, next_up; /* limits of the next connection */
	struct relay_conn conns[RELAY_CONNECTIONS_MAX];
	uint64_t connections, cuts;      /* since the start */
	uint64_t passed_up, passed_down; /* on connections that have ended */
	uint64_t stall_at; /* as many have gone up: stall; RELAY_NO_LIMIT */
	char line[LINE_MAX_LEN];
	size_t line_len;
	bool is_line_too_long;
};

static const char *const mode_names[RELAY_MODE_N] = {
	[RELAY_OPEN] = "open",
	[RELAY_CUT] = "cut",
	[RELAY_BLACKHOLE] = "blackhole",
	[RELAY_STALL] = "stall",
	[RELAY_PORTAL] = "portal",
};

static enum err_code
parse_to(struct relay *r, const char *to, struct err *e)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV };
	const char *colon = strrchr(to, ':');
	struct addrinfo *found = NULL;
	char host[128];
	size_t len;

	if (colon == NULL || colon == to ||
	    (size_t)(colon - to) >= sizeof(host))
		return err_set(e, ERR_INVALID, 0, "not ADDR:PORT: %.100s", to);
	len = (size_t)(colon - to);
	memcpy(host, to, len);
	host[len] = '\0';
	if (host[0] == '[' && host[len - 1] == ']') {
		memmove(host, host + 1, len - 2);
		host[len - 2] = '\0';
	}
	if (getaddrinfo(host, colon + 1, &hints, &found) != 0 || found == NULL)
		return err_set(e, ERR_INVALID, 0, "not ADDR:PORT: %.100s", to);
	memcpy(&r->to, found->ai_addr, found->ai_addrlen);
	r->to_len = found->ai_addrlen;
	freeaddrinfo(found);
	return ERR_OK;
}

/* A socket bound to our port, or to any while there is none; -1: errno. */
static int
bind_port(in_port_t port_be)
{
	const struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_port = port_be,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0 &&
	    bind(fd, (const struct sockaddr *)&at, sizeof(at)) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

static bool
start_listening(struct relay *r)
{
	if (r->listener >= 0)
		return true;
	r->listener = bind_port(r->port_be);
	if (r->listener >= 0 && listen(r->listener, SOMAXCONN) == 0)
		return true;
	if (r->listener >= 0)
		(void)close(r->listener);
	r->listener = -1;
	return false;
}

enum err_code
relay_open(const char *to, struct relay **relay_out, struct err *e)
{
	struct sockaddr_in at;
	socklen_t at_len = sizeof(at);
	struct relay *r = calloc(1, sizeof(*r));
	enum err_code rc;

	if (r == NULL)
		return err_set(e, ERR_NOMEM, 0, "no memory for a relay");
	r->holder = r->listener = -1;
	r->next_down = r->next_up = r->stall_at = RELAY_NO_LIMIT;
	for (int i = 0; i < RELAY_CONNECTIONS_MAX; i++)
		r->conns[i] = (struct relay_conn){
			.client = -1, .office = -1, .draining = -1
		};
	rc = parse_to(r, to, e);
	if (rc != ERR_OK)
		goto out;
	r->holder = bind_port(0);
	if (r->holder < 0 ||
	    getsockname(r->holder, (struct sockaddr *)&at, &at_len) != 0) {
		rc = err_set(
		    e, ERR_IO, errno, "cannot bind: %s", strerror(errno));
		goto out;
	}
	r->port_be = at.sin_port;
	(void)snprintf(r->address, sizeof(r->address), "127.0.0.1:%u",
	    (unsigned)ntohs(r->port_be));
	if (!start_listening(r)) {
		rc = err_set(
		    e, ERR_IO, errno, "cannot listen: %s", strerror(errno));
		goto out;
	}
	*relay_out = r;
	r = NULL;
out:
	relay_close(r);
	return rc;
}

const char *
relay_address(const struct relay *r)
{
	return r->address;
}

/* End a connection and keep its counts. */
static void
end_conn(struct relay *r, struct relay_conn *c, bool is_reset)
{
	if (c->client < 0 && c->office < 0)
		return;
	if (c->up != NULL) {
		r->passed_up += c->up->passed;
		r->passed_down += c->down->passed;
	}
	relay_conn_close(c, is_reset);
}

static void
end_all(struct relay *r, bool only_lost)
{
	for (int i = 0; i < RELAY_CONNECTIONS_MAX; i++) {
		struct relay_conn *c = &r->conns[i];

		if (c->client < 0 && c->office < 0)
			continue;
		if (only_lost && !c->is_lost)
			continue;
		r->cuts += c->draining < 0; /* else it was counted before */
		end_conn(r, c, true);
	}
}

void
relay_close(struct relay *r)
{
	if (r == NULL)
		return;
	end_all(r, false);
	if (r->listener >= 0)
		(void)close(r->listener);
	if (r->holder >= 0)
		(void)close(r->holder);
	free(r);
}

static struct relay_conn *
free_slot(struct relay *r)
{
	for (int i = 0; i < RELAY_CONNECTIONS_MAX; i++)
		if (r->conns[i].client < 0 && r->conns[i].office < 0)
			return &r->conns[i];
	return NULL;
}

/* Begin to connect c to the office; false when that failed at once. */
static bool
reach_office(struct relay *r, struct relay_conn *c)
{
	const int on = 1;

	c->office = socket(
	    r->to.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c->office < 0)
		return false;
	(void)setsockopt(c->office, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	c->is_connecting = true;
	return connect(c->office, (const struct sockaddr *)&r->to, r->to_len) ==
	    0 ||
	    errno == EINPROGRESS;
}

static void
take(struct relay *r)
{
	struct relay_conn *c = free_slot(r);
	int fd = accept4(r->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	r->connections++;
	c->client = fd;
	if (r->mode == RELAY_PORTAL) {
		c->portal = relay_portal_new(fd);
		if (c->portal == NULL)
			end_conn(r, c, true);
		return;
	}
	c->up = calloc(1, sizeof(*c->up));
	c->down = calloc(1, sizeof(*c->down));
	if (c->up == NULL || c->down == NULL ||
	    (r->mode != RELAY_BLACKHOLE && !reach_office(r, c))) {
		relay_conn_close(c, true);
		return;
	}
	c->is_lost = r->mode == RELAY_BLACKHOLE;
	c->up->from = c->down->to = c->client;
	c->up->to = c->down->from = c->office;
	c->down->has_ended = c->office < 0;
	c->up->limit = r->next_up;
	c->down->limit = r->next_down;
	r->next_up = r->next_down = RELAY_NO_LIMIT;
}

static void
enter(struct relay *r, enum relay_mode mode)
{
	const enum relay_mode before = r->mode;

	r->mode = mode;
	if (mode == before)
		return;
	if (mode == RELAY_CUT || mode == RELAY_PORTAL || before == RELAY_PORTAL)
		end_all(r, false);
	if (before == RELAY_BLACKHOLE)
		end_all(r, true);
	if (mode == RELAY_BLACKHOLE)
		for (int i = 0; i < RELAY_CONNECTIONS_MAX; i++)
			r->conns[i].is_lost = r->conns[i].draining < 0;
	if (mode == RELAY_CUT && r->listener >= 0) {
		(void)close(r->listener); /* resets those not accepted yet */
		r->listener = -1;
	}
}

static uint64_t
bytes_up(const struct relay *r)
{
	uint64_t up = r->passed_up;

	for (int i = 0; i < RELAY_CONNECTIONS_MAX; i++)
		up += r->conns[i].up != NULL ? r->conns[i].up->passed : 0;
	return up;
}

static void
print_stats(const struct relay *r, struct buf *out)
{
	uint64_t down = r->passed_down;
	unsigned open = 0;

	for (int i = 0; i < RELAY_CONNECTIONS_MAX; i++) {
		const struct relay_conn *c = &r->conns[i];

		open += c->client >= 0 || c->office >= 0;
		down += c->down != NULL ? c->down->passed : 0;
	}
	(void)buf_printf(out,
	    "{\"mode\":\"%s\",\"connections\":%llu,\"open\":%u,"
	    "\"cuts\":%llu,\"bytes_up\":%llu,\"bytes_down\":%llu}\n",
	    mode_names[r->mode], (unsigned long long)r->connections, open,
	    (unsigned long long)r->cuts, (unsigned long long)bytes_up(r),
	    (unsigned long long)down);
}

/* Read "NAME N" and say so; false if the line is not that. */
static bool
obey_limit(
    const char *line, const char *name, uint64_t *limit_out, struct buf *out)
{
	const size_t len = strlen(name);
	char *end;
	unsigned long long n;

	if (strncmp(line, name, len) != 0 || line[len] != ' ' ||
	    line[len + 1] < '0' || line[len + 1] > '9')
		return false;
	errno = 0;
	n = strtoull(line + len + 1, &end, 10);
	if (errno != 0 || *end != '\0' || n == RELAY_NO_LIMIT)
		return false;
	*limit_out = n;
	(void)buf_printf(out, "{\"done\":\"%s\"}\n", name);
	return true;
}

/* Obey one line and append its answer; false: the end. */
static bool
obey(struct relay *r, const char *line, struct buf *out)
{
	enum relay_mode mode = RELAY_OPEN;

	if (strcmp(line, "quit") == 0) {
		(void)buf_add_str(out, "{\"done\":\"quit\"}\n");
		return false;
	}
	if (strcmp(line, "stats") == 0) {
		print_stats(r, out);
		return true;
	}
	if (obey_limit(line, "limit-down", &r->next_down, out) ||
	    obey_limit(line, "limit-up", &r->next_up, out))
		return true;
	if (obey_limit(line, "stall-up", &r->stall_at, out)) {
		r->stall_at += bytes_up(r);
		return true;
	}
	while (mode < RELAY_MODE_N && strcmp(line, mode_names[mode]) != 0)
		mode++;
	if (mode == RELAY_MODE_N) {
		(void)buf_add_str(out, "{\"error\":\"no such command\"}\n");
		return true;
	}
	enter(r, mode);
	if (mode != RELAY_CUT && !start_listening(r))
		(void)buf_add_str(out, "{\"error\":\"cannot listen\"}\n");
	else
		(void)buf_printf(out, "{\"done\":\"%s\"}\n", mode_names[mode]);
	return true;
}

/* Answers are short, and a pipe that polls writable takes one whole: nobody
 * can stop the relay by not reading. */
static void
say(int fd, struct buf *out)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	if (out->len > 0 && poll(&p, 1, 0) == 1 && (p.revents & POLLOUT) != 0 &&
	    write(fd, out->ptr, out->len) < 0)
		(void)0; /* nobody listens; the commands count */
	buf_reset(out);
}

/* Take one byte of a command line; false: the end. */
static bool
hear(struct relay *r, char byte, int answer_fd)
{
	struct buf out;
	bool go_on = true;

	if (byte != '\n') {
		if (r->line_len + 1 < sizeof(r->line))
			r->line[r->line_len++] = byte;
		else
			r->is_line_too_long = true;
		return true;
	}
	buf_init(&out, ANSWER_MAX_LEN);
	r->line[r->line_len] = '\0';
	if (r->is_line_too_long || strlen(r->line) != r->line_len)
		(void)buf_add_str(&out, "{\"error\":\"no such command\"}\n");
	else
		go_on = obey(r, r->line, &out);
	say(answer_fd, &out);
	buf_fini(&out);
	r->line_len = 0;
	r->is_line_too_long = false;
	return go_on;
}

/* Read commands; false: the end. */
static bool
listen_to_commands(struct relay *r, int command_fd, int answer_fd)
{
	char chunk[256];
	ssize_t n = read(command_fd, chunk, sizeof(chunk));

	if (n < 0)
		return errno == EINTR || errno == EAGAIN;
	if (n == 0)
		return false;
	for (ssize_t i = 0; i < n; i++)
		if (!hear(r, chunk[i], answer_fd))
			return false;
	return true;
}

static void
watch(struct pollfd *p, int fd, short events)
{
	*p = (struct pollfd){ .fd = events != 0 ? fd : -1, .events = events };
}

/* Fill the poll set; the pairs of the connections follow in slot order. */
static void
set_up_poll(struct relay *r, struct pollfd polled[static POLLED_MAX])
{
	watch(&polled[2], r->listener, free_slot(r) != NULL ? POLLIN : 0);
	for (int i = 0; i < RELAY_CONNECTIONS_MAX; i++) {
		struct relay_conn *c = &r->conns[i];
		struct pollfd *pair = &polled[POLLED_FIRST + 2 * i];
		struct relay_wish w = { 0, 0 };

		if (c->client >= 0 || c->office >= 0)
			w = relay_conn_wish(c, r->mode);
		watch(&pair[0], c->client, w.client);
		watch(&pair[1], c->office, w.office);
	}
}

static void
step_all(struct relay *r, const struct pollfd polled[static POLLED_MAX])
{
	for (int i = 0; i < RELAY_CONNECTIONS_MAX; i++) {
		struct relay_conn *c = &r->conns[i];
		const struct pollfd *pair = &polled[POLLED_FIRST + 2 * i];
		const struct relay_wish ready = { .client = pair[0].revents,
			.office = pair[1].revents };
		bool was_cut = false;

		if (c->client < 0 && c->office < 0)
			continue;
		if (!relay_conn_step(c, r->mode, ready, &was_cut))
			end_conn(r, c, !relay_conn_is_clean(c));
		r->cuts += was_cut;
	}
	if (polled[2].revents != 0)
		take(r);
	if (bytes_up(r) >= r->stall_at) {
		r->stall_at = RELAY_NO_LIMIT;
		enter(r, RELAY_STALL);
	}
}

enum err_code
relay_run(
    struct relay *r, int command_fd, int answer_fd, int stop_fd, struct err *e)
{
	struct pollfd polled[POLLED_MAX];

	for (;;) {
		watch(&polled[0], command_fd, POLLIN);
		watch(&polled[1], stop_fd, POLLIN);
		set_up_poll(r, polled);
		if (poll(polled, POLLED_MAX, -1) < 0) {
			if (errno == EINTR)
				continue;
			return err_set(e, ERR_IO, errno, "cannot poll: %s",
			    strerror(errno));
		}
		if (polled[1].revents != 0)
			return ERR_OK;
		/* Connections first: what was polled fits the mode that the
		 * commands may change. */
		step_all(r, polled);
		if (polled[0].revents != 0 &&
		    !listen_to_commands(r, command_fd, answer_fd))
			return ERR_OK;
	}
}
