/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page as a whole: its head, its contents and how to read it.
 */
#include "tools/dictionary.h"

#include "schema/schema_style.h"

/* One part of the page: its id, the word of its heading, and what writes it. */
struct part {
	const char *id;
	const char *heading;
	void (*write)(const struct dictionary *d);
	void (*contents)(
	    const struct dictionary *d); /* what is in it, or NULL */
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
count_all(const struct dictionary *d)
{
	struct count all = { 0, 0, 0 };
	json_t *lists = json_object_get(d->bundle, "codes");
	const char *name;
	json_t *list;

	for (size_t i = 0; i < schema_types_n(d->schema); i++) {
		const struct schema_type *type = schema_type_at(d->schema, i);

		all.fields += count_fields(type->fields, type->fields_n);
	}
	json_object_foreach(lists, name, list)
	{
		all.lists++;
		all.codes += schema_list(d->schema, name)->items_n;
	}
	return all;
}

static void
write_summary(const struct dictionary *d)
{
	const struct count all = count_all(d);
	char version[24], types[24], fields[24], lists[24], codes[24];

	(void)snprintf(version, sizeof(version), "%lld",
	    (long long)schema_version(d->schema));
	(void)snprintf(types, sizeof(types), "%zu", schema_types_n(d->schema));
	(void)snprintf(fields, sizeof(fields), "%zu", all.fields);
	(void)snprintf(lists, sizeof(lists), "%zu", all.lists);
	(void)snprintf(codes, sizeof(codes), "%zu", all.codes);
	dictionary_html(d, "<p>");
	dictionary_words(d, "dictionary.summary", "version", version, "types",
	    types, "fields", fields, "lists", lists, "codes", codes, NULL);
	dictionary_html(d, "</p>\n");
}

/* ---- how to read it ---- */

static void
write_term(const struct dictionary *d, const char *id, const char *family,
    const char *word, const char *help)
{
	char key[128];

	(void)snprintf(key, sizeof(key), "%s.%s", family, word);
	dictionary_html(d, "<dt id=\"%s\">", id);
	dictionary_word(d, key);
	dictionary_html(d, "</dt>\n");
	(void)snprintf(key, sizeof(key), "%s.%s.%s", family, word, help);
	dictionary_word_in(d, "dd", key);
}

static void
write_policies(const struct dictionary *d)
{
	char id[64];

	dictionary_word_in(d, "p", "dictionary.policies.help");
	dictionary_html(d, "<dl>\n");
	for (int i = SCHEMA_FIXED; i <= SCHEMA_OFFICE; i++) {
		const char *word = schema_policy_word((enum schema_policy)i);

		(void)snprintf(id, sizeof(id), "policy-%s", word);
		write_term(d, id, "policy", word, "help");
	}
	write_term(d, "policy-rows-fixed", "policy", "rows.fixed", "help");
	write_term(d, "policy-rows-set", "policy", "rows.set", "help");
	write_term(d, "policy-rows-office", "policy", "rows.office", "help");
	dictionary_html(d, "</dl>\n");
}

static void
write_rules(const struct dictionary *d)
{
	static const char *const words[] = { "dictionary.signing.help",
		"dictionary.free_text.help", "dictionary.scope.help",
		"dictionary.retention.help", "dictionary.codes.help" };

	dictionary_html(d, "<ul>\n");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		dictionary_word_in(d, "li", words[i]);
	dictionary_html(d, "</ul>\n");
}

/* ---- contents ---- */

static void
types_contents(const struct dictionary *d)
{
	for (size_t i = 0; i < schema_types_n(d->schema); i++) {
		const struct schema_type *type = schema_type_at(d->schema, i);

		dictionary_html(d, "<li><a href=\"#type-%s\">", type->name);
		dictionary_text(d, type->label);
		dictionary_html(d, "</a></li>\n");
	}
}

static void
lists_contents(const struct dictionary *d)
{
	json_t *lists = json_object_get(d->bundle, "codes");
	const char *name;
	json_t *list;

	json_object_foreach(lists, name, list)
	{
		dictionary_html(d, "<li><a href=\"#list-%s\">", name);
		dictionary_text(d, schema_list(d->schema, name)->label);
		dictionary_html(d, "</a></li>\n");
	}
}

static const struct part parts[] = {
	{ "rules", "dictionary.rules", write_rules, NULL },
	{ "policies", "dictionary.policies", write_policies, NULL },
	{ "types", "dictionary.types", dictionary_types, types_contents },
	{ "templates", "dictionary.templates", dictionary_templates, NULL },
	{ "checklists", "dictionary.checklists", dictionary_checklists, NULL },
	{ "pages", "dictionary.pages", dictionary_pages, NULL },
	{ "guides", "dictionary.guides", dictionary_guides, NULL },
	{ "retentions", "dictionary.retentions", dictionary_retentions, NULL },
	{ "lists", "dictionary.lists", dictionary_lists, lists_contents },
	{ "holidays", "dictionary.holidays", dictionary_holidays, NULL },
	{ "guard", "dictionary.guard", dictionary_guard, NULL },
	{ "dual", "dictionary.dual", dictionary_dual, NULL },
};

static void
write_contents(const struct dictionary *d)
{
	dictionary_html(d,
	    "<nav aria-labelledby=\"contents\">\n"
	    "<h2 id=\"contents\">");
	dictionary_word(d, "dictionary.contents");
	dictionary_html(d, "</h2>\n<ul>\n");
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		dictionary_html(d, "<li><a href=\"#%s\">", parts[i].id);
		dictionary_word(d, parts[i].heading);
		dictionary_html(d, "</a>");
		if (parts[i].contents != NULL) {
			dictionary_html(d, "\n<ul>\n");
			parts[i].contents(d);
			dictionary_html(d, "</ul>\n");
		}
		dictionary_html(d, "</li>\n");
	}
	dictionary_html(d, "</ul>\n</nav>\n");
}

enum err_code
dictionary_write(const struct dictionary *d, struct err *e)
{
	dictionary_html(d,
	    "<!DOCTYPE html>\n<html lang=\"en-GB\">\n<head>\n"
	    "<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
	    "content=\"width=device-width, initial-scale=1\">\n");
	dictionary_word_in(d, "title", "dictionary.title");
	dictionary_html(d, "<style>\n");
	(void)buf_add_str(d->out, schema_style);
	dictionary_html(d,
	    "</style>\n</head>\n<body>\n"
	    "<a class=\"skip\" href=\"#main\">");
	dictionary_word(d, "dictionary.skip");
	dictionary_html(d, "</a>\n<header>\n");
	dictionary_word_in(d, "h1", "dictionary.title");
	dictionary_word_in(d, "p", "dictionary.help");
	write_summary(d);
	dictionary_html(d, "</header>\n");
	write_contents(d);
	dictionary_html(d, "<main id=\"main\">\n");
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		dictionary_html(d,
		    "<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">",
		    parts[i].id, parts[i].id);
		dictionary_word(d, parts[i].heading);
		dictionary_html(d, "</h2>\n");
		parts[i].write(d);
		dictionary_html(d, "</section>\n");
	}
	dictionary_html(d, "</main>\n</body>\n</html>\n");
	return buf_check(d->out, e);
}
