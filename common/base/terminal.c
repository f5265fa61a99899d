/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/terminal.h"

/* How many bytes at text steer what is shown: 0, none.  U+0080 to U+009F are
 * control characters too (C2 80 to C2 9F); embeddings, overrides and isolates,
 * U+202A to U+202E (E2 80 AA to AE) and U+2066 to U+2069 (E2 81 A6 to A9), and
 * what ends them, have other words read in another order. */
static size_t
steering(const char *text)
{
	const unsigned char *t = (const unsigned char *)text;

	if (t[0] == 0xC2 && (t[1] & 0xE0U) == 0x80U)
		return 2;
	if (t[0] == 0xE2 &&
	    ((t[1] == 0x80 && t[2] >= 0xAA && t[2] <= 0xAE) ||
	        (t[1] == 0x81 && t[2] >= 0xA6 && t[2] <= 0xA9)))
		return 3;
	return (t[0] < 0x20 && t[0] != '\n' && t[0] != '\t') || t[0] == 0x7F
	    ? 1
	    : 0;
}

void
terminal_put(FILE *to, const char *text)
{
	static const char hidden[] = "\xEF\xBF\xBD";

	while (*text != '\0') {
		const size_t n = steering(text);

		if (n > 0)
			(void)fputs(hidden, to);
		else
			(void)fputc((unsigned char)*text, to);
		text += n > 0 ? n : 1;
	}
}
