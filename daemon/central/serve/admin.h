/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_ADMIN_H
#define CENTRAL_ADMIN_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"

/*
 * admin -- how a command reaches the engine: through DATA/engine.sock when
 * `serve` runs, else by opening the store itself.  Either way the same handler
 * (engine_command) answers.
 *
 * On the socket: one line of JSON there, one line back, and the end.  Only the
 * user who runs the office, or root, is listened to.  DATA/engine.lock is held
 * by whoever has the engine open, so there are never two.
 */
struct loop;
struct engine;
struct admin_server;

/* The longest line: a long text as JSON. */
#define ADMIN_LINE_MAX ((size_t)8 * 1024 * 1024)

/* Ask; *answer_out is new, {"error": ...} included.  ERR_NOTFOUND: there is no
 * office; ERR_BUSY: another command has it open for longer than a few seconds;
 * ERR_AUTH: it is another user's; ERR_IO; ERR_CORRUPT; ERR_NOMEM. */
enum err_code admin_ask(const char *data, const json_t *request,
    json_t **answer_out, struct err *e) ERR_CHECKED;

/* Listen in DATA.  after is called when a command has run.  ERR_IO. */
struct admin_options {
	const char *data;
	struct engine *engine; /* borrowed */
	void (*after)(void *arg);
	void *arg;
};
enum err_code admin_server_new(struct loop *l, const struct admin_options *o,
    struct admin_server **out, struct err *e) ERR_CHECKED;
void admin_server_free(struct admin_server *s);

/* Hold the lock; wait up to wait_ms for it.  *fd_out is closed to let go.
 * ERR_NOTFOUND: no such folder; ERR_BUSY; ERR_IO. */
enum err_code engine_lock(
    const char *data, uint32_t wait_ms, int *fd_out, struct err *e) ERR_CHECKED;

#endif
