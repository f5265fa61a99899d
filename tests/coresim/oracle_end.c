/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "tests/coresim/kinds.h"
#include "tests/coresim/oracle_int.h"
#include "tests/coresim/record_state.h"

/* Every journal is at the office, in its order, link by link (I2, I8). */
static void
check_journal(struct world *w, const struct device *d)
{
	const struct registered *at = &w->office->devices[d->identity];

	if (at->counter != d->n) {
		violation(w, "I7",
		    "%s wrote %llu changes, the office holds %llu",
		    world_device_name(w, d->identity), (unsigned long long)d->n,
		    (unsigned long long)at->counter);
		return;
	}
	for (uint64_t n = 0; n < d->n; n++)
		if (at->in[n].said != d->journal[n] ||
		    at->in[n].said->c.counter != n + 1)
			violation(w, "I8", "change %llu of %s is another",
			    (unsigned long long)n + 1,
			    world_device_name(w, d->identity));
}

/* Does somebody at the office still look at an own change on the record? */
static bool
is_looked_at(const struct world *w, const struct device *d, unsigned record)
{
	const struct registered *at = &w->office->devices[d->identity];

	for (uint64_t n = 0; n < at->counter; n++)
		if (at->in[n].state == INTAKE_HELD &&
		    id_number(at->in[n].said->c.record) == record)
			return true;
	return false;
}

/* What it holds is what its user may see, byte for byte (I6), and of what they
 * may not own words that wait there, or that there is no record of (I10). */
static void
check_records(struct world *w, struct device *d)
{
	for (unsigned i = 0; i < w->n_records; i++) {
		const struct kept *k = &w->office->records[i];
		const struct shown *r = &d->records[i];
		const bool sees = office_sees(w, d->user, i);

		if (sees != (r->told != NULL))
			violation(w, "I6", "%s %s record %u",
			    world_device_name(w, d->identity),
			    sees ? "lacks" : "still has", i);
		else if (sees && r->told != k->state &&
		    !state_prints_same(r->told, k->state))
			violation(w, "I6", "%s holds another record %u",
			    world_device_name(w, d->identity), i);
		else if (!sees && r->view != NULL && k->state != NULL &&
		    !is_looked_at(w, d, i))
			violation(w, "I10",
			    "%s still shows record %u, which is not theirs",
			    world_device_name(w, d->identity), i);
	}
}

void
oracle_end(struct world *w)
{
	for (unsigned i = 0; i < w->n_devices && !w->is_violated; i++) {
		struct device *d = &w->devices[i];

		if (d->is_left_out)
			continue;
		check_journal(w, d);
		if (!d->is_revoked)
			check_records(w, d);
		for (unsigned r = 0; r < w->n_records && !d->is_revoked; r++)
			if (d->records[r].view != NULL)
				(void)oracle_check_marks(w, d->user,
				    d->records[r].view, "still has");
	}
}
