/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/dictionary_field.h"

#include <stdio.h>
#include <string.h>

#include "common/core/limits.h"

#define LABELS_MAX ((size_t)8192)
#define PATH_MAX_SHOWN (2 * LIMIT_PATH_BYTES)
#define RETENTION_LIST "retention_class"

void
dictionary_retention(
    const struct dictionary *d, const char *code, bool is_whole)
{
	const struct schema_list *list = schema_list(d->schema, RETENTION_LIST);
	const struct schema_code *item = schema_code(list, code);

	dictionary_html(d, "<a href=\"#list-" RETENTION_LIST ".%s\">", code);
	dictionary_text(d, schema_code_label(list, code));
	dictionary_html(d, "</a>");
	if (is_whole && item != NULL && item->note != NULL) {
		dictionary_text(d, ": ");
		dictionary_text(d, item->note);
	}
}

/* ---- what it holds ---- */

static void
write_limits(const struct dictionary *d, const struct schema_field *f)
{
	char min[24], max[24];

	if (f->kind == SCHEMA_NUMBER && f->min > INT64_MIN &&
	    f->max < INT64_MAX) {
		(void)snprintf(min, sizeof(min), "%lld", (long long)f->min);
		(void)snprintf(max, sizeof(max), "%lld", (long long)f->max);
		dictionary_html(d, "<span class=\"note\">");
		dictionary_words(
		    d, "dictionary.between", "min", min, "max", max, NULL);
		dictionary_html(d, "</span>");
	} else if (f->kind == SCHEMA_LINE || f->kind == SCHEMA_TEXT) {
		(void)snprintf(max, sizeof(max), "%zu", f->max_len);
		dictionary_html(d, "<span class=\"note\">");
		dictionary_words(d, "dictionary.at_most", "max", max, NULL);
		dictionary_html(d, "</span>");
	}
}

static void
write_holds(const struct dictionary *d, const struct schema_field *f)
{
	char key[64];

	(void)snprintf(key, sizeof(key), "kind.%s", schema_kind_word(f->kind));
	dictionary_word(d, key);
	if (f->codes != NULL) {
		dictionary_html(d, " <a href=\"#list-%s\">", f->codes->name);
		dictionary_text(d, f->codes->label);
		dictionary_html(d, "</a>");
	} else if (f->ref != NULL) {
		const struct schema_type *type = schema_type(d->schema, f->ref);

		dictionary_html(d, " <a href=\"#type-%s\">", f->ref);
		dictionary_text(d, type == NULL ? f->ref : type->label);
		dictionary_html(d, "</a>");
	}
	write_limits(d, f);
}

/* ---- when two people change it ---- */

static void
write_policy(const struct dictionary *d, const struct schema_field *f)
{
	const char *word = schema_policy_word(f->policy);
	const bool is_rows = f->kind == SCHEMA_ROWS;
	char key[64];

	if (f->parent != NULL && f->parent->kind == SCHEMA_GROUP) {
		dictionary_words(
		    d, "policy.member", "group", f->parent->label, NULL);
		return;
	}
	(void)snprintf(
	    key, sizeof(key), "policy.%s%s", is_rows ? "rows." : "", word);
	dictionary_html(
	    d, "<a href=\"#policy-%s%s\">", is_rows ? "rows-" : "", word);
	dictionary_word(d, key);
	dictionary_html(d, "</a>");
	if (f->order != NULL) {
		struct buf order;

		buf_init(&order, LABELS_MAX);
		dictionary_labels(d, f->codes, f->order, &order);
		dictionary_html(d, "<span class=\"note\">");
		dictionary_words(
		    d, "dictionary.order", "values", order.ptr, NULL);
		dictionary_html(d, "</span>");
		buf_fini(&order);
	}
}

/* ---- what else there is to know ---- */

static void
write_more(const struct dictionary *d, const struct schema_type *type,
    const struct schema_field *f)
{
	dictionary_html(d, "<ul>\n");
	if (f->required_to_sign)
		dictionary_word_in(d, "li", "dictionary.required");
	if (f->instead != NULL) {
		dictionary_html(d, "<li>");
		dictionary_words(d, "dictionary.instead", "field",
		    dictionary_label_of(type, f->instead), NULL);
		dictionary_html(d, "</li>\n");
	}
	if (f->locks_at_sign_off)
		dictionary_word_in(d, "li", "dictionary.locks");
	if (f->free_text)
		dictionary_word_in(d, "li", "dictionary.free_text");
	if (f->has_nhs_check)
		dictionary_word_in(d, "li", "dictionary.check_digit");
	if (strcmp(f->retention, type->retention) != 0) {
		dictionary_html(d, "<li>");
		dictionary_word(d, "dictionary.kept");
		dictionary_text(d, ": ");
		dictionary_retention(d, f->retention, true);
		dictionary_html(d, "</li>\n");
	}
	if (f->source != NULL) {
		dictionary_html(d, "<li>");
		dictionary_words(
		    d, "dictionary.source", "source", f->source, NULL);
		dictionary_html(d, "</li>\n");
	}
	dictionary_html(d, "</ul>");
}

static bool
has_more(const struct schema_type *type, const struct schema_field *f)
{
	return f->required_to_sign || f->instead != NULL ||
	    f->locks_at_sign_off || f->free_text || f->has_nhs_check ||
	    f->source != NULL || strcmp(f->retention, type->retention) != 0;
}

/* ---- the table ---- */

static void
write_row(const struct dictionary *d, const struct schema_type *type,
    const struct schema_field *f, const char *path)
{
	dictionary_html(d, "<tr id=\"%s.%s\"><th scope=\"row\"%s><strong>",
	    type->name, path, f->parent != NULL ? " class=\"inner\"" : "");
	dictionary_text(d, f->label);
	dictionary_html(d, "</strong><code>%s</code>", path);
	if (*f->help != '\0')
		dictionary_in(d, "span", f->help);
	dictionary_html(d, "</th>\n<td>");
	write_holds(d, f);
	dictionary_html(d, "</td>\n<td>");
	write_policy(d, f);
	dictionary_html(d, "</td>\n<td>");
	if (has_more(type, f))
		write_more(d, type, f);
	dictionary_html(d, "</td></tr>\n");
}

typedef void field_take(const struct dictionary *d,
    const struct schema_type *type, const struct schema_field *f,
    const char *path, const void *arg);

/* Each field beneath this one (NULL: of the type) in the order of showing, with
 * its path. */
static void
each_field(const struct dictionary *d, const struct schema_type *type,
    const struct schema_field *parent, const char *above, field_take *take,
    const void *arg)
{
	const struct schema_field *fields =
	    parent == NULL ? type->fields : parent->children;
	const size_t n = parent == NULL ? type->fields_n : parent->children_n;
	char path[PATH_MAX_SHOWN];

	for (size_t i = 0; i < n; i++) {
		const struct schema_field *f = schema_shown(fields, n, i);

		(void)snprintf(path, sizeof(path), "%.300s%s", above, f->name);
		take(d, type, f, path, arg);
		(void)snprintf(path, sizeof(path), "%.300s%s%s", above, f->name,
		    f->kind == SCHEMA_ROWS ? "/+/" : "/");
		each_field(d, type, f, path, take, arg);
	}
}

static void
take_row(const struct dictionary *d, const struct schema_type *type,
    const struct schema_field *f, const char *path, const void *arg)
{
	(void)arg;
	write_row(d, type, f, path);
}

void
dictionary_fields(const struct dictionary *d, const struct schema_type *type)
{
	static const char *const heads[] = { "dictionary.head.field",
		"dictionary.head.holds", "dictionary.head.policy",
		"dictionary.head.more", NULL };
	char id[128];

	(void)snprintf(id, sizeof(id), "fields-%s", type->name);
	dictionary_table(d, id, "dictionary.fields", type->label, heads);
	each_field(d, type, NULL, "", take_row, NULL);
	dictionary_table_end(d);
}

/* ---- where a list is used ---- */

static void
take_use(const struct dictionary *d, const struct schema_type *type,
    const struct schema_field *f, const char *path, const void *arg)
{
	if (f->codes != arg)
		return;
	dictionary_html(d, "<li><a href=\"#%s.%s\">", type->name, path);
	dictionary_text(d, type->label);
	dictionary_text(d, ": ");
	dictionary_text(d, f->label);
	dictionary_html(d, "</a></li>\n");
}

void
dictionary_used_by(const struct dictionary *d, const struct schema_list *list)
{
	for (size_t i = 0; i < schema_types_n(d->schema); i++) {
		const struct schema_type *type = schema_type_at(d->schema, i);

		each_field(d, type, NULL, "", take_use, list);
	}
}
