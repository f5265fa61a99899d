/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLIENT_GUIDE_H
#define CLIENT_GUIDE_H

#include "client/client.h"
#include "client/core/edits.h"
#include "common/core/schema_guide.h"

/*
 * guide -- a record begun in a hurry by a guide of the schema, out of what is
 * on this device alone.
 *
 * guide_ask where there is a terminal, guide_fill, save, guide_calls.
 */

/* Ask for what the guide asks and nobody has given yet; nothing needs an
 * answer, and the end of the input ends the questions.  A number that is due by
 * an answer is told at once. */
enum err_code guide_ask(struct client *c, const struct schema_guide *guide,
    struct edits *edits, struct err *e) ERR_CHECKED;

/* Tell at once, on a terminal, each number of its own that is due by the answer
 * to f. */
void guide_urgent(struct client *c, const struct schema_guide *guide,
    const struct schema_field *f, const struct edits *edits);

/* Set what needs no asking, and fill in from records that are named already;
 * what is not here, or not the only one, stays empty. */
enum err_code guide_fill(struct client *c, const struct schema_guide *guide,
    struct edits *edits, struct err *e) ERR_CHECKED;

/* Put whom to phone for what these edits say into result, in order: "calls":
 * [{"label","numbers":[{"number","lines":[...]}],"missing":text|null}].  While
 * the notes are closed, the guide's own numbers alone. */
enum err_code guide_calls(struct client *c, const struct schema_guide *guide,
    const struct edits *edits, json_t *result, struct err *e) ERR_CHECKED;

#endif
