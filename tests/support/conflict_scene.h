/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_CONFLICT_SCENE_H
#define SUPPORT_CONFLICT_SCENE_H

#include "tests/support/engine_world.h"

/*
 * conflict_scene -- one conflict that waits at an office, and whom its
 * decision may be up to: Amina and Bryn named one person differently; Ceri, an
 * advocate as well, had no part in it; Sian is a senior one; Ada administers.
 * Everything that fails here fails the test.
 */
struct conflict_scene {
	struct world w;
	struct id amina, bryn, ceri, ada, sian;
	struct dev a, b, c; /* Amina's, Bryn's, Ceri's */
	struct id person;
	char conflict[ID_TEXT_LEN + 1];
};
void conflict_scene_start(struct conflict_scene *s);
void conflict_scene_end(struct conflict_scene *s);

/* The person's name, by somebody who sees all that their device was told;
 * JSON. */
void conflict_scene_rename(
    struct conflict_scene *s, struct dev *d, const char *was, const char *to);

/* How many conflicts wait. */
size_t conflict_scene_waiting(struct conflict_scene *s);
/* Whose turn it is. */
const char *conflict_scene_owner(struct conflict_scene *s);
/* Decide for what stands, or pass it on (ask).  The word of the error that this
 * is answered with; "" when it took. */
const char *conflict_scene_decide(
    struct conflict_scene *s, const char *as, bool ask);
/* Of a smaller office: the person whom a device called Betty is Bets there by
 * now, and Elizabeth at the office; the id of that conflict. */
void conflict_with_office(
    struct dev *d, struct id person, char id_out[static ID_TEXT_LEN + 1]);

#endif
