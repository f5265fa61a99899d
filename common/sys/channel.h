/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_CHANNEL_H
#define SYS_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

struct loop;

/*
 * channel -- messages between two processes over a Unix socket pair, for a
 * front process and the engine.
 *
 * channel_pair, fork, then each process closes the other's end and calls
 * channel_new with its own; channel_send; channel_free.
 *
 * Nothing here ever blocks.  A body travels in fragments of at most
 * CHANNEL_FRAGMENT_MAX bytes, and an urgent message (a wake-up, a control
 * word) goes before the next fragment.  Bodies arrive in the order in which
 * they were sent, and so do urgent messages among themselves; an urgent one
 * may overtake bodies.  Nothing is lost or doubled while both ends live.
 *
 * What is queued here is bounded (ERR_BUSY, then on_room), what may be under
 * way is bounded by credit that the receiver grants, and what a receiver puts
 * together is one body at a time.  The peer is not trusted: bytes outside
 * this protocol end the channel with ERR_MALFORMED.
 *
 * Wire form: frames of a 16-byte header, big-endian, and len bytes.
 *    0  u32  id      the sender's own number, passed through
 *    4  u16  kind    what the payload means, passed through
 *    6  u8   flags   1 first, 2 last, 4 urgent, 8 credit
 *    7  u8   0
 *    8  u32  total   bytes of the whole message; in a credit frame: the
 *                    bytes that the receiver has taken
 *   12  u32  len     bytes that follow; 0 in a credit frame
 * Credit counts the headers and payloads of frames that are neither urgent
 * nor credit; at most CHANNEL_WINDOW bytes may be taken but unsaid.
 */
struct channel;

#define CHANNEL_FRAGMENT_MAX ((size_t)65536) /* payload bytes in one frame */
/* Payload of one message: the largest answer, and what stands around it. */
#define CHANNEL_MESSAGE_MAX (((size_t)8 << 20) + 65536)
#define CHANNEL_URGENT_MAX ((size_t)4096) /* payload of an urgent message */
#define CHANNEL_WINDOW                                                         \
	(8 * (CHANNEL_FRAGMENT_MAX + 16)) /* body bytes under way */

struct channel_message {
	uint32_t id;
	uint16_t kind;
	bool urgent;
	const void *payload; /* borrowed; may be NULL when len is 0 */
	size_t len;
};

/* The payload is borrowed until the callback returns. */
typedef void channel_message_cb(
    struct channel *ch, const struct channel_message *m, void *arg);
typedef void channel_cb(struct channel *ch, void *arg);
typedef void channel_error_cb(
    struct channel *ch, const struct err *why, void *arg);

/* Any callback may send on the channel or free it. */
struct channel_options {
	int fd;                         /* one end of channel_pair; taken */
	channel_message_cb *on_message; /* a whole message has come */
	channel_cb *on_close;           /* the peer has closed its end */
	channel_error_cb *on_error;     /* ERR_MALFORMED: the peer's fault;
	                                 * ERR_IO, ERR_NOMEM: ours */
	channel_cb *on_room;            /* there is room again after ERR_BUSY;
	                                 * may be NULL */
	void *arg;                      /* for the callbacks */
	size_t message_max; /* longest body to accept; 0: the maximum */
	size_t queue_max;   /* bytes of bodies that may wait here; at least the
	                     * longest body to send; 0: 16 MiB */
};

/* Make two connected ends, non-blocking and close-on-exec.  ERR_IO. */
enum err_code channel_pair(int fds_out[2], struct err *e) ERR_CHECKED;

/* Begin to receive.  The descriptor is taken, also on failure.  ERR_NOMEM,
 * ERR_IO. */
enum err_code channel_new(struct loop *l, const struct channel_options *o,
    struct channel **channel_out, struct err *e) ERR_CHECKED;

/* Close the descriptor and drop what waits; free(NULL) is legal.  No callback
 * comes afterwards. */
void channel_free(struct channel *ch);

/* Queue a copy of the message; what the kernel takes leaves at once, the rest
 * when the loop runs.  ERR_BUSY: the queue is full, on_room will tell when it
 * is half empty; ERR_INVALID: longer than the limit for its lane; ERR_IO: the
 * channel has ended (on_close or on_error was called); ERR_NOMEM.  No callback
 * but on_error comes from inside this call, and that only when the kernel
 * fails in a way that no peer can cause. */
enum err_code channel_send(struct channel *ch, const struct channel_message *m,
    struct err *e) ERR_CHECKED;

/* Stop (true) or go on (false) granting credit.  While paused at most
 * CHANNEL_WINDOW further bytes of bodies arrive; urgent messages still come. */
void channel_pause(struct channel *ch, bool paused);

/* Bytes of payload and headers that still wait to be written; 0: all that was
 * sent is with the kernel, so the channel can be freed without loss. */
size_t channel_queued(const struct channel *ch);

#endif
