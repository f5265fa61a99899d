/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/small_office.h"

#include "common/base/clock.h"
#include "common/core/path.h"
#include "common/sys/json.h"
#include "schema/schema_bundle.h"
#include "tests/support/check.h"

#define DEVICES_MAX 8

struct known_change {
	struct id device, record;
	uint64_t counter;
	struct hash32 link;
	bool is_held;
};

struct known_device {
	struct id id;
	struct sign_pub pub;
	uint64_t counter, intake, outcome_no;
	struct hash32 link;
	struct outcome *outcomes;
	size_t n_outcomes;
};

struct small_office {
	struct id id;
	struct sign_key key;
	struct seal_key sealing;
	struct schema *schema;
	struct known_device devices[DEVICES_MAX];
	size_t n_devices;
	struct record *records;
	bool *dropped; /* beside records */
	uint64_t *dropped_at;
	size_t n_records;
	struct known_change *changes;
	size_t n_changes;
	uint64_t seq;
};

/* Memory that a test cannot go on without. */
static void *
must(void *p)
{
	if (p == NULL)
		abort();
	return p;
}

/* Room for one more of n items: it doubles whenever n is a power of two. */
static void *
one_more(void *items, size_t n, size_t bytes_each)
{
	if (n > 0 && (n & (n - 1)) != 0)
		return items;
	return must(realloc(items, (n == 0 ? 1 : 2 * n) * bytes_each));
}

struct small_office *
small_office_new(void)
{
	struct small_office *o = must(calloc(1, sizeof(*o)));
	struct err e;

	o->id = id_fresh(clock_unix_ms());
	sign_key_make(&o->key);
	seal_key_make(&o->sealing);
	assert_ok(schema_parse(
	              schema_bundle_bytes, schema_bundle_len, &o->schema, &e),
	    &e);
	return o;
}

void
small_office_free(struct small_office *o)
{
	for (size_t i = 0; i < o->n_records; i++)
		record_fini(&o->records[i]);
	free(o->records);
	free(o->dropped);
	free(o->dropped_at);
	free(o->changes);
	for (size_t i = 0; i < o->n_devices; i++)
		free(o->devices[i].outcomes);
	schema_free(o->schema);
	free(o);
}

void
small_office_device(
    struct small_office *o, const char *user_name, struct device_identity *out)
{
	struct known_device *d = &o->devices[o->n_devices++];

	assert_true(o->n_devices <= DEVICES_MAX);
	device_identity_init(out);
	out->device = id_fresh(clock_unix_ms());
	out->user = id_fresh(clock_unix_ms());
	out->office = o->id;
	(void)snprintf(out->user_name, sizeof(out->user_name), "%s", user_name);
	(void)snprintf(out->office_name, sizeof(out->office_name), "Office");
	(void)snprintf(out->role, sizeof(out->role), "ADV");
	(void)snprintf(out->address, sizeof(out->address), "127.0.0.1:1");
	sign_key_make(&out->sign_key);
	out->receipt_pub = sign_pub_of(&o->key);
	out->sealing_pub = seal_pub_of(&o->sealing);
	out->recovery_pub = out->sealing_pub;
	(void)buf_add_str(&out->tls_key_pem, "full-rights-key-of-a-test");
	(void)buf_add_str(&out->courier_key_pem, "courier-key");
	d->id = out->device;
	d->pub = sign_pub_of(&out->sign_key);
	d->link = change_link_start(o->id, d->id);
}

static struct known_device *
device_of(struct small_office *o, struct id id)
{
	for (size_t i = 0; i < o->n_devices; i++)
		if (id_equal(o->devices[i].id, id))
			return &o->devices[i];
	abort(); /* a device of another test */
}

static struct record *
find(const struct small_office *o, struct id id)
{
	for (size_t i = 0; i < o->n_records; i++)
		if (id_equal(o->records[i].id, id))
			return &o->records[i];
	return NULL;
}

const struct record *
small_office_record(const struct small_office *o, struct id id)
{
	return find(o, id);
}

/* The record, made empty if it is not there. */
static struct record *
find_or_make(struct small_office *o, const struct change *c)
{
	struct record *r = find(o, c->record);
	struct err e;

	if (r != NULL)
		return r;
	o->records =
	    realloc(o->records, (o->n_records + 1) * sizeof(*o->records));
	o->dropped =
	    realloc(o->dropped, (o->n_records + 1) * sizeof(*o->dropped));
	o->dropped_at =
	    realloc(o->dropped_at, (o->n_records + 1) * sizeof(*o->dropped_at));
	r = &o->records[o->n_records];
	o->dropped[o->n_records] = false;
	o->dropped_at[o->n_records++] = 0;
	assert_ok(record_init(r, c->record, c->type, c->author, &e), &e);
	return r;
}

static void
apply_one(
    struct small_office *o, struct known_device *d, const struct change *c)
{
	struct apply_context ctx = { .schema = o->schema,
		.version = { .epoch = 1, .seq = o->seq + 1 },
		.now_ms = clock_unix_ms() };
	struct record *r = find_or_make(o, c);
	struct outcome *out;
	struct known_change *k;
	struct apply_result result;
	struct err e;

	d->outcomes = one_more(d->outcomes, d->n_outcomes, sizeof(*out));
	out = &d->outcomes[d->n_outcomes++];
	o->changes = one_more(o->changes, o->n_changes, sizeof(*k));
	k = &o->changes[o->n_changes++];
	assert_ok(apply_change(r, c, &ctx, &result, &e), &e);
	*out = (struct outcome){ .no = ++d->outcome_no,
		.counter = c->counter,
		.kind = result.kind };
	memcpy(out->reason, result.reason, sizeof(out->reason));
	memcpy(out->path, result.path, sizeof(out->path));
	*k = (struct known_change){ .device = c->device,
		.record = c->record,
		.counter = c->counter,
		.is_held = result.kind == OUTCOME_HELD };
	if (result.kind != OUTCOME_HELD) {
		o->seq++;
		out->version = ctx.version;
	}
}

/* This office keeps no history, so whatever is left out is asked for. */
static void
receive(struct small_office *o, struct sync_request *r, struct sync_answer *a)
{
	for (size_t i = 0; i < r->n_batches; i++) {
		struct batch *b = &r->batches[i];
		struct known_device *d = device_of(o, b->device);
		enum err_code code;
		struct err e;

		if (b->from != d->counter + 1) {
			a->has_refusal = true;
			a->refusal = WORD_GAP;
			a->expect = d->counter + 1;
			continue;
		}
		assert_true(hash32_equal(b->before, d->link));
		code = batch_check(b, o->id, &d->pub, NULL, NULL, &e);
		if (code == ERR_NOTFOUND) {
			a->has_refusal = true;
			a->refusal = WORD_RESEND_FULL;
			continue;
		}
		assert_ok(code, &e);
		d->counter = b->to;
		d->link = b->link;
		for (size_t n = 0; n < b->n_changes; n++)
			apply_one(o, d, &b->changes[n]);
		a->receipts = must(calloc(1, sizeof(*a->receipts)));
		receipt_init(&a->receipts[0]);
		a->n_receipts = 1;
		a->receipts[0].office = o->id;
		a->receipts[0].device = d->id;
		a->receipts[0].counter = d->counter;
		a->receipts[0].link = d->link;
		a->receipts[0].intake = ++d->intake;
		a->receipts[0].epoch = 1;
		a->receipts[0].time = clock_unix_ms();
		assert_ok(receipt_sign(&a->receipts[0], &o->key, &e), &e);
	}
}

static void
own_counters(const struct small_office *o, struct id device, struct id record,
    struct page_entry *p)
{
	p->own_held = json_array();
	for (size_t i = 0; i < o->n_changes; i++) {
		const struct known_change *k = &o->changes[i];

		if (!id_equal(k->device, device) ||
		    !id_equal(k->record, record))
			continue;
		if (k->is_held)
			assert_int_equal(
			    json_array_append_new(p->own_held,
			        json_integer((json_int_t)k->counter)),
			    0);
		else
			p->own = k->counter;
	}
}

static void
entry(struct small_office *o, size_t i, struct id device, uint64_t floor,
    struct page_entry *p)
{
	const struct record *r = &o->records[i];
	struct version at = { .epoch = 1, .seq = floor };
	struct err e;

	*p = (struct page_entry){ .record = r->id };
	if (o->dropped[i]) {
		p->is_drop = true;
		return;
	}
	if (floor == 0)
		assert_ok(record_to_json(r, &p->whole, &e), &e);
	else
		assert_ok(record_delta(r, at, &p->delta, &e), &e);
	p->scopes = json_pack("[s]", "all");
	own_counters(o, device, r->id, p);
}

static struct hash32
hash_of_all(const struct small_office *o, struct digest *sum)
{
	static const char *const names[] = { "all" };
	struct hash32 one;
	struct err e;

	*sum = (struct digest){ 0 };
	for (size_t i = 0; i < o->n_records; i++) {
		if (o->dropped[i] || o->records[i].n_paths == 0)
			continue;
		assert_ok(record_digest(&o->records[i], &one, &e), &e);
		digest_add(sum, &one);
	}
	return digest_of_scopes(names, sum, 1);
}

static uint64_t
touched(const struct small_office *o, size_t i)
{
	return o->dropped[i] ? o->dropped_at[i] : o->records[i].version.seq;
}

/* Positions are log numbers here, each of one record only. */
static void
page(struct small_office *o, const struct sync_request *r, size_t page_max,
    struct sync_answer *a, struct id device)
{
	uint64_t floor = r->has_cursor ? r->cursor.floor : 0;
	uint64_t position = r->has_cursor ? r->cursor.position : 0;
	size_t n = 0;

	a->page = must(calloc(o->n_records + 1, sizeof(*a->page)));
	a->is_last = true;
	for (uint64_t seq = position + 1; seq <= o->seq; seq++)
		for (size_t i = 0; i < o->n_records; i++) {
			if (touched(o, i) != seq)
				continue;
			if (page_max > 0 && n == page_max) {
				a->is_last = false;
				goto out;
			}
			/* What was created above the floor goes whole. */
			entry(o, i, device,
			    floor > 0 && o->records[i].paths != NULL &&
			            o->records[i]
			                    .paths[0]
			                    .setters[0]
			                    .version.seq <= floor
			        ? floor
			        : 0,
			    &a->page[n++]);
			position = seq;
		}
out:
	a->n_page = n;
	a->has_cursor = true;
	a->cursor = (struct cursor){ .epoch = 1,
		.floor = a->is_last ? o->seq : floor,
		.position = a->is_last ? o->seq : position };
}

static void
repair(struct small_office *o, const struct sync_request *r,
    struct sync_answer *a, struct id device)
{
	struct digest sum;
	struct err e;

	a->scopes_hash = hash_of_all(o, &sum);
	if (r->want_scopes) {
		a->scopes = json_object();
		assert_ok(
		    json_put_hex(a->scopes, "all", sum.sum.b, HASH32_LEN, &e),
		    &e);
	}
	if (r->want_ids != NULL) {
		json_t *list = json_array();

		for (size_t i = 0; i < o->n_records; i++)
			if (!o->dropped[i] && o->records[i].n_paths > 0)
				assert_int_equal(
				    json_array_append_new(list,
				        json_pack("[s, o]",
				            id_print(o->records[i].id).s,
				            version_to_json(
				                o->records[i].version))),
				    0);
		a->ids = json_pack("{s:o}", "all", list);
	}
	for (size_t w = 0; w < json_array_size(r->want_records); w++)
		for (size_t i = 0; i < o->n_records; i++)
			if (strcmp(id_print(o->records[i].id).s,
			        json_string_value(
			            json_array_get(r->want_records, w))) == 0) {
				a->page = must(realloc(a->page,
				    (a->n_page + 1) * sizeof(*a->page)));
				entry(o, i, device, 0, &a->page[a->n_page++]);
			}
}

/* Outcomes that the device has not stored yet. */
static void
outcomes(const struct known_device *d, uint64_t after, struct sync_answer *a)
{
	a->outcomes = must(calloc(d->n_outcomes + 1, sizeof(*a->outcomes)));
	for (size_t i = 0; i < d->n_outcomes; i++)
		if (d->outcomes[i].no > after)
			a->outcomes[a->n_outcomes++] = d->outcomes[i];
}

void
small_office_answer(struct small_office *o, struct id device,
    struct sync_request *r, size_t page_max, struct sync_answer *out)
{
	sync_answer_init(out);
	memcpy(out->nonce, r->nonce, sizeof(out->nonce));
	out->epoch = 1;
	out->time = clock_unix_ms();
	receive(o, r, out);
	/* All links of its log are nothing but zeros. */
	out->has_echo = r->head_seq != 0;
	out->head_seq = o->seq;
	outcomes(device_of(o, device), r->outcome_no, out);
	page(o, r, page_max, out, device);
	if (out->is_last)
		repair(o, r, out, device);
}

unsigned
small_office_sync(struct small_office *o, struct device_store *s)
{
	struct sync_progress p = { .more = true };
	unsigned trips = 0;
	struct err e;

	while (p.more) {
		struct sync_request r;
		struct sync_answer a;
		uint64_t asked = clock_mono_ms();

		if (++trips > 20)
			fail_msg("syncing does not come to an end");
		sync_request_init(&r);
		assert_ok(
		    device_store_sync_request(s, p.resend_full, &r, &e), &e);
		small_office_answer(
		    o, device_store_identity(s)->device, &r, 0, &a);
		assert_ok(device_store_sync_answer(
		              s, &a, asked, clock_mono_ms(), &p, &e),
		    &e);
		sync_answer_fini(&a);
		sync_request_fini(&r);
	}
	return trips;
}

void
small_office_tamper(
    struct small_office *o, struct id id, const char *path, const char *text)
{
	struct record *r = must(find(o, id));
	json_t *value = json_string(text);
	struct err e;

	assert_ok(path_set(r->doc, path, value, false, &e), &e);
	json_decref(value);
}

void
small_office_drop(struct small_office *o, struct id id)
{
	for (size_t i = 0; i < o->n_records; i++)
		if (id_equal(o->records[i].id, id)) {
			o->dropped[i] = true;
			o->dropped_at[i] = ++o->seq;
		}
}

void
small_office_number_again(struct small_office *o, struct id device)
{
	device_of(o, device)->intake = 0;
}
