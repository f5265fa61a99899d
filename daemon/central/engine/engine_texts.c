/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a delta need not carry: a text that the device can make of what it holds
 * at its floor, or that it wrote itself.  Found in the changes above the floor,
 * and checked by the device against what it has: a wrong guess costs a second
 * request and never a wrong word.
 */
#include "common/core/path.h"
#include "common/core/splice.h"
#include "common/sys/json.h"
#include "daemon/central/engine/engine_page.h"

/* Shorter texts are not worth what would stand in their place. */
#define TEXT_MIN ((size_t)32)
/* With more changes of the record above the floor it is not looked for. */
#define RECENT_MAX 8

/* The changes of a record above the floor, oldest first. */
struct recent {
	struct change_key keys[RECENT_MAX + 1];
	struct version at[RECENT_MAX + 1]; /* their entries of the log */
	struct change changes[RECENT_MAX];
	size_t n_keys, n;
};

static bool
add_key(void *arg, const struct log_entry *l)
{
	struct recent *recent = arg;

	recent->at[recent->n_keys] =
	    (struct version){ .epoch = l->epoch, .seq = l->seq };
	recent->keys[recent->n_keys++] =
	    (struct change_key){ .device = l->device, .counter = l->counter };
	return recent->n_keys <= RECENT_MAX;
}

static void
recent_fini(struct recent *recent)
{
	for (size_t i = 0; i < recent->n; i++)
		change_fini(&recent->changes[i]);
	recent->n = 0;
}

/* None, where there are too many or one is no change. */
static enum err_code
recent_load(const struct page_build *b, struct id record, struct recent *out,
    struct err *e)
{
	struct office_store *s = b->g->store;
	enum err_code code = store_log_of_record(
	    s, record, b->floor.seq, false, add_key, out, e);

	for (size_t i = 0;
	     code == ERR_OK && out->n_keys <= RECENT_MAX && i < out->n_keys;
	     i++) {
		code = store_change_get(s, out->keys[i].device,
		    out->keys[i].counter, &out->changes[i], e);
		out->n += code == ERR_OK ? 1 : 0;
	}
	if (code == ERR_NOTFOUND) {
		recent_fini(out);
		code = ERR_OK;
	}
	return code;
}

/* The change's last word on exactly this path, or NULL. */
static const struct change_op *
op_at(const struct change *c, const char *path)
{
	for (size_t i = c->n_ops; i > 0; i--)
		if (strcmp(c->ops[i - 1].path, path) == 0 &&
		    !c->ops[i - 1].is_erased)
			return &c->ops[i - 1];
	return NULL;
}

/* [path, counter], if the value is what this device's own change left; NULL. */
static json_t *
as_own(const struct page_build *b, const struct recent *recent,
    const char *path, const json_t *value)
{
	for (size_t i = recent->n; i > 0; i--) {
		const struct change *c = &recent->changes[i - 1];
		const struct change_op *op = op_at(c, path);

		if (op != NULL && id_equal(c->device, b->job->device.id) &&
		    json_equal(op->now, value))
			return json_pack(
			    "[s, I]", path, (json_int_t)c->counter);
	}
	return NULL;
}

/* The text at the path before the first change above the floor that set it, so
 * far as that one's author had it before their eyes: then what they left stands
 * there as they left it.  Borrowed; *out is NULL where nobody saw it. */
static enum err_code
text_before(const struct page_build *b, const struct recent *recent,
    const struct page_entry *p, const char *path, const json_t **out,
    struct err *e)
{
	const struct change_op *op = NULL;
	json_t *left = NULL;
	enum err_code code = ERR_NOTFOUND;

	for (size_t i = 0; i < recent->n && code == ERR_NOTFOUND; i++) {
		op = op_at(&recent->changes[i], path);
		if (op != NULL)
			code = store_value_at(b->g->store, p->record, path,
			    recent->at[i], &left, e);
	}
	*out =
	    code == ERR_OK && json_is_string(left) && json_equal(left, op->now)
	    ? op->was
	    : NULL;
	json_decref(left);
	return code == ERR_NOTFOUND ? ERR_OK : code;
}

/* [path, of, splice]; *out stays NULL where there is none. */
static enum err_code
as_splice(const char *path, const json_t *before, const json_t *value,
    json_t **out, struct err *e)
{
	char of[PAGE_TEXT_OF_LEN];
	json_t *splice = NULL;
	enum err_code code = splice_make(before, value, &splice, e);

	if (code != ERR_OK || splice == NULL)
		return code;
	page_text_of(before, of);
	*out = json_pack("[s, s, o]", path, of, splice);
	return *out == NULL ? err_set(e, ERR_NOMEM, 0, "out of memory")
	                    : ERR_OK;
}

/* The paths set above the floor, one by one; *doc loses what *list says. */
static enum err_code
leave_out(const struct page_build *b, const struct recent *recent,
    const struct page_entry *p, json_t *doc, json_t *list, struct err *e)
{
	const json_t *paths = json_object_get(p->delta, "paths");
	const char *path;
	json_t *setters;
	enum err_code code = ERR_OK;

	json_object_foreach((json_t *)(uintptr_t)paths, path, setters)
	{
		const json_t *value = path_get(doc, path), *before = NULL;
		json_t *text;

		if (!json_is_string(value) ||
		    json_string_length(value) < TEXT_MIN)
			continue;
		text = as_own(b, recent, path, value);
		if (text == NULL)
			code = text_before(b, recent, p, path, &before, e);
		if (code == ERR_OK && before != NULL)
			code = as_splice(path, before, value, &text, e);
		if (code == ERR_OK && text != NULL)
			code = json_add_take(list, text, e);
		if (code == ERR_OK && text != NULL)
			code = path_set(doc, path, NULL, false, e);
		if (code != ERR_OK)
			return code;
	}
	return ERR_OK;
}

enum err_code
page_texts(const struct page_build *b, struct page_entry *p, struct err *e)
{
	struct recent recent = { .n = 0 };
	json_t *doc = json_deep_copy_all(json_object_get(p->delta, "doc"));
	json_t *list = json_array();
	enum err_code code = doc == NULL || list == NULL
	    ? err_set(e, ERR_NOMEM, 0, "out of memory")
	    : recent_load(b, p->record, &recent, e);

	if (code == ERR_OK && recent.n > 0)
		code = leave_out(b, &recent, p, doc, list, e);
	if (code == ERR_OK && json_array_size(list) > 0) {
		p->texts = json_incref(list);
		code = json_put_take(p->delta, "doc", json_incref(doc), e);
	}
	recent_fini(&recent);
	json_decref(doc);
	json_decref(list);
	return code;
}
