/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ed25519.  OpenSSL derives the public key whenever it is given a seed, which
 * costs as much as a signature does; a signer pays that once.
 */
#include "common/sys/crypto_sign.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include "common/base/rng.h"
#include "common/sys/crypto_int.h"

struct signer {
	EVP_PKEY *pkey; /* owned */
	struct sign_pub pub;
};

void
sign_key_make(struct sign_key *key_out)
{
	rng_fill(key_out->b, sizeof(key_out->b));
}

/* Owned by the caller, who frees it (which wipes it). */
static EVP_PKEY *
key_load(const struct sign_key *key)
{
	EVP_PKEY *pkey = EVP_PKEY_new_raw_private_key(
	    EVP_PKEY_ED25519, NULL, key->b, sizeof(key->b));

	if (pkey == NULL)
		crypto_broken("Ed25519");
	return pkey;
}

static struct sign_pub
pub_of(const EVP_PKEY *pkey)
{
	struct sign_pub pub;
	size_t len = sizeof(pub.b);

	if (EVP_PKEY_get_raw_public_key(pkey, pub.b, &len) != 1 ||
	    len != sizeof(pub.b))
		crypto_broken("Ed25519");
	return pub;
}

struct sign_pub
sign_pub_of(const struct sign_key *key)
{
	EVP_PKEY *pkey = key_load(key);
	struct sign_pub pub = pub_of(pkey);

	EVP_PKEY_free(pkey);
	return pub;
}

static void
sign_with(EVP_PKEY *pkey, const void *data, size_t len, struct sign_sig *sig)
{
	size_t sig_len = sizeof(sig->b);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (ctx == NULL ||
	    EVP_DigestSignInit(ctx, NULL, NULL, NULL, pkey) != 1 ||
	    EVP_DigestSign(ctx, sig->b, &sig_len, data, len) != 1 ||
	    sig_len != sizeof(sig->b))
		crypto_broken("Ed25519");
	EVP_MD_CTX_free(ctx);
}

void
sign_make(const struct sign_key *key, const void *data, size_t len,
    struct sign_sig *sig_out)
{
	EVP_PKEY *pkey = key_load(key);

	sign_with(pkey, data, len, sig_out);
	EVP_PKEY_free(pkey);
}

/*
 * The y coordinates of the points of small order, in the two spellings that
 * some have; the sign bit is left out of the comparison.  Source: the orders
 * 1, 2, 4 and 8 of edwards25519, as in "Taming the many EdDSAs" (Chalkias,
 * Garillot, Nikolaenko 2020), table 1.
 */
static const uint8_t small_order[][SIGN_PUB_LEN] = {
	{ 0 }, /* y = 0, order 4 */
	{ 1 }, /* y = 1, order 1 */
	{ 0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
	    0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
	    0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc,
	    0x05 }, /* order 8 */
	{ 0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
	    0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
	    0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03,
	    0x7a }, /* order 8 */
	{ 0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0x7f }, /* y = -1, order 2 */
	{ 0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0x7f }, /* y = p, that is 0 */
	{ 0xee, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0x7f }, /* y = p + 1, that is 1 */
};

bool
sign_pub_is_sound(const struct sign_pub *pub)
{
	struct sign_pub y = *pub;

	y.b[SIGN_PUB_LEN - 1] &= 0x7f;
	for (size_t i = 0; i < sizeof(small_order) / sizeof(small_order[0]);
	     i++)
		if (memcmp(y.b, small_order[i], SIGN_PUB_LEN) == 0)
			return false;
	return true;
}

static bool
check_once(
    EVP_PKEY *pkey, const void *data, size_t len, const struct sign_sig *sig)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool is_right;

	if (ctx == NULL ||
	    EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey) != 1)
		crypto_broken("Ed25519");
	is_right =
	    EVP_DigestVerify(ctx, sig->b, sizeof(sig->b), data, len) == 1;
	EVP_MD_CTX_free(ctx);
	return is_right;
}

/* Is there memory for what checking a signature begins with? */
static bool
has_memory(void)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	const bool has =
	    ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha512(), NULL) == 1;

	EVP_MD_CTX_free(ctx);
	return has;
}

/* The library says that a signature is wrong, too, when it finds no memory to
 * check it with: nobody is accused before it is checked once more. */
bool
sign_check(const struct sign_pub *pub, const void *data, size_t len,
    const struct sign_sig *sig)
{
	EVP_PKEY *pkey;
	bool is_right = false;

	if (!sign_pub_is_sound(pub))
		return false;
	pkey = EVP_PKEY_new_raw_public_key(
	    EVP_PKEY_ED25519, NULL, pub->b, sizeof(pub->b));
	if (pkey == NULL)
		crypto_broken("Ed25519");
	for (int tries = 0; tries < 2 && !is_right; tries++)
		is_right = check_once(pkey, data, len, sig);
	EVP_PKEY_free(pkey);
	if (!is_right && !has_memory())
		crypto_broken("Ed25519");
	if (!is_right)
		ERR_clear_error(); /* or a later call finds it and blames it */
	return is_right;
}

struct signer *
signer_new(const struct sign_key *key)
{
	struct signer *s = malloc(sizeof(*s));

	if (s == NULL)
		crypto_broken("Ed25519");
	s->pkey = key_load(key);
	s->pub = pub_of(s->pkey);
	return s;
}

void
signer_make(const struct signer *s, const void *data, size_t len,
    struct sign_sig *sig_out)
{
	sign_with(s->pkey, data, len, sig_out);
}

struct sign_pub
signer_pub(const struct signer *s)
{
	return s->pub;
}

void
signer_free(struct signer *s)
{
	if (s == NULL)
		return;
	EVP_PKEY_free(s->pkey);
	free(s);
}
