/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_PROCESS_H
#define CENTRAL_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/base/err.h"

/*
 * process -- how each process of the office starts and what it gives up.
 *
 * `serve` starts its processes by fork and exec of this very program, as
 *   visitbook-central process engine DATA
 *   visitbook-central process devices|people UID GID
 *   visitbook-central process beside DATA           (beside.h)
 * so that no secret of one lies in the memory of another.  They get three
 * descriptors besides standard ones and nothing else.
 */
#define PROCESS_WORD "process"
#define PROCESS_FD_CONTROL 3 /* control.h */
#define PROCESS_FD_LISTEN 4  /* fronts: the listening socket */

/* No core file, no debugger, no new rights by any exec. */
void process_keep_private(void);

/* Raise the limit of open descriptors as far as it goes. */
void process_open_many(void);

/* Become this user and group for good; nothing when uid is not ours to leave
 * (we are no root, or it is root's).  ERR_IO: it did not work; end. */
enum err_code process_become(uid_t uid, gid_t gid, struct err *e) ERR_CHECKED;

/* Start one; argv as above, without the program's name, at most
 * PROCESS_ARGS_MAX and NULL.  listen_fd may be -1. */
#define PROCESS_ARGS_MAX 4
enum err_code process_start(const char *const argv[], int control_fd,
    int listen_fd, pid_t *pid_out, struct err *e) ERR_CHECKED;

/* What a started process does: run until told to end.  The exit status. */
int engine_process(const char *data);
int front_process(bool is_devices, uid_t uid, gid_t gid);

#endif
