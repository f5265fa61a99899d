/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Templates, checklists and bank holidays.
 */
#include "tools/schema_page_when.h"

#include <stdio.h>

#include "common/core/checklist.h"
#include "common/core/schema_template.h"

/* ---- templates ---- */

/* A value of a field: the label of a code, yes or no, or as it is. */
static void
write_value(
    const struct page *p, const struct schema_field *f, const json_t *value)
{
	const char *text = json_string_value(value);

	if (json_is_boolean(value))
		page_word(p, json_is_true(value) ? "value.yes" : "value.no");
	else if (json_is_integer(value))
		page_html(p, "%lld", (long long)json_integer_value(value));
	else if (text != NULL)
		page_text(p,
		    f->codes == NULL ? text
		                     : schema_code_label(f->codes, text));
}

static void
write_begins(const struct page *p, const struct schema_type *type,
    const struct template_version *v)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)v->set, name, value)
	{
		const struct schema_field *f = schema_find_field(type, name);

		page_html(p, "<li>");
		page_text(p, f->label);
		page_text(p, ": ");
		write_value(p, f, value);
		page_html(p, "</li>\n");
	}
	json_object_foreach((json_t *)(uintptr_t)v->rows, name, value)
	{
		const struct schema_field *f = schema_find_field(type, name);
		const char *column;
		json_t *cell;

		for (size_t i = 0; i < json_array_size(value); i++)
			json_object_foreach(
			    json_array_get(value, i), column, cell)
			{
				page_html(p, "<li>");
				page_text(p, f->label);
				page_text(p, ": ");
				write_value(p, schema_child(f, column), cell);
				page_html(p, "</li>\n");
			}
	}
}

static void
write_unless(
    const struct page *p, const struct schema_field *rows, const char *unless)
{
	const struct schema_field *f =
	    unless == NULL ? NULL : schema_child(rows, unless);

	if (f == NULL)
		return;
	page_text(p, " ");
	page_words(p, "dictionary.template.unless", "field", f->label, NULL);
}

static void
write_copies(const struct page *p, const struct schema_type *type,
    const struct template_version *v)
{
	for (size_t i = 0; i < v->copies_n; i++) {
		const struct template_copy *c = &v->copies[i];
		const struct schema_type *of = schema_type(p->schema, c->of);

		page_html(p, "<li>");
		page_words(p, "dictionary.template.copy", "into",
		    page_label_of(type, c->into), "rows",
		    page_label_of(of, c->rows), "type", of->label, "ref",
		    page_label_of(type, c->ref), NULL);
		write_unless(p, schema_find_field(of, c->rows), c->unless);
		page_html(p, "</li>\n");
	}
}

static void
write_asked(const struct page *p, const struct schema_template *t,
    const struct template_field *f)
{
	page_html(p, "<tr><th scope=\"row\"><a href=\"#%s.%s\">", t->type->name,
	    f->field->name);
	page_text(p, f->field->label);
	page_html(p, "</a></th>\n<td>");
	page_text(p, f->prompt);
	page_html(p, "</td>\n<td>");
	if (f->is_asked)
		page_word(p, "dictionary.template.asked");
	if (f->each != NULL) {
		const struct schema_field *each =
		    schema_child(f->field, f->each);

		page_text(p, " ");
		page_words(p, "dictionary.template.each", "field",
		    each == NULL ? f->each : each->label, NULL);
	}
	page_html(p, "</td>\n<td>");
	if (f->when.n > 0)
		page_whens(p, t->type, f->when.list, f->when.n);
	page_html(p, "</td></tr>\n");
}

static void
write_version(const struct page *p, const struct schema_template *t,
    const struct template_version *v)
{
	static const char *const heads[] = { "dictionary.head.field",
		"dictionary.head.question", "dictionary.head.asked",
		"dictionary.head.when", NULL };
	char id[160], number[24];

	(void)snprintf(number, sizeof(number), "%lld", (long long)v->version);
	page_html(p, "<p>");
	page_words(p, "dictionary.template.version", "version", number, NULL);
	page_text(p, " ");
	page_days(p, v->from, v->to);
	page_html(p, ".</p>\n");
	if (v->set != NULL || v->rows != NULL || v->copies_n > 0) {
		page_word_in(p, "p", "dictionary.template.begins");
		page_html(p, "<ul>\n");
		write_begins(p, t->type, v);
		write_copies(p, t->type, v);
		page_html(p, "</ul>\n");
	}
	(void)snprintf(id, sizeof(id), "asked-%s-%s", t->name, number);
	page_table(p, id, "dictionary.template.fields", t->label, heads);
	for (size_t i = 0; i < v->fields_n; i++)
		write_asked(p, t, &v->fields[i]);
	page_table_end(p);
}

/* The heading of a template or checklist, and what it is for. */
static void
write_head(const struct page *p, const char *family, const char *name,
    const char *label, const struct schema_type *type)
{
	page_html(p, "<h3 id=\"%s-%s\">", family, name);
	page_text(p, label);
	page_html(p, "</h3>\n<p>");
	page_word(p, "dictionary.name");
	page_html(p, ": <code>%s</code>. ", name);
	page_word(p, "dictionary.of_type");
	page_html(p, " <a href=\"#type-%s\">", type->name);
	page_text(p, type->label);
	page_html(p, "</a></p>\n");
}

void
page_templates(const struct page *p)
{
	page_word_in(p, "p", "dictionary.templates.help");
	for (size_t i = 0; i < schema_templates_n(p->schema); i++) {
		const struct schema_template *t =
		    schema_template_at(p->schema, i);

		write_head(p, "template", t->name, t->label, t->type);
		if (*t->help != '\0')
			page_in(p, "p", t->help);
		page_source(p, t->source);
		for (size_t j = 0; j < t->versions_n; j++)
			write_version(p, t, &t->versions[j]);
	}
}

/* ---- checklists ---- */

static void
write_item(const struct page *p, const struct schema_checklist *list,
    const struct checklist_item *item)
{
	page_html(p, "<tr><th scope=\"row\"><strong>");
	page_text(p, item->label);
	page_html(p, "</strong><code>%s</code>", item->name);
	page_in(p, "span", item->reason);
	page_html(p, "</th>\n<td>");
	page_words(p, "dictionary.source", "source", item->source, NULL);
	page_html(p, "</td>\n<td>");
	page_days(p, item->from, item->to);
	page_text(p, "; ");
	page_nations(p, item->nations);
	page_html(p, "</td>\n<td>");
	if (item->when.n > 0) {
		page_word_in(p, "p", "dictionary.checklist.when");
		page_whens(p, list->type, item->when.list, item->when.n);
	}
	page_word_in(p, "p", "dictionary.checklist.met");
	page_whens(p, list->type, item->met.list, item->met.n);
	page_html(p, "</td></tr>\n");
}

void
page_checklists(const struct page *p)
{
	static const char *const heads[] = { "dictionary.head.item",
		"dictionary.head.ground", "dictionary.head.force",
		"dictionary.head.met", NULL };
	char id[128];

	page_word_in(p, "p", "dictionary.checklists.help");
	for (size_t i = 0; i < schema_checklists_n(p->schema); i++) {
		const struct schema_checklist *list =
		    schema_checklist_at(p->schema, i);

		write_head(p, "checklist", list->name, list->label, list->type);
		page_source(p, list->source);
		if (list->when.n > 0) {
			page_word_in(p, "p", "dictionary.checklist.when");
			page_whens(
			    p, list->type, list->when.list, list->when.n);
		}
		(void)snprintf(id, sizeof(id), "items-%s", list->name);
		page_table(
		    p, id, "dictionary.checklist.items", list->label, heads);
		for (size_t j = 0; j < list->items_n; j++)
			write_item(p, list, &list->items[j]);
		page_table_end(p);
	}
}

/* ---- bank holidays ---- */

static const char *
member(const json_t *def, const char *key)
{
	const char *text = json_string_value(json_object_get(def, key));

	return text == NULL ? "" : text;
}

void
page_holidays(const struct page *p)
{
	static const char *const heads[] = { "dictionary.head.day",
		"dictionary.head.holiday", NULL };
	json_t *lists = json_object_get(p->bundle, "holidays");
	const char *name;
	json_t *def, *one;
	char id[128], day[PAGE_DAY_MAX];
	size_t i;

	page_word_in(p, "p", "dictionary.holidays.help");
	json_object_foreach(lists, name, def)
	{
		page_html(p, "<h3 id=\"holidays-%s\">", name);
		page_text(p, member(def, "label"));
		page_html(p, "</h3>\n<p>");
		page_nations(p, json_object_get(def, "nation"));
		page_text(p, ". ");
		page_days(p, member(def, "from"), member(def, "to"));
		page_html(p, ".</p>\n");
		page_source(p, member(def, "source"));
		(void)snprintf(id, sizeof(id), "days-%s", name);
		page_table(p, id, "dictionary.holidays.days",
		    member(def, "label"), heads);
		json_array_foreach(json_object_get(def, "days"), i, one)
		{
			page_day(member(one, "on"), day);
			page_html(
			    p, "<tr><th scope=\"row\">%s</th>\n<td>", day);
			page_text(p, member(one, "label"));
			page_html(p, "</td></tr>\n");
		}
		page_table_end(p);
	}
}
