/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The office's end: what its front takes and gives back.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/invariants.h"
#include "tests/sim/network_int.h"
#include "tests/sim/office.h"
#include "tests/sim/template.h"

static uint16_t
kind_of(const struct message *m)
{
	if (strcmp(m->target, "/v1/sync") == 0)
		return WIRE_SYNC;
	return strcmp(m->target, "/v1/courier/envelopes") == 0 ? WIRE_COURIER
	                                                       : WIRE_COMMANDS;
}

void
network_arrive(struct network *net, const struct message *m)
{
	const struct template_device *t =
	    &template.devices[m->device->identity];
	struct sim_node *n = m->node;
	struct owed *o;
	struct wire_request r = { .kind = kind_of(m),
		.method = m->method,
		.target = m->target,
		.has_cert = true,
		.cert_sha256 =
		    m->as_courier ? t->courier_sha256 : t->cert_sha256,
		.cert = m->as_courier ? t->courier_cert.ptr : t->cert.ptr,
		.cert_len = m->as_courier ? t->courier_cert.len : t->cert.len,
		.sig = m->sig,
		.dict = m->dict,
		.peer = "device",
		.body = m->body.ptr,
		.body_len = m->body.len };

	if (n->engine == NULL) {
		network_fail_later(
		    net, m->device, m->job, HTTP_OUTCOME_OFFICE_DOWN, 5);
		return;
	}
	o = calloc(1, sizeof(*o));
	assert(o != NULL);
	*o = (struct owed){ .next = net->owed,
		.node = n,
		.device = m->device,
		.token = ++net->tokens,
		.job = m->job,
		.as_courier = m->as_courier,
		.life = m->life };
	(void)snprintf(o->target, sizeof(o->target), "%s", m->target);
	net->owed = o;
	buf_init(&o->request_signed, 4096);
	protocol_request_signed(template.keys.office, m->method, m->target,
	    m->body.ptr, m->body.len, &o->request_signed);
	enter_node(n);
	engine_take(n->engine, o->token, WIRE_DEVICES, &r);
	leave();
	if (!n->works_at_set) {
		struct message *work = network_message(net, WORK, 3);

		n->works_at_set = true;
		work->node = n;
		network_queue(net, work);
	}
}

void
network_answer(
    struct sim_node *n, uint64_t token, const struct wire_answer *answer)
{
	struct network *net = network_of(NULL);
	struct owed **at = &net->owed, *o;
	struct message *m;

	while (*at != NULL && ((*at)->token != token || (*at)->node != n))
		at = &(*at)->next;
	if (*at == NULL)
		return;
	o = *at;
	*at = o->next;
	m = network_message(net, ANSWER, 0);
	m->device = o->device;
	m->job = o->job;
	m->as_courier = o->as_courier;
	m->status = answer->status;
	(void)snprintf(m->sig, sizeof(m->sig), "%s", answer->sig);
	(void)snprintf(m->type, sizeof(m->type), "%s", answer->content_type);
	(void)snprintf(m->dict, sizeof(m->dict), "%s", answer->dict);
	(void)buf_add(&m->body, answer->body, answer->body_len);
	if (strcmp(o->target, "/v1/sync") == 0)
		check_answer_leaves(o->device, o->life, n, answer);
	if (answer->status == 200 && strcmp(o->target, "/v1/sync") == 0)
		network_old_receipts(net, m, &o->request_signed);
	network_owed_free(o);
	network_give(net, m);
}

void
network_node_down(struct network *net, struct sim_node *n)
{
	struct owed **at = &net->owed;

	n->works_at_set = false;
	while (*at != NULL) {
		struct owed *o = *at;

		if (o->node != n) {
			at = &o->next;
			continue;
		}
		*at = o->next;
		network_fail_later(
		    net, o->device, o->job, HTTP_OUTCOME_OFFICE_DOWN, 50);
		network_owed_free(o);
	}
}
