/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the golden office answers.
 */
#include "tests/support/check.h"

#include "common/core/splice.h"
#include "common/sys/json.h"
#include "tests/support/check_schema.h"
#include "tests/support/golden.h"

#define TIME 1795132860000

static void
answer_start(struct sync_answer *a, uint8_t nonce)
{
	sync_answer_init(a);
	memset(a->nonce, nonce, sizeof(a->nonce));
	a->epoch = 1;
	a->time = TIME;
	a->head_seq = 41;
	memset(a->head_link.b, 0xa1, HASH32_LEN);
}

static void
answer_last(struct sync_answer *a)
{
	static const struct digest none;
	const char *const names[] = { "all", "case:1" };
	const struct digest sums[] = { none, none };

	a->has_cursor = true;
	a->cursor = (struct cursor){ .epoch = 1,
		.floor = a->head_seq,
		.link = a->head_link,
		.position = a->head_seq };
	a->is_last = true;
	a->scopes_hash = digest_of_scopes(names, sums, 2);
}

static void
add_answer(
    struct golden *g, const char *file, const char *what, struct sync_answer *a)
{
	json_t *json = NULL;
	struct err e;

	assert_ok(sync_answer_to_json(a, &json, &e), &e);
	golden_add(g, file, "sync_answer", what, json);
	sync_answer_fini(a);
}

static void
add_receipt(struct golden *g, struct sync_answer *a, uint64_t counter)
{
	a->receipts = calloc(1, sizeof(*a->receipts));
	assert_non_null(a->receipts);
	golden_receipt(g, counter, &a->receipts[0]);
	a->n_receipts = 1;
}

static void
add_outcomes(struct sync_answer *a, const struct outcome *outcomes, size_t n)
{
	a->outcomes = calloc(n, sizeof(*a->outcomes));
	assert_non_null(a->outcomes);
	memcpy(a->outcomes, outcomes, n * sizeof(*outcomes));
	a->n_outcomes = n;
}

static struct page_entry *
add_entry(struct sync_answer *a, struct id record, const char *scope)
{
	a->page = calloc(1, sizeof(*a->page));
	assert_non_null(a->page);
	a->n_page = 1;
	a->page[0].record = record;
	a->page[0].scopes = scope == NULL ? NULL : json_pack("[s]", scope);
	return &a->page[0];
}

/* Apply to the record as the office does. */
static void
apply(const struct schema *s, struct record *r, const struct change *c,
    uint64_t seq, enum outcome_kind kind)
{
	struct apply_context ctx = {
		.schema = s, .version = { 1, seq }, .now_ms = TIME
	};
	struct apply_result result;
	struct err e;

	assert_ok(apply_change(r, c, &ctx, &result, &e), &e);
	assert_int_equal(result.kind, kind);
}

/* Another device's edit of the summary by someone who had not seen change 2. */
static void
clash(const struct golden *g, struct change *c)
{
	struct change_base base = { .seen = { 1, 7 } };
	uint8_t salt[CHANGE_SALT_LEN];
	json_t *now = json_string("Betty said nothing about the window.");
	struct err e;

	change_init(c);
	c->device = journal_id(7);
	c->counter = 4;
	c->author = journal_id(8);
	c->made_at = TIME - 5000;
	c->record = g->full.changes[0].record;
	memcpy(c->type, "note", sizeof("note"));
	memset(salt, 0x77, sizeof(salt));
	assert_ok(change_add_op(c, "summary", &base,
	              g->full.changes[0].ops[3].now, now, salt, &e),
	    &e);
	json_decref(now);
}

/* The note after change 2, to its author's device and to another's: both can
 * make the text of the delta. */
static void
add_texts(struct golden *g, const struct record *r)
{
	const struct change_op *op = &g->full.changes[1].ops[0];
	char of[PAGE_TEXT_OF_LEN];
	json_t *texts[2], *splice = NULL;
	struct page_entry *p;
	struct sync_answer a;
	struct err e;

	assert_ok(splice_make(op->was, op->now, &splice, &e), &e);
	page_text_of(op->was, of);
	texts[0] = json_pack("[[s, i]]", op->path, 2);
	texts[1] = json_pack("[[s, s, o]]", op->path, of, splice);
	for (size_t i = 0; i < 2; i++) {
		answer_start(&a, 0xfa);
		p = add_entry(
		    &a, r->id, "user:01a1f640-bc00-7000-8000-000000000003");
		assert_ok(
		    record_delta(r, (struct version){ 1, 7 }, &p->delta, &e),
		    &e);
		assert_int_equal(
		    json_object_del(json_object_get(p->delta, "doc"), op->path),
		    0);
		p->own = i == 0 ? 2 : 0;
		p->texts = texts[i];
		answer_last(&a);
		add_answer(g,
		    i == 0 ? "sync_answer_own_text.json"
		           : "sync_answer_splice.json",
		    i == 0 ? "A delta whose text this device's change 2 left"
		           : "A delta whose text is made of the one held",
		    &a);
	}
}

static void
add_pages(struct golden *g)
{
	static const struct outcome pushed[] = {
		{ .no = 4,
		    .counter = 2,
		    .kind = OUTCOME_APPLIED,
		    .version = { 1, 8 } },
		{ .no = 5,
		    .counter = 3,
		    .kind = OUTCOME_HELD,
		    .reason = "waits",
		    .path = "why_not" },
	};
	static const struct outcome conflict = { .no = 6,
		.counter = 2,
		.kind = OUTCOME_CONFLICT,
		.version = { 1, 9 } };
	struct schema *s = check_schema_new();
	struct id note = g->full.changes[0].record;
	struct page_entry *p;
	struct sync_answer a;
	struct change other;
	struct record r;
	struct err e;

	assert_ok(record_init(&r, note, "note", journal_id(3), &e), &e);
	apply(s, &r, &g->full.changes[0], 7, OUTCOME_APPLIED);
	answer_start(&a, 0xf1);
	p = add_entry(&a, note, "user:01a1f640-bc00-7000-8000-000000000003");
	assert_ok(record_to_json(&r, &p->whole, &e), &e);
	p->own = 1;
	a.has_cursor = true;
	a.cursor =
	    (struct cursor){ .epoch = 1, .position = 7, .position_id = note };
	a.schema = json_pack("{s: i, s: i}", "format", 1, "version", 3);
	add_answer(g, "sync_answer_first.json",
	    "A first page, more to come; a schema bundle (cut short here)", &a);

	apply(s, &r, &g->full.changes[1], 8, OUTCOME_APPLIED);
	answer_start(&a, 0xf3);
	a.has_echo = true;
	a.echo_link = a.head_link;
	a.head_seq = 42;
	memset(a.head_link.b, 0xa2, HASH32_LEN);
	add_receipt(g, &a, 3);
	add_outcomes(&a, pushed, 2);
	p = add_entry(&a, note, "user:01a1f640-bc00-7000-8000-000000000003");
	assert_ok(
	    record_delta(&r, (struct version){ 1, 7 }, &p->delta, &e), &e);
	p->own = 3;
	p->own_held = json_pack("[i]", 3);
	answer_last(&a);
	add_answer(g, "sync_answer_push.json",
	    "A receipt, what became of both changes, and what changed", &a);

	add_texts(g, &r);
	clash(g, &other);
	apply(s, &r, &other, 9, OUTCOME_CONFLICT);
	change_fini(&other);
	answer_start(&a, 0xf2);
	add_outcomes(&a, &conflict, 1);
	p = add_entry(&a, note, "user:01a1f640-bc00-7000-8000-000000000003");
	assert_ok(record_to_json(&r, &p->whole, &e), &e);
	p->own = 2;
	answer_last(&a);
	add_answer(g, "sync_answer_conflict.json",
	    "Another's version of the same words: both travel", &a);
	record_fini(&r);
	schema_free(s);
}

static void
add_words(struct golden *g)
{
	struct sync_answer a;

	answer_start(&a, 0xf2);
	a.has_echo = true;
	a.echo_link = a.head_link;
	answer_last(&a);
	add_answer(
	    g, "sync_answer_quiet.json", "No news; both hold the same", &a);
	answer_start(&a, 0xf2);
	a.backed_up = 3;
	answer_last(&a);
	add_answer(g, "sync_answer_backed_up.json",
	    "A backup of the office's holds the journal up to counter 3", &a);
	answer_start(&a, 0xf2);
	a.has_head_sig = true;
	a.head_sig = golden_head(g).sig;
	answer_last(&a);
	add_answer(g, "sync_answer_head.json",
	    "The head of the office's log, signed", &a);
	answer_start(&a, 0xf3);
	a.has_refusal = true;
	a.refusal = WORD_GAP;
	a.expect = 1;
	add_answer(g, "sync_answer_gap.json",
	    "The office lacks what came before: send from counter 1", &a);
	answer_start(&a, 0xf3);
	a.has_refusal = true;
	a.refusal = WORD_RESEND_FULL;
	add_answer(g, "sync_answer_resend_full.json",
	    "A left-out value is not held: send it in full", &a);
	answer_start(&a, 0xf3);
	add_receipt(g, &a, 3);
	a.pull_refused = true;
	a.pull_word = WORD_PENDING;
	add_answer(g, "sync_answer_pending.json",
	    "Changes are received, but no page before the device is approved",
	    &a);
	answer_start(&a, 0xf3);
	a.epoch = 2;
	a.has_refusal = true;
	a.refusal = WORD_EPOCH;
	add_answer(g, "sync_answer_epoch.json",
	    "The office was restored from a backup", &a);
	answer_start(&a, 0xf2);
	add_entry(&a, journal_id(100), NULL)->is_drop = true;
	answer_last(&a);
	a.scopes = json_pack("{s: s}", "all",
	    "00000000000000000000000000000000"
	    "00000000000000000000000000000000");
	add_answer(g, "sync_answer_drop.json",
	    "A record that is no longer this user's, and the scopes held", &a);
	answer_start(&a, 0xf7);
	a.ids = json_pack("{s: [[s, [i, i]]]}", "all",
	    "01a1f640-bc00-7000-8000-000000000064", 1, 9);
	answer_last(&a);
	add_answer(g, "sync_answer_repair.json",
	    "The ids and versions in a scope that differs", &a);
	answer_start(&a, 0xf9);
	a.ids = json_pack("{s: [[s, [i, i]]]}", "all",
	    "01a1f640-bc00-7000-8000-000000000065", 1, 9);
	a.ids_upto =
	    json_pack("{s: s}", "all", "01a1f640-bc00-7000-8000-000000000065");
	answer_last(&a);
	add_answer(g, "sync_answer_ids_upto.json",
	    "A part of a list, which goes on behind its last id", &a);
	answer_start(&a, 0xfa);
	a.erasures = golden_erasure(g);
	a.n_erasures = 1;
	a.erased_upto = (struct version){ 1, 41 };
	add_answer(g, "sync_answer_erased.json",
	    "A summary was erased; nothing else up to entry 41 concerns you",
	    &a);
	answer_start(&a, 0xfb);
	a.closings = json_pack(
	    "[{s: s, s: s, s: [{s: s, s: i, s: I, s: s, s: s, s: [[s, s],"
	    " [s]]}]}]",
	    "record", "01a1f640-bc00-7000-8000-000000000064", "type", "case",
	    "changes", "device", "01a1f640-bc00-7000-8000-000000000007",
	    "counter", 3, "made_at", (json_int_t)TIME, "reason", "office_only",
	    "words", "It stays open.", "said", "status", "closed", "kept");
	answer_last(&a);
	add_answer(g, "sync_answer_closing.json",
	    "What your other device wrote was closed: the office has no such"
	    " record",
	    &a);
	answer_start(&a, 0xf8);
	a.command = 2;
	add_receipt(g, &a, 2);
	add_answer(g, "courier_answer.json",
	    "A receipt for envelopes of a locked device", &a);
}

void
golden_answers(struct golden *g)
{
	add_pages(g);
	add_words(g);
}
