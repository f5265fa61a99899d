/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A type on the page: what is said of all its records.  Its fields are
 * schema_page_field.c.
 */
#include "tools/schema_page_field.h"

#include <stdio.h>
#include <string.h>

#define LABELS_MAX ((size_t)4096)

static bool
is_account(const struct page *p, const char *name)
{
	return strcmp(schema_account_type(p->schema)->name, name) == 0;
}

/* ---- who sees it ---- */

static void
write_rule(const struct page *p, const struct schema_type *type,
    const struct schema_scope_rule *rule)
{
	const char *field =
	    rule->field == NULL ? "" : page_label_of(type, rule->field);
	const struct schema_field *f;
	struct buf codes;

	page_html(p, "<li>");
	switch (rule->rule) {
	case SCHEMA_EVERYONE:
		page_word(p, "scope.everyone");
		break;
	case SCHEMA_SELF:
		page_words(p,
		    schema_stays_at_office(type) ? "scope.office"
		                                 : "scope.self",
		    "type", type->label, NULL);
		break;
	case SCHEMA_BY_REF:
		page_words(p,
		    is_account(p, rule->type) ? "scope.colleague" : "scope.ref",
		    "field", field, "type", page_type_label(p, rule->type),
		    NULL);
		break;
	case SCHEMA_BACK:
		page_words(p, "scope.back", "type",
		    page_type_label(p, rule->type), "field",
		    page_label_of(
		        schema_type(p->schema, rule->type), rule->field),
		    NULL);
		break;
	case SCHEMA_SAME:
		page_words(p, "scope.same", "field", field, NULL);
		break;
	case SCHEMA_AUTHOR_WHILE:
		f = schema_find_field(type, rule->field);
		buf_init(&codes, LABELS_MAX);
		page_labels(p, f == NULL ? NULL : f->codes, rule->in, &codes);
		page_words(p, "scope.author_while", "field", field, "codes",
		    codes.ptr, NULL);
		buf_fini(&codes);
		break;
	}
	page_html(p, "</li>\n");
}

static void
write_grants(const struct page *p, const struct schema_type *type)
{
	const struct schema_grants *g = &type->grants;
	const struct schema_field *rows;
	const struct schema_field *user;

	if (g->rows == NULL)
		return;
	rows = schema_find_field(type, g->rows);
	user = rows == NULL ? NULL : schema_child(rows, g->user);
	page_html(p, "<li>");
	page_words(p, "scope.grants", "rows", rows == NULL ? "" : rows->label,
	    "user", user == NULL ? "" : user->label, NULL);
	page_html(p, "</li>\n");
}

static void
write_scope(const struct page *p, const struct schema_type *type)
{
	page_fact(p, "dictionary.who");
	page_html(p, "\n<ul>\n");
	for (size_t i = 0; i < type->rules_n; i++)
		write_rule(p, type, &type->rules[i]);
	write_grants(p, type);
	if (type->rules_n == 0)
		page_word_in(p, "li", "scope.author");
	page_html(p, "</ul>\n");
	page_fact_end(p);
}

/* ---- what else is true of it ---- */

static void
write_signing(const struct page *p, const struct schema_type *type)
{
	const struct schema_signing *s = &type->signing;

	if (s->field == NULL)
		return;
	page_fact(p, "dictionary.signing");
	page_html(p, "\n<ul>\n");
	page_word_in(p, "li",
	    s->closes == NULL ? "dictionary.signing.with_another"
	                      : "dictionary.signing.by_itself");
	if (s->with != NULL) {
		page_html(p, "<li>");
		page_words(p, "dictionary.signing.with", "field",
		    page_label_of(type, s->with), NULL);
		page_html(p, "</li>\n");
	}
	if (s->addenda != NULL)
		page_word_in(p, "li", "dictionary.signing.addenda");
	if (s->error != NULL)
		page_word_in(p, "li", "dictionary.signing.error");
	page_html(p, "</ul>\n");
	page_fact_end(p);
}

static void
write_account(const struct page *p, const struct schema_type *type)
{
	const struct schema_account *a = &type->account;
	const struct schema_field *role;
	struct buf seniors, administrators;

	if (a->name == NULL)
		return;
	role = schema_find_field(type, a->role);
	buf_init(&seniors, LABELS_MAX);
	buf_init(&administrators, LABELS_MAX);
	page_labels(p, role == NULL ? NULL : role->codes, a->seniors, &seniors);
	page_labels(p, role == NULL ? NULL : role->codes, a->administrators,
	    &administrators);
	page_fact(p, "dictionary.account");
	page_words(p, "dictionary.account.help", "role",
	    page_label_of(type, a->role), "seniors", seniors.ptr,
	    "administrators", administrators.ptr, NULL);
	page_fact_end(p);
	buf_fini(&seniors);
	buf_fini(&administrators);
}

static void
write_deciding(const struct page *p, const struct schema_type *type)
{
	const struct schema_deciding *d = &type->deciding;
	char author[24], senior[24];

	if (d->author == NULL)
		return;
	(void)snprintf(author, sizeof(author), "%llu",
	    (unsigned long long)d->author_hours);
	(void)snprintf(senior, sizeof(senior), "%llu",
	    (unsigned long long)d->senior_hours);
	page_fact(p, "dictionary.deciding");
	page_words(p, "dictionary.deciding.help", "author", author, "senior",
	    senior, NULL);
	page_fact_end(p);
}

static void
add_labels(const struct schema_type *type, const json_t *paths, struct buf *out)
{
	for (size_t i = 0; i < json_array_size(paths); i++) {
		(void)buf_add_str(out, out->len > 0 ? ", " : "");
		(void)buf_add_str(out,
		    page_label_of(
		        type, json_string_value(json_array_get(paths, i))));
	}
}

static void
write_same(const struct page *p, const struct schema_type *type)
{
	const struct schema_same *s = &type->same;
	struct buf compared;

	if (s->field == NULL)
		return;
	buf_init(&compared, LABELS_MAX);
	add_labels(type, s->names, &compared);
	if (s->born != NULL) {
		(void)buf_add_str(&compared, ", ");
		(void)buf_add_str(&compared, page_label_of(type, s->born));
	}
	add_labels(type, s->numbers, &compared);
	add_labels(type, s->places, &compared);
	page_fact(p, "dictionary.same");
	page_words(p, "dictionary.same.help", "field",
	    page_label_of(type, s->field), "compared", compared.ptr, NULL);
	page_fact_end(p);
	buf_fini(&compared);
}

/* One part of a title: "a|b" is a, or b. */
static void
write_title_part(
    const struct page *p, const struct schema_type *type, const char *part)
{
	char path[128];
	size_t len;

	page_html(p, "<li>");
	for (;; part += len + 1) {
		len = strcspn(part, "|");
		(void)snprintf(path, sizeof(path), "%.*s", (int)len, part);
		if (strcmp(path, SCHEMA_TITLE_MADE) == 0)
			page_word(p, "dictionary.titled.made");
		else
			page_text(p, page_label_of(type, path));
		if (part[len] == '\0')
			break;
		page_text(p, " ");
		page_word(p, "dictionary.or");
		page_text(p, " ");
	}
	page_html(p, "</li>\n");
}

static void
write_facts(const struct page *p, const struct schema_type *type)
{
	page_html(p, "<dl>\n");
	page_fact(p, "dictionary.name");
	page_in(p, "code", type->name);
	page_fact_end(p);
	write_scope(p, type);
	page_fact(p, "dictionary.kept");
	page_retention(p, type->retention, true);
	page_fact_end(p);
	write_signing(p, type);
	write_account(p, type);
	write_deciding(p, type);
	write_same(p, type);
	page_work(p, type);
	page_fact(p, "dictionary.titled");
	page_html(p, "\n<ul>\n");
	for (size_t i = 0; i < type->title_n; i++)
		write_title_part(p, type, type->title[i]);
	page_html(p, "</ul>\n");
	page_fact_end(p);
	page_html(p, "</dl>\n");
}

void
page_types(const struct page *p)
{
	page_word_in(p, "p", "dictionary.types.help");
	for (size_t i = 0; i < schema_types_n(p->schema); i++) {
		const struct schema_type *type = schema_type_at(p->schema, i);

		page_html(p, "<h3 id=\"type-%s\">", type->name);
		page_text(p, type->label);
		page_html(p, "</h3>\n");
		if (*type->help != '\0')
			page_in(p, "p", type->help);
		write_facts(p, type);
		page_fields(p, type);
	}
}
