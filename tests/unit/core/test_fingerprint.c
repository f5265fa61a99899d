/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include "common/core/fingerprint.h"

#define LETTERS_MAX 8

/* How many letters have to be put in, taken out or changed. */
static size_t
distance(const char *a, const char *b)
{
	size_t row[LETTERS_MAX + 1], n = strlen(b);

	for (size_t k = 0; k <= n; k++)
		row[k] = k;
	for (size_t i = 0; a[i] != '\0'; i++) {
		size_t corner = row[0];

		row[0] = i + 1;
		for (size_t k = 1; k <= n; k++) {
			size_t best = corner + (a[i] != b[k - 1] ? 1 : 0);

			if (row[k] + 1 < best)
				best = row[k] + 1;
			if (row[k - 1] + 1 < best)
				best = row[k - 1] + 1;
			corner = row[k];
			row[k] = best;
		}
	}
	return row[n];
}

static void
no_word_can_be_heard_as_another(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 256; i++) {
		const char *a = fingerprint_word((uint8_t)i);

		assert_in_range(strlen(a), 4, LETTERS_MAX);
		for (unsigned k = 0; k < i; k++) {
			const char *b = fingerprint_word((uint8_t)k);

			if (strcmp(b, a) >= 0 || strncmp(a, b, 4) == 0 ||
			    distance(a, b) < 3)
				fail_msg("%s and %s", b, a);
		}
	}
}

static void
a_fingerprint_is_ten_words_and_stays_the_same(void **state)
{
	struct hash32 hash;
	char text[FINGERPRINT_MAX];

	(void)state;
	for (size_t i = 0; i < HASH32_LEN; i++)
		hash.b[i] = (uint8_t)(25 * i + 3);
	fingerprint_print(&hash, text);
	assert_string_equal(text,
	    "amber boulder cottage engine goblet kayak necklace porridge "
	    "sausage theatre");
	/* Nothing behind the tenth byte is in it. */
	hash.b[FINGERPRINT_WORDS] ^= 1;
	fingerprint_print(&hash, text);
	assert_string_equal(text,
	    "amber boulder cottage engine goblet kayak necklace porridge "
	    "sausage theatre");
	for (size_t i = 0; i < FINGERPRINT_WORDS; i++) {
		char other[FINGERPRINT_MAX];

		hash.b[i] ^= 0x80;
		fingerprint_print(&hash, other);
		assert_string_not_equal(text, other);
		hash.b[i] ^= 0x80;
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_word_can_be_heard_as_another),
		cmocka_unit_test(a_fingerprint_is_ten_words_and_stays_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
