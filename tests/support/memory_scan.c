/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include "tests/support/memory_scan.h"

#include "common/base/enc.h"

#define MASK 0xa5U

struct memory_mask
memory_mask(const uint8_t key[static SECRET_KEY_LEN])
{
	struct memory_mask m;

	for (size_t i = 0; i < sizeof(m.b); i++)
		m.b[i] = (uint8_t)(key[i] ^ MASK);
	return m;
}

static bool
is_at(const uint8_t *p, const struct memory_mask *m)
{
	for (size_t i = 0; i < sizeof(m->b); i++)
		if ((p[i] ^ MASK) != m->b[i])
			return false;
	return true;
}

size_t
memory_count(const struct memory_mask *m)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512];
	size_t n = 0, bytes = 0;

	assert_non_null(maps);
	/* "FROM-TO rw-p ..." */
	while (fgets(line, sizeof(line), maps) != NULL) {
		char *rest;
		uintptr_t from = strtoul(line, &rest, 16);
		uintptr_t to = strtoul(rest + 1, &rest, 16);

		if (strncmp(rest, " rw", 3) != 0)
			continue;
		bytes += to - from;
		/* NOLINTNEXTLINE(performance-no-int-to-ptr): the own memory */
		for (const uint8_t *p = (const uint8_t *)from;
		     p + sizeof(m->b) <= (const uint8_t *)to; p++)
			n += is_at(p, m);
	}
	assert_int_equal(fclose(maps), 0);
	assert_true(bytes > 100000);
	return n;
}

/* The private number is bytes 36 to 67 of the PKCS #8. */
void
memory_mask_key(const struct buf *pem, struct memory_mask *text_out,
    struct memory_mask *scalar_out)
{
	static const char begin[] = "-----BEGIN PRIVATE KEY-----\n";
	const char *p = pem->ptr + sizeof(begin) - 1;
	char text[256];
	uint8_t der[192];
	size_t n = 0, len;

	assert_memory_equal(pem->ptr, begin, sizeof(begin) - 1);
	for (; *p != '-'; p++)
		if (*p != '\n' && n < sizeof(text))
			text[n++] = *p;
	assert_true(enc_base64_parse(text, n, der, sizeof(der), &len));
	*text_out =
	    memory_mask((const uint8_t *)pem->ptr + sizeof(begin) - 1 + 48);
	*scalar_out = memory_mask(der + 36);
	secret_wipe(der, sizeof(der));
	secret_wipe(text, sizeof(text));
}
