/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_ENGINE_SCENE_H
#define SUPPORT_ENGINE_SCENE_H

#include "tests/support/engine_world.h"

/*
 * engine_scene -- an office in which everything has happened once: people,
 * codes and commands, a conflict, a merged value, a held change, a closed one,
 * grants given and ended, files.
 */
struct scene {
	struct world w;
	struct dev a, b, p;
};
void scene_start(struct scene *s);
void scene_end(struct scene *s);

#endif
