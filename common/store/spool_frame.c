/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of a spool: its head, its frames, and where they end.
 */
#include <string.h>

#include "common/base/rng.h"
#include "common/store/spool_int.h"

#define VERSION 1
#define FRAME_HEAD_LEN 16
#define FRAME_LEN(n) ((n) + SPOOL_FRAME_EXTRA)

/* Offsets in the head. */
#define AT_VERSION 4
#define AT_KIND 5
#define AT_IDENTITY 8
#define IDENTITY_LEN 16
#define AT_CHECK 24
#define CHECK_LEN 8

static const char head_mark[] = { 'V', 'B', 's', 'p' };

static uint64_t
big_endian(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

enum err_code
spool_head_add(const struct spool *s, struct buf *out, struct err *e)
{
	uint8_t head[SPOOL_HEAD_LEN] = { 0 };
	struct hash32 hash;

	memcpy(head, head_mark, sizeof(head_mark));
	head[AT_VERSION] = VERSION;
	head[AT_KIND] = (uint8_t)s->kind;
	rng_fill(head + AT_IDENTITY, IDENTITY_LEN);
	hash = crypto_sha256(head, AT_CHECK);
	memcpy(head + AT_CHECK, hash.b, CHECK_LEN);
	(void)buf_add(out, head, sizeof(head));
	return buf_check(out, e);
}

/* ERR_NEWER, ERR_CORRUPT. */
static enum err_code
head_check(const struct spool *s, const void *bytes, size_t len, struct err *e)
{
	const uint8_t *head = bytes;
	struct hash32 hash;

	if (len < SPOOL_HEAD_LEN)
		return err_set(e, ERR_CORRUPT, 0, "%s is damaged", s->path);
	hash = crypto_sha256(head, AT_CHECK);
	if (memcmp(head, head_mark, sizeof(head_mark)) != 0 ||
	    memcmp(head + AT_CHECK, hash.b, CHECK_LEN) != 0 ||
	    head[AT_VERSION] == 0 || head[AT_KIND] != (uint8_t)s->kind)
		return err_set(e, ERR_CORRUPT, 0, "%s is damaged", s->path);
	if (head[AT_VERSION] > VERSION)
		return err_set(e, ERR_NEWER, 0,
		    "%s was written by a newer version of Visitbook; install "
		    "that version to go on",
		    s->path);
	return ERR_OK;
}

bool
spool_is_mark(const struct spool *s, const void *bytes)
{
	const char mark[SPOOL_MARK_LEN] = { 'v', 'b', 'f', s->kind };

	return memcmp(bytes, mark, sizeof(mark)) == 0;
}

enum err_code
spool_frame_add(const struct spool *s, uint64_t number,
    struct crypto_part payload, struct buf *out, struct err *e)
{
	uint8_t head[FRAME_HEAD_LEN] = { 'v', 'b', 'f', (uint8_t)s->kind };
	struct hash32 hash;
	size_t start = out->len;

	for (int i = 0; i < 4; i++)
		head[4 + i] = (uint8_t)(payload.len >> (24 - 8 * i));
	for (int i = 0; i < 8; i++)
		head[8 + i] = (uint8_t)(number >> (56 - 8 * i));
	(void)buf_add(out, head, sizeof(head));
	(void)buf_add(out, payload.ptr, payload.len);
	if (buf_check(out, e) != ERR_OK)
		return out->bad;
	hash = crypto_sha256(out->ptr + start, FRAME_HEAD_LEN + payload.len);
	(void)buf_add(out, hash.b, HASH32_LEN);
	return buf_check(out, e);
}

struct frame {
	uint64_t number;
	const uint8_t *payload;
	size_t len;
};

/* Length of the whole frame at p, or 0 if there is none (torn or damaged). */
static size_t
frame_parse(
    const struct spool *s, const uint8_t *p, size_t left, struct frame *out)
{
	struct hash32 hash;
	size_t len;

	if (left < FRAME_LEN(0) || !spool_is_mark(s, p))
		return 0;
	len = (size_t)big_endian(p + 4, 4);
	if (len > SPOOL_PAYLOAD_MAX || left < FRAME_LEN(len))
		return 0;
	hash = crypto_sha256(p, FRAME_HEAD_LEN + len);
	if (memcmp(hash.b, p + FRAME_HEAD_LEN + len, HASH32_LEN) != 0)
		return 0;
	*out = (struct frame){ .number = big_endian(p + 8, 8),
		.payload = p + FRAME_HEAD_LEN,
		.len = len };
	return FRAME_LEN(len);
}

/* Is there a whole frame anywhere behind a broken one?  Then it is damage and
 * not a torn end. */
static bool
has_frame_after(const struct spool *s, const uint8_t *p, size_t left)
{
	const uint8_t *end = p + left, *at = p;
	struct frame f;

	while (at + FRAME_LEN(0) < end &&
	    (at = memchr(at + 1, 'v', (size_t)(end - at) - 1)) != NULL)
		if (frame_parse(s, at, (size_t)(end - at), &f) > 0)
			return true;
	return false;
}

enum err_code
spool_walk(const struct spool *s, const struct buf *bytes, uint64_t after,
    spool_each each, void *arg, size_t *end_out, struct err *e)
{
	const uint8_t *p = (const uint8_t *)bytes->ptr;
	struct frame f;
	size_t at = SPOOL_HEAD_LEN, n = 0;
	enum err_code code = head_check(s, p, bytes->len, e);

	if (code != ERR_OK)
		return code;
	while (at < bytes->len) {
		n = frame_parse(s, p + at, bytes->len - at, &f);
		if (n == 0)
			break;
		if (each != NULL && f.number > after &&
		    !each(arg, f.number, f.payload, f.len))
			break;
		at += n;
	}
	if (at < bytes->len && n == 0 &&
	    has_frame_after(s, p + at, bytes->len - at))
		return err_set(e, ERR_CORRUPT, 0, "%s is damaged", s->path);
	if (end_out != NULL)
		*end_out = at;
	return ERR_OK;
}
