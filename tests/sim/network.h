/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_NETWORK_H
#define SIM_NETWORK_H

#include "tests/sim/world.h"

/*
 * network -- what is under way between devices and nodes.
 *
 * The product's http_client is replaced at its header: a call becomes a
 * request that arrives (or not, twice, late, cut, with a wrong byte) at a node,
 * whose engine takes it and works a little later, so that requests meet in one
 * group; its answer has the same kind of journey.
 */
struct network;

struct network *network_new(struct world *w, uint32_t faults);
void network_free(struct network *net);
/* From now on all takes equally long. */
void network_even(struct network *net);
/* From now on everything arrives. */
void network_calm(struct network *net);

/* Which device opens a way to the office next, and as what. */
void network_opening(struct sim_device *d, bool as_courier);

/* When the next thing arrives, or UINT64_MAX; and let it. */
uint64_t network_next_ms(const struct network *net);
void network_step(struct network *net);

/* A node's engine gave an answer. */
void network_answer(
    struct sim_node *n, uint64_t token, const struct wire_answer *answer);
/* What a node had taken is lost with it. */
void network_node_down(struct network *net, struct sim_node *n);

struct network *network_of(const struct world *w);

#endif
