/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An exchange between a device and its office is cut after each byte, in each
 * direction, and tried again: afterwards both hold what they hold when nothing
 * is cut, and in between neither takes as done what is not.
 *
 * A seed is one exchange and one slice of its bytes, evenly spread: every
 * SLICES-th, or every SLICES_ALL-th where all are asked for.  As many seeds as
 * there are exchanges, slices and ways to cut, multiplied, cut everywhere.  A
 * process measures an exchange once: what it passes and what it comes to when
 * nothing cuts it.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tests/prove/cert_once.h"
#include "tests/prove/cut_kinds.h"
#include "tests/prove/prove.h"

#define SLICES 512
#define SLICES_ALL 64
#define MEASURES 3
/* Requests that the front takes from one stranger at once are a hundred. */
#define FRONT_POINTS 12
/* So many cuts, each going on from the one before. */
#define IMAGE_POINTS 24

const char *
cut_is_false(const struct cut_kind *k, struct cut_world *w)
{
	struct store_status status;
	struct office_device d;
	struct err e = { 0 };

	if (w->device.store != NULL) {
		assert_ok(
		    device_store_status(w->device.store, &status, &e), &e);
		d = cut_office_device(w, w->device.id);
		if (status.receipted > d.counter)
			return "it shows a receipt for what the office has not";
		if (status.receipted == d.counter &&
		    status.receipted == status.written && d.counter > 0 &&
		    !hash32_equal(status.link, d.link))
			return "it shows a receipt for another journal";
	}
	return k->is_false == NULL ? NULL : k->is_false(w);
}

/* ---- a template for each exchange ---- */

struct template
{
	struct cut_image *image; /* NULL: not made yet */
	struct cut_work work;
	uint64_t bytes[CUT_DIRECTIONS];
	uint64_t rounds;
	struct cut_facts facts;
};

static struct cut_world world;
static struct cut_image *first_day;
static struct cut_work first_work;
static struct template templates[CUT_KINDS_N];

static void
put_back(const struct template *t)
{
	cut_net_clear(world.net);
	cut_image_put_office(t->image, &world);
	cut_image_put_device(t->image, &world);
	world.work = t->work;
}

static void
begin_work(const struct cut_kind *k, const struct template *t)
{
	if (k->fresh == CUT_FRESH_BOTH)
		cut_image_put_office(t->image, &world);
	if (k->fresh != CUT_FRESH_NOTHING)
		cut_image_put_device(t->image, &world);
	else if (world.device.store == NULL)
		cut_device_open(&world);
	else
		cut_device_redial(&world);
}

/* Unlock to look, where there is something to unlock. */
static struct cut_facts
look(const struct cut_kind *k, const struct cut_facts *before)
{
	struct cut_facts after;
	const uint64_t came_to = k->came_to == NULL ? 0 : k->came_to(&world);

	cut_settle(&world);
	if (world.device.store == NULL && !cut_is_wiped(&world))
		cut_device_open(&world);
	after = cut_facts_now(&world);
	after.n[CUT_CAME_TO] = came_to;
	return cut_facts_since(before, &after);
}

static bool
try(const struct cut_kind *k)
{
	world.rounds = 0;
	return k->try(&world);
}

/* Try again.  A device that noticed nothing of a silence goes on with the same
 * connection, and once more when it has given that up. */
static bool
try_again(const struct cut_kind *k, const struct cut_at *at)
{
	return try(k) ||
	    (at->how == CUT_SILENT && world.has_given_up && try(k));
}

/* One exchange that nothing cuts. */
static void
measure(const struct cut_kind *k, struct template *t)
{
	struct cut_facts before;
	struct cut_seen seen;
	bool went;

	begin_work(k, t);
	before = cut_facts_now(&world);
	if (k->prepare != NULL)
		k->prepare(&world);
	cut_net_calm(world.net);
	went = try(k);
	seen = cut_net_seen(world.net);
	if (!went)
		fail_msg("%s: it does not go through", k->word);
	for (size_t i = 0; i < CUT_DIRECTIONS; i++)
		if (seen.passed[i] > t->bytes[i])
			t->bytes[i] = seen.passed[i];
	t->rounds = world.rounds;
	t->facts = look(k, &before);
	if (t->facts.n[k->work] == 0)
		fail_msg("%s: it had nothing to do", k->word);
	cut_net_clear(world.net);
}

static const struct template *
template_of(const struct cut_kind *k)
{
	struct template *t = &templates[k - cut_kinds];

	if (first_day == NULL) {
		cert_once_start();
		cut_world_start(&world);
		first_day = cut_image_take(&world);
		first_work = world.work;
	}
	if (t->image != NULL)
		return t;
	cut_office_front(&world);
	t->image = first_day;
	t->work = first_work;
	put_back(t);
	if (k->make != NULL)
		k->make(&world);
	t->image = cut_image_take(&world);
	t->work = world.work;
	/* Where each cut goes on from the one before, two were before them
	 * all: what was written when, and what was pulled of it. */
	measure(k, t);
	measure(k, t);
	if (k->fresh == CUT_FRESH_NOTHING) {
		cut_image_free(t->image);
		t->image = cut_image_take(&world);
		t->work = world.work;
	}
	for (size_t i = 0; i < MEASURES; i++)
		measure(k, t);
	return t;
}

/* ---- one cut ---- */

struct point {
	const struct cut_kind *kind;
	const struct template *template;
	struct cut_at at;
	struct prove *prove;
	uint64_t seed;
};

static const char *
how_word(const struct cut_at *at)
{
	static const char *const words[CUT_DIRECTIONS][CUT_HOWS] = {
		[CUT_UP] = { "up, end", "up, reset", "up, silence" },
		[CUT_DOWN] = { "down, end", "down, reset", "down, silence" },
	};

	return words[at->direction][at->how];
}

static void
violated(const struct point *p, const char *what)
{
	prove_violation(p->prove, p->seed,
	    "%s, cut after %" PRIu64 " bytes (%s): %s", p->kind->word,
	    p->at.after, how_word(&p->at), what);
}

static void
compare(const struct point *p, const struct cut_facts *facts)
{
	const struct cut_facts *want = &p->template->facts;

	for (size_t i = 0; i < CUT_FACTS_N; i++)
		if (facts->n[i] != want->n[i] &&
		    cut_fact_counts((enum cut_fact)i, p->kind))
			prove_violation(p->prove, p->seed,
			    "%s, cut after %" PRIu64 " bytes (%s): %s: %" PRId64
			    " and not %" PRId64,
			    p->kind->word, p->at.after, how_word(&p->at),
			    cut_fact_word((enum cut_fact)i),
			    (int64_t)facts->n[i], (int64_t)want->n[i]);
}

/* The retry, and what both came to. */
static void
retry(const struct point *p, const struct cut_facts *before, uint64_t rounds)
{
	struct cut_facts facts;

	cut_net_calm(world.net);
	/* After a reset the device's program has died as well. */
	if (p->at.how == CUT_RESET && world.device.store != NULL) {
		cut_device_close(&world);
		cut_device_open(&world);
	}
	if (!try_again(p->kind, &p->at)) {
		violated(p,
		    world.hangs ? "the retry hangs"
		                : "the retry does not go through");
		return;
	}
	/* What had come before the cut is not asked for again. */
	if (rounds + world.rounds > p->template->rounds + 1)
		violated(p, "the retry began from the beginning");
	facts = look(p->kind, before);
	compare(p, &facts);
	prove_changes(p->prove, facts.n[CUT_CHANGES]);
}

/* The office loses what it has just answered for: its disk lied. */
static void
lose(const struct cut_image *kept)
{
	cut_settle(&world);
	cut_image_put_office(kept, &world);
}

static bool
cut_here(const struct point *p)
{
	const bool lies =
	    prove_lies(p->prove) > 0 && p->at.after % prove_lies(p->prove) == 0;
	struct cut_image *kept = NULL;
	struct cut_facts before;
	const char *bad;
	bool was_cut;

	begin_work(p->kind, p->template);
	before = cut_facts_now(&world);
	if (p->kind->prepare != NULL)
		p->kind->prepare(&world);
	if (lies)
		kept = cut_image_take(&world);
	cut_net_arm(world.net, &p->at);
	(void)try(p->kind);
	was_cut = cut_net_seen(world.net).was_cut;
	if (world.hangs)
		violated(p, "it hangs");
	if (lies)
		lose(kept);
	bad = cut_is_false(p->kind, &world);
	if (bad != NULL)
		violated(p, bad);
	if (lies)
		put_back(p->template);
	else
		retry(p, &before, world.rounds);
	cut_image_free(kept);
	cut_net_clear(world.net);
	return was_cut;
}

/* ---- a seed ---- */

static void
add_up(const struct point *p)
{
	const char *bad;

	if (prove_lies(p->prove) > 0)
		return; /* what was lost is missed already */
	bad = cut_office_verify(&world);
	if (bad != NULL)
		violated(p, bad);
	if (world.device.store == NULL)
		return;
	bad = cut_device_verify(&world);
	if (bad != NULL)
		violated(p, bad);
}

void
cut_seed(struct prove *p, uint64_t seed)
{
	const uint64_t slices = prove_is_all(p) ? SLICES_ALL : SLICES;
	const uint64_t slice = seed / CUT_KINDS_N;
	/* Seeds are dealt in turn: each process has a share of every kind. */
	const struct cut_kind *k =
	    &cut_kinds[(seed + (CUT_KINDS_N - 1) * slice) % CUT_KINDS_N];
	const struct template *t = template_of(k);
	const uint64_t up = t->bytes[CUT_UP] + 1;
	struct point point = {
		.kind = k, .template = t, .prove = p, .seed = seed
	};
	unsigned n = 0;

	for (uint64_t at = slice % slices;
	     at < up + t->bytes[CUT_DOWN] + 1 && !prove_is_done(p);
	     at += slices, n++) {
		if (n % FRONT_POINTS == 0)
			cut_office_front(&world);
		if (n % IMAGE_POINTS == 0) {
			if (n > 0)
				add_up(&point);
			put_back(t);
		}
		point.at = (struct cut_at){
			.direction = at < up ? CUT_UP : CUT_DOWN,
			.after = at < up ? at : at - up,
			.how = (enum cut_how)((at + slice / slices) % CUT_HOWS),
		};
		if (!cut_here(&point))
			continue; /* this time there were fewer bytes */
		if (prove_is_all(p))
			prove_asked(p, 1);
		prove_point(p, how_word(&point.at));
		prove_event(p, k->word);
	}
	add_up(&point);
}

uint64_t
cut_all(void)
{
	return (uint64_t)CUT_KINDS_N * SLICES_ALL * CUT_HOWS;
}
