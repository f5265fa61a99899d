/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One schema, read once, serves all: half of a short schedule's time, and most
 * of a crash point's, went into reading the same bundle at every opening.
 * Another bundle is read as ever.
 */
#include "common/sys/crypto_hash.h"
#include "tests/sim/seam_wrap.h"

static struct schema *shared;
static struct hash32 shared_hash;

enum err_code
__wrap_schema_parse(
    const char *bytes, size_t len, struct schema **out, struct err *e)
{
	const struct hash32 hash = crypto_sha256(bytes, len);
	enum err_code code;

	if (shared != NULL && hash32_equal(hash, shared_hash)) {
		*out = shared;
		return ERR_OK;
	}
	code = __real_schema_parse(bytes, len, out, e);
	if (code == ERR_OK && shared == NULL) {
		shared = *out;
		shared_hash = hash;
	}
	return code;
}

void
__wrap_schema_free(struct schema *s)
{
	if (s != shared)
		__real_schema_free(s);
}
