/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_SERVE_INT_H
#define CENTRAL_SERVE_INT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/sys/loop.h"
#include "common/sys/notify.h"
#include "common/sys/tcp.h"
#include "common/sys/tls.h"
#include "daemon/central/serve/control.h"
#include "daemon/central/serve/serve.h"

/*
 * serve_int -- what the parent process keeps.
 *
 *   serve.c        start, signals, end
 *   serve_sockets.c  the listening sockets, bound or given
 *   serve_child.c  the three processes: starting, watching, starting again
 *   serve_tls.c    keys and certificates for the fronts, and whose they run as
 */
enum child_role { CHILD_ENGINE, CHILD_DEVICES, CHILD_PEOPLE, CHILD_N };

struct serve;

struct child {
	struct serve *serve;
	enum child_role role;
	pid_t pid;   /* 0: not running */
	int control; /* our end, or -1 */
	struct loop_fd *watch;
	struct loop_timer *again; /* starts it again */
	bool is_ready;
	uint64_t started_ms;
	uint32_t pause_ms; /* before the next start */
};

struct serve {
	struct serve_options o;
	struct loop *loop;
	struct loop_signal *term, *interrupt, *hangup, *child;
	struct loop_timer *kill;
	struct notify *notify; /* the service manager, or NULL */
	struct child children[CHILD_N];
	int listen_fds[2]; /* by enum wire_listener */
	struct tcp_address bound[2];
	struct control_tls tls;
	uid_t uids[2];
	gid_t gids[2];
	bool was_ready; /* all were up once */
	bool is_stopping;
	bool is_engine_told; /* to end: a second signal could end it half way */
	int failed_status;   /* of the child that could not start */
};

/* ---- serve_child.c ---- */
void children_init(struct serve *s);
/* Start a process and connect it with the others.  ERR_IO, ERR_NOMEM. */
enum err_code child_start(struct child *c, struct err *e) ERR_CHECKED;
/* A SIGCHLD came. */
void children_reap(struct serve *s);
void child_signal(const struct child *c, int signo);
/* Give both fronts the keys and certificates in s->tls. */
void children_tell_tls(struct serve *s);
void children_fini(struct serve *s);

/* ---- serve.c ---- */
/* A process is up: when all are, the world is told. */
void serve_ready(struct serve *s);
/* A process ended for good, or while the end is on. */
void serve_child_gone(struct serve *s);
void serve_stop(struct serve *s);

/* ---- serve_sockets.c ---- */
/* Listen there, or take what the service manager gives; address "" only where
 * serve_is_given.  Errors of tcp_listen. */
enum err_code serve_listen(struct serve *s, enum wire_listener listener,
    const char *address, struct err *e) ERR_CHECKED;

/* ---- serve_tls.c ---- */
/* Read DATA/tls into s->tls; the ticket key stays.  On failure s->tls is as
 * it was. */
enum err_code serve_tls_load(struct serve *s, struct err *e) ERR_CHECKED;
/* Find who the fronts run as.  ERR_NOTFOUND: there is no such user. */
enum err_code serve_users_find(struct serve *s, struct err *e) ERR_CHECKED;

#endif
