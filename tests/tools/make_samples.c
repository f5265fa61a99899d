/* SPDX-License-Identifier: Apache-2.0 */
/*
 * make_samples -- bodies of requests and answers to train a dictionary with.
 *
 *   make_samples FOLDER COUNT SEED
 *
 * What they say is put together out of sentences written for this file, and
 * ids, links and signatures are random: a dictionary made of them knows the
 * protocol's shapes and the plainest words, and nothing of the notes that it
 * is measured on.
 */
#include "tests/support/check.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/base/file.h"
#include "common/core/limits.h"
#include "common/sys/json.h"
#include "tests/support/check_schema.h"
#include "tests/support/journal.h"

static const char *const starts[] = { "She said that ", "He told me that ",
	"I saw that ", "Staff say that ", "The manager said that ",
	"We agreed that ", "I asked whether ", "They were worried that ",
	"Her daughter thinks that ", "It is written in the care plan that " };
static const char *const middles[] = { "the medication is late",
	"nobody comes at night", "the room is too warm",
	"the review has not happened", "the form was not signed",
	"meals are left on the table", "the call bell is out of reach",
	"visits are cut short", "money is missing", "the door is locked",
	"the next meeting is on Monday", "letters are not opened" };
static const char *const ends[] = { ". ", " and wants it changed. ",
	" but does not want anyone to know. ", " every week. ",
	" since the move. ", ", and was upset about it. ",
	" and is happy with that. " };

#define PICK(list) (list)[rng_below(r, sizeof(list) / sizeof((list)[0]))]

static json_t *
sentences(struct rng *r, uint64_t n)
{
	struct buf text;
	json_t *v;

	buf_init(&text, 65536);
	for (; n > 0; n--) {
		(void)buf_add_str(&text, PICK(starts));
		(void)buf_add_str(&text, PICK(middles));
		(void)buf_add_str(&text, PICK(ends));
	}
	v = json_stringn(text.ptr, text.len);
	buf_fini(&text);
	return v;
}

static struct id
random_id(struct rng *r)
{
	uint8_t random[10];

	rng_bytes(r, random, sizeof(random));
	return id_make(1767225600000 + rng_below(r, 31536000000), random);
}

static void
op(struct journal *j, struct change *c, const char *path,
    const struct change_base *base, json_t *was, json_t *now)
{
	uint8_t salt[CHANGE_SALT_LEN];
	struct err e;

	rng_bytes(&j->rng, salt, sizeof(salt));
	assert_ok(change_add_op(c, path, base, was, now, salt, &e), &e);
	json_decref(was);
	json_decref(now);
}

static void
id_op(struct journal *j, struct change *c, const char *path)
{
	struct change_base none = { 0 };
	struct id id = random_id(&j->rng);

	op(j, c, path, &none, NULL, json_string(id_print(id).s));
}

static void
row_ops(struct journal *j, struct change *c)
{
	static const char *const kinds[] = { "OBSERVED", "SAID_EXACT",
		"SAID_MEANING", "ADVOCATE_VIEW" };
	struct change_base none = { 0 };
	struct rng *r = &j->rng;
	char path[120];
	struct id row = random_id(r);

	(void)snprintf(
	    path, sizeof(path), "statements/%s/kind", id_print(row).s);
	op(j, c, path, &none, NULL, json_string(PICK(kinds)));
	(void)snprintf(
	    path, sizeof(path), "statements/%s/text", id_print(row).s);
	op(j, c, path, &none, NULL, sentences(r, 1 + rng_below(r, 3)));
}

/* A new note, or one sentence more in an old one. */
static void
note_change(struct journal *j, struct change *c, bool is_new)
{
	struct change_base none = { 0 }, base = { 0 };
	struct rng *r = &j->rng;
	json_t *was, *now;
	struct buf text;

	change_init(c);
	c->device = j->device;
	c->counter = ++j->counter;
	c->author = random_id(r);
	c->made_at = 1767225600000 + rng_below(r, 31536000000);
	c->clock_offset = (int64_t)rng_below(r, 4000) - 2000;
	c->record = random_id(r);
	memcpy(c->type, "note", sizeof("note"));
	if (is_new) {
		id_op(j, c, "author");
		id_op(j, c, "case");
		id_op(j, c, "visit");
		op(j, c, "content", &none, NULL, json_string("draft"));
		op(j, c, "mode", &none, NULL, json_string("instructed"));
		op(j, c, "summary", &none, NULL,
		    sentences(r, 2 + rng_below(r, 6)));
		for (uint64_t n = rng_below(r, 4); n > 0; n--)
			row_ops(j, c);
		return;
	}
	if (rng_below(r, 2) == 0)
		base.own = 1 + rng_below(r, j->counter);
	else
		base.seen = (struct version){ 1, 1 + rng_below(r, 5000) };
	was = sentences(r, 3 + rng_below(r, 5));
	now = sentences(r, 1);
	buf_init(&text, 65536);
	(void)buf_printf(
	    &text, "%s%s", json_string_value(was), json_string_value(now));
	json_decref(now);
	op(j, c, "summary", &base, was, json_string(text.ptr));
	buf_fini(&text);
}

static void
stand(struct journal *j, struct sync_request *q)
{
	struct rng *r = &j->rng;
	uint64_t seq = 1 + rng_below(r, 9000);

	rng_bytes(r, q->nonce, sizeof(q->nonce));
	q->pull = true;
	q->has_cursor = true;
	q->cursor =
	    (struct cursor){ .epoch = 1, .floor = seq, .position = seq };
	rng_bytes(r, q->cursor.link.b, HASH32_LEN);
	q->outcome_no = 1 + rng_below(r, 500);
	q->head_seq = seq;
	q->head_link = q->cursor.link;
	for (size_t i = 0; i < 64; i++)
		q->schema[i] = "0123456789abcdef"[rng_below(r, 16)];
}

static json_t *
request(struct journal *j, unsigned kind)
{
	struct sync_request q;
	json_t *json = NULL;
	struct err e;

	sync_request_init(&q);
	stand(j, &q);
	if (kind > 0) {
		struct batch *b = calloc(1, sizeof(*b));

		assert_non_null(b);
		b->device = j->device;
		b->from = b->to = j->counter + 1;
		b->changes = calloc(1, sizeof(*b->changes));
		assert_non_null(b->changes);
		b->n_changes = 1;
		note_change(j, &b->changes[0], kind == 1);
		journal_sign(j, j->link, b);
		assert_ok(change_shrink(&b->changes[0],
		              kind == 2 ? &(bool){ true } : NULL, &e),
		    &e);
		q.batches = b;
		q.n_batches = 1;
	}
	assert_ok(sync_request_to_json(&q, &json, &e), &e);
	sync_request_fini(&q);
	return json;
}

static void
receipt_add(struct journal *j, struct sync_answer *a)
{
	struct receipt *t = calloc(1, sizeof(*t));
	struct err e;

	assert_non_null(t);
	receipt_init(t);
	t->office = j->office;
	t->device = j->device;
	t->counter = j->counter;
	t->link = j->link;
	t->intake = j->counter + rng_below(&j->rng, 50);
	t->epoch = 1;
	t->time = a->time;
	t->audit_seq = a->head_seq;
	t->audit_link = a->head_link;
	assert_ok(receipt_sign(t, &j->key, &e), &e);
	a->receipts = t;
	a->n_receipts = 1;
}

/* The record after a change, whole or what of it is new. */
static void
entry_add(struct journal *j, const struct schema *s, struct sync_answer *a,
    bool whole)
{
	struct apply_context ctx = {
		.schema = s, .version = { 1, a->head_seq }, .now_ms = a->time
	};
	struct apply_result result;
	struct page_entry *p = calloc(1, sizeof(*p));
	struct change c;
	struct record t;
	struct err e;

	assert_non_null(p);
	note_change(j, &c, true);
	assert_ok(record_init(&t, c.record, "note", c.author, &e), &e);
	assert_ok(apply_change(&t, &c, &ctx, &result, &e), &e);
	p->record = c.record;
	p->own = c.counter;
	p->scopes = json_array();
	{
		char scope[64];

		(void)snprintf(
		    scope, sizeof(scope), "user:%s", id_print(c.author).s);
		(void)json_array_append_new(p->scopes, json_string(scope));
	}
	if (whole)
		assert_ok(record_to_json(&t, &p->whole, &e), &e);
	else
		assert_ok(
		    record_delta(&t, (struct version){ 0, 0 }, &p->delta, &e),
		    &e);
	record_fini(&t);
	change_fini(&c);
	a->page = p;
	a->n_page = 1;
}

static json_t *
answer(struct journal *j, const struct schema *s, unsigned kind)
{
	struct rng *r = &j->rng;
	struct sync_answer a;
	json_t *json = NULL;
	struct err e;

	sync_answer_init(&a);
	rng_bytes(r, a.nonce, sizeof(a.nonce));
	a.epoch = 1;
	a.time = 1767225600000 + rng_below(r, 31536000000);
	a.head_seq = 1 + rng_below(r, 9000);
	rng_bytes(r, a.head_link.b, HASH32_LEN);
	a.has_echo = true;
	rng_bytes(r, a.echo_link.b, HASH32_LEN);
	if (kind == 0)
		a.echo_link = a.head_link;
	a.has_cursor = true;
	a.cursor = (struct cursor){ .epoch = 1,
		.floor = a.head_seq,
		.link = a.head_link,
		.position = a.head_seq };
	a.is_last = true;
	rng_bytes(r, a.scopes_hash.b, HASH32_LEN);
	if (kind > 0) {
		receipt_add(j, &a);
		a.outcomes = calloc(1, sizeof(*a.outcomes));
		assert_non_null(a.outcomes);
		a.n_outcomes = 1;
		a.outcomes[0] = (struct outcome){ .no = 1 + rng_below(r, 500),
			.counter = j->counter + 1,
			.kind = rng_below(r, 3) == 0 ? OUTCOME_MERGED
			                             : OUTCOME_APPLIED,
			.version = { 1, a.head_seq } };
		entry_add(j, s, &a, kind == 1);
	}
	assert_ok(sync_answer_to_json(&a, &json, &e), &e);
	sync_answer_fini(&a);
	return json;
}

int
main(int argc, char **argv)
{
	struct schema *s = check_schema_new();
	struct rng seeds;

	if (argc != 4) {
		(void)fputs("make_samples FOLDER COUNT SEED\n", stderr);
		return 2;
	}
	seeds = rng_make(strtoull(argv[3], NULL, 10));
	for (unsigned i = 0, n = (unsigned)strtoul(argv[2], NULL, 10); i < n;
	     i++) {
		struct journal j = journal_make(rng_next(&seeds));
		json_t *json;
		char path[512];
		struct buf text;
		struct err e;

		j.office = random_id(&j.rng);
		j.device = random_id(&j.rng);
		j.counter = rng_below(&j.rng, 300);
		rng_bytes(&j.rng, j.link.b, HASH32_LEN);
		json = i % 2 == 0 ? request(&j, i / 2 % 3)
		                  : answer(&j, s, i / 2 % 3);
		(void)snprintf(path, sizeof(path), "%s/%06u.json", argv[1], i);
		buf_init(&text, LIMIT_BODY_BYTES);
		if (json_print(json, &text, &e) != ERR_OK ||
		    file_save(path, text.ptr, text.len, &e) != ERR_OK) {
			(void)fprintf(stderr, "%s\n", e.msg);
			return 1;
		}
		buf_fini(&text);
		json_decref(json);
	}
	schema_free(s);
	return 0;
}
