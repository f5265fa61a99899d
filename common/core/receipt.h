/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_RECEIPT_H
#define CORE_RECEIPT_H

#include <jansson.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/id.h"
#include "common/sys/crypto.h"

/*
 * receipt -- the office's signed word that it holds a device's journal up to
 * a counter, fsynced.  "With the office" is shown for nothing less than a
 * receipt that verified on the device (promise P1).
 *
 * The signed bytes are "vb/receipt/v1\n" followed by the canonical JSON of
 * {"audit_head", "counter", "device", "epoch", "intake", "link", "office",
 * "time"}; they travel as they are, so that anyone can check the signature
 * with a standard tool and the office's public key.
 */
struct receipt {
	struct id office;
	struct id device;
	uint64_t counter;   /* the journal is held up to here */
	struct hash32 link; /* its link at that counter */
	uint64_t intake;    /* strictly increasing per device and epoch */
	uint64_t epoch;
	uint64_t time;            /* office's clock, Unix ms */
	uint64_t audit_seq;       /* head of the office's log then: number */
	struct hash32 audit_link; /* and link; JSON "seq:hex" */
	struct buf signed_bytes;  /* exactly what was signed; owned */
	struct sign_sig sig;
};

void receipt_init(struct receipt *r);
void receipt_fini(struct receipt *r);

/* Fill signed_bytes and sig out of the other members. */
enum err_code receipt_sign(
    struct receipt *r, const struct sign_key *key, struct err *e) ERR_CHECKED;

/* JSON object of cli.md: the eight members and "signed", "sig" (base64).  On
 * the wire only {"signed", "sig"} travel: wire = true. */
enum err_code receipt_to_json(const struct receipt *r, bool wire, json_t **out,
    struct err *e) ERR_CHECKED;
/* Read the wire or full form; members are read out of the signed bytes alone,
 * so what is shown is what was signed.  ERR_MALFORMED. */
enum err_code receipt_from_json(
    const json_t *json, struct receipt *out, struct err *e) ERR_CHECKED;
/* The same out of its two parts, which are copied. */
enum err_code receipt_from_signed(const void *bytes, size_t len,
    const struct sign_sig *sig, struct receipt *out, struct err *e) ERR_CHECKED;

/* ERR_AUTH when the signature is not the key's, or office or device differ
 * from the ones expected: it earns nothing and is not stored. */
enum err_code receipt_check(const struct receipt *r, const struct sign_pub *pub,
    struct id office, struct id device, struct err *e) ERR_CHECKED;

#endif
