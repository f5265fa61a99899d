/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Code lists and words of a bundle.
 */
#include "common/core/schema_int.h"

#include "common/base/utf8.h"
#include "common/core/limits.h"

#define ITEMS_MAX 1000

static enum err_code
load_item(const struct schema_where *w, json_t *def, struct schema_code *item,
    struct err *e)
{
	static const char *const keys[] = { "code", "label", "from", "to",
		"nation", "note" };
	enum err_code rc;

	if (!json_is_object(def))
		return schema_bad(w, e, "an item is not an object");
	if ((rc = schema_read_keys(
	         w, def, keys, sizeof(keys) / sizeof(keys[0]), e)) != ERR_OK ||
	    (rc = schema_read_line(w, def, "code", true, &item->code, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(w, def, "label", true, &item->label, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(w, def, "note", false, &item->note, e)) !=
	        ERR_OK)
		return rc;
	if (!schema_code_is_ok(item->code))
		return schema_bad(w, e,
		    "code \"%.64s\" must be lower_snake or UPPER_SNAKE",
		    item->code);
	rc = schema_read_dates(w, def, item->code, &item->from, &item->to, e);
	return rc != ERR_OK
	    ? rc
	    : schema_read_nations(w, def, item->code, &item->nations, e);
}

static int
by_code(const void *a, const void *b)
{
	const struct schema_code *const *x = a, *const *y = b;

	return strcmp((*x)->code, (*y)->code);
}

static enum err_code
load_items(const struct schema_where *w, json_t *defs, struct schema_list *list,
    struct err *e)
{
	size_t n = json_array_size(defs);
	struct schema_code *items;
	const struct schema_code **sorted;
	enum err_code rc = ERR_OK;

	if (n == 0 || n > ITEMS_MAX)
		return schema_bad(
		    w, e, "items must be a list of 1 to %d codes", ITEMS_MAX);
	items = schema_alloc(w->s, n, sizeof(*items));
	sorted = schema_alloc(w->s, n, sizeof(struct schema_code *));
	if (items == NULL || sorted == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	for (size_t i = 0; i < n && rc == ERR_OK; i++) {
		rc = load_item(w, json_array_get(defs, i), &items[i], e);
		sorted[i] = &items[i];
	}
	if (rc != ERR_OK)
		return rc;
	qsort(sorted, n, sizeof(struct schema_code *), by_code);
	for (size_t i = 1; i < n; i++)
		if (strcmp(sorted[i - 1]->code, sorted[i]->code) == 0)
			return schema_bad(w, e, "code \"%s\" is there twice",
			    sorted[i]->code);
	list->items = items;
	list->items_n = n;
	list->by_code = sorted;
	return ERR_OK;
}

static enum err_code
load_list(struct schema_where *w, json_t *def, void *item, struct err *e)
{
	static const char *const keys[] = { "list", "version", "label",
		"source", "items" };
	struct schema_list *list = item;
	const char *source = NULL;
	enum err_code rc;

	if ((rc = schema_read_head(w, def, keys, sizeof(keys) / sizeof(keys[0]),
	         &list->name, e)) != ERR_OK ||
	    (rc = schema_read_line(w, def, "label", true, &list->label, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(w, def, "source", false, &source, e)) !=
	        ERR_OK)
		return rc;
	return load_items(w, json_object_get(def, "items"), list, e);
}

enum err_code
schema_load_lists(struct schema *s, json_t *codes, struct err *e)
{
	static const struct schema_folder folder = { "codes",
		sizeof(struct schema_list), load_list };
	void *items = NULL;
	enum err_code rc = schema_load_folder(s, &folder, codes, &items, e);

	if (rc != ERR_OK)
		return rc;
	s->lists = items;
	s->lists_n = json_object_size(codes);
	return ERR_OK;
}

enum err_code
schema_load_words(struct schema *s, json_t *words, struct err *e)
{
	struct schema_where w = { s, "", "words", "", "" };
	const char *key, *text = NULL;
	json_t *value;
	enum err_code rc;

	json_object_foreach(words, key, value)
	{
		if (strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_.") !=
		    strlen(key))
			return schema_bad(&w, e,
			    "key \"%.60s\" must be a-z 0-9 _ and dots", key);
		rc = schema_read_line(&w, words, key, true, &text, e);
		if (rc != ERR_OK)
			return rc;
	}
	s->words = words;
	return ERR_OK;
}
