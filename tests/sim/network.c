/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>

#include "tests/sim/network_int.h"
#include "tests/sim/office.h"

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

void
network_message_free(struct message *m)
{
	buf_fini(&m->body);
	free(m);
}

void
network_owed_free(struct owed *o)
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
		network_message_free(m);
	}
	while (net->owed != NULL) {
		struct owed *o = net->owed;

		net->owed = o->next;
		network_owed_free(o);
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

struct message *
network_message(struct network *net, enum what what, uint64_t after_ms)
{
	struct message *m = calloc(1, sizeof(*m));

	assert(m != NULL);
	m->what = what;
	m->at_ms = seam.now_ms + after_ms;
	m->number = ++net->numbers;
	buf_init(&m->body, (size_t)16 * 1024 * 1024);
	return m;
}

void
network_queue(struct network *net, struct message *m)
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
		network_arrive(net, m);
		break;
	case ANSWER:
	case FAILURE:
		network_finish(net, m);
		break;
	case WORK:
		if (m->node->works_at_set) {
			m->node->works_at_set = false;
			node_work(m->node);
		}
		break;
	}
	network_message_free(m);
}
