/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_HOLDER_INT_H
#define STORE_HOLDER_INT_H

#include <sys/types.h>
#include <sys/un.h>

#include "common/store/holder.h"

/*
 * holder_int -- what the parts of holder share.
 */

/* A request is a word, a key and a number.  An answer may be a sync's object
 * with its sentence. */
#define HOLDER_REQUEST_MAX 1024
#define HOLDER_ANSWER_MAX 8192
/* What whoever comes when all connections are taken is told. */
#define HOLDER_FULL_ANSWER "{\"error\":\"full\"}"
/* How often idle time and sleep are looked at while unlocked. */
#define HOLDER_CHECK_MS 5000U
/* Asleep for longer than this counts; the two clocks are read apart. */
#define HOLDER_SLEPT_MS 2000U

/* What a connection is there for. */
enum holder_conn_state {
	HOLDER_CONN_FREE,    /* the slot is not in use */
	HOLDER_CONN_IDLE,    /* may ask */
	HOLDER_CONN_LEASE,   /* its peer holds the key */
	HOLDER_CONN_REVOKED, /* ... and was told to wipe it */
	HOLDER_CONN_LOCKING, /* waits until no lease is left */
	HOLDER_CONN_SYNCING  /* waits for holder_sync_done */
};

struct holder_conn {
	struct holder *holder;
	enum holder_conn_state state;
	int fd;
	struct loop_fd *watch;
	size_t len; /* bytes in line */
	char line[HOLDER_REQUEST_MAX];
};

/*
 * Invariants: key is all zero while is_locked; no connection is a LEASE while
 * is_locked; a LOCKING connection exists only while a REVOKED one does.
 */
struct holder {
	struct loop *loop;
	struct holder_events events;
	bool is_locked;
	struct secret_key key; /* locked into memory where the kernel lets us */
	uint64_t window_max_ms; /* 0: none */
	uint64_t window_ms;     /* what unlock gave; 0: no end */
	uint64_t end_boot_ms;   /* lock then, by the clock that runs in sleep */
	uint64_t slept_ms;      /* time asleep when last looked */
	struct loop_timer *check;
	int lock_fd; /* the exclusive lock that says who holds the folder */
	int listen_fd;
	struct loop_fd *listen_watch;
	struct sockaddr_un address;
	ino_t socket_ino; /* of the name of the socket; 0: there is none yet */
	struct holder_conn conns[HOLDER_CONNS_MAX];
};

/* Fill in the address of a data folder's socket; errors as holder_path. */
enum err_code holder_address(const char *home, struct sockaddr_un *address_out,
    struct err *e) ERR_CHECKED;

/* Whether a process holds the folder, by the lock that it keeps for as long as
 * it lives, whether or not it can be reached.  ERR_IO: that cannot be told. */
#define HOLDER_LOCK_MAX (sizeof(((struct sockaddr_un *)0)->sun_path) + 8)
void holder_lock_path(
    const struct sockaddr_un *address, char out[static HOLDER_LOCK_MAX]);
enum err_code holder_is_held(
    const struct sockaddr_un *address, bool *out, struct err *e) ERR_CHECKED;

/* True if the process at the other end runs as this user. */
bool holder_peer_is_us(int fd);

/* Take the key out of a line {"...","key":"<64 hex>",...}: its digits are
 * overwritten in the line, so that no parser copies them.  False: none. */
bool holder_key_take(char *line, struct secret_key *key_out);

/* Take over a connection that was accepted. */
void holder_conn_add(struct holder *h, int fd);
/* Send a line; a peer that does not read its answers is dropped. */
void holder_conn_say(struct holder_conn *c, const char *line);
void holder_conn_drop(struct holder_conn *c);

/* Unlock with this key, or go on with it. */
void holder_take_key(
    struct holder *h, const struct secret_key *key, uint64_t until_ms);
/* Somebody is at work. */
void holder_touch(struct holder *h);
/* Unix time of locking by itself; 0: none. */
uint64_t holder_until_ms(const struct holder *h);

#endif
