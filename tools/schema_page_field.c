/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/schema_page_field.h"

#include <stdio.h>
#include <string.h>

#include "common/core/limits.h"

#define LABELS_MAX ((size_t)8192)
#define PATH_MAX_SHOWN (2 * LIMIT_PATH_BYTES)
#define RETENTION_LIST "retention_class"

void
page_retention(const struct page *p, const char *code, bool is_whole)
{
	const struct schema_list *list = schema_list(p->schema, RETENTION_LIST);
	const struct schema_code *item = schema_code(list, code);

	page_html(p, "<a href=\"#list-" RETENTION_LIST ".%s\">", code);
	page_text(p, schema_code_label(list, code));
	page_html(p, "</a>");
	if (is_whole && item != NULL && item->note != NULL) {
		page_text(p, ": ");
		page_text(p, item->note);
	}
}

/* ---- what it holds ---- */

static void
write_limits(const struct page *p, const struct schema_field *f)
{
	char min[24], max[24];

	if (f->kind == SCHEMA_NUMBER && f->min > INT64_MIN &&
	    f->max < INT64_MAX) {
		(void)snprintf(min, sizeof(min), "%lld", (long long)f->min);
		(void)snprintf(max, sizeof(max), "%lld", (long long)f->max);
		page_html(p, "<span class=\"note\">");
		page_words(
		    p, "dictionary.between", "min", min, "max", max, NULL);
		page_html(p, "</span>");
	} else if (f->kind == SCHEMA_LINE || f->kind == SCHEMA_TEXT) {
		(void)snprintf(max, sizeof(max), "%zu", f->max_len);
		page_html(p, "<span class=\"note\">");
		page_words(p, "dictionary.at_most", "max", max, NULL);
		page_html(p, "</span>");
	}
}

static void
write_holds(const struct page *p, const struct schema_field *f)
{
	char key[64];

	(void)snprintf(key, sizeof(key), "kind.%s", schema_kind_word(f->kind));
	page_word(p, key);
	if (f->codes != NULL) {
		page_html(p, " <a href=\"#list-%s\">", f->codes->name);
		page_text(p, f->codes->label);
		page_html(p, "</a>");
	} else if (f->ref != NULL) {
		const struct schema_type *type = schema_type(p->schema, f->ref);

		page_html(p, " <a href=\"#type-%s\">", f->ref);
		page_text(p, type == NULL ? f->ref : type->label);
		page_html(p, "</a>");
	}
	write_limits(p, f);
}

/* ---- when two people change it ---- */

static void
write_policy(const struct page *p, const struct schema_field *f)
{
	const char *word = schema_policy_word(f->policy);
	const bool is_rows = f->kind == SCHEMA_ROWS;
	char key[64];

	if (f->parent != NULL && f->parent->kind == SCHEMA_GROUP) {
		page_words(p, "policy.member", "group", f->parent->label, NULL);
		return;
	}
	(void)snprintf(
	    key, sizeof(key), "policy.%s%s", is_rows ? "rows." : "", word);
	page_html(p, "<a href=\"#policy-%s%s\">", is_rows ? "rows-" : "", word);
	page_word(p, key);
	page_html(p, "</a>");
	if (f->order != NULL) {
		struct buf order;

		buf_init(&order, LABELS_MAX);
		page_labels(p, f->codes, f->order, &order);
		page_html(p, "<span class=\"note\">");
		page_words(p, "dictionary.order", "values", order.ptr, NULL);
		page_html(p, "</span>");
		buf_fini(&order);
	}
}

/* ---- what else there is to know ---- */

static void
write_more(const struct page *p, const struct schema_type *type,
    const struct schema_field *f)
{
	page_html(p, "<ul>\n");
	if (f->required_to_sign)
		page_word_in(p, "li", "dictionary.required");
	if (f->instead != NULL) {
		page_html(p, "<li>");
		page_words(p, "dictionary.instead", "field",
		    page_label_of(type, f->instead), NULL);
		page_html(p, "</li>\n");
	}
	if (f->locks_at_sign_off)
		page_word_in(p, "li", "dictionary.locks");
	if (f->free_text)
		page_word_in(p, "li", "dictionary.free_text");
	if (f->has_nhs_check)
		page_word_in(p, "li", "dictionary.check_digit");
	if (strcmp(f->retention, type->retention) != 0) {
		page_html(p, "<li>");
		page_word(p, "dictionary.kept");
		page_text(p, ": ");
		page_retention(p, f->retention, true);
		page_html(p, "</li>\n");
	}
	if (f->source != NULL) {
		page_html(p, "<li>");
		page_words(p, "dictionary.source", "source", f->source, NULL);
		page_html(p, "</li>\n");
	}
	page_html(p, "</ul>");
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
write_row(const struct page *p, const struct schema_type *type,
    const struct schema_field *f, const char *path)
{
	page_html(p, "<tr id=\"%s.%s\"><th scope=\"row\"%s><strong>",
	    type->name, path, f->parent != NULL ? " class=\"inner\"" : "");
	page_text(p, f->label);
	page_html(p, "</strong><code>%s</code>", path);
	if (*f->help != '\0')
		page_in(p, "span", f->help);
	page_html(p, "</th>\n<td>");
	write_holds(p, f);
	page_html(p, "</td>\n<td>");
	write_policy(p, f);
	page_html(p, "</td>\n<td>");
	if (has_more(type, f))
		write_more(p, type, f);
	page_html(p, "</td></tr>\n");
}

typedef void field_take(const struct page *p, const struct schema_type *type,
    const struct schema_field *f, const char *path, const void *arg);

/* Each field beneath this one (NULL: of the type) in the order of showing, with
 * its path. */
static void
each_field(const struct page *p, const struct schema_type *type,
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
		take(p, type, f, path, arg);
		(void)snprintf(path, sizeof(path), "%.300s%s%s", above, f->name,
		    f->kind == SCHEMA_ROWS ? "/+/" : "/");
		each_field(p, type, f, path, take, arg);
	}
}

static void
take_row(const struct page *p, const struct schema_type *type,
    const struct schema_field *f, const char *path, const void *arg)
{
	(void)arg;
	write_row(p, type, f, path);
}

void
page_fields(const struct page *p, const struct schema_type *type)
{
	static const char *const heads[] = { "dictionary.head.field",
		"dictionary.head.holds", "dictionary.head.policy",
		"dictionary.head.more", NULL };
	char id[128];

	(void)snprintf(id, sizeof(id), "fields-%s", type->name);
	page_table(p, id, "dictionary.fields", type->label, heads);
	each_field(p, type, NULL, "", take_row, NULL);
	page_table_end(p);
}

/* ---- where a list is used ---- */

static void
take_use(const struct page *p, const struct schema_type *type,
    const struct schema_field *f, const char *path, const void *arg)
{
	if (f->codes != arg)
		return;
	page_html(p, "<li><a href=\"#%s.%s\">", type->name, path);
	page_text(p, type->label);
	page_text(p, ": ");
	page_text(p, f->label);
	page_html(p, "</a></li>\n");
}

void
page_used_by(const struct page *p, const struct schema_list *list)
{
	for (size_t i = 0; i < schema_types_n(p->schema); i++) {
		const struct schema_type *type = schema_type_at(p->schema, i);

		each_field(p, type, NULL, "", take_use, list);
	}
}
