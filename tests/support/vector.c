/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/vector.h"

#include "common/base/enc.h"
#include "tests/support/check.h"

struct vector
unhex(const char *text)
{
	struct vector v = { .len = strlen(text) / 2 };

	assert_true(v.len <= VECTOR_MAX);
	assert_true(enc_hex_parse(text, strlen(text), v.b, v.len));
	return v;
}

struct crypto_part
vector_part(const struct vector *v)
{
	return crypto_part(v->b, v->len);
}

void
assert_hex(const void *data, size_t len, const char *want)
{
	char text[2 * VECTOR_MAX + 1];

	assert_true(len <= VECTOR_MAX);
	enc_hex(data, len, text);
	assert_string_equal(text, want);
}
