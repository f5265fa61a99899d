/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_WORLD_COMMAND_H
#define SUPPORT_WORLD_COMMAND_H

#include "tests/support/check_json.h"
#include "tests/support/engine_world.h"

/*
 * world_command -- what visitbook-central tells the engine of an engine_world:
 * {"do": ...} in, an answer out.  Requests are taken, answers are the caller's.
 * Everything that fails here fails the test.
 */

/* The answer, which may be an error. */
json_t *world_command(struct world *w, json_t *request);
/* The answer, which must be none. */
json_t *world_done(struct world *w, json_t *request);
/* The answer must be an error with this word. */
void world_refused(struct world *w, json_t *request, const char *word);

/* Somebody new at the office, with a role; passphrase NULL: none. */
struct id world_colleague(struct world *w, const char *name, const char *role,
    const char *passphrase);
/* The id of the one conflict that waits. */
void world_conflict(struct world *w, char id_out[static ID_TEXT_LEN + 1]);

#endif
