/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_ENGINE_HOST_H
#define CENTRAL_ENGINE_HOST_H

#include "common/base/err.h"
#include "daemon/central/wire.h"

/*
 * engine_host -- the engine at the end of channels: messages of fronts become
 * requests, answers go back the way that they came.
 *
 * A front is not trusted.  What does not decode, and any kind that its
 * listener may not send, is answered 400; bytes that are no channel end the
 * channel, and nothing else.
 */
struct loop;
struct engine;
struct engine_host;

/* Takes the engine's replies over.  engine is borrowed.  Errors of
 * loop_timer_new: the program cannot start. */
enum err_code engine_host_new(struct loop *l, struct engine *engine,
    struct engine_host **out, struct err *e) ERR_CHECKED;
void engine_host_free(struct engine_host *h);

/* Serve a front's end of channel_pair, in place of that listener's former
 * one.  fd is taken, also on failure.  Errors of channel_new: that listener is
 * not served; log it. */
enum err_code engine_host_attach(struct engine_host *h,
    enum wire_listener listener, int fd, struct err *e) ERR_CHECKED;

/* Have the engine work soon: something was changed from elsewhere. */
void engine_host_wake(struct engine_host *h);

#endif
