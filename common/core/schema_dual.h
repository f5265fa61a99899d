/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_SCHEMA_DUAL_H
#define CORE_SCHEMA_DUAL_H

#include "common/core/schema.h"

/*
 * schema_dual -- which acts need two people, and who may propose and confirm
 * them (schema/README.md, "Two people").
 */

/* An act that needs two people: one proposes, another confirms it before the
 * hours are over. */
struct schema_dual {
	const char *act, *label;
	const json_t *propose, *confirm; /* codes of the account's role */
	int64_t hours;
	/* Of SCHEMA_DUAL_DECIDE: which conflicts. */
	const json_t *fields; /* {type: [field]}, or NULL */
	bool signed_text;     /* those of free text in what is signed */
};
/* Deciding between two versions, for roles that may not do it alone. */
#define SCHEMA_DUAL_DECIDE "decide"
/* NULL: the bundle has no such act, which then nobody may do. */
const struct schema_dual *schema_dual(const struct schema *s, const char *act);
bool schema_dual_may_propose(const struct schema_dual *d, const char *role);
bool schema_dual_may_confirm(const struct schema_dual *d, const char *role);
/* Does somebody with this role need a second person to decide a conflict at the
 * path of a document of the type?  A removal of the whole of it counts as each
 * of its paths. */
bool schema_decide_needs_two(const struct schema *s,
    const struct schema_type *type, const json_t *doc, const char *path,
    const char *role);

#endif
