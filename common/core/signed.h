/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_SIGNED_H
#define CORE_SIGNED_H

#include <stdbool.h>

#include "common/core/change.h"
#include "common/core/record.h"
#include "common/core/schema.h"

/*
 * signed -- the signed version of a record: which change signed it, and a hash
 * of what was signed.
 *
 * The hash is SHA-256("vb/signed/v1" 00 || canonical {path: value}) over the
 * paths that lock (apply_locked_paths).  It is derived wherever it is shown:
 * from the record, and, where the journal of who signed is at hand, from the
 * change that signed; the two are the same unless something is wrong, or, in a
 * type without addenda, a decision has changed the record since.
 */

/* The change that signed the record; false: it is not signed.  Borrowed. */
bool signed_by(const struct schema_type *type, const struct record *r,
    const struct setter **out);

/* Reads a record where it is asked from; the caller ends *out with record_fini.
 * ERR_NOTFOUND: it is not there. */
typedef enum err_code signed_look_up(
    void *arg, struct id id, struct record *out, struct err *e);

/* *out is true if the record has a file and something that it belongs to is
 * there and signed: then it stays with it.  What look_up fails with but
 * ERR_NOTFOUND. */
enum err_code signed_keeps(const struct schema *s, const struct record *r,
    signed_look_up *look_up, void *arg, bool *out, struct err *e) ERR_CHECKED;

/* Of the record as it stands.  ERR_NOMEM. */
enum err_code signed_hash(const struct schema_type *type, const json_t *doc,
    struct hash32 *out, struct err *e) ERR_CHECKED;
/* Of what the change says that its author signs.  ERR_INVALID: it signs
 * nothing, or its words were erased; ERR_NOMEM. */
enum err_code signed_hash_of_change(const struct schema_type *type,
    const struct change *c, struct hash32 *out, struct err *e) ERR_CHECKED;

/* Put "signed" into out: {"by", "device", "counter", "at", "clock_offset",
 * "sha256"}, or null where nothing is signed.  ERR_NOMEM. */
enum err_code signed_to_json(const struct schema_type *type,
    const struct record *r, json_t *out, struct err *e) ERR_CHECKED;

#endif
