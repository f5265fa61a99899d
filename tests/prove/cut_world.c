/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/prove/cut_world.h"

#include <stdio.h>
#include <stdlib.h>

/* Longer than anything takes here, on a machine that is busy. */
#define PATIENCE_MS 30000

static void
on_silence(void *arg)
{
	struct cut_world *w = arg;

	w->has_given_up = true;
	loop_stop(w->loop);
}

static void
on_patience(void *arg)
{
	struct cut_world *w = arg;

	w->hangs = true;
	loop_stop(w->loop);
}

void
cut_world_start(struct cut_world *w)
{
	struct err e;

	*w = (struct cut_world){ .folder = check_folder_new(),
		.patience_ms = PATIENCE_MS };
	enrolment_init(&w->enrolment);
	assert_ok(loop_new(&w->loop, &e), &e);
	assert_ok(
	    loop_timer_new(w->loop, on_patience, w, &w->patience, &e), &e);
	w->net = cut_net_new(w->loop, on_silence, w);
	(void)snprintf(
	    w->address.s, sizeof(w->address.s), "%s", cut_net_address(w->net));
	cut_office_make(w);
	cut_office_front(w);
	cut_office_open(w);
	cut_device_make(w);
}

void
cut_world_end(struct cut_world *w)
{
	enrolment_fini(&w->enrolment);
	cut_device_close(w);
	cut_office_close(w);
	front_free(w->office.front);
	cut_net_free(w->net);
	loop_timer_free(w->patience);
	loop_free(w->loop);
	check_folder_end(&w->folder);
}

void
cut_wait(struct cut_world *w, const bool *is_done)
{
	struct err e;

	w->has_given_up = false;
	w->hangs = false;
	assert_ok(loop_timer_start(w->patience, w->patience_ms, &e), &e);
	while (!*is_done && !w->has_given_up && !w->hangs)
		if (loop_run(w->loop, &e) != ERR_OK) {
			/* The device's program ends. */
			w->has_given_up = true;
			w->why = e;
		}
	loop_timer_stop(w->patience);
}

bool
cut_try_failed(struct cut_world *w, enum err_code rc, const struct err *e)
{
	w->why = *e;
	w->why.code = rc;
	return false;
}

bool
cut_try_ends(struct cut_world *w, bool is_done, enum sync_outcome outcome,
    const struct err *local)
{
	static const enum err_code codes[SYNC_OUTCOME_N] = {
		[SYNC_OFFLINE] = ERR_BUSY,
		[SYNC_PORTAL] = ERR_MALFORMED,
		[SYNC_OFFICE_DOWN] = ERR_BUSY,
		[SYNC_CERTIFICATE] = ERR_AUTH,
		[SYNC_REFUSED] = ERR_INVALID,
		[SYNC_TIMEOUT] = ERR_BUSY,
	};

	if (is_done && local->code != ERR_OK)
		return cut_try_failed(w, local->code, local);
	if (is_done && outcome == SYNC_DONE)
		return true;
	if (is_done)
		(void)err_set(&w->why, codes[outcome], 0, "%s",
		    sync_outcome_word(outcome));
	else if (w->why.code == ERR_OK)
		(void)err_set(&w->why, ERR_BUSY, 0, "it gave up waiting");
	return false;
}

static void
on_turn(void *arg)
{
	loop_stop(arg);
}

void
cut_settle(struct cut_world *w)
{
	struct loop_timer *turn = NULL;
	struct err e;

	assert_ok(loop_timer_new(w->loop, on_turn, w->loop, &turn, &e), &e);
	for (unsigned i = 0; i < 4; i++) {
		assert_ok(loop_timer_start(turn, 0, &e), &e);
		assert_ok(loop_run(w->loop, &e), &e);
	}
	loop_timer_free(turn);
}

/* ---- both folders as they were ---- */

struct cut_image {
	struct disk_log *logs[2]; /* the office's, the device's */
	struct crash_disk *disks[2];
};

struct cut_image *
cut_image_take(struct cut_world *w)
{
	struct cut_image *i = calloc(1, sizeof(*i));
	const char *const folders[] = { w->office.data, w->device.home };
	const bool was_open = w->device.store != NULL;

	assert_non_null(i);
	cut_device_close(w);
	cut_office_close(w);
	for (size_t k = 0; k < 2; k++) {
		disk_record(folders[k]);
		i->logs[k] = disk_record_end();
		i->disks[k] = crash_disk_new(i->logs[k], 0, NULL);
	}
	cut_office_open(w);
	if (was_open)
		cut_device_open(w);
	return i;
}

void
cut_image_free(struct cut_image *i)
{
	if (i == NULL)
		return;
	for (size_t k = 0; k < 2; k++) {
		crash_disk_free(i->disks[k]);
		disk_log_free(i->logs[k]);
	}
	free(i);
}

void
cut_image_put_office(const struct cut_image *i, struct cut_world *w)
{
	struct rng unused = rng_make(0);

	cut_office_close(w);
	crash_image(i->disks[0], CRASH_KEPT, &unused, w->office.data);
	cut_office_open(w);
}

void
cut_image_put_device(const struct cut_image *i, struct cut_world *w)
{
	struct rng unused = rng_make(0);

	cut_device_close(w);
	crash_image(i->disks[1], CRASH_KEPT, &unused, w->device.home);
	cut_device_open(w);
}
