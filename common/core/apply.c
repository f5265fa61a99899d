/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A change meets a record.  The work is done on a copy, which takes the
 * record's place when the whole change went in.
 */
#include "common/core/apply.h"

#include "common/core/apply_int.h"

static const char *const words[OUTCOME_N] = { [OUTCOME_APPLIED] = "applied",
	[OUTCOME_MERGED] = "merged",
	[OUTCOME_CONFLICT] = "conflict",
	[OUTCOME_ADDENDUM] = "addendum",
	[OUTCOME_HELD] = "held",
	[OUTCOME_CLOSED] = "closed" };

const char *
outcome_word(enum outcome_kind kind)
{
	return words[kind];
}

bool
outcome_parse(const char *word, enum outcome_kind *out)
{
	for (int k = 0; k < OUTCOME_N; k++) {
		if (strcmp(word, words[k]) != 0)
			continue;
		*out = (enum outcome_kind)k;
		return true;
	}
	return false;
}

enum err_code
apply_hold(struct applying *a, const char *reason, const char *path)
{
	struct apply_result *res = &a->result;

	res->kind = OUTCOME_HELD;
	(void)snprintf(res->reason, sizeof(res->reason), "%s", reason);
	(void)snprintf(res->path, sizeof(res->path), "%s", path);
	return ERR_OK;
}

bool
apply_is_held(const struct applying *a)
{
	return a->result.kind == OUTCOME_HELD;
}

void
apply_note(struct applying *a, enum outcome_kind kind)
{
	if (kind > a->result.kind)
		a->result.kind = kind;
}

/* True if the change has an op that puts the record past its sign-off. */
static bool
says_signed(const struct applying *a)
{
	const struct schema_signing *signing = &a->type->signing;

	for (size_t i = 0; signing->field != NULL && i < a->c->n_ops; i++) {
		const struct change_op *op = &a->c->ops[i];
		size_t n = json_array_size(signing->open), k = 0;

		if (strcmp(op->path, signing->field) != 0 || op->now == NULL)
			continue;
		while (k < n &&
		    !json_equal(json_array_get(signing->open, k), op->now))
			k++;
		if (k == n)
			return true;
	}
	return false;
}

static enum err_code
run(struct applying *a, struct err *e)
{
	enum err_code code;

	a->was_signed = schema_is_signed(a->type, a->r->doc);
	a->signs = says_signed(a);
	code = apply_resolves_begin(a);
	for (size_t i = 0; i < a->c->n_ops; i++) {
		if (code != ERR_OK || apply_is_held(a))
			return code;
		code = apply_op(a, &a->c->ops[i], e);
	}
	if (code == ERR_OK && !apply_is_held(a) && a->signs && !a->was_signed)
		code = apply_move_unsigned(a, e);
	if (code != ERR_OK || apply_is_held(a))
		return code;
	code = apply_close_equal(a, e);
	if (code == ERR_OK)
		code = apply_resolves_end(a, e);
	if (code == ERR_OK)
		apply_reopened(a);
	return code;
}

enum err_code
apply_next(const struct record *r, const struct change *c,
    const struct apply_context *ctx, struct record *next_out,
    struct apply_result *out, struct err *e)
{
	struct record next;
	struct applying a = { .r = (struct record *)(uintptr_t)r,
		.before = r,
		.c = c,
		.ctx = ctx,
		.type = schema_type(ctx->schema, c->type),
		.mine = { .version = ctx->version,
		    .device = c->device,
		    .counter = c->counter,
		    .author = c->author,
		    .made_at = c->made_at,
		    .clock_offset = c->clock_offset } };
	enum err_code code;

	if (version_compare(ctx->version, r->version) <= 0)
		return err_set(e, ERR_INVALID, 0,
		    "a change's version is not above its record's");
	code = apply_admit(&a, e);
	if (code != ERR_OK || apply_is_held(&a)) {
		if (code == ERR_OK)
			*out = a.result;
		return code;
	}
	code = record_copy(r, &next, e);
	if (code != ERR_OK)
		return code;
	a.r = &next;
	code = run(&a, e);
	if (code != ERR_OK || apply_is_held(&a)) {
		record_fini(&next);
	} else {
		next.version = ctx->version;
		*next_out = next;
	}
	if (code == ERR_OK)
		*out = a.result;
	return code;
}

enum err_code
apply_change(struct record *r, const struct change *c,
    const struct apply_context *ctx, struct apply_result *out, struct err *e)
{
	struct apply_result result;
	struct record next;
	enum err_code code = apply_next(r, c, ctx, &next, &result, e);

	if (code != ERR_OK)
		return code;
	if (result.kind != OUTCOME_HELD) {
		record_fini(r);
		*r = next;
	}
	*out = result;
	return ERR_OK;
}
