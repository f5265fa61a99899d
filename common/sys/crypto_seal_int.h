/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_CRYPTO_SEAL_INT_H
#define SYS_CRYPTO_SEAL_INT_H

#include "common/sys/crypto_seal.h"

/*
 * crypto_seal_int -- seal_make with a given ephemeral key, for tests against
 * the vectors of RFC 9180.  Two messages under one ephemeral key give both
 * away, so nothing but a test calls it.
 */
enum err_code seal_make_with(const struct seal_key *ephemeral,
    const struct seal_pub *pub, const struct crypto_part info_aad[static 2],
    struct crypto_part plain, struct buf *out, struct err *e) ERR_CHECKED;

#endif
