/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_SETUP_H
#define CENTRAL_SETUP_H

#include <stddef.h>

#include "common/base/err.h"
#include "common/base/id.h"
#include "common/sys/crypto_hash.h"

/*
 * setup -- a new office:
 *
 *   DATA/store.key             key of the store (store_key.h)
 *   DATA/office.db             the store, with every key the office works with
 *   DATA/tls/server.key        what the listeners show; read again on SIGHUP
 *   DATA/tls/server.pem        its certificate, the issuing one and the root
 *   DATA/tls/root.pem          what clients' certificates chain to
 *   DATA/offline/root.key      see offline.h; both belong on removable media
 *   DATA/offline/recovery.key
 *   DATA/offline/README
 *
 * All of it is made in DATA.new and takes its name when it is whole, so there
 * is an office or there is none.
 */
#define SETUP_ADMINS 2

struct setup_options {
	const char *data;
	const char *name; /* the office's */
	struct {
		const char *name;
		struct crypto_part passphrase;
	} admins[SETUP_ADMINS];
	/* Names and addresses that devices will reach it by, besides
	 * localhost, its addresses and this machine's name. */
	const char *const *hosts;
	size_t hosts_n;
};
struct setup_result {
	struct id office;
	struct hash32 root_sha256;
};

/* ERR_CONFLICT: DATA holds something already, which is left alone;
 * ERR_INVALID: a name or passphrase cannot be; ERR_IO, ERR_NOMEM. */
enum err_code setup_office(const struct setup_options *o,
    struct setup_result *out, struct err *e) ERR_CHECKED;

#endif
