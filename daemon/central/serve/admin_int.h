/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_ADMIN_INT_H
#define CENTRAL_ADMIN_INT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/un.h>

#include "common/base/err.h"

/*
 * admin_int -- what both ends of the engine's socket share.
 */
#define ADMIN_SOCKET "engine.sock"

/* The address of the socket in a folder, however long its path: by way of
 * the folder's descriptor, *folder_out, which the caller closes when bind or
 * connect is done.  ERR_NOTFOUND, ERR_IO. */
enum err_code admin_address(const char *data, struct sockaddr_un *out,
    int *folder_out, struct err *e) ERR_CHECKED;

/* Wait until there is something to read, or the other end is gone; false: for
 * so long nothing that was sent has been taken from the socket.  Once it is, an
 * answer may take as long as it takes. */
bool admin_wait(int fd, uint32_t untaken_ms);

#endif
