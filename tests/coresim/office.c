/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/coresim/office.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/coresim/defect.h"
#include "tests/coresim/kinds.h"
#include "tests/coresim/network.h"
#include "tests/coresim/office_apply.h"
#include "tests/coresim/oracle.h"
#include "tests/coresim/seam.h"

/* ---- keys and links ---- */

uint64_t
signed_by(unsigned identity, uint64_t counter, struct hash32 link)
{
	uint64_t h = seam_mix_number(0x5160, identity + 1);

	return seam_mix(seam_mix_number(h, counter), link.b, sizeof(link.b));
}

struct hash32
link_start(unsigned identity)
{
	return change_link_start(
	    beginning.office, beginning.identities[identity]);
}

static uint64_t
mix_value(uint64_t h, const json_t *v)
{
	const char *key;
	json_t *value;

	if (v == NULL)
		return seam_mix_number(h, 1);
	if (json_is_string(v))
		return seam_mix(h, json_string_value(v), json_string_length(v));
	if (json_is_integer(v))
		return seam_mix_number(h, (uint64_t)json_integer_value(v));
	h = seam_mix_number(h, (uint64_t)json_typeof(v) + 2);
	for (size_t i = 0; json_is_array(v) && i < json_array_size(v); i++)
		h = mix_value(h, json_array_get(v, i));
	json_object_foreach((json_t *)(uintptr_t)v, key, value) h +=
	    mix_value(seam_mix(3, key, strlen(key)), value);
	return h;
}

struct hash32
link_next(const struct world *w, struct hash32 before, const struct change *c)
{
	struct hash32 out;
	struct err e;
	uint64_t h;

	if (w->trace.history != NULL) {
		if (change_link_next(before, c, &out, &e) != ERR_OK)
			abort();
		return out;
	}
	h = seam_mix(7, before.b, sizeof(before.b));
	h = seam_mix_number(seam_mix(h, c->record.b, ID_LEN), c->counter);
	h = seam_mix_number(seam_mix(h, c->author.b, ID_LEN), c->made_at);
	for (size_t i = 0; i < c->n_ops; i++) {
		const struct change_op *op = &c->ops[i];

		h = seam_mix(h, op->path, strlen(op->path));
		h = seam_mix(h, op->salt, sizeof(op->salt));
		h = seam_mix_number(h, op->base.seen.seq ^ op->base.own << 32);
		h = mix_value(mix_value(h, op->was), op->now);
	}
	for (size_t i = 0; i < c->n_resolves; i++)
		h = seam_mix(h, c->resolves[i].conflict.b, ID_LEN);
	for (unsigned i = 0; i < 4; i++) {
		h = seam_mix_number(h, i + 1);
		memcpy(out.b + sizeof(h) * i, &h, sizeof(h));
	}
	return out;
}

/* ---- receiving ---- */

static void
store(struct world *w, struct registered *d, const struct said *s,
    struct hash32 link)
{
	if (d->counter == d->room) {
		d->room = d->room == 0 ? 32 : d->room * 2;
		d->in = realloc(d->in, d->room * sizeof(*d->in));
		assert(d->in != NULL);
	}
	d->in[d->counter++] = (struct intake){ .said = s,
		.state = INTAKE_RECEIVED,
		.intake = d->intake + 1,
		.epoch = w->office->epoch };
	d->link = link;
	w->office->has_leftover = true;
}

static struct hash32
link_at(const struct registered *d, unsigned identity, uint64_t counter)
{
	if (counter == 0)
		return link_start(identity);
	return d->in[counter - 1].said->link;
}

static void
receive_batch(struct world *w, struct registered *d, const struct request *r,
    struct received *out, uint64_t *proved)
{
	struct hash32 link = r->before;
	uint64_t last = r->from - 1;

	if (r->from > d->counter + 1) {
		out->refusal = REFUSED_GAP;
		out->expect = d->counter + 1;
		return;
	}
	/* Up to where the journals are alike. */
	if (hash32_equal(link_at(d, r->identity, last), r->before))
		*proved = last;
	for (size_t i = 0; i < r->n; i++) {
		link = link_next(w, link, &r->changes[i]->c);
		if (*proved == last && last < d->counter &&
		    hash32_equal(link_at(d, r->identity, last + 1), link))
			*proved = last + 1;
		last++;
	}
	if (!hash32_equal(link, r->link)) {
		out->refusal = REFUSED_MALFORMED;
		*proved = 0;
		return;
	}
	/* It parts from what is held, or follows from a past that is not. */
	if ((*proved < last && *proved < d->counter) ||
	    !hash32_equal(link_at(d, r->identity, r->from - 1), r->before)) {
		out->refusal = REFUSED_FORKED;
		return;
	}
	for (size_t i = 0; i < r->n; i++)
		if (r->from + i > d->counter || has_defect(DEFECT_REPEATS))
			store(w, d, r->changes[i], r->changes[i]->link);
	*proved = last;
}

/* The device says how far it has written (engine_intake.c, weigh_written). */
static void
weigh_written(const struct office *o, const struct registered *d,
    const struct request *r, struct received *out, uint64_t *proved)
{
	if (out->refusal != REFUSED_NOT || r->is_courier)
		return;
	if (r->written < d->counter) {
		out->refusal = REFUSED_FORKED;
		return;
	}
	if (r->n > 0)
		return;
	if (d->counter > 0 &&
	    (r->written > d->counter ||
	        (r->has_cursor && r->cursor.epoch != o->epoch)))
		*proved = d->counter;
	if (r->written > d->counter) {
		out->refusal = REFUSED_GAP;
		out->expect = d->counter + 1;
	}
}

struct received
office_receive(struct world *w, const struct request *r)
{
	struct office *o = w->office;
	struct registered *d = &o->devices[r->identity];
	struct received out = { .refusal = REFUSED_NOT };
	uint64_t proved = 0;

	if (r->n > 0 &&
	    (r->claimed != r->identity ||
	        r->sig != signed_by(r->identity, r->from + r->n - 1, r->link)))
		out.refusal = REFUSED_SIGNATURE;
	else if (r->n > 0)
		receive_batch(w, d, r, &out, &proved);
	weigh_written(o, d, r, &out, &proved);
	if (proved == 0)
		return out;
	out.receipt = (struct receipt_told){ .has = true,
		.counter = out.refusal == REFUSED_FORKED ? proved : d->counter,
		.intake = ++d->intake,
		.epoch = o->epoch };
	out.receipt.link = link_at(d, r->identity, out.receipt.counter);
	out.receipt.sig =
	    signed_by(OFFICE_DEVICE, out.receipt.counter, out.receipt.link);
	return out;
}

/* ---- applying ---- */

void
office_apply(struct world *w)
{
	struct office *o = w->office;

	if (!o->has_leftover)
		return;
	o->has_leftover = false;
	for (unsigned i = 0; i < IDENTITIES_MAX; i++)
		for (uint64_t n = 0; n < o->devices[i].counter; n++)
			if (o->devices[i].in[n].state == INTAKE_RECEIVED)
				apply_intake(w, &o->devices[i].in[n]);
}

void
office_takes(struct world *w, const struct said *s)
{
	struct registered *d = &w->office->devices[OFFICE_DEVICE];

	assert(s->c.counter == d->counter + 1);
	store(w, d, s, s->link);
	office_apply(w);
}

struct intake *
office_held(struct world *w, uint64_t no, unsigned *n_out)
{
	struct office *o = w->office;
	unsigned n = 0;
	struct intake *found = NULL;

	for (unsigned i = 0; i < IDENTITIES_MAX; i++)
		for (uint64_t k = 0; k < o->devices[i].counter; k++)
			if (o->devices[i].in[k].state == INTAKE_HELD &&
			    n++ == no)
				found = &o->devices[i].in[k];
	*n_out = n;
	return found;
}

void
office_retry(struct world *w, struct intake *in)
{
	apply_intake(w, in);
}

void
office_close(struct world *w, struct intake *in)
{
	const unsigned record = id_number(in->said->c.record);
	char reason[sizeof(in->reason)];

	oracle_closed(w, in->said);
	memcpy(reason, in->reason, sizeof(reason));
	give_outcome(w, in, OUTCOME_CLOSED, reason, (struct version){ 0, 0 });
	release_record(w, record);
}

/* ---- epochs ---- */

static void *
copied(const void *from, size_t n, size_t room)
{
	void *to = malloc(room == 0 ? 1 : room);

	assert(to != NULL);
	if (n > 0)
		memcpy(to, from, n);
	return to;
}

struct office *
office_copy(const struct office *o)
{
	struct office *copy = copied(o, sizeof(*o), sizeof(*o));

	copy->log = copied(
	    o->log, o->head * sizeof(*o->log), o->log_room * sizeof(*o->log));
	for (unsigned i = 0; i < IDENTITIES_MAX; i++) {
		const struct registered *d = &o->devices[i];

		copy->devices[i].in = copied(d->in, d->counter * sizeof(*d->in),
		    d->room * sizeof(*d->in));
		copy->devices[i].told =
		    copied(d->told, d->n_told * sizeof(*d->told),
		        d->told_room * sizeof(*d->told));
	}
	return copy;
}

void
office_go_back(struct world *w, const struct office *to, bool closed)
{
	struct office *now = w->office;
	const uint64_t epoch = now->epoch;
	struct office *fresh = office_copy(to);

	fresh->backup = now->backup;
	fresh->standby = NULL;
	fresh->epoch = epoch + 1;
	fresh->is_access_closed = closed;
	/* Ends and beginnings of access newer than the backup come back from a
	 * list of their own. */
	for (unsigned i = 0; i < IDENTITIES_MAX; i++)
		fresh->devices[i].is_revoked = now->devices[i].is_revoked;
	w->office = fresh;
	for (unsigned u = 0; u < USERS; u++)
		for (unsigned k = 0; k < CASES; k++)
			if (fresh->grants[u][k] != now->grants[u][k])
				office_grant(w, u, k, now->grants[u][k]);
	for (unsigned i = 0; i < IDENTITIES_MAX; i++) {
		struct registered *d = &fresh->devices[i];

		if (d->outcome_no < (fresh->epoch - 1) << 32)
			d->outcome_no = (fresh->epoch - 1) << 32;
	}
	oracle_went_back(w);
	fresh->has_leftover = true;
	office_apply(w);
	count_event(w, EVENT_EPOCH);
}

void
office_confirms(struct world *w)
{
	if (!w->office->is_access_closed)
		return;
	HAPPENED(w, 16, w->office->epoch,
	    "two administrators confirm who may see what");
	w->office->is_access_closed = false;
}
