/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/coresim/office_apply.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/core/path.h"
#include "common/core/waits.h"
#include "tests/coresim/defect.h"
#include "tests/coresim/kinds.h"
#include "tests/coresim/oracle.h"
#include "tests/coresim/record_state.h"
#include "tests/coresim/seam.h"

#define SCOPE_ALL 0x100U
#define SCOPE_USER(u) (0x200U << (u))

/* ---- the log ---- */

uint64_t
log_append(struct world *w, const struct said *s)
{
	struct office *o = w->office;
	const uint64_t before = o->head == 0 ? 0 : o->log[o->head - 1].link;

	if (o->head == o->log_room) {
		o->log_room = o->log_room == 0 ? 128 : o->log_room * 2;
		o->log = realloc(o->log, o->log_room * sizeof(*o->log));
		assert(o->log != NULL);
	}
	o->log[o->head] = (struct log_entry){ .epoch = o->epoch,
		.said = s,
		.link = seam_mix_number(
		    seam_mix_number(before, s == NULL ? 0 : s->no + 1),
		    o->epoch) };
	return ++o->head;
}

/* ---- scopes: by the rules of schema/records ---- */

static const json_t *
live_doc(const struct record *r)
{
	const struct path_state *all = record_path(r, "");

	return all != NULL && all->is_removed ? all->was : r->doc;
}

static uint32_t
case_scope(const json_t *ref)
{
	struct id id;

	if (!json_is_string(ref) || !id_parse(json_string_value(ref), &id))
		return 0;
	for (unsigned k = 0; k < CASES; k++)
		if (id_equal(id, beginning.cases[k]))
			return (uint32_t)(1U << k);
	return 0;
}

static uint32_t
author_scope(const struct record *r)
{
	for (unsigned u = 0; u < USERS; u++)
		if (id_equal(r->author, beginning.users[u]))
			return (uint32_t)SCOPE_USER(u);
	return 0;
}

static uint32_t
scopes_of(const struct record *r)
{
	const json_t *doc = live_doc(r), *v;
	uint32_t scopes = 0;

	if (strcmp(r->type, "site") == 0)
		return SCOPE_ALL;
	for (unsigned k = 0; k < CASES; k++)
		if (id_equal(r->id, beginning.cases[k]) ||
		    id_equal(r->id, beginning.people[k]))
			scopes |= (uint32_t)(1U << k);
	v = json_object_get(doc, "content");
	if (strcmp(r->type, "note") == 0 && !has_defect(DEFECT_LEAKS) &&
	    (v == NULL || strcmp(json_string_value(v), "draft") == 0))
		return author_scope(r);
	scopes |= case_scope(json_object_get(doc, "case"));
	v = json_object_get(doc, "cases");
	for (size_t i = 0; i < json_array_size(v); i++)
		scopes |= case_scope(json_array_get(v, i));
	return scopes == 0 ? author_scope(r) : scopes;
}

static bool
user_in(const struct office *o, unsigned user, uint32_t scopes)
{
	if ((scopes & (SCOPE_ALL | SCOPE_USER(user))) != 0)
		return true;
	for (unsigned k = 0; k < CASES; k++)
		if ((scopes >> k & 1) != 0 && o->grants[user][k])
			return true;
	return false;
}

void
follow_scopes(struct world *w, unsigned record, uint64_t seq)
{
	struct office *o = w->office;
	struct kept *k = &o->records[record];

	for (unsigned u = 0; u < USERS; u++) {
		const uint8_t bit = (uint8_t)(1U << u);
		const bool now = user_in(o, u, k->scopes);

		if (now == ((k->sees & bit) != 0))
			continue;
		k->sees ^= bit;
		k->ever |= now ? bit : 0;
		if (now)
			k->begun[u] = seq;
		else
			k->ended[u] = seq;
	}
}

bool
office_sees(const struct world *w, unsigned user, unsigned record)
{
	return (w->office->records[record].sees >> user & 1) != 0;
}

void
office_grant(struct world *w, unsigned user, unsigned of_case, bool on)
{
	struct office *o = w->office;
	uint64_t seq;

	if (o->grants[user][of_case] == on)
		return;
	o->grants[user][of_case] = on;
	seq = log_append(w, NULL);
	for (unsigned i = 0; i < w->n_records; i++)
		if (o->records[i].state != NULL)
			follow_scopes(w, i, seq);
}

/* ---- outcomes ---- */

static void
note_outcome(struct registered *d, const struct intake *in)
{
	if (d->n_told == d->told_room) {
		d->told_room = d->told_room == 0 ? 16 : d->told_room * 2;
		d->told = realloc(d->told, d->told_room * sizeof(*d->told));
		assert(d->told != NULL);
	}
	d->told[d->n_told++] = (struct outcome_told){ .no = d->outcome_no,
		.counter = in->said->c.counter,
		.kind = in->kind,
		.version = in->version };
}

void
give_outcome(struct world *w, struct intake *in, enum outcome_kind kind,
    const char *reason, struct version version)
{
	struct registered *d = &w->office->devices[in->said->identity];

	if (kind == OUTCOME_HELD && in->state == INTAKE_HELD &&
	    strcmp(in->reason, reason) == 0)
		return;
	if (kind != OUTCOME_HELD && ++in->finals > 1)
		violation(
		    w, "I9", "change %u has two final outcomes", in->said->no);
	if (in->state == INTAKE_HELD && kind != OUTCOME_HELD &&
	    kind != OUTCOME_CLOSED)
		count_event(w, EVENT_RELEASED);
	in->state = kind == OUTCOME_HELD ? INTAKE_HELD
	    : kind == OUTCOME_CLOSED     ? INTAKE_CLOSED
	                                 : INTAKE_DONE;
	in->kind = kind;
	in->version = version;
	in->ended = kind == OUTCOME_HELD ? 0 : w->office->epoch;
	(void)snprintf(in->reason, sizeof(in->reason), "%s", reason);
	d->outcome_no++;
	w->office->outcomes++;
	if (w->trace.history != NULL)
		note_outcome(d, in);
	if (kind == OUTCOME_HELD)
		count_event(w, EVENT_HELD);
	else if (kind == OUTCOME_CONFLICT)
		count_event(w, EVENT_CONFLICT);
	else if (kind == OUTCOME_ADDENDUM)
		count_event(w, EVENT_ADDENDUM);
	else if (kind == OUTCOME_MERGED)
		count_event(w, EVENT_MERGED);
	HAPPENED(w, 100 + kind, in->said->no,
	    "    the office: change %llu of"
	    " %s: %s%s%s",
	    (unsigned long long)in->said->c.counter,
	    world_device_name(w, in->said->identity), outcome_word(kind),
	    reason[0] == '\0' ? "" : ", ", reason);
}

/* ---- why it is held ---- */

/* As engine_hold.c: it uses what is held, or its record is not here and
 * something else is to make it. */
static bool
must_wait(const struct world *w, const struct said *s, bool existing)
{
	const struct registered *d = &w->office->devices[s->identity];
	bool any = false;

	for (uint64_t n = 0; n + 1 < s->c.counter; n++) {
		const struct intake *in = &d->in[n];

		if (!id_equal(in->said->c.record, s->c.record) ||
		    in->state == INTAKE_DONE || in->state == INTAKE_CLOSED)
			continue;
		any = true;
		if (existing && waits_on(&s->c, &in->said->c))
			return true;
	}
	return !existing && (any || !waits_is_creation(&s->c));
}

static const char *
hold_reason(const struct world *w, const struct said *s, const struct kept *k)
{
	const struct office *o = w->office;
	const unsigned user = user_of(s->identity);

	if (s->identity == OFFICE_DEVICE)
		return NULL;
	if (o->devices[s->identity].is_revoked)
		return "revoked";
	if (!id_equal(s->c.author, beginning.users[user]))
		return "wrong_author";
	if (must_wait(w, s, k->state != NULL))
		return "waits";
	if (k->state != NULL && (k->ever >> user & 1) == 0)
		return "not_yours";
	return NULL;
}

static enum err_code
type_of(void *arg, struct id record, char type_out[static 65], struct err *e)
{
	const struct world *w = arg;
	const unsigned no = id_number(record);
	const struct state *s =
	    no < RECORDS_MAX ? w->office->records[no].state : NULL;

	if (s == NULL || !id_equal(s->r.id, record)) {
		for (unsigned u = 0; u < USERS; u++)
			if (id_equal(beginning.users[u], record)) {
				(void)snprintf(type_out, 65, "user");
				return ERR_OK;
			}
		return err_set(e, ERR_NOTFOUND, 0, "no such record");
	}
	(void)snprintf(type_out, 65, "%s", s->r.type);
	return ERR_OK;
}

/* ---- applying ---- */

/* The defect that makes of every change the last word. */
static void
see_everything(const struct world *w, const struct said *s)
{
	for (size_t i = 0; i < s->c.n_ops; i++) {
		struct change_op *op = &s->c.ops[i];
		const struct state *now =
		    w->office->records[id_number(s->c.record)].state;

		op->base.seen = (struct version){ UINT32_MAX, 0 };
		op->was = now == NULL
		    ? op->was
		    : json_deep_copy(path_get(now->r.doc, op->path));
	}
}

static void
write_state(struct world *w, struct intake *in, const struct state *next,
    struct apply_result *result)
{
	const unsigned no = id_number(in->said->c.record);
	struct kept *k = &w->office->records[no];
	const struct state *before = k->state;
	const uint64_t seq = log_append(w, in->said);

	k->state = next;
	k->changed = seq;
	if (before == NULL)
		k->created = seq;
	k->scopes = scopes_of(&next->r);
	follow_scopes(w, no, seq);
	give_outcome(
	    w, in, result->kind, "", (struct version){ w->office->epoch, seq });
	oracle_applied(w, in->said, before, next, result->kind);
	if (before == NULL)
		release_record(w, no);
}

void
apply_intake(struct world *w, struct intake *in)
{
	const struct said *s = in->said;
	const unsigned no = id_number(s->c.record);
	struct kept *k = &w->office->records[no];
	struct apply_context ctx = { .schema = beginning.schema,
		.version = { w->office->epoch, w->office->head + 1 },
		.now_ms = w->now_ms + (uint64_t)w->office_clock,
		.by_office = s->identity == OFFICE_DEVICE,
		.type_of = type_of,
		.arg = w };
	struct apply_result result = { .kind = OUTCOME_HELD };
	const char *reason = hold_reason(w, s, k);
	const struct state *next;

	if (reason == NULL) {
		if (has_defect(DEFECT_OVERWRITES))
			see_everything(w, s);
		next = state_apply(w, k->state, s, &ctx, &result);
		if (next != NULL) {
			write_state(w, in, next, &result);
			return;
		}
		reason = result.reason;
	}
	give_outcome(w, in, OUTCOME_HELD, reason, (struct version){ 0, 0 });
}

void
release_record(struct world *w, unsigned record)
{
	struct office *o = w->office;
	bool progress = true;

	while (progress) {
		progress = false;
		for (unsigned i = 0; i < IDENTITIES_MAX; i++)
			for (uint64_t n = 0; n < o->devices[i].counter; n++) {
				struct intake *in = &o->devices[i].in[n];

				if (in->state != INTAKE_HELD ||
				    id_number(in->said->c.record) != record ||
				    strcmp(in->reason, "waits") != 0)
					continue;
				apply_intake(w, in);
				progress = progress || in->state != INTAKE_HELD;
			}
	}
}

void
office_open(struct world *w)
{
	struct office *o = w->office;

	o->epoch = 1;
	memcpy(o->grants, beginning.grants, sizeof(o->grants));
	for (unsigned i = 0; i < FIRST_RECORDS; i++) {
		struct kept *k = &o->records[i];

		k->state = beginning.first[i];
		k->created = k->changed = log_append(w, NULL);
		k->scopes = scopes_of(&k->state->r);
		follow_scopes(w, i, k->changed);
	}
	for (unsigned i = 0; i < IDENTITIES_MAX; i++)
		o->devices[i].link = link_start(i);
}
