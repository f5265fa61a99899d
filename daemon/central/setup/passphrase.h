/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_PASSPHRASE_H
#define CENTRAL_PASSPHRASE_H

#include <stdbool.h>

#include "common/base/err.h"
#include "common/base/id.h"
#include "common/sys/crypto_hash.h"
#include "daemon/central/store/office_store.h"

/*
 * passphrase -- what the office keeps instead of a user's passphrase: Argon2id
 * of it (64 MiB, 3 passes, 1 lane) with a salt, as the named value
 * "passphrase.<user id>", canonical JSON {"hash", "lanes", "memory_kib",
 * "passes", "salt"}.
 */
#define PASSPHRASE_MIN 12

/* ERR_INVALID with a sentence for its chooser when it is shorter than
 * PASSPHRASE_MIN, too long, or no text. */
enum err_code passphrase_sound(
    struct crypto_part passphrase, struct err *e) ERR_CHECKED;

/* Work out and keep the verifier, inside the caller's transaction. */
enum err_code passphrase_put(struct office_store *s, struct id user,
    struct crypto_part passphrase, struct err *e) ERR_CHECKED;

/* Whether the user has one. */
enum err_code passphrase_is_set(struct office_store *s, struct id user,
    bool *out, struct err *e) ERR_CHECKED;

/* ERR_OK when it is the user's; ERR_AUTH when not; ERR_NOTFOUND when the user
 * has none. */
enum err_code passphrase_check(struct office_store *s, struct id user,
    struct crypto_part passphrase, struct err *e) ERR_CHECKED;

#endif
