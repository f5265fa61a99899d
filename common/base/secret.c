/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/secret.h"

#include <strings.h>

void
secret_wipe(void *p, size_t len)
{
	if (len > 0)
		explicit_bzero(p, len);
}

bool
secret_equal(const void *a, const void *b, size_t len)
{
	const uint8_t *x = a, *y = b;
	uint8_t diff = 0;

	for (size_t i = 0; i < len; i++)
		diff = (uint8_t)(diff | (x[i] ^ y[i]));
	return diff == 0;
}
