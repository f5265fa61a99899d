/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVE_PLAY_H
#define PROVE_PLAY_H

#include <jansson.h>
#include <stdbool.h>

#include "common/base/err.h"

/*
 * play -- a command of visitbook in a process that is forked from this one, so
 * that its calls can fail and a crash is its own.
 *
 * It is the program's own code, except for its main: the agent that it starts
 * is this program as `agent`, and a passphrase costs one hash (kdf_cheap.c).
 */

/* Whose calls fail, while any do (calls.h). */
enum play_fails {
	PLAY_NOBODY,
	PLAY_COMMAND,
	PLAY_AGENT /* ... which the command starts */
};

struct play {
	const char *words; /* split at '|' */
	const char *home;
	const char *runtime;    /* where sockets are */
	const char *passphrase; /* NULL: it is not given one */
	const char *input;      /* NULL: nothing */
	enum play_fails fails;
	unsigned patience_ms; /* then it is ended (SIGKILL); 0: never */
};

/* Run it to its end.  ERR_OK: *said_out (may be NULL) is what it printed, new.
 * Else what it told: the code by its word, and its sentence; ERR_BUSY where it
 * was ended for patience.  What no program
 * may do (crash, say nothing, say it is done and print no result) is
 * ERR_CONFLICT, which no command tells. */
enum err_code play_run(
    const struct play *p, json_t **said_out, struct err *e) ERR_CHECKED;

/* The program visitbook, in this process: its exit status. */
int play_main(int argc, char *argv[]);

#endif
