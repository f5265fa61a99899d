/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the full and the wire form: texts as splices, values left out that
 * the office holds.  The link proves the rebuilt form, so a wrong guess here
 * costs a second request and never a wrong word.
 */
#include "common/base/utf8.h"
#include "common/core/change.h"
#include "common/core/limits.h"
#include "common/core/path.h"
#include "common/sys/json.h"

/* Less than this saved is not worth a splice's own bytes. */
#define SPLICE_SAVES_MIN 24

static bool
is_sequence_start(const char *s, size_t at)
{
	return ((unsigned char)s[at] & 0xc0) != 0x80;
}

/* The common head and tail of two texts, cut back to whole UTF-8 sequences so
 * that the inserted part is text by itself. */
static void
common_ends(const char *was, size_t was_len, const char *now, size_t now_len,
    size_t *head_out, size_t *tail_out)
{
	size_t shorter = was_len < now_len ? was_len : now_len;
	size_t head = 0, tail = 0;

	while (head < shorter && was[head] == now[head])
		head++;
	while (head > 0 &&
	    (!is_sequence_start(was, head) || !is_sequence_start(now, head)))
		head--;
	while (tail < shorter - head &&
	    was[was_len - 1 - tail] == now[now_len - 1 - tail])
		tail++;
	while (tail > 0 &&
	    (!is_sequence_start(was, was_len - tail) ||
	        !is_sequence_start(now, now_len - tail)))
		tail--;
	*head_out = head;
	*tail_out = tail;
}

static enum err_code
splice_text(struct change_op *op, struct err *e)
{
	const char *was = json_string_value(op->was);
	const char *now = json_string_value(op->now);
	size_t was_len = json_string_length(op->was);
	size_t now_len = json_string_length(op->now);
	size_t head, tail;
	json_t *splice;

	common_ends(was, was_len, now, now_len, &head, &tail);
	if (head + tail < SPLICE_SAVES_MIN)
		return ERR_OK;
	splice = json_pack("[I, I, s%]", (json_int_t)head,
	    (json_int_t)(was_len - head - tail), now + head,
	    now_len - head - tail);
	if (splice == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
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
	const char *was = json_string_value(op->was);
	size_t was_len = json_string_length(op->was);
	size_t at = (size_t)json_integer_value(json_array_get(op->now, 0));
	size_t cut = (size_t)json_integer_value(json_array_get(op->now, 1));
	const json_t *insert = json_array_get(op->now, 2);
	size_t insert_len = json_string_length(insert), now_len;
	enum err_code code = ERR_OK;
	json_t *now = NULL;
	char *text;

	if (was == NULL || at > was_len || cut > was_len - at)
		return err_set(
		    e, ERR_MALFORMED, 0, "splice: does not fit its text");
	now_len = was_len - cut + insert_len;
	text = malloc(now_len + 1);
	if (text == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	memcpy(text, was, at);
	memcpy(text + at, json_string_value(insert), insert_len);
	memcpy(text + at + insert_len, was + at + cut, was_len - at - cut);
	if (utf8_is_text(text, now_len))
		now = json_stringn_nocheck(text, now_len);
	else /* a cut inside a sequence is no text */
		code = err_set(e, ERR_MALFORMED, 0, "splice: not UTF-8");
	free(text);
	if (code != ERR_OK)
		return code;
	if (now == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
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
