/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLIENT_AGENT_H
#define CLIENT_AGENT_H

#include "common/base/err.h"

/*
 * agent -- the small process that holds the key between commands where no
 * visitbookd runs: this program again, as `visitbook agent`.  It ends when the
 * notes are locked.
 */

/* Start it for a data folder and wait until it listens.  ERR_IO. */
enum err_code agent_start(const char *home, struct err *e) ERR_CHECKED;

#endif
