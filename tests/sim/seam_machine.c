/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random bytes, clocks, the log, and keys: what has no place of its own in the
 * simulated world.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/sys/crypto.h"
#include "common/sys/log.h"
#include "common/sys/zip.h"
#include "tests/sim/seam.h"
#include "tests/sim/seam_wrap.h"

struct seam seam;

void
__wrap_rng_fill(void *out, size_t len)
{
	rng_bytes(&seam.rng, out, len);
}

uint64_t
__wrap_clock_unix_ms(void)
{
	const uint64_t shown =
	    (uint64_t)((int64_t)seam.now_ms + seam.clock_offset);

	return seam.clock_step_ms == 0 ? shown
	                               : shown - shown % seam.clock_step_ms;
}

struct id
__wrap_id_fresh(uint64_t unix_ms)
{
	uint8_t random[10];

	if (!seam.has_true_ids)
		return __real_id_fresh(unix_ms);
	rng_bytes(&seam.ids, random, sizeof(random));
	return id_make(seam.now_ms, random);
}

uint64_t
__wrap_clock_mono_ms(void)
{
	return seam.now_ms;
}

void
__wrap_log_line(enum log_level level, const char *module, const char *what,
    const char *fmt, ...)
{
	char fields[256] = "", line[512];
	va_list list;

	if (seam.log == NULL || level < LOG_LEVEL_WARN)
		return;
	if (fmt != NULL) {
		va_start(list, fmt);
		(void)vsnprintf(fields, sizeof(fields), fmt, list);
		va_end(list);
	}
	(void)snprintf(line, sizeof(line), "%s: %s %s", module, what, fields);
	seam.log(line);
}

void
__wrap_log_err(const char *module, const char *what, const struct err *e)
{
	char line[512];

	if (seam.log == NULL)
		return;
	(void)snprintf(line, sizeof(line), "%s: %s: %s", module, what, e->msg);
	seam.log(line);
}

int
__wrap_sqlite3_key(void *db, const void *key, int len)
{
	(void)db;
	(void)key;
	(void)len;
	return 0;
}

enum err_code
__wrap_zip_pack(int level, struct zip_dict *dict, const void *src, size_t len,
    struct buf *out, struct err *e)
{
	(void)level;
	return __real_zip_pack(1, dict, src, len, out, e);
}

/* The product weighs a page with this call, and with nothing else. */
size_t
__wrap_json_dumpb(const json_t *json, char *out, size_t len, size_t flags)
{
	size_t n = __real_json_dumpb(json, out, len, flags);

	return out == NULL && seam.page_factor > 1 ? n * seam.page_factor : n;
}

/* ---- signatures: a hash keyed with what tells keys apart ---- */

struct sign_pub
__wrap_sign_pub_of(const struct sign_key *key)
{
	const struct crypto_part parts[] = { crypto_part_str("sim/sign"),
		crypto_part(key->b, sizeof(key->b)) };
	struct hash32 hash = crypto_sha256_parts(parts, 2);
	struct sign_pub pub;

	memcpy(pub.b, hash.b, sizeof(pub.b));
	return pub;
}

static void
sign_as(const struct sign_pub *pub, const void *data, size_t len,
    struct sign_sig *out)
{
	const struct crypto_part parts[] = {
		crypto_part(pub->b, sizeof(pub->b)), crypto_part(data, len)
	};
	struct hash32 hash = crypto_sha256_parts(parts, 2);

	memcpy(out->b, hash.b, HASH32_LEN);
	memcpy(out->b + HASH32_LEN, pub->b, HASH32_LEN);
}

void
__wrap_sign_make(const struct sign_key *key, const void *data, size_t len,
    struct sign_sig *sig_out)
{
	struct sign_pub pub = __wrap_sign_pub_of(key);

	sign_as(&pub, data, len, sig_out);
}

bool
__wrap_sign_check(const struct sign_pub *pub, const void *data, size_t len,
    const struct sign_sig *sig)
{
	struct sign_sig right;

	sign_as(pub, data, len, &right);
	return memcmp(right.b, sig->b, sizeof(right.b)) == 0;
}

bool
__wrap_sign_pub_is_sound(const struct sign_pub *pub)
{
	(void)pub;
	return true;
}

struct signer {
	struct sign_pub pub;
};

struct signer *
__wrap_signer_new(const struct sign_key *key)
{
	struct signer *s = malloc(sizeof(*s));

	if (s == NULL)
		abort();
	s->pub = __wrap_sign_pub_of(key);
	return s;
}

void
__wrap_signer_make(const struct signer *s, const void *data, size_t len,
    struct sign_sig *sig_out)
{
	sign_as(&s->pub, data, len, sig_out);
}

struct sign_pub
__wrap_signer_pub(const struct signer *s)
{
	return s->pub;
}

void
__wrap_signer_free(struct signer *s)
{
	free(s);
}

/* ---- sealing: a tag that only the right key, info and aad give ---- */

struct seal_pub
__wrap_seal_pub_of(const struct seal_key *key)
{
	const struct crypto_part parts[] = { crypto_part_str("sim/seal"),
		crypto_part(key->b, sizeof(key->b)) };
	struct hash32 hash = crypto_sha256_parts(parts, 2);
	struct seal_pub pub;

	memcpy(pub.b, hash.b, sizeof(pub.b));
	return pub;
}

static struct hash32
seal_tag(const struct seal_pub *pub, const struct crypto_part all[static 3])
{
	const struct crypto_part parts[] = {
		crypto_part(pub->b, sizeof(pub->b)), all[0], all[1], all[2]
	};

	return crypto_sha256_parts(parts, 4);
}

enum err_code
__wrap_seal_make(const struct seal_pub *pub, struct crypto_part info,
    struct crypto_part aad, struct crypto_part plain, struct buf *out,
    struct err *e)
{
	static const uint8_t rest[SEAL_EXTRA_LEN - HASH32_LEN];
	const struct crypto_part all[] = { info, aad, plain };
	struct hash32 tag = seal_tag(pub, all);
	const uint8_t *p = plain.ptr;

	(void)buf_add(out, tag.b, sizeof(tag.b));
	for (size_t i = 0; i < plain.len; i++)
		(void)buf_add_char(out, (char)(p[i] ^ 0x5a));
	(void)buf_add(out, rest, sizeof(rest));
	return buf_check(out, e);
}

/* The device's own way to a sealed message is a tag too, of the key. */
static struct seal_kept
kept_of(const struct secret_key *under, const uint8_t tag[static HASH32_LEN])
{
	const struct crypto_part parts[] = { crypto_part(
		                                 under->b, sizeof(under->b)),
		crypto_part(tag, HASH32_LEN) };
	const struct hash32 hash = crypto_sha256_parts(parts, 2);
	struct seal_kept kept = { { 0 } };

	memcpy(kept.b, hash.b, sizeof(hash.b));
	return kept;
}

enum err_code
__wrap_seal_make_kept(const struct seal_pub *pub,
    const struct crypto_part parts[static 3], const struct secret_key *under,
    struct buf *out, struct seal_kept *kept_out, struct err *e)
{
	const size_t start = out->len;
	enum err_code code =
	    __wrap_seal_make(pub, parts[0], parts[1], parts[2], out, e);

	if (code == ERR_OK)
		*kept_out = kept_of(under, (const uint8_t *)out->ptr + start);
	return code;
}

enum err_code
__wrap_seal_open_kept(const struct secret_key *under,
    const struct seal_kept *kept, struct crypto_part aad,
    struct crypto_part sealed, struct buf *out, struct err *e)
{
	const uint8_t *p = sealed.ptr;
	struct seal_kept same;

	(void)aad;
	if (sealed.len < SEAL_EXTRA_LEN)
		return err_set(e, ERR_MALFORMED, 0, "it does not open");
	same = kept_of(under, p);
	if (memcmp(same.b, kept->b, sizeof(same.b)) != 0)
		return err_set(e, ERR_MALFORMED, 0, "it does not open");
	for (size_t i = 0; i < sealed.len - SEAL_EXTRA_LEN; i++)
		(void)buf_add_char(out, (char)(p[HASH32_LEN + i] ^ 0x5a));
	return buf_check(out, e);
}

enum err_code
__wrap_seal_open(const struct seal_key *key, struct crypto_part info,
    struct crypto_part aad, struct crypto_part sealed, struct buf *out,
    struct err *e)
{
	const struct seal_pub pub = __wrap_seal_pub_of(key);
	const uint8_t *p = sealed.ptr;
	const size_t len = sealed.len - SEAL_EXTRA_LEN, start = out->len;
	struct crypto_part all[] = { info, aad, { NULL, 0 } };
	struct hash32 tag;

	if (sealed.len < SEAL_EXTRA_LEN)
		return err_set(e, ERR_MALFORMED, 0, "it does not open");
	for (size_t i = 0; i < len; i++)
		(void)buf_add_char(out, (char)(p[HASH32_LEN + i] ^ 0x5a));
	if (out->bad != ERR_OK)
		return buf_check(out, e);
	all[2] = crypto_part(out->ptr + start, len);
	tag = seal_tag(&pub, all);
	if (memcmp(tag.b, p, HASH32_LEN) == 0)
		return ERR_OK;
	out->len = start;
	return err_set(e, ERR_MALFORMED, 0, "it does not open");
}
