/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLIENT_DRAFT_H
#define CLIENT_DRAFT_H

#include "client/client.h"
#include "client/core/edits.h"

/*
 * draft -- what a person gave with a save that was refused: kept in the
 * encrypted notes until it is thrown away, never synced.
 */

struct draft_what {
	const struct id *record;   /* NULL: a new one was to be made */
	const struct edits *edits; /* what could be read */
	const json_t *refused;     /* {path: base64} of texts that could not */
	/* What they had before their eyes; NULL: a new one. */
	const struct record_shown *shown;
};

/* Keep it, and say where (client_next).  When that fails too, say so; the
 * error that is being told stays as it is. */
void draft_keep(struct client *c, const struct draft_what *what);

/* Put the values of a kept draft into edits, and into *shown_out (a new object,
 * or NULL) what was shown at each path when they were written (edit_shown).
 * ERR_NOTFOUND, ERR_INVALID. */
enum err_code draft_take(struct client *c, const char *id_text,
    struct edits *edits, json_t **shown_out, struct err *e) ERR_CHECKED;
/* Its values were saved: let it go, unless it holds more than those. */
enum err_code draft_saved(
    struct client *c, const char *id_text, struct err *e) ERR_CHECKED;

/* The ids of all drafts; a new array. */
enum err_code draft_index(
    struct client *c, json_t **out, struct err *e) ERR_CHECKED;
/* Open the notes and read one, in the form of draft.c; a new object.
 * ERR_NOTFOUND. */
enum err_code draft_load(struct client *c, const char *id_text, json_t **out,
    struct err *e) ERR_CHECKED;
/* Let one go. */
enum err_code draft_drop(
    struct client *c, const char *id_text, struct err *e) ERR_CHECKED;

#endif
