/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections of the holding side: a line comes, a line goes.  Answers are
 * far smaller than a socket's buffer, so what does not fit at once means a
 * peer that asks without reading; it is dropped and nothing is queued.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/enc.h"
#include "common/store/holder_int.h"
#include "common/sys/json.h"
#include "common/sys/log.h"

/* After a lease or a revoked lease has gone, a waiting lock may be over. */
static void
end_locking(struct holder *h)
{
	for (size_t i = 0; i < HOLDER_CONNS_MAX; i++)
		if (h->conns[i].state == HOLDER_CONN_REVOKED)
			return;
	for (size_t i = 0; i < HOLDER_CONNS_MAX; i++)
		if (h->conns[i].state == HOLDER_CONN_LOCKING) {
			h->conns[i].state = HOLDER_CONN_IDLE;
			holder_conn_say(&h->conns[i], "{\"ok\":true}");
		}
}

void
holder_conn_drop(struct holder_conn *c)
{
	const bool had_key = c->state == HOLDER_CONN_REVOKED;

	if (c->state == HOLDER_CONN_FREE)
		return;
	if (c->watch != NULL)
		loop_fd_free(c->watch);
	(void)close(c->fd); /* what was not read is not wanted */
	secret_wipe(c->line, sizeof(c->line));
	c->watch = NULL;
	c->fd = -1;
	c->len = 0;
	c->state = HOLDER_CONN_FREE;
	if (had_key)
		end_locking(c->holder);
}

void
holder_conn_say(struct holder_conn *c, const char *line)
{
	char out[HOLDER_ANSWER_MAX];
	size_t len;
	ssize_t n;

	len = (size_t)snprintf(out, sizeof(out), "%s\n", line);
	if (len >= sizeof(out))
		len = (size_t)snprintf(
		    out, sizeof(out), "{\"error\":\"too_large\"}\n");
	n = send(c->fd, out, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	secret_wipe(out, len);
	if (n != (ssize_t)len)
		holder_conn_drop(c);
}

static void
say_error(struct holder_conn *c, const char *word)
{
	char line[64];

	(void)snprintf(line, sizeof(line), "{\"error\":\"%s\"}", word);
	holder_conn_say(c, line);
}

static void
do_key(struct holder_conn *c)
{
	char hex[ENC_HEX_LEN(SECRET_KEY_LEN) + 1], line[sizeof(hex) + 16];
	const struct secret_key *key = holder_key(c->holder);

	if (key == NULL) {
		say_error(c, err_word(ERR_LOCKED));
		return;
	}
	holder_touch(c->holder);
	enc_hex(key->b, SECRET_KEY_LEN, hex);
	(void)snprintf(line, sizeof(line), "{\"key\":\"%s\"}", hex);
	c->state = HOLDER_CONN_LEASE;
	holder_conn_say(c, line);
	secret_wipe(hex, sizeof(hex));
	secret_wipe(line, sizeof(line));
}

static void
do_lock(struct holder_conn *c)
{
	holder_lock(c->holder);
	c->state = HOLDER_CONN_LOCKING;
	end_locking(c->holder);
}

static void
do_sync(struct holder_conn *c)
{
	const struct holder_events *events = &c->holder->events;

	if (events->on_sync == NULL) {
		say_error(c, "no_daemon");
		return;
	}
	c->state = HOLDER_CONN_SYNCING;
	events->on_sync(events->arg);
}

static void
do_changed(struct holder_conn *c)
{
	const struct holder_events *events = &c->holder->events;

	holder_touch(c->holder);
	holder_conn_say(c, "{\"ok\":true}");
	if (events->on_changed != NULL)
		events->on_changed(events->arg);
}

static void
do_touch(struct holder_conn *c)
{
	holder_touch(c->holder);
	holder_conn_say(c, "{\"ok\":true}");
}

static void
do_status(struct holder_conn *c)
{
	const struct holder *h = c->holder;
	json_t *status = json_object();
	struct buf text;
	struct err e = { 0 };

	buf_init(&text, HOLDER_ANSWER_MAX - 1);
	if (status != NULL && h->events.on_status != NULL)
		h->events.on_status(h->events.arg, status);
	if (json_put_bool(status, "locked", h->is_locked, &e) == ERR_OK &&
	    json_put_int(status, "until", (int64_t)holder_until_ms(h), &e) ==
	        ERR_OK &&
	    json_put_bool(status, "daemon", h->events.on_sync != NULL, &e) ==
	        ERR_OK &&
	    json_print(status, &text, &e) == ERR_OK)
		holder_conn_say(c, text.ptr);
	else
		say_error(c, err_word(e.code));
	buf_fini(&text);
	json_decref(status);
}

static const struct {
	const char *word;
	void (*run)(struct holder_conn *c);
} requests[] = {
	{ "key", do_key },
	{ "lock", do_lock },
	{ "sync", do_sync },
	{ "status", do_status },
	{ "changed", do_changed },
	{ "touch", do_touch },
};

static void
do_request(struct holder_conn *c, const json_t *request,
    const struct secret_key *key, bool has_key)
{
	const char *word;
	uint64_t until;

	if (json_get_str(request, "do", &word, NULL, NULL) != ERR_OK) {
		say_error(c, err_word(ERR_MALFORMED));
		return;
	}
	if (strcmp(word, "unlock") == 0) {
		if (!has_key ||
		    json_get_uint(request, "until", &until, NULL) != ERR_OK) {
			say_error(c, err_word(ERR_MALFORMED));
			return;
		}
		holder_take_key(c->holder, key, until);
		holder_conn_say(c, "{\"ok\":true}");
		return;
	}
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		if (strcmp(word, requests[i].word) == 0) {
			requests[i].run(c);
			return;
		}
	say_error(c, err_word(ERR_INVALID));
}

/* One request: a line without its end. */
static void
take_line(struct holder_conn *c, char *line)
{
	static const struct json_limits limits = {
		.bytes_max = HOLDER_REQUEST_MAX,
		.tokens_max = 16,
		.depth_max = 2,
	};
	struct secret_key key = { 0 };
	json_t *request = NULL;
	bool has_key;

	if (c->state != HOLDER_CONN_IDLE) {
		/* One question at a time, and none beside a lease. */
		holder_conn_drop(c);
		return;
	}
	has_key = holder_key_take(line, &key);
	if (json_parse(line, strlen(line), &limits, &request, NULL) == ERR_OK)
		do_request(c, request, &key, has_key);
	else
		say_error(c, err_word(ERR_MALFORMED));
	json_decref(request);
	secret_wipe(&key, sizeof(key));
}

/* A line is taken out of the buffer before it is looked at: what it asks for
 * may end the connection. */
static void
take_lines(struct holder_conn *c)
{
	char line[HOLDER_REQUEST_MAX];

	while (c->state != HOLDER_CONN_FREE) {
		const char *end = memchr(c->line, '\n', c->len);
		size_t len;

		if (end == NULL)
			return;
		len = (size_t)(end - c->line);
		memcpy(line, c->line, len);
		line[len] = '\0';
		c->len -= len + 1;
		memmove(c->line, end + 1, c->len);
		secret_wipe(c->line + c->len, sizeof(c->line) - c->len);
		take_line(c, line);
		secret_wipe(line, sizeof(line));
	}
}

static void
on_ready(int fd, unsigned events, void *arg)
{
	struct holder_conn *c = arg;
	ssize_t n;

	(void)events;
	if (c->len == sizeof(c->line)) {
		holder_conn_drop(c); /* no request is as long as that */
		return;
	}
	n = recv(fd, c->line + c->len, sizeof(c->line) - c->len, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		holder_conn_drop(c);
		return;
	}
	c->len += (size_t)n;
	take_lines(c);
}

void
holder_conn_add(struct holder *h, int fd)
{
	struct holder_conn *c = NULL;
	struct err e = { 0 };

	for (size_t i = 0; c == NULL && i < HOLDER_CONNS_MAX; i++)
		if (h->conns[i].state == HOLDER_CONN_FREE)
			c = &h->conns[i];
	if (c == NULL) {
		static const char full[] = HOLDER_FULL_ANSWER "\n";

		log_line(LOG_LEVEL_WARN, "holder",
		    "too many commands at a time", NULL);
		/* Who has gone does not need to know. */
		(void)!send(
		    fd, full, strlen(full), MSG_NOSIGNAL | MSG_DONTWAIT);
		(void)close(fd);
		return;
	}
	c->holder = h;
	c->fd = fd;
	c->state = HOLDER_CONN_IDLE;
	if (loop_fd_new(h->loop, fd, on_ready, c, &c->watch, &e) != ERR_OK ||
	    loop_fd_set(c->watch, LOOP_READ, &e) != ERR_OK) {
		log_err("holder", "a command cannot be heard", &e);
		holder_conn_drop(c);
	}
}
