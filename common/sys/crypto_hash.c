/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 and HMAC.  Records are hashed by the thousand in pieces of some
 * hundred bytes, where OpenSSL's look-up and allocation for each hash cost
 * more than the hash: the algorithms are looked up once, and each thread keeps
 * one digest context.  It is put back to its initial value after every use, so
 * that it remembers nothing; a MAC context holds its key, and is freed, which
 * wipes it.
 */
#include "common/sys/crypto_hash.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <pthread.h>

#include "common/sys/crypto_int.h"

struct crypto_hasher {
	EVP_MD_CTX *ctx;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static EVP_MD *sha256;
static EVP_MAC *hmac;
static pthread_key_t ctx_key;

void
crypto_broken(const char *what)
{
	(void)fprintf(
	    stderr, "crypto: %s failed in the library; stopping\n", what);
	abort();
}

static void
ctx_free(void *ctx)
{
	EVP_MD_CTX_free(ctx);
}

static void
look_up(void)
{
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	if (sha256 == NULL || hmac == NULL ||
	    pthread_key_create(&ctx_key, ctx_free) != 0)
		crypto_broken("looking up SHA-256");
}

static EVP_MD_CTX *
ctx_new(void)
{
	EVP_MD_CTX *ctx;

	(void)pthread_once(&once, look_up); /* fails for a bad argument only */
	ctx = EVP_MD_CTX_new();
	if (ctx == NULL || EVP_DigestInit_ex2(ctx, sha256, NULL) != 1)
		crypto_broken("SHA-256");
	return ctx;
}

/* This thread's context, ready for the first byte; freed at its end. */
static EVP_MD_CTX *
ctx_of_thread(void)
{
	static _Thread_local EVP_MD_CTX *ctx;

	if (ctx == NULL) {
		ctx = ctx_new();
		if (pthread_setspecific(ctx_key, ctx) != 0)
			crypto_broken("SHA-256");
	}
	return ctx;
}

static void
ctx_add(EVP_MD_CTX *ctx, const void *data, size_t len)
{
	if (len > 0 && EVP_DigestUpdate(ctx, data, len) != 1)
		crypto_broken("SHA-256");
}

/* Finish, and put back to the initial value. */
static struct hash32
ctx_take(EVP_MD_CTX *ctx)
{
	struct hash32 hash;

	if (EVP_DigestFinal_ex(ctx, hash.b, NULL) != 1 ||
	    EVP_DigestInit_ex2(ctx, sha256, NULL) != 1)
		crypto_broken("SHA-256");
	return hash;
}

struct hash32
crypto_sha256_parts(const struct crypto_part *parts, size_t n)
{
	EVP_MD_CTX *ctx = ctx_of_thread();

	for (size_t i = 0; i < n; i++)
		ctx_add(ctx, parts[i].ptr, parts[i].len);
	return ctx_take(ctx);
}

struct hash32
crypto_sha256(const void *data, size_t len)
{
	struct crypto_part part = crypto_part(data, len);

	return crypto_sha256_parts(&part, 1);
}

bool
hash32_equal(struct hash32 a, struct hash32 b)
{
	return memcmp(a.b, b.b, HASH32_LEN) == 0;
}

struct crypto_hasher *
crypto_hasher_new(void)
{
	struct crypto_hasher *h = malloc(sizeof(*h));

	if (h == NULL)
		crypto_broken("SHA-256");
	h->ctx = ctx_new();
	return h;
}

void
crypto_hasher_add(struct crypto_hasher *h, const void *data, size_t len)
{
	ctx_add(h->ctx, data, len);
}

struct hash32
crypto_hasher_take(struct crypto_hasher *h)
{
	return ctx_take(h->ctx);
}

void
crypto_hasher_free(struct crypto_hasher *h)
{
	if (h == NULL)
		return;
	EVP_MD_CTX_free(h->ctx);
	free(h);
}

void
crypto_hmac_sha256(struct crypto_part key, const struct crypto_part *parts,
    size_t n, struct hash32 *mac_out)
{
	static const unsigned char no_key[1];
	char digest[] = "SHA256";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(
		    OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end(),
	};
	size_t len = 0;
	EVP_MAC_CTX *ctx;
	bool done;

	(void)pthread_once(&once, look_up); /* fails for a bad argument only */
	ctx = EVP_MAC_CTX_new(hmac);
	/* NULL would mean the key of before, not an empty one. */
	done = ctx != NULL &&
	    EVP_MAC_init(
	        ctx, key.len > 0 ? key.ptr : no_key, key.len, params) == 1;
	for (size_t i = 0; done && i < n; i++)
		done = parts[i].len == 0 ||
		    EVP_MAC_update(ctx, parts[i].ptr, parts[i].len) == 1;
	done = done &&
	    EVP_MAC_final(ctx, mac_out->b, &len, sizeof(mac_out->b)) == 1;
	EVP_MAC_CTX_free(ctx);
	if (!done || len != HASH32_LEN)
		crypto_broken("HMAC");
}
