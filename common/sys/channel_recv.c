/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way in.  Frames are parsed out of one fixed buffer; a message that fits
 * in one frame is delivered from there without a copy, a longer one is put
 * together in body.  Since fragments of two bodies never interleave, one body
 * is all that a hostile peer can make this process hold.
 */
#include "common/sys/channel_int.h"

#include <errno.h>
#include <sys/socket.h>

/* Reads before other descriptors of the loop get their turn. */
#define READ_ROUND_MAX 8

static uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

/* False when a reserved byte is set. */
static bool
frame_dec(const uint8_t in[CHANNEL_HEADER_LEN], struct frame_header *h_out)
{
	h_out->id = get32(in);
	h_out->kind = (uint16_t)(in[4] << 8 | in[5]);
	h_out->flags = in[6];
	h_out->total = get32(in + 8);
	h_out->len = get32(in + 12);
	return in[7] == 0;
}

/* True if a header may stand where it does, before its payload is looked at:
 * the one place that decides what a peer may say. */
static bool
header_is_allowed(const struct channel *ch, const struct frame_header *h)
{
	bool first = h->flags & FRAME_FIRST, last = h->flags & FRAME_LAST;
	size_t so_far = 0;

	if (h->flags == FRAME_CREDIT)
		return h->id == 0 && h->kind == 0 && h->len == 0 &&
		    h->total > 0 && h->total <= CHANNEL_WINDOW - ch->credit;
	if (h->flags & (uint8_t) ~(FRAME_FIRST | FRAME_LAST | FRAME_URGENT))
		return false;
	if (h->flags & FRAME_URGENT)
		return first && last && h->len == h->total &&
		    h->len <= CHANNEL_URGENT_MAX;
	if (h->len > CHANNEL_FRAGMENT_MAX || h->total > ch->o.message_max ||
	    h->len + CHANNEL_HEADER_LEN > CHANNEL_WINDOW - ch->taken_bytes)
		return false;
	if (first == ch->is_partial)
		return false;
	if (ch->is_partial) {
		if (h->id != ch->partial.id || h->kind != ch->partial.kind ||
		    h->total != ch->partial.total)
			return false;
		so_far = ch->body.len;
	}
	/* An empty fragment that ends nothing would go on for ever. */
	if (h->len == 0 && !last)
		return false;
	if (h->len > h->total - so_far)
		return false;
	return last == (so_far + h->len == h->total);
}

static void
deliver(struct channel *ch, const struct frame_header *h, const void *payload,
    size_t len)
{
	const struct channel_message m = {
		.id = h->id,
		.kind = h->kind,
		.urgent = h->flags & FRAME_URGENT,
		.payload = payload,
		.len = len,
	};

	ch->o.on_message(ch, &m, ch->o.arg);
}

static void
take_body(
    struct channel *ch, const struct frame_header *h, const uint8_t *payload)
{
	struct err why;

	ch->taken_bytes += CHANNEL_HEADER_LEN + h->len;
	if (!ch->is_partial && (h->flags & FRAME_LAST)) {
		deliver(ch, h, payload, h->len);
		return;
	}
	if (!ch->is_partial) {
		ch->is_partial = true;
		ch->partial = *h;
	}
	if (!buf_add(&ch->body, payload, h->len)) {
		(void)err_set(&why, ERR_NOMEM, 0, "no memory for a message");
		channel_end(ch, &why);
		return;
	}
	if (h->flags & FRAME_LAST) {
		ch->is_partial = false;
		deliver(ch, h, ch->body.ptr, ch->body.len);
		buf_fini(&ch->body);
	}
}

/* Handle the whole frames in the buffer; the rest moves to its front. */
static void
parse_frames(struct channel *ch)
{
	struct err why;
	size_t at = 0;

	while (!ch->dead && ch->in_len - at >= CHANNEL_HEADER_LEN) {
		const uint8_t *p = ch->in + at;
		struct frame_header h;

		if (!frame_dec(p, &h) || !header_is_allowed(ch, &h)) {
			(void)err_set(&why, ERR_MALFORMED, 0,
			    "the peer sent a frame outside the protocol");
			channel_end(ch, &why);
			return;
		}
		if (ch->in_len - at < CHANNEL_HEADER_LEN + (size_t)h.len)
			break;
		at += CHANNEL_HEADER_LEN + (size_t)h.len;
		if (h.flags & FRAME_CREDIT)
			ch->credit += h.total;
		else if (h.flags & FRAME_URGENT)
			deliver(ch, &h, p + CHANNEL_HEADER_LEN, h.len);
		else
			take_body(ch, &h, p + CHANNEL_HEADER_LEN);
	}
	if (at > 0) {
		ch->in_len -= at;
		memmove(ch->in, ch->in + at, ch->in_len);
	}
}

void
channel_read(struct channel *ch)
{
	struct err why;

	for (int i = 0; i < READ_ROUND_MAX && !ch->dead; i++) {
		size_t room = CHANNEL_READ_LEN - ch->in_len;
		ssize_t n =
		    recv(ch->o.fd, ch->in + ch->in_len, room, MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n == 0 || (n < 0 && errno == ECONNRESET)) {
			channel_end(ch, NULL);
			return;
		}
		if (n < 0) {
			(void)err_set(&why, ERR_IO, errno,
			    "cannot read from the channel");
			channel_end(ch, &why);
			return;
		}
		ch->in_len += (size_t)n;
		parse_frames(ch);
		if ((size_t)n < room)
			return;
	}
}
