/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_CLIENT_WORLD_H
#define SUPPORT_CLIENT_WORLD_H

#include <jansson.h>

#include "common/base/file.h"
#include "common/store/device_store.h"
#include "tests/support/check.h"

/*
 * client_world -- an enrolled data folder without an office, and the program
 * visitbook run on it as people and scripts run it.
 *
 * Each aborts the test on failure.
 */
#define CLIENT_PASSPHRASE "four words nobody guesses"

struct client_world {
	struct check_folder folder; /* holds home, runtime folder, files */
	char home[FILE_PATH_MAX];
	const char *program;
	struct secret_key page_key;
	struct device_identity identity;
	const char *passphrase; /* what is given */
	bool asks;              /* give --passphrase-fd with every command */
};

/* The folder is enrolled; the passphrase is CLIENT_PASSPHRASE. */
void client_world_start(struct client_world *w, const char *program);
void client_world_end(struct client_world *w);

/* What one run came to. */
struct client_said {
	int status;
	json_t *json;    /* the one object on standard output, or NULL */
	char *out, *err; /* everything written */
};
void client_said_fini(struct client_said *s);

/* Run `visitbook WORDS... --home HOME`; words are split at '|', since texts
 * have spaces.  input goes to standard input (NULL: nothing). */
struct client_said client_say(
    struct client_world *w, const char *words, const char *input);
/* The same on a terminal, on which all of this is typed ahead; what is written
 * to standard error is not kept. */
struct client_said client_type(
    struct client_world *w, const char *words, const char *typed);
/* As client_say with --json: standard output must be one object and a newline.
 */
struct client_said client_ask(
    struct client_world *w, const char *words, const char *input);
/* The same, which must succeed; the object is the caller's. */
json_t *client_get(
    struct client_world *w, const char *words, const char *input);
/* It must fail with this status and word; the error's text and what to do
 * must be there. */
void client_refused(struct client_world *w, const char *words,
    const char *input, int status, const char *word);

/* printf into a buffer that lasts until the next call, for such words. */
const char *client_words(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));

/* The record that the words make; they must succeed. */
struct client_made {
	char id[ID_TEXT_LEN + 1];
};
struct client_made client_make(
    struct client_world *w, const char *words, const char *input);

/* A file in the world's folder; returns its path (owned by the world until
 * the next call). */
const char *client_file(
    struct client_world *w, const char *name, const char *text);

#endif
