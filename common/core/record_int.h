/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_RECORD_INT_H
#define CORE_RECORD_INT_H

#include "common/core/record.h"

/*
 * record_int -- how the core's own files change a record; everyone else goes
 * through apply_change and record_merge_delta.
 *
 * None of these raises the record's version: whoever changes something does.
 * After ERR_NOMEM the record may be changed in part, so apply_change works on
 * a copy.
 */

/* Order of setters: version, device, counter, then the rest. */
int setter_compare(const struct setter *a, const struct setter *b);

/* The path's state, made (without setters) if there is none.  Borrowed until
 * a path is added. */
enum err_code record_path_make(struct record *r, const char *path,
    struct path_state **out, struct err *e) ERR_CHECKED;
/* The states of a path, of those above it and of those beneath it: the ones
 * that count when it is asked what an author had seen.  Borrowed until a path
 * is added. */
struct record_related {
	const struct path_state *at[4]; /* "" first; the path itself last */
	size_t n_at;                    /* those that have a state */
	const struct path_state *beneath;
	size_t n_beneath;
};
struct record_related record_related(const struct record *r, const char *path);
/* Put a setter in the place of its device's earlier one; the higher counter
 * of the two stays. */
enum err_code path_state_put(
    struct path_state *ps, const struct setter *s, struct err *e) ERR_CHECKED;
/* Take the device's setter out, if there is one: before another is put in that
 * says nothing of what this one said.  Until then the path may have none. */
void path_state_forget(struct path_state *ps, struct id device);

/* Put a copy of another record's state of a path in the place of this one's,
 * which is in *out, borrowed as above. */
enum err_code record_path_copy(struct record *r, const struct path_state *from,
    struct path_state **out, struct err *e) ERR_CHECKED;

/* Set the value (NULL: absent) and the path's setter; a removed path is one
 * no longer, nor are those beneath that have a value again: this change is
 * their setter too.  ERR_MALFORMED as path_set. */
enum err_code record_set(struct record *r, const char *path,
    const json_t *value, bool is_set_member, const struct setter *s,
    struct err *e) ERR_CHECKED;
/* Take a row or the whole document away and keep it as the path's `was`. */
enum err_code record_remove(struct record *r, const char *path,
    const struct setter *s, struct err *e) ERR_CHECKED;

/* A new conflict without sides, in its place.  Borrowed until another is
 * added. */
enum err_code record_conflict_make(struct record *r, struct id id,
    const char *path, struct conflict **out, struct err *e) ERR_CHECKED;
/* Append a side; the value is shared and the key follows from the change. */
enum err_code conflict_side_add(struct conflict *c,
    const struct conflict_side *side, struct err *e) ERR_CHECKED;
/* True if this setter of the path stands for a removal that lost to an edit
 * which had not seen it, or is that edit, which brought the path back: neither
 * says anything of what is beneath. */
bool record_is_lost_removal(
    const struct record *r, const char *path, const struct setter *s);
void conflict_fini(struct conflict *c);
enum err_code conflict_copy(
    const struct conflict *c, struct conflict *out, struct err *e) ERR_CHECKED;
/* Write "<device id>/<counter>". */
void conflict_key_print(
    char key[static 60], struct id device, uint64_t counter);
/* The counter of the device's change that the key names; 0: it names none. */
uint64_t conflict_key_counter(const char *key, struct id device);

/* Read all but the document, and check what can be checked without it. */
enum err_code record_head_from_json(
    const json_t *json, struct record *out, struct err *e) ERR_CHECKED;
enum err_code conflict_from_json(
    const json_t *json, struct conflict *out, struct err *e) ERR_CHECKED;
/* ERR_MALFORMED unless invariants 3 and 4 of record.h hold and no version is
 * above the record's. */
enum err_code record_check(const struct record *r, struct err *e) ERR_CHECKED;

#endif
