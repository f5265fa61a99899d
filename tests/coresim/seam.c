/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/coresim/seam.h"

#include <string.h>

static bool is_real;

void
seam_real_hashes(bool real)
{
	is_real = real;
}

uint64_t
seam_mix(uint64_t h, const void *data, size_t len)
{
	const unsigned char *p = data;
	uint64_t word;

	h = seam_mix_number(h, len);
	for (; len >= sizeof(word); len -= sizeof(word), p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		h = seam_mix_number(h, word);
	}
	word = 0;
	if (len > 0)
		memcpy(&word, p, len);
	return seam_mix_number(h, word);
}

static struct hash32
spread(uint64_t h)
{
	struct hash32 out;

	for (unsigned i = 0; i < 4; i++) {
		h = seam_mix_number(h, i + 1);
		memcpy(out.b + sizeof(h) * i, &h, sizeof(h));
	}
	return out;
}

// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
struct hash32
__wrap_crypto_sha256(const void *data, size_t len)
{
	return is_real ? __real_crypto_sha256(data, len)
	               : spread(seam_mix(1, data, len));
}

struct hash32
__wrap_crypto_sha256_parts(const struct crypto_part *parts, size_t n)
{
	uint64_t h = 2;

	if (is_real)
		return __real_crypto_sha256_parts(parts, n);
	for (size_t i = 0; i < n; i++)
		h = seam_mix(h, parts[i].ptr, parts[i].len);
	return spread(h);
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)
