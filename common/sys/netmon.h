/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_NETMON_H
#define SYS_NETMON_H

#include <stdbool.h>

#include "common/base/err.h"

/*
 * netmon -- notices when this machine's network comes, goes or changes.
 *
 * netmon_open with a loop, callbacks, netmon_close before the loop's end.  It
 * listens to the kernel (rtnetlink: links, addresses, routes), which needs no
 * privilege; a process that confines itself opens it before.  A notice says
 * only that it is worth trying again, or worth saying that there is no
 * network; whether the office can be reached is found out by calling it.
 */
struct loop;
struct netmon;

/* A burst of changes (joining a wifi makes dozens) becomes one notice, this
 * long after its first. */
#define NETMON_SETTLE_MS 250U

typedef void netmon_cb(void *arg);

/* Call back from the loop when something has changed.  ERR_BUSY "no netlink":
 * this kernel or container has none; go on without and try at intervals.
 * ERR_NOMEM. */
enum err_code netmon_open(struct loop *l, netmon_cb *cb, void *arg,
    struct netmon **netmon_out, struct err *e) ERR_CHECKED;
/* No callback comes after it; NULL does nothing. */
void netmon_close(struct netmon *m);

/* True if there is a network over which this office could be reached: an
 * interface other than loopback that is up and has an address of more than
 * its own link, or, when the office is on this machine itself, loopback.
 * address is as in http_call ("office.example:8443", "[::1]:8443").  True as
 * well when the kernel does not tell: then trying is the way to know. */
bool netmon_has_network(const char *address);

#endif
