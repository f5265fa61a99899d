/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_LOOP_H
#define SYS_LOOP_H

#include <stdint.h>

#include "common/base/err.h"

/*
 * loop -- the event loop of a process: descriptors, timers and signals.
 *
 * loop_new, make watchers, loop_run, and in the end free the watchers and
 * then loop_free.  One loop per process, made after the process forked (a
 * loop does not survive a fork), used by one thread only.
 *
 * Watchers are owned by whoever made them and must be freed before the loop.
 * Any watcher may be freed or changed inside any callback, its own included;
 * after x_free its callback is never called again.  Callbacks run inside
 * loop_run alone, one after another, and must not block.  arg is passed
 * through and never touched.
 *
 * loop_new makes the process ignore SIGPIPE: a peer that left is an error of
 * the write, not a signal.
 */
struct loop;
struct loop_fd;
struct loop_timer;
struct loop_signal;

/* ERR_NOMEM, or ERR_IO when the kernel refused. */
enum err_code loop_new(struct loop **loop_out, struct err *e) ERR_CHECKED;
void loop_free(struct loop *l);

/* Call back until loop_stop, or until no watcher is left that could ever
 * fire.  ERR_IO when the kernel's polling failed: end the process. */
enum err_code loop_run(struct loop *l, struct err *e) ERR_CHECKED;

/* Make loop_run return when the running callback has returned; outside
 * loop_run, make the next loop_run return at once. */
void loop_stop(struct loop *l);

/* What a descriptor is watched for, or has become ready for. */
#define LOOP_READ 1U  /* bytes, a connection or the end of file wait */
#define LOOP_WRITE 2U /* a write would not block */

/* events: those of LOOP_READ and LOOP_WRITE that hold now. */
typedef void loop_fd_cb(int fd, unsigned events, void *arg);

/* Make a watcher, still paused, for a socket, pipe or terminal (plain files
 * cannot be watched).  At most one watcher per descriptor.  The descriptor
 * stays the caller's: free the watcher, then close it.  ERR_NOMEM. */
enum err_code loop_fd_new(struct loop *l, int fd, loop_fd_cb *cb, void *arg,
    struct loop_fd **watcher_out, struct err *e) ERR_CHECKED;

/* Watch for these events from now on, again and again; 0 pauses.  Level
 * triggered: the callback comes again while the condition holds.  ERR_IO when
 * the descriptor cannot be watched; the watcher is paused then. */
enum err_code loop_fd_set(
    struct loop_fd *w, unsigned events, struct err *e) ERR_CHECKED;
/* Pause, and watch for the same events again rest_ms from now, unless
 * loop_fd_set says otherwise before: for a callback that cannot do now what it
 * would be called for again at once (no descriptor is left for a connection).
 * ERR_NOMEM; it is not paused then. */
enum err_code loop_fd_rest(
    struct loop_fd *w, uint32_t rest_ms, struct err *e) ERR_CHECKED;
void loop_fd_free(struct loop_fd *w);

typedef void loop_timer_cb(void *arg);

/* Make a timer, not running.  ERR_NOMEM. */
enum err_code loop_timer_new(struct loop *l, loop_timer_cb *cb, void *arg,
    struct loop_timer **timer_out, struct err *e) ERR_CHECKED;

/* Call back once, delay_ms from now on the monotonic clock (0: in the next
 * round of the loop); a running timer starts anew.  ERR_NOMEM. */
enum err_code loop_timer_start(
    struct loop_timer *t, uint32_t delay_ms, struct err *e) ERR_CHECKED;
/* Stop it; stopping a timer that is not running does nothing. */
void loop_timer_stop(struct loop_timer *t);
void loop_timer_free(struct loop_timer *t);

typedef void loop_signal_cb(int signo, void *arg);

/* Call back in the loop, not in a signal handler, each time signo has come.
 * At most one watcher per signal.  ERR_IO when it cannot be caught. */
enum err_code loop_signal_new(struct loop *l, int signo, loop_signal_cb *cb,
    void *arg, struct loop_signal **watcher_out, struct err *e) ERR_CHECKED;
/* Free it; the signal does again what it did before. */
void loop_signal_free(struct loop_signal *w);

/* The event library's own handle, borrowed; for common/sys alone. */
void *loop_native(struct loop *l);

#endif
