/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/coresim/facts.h"

#include <stdlib.h>

#include "tests/simkit/fact.h"

static bool
wanted(const struct world *w)
{
	return w->trace.history != NULL;
}

static void
put(struct world *w, json_t *fact)
{
	fact_write(w->trace.history, w->plan->seed, fact);
}

static json_t *
grants(const struct world *w)
{
	json_t *all = json_object();

	for (unsigned u = 0; u < USERS; u++) {
		json_t *cases = json_array();

		for (unsigned k = 0; k < CASES; k++)
			if (w->office->grants[u][k])
				(void)json_array_append_new(cases,
				    json_string(
				        id_print(beginning.cases[k]).s));
		(void)json_object_set_new(
		    all, id_print(beginning.users[u]).s, cases);
	}
	return all;
}

void
fact_start(struct world *w)
{
	json_t *people;

	if (!wanted(w))
		return;
	people = json_object();
	for (unsigned k = 0; k < CASES; k++)
		(void)json_object_set_new(people,
		    id_print(beginning.people[k]).s,
		    json_string(id_print(beginning.cases[k]).s));
	put(w,
	    json_pack("{s:s, s:s, s:o, s:o}", "e", "start", "office",
	        id_print(beginning.office).s, "grants", grants(w), "people",
	        people));
}

void
fact_grants(struct world *w)
{
	if (wanted(w))
		put(w,
		    json_pack(
		        "{s:s, s:o}", "e", "grants", "grants", grants(w)));
}

void
fact_restored(struct world *w)
{
	if (!wanted(w))
		return;
	put(w, json_pack("{s:s}", "e", "restored"));
	fact_grants(w);
	for (unsigned i = 0; i < w->n_devices; i++)
		if (w->devices[i].is_revoked)
			fact_revoked(&w->devices[i]);
}

static const char *
device_text(unsigned identity)
{
	static struct id_text text;

	text = id_print(beginning.identities[identity]);
	return text.s;
}

static void
put_device(struct device *d, const char *what)
{
	if (wanted(d->world))
		put(d->world,
		    json_pack("{s:s, s:s}", "e", what, "device",
		        device_text(d->identity)));
}

void
fact_revoked(struct device *d)
{
	put_device(d, "revoked");
}

void
fact_copied(struct device *d)
{
	put_device(d, "copied");
}

static json_t *
change_json(const struct said *s)
{
	json_t *json;
	struct err e;

	if (change_to_json(&s->c, &json, &e) != ERR_OK)
		abort();
	return json;
}

void
fact_saved(struct device *d, const struct said *s)
{
	if (wanted(d->world))
		put(d->world,
		    json_pack("{s:s, s:s, s:i, s:o, s:o, s:o}", "e", "saved",
		        "device", device_text(d->identity), "life",
		        (int)d->slot, "counter", fact_number(s->c.counter),
		        "link", fact_hex(&s->link), "change", change_json(s)));
}

static json_t *
outcomes_above(const struct world *w, const struct request *r)
{
	const struct registered *at = &w->office->devices[r->identity];
	json_t *all = json_array();

	for (size_t i = 0; i < at->n_told; i++)
		if (at->told[i].no > r->outcome_no)
			(void)json_array_append_new(all,
			    json_pack("{s:o, s:o, s:s, s:[oo]}", "no",
			        fact_number(at->told[i].no), "counter",
			        fact_number(at->told[i].counter), "kind",
			        outcome_word(at->told[i].kind), "version",
			        fact_number(at->told[i].version.epoch),
			        fact_number(at->told[i].version.seq)));
	return all;
}

void
fact_answer(
    struct world *w, const struct request *asked, const struct answer *a)
{
	const struct receipt_told *r = &a->received.receipt;
	json_t *receipts, *page;

	if (!wanted(w))
		return;
	receipts = json_array();
	page = json_array();
	if (r->has)
		(void)json_array_append_new(receipts,
		    json_pack("{s:s, s:o, s:o, s:o, s:o}", "device",
		        device_text(asked->identity), "counter",
		        fact_number(r->counter), "link", fact_hex(&r->link),
		        "intake", fact_number(r->intake), "epoch",
		        fact_number(r->epoch)));
	for (size_t i = 0; i < a->n; i++)
		if (!a->entries[i].is_drop)
			(void)json_array_append_new(page,
			    json_string(id_print(a->entries[i].state->r.id).s));
	put(w,
	    json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "e", "answer",
	        "device", device_text(asked->identity), "user",
	        id_print(beginning.users[user_of(asked->identity)]).s, "epoch",
	        fact_number(a->epoch), "receipts", receipts, "outcomes",
	        outcomes_above(w, asked), "page", page));
}

static json_t *
record_json(const struct state *s)
{
	json_t *json;
	struct err e;

	if (record_to_json(&s->r, &json, &e) != ERR_OK)
		abort();
	return json;
}

static void
fact_device(struct world *w, const struct device *d)
{
	json_t *records = json_object();

	for (unsigned i = 0; i < RECORDS_MAX; i++)
		if (d->records[i].told != NULL)
			(void)json_object_set_new(records,
			    id_print(d->records[i].told->r.id).s,
			    record_json(d->records[i].told));
	put(w,
	    json_pack("{s:s, s:s, s:s, s:b, s:i, s:o}", "e", "device", "device",
	        device_text(d->identity), "user",
	        id_print(beginning.users[d->user]).s, "compared",
	        !d->is_left_out && !d->is_revoked, "saved", (int)d->n,
	        "records", records));
}

static json_t *
intake_json(const struct intake *in)
{
	static const char *const states[] = { "received", "done", "held",
		"closed" };

	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:s, s:[oo], s:o}",
	    "device", id_print(in->said->c.device).s, "counter",
	    fact_number(in->said->c.counter), "link", fact_hex(&in->said->link),
	    "intake", fact_number(in->intake), "epoch", fact_number(in->epoch),
	    "state", states[in->state], "version",
	    fact_number(in->version.epoch), fact_number(in->version.seq),
	    "change", change_json(in->said));
}

void
facts_end(struct world *w)
{
	json_t *intake = json_array();

	for (unsigned i = 0; i < w->n_devices; i++)
		fact_device(w, &w->devices[i]);
	for (unsigned i = 0; i < RECORDS_MAX; i++)
		if (w->office->records[i].state != NULL)
			put(w,
			    json_pack("{s:s, s:o}", "e", "record", "record",
			        record_json(w->office->records[i].state)));
	for (unsigned i = 0; i < IDENTITIES_MAX; i++)
		for (uint64_t n = 0; n < w->office->devices[i].counter; n++)
			(void)json_array_append_new(
			    intake, intake_json(&w->office->devices[i].in[n]));
	put(w, json_pack("{s:s, s:o}", "e", "office", "intake", intake));
}
