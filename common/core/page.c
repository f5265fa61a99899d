/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/page.h"

#include <stdlib.h>
#include <string.h>

#include "common/core/content.h"
#include "common/core/path.h"
#include "common/core/shown.h"
#include "common/core/value.h"
#include "common/sys/json.h"

bool
page_shows(const struct schema_section *section, const struct record *r,
    const char *day)
{
	const struct path_state *whole = record_path(r, "");

	if (strcmp(r->type, section->type->name) != 0 ||
	    (whole != NULL && whole->is_removed) ||
	    content_is_error(
	        section->type, content_word(section->type, r->doc)))
		return false;
	return !schema_whens_any(&section->unless, r->doc, day);
}

/* Place of a record's code among those that come first; behind all of them
 * where it has another. */
static size_t
preferred(const struct schema_section *section, const struct record *r)
{
	const json_t *value = section->prefer == NULL
	    ? NULL
	    : path_get(r->doc, section->prefer->name);
	size_t i = 0, n = json_array_size(section->prefer_codes);

	while (i < n &&
	    (value == NULL ||
	        !json_equal(json_array_get(section->prefer_codes, i), value)))
		i++;
	return i;
}

/* Dates and times sort as they are written; without one a record comes last. */
static int
by_value(const struct schema_section *section, const struct record *a,
    const struct record *b)
{
	const char *x, *y;
	int sign;

	if (section->order == NULL)
		return 0;
	x = json_string_value(path_get(a->doc, section->order->name));
	y = json_string_value(path_get(b->doc, section->order->name));
	if (x == NULL || y == NULL)
		return (x == NULL) - (y == NULL);
	sign = strcmp(x, y);
	return section->newest ? -sign : sign;
}

static bool
has_place(const struct schema_section *section, const struct record *r)
{
	return section->order == NULL ||
	    path_get(r->doc, section->order->name) != NULL;
}

static int
in_order(const void *left, const void *right, void *arg)
{
	const struct record *const *a = left, *const *b = right;
	const struct schema_section *section = arg;
	size_t x, y;
	int sign = by_value(section, *a, *b);

	if (sign != 0)
		return sign;
	x = preferred(section, *a);
	y = preferred(section, *b);
	if (x != y)
		return x < y ? -1 : 1;
	return memcmp(&(*b)->id, &(*a)->id, sizeof((*a)->id));
}

static bool
is_same(const struct schema_section *section, const struct record *a,
    const struct record *b)
{
	for (size_t i = 0; i < section->each_n; i++)
		if (!path_equal(path_get(a->doc, section->each[i]->name),
		        path_get(b->doc, section->each[i]->name)))
			return false;
	return true;
}

size_t
page_order(
    const struct schema_section *section, const struct record **list, size_t n)
{
	size_t kept = 0;

	if (n > 0)
		qsort_r((void *)list, n, sizeof(void *), in_order,
		    (void *)(uintptr_t)section);
	for (size_t i = 0; i < n; i++) {
		bool is_first = true;

		/* What has no date may be newer than what has one. */
		for (size_t k = 0; k < kept && section->each_n > 0 &&
		     has_place(section, list[i]);
		     k++)
			is_first =
			    is_first && !is_same(section, list[k], list[i]);
		if (is_first)
			list[kept++] = list[i];
	}
	return kept;
}

/* Is the path one of this field, or within it? */
static bool
is_of(const char *path, const char *field)
{
	const size_t len = strlen(field);

	return strncmp(path, field, len) == 0 &&
	    (path[len] == '\0' || path[len] == '/');
}

/* The last that somebody else set of a field since then, or NULL. */
static const struct setter *
changed_since(
    const struct record *r, const char *field, const struct page_since *since)
{
	const struct setter *last = NULL;

	for (size_t i = 0; since->is_known && i < r->n_paths; i++) {
		const struct path_state *p = &r->paths[i];
		const struct setter *s = &p->setters[p->n_setters - 1];

		if (!is_of(p->path, field) || id_equal(s->author, since->me) ||
		    s->version.epoch >= SHOWN_EPOCH ||
		    version_compare(s->version, since->heard) <= 0)
			continue;
		if (last == NULL ||
		    version_compare(s->version, last->version) > 0)
			last = s;
	}
	return last;
}

static enum err_code
put_changed(
    json_t *list, const char *field, const struct setter *s, struct err *e)
{
	json_t *one = json_object();
	enum err_code code;

	if ((code = json_put_str(one, "field", field, e)) == ERR_OK &&
	    (code = json_put_id(one, "by", s->author, e)) == ERR_OK &&
	    (code = json_put_int(one, "at", (int64_t)s->made_at, e)) ==
	        ERR_OK &&
	    (code = json_put_int(one, "clock_offset", s->clock_offset, e)) ==
	        ERR_OK)
		code = json_add_take(list, json_incref(one), e);
	json_decref(one);
	return code;
}

/* What is open at this field, or with "" about the whole record. */
static enum err_code
put_open(json_t *list, const struct record *r, const char *field, struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < r->n_conflicts && code == ERR_OK; i++) {
		const struct conflict *c = &r->conflicts[i];
		json_t *one;

		if (!conflict_is_open(c) ||
		    (*field == '\0' ? *c->path != '\0'
		                    : !is_of(c->path, field)))
			continue;
		one = json_object();
		if ((code = json_put_id(one, "id", c->id, e)) == ERR_OK &&
		    (code = json_put_str(one, "path", c->path, e)) == ERR_OK &&
		    (code = json_put_str(one, "kind",
		         conflict_kind_word(c->kind), e)) == ERR_OK)
			code = json_add_take(list, json_incref(one), e);
		json_decref(one);
	}
	return code;
}

/* The shown fields, what of them is new and what is open. */
static enum err_code
put_fields(const struct schema_section *section, const struct record *r,
    const struct page_since *since, json_t *out, struct err *e)
{
	json_t *doc = json_object_get(out, "doc");
	json_t *changed = json_object_get(out, "changed");
	json_t *open = json_object_get(out, "open");
	enum err_code code = put_open(open, r, "", e);

	for (size_t i = 0; i < section->fields_n && code == ERR_OK; i++) {
		const char *name = section->fields[i]->name;
		const json_t *value = path_get(r->doc, name);
		const struct setter *last = changed_since(r, name, since);

		if (value != NULL)
			code = json_put_take(doc, name, value_share(value), e);
		if (code == ERR_OK && last != NULL)
			code = put_changed(changed, name, last, e);
		if (code == ERR_OK)
			code = put_open(open, r, name, e);
	}
	return code;
}

enum err_code
page_entry(const struct schema_section *section, const struct record *r,
    const struct page_since *since, json_t **out, struct err *e)
{
	const char *content = content_word(section->type, r->doc);
	json_t *one = json_object();
	enum err_code code;

	if ((code = json_put_id(one, "id", r->id, e)) == ERR_OK &&
	    (code = json_put_str(one, "type", r->type, e)) == ERR_OK &&
	    (code = json_put_take(one, "content",
	         content != NULL ? json_string(content) : json_null(), e)) ==
	        ERR_OK &&
	    (code = json_put_take(one, "doc", json_object(), e)) == ERR_OK &&
	    (code = json_put_take(one, "changed", json_array(), e)) == ERR_OK &&
	    (code = json_put_take(one, "open", json_array(), e)) == ERR_OK)
		code = put_fields(section, r, since, one, e);
	if (code != ERR_OK) {
		json_decref(one);
		return code;
	}
	/* A field that was emptied, or is not settled, is something to tell. */
	if (section->link_n == 0 &&
	    json_object_size(json_object_get(one, "doc")) == 0 &&
	    json_array_size(json_object_get(one, "changed")) == 0 &&
	    json_array_size(json_object_get(one, "open")) == 0) {
		json_decref(one);
		one = NULL;
	}
	*out = one;
	return ERR_OK;
}
