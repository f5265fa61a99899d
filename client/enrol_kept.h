/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLIENT_ENROL_KEPT_H
#define CLIENT_ENROL_KEPT_H

#include "client/client.h"
#include "client/core/enrolment.h"

/*
 * enrol_kept -- an enrolment that was begun: the keys and the request, closed
 * with the passphrase, in the file "enrolling" of the folder.
 *
 * The office takes a code once, and answers the same request the same way
 * again.  So the request is kept before it is sent: where the answer is lost,
 * even with the process, the same command asks again and is the same device.
 *
 * JSON: {"v": 1, "code": the code's id, "salt", "memory_kib", "passes",
 * "lanes" of Argon2id, "sealed": base64 of aead_seal(key, "vb/enrolling/v1" 00
 * code id, canonical JSON of enrolment_keep)}.
 */

/* Is one kept for this code?  One that does not read is none; ERR_NOMEM,
 * ERR_IO. */
enum err_code enrol_kept_is(const struct client *c,
    const struct enrol_code *code, bool *out, struct err *e) ERR_CHECKED;

/* Go on with it, once its office is known by its root: the passphrase must be
 * the one that closed it.  ERR_AUTH when it is not, or when the code is
 * another one of the same name. */
enum err_code enrol_kept_take(struct client *c, const struct buf *pass,
    struct enrolment *en, struct err *e) ERR_CHECKED;

/* Keep a new one, in place of any other.  enrolment_keys has made it. */
enum err_code enrol_kept_put(struct client *c, const struct buf *pass,
    const struct enrolment *en, struct err *e) ERR_CHECKED;

/* It is over.  A file that stays does no harm: it is closed, and the folder
 * is enrolled. */
void enrol_kept_drop(const struct client *c);

#endif
