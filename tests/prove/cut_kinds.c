/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/prove/cut_kinds.h"

const struct cut_kind cut_kinds[CUT_KINDS_N] = {
	{ .word = "enrol",
	    .prepare = cut_prepare_enrol,
	    .try = cut_try_enrol,
	    .is_false = cut_enrol_is_false,
	    .work = CUT_DEVICES },
	{ .word = "first sync",
	    .fresh = CUT_FRESH_DEVICE,
	    .try = cut_try_sync,
	    .work = CUT_RECORDS },
	{ .word = "push",
	    .make = cut_make_push,
	    .prepare = cut_prepare_push,
	    .try = cut_try_sync,
	    .work = CUT_CHANGES },
	{ .word = "delta",
	    .make = cut_make_first,
	    .prepare = cut_prepare_delta,
	    .try = cut_try_sync,
	    .work = CUT_PULLED },
	{ .word = "pages",
	    .fresh = CUT_FRESH_DEVICE,
	    .make = cut_make_pages,
	    .try = cut_try_sync,
	    .work = CUT_PULLED },
	{ .word = "quiet sync", .make = cut_make_first, .try = cut_try_sync },
	{ .word = "drop",
	    .fresh = CUT_FRESH_DEVICE,
	    .make = cut_make_drop,
	    .try = cut_try_sync,
	    .work = CUT_RECORDS },
	{ .word = "repair",
	    .fresh = CUT_FRESH_DEVICE,
	    .make = cut_make_repair,
	    .try = cut_try_sync,
	    .work = CUT_RECORDS },
	{ .word = "restored office",
	    .fresh = CUT_FRESH_BOTH,
	    .make = cut_make_restored,
	    .try = cut_try_sync,
	    .work = CUT_CHANGES },
	{ .word = "courier",
	    .is_locked = true,
	    .make = cut_make_push,
	    .prepare = cut_prepare_courier,
	    .try = cut_try_courier,
	    .is_false = cut_courier_is_false,
	    .work = CUT_CHANGES },
	{ .word = "lock",
	    .is_locked = true,
	    .make = cut_make_first,
	    .prepare = cut_prepare_lock,
	    .try = cut_try_courier,
	    .is_false = cut_courier_is_false,
	    .came_to = cut_commands_waiting,
	    .work = CUT_LOG },
	{ .word = "wipe",
	    .fresh = CUT_FRESH_BOTH,
	    .is_locked = true,
	    .make = cut_make_wipe,
	    .prepare = cut_prepare_wipe,
	    .try = cut_try_courier,
	    .is_false = cut_wipe_is_false,
	    .came_to = cut_commands_waiting,
	    .work = CUT_WIPED },
	{ .word = "renew",
	    .may_repeat = true,
	    .make = cut_make_first,
	    .prepare = cut_prepare_renew,
	    .try = cut_try_renew,
	    .came_to = cut_renew_works,
	    .work = CUT_CAME_TO },
	{ .word = "wait",
	    .make = cut_make_first,
	    .prepare = cut_prepare_wait,
	    .try = cut_try_wait,
	    .work = CUT_LOG },
	{ .word = "history", .make = cut_make_first, .try = cut_try_history },
	{ .word = "file",
	    .make = cut_make_first,
	    .prepare = cut_prepare_file,
	    .try = cut_try_sync,
	    .is_false = cut_file_is_false,
	    .work = CUT_FILES },
};

static const struct {
	const char *what;
	bool is_more; /* than before; else as it is afterwards */
	bool is_log;  /* of the office's log */
} names[CUT_FACTS_N] = {
	[CUT_WENT] = { "tries that went through", false, false },
	[CUT_CHANGES] = { "changes received", true, false },
	[CUT_LOG] = { "entries in the log", true, true },
	[CUT_OUTCOMES] = { "outcomes given", true, false },
	[CUT_DEVICES] = { "devices enrolled", true, false },
	[CUT_CAME_TO] = { "its own number", false, false },
	[CUT_RECEIPTS] = { "receipts on the device", true, false },
	[CUT_OUTCOMES_HELD] = { "outcomes on the device", true, false },
	[CUT_OUTCOME_KINDS] = { "kinds of outcome, summed up", true, false },
	[CUT_RECORDS] = { "records on the device", true, false },
	[CUT_PULLED] = { "numbers of the log pulled", true, false },
	[CUT_UNSENT] = { "changes without a receipt", false, false },
	[CUT_HELD] = { "changes held", false, false },
	[CUT_CONFLICTS] = { "open conflicts", false, false },
	[CUT_AGREES] = { "digests that agree", false, false },
	[CUT_WIPED] = { "folders erased", false, false },
	[CUT_FILES] = { "files received", true, false },
};

struct cut_facts
cut_facts_now(struct cut_world *w)
{
	const struct office_device d = cut_office_device(w, w->device.id);
	struct cut_facts f = { .n = { [CUT_WENT] = 1 } };
	struct store_status status;
	struct digest sum;
	struct err e = { 0 };

	f.n[CUT_CHANGES] = d.counter;
	f.n[CUT_OUTCOMES] = d.outcome_no;
	f.n[CUT_LOG] = cut_office_head(w);
	f.n[CUT_DEVICES] = cut_office_devices(w);
	f.n[CUT_FILES] = cut_office_files(w);
	f.n[CUT_WIPED] = cut_is_wiped(w);
	if (f.n[CUT_WIPED] == 1)
		return f;
	f.n[CUT_RECEIPTS] =
	    (uint64_t)cut_device_number(w, "SELECT count(*) FROM receipt");
	f.n[CUT_OUTCOMES_HELD] =
	    (uint64_t)cut_device_number(w, "SELECT count(*) FROM outcome");
	f.n[CUT_OUTCOME_KINDS] = (uint64_t)cut_device_number(
	    w, "SELECT coalesce(sum(kind), 0) FROM outcome");
	f.n[CUT_RECORDS] =
	    (uint64_t)cut_device_number(w, "SELECT count(*) FROM confirmed");
	f.n[CUT_PULLED] = (uint64_t)cut_device_number(
	    w, "SELECT coalesce(max(v_seq), 0) FROM confirmed");
	assert_ok(device_store_status(w->device.store, &status, &e), &e);
	f.n[CUT_UNSENT] = status.unsent;
	f.n[CUT_HELD] = status.held;
	f.n[CUT_CONFLICTS] = status.conflicts;
	sum = cut_office_digest(w);
	f.n[CUT_AGREES] = hash32_equal(sum.sum, status.digest.sum);
	return f;
}

struct cut_facts
cut_facts_since(const struct cut_facts *before, const struct cut_facts *after)
{
	struct cut_facts f = *after;

	for (size_t i = 0; i < CUT_FACTS_N; i++)
		if (names[i].is_more)
			f.n[i] -= before->n[i];
	return f;
}

const char *
cut_fact_word(enum cut_fact fact)
{
	return names[fact].what;
}

bool
cut_fact_counts(enum cut_fact fact, const struct cut_kind *k)
{
	return !(names[fact].is_log && k->may_repeat);
}
