/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Code lists, words that turn the meaning of others, and acts of two people.
 */
#include "tools/schema_page_field.h"

#include <stdio.h>

#define LABELS_MAX ((size_t)8192)

/* ---- code lists ---- */

static void
write_code(const struct page *p, const struct schema_list *list,
    const struct schema_code *item)
{
	page_html(p, "<tr id=\"list-%s.%s\"><th scope=\"row\"><strong>",
	    list->name, item->code);
	page_text(p, item->label);
	page_html(p, "</strong><code>%s</code></th>\n<td>", item->code);
	page_days(p, item->from, item->to);
	page_html(p, "</td>\n<td>");
	page_nations(p, item->nations);
	page_html(p, "</td>\n<td>");
	if (item->note != NULL)
		page_text(p, item->note);
	page_html(p, "</td></tr>\n");
}

static void
write_list(
    const struct page *p, const struct schema_list *list, const json_t *def)
{
	static const char *const heads[] = { "dictionary.head.code",
		"dictionary.head.days", "dictionary.head.nation",
		"dictionary.head.note", NULL };
	char id[128];
	size_t used;

	page_html(p, "<h3 id=\"list-%s\">", list->name);
	page_text(p, list->label);
	page_html(p, "</h3>\n<p>");
	page_word(p, "dictionary.name");
	page_html(p, ": <code>%s</code></p>\n", list->name);
	page_source(p, json_string_value(json_object_get(def, "source")));
	(void)snprintf(id, sizeof(id), "codes-%s", list->name);
	page_table(p, id, "dictionary.items", list->label, heads);
	for (size_t i = 0; i < list->items_n; i++)
		write_code(p, list, &list->items[i]);
	page_table_end(p);
	page_word_in(p, "p", "dictionary.used_by");
	page_html(p, "<ul>\n");
	used = p->out->len;
	page_used_by(p, list);
	if (p->out->len == used)
		page_word_in(p, "li", "dictionary.used_by.none");
	page_html(p, "</ul>\n");
}

void
page_lists(const struct page *p)
{
	json_t *lists = json_object_get(p->bundle, "codes");
	const char *name;
	json_t *def;

	page_word_in(p, "p", "dictionary.lists.help");
	json_object_foreach(lists, name, def)
	{
		write_list(p, schema_list(p->schema, name), def);
	}
}

/* ---- words that turn the meaning of others ---- */

/* The words of one member of a guard list, as one line. */
static void
write_guard_words(const struct page *p, const json_t *def, const char *member)
{
	const json_t *words = json_object_get(def, member);
	struct buf all;
	char key[64];

	if (json_array_size(words) == 0)
		return;
	buf_init(&all, LABELS_MAX);
	page_labels(p, NULL, words, &all);
	(void)snprintf(key, sizeof(key), "dictionary.guard.%s", member);
	page_word_in(p, "dt", key);
	page_in(p, "dd", all.ptr);
	buf_fini(&all);
}

void
page_guard(const struct page *p)
{
	json_t *lists = json_object_get(p->bundle, "guard");
	const char *name, *reach;
	char key[64];
	json_t *def;

	page_word_in(p, "p", "dictionary.guard.help");
	json_object_foreach(lists, name, def)
	{
		page_html(p, "<h3 id=\"guard-%s\">", name);
		page_text(p, json_string_value(json_object_get(def, "label")));
		page_html(p, "</h3>\n");
		reach = json_string_value(json_object_get(def, "reach"));
		(void)snprintf(key, sizeof(key), "dictionary.reach.%.20s",
		    reach == NULL ? "" : reach);
		page_word_in(p, "p", key);
		page_source(
		    p, json_string_value(json_object_get(def, "source")));
		page_html(p, "<dl>\n");
		write_guard_words(p, def, "words");
		write_guard_words(p, def, "stems");
		write_guard_words(p, def, "endings");
		if (json_is_true(json_object_get(def, "digits"))) {
			page_word_in(p, "dt", "dictionary.guard.digits");
			page_word_in(p, "dd", "dictionary.guard.digits.help");
		}
		if (json_is_true(json_object_get(def, "names"))) {
			page_word_in(p, "dt", "dictionary.guard.names");
			page_word_in(p, "dd", "dictionary.guard.names.help");
		}
		page_html(p, "</dl>\n");
	}
}

/* ---- two people ---- */

/* Of what an act of two people is asked, where it is not asked of all. */
static void
write_dual_of(const struct page *p, const struct schema_dual *act)
{
	const char *name;
	json_t *fields, *field;
	size_t i;

	if (act->fields == NULL && !act->signed_text)
		return;
	page_word_in(p, "p", "dictionary.dual.of");
	page_html(p, "<ul>\n");
	if (act->signed_text)
		page_word_in(p, "li", "dictionary.dual.signed_text");
	json_object_foreach((json_t *)(uintptr_t)act->fields, name, fields)
	{
		json_array_foreach(fields, i, field)
		{
			page_html(p, "<li>");
			page_text(p, page_type_label(p, name));
			page_text(p, ": ");
			page_text(p,
			    page_label_of(schema_type(p->schema, name),
			        json_string_value(field)));
			page_html(p, "</li>\n");
		}
	}
	page_html(p, "</ul>\n");
}

void
page_dual(const struct page *p)
{
	const struct schema_type *account = schema_account_type(p->schema);
	const struct schema_field *role =
	    schema_find_field(account, account->account.role);
	json_t *acts = json_object_get(p->bundle, "dual");
	const char *name;
	json_t *def;

	page_word_in(p, "p", "dictionary.dual.help");
	json_object_foreach(acts, name, def)
	{
		const struct schema_dual *act = schema_dual(p->schema, name);
		struct buf propose, confirm;
		char hours[24];

		buf_init(&propose, LABELS_MAX);
		buf_init(&confirm, LABELS_MAX);
		page_labels(p, role->codes, act->propose, &propose);
		page_labels(p, role->codes, act->confirm, &confirm);
		(void)snprintf(
		    hours, sizeof(hours), "%lld", (long long)act->hours);
		page_html(p, "<h3 id=\"dual-%s\">", name);
		page_text(p, act->label);
		page_html(p, "</h3>\n<p>");
		page_words(p, "dictionary.dual.act", "propose", propose.ptr,
		    "confirm", confirm.ptr, "hours", hours, NULL);
		page_html(p, "</p>\n");
		write_dual_of(p, act);
		buf_fini(&propose);
		buf_fini(&confirm);
	}
}
