/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes and records are most of the store's bytes, and much alike: they are
 * kept packed, with the dictionary that shipped with the schema.  What is
 * smaller unpacked stays so; a reader takes both.
 */
#include "daemon/central/store/sqlite_int.h"

/* Of bodies like these levels 1 to 3 make the same; 6 a seventh less, for half
 * as much processor time again in the whole of receiving. */
#define PACK_LEVEL 1

enum err_code
sqlite_pack(struct office_store *s, const struct buf *text, struct buf *out,
    struct err *e)
{
	enum err_code code =
	    body_pack_text(s->codec, PACK_LEVEL, text->ptr, text->len, out, e);

	if (code != ERR_OK || out->len < text->len)
		return code;
	buf_reset(out);
	(void)buf_add(out, text->ptr, text->len);
	return buf_check(out, e);
}

enum err_code
sqlite_unpack(struct office_store *s, const void *bytes, size_t len,
    struct buf *out, struct err *e)
{
	enum err_code code;

	if (!body_is_packed(bytes, len)) {
		(void)buf_add(out, bytes, len);
		return buf_check(out, e);
	}
	code = body_unpack_text(s->codec, bytes, len, out, e);
	if (code == ERR_MALFORMED)
		code = err_set(
		    e, ERR_CORRUPT, 0, "something stored here does not read");
	return code;
}
