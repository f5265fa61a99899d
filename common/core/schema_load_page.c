/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages of a bundle: which fields of which records are shown together.
 */
#include "common/core/schema_int.h"
#include "common/core/schema_page.h"

#define SECTIONS_MAX 40
#define NAMES_MAX 40
#define LINKS_MAX 4
#define LIMIT_MAX 1000
#define FROM_MAX 160

#define ANY_KIND (~0U)
#define REF_KINDS (SCHEMA_KIND_BIT(SCHEMA_REF) | SCHEMA_KIND_BIT(SCHEMA_REFS))
#define ORDER_KINDS                                                            \
	(SCHEMA_KIND_BIT(SCHEMA_DATE) | SCHEMA_KIND_BIT(SCHEMA_TIME))

/* A field of the type itself, not one within it. */
enum err_code
schema_own_field(const struct schema_where *w, const char *key,
    const struct schema_type *type, const char *name, unsigned kinds,
    const struct schema_field **out, struct err *e)
{
	const struct schema_field *f = NULL;
	enum err_code rc;

	if (name != NULL && schema_name_is_ok(name))
		f = schema_find_field(type, name);
	rc = schema_check_field(w, key, f, kinds, e);
	if (rc == ERR_OK)
		*out = f;
	return rc;
}

/* A list of names of fields of the type. */
enum err_code
schema_own_fields(const struct schema_where *w, json_t *def, const char *key,
    const struct schema_type *type, const struct schema_field ***out,
    size_t *n_out, struct err *e)
{
	json_t *names = json_object_get(def, key);
	size_t n = json_array_size(names);
	const struct schema_field **list;
	enum err_code rc = ERR_OK;

	if (names == NULL)
		return ERR_OK;
	if (!json_is_array(names) || n == 0 || n > NAMES_MAX)
		return schema_bad(
		    w, e, "%s must be a list of 1 to %d names", key, NAMES_MAX);
	list = schema_alloc(w->s, n, sizeof(struct schema_field *));
	if (list == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	for (size_t i = 0; i < n && rc == ERR_OK; i++)
		rc = schema_own_field(w, key, type,
		    json_string_value(json_array_get(names, i)), ANY_KIND,
		    &list[i], e);
	*out = list;
	*n_out = n;
	return rc;
}

/* Each link is a field of what the one before it names; the last one names the
 * page's record. */
static enum err_code
load_link(const struct schema_where *w, json_t *def,
    const struct schema_page *page, struct schema_section *out, struct err *e)
{
	json_t *names = json_object_get(def, "link");
	size_t n = json_array_size(names);
	const struct schema_type *type = out->type;
	enum err_code rc = ERR_OK;

	if (names == NULL)
		return ERR_OK;
	if (!json_is_array(names) || n == 0 || n > LINKS_MAX)
		return schema_bad(
		    w, e, "link must be a list of 1 to %d names", LINKS_MAX);
	out->link = schema_alloc(w->s, n, sizeof(struct schema_field *));
	if (out->link == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	for (size_t i = 0; i < n && rc == ERR_OK; i++) {
		rc = schema_own_field(w, "link", type,
		    json_string_value(json_array_get(names, i)), REF_KINDS,
		    &out->link[i], e);
		if (rc == ERR_OK && out->link[i] != NULL)
			type = schema_type(w->s, out->link[i]->ref);
	}
	out->link_n = n;
	if (rc == ERR_OK && type != page->type)
		rc = schema_bad(
		    w, e, "link does not lead to a %s", page->type->name);
	return rc;
}

/* "location/site": a ref of the page's record, or within a group of it. */
static enum err_code
load_from(const struct schema_where *w, json_t *def,
    const struct schema_page *page, struct schema_section *out, struct err *e)
{
	char name[FROM_MAX];
	char *member;
	const struct schema_field *f = NULL;
	enum err_code rc =
	    schema_read_line(w, def, "from", false, &out->from, e);

	if (rc != ERR_OK || out->from == NULL)
		return rc;
	(void)snprintf(name, sizeof(name), "%s", out->from);
	member = strchr(name, '/');
	if (member != NULL)
		*member++ = '\0';
	rc = schema_own_field(w, "from", page->type, name, ANY_KIND, &f, e);
	if (rc == ERR_OK && f != NULL && member != NULL &&
	    f->kind == SCHEMA_GROUP)
		f = schema_child(f, member);
	if (rc == ERR_OK)
		rc = schema_check_field(
		    w, "from", f, SCHEMA_KIND_BIT(SCHEMA_REF), e);
	if (rc == ERR_OK && f != NULL && strcmp(f->ref, out->type->name) != 0)
		rc = schema_bad(w, e, "from names a %s", f->ref);
	return rc;
}

/* Which come first, and which of them stand for others. */
static enum err_code
load_order(const struct schema_where *w, json_t *def,
    struct schema_section *out, struct err *e)
{
	const char *order = NULL, *prefer = NULL;
	int64_t limit = 0;
	enum err_code rc;

	if ((rc = schema_read_line(w, def, "order", false, &order, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(w, def, "prefer", false, &prefer, e)) !=
	        ERR_OK ||
	    (rc = schema_read_bool(w, def, "newest", false, &out->newest, e)) !=
	        ERR_OK ||
	    (rc = schema_read_int(w, def, "limit", 0, &limit, e)) != ERR_OK ||
	    (rc = schema_own_fields(w, def, "each", out->type, &out->each,
	         &out->each_n, e)) != ERR_OK)
		return rc;
	if (limit < 0 || limit > LIMIT_MAX)
		return schema_bad(
		    w, e, "limit must be from 0 to %d", LIMIT_MAX);
	out->limit = (size_t)limit;
	if (order != NULL &&
	    (rc = schema_own_field(w, "order", out->type, order, ORDER_KINDS,
	         &out->order, e)) != ERR_OK)
		return rc;
	if (prefer == NULL)
		return ERR_OK;
	out->prefer_codes = json_object_get(def, "prefer_codes");
	rc = schema_own_field(w, "prefer", out->type, prefer,
	    SCHEMA_KIND_BIT(SCHEMA_CODE), &out->prefer, e);
	return rc != ERR_OK ? rc
	                    : schema_check_codes(w, "prefer_codes",
	                          out->prefer_codes, out->prefer, e);
}

static enum err_code
load_section(struct schema_where *w, json_t *def,
    const struct schema_page *page, struct schema_section *out, struct err *e)
{
	static const char *const keys[] = { "section", "label", "empty", "type",
		"link", "from", "fields", "unless", "order", "newest", "each",
		"prefer", "prefer_codes", "limit" };
	const char *type = page->type->name;
	enum err_code rc;

	if ((rc = schema_read_line(w, def, "section", true, &out->name, e)) !=
	    ERR_OK)
		return rc;
	w->field = out->name;
	if ((rc = schema_read_keys(
	         w, def, keys, sizeof(keys) / sizeof(keys[0]), e)) != ERR_OK ||
	    (rc = schema_read_line(w, def, "label", true, &out->label, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(w, def, "empty", false, &out->empty, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(w, def, "type", false, &type, e)) != ERR_OK)
		return rc;
	out->type = schema_type(w->s, type);
	if (out->type == NULL)
		return schema_bad(
		    w, e, "there is no record type \"%.60s\"", type);
	if ((rc = load_link(w, def, page, out, e)) != ERR_OK ||
	    (rc = load_from(w, def, page, out, e)) != ERR_OK ||
	    (rc = schema_own_fields(w, def, "fields", out->type, &out->fields,
	         &out->fields_n, e)) != ERR_OK ||
	    (rc = schema_load_whens(w, json_object_get(def, "unless"),
	         out->type, false, &out->unless, e)) != ERR_OK ||
	    (rc = load_order(w, def, out, e)) != ERR_OK)
		return rc;
	if (out->fields_n == 0)
		return schema_bad(w, e, "fields is missing");
	if ((out->link_n > 0) + (out->from != NULL) !=
	    (json_object_get(def, "type") != NULL))
		return schema_bad(w, e,
		    "type goes with one of link and from, and with both none");
	return ERR_OK;
}

static enum err_code
load_page(struct schema_where *w, json_t *def, void *item, struct err *e)
{
	static const char *const keys[] = { "page", "version", "of", "command",
		"label", "help", "sections" };
	json_t *sections = json_object_get(def, "sections");
	struct schema_page *out = item;
	struct schema_section *list;
	const char *of = NULL;
	enum err_code rc;

	if ((rc = schema_read_head(w, def, keys, sizeof(keys) / sizeof(keys[0]),
	         &out->name, e)) != ERR_OK ||
	    (rc = schema_read_line(w, def, "of", true, &of, e)) != ERR_OK ||
	    (rc = schema_read_line(
	         w, def, "command", true, &out->command, e)) != ERR_OK ||
	    (rc = schema_read_line(w, def, "label", true, &out->label, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(w, def, "help", true, &out->help, e)) !=
	        ERR_OK)
		return rc;
	out->type = schema_type(w->s, of);
	if (out->type == NULL)
		return schema_bad(
		    w, e, "of: there is no record type \"%.60s\"", of);
	out->sections_n = json_array_size(sections);
	if (out->sections_n == 0 || out->sections_n > SECTIONS_MAX)
		return schema_bad(w, e, "sections must be a list");
	list = schema_alloc(w->s, out->sections_n, sizeof(*list));
	if (list == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	for (size_t i = 0; i < out->sections_n && rc == ERR_OK; i++)
		rc = load_section(
		    w, json_array_get(sections, i), out, &list[i], e);
	out->sections = list;
	return rc;
}

enum err_code
schema_load_pages(struct schema *s, json_t *defs, struct err *e)
{
	static const struct schema_folder folder = { "pages",
		sizeof(struct schema_page), load_page };
	void *items = NULL;
	enum err_code rc = schema_load_folder(s, &folder, defs, &items, e);

	if (rc != ERR_OK)
		return rc;
	s->pages = items;
	s->pages_n = json_object_size(defs);
	return ERR_OK;
}

size_t
schema_pages_n(const struct schema *s)
{
	return s->pages_n;
}

const struct schema_page *
schema_page_at(const struct schema *s, size_t i)
{
	return &s->pages[i];
}

const struct schema_page *
schema_page(const struct schema *s, const char *name)
{
	for (size_t i = 0; i < s->pages_n; i++)
		if (strcmp(s->pages[i].name, name) == 0)
			return &s->pages[i];
	return NULL;
}
