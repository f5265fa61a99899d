/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The questions of a guide, on a terminal.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/guide.h"
#include "client/output.h"
#include "client/save.h"
#include "common/base/buf.h"
#include "common/core/limits.h"
#include "common/core/page.h"

#define LINE_MAX_BYTES ((size_t)4096)
#define CHOICES_MAX 9

/* One line of the terminal without its newline; false at the end of the input.
 * Byte by byte, so that nothing of it stays in a buffer that is not wiped. */
static bool
read_line(struct buf *out)
{
	char byte;
	bool any = false;

	buf_reset(out);
	while (read(STDIN_FILENO, &byte, 1) == 1) {
		any = true;
		if (byte == '\n')
			return true;
		(void)buf_add_char(out, byte);
	}
	return any;
}

/* Lines until an empty one. */
static bool
read_lines(struct buf *line, struct buf *out)
{
	bool more;

	while ((more = read_line(line)) && line->len > 0) {
		(void)buf_add_str(out, out->len > 0 ? "\n" : "");
		(void)buf_add_str(out, line->ptr);
	}
	return more;
}

/* The code whose number was typed; NULL: it is none. */
static const char *
chosen(const struct schema_list *list, const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	return *end == '\0' && n >= 1 && n <= list->items_n
	    ? list->items[n - 1].code
	    : schema_code(list, text) != NULL ? text
	                                      : NULL;
}

struct choice {
	const char *part;
	struct id ids[CHOICES_MAX];
	char titles[CHOICES_MAX][120];
	size_t n;
};

static bool
take_choice(void *arg, const struct record_summary *r)
{
	struct choice *c = arg;

	if (r->is_removed || strcasestr(r->title, c->part) == NULL)
		return true;
	if (c->n == CHOICES_MAX)
		return false;
	c->ids[c->n] = r->id;
	(void)snprintf(c->titles[c->n++], sizeof(c->titles[0]), "%s", r->title);
	return true;
}

static bool
has_namesake(const struct choice *c, size_t i)
{
	for (size_t k = 0; k < c->n; k++)
		if (k != i && strcmp(c->titles[k], c->titles[i]) == 0)
			return true;
	return false;
}

/* What tells two of one name apart: what a colleague does here, or when a
 * person was born; and the id. */
static void
put_details(struct client *c, const struct schema_type *type, struct id id)
{
	const char *role = type == NULL ? NULL : type->account.role;
	const char *born = type == NULL ? NULL : type->same.born;
	const char *field = role != NULL ? role : born;
	json_t *doc = NULL;
	struct err e;

	if (field != NULL && record_doc(c, id, &doc, &e) == ERR_OK) {
		const struct schema_field *f = schema_find_field(type, field);
		const char *text =
		    json_string_value(json_object_get(doc, field));

		if (text != NULL && role != NULL)
			output(", %s", schema_code_label(f->codes, text));
		else if (text != NULL)
			output(", %s: %s", f->label, text);
	}
	output(" (%s)", id_print(id).s);
	json_decref(doc);
}

static void
put_choice(struct client *c, const struct schema_field *f,
    const struct choice *found, size_t i)
{
	output("  %zu  %s", i + 1, found->titles[i]);
	if (has_namesake(found, i))
		put_details(c, schema_type(c->schema, f->ref), found->ids[i]);
	output("\n");
}

/* A record by a part of its name: the only one, or one of up to nine. */
static bool
choose(struct client *c, const struct schema_field *f, struct buf *line,
    struct err *e)
{
	struct choice found = { .part = line->ptr };
	struct err why;
	unsigned long n = 1;
	char *end;

	if (line->len == 0)
		return true;
	/* What went well may have left something in it. */
	if (device_store_list(c->store, f->ref, NULL, 100000, take_choice,
	        &found, &why) != ERR_OK) {
		*e = why;
		return false;
	}
	for (size_t i = 0; found.n > 1 && i < found.n; i++)
		put_choice(c, f, &found, i);
	if (found.n > 1) {
		output_words(c, "guide.which", NULL);
		(void)output_end();
		(void)read_line(line);
		n = strtoul(line->ptr, &end, 10);
	}
	buf_reset(line);
	if (n >= 1 && n <= found.n)
		(void)buf_add_str(line, id_print(found.ids[n - 1]).s);
	else
		output_words(c, "guide.nobody", NULL);
	return true;
}

/* The question, and what may be typed. */
static void
put_question(struct client *c, const struct schema_field *f)
{
	output("%s\n", f->label);
	for (size_t i = 0; f->kind == SCHEMA_CODE && i < f->codes->items_n; i++)
		output("  %zu  %s\n", i + 1, f->codes->items[i].label);
	if (f->kind == SCHEMA_YES_NO)
		output_words(c, "guide.yes_no", NULL);
	else if (f->kind == SCHEMA_CODE)
		output_words(c, "guide.which", NULL);
	else if (f->kind == SCHEMA_REF)
		output_words(c, "guide.part", NULL);
	else
		output_words(c, "guide.text", NULL);
	(void)output_end();
}

/* What was typed, as the text of a value; empty: no answer, or, in *again, one
 * that nothing can be made of. */
static bool
read_answer(struct client *c, const struct schema_field *f, struct buf *line,
    struct buf *out, bool *again, struct err *e)
{
	const char *code;
	bool more;

	*again = false;
	buf_reset(out);
	if (f->kind == SCHEMA_TEXT)
		return read_lines(line, out);
	more = read_line(line);
	if (f->kind == SCHEMA_REF && !choose(c, f, line, e))
		return false;
	code = line->ptr;
	if (f->kind == SCHEMA_CODE && line->len > 0)
		code = chosen(f->codes, line->ptr);
	if (f->kind == SCHEMA_YES_NO && line->len > 0)
		code = strchr("yY", line->ptr[0]) != NULL ? "yes"
		    : strchr("nN", line->ptr[0]) != NULL  ? "no"
		                                          : NULL;
	if (line->len > 0 && code != NULL)
		(void)buf_add_str(out, code);
	*again = code == NULL;
	return more;
}

/* Until it is answered, left open, or the input ends. */
static bool
ask_one(struct client *c, const struct schema_field *f, struct buf *line,
    struct buf *out, struct err *e)
{
	bool again, more;

	do {
		put_question(c, f);
		more = read_answer(c, f, line, out, &again, e);
		if (again)
			output_words(c, "guide.again", NULL);
	} while (again && more);
	return more;
}

enum err_code
guide_ask(struct client *c, const struct schema_guide *guide,
    struct edits *edits, struct err *e)
{
	struct buf line, answer;
	bool more = true;
	enum err_code code = ERR_OK;

	buf_init(&line, LINE_MAX_BYTES);
	buf_init(&answer, LIMIT_TEXT_BYTES);
	e->code = ERR_OK;
	for (size_t i = 0; i < guide->ask_n && more && code == ERR_OK; i++) {
		const struct schema_field *f = guide->ask[i];

		if (edits_touch(edits, f->name))
			continue;
		more = ask_one(c, f, &line, &answer, e);
		code = e->code;
		if (code == ERR_OK && answer.len > 0)
			code = edits_set(edits, f->name, answer.ptr, answer.len,
			    EDIT_TEXT, e);
		if (code == ERR_OK && answer.len > 0)
			guide_urgent(c, guide, f, edits);
	}
	buf_wipe(&line);
	buf_wipe(&answer);
	return code;
}
