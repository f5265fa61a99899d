/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_CHANNEL_END_H
#define SUPPORT_CHANNEL_END_H

#include "common/sys/channel.h"
#include "common/sys/loop.h"

/*
 * channel_end -- one end of a channel, and what it has seen.  Everything that
 * fails here fails the test.
 */
#define CHANNEL_END_NOTED_MAX 4096

struct channel_end {
	struct loop *loop;
	struct channel *ch;
	unsigned stop_at; /* stop the loop at this many messages; 0: never */
	unsigned n;       /* messages */
	struct {
		uint32_t id;
		uint16_t kind;
		bool urgent;
		size_t len;
	} noted[CHANNEL_END_NOTED_MAX];
	uint8_t *last; /* payload of the last body, owned */
	unsigned closed;
	unsigned errors;
	enum err_code error;
	unsigned rooms;
	bool free_on_message;
};

/* Over fd; queue_max as of a channel's options. */
void channel_end_open(
    struct channel_end *end, struct loop *l, int fd, size_t queue_max);
void channel_end_close(struct channel_end *end);

/* Run until an end stops the loop: its channel closed, failed, has room, or
 * brought the message that it stops at. */
void channel_end_run(struct loop *l);
/* Let everything happen that can happen without waiting. */
void channel_end_settle(struct loop *l);

#endif
