/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of a slot file (schema/keyslots.md has them too).  All numbers are
 * big-endian.  Two copies of 4096 bytes follow each other, so that one bad
 * sector leaves the other:
 *
 *      0   8  magic "VBKEYSL\n"
 *      8   4  version, 1
 *     12   8  generation
 *     20  16  device id
 *     36  16  user id
 *     52      8 slots of 152 bytes
 *   1268  32  MAC: HMAC-SHA256 under HKDF(database key, "head") of 0 to 1267
 *   1300      zeros
 *   4064  32  SHA-256 of 0 to 4063
 *
 * A slot; an unused one is all zeros, and so is what its kind does not use:
 *
 *      0   1  kind: 0 unused, 1 passphrase, 2 recovery
 *      1   1  key derivation: 1 Argon2id version 1.3 (passphrase)
 *      2   2  zeros
 *      4   4  memory in KiB (passphrase)
 *      8   4  passes (passphrase)
 *     12   4  lanes (passphrase)
 *     16  16  salt (passphrase)
 *     32   8  created, Unix milliseconds
 *     40  32  recovery public key (recovery)
 *     72  80  the sealed database key: passphrase 60 bytes (12 nonce, 32, 16
 *             tag), recovery 80 bytes (32 ephemeral key, 32, 16 tag)
 *
 * Of any later version the magic, the version, the generation, the length of a
 * copy and the place of the SHA-256 stay, so that "newer" can be told from
 * "damaged".
 */
#include "common/store/keyslot_int.h"

#include <assert.h>

#include "common/sys/crypto.h"

#define VERSION 1

#define VERSION_AT 8
#define GENERATION_AT 12
#define DEVICE_AT 20
#define USER_AT 36
#define SLOTS_AT 52
#define SLOT_LEN ((size_t)152)
#define MAC_AT (SLOTS_AT + KEYSLOT_MAX * SLOT_LEN)
#define HASH_AT (KEYSLOT_COPY_LEN - HASH32_LEN)

#define SLOT_KDF_AT 1
#define SLOT_MEMORY_AT 4
#define SLOT_PASSES_AT 8
#define SLOT_LANES_AT 12
#define SLOT_SALT_AT 16
#define SLOT_CREATED_AT 32
#define SLOT_RECOVERY_AT 40
#define SLOT_SEALED_AT 72

#define KDF_ARGON2ID 1

_Static_assert(MAC_AT == 1268, "the table above");
_Static_assert(SLOT_SEALED_AT + KEYSLOT_SEALED_LEN == SLOT_LEN, "table");
_Static_assert(
    KEYSLOT_AAD_LEN == VERSION_AT + 4 + ID_LEN + ID_LEN + 1 + SLOT_SEALED_AT,
    "magic, version, device, user, slot number, head of the slot");

static const uint8_t magic[VERSION_AT] = { 'V', 'B', 'K', 'E', 'Y', 'S', 'L',
	'\n' };

static void
put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

static void
put64(uint8_t *p, uint64_t v)
{
	put32(p, (uint32_t)(v >> 32));
	put32(p + 4, (uint32_t)v);
}

static uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

static uint64_t
get64(const uint8_t *p)
{
	return (uint64_t)get32(p) << 32 | get32(p + 4);
}

/* p holds zeros. */
static void
enc_slot(const struct keyslot_slot *slot, uint8_t p[static SLOT_LEN])
{
	const struct keyslot_entry *entry = &slot->entry;

	if (entry->kind == KEYSLOT_EMPTY)
		return;
	p[0] = (uint8_t)entry->kind;
	if (entry->kind == KEYSLOT_PASSPHRASE) {
		p[SLOT_KDF_AT] = KDF_ARGON2ID;
		put32(p + SLOT_MEMORY_AT, entry->params.memory_kib);
		put32(p + SLOT_PASSES_AT, entry->params.passes);
		put32(p + SLOT_LANES_AT, entry->params.lanes);
		memcpy(p + SLOT_SALT_AT, slot->salt.b, KDF_SALT_LEN);
	} else {
		memcpy(p + SLOT_RECOVERY_AT, entry->recovery.b, SEAL_PUB_LEN);
	}
	put64(p + SLOT_CREATED_AT, entry->created_ms);
	memcpy(p + SLOT_SEALED_AT, slot->sealed, KEYSLOT_SEALED_LEN);
}

/* Everything before the MAC. */
static void
enc_head(const struct keyslot_file *f, uint8_t p[static MAC_AT])
{
	memset(p, 0, MAC_AT);
	memcpy(p, magic, sizeof(magic));
	put32(p + VERSION_AT, VERSION);
	put64(p + GENERATION_AT, f->generation);
	memcpy(p + DEVICE_AT, f->device.b, ID_LEN);
	memcpy(p + USER_AT, f->user.b, ID_LEN);
	for (size_t i = 0; i < KEYSLOT_MAX; i++)
		enc_slot(&f->slots[i], p + SLOTS_AT + i * SLOT_LEN);
}

void
keyslot_enc(const struct keyslot_file *f, uint8_t out[static KEYSLOT_FILE_LEN])
{
	struct hash32 hash;

	memset(out, 0, KEYSLOT_FILE_LEN);
	enc_head(f, out);
	memcpy(out + MAC_AT, f->mac.b, HASH32_LEN);
	hash = crypto_sha256(out, HASH_AT);
	memcpy(out + HASH_AT, hash.b, HASH32_LEN);
	memcpy(out + KEYSLOT_COPY_LEN, out, KEYSLOT_COPY_LEN);
}

struct hash32
keyslot_mac(const struct keyslot_file *f, const struct secret_key *dbkey)
{
	struct secret_key key;
	uint8_t head[MAC_AT] = { 0 };
	struct crypto_part part = crypto_part(head, sizeof(head));
	struct hash32 mac;

	kdf_subkey(dbkey, "head", &key);
	enc_head(f, head);
	crypto_hmac_sha256(crypto_part(key.b, sizeof(key.b)), &part, 1, &mac);
	secret_wipe(&key, sizeof(key));
	return mac;
}

void
keyslot_aad(
    const struct keyslot_file *f, size_t i, uint8_t out[static KEYSLOT_AAD_LEN])
{
	uint8_t slot[SLOT_LEN] = { 0 };
	uint8_t *p = out;

	assert(i < KEYSLOT_MAX);
	enc_slot(&f->slots[i], slot);
	memcpy(p, magic, sizeof(magic));
	put32(p + VERSION_AT, VERSION);
	p += VERSION_AT + 4;
	memcpy(p, f->device.b, ID_LEN);
	memcpy(p + ID_LEN, f->user.b, ID_LEN);
	p += 2 * (size_t)ID_LEN;
	*p++ = (uint8_t)i;
	memcpy(p, slot, SLOT_SEALED_AT);
}

static enum err_code
dec_slot(
    const uint8_t p[static SLOT_LEN], struct keyslot_slot *slot, struct err *e)
{
	uint8_t again[SLOT_LEN] = { 0 };
	struct keyslot_entry *entry = &slot->entry;

	if (p[0] > KEYSLOT_RECOVERY)
		return err_set(
		    e, ERR_CORRUPT, 0, "a key slot of no known kind");
	entry->kind = (enum keyslot_kind)p[0];
	if (entry->kind == KEYSLOT_PASSPHRASE) {
		entry->params.memory_kib = get32(p + SLOT_MEMORY_AT);
		entry->params.passes = get32(p + SLOT_PASSES_AT);
		entry->params.lanes = get32(p + SLOT_LANES_AT);
		memcpy(slot->salt.b, p + SLOT_SALT_AT, KDF_SALT_LEN);
		if (kdf_params_check(entry->params, e) != ERR_OK)
			return err_set(e, ERR_CORRUPT, 0,
			    "a key slot has weaker or dearer protection than "
			    "this program allows");
	} else if (entry->kind == KEYSLOT_RECOVERY) {
		memcpy(entry->recovery.b, p + SLOT_RECOVERY_AT, SEAL_PUB_LEN);
	}
	if (entry->kind != KEYSLOT_EMPTY) {
		entry->created_ms = get64(p + SLOT_CREATED_AT);
		memcpy(slot->sealed, p + SLOT_SEALED_AT, KEYSLOT_SEALED_LEN);
	}
	/* One value, one form: nothing may hide in unused bytes. */
	enc_slot(slot, again);
	if (memcmp(again, p, SLOT_LEN) != 0)
		return err_set(e, ERR_CORRUPT, 0, "a key slot is damaged");
	return ERR_OK;
}

/* *f_out is written to on failure too. */
static enum err_code
dec_copy(
    const uint8_t *p, size_t len, struct keyslot_file *f_out, struct err *e)
{
	struct hash32 hash;

	*f_out = (struct keyslot_file){ 0 };
	if (len < KEYSLOT_COPY_LEN || memcmp(p, magic, sizeof(magic)) != 0)
		return err_set(e, ERR_CORRUPT, 0, "the key file is damaged");
	hash = crypto_sha256(p, HASH_AT);
	if (memcmp(hash.b, p + HASH_AT, HASH32_LEN) != 0)
		return err_set(e, ERR_CORRUPT, 0, "the key file is damaged");
	f_out->generation = get64(p + GENERATION_AT);
	if (get32(p + VERSION_AT) > VERSION)
		return err_set(e, ERR_NEWER, 0,
		    "the key file was made by a newer version of this "
		    "program; install that version");
	if (get32(p + VERSION_AT) != VERSION)
		return err_set(e, ERR_CORRUPT, 0, "the key file is damaged");
	memcpy(f_out->device.b, p + DEVICE_AT, ID_LEN);
	memcpy(f_out->user.b, p + USER_AT, ID_LEN);
	for (size_t i = 0; i < KEYSLOT_MAX; i++) {
		enum err_code code =
		    dec_slot(p + SLOTS_AT + i * SLOT_LEN, &f_out->slots[i], e);

		if (code != ERR_OK)
			return code;
	}
	memcpy(f_out->mac.b, p + MAC_AT, HASH32_LEN);
	for (size_t i = MAC_AT + HASH32_LEN; i < HASH_AT; i++)
		if (p[i] != 0)
			return err_set(
			    e, ERR_CORRUPT, 0, "the key file is damaged");
	return ERR_OK;
}

enum err_code
keyslot_dec(struct crypto_part bytes, struct keyslot_file *f_out, struct err *e)
{
	struct keyslot_file copies[KEYSLOT_COPY_N];
	enum err_code codes[KEYSLOT_COPY_N];
	struct err errs[KEYSLOT_COPY_N] = { 0 };
	size_t best = KEYSLOT_COPY_N;

	for (size_t i = 0; i < KEYSLOT_COPY_N; i++) {
		size_t at = i * KEYSLOT_COPY_LEN;
		size_t left = bytes.len > at ? bytes.len - at : 0;

		codes[i] =
		    dec_copy(left > 0 ? (const uint8_t *)bytes.ptr + at : NULL,
		        left, &copies[i], &errs[i]);
		if (codes[i] != ERR_OK && codes[i] != ERR_NEWER)
			continue;
		if (best == KEYSLOT_COPY_N ||
		    copies[i].generation > copies[best].generation)
			best = i;
	}
	if (best == KEYSLOT_COPY_N)
		best = 0;
	if (codes[best] != ERR_OK) {
		if (e != NULL)
			*e = errs[best];
		return codes[best];
	}
	copies[best].has_damage = bytes.len != KEYSLOT_FILE_LEN ||
	    memcmp(bytes.ptr, (const uint8_t *)bytes.ptr + KEYSLOT_COPY_LEN,
	        KEYSLOT_COPY_LEN) != 0;
	*f_out = copies[best];
	return ERR_OK;
}
