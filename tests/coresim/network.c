/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/coresim/network.h"

#include <assert.h>
#include <string.h>

#include "tests/coresim/arena.h"
#include "tests/coresim/device.h"
#include "tests/coresim/facts.h"
#include "tests/coresim/kinds.h"
#include "tests/coresim/page.h"

#define LETTERS_MAX 256
#define LATENCY_MS 60
#define RESTART_MS 4000
#define DAY_MS (UINT64_C(86400) * 1000)
/* Of a hundred letters, with the fault. */
#define ODDS 12

struct letter {
	uint64_t due, no; /* those due at once arrive as they were sent */
	struct request *request;
	struct answer *answer;
	bool is_damaged;
};

struct network {
	struct letter letters[LETTERS_MAX];
	unsigned n;
	uint64_t sent;
	enum node_death death[NODES_MAX]; /* at its next request */
	uint64_t up_at[NODES_MAX];
	uint64_t requests_cut[DEVICES_MAX], answers_cut[DEVICES_MAX];
	struct answer *before; /* an earlier one, to be played again */
};

void
network_open(struct world *w)
{
	w->network = arena_zero(sizeof(*w->network));
}

static bool
strikes(struct world *w, enum fault f)
{
	if (w->is_calm || !has_fault(w, f) || rng_below(&w->rng, 100) >= ODDS)
		return false;
	count_fault(w, f);
	return true;
}

static void
put(struct world *w, const struct letter *l, uint64_t after_ms)
{
	struct network *net = w->network;
	struct letter *at;

	if (net->n == LETTERS_MAX)
		return; /* lost, as letters may be */
	at = &net->letters[net->n++];
	*at = *l;
	at->due = w->now_ms + after_ms;
	at->no = net->sent++;
}

/* On its way, with what the faults do to it. */
static void
post(struct world *w, const struct letter *l)
{
	struct letter sent = *l;
	uint64_t after = 5 + rng_below(&w->rng, LATENCY_MS);

	if (strikes(w, FAULT_DROP))
		return;
	if (strikes(w, FAULT_TRUNCATE) || strikes(w, FAULT_CORRUPT))
		sent.is_damaged = true;
	if (strikes(w, FAULT_REORDER))
		after += 2000;
	if (strikes(w, FAULT_DELAY))
		after += rng_below(&w->rng, 3) == 0
		    ? rng_below(&w->rng, 3 * DAY_MS)
		    : rng_below(&w->rng, 20000);
	if (strikes(w, FAULT_DUPLICATE))
		put(w, &sent, after + rng_below(&w->rng, 3000));
	put(w, &sent, after);
}

void
network_send(struct world *w, struct request *r)
{
	if (w->network->requests_cut[r->slot] > w->now_ms) {
		count_fault(w, FAULT_ONE_WAY);
		return;
	}
	post(w, &(struct letter){ .request = r });
}

/* A receipt that was given before, for less. */
static void
older_receipt(
    const struct world *w, const struct request *r, struct receipt_told *t)
{
	const struct registered *d = &w->office->devices[r->identity];

	if (t->counter < 2)
		return;
	t->counter--;
	t->link = d->in[t->counter - 1].said->link;
	t->sig = signed_by(OFFICE_DEVICE, t->counter, t->link);
}

static void
answer(struct world *w, const struct request *r, struct received received)
{
	struct network *net = w->network;
	const struct registered *d = &w->office->devices[r->identity];
	struct answer *a = arena_zero(sizeof(*a));

	*a = (struct answer){ .slot = r->slot,
		.nonce = r->nonce,
		.epoch = w->office->epoch,
		.received = received,
		.outcome_no = d->outcome_no };
	/* Whose journal may be another's is told nothing of its changes. */
	if (!r->is_courier && !d->is_revoked && !w->office->is_access_closed &&
	    a->received.refusal != REFUSED_FORKED &&
	    a->received.refusal != REFUSED_GAP)
		page_fill(w, r, a);
	if (r->slot >= w->n_devices)
		return; /* a stranger's, which nobody waits for */
	if (net->before == NULL || rng_below(&w->rng, 8) == 0)
		net->before = a;
	if (a->received.receipt.has && strikes(w, FAULT_OLD_RECEIPT))
		older_receipt(w, r, &a->received.receipt);
	fact_answer(w, r, a);
	if (strikes(w, FAULT_OLD_ANSWER))
		put(w, &(struct letter){ .answer = net->before }, 1);
	if (net->answers_cut[r->slot] > w->now_ms)
		count_fault(w, FAULT_HALF_OPEN);
	else
		post(w, &(struct letter){ .answer = a });
}

static void
die(struct world *w, unsigned node)
{
	w->network->death[node] = DEATH_NOT;
	w->network->up_at[node] = w->now_ms + RESTART_MS;
	HAPPENED(w, 40, node, "  node %u of the office stops", node);
}

static void
arrive_at_node(struct world *w, const struct request *r)
{
	struct network *net = w->network;
	const unsigned node = (unsigned)rng_below(&w->rng, w->n_nodes);
	const enum node_death death = net->death[node];
	struct received received;

	if (net->up_at[node] > w->now_ms)
		return;
	if (death == DEATH_BEFORE) {
		count_fault(w, FAULT_OFFICE_CRASH);
		die(w, node);
		return;
	}
	received = office_receive(w, r);
	HAPPENED(w, 41, received.refusal,
	    "  the office receives %zu changes"
	    " of %s%s",
	    r->n, world_device_name(w, r->identity),
	    received.refusal == REFUSED_NOT       ? ""
	        : received.refusal == REFUSED_GAP ? ": some are missing"
	                                          : ": refused");
	if (death == DEATH_APPLYING) {
		count_fault(w, FAULT_OFFICE_CRASH_APPLY);
		die(w, node);
		return;
	}
	office_apply(w);
	if (death == DEATH_REPLYING) {
		count_fault(w, FAULT_OFFICE_CRASH_REPLY);
		die(w, node);
		return;
	}
	answer(w, r, received);
}

static void
arrive(struct world *w, const struct letter *l)
{
	if (l->is_damaged)
		return; /* its signature does not fit */
	if (l->request != NULL)
		arrive_at_node(w, l->request);
	else
		device_takes(w, l->answer);
}

/* The next to arrive until then, or NETWORK_NONE. */
static unsigned
next_due(const struct network *net, uint64_t until)
{
	unsigned best = LETTERS_MAX;

	for (unsigned i = 0; i < net->n; i++) {
		const struct letter *l = &net->letters[i], *b;

		if (l->due > until)
			continue;
		b = best == LETTERS_MAX ? NULL : &net->letters[best];
		if (b == NULL || l->due < b->due ||
		    (l->due == b->due && l->no < b->no))
			best = i;
	}
	return best;
}

void
network_pass(struct world *w, uint64_t ms)
{
	struct network *net = w->network;
	const uint64_t until = w->now_ms + ms;
	unsigned i;

	while (!w->is_violated && (i = next_due(net, until)) != LETTERS_MAX) {
		const struct letter l = net->letters[i];

		net->letters[i] = net->letters[--net->n];
		if (l.due > w->now_ms)
			w->now_ms = l.due;
		arrive(w, &l);
	}
	w->now_ms = until;
}

void
network_node_down(struct world *w, unsigned when)
{
	const unsigned node = (unsigned)rng_below(&w->rng, w->n_nodes);

	w->network->death[node] = (enum node_death)when;
}

void
network_cut(struct world *w, unsigned slot, bool requests, uint64_t ms)
{
	uint64_t *until = requests ? &w->network->requests_cut[slot]
	                           : &w->network->answers_cut[slot];

	*until = w->now_ms + ms;
}

void
network_calm(struct world *w)
{
	struct network *net = w->network;

	memset(net->death, 0, sizeof(net->death));
	memset(net->up_at, 0, sizeof(net->up_at));
	memset(net->requests_cut, 0, sizeof(net->requests_cut));
	memset(net->answers_cut, 0, sizeof(net->answers_cut));
}
