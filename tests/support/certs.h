/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_CERTS_H
#define SUPPORT_CERTS_H

#include <stdbool.h>

#include "common/base/buf.h"

/*
 * certs -- throw-away certificates for tests: any dates, any issuer.  A
 * failure fails the running test.
 */
struct cert {
	struct buf key_pem;
	struct buf cert_pem;  /* this certificate alone */
	struct buf chain_pem; /* this one and those above it, no root */
	bool is_root;
};

struct cert_wish {
	const char *name;          /* common name */
	const struct cert *issuer; /* NULL: signs itself */
	bool is_ca;
	int from_days; /* not before and not after, days from now */
	int to_days;
};

/* *out is the caller's to end with cert_fini. */
void cert_make(struct cert *out, const struct cert_wish *wish);
void cert_fini(struct cert *c);

#endif
