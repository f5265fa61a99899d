/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_FRONT_H
#define CENTRAL_FRONT_H

#include "common/base/err.h"
#include "daemon/central/wire.h"

/*
 * front -- HTTP on one listener, messages to the engine on the other side.  No
 * store, no key but that of its TLS.
 *
 *   front_new, front_tls (from then on it accepts), front_channel whenever
 *   there is a new engine; front_stop; front_free.
 *
 * What is not of the listener is answered here: 404, 405, 413, 503, each as
 * problem+json.  The rest goes to the engine, whose answer goes back as it is.
 */
struct loop;
struct front;
struct control_tls;

struct front_options {
	enum wire_listener listener;
	int listen_fd; /* taken, also on failure */
	/* The engine hung up; a new channel should come soon. */
	void (*on_lost)(void *arg);
	void *arg;
};
enum err_code front_new(struct loop *l, const struct front_options *o,
    struct front **out, struct err *e) ERR_CHECKED;
void front_free(struct front *f);

/* Show these; the first time also begin to accept.  ERR_INVALID: they do not
 * belong together, and the former stay in use. */
enum err_code front_tls(
    struct front *f, const struct control_tls *tls, struct err *e) ERR_CHECKED;

/* The engine is at the other end of fd, which is taken. */
enum err_code front_channel(struct front *f, int fd, struct err *e) ERR_CHECKED;

/* Accept no more, answer what is parked; on_stopped when the last connection
 * has ended. */
void front_stop(struct front *f, void (*on_stopped)(void *arg));

#endif
