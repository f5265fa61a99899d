/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The slot file as a whole: load, open or close a slot, save.  What a slot
 * holds is in keyslot_slot.c, its bytes in keyslot_file.c.
 */
#include "common/store/keyslot.h"

#include <assert.h>

#include "common/base/file.h"
#include "common/base/rng.h"
#include "common/store/keyslot_int.h"
#include "common/sys/crypto.h"

/* Far more than a file has; less could refuse one that still has a good copy
 * in it. */
#define LOAD_MAX ((size_t)16 * KEYSLOT_FILE_LEN)

static enum err_code
load(const char *path, struct keyslot_file *f_out, struct err *e)
{
	struct buf bytes;
	enum err_code code;

	buf_init(&bytes, LOAD_MAX);
	code = file_load(path, &bytes, e);
	if (code == ERR_INVALID)
		code = err_set(e, ERR_CORRUPT, 0, "the key file is damaged");
	if (code == ERR_OK)
		code = keyslot_dec(crypto_part(bytes.ptr, bytes.len), f_out, e);
	buf_fini(&bytes);
	return code;
}

/* Count up, vouch for the whole, and replace the file. */
static enum err_code
save(const char *path, struct keyslot_file *f, const struct secret_key *dbkey,
    struct err *e)
{
	uint8_t bytes[KEYSLOT_FILE_LEN];

	f->generation++;
	f->mac = keyslot_mac(f, dbkey);
	keyslot_enc(f, bytes);
	return file_save(path, bytes, sizeof(bytes), e);
}

/* Put a passphrase into slot i, which is overwritten. */
static enum err_code
close_by_passphrase(struct keyslot_file *f, size_t i,
    const struct keyslot_pass *pass, const struct secret_key *dbkey,
    struct err *e)
{
	struct keyslot_slot *slot = &f->slots[i];
	struct secret_key pmk;
	enum err_code code;

	if (pass->text.len == 0)
		return err_set(e, ERR_INVALID, 0, "the passphrase is empty");
	*slot = (struct keyslot_slot){
		.entry = { .kind = KEYSLOT_PASSPHRASE,
		    .created_ms = pass->created_ms,
		    .params = pass->params },
	};
	rng_fill(slot->salt.b, sizeof(slot->salt.b));
	code = kdf_argon2id(pass->params, pass->text, &slot->salt, &pmk, e);
	if (code != ERR_OK)
		return code;
	code = keyslot_wrap(f, i, &pmk, dbkey, e);
	secret_wipe(&pmk, sizeof(pmk));
	return code;
}

static struct keyslot_entry
recovery_entry(const struct seal_pub *recovery, uint64_t created_ms)
{
	return (struct keyslot_entry){ .kind = KEYSLOT_RECOVERY,
		.created_ms = created_ms,
		.recovery = *recovery };
}

/* Seal to a recovery key in slot i, which is overwritten. */
static enum err_code
close_by_recovery(struct keyslot_file *f, size_t i,
    const struct keyslot_entry *entry, const struct secret_key *dbkey,
    struct err *e)
{
	f->slots[i] = (struct keyslot_slot){ .entry = *entry };
	return keyslot_seal(f, i, dbkey, e);
}

enum err_code
keyslot_create(const char *path, const struct keyslot_new *make,
    struct secret_key *dbkey_out, struct err *e)
{
	struct keyslot_file f = { .device = make->device, .user = make->user };
	struct secret_key dbkey;
	enum err_code code;

	if (file_exists(path))
		return err_set(e, ERR_CONFLICT, 0,
		    "there is a key file already: %s", path);
	rng_fill(dbkey.b, sizeof(dbkey.b));
	code = close_by_passphrase(&f, 0, &make->pass, &dbkey, e);
	if (code == ERR_OK && make->recovery != NULL) {
		const struct keyslot_entry entry =
		    recovery_entry(make->recovery, make->pass.created_ms);

		code = close_by_recovery(&f, 1, &entry, &dbkey, e);
	}
	if (code == ERR_OK)
		code = save(path, &f, &dbkey, e);
	if (code == ERR_OK)
		*dbkey_out = dbkey;
	secret_wipe(&dbkey, sizeof(dbkey));
	return code;
}

static struct keyslot_info
info_of(const struct keyslot_file *f)
{
	struct keyslot_info info = {
		.device = f->device,
		.user = f->user,
		.generation = f->generation,
		.has_damage = f->has_damage,
	};

	for (size_t i = 0; i < KEYSLOT_MAX; i++)
		info.slots[i] = f->slots[i].entry;
	return info;
}

/* Try the passphrase on one slot. */
static enum err_code
try_slot(const struct keyslot_file *f, size_t i, struct crypto_part passphrase,
    struct secret_key *dbkey_out, struct err *e)
{
	const struct keyslot_slot *slot = &f->slots[i];
	struct secret_key pmk;
	enum err_code code;

	if (passphrase.len > KDF_PASS_MAX) /* none can be so long */
		return err_set(e, ERR_AUTH, 0, "the passphrase is not right");
	code =
	    kdf_argon2id(slot->entry.params, passphrase, &slot->salt, &pmk, e);
	if (code != ERR_OK)
		return code;
	code = keyslot_unwrap(f, i, &pmk, dbkey_out, e);
	secret_wipe(&pmk, sizeof(pmk));
	return code;
}

/* Try the passphrase on each slot that takes one. */
static enum err_code
open_by_passphrase(const struct keyslot_file *f, struct crypto_part passphrase,
    struct secret_key *dbkey_out, struct err *e)
{
	enum err_code code = ERR_NOTFOUND;

	for (size_t i = 0; i < KEYSLOT_MAX; i++) {
		if (f->slots[i].entry.kind != KEYSLOT_PASSPHRASE)
			continue;
		code = try_slot(f, i, passphrase, dbkey_out, e);
		if (code != ERR_AUTH)
			return code;
	}
	if (code == ERR_NOTFOUND)
		return err_set(e, ERR_AUTH, 0,
		    "no passphrase opens these notes; the office can recover "
		    "them");
	return code;
}

enum err_code
keyslot_open(const char *path, struct crypto_part passphrase,
    struct secret_key *dbkey_out, struct keyslot_info *info_out, struct err *e)
{
	struct keyslot_file f;
	struct secret_key dbkey = { 0 };
	enum err_code code = load(path, &f, e);

	if (code == ERR_OK)
		code = open_by_passphrase(&f, passphrase, &dbkey, e);
	if (code == ERR_OK)
		code = keyslot_check_mac(&f, &dbkey, e);
	if (code == ERR_OK) {
		*dbkey_out = dbkey;
		if (info_out != NULL)
			*info_out = info_of(&f);
	}
	secret_wipe(&dbkey, sizeof(dbkey));
	return code;
}

/* Open the slot that is sealed to this recovery key. */
static enum err_code
open_by_recovery(const struct keyslot_file *f, const struct seal_key *recovery,
    struct secret_key *dbkey_out, struct err *e)
{
	struct seal_pub pub = seal_pub_of(recovery);
	size_t i = 0;

	while (i < KEYSLOT_MAX &&
	    (f->slots[i].entry.kind != KEYSLOT_RECOVERY ||
	        memcmp(f->slots[i].entry.recovery.b, pub.b, SEAL_PUB_LEN) != 0))
		i++;
	if (i == KEYSLOT_MAX)
		return err_set(e, ERR_NOTFOUND, 0,
		    "this device's key is not sealed to that recovery key");
	return keyslot_unseal(f, i, recovery, dbkey_out, e);
}

enum err_code
keyslot_recover(const char *path, const struct seal_key *recovery,
    struct secret_key *dbkey_out, struct err *e)
{
	struct keyslot_file f;
	struct secret_key dbkey = { 0 };
	enum err_code code = load(path, &f, e);

	if (code == ERR_OK)
		code = open_by_recovery(&f, recovery, &dbkey, e);
	if (code == ERR_OK)
		code = keyslot_check_mac(&f, &dbkey, e);
	if (code == ERR_OK)
		*dbkey_out = dbkey;
	secret_wipe(&dbkey, sizeof(dbkey));
	return code;
}

/* Load for whoever has the key already. */
static enum err_code
load_with(const char *path, const struct secret_key *dbkey,
    struct keyslot_file *f_out, struct err *e)
{
	enum err_code code = load(path, f_out, e);

	if (code == ERR_OK && keyslot_check_mac(f_out, dbkey, NULL) != ERR_OK)
		code = err_set(
		    e, ERR_AUTH, 0, "the key file does not belong to this key");
	return code;
}

/* Empty the slots of a kind, and find the first free one. */
static size_t
clear_kind(struct keyslot_file *f, enum keyslot_kind kind)
{
	size_t at = 0;

	for (size_t i = 0; i < KEYSLOT_MAX; i++)
		if (f->slots[i].entry.kind == kind)
			f->slots[i] = (struct keyslot_slot){ 0 };
	while (f->slots[at].entry.kind != KEYSLOT_EMPTY) {
		at++;
		/* The MAC was right, and this program makes one of each. */
		assert(at < KEYSLOT_MAX);
	}
	return at;
}

enum err_code
keyslot_set_passphrase(const char *path, const struct secret_key *dbkey,
    const struct keyslot_pass *pass, struct err *e)
{
	struct keyslot_file f;
	enum err_code code = load_with(path, dbkey, &f, e);

	if (code == ERR_OK)
		code = close_by_passphrase(
		    &f, clear_kind(&f, KEYSLOT_PASSPHRASE), pass, dbkey, e);
	return code == ERR_OK ? save(path, &f, dbkey, e) : code;
}

enum err_code
keyslot_change_passphrase(const char *path, struct crypto_part old_passphrase,
    const struct keyslot_pass *pass, struct err *e)
{
	struct secret_key dbkey = { 0 };
	enum err_code code =
	    keyslot_open(path, old_passphrase, &dbkey, NULL, e);

	if (code == ERR_OK)
		code = keyslot_set_passphrase(path, &dbkey, pass, e);
	secret_wipe(&dbkey, sizeof(dbkey));
	return code;
}

enum err_code
keyslot_set_recovery(const char *path, const struct secret_key *dbkey,
    const struct seal_pub *recovery, uint64_t created_ms, struct err *e)
{
	struct keyslot_file f;
	enum err_code code = load_with(path, dbkey, &f, e);
	size_t i;

	if (code != ERR_OK)
		return code;
	i = clear_kind(&f, KEYSLOT_RECOVERY);
	if (recovery != NULL) {
		const struct keyslot_entry entry =
		    recovery_entry(recovery, created_ms);

		code = close_by_recovery(&f, i, &entry, dbkey, e);
	}
	return code == ERR_OK ? save(path, &f, dbkey, e) : code;
}

enum err_code
keyslot_list(const char *path, struct keyslot_info *info_out, struct err *e)
{
	struct keyslot_file f;
	enum err_code code = load(path, &f, e);

	if (code == ERR_OK)
		*info_out = info_of(&f);
	return code;
}

void
keyslot_page_key(const struct secret_key *dbkey, struct secret_key *key_out)
{
	kdf_subkey(dbkey, "page", key_out);
}

void
keyslot_blob_key(const struct secret_key *dbkey, struct secret_key *key_out)
{
	kdf_subkey(dbkey, "blob", key_out);
}
