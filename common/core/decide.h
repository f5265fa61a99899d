/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_DECIDE_H
#define CORE_DECIDE_H

#include <stdbool.h>

#include "common/base/err.h"
#include "common/core/change.h"
#include "common/core/record.h"
#include "common/core/schema.h"

/*
 * decide -- whose it is to decide between two versions: the people whose words
 * they are first, then a senior, then an administrator.  Time, and being
 * asked, only let more people act; what anybody decides counts the same.
 *
 * The office judges with its own clock when a decision comes; a device, which
 * has the same limits and roles by sync, only tells what the office will say.
 * Whose words they are is judged by what the decision's author had seen: an
 * author whose value somebody replaced meanwhile decided as an author (it then
 * overrules nobody: it had not seen what stands).  What a restore took from the
 * record and an erasure kept out of it is not found in the record: there the
 * office asks its journals too (engine_may_decide).
 *
 * Time counts on working days: Saturdays and Sundays (UTC) pass nothing on.
 */

#define DECIDE_HOURS_MAX 8760

struct decide_limits {
	uint64_t author_hours; /* from when it was opened; 0: nobody waits */
	/* After that; 0: administrators come together with seniors. */
	uint64_t senior_hours;
	/* A senior or an administrator may act before their turn, if they
	 * write down why. */
	bool early;
};

/* The id of the record in which an office keeps its limits (of the type that
 * schema_deciding_type names). */
struct id decide_settings_id(struct id office);

/* The limits that the document of that record sets, or, with doc NULL or a
 * value absent there, those that the schema brings.  A schema that brings none
 * lets nobody wait. */
struct decide_limits decide_limits_of(
    const struct schema *s, const json_t *doc);

/* The rung that a role stands on; OWNER_AUTHOR: none of its own. */
enum conflict_owner decide_rung(const struct schema *s, const char *role);

/* Whose turn it is at now_ms (the office's clock): as it was passed on, and by
 * the time. */
enum conflict_owner decide_owner(const struct decide_limits *limits,
    const struct conflict *k, uint64_t now_ms);
/* When the next comes to it by time alone, Unix ms; 0: never. */
uint64_t decide_until(const struct decide_limits *limits,
    const struct conflict *k, uint64_t now_ms);

/* Who wrote what stands at the path, or what it lies in; NULL: nobody did. */
const struct setter *decide_last_setter(
    const struct record *r, const char *path);

enum may_decide { MAY_DECIDE, MAY_DECIDE_LATER, MAY_NEVER_DECIDE };

struct deciding {
	const struct conflict *conflict;
	struct id user;
	enum conflict_owner rung; /* of the user's role, if they work here */
	bool has_reason;          /* they say why */
	uint64_t now_ms;          /* office's clock */
	/* The decision that was made, and the change that it is of; NULL: one
	 * who has before them what r says now. */
	const struct change *change;
	const struct change_resolve *resolve;
};
/* May the user decide this conflict of r now? */
enum may_decide decide_may(const struct decide_limits *limits,
    const struct record *r, const struct deciding *d);

#endif
