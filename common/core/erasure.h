/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_ERASURE_H
#define CORE_ERASURE_H

#include <jansson.h>

#include "common/core/change.h"
#include "common/core/record.h"
#include "common/core/schema.h"

/*
 * erasure -- words that are taken away for good, at the office and on every
 * device that may hold them.
 *
 * An erasure names a record and paths.  It goes with everything that was ever
 * said there: each `was` and `now`, with its salt, of every change at one of
 * the paths or at one above or beneath it; the value; what conflicts there
 * hold; why they were decided so; what a removal kept; what an addendum about
 * the path says; and, of a change that brings all of its words sealed, those,
 * as nobody can say where they were.  The hashes of an op stay, so links and
 * signatures still verify.  Whatever came later at the path, by somebody who
 * had seen the erasure, is untouched.
 *
 * The office signs it as it signs receipts: "vb/erasure/v1\n" and the
 * canonical JSON of {"author", "counter", "device", "digest", "epoch",
 * "office", "paths", "record", "seq", "since", "time"}, and "conflicts" if
 * there are any: the entry of the office's own journal and log that made it,
 * and the digest of the record as it was left.
 */
struct erasure {
	struct id office, record;
	struct version version; /* of its entry in the log */
	struct version since;   /* the same, or, where a restored office did it
	                         * again, the first one's version */
	struct id device; /* whose journal it is an entry of: the engine's */
	uint64_t counter;
	struct id author;  /* who confirmed it */
	uint64_t time;     /* office's clock, Unix ms */
	json_t *paths;     /* array of paths; owned */
	json_t *conflicts; /* array of the ids of those there; owned, or NULL */
	struct hash32 digest; /* record_digest after it */
	struct buf signed_bytes;
	struct sign_sig sig;
};
void erasure_init(struct erasure *z);
void erasure_fini(struct erasure *z);

/* Fill signed_bytes and sig out of the other members. */
enum err_code erasure_sign(
    struct erasure *z, const struct sign_key *key, struct err *e) ERR_CHECKED;
/* {"signed", "sig"} as it travels. */
enum err_code erasure_to_json(
    const struct erasure *z, json_t **out, struct err *e) ERR_CHECKED;
/* Members are read out of the signed bytes alone.  ERR_MALFORMED. */
enum err_code erasure_from_json(
    const json_t *json, struct erasure *out, struct err *e) ERR_CHECKED;
/* A list of them as member "erasures", which is left out where there are none.
 * Read (1 to max): a new array, also on an error, that the caller ends with
 * erasures_free; *n_out begins as 0. */
enum err_code erasures_to_json(const struct erasure *list, size_t n,
    json_t *json, struct err *e) ERR_CHECKED;
enum err_code erasures_from_json(const json_t *json, size_t max,
    struct erasure **out, size_t *n_out, struct err *e) ERR_CHECKED;
void erasures_free(struct erasure *list, size_t n);
enum err_code erasure_from_signed(const void *bytes, size_t len,
    const struct sign_sig *sig, struct erasure *out, struct err *e) ERR_CHECKED;
/* ERR_AUTH unless the key signed it and it is this office's. */
enum err_code erasure_check(const struct erasure *z, const struct sign_pub *pub,
    struct id office, struct err *e) ERR_CHECKED;

/* True if the path is one of them, or above or beneath one. */
bool erasure_covers(const json_t *paths, const char *path);
/* Mark what it covers of a change: `covered` has a place for each op, each
 * decision's reason and what is sealed. */
#define ERASURE_PLACES(c) ((c)->n_ops + (c)->n_resolves + 1)
void erasure_cover(
    const struct erasure *z, const struct change *c, bool *covered);
/* Is all that the change lost covered? */
bool erasure_is_covered(const struct change *c, const bool *covered);
/* Take the words out of the ops, reasons and sealed parts that it covers and
 * whose author had not seen it, by base.seen or by the current value that was
 * decided about; *changed_out says whether any were there. */
enum err_code erasure_of_change(const struct erasure *z, struct change *c,
    bool *changed_out, struct err *e) ERR_CHECKED;
/* Take the words out of a record, which is at the erasure's version then, and
 * make the erasure the setter of each path. */
enum err_code erasure_of_record(const struct schema *s, const struct erasure *z,
    struct record *r, struct err *e) ERR_CHECKED;
/* One that is done again leaves what was said by who had seen the first: is
 * there anything of it at the paths in a change that erasure_of_change had? */
bool erasure_leaves(const struct erasure *z, const struct change *c);
/* Put that back into the record as erasure_of_record left it.  `made` is what
 * its changes come to without the words that go. */
enum err_code erasure_put_back(const struct schema *s, const struct erasure *z,
    const struct record *made, struct record *r, struct err *e) ERR_CHECKED;
/* All paths of a record that hold words, as a new array: every field but the
 * references, which say whose it is, the state of signing, and who was given
 * access. */
enum err_code erasure_all_paths(const struct schema *s, const struct record *r,
    json_t **out, struct err *e) ERR_CHECKED;

#endif
