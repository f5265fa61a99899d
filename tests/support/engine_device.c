/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device's side for tests: its journal, requests and what it pulls.
 */
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/enc.h"
#include "common/base/rng.h"
#include "common/core/path.h"
#include "common/sys/json.h"
#include "common/sys/pki.h"
#include "common/sys/zip.h"
#include "tests/support/check_schema.h"
#include "tests/support/engine_world.h"

static const struct json_limits body_limits = {
	.bytes_max = (size_t)16 * 1024 * 1024,
	.tokens_max = (size_t)4 * 1000 * 1000,
	.depth_max = LIMIT_JSON_DEPTH,
};

/* ---- the journal ---- */

void
dev_begin(struct dev *d, struct id record, const char *type)
{
	change_fini(&d->open);
	change_init(&d->open);
	d->open.record = record;
	(void)snprintf(d->open.type, sizeof(d->open.type), "%s", type);
}

struct id
dev_begin_new(struct dev *d, const char *type)
{
	struct id id = id_fresh(clock_unix_ms());

	dev_begin(d, id, type);
	return id;
}

void
dev_set_seen(struct dev *d, const char *path, const char *was, const char *now,
    struct change_base base)
{
	uint8_t salt[CHANGE_SALT_LEN];
	json_t *before = was == NULL ? NULL : check_json(was);
	json_t *after = now == NULL ? NULL : check_json(now);
	struct err e = { 0 };

	rng_fill(salt, sizeof(salt));
	assert_ok(
	    change_add_op(&d->open, path, &base, before, after, salt, &e), &e);
	json_decref(before);
	json_decref(after);
}

void
dev_set(struct dev *d, const char *path, const char *was, const char *now)
{
	dev_set_seen(d, path, was, now, (struct change_base){ 0 });
}

uint64_t
dev_cut(struct dev *d)
{
	struct change *c = &d->open;
	size_t n = d->n_journal;
	struct hash32 before = n == 0
	    ? change_link_start(d->w->keys.office, d->id)
	    : d->links[n - 1];
	struct err e = { 0 };

	d->journal = realloc(d->journal, (n + 1) * sizeof(*d->journal));
	d->links = realloc(d->links, (n + 1) * sizeof(*d->links));
	assert_true(d->journal != NULL && d->links != NULL);
	c->device = d->id;
	c->counter = n + 1;
	if (id_is_zero(c->author))
		c->author = d->user;
	c->made_at = clock_unix_ms();
	assert_ok(change_link_next(before, c, &d->links[n], &e), &e);
	d->journal[n] = *c;
	change_init(c);
	return ++d->n_journal;
}

/* A deep copy by way of the full form. */
static struct change
copy_change(const struct change *from)
{
	struct change c;
	json_t *json = NULL;
	struct err e = { 0 };

	assert_ok(change_to_json(from, &json, &e), &e);
	assert_ok(change_from_json(json, &c, &e), &e);
	json_decref(json);
	return c;
}

struct batch
dev_batch(const struct dev *d, uint64_t from, uint64_t to)
{
	struct batch b;

	batch_init(&b);
	b.device = d->id;
	b.from = from;
	b.to = to;
	b.before = from == 1 ? change_link_start(d->w->keys.office, d->id)
	                     : d->links[from - 2];
	b.link = d->links[to - 1];
	b.sig = change_sign(&d->sign_key, d->w->keys.office, d->id, to, b.link);
	b.n_changes = (size_t)(to - from + 1);
	b.changes = calloc(b.n_changes, sizeof(*b.changes));
	assert_non_null(b.changes);
	for (size_t i = 0; i < b.n_changes; i++)
		b.changes[i] = copy_change(&d->journal[from - 1 + i]);
	return b;
}

/* ---- requests and answers ---- */

static const char *
method_of(enum wire_kind kind)
{
	return kind == WIRE_WAIT || kind == WIRE_COMMANDS ||
	        kind == WIRE_HISTORY
	    ? "GET"
	    : "POST";
}

static struct buf
signed_part(const struct dev *d, enum wire_kind kind, const char *target,
    const void *body, size_t len)
{
	struct buf b;

	buf_init(&b, 8192);
	protocol_request_signed(
	    d->w->keys.office, method_of(kind), target, body, len, &b);
	assert_int_equal(b.bad, ERR_OK);
	return b;
}

static uint64_t
queue_bytes(struct dev *d, enum wire_kind kind, const char *target,
    struct crypto_part body, bool as_courier)
{
	char sig_text[ENC_BASE64_LEN(PKI_SIG_MAX) + 1] = "";
	struct sign_sig sig;
	struct buf der;
	struct err e;
	struct buf covered = signed_part(d, kind, target, body.ptr, body.len);
	struct wire_request r = { .kind = (uint16_t)kind,
		.method = method_of(kind),
		.target = target,
		.has_cert = true,
		.sig = sig_text,
		.dict = d->dict == NULL ? "none" : d->dict,
		.peer = "test",
		.body = body.ptr,
		.body_len = body.len };
	const struct buf *cert = as_courier ? &d->courier_cert : &d->tls_cert;

	r.cert = cert->ptr;
	r.cert_len = cert->len;
	r.cert_sha256 = as_courier ? d->courier_sha256 : d->tls_sha256;
	if (!as_courier) {
		sign_make(&d->sign_key, covered.ptr, covered.len, &sig);
		enc_base64(sig.b, sizeof(sig.b), sig_text);
	} else if (kind == WIRE_COMMANDS && !d->courier_is_mute) {
		buf_init(&der, PKI_SIG_MAX);
		assert_ok(pki_sign(crypto_part_buf(&d->courier_key),
		              crypto_part_buf(&covered), &der, &e),
		    &e);
		enc_base64(der.ptr, der.len, sig_text);
		buf_fini(&der);
	}
	if (d->w->product != NULL)
		d->w->product(true);
	engine_take(d->w->g, ++d->w->token, WIRE_DEVICES, &r);
	if (d->w->product != NULL)
		d->w->product(false);
	buf_fini(&covered);
	return d->w->token;
}

static struct buf
pack(const json_t *body)
{
	struct buf text, packed;
	struct err e = { 0 };

	buf_init(&text, (size_t)16 * 1024 * 1024);
	buf_init(&packed, (size_t)16 * 1024 * 1024);
	if (body != NULL) {
		assert_ok(json_print(body, &text, &e), &e);
		assert_ok(
		    zip_pack(3, NULL, text.ptr, text.len, &packed, &e), &e);
	}
	buf_fini(&text);
	return packed;
}

uint64_t
dev_queue(struct dev *d, enum wire_kind kind, const char *target,
    const json_t *body, bool as_courier)
{
	struct buf packed = pack(body);
	uint64_t token = queue_bytes(
	    d, kind, target, crypto_part(packed.ptr, packed.len), as_courier);

	buf_fini(&packed);
	return token;
}

bool
world_answer(struct world *w, uint64_t token, struct answer *out)
{
	for (size_t i = 0; i < w->n_answers; i++)
		if (w->answers[i].token == token) {
			*out = w->answers[i];
			w->answers[i] = w->answers[--w->n_answers];
			return true;
		}
	return false;
}

void
answer_end(struct answer *a)
{
	buf_fini(&a->body);
}

bool
dev_answer_signed(const struct dev *d, const struct answer *a,
    enum wire_kind kind, const char *target, const void *body, size_t len)
{
	struct sign_pub pub = sign_pub_of(&d->w->keys.receipt);
	struct buf asked = signed_part(d, kind, target, body, len), covered;
	struct sign_sig sig;
	size_t sig_len;
	bool ok;

	buf_init(&covered, 256);
	protocol_answer_signed(
	    &asked, a->status, a->body.ptr, a->body.len, &covered);
	ok = enc_base64_parse(
	         a->sig, strlen(a->sig), sig.b, sizeof(sig.b), &sig_len) &&
	    sig_len == sizeof(sig.b) &&
	    sign_check(&pub, covered.ptr, covered.len, &sig);
	buf_fini(&asked);
	buf_fini(&covered);
	return ok;
}

struct answer
dev_send_bytes(struct dev *d, enum wire_kind kind, const char *target,
    const void *body, size_t len)
{
	struct answer a = { 0 };
	uint64_t token =
	    queue_bytes(d, kind, target, crypto_part(body, len), false);

	(void)engine_work(d->w->g);
	assert_true(world_answer(d->w, token, &a));
	assert_true(dev_answer_signed(d, &a, kind, target, body, len));
	return a;
}

struct answer
dev_send(struct dev *d, enum wire_kind kind, const char *target,
    const json_t *body, bool as_courier)
{
	struct answer a = { 0 };
	struct buf packed = pack(body);
	uint64_t token = queue_bytes(
	    d, kind, target, crypto_part(packed.ptr, packed.len), as_courier);

	(void)engine_work(d->w->g);
	assert_true(world_answer(d->w, token, &a));
	assert_true(
	    dev_answer_signed(d, &a, kind, target, packed.ptr, packed.len));
	buf_fini(&packed);
	return a;
}

json_t *
answer_json(const struct answer *a)
{
	struct buf text;
	struct err e = { 0 };
	json_t *json = NULL;

	buf_init(&text, (size_t)16 * 1024 * 1024);
	if (a->dict[0] != '\0')
		assert_ok(zip_unpack(NULL, a->body.ptr, a->body.len,
		              (size_t)16 * 1024 * 1024, &text, &e),
		    &e);
	else
		assert_true(buf_add(&text, a->body.ptr, a->body.len));
	assert_ok(json_parse(text.ptr, text.len, &body_limits, &json, &e), &e);
	buf_fini(&text);
	return json;
}

enum protocol_word
answer_word(const struct answer *a)
{
	json_t *json = answer_json(a);
	enum protocol_word word;
	char detail[256];
	struct err e = { 0 };

	assert_ok(problem_from_json(json, &word, detail, &e), &e);
	assert_int_equal(protocol_word_status(word), a->status);
	json_decref(json);
	return word;
}

void
dev_request(const struct dev *d, struct sync_request *r)
{
	sync_request_init(r);
	rng_fill(r->nonce, sizeof(r->nonce));
	r->pull = true;
	r->has_cursor = d->has_cursor;
	r->cursor = d->cursor;
	r->outcome_no = d->outcome_no;
	r->written = d->n_journal;
	(void)snprintf(r->schema, sizeof(r->schema), "%s", d->schema);
	if (d->receipted < d->n_journal) {
		r->batches = calloc(1, sizeof(*r->batches));
		assert_non_null(r->batches);
		r->batches[0] = dev_batch(d, d->receipted + 1, d->n_journal);
		r->n_batches = 1;
	}
}

static void
take_receipts(struct dev *d, const struct sync_answer *a)
{
	struct sign_pub pub = sign_pub_of(&d->w->keys.receipt);
	struct err e = { 0 };

	for (size_t i = 0; i < a->n_receipts; i++) {
		const struct receipt *r = &a->receipts[i];

		assert_ok(
		    receipt_check(r, &pub, d->w->keys.office, d->id, &e), &e);
		assert_true(r->counter >= 1 && r->counter <= d->n_journal);
		assert_true(hash32_equal(r->link, d->links[r->counter - 1]));
		if (r->counter > d->receipted)
			d->receipted = r->counter;
	}
}

static void
take_outcomes(struct dev *d, const struct sync_answer *a)
{
	for (size_t i = 0; i < a->n_outcomes; i++) {
		assert_true(a->outcomes[i].no > d->outcome_no);
		d->outcome_no = a->outcomes[i].no;
		d->outcomes = realloc(
		    d->outcomes, (d->n_outcomes + 1) * sizeof(*d->outcomes));
		assert_non_null(d->outcomes);
		d->outcomes[d->n_outcomes++] = a->outcomes[i];
	}
}

struct sync_answer
dev_exchange(struct dev *d, const struct sync_request *r)
{
	struct sync_answer out;
	struct answer a;
	json_t *json = NULL;
	struct err e = { 0 };

	assert_ok(sync_request_to_json(r, &json, &e), &e);
	a = dev_send(d, WIRE_SYNC, "/v1/sync", json, false);
	json_decref(json);
	if (a.status != 200)
		fail_msg(
		    "answered %d: %.*s", a.status, (int)a.body.len, a.body.ptr);
	json = answer_json(&a);
	assert_ok(sync_answer_from_json(json, &out, &e), &e);
	assert_memory_equal(out.nonce, r->nonce, sizeof(out.nonce));
	json_decref(json);
	answer_end(&a);
	take_receipts(d, &out);
	take_outcomes(d, &out);
	return out;
}

void
dev_push(struct dev *d)
{
	struct sync_request r;
	struct sync_answer a;

	dev_request(d, &r);
	r.pull = false;
	a = dev_exchange(d, &r);
	assert_false(a.has_refusal);
	sync_answer_fini(&a);
	sync_request_fini(&r);
}

/* ---- what it holds ---- */

static struct held_record *
find_record(const struct dev *d, struct id id)
{
	for (size_t i = 0; i < d->n_records; i++)
		if (id_equal(d->records[i].record.id, id))
			return &d->records[i];
	return NULL;
}

static void
drop_record(struct dev *d, struct id id)
{
	struct held_record *h = find_record(d, id);

	if (h == NULL)
		return;
	record_fini(&h->record);
	json_decref(h->scopes);
	*h = d->records[--d->n_records];
}

static void
take_entry(struct dev *d, const struct page_entry *p)
{
	struct held_record *h;
	struct err e = { 0 };

	if (p->is_drop) {
		drop_record(d, p->record);
		return;
	}
	if (p->whole != NULL) {
		drop_record(d, p->record);
		d->records = realloc(
		    d->records, (d->n_records + 1) * sizeof(*d->records));
		assert_non_null(d->records);
		h = &d->records[d->n_records++];
		h->scopes = NULL;
		assert_ok(record_from_json(p->whole, &h->record, &e), &e);
	} else {
		h = find_record(d, p->record);
		assert_non_null(h);
		assert_ok(record_merge_delta(&h->record, p->delta, &e), &e);
	}
	json_decref(h->scopes);
	h->scopes = json_incref(p->scopes);
}

void
dev_take_page(struct dev *d, const struct sync_answer *a)
{
	for (size_t i = 0; i < a->n_page; i++)
		take_entry(d, &a->page[i]);
	if (a->has_cursor) {
		d->has_cursor = true;
		d->cursor = a->cursor;
	}
	if (a->scopes != NULL) {
		json_decref(d->scopes);
		d->scopes = json_incref(a->scopes);
	}
	if (a->schema != NULL) {
		struct buf text;
		struct hash32 hash;
		struct err e = { 0 };

		buf_init(&text, (size_t)4 * 1024 * 1024);
		assert_ok(json_print(a->schema, &text, &e), &e);
		hash = crypto_sha256(text.ptr, text.len);
		enc_hex(hash.b, HASH32_LEN, d->schema);
		buf_fini(&text);
	}
}

static bool
is_in(const json_t *names, const char *name)
{
	for (size_t i = 0; i < json_array_size(names); i++)
		if (strcmp(json_string_value(json_array_get(names, i)), name) ==
		    0)
			return true;
	return false;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct hash32
dev_scopes_hash(const struct dev *d)
{
	size_t n = json_object_size(d->scopes), i = 0;
	const char **names = calloc(n + 1, sizeof(*names));
	struct digest *sums = calloc(n + 1, sizeof(*sums));
	struct hash32 hash, record;
	struct err e = { 0 };
	const char *key;
	json_t *value;

	assert_true(names != NULL && sums != NULL);
	json_object_foreach(d->scopes, key, value)
	{
		(void)value;
		names[i++] = key;
	}
	qsort(names, n, sizeof(*names), by_text);
	for (i = 0; i < n; i++)
		for (size_t k = 0; k < d->n_records; k++)
			if (is_in(d->records[k].scopes, names[i])) {
				assert_ok(record_digest(&d->records[k].record,
				              &record, &e),
				    &e);
				digest_add(&sums[i], &record);
			}
	hash = digest_of_scopes(names, sums, n);
	free(names);
	free(sums);
	return hash;
}

void
dev_sync(struct dev *d)
{
	bool last = false;

	while (!last) {
		struct sync_request r;
		struct sync_answer a;

		dev_request(d, &r);
		a = dev_exchange(d, &r);
		assert_false(a.has_refusal);
		assert_false(a.pull_refused);
		dev_take_page(d, &a);
		last = a.is_last;
		if (last)
			assert_true(
			    hash32_equal(a.scopes_hash, dev_scopes_hash(d)));
		sync_answer_fini(&a);
		sync_request_fini(&r);
	}
}

const struct record *
dev_record(const struct dev *d, struct id id)
{
	struct held_record *h = find_record(d, id);

	return h == NULL ? NULL : &h->record;
}

const char *
dev_text(const struct dev *d, struct id id, const char *path)
{
	const struct record *r = dev_record(d, id);
	const json_t *value;

	assert_non_null(r);
	value = path_get(r->doc, path);
	if (!json_is_string(value))
		fail_msg("%s: there is no text", path);
	return json_string_value(value);
}

const struct outcome *
dev_outcome(const struct dev *d, uint64_t counter)
{
	const struct outcome *found = NULL;

	for (size_t i = 0; i < d->n_outcomes; i++)
		if (d->outcomes[i].counter == counter)
			found = &d->outcomes[i];
	assert_non_null(found);
	return found;
}

/* ---- records of the caseload's kinds ---- */

static void
set_text(struct dev *d, const char *path, const char *text)
{
	char json[512];

	(void)snprintf(json, sizeof(json), "'%s'", text);
	dev_set(d, path, NULL, json);
}

struct id
dev_person(struct dev *d, const char *name)
{
	struct id id = dev_begin_new(d, "person");

	set_text(d, "full_name", name);
	(void)dev_cut(d);
	return id;
}

struct id
dev_case(struct dev *d, struct id person)
{
	struct id id = dev_begin_new(d, "case");

	set_text(d, "person", id_print(person).s);
	set_text(d, "model", "care_act");
	(void)dev_cut(d);
	return id;
}

struct id
dev_note(struct dev *d, struct id of_case, const char *summary)
{
	struct id id = dev_begin_new(d, "note");

	set_text(d, "case", id_print(of_case).s);
	set_text(d, "summary", summary);
	set_text(d, "content", "signed");
	(void)dev_cut(d);
	return id;
}
