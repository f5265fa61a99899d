/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exchanges of a locked device: envelopes, and what the office tells it to do.
 */
#include "tests/prove/cut_kinds.h"

#include "common/base/clock.h"
#include "common/store/wipe.h"
#include "daemon/sync/access.h"
#include "daemon/sync/courier.h"
#include "daemon/sync/obey.h"

struct handed_over {
	struct cut_world *w;
	bool is_done;
	struct sync_report report;
	struct err local;
};

static void
on_handed_over(void *arg, const struct sync_report *r, const struct err *e)
{
	struct handed_over *h = arg;

	h->is_done = true;
	h->report = *r;
	h->local = *e;
	loop_stop(h->w->loop);
}

static bool
hand_over(struct cut_world *w, const struct courier_task *task)
{
	struct handed_over h = { .w = w };
	struct courier *courier = NULL;
	struct err e = { 0 };
	const enum err_code rc =
	    courier_start(task, on_handed_over, &h, &courier, &e);

	if (rc != ERR_OK)
		return cut_try_failed(w, rc, &e);
	cut_wait(w, &h.is_done);
	if (!h.is_done)
		courier_cancel(courier);
	w->rounds += h.report.round_trips;
	return cut_try_ends(w, h.is_done, h.report.outcome, &h.local);
}

/* As the daemon does while locked: hand over, carry out what was told, and say
 * so. */
bool
cut_try_courier(struct cut_world *w)
{
	struct courier_task task = { .outside = NULL };
	bool has_obeyed = false, went = false;
	struct err e = { 0 };
	enum err_code rc;

	w->rounds = 0;
	if ((rc = outside_open(w->device.home, &task.outside, &e)) != ERR_OK ||
	    (rc = access_courier(w->loop, task.outside, &task.office, &e)) !=
	        ERR_OK ||
	    (rc = courier_receipted(task.outside, &task.after, &e)) != ERR_OK)
		goto out;
	went = hand_over(w, &task);
	if (went &&
	    ((rc = courier_receipted(task.outside, &task.after, &e)) !=
	            ERR_OK ||
	        (rc = obey_next(task.outside, w->device.home, task.after,
	             &has_obeyed, &e)) != ERR_OK))
		goto out;
	if (has_obeyed)
		went = hand_over(w, &task);
out:
	if (rc != ERR_OK)
		went = cut_try_failed(w, rc, &e);
	office_close(task.office);
	outside_close(task.outside);
	return went;
}

/* ---- work ---- */

void
cut_prepare_courier(struct cut_world *w)
{
	cut_prepare_push(w);
	cut_device_close(w);
}

static void
order(struct cut_world *w, const char *what)
{
	json_t *answer = cut_office_ask(w,
	    json_pack("{s:s, s:s, s:s}", "do", what, "device",
	        id_print(w->device.id).s, "reason", "It was left in a bus."));

	w->work.command =
	    (uint64_t)json_integer_value(json_object_get(answer, "no"));
	json_decref(answer);
}

void
cut_prepare_lock(struct cut_world *w)
{
	order(w, "device lock");
	cut_device_close(w);
}

/* What is to be erased has something in it that no one else has. */
void
cut_make_wipe(struct cut_world *w)
{
	cut_make_push(w);
	cut_prepare_push(w);
	order(w, "device wipe");
}

void
cut_prepare_wipe(struct cut_world *w)
{
	struct store_status status;
	struct err e = { 0 };

	assert_ok(device_store_status(w->device.store, &status, &e), &e);
	w->work.written = status.written;
	cut_device_close(w);
}

/* ---- what it says of itself ---- */

bool
cut_is_wiped(const struct cut_world *w)
{
	return device_is_wiped(w->device.home);
}

const char *
cut_courier_is_false(struct cut_world *w)
{
	const uint64_t held = cut_office_device(w, w->device.id).counter;
	struct courier_task task = { .outside = NULL };
	const char *bad = NULL;
	struct err e = { 0 };

	assert_ok(outside_open(w->device.home, &task.outside, &e), &e);
	assert_ok(courier_receipted(task.outside, &task.after, &e), &e);
	if (task.after > held)
		bad = "it keeps a receipt for what the office has not";
	if (cut_commands_waiting(w) == 0 && w->work.command > 0 &&
	    obey_done(task.outside) < w->work.command)
		bad = "the office takes a command as done that was not";
	outside_close(task.outside);
	return bad;
}

const char *
cut_wipe_is_false(struct cut_world *w)
{
	if (cut_is_wiped(w) &&
	    cut_office_device(w, w->device.id).counter < w->work.written)
		return "what was erased is not all with the office";
	return cut_courier_is_false(w);
}

static bool
count(void *arg, const struct office_command *c)
{
	(void)c;
	++*(uint64_t *)arg;
	return true;
}

uint64_t
cut_commands_waiting(struct cut_world *w)
{
	struct office_store *s = engine_store(w->office.engine);
	uint64_t n = 0;
	struct err e = { 0 };

	assert_ok(store_begin_read(s, &e), &e);
	assert_ok(store_commands_waiting(
	              s, w->device.id, clock_unix_ms(), count, &n, &e),
	    &e);
	store_rollback(s);
	return n;
}
