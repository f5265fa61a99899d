/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/dictionary_when.h"

#include <stdio.h>
#include <string.h>

#define VALUES_MAX ((size_t)8192)

void
dictionary_place(const struct schema_type *type, const char *path,
    char out[static DICTIONARY_PLACE_MAX])
{
	const char *slash = strchr(path, '/');
	char head[128];

	if (slash == NULL) {
		(void)snprintf(out, DICTIONARY_PLACE_MAX, "%s",
		    dictionary_label_of(type, path));
		return;
	}
	(void)snprintf(head, sizeof(head), "%.*s", (int)(slash - path), path);
	(void)snprintf(out, DICTIONARY_PLACE_MAX, "%.100s: %.100s",
	    dictionary_label_of(type, head), dictionary_label_of(type, path));
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
asked_type(const struct dictionary *d, const struct schema_type *type,
    const struct schema_when *w)
{
	const struct schema_field *at;

	if (w->of != NULL)
		return schema_type(d->schema, w->of);
	if (w->at == NULL)
		return type;
	at = schema_find_field(type, w->at);
	return at == NULL || at->ref == NULL ? type
	                                     : schema_type(d->schema, at->ref);
}

/* What has to be so of the field. */
static void
write_what(const struct dictionary *d, const struct schema_when *w,
    const struct schema_field *f, const char *place)
{
	struct buf values;
	const char *column;
	json_t *in;

	buf_init(&values, VALUES_MAX);
	if (w->has_passed) {
		dictionary_words(d, "when.passed", "field", place, NULL);
	} else if (w->in != NULL) {
		dictionary_labels(
		    d, f == NULL ? NULL : f->codes, w->in, &values);
		dictionary_words(
		    d, "when.in", "field", place, "values", values.ptr, NULL);
	} else if (w->row == NULL) {
		dictionary_words(d, "when.filled", "field", place, NULL);
	} else {
		dictionary_words(d, "when.row", "field", place, NULL);
	}
	json_object_foreach((json_t *)(uintptr_t)w->row, column, in)
	{
		const struct schema_field *child =
		    f == NULL ? NULL : schema_child(f, column);

		if (child == NULL)
			continue;
		buf_reset(&values);
		dictionary_labels(d, child->codes, in, &values);
		dictionary_text(d, " ");
		dictionary_words(d, "when.column", "field", child->label,
		    "values", values.ptr, NULL);
	}
	buf_fini(&values);
}

static void
write_when(const struct dictionary *d, const struct schema_type *type,
    const struct schema_when *w)
{
	const struct schema_type *asked = asked_type(d, type, w);
	char place[DICTIONARY_PLACE_MAX];

	dictionary_place(asked, w->path, place);
	if (w->is_not) {
		dictionary_word(d, "when.not");
		dictionary_text(d, " ");
	}
	if (w->of != NULL)
		dictionary_words(d, "when.of", "type", asked->label, NULL);
	if (w->of != NULL && w->at != NULL)
		dictionary_text(d, " ");
	if (w->at != NULL)
		dictionary_words(d, "when.at", "field",
		    dictionary_label_of(type, w->at), NULL);
	if (w->of != NULL || w->at != NULL)
		dictionary_text(d, ": ");
	write_what(d, w, field_at(asked, w->path), place);
}

void
dictionary_whens(const struct dictionary *d, const struct schema_type *type,
    const struct schema_when *list, size_t n)
{
	dictionary_html(d, "<ul>\n");
	for (size_t i = 0; i < n; i++) {
		dictionary_html(d, "<li>");
		write_when(d, type, &list[i]);
		dictionary_html(d, "</li>\n");
	}
	dictionary_html(d, "</ul>\n");
}
