/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people do at their devices.  Each is written so that it can be done
 * again: it looks first whether it is there already, as a person does who was
 * told nothing.
 */
#include "tests/sequences/ops.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/core/path.h"
#include "common/sys/json.h"
#include "tests/sim/device.h"
#include "tests/sim/person.h"
#include "tests/sim/template.h"

#define HERE(p) (&(p)->w->devices[0])
#define COLLEAGUE(p) (&(p)->w->devices[1])
#define SYNC_WAIT_MS 30000

static const char *const words[OP_N] = { "new", "edit", "clash", "text",
	"sealed", "sync", "colleague", "decide", "sign", "remove", "reopen",
	"office decide", "grant", "backup", "restore" };

const char *
play_op_word(enum play_op op)
{
	return words[op];
}

/* ---- what is shown ---- */

struct search {
	struct device_store *store;
	const char *type, *word;
	bool found;
	struct id id;
};

static bool
holds_word(const json_t *json, const char *word)
{
	char *text = json == NULL ? NULL : json_dumps(json, JSON_ENCODE_ANY);
	const bool holds = text != NULL && strstr(text, word) != NULL;

	free(text);
	return holds;
}

static bool
look_at(void *arg, const struct record_summary *one)
{
	struct search *s = arg;
	struct record_view v;
	struct err e;

	if (device_store_get(s->store, one->id, &v, &e) != ERR_OK)
		return true;
	s->found = holds_word(v.record.doc, s->word);
	s->id = one->id;
	record_view_fini(&v);
	return !s->found;
}

/* A note with this word in it. */
static bool
find_note(struct sim_device *d, const char *word, struct id *out)
{
	struct search s = { .store = d->store, .word = word };
	struct err e;

	enter_device(d);
	if (device_store_list(d->store, "note", NULL, 64, look_at, &s, &e) !=
	    ERR_OK)
		s.found = false;
	leave();
	if (s.found)
		*out = s.id;
	return s.found;
}

/* The value that a device shows at a path of a record; new, or NULL. */
static json_t *
shown(struct sim_device *d, struct id id, const char *path)
{
	struct record_view v;
	json_t *value = NULL;
	struct err e;

	enter_device(d);
	if (device_store_get(d->store, id, &v, &e) == ERR_OK) {
		value = json_incref(
		    (json_t *)(uintptr_t)path_get(v.record.doc, path));
		record_view_fini(&v);
	}
	leave();
	return value;
}

/* In the value, or in a side of a conflict about it. */
static bool
is_shown(struct sim_device *d, struct id id, const char *path, const char *word)
{
	struct record_view v;
	bool is = false;
	struct err e;

	enter_device(d);
	if (device_store_get(d->store, id, &v, &e) == ERR_OK) {
		is = holds_word(path_get(v.record.doc, path), word);
		for (size_t i = 0; i < v.record.n_conflicts && !is; i++) {
			const struct conflict *c = &v.record.conflicts[i];

			for (size_t k = 0; k < c->n_sides && !is; k++)
				is = strcmp(c->path, path) == 0 &&
				    holds_word(c->sides[k].value, word);
		}
		record_view_fini(&v);
	}
	leave();
	return is;
}

/* ---- what is done at a device ---- */

static void
write_note(struct play *p, struct sim_device *d, const char *word)
{
	json_t *of_case = json_string(id_print(template.cases[0]).s);
	json_t *summary = json_sprintf("He said %s to me.", word);
	const struct edit edits[] = { { .path = "case", .now = of_case },
		{ .path = "summary", .now = summary } };

	if (!find_note(d, word, &p->newest))
		(void)person_saves(d, NULL, "note", edits, 2, NULL);
	p->has_newest = find_note(d, word, &p->newest);
	json_decref(of_case);
	json_decref(summary);
}

static void
write_name(struct sim_device *d, const char *word)
{
	json_t *name = json_sprintf("Sam %s", word);
	const struct edit edit = { .path = "full_name", .now = name };

	if (!is_shown(d, template.people[0], "full_name", word))
		(void)person_saves(
		    d, &template.people[0], "person", &edit, 1, NULL);
	json_decref(name);
}

/* A paragraph more at the end of what is shown. */
static void
write_text(struct sim_device *d, const char *word)
{
	json_t *old = shown(d, template.people[0], "what_matters");
	json_t *text = old == NULL
	    ? json_sprintf("Tea with %s.", word)
	    : json_sprintf("%s\n\nTea with %s.", json_string_value(old), word);
	const struct edit edit = { .path = "what_matters", .now = text };

	if (!is_shown(d, template.people[0], "what_matters", word))
		(void)person_saves(
		    d, &template.people[0], "person", &edit, 1, NULL);
	json_decref(old);
	json_decref(text);
}

void
play_sync(struct play *p, struct sim_device *d)
{
	for (unsigned i = 0; i < TRIES_MAX && !p->w->is_violated; i++) {
		d->report = (struct sync_report){ .outcome = SYNC_OFFLINE };
		device_sync(d);
		world_pass(p->w, SYNC_WAIT_MS);
		/* Whose machine went down in it was told nothing. */
		if (play_after(p))
			continue;
		if (d->exchange == NULL && d->courier == NULL &&
		    d->report.outcome == SYNC_DONE)
			return;
	}
	violation(p->w, "I7", "device %u does not get to sync: %s", d->slot,
	    sync_outcome_word(d->report.outcome));
}

static void
colleague_writes(struct play *p, const char *word)
{
	write_text(COLLEAGUE(p), word);
	play_sync(p, COLLEAGUE(p));
}

static void
clash(struct play *p, const char *theirs, const char *ours)
{
	write_name(COLLEAGUE(p), theirs);
	play_sync(p, COLLEAGUE(p));
	write_name(HERE(p), ours);
}

static void
sealed(struct play *p, const char *word)
{
	write_note(p, HERE(p), word);
	device_lock(HERE(p));
	play_sync(p, HERE(p));
	device_unlock(HERE(p));
}

static void
reopen(struct sim_device *d)
{
	device_halt(d);
	device_boot(d);
	device_after(d);
}

/* What is removed does not show whether it was signed: nobody signs it. */
static void
sign(struct play *p)
{
	struct rng dice = rng_make(1);
	json_t *there =
	    p->has_newest ? shown(HERE(p), p->newest, "case") : NULL;

	if (there != NULL && !is_shown(HERE(p), p->newest, "content", "signed"))
		(void)person_signs(HERE(p), &dice);
	json_decref(there);
}

/* What is signed stays, and shows the wish as an addendum. */
static void
take_away(struct play *p)
{
	const struct edit edit = { .path = "" };
	json_t *there, *wish;

	if (!p->has_newest)
		return;
	there = shown(HERE(p), p->newest, "case");
	wish = shown(HERE(p), p->newest, "addenda");
	if (there != NULL && wish == NULL)
		(void)person_saves(HERE(p), &p->newest, "note", &edit, 1, NULL);
	json_decref(there);
	json_decref(wish);
}

static void
decide(struct play *p)
{
	struct rng dice = rng_make(1);

	/* Whoever wrote without having seen learns of it here; not again when
	 * the decision is tried again.  If it was saved already, that would
	 * bring it to the office before what a colleague does next, which else
	 * comes first: both orders are right, and end differently. */
	if (!p->is_synced)
		play_sync(p, HERE(p));
	p->is_synced = true;
	p->is_told = person_decides(HERE(p), &dice);
}

/* ---- the alphabet ---- */

static void
once(struct play *p, enum play_op op, const char *ours, const char *theirs)
{
	switch ((int)op) {
	case OP_NEW:
		write_note(p, HERE(p), ours);
		break;
	case OP_EDIT:
		write_name(HERE(p), ours);
		break;
	case OP_CLASH:
		clash(p, theirs, ours);
		break;
	case OP_TEXT:
		write_text(HERE(p), ours);
		break;
	case OP_SEALED:
		sealed(p, ours);
		break;
	case OP_SYNC:
		play_sync(p, HERE(p));
		break;
	case OP_COLLEAGUE:
		colleague_writes(p, theirs);
		break;
	case OP_DECIDE:
		decide(p);
		break;
	case OP_SIGN:
		sign(p);
		break;
	case OP_REMOVE:
		take_away(p);
		break;
	case OP_REOPEN:
		reopen(HERE(p));
		break;
	default:
		play_at_the_office(p, op);
		break;
	}
}

void
play_do(struct play *p, enum play_op op, unsigned i)
{
	const bool was_cut = p->was_cut;
	char ours[16], theirs[16];

	(void)snprintf(ours, sizeof(ours), "w%u", i);
	(void)snprintf(theirs, sizeof(theirs), "v%u", i);
	p->is_told = p->is_synced = false;
	once(p, op, ours, theirs);
	(void)play_after(p);
	if (!was_cut && p->was_cut && !p->is_told && !p->w->is_violated &&
	    op < OP_OFFICE_FIRST)
		once(p, op, ours, theirs);
	world_pass(p->w, 1000);
}
