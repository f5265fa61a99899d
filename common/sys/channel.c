/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The channel's life cycle.  The owner may free the channel inside any
 * callback, so loop callbacks count themselves in depth, look at dead after
 * every call out, and the last one to return does the freeing.
 */
#include "common/sys/channel_int.h"

#include <assert.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#define QUEUE_MAX_DEFAULT (16U << 20)

enum err_code
channel_pair(int fds_out[2], struct err *e)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
	        fds) != 0)
		return err_set(e, ERR_IO, errno, "cannot make a socket pair");
	fds_out[0] = fds[0];
	fds_out[1] = fds[1];
	return ERR_OK;
}

static void
channel_destroy(struct channel *ch)
{
	loop_fd_free(ch->watcher);
	channel_send_fini(ch);
	buf_fini(&ch->body);
	free(ch->in);
	if (ch->o.fd >= 0)
		(void)close(ch->o.fd);
	free(ch);
}

/* Watch for what the state asks for. */
static void
channel_watch(struct channel *ch)
{
	unsigned events = LOOP_READ;
	struct err why;

	if (ch->dead)
		return;
	if (channel_wants_write(ch) || channel_has_room_news(ch))
		events |= LOOP_WRITE;
	if (loop_fd_set(ch->watcher, events, &why) != ERR_OK)
		channel_end(ch, &why);
}

static void
channel_leave(struct channel *ch)
{
	channel_watch(ch);
	ch->depth--;
	if (ch->freed && ch->depth == 0)
		channel_destroy(ch);
}

static void
channel_ready(int fd, unsigned events, void *arg)
{
	struct channel *ch = arg;

	(void)fd;
	ch->depth++;
	if (events & LOOP_READ)
		channel_read(ch);
	if (!ch->dead)
		channel_write(ch);
	if (!ch->dead && channel_has_room_news(ch)) {
		ch->wants_room = false;
		ch->o.on_room(ch, ch->o.arg);
	}
	if (!ch->dead)
		channel_write(ch);
	channel_leave(ch);
}

void
channel_kick(struct channel *ch)
{
	if (ch->dead || ch->depth > 0)
		return;
	ch->depth++;
	channel_write(ch);
	channel_leave(ch);
}

enum err_code
channel_new(struct loop *l, const struct channel_options *o,
    struct channel **channel_out, struct err *e)
{
	struct channel *ch = calloc(1, sizeof(*ch));
	enum err_code rc;

	if (ch == NULL) {
		(void)close(o->fd);
		return err_set(e, ERR_NOMEM, 0, "no memory for a channel");
	}
	assert(o->on_message != NULL && o->on_close != NULL &&
	    o->on_error != NULL);
	ch->o = *o;
	if (ch->o.message_max == 0 || ch->o.message_max > CHANNEL_MESSAGE_MAX)
		ch->o.message_max = CHANNEL_MESSAGE_MAX;
	if (ch->o.queue_max == 0)
		ch->o.queue_max = QUEUE_MAX_DEFAULT;
	ch->credit = CHANNEL_WINDOW;
	buf_init(&ch->body, ch->o.message_max);
	ch->in = malloc(CHANNEL_READ_LEN);
	if (ch->in == NULL) {
		rc = err_set(e, ERR_NOMEM, 0, "no memory for a channel");
		goto out;
	}
	rc = loop_fd_new(l, o->fd, channel_ready, ch, &ch->watcher, e);
	if (rc == ERR_OK)
		rc = loop_fd_set(ch->watcher, LOOP_READ, e);
	if (rc != ERR_OK)
		goto out;
	*channel_out = ch;
	ch = NULL;
out:
	channel_free(ch);
	return rc;
}

void
channel_free(struct channel *ch)
{
	if (ch == NULL)
		return;
	ch->dead = true;
	loop_fd_free(ch->watcher);
	ch->watcher = NULL;
	if (ch->depth > 0)
		ch->freed = true;
	else
		channel_destroy(ch);
}

void
channel_end(struct channel *ch, const struct err *why)
{
	if (ch->dead)
		return;
	ch->dead = true;
	loop_fd_free(ch->watcher);
	ch->watcher = NULL;
	if (why != NULL)
		ch->o.on_error(ch, why, ch->o.arg);
	else
		ch->o.on_close(ch, ch->o.arg);
}

void
channel_pause(struct channel *ch, bool paused)
{
	ch->paused = paused;
	channel_kick(ch);
}
