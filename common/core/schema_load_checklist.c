/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checklists of a bundle: that each item says what it asks, why and by which
 * source, and looks at fields that there are.
 */
#include "common/core/checklist.h"
#include "common/core/schema_int.h"

#define ITEMS_MAX 100

static enum err_code
load_item(const struct schema_where *w, json_t *def,
    const struct schema_type *type, struct checklist_item *out, struct err *e)
{
	static const char *const keys[] = { "item", "label", "reason", "source",
		"from", "to", "nation", "when", "met" };
	enum err_code rc;

	if (!json_is_object(def))
		return schema_bad(w, e, "an item is not an object");
	if ((rc = schema_read_keys(
	         w, def, keys, sizeof(keys) / sizeof(keys[0]), e)) != ERR_OK ||
	    (rc = schema_read_line(w, def, "item", true, &out->name, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(w, def, "label", true, &out->label, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(w, def, "reason", true, &out->reason, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(w, def, "source", true, &out->source, e)) !=
	        ERR_OK ||
	    (rc = schema_read_dates(
	         w, def, out->name, &out->from, &out->to, e)) != ERR_OK ||
	    (rc = schema_read_nations(w, def, out->name, &out->nations, e)) !=
	        ERR_OK ||
	    (rc = schema_load_whens(w, json_object_get(def, "when"), type, true,
	         &out->when, e)) != ERR_OK ||
	    (rc = schema_load_whens(w, json_object_get(def, "met"), type, true,
	         &out->met, e)) != ERR_OK)
		return rc;
	if (!schema_name_is_ok(out->name))
		return schema_bad(
		    w, e, "item \"%.60s\" must be a-z 0-9 _", out->name);
	return out->met.n > 0
	    ? ERR_OK
	    : schema_bad(w, e, "%s: met says what is enough", out->name);
}

static enum err_code
load_items(const struct schema_where *w, json_t *defs,
    struct schema_checklist *c, struct err *e)
{
	size_t n = json_array_size(defs);
	struct checklist_item *list;
	enum err_code rc = ERR_OK;

	if (n == 0 || n > ITEMS_MAX)
		return schema_bad(
		    w, e, "items must be a list of 1 to %d", ITEMS_MAX);
	list = schema_alloc(w->s, n, sizeof(*list));
	if (list == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	for (size_t i = 0; i < n && rc == ERR_OK; i++) {
		rc =
		    load_item(w, json_array_get(defs, i), c->type, &list[i], e);
		for (size_t k = 0; k < i && rc == ERR_OK; k++)
			if (strcmp(list[k].name, list[i].name) == 0)
				rc = schema_bad(w, e,
				    "item \"%s\" is there twice", list[i].name);
	}
	c->items = list;
	c->items_n = n;
	return rc;
}

static enum err_code
load_checklist(struct schema_where *w, json_t *def, void *item, struct err *e)
{
	static const char *const keys[] = { "checklist", "version", "type",
		"label", "source", "when", "items" };
	struct schema_checklist *c = item;
	const char *type = NULL;
	enum err_code rc;

	if ((rc = schema_read_head(w, def, keys, sizeof(keys) / sizeof(keys[0]),
	         &c->name, e)) != ERR_OK ||
	    (rc = schema_read_line(w, def, "type", true, &type, e)) != ERR_OK ||
	    (rc = schema_read_line(w, def, "label", true, &c->label, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(w, def, "source", false, &c->source, e)) !=
	        ERR_OK)
		return rc;
	if ((c->type = schema_type(w->s, type)) == NULL)
		return schema_bad(w, e, "there is no type \"%.60s\"", type);
	rc = schema_load_whens(
	    w, json_object_get(def, "when"), c->type, true, &c->when, e);
	return rc != ERR_OK
	    ? rc
	    : load_items(w, json_object_get(def, "items"), c, e);
}

enum err_code
schema_load_checklists(struct schema *s, json_t *defs, struct err *e)
{
	static const struct schema_folder folder = { "checklists",
		sizeof(struct schema_checklist), load_checklist };
	void *items = NULL;
	enum err_code rc = schema_load_folder(s, &folder, defs, &items, e);

	if (rc != ERR_OK)
		return rc;
	s->checklists = items;
	s->checklists_n = json_object_size(defs);
	return ERR_OK;
}
