/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_CONFLICT_JSON_H
#define CORE_CONFLICT_JSON_H

#include <jansson.h>

#include "common/core/decide.h"

/*
 * conflict_json -- conflicts as the objects of schema/cli.md, the same from a
 * device and from the office.
 *
 * Each call puts members into an object of the caller's and fails with
 * ERR_NOMEM alone.
 */

/* What the telling needs beside the conflict. */
struct conflict_teller {
	const struct schema *schema;
	struct decide_limits limits;
	struct id user;           /* who reads it, or zero: nobody in
	                           * particular */
	enum conflict_owner rung; /* of their role */
	uint64_t now_ms;          /* office's clock, as well as it is known */
};

/* A line of `conflict list`: id, record, type, path, label, kind, state,
 * owner, until, opened_at; for a user also may. */
enum err_code conflict_line_json(const struct conflict_teller *t,
    const struct record *r, const struct conflict *c, json_t *out,
    struct err *e) ERR_CHECKED;
/* "now" "later" "never". */
const char *conflict_may_word(enum may_decide may);
/* The decision that stands, or stood before it was opened again: the last that
 * was neither passed on nor taken back; NULL: none.  Borrowed. */
const json_t *conflict_decision(const struct conflict *c);

/* The side that people name: by its key, or by its number from 1 as `conflict
 * show` tells them. */
bool conflict_side_named(
    const struct conflict *c, const char *name, size_t *side_out);

/* What a reader has seen of a conflict, as a short text that is another as soon
 * as anything of it moves: the value that stands or who last said so, a side,
 * a decision.  Wrong only by a chance of 1 in 2^40. */
#define CONFLICT_SEEN_LEN 10
enum err_code conflict_seen(const struct record *r, const struct conflict *c,
    char out[static CONFLICT_SEEN_LEN + 1], struct err *e) ERR_CHECKED;

/* And what `conflict show` adds: ancestor, current, current_by, sides, authors,
 * decision, decisions, seen. */
enum err_code conflict_whole_json(const struct conflict_teller *t,
    const struct record *r, const struct conflict *c, json_t *out,
    struct err *e) ERR_CHECKED;

#endif
