/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pieces of the page: text, words, dates, lists of labels and tables.
 */
#include "tools/schema_page.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILLED_MAX ((size_t)8192)
#define NATION_LIST "nation"
#define HTML_MAX 1024

void
page_html(const struct page *p, const char *fmt, ...)
{
	char text[HTML_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)buf_add_str(p->out, text);
}

void
page_text(const struct page *p, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '&')
			(void)buf_add_str(p->out, "&amp;");
		else if (*text == '<')
			(void)buf_add_str(p->out, "&lt;");
		else if (*text == '>')
			(void)buf_add_str(p->out, "&gt;");
		else if (*text == '"')
			(void)buf_add_str(p->out, "&quot;");
		else
			(void)buf_add_char(p->out, *text);
	}
}

void
page_in(const struct page *p, const char *tag, const char *text)
{
	page_html(p, "<%s>", tag);
	page_text(p, text);
	page_html(p, "</%s>\n", tag);
}

void
page_word(const struct page *p, const char *key)
{
	page_text(p, schema_word(p->schema, key));
}

void
page_word_in(const struct page *p, const char *tag, const char *key)
{
	page_in(p, tag, schema_word(p->schema, key));
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
page_words(const struct page *p, const char *key, ...)
{
	const char *at = schema_word(p->schema, key);
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
	page_text(p, filled.ptr);
	buf_fini(&filled);
}

void
page_day(const char *date, char out[static PAGE_DAY_MAX])
{
	static const char *const months[] = { "January", "February", "March",
		"April", "May", "June", "July", "August", "September",
		"October", "November", "December" };
	char *end;
	const long year = strtol(date, &end, 10);
	const long month = *end == '-' ? strtol(end + 1, &end, 10) : 0;
	const long day = *end == '-' ? strtol(end + 1, &end, 10) : 0;

	if (month < 1 || month > 12 || day < 1)
		(void)snprintf(out, PAGE_DAY_MAX, "%.30s", date);
	else
		(void)snprintf(out, PAGE_DAY_MAX, "%ld %s %ld", day,
		    months[month - 1], year);
}

void
page_labels(const struct page *p, const struct schema_list *list,
    const json_t *codes, struct buf *out)
{
	for (size_t i = 0; i < json_array_size(codes); i++) {
		const json_t *code = json_array_get(codes, i);
		const char *text = json_string_value(code);

		if (json_is_boolean(code))
			text = schema_word(p->schema,
			    json_is_true(code) ? "value.yes" : "value.no");
		else if (list != NULL)
			text = schema_code_label(list, text);
		(void)buf_printf(out, "%s%s", i > 0 ? ", " : "", text);
	}
}

const char *
page_type_label(const struct page *p, const char *name)
{
	const struct schema_type *type = schema_type(p->schema, name);

	return type == NULL ? name : type->label;
}

const char *
page_label_of(const struct schema_type *type, const char *path)
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
page_days(const struct page *p, const char *first, const char *last)
{
	char from[PAGE_DAY_MAX] = "", to[PAGE_DAY_MAX] = "";

	if (first != NULL)
		page_day(first, from);
	if (last != NULL)
		page_day(last, to);
	if (first != NULL && last != NULL)
		page_words(
		    p, "dictionary.days.both", "from", from, "to", to, NULL);
	else if (first != NULL)
		page_words(p, "dictionary.days.from", "from", from, NULL);
	else if (last != NULL)
		page_words(p, "dictionary.days.to", "to", to, NULL);
	else
		page_word(p, "dictionary.days.always");
}

void
page_nations(const struct page *p, const json_t *nations)
{
	struct buf labels;

	if (nations == NULL) {
		page_word(p, "dictionary.everywhere");
		return;
	}
	buf_init(&labels, FILLED_MAX);
	page_labels(p, schema_list(p->schema, NATION_LIST), nations, &labels);
	page_text(p, labels.ptr);
	buf_fini(&labels);
}

void
page_source(const struct page *p, const char *source)
{
	if (source == NULL)
		return;
	page_html(p, "<p>");
	page_words(p, "dictionary.source", "source", source, NULL);
	page_html(p, "</p>\n");
}

void
page_fact(const struct page *p, const char *word)
{
	page_word_in(p, "dt", word);
	page_html(p, "<dd>");
}

void
page_fact_end(const struct page *p)
{
	page_html(p, "</dd>\n");
}

void
page_table(const struct page *p, const char *id, const char *caption,
    const char *name, const char *const *heads)
{
	page_html(p,
	    "<div class=\"wide\" role=\"region\" tabindex=\"0\" "
	    "aria-labelledby=\"%s\">\n<table>\n<caption id=\"%s\">",
	    id, id);
	page_words(p, caption, "name", name, NULL);
	page_html(p, "</caption>\n<thead><tr>");
	for (; *heads != NULL; heads++) {
		page_html(p, "<th scope=\"col\">");
		page_word(p, *heads);
		page_html(p, "</th>");
	}
	page_html(p, "</tr></thead>\n<tbody>\n");
}

void
page_table_end(const struct page *p)
{
	page_html(p, "</tbody>\n</table>\n</div>\n");
}
