/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_TCP_H
#define SYS_TCP_H

#include "common/base/err.h"

/*
 * tcp -- listening sockets, bound by a process that may then hand them down.
 */

/* "192.0.2.1:8443", "[2001:db8::1]:8443" */
#define TCP_ADDRESS_MAX 64
struct tcp_address {
	char s[TCP_ADDRESS_MAX];
};

/* Bind and listen on a numeric address and port, written as above; port 0 lets
 * the kernel choose, "[::]" takes IPv4 too.  The socket is non-blocking and
 * close-on-exec, with SO_REUSEADDR, TCP_NODELAY and keep-alive, which accepted
 * connections inherit; it is the caller's to close.  *bound_out (NULL allowed)
 * is the address with the real port.  ERR_INVALID: not such an address;
 * ERR_BUSY: in use; ERR_AUTH: not permitted (a port below 1024); ERR_IO. */
enum err_code tcp_listen(const char *address, int *fd_out,
    struct tcp_address *bound_out, struct err *e) ERR_CHECKED;

/* Make a listening socket that another program opened like those of tcp_listen,
 * but for its port; it stays the caller's.  ERR_INVALID: it does not listen. */
enum err_code tcp_adopt(
    int fd, struct tcp_address *bound_out, struct err *e) ERR_CHECKED;

#endif
