/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/puppet.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/enc.h"
#include "common/core/body.h"
#include "tests/sim/marks.h"
#include "tests/sim/office.h"
#include "tests/sim/person.h"
#include "tests/sim/template.h"
#include "tests/sim/trace.h"

#define PUPPET_SLOT (SIM_DEVICES_MAX - 1)

/* Who sends, in whose name, and under which key. */
struct sender {
	const struct template_device *as; /* certificate and request */
	struct id device;                 /* the batch's */
	const struct sign_key *key;       /* the batch's */
	uint64_t counter;
	struct hash32 before;
};

static bool
row_of(struct sim_node *n, struct id device, struct office_device *out)
{
	struct office_store *s = engine_store(n->engine);
	struct err e = { 0 };
	bool ok = store_begin_read(s, &e) == ERR_OK &&
	    store_device_get(s, device, out, &e) == ERR_OK;

	store_rollback(s);
	return ok;
}

static void
post(struct sim_node *n, const struct sender *from, const json_t *json)
{
	static struct body_codec *codec;
	const struct template_device *t = from->as;
	char sig_text[ENC_BASE64_LEN(SIGN_SIG_LEN) + 1];
	struct wire_request r = { .kind = WIRE_SYNC,
		.method = "POST",
		.target = "/v1/sync",
		.has_cert = true,
		.cert_sha256 = t->cert_sha256,
		.cert = t->cert.ptr,
		.cert_len = t->cert.len,
		.sig = sig_text,
		.dict = BODY_DICT_NONE,
		.peer = "device" };
	struct sign_sig sig;
	struct buf packed, covered;
	struct err e = { 0 };

	buf_init(&packed, (size_t)1024 * 1024);
	buf_init(&covered, 4096);
	if ((codec != NULL || body_codec_new(&codec, &e) == ERR_OK) &&
	    body_pack(codec, BODY_DICT_NONE, (struct body_level){ 1, 1 }, json,
	        &packed, &e) == ERR_OK) {
		protocol_request_signed(template.keys.office, r.method,
		    r.target, packed.ptr, packed.len, &covered);
		sign_make(
		    &t->identity.sign_key, covered.ptr, covered.len, &sig);
		enc_base64(sig.b, sizeof(sig.b), sig_text);
		r.body = packed.ptr;
		r.body_len = packed.len;
		enter_node(n);
		engine_take(n->engine, UINT64_MAX, WIRE_DEVICES, &r);
		leave();
		node_work(n);
	}
	buf_fini(&packed);
	buf_fini(&covered);
}

/* A batch of this one change, which is taken; gives its link. */
static struct hash32
send(struct sim_node *n, const struct sender *from, struct change *c)
{
	struct sync_request r;
	struct batch *b = calloc(1, sizeof(*b));
	json_t *json = NULL;
	struct hash32 link;
	struct err e = { 0 };

	if (b == NULL)
		abort();
	sync_request_init(&r);
	batch_init(b);
	c->device = from->device;
	c->counter = from->counter;
	b->device = from->device;
	b->from = b->to = from->counter;
	b->before = from->before;
	if (change_link_next(from->before, c, &b->link, &e) != ERR_OK)
		abort();
	link = b->link;
	b->sig = change_sign(from->key, template.keys.office, from->device,
	    from->counter, b->link);
	b->changes = malloc(sizeof(*c));
	if (b->changes == NULL)
		abort();
	b->changes[0] = *c;
	b->n_changes = 1;
	r.batches = b;
	r.n_batches = 1;
	rng_bytes(&seam.rng, r.nonce, sizeof(r.nonce));
	if (sync_request_to_json(&r, &json, &e) == ERR_OK)
		post(n, from, json);
	json_decref(json);
	sync_request_fini(&r);
	return link;
}

static void
make_change(struct world *w, const char *type, struct change *out)
{
	uint8_t random[10], salt[CHANGE_SALT_LEN] = { 1 };
	const struct change_base none = { 0 };
	char word[16];
	json_t *value;
	struct err e = { 0 };

	word_new(&w->words, word);
	rng_bytes(&seam.rng, random, sizeof(random));
	change_init(out);
	out->author = template.devices[PUPPET_SLOT].identity.user;
	out->record = id_make(seam.now_ms, random);
	out->made_at = seam.now_ms;
	(void)snprintf(out->type, sizeof(out->type), "%s", type);
	value = json_sprintf("From a later version %s", word);
	if (change_add_op(out, "name", &none, NULL, value, salt, &e) != ERR_OK)
		abort();
	json_decref(value);
	marks_saved(w, out->record);
}

static struct sender
honest(struct sim_node *n)
{
	const struct template_device *t = &template.devices[PUPPET_SLOT];
	struct sender s = { .as = t,
		.device = t->identity.device,
		.key = &t->identity.sign_key };
	struct office_device row;

	if (row_of(n, s.device, &row)) {
		s.counter = row.counter + 1;
		s.before = row.link;
	}
	return s;
}

static struct sim_node *
free_node(struct world *w)
{
	struct sim_node *n = office_node(w);

	return w->n_devices > PUPPET_SLOT ? NULL : n;
}

void
puppet_newer(struct world *w)
{
	struct sim_node *n = free_node(w);
	struct change c;
	struct sender s;

	if (n == NULL)
		return;
	s = honest(n);
	make_change(w, "site", &c);
	c.extra = json_pack("{s:s}", "later", "a member of tomorrow");
	w->newer_link = send(n, &s, &c);
	trace_say(w, "a device of a later version sends change %llu",
	    (unsigned long long)s.counter);
	count_change(w, NULL);
	count_fault(w, FAULT_NEWER);
	w->newer_counter = s.counter;
}

void
puppet_poison(struct world *w)
{
	struct sim_node *n = free_node(w);
	struct change c;
	struct sender s;

	if (n == NULL)
		return;
	s = honest(n);
	make_change(w, "spaceship", &c);
	(void)send(n, &s, &c);
	trace_say(w, "a device sends change %llu, of no kind known here",
	    (unsigned long long)s.counter);
	count_change(w, NULL);
	count_fault(w, FAULT_POISON);
}

static bool
is_received(
    struct sim_node *n, struct id device, uint64_t counter, struct hash32 link)
{
	struct office_store *s = engine_store(n->engine);
	struct intake_change c;
	struct err e = { 0 };
	bool is = store_begin_read(s, &e) == ERR_OK &&
	    store_intake_get(s, device, counter, &c, &e) == ERR_OK;

	if (is) {
		is = hash32_equal(c.link, link);
		intake_change_fini(&c);
	}
	store_rollback(s);
	return is;
}

void
puppet_forges(struct world *w, struct rng *dice)
{
	struct sim_node *n = free_node(w);
	const struct sim_device *victim =
	    &w->devices[rng_below(dice, w->n_devices)];
	const struct template_device *t = &template.devices[PUPPET_SLOT];
	const uint64_t how = rng_below(dice, 3);
	struct office_device before;
	struct sender s;
	struct hash32 link;
	struct change c;

	if (n == NULL)
		return;
	s = honest(n);
	if (how == 0) { /* another's name */
		s.device = victim->id;
	} else if (how == 1) { /* another's key */
		s.key = &template.devices[victim->slot].identity.sign_key;
	} else { /* a past that never was */
		s.before.b[0] ^= 1;
	}
	if (!row_of(n, how == 0 ? victim->id : t->identity.device, &before))
		return;
	if (how == 0) {
		s.counter = before.counter + 1;
		s.before = before.link;
	}
	make_change(w, "site", &c);
	link = send(n, &s, &c);
	trace_say(w, "a forged change %llu of device %u is sent (%llu)",
	    (unsigned long long)s.counter,
	    how == 0 ? victim->slot : PUPPET_SLOT, (unsigned long long)how);
	count_fault(w, FAULT_FORGED);
	n = office_node(w);
	if (n != NULL && is_received(n, before.id, s.counter, link))
		violation(w, "I8", "a forged change was received");
}

void
puppet_check_end(struct world *w)
{
	const struct template_device *t = &template.devices[PUPPET_SLOT];
	struct sim_node *n = office_node(w);
	struct intake_change c;
	struct err e = { 0 };

	if (n == NULL || w->newer_counter == 0 || w->epoch > 1)
		return;
	if (store_intake_get(engine_store(n->engine), t->identity.device,
	        w->newer_counter, &c, &e) != ERR_OK) {
		/* The node died before it could receive it. */
		return;
	}
	/* Else another change took its number, which was still free. */
	if (hash32_equal(c.link, w->newer_link) &&
	    strstr(c.body.ptr, "a member of tomorrow") == NULL)
		violation(w, "I21", "what a later version wrote is not kept");
	intake_change_fini(&c);
}
