/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/prove/stage_net.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/fault/calls.h"
#include "tests/prove/patience.h"

/* The device gives up: over a network it would wait for longer. */
#define OFFICE_QUIET_MS 400
/* ... and where nothing is wrong with the office, it has no reason to wait. */
#define DEVICE_QUIET_MS 5000
#define PATIENCE_MS 20000
/* The other device's. */
#define OTHER_TRIES 10
#define OTHER_PAUSE_US 100000

struct net_stage stage_net;

/* ---- life ---- */

/* Another device of the same user, with a folder of its own. */
static void
make_other(struct net_stage *s)
{
	struct cut_world *w = &s->w;

	s->other = w->device;
	cut_device_close(w);
	assert_true(file_join(s->other.home, w->folder.path, "other"));
	assert_int_equal(rename(w->device.home, s->other.home), 0);
	w->device = (struct cut_device){ .store = NULL };
	cut_device_make(w);
	s->other.store = NULL;
	s->other.line = NULL;
}

static void
start(void)
{
	struct net_stage *s = &stage_net;

	*s = (struct net_stage){ .office = 0 };
	cut_world_start(&s->w);
	make_other(s);
	assert_true(file_join(s->fresh, s->w.folder.path, "fresh"));
	assert_int_equal(mkdir(s->fresh, 0700), 0);
}

static const struct cut_kind *
kind_of(const char *word)
{
	const struct cut_kind *k = cut_kinds;

	while (k != &cut_kinds[CUT_KINDS_N - 1] && strcmp(k->word, word) != 0)
		k++;
	assert_string_equal(k->word, word);
	return k;
}

void
net_prepare(const char *word)
{
	struct net_stage *s = &stage_net;
	struct cut_world *w = &s->w;
	struct err e = { 0 };

	s->kind = kind_of(word);
	if (s->kind->make != NULL)
		s->kind->make(w);
	if (s->kind->prepare != NULL)
		s->kind->prepare(w);
	s->work = w->work;
	if (s->kind->try == cut_try_enrol)
		assert_ok(enrolment_keep(&w->enrolment, &s->enrolling, &e), &e);
}

/* From now on the office is a process of its own, where the network was. */
static void
take_apart(struct cut_world *w)
{
	struct err e = { 0 };

	cut_device_close(w);
	cut_office_close(w);
	front_free(w->office.front);
	w->office.front = NULL;
	cut_net_free(w->net);
	w->net = NULL;
	loop_timer_free(w->patience);
	loop_free(w->loop);
	w->loop = NULL;
	assert_ok(tcp_listen(w->address.s, &w->office.given, NULL, &e), &e);
}

static void
keep(void)
{
	struct net_stage *s = &stage_net;

	folder_keep_as_is(&s->kept[0], s->w.office.data);
	folder_keep_as_is(&s->kept[1], s->w.device.home);
	folder_keep_as_is(&s->kept[2], s->other.home);
	folder_keep_as_is(&s->kept[3], s->fresh);
	s->is_kept = true;
}

static void
restore(void)
{
	struct net_stage *s = &stage_net;

	folder_restore(&s->kept[0], s->w.office.data);
	folder_restore(&s->kept[1], s->w.device.home);
	folder_restore(&s->kept[2], s->other.home);
	folder_restore(&s->kept[3], s->fresh);
	s->has_failed = s->has_enrolled = false;
	s->made[0] = '\0';
}

static void
on_patience(void *arg)
{
	struct cut_world *w = arg;
	struct err e = { 0 };

	/* Nothing has failed yet: the machine is busy. */
	if (!fault_calls_has_failed() && w->patience_ms < PATIENCE_MS) {
		assert_ok(loop_timer_start(w->patience, PATIENCE_MS, &e), &e);
		return;
	}
	w->hangs = true;
	loop_stop(w->loop);
}

static void
open_all(bool is_office)
{
	struct net_stage *s = &stage_net;
	struct cut_world *w = &s->w;
	struct err e = { 0 };

	if (!s->is_kept)
		return;
	s->is_office = is_office;
	net_office_start(s);
	fault_calls_in_programs(is_office || s->is_command);
	assert_ok(loop_new(&w->loop, &e), &e);
	assert_ok(
	    loop_timer_new(w->loop, on_patience, w, &w->patience, &e), &e);
	w->work = s->work;
	w->patience_ms =
	    is_office ? OFFICE_QUIET_MS : patience_of(DEVICE_QUIET_MS);
	if (!s->kind->is_locked)
		cut_device_open(w);
}

static void
open_device_side(void)
{
	open_all(false);
}

static void
open_office_side(void)
{
	open_all(true);
}

static void
shut(void)
{
	struct net_stage *s = &stage_net;
	struct cut_world *w = &s->w;

	if (!s->is_kept) {
		take_apart(w);
		return;
	}
	cut_device_close(w);
	if (net_office_end(s) != NULL)
		fail_msg("%s", "the office does not end");
	loop_timer_free(w->patience);
	loop_free(w->loop);
	w->loop = NULL;
	fault_calls_in_programs(false);
}

static void
end(void)
{
	struct net_stage *s = &stage_net;

	for (size_t i = 0; i < 4; i++)
		folder_forget(&s->kept[i]);
	(void)close(s->w.office.given);
	json_decref(s->enrolling);
	enrolment_fini(&s->w.enrolment);
	check_folder_end(&s->w.folder);
}

/* ---- a try ---- */

/* As a program that is started again. */
static void
enrol_again(struct net_stage *s)
{
	struct enrolment *en = &s->w.enrolment;
	const struct enrol_code code = en->code;
	struct err e = { 0 };

	enrolment_fini(en);
	enrolment_init(en);
	en->code = code;
	assert_ok(enrolment_take(en, s->enrolling, &e), &e);
}

enum err_code
net_work(struct err *e)
{
	struct net_stage *s = &stage_net;
	struct cut_world *w = &s->w;
	const bool was_on = torture_pause();
	bool went;

	if (s->office == 0)
		net_office_start(s);
	if (s->enrolling != NULL)
		enrol_again(s);
	w->why = (struct err){ .code = ERR_OK };
	if (was_on)
		torture_resume();
	went = s->kind->try(w);
	s->has_failed = !went;
	if (went)
		return ERR_OK;
	if (w->hangs && !s->is_office)
		return err_set(e, ERR_CONFLICT, 0, "the device hangs");
	*e = w->why;
	return e->code;
}

/* ---- what can be seen of it ---- */

/* The office goes on serving others, and this device as well. */
static void
others_sync(struct net_stage *s, struct buf *out)
{
	struct cut_world *w = &s->w;
	const struct cut_device mine = w->device;
	const uint32_t patience = w->patience_ms;
	const char *bad = net_office_again(s);
	bool went = false;

	if (bad != NULL)
		(void)buf_printf(out, "BAD %s\n", bad);
	w->patience_ms = patience_of(PATIENCE_MS);
	w->why = (struct err){ .code = ERR_OK };
	w->device = s->other;
	cut_device_open(w);
	/* A front that has lost its engine says so until they are joined. */
	for (int i = 0; i < OTHER_TRIES && !went; i++) {
		if (i > 0)
			(void)usleep(OTHER_PAUSE_US);
		went = cut_try_sync(w);
	}
	if (!went)
		(void)buf_printf(
		    out, "BAD another device cannot sync: %s\n", w->why.msg);
	cut_device_close(w);
	w->device = mine;
	w->patience_ms = patience;
}

static void
tell(struct net_stage *s, struct buf *out)
{
	struct cut_world *w = &s->w;
	const char *bad = cut_is_false(s->kind, w);
	struct cut_facts f;

	if (bad != NULL)
		(void)buf_printf(out, "BAD %s\n", bad);
	if ((bad = cut_office_verify(w)) != NULL)
		(void)buf_printf(out, "BAD the office: %s\n", bad);
	(void)buf_printf(
	    out, "commands waiting %" PRIu64 "\n", cut_commands_waiting(w));
	if (w->device.store == NULL && !cut_is_wiped(w))
		cut_device_open(w);
	if (w->device.store != NULL && (bad = cut_device_verify(w)) != NULL)
		(void)buf_printf(out, "BAD the device: %s\n", bad);
	if (s->tells != NULL)
		s->tells(s, out);
	f = cut_facts_now(w);
	for (size_t i = 0; i < CUT_FACTS_N; i++)
		if (cut_fact_counts((enum cut_fact)i, s->kind))
			(void)buf_printf(out, "%s %" PRIu64 "\n",
			    cut_fact_word((enum cut_fact)i), f.n[i]);
}

static void
state(struct buf *out)
{
	struct net_stage *s = &stage_net;
	struct cut_world *w = &s->w;
	const bool is_locked = w->device.store == NULL;
	const char *bad;

	if (s->office != 0)
		others_sync(s, out);
	bad = net_office_end(s);
	if (bad != NULL)
		(void)buf_printf(out, "BAD %s\n", bad);
	cut_office_open(w);
	tell(s, out);
	cut_office_close(w);
	if (is_locked)
		cut_device_close(w);
}

#define NET                                                                    \
	.start = start, .end = end, .keep = keep, .restore = restore,          \
	.shut = shut, .state = state, .is_open = true

const struct torture_stage net_device = { NET, .open = open_device_side };
const struct torture_stage net_office = { NET, .open = open_office_side };
