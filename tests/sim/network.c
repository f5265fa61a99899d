/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/network.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/enc.h"
#include "common/core/body.h"
#include "common/sys/http_client.h"
#include "tests/sim/device.h"
#include "tests/sim/invariants.h"
#include "tests/sim/office.h"
#include "tests/sim/seam_wrap.h"
#include "tests/sim/template.h"
#include "tests/sim/trace.h"

#define TIMEOUT_MS 30000
#define OLD_ANSWERS 4
#define EVEN_MS 25

struct http_client {
	struct sim_device *device;
	bool is_courier;
};

/* A call that the device waits for. */
struct http_job {
	struct http_job *next;
	uint64_t number;
	struct sim_device *device;
	http_done_fn *done;
	void *arg;
};

enum what { REQUEST, ANSWER, FAILURE, WORK };

struct message {
	struct message *next;
	uint64_t at_ms, number; /* those due at one time go by number */
	enum what what;
	struct sim_device *device;
	struct sim_node *node;
	uint64_t job;
	enum http_outcome outcome; /* of a failure */
	/* Request. */
	char method[8], target[160], sig[160], dict[16];
	bool as_courier;
	/* Both. */
	struct buf body;
	int status;
	char type[48];
};

/* A request that an engine has taken: whose answer the token is. */
struct owed {
	struct owed *next;
	struct sim_node *node;
	struct sim_device *device;
	uint64_t token, job;
	bool as_courier;
	char target[160];
	struct buf request_signed; /* what an answer is signed over */
};

struct old_answer {
	int status;
	char sig[160], dict[16];
	struct buf body;
};

struct network {
	struct world *world;
	uint32_t faults;
	bool is_even;
	struct http_job *jobs;
	struct message *queue; /* sorted */
	struct owed *owed;
	uint64_t numbers, tokens;
	struct sim_device *opening;
	bool opening_as_courier;
	struct old_answer old[SIM_DEVICES_MAX];
	json_t *old_receipts[SIM_DEVICES_MAX]; /* of some answer before */
};

static struct network *the_network;

struct network *
network_of(const struct world *w)
{
	(void)w;
	return the_network;
}

struct network *
network_new(struct world *w, uint32_t faults)
{
	struct network *net = calloc(1, sizeof(*net));

	assert(net != NULL && the_network == NULL);
	net->world = w;
	net->faults = faults;
	the_network = net;
	return net;
}

static void
message_free(struct message *m)
{
	buf_fini(&m->body);
	free(m);
}

static void
owed_free(struct owed *o)
{
	buf_fini(&o->request_signed);
	free(o);
}

void
network_free(struct network *net)
{
	while (net->queue != NULL) {
		struct message *m = net->queue;

		net->queue = m->next;
		message_free(m);
	}
	while (net->owed != NULL) {
		struct owed *o = net->owed;

		net->owed = o->next;
		owed_free(o);
	}
	assert(net->jobs == NULL);
	for (size_t i = 0; i < SIM_DEVICES_MAX; i++) {
		buf_fini(&net->old[i].body);
		json_decref(net->old_receipts[i]);
	}
	free(net);
	the_network = NULL;
}

void
network_even(struct network *net)
{
	net->is_even = true;
}

void
network_calm(struct network *net)
{
	net->faults = 0;
}

void
network_opening(struct sim_device *d, bool as_courier)
{
	the_network->opening = d;
	the_network->opening_as_courier = as_courier;
}

/* ---- the queue ---- */

static struct message *
message_new(struct network *net, enum what what, uint64_t after_ms)
{
	struct message *m = calloc(1, sizeof(*m));

	assert(m != NULL);
	m->what = what;
	m->at_ms = seam.now_ms + after_ms;
	m->number = ++net->numbers;
	buf_init(&m->body, (size_t)16 * 1024 * 1024);
	return m;
}

static void
message_send(struct network *net, struct message *m)
{
	struct message **at = &net->queue;

	seam.turns++;
	while (*at != NULL &&
	    ((*at)->at_ms < m->at_ms ||
	        ((*at)->at_ms == m->at_ms && (*at)->number < m->number)))
		at = &(*at)->next;
	m->next = *at;
	*at = m;
}

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

/* ---- what happens on the way ---- */

static bool
strikes(struct network *net, struct rng *dice, enum fault f, uint64_t one_in)
{
	if ((net->faults & (UINT32_C(1) << f)) == 0 ||
	    rng_below(dice, one_in) != 0)
		return false;
	count_fault(net->world, f);
	return true;
}

static void
fail_later(struct network *net, struct sim_device *d, uint64_t job,
    enum http_outcome outcome, uint64_t after_ms)
{
	struct message *m = message_new(net, FAILURE, after_ms);

	m->device = d;
	m->job = job;
	m->outcome = outcome;
	message_send(net, m);
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

static void
send_request(struct network *net, struct message *m)
{
	struct sim_device *d = m->device;
	struct rng dice = dice_of(net, d, 1);

	if (d->one_way_until > seam.now_ms) {
		count_fault(net->world, FAULT_ONE_WAY);
		fail_later(net, d, m->job, HTTP_OUTCOME_TIMEOUT, TIMEOUT_MS);
		message_free(m);
		return;
	}
	if (strikes(net, &dice, FAULT_DROP, 8)) {
		fail_later(net, d, m->job, HTTP_OUTCOME_TIMEOUT, TIMEOUT_MS);
		message_free(m);
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
		message_send(net, copy);
	}
	/* A device gives up in the end, whatever still arrives. */
	fail_later(
	    net, d, m->job, HTTP_OUTCOME_TIMEOUT, 2 * (uint64_t)TIMEOUT_MS);
	message_send(net, m);
}

/* ---- the device's end ---- */

enum err_code
__wrap_http_client_new(const struct http_client_cfg *cfg,
    struct http_client **client_out, struct err *e)
{
	struct http_client *c = calloc(1, sizeof(*c));

	(void)cfg;
	(void)e;
	assert(c != NULL);
	c->device = the_network->opening;
	c->is_courier = the_network->opening_as_courier;
	*client_out = c;
	return ERR_OK;
}

void
__wrap_http_client_free(struct http_client *c)
{
	free(c);
}

enum err_code
__wrap_http_client_attach(struct http_client *c, struct loop *l, struct err *e)
{
	(void)c;
	(void)l;
	(void)e;
	return ERR_OK;
}

static void
take_headers(const struct http_call *call, struct message *m)
{
	for (size_t i = 0; call->headers[i] != NULL; i++) {
		const char *h = call->headers[i];

		if (strncmp(h, "visitbook-sig: ", 15) == 0)
			(void)snprintf(m->sig, sizeof(m->sig), "%s", h + 15);
		else if (strncmp(h, "visitbook-dict: ", 16) == 0)
			(void)snprintf(m->dict, sizeof(m->dict), "%s", h + 16);
	}
}

enum err_code
__wrap_http_client_start(struct http_client *c, const struct http_call *call,
    http_done_fn *done, void *done_arg, struct http_job **job_out,
    struct err *e)
{
	struct network *net = the_network;
	struct http_job *job = calloc(1, sizeof(*job));
	struct message *m = message_new(net, REQUEST, 0);

	(void)e;
	assert(job != NULL);
	*job = (struct http_job){ .next = net->jobs,
		.number = m->number,
		.device = c->device,
		.done = done,
		.arg = done_arg };
	net->jobs = job;
	m->device = c->device;
	m->job = job->number;
	m->as_courier = c->is_courier;
	(void)snprintf(m->method, sizeof(m->method), "%s", call->method);
	(void)snprintf(m->target, sizeof(m->target), "%s", call->path);
	take_headers(call, m);
	if (call->body_len > 0)
		(void)buf_add(&m->body, call->body, call->body_len);
	c->device->calls++;
	send_request(net, m);
	*job_out = job;
	return ERR_OK;
}

static struct http_job *
job_take(struct network *net, uint64_t number)
{
	struct http_job **at = &net->jobs;

	while (*at != NULL && (*at)->number != number)
		at = &(*at)->next;
	if (*at != NULL) {
		struct http_job *job = *at;

		*at = job->next;
		return job;
	}
	return NULL;
}

void
__wrap_http_client_cancel(struct http_job *job)
{
	free(job_take(the_network, job->number));
}

static void
finish_job(struct network *net, const struct message *m)
{
	struct http_job *job = job_take(net, m->job);
	struct http_answer a;
	struct err e = { 0 };

	if (job == NULL)
		return; /* given up, or it has an answer */
	http_answer_init(&a);
	a.outcome = m->what == ANSWER ? HTTP_OUTCOME_OK : m->outcome;
	if (m->what == ANSWER) {
		a.status = (unsigned)m->status;
		(void)snprintf(
		    a.content_type, sizeof(a.content_type), "%s", m->type);
		a.headers.cap = 1024;
		(void)buf_printf(&a.headers,
		    "visitbook-sig: %s\r\nvisitbook-dict: %s\r\n", m->sig,
		    m->dict);
		a.body.cap = m->body.cap;
		(void)buf_add(&a.body, m->body.ptr, m->body.len);
	} else {
		(void)err_set(&e, ERR_BUSY, 0, "no answer");
	}
	enter_device(job->device);
	job->done(job->arg, &a, &e);
	leave();
	http_answer_fini(&a);
	device_after(job->device);
	free(job);
}

/* ---- the office's end ---- */

static uint16_t
kind_of(const struct message *m)
{
	if (strcmp(m->target, "/v1/sync") == 0)
		return WIRE_SYNC;
	return strcmp(m->target, "/v1/courier/envelopes") == 0 ? WIRE_COURIER
	                                                       : WIRE_COMMANDS;
}

static void
arrive(struct network *net, const struct message *m)
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
		fail_later(net, m->device, m->job, HTTP_OUTCOME_OFFICE_DOWN, 5);
		return;
	}
	o = calloc(1, sizeof(*o));
	assert(o != NULL);
	*o = (struct owed){ .next = net->owed,
		.node = n,
		.device = m->device,
		.token = ++net->tokens,
		.job = m->job,
		.as_courier = m->as_courier };
	(void)snprintf(o->target, sizeof(o->target), "%s", m->target);
	net->owed = o;
	buf_init(&o->request_signed, 4096);
	protocol_request_signed(template.keys.office, m->method, m->target,
	    m->body.ptr, m->body.len, &o->request_signed);
	enter_node(n);
	engine_take(n->engine, o->token, WIRE_DEVICES, &r);
	leave();
	if (!n->works_at_set) {
		struct message *work = message_new(net, WORK, 3);

		n->works_at_set = true;
		work->node = n;
		message_send(net, work);
	}
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

static void
send_answer(struct network *net, struct message *m)
{
	struct sim_device *d = m->device;
	struct rng dice = dice_of(net, d, 2 + m->number);

	if (d->half_open_until > seam.now_ms) {
		count_fault(net->world, FAULT_HALF_OPEN);
		message_free(m);
		return;
	}
	if (strikes(net, &dice, FAULT_DROP, 8)) {
		message_free(m);
		return;
	}
	if (!play_old(net, &dice, m))
		damage(net, &dice, &m->body);
	m->at_ms += travel_ms(net, &dice);
	message_send(net, m);
}

/* An office that lies: the receipts of an earlier answer in the place of these,
 * and its own signature under it. */
static void
old_receipts(
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

void
network_answer(
    struct sim_node *n, uint64_t token, const struct wire_answer *answer)
{
	struct network *net = the_network;
	struct owed **at = &net->owed, *o;
	struct message *m;

	while (*at != NULL && ((*at)->token != token || (*at)->node != n))
		at = &(*at)->next;
	if (*at == NULL)
		return;
	o = *at;
	*at = o->next;
	m = message_new(net, ANSWER, 0);
	m->device = o->device;
	m->job = o->job;
	m->as_courier = o->as_courier;
	m->status = answer->status;
	(void)snprintf(m->sig, sizeof(m->sig), "%s", answer->sig);
	(void)snprintf(m->type, sizeof(m->type), "%s", answer->content_type);
	(void)snprintf(m->dict, sizeof(m->dict), "%s", answer->dict);
	(void)buf_add(&m->body, answer->body, answer->body_len);
	if (strcmp(o->target, "/v1/sync") == 0)
		check_answer_leaves(o->device, n, answer);
	if (answer->status == 200 && strcmp(o->target, "/v1/sync") == 0)
		old_receipts(net, m, &o->request_signed);
	owed_free(o);
	send_answer(net, m);
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
		fail_later(
		    net, o->device, o->job, HTTP_OUTCOME_OFFICE_DOWN, 50);
		owed_free(o);
	}
}

/* ---- time ---- */

uint64_t
network_next_ms(const struct network *net)
{
	return net->queue == NULL ? UINT64_MAX : net->queue->at_ms;
}

void
network_step(struct network *net)
{
	struct message *m = net->queue;

	net->queue = m->next;
	if (m->at_ms > seam.now_ms)
		seam.now_ms = m->at_ms;
	nodes_wake(net->world);
	switch (m->what) {
	case REQUEST:
		arrive(net, m);
		break;
	case ANSWER:
	case FAILURE:
		finish_job(net, m);
		break;
	case WORK:
		if (m->node->works_at_set) {
			m->node->works_at_set = false;
			node_work(m->node);
		}
		break;
	}
	message_free(m);
}
