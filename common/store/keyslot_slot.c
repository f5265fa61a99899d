/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening and closing the database key:
 *
 *   PMK = Argon2id(passphrase, salt)
 *   KEK = HKDF(salt = device id, PMK, "vb/kek/v1" || user id || slot number)
 *   passphrase slot = AES-256-GCM(KEK, database key; keyslot_aad)
 *   recovery slot   = HPKE(recovery key, database key; keyslot_aad)
 *
 * A slot is bound to its file and place by the associated data; that no slot
 * came from an older state of the same file is seen by the MAC, as soon as
 * the database key is there.
 */
#include "common/store/keyslot_int.h"
#include "common/sys/crypto.h"

/* Length of a passphrase slot's seal; the rest of the field is zeros. */
#define WRAPPED_LEN (SECRET_KEY_LEN + AEAD_EXTRA_LEN)

static const char kek_info[] = "vb/kek/v1";
static const char recovery_info[] = "vb/recovery/v1";

_Static_assert(KEYSLOT_SEALED_LEN == SECRET_KEY_LEN + SEAL_EXTRA_LEN,
    "a recovery slot's seal fills the field");

static void
kek_of(const struct keyslot_file *f, size_t i, const struct secret_key *pmk,
    struct secret_key *kek_out)
{
	uint8_t info[sizeof(kek_info) - 1 + ID_LEN + 1];

	memcpy(info, kek_info, sizeof(kek_info) - 1);
	memcpy(info + sizeof(kek_info) - 1, f->user.b, ID_LEN);
	info[sizeof(info) - 1] = (uint8_t)i;
	kdf_hkdf(crypto_part(f->device.b, ID_LEN),
	    crypto_part(pmk->b, sizeof(pmk->b)),
	    crypto_part(info, sizeof(info)), kek_out->b, sizeof(kek_out->b));
}

/* Take a database key out of a buffer, or a seal into a slot. */
static void
take_bytes(struct buf *b, void *out, size_t cap)
{
	memset(out, 0, cap);
	memcpy(out, b->ptr, b->len < cap ? b->len : cap);
}

enum err_code
keyslot_wrap(struct keyslot_file *f, size_t i, const struct secret_key *pmk,
    const struct secret_key *dbkey, struct err *e)
{
	struct secret_key kek;
	uint8_t aad[KEYSLOT_AAD_LEN];
	struct buf sealed;
	enum err_code code;

	buf_init(&sealed, WRAPPED_LEN);
	kek_of(f, i, pmk, &kek);
	keyslot_aad(f, i, aad);
	code = aead_seal(&kek, crypto_part(aad, sizeof(aad)),
	    crypto_part(dbkey->b, sizeof(dbkey->b)), &sealed, e);
	if (code == ERR_OK)
		take_bytes(&sealed, f->slots[i].sealed, KEYSLOT_SEALED_LEN);
	secret_wipe(&kek, sizeof(kek));
	buf_fini(&sealed);
	return code;
}

enum err_code
keyslot_unwrap(const struct keyslot_file *f, size_t i,
    const struct secret_key *pmk, struct secret_key *dbkey_out, struct err *e)
{
	struct secret_key kek;
	uint8_t aad[KEYSLOT_AAD_LEN];
	struct buf opened;
	enum err_code code;

	buf_init(&opened, SECRET_KEY_LEN);
	kek_of(f, i, pmk, &kek);
	keyslot_aad(f, i, aad);
	code = aead_open(&kek, crypto_part(aad, sizeof(aad)),
	    crypto_part(f->slots[i].sealed, WRAPPED_LEN), &opened, e);
	if (code == ERR_OK)
		take_bytes(&opened, dbkey_out->b, sizeof(dbkey_out->b));
	else if (code == ERR_MALFORMED)
		code = err_set(e, ERR_AUTH, 0, "the passphrase is not right");
	secret_wipe(&kek, sizeof(kek));
	buf_wipe(&opened);
	return code;
}

enum err_code
keyslot_check_mac(
    const struct keyslot_file *f, const struct secret_key *dbkey, struct err *e)
{
	struct hash32 mac = keyslot_mac(f, dbkey);

	if (!secret_equal(mac.b, f->mac.b, HASH32_LEN))
		return err_set(e, ERR_CORRUPT, 0,
		    "the key file was changed by something else than this "
		    "program; ask the office for help before you go on");
	return ERR_OK;
}

enum err_code
keyslot_seal(struct keyslot_file *f, size_t i, const struct secret_key *dbkey,
    struct err *e)
{
	struct keyslot_slot *slot = &f->slots[i];
	uint8_t aad[KEYSLOT_AAD_LEN];
	struct buf sealed;
	enum err_code code;

	buf_init(&sealed, KEYSLOT_SEALED_LEN);
	keyslot_aad(f, i, aad);
	code = seal_make(&slot->entry.recovery, crypto_part_str(recovery_info),
	    crypto_part(aad, sizeof(aad)),
	    crypto_part(dbkey->b, sizeof(dbkey->b)), &sealed, e);
	if (code == ERR_OK)
		take_bytes(&sealed, slot->sealed, KEYSLOT_SEALED_LEN);
	buf_fini(&sealed);
	return code;
}

enum err_code
keyslot_unseal(const struct keyslot_file *f, size_t i,
    const struct seal_key *recovery, struct secret_key *dbkey_out,
    struct err *e)
{
	uint8_t aad[KEYSLOT_AAD_LEN];
	struct buf opened;
	enum err_code code;

	buf_init(&opened, SECRET_KEY_LEN);
	keyslot_aad(f, i, aad);
	code = seal_open(recovery, crypto_part_str(recovery_info),
	    crypto_part(aad, sizeof(aad)),
	    crypto_part(f->slots[i].sealed, KEYSLOT_SEALED_LEN), &opened, e);
	if (code == ERR_OK)
		take_bytes(&opened, dbkey_out->b, sizeof(dbkey_out->b));
	else if (code == ERR_MALFORMED)
		code = err_set(e, ERR_CORRUPT, 0,
		    "the recovery slot of the key file is damaged");
	buf_wipe(&opened);
	return code;
}
