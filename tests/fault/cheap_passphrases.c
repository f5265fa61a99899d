/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cheap_passphrases -- preloaded into tests that start the real programs, and
 * by tests/e2e/run into those: a passphrase is hashed in a sixty-fourth of the
 * memory.
 *
 * Most of their processor time was Argon2id, which takes 0.7 s each time by
 * intent (crypto_kdf.h).  All that open what another made hash alike. Scenarios
 * that are `dear` (e2e/lib/main.mjs) hash as the product does.
 */
#include <argon2.h>

#include "tests/fault/calls_real.h"

#define SHARE 64

int
argon2id_ctx(argon2_context *context)
{
	REAL(int, "argon2id_ctx", argon2_context *);

	context->m_cost /= SHARE;
	return real(context);
}
