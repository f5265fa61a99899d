/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_ERASE_SCENE_H
#define SUPPORT_ERASE_SCENE_H

#include "tests/support/real_device.h"

/*
 * erase_scene -- a site and two people's devices, which write about its door
 * what is erased, and an office that is put back to where it was before.
 * Everything that fails here fails the test.
 */
#define BACKUP "backup.db"
#define MARK "Zwanziger" /* in what has to go */

struct erase_scene {
	struct world w;
	struct real r, other;
	struct id site; /* r's; other has it too */
};
void erase_scene_start(struct erase_scene *s);
/* The office is verified at its end. */
void erase_scene_end(struct erase_scene *s);

/* First r, then the other. */
void erase_scene_sync(struct erase_scene *s);
/* One of the two writes about the site's door. */
void erase_scene_door(
    struct erase_scene *s, struct real *by, const char *words);
/* What is written about the door, as a device has it. */
void erase_scene_assert_door(
    struct erase_scene *s, struct real *at, const char *words);
/* No table has the mark, here or at the office, and both devices verify. */
void erase_scene_assert_no_mark(struct erase_scene *s);

#endif
