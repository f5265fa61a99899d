/* SPDX-License-Identifier: Apache-2.0 */
#include "client/show.h"

#include "client/output.h"
#include "client/save.h"
#include "common/base/clock.h"
#include "common/core/limits.h"
#include "common/core/path.h"
#include "common/sys/json.h"

#define INDENT_MAX 16

void
record_title(struct client *c, const char *id_text, char out[static TITLE_MAX])
{
	struct buf title;
	struct id id;
	size_t len;

	(void)snprintf(out, TITLE_MAX, "%s", id_text);
	if (!id_parse(id_text, &id))
		return;
	if (id_is_zero(id)) {
		(void)snprintf(
		    out, TITLE_MAX, "%s", output_word(c, "who.office"));
		return;
	}
	buf_init(&title, LIMIT_RECORD_BYTES);
	if (c->store != NULL &&
	    device_store_title(c->store, id, &title, NULL) == ERR_OK) {
		len = title.len < TITLE_MAX ? title.len : TITLE_MAX - 1;
		/* Never half a character. */
		while (len < title.len && len > 0 &&
		    ((unsigned char)title.ptr[len] & 0xC0U) == 0x80U)
			len--;
		(void)snprintf(out, TITLE_MAX, "%.*s", (int)len, title.ptr);
	}
	buf_wipe(&title);
}

static void
show_time(const char *text, const char *indent)
{
	char both[CLOCK_HUMAN_MAX];
	uint64_t ms;

	if (clock_parse(text, &ms)) {
		clock_print_human(ms, both);
		text = both;
	}
	output("%s%s\n", indent, text);
}

/* 2026-11-21 as people write it; what is no date as it is. */
static void
show_date(const char *text, const char *indent)
{
	static const char *const months[] = { "January", "February", "March",
		"April", "May", "June", "July", "August", "September",
		"October", "November", "December" };
	char *end;
	long month = strlen(text) == 10 ? strtol(text + 5, &end, 10) : 0;

	if (month < 1 || month > 12 || *end != '-')
		output("%s%s\n", indent, text);
	else
		output("%s%ld %s %.4s\n", indent, strtol(text + 8, NULL, 10),
		    months[month - 1], text);
}

static void
show_code(struct client *c, const struct schema_field *field, const char *code,
    const char *indent)
{
	output("%s", indent);
	if (schema_code(field->codes, code) == NULL)
		output_words(c, "value.newer", "code", code, NULL);
	else
		output("%s\n", schema_code_label(field->codes, code));
}

static void
show_ref(struct client *c, const char *id_text, const char *indent)
{
	char title[TITLE_MAX];
	struct id id;

	record_title(c, id_text, title);
	if (strcmp(title, id_text) == 0 || !id_parse(id_text, &id) ||
	    id_is_zero(id))
		output("%s%s\n", indent, title);
	else
		output("%s%s (%s)\n", indent, title, id_text);
}

static void
deeper(const char *indent, char out[static INDENT_MAX])
{
	(void)snprintf(out, INDENT_MAX, "%.12s  ", indent);
}

/* The members of a group or the columns of a row, in order. */
static void
show_members(struct client *c, const struct schema_field *field,
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
		output("%s%s:\n", indent, child->label);
		show_value(c, child, one, more);
	}
}

static void
show_rows(struct client *c, const struct schema_field *field,
    const json_t *rows, const char *indent)
{
	char more[INDENT_MAX];
	const char *name;
	json_t *row;

	deeper(indent, more);
	json_object_foreach((json_t *)(uintptr_t)rows, name, row)
	{
		output("%s- %s/%s\n", indent, field->name, name);
		show_members(c, field, row, more);
	}
}

/* What no field describes, as it is stored. */
static void
show_raw(const json_t *value, const char *indent)
{
	struct buf text;

	if (json_is_string(value)) {
		output_text(json_string_value(value), indent);
		return;
	}
	buf_init(&text, LIMIT_RECORD_BYTES);
	if (json_print(value, &text, NULL) == ERR_OK)
		output("%s%s\n", indent, text.ptr);
	buf_wipe(&text);
}

/* Codes and ids; false for a value of another kind. */
static bool
show_named(struct client *c, const struct schema_field *field,
    const json_t *value, const char *indent)
{
	bool is_ref = field->kind == SCHEMA_REF || field->kind == SCHEMA_REFS;

	if (json_is_array(value)) {
		for (size_t i = 0; i < json_array_size(value); i++)
			if (!show_named(
			        c, field, json_array_get(value, i), indent))
				return false;
		return true;
	}
	if (!json_is_string(value))
		return false;
	if (is_ref)
		show_ref(c, json_string_value(value), indent);
	else
		show_code(c, field, json_string_value(value), indent);
	return true;
}

void
show_value(struct client *c, const struct schema_field *field,
    const json_t *value, const char *indent)
{
	if (value == NULL || json_is_null(value)) {
		output("%s%s\n", indent, output_word(c, "value.none"));
		return;
	}
	if (field == NULL) {
		show_raw(value, indent);
		return;
	}
	switch (field->kind) {
	case SCHEMA_TIME:
		if (json_is_string(value)) {
			show_time(json_string_value(value), indent);
			return;
		}
		break;
	case SCHEMA_DATE:
		if (json_is_string(value)) {
			show_date(json_string_value(value), indent);
			return;
		}
		break;
	case SCHEMA_YES_NO:
		output("%s%s\n", indent,
		    output_word(
		        c, json_is_true(value) ? "value.yes" : "value.no"));
		return;
	case SCHEMA_CODE:
	case SCHEMA_CODES:
	case SCHEMA_REF:
	case SCHEMA_REFS:
		if (show_named(c, field, value, indent))
			return;
		break;
	case SCHEMA_ROWS:
		show_rows(c, field, value, indent);
		return;
	case SCHEMA_GROUP:
		show_members(c, field, value, indent);
		return;
	case SCHEMA_LINE:
	case SCHEMA_TEXT:
	case SCHEMA_NUMBER:
		break;
	}
	show_raw(value, indent);
}

void
show_doc(struct client *c, const json_t *doc)
{
	const struct schema_type *type = c->type;
	const char *name;
	json_t *value;

	for (size_t i = 0; i < type->fields_n; i++) {
		const struct schema_field *f =
		    schema_shown(type->fields, type->fields_n, i);

		value = json_object_get(doc, f->name);
		if (value == NULL)
			continue;
		output("%s:\n", f->label);
		show_value(c, f, value, "  ");
	}
	/* Fields of a newer schema come last. */
	json_object_foreach((json_t *)(uintptr_t)doc, name, value)
	{
		if (schema_find_field(type, name) == NULL) {
			output("%s:\n", name);
			show_raw(value, "  ");
		}
	}
}
