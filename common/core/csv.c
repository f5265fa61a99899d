/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/csv.h"

#include <string.h>

#include "common/base/utf8.h"

/* ---- reading ---- */

static size_t
lines_before(const char *from, const char *to)
{
	size_t n = 1;

	for (const char *s = from; s < to; s++)
		if (*s == '\n' || (*s == '\r' && (s + 1 == to || s[1] != '\n')))
			n++;
	return n;
}

/* The first line that is no text, for who has to put it right. */
static enum err_code
not_text(const char *bytes, size_t len, struct err *e)
{
	const char *at = bytes, *end = bytes + len;

	while (at < end) {
		const char *next = memchr(at, '\n', (size_t)(end - at));

		if (next == NULL)
			next = end;
		if (!utf8_is_text(at, (size_t)(next - at)))
			break;
		at = next < end ? next + 1 : end;
	}
	return err_set(e, ERR_INVALID, 0,
	    "line %zu is not UTF-8; save the table as \"CSV UTF-8\"",
	    lines_before(bytes, at));
}

static char
delimiter_of(const char *at, const char *end)
{
	size_t commas = 0, semicolons = 0;
	bool quoted = false;

	for (; at < end && (quoted || (*at != '\n' && *at != '\r')); at++) {
		if (*at == '"')
			quoted = !quoted;
		commas += !quoted && *at == ',';
		semicolons += !quoted && *at == ';';
	}
	return semicolons > commas ? ';' : ',';
}

enum err_code
csv_init(struct csv *c, const char *bytes, size_t len, struct err *e)
{
	const size_t mark = strlen(CSV_MARK);

	if (!utf8_is_text(bytes, len))
		return not_text(bytes, len, e);
	*c = (struct csv){ .at = bytes, .end = bytes + len, .number = 1 };
	if (len >= mark && memcmp(bytes, CSV_MARK, mark) == 0)
		c->at += mark;
	c->delimiter = delimiter_of(c->at, c->end);
	buf_init(&c->text, len + CSV_CELLS_MAX + 1);
	return ERR_OK;
}

void
csv_fini(struct csv *c)
{
	buf_wipe(&c->text);
}

static bool
at_line_end(const struct csv *c)
{
	return c->at == c->end || *c->at == '\n' || *c->at == '\r';
}

/* Step over the line end that is here. */
static void
pass_line_end(struct csv *c)
{
	if (c->at == c->end)
		return;
	if (*c->at == '\r' && c->at + 1 < c->end && c->at[1] == '\n')
		c->at++;
	c->at++;
	c->number++;
}

/* What is in quotes, up to behind the one that closes them. */
static enum err_code
read_quoted(struct csv *c, struct err *e)
{
	const size_t from = c->number;

	c->at++;
	for (;;) {
		if (c->at == c->end)
			return err_set(e, ERR_INVALID, 0,
			    "line %zu: a quote is opened and never closed",
			    from);
		if (*c->at == '"' && (c->at + 1 == c->end || c->at[1] != '"'))
			break;
		if (at_line_end(c)) {
			(void)buf_add_char(&c->text, '\n');
			pass_line_end(c);
			continue;
		}
		c->at += *c->at == '"';
		(void)buf_add_char(&c->text, *c->at++);
	}
	c->at++;
	if (at_line_end(c) || *c->at == c->delimiter)
		return ERR_OK;
	return err_set(e, ERR_INVALID, 0,
	    "line %zu: something stands behind a closing quote", c->number);
}

static enum err_code
read_cell(struct csv *c, struct err *e)
{
	enum err_code code = ERR_OK;

	if (c->at < c->end && *c->at == '"')
		code = read_quoted(c, e);
	else
		while (!at_line_end(c) && *c->at != c->delimiter) {
			if (*c->at == '"')
				return err_set(e, ERR_INVALID, 0,
				    "line %zu: a quote stands within a cell "
				    "that is not in quotes",
				    c->number);
			(void)buf_add_char(&c->text, *c->at++);
		}
	(void)buf_add_char(&c->text, '\0');
	return code;
}

static enum err_code
read_line(struct csv *c, struct csv_line *out, struct err *e)
{
	size_t starts[CSV_CELLS_MAX];
	enum err_code code = ERR_OK;

	buf_reset(&c->text);
	out->number = c->number;
	out->n = 0;
	for (;;) {
		if (out->n == CSV_CELLS_MAX)
			return err_set(e, ERR_INVALID, 0,
			    "line %zu has more than %d cells", out->number,
			    CSV_CELLS_MAX);
		starts[out->n++] = c->text.len;
		if ((code = read_cell(c, e)) != ERR_OK)
			return code;
		if (at_line_end(c))
			break;
		c->at++; /* the delimiter */
	}
	pass_line_end(c);
	for (size_t i = 0; i < out->n; i++)
		out->cells[i] = c->text.ptr + starts[i];
	return buf_check(&c->text, e);
}

static bool
is_blank(const struct csv_line *line)
{
	for (size_t i = 0; i < line->n; i++)
		if (line->cells[i][strspn(line->cells[i], " \t")] != '\0')
			return false;
	return true;
}

enum err_code
csv_next(struct csv *c, struct csv_line *out, bool *any_out, struct err *e)
{
	while (c->at < c->end) {
		enum err_code code = read_line(c, out, e);

		if (code != ERR_OK)
			return code;
		if (!is_blank(out)) {
			*any_out = true;
			return ERR_OK;
		}
	}
	*any_out = false;
	return ERR_OK;
}

/* ---- writing ---- */

void
csv_put(struct buf *out, bool is_first, const char *text)
{
	const bool is_formula =
	    text[0] != '\0' && strchr("=+-@\t\r\n", text[0]) != NULL;
	const size_t len = strlen(text);
	const bool quotes = strpbrk(text, ",;\"\r\n\t") != NULL ||
	    (len > 0 && (text[0] == ' ' || text[len - 1] == ' '));

	if (!is_first)
		(void)buf_add_char(out, ',');
	if (quotes)
		(void)buf_add_char(out, '"');
	if (is_formula)
		(void)buf_add_char(out, '\'');
	for (const char *s = text; *s != '\0'; s++) {
		if (*s == '"')
			(void)buf_add_char(out, '"');
		(void)buf_add_char(out, *s);
	}
	if (quotes)
		(void)buf_add_char(out, '"');
}

void
csv_put_end(struct buf *out)
{
	(void)buf_add(out, "\r\n", 2);
}
