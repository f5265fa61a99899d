/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/shown.h"

#include <stdio.h>

#include "common/core/apply.h"
#include "common/core/path.h"
#include "common/core/record_int.h"

bool
shown_contains(uint64_t own, const json_t *own_held, uint64_t counter)
{
	if (counter > own)
		return false;
	for (size_t i = 0; i < json_array_size(own_held); i++)
		if (json_integer_value(json_array_get(own_held, i)) ==
		    (json_int_t)counter)
			return false;
	return true;
}

enum err_code
shown_next(const struct schema *schema, const struct record *view,
    const struct change *c, uint64_t life, struct record *next_out,
    struct err *e)
{
	const struct apply_context ctx = { .schema = schema,
		.version = { .epoch = SHOWN_EPOCH + life - 1,
		    .seq = c->counter },
		.now_ms = c->made_at,
		.by_office = true,
		.is_view = true };
	struct apply_result result;
	enum err_code code = apply_next(view, c, &ctx, next_out, &result, e);

	if (code == ERR_OK && result.kind == OUTCOME_HELD)
		code = record_copy(view, next_out, e);
	return code;
}

enum err_code
shown_apply(const struct schema *schema, struct record *view,
    const struct change *c, uint64_t life, struct err *e)
{
	struct record next;
	enum err_code code = shown_next(schema, view, c, life, &next, e);

	if (code != ERR_OK)
		return code;
	record_fini(view);
	*view = next;
	return ERR_OK;
}

struct version
shown_version(const struct record *view, const char *path)
{
	const struct path_state *ps = record_path(view, path);
	struct version v = { 0, 0 };

	/* Ascending. */
	for (size_t i = 0; ps != NULL && i < ps->n_setters; i++)
		if (ps->setters[i].version.epoch < SHOWN_EPOCH)
			v = ps->setters[i].version;
	return v;
}

/* The last change of the device that set the path, or one above or beneath. */
static uint64_t
own_setter(const struct record *view, struct id device, const char *path)
{
	uint64_t own = 0;

	for (size_t i = 0; i < view->n_paths; i++) {
		const struct path_state *p = &view->paths[i];

		if (!path_related(p->path, path))
			continue;
		for (size_t n = 0; n < p->n_setters; n++)
			if (id_equal(p->setters[n].device, device) &&
			    p->setters[n].counter > own)
				own = p->setters[n].counter;
	}
	return own;
}

struct change_base
shown_base(const struct record *told, const struct record *view,
    struct id device, const char *path, const char *side)
{
	struct change_base base = { 0 };

	if (told != NULL)
		base.seen = record_related_version(told, path);
	if (side == NULL) {
		base.own = own_setter(view, device, path);
	} else {
		base.own = conflict_key_counter(side, device);
		(void)snprintf(base.side, sizeof(base.side), "%s", side);
	}
	return base;
}
