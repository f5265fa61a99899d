/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_NOTIFY_H
#define SYS_NOTIFY_H

#include <stdint.h>

#include "common/base/err.h"

/*
 * notify -- tells the service manager how a daemon is (sd_notify(3)'s
 * protocol: datagrams to the socket that NOTIFY_SOCKET names).
 *
 * notify_open early, before the process confines itself: the socket is
 * connected then, and the variables leave the environment, so that children
 * do not speak for us.  Then notify_ready once, notify_status and notify_alive
 * whenever there is reason, notify_stopping, notify_close.  Without a service
 * manager everything does nothing.  What cannot be delivered is dropped: a
 * manager that does not listen is no reason to stop working.
 */
struct notify;

#define NOTIFY_STATUS_MAX 200 /* bytes; a longer status is cut */

/* ERR_INVALID: NOTIFY_SOCKET is no address of a socket; ERR_IO: it cannot be
 * connected; ERR_NOMEM.  The daemon may go on without. */
enum err_code notify_open(
    struct notify **notify_out, struct err *e) ERR_CHECKED;
/* NULL is allowed here and below, and does nothing. */
void notify_close(struct notify *n);

/* Start-up is over; status is one line for people. */
void notify_ready(struct notify *n, const char *status);
void notify_status(struct notify *n, const char *status);
/* The end has begun. */
void notify_stopping(struct notify *n);

/* How often notify_alive is expected, half of what the manager grants; 0: it
 * does not watch this process. */
uint32_t notify_alive_ms(const struct notify *n);
void notify_alive(struct notify *n);

#endif
