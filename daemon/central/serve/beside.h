/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_BESIDE_H
#define CENTRAL_BESIDE_H

#include <jansson.h>
#include <stddef.h>

#include "common/base/err.h"

/*
 * beside -- a command that reads everything the office has, in a process of
 * its own, so that nobody waits for it: "verify", and the copying of "backup".
 *
 *   visitbook-central process beside DATA
 *
 * is started by the engine with a socket; it reads one request there, opens the
 * store to look only, and writes one answer.  What it sees is one moment.  It
 * gives way to the engine, and ends with it.
 */
struct loop;
struct beside;

/* The answer's line, with its newline; len 0: it ended without one.  Borrowed
 * for the call, in which beside_free is legal. */
typedef void beside_done(void *arg, const char *line, size_t len);

/* Start one; done is called once, unless it is freed before.  ERR_IO,
 * ERR_NOMEM. */
struct beside_options {
	const char *data;
	beside_done *done;
	void *arg;
};
enum err_code beside_start(struct loop *l, const struct beside_options *o,
    const json_t *request, struct beside **out, struct err *e) ERR_CHECKED;
/* End it, if it has not ended; NULL is legal. */
void beside_free(struct beside *b);

/* What the process does; its exit status. */
int beside_process(const char *data);

#endif
