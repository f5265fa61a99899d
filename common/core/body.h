/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_BODY_H
#define CORE_BODY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/sys/json.h"

/*
 * body -- a message's JSON as it travels: canonical, one zstd frame, packed
 * with a dictionary that header "visitbook-dict" names.
 *
 * body_codec_new once for a process, any number of packs and unpacks, also by
 * several threads at once, body_codec_free.  "none" (and "", a header that is
 * missing) name no dictionary; every one that ever shipped is known.
 */
struct body_codec;

#define BODY_DICT_NONE "none"

/* ERR_NOMEM. */
enum err_code body_codec_new(
    struct body_codec **out, struct err *e) ERR_CHECKED;
/* NULL is legal. */
void body_codec_free(struct body_codec *c);

/* The name to pack with; borrowed. */
const char *body_codec_best(const struct body_codec *c);
bool body_codec_knows(const struct body_codec *c, const char *dict);

/* zstd levels: of a body up to BODY_SMALL_BYTES, and of a larger one. */
#define BODY_SMALL_BYTES ((size_t)64 * 1024)
struct body_level {
	int small, large;
};

/* Append the packed form.  dict must be known.  ERR_NOMEM, ERR_INVALID past
 * the buffer's cap. */
enum err_code body_pack(struct body_codec *c, const char *dict,
    struct body_level level, const json_t *json, struct buf *out,
    struct err *e) ERR_CHECKED;

/* Unpack and read within the limits; *out is new.  ERR_MALFORMED, also for a
 * dictionary that is not known and for JSON that is not canonical; ERR_NOMEM.
 */
struct body_packed {
	const char *dict; /* as the header says */
	const void *ptr;
	size_t len;
	size_t *unpacked_len_out; /* set also on failure; or NULL */
};
enum err_code body_unpack(struct body_codec *c, const struct body_packed *body,
    const struct json_limits *limits, json_t **out, struct err *e) ERR_CHECKED;

/* The same for text that is kept on a disk, where no header names the
 * dictionary: the frame's own number does, and a frame begins with the four
 * bytes that body_is_packed looks for, as no JSON does. */
bool body_is_packed(const void *bytes, size_t len);
/* Append the packed form, with the best dictionary. */
enum err_code body_pack_text(struct body_codec *c, int level, const void *text,
    size_t len, struct buf *out, struct err *e) ERR_CHECKED;
/* Append what was packed, up to the buffer's cap.  ERR_MALFORMED, ERR_NOMEM.
 * On failure *out holds what it held. */
enum err_code body_unpack_text(struct body_codec *c, const void *bytes,
    size_t len, struct buf *out, struct err *e) ERR_CHECKED;

#endif
