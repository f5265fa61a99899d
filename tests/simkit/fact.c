/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/simkit/fact.h"

#include <stdlib.h>

#include "common/base/enc.h"

json_t *
fact_hex(const struct hash32 *h)
{
	char text[ENC_HEX_LEN(HASH32_LEN) + 1];

	enc_hex(h->b, HASH32_LEN, text);
	return json_string(text);
}

json_t *
fact_number(uint64_t n)
{
	return json_integer((json_int_t)n);
}

void
fact_write(FILE *history, uint64_t seed, json_t *fact)
{
	char *text;

	if (json_object_set_new(fact, "seed", fact_number(seed)) != 0 ||
	    (text = json_dumps(fact, JSON_COMPACT)) == NULL)
		abort();
	(void)fprintf(history, "%s\n", text);
	free(text);
	json_decref(fact);
}
