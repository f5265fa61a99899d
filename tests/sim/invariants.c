/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/invariants.h"

#include <stdlib.h>
#include <string.h>

#include "common/core/body.h"
#include "common/core/limits.h"
#include "common/store/store_int.h"
#include "common/sys/json.h"
#include "tests/sim/device.h"
#include "tests/sim/erased.h"
#include "tests/sim/facts.h"
#include "tests/sim/marks.h"
#include "tests/sim/office.h"
#include "tests/sim/oracle.h"
#include "tests/sim/puppet.h"
#include "tests/sim/tamper.h"
#include "tests/sim/template.h"
#include "tests/sim/trace.h"

void
check_device_synced(struct sim_device *d)
{
	struct store_status s;
	int64_t epoch = 0;
	struct err e = { 0 };

	/* A sync may write too: proposals after a restore. */
	device_note_journal(d);
	if (meta_get_int(d->store->db, "epoch", 0, &epoch, &e) != ERR_OK ||
	    device_store_status(d->store, &s, &e) != ERR_OK) {
		violation(
		    d->world, "I1", "device %u: status: %s", d->slot, e.msg);
		return;
	}
	if (s.receipted < d->receipted && !d->is_forked &&
	    (uint64_t)epoch == d->receipted_epoch)
		violation(d->world, "I9",
		    "device %u held receipts up to %llu and holds them to %llu",
		    d->slot, (unsigned long long)d->receipted,
		    (unsigned long long)s.receipted);
	d->receipted = s.receipted;
	d->receipted_epoch = (uint64_t)epoch;
	if (s.written < d->written)
		violation(d->world, "I1",
		    "device %u had %llu changes and has %llu", d->slot,
		    (unsigned long long)d->written,
		    (unsigned long long)s.written);
}

/* The answer as its device will read it, and its words for the hunt for marks;
 * false when it is none to a sync. */
static bool
read_answer(const struct wire_answer *answer, json_t **json_out,
    struct sync_answer *out)
{
	static const struct json_limits limits = {
		.bytes_max = (size_t)16 * 1024 * 1024,
		.tokens_max = 1000000,
		.depth_max = LIMIT_JSON_DEPTH,
	};
	static struct body_codec *codec;
	const struct body_packed packed = { .dict = answer->dict,
		.ptr = answer->body,
		.len = answer->body_len };
	struct err e = { 0 };
	bool ok = (codec != NULL || body_codec_new(&codec, &e) == ERR_OK) &&
	    body_unpack(codec, &packed, &limits, json_out, &e) == ERR_OK &&
	    sync_answer_from_json(*json_out, out, &e) == ERR_OK;

	return ok;
}

/* Of two machines with one identity each hears of its own journal, and a copy
 * of no other than its own (I22): the journal counts that the asker had.  After
 * a restore the office offers its link to who says to have as many: a copy that
 * has refuses it. */
static void
check_receipts(struct sim_device *d, unsigned life, const struct sync_answer *a)
{
	const struct sim_journal now = { d->links, d->n_links };
	const struct sim_journal *j = life < d->n_past ? &d->past[life] : &now;

	for (size_t i = 0; d->world->epoch == 1 && i < a->n_receipts; i++)
		if (a->receipts[i].counter <= j->n &&
		    a->receipts[i].counter > 0 &&
		    !hash32_equal(a->receipts[i].link,
		        j->links[a->receipts[i].counter - 1]))
			violation(d->world, "I22",
			    "device %u has a receipt for what another wrote",
			    d->slot);
}

/* Nothing of a record leaves that the user may not see now (I10), and nothing
 * at all for who is told to be a copy (I22). */
static void
check_page(
    struct sim_device *d, struct sim_node *n, const struct sync_answer *a)
{
	struct office_store *s = engine_store(n->engine);
	struct err e = { 0 };
	bool sees;

	/* Ids are asked for when the digests differ, and repairing would hide
	 * what a page left out. */
	if (a->ids != NULL && d->world->epoch == 1 && !d->is_forked)
		violation(d->world, "I6",
		    "device %u and the office had different digests", d->slot);
	if (a->n_page > 0 && a->has_refusal && a->refusal == WORD_FORKED)
		violation(
		    d->world, "I22", "device %u is a copy and pulls", d->slot);
	if (a->n_page > 0 && d->is_revoked)
		violation(
		    d->world, "I11", "device %u pulls after its end", d->slot);
	for (size_t i = 0; i < a->n_page; i++) {
		if (a->page[i].is_drop) {
			count_event(d->world, EVENT_DROP);
			continue;
		}
		sees = false;
		if (store_begin_read(s, &e) == ERR_OK &&
		    store_user_sees(s, d->user, a->page[i].record, false, &sees,
		        &e) == ERR_OK &&
		    !sees)
			violation(d->world, "I10",
			    "device %u is sent %s, which is not its user's",
			    d->slot, id_print(a->page[i].record).s);
		store_rollback(s);
	}
}

/* Intake numbers rise from receipt to receipt, in each life of the office (I9).
 * What its device does not get counts too: no two receipts are alike. */
static void
check_intakes(struct sim_device *d, const struct sync_answer *a)
{
	struct sim_device *of = &d->world->devices[d->identity];

	for (size_t i = 0; i < a->n_receipts; i++) {
		const struct receipt *r = &a->receipts[i];

		if (!id_equal(r->device, d->id) || r->epoch < of->given_epoch)
			continue;
		if (r->epoch == of->given_epoch &&
		    r->intake <= of->given_intake)
			violation(d->world, "I9",
			    "device %u is given intake number %llu after %llu",
			    d->slot, (unsigned long long)r->intake,
			    (unsigned long long)of->given_intake);
		of->given_epoch = r->epoch;
		of->given_intake = r->intake;
	}
}

void
check_answer_leaves(struct sim_device *d, unsigned life, struct sim_node *n,
    const struct wire_answer *answer)
{
	struct sync_answer a;
	json_t *json = NULL;

	if (answer->status != 200) {
		marks_check_answer(d, n, answer, NULL);
		return;
	}
	if (!read_answer(answer, &json, &a)) {
		violation(d->world, "I19", "device %u: an answer does not read",
		    d->slot);
		json_decref(json);
		return;
	}
	marks_check_answer(d, n, answer, json);
	json_decref(json);
	check_page(d, n, &a);
	check_receipts(d, life, &a);
	check_intakes(d, &a);
	fact_answer(d, &a);
	for (size_t i = 0; i < a.n_outcomes; i++)
		if (a.outcomes[i].kind == OUTCOME_CONFLICT)
			count_event(d->world, EVENT_CONFLICT);
		else if (a.outcomes[i].kind == OUTCOME_HELD)
			count_event(d->world, EVENT_HELD);
	sync_answer_fini(&a);
}

/* ---- the end ---- */

/* The record as the office has it, as canonical JSON; new, or NULL. */
static char *
office_record(struct sim_node *n, struct id id)
{
	struct record r;
	struct buf b;
	struct err e = { 0 };
	json_t *json = NULL;
	char *text = NULL;

	if (store_record_get(engine_store(n->engine), id, &r, &e) != ERR_OK)
		return NULL;
	buf_init(&b, (size_t)4 * 1024 * 1024);
	if (record_to_json(&r, &json, &e) == ERR_OK &&
	    json_print(json, &b, &e) == ERR_OK)
		text = buf_take(&b, NULL);
	json_decref(json);
	buf_fini(&b);
	record_fini(&r);
	return text;
}

/* The digest of a record, worked out here: SHA-256 of id, version and the hash
 * of its canonical form. */
static bool
is_digest_of(struct id record, struct version v, const char *body,
    const struct hash32 *digest)
{
	const struct hash32 content = crypto_sha256(body, strlen(body));
	uint8_t number[16];
	struct hash32 own;

	for (int i = 0; i < 8; i++) {
		number[i] = (uint8_t)(v.epoch >> (56 - 8 * i));
		number[8 + i] = (uint8_t)(v.seq >> (56 - 8 * i));
	}
	own = crypto_sha256_parts(
	    (const struct crypto_part[]){ crypto_part(record.b, ID_LEN),
	        crypto_part(number, sizeof(number)),
	        crypto_part(content.b, HASH32_LEN) },
	    3);
	return hash32_equal(own, *digest);
}

/* What the office told and what is there, byte for byte (I6). */
static void
check_confirmed(struct sim_device *d, struct sim_node *n)
{
	struct db_stmt *q;
	struct err e = { 0 };
	struct id id;
	bool row;
	struct version v;
	struct hash32 digest;
	enum err_code code = db_query(d->store->db, &q, &e,
	    "SELECT record, body, v_epoch, v_seq, digest FROM confirmed", "");

	if (code != ERR_OK)
		return;
	while (db_step(q, &row, &e) == ERR_OK && row &&
	    db_col_id(q, 0, &id, &e) == ERR_OK &&
	    db_col_bytes(q, 4, digest.b, HASH32_LEN, &e) == ERR_OK) {
		size_t len;
		const void *here = db_col_blob(q, 1, &len);
		char *there = office_record(n, id);

		v = (struct version){ .epoch = (uint64_t)db_col_int(q, 2),
			.seq = (uint64_t)db_col_int(q, 3) };

		if (there == NULL || strlen(there) != len ||
		    memcmp(there, here, len) != 0)
			violation(d->world, "I6",
			    "device %u and the office differ about %s: %.150s"
			    " | %.150s",
			    d->slot, id_print(id).s, (const char *)here,
			    there == NULL ? "nothing" : there);
		else if (!is_digest_of(id, v, there, &digest))
			violation(d->world, "I6",
			    "device %u: the digest of %s is not of what is "
			    "there",
			    d->slot, id_print(id).s);
		free(there);
	}
	db_done(q);
}

/* Who decided on their own words was not told that it is for others (I4). */
static void
check_decider(const struct sim_device *d, const struct intake_change *c)
{
	const struct world *w = d->world;

	if (c->state != CHANGE_HELD || strcmp(c->reason, "not_decider") != 0)
		return;
	for (size_t i = 0; i < w->n_authors_decisions; i++)
		if (hash32_equal(c->link, w->authors_decisions[i]))
			violation(d->world, "I4",
			    "change %llu of device %u decides on its author's "
			    "own words, and is held",
			    (unsigned long long)c->counter, d->slot);
}

/* All that this device saved is in the office's log of it, once, with the link
 * that the save gave it, and has an outcome (I2, I8, I9). */
static void
check_journal(struct sim_device *d, struct sim_node *n)
{
	struct office_store *s = engine_store(n->engine);
	struct office_device row;
	struct intake_change c;
	struct err e = { 0 };

	if (store_device_get(s, d->id, &row, &e) != ERR_OK ||
	    row.counter != d->n_links) {
		violation(d->world, "I2",
		    "device %u saved %zu changes, the office has %llu", d->slot,
		    d->n_links, (unsigned long long)row.counter);
		return;
	}
	for (size_t i = 0; i < d->n_links; i++) {
		if (store_intake_get(s, d->id, i + 1, &c, &e) != ERR_OK) {
			violation(d->world, "I8",
			    "change %zu of device %u is missing", i + 1,
			    d->slot);
			return;
		}
		if (!hash32_equal(c.link, d->links[i]))
			violation(d->world, "I9",
			    "change %zu of device %u has another link", i + 1,
			    d->slot);
		if (c.state == CHANGE_RECEIVED)
			violation(d->world, "I9",
			    "change %zu of device %u has no outcome", i + 1,
			    d->slot);
		check_decider(d, &c);
		intake_change_fini(&c);
	}
}

static void
check_device_end(struct sim_device *d, struct sim_node *n)
{
	struct store_status s;
	struct verify_result v;
	struct err e = { 0 };

	if (device_store_status(d->store, &s, &e) != ERR_OK ||
	    device_store_verify(d->store, &v, &e) != ERR_OK) {
		violation(d->world, "I1", "device %u: %s", d->slot, e.msg);
		return;
	}
	if (s.unsent > 0)
		violation(d->world, "I7", "device %u: %llu changes unsent",
		    d->slot, (unsigned long long)s.unsent);
	if (!v.ok)
		violation(d->world, "I15", "device %u: verify: %s", d->slot,
		    v.first_bad);
	check_journal(d, n);
	check_confirmed(d, n);
	marks_check_device(d, n);
	if (v.ok && !d->world->is_violated && !d->world->is_left_alone)
		tamper_check(d);
}

static void
check_office_end(struct world *w, struct sim_node *n)
{
	json_t *result = NULL;
	struct err e = { 0 };

	if (engine_verify(n->engine, &result, &e) != ERR_OK)
		violation(w, "I15", "the office does not verify: %s", e.msg);
	else if (!json_is_true(json_object_get(result, "ok")))
		violation(w, "I15", "the office: %s",
		    json_string_value(json_object_get(result, "first_bad")));
	json_decref(result);
}

void
check_end(struct world *w)
{
	struct sim_node *n = office_node(w);

	if (n == NULL) {
		violation(w, "I7", "the office is down");
		return;
	}
	enter_node(n);
	if (w->seed % 16 == 0)
		check_office_end(w, n);
	if (store_begin_read(engine_store(n->engine), NULL) != ERR_OK)
		violation(w, "I7", "the office's store does not read");
	else {
		erased_judge(w, n);
		for (unsigned i = 0; i < w->n_devices; i++)
			if (!w->devices[i].is_left_out)
				check_device_end(&w->devices[i], n);
	}
	erased_check_office(w, n);
	oracle_check(w, n);
	puppet_check_end(w);
	store_rollback(engine_store(n->engine));
	leave();
}
