/* SPDX-License-Identifier: Apache-2.0 */
#include "common/sys/fold.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

/* Marks over and under letters, and what is written or left out as one likes:
 * O'Neil, St. John. */
static bool
is_dropped(ucs4_t c)
{
	return uc_is_general_category_withtable(c, UC_CATEGORY_MASK_M) ||
	    c == '\'' || c == 0x2019 || c == '.';
}

static void
add_folded(const uint8_t *s, size_t len, struct buf *out)
{
	bool is_apart = false, any = false;

	for (size_t i = 0; i < len;) {
		ucs4_t c;
		const int n = u8_mbtouc(&c, s + i, len - i);

		if (is_dropped(c)) {
			i += (size_t)n;
			continue;
		}
		if (uc_is_general_category_withtable(
		        c, UC_CATEGORY_MASK_L | UC_CATEGORY_MASK_N)) {
			if (is_apart && any)
				(void)buf_add_char(out, ' ');
			(void)buf_add(out, s + i, (size_t)n);
			is_apart = false;
			any = true;
		} else {
			is_apart = true;
		}
		i += (size_t)n;
	}
}

enum err_code
fold_name(const char *text, struct buf *out, struct err *e)
{
	size_t len = 0;
	uint8_t *folded = u8_casefold((const uint8_t *)text, strlen(text), NULL,
	    UNINORM_NFKD, NULL, &len);

	if (folded == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	add_folded(folded, len, out);
	free(folded);
	return buf_check(out, e);
}
