/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Admission: what cannot be judged or stored is held before the first step.
 */
#include <assert.h>

#include "common/core/apply_int.h"

/* A record that is not here: only a change that had seen nothing of it can
 * be the one that makes it. */
static bool
is_edit_of_missing(const struct applying *a)
{
	const struct record *r = a->r;

	/* Who wrote it sees it, also where a restored office has lost the rest
	 * and does not tell of the record. */
	if (a->ctx->is_view || !version_is_never(r->version))
		return false;
	if (a->c->n_resolves > 0)
		return true;
	for (size_t i = 0; i < a->c->n_ops; i++) {
		const struct change_base *base = &a->c->ops[i].base;

		if (!version_is_never(base->seen) || base->own > 0)
			return true;
	}
	return false;
}

static enum err_code
admit_op(struct applying *a, const struct change_op *op, struct err *e)
{
	const char *refusal;
	enum err_code code;

	assert(!op->was_omitted && !op->now_is_splice);
	code = schema_check_value(a->type, op->path, op->now, NULL, e);
	if (code == ERR_NOMEM)
		return code;
	if (code != ERR_OK)
		return apply_hold(a, "bad_value", op->path);
	if (a->ctx->is_view)
		return ERR_OK;
	refusal = apply_refuse_state(a, op);
	if (refusal != NULL)
		return apply_hold(a, refusal, op->path);
	if (apply_is_in_anothers_name(a, op))
		return apply_hold(a, "wrong_author", op->path);
	return a->ctx->type_of == NULL ? ERR_OK : apply_check_refs(a, op, e);
}

enum err_code
apply_admit(struct applying *a, struct err *e)
{
	const struct change *c = a->c;
	enum err_code code = ERR_OK;

	if (strcmp(a->r->type, c->type) != 0)
		return apply_hold(a, "wrong_type", "");
	if (a->type == NULL)
		return apply_hold(a, "unknown_type", "");
	if (is_edit_of_missing(a))
		return apply_hold(a, "not_found", "");
	for (size_t i = 0; i < c->n_ops; i++) {
		code = admit_op(a, &c->ops[i], e);
		if (code != ERR_OK || apply_is_held(a))
			break;
	}
	return code;
}

enum err_code
apply_admits(const struct record *r, const struct change *c,
    const struct apply_context *ctx, struct apply_result *out, struct err *e)
{
	struct applying a = { .r = (struct record *)(uintptr_t)r,
		.before = r,
		.c = c,
		.ctx = ctx,
		.type = schema_type(ctx->schema, c->type) };
	enum err_code code = apply_admit(&a, e);

	if (code == ERR_OK)
		*out = a.result;
	return code;
}
