/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PNG walker (RFC 2083): a signature, then chunks.
 */
#include <stdbool.h>
#include <string.h>

#include "common/core/media_int.h"

#define SIGNATURE ((size_t)8)
/* A chunk: four bytes of length, four of type, the data, four of checksum. */
#define CHUNK_BESIDE 12

/* What a picture is decoded and coloured from: no text, no time, no Exif, no
 * colour profile, which has a text in it. */
static bool
chunk_stays(const uint8_t *type)
{
	static const char stays[][5] = { "IHDR", "PLTE", "IDAT", "IEND", "tRNS",
		"gAMA", "cHRM", "sRGB", "pHYs", "sBIT", "bKGD" };

	for (size_t i = 0; i < sizeof(stays) / sizeof(stays[0]); i++)
		if (memcmp(type, stays[i], 4) == 0)
			return true;
	return false;
}

enum err_code
media_png(const uint8_t *bytes, size_t len, struct buf *out, struct err *e)
{
	bool has_data = false, is_whole = false;
	size_t at = SIGNATURE;

	(void)buf_add(out, bytes, SIGNATURE);
	while (!is_whole && len - at >= CHUNK_BESIDE) {
		const uint8_t *chunk = bytes + at, *type = chunk + 4;
		const size_t n = (size_t)chunk[0] << 24 |
		    (size_t)chunk[1] << 16 | (size_t)chunk[2] << 8 | chunk[3];

		if (n > len - at - CHUNK_BESIDE)
			break;
		if ((at == SIGNATURE) != (memcmp(type, "IHDR", 4) == 0))
			break;
		if (chunk_stays(type))
			(void)buf_add(out, chunk, n + CHUNK_BESIDE);
		has_data = has_data || memcmp(type, "IDAT", 4) == 0;
		is_whole = memcmp(type, "IEND", 4) == 0;
		at += n + CHUNK_BESIDE;
	}
	return is_whole && has_data
	    ? ERR_OK
	    : err_set(e, ERR_INVALID, 0,
	          "this picture (PNG) is cut off or damaged");
}
