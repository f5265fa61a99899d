/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values and documents in words.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/core/human.h"
#include "common/core/limits.h"
#include "common/core/path.h"
#include "common/sys/json.h"

#define INDENT_MAX 16

static void
show_time(const struct human *h, const char *text, const char *indent)
{
	char both[CLOCK_HUMAN_MAX];
	uint64_t ms;

	if (clock_parse(text, &ms)) {
		clock_print_human(ms, both);
		text = both;
	}
	human_put(h, "%s%s\n", indent, text);
}

/* 2026-11-21 as people write it; what is no date as it is. */
static void
show_date(const struct human *h, const char *text, const char *indent)
{
	static const char *const months[] = { "January", "February", "March",
		"April", "May", "June", "July", "August", "September",
		"October", "November", "December" };
	char *end;
	long month = strlen(text) == 10 ? strtol(text + 5, &end, 10) : 0;

	if (month < 1 || month > 12 || *end != '-')
		human_put(h, "%s%s\n", indent, text);
	else
		human_put(h, "%s%ld %s %.4s\n", indent,
		    strtol(text + 8, NULL, 10), months[month - 1], text);
}

static void
show_code(const struct human *h, const struct schema_field *field,
    const char *code, const char *indent)
{
	human_put(h, "%s", indent);
	if (schema_code(field->codes, code) == NULL)
		human_words(h, "value.newer", "code", code, NULL);
	else
		human_put(h, "%s\n", schema_code_label(field->codes, code));
}

static void
show_ref(const struct human *h, const char *id_text, const char *indent)
{
	char title[HUMAN_NAME_MAX];
	struct id id;

	h->name(h->arg, id_text, title);
	if (strcmp(title, id_text) == 0 || !id_parse(id_text, &id) ||
	    id_is_zero(id))
		human_put(h, "%s%s\n", indent, title);
	else
		human_put(h, "%s%s (%s)\n", indent, title, id_text);
}

static void
deeper(const char *indent, char out[static INDENT_MAX])
{
	(void)snprintf(out, INDENT_MAX, "%.12s  ", indent);
}

/* The members of a group or the columns of a row, in order. */
static void
show_members(const struct human *h, const struct schema_field *field,
    const json_t *value, const char *indent)
{
	char more[INDENT_MAX];

	deeper(indent, more);
	for (size_t i = 0; i < field->children_n; i++) {
		const struct schema_field *child =
		    schema_shown(field->children, field->children_n, i);
		const json_t *one = json_object_get(value, child->name);

		if (one == NULL)
			continue;
		human_put(h, "%s%s:\n", indent, child->label);
		human_value(h, child, one, more);
	}
}

static void
show_rows(const struct human *h, const struct schema_field *field,
    const json_t *rows, const char *indent)
{
	char more[INDENT_MAX];
	const char *name;
	json_t *row;

	deeper(indent, more);
	json_object_foreach((json_t *)(uintptr_t)rows, name, row)
	{
		human_put(h, "%s- %s/%s\n", indent, field->name, name);
		show_members(h, field, row, more);
	}
}

/* What no field describes, as it is stored. */
static void
show_raw(const struct human *h, const json_t *value, const char *indent)
{
	struct buf text;

	if (json_is_string(value)) {
		human_text(h, json_string_value(value), indent);
		return;
	}
	buf_init(&text, LIMIT_RECORD_BYTES);
	if (json_print(value, &text, NULL) == ERR_OK)
		human_put(h, "%s%s\n", indent, text.ptr);
	buf_wipe(&text);
}

/* Codes and ids; false for a value of another kind. */
static bool
show_named(const struct human *h, const struct schema_field *field,
    const json_t *value, const char *indent)
{
	bool is_ref = field->kind == SCHEMA_REF || field->kind == SCHEMA_REFS;

	if (json_is_array(value)) {
		for (size_t i = 0; i < json_array_size(value); i++)
			if (!show_named(
			        h, field, json_array_get(value, i), indent))
				return false;
		return true;
	}
	if (!json_is_string(value))
		return false;
	if (is_ref)
		show_ref(h, json_string_value(value), indent);
	else
		show_code(h, field, json_string_value(value), indent);
	return true;
}

void
human_value(const struct human *h, const struct schema_field *field,
    const json_t *value, const char *indent)
{
	if (value == NULL || json_is_null(value)) {
		human_put(h, "%s%s\n", indent, human_word(h, "value.none"));
		return;
	}
	if (field == NULL) {
		show_raw(h, value, indent);
		return;
	}
	switch (field->kind) {
	case SCHEMA_TIME:
		if (json_is_string(value)) {
			show_time(h, json_string_value(value), indent);
			return;
		}
		break;
	case SCHEMA_DATE:
		if (json_is_string(value)) {
			show_date(h, json_string_value(value), indent);
			return;
		}
		break;
	case SCHEMA_YES_NO:
		human_put(h, "%s%s\n", indent,
		    human_word(
		        h, json_is_true(value) ? "value.yes" : "value.no"));
		return;
	case SCHEMA_CODE:
	case SCHEMA_CODES:
	case SCHEMA_REF:
	case SCHEMA_REFS:
		if (show_named(h, field, value, indent))
			return;
		break;
	case SCHEMA_ROWS:
		show_rows(h, field, value, indent);
		return;
	case SCHEMA_GROUP:
		show_members(h, field, value, indent);
		return;
	case SCHEMA_LINE:
	case SCHEMA_TEXT:
	case SCHEMA_NUMBER:
		break;
	}
	show_raw(h, value, indent);
}

void
human_doc(
    const struct human *h, const struct schema_type *type, const json_t *doc)
{
	const char *name;
	json_t *value;

	for (size_t i = 0; i < type->fields_n; i++) {
		const struct schema_field *f =
		    schema_shown(type->fields, type->fields_n, i);

		value = json_object_get(doc, f->name);
		if (value == NULL)
			continue;
		human_put(h, "%s:\n", f->label);
		human_value(h, f, value, "  ");
	}
	/* Fields of a newer schema come last. */
	json_object_foreach((json_t *)(uintptr_t)doc, name, value)
	{
		if (schema_find_field(type, name) == NULL) {
			human_put(h, "%s:\n", name);
			show_raw(h, value, "  ");
		}
	}
}
