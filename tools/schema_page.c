/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page as a whole: its head, its contents and how to read it.
 */
#include "tools/schema_page.h"

#include "schema/schema_style.h"

/* One part of the page: its id, the word of its heading, and what writes it. */
struct part {
	const char *id;
	const char *heading;
	void (*write)(const struct page *p);
	void (*contents)(const struct page *p); /* what is in it, or NULL */
};

struct count {
	size_t fields, codes, lists;
};

static size_t
count_fields(const struct schema_field *fields, size_t n)
{
	size_t all = n;

	for (size_t i = 0; i < n; i++)
		all += count_fields(fields[i].children, fields[i].children_n);
	return all;
}

static struct count
count_all(const struct page *p)
{
	struct count all = { 0, 0, 0 };
	json_t *lists = json_object_get(p->bundle, "codes");
	const char *name;
	json_t *list;

	for (size_t i = 0; i < schema_types_n(p->schema); i++) {
		const struct schema_type *type = schema_type_at(p->schema, i);

		all.fields += count_fields(type->fields, type->fields_n);
	}
	json_object_foreach(lists, name, list)
	{
		all.lists++;
		all.codes += schema_list(p->schema, name)->items_n;
	}
	return all;
}

static void
write_summary(const struct page *p)
{
	const struct count all = count_all(p);
	char version[24], types[24], fields[24], lists[24], codes[24];

	(void)snprintf(version, sizeof(version), "%lld",
	    (long long)schema_version(p->schema));
	(void)snprintf(types, sizeof(types), "%zu", schema_types_n(p->schema));
	(void)snprintf(fields, sizeof(fields), "%zu", all.fields);
	(void)snprintf(lists, sizeof(lists), "%zu", all.lists);
	(void)snprintf(codes, sizeof(codes), "%zu", all.codes);
	page_html(p, "<p>");
	page_words(p, "dictionary.summary", "version", version, "types", types,
	    "fields", fields, "lists", lists, "codes", codes, NULL);
	page_html(p, "</p>\n");
}

/* ---- how to read it ---- */

static void
write_term(const struct page *p, const char *id, const char *family,
    const char *word, const char *help)
{
	char key[128];

	(void)snprintf(key, sizeof(key), "%s.%s", family, word);
	page_html(p, "<dt id=\"%s\">", id);
	page_word(p, key);
	page_html(p, "</dt>\n");
	(void)snprintf(key, sizeof(key), "%s.%s.%s", family, word, help);
	page_word_in(p, "dd", key);
}

static void
write_policies(const struct page *p)
{
	char id[64];

	page_word_in(p, "p", "dictionary.policies.help");
	page_html(p, "<dl>\n");
	for (int i = SCHEMA_FIXED; i <= SCHEMA_OFFICE; i++) {
		const char *word = schema_policy_word((enum schema_policy)i);

		(void)snprintf(id, sizeof(id), "policy-%s", word);
		write_term(p, id, "policy", word, "help");
	}
	write_term(p, "policy-rows-fixed", "policy", "rows.fixed", "help");
	write_term(p, "policy-rows-set", "policy", "rows.set", "help");
	write_term(p, "policy-rows-office", "policy", "rows.office", "help");
	page_html(p, "</dl>\n");
}

static void
write_rules(const struct page *p)
{
	static const char *const words[] = { "dictionary.signing.help",
		"dictionary.free_text.help", "dictionary.scope.help",
		"dictionary.retention.help", "dictionary.codes.help" };

	page_html(p, "<ul>\n");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		page_word_in(p, "li", words[i]);
	page_html(p, "</ul>\n");
}

/* ---- contents ---- */

static void
types_contents(const struct page *p)
{
	for (size_t i = 0; i < schema_types_n(p->schema); i++) {
		const struct schema_type *type = schema_type_at(p->schema, i);

		page_html(p, "<li><a href=\"#type-%s\">", type->name);
		page_text(p, type->label);
		page_html(p, "</a></li>\n");
	}
}

static void
lists_contents(const struct page *p)
{
	json_t *lists = json_object_get(p->bundle, "codes");
	const char *name;
	json_t *list;

	json_object_foreach(lists, name, list)
	{
		page_html(p, "<li><a href=\"#list-%s\">", name);
		page_text(p, schema_list(p->schema, name)->label);
		page_html(p, "</a></li>\n");
	}
}

static const struct part parts[] = {
	{ "rules", "dictionary.rules", write_rules, NULL },
	{ "policies", "dictionary.policies", write_policies, NULL },
	{ "types", "dictionary.types", page_types, types_contents },
	{ "templates", "dictionary.templates", page_templates, NULL },
	{ "checklists", "dictionary.checklists", page_checklists, NULL },
	{ "pages", "dictionary.pages", page_pages, NULL },
	{ "guides", "dictionary.guides", page_guides, NULL },
	{ "lists", "dictionary.lists", page_lists, lists_contents },
	{ "holidays", "dictionary.holidays", page_holidays, NULL },
	{ "guard", "dictionary.guard", page_guard, NULL },
	{ "dual", "dictionary.dual", page_dual, NULL },
};

static void
write_contents(const struct page *p)
{
	page_html(p,
	    "<nav aria-labelledby=\"contents\">\n"
	    "<h2 id=\"contents\">");
	page_word(p, "dictionary.contents");
	page_html(p, "</h2>\n<ul>\n");
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		page_html(p, "<li><a href=\"#%s\">", parts[i].id);
		page_word(p, parts[i].heading);
		page_html(p, "</a>");
		if (parts[i].contents != NULL) {
			page_html(p, "\n<ul>\n");
			parts[i].contents(p);
			page_html(p, "</ul>\n");
		}
		page_html(p, "</li>\n");
	}
	page_html(p, "</ul>\n</nav>\n");
}

enum err_code
page_write(const struct page *p, struct err *e)
{
	page_html(p,
	    "<!DOCTYPE html>\n<html lang=\"en-GB\">\n<head>\n"
	    "<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
	    "content=\"width=device-width, initial-scale=1\">\n");
	page_word_in(p, "title", "dictionary.title");
	page_html(p, "<style>\n");
	(void)buf_add_str(p->out, schema_style);
	page_html(p,
	    "</style>\n</head>\n<body>\n"
	    "<a class=\"skip\" href=\"#main\">");
	page_word(p, "dictionary.skip");
	page_html(p, "</a>\n<header>\n");
	page_word_in(p, "h1", "dictionary.title");
	page_word_in(p, "p", "dictionary.help");
	write_summary(p);
	page_html(p, "</header>\n");
	write_contents(p);
	page_html(p, "<main id=\"main\">\n");
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		page_html(p, "<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">",
		    parts[i].id, parts[i].id);
		page_word(p, parts[i].heading);
		page_html(p, "</h2>\n");
		parts[i].write(p);
		page_html(p, "</section>\n");
	}
	page_html(p, "</main>\n</body>\n</html>\n");
	return buf_check(p->out, e);
}
