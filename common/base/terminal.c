/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/terminal.h"

/* U+0080 to U+009F are control characters too: C2 80 to C2 9F. */
void
terminal_put(FILE *to, const char *text)
{
	static const char hidden[] = "\xEF\xBF\xBD";

	for (; *text != '\0'; text++) {
		const unsigned char ch = (unsigned char)*text;

		if (ch == 0xC2 && ((unsigned char)text[1] & 0xE0U) == 0x80U) {
			(void)fputs(hidden, to);
			text++;
		} else if ((ch < 0x20 && ch != '\n' && ch != '\t') ||
		    ch == 0x7F) {
			(void)fputs(hidden, to);
		} else {
			(void)fputc(ch, to);
		}
	}
}
