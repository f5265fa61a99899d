/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is read at the door, and what is written in a hurry: pages and guides.
 */
#include "tools/schema_page_when.h"

#include <stdio.h>

#include "common/core/schema_guide.h"
#include "common/core/schema_page.h"

/* The heading of one, the type it is of and how it is called for. */
static void
write_head(const struct page *p, const char *family, const char *name,
    const char *label, const char *help, const char *command,
    const struct schema_type *type)
{
	page_html(p, "<h3 id=\"%s-%s\">", family, name);
	page_text(p, label);
	page_html(p, "</h3>\n<p>");
	page_text(p, help);
	page_html(p, ". ");
	page_word(p, "dictionary.name");
	page_html(p, ": <code>visitbook %s</code>. ", command);
	page_word(p, "dictionary.of_type");
	page_html(p, " <a href=\"#type-%s\">", type->name);
	page_text(p, type->label);
	page_html(p, "</a></p>\n");
}

/* The labels of fields, with commas between them. */
static void
write_labels(
    const struct page *p, const struct schema_field *const *fields, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		page_text(p, i > 0 ? ", " : "");
		page_text(p, fields[i]->label);
	}
}

/* Conditions under a word that says what follows from them. */
static void
write_whens(const struct page *p, const char *word,
    const struct schema_type *type, const struct schema_whens *all)
{
	if (all->n == 0)
		return;
	page_word_in(p, "p", word);
	page_whens(p, type, all->list, all->n);
}

/* ---- pages ---- */

static void
write_section(const struct page *p, const struct schema_section *s)
{
	char limit[24];

	(void)snprintf(limit, sizeof(limit), "%zu", s->limit);
	page_html(p, "<tr><th scope=\"row\">");
	page_text(p, s->label);
	page_html(p, "</th>\n<td><a href=\"#type-%s\">", s->type->name);
	page_text(p, s->type->label);
	page_html(p, "</a>");
	if (s->limit > 0) {
		page_text(p, " ");
		page_words(p, "dictionary.page.limit", "n", limit, NULL);
	}
	write_whens(p, "dictionary.unless", s->type, &s->unless);
	page_html(p, "</td>\n<td>");
	write_labels(p, s->fields, s->fields_n);
	page_html(p, "</td>\n<td>");
	if (s->empty != NULL)
		page_text(p, s->empty);
	else
		page_word(p, "dictionary.page.left_out");
	page_html(p, "</td></tr>\n");
}

void
page_pages(const struct page *p)
{
	static const char *const heads[] = { "dictionary.head.section",
		"dictionary.head.of", "dictionary.head.shows",
		"dictionary.head.empty", NULL };
	char id[160];

	page_word_in(p, "p", "dictionary.pages.help");
	for (size_t i = 0; i < schema_pages_n(p->schema); i++) {
		const struct schema_page *one = schema_page_at(p->schema, i);

		write_head(p, "page", one->name, one->label, one->help,
		    one->command, one->type);
		(void)snprintf(id, sizeof(id), "sections-%s", one->name);
		page_table(
		    p, id, "dictionary.page.sections", one->label, heads);
		for (size_t j = 0; j < one->sections_n; j++)
			write_section(p, &one->sections[j]);
		page_table_end(p);
	}
}

/* ---- guides ---- */

static void
write_call(const struct page *p, const struct schema_type *type,
    const struct schema_call *c)
{
	struct buf kinds;

	page_html(p, "<tr><th scope=\"row\">");
	page_text(p, c->label);
	page_html(p, "</th>\n<td>");
	if (c->number != NULL) {
		page_text(p, c->number);
	} else {
		buf_init(&kinds, 4096);
		page_labels(p, c->by->codes, c->in, &kinds);
		page_words(p, "dictionary.guide.rows", "rows", c->rows->label,
		    "type", c->type->label, "values",
		    kinds.ptr == NULL ? "" : kinds.ptr, NULL);
		buf_wipe(&kinds);
	}
	page_html(p, "</td>\n<td>");
	write_whens(p, "dictionary.when", type, &c->when);
	write_whens(p, "dictionary.unless", type, &c->unless);
	page_html(p, "</td>\n<td>");
	page_text(p, c->missing == NULL ? "" : c->missing);
	page_html(p, "</td></tr>\n");
}

void
page_guides(const struct page *p)
{
	static const char *const heads[] = { "dictionary.head.call",
		"dictionary.head.number", "dictionary.head.called",
		"dictionary.head.missing", NULL };
	char id[160];

	page_word_in(p, "p", "dictionary.guides.help");
	for (size_t i = 0; i < schema_guides_n(p->schema); i++) {
		const struct schema_guide *g = schema_guide_at(p->schema, i);

		write_head(p, "guide", g->name, g->label, g->help, g->command,
		    g->type);
		page_html(p, "<p>");
		page_word(p, "dictionary.guide.asks");
		page_text(p, " ");
		write_labels(p, g->ask, g->ask_n);
		page_html(p, ".</p>\n");
		(void)snprintf(id, sizeof(id), "calls-%s", g->name);
		page_table(p, id, "dictionary.guide.calls", g->label, heads);
		for (size_t j = 0; j < g->calls_n; j++)
			write_call(p, g->type, &g->calls[j]);
		page_table_end(p);
	}
}
