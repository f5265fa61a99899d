/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_INTAKE_H
#define CORE_INTAKE_H

#include "common/core/schema.h"

/*
 * intake -- from asking for an advocate to the first contact: how long the
 * person has waited, in working days, and how much time there is until the
 * decision (schema/README.md, "intake").
 *
 * A step has happened on the earliest day that anything true tells of: the
 * time in its own field, a visit, a row that gave somebody the case.  What is
 * told here is derived from the records each time and kept nowhere, so two
 * copies that hold the same records say the same.  Pure.
 */

/* A record that may tell of a step: its type has a step's `event`. */
struct intake_event {
	const struct schema_type *type;
	const json_t *doc;
};

/* Everything is borrowed. */
struct intake_facts {
	const struct schema *schema;
	const struct schema_type *type; /* one with intake */
	const json_t *doc;
	const json_t *of_case;  /* the case that it became; NULL: none yet */
	const json_t *settings; /* the service's record; NULL: none */
	/* Records that name the case and are not removed; what is of another
	 * type, or was entered in error, is passed over. */
	const struct intake_event *events;
	size_t events_n;
	uint64_t now_ms;
};

/* Put into out (schema/cli.md, "central waiting"): "status" (null: none yet),
 * "unanswered", "waits" (unanswered, or accepted and the last step has not
 * happened), "received", "needed_by", "lead_days", "lead_sure", "steps",
 * "unallocated", "decision_first".  ERR_NOMEM. */
enum err_code intake_to_json(
    const struct intake_facts *f, json_t *out, struct err *e) ERR_CHECKED;

/* True while nobody has answered it: its status is one that waits, or it has
 * none yet. */
bool intake_is_unanswered(const struct schema_type *type, const json_t *doc);

/* Whether a step before this one, which has an event, asks for the same
 * records: they are events once. */
bool intake_is_asked(const struct schema_intake *in, size_t step);

#endif
