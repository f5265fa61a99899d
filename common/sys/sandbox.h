/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_SANDBOX_H
#define SYS_SANDBOX_H

#include <stdbool.h>

#include "common/base/err.h"

/*
 * sandbox -- a process that speaks with strangers gives up, for good, what it
 * does not need for that: files, new sockets and connections, other programs,
 * other processes.  What it holds open already goes on working; it may accept
 * on a listening socket and take descriptors that it is sent.
 *
 * Two walls, each used where kernel and build have it:
 *
 *   seccomp   a list of system calls that are allowed; any other fails with
 *             EPERM, and those that nothing here could ever want (execve,
 *             ptrace, reading another process) end the process
 *   landlock  no file can be opened, made or removed, no TCP port bound or
 *             connected to (kernel 6.7), no other process signalled (6.12)
 *
 * Both hold for all that the process becomes.  Builds with sanitizers or for
 * coverage have neither: what they link in opens files at the end.
 */
struct sandbox_walls {
	bool seccomp;
	unsigned landlock; /* version of the kernel's interface; 0: none */
};

/* What there is here, without entering. */
struct sandbox_walls sandbox_available(void);

/* Enter, with one thread running.  A wall that is not there is left out, which
 * *out says.  ERR_IO: one that is there could not be put up; the process goes
 * on with less than *out of sandbox_available, and should end. */
enum err_code sandbox_enter(
    struct sandbox_walls *out, struct err *e) ERR_CHECKED;

#endif
