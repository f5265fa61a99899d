/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include "common/base/rng.h"
#include "common/core/digest.h"

static struct hash32
random_hash(struct rng *r)
{
	struct hash32 h;

	rng_bytes(r, h.b, sizeof(h.b));
	return h;
}

static void
a_sum_carries_and_wraps_modulo_two_to_the_256(void **state)
{
	struct digest d = { 0 };
	struct hash32 ones, one = { { 0 } };
	static const struct hash32 zero;

	(void)state;
	memset(ones.b, 0xff, sizeof(ones.b));
	one.b[31] = 1;
	digest_add(&d, &ones);
	digest_add(&d, &one);
	assert_true(hash32_equal(d.sum, zero));
	digest_remove(&d, &one);
	assert_true(hash32_equal(d.sum, ones));
}

static void
the_order_of_records_does_not_matter_and_taking_away_undoes_adding(void **state)
{
	struct rng r = rng_make(check_seed(__func__));

	(void)state;
	for (int round = 0; round < 200; round++) {
		struct hash32 h[20];
		struct digest up = { 0 }, down = { 0 };
		static const struct hash32 zero;

		for (int i = 0; i < 20; i++)
			h[i] = random_hash(&r);
		for (int i = 0; i < 20; i++) {
			digest_add(&up, &h[i]);
			digest_add(&down, &h[19 - i]);
		}
		assert_true(hash32_equal(up.sum, down.sum));
		for (int i = 0; i < 20; i++)
			digest_remove(&up, &h[i]);
		assert_true(hash32_equal(up.sum, zero));
	}
}

static void
the_hash_over_scopes_names_each_scope_and_its_sum(void **state)
{
	const char *const names[] = { "all", "case:1" };
	struct digest sums[2] = { 0 };
	uint8_t bytes[13 + 4 + 32 + 7 + 32] = "vb/scopes/v1\0all";
	struct hash32 hash;

	(void)state;
	memset(sums[0].sum.b, 0x11, 32);
	memset(sums[1].sum.b, 0x22, 32);
	memcpy(bytes + 17, sums[0].sum.b, 32);
	memcpy(bytes + 49, "case:1", 7);
	memcpy(bytes + 56, sums[1].sum.b, 32);
	hash = digest_of_scopes(names, sums, 2);
	assert_true(hash32_equal(hash, crypto_sha256(bytes, sizeof(bytes))));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sum_carries_and_wraps_modulo_two_to_the_256),
		cmocka_unit_test(
		    the_order_of_records_does_not_matter_and_taking_away_undoes_adding),
		cmocka_unit_test(
		    the_hash_over_scopes_names_each_scope_and_its_sum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
