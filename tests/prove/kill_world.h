/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVE_KILL_WORLD_H
#define PROVE_KILL_WORLD_H

#include <jansson.h>
#include <sys/types.h>

#include "common/base/secret.h"
#include "tests/support/served_office.h"

/*
 * kill_world -- the real programs on real files: `visitbook-central serve`, and
 * two devices of one user with `visitbookd` and `visitbook`, to be killed at
 * any moment.
 *
 *   kill_world_start; kill_*; kill_world_end.
 *
 * Only processes that were started here are ever signalled, and none of them
 * outlives the one that called kill_world_start.  What fails for another reason
 * than a kill ends the run.
 */
struct kill_device {
	char home[FILE_PATH_MAX];
	char id[40];
	struct secret_key key; /* of its notes, as the holder lends it */
	pid_t daemon;          /* 0: not running */
};

struct kill_world {
	struct check_folder folder;
	char conf[FILE_PATH_MAX]; /* of visitbookd */
	struct served office;
	struct kill_device writer, reader;
	char of_case[40];
};

void kill_world_start(struct kill_world *w);
void kill_world_end(struct kill_world *w);

/* A command of visitbook under way. */
struct kill_run {
	pid_t pid;
	int out; /* its standard output */
};
/* Words are split at '|'; input goes to standard input (NULL: nothing). */
struct kill_run kill_run(struct kill_world *w, const struct kill_device *d,
    const char *words, const char *input);
/* It has ended, by itself or not, and is still to be taken. */
bool kill_run_is_over(const struct kill_run *r);
/* What it said, new, or NULL where that is not one whole object; *status_out is
 * its wait status. */
json_t *kill_run_end(struct kill_run *r, int *status_out);
/* The whole of a command that nothing kills; it must succeed. */
json_t *kill_ask(
    struct kill_world *w, const struct kill_device *d, const char *words);

/* Start visitbookd and unlock the notes. */
void kill_daemon_start(struct kill_world *w, struct kill_device *d);
void kill_daemon_end(struct kill_device *d);
/* After the office's parent process was killed: wait for those that it had
 * started, and serve again at the same addresses.  children: theirs,
 * 0 for none. */
void kill_office_again(
    struct kill_world *w, const pid_t *children, size_t n_children);

/* What a command of visitbook-central answers: new, and no error; asked again
 * while the engine is starting.  request is taken. */
json_t *kill_office_ask(const struct kill_world *w, json_t *request);

/* CPU time that a process has used, in ns: how far it has come.  False when it
 * is gone. */
bool kill_progress(pid_t pid, uint64_t *out);

#endif
