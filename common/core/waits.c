/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/waits.h"

#include "common/core/path.h"

bool
waits_on(const struct change *c, const struct change *held)
{
	for (size_t i = 0; i < c->n_ops; i++)
		for (size_t k = 0; k < held->n_ops; k++)
			if (held->counter <= change_own_upto(c, &c->ops[i].base,
			                         held->device) &&
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

		if (upto > own)
			own = upto;
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
