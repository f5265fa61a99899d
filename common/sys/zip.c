/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packing is one call into zstd.  Unpacking goes in pieces, since a frame
 * need not say how large it is and may lie.
 */
#include "common/sys/zip.h"

#include <assert.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <zdict.h>
/* For contexts with an allocator of ours. */
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>
#include <zstd_errors.h>

#include "common/base/enc.h"
#include "common/base/secret.h"
#include "common/sys/crypto.h"

/* 8 MiB and 128 MiB, as powers of two: the windows that we take at least and
 * at most. */
#define WINDOW_LOG_MIN 23
#define WINDOW_LOG_MAX 27

/* Unpacked in pieces of this many bytes. */
#define PIECE_LEN 16384

struct zip_dict {
	char id[ZIP_DICT_ID_LEN + 1];
	void *bytes; /* owned */
	size_t len;
	ZSTD_DDict *unpack;   /* owned */
	pthread_mutex_t lock; /* guards pack */
	/* By level; owned, NULL until first used. */
	ZSTD_CDict *pack[ZIP_LEVEL_MAX + 1];
};

/* zstd keeps the words that it works on in memory of its own, and gives that
 * back as it is.  So it gets memory that knows its length and is wiped. */
union room {
	size_t len;
	max_align_t align;
};

static void *
room_new(void *arg, size_t len)
{
	union room *r;

	(void)arg;
	r = len > SIZE_MAX - sizeof(*r) ? NULL : malloc(sizeof(*r) + len);
	if (r == NULL)
		return NULL;
	r->len = len;
	return r + 1;
}

static void
room_free(void *arg, void *p)
{
	union room *r = p;

	(void)arg;
	if (r == NULL)
		return;
	r--;
	secret_wipe(r + 1, r->len);
	free(r);
}

static const ZSTD_customMem wiped = { room_new, room_free, NULL };

/* Of a dictionary that was not taken: zstd does not say why. */
static bool
is_damaged(const void *bytes, size_t len)
{
	const size_t head = ZDICT_getDictHeaderSize(bytes, len);

	return ZDICT_isError(head) &&
	    ZSTD_getErrorCode(head) != ZSTD_error_memory_allocation;
}

enum err_code
zip_dict_load(
    const void *bytes, size_t len, struct zip_dict **out, struct err *e)
{
	struct zip_dict *dict = NULL;
	struct hash32 hash;

	if (ZSTD_getDictID_fromDict(bytes, len) == 0)
		return err_set(
		    e, ERR_INVALID, 0, "not a trained zstd dictionary");
	dict = calloc(1, sizeof(*dict));
	if (dict == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	(void)pthread_mutex_init(&dict->lock, NULL); /* cannot fail on Linux */
	dict->bytes = malloc(len);
	if (dict->bytes == NULL) {
		zip_dict_free(dict);
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	}
	memcpy(dict->bytes, bytes, len);
	dict->len = len;
	dict->unpack = ZSTD_createDDict(bytes, len);
	if (dict->unpack == NULL) {
		zip_dict_free(dict);
		return is_damaged(bytes, len)
		    ? err_set(
		          e, ERR_INVALID, 0, "the zstd dictionary is damaged")
		    : err_set(e, ERR_NOMEM, 0, "out of memory");
	}
	hash = crypto_sha256(bytes, len);
	enc_hex(hash.b, ZIP_DICT_ID_LEN / 2, dict->id);
	*out = dict;
	return ERR_OK;
}

void
zip_dict_free(struct zip_dict *dict)
{
	if (dict == NULL)
		return;
	for (size_t i = 0; i <= ZIP_LEVEL_MAX; i++)
		(void)ZSTD_freeCDict(dict->pack[i]);
	(void)ZSTD_freeDDict(dict->unpack);
	(void)pthread_mutex_destroy(&dict->lock);
	free(dict->bytes);
	free(dict);
}

const char *
zip_dict_id(const struct zip_dict *dict)
{
	return dict->id;
}

/* The dictionary prepared for a level; NULL for want of memory. */
static const ZSTD_CDict *
get_pack_dict(struct zip_dict *dict, int level)
{
	ZSTD_CDict *pack;

	(void)pthread_mutex_lock(&dict->lock); /* fails only on misuse */
	if (dict->pack[level] == NULL)
		dict->pack[level] =
		    ZSTD_createCDict(dict->bytes, dict->len, level);
	pack = dict->pack[level];
	(void)pthread_mutex_unlock(&dict->lock);
	return pack;
}

enum err_code
zip_pack(int level, struct zip_dict *dict, const void *src, size_t len,
    struct buf *out, struct err *e)
{
	const ZSTD_CDict *pack = NULL;
	size_t room = ZSTD_compressBound(len), n;
	enum err_code code = ERR_OK;
	ZSTD_CCtx *ctx = ZSTD_createCCtx_advanced(wiped);
	void *packed = malloc(room);

	assert(level >= 1 && level <= ZIP_LEVEL_MAX);
	if (dict != NULL)
		pack = get_pack_dict(dict, level);
	if (ctx == NULL || packed == NULL || (dict != NULL && pack == NULL)) {
		code = err_set(e, ERR_NOMEM, 0, "out of memory");
		goto out;
	}
	if (pack != NULL)
		n = ZSTD_compress_usingCDict(ctx, packed, room, src, len, pack);
	else
		n = ZSTD_compressCCtx(ctx, packed, room, src, len, level);
	if (ZSTD_isError(n)) {
		/* With room for the worst case only memory can be short. */
		code = err_set(e, ERR_NOMEM, (int)ZSTD_getErrorCode(n),
		    "cannot compress: %s", ZSTD_getErrorName(n));
		goto out;
	}
	if (!buf_add(out, packed, n))
		code = buf_check(out, e);
	secret_wipe(packed, n);
out:
	free(packed);
	(void)ZSTD_freeCCtx(ctx);
	return code;
}

static enum err_code
unpack_fail(size_t result, struct err *e)
{
	ZSTD_ErrorCode sys = ZSTD_getErrorCode(result);

	if (sys == ZSTD_error_memory_allocation)
		return err_set(e, ERR_NOMEM, (int)sys, "out of memory");
	return err_set(e, ERR_MALFORMED, (int)sys, "compressed data: %s",
	    ZSTD_getErrorName(result));
}

static enum err_code
too_large(size_t cap, struct err *e)
{
	return err_set(e, ERR_MALFORMED, 0,
	    "compressed data is of more than %zu bytes", cap);
}

/* Unpack piece by piece until the frame ends. */
static enum err_code
unpack_frame(ZSTD_DCtx *ctx, ZSTD_inBuffer *in, size_t cap,
    char room[static PIECE_LEN], struct buf *out, struct err *e)
{
	size_t left = 1, total = 0;

	while (left != 0) {
		ZSTD_outBuffer piece = { room, PIECE_LEN, 0 };

		left = ZSTD_decompressStream(ctx, &piece, in);
		if (ZSTD_isError(left))
			return unpack_fail(left, e);
		total += piece.pos;
		if (total > cap)
			return too_large(cap, e);
		if (!buf_add(out, room, piece.pos))
			return buf_check(out, e);
		if (left != 0 && in->pos == in->size && piece.pos < piece.size)
			return err_set(
			    e, ERR_MALFORMED, 0, "compressed data is cut");
	}
	if (in->pos < in->size)
		return err_set(
		    e, ERR_MALFORMED, 0, "compressed data is followed by more");
	return ERR_OK;
}

enum err_code
zip_unpack(struct zip_dict *dict, const void *src, size_t len, size_t cap,
    struct buf *out, struct err *e)
{
	ZSTD_inBuffer in = { src, len, 0 };
	unsigned long long claim = ZSTD_getFrameContentSize(src, len);
	size_t before = out->len;
	enum err_code code;
	char room[PIECE_LEN];
	int window_log = WINDOW_LOG_MIN;
	ZSTD_DCtx *ctx;

	if (claim == ZSTD_CONTENTSIZE_ERROR)
		return err_set(e, ERR_MALFORMED, 0, "not compressed data");
	if (claim != ZSTD_CONTENTSIZE_UNKNOWN && claim > cap)
		return too_large(cap, e);
	/* zstd itself would take a dictionary that the frame does not name,
	 * and its starting values with it. */
	if (ZSTD_getDictID_fromFrame(src, len) !=
	    (dict != NULL ? ZSTD_getDictID_fromDDict(dict->unpack) : 0))
		return err_set(
		    e, ERR_MALFORMED, 0, "compressed with another dictionary");
	while (window_log < WINDOW_LOG_MAX && (size_t)1 << window_log < cap)
		window_log++;
	ctx = ZSTD_createDCtx_advanced(wiped);
	if (ctx == NULL ||
	    ZSTD_isError(
	        ZSTD_DCtx_setParameter(ctx, ZSTD_d_windowLogMax, window_log)) ||
	    ZSTD_isError(
	        ZSTD_DCtx_refDDict(ctx, dict != NULL ? dict->unpack : NULL)))
		code = err_set(e, ERR_NOMEM, 0, "out of memory");
	else
		code = unpack_frame(ctx, &in, cap, room, out, e);
	secret_wipe(room, sizeof(room));
	(void)ZSTD_freeDCtx(ctx);
	if (code != ERR_OK && out->len > before) {
		out->len = before;
		out->ptr[before] = '\0';
	}
	return code;
}
