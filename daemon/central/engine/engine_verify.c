/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/central/engine/engine_verify.h"

#include "common/base/enc.h"
#include "common/sys/json.h"
#include "daemon/central/store/office_walk.h"

void
verify_bad(struct verifying *v, const char *fmt, ...)
{
	va_list ap;

	if (v->first_bad[0] != '\0')
		return;
	va_start(ap, fmt);
	(void)vsnprintf(v->first_bad, sizeof(v->first_bad), fmt, ap);
	va_end(ap);
}

bool
verify_is_bad(const struct verifying *v)
{
	return v->first_bad[0] != '\0';
}

static bool
is_damage(enum err_code code)
{
	return code == ERR_NOTFOUND || code == ERR_CORRUPT ||
	    code == ERR_MALFORMED || code == ERR_INVALID;
}

bool
verify_damage(
    struct verifying *v, enum err_code code, const char *what, uint64_t number)
{
	if (!is_damage(code))
		return false;
	verify_bad(v, "%s %llu: it is %s", what, (unsigned long long)number,
	    code == ERR_NOTFOUND ? "missing" : "damaged");
	return true;
}

/* ---- receipts ---- */

struct receipt_walk {
	struct verifying *v;
	struct sign_pub pub;
	struct id device;    /* whose receipts come now, and */
	uint64_t intake_max; /* the highest number given to it so far */
	struct err *e;
	enum err_code code;
};

/* A device's number of the last intake is that of its last receipt. */
static enum err_code
check_intake(struct receipt_walk *w)
{
	struct office_device d;
	enum err_code code;

	if (id_is_zero(w->device) || verify_is_bad(w->v))
		return ERR_OK;
	code = store_device_get(w->v->g->store, w->device, &d, w->e);
	if (code == ERR_OK && d.intake != w->intake_max)
		verify_bad(w->v, "device %s: intake %llu, receipts say %llu",
		    id_print(d.id).s, (unsigned long long)d.intake,
		    (unsigned long long)w->intake_max);
	return code;
}

static enum err_code
check_receipt(struct receipt_walk *w, const struct receipt_row *row)
{
	const struct receipt *r = &row->receipt;
	struct verifying *v = w->v;
	struct id_text device = id_print(row->device);
	unsigned long long counter = row->counter;
	struct intake_change stored;
	struct hash32 link;
	enum err_code code;

	if (receipt_check(r, &w->pub, v->g->office, row->device, NULL) !=
	        ERR_OK ||
	    r->counter != row->counter || r->intake != row->intake ||
	    r->epoch != row->epoch) {
		verify_bad(v, "receipt %s/%llu: it was not given so", device.s,
		    counter);
		return ERR_OK;
	}
	code = store_intake_get(
	    v->g->store, row->device, row->counter, &stored, w->e);
	if (code == ERR_OK) {
		if (!hash32_equal(stored.link, r->link))
			verify_bad(v,
			    "receipt %s/%llu: another journal is held",
			    device.s, counter);
		intake_change_fini(&stored);
	} else if (code == ERR_NOTFOUND) {
		verify_bad(v, "receipt %s/%llu: its change is missing",
		    device.s, counter);
		code = ERR_OK;
	}
	if (code != ERR_OK || verify_is_bad(v) || r->epoch != v->g->epoch)
		return code;
	code = store_log_link_at(v->g->store, r->audit_seq, &link, w->e);
	if (code == ERR_NOTFOUND ||
	    (code == ERR_OK && !hash32_equal(link, r->audit_link))) {
		verify_bad(v, "receipt %s/%llu: the log was another one",
		    device.s, counter);
		code = ERR_OK;
	}
	return code;
}

static bool
each_receipt(void *arg, const struct receipt_row *row)
{
	struct receipt_walk *w = arg;

	if (!id_equal(w->device, row->device)) {
		w->code = check_intake(w);
		if (w->code != ERR_OK)
			return false;
		w->device = row->device;
		w->intake_max = 0;
	}
	if (w->intake_max < row->intake)
		w->intake_max = row->intake;
	w->code = check_receipt(w, row);
	return w->code == ERR_OK && !verify_is_bad(w->v);
}

static enum err_code
check_receipts(struct verifying *v, struct err *e)
{
	struct receipt_walk w = {
		.v = v, .pub = sign_pub_of(&v->g->receipt_key), .e = e
	};
	enum err_code code = store_receipts(v->g->store, each_receipt, &w, e);

	if (code == ERR_CORRUPT) {
		verify_bad(v, "receipts: one does not read");
		code = ERR_OK;
	}
	if (code == ERR_OK)
		code = w.code;
	return code != ERR_OK ? code : check_intake(&w);
}

/* ---- log ---- */

/* The entry's change is the one that is stored, and was given this outcome. */
static enum err_code
check_entry(struct verifying *v, const struct log_entry *l, struct err *e)
{
	struct office_store *s = v->g->store;
	struct version version = { .epoch = l->epoch, .seq = l->seq };
	unsigned long long seq = l->seq;
	struct intake_change stored;
	struct outcome outcome;
	struct hash32 hash;
	bool same;
	enum err_code code =
	    store_intake_get(s, l->device, l->counter, &stored, e);

	if (code != ERR_OK)
		return verify_damage(
		           v, code, "log: the change of entry", l->seq)
		    ? ERR_OK
		    : code;
	same = hash32_equal(stored.link, l->change_link) &&
	    stored.state == CHANGE_DONE &&
	    version_compare(stored.version, version) == 0 &&
	    id_equal(stored.record, l->record);
	intake_change_fini(&stored);
	if (!same) {
		verify_bad(v, "log %llu: it names another change", seq);
		return ERR_OK;
	}
	code = store_outcome_at(s, l->device, l->counter, version, &outcome, e);
	if (code == ERR_OK)
		code = outcome_hash(l->device, &outcome, &hash, e);
	if (code != ERR_OK)
		return verify_damage(
		           v, code, "log: the outcome of entry", l->seq)
		    ? ERR_OK
		    : code;
	if (!hash32_equal(hash, l->outcome))
		verify_bad(v, "log %llu: another outcome was told", seq);
	return ERR_OK;
}

/* The log is the one whose head was written down. */
static enum err_code
check_head(struct verifying *v, struct err *e)
{
	const struct head *h = v->written_down;
	struct hash32 link;
	enum err_code code;

	if (h == NULL)
		return ERR_OK;
	if (h->n > v->head) {
		verify_bad(v, "head %llu: the log ends before it, at %llu",
		    (unsigned long long)h->n, (unsigned long long)v->head);
		return ERR_OK;
	}
	code = store_log_link_at(v->g->store, h->n, &link, e);
	if (code == ERR_OK && !hash32_equal(link, h->link))
		verify_bad(v,
		    "head %llu: the log has another link there than the one"
		    " that was written down",
		    (unsigned long long)h->n);
	return code;
}

static enum err_code
check_log(struct verifying *v, struct err *e)
{
	struct office_store *s = v->g->store;
	struct hash32 before, link;
	struct log_entry l;
	enum err_code code = store_log_link_at(s, 0, &before, e);

	for (uint64_t seq = 1;
	     code == ERR_OK && seq <= v->head && !verify_is_bad(v); seq++) {
		code = store_log_get(s, seq, &l, e);
		if (code != ERR_OK)
			return verify_damage(v, code, "log: entry", seq)
			    ? ERR_OK
			    : code;
		code = store_log_link(&l, before, &link, e);
		if (code != ERR_OK)
			return code;
		if (!hash32_equal(link, l.link)) {
			verify_bad(v, "log %llu: the link does not add up",
			    (unsigned long long)seq);
			return ERR_OK;
		}
		before = link;
		code = check_entry(v, &l, e);
	}
	return code;
}

/* ---- all ---- */

struct device_list {
	struct office_device *items;
	size_t n;
	bool failed;
};

static bool
add_device(void *arg, const struct office_device *d)
{
	struct device_list *all = arg;
	struct office_device *items =
	    realloc(all->items, (all->n + 1) * sizeof(*items));

	all->failed = items == NULL;
	if (all->failed)
		return false;
	all->items = items;
	all->items[all->n++] = *d;
	return true;
}

static enum err_code
device_json(const struct office_device *d, json_t *list, struct err *e)
{
	json_t *json = json_object();
	enum err_code code;

	if ((code = json_put_id(json, "device", d->id, e)) != ERR_OK ||
	    (code = json_put_int(json, "counter", (int64_t)d->counter, e)) !=
	        ERR_OK ||
	    (code = json_put_hex(json, "link", d->link.b, HASH32_LEN, e)) !=
	        ERR_OK) {
		json_decref(json);
		return code;
	}
	return json_add_take(list, json, e);
}

static enum err_code
check_journals(struct verifying *v, json_t *devices, struct err *e)
{
	struct device_list all = { 0 };
	enum err_code code = store_devices(v->g->store, add_device, &all, e);

	if (code == ERR_OK && all.failed)
		code = err_set(e, ERR_NOMEM, 0, "out of memory");
	if (code == ERR_CORRUPT) {
		verify_bad(v, "devices: one does not read");
		code = ERR_OK;
	}
	for (size_t i = 0; i < all.n && code == ERR_OK; i++) {
		code = device_json(&all.items[i], devices, e);
		if (code == ERR_OK && !verify_is_bad(v))
			code = verify_journal(v, &all.items[i], e);
	}
	free(all.items);
	return code;
}

static enum err_code
check_arrival(struct verifying *v, struct err *e)
{
	bool ok = true;
	enum err_code code = store_arrival_adds_up(v->g->store, &ok, e);

	if (code == ERR_OK && !ok)
		verify_bad(v, "changes: they did not arrive in that order");
	return code;
}

static enum err_code
walk(struct verifying *v, json_t *devices, struct err *e)
{
	enum err_code code = verify_keys(v, e);

	if (code == ERR_OK)
		code = verify_intakes_load(v, e);
	if (code == ERR_OK && !verify_is_bad(v))
		code = check_journals(v, devices, e);
	if (code == ERR_OK && !verify_is_bad(v))
		code = check_arrival(v, e);
	if (code == ERR_OK && !verify_is_bad(v))
		code = check_receipts(v, e);
	if (code == ERR_OK && !verify_is_bad(v))
		code = check_log(v, e);
	if (code == ERR_OK && !verify_is_bad(v))
		code = check_head(v, e);
	if (code == ERR_OK && !verify_is_bad(v))
		code = verify_replay(v, e);
	if (code == ERR_OK && !verify_is_bad(v))
		code = verify_erasures(v, e);
	if (code == ERR_OK && !verify_is_bad(v))
		code = verify_devices(v, e);
	if (code == ERR_OK && !verify_is_bad(v))
		code = verify_people(v, e);
	if (code == ERR_OK && !verify_is_bad(v))
		code = verify_contents(v, e);
	return code;
}

static enum err_code
result_json(const struct verifying *v, struct hash32 head, json_t *devices,
    json_t **out, struct err *e)
{
	json_t *json = json_object();
	bool ok = !verify_is_bad(v);
	enum err_code code;

	if ((code = json_put_bool(json, "ok", ok, e)) != ERR_OK ||
	    (code = json_put_int(json, "seq", (int64_t)v->head, e)) != ERR_OK ||
	    (code = json_put_hex(json, "head", head.b, HASH32_LEN, e)) !=
	        ERR_OK ||
	    (code = json_put_int(json, "epoch", (int64_t)v->g->epoch, e)) !=
	        ERR_OK ||
	    (code = json_put_take(json, "devices", json_incref(devices), e)) !=
	        ERR_OK ||
	    (code = json_put_take(json, "merged", json_incref(v->merged), e)) !=
	        ERR_OK ||
	    (code = json_put_take(json, "first_bad",
	         ok ? json_null() : json_string(v->first_bad), e)) != ERR_OK) {
		json_decref(json);
		return code;
	}
	*out = json;
	return ERR_OK;
}

/* What the cipher could not read for want of memory, it may give as zeros; from
 * then on the store tells so, and what was found is no damage. */
static enum err_code
doubted(struct engine *g, enum err_code code, struct err *why)
{
	struct hash32 link;
	struct err e;
	uint64_t seq;
	const enum err_code now = store_log_head(g->store, &seq, &link, &e);

	if (now != ERR_NOMEM && now != ERR_IO)
		return code;
	*why = e;
	return now;
}

enum err_code
engine_verify(struct engine *g, json_t **out, struct err *e)
{
	return engine_verify_head(g, NULL, out, e);
}

enum err_code
engine_verify_head(struct engine *g, const struct head *written_down,
    json_t **out, struct err *e)
{
	struct verifying v = { .g = g,
		.written_down = written_down,
		.codes = json_object(),
		.devices = json_object(),
		.files = json_object(),
		.commands = json_object(),
		.extents = json_array(),
		.merged = json_array() };
	struct hash32 head;
	json_t *devices = json_array();
	struct err why = { 0 };
	enum err_code code = store_begin_read(g->store, e);

	if (code == ERR_OK &&
	    (devices == NULL || v.files == NULL || v.codes == NULL ||
	        v.devices == NULL || v.commands == NULL || v.merged == NULL ||
	        v.extents == NULL))
		code = err_set(e, ERR_NOMEM, 0, "out of memory");
	if (code == ERR_OK &&
	    (code = store_log_head(g->store, &v.head, &head, e)) == ERR_OK) {
		code = walk(&v, devices, &why);
		if (is_damage(code) || verify_is_bad(&v))
			code = doubted(g, code, &why);
		if (is_damage(code)) {
			/* A value that does not read is a finding too. */
			verify_bad(&v, "damaged: %s", why.msg);
			code = ERR_OK;
		} else if (code != ERR_OK && e != NULL)
			*e = why;
	}
	if (code == ERR_OK)
		code = result_json(&v, head, devices, out, e);
	store_rollback(g->store);
	json_decref(devices);
	json_decref(v.codes);
	json_decref(v.devices);
	json_decref(v.files);
	json_decref(v.commands);
	json_decref(v.merged);
	json_decref(v.extents);
	verify_intakes_free(v.intakes);
	return code;
}
