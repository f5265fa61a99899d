/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Authenticated encryption of whole messages.  The bytes are first appended to
 * the output and then worked on in place, so that no second buffer has to be
 * allocated, or wiped when the tag turns out wrong.
 */
#include "common/sys/crypto_aead.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <pthread.h>

#include "common/base/rng.h"
#include "common/sys/crypto_int.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static EVP_CIPHER *ciphers[AEAD_KIND_N];

static void
look_up(void)
{
	ciphers[AEAD_AES_256_GCM] = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	ciphers[AEAD_CHACHA20_POLY1305] =
	    EVP_CIPHER_fetch(NULL, "ChaCha20-Poly1305", NULL);
	for (int i = 0; i < AEAD_KIND_N; i++)
		if (ciphers[i] == NULL)
			crypto_broken("looking up a cipher");
}

/* A context that has taken in the aad. */
static EVP_CIPHER_CTX *
ctx_begin(enum aead_kind kind, int encrypt, const struct secret_key *key,
    const uint8_t nonce[static AEAD_NONCE_LEN], struct crypto_part aad)
{
	EVP_CIPHER_CTX *ctx;
	int n;

	(void)pthread_once(&once, look_up); /* fails for a bad argument only */
	ctx = EVP_CIPHER_CTX_new();
	if (ctx == NULL ||
	    EVP_CipherInit_ex2(
	        ctx, ciphers[kind], key->b, nonce, encrypt, NULL) != 1 ||
	    (aad.len > 0 &&
	        EVP_CipherUpdate(ctx, NULL, &n, aad.ptr, (int)aad.len) != 1))
		crypto_broken("encryption");
	return ctx;
}

/* Undo what was appended past len. */
static void
cut(struct buf *out, size_t len)
{
	secret_wipe(out->ptr + len, out->len - len);
	out->len = len;
}

/* OpenSSL counts in int. */
static enum err_code
check_lengths(struct crypto_part a, struct crypto_part b, struct err *e)
{
	if (a.len > INT_MAX - 64 || b.len > INT_MAX - 64)
		return err_set(
		    e, ERR_INVALID, 0, "too long to seal in one piece");
	return ERR_OK;
}

enum err_code
aead_seal_with(enum aead_kind kind, const struct secret_key *key,
    const uint8_t nonce[static AEAD_NONCE_LEN],
    const struct crypto_part aad_plain[static 2], struct buf *out,
    struct err *e)
{
	struct crypto_part aad = aad_plain[0], plain = aad_plain[1];
	uint8_t tag[AEAD_TAG_LEN] = { 0 };
	size_t start = out->len;
	EVP_CIPHER_CTX *ctx;
	unsigned char *p;
	int n = 0;

	if (check_lengths(aad, plain, e) != ERR_OK)
		return ERR_INVALID;
	if (!buf_add(out, plain.ptr, plain.len) ||
	    !buf_add(out, tag, sizeof(tag))) {
		cut(out, start);
		return buf_check(out, e);
	}
	p = (unsigned char *)out->ptr + start;
	ctx = ctx_begin(kind, 1, key, nonce, aad);
	if ((plain.len > 0 &&
	        EVP_CipherUpdate(ctx, p, &n, p, (int)plain.len) != 1) ||
	    EVP_CipherFinal_ex(ctx, p + n, &n) != 1 ||
	    EVP_CIPHER_CTX_ctrl(
	        ctx, EVP_CTRL_AEAD_GET_TAG, AEAD_TAG_LEN, p + plain.len) != 1)
		crypto_broken("encryption");
	EVP_CIPHER_CTX_free(ctx);
	return ERR_OK;
}

enum err_code
aead_open_with(enum aead_kind kind, const struct secret_key *key,
    const uint8_t nonce[static AEAD_NONCE_LEN],
    const struct crypto_part aad_sealed[static 2], struct buf *out,
    struct err *e)
{
	struct crypto_part aad = aad_sealed[0], sealed = aad_sealed[1];
	uint8_t tag[AEAD_TAG_LEN];
	size_t start = out->len, len;
	EVP_CIPHER_CTX *ctx;
	unsigned char *p;
	bool opened;
	int n = 0;

	if (check_lengths(aad, sealed, e) != ERR_OK)
		return ERR_INVALID;
	if (sealed.len < AEAD_TAG_LEN)
		return err_set(e, ERR_MALFORMED, 0, "sealed bytes are cut");
	len = sealed.len - AEAD_TAG_LEN;
	memcpy(tag, (const uint8_t *)sealed.ptr + len, sizeof(tag));
	if (!buf_add(out, sealed.ptr, len))
		return buf_check(out, e);
	p = (unsigned char *)out->ptr + start;
	ctx = ctx_begin(kind, 0, key, nonce, aad);
	if ((len > 0 && EVP_CipherUpdate(ctx, p, &n, p, (int)len) != 1) ||
	    EVP_CIPHER_CTX_ctrl(
	        ctx, EVP_CTRL_AEAD_SET_TAG, AEAD_TAG_LEN, tag) != 1)
		crypto_broken("decryption");
	opened = EVP_CipherFinal_ex(ctx, p + n, &n) == 1;
	EVP_CIPHER_CTX_free(ctx);
	if (opened)
		return ERR_OK;
	ERR_clear_error(); /* or a later call finds it and blames it */
	cut(out, start);
	return err_set(e, ERR_MALFORMED, 0, "sealed bytes do not open");
}

enum err_code
aead_seal(const struct secret_key *key, struct crypto_part aad,
    struct crypto_part plain, struct buf *out, struct err *e)
{
	const struct crypto_part aad_plain[2] = { aad, plain };
	uint8_t nonce[AEAD_NONCE_LEN];
	size_t start = out->len;
	enum err_code code;

	rng_fill(nonce, sizeof(nonce));
	if (!buf_add(out, nonce, sizeof(nonce)))
		return buf_check(out, e);
	code = aead_seal_with(AEAD_AES_256_GCM, key, nonce, aad_plain, out, e);
	if (code != ERR_OK)
		cut(out, start);
	return code;
}

enum err_code
aead_open(const struct secret_key *key, struct crypto_part aad,
    struct crypto_part sealed, struct buf *out, struct err *e)
{
	struct crypto_part aad_sealed[2] = { aad, sealed };

	if (sealed.len < AEAD_EXTRA_LEN)
		return err_set(e, ERR_MALFORMED, 0, "sealed bytes are cut");
	aad_sealed[1].ptr = (const uint8_t *)sealed.ptr + AEAD_NONCE_LEN;
	aad_sealed[1].len = sealed.len - AEAD_NONCE_LEN;
	return aead_open_with(
	    AEAD_AES_256_GCM, key, sealed.ptr, aad_sealed, out, e);
}
