/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A type on the page: what is said of all its records.  Its fields are
 * dictionary_field.c.
 */
#include "tools/dictionary_field.h"

#include <stdio.h>
#include <string.h>

#define LABELS_MAX ((size_t)4096)

static bool
is_account(const struct dictionary *d, const char *name)
{
	return strcmp(schema_account_type(d->schema)->name, name) == 0;
}

/* ---- who sees it ---- */

static void
write_rule(const struct dictionary *d, const struct schema_type *type,
    const struct schema_scope_rule *rule)
{
	const char *field =
	    rule->field == NULL ? "" : dictionary_label_of(type, rule->field);
	const struct schema_field *f;
	struct buf codes;

	dictionary_html(d, "<li>");
	switch (rule->rule) {
	case SCHEMA_EVERYONE:
		dictionary_word(d, "scope.everyone");
		break;
	case SCHEMA_SELF:
		dictionary_words(d,
		    schema_stays_at_office(type) ? "scope.office"
		                                 : "scope.self",
		    "type", type->label, NULL);
		break;
	case SCHEMA_BY_REF:
		dictionary_words(d,
		    is_account(d, rule->type) ? "scope.colleague" : "scope.ref",
		    "field", field, "type",
		    dictionary_type_label(d, rule->type), NULL);
		break;
	case SCHEMA_BACK:
		dictionary_words(d, "scope.back", "type",
		    dictionary_type_label(d, rule->type), "field",
		    dictionary_label_of(
		        schema_type(d->schema, rule->type), rule->field),
		    NULL);
		break;
	case SCHEMA_SAME:
		dictionary_words(d, "scope.same", "field", field, NULL);
		break;
	case SCHEMA_AUTHOR_WHILE:
		f = schema_find_field(type, rule->field);
		buf_init(&codes, LABELS_MAX);
		dictionary_labels(
		    d, f == NULL ? NULL : f->codes, rule->in, &codes);
		dictionary_words(d, "scope.author_while", "field", field,
		    "codes", codes.ptr, NULL);
		buf_fini(&codes);
		break;
	}
	dictionary_html(d, "</li>\n");
}

static void
write_grants(const struct dictionary *d, const struct schema_type *type)
{
	const struct schema_grants *g = &type->grants;
	const struct schema_field *rows;
	const struct schema_field *user;

	if (g->rows == NULL)
		return;
	rows = schema_find_field(type, g->rows);
	user = rows == NULL ? NULL : schema_child(rows, g->user);
	dictionary_html(d, "<li>");
	dictionary_words(d, "scope.grants", "rows",
	    rows == NULL ? "" : rows->label, "user",
	    user == NULL ? "" : user->label, NULL);
	dictionary_html(d, "</li>\n");
}

static void
write_scope(const struct dictionary *d, const struct schema_type *type)
{
	dictionary_fact(d, "dictionary.who");
	dictionary_html(d, "\n<ul>\n");
	for (size_t i = 0; i < type->rules_n; i++)
		write_rule(d, type, &type->rules[i]);
	write_grants(d, type);
	if (type->rules_n == 0)
		dictionary_word_in(d, "li", "scope.author");
	dictionary_html(d, "</ul>\n");
	dictionary_fact_end(d);
}

/* ---- what else is true of it ---- */

static void
write_signing(const struct dictionary *d, const struct schema_type *type)
{
	const struct schema_signing *s = &type->signing;

	if (s->field == NULL)
		return;
	dictionary_fact(d, "dictionary.signing");
	dictionary_html(d, "\n<ul>\n");
	dictionary_word_in(d, "li",
	    s->closes == NULL ? "dictionary.signing.with_another"
	                      : "dictionary.signing.by_itself");
	if (s->with != NULL) {
		dictionary_html(d, "<li>");
		dictionary_words(d, "dictionary.signing.with", "field",
		    dictionary_label_of(type, s->with), NULL);
		dictionary_html(d, "</li>\n");
	}
	if (s->addenda != NULL)
		dictionary_word_in(d, "li", "dictionary.signing.addenda");
	if (s->error != NULL)
		dictionary_word_in(d, "li", "dictionary.signing.error");
	dictionary_html(d, "</ul>\n");
	dictionary_fact_end(d);
}

static void
write_account(const struct dictionary *d, const struct schema_type *type)
{
	const struct schema_account *a = &type->account;
	const struct schema_field *role;
	struct buf seniors, administrators;

	if (a->name == NULL)
		return;
	role = schema_find_field(type, a->role);
	buf_init(&seniors, LABELS_MAX);
	buf_init(&administrators, LABELS_MAX);
	dictionary_labels(
	    d, role == NULL ? NULL : role->codes, a->seniors, &seniors);
	dictionary_labels(d, role == NULL ? NULL : role->codes,
	    a->administrators, &administrators);
	dictionary_fact(d, "dictionary.account");
	dictionary_words(d, "dictionary.account.help", "role",
	    dictionary_label_of(type, a->role), "seniors", seniors.ptr,
	    "administrators", administrators.ptr, NULL);
	dictionary_fact_end(d);
	buf_fini(&seniors);
	buf_fini(&administrators);
}

static void
write_deciding(const struct dictionary *d, const struct schema_type *type)
{
	const struct schema_deciding *rule = &type->deciding;
	char author[24], senior[24];

	if (rule->author == NULL)
		return;
	(void)snprintf(author, sizeof(author), "%llu",
	    (unsigned long long)rule->author_hours);
	(void)snprintf(senior, sizeof(senior), "%llu",
	    (unsigned long long)rule->senior_hours);
	dictionary_fact(d, "dictionary.deciding");
	dictionary_words(d, "dictionary.deciding.help", "author", author,
	    "senior", senior, NULL);
	dictionary_fact_end(d);
}

static void
add_labels(const struct schema_type *type, const json_t *paths, struct buf *out)
{
	for (size_t i = 0; i < json_array_size(paths); i++) {
		(void)buf_add_str(out, out->len > 0 ? ", " : "");
		(void)buf_add_str(out,
		    dictionary_label_of(
		        type, json_string_value(json_array_get(paths, i))));
	}
}

static void
write_same(const struct dictionary *d, const struct schema_type *type)
{
	const struct schema_same *s = &type->same;
	struct buf compared;

	if (s->field == NULL)
		return;
	buf_init(&compared, LABELS_MAX);
	add_labels(type, s->names, &compared);
	if (s->born != NULL) {
		(void)buf_add_str(&compared, ", ");
		(void)buf_add_str(
		    &compared, dictionary_label_of(type, s->born));
	}
	add_labels(type, s->numbers, &compared);
	add_labels(type, s->places, &compared);
	dictionary_fact(d, "dictionary.same");
	dictionary_words(d, "dictionary.same.help", "field",
	    dictionary_label_of(type, s->field), "compared", compared.ptr,
	    NULL);
	dictionary_fact_end(d);
	buf_fini(&compared);
}

static void
write_content(const struct dictionary *d, const struct schema_type *type)
{
	const struct schema_content *c = &type->content;
	struct buf of;
	char size[24];

	if (c->hash == NULL)
		return;
	(void)snprintf(size, sizeof(size), "%lld",
	    (long long)schema_find_field(type, c->size)->max);
	buf_init(&of, LABELS_MAX);
	add_labels(type, c->of, &of);
	dictionary_fact(d, "dictionary.content");
	dictionary_words(d, "dictionary.content.help", "size", size, "of",
	    of.ptr, "seen", dictionary_label_of(type, c->seen_with), NULL);
	dictionary_fact_end(d);
	buf_fini(&of);
}

/* One part of a title: "a|b" is a, or b. */
static void
write_title_part(const struct dictionary *d, const struct schema_type *type,
    const char *part)
{
	char path[128];
	size_t len;

	dictionary_html(d, "<li>");
	for (;; part += len + 1) {
		len = strcspn(part, "|");
		(void)snprintf(path, sizeof(path), "%.*s", (int)len, part);
		if (strcmp(path, SCHEMA_TITLE_MADE) == 0)
			dictionary_word(d, "dictionary.titled.made");
		else
			dictionary_text(d, dictionary_label_of(type, path));
		if (part[len] == '\0')
			break;
		dictionary_text(d, " ");
		dictionary_word(d, "dictionary.or");
		dictionary_text(d, " ");
	}
	dictionary_html(d, "</li>\n");
}

static void
write_facts(const struct dictionary *d, const struct schema_type *type)
{
	dictionary_html(d, "<dl>\n");
	dictionary_fact(d, "dictionary.name");
	dictionary_in(d, "code", type->name);
	dictionary_fact_end(d);
	write_scope(d, type);
	dictionary_fact(d, "dictionary.kept");
	dictionary_retention(d, type->retention, true);
	dictionary_fact_end(d);
	write_signing(d, type);
	write_account(d, type);
	write_deciding(d, type);
	write_same(d, type);
	write_content(d, type);
	dictionary_agreed(d, type);
	dictionary_work(d, type);
	dictionary_fact(d, "dictionary.titled");
	dictionary_html(d, "\n<ul>\n");
	for (size_t i = 0; i < type->title_n; i++)
		write_title_part(d, type, type->title[i]);
	dictionary_html(d, "</ul>\n");
	dictionary_fact_end(d);
	dictionary_html(d, "</dl>\n");
}

void
dictionary_types(const struct dictionary *d)
{
	dictionary_word_in(d, "p", "dictionary.types.help");
	for (size_t i = 0; i < schema_types_n(d->schema); i++) {
		const struct schema_type *type = schema_type_at(d->schema, i);

		dictionary_html(d, "<h3 id=\"type-%s\">", type->name);
		dictionary_text(d, type->label);
		dictionary_html(d, "</h3>\n");
		if (*type->help != '\0')
			dictionary_in(d, "p", type->help);
		write_facts(d, type);
		dictionary_fields(d, type);
	}
}
