/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/schema_page_when.h"

#include <stdio.h>
#include <string.h>

#define VALUES_MAX ((size_t)8192)

void
page_place(const struct schema_type *type, const char *path,
    char out[static PAGE_PLACE_MAX])
{
	const char *slash = strchr(path, '/');
	char head[128];

	if (slash == NULL) {
		(void)snprintf(
		    out, PAGE_PLACE_MAX, "%s", page_label_of(type, path));
		return;
	}
	(void)snprintf(head, sizeof(head), "%.*s", (int)(slash - path), path);
	(void)snprintf(out, PAGE_PLACE_MAX, "%.100s: %.100s",
	    page_label_of(type, head), page_label_of(type, path));
}

static const struct schema_field *
field_at(const struct schema_type *type, const char *path)
{
	const char *slash = strchr(path, '/');
	const struct schema_field *f;
	char head[128];

	(void)snprintf(head, sizeof(head), "%.*s",
	    (int)(slash == NULL ? strlen(path) : (size_t)(slash - path)), path);
	f = schema_find_field(type, head);
	return f == NULL || slash == NULL ? f : schema_child(f, slash + 1);
}

/* Whose field it is. */
static const struct schema_type *
asked_type(const struct page *p, const struct schema_type *type,
    const struct schema_when *w)
{
	const struct schema_field *at;

	if (w->of != NULL)
		return schema_type(p->schema, w->of);
	if (w->at == NULL)
		return type;
	at = schema_find_field(type, w->at);
	return at == NULL || at->ref == NULL ? type
	                                     : schema_type(p->schema, at->ref);
}

/* What has to be so of the field. */
static void
write_what(const struct page *p, const struct schema_when *w,
    const struct schema_field *f, const char *place)
{
	struct buf values;
	const char *column;
	json_t *in;

	buf_init(&values, VALUES_MAX);
	if (w->has_passed) {
		page_words(p, "when.passed", "field", place, NULL);
	} else if (w->in != NULL) {
		page_labels(p, f == NULL ? NULL : f->codes, w->in, &values);
		page_words(
		    p, "when.in", "field", place, "values", values.ptr, NULL);
	} else if (w->row == NULL) {
		page_words(p, "when.filled", "field", place, NULL);
	} else {
		page_words(p, "when.row", "field", place, NULL);
	}
	json_object_foreach((json_t *)(uintptr_t)w->row, column, in)
	{
		const struct schema_field *child =
		    f == NULL ? NULL : schema_child(f, column);

		if (child == NULL)
			continue;
		buf_reset(&values);
		page_labels(p, child->codes, in, &values);
		page_text(p, " ");
		page_words(p, "when.column", "field", child->label, "values",
		    values.ptr, NULL);
	}
	buf_fini(&values);
}

static void
write_when(const struct page *p, const struct schema_type *type,
    const struct schema_when *w)
{
	const struct schema_type *asked = asked_type(p, type, w);
	char place[PAGE_PLACE_MAX];

	page_place(asked, w->path, place);
	if (w->is_not) {
		page_word(p, "when.not");
		page_text(p, " ");
	}
	if (w->of != NULL)
		page_words(p, "when.of", "type", asked->label, NULL);
	if (w->of != NULL && w->at != NULL)
		page_text(p, " ");
	if (w->at != NULL)
		page_words(
		    p, "when.at", "field", page_label_of(type, w->at), NULL);
	if (w->of != NULL || w->at != NULL)
		page_text(p, ": ");
	write_what(p, w, field_at(asked, w->path), place);
}

void
page_whens(const struct page *p, const struct schema_type *type,
    const struct schema_when *list, size_t n)
{
	page_html(p, "<ul>\n");
	for (size_t i = 0; i < n; i++) {
		page_html(p, "<li>");
		write_when(p, type, &list[i]);
		page_html(p, "</li>\n");
	}
	page_html(p, "</ul>\n");
}
