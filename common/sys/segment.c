/* SPDX-License-Identifier: Apache-2.0 */
#include "common/sys/segment.h"

#include <stdint.h>

#include <unigbrk.h>
#include <uniwbrk.h>

void
segment_characters(const char *s, size_t len, char *marks)
{
	if (len == 0)
		return;
	u8_grapheme_breaks((const uint8_t *)s, len, marks);
	marks[0] = 1;
}

void
segment_words(const char *s, size_t len, char *marks, char *characters)
{
	if (len == 0)
		return;
	u8_wordbreaks((const uint8_t *)s, len, marks);
	segment_characters(s, len, characters);
	for (size_t i = 0; i < len; i++)
		if (characters[i] == 0)
			marks[i] = 0;
	marks[0] = 1;
}
