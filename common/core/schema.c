/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asking a loaded schema.  Everything that is looked up by name is kept
 * sorted and found by halving: a page or a merge asks for many fields.
 */
#include "common/core/schema_int.h"

#include "common/core/limits.h"

int64_t
schema_version(const struct schema *s)
{
	return s->version;
}

static int
type_order(const void *key, const void *item)
{
	const struct schema_type *type = item;

	return strcmp(key, type->name);
}

const struct schema_type *
schema_type(const struct schema *s, const char *name)
{
	return s->types_n == 0 ? NULL
	                       : bsearch(name, s->types, s->types_n,
	                             sizeof(*s->types), type_order);
}

bool
schema_is_own_scope(const struct schema_type *type)
{
	for (size_t i = 0; i < type->rules_n; i++)
		if (type->rules[i].rule == SCHEMA_SELF)
			return true;
	return false;
}

bool
schema_stays_at_office(const struct schema_type *type)
{
	return type->rules_n == 1 && type->rules[0].rule == SCHEMA_SELF &&
	    type->grants.rows == NULL;
}

const struct schema_type *
schema_account_type(const struct schema *s)
{
	return s->account;
}

const struct schema_type *
schema_deciding_type(const struct schema *s)
{
	return s->deciding;
}

size_t
schema_types_n(const struct schema *s)
{
	return s->types_n;
}

const struct schema_type *
schema_type_at(const struct schema *s, size_t i)
{
	return &s->types[i];
}

static int
list_order(const void *key, const void *item)
{
	const struct schema_list *list = item;

	return strcmp(key, list->name);
}

const struct schema_list *
schema_list(const struct schema *s, const char *name)
{
	return s->lists_n == 0 ? NULL
	                       : bsearch(name, s->lists, s->lists_n,
	                             sizeof(*s->lists), list_order);
}

static int
code_order(const void *key, const void *item)
{
	const struct schema_code *const *code = item;

	return strcmp(key, (*code)->code);
}

const struct schema_code *
schema_code(const struct schema_list *list, const char *code)
{
	const struct schema_code *const *found = bsearch(code, list->by_code,
	    list->items_n, sizeof(const struct schema_code *), code_order);

	return found == NULL ? NULL : *found;
}

const char *
schema_code_label(const struct schema_list *list, const char *code)
{
	const struct schema_code *item = schema_code(list, code);

	return item == NULL ? code : item->label;
}

bool
schema_code_is_current(
    const struct schema_code *item, const char *day, const char *nation)
{
	size_t n = json_array_size(item->nations);
	bool is_here = n == 0 || nation == NULL;

	for (size_t i = 0; i < n && !is_here; i++)
		is_here = strcmp(nation,
		              json_string_value(
		                  json_array_get(item->nations, i))) == 0;
	/* Dates in this form sort as text. */
	return is_here &&
	    (item->from == NULL || strcmp(item->from, day) <= 0) &&
	    (item->to == NULL || strcmp(day, item->to) <= 0);
}

const struct text_guard *
schema_guard(const struct schema *s)
{
	return s->guard;
}

const char *
schema_word(const struct schema *s, const char *key)
{
	const char *word = json_string_value(json_object_get(s->words, key));

	return word == NULL ? key : word;
}

/* A part of a path: a name that is not terminated. */
struct slice {
	const char *ptr;
	size_t len;
};

/* Compare a slice with a name, as strcmp would. */
static int
field_order(const void *key, const void *item)
{
	const struct slice *name = key;
	const struct schema_field *field = item;
	size_t same = 0;

	/* Most differ in the first letters: a call would take longer. */
	while (same < name->len && name->ptr[same] == field->name[same])
		same++;
	if (same < name->len)
		return (unsigned char)name->ptr[same] <
		        (unsigned char)field->name[same]
		    ? -1
		    : 1;
	return field->name[same] == '\0' ? 0 : -1;
}

static const struct schema_field *
field_named(const struct schema_field *fields, size_t n, struct slice name)
{
	return n == 0 ? NULL
	              : bsearch(&name, fields, n, sizeof(*fields), field_order);
}

#define PATH_PARTS_MAX 3

/* strspn(text, SCHEMA_PATH_CHARS), which would sort the letters anew for every
 * part of every path. */
static size_t
name_span(const char *text)
{
	size_t n = 0;

	for (;; n++) {
		const char c = text[n];

		if ((c < 'a' || c > 'z') && (c < '0' || c > '9') &&
		    (c < 'A' || c > 'Z') && c != '_' && c != '-' && c != '.')
			return n;
	}
}

/* The parts of a path; 0 if it has an empty, overlong or ill-named part, or
 * more than three. */
static size_t
path_parts(const char *path, struct slice parts[static PATH_PARTS_MAX])
{
	size_t n = 0;

	for (;;) {
		size_t len = name_span(path);

		if (len == 0 || len > LIMIT_NAME_BYTES || n == PATH_PARTS_MAX)
			return 0;
		parts[n++] = (struct slice){ path, len };
		path += len;
		if (*path == '\0')
			return n;
		if (*path++ != '/')
			return 0;
	}
}

static struct schema_spot
spot_beneath(
    const struct schema_field *field, const struct slice *parts, size_t n)
{
	struct schema_spot bad = { SCHEMA_PART_BAD, NULL };
	const struct schema_field *column;

	switch (field->kind) {
	case SCHEMA_CODES:
	case SCHEMA_REFS:
		return n == 2
		    ? (struct schema_spot){ SCHEMA_PART_MEMBER, field }
		    : bad;
	case SCHEMA_ROWS:
		if (n == 2)
			return (struct schema_spot){ SCHEMA_PART_ROW, field };
		column =
		    field_named(field->children, field->children_n, parts[2]);
		return (struct schema_spot){ column == NULL
			    ? SCHEMA_PART_UNKNOWN
			    : SCHEMA_PART_COLUMN,
			column };
	case SCHEMA_LINE:
	case SCHEMA_TEXT:
	case SCHEMA_DATE:
	case SCHEMA_TIME:
	case SCHEMA_NUMBER:
	case SCHEMA_YES_NO:
	case SCHEMA_CODE:
	case SCHEMA_REF:
	case SCHEMA_GROUP:
		break;
	}
	return bad;
}

struct schema_spot
schema_find(const struct schema_type *type, const char *path)
{
	struct slice parts[PATH_PARTS_MAX];
	const struct schema_field *field;
	size_t n;

	if (*path == '\0')
		return (struct schema_spot){ SCHEMA_PART_RECORD, NULL };
	n = path_parts(path, parts);
	if (n == 0)
		return (struct schema_spot){ SCHEMA_PART_BAD, NULL };
	field = field_named(type->fields, type->fields_n, parts[0]);
	if (field == NULL)
		return (struct schema_spot){ SCHEMA_PART_UNKNOWN, NULL };
	if (n == 1)
		return (struct schema_spot){ SCHEMA_PART_FIELD, field };
	return spot_beneath(field, parts, n);
}

const struct schema_field *
schema_find_field(const struct schema_type *type, const char *path)
{
	return schema_find(type, path).field;
}

const struct schema_field *
schema_child(const struct schema_field *field, const char *name)
{
	struct slice slice = { name, strlen(name) };

	return field_named(field->children, field->children_n, slice);
}

const struct schema_field *
schema_shown(const struct schema_field *fields, size_t n, size_t i)
{
	for (size_t k = 0; k < n; k++)
		if (fields[k].place == i)
			return &fields[k];
	return NULL;
}

int
schema_rank_of(const struct schema_field *field, const json_t *value)
{
	size_t n = json_array_size(field->order);

	for (size_t i = 0; value != NULL && i < n; i++)
		if (json_equal(json_array_get(field->order, i), value))
			return (int)i;
	return -1;
}

bool
schema_rank_compare(const struct schema_field *field, const json_t *a,
    const json_t *b, int *sign_out)
{
	int x = schema_rank_of(field, a), y = schema_rank_of(field, b);

	if ((a != NULL && x < 0) || (b != NULL && y < 0))
		return false;
	*sign_out = (x > y) - (x < y);
	return true;
}

bool
schema_is_signed(const struct schema_type *type, const json_t *doc)
{
	const json_t *state;
	size_t n = json_array_size(type->signing.open);

	if (type->signing.field == NULL)
		return false;
	state = json_object_get(doc, type->signing.field);
	for (size_t i = 0; i < n && state != NULL; i++)
		if (json_equal(json_array_get(type->signing.open, i), state))
			return false;
	return state != NULL;
}

/* Empty text, an empty set and an empty object are absent. */
static bool
is_absent(const json_t *value)
{
	if (json_is_string(value))
		return json_string_length(value) == 0;
	if (json_is_array(value))
		return json_array_size(value) == 0;
	return value == NULL ||
	    (json_is_object(value) && json_object_size(value) == 0);
}

static bool
is_missing(const struct schema_field *field, const json_t *doc)
{
	const json_t *value = json_object_get(doc, field->name);

	if (is_absent(value))
		return field->instead == NULL ||
		    is_absent(json_object_get(doc, field->instead));
	if (field->kind != SCHEMA_GROUP)
		return false;
	for (size_t i = 0; i < field->children_n; i++)
		if (field->children[i].required_to_sign &&
		    is_absent(json_object_get(value, field->children[i].name)))
			return true;
	return false;
}

const struct schema_field *
schema_missing(const struct schema_type *type, const json_t *doc, size_t *i)
{
	while (*i < type->fields_n) {
		const struct schema_field *field =
		    schema_shown(type->fields, type->fields_n, (*i)++);

		if (field != NULL && field->required_to_sign &&
		    is_missing(field, doc))
			return field;
	}
	return NULL;
}
