/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What has a file is removed only until what it belongs to is signed.
 */
#include "common/core/signed.h"
#include "daemon/central/engine/engine_int.h"

static bool
removes_all(const struct change *c)
{
	for (size_t i = 0; i < c->n_ops; i++)
		if (c->ops[i].path[0] == '\0' && c->ops[i].now == NULL)
			return true;
	return false;
}

static enum err_code
look_up(void *arg, struct id id, struct record *out, struct err *e)
{
	struct engine *g = arg;

	return store_record_get(g->store, id, out, e);
}

enum err_code
hold_is_kept(const struct applying *a, const struct record *existing, bool *out,
    struct err *e)
{
	struct engine *g = a->round->g;

	*out = false;
	if (!removes_all(a->change))
		return ERR_OK;
	return signed_keeps(g->schema, existing, look_up, g, out, e);
}
