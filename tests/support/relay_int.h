/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_RELAY_INT_H
#define SUPPORT_RELAY_INT_H

/* What the parts of relay share: relay.c (modes, commands, the poll loop),
 * relay_conn.c (one connection), relay_portal.c (one visitor of the portal). */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RELAY_BUFFER_LEN 65536
#define RELAY_NO_LIMIT UINT64_MAX

enum relay_mode {
	RELAY_OPEN,
	RELAY_CUT,
	RELAY_BLACKHOLE,
	RELAY_STALL,
	RELAY_PORTAL,
	RELAY_MODE_N
};

/* One direction of a connection.  Invariant: used <= RELAY_BUFFER_LEN, and
 * passed <= limit. */
struct relay_flow {
	int from; /* borrowed from the connection; -1: none */
	int to;
	bool has_ended;  /* from said its last byte */
	bool has_closed; /* and to was told so */
	size_t used;     /* bytes in buffer that to has not taken yet */
	uint64_t passed; /* bytes that to has taken */
	uint64_t limit;  /* of passed; RELAY_NO_LIMIT */
	char buffer[RELAY_BUFFER_LEN];
};

struct relay_portal;

/* A taken connection, in a slot of the relay's; client -1: a free slot. */
struct relay_conn {
	int client;
	int office;         /* -1: none, or ended already */
	bool is_connecting; /* to the office */
	bool is_lost;       /* bytes vanished: to be reset */
	int draining;       /* the one side that was told the end and may
	                       still speak; -1: none */
	struct relay_portal *portal; /* owned; NULL: forwarded */
	struct relay_flow *up;       /* from the device to the office; owned */
	struct relay_flow *down;
};

/* What polling is to watch on the two descriptors; a descriptor of which
 * nothing is wanted is not watched at all, since a hang-up always reports. */
struct relay_wish {
	short client;
	short office;
};
struct relay_wish relay_conn_wish(
    const struct relay_conn *c, enum relay_mode mode);

/* True to go on; false: the connection has ended and is to be closed.
 * *cut_out is raised when it was this relay that ended it. */
bool relay_conn_step(struct relay_conn *c, enum relay_mode mode,
    struct relay_wish ready, bool *cut_out);

/* True when an ended connection ended well on both sides: a reset is to be
 * passed on as a reset. */
bool relay_conn_is_clean(const struct relay_conn *c);

/* Close both ends, with a reset if asked, and free the slot. */
void relay_conn_close(struct relay_conn *c, bool is_reset);

/* A visitor of the portal on fd, borrowed; NULL without memory. */
struct relay_portal *relay_portal_new(int fd);
void relay_portal_free(struct relay_portal *p);
/* POLLIN or POLLOUT. */
short relay_portal_wish(const struct relay_portal *p);
/* False when the visit is over. */
bool relay_portal_step(struct relay_portal *p);

#endif
