/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/facts.h"

#include <stdlib.h>
#include <string.h>

#include "common/store/store_int.h"
#include "tests/sim/office.h"
#include "tests/sim/template.h"
#include "tests/sim/trace.h"
#include "tests/simkit/fact.h"

static json_t *
version(struct version v)
{
	return json_pack("[oo]", fact_number(v.epoch), fact_number(v.seq));
}

/* {user: [case, ...]} */
static json_t *
grants(const struct world *w)
{
	json_t *all = json_object();

	for (unsigned u = 0; u < SIM_USERS; u++) {
		json_t *cases = json_array();

		for (unsigned k = 0; k < SIM_CASES; k++)
			if (w->grants[u][k])
				(void)json_array_append_new(cases,
				    json_string(id_print(template.cases[k]).s));
		(void)json_object_set_new(
		    all, id_print(template.users[u]).s, cases);
	}
	return all;
}

void
fact_start(struct world *w)
{
	json_t *people = json_object();

	if (!trace_wants_facts(w))
		return;
	for (unsigned k = 0; k < SIM_CASES; k++)
		(void)json_object_set_new(people,
		    id_print(template.people[k]).s,
		    json_string(id_print(template.cases[k]).s));
	trace_fact(w,
	    json_pack("{s:s, s:b, s:s, s:o, s:o}", "e", "start", "audit", true,
	        "office", id_print(template.keys.office).s, "grants", grants(w),
	        "people", people));
}

void
fact_grants(struct world *w)
{
	if (trace_wants_facts(w))
		trace_fact(w,
		    json_pack(
		        "{s:s, s:o}", "e", "grants", "grants", grants(w)));
}

void
fact_erased(struct world *w, struct id record)
{
	if (trace_wants_facts(w))
		trace_fact(w,
		    json_pack("{s:s, s:s, s:o}", "e", "erased", "record",
		        id_print(record).s, "epoch", fact_number(w->epoch)));
}

static void
fact_of_device(struct sim_device *d, const char *what)
{
	if (trace_wants_facts(d->world))
		trace_fact(d->world,
		    json_pack(
		        "{s:s, s:s}", "e", what, "device", id_print(d->id).s));
}

void
fact_revoked(struct sim_device *d)
{
	fact_of_device(d, "revoked");
}

void
fact_copied(struct sim_device *d)
{
	fact_of_device(d, "copied");
}

void
fact_saved(struct sim_device *d, uint64_t counter)
{
	struct db_stmt *q;
	struct err e = { 0 };
	bool row = false;

	if (!trace_wants_facts(d->world) ||
	    db_query(d->store->db, &q, &e,
	        "SELECT body FROM journal WHERE counter = ? AND NOT erased",
	        "i", (int64_t)counter) != ERR_OK)
		return;
	if (db_step(q, &row, &e) == ERR_OK && row) {
		size_t len;
		const char *body = db_col_blob(q, 0, &len);

		trace_fact(d->world,
		    json_pack("{s:s, s:s, s:i, s:o, s:o, s:o}", "e", "saved",
		        "device", id_print(d->id).s, "life", (int)d->slot,
		        "counter", fact_number(counter), "link",
		        fact_hex(&d->links[counter - 1]), "change",
		        json_loadb(body, len, 0, NULL)));
	}
	db_done(q);
}

void
fact_answer(struct sim_device *d, const struct sync_answer *a)
{
	json_t *receipts, *outcomes, *page;

	if (!trace_wants_facts(d->world))
		return;
	receipts = json_array();
	outcomes = json_array();
	page = json_array();
	for (size_t i = 0; i < a->n_receipts; i++)
		(void)json_array_append_new(receipts,
		    json_pack("{s:s, s:o, s:o, s:o, s:o}", "device",
		        id_print(a->receipts[i].device).s, "counter",
		        fact_number(a->receipts[i].counter), "link",
		        fact_hex(&a->receipts[i].link), "intake",
		        fact_number(a->receipts[i].intake), "epoch",
		        fact_number(a->receipts[i].epoch)));
	for (size_t i = 0; i < a->n_outcomes; i++)
		(void)json_array_append_new(outcomes,
		    json_pack("{s:o, s:o, s:s, s:o}", "no",
		        fact_number(a->outcomes[i].no), "counter",
		        fact_number(a->outcomes[i].counter), "kind",
		        outcome_word(a->outcomes[i].kind), "version",
		        version(a->outcomes[i].version)));
	for (size_t i = 0; i < a->n_page; i++)
		if (!a->page[i].is_drop)
			(void)json_array_append_new(
			    page, json_string(id_print(a->page[i].record).s));
	trace_fact(d->world,
	    json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "e", "answer",
	        "device", id_print(d->id).s, "user", id_print(d->user).s,
	        "epoch", fact_number(a->epoch), "receipts", receipts,
	        "outcomes", outcomes, "page", page));
}

static bool
add_intake(void *arg, const struct intake_change *c)
{
	static const char *const states[] = { "", "received", "done", "held",
		"closed" };

	(void)json_array_append_new(arg,
	    json_pack("{s:s, s:o, s:o, s:o, s:o, s:s, s:o, s:o}", "device",
	        id_print(c->device).s, "counter", fact_number(c->counter),
	        "link", fact_hex(&c->link), "intake", fact_number(c->intake),
	        "epoch", fact_number(c->epoch), "state", states[c->state],
	        "version", version(c->version), "change",
	        json_loadb(c->body.ptr, c->body.len, 0, NULL)));
	return true;
}

struct record_facts {
	struct world *world;
	struct office_store *store;
};

static bool
add_record(void *arg, struct id id, const char *type, struct version v)
{
	struct record_facts *f = arg;
	json_t *json = NULL;

	(void)type;
	(void)v;
	if (store_record_json(f->store, id, &json, NULL) == ERR_OK)
		trace_fact(f->world,
		    json_pack("{s:s, s:o}", "e", "record", "record", json));
	return true;
}

static void
fact_device(struct sim_device *d)
{
	json_t *records = json_object(), *shown = json_object();
	struct db_stmt *q;
	struct err e = { 0 };
	bool row;

	if (db_query(d->store->db, &q, &e, "SELECT record, body FROM confirmed",
	        "") != ERR_OK)
		abort();
	while (db_step(q, &row, &e) == ERR_OK && row) {
		size_t len;
		const char *body = db_col_blob(q, 1, &len);

		(void)json_object_set_new(records, db_col_text(q, 0, NULL),
		    json_loadb(body, len, 0, NULL));
	}
	db_done(q);
	/* What its user sees where the office holds a change of theirs. */
	if (db_query(d->store->db, &q, &e,
	        "SELECT v.record, v.body FROM view v JOIN confirmed c"
	        " ON c.record = v.record WHERE c.own_held <> '[]'",
	        "") != ERR_OK)
		abort();
	while (db_step(q, &row, &e) == ERR_OK && row) {
		size_t len;
		const char *body = db_col_blob(q, 1, &len);

		(void)json_object_set_new(shown, db_col_text(q, 0, NULL),
		    json_loadb(body, len, 0, NULL));
	}
	db_done(q);
	trace_fact(d->world,
	    json_pack("{s:s, s:s, s:s, s:b, s:i, s:o, s:o}", "e", "device",
	        "device", id_print(d->id).s, "user", id_print(d->user).s,
	        "compared", !d->is_left_out, "saved", (int)d->n_links,
	        "records", records, "shown", shown));
}

void
facts_end(struct world *w)
{
	struct sim_node *n = office_node(w);
	struct office_store *s;
	struct record_facts f = { .world = w };
	json_t *intake = json_array();
	struct err e = { 0 };

	if (n == NULL)
		abort();
	s = f.store = engine_store(n->engine);
	if (store_begin_read(s, &e) != ERR_OK)
		abort();
	for (int state = CHANGE_RECEIVED; state <= CHANGE_CLOSED; state++)
		if (store_intakes(s, (enum change_state)state, NULL, add_intake,
		        intake, &e) != ERR_OK)
			abort();
	if (store_records(s, NULL, NULL, 100000, add_record, &f, &e) != ERR_OK)
		abort();
	store_rollback(s);
	for (unsigned i = 0; i < w->n_devices; i++)
		if (w->devices[i].store != NULL)
			fact_device(&w->devices[i]);
	trace_fact(w, json_pack("{s:s, s:o}", "e", "office", "intake", intake));
}
