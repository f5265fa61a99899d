/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLIENT_SAVE_H
#define CLIENT_SAVE_H

#include "client/client.h"
#include "client/core/edits.h"
#include "common/core/human.h"

/*
 * save -- what the commands that save share.
 */
struct save_edits {
	const struct id *record; /* NULL: a new one */
	const struct edit_item *items;
	size_t n;
	bool restate; /* say all of it, also what is as it was */
	const struct change_resolve *resolve; /* or NULL */
	/* What the person had before their eyes; NULL: what is shown now. */
	const struct record_shown *shown;
	/* {path: edit_shown} of a draft, which goes before that; or NULL. */
	const json_t *kept;
};

/* Save a change to a record of c->type, put id, counter and changed into
 * result, and tell the daemon.  Errors of device_store_save. */
enum err_code save_edits(struct client *c, const struct save_edits *what,
    json_t *result, struct err *e) ERR_CHECKED;

/* The same of what a command has collected; record NULL: a new one. */
enum err_code save_collected(struct client *c, const struct id *record,
    const struct edits *edits, bool restate, json_t *result,
    struct err *e) ERR_CHECKED;

/* Open the notes and read the record of c->type, or of any type where that is
 * NULL, that an operand names.  ERR_NOTFOUND, with what to do. */
enum err_code record_open(struct client *c, const char *text,
    struct record_view *out, struct err *e) ERR_CHECKED;

/* The same where it is to be changed: one that was removed is refused, since
 * the office would hold whatever is written there.  Outputs as above. */
enum err_code record_open_standing(struct client *c, const char *text,
    struct record_view *out, struct err *e) ERR_CHECKED;

/* The document of a record as it is shown, new; NULL: it is not here, or was
 * removed.  The notes are open. */
enum err_code record_doc(
    struct client *c, struct id id, json_t **out, struct err *e) ERR_CHECKED;

/* The one-line name of a record: its id where it is not here, "the office"
 * for the author that is nobody's device. */
#define TITLE_MAX HUMAN_NAME_MAX
void record_title(
    struct client *c, const char *id_text, char out[static TITLE_MAX]);

#endif
