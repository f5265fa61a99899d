/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts that a delta leaves out: made of what is held at their path, or taken
 * from this device's own journal.  What is not here any more (a copy put back,
 * a drop, an erasure) is asked for whole.
 */
#include <string.h>

#include "common/core/path.h"
#include "common/core/splice.h"
#include "common/store/store_sync_int.h"
#include "common/sys/json.h"

/* What own change n left at the path of the record, new in *out. */
static enum err_code
own_text(struct device_store *s, struct id record, uint64_t n, const char *path,
    json_t **out, struct err *e)
{
	struct change c;
	enum err_code code = journal_words(s, n, &c, e);

	if (code != ERR_OK)
		return code == ERR_NOTFOUND ? ERR_OK : code;
	for (size_t i = id_equal(c.record, record) ? c.n_ops : 0;
	     i > 0 && *out == NULL; i--)
		if (strcmp(c.ops[i - 1].path, path) == 0 &&
		    json_is_string(c.ops[i - 1].now))
			*out = json_incref(c.ops[i - 1].now);
	change_fini(&c);
	return ERR_OK;
}

/* What the splice makes of what is held, new in *out. */
static enum err_code
spliced(
    const struct record *held, const json_t *text, json_t **out, struct err *e)
{
	const json_t *was =
	    path_get(held->doc, json_string_value(json_array_get(text, 0)));
	char of[PAGE_TEXT_OF_LEN];

	if (!json_is_string(was))
		return ERR_OK;
	page_text_of(was, of);
	if (strcmp(of, json_string_value(json_array_get(text, 1))) != 0)
		return ERR_OK;
	return splice_put(was, json_array_get(text, 2), out, e);
}

enum err_code
texts_fill(struct device_store *s, const struct record *held,
    const struct page_entry *p, json_t **out, struct err *e)
{
	json_t *delta = NULL, *doc;
	enum err_code code = ERR_OK;

	delta = json_deep_copy_all(p->delta);
	if (delta == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	doc = json_object_get(delta, "doc");
	if (!json_is_object(doc))
		code = err_set(e, ERR_MALFORMED, 0, "delta: without a doc");
	for (size_t i = 0; i < json_array_size(p->texts) && code == ERR_OK;
	     i++) {
		const json_t *text = json_array_get(p->texts, i);
		const json_t *of = json_array_get(text, 1);
		const char *path = json_string_value(json_array_get(text, 0));
		json_t *value = NULL;

		code = json_is_integer(of)
		    ? own_text(s, held->id, (uint64_t)json_integer_value(of),
		          path, &value, e)
		    : spliced(held, text, &value, e);
		if (code == ERR_OK && value == NULL)
			code = err_set(e, ERR_CONFLICT, 0,
			    "%.120s: its text is not held here", path);
		if (code == ERR_OK)
			code = path_set(doc, path, value, false, e);
		json_decref(value);
	}
	if (code == ERR_OK)
		*out = delta;
	else
		json_decref(delta);
	return code;
}
