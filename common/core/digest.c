/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/digest.h"

void
digest_add(struct digest *d, const struct hash32 *record)
{
	unsigned carry = 0;

	for (size_t i = HASH32_LEN; i-- > 0;) {
		carry += (unsigned)d->sum.b[i] + record->b[i];
		d->sum.b[i] = (uint8_t)carry;
		carry >>= 8;
	}
}

void
digest_remove(struct digest *d, const struct hash32 *record)
{
	unsigned borrow = 0;

	for (size_t i = HASH32_LEN; i-- > 0;) {
		unsigned less = record->b[i] + borrow;

		borrow = d->sum.b[i] < less;
		d->sum.b[i] = (uint8_t)(d->sum.b[i] - less);
	}
}

struct hash32
digest_of_scopes(const char *const *names, const struct digest *sums, size_t n)
{
	static const char context[] = "vb/scopes/v1";
	struct crypto_hasher *h = crypto_hasher_new();
	struct hash32 hash;

	crypto_hasher_add(h, context, sizeof(context));
	for (size_t i = 0; i < n; i++) {
		crypto_hasher_add(h, names[i], strlen(names[i]) + 1);
		crypto_hasher_add(h, sums[i].sum.b, HASH32_LEN);
	}
	hash = crypto_hasher_take(h);
	crypto_hasher_free(h);
	return hash;
}
