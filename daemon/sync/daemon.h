/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYNC_DAEMON_H
#define SYNC_DAEMON_H

#include <stdint.h>

#include "common/base/err.h"
#include "common/core/schema.h"
#include "common/sys/loop.h"

/*
 * daemon -- one data folder kept in touch with its office, for as long as the
 * process lives: the key's holder, the store while it is unlocked, the courier
 * while it is not, and the state machine of engine.h between them.
 *
 * daemon_open, loop_run, daemon_close.  daemon_open has everything ready: the
 * holder answers and the first sync is under way when it returns.
 */
struct daemon;

struct daemon_cfg {
	const char *home;
	const struct schema *words; /* borrowed; for sentences */
	uint32_t retry_first_ms;    /* after a first failure, at most */
	uint32_t retry_most_ms;     /* ever, unless the office asks for more */
	uint32_t refused_ms;        /* at least, after the office said no */
	uint32_t poll_ms;           /* locked, with nothing to hand over */
	uint64_t lock_after_ms;     /* without work; 0: as unlock says */
};
/* What a file of settings may leave out. */
struct daemon_cfg daemon_cfg_default(void);

/* Errors as holder_open and outside_open.  Not enrolled: ERR_NOTFOUND. */
enum err_code daemon_open(struct loop *loop, const struct daemon_cfg *cfg,
    struct daemon **out, struct err *e) ERR_CHECKED;
/* Locks, wipes, and ends what is under way; NULL does nothing. */
void daemon_close(struct daemon *d);

/* One plain line on how it stands, for the service manager; borrowed. */
const char *daemon_status_text(const struct daemon *d);

#endif
