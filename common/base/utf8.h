/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * utf8 -- what text may be: well-formed UTF-8 (RFC 3629: no overlong forms,
 * no surrogates, nothing above U+10FFFF), without NUL.  Text is never
 * normalised: the bytes that a person typed are what they signed.
 */
bool utf8_is_text(const char *s, size_t len);

/* As utf8_is_text, and no control character but tab and newline: what a free
 * text field takes.  One-line fields pass lines = false. */
bool utf8_is_printable(const char *s, size_t len, bool lines);

#endif
