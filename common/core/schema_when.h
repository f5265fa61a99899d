/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_SCHEMA_WHEN_H
#define CORE_SCHEMA_WHEN_H

#include "common/core/schema.h"

/*
 * schema_when -- a condition on a record, as data: templates say with it when
 * they ask, checklists whom they concern and what meets them, pages what they
 * leave out, guides whom to phone (schema/README.md).
 */
struct schema_when {
	/* Whose field it is: the record's own; with `at`, the record's that
	 * this ref field names; and with `of`, that of any record of that type
	 * whose ref field `by` names that one. */
	const char *at, *of, *by;
	const char *path;  /* a field, or "group/member" */
	const json_t *in;  /* array: it is one of these, or has one of them;
	                      NULL: it is filled in */
	const json_t *row; /* {column: [value]}: a row has one of each; or
	                      NULL */
	bool has_passed;   /* a date that is before today */
	bool is_not;       /* the contrary of all that */
};

/* Several. */
struct schema_whens {
	const struct schema_when *list;
	size_t n;
};

/* Does it hold of this document, which is the one whose field it is?  day:
 * today, "2026-11-21".  `is_not` is left to the caller that looks at many. */
bool schema_when_matches(
    const struct schema_when *w, const json_t *doc, const char *day);
/* Do all of them hold of the document, which none do too; and does any, each
 * with its `is_not`, for those that look at the document alone? */
bool schema_whens_hold(
    const struct schema_whens *all, const json_t *doc, const char *day);
bool schema_whens_any(
    const struct schema_whens *all, const json_t *doc, const char *day);

#endif
