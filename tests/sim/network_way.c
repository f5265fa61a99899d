/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens on the way, both ways: things get lost, late, twice, damaged, or
 * give way to what was said before.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/enc.h"
#include "common/core/body.h"
#include "tests/sim/network_int.h"
#include "tests/sim/template.h"

#define EVEN_MS 25

static struct message *
message_copy(struct network *net, const struct message *m, uint64_t after_ms)
{
	struct message *copy = calloc(1, sizeof(*copy));

	assert(copy != NULL);
	*copy = *m;
	copy->next = NULL;
	copy->number = ++net->numbers;
	copy->at_ms = seam.now_ms + after_ms;
	buf_init(&copy->body, m->body.cap);
	(void)buf_add(&copy->body, m->body.ptr, m->body.len);
	return copy;
}

static bool
strikes(struct network *net, struct rng *dice, enum fault f, uint64_t one_in)
{
	if ((net->faults & (UINT32_C(1) << f)) == 0 ||
	    rng_below(dice, one_in) != 0)
		return false;
	count_fault(net->world, f);
	return true;
}

void
network_fail_later(struct network *net, struct sim_device *d, uint64_t job,
    enum http_outcome outcome, uint64_t after_ms)
{
	struct message *m = network_message(net, FAILURE, after_ms);

	m->device = d;
	m->job = job;
	m->outcome = outcome;
	network_queue(net, m);
}

static void
damage(struct network *net, struct rng *dice, struct buf *body)
{
	if (body->len == 0)
		return;
	if (strikes(net, dice, FAULT_TRUNCATE, 12)) {
		body->len = (size_t)rng_below(dice, body->len);
		body->ptr[body->len] = '\0';
	} else if (strikes(net, dice, FAULT_CORRUPT, 12)) {
		char *one = &body->ptr[rng_below(dice, body->len)];

		*one = (char)((unsigned char)*one ^ 1U << rng_below(dice, 8));
	}
}

/* How long it takes; reordering is being slower than what comes after. */
static uint64_t
travel_ms(struct network *net, struct rng *dice)
{
	uint64_t ms = net->is_even ? EVEN_MS : 5 + rng_below(dice, 40);

	if (strikes(net, dice, FAULT_REORDER, 6))
		ms += 200 + rng_below(dice, 800);
	if (strikes(net, dice, FAULT_DELAY, 16))
		ms += 3600000 * (1 + rng_below(dice, 48));
	return ms;
}

static struct rng
dice_of(struct network *net, const struct sim_device *d, uint64_t salt)
{
	return rng_make(net->world->seed * 1000003 + (uint64_t)d->slot * 65537 +
	    d->calls * 31 + salt);
}

void
network_request(struct network *net, struct message *m)
{
	struct sim_device *d = m->device;
	struct rng dice = dice_of(net, d, 1);

	if (d->one_way_until > seam.now_ms) {
		count_fault(net->world, FAULT_ONE_WAY);
		network_fail_later(
		    net, d, m->job, HTTP_OUTCOME_TIMEOUT, NETWORK_TIMEOUT_MS);
		network_message_free(m);
		return;
	}
	if (strikes(net, &dice, FAULT_DROP, 8)) {
		network_fail_later(
		    net, d, m->job, HTTP_OUTCOME_TIMEOUT, NETWORK_TIMEOUT_MS);
		network_message_free(m);
		return;
	}
	m->node = &net->world->nodes[rng_below(&dice, net->world->n_nodes)];
	damage(net, &dice, &m->body);
	m->at_ms += travel_ms(net, &dice);
	if (strikes(net, &dice, FAULT_DUPLICATE, 6)) {
		struct message *copy =
		    message_copy(net, m, 10 + rng_below(&dice, 3000));

		copy->node =
		    &net->world->nodes[rng_below(&dice, net->world->n_nodes)];
		network_queue(net, copy);
	}
	/* A device gives up in the end, whatever still arrives. */
	network_fail_later(net, d, m->job, HTTP_OUTCOME_TIMEOUT,
	    2 * (uint64_t)NETWORK_TIMEOUT_MS);
	network_queue(net, m);
}

/* Keep what was answered, to be played again; true when this one is to give
 * way to the one before. */
static bool
play_old(struct network *net, struct rng *dice, struct message *m)
{
	struct old_answer *old = &net->old[m->device->slot];
	struct buf body = old->body;
	bool again =
	    old->status != 0 && strikes(net, dice, FAULT_OLD_ANSWER, 10);

	if (again) {
		m->status = old->status;
		(void)snprintf(m->sig, sizeof(m->sig), "%s", old->sig);
		(void)snprintf(m->dict, sizeof(m->dict), "%s", old->dict);
		old->body = m->body;
		m->body = body;
		return true;
	}
	buf_fini(&old->body);
	buf_init(&old->body, m->body.cap);
	(void)buf_add(&old->body, m->body.ptr, m->body.len);
	old->status = m->status;
	(void)snprintf(old->sig, sizeof(old->sig), "%s", m->sig);
	(void)snprintf(old->dict, sizeof(old->dict), "%s", m->dict);
	return false;
}

void
network_give(struct network *net, struct message *m)
{
	struct sim_device *d = m->device;
	struct rng dice = dice_of(net, d, 2 + m->number);

	if (d->half_open_until > seam.now_ms) {
		count_fault(net->world, FAULT_HALF_OPEN);
		network_message_free(m);
		return;
	}
	if (strikes(net, &dice, FAULT_DROP, 8)) {
		network_message_free(m);
		return;
	}
	if (!play_old(net, &dice, m))
		damage(net, &dice, &m->body);
	m->at_ms += travel_ms(net, &dice);
	network_queue(net, m);
}

/* An office that lies: the receipts of an earlier answer in the place of these,
 * and its own signature under it. */
void
network_old_receipts(
    struct network *net, struct message *m, const struct buf *request_signed)
{
	static struct body_codec *codec;
	static const struct json_limits limits = {
		.bytes_max = (size_t)16 * 1024 * 1024,
		.tokens_max = 1000000,
		.depth_max = 24,
	};
	const struct body_packed packed = {
		.dict = m->dict, .ptr = m->body.ptr, .len = m->body.len
	};
	json_t **old = &net->old_receipts[m->device->slot];
	struct rng dice = dice_of(net, m->device, 3 + m->number);
	json_t *json = NULL, *now;
	struct sign_sig sig;
	struct buf covered;
	struct err e = { 0 };

	if ((net->faults & (UINT32_C(1) << FAULT_OLD_RECEIPT)) == 0 ||
	    (codec == NULL && body_codec_new(&codec, &e) != ERR_OK) ||
	    body_unpack(codec, &packed, &limits, &json, &e) != ERR_OK)
		return;
	now = json_incref(json_object_get(json, "receipts"));
	if (json_array_size(now) > 0 && *old != NULL &&
	    strikes(net, &dice, FAULT_OLD_RECEIPT, 4)) {
		(void)json_object_set(json, "receipts", *old);
		buf_reset(&m->body);
		buf_init(&covered, 4096);
		if (body_pack(codec, BODY_DICT_NONE,
		        (struct body_level){ 1, 1 }, json, &m->body,
		        &e) == ERR_OK) {
			(void)snprintf(
			    m->dict, sizeof(m->dict), BODY_DICT_NONE);
			protocol_answer_signed(request_signed, m->status,
			    m->body.ptr, m->body.len, &covered);
			sign_make(&template.keys.receipt, covered.ptr,
			    covered.len, &sig);
			enc_base64(sig.b, sizeof(sig.b), m->sig);
		}
		buf_fini(&covered);
	}
	if (json_array_size(now) > 0 && *old == NULL)
		*old = json_incref(now);
	json_decref(now);
	json_decref(json);
}
