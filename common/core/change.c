/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making and ending changes.  Forms and links are in change_json.c,
 * change_wire.c and change_link.c.
 */
#include "common/core/change.h"

#include "common/base/utf8.h"
#include "common/core/limits.h"
#include "common/core/path.h"
#include "common/sys/json.h"

void
change_init(struct change *c)
{
	*c = (struct change){ 0 };
}

static void
op_fini(struct change_op *op)
{
	free(op->path);
	json_decref(op->was);
	json_decref(op->now);
}

void
change_fini(struct change *c)
{
	for (size_t i = 0; i < c->n_ops; i++)
		op_fini(&c->ops[i]);
	free(c->ops);
	for (size_t i = 0; i < c->n_resolves; i++) {
		json_decref(c->resolves[i].sides);
		free(c->resolves[i].reason);
	}
	free(c->resolves);
	json_decref(c->extra);
	change_init(c);
}

/* A deep copy, or NULL with *failed set when memory ran out.  Absent values
 * of every spelling become NULL. */
static json_t *
copy_value(const json_t *value, bool *failed)
{
	json_t *copy;

	if (path_is_absent(value))
		return NULL;
	copy = json_deep_copy_all(value);
	if (copy == NULL)
		*failed = true;
	return copy;
}

enum err_code
change_add_op(struct change *c, const char *path,
    const struct change_base *base, const json_t *was, const json_t *now,
    const uint8_t salt[static CHANGE_SALT_LEN], struct err *e)
{
	struct change_op *ops, op = { 0 };
	enum err_code code;
	bool failed = false;

	code = path_check(path, e);
	if (code != ERR_OK)
		return code;
	if (c->n_ops == LIMIT_OPS)
		return err_set(e, ERR_INVALID, 0,
		    "more than %zu edits in one save", LIMIT_OPS);
	/* Made first: base and salt may be those of an op that moves. */
	op.base = *base;
	memcpy(op.salt, salt, CHANGE_SALT_LEN);
	op.path = strdup(path);
	op.was = copy_value(was, &failed);
	op.now = copy_value(now, &failed);
	ops = realloc(c->ops, (c->n_ops + 1) * sizeof(*ops));
	if (ops != NULL)
		c->ops = ops;
	if (ops == NULL || op.path == NULL || failed) {
		op_fini(&op);
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	}
	c->ops[c->n_ops] = op;
	c->n_ops++;
	return ERR_OK;
}

enum err_code
change_add_resolve(
    struct change *c, const struct change_resolve *r, struct err *e)
{
	struct change_resolve *more, copy = *r;
	bool failed = false;

	/* What would be written down and not be read again. */
	if (r->reason != NULL &&
	    (strlen(r->reason) > LIMIT_TEXT_BYTES ||
	        !utf8_is_text(r->reason, strlen(r->reason))))
		return err_set(e, ERR_INVALID, 0,
		    "a reason is text of at most %zu bytes", LIMIT_TEXT_BYTES);
	more = realloc(c->resolves, (c->n_resolves + 1) * sizeof(*more));
	if (more == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	c->resolves = more;
	copy.sides = copy_value(r->sides, &failed);
	copy.reason = r->reason == NULL ? NULL : strdup(r->reason);
	if (failed || (r->reason != NULL && copy.reason == NULL)) {
		json_decref(copy.sides);
		free(copy.reason);
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	}
	more[c->n_resolves++] = copy;
	return ERR_OK;
}
