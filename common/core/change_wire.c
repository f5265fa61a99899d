/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the full and the wire form: texts as splices, values left out that
 * the office holds.  The link proves the rebuilt form, so a wrong guess here
 * costs a second request and never a wrong word.
 */
#include "common/core/change.h"
#include "common/core/limits.h"
#include "common/core/path.h"
#include "common/core/splice.h"
#include "common/sys/json.h"

static enum err_code
splice_text(struct change_op *op, struct err *e)
{
	json_t *splice = NULL;
	enum err_code code = splice_make(op->was, op->now, &splice, e);

	if (code != ERR_OK || splice == NULL)
		return code;
	json_decref(op->now);
	op->now = splice;
	op->now_is_splice = true;
	return ERR_OK;
}

enum err_code
change_shrink(struct change *c, const bool *may_omit, struct err *e)
{
	for (size_t i = 0; i < c->n_ops; i++) {
		struct change_op *op = &c->ops[i];
		enum err_code code = ERR_OK;

		if (json_is_string(op->was) && json_is_string(op->now))
			code = splice_text(op, e);
		if (code != ERR_OK)
			return code;
		if (may_omit != NULL && may_omit[i] && op->was != NULL) {
			json_decref(op->was);
			op->was = NULL;
			op->was_omitted = true;
		}
	}
	return ERR_OK;
}

/* Put the splice into was; the result is the full now. */
static enum err_code
unsplice(struct change_op *op, struct err *e)
{
	json_t *now = NULL;
	enum err_code code = splice_put(op->was, op->now, &now, e);

	if (code != ERR_OK)
		return code;
	if (path_is_absent(now)) {
		json_decref(now);
		now = NULL;
	}
	json_decref(op->now);
	op->now = now;
	op->now_is_splice = false;
	return ERR_OK;
}

/* Find the value that the op left out. */
static enum err_code
find_was(struct change *c, struct change_op *op, change_lookup lookup,
    void *arg, struct err *e)
{
	const json_t *was = NULL;

	if (lookup == NULL || !lookup(arg, c, op, &was))
		return err_set(
		    e, ERR_NOTFOUND, 0, "a left-out value is not held here");
	op->was = path_is_absent(was) ? NULL : json_deep_copy_all(was);
	if (op->was == NULL && !path_is_absent(was))
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	op->was_omitted = false;
	return ERR_OK;
}

enum err_code
change_rebuild(struct change *c, change_lookup lookup, void *arg, struct err *e)
{
	size_t texts_bytes = 0;

	for (size_t i = 0; i < c->n_ops; i++) {
		struct change_op *op = &c->ops[i];
		enum err_code code = ERR_OK;

		if (op->was_omitted)
			code = find_was(c, op, lookup, arg, e);
		if (code == ERR_OK && op->now_is_splice)
			code = unsplice(op, e);
		if (code != ERR_OK)
			return code;
		texts_bytes +=
		    json_string_length(op->was) + json_string_length(op->now);
		if (texts_bytes > LIMIT_CHANGE_BYTES)
			return err_set(e, ERR_MALFORMED, 0,
			    "larger than one change may be");
	}
	return ERR_OK;
}
