/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_VALUE_H
#define CORE_VALUE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/base/err.h"

/*
 * value -- the values that documents hold, for the core's own files.
 *
 * Values are shared between documents, records and conflicts by reference
 * count and never changed in place: path_set puts new containers where one is
 * shared.  NULL is "absent".
 */

/* jansson's iterators and counters take a plain pointer and change nothing
 * that can be seen: the same value without const. */
static inline json_t *
value_plain(const json_t *v)
{
	union {
		const json_t *in;
		json_t *out;
	} u = { .in = v };

	return u.out;
}

/* A new reference to the same value; NULL stays NULL. */
static inline json_t *
value_share(const json_t *v)
{
	return json_incref(value_plain(v));
}

/* ERR_NOMEM, said so. */
static inline enum err_code
value_no_memory(struct err *e)
{
	(void)err_set(e, ERR_NOMEM, 0, "out of memory");
	return ERR_NOMEM;
}

/* ERR_MALFORMED unless v can stand at a place that is depth containers below
 * a document's field (0: the field itself): text, whole number, true or
 * false, a sorted set, or an object of named values; none of them empty. */
enum err_code value_check(
    const json_t *v, unsigned depth, struct err *e) ERR_CHECKED;
/* The same for a whole document, which may be empty. */
enum err_code value_check_doc(const json_t *doc, struct err *e) ERR_CHECKED;

/* The keys of an object in bytewise order: a new array of borrowed names, the
 * caller's to free().  NULL when out of memory (never for an empty one). */
const char **value_keys(const json_t *obj, size_t *n_out);

/* A new copy without empty members, at any depth; *out is NULL if nothing
 * remains.  ERR_MALFORMED for null, a real number or too deep a nesting. */
enum err_code value_copy(
    const json_t *v, json_t **out, struct err *e) ERR_CHECKED;

#endif
