/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/waits.h"

#include "common/core/path.h"
#include "common/core/record_int.h"

/* The counter of the device's change that the op edits a side of: in its
 * author's own view a held change is one.  0: of none. */
static uint64_t
side_counter(const struct change_op *op, struct id device)
{
	return conflict_key_counter(op->base.side, device);
}

static bool
op_contains(
    const struct change *c, const struct change_op *op, const struct change *h)
{
	return h->counter <= change_own_upto(c, &op->base, h->device) ||
	    h->counter == side_counter(op, h->device);
}

bool
waits_on(const struct change *c, const struct change *held)
{
	for (size_t i = 0; i < c->n_ops; i++)
		for (size_t k = 0; k < held->n_ops; k++)
			if (op_contains(c, &c->ops[i], held) &&
			    path_related(c->ops[i].path, held->ops[k].path))
				return true;
	return false;
}

uint64_t
waits_reach(const struct change *c, struct id device)
{
	uint64_t own = 0;

	for (size_t i = 0; i < c->n_ops; i++) {
		uint64_t upto = change_own_upto(c, &c->ops[i].base, device);
		uint64_t side = side_counter(&c->ops[i], device);

		if (upto > own)
			own = upto;
		if (side > own)
			own = side;
	}
	return own;
}

bool
waits_is_creation(const struct change *c)
{
	for (size_t i = 0; i < c->n_ops; i++)
		if (!version_is_never(c->ops[i].base.seen) ||
		    c->ops[i].base.own != 0 || c->ops[i].base.side[0] != '\0')
			return false;
	return c->n_resolves == 0;
}
