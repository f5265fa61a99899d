/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_ALLOCATE_H
#define CORE_ALLOCATE_H

#include "common/core/schema.h"

/*
 * allocate -- may this colleague be given this piece of work?
 *
 * By the declarations in the record itself and the competences in the
 * colleague's (schema/README.md: `grants`, `account`).  Pure.
 */

/* What a colleague has declared about a record of a type that gives access. */
enum allocate_interest {
	ALLOCATE_NOT_ASKED,  /* the type asks for no declaration */
	ALLOCATE_CLEAR,      /* their last one is none, or is managed */
	ALLOCATE_UNDECLARED, /* they have made none */
	ALLOCATE_CONFLICT,   /* their last one says that there is a conflict */
};
/* user: the id as text.  Of several of one day the least clear counts. */
enum allocate_interest allocate_interest(
    const struct schema_type *type, const json_t *doc, const char *user);

/* Is this colleague (the id as text) given work by a row of the document (NULL:
 * of none) that has not ended on this day? */
bool allocate_is_given(const struct schema_grants *g, const json_t *doc,
    const char *user, const char *day);

/* Append to `out` the ids, as text and each once, of the colleagues whom the
 * record as it is now gives work by a row that has not ended on this day, and
 * whom the record as it was before (NULL: it is new) gave none.  ERR_NOMEM. */
enum err_code allocate_given(const struct schema_type *type,
    const json_t *before, const json_t *now, const char *day, json_t *out,
    struct err *e) ERR_CHECKED;

/* Append to `out` the labels of the competences that the record asks for and
 * the colleague's own record (colleague NULL: there is none) does not have in
 * force on this day.  ERR_NOMEM. */
enum err_code allocate_lacking(const struct schema *s,
    const struct schema_type *type, const json_t *doc, const json_t *colleague,
    const char *day, json_t *out, struct err *e) ERR_CHECKED;

#endif
