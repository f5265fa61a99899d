/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include "tests/support/party.h"

#include "common/sys/crypto_hash.h"

void
party_make(struct party *p, const struct party *above,
    const struct pki_profile *profile)
{
	struct pki_issuer issuer;
	struct buf csr;
	struct err e;

	buf_init(&p->key, PKI_INPUT_MAX);
	buf_init(&p->cert, PKI_INPUT_MAX);
	buf_init(&p->chain, (size_t)4 * PKI_INPUT_MAX);
	buf_init(&csr, PKI_INPUT_MAX);
	assert_ok(pki_key_make(&p->key, &e), &e);
	if (above == NULL) {
		assert_ok(pki_root_make(
		              crypto_part_buf(&p->key), profile, &p->cert, &e),
		    &e);
	} else {
		issuer.cert = crypto_part_buf(&above->cert);
		issuer.key = crypto_part_buf(&above->key);
		assert_ok(pki_csr_make(crypto_part_buf(&p->key),
		              profile->common_name, &csr, &e),
		    &e);
		assert_ok(pki_issue(&issuer, crypto_part_buf(&csr), profile,
		              &p->cert, &e),
		    &e);
	}
	assert_true(buf_add(&p->chain, p->cert.ptr, p->cert.len));
	if (above != NULL)
		assert_true(
		    buf_add(&p->chain, above->chain.ptr, above->chain.len));
	buf_fini(&csr);
}

void
party_fini(struct party *p)
{
	buf_wipe(&p->key);
	buf_fini(&p->cert);
	buf_fini(&p->chain);
}
