/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_OFFLINE_H
#define CENTRAL_OFFLINE_H

#include <stddef.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/id.h"
#include "common/base/secret.h"
#include "common/sys/crypto_hash.h"
#include "common/sys/crypto_kdf.h"

/*
 * offline -- keys that do not belong on the office's machine: the root's and
 * the recovery key, in files that an administrator's passphrase opens.
 *
 *   offline_lock_init, offline_lock_add for each administrator (0.7 s each),
 *   offline_save for each key, offline_lock_fini;  later offline_load.
 *
 * A file is canonical JSON {"v", "what", "office", "slots": [{"name",
 * "memory_kib", "passes", "lanes", "salt", "sealed"}], "sealed"}: the content
 * is sealed under a random key of the file, and that in each slot under a key
 * that Argon2id makes out of one passphrase.  What and office are bound to all
 * of it.
 */
#define OFFLINE_SLOTS_MAX 4
#define OFFLINE_NAME_MAX 256
/* The longest content. */
#define OFFLINE_CONTENT_MAX ((size_t)4096)

struct offline_lock {
	size_t n;
	struct {
		char name[OFFLINE_NAME_MAX]; /* whose passphrase opens it */
		struct kdf_salt salt;
		struct secret_key key;
	} slots[OFFLINE_SLOTS_MAX];
};

void offline_lock_init(struct offline_lock *l);
/* ERR_INVALID: no room, or a passphrase that is too long; ERR_NOMEM. */
enum err_code offline_lock_add(struct offline_lock *l, const char *name,
    struct crypto_part passphrase, struct err *e) ERR_CHECKED;
void offline_lock_fini(struct offline_lock *l);

/* Write a file that each passphrase opens. */
enum err_code offline_save(const struct offline_lock *l, const char *path,
    const char *what, struct id office, struct crypto_part content,
    struct err *e) ERR_CHECKED;

/* Append what is in a file to *content_out, which the caller wipes.
 * ERR_NOTFOUND: no such file; ERR_AUTH: the passphrase opens no slot;
 * ERR_CORRUPT: it is damaged, or of another office or kind; ERR_NOMEM. */
enum err_code offline_load(const char *path, const char *what, struct id office,
    struct crypto_part passphrase, struct buf *content_out,
    struct err *e) ERR_CHECKED;

#endif
