/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_HOLDER_H
#define STORE_HOLDER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/base/file.h"
#include "common/base/secret.h"
#include "common/sys/loop.h"

/*
 * holder -- the one process that holds a data folder's database key between
 * commands: visitbookd, or the small agent that `visitbook unlock` starts.
 *
 * It listens on a Unix socket in a 0700 runtime folder
 * ($XDG_RUNTIME_DIR/visitbook, else /tmp/visitbook-<uid>), one socket for each
 * data folder, named by a hash of the folder's real path.  Both ends check
 * that the peer is the same user (SO_PEERCRED).  Messages are one JSON object
 * a line; the key travels as hex and is wiped from every buffer.
 *
 *   {"do":"key"}              -> {"key":hex} | {"error":"locked"}; the
 *                                connection stays open for as long as the
 *                                command holds the key (a lease)
 *   {"do":"unlock","key":hex,"until":ms} -> {"ok":true}; it locks by itself
 *                                at that Unix time, which key, changed and
 *                                touch move on by as much as unlock gave
 *                                (0: never), and when the machine slept
 *   {"do":"lock"}             -> {"ok":true} once every lease is gone: each
 *                                lease holder is sent {"do":"wipe"} and
 *                                closes its connection when it has wiped
 *   {"do":"sync"}             -> the daemon syncs now; one object as printed
 *                                by `visitbook sync --json` (agent:
 *                                {"error":"no_daemon"})
 *   {"do":"status"}           -> {"locked","until","daemon":bool, ...}
 *   {"do":"changed"}          -> {"ok":true}: something was saved
 *   {"do":"touch"}            -> {"ok":true}: somebody is at work (a page)
 *
 * Any other answer is {"error":word}; {"error":"full"} comes unasked where
 * HOLDER_CONNS_MAX connections are open already.  An open lease alone does not
 * keep the notes unlocked; what its user does must say touch or changed.
 * A holder whose socket is gone locks within seconds, since nobody could tell
 * it to; until then a question to it is ERR_IO, never ERR_NOTFOUND.
 */

/* Commands, pages and their asking at the same time; more is no use of ours. */
#define HOLDER_CONNS_MAX 64
/* In err.sys with ERR_BUSY from any question here: so many are served already
 * that this one was not heard.  Try again when some have ended. */
#define HOLDER_FULL 1

/* Path of the socket for a data folder; makes the runtime folder.  ERR_IO;
 * ERR_NOTFOUND: there is no such data folder; ERR_AUTH when the runtime folder
 * belongs to someone else or is open to others. */
enum err_code holder_path(const char *home, char out[static FILE_PATH_MAX],
    struct err *e) ERR_CHECKED;

/* ---- the holding process ---- */
struct holder;

struct holder_events {
	/* The key arrived (borrowed until on_lock), or is about to be wiped:
	 * close everything opened with it before returning. */
	void (*on_unlock)(void *arg, const struct secret_key *key);
	void (*on_lock)(void *arg);
	/* A command saved something or asks to sync; on_sync answers later
	 * with holder_sync_done, once for each call.  NULL: no daemon. */
	void (*on_changed)(void *arg);
	void (*on_sync)(void *arg);
	/* Add members to what {"do":"status"} answers; NULL: none.  What finds
	 * no memory may be left out. */
	void (*on_status)(void *arg, json_t *into);
	void *arg;
};

/* Listen.  ERR_BUSY when another process holds this folder already; otherwise
 * as holder_path, and ERR_NOMEM.  Callbacks come from the loop, on_lock from
 * holder_lock and holder_close too. */
enum err_code holder_open(struct loop *loop, const char *home,
    const struct holder_events *events, struct holder **out,
    struct err *e) ERR_CHECKED;

/* As holder_open, for a daemon: where an agent holds the folder, it hands its
 * key over, locks and ends.  ERR_BUSY when another daemon holds it, or the
 * agent does not give way; blocks for some seconds at most.  What came of it
 * is given to holder_inherit once the daemon is ready to be unlocked. */
struct holder_legacy {
	bool has_key;
	struct secret_key key;
	uint64_t until_ms; /* when the agent would have locked; 0: never */
};
enum err_code holder_open_over(struct loop *loop, const char *home,
    const struct holder_events *events, struct holder_legacy *legacy_out,
    struct holder **out, struct err *e) ERR_CHECKED;
/* Unlock with what an agent left, if it left anything, and wipe that. */
void holder_inherit(struct holder *h, struct holder_legacy *legacy);

/* Lock, close and remove the socket; free. */
void holder_close(struct holder *h);
bool holder_is_locked(const struct holder *h);
/* The key while unlocked, or NULL. */
const struct secret_key *holder_key(const struct holder *h);
/* However long an unlock asks for, lock after this time without work; 0: as
 * each unlock says. */
void holder_limit(struct holder *h, uint64_t window_max_ms);
/* Lock now.  Does nothing while locked. */
void holder_lock(struct holder *h);
/* Answer all waiting {"do":"sync"} with this JSON text, one line. */
void holder_sync_done(struct holder *h, const char *json_text);

/* ---- a command ---- */
struct holder_lease;

/* Get the key and keep the lease open.  ERR_LOCKED when there is no holder or
 * it is locked; ERR_BUSY: no answer in time, or HOLDER_FULL; otherwise as
 * holder_path. */
enum err_code holder_lease_open(const char *home, struct secret_key *key_out,
    struct holder_lease **out, struct err *e) ERR_CHECKED;
/* True once the holder asked to wipe, or has gone: finish the current
 * transaction, wipe the key and close. */
bool holder_lease_is_revoked(struct holder_lease *l);
/* Becomes readable when the lease is revoked, for a process with a loop;
 * borrowed until holder_lease_close, never read from. */
int holder_lease_fd(const struct holder_lease *l);
/* Close; l may be NULL. */
void holder_lease_close(struct holder_lease *l);

/* Hand the key over; until as in "unlock".  ERR_NOTFOUND when no holder runs.
 */
enum err_code holder_unlock(const char *home, const struct secret_key *key,
    uint64_t until_ms, struct err *e) ERR_CHECKED;

/* Send one request object and read the one answer (NUL-ended JSON text, owned
 * by the caller).  ERR_NOTFOUND when no holder runs; ERR_BUSY: no answer in
 * time (0: wait without end), or HOLDER_FULL; ERR_IO. */
enum err_code holder_ask(const char *home, const char *request_json,
    int timeout_ms, char **answer_out, struct err *e) ERR_CHECKED;

#endif
