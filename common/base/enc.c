/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/enc.h"

static const char hex_digits[] = "0123456789abcdef";
static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char base32_digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

void
enc_hex(const void *data, size_t len, char *out)
{
	const uint8_t *p = data;

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = hex_digits[p[i] >> 4];
		out[2 * i + 1] = hex_digits[p[i] & 15];
	}
	out[2 * len] = '\0';
}

static int
digit_value(const char *digits, char c)
{
	const char *p = c == '\0' ? NULL : strchr(digits, c);

	return p == NULL ? -1 : (int)(p - digits);
}

/* Hashes, ids and salts come by the thousand: no search for these. */
static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int
base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

bool
enc_hex_parse(const char *text, size_t text_len, void *out, size_t len)
{
	uint8_t *p = out;

	if (text_len != ENC_HEX_LEN(len))
		return false;
	for (size_t i = 0; i < len; i++) {
		int hi = hex_value(text[2 * i]);
		int lo = hex_value(text[2 * i + 1]);

		if (hi < 0 || lo < 0)
			return false;
		p[i] = (uint8_t)(hi << 4 | lo);
	}
	return true;
}

void
enc_base64(const void *data, size_t len, char *out)
{
	const uint8_t *p = data;
	size_t i;

	for (i = 0; i + 2 < len; i += 3) {
		uint32_t v =
		    (uint32_t)p[i] << 16 | (uint32_t)p[i + 1] << 8 | p[i + 2];

		*out++ = base64_digits[v >> 18];
		*out++ = base64_digits[v >> 12 & 63];
		*out++ = base64_digits[v >> 6 & 63];
		*out++ = base64_digits[v & 63];
	}
	if (i < len) {
		uint32_t v = (uint32_t)p[i] << 16;

		if (i + 1 < len)
			v |= (uint32_t)p[i + 1] << 8;
		*out++ = base64_digits[v >> 18];
		*out++ = base64_digits[v >> 12 & 63];
		*out++ = (char)(i + 1 < len ? base64_digits[v >> 6 & 63] : '=');
		*out++ = '=';
	}
	*out = '\0';
}

bool
enc_base64_parse(
    const char *text, size_t text_len, void *out, size_t cap, size_t *len_out)
{
	uint8_t *p = out;
	size_t pad = 0, len;
	uint32_t bits = 0;
	unsigned n_bits = 0;

	if (text_len % 4 != 0)
		return false;
	while (pad < 2 && pad < text_len && text[text_len - 1 - pad] == '=')
		pad++;
	len = text_len / 4 * 3 - pad;
	if (len > cap)
		return false;
	for (size_t i = 0; i < text_len - pad; i++) {
		int v = base64_value(text[i]);

		if (v < 0)
			return false;
		bits = bits << 6 | (uint32_t)v;
		n_bits += 6;
		if (n_bits >= 8) {
			n_bits -= 8;
			*p++ = (uint8_t)(bits >> n_bits);
			bits &= (1U << n_bits) - 1;
		}
	}
	if (bits != 0) /* canonical: the spare bits are zero */
		return false;
	*len_out = len;
	return true;
}

void
enc_base32(const void *data, size_t len, char *out)
{
	const uint8_t *p = data;
	uint32_t bits = 0;
	unsigned n_bits = 0;

	for (size_t i = 0; i < len; i++) {
		bits = bits << 8 | p[i];
		n_bits += 8;
		while (n_bits >= 5) {
			n_bits -= 5;
			*out++ = base32_digits[bits >> n_bits & 31];
		}
		bits &= (1U << n_bits) - 1;
	}
	if (n_bits > 0)
		*out++ = base32_digits[bits << (5 - n_bits) & 31];
	*out = '\0';
}

char
enc_base32_digit(char c)
{
	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	if (c == 'O')
		c = '0';
	if (c == 'I' || c == 'L')
		c = '1';
	return (char)(c != '\0' && strchr(base32_digits, c) != NULL ? c : '\0');
}

static int
base32_value(char c)
{
	return digit_value(base32_digits, enc_base32_digit(c));
}

bool
enc_base32_parse(const char *text, size_t text_len, void *out, size_t len)
{
	uint8_t *p = out;
	size_t n = 0;
	uint32_t bits = 0;
	unsigned n_bits = 0;

	for (size_t i = 0; i < text_len; i++) {
		int v;

		if (text[i] == '-')
			continue;
		v = base32_value(text[i]);
		if (v < 0)
			return false;
		bits = bits << 5 | (uint32_t)v;
		n_bits += 5;
		if (n_bits >= 8) {
			n_bits -= 8;
			if (n == len)
				return false;
			p[n++] = (uint8_t)(bits >> n_bits);
			bits &= (1U << n_bits) - 1;
		}
	}
	return n == len && n_bits < 5 && bits == 0;
}
