/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/media.h"

#include <string.h>

#include "common/core/media_int.h"

static const struct {
	const char *word;
	const char *begins;
	size_t begins_len;
} kinds[MEDIA_N] = {
	[MEDIA_JPEG] = { "jpeg", "\xff\xd8\xff", 3 },
	[MEDIA_PNG] = { "png", "\x89PNG\r\n\x1a\n", 8 },
	[MEDIA_PDF] = { "pdf", "%PDF-", 5 },
};

const char *
media_word(enum media m)
{
	return kinds[m].word;
}

enum err_code
media_keep(const void *bytes, size_t len, struct buf *out,
    enum media *media_out, struct err *e)
{
	enum media m = MEDIA_JPEG;
	enum err_code code = ERR_OK;

	while (m < MEDIA_N &&
	    (len < kinds[m].begins_len ||
	        memcmp(bytes, kinds[m].begins, kinds[m].begins_len) != 0))
		m++;
	if (m == MEDIA_N)
		return err_set(e, ERR_INVALID, 0,
		    "only photos (JPEG), pictures (PNG) and documents (PDF) "
		    "can be attached, and this is none of them");
	if (m == MEDIA_JPEG)
		code = media_jpeg(bytes, len, out, e);
	else if (m == MEDIA_PNG)
		code = media_png(bytes, len, out, e);
	else
		(void)buf_add(out, bytes, len);
	if (code == ERR_OK)
		code = buf_check(out, e);
	if (code == ERR_OK)
		*media_out = m;
	return code;
}
