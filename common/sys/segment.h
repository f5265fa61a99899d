/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_SEGMENT_H
#define SYS_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * segment -- where text may be cut (Unicode Standard Annex 29), by
 * libunistring.  Texts are well-formed UTF-8.
 *
 * Both fill an array of len marks, one for each byte of s: 1 where a cut
 * before that byte is allowed, else 0.  The first is always 1.  Linear.
 */

/* Between what a reader takes for characters: never within a letter with its
 * marks, an emoji with its modifiers, a flag, CR LF. */
void segment_characters(const char *s, size_t len, char *marks);

/* Between words, and there only where segment_characters cuts as well.
 * characters is another array of len, for those. */
void segment_words(const char *s, size_t len, char *marks, char *characters);

#endif
