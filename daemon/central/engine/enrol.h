/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_ENROL_H
#define CENTRAL_ENROL_H

#include <jansson.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/id.h"
#include "common/core/protocol.h"
#include "common/sys/pki.h"
#include "daemon/central/store/office_store.h"

/*
 * enrol -- a device comes with a one-time code and goes with certificates.
 *
 * A code is good for ENROL_TRIES_MAX wrong proofs, until it expires, and for
 * one request: the same bytes again get the same answer, so that an answer
 * that was lost can be asked for again.  All of one request is one transaction
 * of the store's, wrong tries included.
 */
#define ENROL_TRIES_MAX 5
#define ENROL_MINUTES 30
/* Certificates of devices; they renew from day 20. */
#define ENROL_CERT_DAYS 30

struct engine;

/* A certificate of a device, from a day before now until d->not_after.  Its
 * subject has all that an office needs which has forgotten the device: id,
 * user and signing key (engine_found.c).  Appended to *cert_out. */
struct device_cert {
	const struct office_device *device;
	enum pki_kind kind; /* PKI_DEVICE or PKI_COURIER */
	struct crypto_part csr;
	uint64_t now_ms;
};
enum err_code device_cert_issue(const struct pki_issuer *issuer,
    const struct device_cert *cert, struct buf *cert_out,
    struct err *e) ERR_CHECKED;

/* What an enrolment needs of the office; all borrowed. */
struct enrol_office {
	struct office_store *store;
	struct id office;
	struct hash32 root_sha256;
	struct crypto_part root_pem;
	struct pki_issuer issuing;
	json_t *bundle; /* the schema as devices get it */
	uint64_t now_ms;
	/* Write an audit entry inside the open transaction. */
	enum err_code (*audit)(void *arg, struct id actor, const char *action,
	    const char *object, const char *reason, struct err *e);
	void *arg;
};

/* Treat a request, outside a transaction.  *answer_out is new.  On failure
 * *word says what the device is answered: bad_code, malformed, newer, or
 * internal, for which the error is worth logging. */
enum err_code enrol_treat(const struct enrol_office *o, const json_t *request,
    json_t **answer_out, enum protocol_word *word, struct err *e) ERR_CHECKED;

/* What the journal keeps of a code when it is made ("code.make"), for verify:
 * "<user> <code id> <SHA-256 of key, label, approval and expiry>".  When it is
 * used, "device.enrol" names it (device_entry.h). */
#define ENROL_ID_LEN 4
#define ENROL_OBJECT_CAP (ID_TEXT_LEN + 1 + ENROL_ID_LEN + 1 + 64 + 1)
void enrol_code_object(
    const struct office_code *c, char out[static ENROL_OBJECT_CAP]);

struct enrol_code_order {
	struct id user;
	const char *label; /* what to call the device, or NULL */
	bool needs_approval;
	struct hash32 root_sha256; /* of the office; the pin is cut from it */
	uint64_t now_ms;
};
/* Make a code for a user and keep it, inside the caller's transaction.  It is
 * in text_out alone, for the user's eyes: the caller wipes it.  expires_out:
 * Unix ms.  Errors of the store. */
enum err_code enrol_code_make(struct office_store *s,
    const struct enrol_code_order *order, char text_out[ENROL_CODE_TEXT_MAX],
    uint64_t *expires_out, struct err *e) ERR_CHECKED;

#endif
