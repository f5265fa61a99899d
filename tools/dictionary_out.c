/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pieces of the page: text, words, dates, lists of labels and tables.
 */
#include "tools/dictionary.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILLED_MAX ((size_t)8192)
#define NATION_LIST "nation"
#define HTML_MAX 1024

void
dictionary_html(const struct dictionary *d, const char *fmt, ...)
{
	char text[HTML_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)buf_add_str(d->out, text);
}

void
dictionary_text(const struct dictionary *d, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '&')
			(void)buf_add_str(d->out, "&amp;");
		else if (*text == '<')
			(void)buf_add_str(d->out, "&lt;");
		else if (*text == '>')
			(void)buf_add_str(d->out, "&gt;");
		else if (*text == '"')
			(void)buf_add_str(d->out, "&quot;");
		else
			(void)buf_add_char(d->out, *text);
	}
}

void
dictionary_in(const struct dictionary *d, const char *tag, const char *text)
{
	dictionary_html(d, "<%s>", tag);
	dictionary_text(d, text);
	dictionary_html(d, "</%s>\n", tag);
}

void
dictionary_word(const struct dictionary *d, const char *key)
{
	dictionary_text(d, schema_word(d->schema, key));
}

void
dictionary_word_in(const struct dictionary *d, const char *tag, const char *key)
{
	dictionary_in(d, tag, schema_word(d->schema, key));
}

/* The value of a name among pairs, NULL if there is none. */
static const char *
value_of(va_list pairs, const char *name, size_t len)
{
	const char *found = NULL, *one;
	va_list ap;

	va_copy(ap, pairs);
	while (found == NULL && (one = va_arg(ap, const char *)) != NULL) {
		const char *value = va_arg(ap, const char *);

		if (strlen(one) == len && memcmp(one, name, len) == 0)
			found = value;
	}
	va_end(ap);
	return found;
}

void
dictionary_words(const struct dictionary *d, const char *key, ...)
{
	const char *at = schema_word(d->schema, key);
	struct buf filled;
	va_list ap;

	buf_init(&filled, FILLED_MAX);
	va_start(ap, key);
	while (*at != '\0') {
		const char *end = *at == '{' ? strchr(at, '}') : NULL;
		const char *value = end == NULL
		    ? NULL
		    : value_of(ap, at + 1, (size_t)(end - at) - 1);

		if (value == NULL) {
			(void)buf_add_char(&filled, *at++);
			continue;
		}
		(void)buf_add_str(&filled, value);
		at = end + 1;
	}
	va_end(ap);
	dictionary_text(d, filled.ptr);
	buf_fini(&filled);
}

void
dictionary_day(const char *date, char out[static DICTIONARY_DAY_MAX])
{
	static const char *const months[] = { "January", "February", "March",
		"April", "May", "June", "July", "August", "September",
		"October", "November", "December" };
	char *end;
	const long year = strtol(date, &end, 10);
	const long month = *end == '-' ? strtol(end + 1, &end, 10) : 0;
	const long day = *end == '-' ? strtol(end + 1, &end, 10) : 0;

	if (month < 1 || month > 12 || day < 1)
		(void)snprintf(out, DICTIONARY_DAY_MAX, "%.30s", date);
	else
		(void)snprintf(out, DICTIONARY_DAY_MAX, "%ld %s %ld", day,
		    months[month - 1], year);
}

void
dictionary_labels(const struct dictionary *d, const struct schema_list *list,
    const json_t *codes, struct buf *out)
{
	for (size_t i = 0; i < json_array_size(codes); i++) {
		const json_t *code = json_array_get(codes, i);
		const char *text = json_string_value(code);

		if (json_is_boolean(code))
			text = schema_word(d->schema,
			    json_is_true(code) ? "value.yes" : "value.no");
		else if (list != NULL)
			text = schema_code_label(list, text);
		(void)buf_printf(out, "%s%s", i > 0 ? ", " : "", text);
	}
}

const char *
dictionary_type_label(const struct dictionary *d, const char *name)
{
	const struct schema_type *type = schema_type(d->schema, name);

	return type == NULL ? name : type->label;
}

const char *
dictionary_label_of(const struct schema_type *type, const char *path)
{
	const struct schema_field *f;
	char head[128];
	const char *slash = strchr(path, '/');

	(void)snprintf(head, sizeof(head), "%.*s",
	    slash == NULL ? (int)strlen(path) : (int)(slash - path), path);
	f = schema_find_field(type, head);
	if (f != NULL && slash != NULL)
		f = schema_child(f, slash + 1);
	return f == NULL ? "" : f->label;
}

void
dictionary_days(const struct dictionary *d, const char *first, const char *last)
{
	char from[DICTIONARY_DAY_MAX] = "", to[DICTIONARY_DAY_MAX] = "";

	if (first != NULL)
		dictionary_day(first, from);
	if (last != NULL)
		dictionary_day(last, to);
	if (first != NULL && last != NULL)
		dictionary_words(
		    d, "dictionary.days.both", "from", from, "to", to, NULL);
	else if (first != NULL)
		dictionary_words(d, "dictionary.days.from", "from", from, NULL);
	else if (last != NULL)
		dictionary_words(d, "dictionary.days.to", "to", to, NULL);
	else
		dictionary_word(d, "dictionary.days.always");
}

void
dictionary_nations(const struct dictionary *d, const json_t *nations)
{
	struct buf labels;

	if (nations == NULL) {
		dictionary_word(d, "dictionary.everywhere");
		return;
	}
	buf_init(&labels, FILLED_MAX);
	dictionary_labels(
	    d, schema_list(d->schema, NATION_LIST), nations, &labels);
	dictionary_text(d, labels.ptr);
	buf_fini(&labels);
}

void
dictionary_source(const struct dictionary *d, const char *source)
{
	if (source == NULL)
		return;
	dictionary_html(d, "<p>");
	dictionary_words(d, "dictionary.source", "source", source, NULL);
	dictionary_html(d, "</p>\n");
}

void
dictionary_fact(const struct dictionary *d, const char *word)
{
	dictionary_word_in(d, "dt", word);
	dictionary_html(d, "<dd>");
}

void
dictionary_fact_end(const struct dictionary *d)
{
	dictionary_html(d, "</dd>\n");
}

void
dictionary_table(const struct dictionary *d, const char *id,
    const char *caption, const char *name, const char *const *heads)
{
	dictionary_html(d,
	    "<div class=\"wide\" role=\"region\" tabindex=\"0\" "
	    "aria-labelledby=\"%s\">\n<table>\n<caption id=\"%s\">",
	    id, id);
	dictionary_words(d, caption, "name", name, NULL);
	dictionary_html(d, "</caption>\n<thead><tr>");
	for (; *heads != NULL; heads++) {
		dictionary_html(d, "<th scope=\"col\">");
		dictionary_word(d, *heads);
		dictionary_html(d, "</th>");
	}
	dictionary_html(d, "</tr></thead>\n<tbody>\n");
}

void
dictionary_table_end(const struct dictionary *d)
{
	dictionary_html(d, "</tbody>\n</table>\n</div>\n");
}
