/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/core/limits.h"
#include "common/sys/json.h"
#include "common/sys/log.h"
#include "common/sys/loop.h"
#include "daemon/central/command/command.h"
#include "daemon/central/serve/admin.h"
#include "daemon/central/serve/admin_int.h"
#include "daemon/central/serve/beside.h"

#define MODULE "admin"
#define CONNECTIONS_MAX 32
#define READ_BYTES 65536
#define ACCEPT_REST_MS 100

static const struct json_limits request_limits = {
	.bytes_max = ADMIN_LINE_MAX,
	.tokens_max = LIMIT_JSON_TOKENS,
	.depth_max = LIMIT_JSON_DEPTH,
};

/* One command's connection: a line comes in, a line goes out. */
struct admin_conn {
	struct admin_server *server;
	struct admin_conn *next;
	int fd;
	struct loop_fd *watch;
	struct buf in, out;
	size_t sent;
	bool is_answered;
};

struct admin_server {
	struct loop *loop;
	struct admin_options o;
	int fd;
	struct loop_fd *watch;
	struct admin_conn *conns;
	unsigned n_conns;
	struct beside *beside;      /* a command that runs beside, or NULL */
	struct admin_conn *waiting; /* for its answer; NULL: it left */
	json_t *after_beside;       /* what the engine does then, or NULL */
};

static void
conn_end(struct admin_conn *conn)
{
	loop_fd_free(conn->watch);
	(void)close(conn->fd);
	buf_wipe(&conn->in);
	buf_wipe(&conn->out);
	free(conn);
}

/* Take it off the server's list, and end it. */
static void
conn_free(struct admin_conn *conn)
{
	struct admin_server *s = conn->server;

	for (struct admin_conn **at = &s->conns; *at != NULL; at = &(*at)->next)
		if (*at == conn) {
			*at = conn->next;
			s->n_conns--;
			break;
		}
	if (s->waiting == conn)
		s->waiting = NULL;
	conn_end(conn);
}

/* The answer, whatever it is, waits in out. */
static enum err_code
conn_put(struct admin_conn *conn, const json_t *answer, struct err *e)
{
	enum err_code code = json_print(answer, &conn->out, e);

	if (code != ERR_OK)
		return code;
	(void)buf_add_char(&conn->out, '\n');
	code = buf_check(&conn->out, e);
	return code != ERR_OK ? code : loop_fd_set(conn->watch, LOOP_WRITE, e);
}

static enum err_code
conn_put_error(struct admin_conn *conn, const char *word, const char *text,
    const char *next, struct err *e)
{
	json_t *answer = json_pack("{s:{s:s, s:s, s:s}}", "error", "word", word,
	    "text", text, "next", next);
	enum err_code code = answer == NULL
	    ? err_set(e, ERR_NOMEM, 0, "out of memory")
	    : conn_put(conn, answer, e);

	json_decref(answer);
	return code;
}

static enum err_code
conn_run(struct admin_conn *conn, const json_t *request, struct err *e)
{
	json_t *answer = NULL;
	enum err_code code =
	    engine_command(conn->server->o.engine, request, &answer, e);

	if (code == ERR_OK)
		code = conn_put(conn, answer, e);
	json_decref(answer);
	return code;
}

/* What ran beside has answered: unless with an error, what is left to do for
 * the engine.  Where it cannot, what was done beside is done all the same. */
static void
run_after_beside(struct admin_server *s, const char *line, size_t len)
{
	json_t *request = s->after_beside, *said = NULL, *answer = NULL;
	struct err e;
	enum err_code code = ERR_OK;

	s->after_beside = NULL;
	if (request != NULL && len > 0 &&
	    json_parse(line, len, &request_limits, &said, &e) == ERR_OK &&
	    json_object_get(said, "error") == NULL)
		code = engine_command(s->o.engine, request, &answer, &e);
	if (code == ERR_OK && json_object_get(answer, "error") != NULL)
		code = err_set(&e, ERR_IO, 0, "the engine refused it");
	if (code != ERR_OK)
		log_err(MODULE, "the end of a command was not written", &e);
	json_decref(request);
	json_decref(said);
	json_decref(answer);
}

static void
on_beside(void *arg, const char *line, size_t len)
{
	struct admin_server *s = arg;
	struct admin_conn *conn = s->waiting;
	struct err e = { 0 };
	enum err_code code = ERR_OK;

	run_after_beside(s, line, len);
	if (conn != NULL && len > 0) {
		(void)buf_add(&conn->out, line, len);
		code = buf_check(&conn->out, &e);
		if (code == ERR_OK)
			code = loop_fd_set(conn->watch, LOOP_WRITE, &e);
	} else if (conn != NULL) {
		code = conn_put_error(conn, "io",
		    "the process for this ended before it answered",
		    "The log of the office says why.", &e);
	}
	s->waiting = NULL;
	beside_free(s->beside);
	s->beside = NULL;
	if (code == ERR_OK)
		return;
	log_err(MODULE, "command lost", &e);
	conn_free(conn);
}

/* Start the process; where that fails, say so. */
static enum err_code
conn_wait_beside(struct admin_conn *conn, const json_t *request, struct err *e)
{
	struct admin_server *s = conn->server;
	const struct beside_options o = {
		.data = s->o.data, .done = on_beside, .arg = s
	};
	struct err why;

	if (beside_start(s->loop, &o, request, &s->beside, &why) == ERR_OK) {
		s->waiting = conn;
		return ERR_OK;
	}
	log_err(MODULE, "nothing runs beside the engine", &why);
	return conn_put_error(conn, "io",
	    "the process for this could not be started",
	    "The log of the office says why.", e);
}

/* First what is the engine's to do; then a process of its own, for whose answer
 * the connection waits. */
static enum err_code
conn_run_beside(
    struct admin_conn *conn, struct command_parts *parts, struct err *e)
{
	struct admin_server *s = conn->server;
	json_t *answer = NULL;
	enum err_code code = ERR_OK;

	if (s->beside != NULL)
		return conn_put_error(conn, "busy",
		    "a verify or a backup is under way",
		    "Try again when it has ended.", e);
	if (parts->first != NULL)
		code = engine_command(s->o.engine, parts->first, &answer, e);
	if (code == ERR_OK && json_object_get(answer, "error") != NULL)
		code = conn_put(conn, answer, e);
	else if (code == ERR_OK &&
	    (code = loop_fd_set(conn->watch, 0, e)) == ERR_OK)
		code = conn_wait_beside(conn, parts->beside, e);
	if (s->beside != NULL) {
		s->after_beside = parts->last;
		parts->last = NULL;
	}
	json_decref(answer);
	return code;
}

static enum err_code
conn_answer(struct admin_conn *conn, struct err *e)
{
	struct command_parts parts = { 0 };
	json_t *request = NULL;
	enum err_code code;

	conn->is_answered = true;
	code = json_parse(
	    conn->in.ptr, conn->in.len - 1, &request_limits, &request, e);
	buf_wipe(&conn->in);
	if (code == ERR_OK)
		code = command_split(request, &parts, e);
	if (code == ERR_OK)
		code = parts.beside != NULL ? conn_run_beside(conn, &parts, e)
		                            : conn_run(conn, request, e);
	json_decref(request);
	command_parts_fini(&parts);
	conn->server->o.after(conn->server->o.arg);
	return code;
}

/* Read on; ERR_NOTFOUND when the other side left before its line's end. */
static enum err_code
conn_read(struct admin_conn *conn, struct err *e)
{
	char bytes[READ_BYTES];
	const ssize_t n = recv(conn->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	enum err_code code;

	if (n < 0)
		return errno == EAGAIN || errno == EINTR
		    ? ERR_OK
		    : err_set(e, ERR_IO, errno, "cannot read a command");
	if (n == 0)
		return err_set(e, ERR_NOTFOUND, 0, "a command was cut short");
	(void)buf_add(&conn->in, bytes, (size_t)n);
	explicit_bzero(bytes, sizeof(bytes));
	code = buf_check(&conn->in, e);
	if (code != ERR_OK || conn->in.ptr[conn->in.len - 1] != '\n')
		return code;
	return conn_answer(conn, e);
}

/* Write on; ERR_NOTFOUND when all is written and the connection may end. */
static enum err_code
conn_write(struct admin_conn *conn, struct err *e)
{
	const ssize_t n = send(conn->fd, conn->out.ptr + conn->sent,
	    conn->out.len - conn->sent, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR
		    ? ERR_OK
		    : err_set(e, ERR_IO, errno, "cannot answer a command");
	conn->sent += (size_t)n;
	return conn->sent < conn->out.len
	    ? ERR_OK
	    : err_set(e, ERR_NOTFOUND, 0, "all is written");
}

static void
on_conn(int fd, unsigned events, void *arg)
{
	struct admin_conn *conn = arg;
	struct err e;
	enum err_code code;

	(void)fd;
	(void)events;
	code = conn->is_answered ? conn_write(conn, &e) : conn_read(conn, &e);
	if (code == ERR_OK)
		return;
	if (code != ERR_NOTFOUND)
		log_err(MODULE, "command lost", &e);
	conn_free(conn);
}

/* Who runs the office, or root. */
static bool
peer_may(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	    len == sizeof(peer) && (peer.uid == geteuid() || peer.uid == 0);
}

static void
on_accept(int listen_fd, unsigned events, void *arg)
{
	struct admin_server *s = arg;
	struct admin_conn *conn;
	struct err e;
	const int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);

	(void)events;
	if (fd < 0) {
		/* It has gone again; or no descriptor is left, and the loop
		 * would be back here at once until one is. */
		if (errno != EAGAIN && errno != EINTR &&
		    errno != ECONNABORTED &&
		    loop_fd_rest(s->watch, ACCEPT_REST_MS, &e) != ERR_OK)
			log_err(MODULE, "no rest", &e);
		return;
	}
	if (s->n_conns == CONNECTIONS_MAX || !peer_may(fd)) {
		log_line(LOG_LEVEL_WARN, MODULE, "command refused", NULL);
		(void)close(fd);
		return;
	}
	conn = calloc(1, sizeof(*conn));
	if (conn == NULL) {
		(void)close(fd);
		return;
	}
	conn->server = s;
	conn->fd = fd;
	buf_init(&conn->in, ADMIN_LINE_MAX);
	buf_init(&conn->out, ADMIN_LINE_MAX);
	conn->next = s->conns;
	s->conns = conn;
	s->n_conns++;
	if (loop_fd_new(s->loop, fd, on_conn, conn, &conn->watch, &e) !=
	        ERR_OK ||
	    loop_fd_set(conn->watch, LOOP_READ, &e) != ERR_OK) {
		log_err(MODULE, "command refused", &e);
		conn_free(conn);
	}
}

/* Bind the socket in the folder, in place of one that a crash left: whoever
 * comes here holds the lock. */
static enum err_code
socket_listen(const char *data, int *fd_out, struct err *e)
{
	struct sockaddr_un address;
	mode_t old;
	int folder, fd, sys = 0;
	enum err_code code = admin_address(data, &address, &folder, e);

	if (code != ERR_OK)
		return code;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	(void)unlinkat(folder, ADMIN_SOCKET, 0);
	old = umask(0177); /* 0600 from the first moment */
	if (fd < 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    listen(fd, CONNECTIONS_MAX) != 0)
		sys = errno;
	(void)umask(old);
	(void)close(folder);
	if (sys == 0) {
		*fd_out = fd;
		return ERR_OK;
	}
	if (fd >= 0)
		(void)close(fd);
	return err_set(e, ERR_IO, sys, "cannot listen in %s", data);
}

enum err_code
admin_server_new(struct loop *l, const struct admin_options *o,
    struct admin_server **out, struct err *e)
{
	struct admin_server *s = calloc(1, sizeof(*s));
	enum err_code code;

	if (s == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	s->loop = l;
	s->o = *o;
	s->fd = -1;
	if ((code = socket_listen(o->data, &s->fd, e)) != ERR_OK ||
	    (code = loop_fd_new(l, s->fd, on_accept, s, &s->watch, e)) !=
	        ERR_OK ||
	    (code = loop_fd_set(s->watch, LOOP_READ, e)) != ERR_OK) {
		admin_server_free(s);
		return code;
	}
	*out = s;
	return ERR_OK;
}

void
admin_server_free(struct admin_server *s)
{
	struct sockaddr_un address;
	int folder;

	if (s == NULL)
		return;
	beside_free(s->beside);
	json_decref(s->after_beside);
	for (struct admin_conn *conn = s->conns, *next; conn != NULL;
	     conn = next) {
		next = conn->next;
		conn_end(conn);
	}
	loop_fd_free(s->watch);
	if (s->fd >= 0) {
		(void)close(s->fd);
		if (admin_address(s->o.data, &address, &folder, NULL) ==
		    ERR_OK) {
			(void)unlinkat(folder, ADMIN_SOCKET, 0);
			(void)close(folder);
		}
	}
	free(s);
}
