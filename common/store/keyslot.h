/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_KEYSLOT_H
#define STORE_KEYSLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/base/id.h"
#include "common/base/secret.h"
#include "common/sys/crypto_kdf.h"
#include "common/sys/crypto_seal.h"

/*
 * keyslot -- the file beside the encrypted database that holds its key, closed
 * by a passphrase and, if the office has a recovery key, sealed to that too.
 *
 *   keyslot_create, once; keyslot_open at each unlock; keyslot_page_key for
 *   the database; keyslot_erase ends all access for good.
 *
 * The database key is random and never changes: a new passphrase closes the
 * same key again.  It is secret; whoever got one wipes it.  A change replaces
 * the file as a whole, so that after a power cut the old passphrase or the new
 * one opens it, never neither; callers see to it that only one process changes
 * it at a time.  The form of the file is in schema/keyslots.md.
 *
 * Errors of all functions that read the file: ERR_NOTFOUND when there is none;
 * ERR_CORRUPT when both copies in it are damaged or have been tampered with
 * (also when protection below KDF_FLOOR was written into it); ERR_NEWER when a
 * newer version wrote it; ERR_IO.
 *
 * What the file cannot tell: an old file put back whole opens with its old
 * passphrase.  Who minds keeps info.generation inside the database and
 * compares.
 */
#define KEYSLOT_MAX 8

enum keyslot_kind {
	KEYSLOT_EMPTY = 0,
	KEYSLOT_PASSPHRASE = 1,
	KEYSLOT_RECOVERY = 2
};

/* A passphrase to close the key with: 1 to KDF_PASS_MAX bytes, as typed. */
struct keyslot_pass {
	struct crypto_part text;
	struct kdf_params params;
	uint64_t created_ms; /* Unix time, for display */
};

struct keyslot_new {
	struct id device;
	struct id user;
	struct keyslot_pass pass;
	const struct seal_pub *recovery; /* the office's; NULL for none */
};

/* What can be read without a key, and is vouched for once one opened it. */
struct keyslot_info {
	struct id device;
	struct id user;
	uint64_t generation; /* rises by one with every change */
	bool has_damage;     /* one copy is bad; the next change mends it */
	struct keyslot_entry {
		enum keyslot_kind kind;
		uint64_t created_ms;
		struct kdf_params params; /* KEYSLOT_PASSPHRASE */
		struct seal_pub recovery; /* KEYSLOT_RECOVERY */
	} slots[KEYSLOT_MAX];
};

/* Make a random database key and the file that holds it.  ERR_CONFLICT when
 * there is a file already, which is left alone, since what it opens would be
 * lost; ERR_INVALID for an empty passphrase or weak parameters; ERR_NOMEM when
 * the passphrase cannot be worked on. */
enum err_code keyslot_create(const char *path, const struct keyslot_new *make,
    struct secret_key *dbkey_out, struct err *e) ERR_CHECKED;

/* Open with the passphrase.  Takes about as long as KDF_PARAMS_DEFAULT says,
 * and its memory.  ERR_AUTH when the passphrase is not right: ask again;
 * ERR_NOMEM.  info_out may be NULL. */
enum err_code keyslot_open(const char *path, struct crypto_part passphrase,
    struct secret_key *dbkey_out, struct keyslot_info *info_out,
    struct err *e) ERR_CHECKED;

/* Open with the office's private recovery key.  ERR_NOTFOUND also when the
 * file is not sealed to this one. */
enum err_code keyslot_recover(const char *path, const struct seal_key *recovery,
    struct secret_key *dbkey_out, struct err *e) ERR_CHECKED;

/* Replace the passphrase by another; errors as keyslot_open for the old one
 * and keyslot_create for the new. */
enum err_code keyslot_change_passphrase(const char *path,
    struct crypto_part old_passphrase, const struct keyslot_pass *pass,
    struct err *e) ERR_CHECKED;

/* Replace the passphrase by whoever has the key (after a recovery), or the
 * office's recovery key (NULL: no recovery).  ERR_AUTH when dbkey is not the
 * key in the file. */
enum err_code keyslot_set_passphrase(const char *path,
    const struct secret_key *dbkey, const struct keyslot_pass *pass,
    struct err *e) ERR_CHECKED;
enum err_code keyslot_set_recovery(const char *path,
    const struct secret_key *dbkey, const struct seal_pub *recovery,
    uint64_t created_ms, struct err *e) ERR_CHECKED;

/* Read what is known without a key; nothing vouches for it. */
enum err_code keyslot_list(
    const char *path, struct keyslot_info *info_out, struct err *e) ERR_CHECKED;

/* The raw key of the encrypted database. */
void keyslot_page_key(
    const struct secret_key *dbkey, struct secret_key *key_out);
/* The key from which each attachment's own is derived. */
void keyslot_blob_key(
    const struct secret_key *dbkey, struct secret_key *key_out);

/* Overwrite and remove the file, and what an interrupted change left beside
 * it: the database can never be opened again.  A missing file is success.
 * ERR_IO: ask again; something is left. */
enum err_code keyslot_erase(const char *path, struct err *e) ERR_CHECKED;

#endif
