/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HPKE in its base mode, put together as RFC 9180 sections 4 to 6 write it
 * down: OpenSSL 3.0 has all the parts and no call for the whole.  Names of
 * values are the RFC's.
 */
#include "common/sys/crypto_seal.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include "common/base/rng.h"
#include "common/base/secret.h"
#include "common/sys/crypto_int.h"
#include "common/sys/crypto_kdf.h"
#include "common/sys/crypto_seal_int.h"

/* suite_id of the KEM: DHKEM(X25519, HKDF-SHA256) is 0x0020; and of the whole:
 * HKDF-SHA256 is 0x0001, ChaCha20-Poly1305 is 0x0003. */
static const uint8_t suite_kem[] = { 'K', 'E', 'M', 0x00, 0x20 };
static const uint8_t suite_hpke[] = { 'H', 'P', 'K', 'E', 0x00, 0x20, 0x00,
	0x01, 0x00, 0x03 };

/* What both ends derive for one message. */
struct message_key {
	struct secret_key key;
	uint8_t base_nonce[AEAD_NONCE_LEN];
};
_Static_assert(SEAL_KEPT_LEN == sizeof(struct message_key) + AEAD_EXTRA_LEN,
    "a kept key is a message key, sealed");

void
seal_key_make(struct seal_key *key_out)
{
	rng_fill(key_out->b, sizeof(key_out->b));
}

/* Owned by the caller, who frees it (which wipes it). */
static EVP_PKEY *
key_load(const struct seal_key *key)
{
	EVP_PKEY *pkey = EVP_PKEY_new_raw_private_key(
	    EVP_PKEY_X25519, NULL, key->b, sizeof(key->b));

	if (pkey == NULL)
		crypto_broken("X25519");
	return pkey;
}

static struct seal_pub
pub_of(const EVP_PKEY *pkey)
{
	struct seal_pub pub;
	size_t len = sizeof(pub.b);

	if (EVP_PKEY_get_raw_public_key(pkey, pub.b, &len) != 1 ||
	    len != sizeof(pub.b))
		crypto_broken("X25519");
	return pub;
}

struct seal_pub
seal_pub_of(const struct seal_key *key)
{
	EVP_PKEY *pkey = key_load(key);
	struct seal_pub pub = pub_of(pkey);

	EVP_PKEY_free(pkey);
	return pub;
}

/* The X25519 shared point; false when it is zero, as it is for a public key
 * of small order. */
static bool
diffie_hellman(EVP_PKEY *own, const uint8_t pub[static SEAL_PUB_LEN],
    struct secret_key *dh_out)
{
	EVP_PKEY *peer = EVP_PKEY_new_raw_public_key(
	    EVP_PKEY_X25519, NULL, pub, SEAL_PUB_LEN);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(own, NULL);
	size_t len = sizeof(dh_out->b);
	bool done;

	if (peer == NULL || ctx == NULL || EVP_PKEY_derive_init(ctx) != 1 ||
	    EVP_PKEY_derive_set_peer(ctx, peer) != 1)
		crypto_broken("X25519");
	done = EVP_PKEY_derive(ctx, dh_out->b, &len) == 1 &&
	    len == sizeof(dh_out->b);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(peer);
	if (!done)
		ERR_clear_error(); /* or a later call finds it and blames it */
	return done;
}

static void
labeled_extract(struct crypto_part salt, struct crypto_part suite,
    const char *label, struct crypto_part ikm, struct hash32 *prk_out)
{
	const struct crypto_part parts[] = { crypto_part_str("HPKE-v1"), suite,
		crypto_part_str(label), ikm };

	kdf_hkdf_extract(salt, parts, 4, prk_out);
}

static void
labeled_expand(const struct hash32 *prk, struct crypto_part suite,
    const char *label, struct crypto_part info, void *out, size_t len)
{
	const uint8_t out_len[2] = { 0, (uint8_t)len };
	const struct crypto_part parts[] = { crypto_part(out_len, 2),
		crypto_part_str("HPKE-v1"), suite, crypto_part_str(label),
		info };

	kdf_hkdf_expand(prk, parts, 5, out, len);
}

/* ExtractAndExpand of the KEM, then KeySchedule of mode_base. */
static void
key_schedule(const struct secret_key *dh, const struct seal_pub *enc,
    const struct seal_pub *to, struct crypto_part info,
    struct message_key *m_out)
{
	const struct crypto_part none = crypto_part(NULL, 0);
	const struct crypto_part kem = { suite_kem, sizeof(suite_kem) };
	const struct crypto_part hpke = { suite_hpke, sizeof(suite_hpke) };
	uint8_t kem_context[2 * SEAL_PUB_LEN];
	uint8_t context[1 + 2 * HASH32_LEN] = { 0 }; /* mode_base is 0 */
	struct secret_key shared_secret;
	struct hash32 prk, id_hash, info_hash;

	memcpy(kem_context, enc->b, SEAL_PUB_LEN);
	memcpy(kem_context + SEAL_PUB_LEN, to->b, SEAL_PUB_LEN);
	labeled_extract(
	    none, kem, "eae_prk", crypto_part(dh->b, sizeof(dh->b)), &prk);
	labeled_expand(&prk, kem, "shared_secret",
	    crypto_part(kem_context, sizeof(kem_context)), shared_secret.b,
	    sizeof(shared_secret.b));

	labeled_extract(none, hpke, "psk_id_hash", none, &id_hash);
	labeled_extract(none, hpke, "info_hash", info, &info_hash);
	memcpy(context + 1, id_hash.b, HASH32_LEN);
	memcpy(context + 1 + HASH32_LEN, info_hash.b, HASH32_LEN);
	labeled_extract(crypto_part(shared_secret.b, sizeof(shared_secret.b)),
	    hpke, "secret", none, &prk);
	labeled_expand(&prk, hpke, "key", crypto_part(context, sizeof(context)),
	    m_out->key.b, sizeof(m_out->key.b));
	labeled_expand(&prk, hpke, "base_nonce",
	    crypto_part(context, sizeof(context)), m_out->base_nonce,
	    sizeof(m_out->base_nonce));
	secret_wipe(&shared_secret, sizeof(shared_secret));
	secret_wipe(&prk, sizeof(prk));
}

/* Append the sealed form; *m_out, which the caller wipes, is what opens it. */
static enum err_code
seal_to(const struct seal_key *ephemeral, const struct seal_pub *pub,
    const struct crypto_part info_aad_plain[static 3], struct buf *out,
    struct message_key *m_out, struct err *e)
{
	EVP_PKEY *own = key_load(ephemeral);
	struct seal_pub enc = pub_of(own);
	struct secret_key dh = { 0 };
	size_t start = out->len;
	enum err_code code;

	if (!diffie_hellman(own, pub->b, &dh)) {
		code = err_set(e, ERR_INVALID, 0, "not a key to seal to");
		goto out;
	}
	key_schedule(&dh, &enc, pub, info_aad_plain[0], m_out);
	if (!buf_add(out, enc.b, sizeof(enc.b))) {
		code = buf_check(out, e);
		goto out;
	}
	code = aead_seal_with(AEAD_CHACHA20_POLY1305, &m_out->key,
	    m_out->base_nonce, info_aad_plain + 1, out, e);
	if (code != ERR_OK)
		out->len = start;
out:
	secret_wipe(&dh, sizeof(dh));
	EVP_PKEY_free(own);
	return code;
}

enum err_code
seal_make_with(const struct seal_key *ephemeral, const struct seal_pub *pub,
    const struct crypto_part info_aad[static 2], struct crypto_part plain,
    struct buf *out, struct err *e)
{
	const struct crypto_part parts[3] = { info_aad[0], info_aad[1], plain };
	struct message_key m = { 0 };
	enum err_code code = seal_to(ephemeral, pub, parts, out, &m, e);

	secret_wipe(&m, sizeof(m));
	return code;
}

enum err_code
seal_make(const struct seal_pub *pub, struct crypto_part info,
    struct crypto_part aad, struct crypto_part plain, struct buf *out,
    struct err *e)
{
	const struct crypto_part info_aad[2] = { info, aad };
	struct seal_key ephemeral;
	enum err_code code;

	seal_key_make(&ephemeral);
	code = seal_make_with(&ephemeral, pub, info_aad, plain, out, e);
	secret_wipe(&ephemeral, sizeof(ephemeral));
	return code;
}

enum err_code
seal_make_kept(const struct seal_pub *pub,
    const struct crypto_part info_aad_plain[static 3],
    const struct secret_key *under, struct buf *out, struct seal_kept *kept_out,
    struct err *e)
{
	struct seal_key ephemeral;
	struct message_key m = { 0 };
	struct buf kept;
	size_t start = out->len;
	enum err_code code;

	seal_key_make(&ephemeral);
	buf_init(&kept, SEAL_KEPT_LEN);
	code = seal_to(&ephemeral, pub, info_aad_plain, out, &m, e);
	secret_wipe(&ephemeral, sizeof(ephemeral));
	if (code == ERR_OK)
		code = aead_seal(under,
		    crypto_part(out->ptr + start, SEAL_PUB_LEN),
		    crypto_part(&m, sizeof(m)), &kept, e);
	if (code == ERR_OK)
		memcpy(kept_out->b, kept.ptr, SEAL_KEPT_LEN);
	else
		out->len = start;
	secret_wipe(&m, sizeof(m));
	buf_fini(&kept);
	return code;
}

enum err_code
seal_open_kept(const struct secret_key *under, const struct seal_kept *kept,
    struct crypto_part aad, struct crypto_part sealed, struct buf *out,
    struct err *e)
{
	struct crypto_part aad_sealed[2] = { aad, sealed };
	struct message_key m;
	struct buf opened;
	enum err_code code;

	if (sealed.len < SEAL_EXTRA_LEN)
		return err_set(e, ERR_MALFORMED, 0, "sealed bytes are cut");
	aad_sealed[1].ptr = (const uint8_t *)sealed.ptr + SEAL_PUB_LEN;
	aad_sealed[1].len = sealed.len - SEAL_PUB_LEN;
	buf_init(&opened, sizeof(m));
	code = aead_open(under, crypto_part(sealed.ptr, SEAL_PUB_LEN),
	    crypto_part(kept->b, SEAL_KEPT_LEN), &opened, e);
	if (code == ERR_OK) {
		memcpy(&m, opened.ptr, sizeof(m));
		code = aead_open_with(AEAD_CHACHA20_POLY1305, &m.key,
		    m.base_nonce, aad_sealed, out, e);
		secret_wipe(&m, sizeof(m));
	}
	buf_wipe(&opened);
	return code;
}

enum err_code
seal_open(const struct seal_key *key, struct crypto_part info,
    struct crypto_part aad, struct crypto_part sealed, struct buf *out,
    struct err *e)
{
	struct crypto_part aad_sealed[2] = { aad, sealed };
	struct message_key m = { 0 };
	struct secret_key dh = { 0 };
	struct seal_pub enc, to;
	enum err_code code;
	EVP_PKEY *own;

	if (sealed.len < SEAL_EXTRA_LEN)
		return err_set(e, ERR_MALFORMED, 0, "sealed bytes are cut");
	memcpy(enc.b, sealed.ptr, SEAL_PUB_LEN);
	aad_sealed[1].ptr = (const uint8_t *)sealed.ptr + SEAL_PUB_LEN;
	aad_sealed[1].len = sealed.len - SEAL_PUB_LEN;
	own = key_load(key);
	to = pub_of(own);
	if (!diffie_hellman(own, enc.b, &dh)) {
		code = err_set(e, ERR_MALFORMED, 0, "sealed bytes do not open");
		goto out;
	}
	key_schedule(&dh, &enc, &to, info, &m);
	code = aead_open_with(
	    AEAD_CHACHA20_POLY1305, &m.key, m.base_nonce, aad_sealed, out, e);
out:
	secret_wipe(&dh, sizeof(dh));
	secret_wipe(&m, sizeof(m));
	EVP_PKEY_free(own);
	return code;
}
