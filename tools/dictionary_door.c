/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is read at the door, and what is written in a hurry: pages and guides.
 */
#include "tools/dictionary_when.h"

#include <stdio.h>

#include "common/core/schema_guide.h"
#include "common/core/schema_page.h"

/* The heading of one, the type it is of and how it is called for. */
static void
write_head(const struct dictionary *d, const char *family, const char *name,
    const char *label, const char *help, const char *command,
    const struct schema_type *type)
{
	dictionary_html(d, "<h3 id=\"%s-%s\">", family, name);
	dictionary_text(d, label);
	dictionary_html(d, "</h3>\n<p>");
	dictionary_text(d, help);
	dictionary_html(d, ". ");
	dictionary_word(d, "dictionary.name");
	dictionary_html(d, ": <code>visitbook %s</code>. ", command);
	dictionary_word(d, "dictionary.of_type");
	dictionary_html(d, " <a href=\"#type-%s\">", type->name);
	dictionary_text(d, type->label);
	dictionary_html(d, "</a></p>\n");
}

/* The labels of fields, with commas between them. */
static void
write_labels(const struct dictionary *d,
    const struct schema_field *const *fields, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		dictionary_text(d, i > 0 ? ", " : "");
		dictionary_text(d, fields[i]->label);
	}
}

/* Conditions under a word that says what follows from them. */
static void
write_whens(const struct dictionary *d, const char *word,
    const struct schema_type *type, const struct schema_whens *all)
{
	if (all->n == 0)
		return;
	dictionary_word_in(d, "p", word);
	dictionary_whens(d, type, all->list, all->n);
}

/* ---- pages ---- */

static void
write_section(const struct dictionary *d, const struct schema_section *s)
{
	char limit[24];

	(void)snprintf(limit, sizeof(limit), "%zu", s->limit);
	dictionary_html(d, "<tr><th scope=\"row\">");
	dictionary_text(d, s->label);
	dictionary_html(d, "</th>\n<td><a href=\"#type-%s\">", s->type->name);
	dictionary_text(d, s->type->label);
	dictionary_html(d, "</a>");
	if (s->limit > 0) {
		dictionary_text(d, " ");
		dictionary_words(d, "dictionary.page.limit", "n", limit, NULL);
	}
	write_whens(d, "dictionary.unless", s->type, &s->unless);
	dictionary_html(d, "</td>\n<td>");
	write_labels(d, s->fields, s->fields_n);
	dictionary_html(d, "</td>\n<td>");
	if (s->empty != NULL)
		dictionary_text(d, s->empty);
	else
		dictionary_word(d, "dictionary.page.left_out");
	dictionary_html(d, "</td></tr>\n");
}

void
dictionary_pages(const struct dictionary *d)
{
	static const char *const heads[] = { "dictionary.head.section",
		"dictionary.head.of", "dictionary.head.shows",
		"dictionary.head.empty", NULL };
	char id[160];

	dictionary_word_in(d, "p", "dictionary.pages.help");
	for (size_t i = 0; i < schema_pages_n(d->schema); i++) {
		const struct schema_page *one = schema_page_at(d->schema, i);

		write_head(d, "page", one->name, one->label, one->help,
		    one->command, one->type);
		(void)snprintf(id, sizeof(id), "sections-%s", one->name);
		dictionary_table(
		    d, id, "dictionary.page.sections", one->label, heads);
		for (size_t j = 0; j < one->sections_n; j++)
			write_section(d, &one->sections[j]);
		dictionary_table_end(d);
	}
}

/* ---- guides ---- */

static void
write_call(const struct dictionary *d, const struct schema_type *type,
    const struct schema_call *c)
{
	struct buf kinds;

	dictionary_html(d, "<tr><th scope=\"row\">");
	dictionary_text(d, c->label);
	dictionary_html(d, "</th>\n<td>");
	if (c->number != NULL) {
		dictionary_text(d, c->number);
	} else {
		buf_init(&kinds, 4096);
		dictionary_labels(d, c->by->codes, c->in, &kinds);
		dictionary_words(d, "dictionary.guide.rows", "rows",
		    c->rows->label, "type", c->type->label, "values",
		    kinds.ptr == NULL ? "" : kinds.ptr, NULL);
		buf_wipe(&kinds);
	}
	dictionary_html(d, "</td>\n<td>");
	write_whens(d, "dictionary.when", type, &c->when);
	write_whens(d, "dictionary.unless", type, &c->unless);
	dictionary_html(d, "</td>\n<td>");
	dictionary_text(d, c->missing == NULL ? "" : c->missing);
	dictionary_html(d, "</td></tr>\n");
}

void
dictionary_guides(const struct dictionary *d)
{
	static const char *const heads[] = { "dictionary.head.call",
		"dictionary.head.number", "dictionary.head.called",
		"dictionary.head.missing", NULL };
	char id[160];

	dictionary_word_in(d, "p", "dictionary.guides.help");
	for (size_t i = 0; i < schema_guides_n(d->schema); i++) {
		const struct schema_guide *g = schema_guide_at(d->schema, i);

		write_head(d, "guide", g->name, g->label, g->help, g->command,
		    g->type);
		dictionary_html(d, "<p>");
		dictionary_word(d, "dictionary.guide.asks");
		dictionary_text(d, " ");
		write_labels(d, g->ask, g->ask_n);
		dictionary_html(d, ".</p>\n");
		(void)snprintf(id, sizeof(id), "calls-%s", g->name);
		dictionary_table(
		    d, id, "dictionary.guide.calls", g->label, heads);
		for (size_t j = 0; j < g->calls_n; j++)
			write_call(d, g->type, &g->calls[j]);
		dictionary_table_end(d);
	}
}
