/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_ENGINE_ROOMS_H
#define SUPPORT_ENGINE_ROOMS_H

#include "tests/support/engine_world.h"

/*
 * engine_rooms -- an engine_world with nobody in it but one device, or two of
 * different users, which have written nothing.  An office in which everything
 * has happened once is engine_scene.
 */
struct solo {
	struct world w;
	struct dev d;
};
void solo_start(struct solo *s);
void solo_end(struct solo *s);

struct duo {
	struct world w;
	struct dev a, b;
};
void duo_start(struct duo *s);
void duo_end(struct duo *s);

#endif
