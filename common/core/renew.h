/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_RENEW_H
#define CORE_RENEW_H

#include "common/core/protocol.h"

/*
 * renew -- the two messages of POST /v1/renew: requests for certificates of
 * new keys, and the certificates.
 *
 * x_init, x_to_json or x_from_json, x_fini.  from_json makes what it fills in
 * and gives ERR_MALFORMED, ERR_NEWER or ERR_NOMEM.
 */
struct renew_request {
	uint8_t nonce[PROTOCOL_NONCE_LEN];
	struct buf tls_csr;     /* PEM; full-rights key */
	struct buf courier_csr; /* PEM; courier key */
};
struct renew_answer {
	uint8_t nonce[PROTOCOL_NONCE_LEN]; /* the request's */
	uint64_t time;                     /* the office's clock, Unix ms */
	struct buf tls_cert, courier_cert, issuing; /* PEM */
};
void renew_request_init(struct renew_request *r);
void renew_request_fini(struct renew_request *r);
void renew_answer_init(struct renew_answer *a);
void renew_answer_fini(struct renew_answer *a);

enum err_code renew_request_to_json(
    const struct renew_request *r, json_t **out, struct err *e) ERR_CHECKED;
enum err_code renew_request_from_json(
    const json_t *json, struct renew_request *out, struct err *e) ERR_CHECKED;
enum err_code renew_answer_to_json(
    const struct renew_answer *a, json_t **out, struct err *e) ERR_CHECKED;
enum err_code renew_answer_from_json(
    const json_t *json, struct renew_answer *out, struct err *e) ERR_CHECKED;

#endif
