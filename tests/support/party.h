/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_PARTY_H
#define SUPPORT_PARTY_H

#include "common/base/buf.h"
#include "common/sys/pki.h"

/*
 * party -- who speaks TLS in a test, made by common/sys/pki as an office makes
 * them: a key, its certificate and, above it, the chain with the root in it.
 */
struct party {
	struct buf key, cert, chain; /* PEM */
};

/* above NULL: a root.  Fails the test. */
void party_make(struct party *p, const struct party *above,
    const struct pki_profile *profile);
void party_fini(struct party *p);

#endif
