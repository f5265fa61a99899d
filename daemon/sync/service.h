/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYNC_SERVICE_H
#define SYNC_SERVICE_H

#include "common/base/err.h"
#include "daemon/sync/daemon.h"

/*
 * service -- the daemon as a process: ready lines, the service manager, and
 * an orderly end on SIGTERM or SIGINT.
 */

/* Read a file of settings over the defaults.  path NULL: the user's own
 * ($XDG_CONFIG_HOME/visitbook/visitbookd.conf), which may be missing; a named
 * one may not.  ERR_INVALID with one sentence; ERR_NOTFOUND; ERR_IO. */
enum err_code service_conf(
    const char *path, struct daemon_cfg *cfg, struct err *e) ERR_CHECKED;

/* Run until told to end.  ready_fd: write {"ready":true} and a newline to it
 * once everything is open, and close it; -1: none.  Errors as daemon_open. */
enum err_code service_run(
    const struct daemon_cfg *cfg, int ready_fd, struct err *e) ERR_CHECKED;

#endif
