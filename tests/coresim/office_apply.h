/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORESIM_OFFICE_APPLY_H
#define CORESIM_OFFICE_APPLY_H

#include "tests/coresim/office.h"

/*
 * office_apply -- a received change meets its record at the office.
 */

/* Give it an outcome: applied, or held with a reason. */
void apply_intake(struct world *w, struct intake *in);
/* Try what waits about the record. */
void release_record(struct world *w, unsigned record);
/* Note the outcome; a final one is given once (I9). */
void give_outcome(struct world *w, struct intake *in, enum outcome_kind kind,
    const char *reason, struct version version);
/* Who sees the record from now on, after it or a grant changed at seq. */
void follow_scopes(struct world *w, unsigned record, uint64_t seq);
/* An entry of the log; its number. */
uint64_t log_append(struct world *w, const struct said *s);

#endif
