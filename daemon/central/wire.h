/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_WIRE_H
#define CENTRAL_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/sys/crypto_hash.h"

/*
 * wire -- what a front process and the engine say to each other over a
 * channel (common/sys/channel.h).
 *
 *   front (devices)                            engine
 *     WIRE_SYNC WIRE_ENROL WIRE_COURIER
 *     WIRE_COMMANDS WIRE_RENEW WIRE_WAIT
 *     WIRE_HISTORY WIRE_BLOB_PUT
 *     WIRE_BLOB_GET                 ---------->
 *   front (people)
 *     WIRE_HEALTH WIRE_METRICS WIRE_PAGE ------>
 *   both                            <----------  WIRE_ANSWER (same message id)
 *   both  WIRE_GONE (client left)   ---------->
 *
 * The engine takes from each front only that listener's kinds; any other kind,
 * and a body that does not decode, is answered 400 and logged: a front is not
 * trusted.  A front holds no key but its TLS key and no store.
 */
enum wire_kind {
	WIRE_SYNC = 1,
	WIRE_ENROL = 2,
	WIRE_COURIER = 3,  /* POST /v1/courier/envelopes */
	WIRE_COMMANDS = 4, /* GET /v1/courier/commands */
	WIRE_RENEW = 5,
	WIRE_WAIT = 6, /* parked until something changes, or its time is up */
	WIRE_HISTORY = 7,
	WIRE_BLOB_PUT = 8, /* PUT /v1/blobs/<sha256> */
	WIRE_BLOB_GET = 9,
	WIRE_HEALTH = 20,
	WIRE_METRICS = 21,
	WIRE_PAGE = 22,
	WIRE_ANSWER = 40,
	WIRE_GONE = 41
};

/* Which listener a front serves; decides the kinds that it may send. */
enum wire_listener { WIRE_DEVICES, WIRE_PEOPLE };
bool wire_kind_allowed(enum wire_listener listener, uint16_t kind);

/* A request as the front saw it.  Pointers are borrowed from the message. */
struct wire_request {
	uint16_t kind;
	const char *method; /* "GET", "POST" ... */
	const char *target; /* path with query, at most 1 KiB */
	bool has_cert;
	struct hash32 cert_sha256; /* of the client certificate's DER */
	const char *cert; /* DER bytes, so that an unknown one can be read */
	size_t cert_len;
	const char *sig;  /* header visitbook-sig, or "" */
	const char *dict; /* header visitbook-dict, or "" */
	const char *peer; /* address, for the log */
	const void *body;
	size_t body_len;
};

struct wire_answer {
	int status;
	const char *content_type;
	const char *sig;        /* header visitbook-sig, or "" */
	const char *dict;       /* header visitbook-dict, or "" */
	uint32_t retry_after_s; /* 0: no header */
	const void *body;
	size_t body_len;
};

/* Bytes of a message: one line of canonical JSON (all but the body), a
 * newline, the body.  dec borrows from bytes, which it may change (it ends
 * texts with NUL); ERR_MALFORMED. */
enum err_code wire_request_enc(
    const struct wire_request *r, struct buf *out, struct err *e) ERR_CHECKED;
struct wire_request_text; /* owns the decoded texts */
enum err_code wire_request_dec(uint16_t kind, const void *bytes, size_t len,
    struct wire_request *out, struct wire_request_text **text_out,
    struct err *e) ERR_CHECKED;
void wire_request_text_free(struct wire_request_text *t);
enum err_code wire_answer_enc(
    const struct wire_answer *a, struct buf *out, struct err *e) ERR_CHECKED;
enum err_code wire_answer_dec(const void *bytes, size_t len,
    struct wire_answer *out, struct wire_request_text **text_out,
    struct err *e) ERR_CHECKED;

#endif
