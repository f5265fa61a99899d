/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_STORE_KEY_H
#define CENTRAL_STORE_KEY_H

#include "common/base/err.h"
#include "common/base/secret.h"

/*
 * store_key -- the key of the office's store, where the operator keeps it: the
 * systemd credential "visitbook-store-key" when $CREDENTIALS_DIRECTORY has it,
 * else DATA/store.key, which only its owner may read.  Either holds 64
 * hexadecimal digits.  Whoever got a key wipes it.
 */
#define STORE_KEY_CREDENTIAL "visitbook-store-key"

/* ERR_NOTFOUND: neither is there; ERR_AUTH: the file is another user's, or
 * others may read it; ERR_INVALID: it does not hold a key; ERR_IO. */
enum err_code store_key_load(
    const char *data, struct secret_key *key_out, struct err *e) ERR_CHECKED;

/* For a new office: the credential's key, or a fresh one saved in DATA. */
enum err_code store_key_make(
    const char *data, struct secret_key *key_out, struct err *e) ERR_CHECKED;

#endif
