/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Code lists, words that turn the meaning of others, and acts of two people.
 */
#include "common/core/schema_dual.h"
#include "tools/dictionary_field.h"

#include <stdio.h>

#define LABELS_MAX ((size_t)8192)

/* ---- code lists ---- */

static void
write_code(const struct dictionary *d, const struct schema_list *list,
    const struct schema_code *item)
{
	dictionary_html(d, "<tr id=\"list-%s.%s\"><th scope=\"row\"><strong>",
	    list->name, item->code);
	dictionary_text(d, item->label);
	dictionary_html(d, "</strong><code>%s</code></th>\n<td>", item->code);
	dictionary_days(d, item->from, item->to);
	dictionary_html(d, "</td>\n<td>");
	dictionary_nations(d, item->nations);
	dictionary_html(d, "</td>\n<td>");
	if (item->note != NULL)
		dictionary_text(d, item->note);
	dictionary_html(d, "</td></tr>\n");
}

static void
write_list(const struct dictionary *d, const struct schema_list *list,
    const json_t *def)
{
	static const char *const heads[] = { "dictionary.head.code",
		"dictionary.head.days", "dictionary.head.nation",
		"dictionary.head.note", NULL };
	char id[128];
	size_t used;

	dictionary_html(d, "<h3 id=\"list-%s\">", list->name);
	dictionary_text(d, list->label);
	dictionary_html(d, "</h3>\n<p>");
	dictionary_word(d, "dictionary.name");
	dictionary_html(d, ": <code>%s</code></p>\n", list->name);
	dictionary_source(d, json_string_value(json_object_get(def, "source")));
	(void)snprintf(id, sizeof(id), "codes-%s", list->name);
	dictionary_table(d, id, "dictionary.items", list->label, heads);
	for (size_t i = 0; i < list->items_n; i++)
		write_code(d, list, &list->items[i]);
	dictionary_table_end(d);
	dictionary_word_in(d, "p", "dictionary.used_by");
	dictionary_html(d, "<ul>\n");
	used = d->out->len;
	dictionary_used_by(d, list);
	if (d->out->len == used)
		dictionary_word_in(d, "li", "dictionary.used_by.none");
	dictionary_html(d, "</ul>\n");
}

void
dictionary_lists(const struct dictionary *d)
{
	json_t *lists = json_object_get(d->bundle, "codes");
	const char *name;
	json_t *def;

	dictionary_word_in(d, "p", "dictionary.lists.help");
	json_object_foreach(lists, name, def)
	{
		write_list(d, schema_list(d->schema, name), def);
	}
}

/* ---- words that turn the meaning of others ---- */

/* The words of one member of a guard list, as one line. */
static void
write_guard_words(
    const struct dictionary *d, const json_t *def, const char *member)
{
	const json_t *words = json_object_get(def, member);
	struct buf all;
	char key[64];

	if (json_array_size(words) == 0)
		return;
	buf_init(&all, LABELS_MAX);
	dictionary_labels(d, NULL, words, &all);
	(void)snprintf(key, sizeof(key), "dictionary.guard.%s", member);
	dictionary_word_in(d, "dt", key);
	dictionary_in(d, "dd", all.ptr);
	buf_fini(&all);
}

void
dictionary_guard(const struct dictionary *d)
{
	json_t *lists = json_object_get(d->bundle, "guard");
	const char *name, *reach;
	char key[64];
	json_t *def;

	dictionary_word_in(d, "p", "dictionary.guard.help");
	json_object_foreach(lists, name, def)
	{
		dictionary_html(d, "<h3 id=\"guard-%s\">", name);
		dictionary_text(
		    d, json_string_value(json_object_get(def, "label")));
		dictionary_html(d, "</h3>\n");
		reach = json_string_value(json_object_get(def, "reach"));
		(void)snprintf(key, sizeof(key), "dictionary.reach.%.20s",
		    reach == NULL ? "" : reach);
		dictionary_word_in(d, "p", key);
		dictionary_source(
		    d, json_string_value(json_object_get(def, "source")));
		dictionary_html(d, "<dl>\n");
		write_guard_words(d, def, "words");
		write_guard_words(d, def, "stems");
		write_guard_words(d, def, "endings");
		if (json_is_true(json_object_get(def, "digits"))) {
			dictionary_word_in(d, "dt", "dictionary.guard.digits");
			dictionary_word_in(
			    d, "dd", "dictionary.guard.digits.help");
		}
		if (json_is_true(json_object_get(def, "names"))) {
			dictionary_word_in(d, "dt", "dictionary.guard.names");
			dictionary_word_in(
			    d, "dd", "dictionary.guard.names.help");
		}
		dictionary_html(d, "</dl>\n");
	}
}

/* ---- two people ---- */

/* Of what an act of two people is asked, where it is not asked of all. */
static void
write_dual_of(const struct dictionary *d, const struct schema_dual *act)
{
	const char *name;
	json_t *fields, *field;
	size_t i;

	if (act->fields == NULL && !act->signed_text)
		return;
	dictionary_word_in(d, "p", "dictionary.dual.of");
	dictionary_html(d, "<ul>\n");
	if (act->signed_text)
		dictionary_word_in(d, "li", "dictionary.dual.signed_text");
	json_object_foreach((json_t *)(uintptr_t)act->fields, name, fields)
	{
		json_array_foreach(fields, i, field)
		{
			dictionary_html(d, "<li>");
			dictionary_text(d, dictionary_type_label(d, name));
			dictionary_text(d, ": ");
			dictionary_text(d,
			    dictionary_label_of(schema_type(d->schema, name),
			        json_string_value(field)));
			dictionary_html(d, "</li>\n");
		}
	}
	dictionary_html(d, "</ul>\n");
}

void
dictionary_dual(const struct dictionary *d)
{
	const struct schema_type *account = schema_account_type(d->schema);
	const struct schema_field *role =
	    schema_find_field(account, account->account.role);
	json_t *acts = json_object_get(d->bundle, "dual");
	const char *name;
	json_t *def;

	dictionary_word_in(d, "p", "dictionary.dual.help");
	json_object_foreach(acts, name, def)
	{
		const struct schema_dual *act = schema_dual(d->schema, name);
		struct buf propose, confirm;
		char hours[24];

		buf_init(&propose, LABELS_MAX);
		buf_init(&confirm, LABELS_MAX);
		dictionary_labels(d, role->codes, act->propose, &propose);
		dictionary_labels(d, role->codes, act->confirm, &confirm);
		(void)snprintf(
		    hours, sizeof(hours), "%lld", (long long)act->hours);
		dictionary_html(d, "<h3 id=\"dual-%s\">", name);
		dictionary_text(d, act->label);
		dictionary_html(d, "</h3>\n<p>");
		dictionary_words(d, "dictionary.dual.act", "propose",
		    propose.ptr, "confirm", confirm.ptr, "hours", hours, NULL);
		dictionary_html(d, "</p>\n");
		write_dual_of(d, act);
		buf_fini(&propose);
		buf_fini(&confirm);
	}
}
