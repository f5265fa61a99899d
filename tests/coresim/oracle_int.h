/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORESIM_ORACLE_INT_H
#define CORESIM_ORACLE_INT_H

#include "tests/coresim/oracle.h"

struct claim {
	const struct said *by;
	const char *path;
	unsigned word; /* in a text, or 0: the value as a whole */
	const json_t *value;
	bool is_gone;
	const json_t *at; /* where it was found last; values never change */
};

struct claims {
	struct claim *items;
	size_t n, room;
};

#define MARKS_MAX 4096

struct oracle {
	struct claims claims[RECORDS_MAX];
	/* Of each word given to a text, 1 + the change that brought it. */
	uint16_t marks[MARKS_MAX];
	/* Of each record, the state last sent if all its words are its own. */
	const struct state *plain[RECORDS_MAX];
	/* Changes that something was replaced of, or that were closed, in any
	 * life of the office. */
	struct seen replaced;
};

/* Is it in the value? */
bool oracle_says(const json_t *v, const struct claim *c);
/* Can the claim be read in the record? */
bool oracle_readable(const struct record *r, struct claim *c);
/* The change is applied: nothing that it goes on from is held. */
void oracle_check_held(
    struct world *w, const struct said *s, const struct state *before);
/* Who had seen all has neither a conflict nor a merge. */
void oracle_check_asked(struct world *w, const struct said *s,
    const struct state *before, enum outcome_kind kind);
/* Who asks somebody else to decide is heard, and what was passed on does not
 * come back to those who passed it on. */
void oracle_check_passed_on(struct world *w, const struct said *s,
    const struct state *before, const struct state *after);
/* Words that stood, and were left standing, stand. */
void oracle_check_left(struct world *w, const struct said *s,
    const struct state *before, const struct state *after);

/* What one edited and another removed is there, and of ranked answers the most
 * protective stands. */
void oracle_check_stands(struct world *w, const struct said *s,
    const struct state *before, const struct state *after);

/* May the user see the record, by what was granted and written? */
bool oracle_may_see(
    const struct world *w, unsigned user, const struct record *r);
/* Every word in the state is of a record that the user may see, or their own.
 * where: "is sent", "still has".  True: some are another record's. */
bool oracle_check_marks(
    struct world *w, unsigned user, const struct state *s, const char *where);

#endif
