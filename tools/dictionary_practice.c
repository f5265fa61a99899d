/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Templates, checklists and bank holidays.
 */
#include "tools/dictionary_when.h"

#include <stdio.h>

#include "common/core/checklist.h"
#include "common/core/schema_template.h"

/* ---- templates ---- */

/* A value of a field: the label of a code, yes or no, or as it is. */
static void
write_value(const struct dictionary *d, const struct schema_field *f,
    const json_t *value)
{
	const char *text = json_string_value(value);

	if (json_is_boolean(value))
		dictionary_word(
		    d, json_is_true(value) ? "value.yes" : "value.no");
	else if (json_is_integer(value))
		dictionary_html(
		    d, "%lld", (long long)json_integer_value(value));
	else if (text != NULL)
		dictionary_text(d,
		    f->codes == NULL ? text
		                     : schema_code_label(f->codes, text));
}

static void
write_begins(const struct dictionary *d, const struct schema_type *type,
    const struct template_version *v)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)v->set, name, value)
	{
		const struct schema_field *f = schema_find_field(type, name);

		dictionary_html(d, "<li>");
		dictionary_text(d, f->label);
		dictionary_text(d, ": ");
		write_value(d, f, value);
		dictionary_html(d, "</li>\n");
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
				dictionary_html(d, "<li>");
				dictionary_text(d, f->label);
				dictionary_text(d, ": ");
				write_value(d, schema_child(f, column), cell);
				dictionary_html(d, "</li>\n");
			}
	}
}

static void
write_unless(const struct dictionary *d, const struct schema_field *rows,
    const char *unless)
{
	const struct schema_field *f =
	    unless == NULL ? NULL : schema_child(rows, unless);

	if (f == NULL)
		return;
	dictionary_text(d, " ");
	dictionary_words(
	    d, "dictionary.template.unless", "field", f->label, NULL);
}

static void
write_copies(const struct dictionary *d, const struct schema_type *type,
    const struct template_version *v)
{
	for (size_t i = 0; i < v->copies_n; i++) {
		const struct template_copy *c = &v->copies[i];
		const struct schema_type *of = schema_type(d->schema, c->of);

		dictionary_html(d, "<li>");
		dictionary_words(d, "dictionary.template.copy", "into",
		    dictionary_label_of(type, c->into), "rows",
		    dictionary_label_of(of, c->rows), "type", of->label, "ref",
		    dictionary_label_of(type, c->ref), NULL);
		write_unless(d, schema_find_field(of, c->rows), c->unless);
		dictionary_html(d, "</li>\n");
	}
}

static void
write_asked(const struct dictionary *d, const struct schema_template *t,
    const struct template_field *f)
{
	dictionary_html(d, "<tr><th scope=\"row\"><a href=\"#%s.%s\">",
	    t->type->name, f->field->name);
	dictionary_text(d, f->field->label);
	dictionary_html(d, "</a></th>\n<td>");
	dictionary_text(d, f->prompt);
	dictionary_html(d, "</td>\n<td>");
	if (f->is_asked)
		dictionary_word(d, "dictionary.template.asked");
	if (f->each != NULL) {
		const struct schema_field *each =
		    schema_child(f->field, f->each);

		dictionary_text(d, " ");
		dictionary_words(d, "dictionary.template.each", "field",
		    each == NULL ? f->each : each->label, NULL);
	}
	dictionary_html(d, "</td>\n<td>");
	if (f->when.n > 0)
		dictionary_whens(d, t->type, f->when.list, f->when.n);
	dictionary_html(d, "</td></tr>\n");
}

static void
write_version(const struct dictionary *d, const struct schema_template *t,
    const struct template_version *v)
{
	static const char *const heads[] = { "dictionary.head.field",
		"dictionary.head.question", "dictionary.head.asked",
		"dictionary.head.when", NULL };
	char id[160], number[24];

	(void)snprintf(number, sizeof(number), "%lld", (long long)v->version);
	dictionary_html(d, "<p>");
	dictionary_words(
	    d, "dictionary.template.version", "version", number, NULL);
	dictionary_text(d, " ");
	dictionary_days(d, v->from, v->to);
	dictionary_html(d, ".</p>\n");
	if (v->set != NULL || v->rows != NULL || v->copies_n > 0) {
		dictionary_word_in(d, "p", "dictionary.template.begins");
		dictionary_html(d, "<ul>\n");
		write_begins(d, t->type, v);
		write_copies(d, t->type, v);
		dictionary_html(d, "</ul>\n");
	}
	(void)snprintf(id, sizeof(id), "asked-%s-%s", t->name, number);
	dictionary_table(d, id, "dictionary.template.fields", t->label, heads);
	for (size_t i = 0; i < v->fields_n; i++)
		write_asked(d, t, &v->fields[i]);
	dictionary_table_end(d);
}

/* The heading of a template or checklist, and what it is for. */
static void
write_head(const struct dictionary *d, const char *family, const char *name,
    const char *label, const struct schema_type *type)
{
	dictionary_html(d, "<h3 id=\"%s-%s\">", family, name);
	dictionary_text(d, label);
	dictionary_html(d, "</h3>\n<p>");
	dictionary_word(d, "dictionary.name");
	dictionary_html(d, ": <code>%s</code>. ", name);
	dictionary_word(d, "dictionary.of_type");
	dictionary_html(d, " <a href=\"#type-%s\">", type->name);
	dictionary_text(d, type->label);
	dictionary_html(d, "</a></p>\n");
}

void
dictionary_templates(const struct dictionary *d)
{
	dictionary_word_in(d, "p", "dictionary.templates.help");
	for (size_t i = 0; i < schema_templates_n(d->schema); i++) {
		const struct schema_template *t =
		    schema_template_at(d->schema, i);

		write_head(d, "template", t->name, t->label, t->type);
		if (*t->help != '\0')
			dictionary_in(d, "p", t->help);
		dictionary_source(d, t->source);
		for (size_t j = 0; j < t->versions_n; j++)
			write_version(d, t, &t->versions[j]);
	}
}

/* ---- checklists ---- */

static void
write_item(const struct dictionary *d, const struct schema_checklist *list,
    const struct checklist_item *item)
{
	dictionary_html(d, "<tr><th scope=\"row\"><strong>");
	dictionary_text(d, item->label);
	dictionary_html(d, "</strong><code>%s</code>", item->name);
	dictionary_in(d, "span", item->reason);
	dictionary_html(d, "</th>\n<td>");
	dictionary_words(d, "dictionary.source", "source", item->source, NULL);
	dictionary_html(d, "</td>\n<td>");
	dictionary_days(d, item->from, item->to);
	dictionary_text(d, "; ");
	dictionary_nations(d, item->nations);
	dictionary_html(d, "</td>\n<td>");
	if (item->when.n > 0) {
		dictionary_word_in(d, "p", "dictionary.checklist.when");
		dictionary_whens(d, list->type, item->when.list, item->when.n);
	}
	dictionary_word_in(d, "p", "dictionary.checklist.met");
	dictionary_whens(d, list->type, item->met.list, item->met.n);
	dictionary_html(d, "</td></tr>\n");
}

void
dictionary_checklists(const struct dictionary *d)
{
	static const char *const heads[] = { "dictionary.head.item",
		"dictionary.head.ground", "dictionary.head.force",
		"dictionary.head.met", NULL };
	char id[128];

	dictionary_word_in(d, "p", "dictionary.checklists.help");
	for (size_t i = 0; i < schema_checklists_n(d->schema); i++) {
		const struct schema_checklist *list =
		    schema_checklist_at(d->schema, i);

		write_head(d, "checklist", list->name, list->label, list->type);
		dictionary_source(d, list->source);
		if (list->when.n > 0) {
			dictionary_word_in(d, "p", "dictionary.checklist.when");
			dictionary_whens(
			    d, list->type, list->when.list, list->when.n);
		}
		(void)snprintf(id, sizeof(id), "items-%s", list->name);
		dictionary_table(
		    d, id, "dictionary.checklist.items", list->label, heads);
		for (size_t j = 0; j < list->items_n; j++)
			write_item(d, list, &list->items[j]);
		dictionary_table_end(d);
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
dictionary_holidays(const struct dictionary *d)
{
	static const char *const heads[] = { "dictionary.head.day",
		"dictionary.head.holiday", NULL };
	json_t *lists = json_object_get(d->bundle, "holidays");
	const char *name;
	json_t *def, *one;
	char id[128], day[DICTIONARY_DAY_MAX];
	size_t i;

	dictionary_word_in(d, "p", "dictionary.holidays.help");
	json_object_foreach(lists, name, def)
	{
		dictionary_html(d, "<h3 id=\"holidays-%s\">", name);
		dictionary_text(d, member(def, "label"));
		dictionary_html(d, "</h3>\n<p>");
		dictionary_nations(d, json_object_get(def, "nation"));
		dictionary_text(d, ". ");
		dictionary_days(d, member(def, "from"), member(def, "to"));
		dictionary_html(d, ".</p>\n");
		dictionary_source(d, member(def, "source"));
		(void)snprintf(id, sizeof(id), "days-%s", name);
		dictionary_table(d, id, "dictionary.holidays.days",
		    member(def, "label"), heads);
		json_array_foreach(json_object_get(def, "days"), i, one)
		{
			dictionary_day(member(one, "on"), day);
			dictionary_html(
			    d, "<tr><th scope=\"row\">%s</th>\n<td>", day);
			dictionary_text(d, member(one, "label"));
			dictionary_html(d, "</td></tr>\n");
		}
		dictionary_table_end(d);
	}
}
