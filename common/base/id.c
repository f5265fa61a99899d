/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/id.h"

#include "common/base/enc.h"
#include "common/base/rng.h"

/* Digits between the hyphens. */
static const size_t groups[] = { 8, 4, 4, 4, 12 };

struct id
id_make(uint64_t unix_ms, const uint8_t random[static 10])
{
	struct id id;

	for (int i = 0; i < 6; i++)
		id.b[i] = (uint8_t)(unix_ms >> (40 - 8 * i));
	memcpy(id.b + 6, random, 10);
	id.b[6] = (uint8_t)((id.b[6] & 0x0f) | 0x70);
	id.b[8] = (uint8_t)((id.b[8] & 0x3f) | 0x80);
	return id;
}

struct id
id_fresh(uint64_t unix_ms)
{
	uint8_t random[10];

	rng_fill(random, sizeof(random));
	return id_make(unix_ms, random);
}

uint64_t
id_time_ms(struct id id)
{
	uint64_t ms = 0;

	for (int i = 0; i < 6; i++)
		ms = ms << 8 | id.b[i];
	return ms;
}

struct id
id_from_hash(const uint8_t hash[static 16])
{
	struct id id;

	memcpy(id.b, hash, ID_LEN);
	id.b[6] = (uint8_t)((id.b[6] & 0x0f) | 0x80);
	id.b[8] = (uint8_t)((id.b[8] & 0x3f) | 0x80);
	return id;
}

bool
id_parse(const char *text, struct id *out)
{
	struct id id;
	size_t at = 0, n = 0;

	if (text == NULL || strnlen(text, ID_TEXT_LEN + 1) != ID_TEXT_LEN)
		return false;
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		if (i > 0 && text[at++] != '-')
			return false;
		if (!enc_hex_parse(
		        text + at, groups[i], id.b + n, groups[i] / 2))
			return false;
		at += groups[i];
		n += groups[i] / 2;
	}
	*out = id;
	return true;
}

struct id_text
id_print(struct id id)
{
	struct id_text t;
	size_t at = 0, n = 0;

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		if (i > 0)
			t.s[at++] = '-';
		enc_hex(id.b + n, groups[i] / 2, t.s + at);
		at += groups[i];
		n += groups[i] / 2;
	}
	return t;
}

bool
id_equal(struct id a, struct id b)
{
	return memcmp(a.b, b.b, ID_LEN) == 0;
}

bool
id_is_zero(struct id id)
{
	static const struct id zero;

	return id_equal(id, zero);
}
