/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLIENT_CLIENT_H
#define CLIENT_CLIENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/base/file.h"
#include "common/base/secret.h"
#include "common/base/status.h"
#include "common/core/schema.h"
#include "common/core/schema_guide.h"
#include "common/core/schema_page.h"
#include "common/store/device_store.h"
#include "common/store/holder.h"
#include "common/sys/args.h"

/*
 * client -- one run of `visitbook`: what every command gets.
 *
 * main reads the command line and calls client_run; a command fills a JSON
 * object with its result, which is printed as it is with --json and otherwise
 * told in words by the command's `human` function, from the same object: what
 * scripts and people get cannot differ.
 *
 * The words come from the schema bundle: the one that the program was built
 * with until the notes are open, then the one kept with them.
 */

struct client {
	const struct args *args;
	bool json;  /* print one JSON object */
	bool quiet; /* print nothing but errors */
	char home[FILE_PATH_MAX];
	struct schema *built_in;
	const struct schema *schema;    /* borrowed: built_in, or the store's */
	const struct schema_type *type; /* of a command like "note show" */
	const struct schema_page *page; /* of a page's command: built_in's */
	const struct schema_guide *guide; /* of a guide's command: the same */
	/* Set by client_open. */
	struct device_store *store;
	struct holder_lease *lease;
	/* How the run ends where the error's code does not say it all. */
	enum status status;
	const char *word;   /* NULL: the code's */
	char next[512];     /* what to do now; "": the code's */
	size_t passphrases; /* how many were read from --passphrase-fd */
};

typedef enum err_code command_run(
    struct client *c, json_t *result, struct err *e);
typedef void command_human(struct client *c, const json_t *result);

struct command {
	command_run *run;
	command_human *human; /* NULL: a silent success */
	const char *busy;     /* word for what it does when that takes long;
	                         NULL: it never does */
};

/* Run one parsed command and print what came of it; the exit status. */
enum status client_run(struct client *c, const struct command *command);
/* Print a mistake in the command line; the exit status. */
enum status client_usage(struct client *c, const struct err *e);

/* Say what the person can do about the error that is about to be returned. */
void client_next(struct client *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* End with this status and word whatever the error's code: returns
 * err_set(e, code, ...), for `return client_fail(...)`. */
enum err_code client_fail(struct client *c, enum err_code code,
    enum status status, const char *word, struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 6, 7), cold));

/* ---- the key and the notes (session.c) ---- */

/* Find the data folder: --home, VISITBOOK_HOME, or the XDG default. */
enum err_code client_find_home(struct client *c, struct err *e) ERR_CHECKED;
/* ERR_NOTFOUND, with what to do, unless the folder is enrolled. */
enum err_code client_check_enrolled(
    struct client *c, struct err *e) ERR_CHECKED;
/* The same, and ERR_NOTFOUND where the office had the notes erased. */
enum err_code client_check_notes(struct client *c, struct err *e) ERR_CHECKED;
/* Get the database key: the holder's, or with a passphrase for this run
 * alone.  ERR_LOCKED, ERR_AUTH.  The caller wipes it. */
enum err_code client_key(
    struct client *c, struct secret_key *dbkey_out, struct err *e) ERR_CHECKED;
/* The same with a passphrase only, whoever holds the key; it is appended to
 * *pass, which the caller wipes, unless that is NULL. */
enum err_code client_passphrase_key(struct client *c, struct buf *pass,
    struct secret_key *dbkey_out, struct err *e) ERR_CHECKED;
/* Open the notes; a second call does nothing. */
enum err_code client_open(struct client *c, struct err *e) ERR_CHECKED;
/* Close them and give the lease back; client_open may follow. */
void client_close(struct client *c);
/* Tell the daemon, if one runs, that something was saved. */
void client_saved(struct client *c);

/* ---- what the person gives (input.c) ---- */

/* The next passphrase: from --passphrase-fd, or asked for on the terminal
 * with this question.  ERR_LOCKED when there is neither. */
enum err_code client_passphrase(struct client *c, const char *question,
    struct buf *out, struct err *e) ERR_CHECKED;
/* A new passphrase: as above, asked for twice, and not too easy. */
enum err_code client_new_passphrase(
    struct client *c, struct buf *out, struct err *e) ERR_CHECKED;
bool client_has_terminal(const struct client *c);
/* The whole of a file, or of standard input for "-".  ERR_NOTFOUND and
 * ERR_INVALID say which file. */
enum err_code client_read_text(struct client *c, const char *from,
    struct buf *out, struct err *e) ERR_CHECKED;
/* An operand that must be an id. */
enum err_code client_id(struct client *c, const char *text, struct id *out,
    struct err *e) ERR_CHECKED;

#endif
