/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Receiving, apart from applying: a batch that is valid by link and signature
 * is stored whole, whatever it says.  Nothing is refused for its content.
 */
#include "common/core/limits.h"
#include "common/sys/json.h"
#include "common/sys/log.h"
#include "daemon/central/engine/engine_int.h"

void
received_init(struct received_list *l)
{
	*l = (struct received_list){ 0 };
}

void
received_cut(struct received_list *l, size_t n)
{
	while (l->n > n)
		intake_change_fini(&l->items[--l->n].stored);
}

void
received_fini(struct received_list *l)
{
	received_cut(l, 0);
	free(l->items);
	received_init(l);
}

/* A new item at the end; NULL: out of memory. */
static struct received *
received_add(struct received_list *l)
{
	struct received *item;

	if (l->n == l->room) {
		size_t room = l->room == 0 ? 64 : l->room * 2;
		struct received *items =
		    realloc(l->items, room * sizeof(*items));

		if (items == NULL)
			return NULL;
		l->items = items;
		l->room = room;
	}
	item = &l->items[l->n++];
	intake_change_init(&item->stored);
	return item;
}

static void
refuse(struct job *j, enum protocol_word word, uint64_t expect)
{
	j->has_refusal = true;
	j->refusal = word;
	j->expect = expect;
}

/* The link of the device's journal at a counter that is held. */
static enum err_code
link_at(struct round *r, const struct office_device *d, uint64_t counter,
    struct hash32 *out, struct err *e)
{
	struct intake_change stored;
	enum err_code code;

	if (counter == d->counter) {
		*out = d->link;
		return ERR_OK;
	}
	if (counter == 0) {
		*out = change_link_start(r->g->office, d->id);
		return ERR_OK;
	}
	code = store_intake_get(r->g->store, d->id, counter, &stored, e);
	if (code == ERR_NOTFOUND)
		return err_set(e, ERR_CORRUPT, 0,
		    "change %llu of a journal is missing",
		    (unsigned long long)counter);
	if (code == ERR_OK) {
		*out = stored.link;
		intake_change_fini(&stored);
	}
	return code;
}

/* The journal differs from the one held here: the device is a copy, or was
 * restored from an old one.  One audit entry tells of it, not one for each
 * time that it asks. */
static enum err_code
fork_alarm(struct round *r, const struct office_device *d, struct err *e)
{
	struct engine *g = r->g;
	struct id_text object = id_print(d->id);
	struct log_entry entry;
	struct audit_entry a = { .action = "device.forked",
		.object = object.s };

	for (size_t i = 0; i < g->n_forked; i++)
		if (id_equal(g->forked[i], d->id))
			return ERR_OK;
	if (g->n_forked < sizeof(g->forked) / sizeof(g->forked[0]))
		g->forked[g->n_forked++] = d->id;
	log_line(LOG_LEVEL_WARN, "engine", "journal differs: device is a copy",
	    "device=%s counter=%llu", object.s, (unsigned long long)d->counter);
	return audit_put(r, &a, &entry, e);
}

static bool
has_omitted(const struct batch *b)
{
	for (size_t i = 0; i < b->n_changes; i++)
		for (size_t k = 0; k < b->changes[i].n_ops; k++)
			if (b->changes[i].ops[k].was_omitted)
				return true;
	return false;
}

/* Whose batch is proved. */
struct proving {
	struct engine *g;
	const struct office_device *sender;
};

/* Rebuild the changes from the skip-th on and link them to `from`: ERR_OK when
 * they end at the batch's link.  links gets the link after each.  ERR_NOTFOUND:
 * ask for the full form; ERR_MALFORMED. */
static enum err_code
chain(const struct proving *p, struct batch *b, size_t skip, struct hash32 from,
    struct hash32 *links, struct err *e)
{
	struct rebuild rebuild;
	bool omitted = has_omitted(b);
	enum err_code code = ERR_OK;

	rebuild_init(&rebuild, p->g, p->sender, b);
	for (size_t i = skip; i < b->n_changes && code == ERR_OK; i++) {
		code =
		    change_rebuild(&b->changes[i], rebuild_lookup, &rebuild, e);
		if (code == ERR_OK)
			code = change_link_next(from, &b->changes[i], &from, e);
		links[i] = from;
	}
	rebuild_fini(&rebuild);
	if (code == ERR_OK && !hash32_equal(from, b->link))
		code = err_set(e, ERR_MALFORMED, 0, "the links do not add up");
	/* A value found here may not be the one that was left out. */
	if (code == ERR_MALFORMED && omitted)
		code = ERR_NOTFOUND;
	return code;
}

/* How a batch stands to the journal held here. */
enum standing {
	STANDING_NEW,       /* continues it */
	STANDING_DUPLICATE, /* is in it already */
	STANDING_FORKED     /* the device's own word, and another one */
};

/* The signature covers counter and link, and the link all before it: with
 * links alike the journals are.  Errors as of chain, and ERR_AUTH. */
static enum err_code
stand(struct round *r, const struct office_device *d, struct batch *b,
    struct hash32 *links, enum standing *out, struct err *e)
{
	const struct proving p = { .g = r->g, .sender = d };
	struct hash32 held;
	size_t skip;
	enum err_code code;

	if (!change_sig_ok(
	        &d->sign_pub, r->g->office, d->id, b->to, b->link, &b->sig))
		return err_set(
		    e, ERR_AUTH, 0, "the signature is not the device's");
	if (b->to <= d->counter) {
		code = link_at(r, d, b->to, &held, e);
		*out = STANDING_DUPLICATE;
		if (code != ERR_OK || hash32_equal(held, b->link))
			return code;
		*out = STANDING_FORKED;
		return chain(&p, b, 0, b->before, links, e);
	}
	skip = (size_t)(d->counter + 1 - b->from);
	*out = STANDING_NEW;
	code = chain(&p, b, skip, d->link, links, e);
	if (code == ERR_OK || (skip == 0 && hash32_equal(b->before, d->link)))
		return code;
	/* Not from here; if it does follow from what it says came before,
	 * the device has another past. */
	*out = STANDING_FORKED;
	return chain(&p, b, 0, b->before, links, e);
}

/* Store one new change in full form. */
static enum err_code
store_one(struct round *r, const struct batch *b, size_t i, struct hash32 link,
    struct received_list *list, struct err *e)
{
	const struct change *c = &b->changes[i];
	struct received *item = received_add(list);
	json_t *json = NULL;
	enum err_code code;

	if (item == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	item->change = c;
	item->stored.device = c->device;
	item->stored.counter = c->counter;
	item->stored.link = link;
	item->stored.epoch = r->g->epoch;
	item->stored.record = c->record;
	item->stored.state = CHANGE_RECEIVED;
	item->stored.has_sig = i + 1 == b->n_changes;
	item->stored.sig = b->sig;
	if ((code = change_to_json(c, &json, e)) == ERR_OK)
		code = json_print(json, &item->stored.body, e);
	json_decref(json);
	return code;
}

/* A job's batches on their way into the store. */
struct receiving {
	struct round *round;
	struct job *job;
	struct office_device *device;
	struct received_list *list;
	/* Up to where the device's journal was seen to be the one held here. */
	uint64_t proved; /* counter, 0: nothing was */
	struct hash32 proved_link;
};

/* Store the changes above what is held; all of them, or none and a refusal. */
static enum err_code
store_new(const struct receiving *in, const struct batch *b,
    const struct hash32 *links, struct err *e)
{
	struct round *r = in->round;
	struct office_device *d = in->device;
	struct received_list *list = in->list;
	size_t before = list->n;
	enum err_code code = ERR_OK;

	for (size_t i = (size_t)(d->counter + 1 - b->from); i < b->n_changes;
	     i++) {
		code = store_one(r, b, i, links[i], list, e);
		if (code != ERR_OK)
			return code;
		if (list->items[list->n - 1].stored.body.len >
		    LIMIT_CHANGE_BYTES) {
			received_cut(list, before);
			refuse(in->job, WORD_TOO_LARGE, 0);
			return ERR_OK;
		}
	}
	for (size_t i = before; i < list->n && code == ERR_OK; i++) {
		list->items[i].stored.intake = d->intake + 1;
		code = store_intake_put(r->g->store, &list->items[i].stored, e);
	}
	if (code == ERR_OK) {
		r->g->counts.changes_received += b->to - d->counter;
		d->counter = b->to;
		d->link = b->link;
	}
	return code;
}

/* What proving found wrong, as a refusal; ERR_OK when it is the device's. */
static enum err_code
refuse_for(struct job *j, enum err_code code)
{
	if (code == ERR_NOTFOUND)
		refuse(j, WORD_RESEND_FULL, 0);
	else if (code == ERR_AUTH)
		refuse(j, WORD_BAD_SIGNATURE, 0);
	else if (code == ERR_MALFORMED || code == ERR_INVALID)
		refuse(j, WORD_MALFORMED, 0);
	else
		return code;
	return ERR_OK;
}

static void
prove(struct receiving *in, uint64_t counter, struct hash32 link)
{
	in->proved = counter;
	in->proved_link = link;
}

/* What of a copy's batch is in the journal held here: up to where the two
 * part, which the copy learns by a receipt.  links has all of the batch's. */
static enum err_code
prove_common(struct receiving *in, const struct batch *b,
    const struct hash32 *links, struct err *e)
{
	struct hash32 held;
	enum err_code code =
	    link_at(in->round, in->device, b->from - 1, &held, e);

	if (code != ERR_OK || !hash32_equal(held, b->before))
		return code;
	for (size_t i = 0;
	     i < b->n_changes && b->from + i <= in->device->counter; i++) {
		code = link_at(in->round, in->device, b->from + i, &held, e);
		if (code != ERR_OK || !hash32_equal(held, links[i]))
			return code;
		prove(in, b->from + i, held);
	}
	return ERR_OK;
}

static enum err_code
refuse_fork(struct receiving *in, struct err *e)
{
	in->job->is_forked = true;
	refuse(in->job, WORD_FORKED, 0);
	return fork_alarm(in->round, in->device, e);
}

/* The device says how far it has written.  Less than is held here: it is an
 * old copy, which offers what it has and is then told so.  More, and nothing
 * offered: this office has forgotten what it gave receipts for. */
static enum err_code
weigh_written(struct receiving *in, struct err *e)
{
	struct job *j = in->job;
	const struct office_device *d = in->device;
	const uint64_t written = j->sync.written;

	if (j->kind != WIRE_SYNC || j->has_refusal)
		return ERR_OK;
	if (written < d->counter) {
		j->is_forked = true;
		return j->n_batches == 0 || in->proved >= written
		    ? refuse_fork(in, e)
		    : ERR_OK;
	}
	if (j->n_batches > 0)
		return ERR_OK;
	/* After a restore the receipt that counts is one of the new epoch. */
	if (d->counter > 0 &&
	    (written > d->counter ||
	        (j->sync.has_cursor &&
	            j->sync.cursor.epoch != in->round->g->epoch)))
		prove(in, d->counter, d->link);
	if (written > d->counter)
		refuse(j, WORD_GAP, d->counter + 1);
	return ERR_OK;
}

/* Proved with its words, and kept without those that were erased. */
static enum err_code
erase_batch(struct engine *g, struct batch *b, struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < b->n_changes && code == ERR_OK; i++)
		code = erase_received(g, &b->changes[i], e);
	return code;
}

static enum err_code
receive_batch(struct receiving *in, struct batch *b, struct err *e)
{
	struct office_device *d = in->device;
	enum standing standing = STANDING_NEW;
	struct hash32 *links;
	enum err_code code;

	if (!id_equal(b->device, d->id)) {
		refuse(in->job, WORD_MALFORMED, 0);
		return ERR_OK;
	}
	if (b->from > d->counter + 1) {
		refuse(in->job, WORD_GAP, d->counter + 1);
		return ERR_OK;
	}
	links = calloc(b->n_changes, sizeof(*links));
	if (links == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	code = stand(in->round, d, b, links, &standing, e);
	if (code != ERR_OK) {
		code = refuse_for(in->job, code);
	} else if (standing == STANDING_FORKED) {
		code = prove_common(in, b, links, e);
		if (code == ERR_OK)
			code = refuse_fork(in, e);
	} else {
		if (standing == STANDING_NEW)
			code = erase_batch(in->round->g, b, e);
		if (code == ERR_OK && standing == STANDING_NEW)
			code = store_new(in, b, links, e);
		if (code == ERR_OK && !in->job->has_refusal)
			prove(in, b->to, b->link);
	}
	free(links);
	return code;
}

/* One receipt for all that the request brought: the office holds the journal
 * up to the counter.  It is answered only after the commit that holds it.  A
 * copy gets one for what it has in common with what is held. */
static enum err_code
make_receipt(const struct receiving *in, struct err *e)
{
	struct round *r = in->round;
	struct job *j = in->job;
	struct office_device *d = in->device;
	struct receipt *receipt = &j->receipt;
	enum err_code code;

	receipt_fini(receipt);
	receipt_init(receipt);
	receipt->office = r->g->office;
	receipt->device = d->id;
	receipt->counter = j->is_forked ? in->proved : d->counter;
	receipt->link = j->is_forked ? in->proved_link : d->link;
	receipt->intake = ++d->intake;
	receipt->epoch = r->g->epoch;
	receipt->time = r->now_ms;
	if ((code = store_log_head(r->g->store, &receipt->audit_seq,
	         &receipt->audit_link, e)) != ERR_OK ||
	    (code = receipt_sign(receipt, &r->g->receipt_key, e)) != ERR_OK)
		return code;
	j->has_receipt = true;
	return store_receipt_put(r->g->store, receipt, e);
}

enum err_code
job_receive(
    struct round *r, struct job *j, struct received_list *list, struct err *e)
{
	struct receiving in = { .round = r, .job = j, .list = list };
	enum err_code code = ERR_OK;

	if (j->is_found)
		code = found_put(r, &j->device, e);
	if (code == ERR_OK)
		code = round_device(r, j->device.id, &in.device, e);
	if (code != ERR_OK)
		return code;
	in.device->last_seen = r->now_ms;
	j->has_receipt = false;
	j->has_refusal = false;
	j->is_forked = false;
	for (size_t i = 0; i < j->n_batches && !j->has_refusal; i++) {
		code = receive_batch(&in, &j->batches[i], e);
		if (code != ERR_OK)
			return code;
	}
	/* An envelope that did not open comes after all that did. */
	if (j->is_cut && !j->has_refusal)
		refuse(j, WORD_MALFORMED, 0);
	code = weigh_written(&in, e);
	if (code != ERR_OK || in.proved == 0)
		return code;
	return make_receipt(&in, e);
}
