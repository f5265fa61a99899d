/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device's end: what stands in the place of the HTTP client.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/device.h"
#include "tests/sim/network_int.h"
#include "tests/sim/seam_wrap.h"

struct http_client {
	struct sim_device *device;
	bool is_courier;
};

enum err_code
__wrap_http_client_new(const struct http_client_cfg *cfg,
    struct http_client **client_out, struct err *e)
{
	struct http_client *c = calloc(1, sizeof(*c));
	const struct network *net = network_of(NULL);

	(void)cfg;
	(void)e;
	assert(c != NULL);
	c->device = net->opening;
	c->is_courier = net->opening_as_courier;
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
	struct network *net = network_of(NULL);
	struct http_job *job = calloc(1, sizeof(*job));
	struct message *m = network_message(net, REQUEST, 0);

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
	m->life = c->device->n_past;
	(void)snprintf(m->method, sizeof(m->method), "%s", call->method);
	(void)snprintf(m->target, sizeof(m->target), "%s", call->path);
	take_headers(call, m);
	if (call->body_len > 0)
		(void)buf_add(&m->body, call->body, call->body_len);
	c->device->calls++;
	network_request(net, m);
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
	free(job_take(network_of(NULL), job->number));
}

void
network_finish(struct network *net, const struct message *m)
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
