/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYNC_WATCH_H
#define SYNC_WATCH_H

#include "common/base/err.h"
#include "common/sys/loop.h"

/*
 * watch -- notices that something was written to a data folder's envelopes, by
 * whatever program saved it, locked or not.
 *
 * The kernel tells (inotify); where it cannot, the callback comes every
 * WATCH_POLL_MS.  Either way it says no more than: look now.
 */
struct watch;

/* A save is noticed within a second or two. */
#define WATCH_POLL_MS 1500U

typedef void watch_cb(void *arg);

/* ERR_NOMEM, ERR_IO. */
enum err_code watch_open(struct loop *loop, const char *home, watch_cb *cb,
    void *arg, struct watch **out, struct err *e) ERR_CHECKED;
/* NULL does nothing. */
void watch_close(struct watch *w);

#endif
