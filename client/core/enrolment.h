/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLIENT_ENROLMENT_H
#define CLIENT_ENROLMENT_H

#include "common/base/err.h"
#include "common/core/protocol.h"
#include "common/store/device_store.h"

/*
 * enrolment -- the device's half of enrolling, without the network.
 *
 * enrolment_init, set code, enrolment_keys; learn the office's root from the
 * connection, enrolment_root; enrolment_request gives the bytes to send, the
 * same ones each time; enrolment_answer takes what came; then identity says
 * all that a data folder starts with; enrolment_fini wipes it.
 */
struct enrolment {
	struct enrol_code code;
	struct enrol_request request;
	struct enrol_answer answer;
	struct device_identity identity;
	struct hash32 root; /* SHA-256 of the office's root */
};

void enrolment_init(struct enrolment *en);
void enrolment_fini(struct enrolment *en);

/* Make the device's keys and the requests for their certificates.  label is
 * what the user calls the machine, at most 64 bytes: ERR_INVALID. */
enum err_code enrolment_keys(
    struct enrolment *en, const char *label, struct err *e) ERR_CHECKED;

/* What enrolment_keys made, as a new object that is secret: the bytes of the
 * request are the same again when it is taken back. */
enum err_code enrolment_keep(
    const struct enrolment *en, json_t **out, struct err *e) ERR_CHECKED;
/* In place of enrolment_keys: what was kept.  ERR_AUTH when it was kept for
 * another code than en's; ERR_MALFORMED. */
enum err_code enrolment_take(
    struct enrolment *en, const json_t *kept, struct err *e) ERR_CHECKED;

/* Take the root that the connection showed (DER).  ERR_AUTH unless the code's
 * pin means this one. */
enum err_code enrolment_root(struct enrolment *en, const void *der, size_t len,
    struct err *e) ERR_CHECKED;

/* The request as a new JSON object. */
enum err_code enrolment_request(
    struct enrolment *en, json_t **out, struct err *e) ERR_CHECKED;

/* Check the answer whole (code, root, statement, certificates, keys) and make
 * the identity of it.  ERR_AUTH or ERR_MALFORMED: it earns nothing. */
enum err_code enrolment_answer(struct enrolment *en, const json_t *json,
    const char *address, struct err *e) ERR_CHECKED;

#endif
