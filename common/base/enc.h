/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_ENC_H
#define BASE_ENC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * enc -- bytes as text: lower-case hex, base64 (RFC 4648 section 4, padded),
 * Crockford base32 (upper case, no padding, check-free).
 *
 * The *_LEN macros give the length of the text without its NUL.  Decoders are
 * strict: the one canonical text of each value and nothing else (Crockford
 * excepted, which reads lower case, O as 0, I and L as 1, and skips '-').
 */
#define ENC_HEX_LEN(n) ((n)*2)
#define ENC_BASE64_LEN(n) (((n) + 2) / 3 * 4)
#define ENC_BASE32_LEN(n) (((n)*8 + 4) / 5)

/* Write the text and a NUL: out must hold the LEN macro plus one. */
void enc_hex(const void *data, size_t len, char *out);
void enc_base64(const void *data, size_t len, char *out);
void enc_base32(const void *data, size_t len, char *out);

/* The digit that people meant by c (lower case; O is 0, I and L are 1), or NUL
 * for what is none. */
char enc_base32_digit(char c);

/* Read exactly len bytes out of text of text_len; false if it is not their
 * text.  out is undefined then. */
bool enc_hex_parse(const char *text, size_t text_len, void *out, size_t len);
bool enc_base32_parse(const char *text, size_t text_len, void *out, size_t len);
/* Read base64 of any length up to cap bytes; the count goes to *len_out. */
bool enc_base64_parse(
    const char *text, size_t text_len, void *out, size_t cap, size_t *len_out);

#endif
