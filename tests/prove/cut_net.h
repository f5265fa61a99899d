/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVE_CUT_NET_H
#define PROVE_CUT_NET_H

#include <stdbool.h>
#include <stdint.h>

#include "common/sys/loop.h"
#include "common/sys/tcp.h"

/*
 * cut_net -- the network between a device and its office, in their own loop:
 * it passes exactly so many bytes in one direction, and then it is cut.
 *
 *   cut_net_new; cut_net_to; cut_net_arm or cut_net_calm before each try;
 *   cut_net_seen after it; cut_net_free.
 *
 * Bytes are those of TCP, TLS's own included, over all connections since the
 * last call of cut_net_arm or cut_net_calm.  What is cut is the connection that
 * carried the last of them; one that is made afterwards passes everything.
 * Everything that fails here fails the run.
 */
enum cut_direction { CUT_UP, CUT_DOWN, CUT_DIRECTIONS }; /* up: to the office */

enum cut_how {
	CUT_END,    /* both sides meet the end of the stream */
	CUT_RESET,  /* both sides meet a reset */
	CUT_SILENT, /* half open: nothing moves any more, and nobody is told */
	CUT_HOWS
};

/* Where to cut.  after 0: before the first byte of that direction, up as soon
 * as there is a connection, down as soon as there is a byte to come. */
struct cut_at {
	enum cut_direction direction;
	uint64_t after;
	enum cut_how how;
};

struct cut_seen {
	uint64_t passed[CUT_DIRECTIONS]; /* bytes */
	bool was_cut;
};

struct cut_net;

/* on_silence: on a connection cut by CUT_SILENT nothing has come from the
 * device for SILENCE_MS, and it has not given up. */
#define CUT_SILENCE_MS 4
struct cut_net *cut_net_new(
    struct loop *l, void (*on_silence)(void *arg), void *arg);
void cut_net_free(struct cut_net *n);

/* Where devices find it; borrowed. */
const char *cut_net_address(const struct cut_net *n);
/* Where the office is from now on, "127.0.0.1:PORT". */
void cut_net_to(struct cut_net *n, const struct tcp_address *office);

/* Begin to count; cut there, or nowhere.  Connections stay as they are. */
void cut_net_arm(struct cut_net *n, const struct cut_at *at);
void cut_net_calm(struct cut_net *n);
/* Close what is left of every connection, half-open ones too. */
void cut_net_clear(struct cut_net *n);
struct cut_seen cut_net_seen(const struct cut_net *n);

#endif
