/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_KEYSLOT_WORLD_H
#define SUPPORT_KEYSLOT_WORLD_H

#include "common/base/file.h"
#include "common/store/keyslot_int.h"
#include "tests/support/check.h"

/*
 * keyslot_world -- a slot file in a folder of its own, and what went into it.
 */
struct keyslot_world {
	struct check_folder folder;
	char path[FILE_PATH_MAX];
	struct id device, user; /* the same in every world */
	struct seal_key recovery;
	struct secret_key dbkey;
};

/* Make one, with the passphrase "old words". */
struct keyslot_world keyslot_world_new(void);
void keyslot_world_end(struct keyslot_world *w);
void keyslot_world_load(
    const struct keyslot_world *w, uint8_t out[static KEYSLOT_FILE_LEN]);

/* A passphrase at the lowest cost that is allowed. */
#define FLOOR_PASS_CREATED_MS 1795219200000U
struct keyslot_pass floor_pass(const char *text);

#endif
