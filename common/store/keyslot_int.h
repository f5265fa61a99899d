/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_KEYSLOT_INT_H
#define STORE_KEYSLOT_INT_H

#include "common/base/buf.h"
#include "common/store/keyslot.h"

/*
 * keyslot_int -- the slot file as a value, its bytes, and the steps between a
 * passphrase and the database key; shared by the keyslot files, and open to
 * tests, which cannot wait for Argon2 at every bit.
 */
#define KEYSLOT_SEALED_LEN 80

struct keyslot_slot {
	struct keyslot_entry entry;
	struct kdf_salt salt;               /* KEYSLOT_PASSPHRASE */
	uint8_t sealed[KEYSLOT_SEALED_LEN]; /* the database key, closed */
};

struct keyslot_file {
	struct id device;
	struct id user;
	uint64_t generation;
	struct keyslot_slot slots[KEYSLOT_MAX];
	struct hash32 mac; /* under the database key, over all before it */
	bool has_damage;   /* memory only */
};

/* Copies of the file's content, each COPY_LEN bytes, one after the other. */
#define KEYSLOT_COPY_LEN ((size_t)4096)
#define KEYSLOT_COPY_N ((size_t)2)
#define KEYSLOT_FILE_LEN (KEYSLOT_COPY_LEN * KEYSLOT_COPY_N)

/* Write both copies. */
void keyslot_enc(
    const struct keyslot_file *f, uint8_t out[static KEYSLOT_FILE_LEN]);

/* Read the good copy of the highest generation; ERR_CORRUPT, ERR_NEWER. */
enum err_code keyslot_dec(struct crypto_part bytes, struct keyslot_file *f_out,
    struct err *e) ERR_CHECKED;

/* The MAC that the file should have under this database key. */
struct hash32 keyslot_mac(
    const struct keyslot_file *f, const struct secret_key *dbkey);

/* What the seal of slot i is bound to: where it is, and all else in it. */
#define KEYSLOT_AAD_LEN 117
void keyslot_aad(const struct keyslot_file *f, size_t i,
    uint8_t out[static KEYSLOT_AAD_LEN]);

/* Close dbkey in slot i, or open it, with what Argon2id made out of the
 * passphrase.  keyslot_unwrap gives ERR_AUTH when it does not open. */
enum err_code keyslot_wrap(struct keyslot_file *f, size_t i,
    const struct secret_key *pmk, const struct secret_key *dbkey,
    struct err *e) ERR_CHECKED;
enum err_code keyslot_unwrap(const struct keyslot_file *f, size_t i,
    const struct secret_key *pmk, struct secret_key *dbkey_out,
    struct err *e) ERR_CHECKED;

/* Seal dbkey to the recovery key of slot i, or open it with the private one.
 * keyslot_unseal gives ERR_CORRUPT when it does not open. */
enum err_code keyslot_seal(struct keyslot_file *f, size_t i,
    const struct secret_key *dbkey, struct err *e) ERR_CHECKED;
enum err_code keyslot_unseal(const struct keyslot_file *f, size_t i,
    const struct seal_key *recovery, struct secret_key *dbkey_out,
    struct err *e) ERR_CHECKED;

/* ERR_CORRUPT when the MAC is not that of this database key: a slot was put in
 * from elsewhere. */
enum err_code keyslot_check_mac(const struct keyslot_file *f,
    const struct secret_key *dbkey, struct err *e) ERR_CHECKED;

#endif
