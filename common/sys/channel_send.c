/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way out.  One frame is written at a time; when it is done the next is
 * chosen: credit to the peer first (so two ends that both have much to say
 * never wait for each other), then urgent messages, then the next fragment of
 * the first body, if the peer's credit covers it.
 */
#include "common/sys/channel_int.h"

#include <assert.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* Frames written before other descriptors of the loop get their turn. */
#define WRITE_ROUND_MAX 32
/* Urgent messages are small; this many bytes of them mean that the peer has
 * stopped reading. */
#define URGENT_QUEUE_MAX (1U << 20)
/* Credit is told when this much was taken: often enough that the window
 * never runs dry, seldom enough that it costs one frame in two. */
#define CREDIT_STEP (CHANNEL_WINDOW / 4)

static void
put32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

static void
frame_enc(const struct frame_header *h, uint8_t out[CHANNEL_HEADER_LEN])
{
	put32(out, h->id);
	out[4] = (uint8_t)(h->kind >> 8);
	out[5] = (uint8_t)h->kind;
	out[6] = h->flags;
	out[7] = 0;
	put32(out + 8, h->total);
	put32(out + 12, h->len);
}

static size_t
lane_max(const struct channel *ch, bool urgent)
{
	return urgent ? URGENT_QUEUE_MAX : ch->o.queue_max;
}

enum err_code
channel_send(struct channel *ch, const struct channel_message *m, struct err *e)
{
	struct channel_lane *lane = m->urgent ? &ch->urgent : &ch->bodies;
	size_t max = m->urgent ? CHANNEL_URGENT_MAX : CHANNEL_MESSAGE_MAX;
	size_t cost = m->len + CHANNEL_HEADER_LEN;
	struct channel_item *item;

	if (ch->dead)
		return err_set(e, ERR_IO, 0, "the channel has ended");
	if (m->len > max || cost > lane_max(ch, m->urgent))
		return err_set(e, ERR_INVALID, 0,
		    "a message of %zu bytes is too long", m->len);
	if (lane->waiting_bytes + cost > lane_max(ch, m->urgent)) {
		ch->wants_room = true;
		return err_set(e, ERR_BUSY, 0, "the channel is full");
	}
	item = malloc(sizeof(*item) + m->len);
	if (item == NULL)
		return err_set(e, ERR_NOMEM, 0, "no memory for a message");
	item->next = NULL;
	item->id = m->id;
	item->kind = m->kind;
	item->len = (uint32_t)m->len;
	item->sent = 0;
	if (m->len > 0)
		memcpy(item->payload, m->payload, m->len);
	if (lane->last != NULL)
		lane->last->next = item;
	else
		lane->first = item;
	lane->last = item;
	lane->waiting_bytes += cost;
	channel_kick(ch);
	return ERR_OK;
}

size_t
channel_queued(const struct channel *ch)
{
	const struct channel_writing *w = &ch->writing;
	size_t n = ch->urgent.waiting_bytes + ch->bodies.waiting_bytes;

	if (w->is_active)
		n += CHANNEL_HEADER_LEN - w->header_sent + w->payload_len -
		    w->payload_sent;
	return n;
}

static bool
wants_credit(const struct channel *ch)
{
	return !ch->paused && ch->taken_bytes >= CREDIT_STEP;
}

static size_t
next_fragment_len(const struct channel_item *item)
{
	size_t left = item->len - item->sent;

	return left < CHANNEL_FRAGMENT_MAX ? left : CHANNEL_FRAGMENT_MAX;
}

static bool
can_send_body(const struct channel *ch)
{
	const struct channel_item *item = ch->bodies.first;

	return item != NULL &&
	    next_fragment_len(item) + CHANNEL_HEADER_LEN <= ch->credit;
}

bool
channel_wants_write(const struct channel *ch)
{
	return ch->writing.is_active || wants_credit(ch) ||
	    ch->urgent.first != NULL || can_send_body(ch);
}

static void
begin_credit(struct channel *ch)
{
	const struct frame_header h = {
		.flags = FRAME_CREDIT,
		.total = (uint32_t)ch->taken_bytes,
	};

	frame_enc(&h, ch->writing.header);
	ch->taken_bytes = 0;
}

static void
begin_item(struct channel *ch, struct channel_lane *lane, uint8_t flags)
{
	struct channel_writing *w = &ch->writing;
	struct channel_item *item = lane->first;
	struct frame_header h = {
		.id = item->id,
		.kind = item->kind,
		.flags = flags,
		.total = item->len,
		.len = (uint32_t)next_fragment_len(item),
	};

	if (item->sent == 0)
		h.flags |= FRAME_FIRST;
	w->payload = item->payload + item->sent;
	w->payload_len = h.len;
	item->sent += h.len;
	lane->waiting_bytes -= h.len;
	if (item->sent == item->len) {
		h.flags |= FRAME_LAST;
		lane->waiting_bytes -= CHANNEL_HEADER_LEN;
		lane->first = item->next;
		if (lane->first == NULL)
			lane->last = NULL;
		w->done_item = item;
	}
	frame_enc(&h, w->header);
	if (!(flags & FRAME_URGENT))
		ch->credit -= CHANNEL_HEADER_LEN + h.len;
}

/* Choose the next frame; false when nothing may be sent now. */
static bool
begin_frame(struct channel *ch)
{
	memset(&ch->writing, 0, sizeof(ch->writing));
	if (wants_credit(ch))
		begin_credit(ch);
	else if (ch->urgent.first != NULL)
		begin_item(ch, &ch->urgent, FRAME_URGENT);
	else if (can_send_body(ch))
		begin_item(ch, &ch->bodies, 0);
	else
		return false;
	ch->writing.is_active = true;
	return true;
}

/* Hand the rest of the frame to the kernel: ERR_OK when all of it went,
 * ERR_BUSY when the socket is full. */
static enum err_code
push_frame(struct channel *ch, struct err *e)
{
	struct channel_writing *w = &ch->writing;
	struct iovec part[2] = {
		{ w->header + w->header_sent,
		    CHANNEL_HEADER_LEN - w->header_sent },
		{ w->payload + w->payload_sent,
		    w->payload_len - w->payload_sent },
	};
	const struct msghdr msg = {
		.msg_iov = part,
		.msg_iovlen = w->payload_len > 0 ? 2 : 1,
	};
	size_t n, head;
	ssize_t r;

	do
		r = sendmsg(ch->o.fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (r < 0 && errno == EINTR);
	if (r < 0 && errno == EAGAIN)
		return ERR_BUSY;
	if (r < 0)
		return err_set(e, ERR_IO, errno, "cannot write to the channel");
	n = (size_t)r;
	head = n < part[0].iov_len ? n : part[0].iov_len;
	w->header_sent += head;
	w->payload_sent += n - head;
	if (w->header_sent < CHANNEL_HEADER_LEN ||
	    w->payload_sent < w->payload_len)
		return ERR_BUSY;
	return ERR_OK;
}

void
channel_write(struct channel *ch)
{
	struct err why;

	for (int i = 0; i < WRITE_ROUND_MAX; i++) {
		enum err_code rc;

		if (!ch->writing.is_active && !begin_frame(ch))
			return;
		rc = push_frame(ch, &why);
		if (rc == ERR_BUSY)
			return;
		if (rc != ERR_OK) {
			/* A peer that left is found by reading, after what
			 * it said last. */
			if (why.sys != EPIPE && why.sys != ECONNRESET)
				channel_end(ch, &why);
			else
				channel_send_fini(ch);
			return;
		}
		free(ch->writing.done_item);
		ch->writing.done_item = NULL;
		ch->writing.is_active = false;
	}
}

bool
channel_has_room_news(const struct channel *ch)
{
	return ch->wants_room && ch->o.on_room != NULL &&
	    ch->bodies.waiting_bytes <= ch->o.queue_max / 2 &&
	    ch->urgent.waiting_bytes <= URGENT_QUEUE_MAX / 2;
}

static void
lane_fini(struct channel_lane *lane)
{
	while (lane->first != NULL) {
		struct channel_item *item = lane->first;

		lane->first = item->next;
		free(item);
	}
	lane->last = NULL;
	lane->waiting_bytes = 0;
}

void
channel_send_fini(struct channel *ch)
{
	lane_fini(&ch->urgent);
	lane_fini(&ch->bodies);
	free(ch->writing.done_item);
	memset(&ch->writing, 0, sizeof(ch->writing));
}
