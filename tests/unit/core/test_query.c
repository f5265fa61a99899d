/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include "common/core/query.h"

static void
a_number_is_found_by_its_name(void **state)
{
	static const char target[] = "/v1/wait?epoch=1&floor=0&outcomes=42";
	uint64_t n = 7;

	(void)state;
	assert_true(query_number(target, "epoch", &n));
	assert_int_equal(n, 1);
	assert_true(query_number(target, "floor", &n));
	assert_int_equal(n, 0);
	assert_true(query_number(target, "outcomes", &n));
	assert_int_equal(n, 42);
	assert_true(query_number("?n=9223372036854775807", "n", &n));
	assert_true(n == INT64_MAX);
}

static void
what_is_no_number_leaves_the_old_value(void **state)
{
	static const char *const bad[] = { "", "/v1/wait", "/v1/wait?", "?n",
		"?n=", "?n=x", "?n=1x", "?n=-1", "?n=+1", "?n= 1", "?nn=1",
		"?m=1", "n=1", "/n=1?m=2", "?n=9223372036854775808",
		"?n=99999999999999999999" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		uint64_t n = 7;

		assert_false(query_number(bad[i], "n", &n));
		assert_int_equal(n, 7);
	}
}

static void
a_nonce_that_was_added_is_found_again(void **state)
{
	static const char *const targets[] = { "/v1/courier/commands",
		"/v1/wait?epoch=1&floor=0&outcomes=0" };
	uint8_t nonce[PROTOCOL_NONCE_LEN], found[PROTOCOL_NONCE_LEN];

	(void)state;
	for (size_t i = 0; i < PROTOCOL_NONCE_LEN; i++)
		nonce[i] = (uint8_t)(17 * i);
	for (size_t i = 0; i < 2; i++) {
		char target[160];
		uint64_t epoch;

		(void)snprintf(target, sizeof(target), "%s", targets[i]);
		query_add_nonce(target, sizeof(target), nonce);
		memset(found, 0, sizeof(found));
		assert_true(query_nonce(target, found));
		assert_memory_equal(nonce, found, sizeof(nonce));
		assert_int_equal(query_number(target, "epoch", &epoch), i == 1);
	}
	assert_false(query_nonce("/v1/wait?nonce=00", found));
	assert_false(query_nonce("/v1/wait", found));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_is_found_by_its_name),
		cmocka_unit_test(what_is_no_number_leaves_the_old_value),
		cmocka_unit_test(a_nonce_that_was_added_is_found_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
