/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_SETUP_KEYS_H
#define CENTRAL_SETUP_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/id.h"
#include "common/sys/crypto.h"
#include "common/sys/pki.h"

/*
 * setup_keys -- every key and certificate of a new office, in memory.
 */
struct setup_keys {
	struct id office, engine_device;
	struct sign_key receipt, command, engine;
	struct seal_key sealing, recovery;
	struct buf root_key, root; /* PEM, as are the next */
	struct buf issuing_key, issuing;
	struct buf server_key;
	struct buf server_chain; /* server, issuing, root */
	struct hash32 root_sha256;
	struct buf statement; /* protocol.h, enrol_answer */
	struct buf statement_sig;
};

/* Make all of it.  End with setup_keys_fini, which wipes, also on failure.
 * ERR_INVALID: a host is no name or address, or there are too many. */
enum err_code setup_keys_make(const char *office_name, const char *const *hosts,
    size_t hosts_n, uint64_t now_ms, struct setup_keys *out,
    struct err *e) ERR_CHECKED;
void setup_keys_fini(struct setup_keys *k);

/* Make a server's key and its certificate for these hosts, localhost, its
 * addresses and this machine's name; *chain_out gets the issuing certificate
 * and the root behind it.  Good for SETUP_SERVER_DAYS. */
#define SETUP_SERVER_DAYS 825
struct server_cert_order {
	struct pki_issuer issuer;
	struct crypto_part root;
	const char *const *hosts;
	size_t hosts_n;
	uint64_t now_ms;
};
enum err_code server_cert_make(const struct server_cert_order *o,
    struct buf *key_out, struct buf *chain_out, struct err *e) ERR_CHECKED;

#endif
