/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_CHANNEL_INT_H
#define SYS_CHANNEL_INT_H

/*
 * channel_int -- what the files of the channel share.
 *
 * channel.c owns the life cycle and the callbacks' safety, channel_send.c the
 * way out, channel_recv.c the way in.
 *
 * Invariants:
 *  1. queued_bytes is the sum of header and payload of every message in both
 *     lanes, less what the kernel took of it.
 *  2. credit + (body bytes sent and not yet said to be taken)
 *     == CHANNEL_WINDOW.
 *  3. taken_bytes <= CHANNEL_WINDOW: body bytes that came in and that the
 *     peer has not been told of.
 *  4. A channel with dead set has no watcher, and nothing calls back.
 */
#include "common/base/buf.h"
#include "common/sys/channel.h"
#include "common/sys/loop.h"

#define CHANNEL_HEADER_LEN ((size_t)16)
#define CHANNEL_READ_LEN (2 * (CHANNEL_FRAGMENT_MAX + CHANNEL_HEADER_LEN))

enum {
	FRAME_FIRST = 1,
	FRAME_LAST = 2,
	FRAME_URGENT = 4,
	FRAME_CREDIT = 8,
};

struct frame_header {
	uint32_t id;
	uint16_t kind;
	uint8_t flags;
	uint32_t total;
	uint32_t len;
};

/* A message that waits, or is partly sent. */
struct channel_item {
	struct channel_item *next;
	uint32_t id;
	uint16_t kind;
	uint32_t len;
	uint32_t sent; /* payload bytes put into frames so far */
	uint8_t payload[];
};

struct channel_lane {
	struct channel_item *first;
	struct channel_item *last;
	size_t waiting_bytes; /* payloads and one header for each message */
};

/* The frame that is being written; header_sent < CHANNEL_HEADER_LEN or
 * payload_sent < payload_len while there is one. */
struct channel_writing {
	bool is_active;
	uint8_t header[CHANNEL_HEADER_LEN];
	size_t header_sent;
	uint8_t *payload; /* inside item, or NULL */
	size_t payload_len;
	size_t payload_sent;
	struct channel_item *done_item; /* owned: free it after the frame */
};

struct channel {
	struct channel_options o;
	struct loop_fd *watcher; /* owned; NULL once dead */
	bool dead;               /* the peer left or an error came */
	bool paused;             /* no credit is granted */
	bool wants_room;         /* a send was refused */
	bool freed;              /* channel_free inside a callback */
	unsigned depth;          /* loop callbacks that are running */

	struct channel_lane urgent;
	struct channel_lane bodies;
	struct channel_writing writing;
	size_t credit; /* body bytes that may still be sent */

	uint8_t *in;                 /* owned, CHANNEL_READ_LEN bytes */
	size_t in_len;               /* bytes in it that are not parsed yet */
	size_t taken_bytes;          /* see invariant 3 */
	bool is_partial;             /* a body has begun and not ended */
	struct frame_header partial; /* its first header */
	struct buf body;             /* its bytes so far */
};

/* Write what can go now and watch for the rest.  Inside a callback of the
 * channel it does nothing: the round does so when the callback returned. */
void channel_kick(struct channel *ch);

/* End the channel: drop the watcher and tell the owner (why NULL: the peer
 * closed).  Does nothing on a dead one. */
void channel_end(struct channel *ch, const struct err *why);

/* Write as much as the kernel takes now. */
void channel_write(struct channel *ch);
bool channel_wants_write(const struct channel *ch);
/* A send was refused, there is room now, and the owner wants to know. */
bool channel_has_room_news(const struct channel *ch);
void channel_send_fini(struct channel *ch);

/* Read and deliver what has come, up to a limit for one round. */
void channel_read(struct channel *ch);

#endif
