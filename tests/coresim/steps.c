/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/coresim/steps.h"

#include <string.h>

#include "tests/coresim/facts.h"
#include "tests/coresim/person.h"

struct device *
any_device(struct world *w, struct rng *dice)
{
	return &w->devices[rng_below(dice, w->n_devices)];
}

static bool
step_person(struct world *w, const struct step *s, struct rng *dice)
{
	struct device *d = any_device(w, dice);

	switch ((int)s->kind) {
	case STEP_NEW:
		(void)person_writes_new(d, dice);
		return true;
	case STEP_UNFILED:
		(void)person_writes_unfiled(d, dice);
		return true;
	case STEP_FILE:
		(void)person_files(d, dice);
		return true;
	case STEP_EDIT:
		/* Often several in a row, offline. */
		(void)person_edits(d, dice);
		if (rng_below(dice, 3) == 0)
			(void)person_edits(d, dice);
		return true;
	case STEP_OPEN:
		person_opens(d, dice);
		return true;
	case STEP_SAVE_LATE:
		(void)person_saves_late(d, dice);
		return true;
	case STEP_ANSWER:
		(void)person_answers(d, dice);
		return true;
	case STEP_REMOVE:
		(void)person_removes(d, dice);
		return true;
	case STEP_SIGN:
		(void)person_signs(d, dice);
		return true;
	case STEP_DECIDE:
		(void)person_decides(d, dice);
		return true;
	case STEP_SYNC:
		device_sync(d);
		return true;
	default:
		return false;
	}
}

/* ---- at the office ---- */

static void
office_handles_held(struct world *w, struct rng *dice, bool close)
{
	unsigned n;
	struct intake *in;

	(void)office_held(w, UINT64_MAX, &n);
	if (n == 0)
		return;
	in = office_held(w, rng_below(dice, n), &n);
	HAPPENED(w, 13, in->said->no, "an administrator %s change %u",
	    close ? "closes" : "tries again", in->said->no);
	if (close)
		office_close(w, in);
	else
		office_retry(w, in);
}

/* Two of them decide what both have on their screens. */
static void
two_admins(struct world *w, struct rng *dice)
{
	const struct state *seen = office_open_conflict(w, dice);
	struct rng same = *dice;

	if (seen == NULL)
		return;
	if (office_decides(w, seen, 0, dice) &&
	    office_decides(w, seen, 1, &same))
		count_fault(w, FAULT_TWO_ADMINS);
}

static void
grants_change(struct world *w, struct rng *dice, bool on)
{
	const unsigned user = (unsigned)rng_below(dice, 6);
	const unsigned k = (unsigned)rng_below(dice, CASES);

	if (w->office->grants[user][k] == on)
		return;
	HAPPENED(w, 14, user * CASES + k, "%s %s case %u", user_name(user),
	    on ? "is given" : "no longer has", k);
	office_grant(w, user, k, on);
	fact_grants(w);
	count_fault(w, FAULT_SCOPE);
}

static void
go_back(struct world *w, const struct office *to, enum fault f, bool closed)
{
	if (to == NULL)
		return;
	HAPPENED(w, 15, f, "the office goes on from %s%s",
	    f == FAULT_RESTORE ? "a backup" : "a standby that lags behind",
	    closed ? ", and gives nobody a page" : "");
	office_go_back(w, to, closed);
	/* The console goes on as another device. */
	memset(w->screens, 0, sizeof(w->screens));
	fact_restored(w);
	count_fault(w, f);
}

static bool
step_office(struct world *w, const struct step *s, struct rng *dice)
{
	const struct state *seen;

	switch ((int)s->kind) {
	case STEP_OFFICE_EDIT:
		(void)office_edits(w, dice);
		return true;
	case STEP_OFFICE_DECIDE:
		seen = office_open_conflict(w, dice);
		if (seen != NULL)
			(void)office_decides(w, seen, 0, dice);
		return true;
	case STEP_OFFICE_RETRY:
	case STEP_OFFICE_CLOSE:
		office_handles_held(w, dice, s->kind == STEP_OFFICE_CLOSE);
		return true;
	case STEP_TWO_ADMINS:
		two_admins(w, dice);
		return true;
	case STEP_SCREEN:
		office_opens(w, dice);
		return true;
	case STEP_SCREEN_ACTS:
		office_acts_late(w, dice);
		return true;
	case STEP_GRANT_END:
	case STEP_GRANT_ADD:
		grants_change(w, dice, s->kind == STEP_GRANT_ADD);
		return true;
	case STEP_OFFICE_BACKUP:
		w->office->backup = office_copy(w->office);
		return true;
	case STEP_RESTORE:
	case STEP_RESTORE_CLOSED:
		go_back(w, w->office->backup, FAULT_RESTORE,
		    s->kind == STEP_RESTORE_CLOSED);
		return true;
	case STEP_ACCESS:
		office_confirms(w);
		return true;
	case STEP_STANDBY:
		w->office->standby = office_copy(w->office);
		return true;
	case STEP_FAILOVER:
		go_back(w, w->office->standby, FAULT_FAILOVER, false);
		return true;
	default:
		return false;
	}
}

/* ---- the world ---- */

static void
step_clock(struct world *w, struct rng *dice)
{
	const uint64_t years = UINT64_C(20) * 365 * 86400;
	const int64_t by =
	    ((int64_t)rng_below(dice, years) - (int64_t)years / 2) * 1000;

	count_fault(w, FAULT_CLOCK);
	if (rng_below(dice, 6) == 0)
		w->office_clock = by / 20;
	else
		any_device(w, dice)->clock = by;
}

static void
step_cut(struct world *w, struct rng *dice, bool requests)
{
	const uint64_t ms = 2000 + rng_below(dice, 20000);

	network_cut(w, any_device(w, dice)->slot, requests, ms);
}

void
step_do(struct world *w, const struct step *s)
{
	struct rng dice = rng_make(s->dice);

	if (step_person(w, s, &dice) || step_office(w, s, &dice) ||
	    step_fault(w, s, &dice))
		return;
	switch ((int)s->kind) {
	case STEP_ONE_WAY:
		step_cut(w, &dice, true);
		break;
	case STEP_HALF_OPEN:
		step_cut(w, &dice, false);
		break;
	case STEP_NODE_CRASH:
		network_node_down(w, DEATH_BEFORE);
		break;
	case STEP_NODE_CRASH_APPLY:
		network_node_down(w, DEATH_APPLYING);
		break;
	case STEP_NODE_CRASH_REPLY:
		network_node_down(w, DEATH_REPLYING);
		break;
	case STEP_CLOCK:
		step_clock(w, &dice);
		break;
	default:
		break;
	}
}
