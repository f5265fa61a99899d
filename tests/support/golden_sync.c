/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The golden device's journal and its requests.
 */
#include "tests/support/check.h"

#include "common/sys/json.h"
#include "tests/support/golden.h"

#define NOTE 100
#define CASE 101
#define MADE_AT 1795132800000

static const char first_words[] =
    "Betty said that she wants the window open at night. The night staff close"
    " it at ten; nobody asked her.";
static const char second_words[] =
    "Betty said that she wants the window open at night \xe2\x80\x94 all"
    " night. The night staff close it at ten; nobody asked her.";

static void
op(struct change *c, const char *path, const struct change_base *base,
    const char *was, const char *now)
{
	uint8_t salt[CHANGE_SALT_LEN];
	json_t *a = was == NULL ? NULL : json_string(was);
	json_t *b = now == NULL ? NULL : json_string(now);
	struct err e;

	memset(salt, (int)(0x50 + 8 * c->counter + c->n_ops), sizeof(salt));
	assert_ok(change_add_op(c, path, base, a, b, salt, &e), &e);
	json_decref(a);
	json_decref(b);
}

static void
start(const struct golden *g, struct change *c, uint64_t counter)
{
	change_init(c);
	c->device = g->device.device;
	c->counter = counter;
	c->author = journal_id(3);
	c->made_at = MADE_AT + 1000 * counter;
	c->clock_offset = -250;
	c->clock_within = 40;
	c->record = journal_id(NOTE);
	memcpy(c->type, "note", sizeof("note"));
}

/* 1: a note is begun.  2: a sentence of it is edited.  3: a decision on a
 * conflict about another field, cut again from a device that was lost, with
 * a member of a later version. */
static void
make_journal(struct golden *g)
{
	struct change_base none = { 0 }, own = { .own = 1 };
	struct change_base seen = { .seen = { 1, 9 } };
	struct batch *b = &g->full;
	struct change_resolve *v;

	batch_init(b);
	b->device = g->device.device;
	b->from = 1;
	b->to = 3;
	b->changes = calloc(3, sizeof(*b->changes));
	assert_non_null(b->changes);
	b->n_changes = 3;
	start(g, &b->changes[0], 1);
	op(&b->changes[0], "author", &none, NULL, id_print(journal_id(3)).s);
	op(&b->changes[0], "case", &none, NULL, id_print(journal_id(CASE)).s);
	op(&b->changes[0], "content", &none, NULL, "draft");
	op(&b->changes[0], "summary", &none, NULL, first_words);
	start(g, &b->changes[1], 2);
	op(&b->changes[1], "summary", &own, first_words, second_words);
	start(g, &b->changes[2], 3);
	op(&b->changes[2], "why_not", &seen, "She was asleep.",
	    "She asked me to come back.");
	v = calloc(1, sizeof(*v));
	assert_non_null(v);
	b->changes[2].resolves = v;
	b->changes[2].n_resolves = 1;
	v->conflict = journal_id(200);
	v->current = (struct version){ 1, 9 };
	v->sides = json_pack(
	    "[[s, [i, i]]]", "01a1f640-bc00-7000-8000-000000000007/4", 1, 10);
	v->reason = strdup("She told me so at the door.");
	b->changes[2].recut_device = journal_id(6);
	b->changes[2].recut_counter = 5;
	memset(b->changes[2].recut_link.b, 0xc5, HASH32_LEN);
	b->changes[2].extra = json_pack("{s: s}", "weather", "rain");
	journal_sign(&g->device, g->device.link, b);
}

/* Changes from..to of the journal, as they travel when the office holds what
 * came before. */
static void
wire_batch(struct golden *g, size_t from, size_t to, struct batch *out)
{
	struct hash32 link = g->full.before;
	struct err e;

	batch_init(out);
	out->device = g->device.device;
	out->from = from;
	out->to = to;
	out->changes = calloc(to - from + 1, sizeof(*out->changes));
	assert_non_null(out->changes);
	for (size_t i = 0; i < to; i++) {
		struct change *c = &out->changes[out->n_changes];
		json_t *json = NULL;

		if (i + 1 == from)
			out->before = link;
		assert_ok(
		    change_link_next(link, &g->full.changes[i], &link, &e), &e);
		if (i + 1 < from)
			continue;
		assert_ok(change_to_json(&g->full.changes[i], &json, &e), &e);
		assert_ok(change_from_json(json, c, &e), &e);
		json_decref(json);
		out->n_changes++;
		assert_ok(
		    change_shrink(c, i == 1 ? &(bool){ true } : NULL, &e), &e);
	}
	out->link = link;
	out->sig = change_sign(
	    &g->device.key, g->device.office, out->device, to, link);
}

static void
request_start(struct sync_request *r, uint8_t nonce)
{
	sync_request_init(r);
	memset(r->nonce, nonce, sizeof(r->nonce));
	r->pull = true;
}

/* Where a device stands that has pulled before. */
static void
request_stand(struct sync_request *r)
{
	r->has_cursor = true;
	r->cursor = (struct cursor){ .epoch = 1, .floor = 41, .position = 41 };
	memset(r->cursor.link.b, 0xa1, HASH32_LEN);
	r->outcome_no = 3;
	r->head_seq = 41;
	memset(r->head_link.b, 0xa1, HASH32_LEN);
	memset(r->schema, 'b', sizeof(r->schema) - 1);
}

static void
add_request(struct golden *g, const char *file, const char *what,
    struct sync_request *r)
{
	json_t *json = NULL;
	struct err e;

	assert_ok(sync_request_to_json(r, &json, &e), &e);
	golden_add(g, file, "sync_request", what, json);
	sync_request_fini(r);
}

/* As golden_others does: what is sealed is not the same twice. */
static void
sealed_batch(struct sync_request *r)
{
	struct envelope *env;
	uint8_t bytes[64];

	r->envelopes = calloc(1, sizeof(*r->envelopes));
	assert_non_null(r->envelopes);
	r->n_envelopes = 1;
	env = &r->envelopes[0];
	env->counter = 2;
	memset(env->key_id, 0x5e, sizeof(env->key_id));
	memset(bytes, 0xe5, sizeof(bytes));
	buf_init(&env->sealed, sizeof(bytes));
	assert_true(buf_add(&env->sealed, bytes, sizeof(bytes)));
}

static void
add_past(const struct golden *g, struct sync_request *r)
{
	r->past = calloc(1, sizeof(*r->past));
	assert_non_null(r->past);
	r->n_past = 1;
	r->past[0].head = golden_head(g);
	r->past[0].erased_upto = (struct version){ 1, 40 };
	r->erasures = golden_erasure(g);
	r->n_erasures = 1;
}

static void
add_requests(struct golden *g)
{
	struct sync_request r;

	request_start(&r, 0xf1);
	add_request(g, "sync_request_first.json",
	    "A device that has just enrolled asks for everything", &r);
	request_start(&r, 0xf2);
	request_stand(&r);
	add_request(g, "sync_request_quiet.json",
	    "Nothing to send; is there news?", &r);
	request_start(&r, 0xf3);
	request_stand(&r);
	r.batches = calloc(1, sizeof(*r.batches));
	assert_non_null(r.batches);
	r.n_batches = 1;
	wire_batch(g, 2, 3, &r.batches[0]);
	add_request(g, "sync_request_push.json",
	    "Two changes, one as a splice of a text that the office holds", &r);
	request_start(&r, 0xf4);
	request_stand(&r);
	r.cursor.position = 57;
	r.cursor.position_id = journal_id(NOTE);
	add_request(g, "sync_request_resume.json",
	    "A pull that was cut goes on after the record it got last", &r);
	request_start(&r, 0xf5);
	request_stand(&r);
	r.pull = false;
	add_request(g, "sync_request_push_only.json", "No page is wanted", &r);
	request_start(&r, 0xf6);
	request_stand(&r);
	r.want_scopes = true;
	add_request(g, "sync_request_want_scopes.json",
	    "Digests differ: which scopes, and what are their sums?", &r);
	request_start(&r, 0xf7);
	request_stand(&r);
	r.want_ids = json_pack("[s]", "all");
	r.want_records = json_pack("[s]", id_print(journal_id(NOTE)).s);
	add_request(g, "sync_request_repair.json",
	    "The ids of one scope that differs, and one record whole", &r);
	request_start(&r, 0xf9);
	request_stand(&r);
	r.want_ids = json_pack("[s]", "all");
	r.ids_after = json_pack("{s: s}", "all", id_print(journal_id(NOTE)).s);
	add_request(g, "sync_request_ids_after.json",
	    "A list of ids goes on where the last answer's ended", &r);
	request_start(&r, 0xf8);
	request_stand(&r);
	sealed_batch(&r);
	add_request(g, "sync_request_sealed.json",
	    "A change of a record that this user may no longer see, sealed",
	    &r);
	request_start(&r, 0xf9);
	request_stand(&r);
	r.erased_upto = (struct version){ 1, 38 };
	add_request(g, "sync_request_erased.json",
	    "What was erased since entry 38?", &r);
	request_start(&r, 0xfa);
	request_stand(&r);
	r.texts = true;
	add_request(g, "sync_request_texts.json",
	    "Texts that can be made of what is held may be left out", &r);
	request_start(&r, 0xfb);
	request_stand(&r);
	r.has_proof = true;
	r.proof = golden_head(g);
	add_request(g, "sync_request_proof.json",
	    "The office's own word for what its log lacks", &r);
	request_start(&r, 0xfc);
	request_stand(&r);
	add_past(g, &r);
	add_request(g, "sync_request_past.json",
	    "What an office that was restored may have lost", &r);
}

/* Change 2 after its words were erased, as a restored office is given it. */
static void
add_erased(struct golden *g)
{
	struct batch wire;
	json_t *json = NULL;
	struct err e;

	wire_batch(g, 2, 2, &wire);
	change_fini(&wire.changes[0]);
	assert_ok(change_to_json(&g->full.changes[1], &json, &e), &e);
	assert_ok(change_from_json(json, &wire.changes[0], &e), &e);
	json_decref(json);
	assert_ok(change_op_erase(&wire.changes[0].ops[0], &e), &e);
	json = NULL;
	assert_ok(batch_to_json(&wire, &json, &e), &e);
	golden_add(g, "batch_erased.json", "batch",
	    "Change 2 when its words were erased: the link is the same", json);
	batch_fini(&wire);
}

void
golden_sync(struct golden *g)
{
	struct batch wire;
	json_t *json = NULL;
	struct err e;

	make_journal(g);
	assert_ok(change_to_json(&g->full.changes[2], &json, &e), &e);
	golden_add(g, "change_full.json", "change",
	    "A decision in full form, cut again, with a member of a later"
	    " version",
	    json);
	json = NULL;
	assert_ok(batch_to_json(&g->full, &json, &e), &e);
	golden_add(g, "batch_full.json", "batch",
	    "Three changes with nothing left out", json);
	wire_batch(g, 2, 3, &wire);
	json = NULL;
	assert_ok(batch_to_json(&wire, &json, &e), &e);
	golden_add(g, "batch_wire.json", "batch",
	    "Changes 2 and 3 as they travel: a splice, a value left out", json);
	batch_fini(&wire);
	add_erased(g);
	add_requests(g);
}
