/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_SERVE_H
#define CENTRAL_SERVE_H

#include <stdbool.h>

#include "common/base/err.h"
#include "daemon/central/wire.h"

/*
 * serve -- the office as it runs: this process binds both listeners, starts
 * the engine and a front for each listener (process.h), and from then on only
 * watches: who ends without being told is started again, after a pause that
 * doubles; the listeners stay, so that clients wait and are not refused.
 *
 * SIGHUP: read DATA/tls again.  SIGTERM, SIGINT: end cleanly.
 */
struct serve_options {
	const char *data;
	const char *devices, *console; /* ADDR:PORT */
	int ready_fd;                  /* -1: none */
	const char *front_user;        /* NULL: see serve.c */
};

/* Run until told to end.  ERR_OK: it ended cleanly.  Errors are of the start;
 * *status_out is then the exit status of the process that could not start, or
 * 0 when the error says all. */
enum err_code serve_run(
    const struct serve_options *o, int *status_out, struct err *e) ERR_CHECKED;

/* True if the service manager gives this listener's socket (by the name
 * "devices" or "console"): then its address is not asked for. */
bool serve_is_given(enum wire_listener listener);

#endif
