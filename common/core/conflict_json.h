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
/* The decision that stands, or stood before it was opened again: the last that
 * was neither passed on nor taken back; NULL: none.  Borrowed. */
const json_t *conflict_decision(const struct conflict *c);

/* And what `conflict show` adds: ancestor, current, sides, authors, decision,
 * decisions. */
enum err_code conflict_whole_json(const struct record *r,
    const struct conflict *c, json_t *out, struct err *e) ERR_CHECKED;

#endif
