/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLIENT_GIVEN_H
#define CLIENT_GIVEN_H

#include "client/client.h"
#include "client/core/edits.h"

/*
 * given -- what the command line of `new` and `edit` gives: values that can
 * be read, and texts that could not (too long, not UTF-8, for no such field).
 * Reading goes on after the first mistake, so that no text is lost for
 * another's.
 *
 * The caller inits edits, makes refused (an object) and ends all three.
 */
struct given {
	struct edits edits;
	json_t *refused; /* {path: base64} */
	json_t *kept;    /* of a draft: what was shown then; or NULL; owned */
	struct err why;  /* the first mistake; ERR_OK: all could be read */
};

/* Read every option, and the main text where it is to be asked for.  is_new:
 * nothing was written before.  What went wrong is in g->why. */
void given_take(struct client *c, struct given *g, bool is_new);

/* A text for a path, from a file, or "-" for standard input. */
void given_take_text(
    struct client *c, struct given *g, const char *path, const char *from);

/* Does an option take standard input? */
bool given_reads_input(const struct client *c);

#endif
