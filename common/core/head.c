/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/head.h"

#include "common/base/enc.h"

enum err_code
head_parse(const char *text, struct head *out, struct err *e)
{
	struct head h = { 0 };
	size_t digits = strspn(text, "0123456789");
	const char *hash = text + digits;

	/* Eighteen digits fit; no chain is as long. */
	if (digits == 0 || digits > 18 || *hash != ':' ||
	    !enc_hex_parse(hash + 1, strlen(hash + 1), h.link.b, HASH32_LEN) ||
	    (h.n = strtoull(text, NULL, 10)) == 0)
		return err_set(e, ERR_INVALID, 0,
		    "%.100s: a head is a number, a colon and 64 hexadecimal"
		    " digits",
		    text);
	*out = h;
	return ERR_OK;
}
