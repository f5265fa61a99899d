/* SPDX-License-Identifier: Apache-2.0 */
#include "client/core/edits.h"

#include "client/core/edit_value.h"
#include "common/base/buf.h"
#include "common/base/id.h"
#include "common/base/near.h"
#include "common/core/limits.h"
#include "common/core/path.h"
#include "common/core/schema_typed.h"
#include "common/sys/json.h"

/* A path as people write it: a field, a row, a column, a group's member. */
#define WORDS_MAX 4

struct words {
	char s[WORDS_MAX][LIMIT_NAME_BYTES + 1];
	size_t n;
};

void
edits_init(struct edits *l, const struct schema_type *type, const json_t *doc)
{
	*l = (struct edits){ .type = type, .doc = doc };
}

void
edits_fini(struct edits *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->items[i].path);
		json_decref(l->items[i].now);
	}
	for (size_t i = 0; i < l->rows_n; i++)
		free(l->rows[i].name);
	free(l->items);
	free(l->rows);
	edits_init(l, l->type, l->doc);
}

const struct schema_field *
edits_main_field(const struct schema_type *type)
{
	for (size_t i = 0; i < type->fields_n; i++) {
		const struct schema_field *f =
		    schema_shown(type->fields, type->fields_n, i);

		if (f->kind == SCHEMA_TEXT && f->required_to_sign)
			return f;
	}
	return NULL;
}

bool
edits_touch(const struct edits *l, const char *path)
{
	for (size_t i = 0; i < l->n; i++)
		if (path_related(l->items[i].path, path))
			return true;
	return false;
}

static enum err_code
no_memory(struct err *e)
{
	return err_set(e, ERR_NOMEM, 0, "out of memory");
}

static enum err_code
split(const char *path, struct words *out, struct err *e)
{
	*out = (struct words){ .n = 0 };
	for (;;) {
		size_t len = strcspn(path, "/");

		if (out->n == WORDS_MAX || len == 0 || len > LIMIT_NAME_BYTES)
			return err_set(e, ERR_INVALID, 0,
			    "\"%.100s\" is not the name of a field", path);
		memcpy(out->s[out->n], path, len);
		out->s[out->n++][len] = '\0';
		if (path[len] == '\0')
			return ERR_OK;
		path += len + 1;
	}
}

static enum err_code
unknown_name(const struct schema_field *among, size_t n, const char *name,
    const char *what, struct err *e)
{
	struct near near = { 0 };

	for (size_t i = 0; i < n; i++)
		near_offer(&near, name, among[i].name);
	if (near.word != NULL)
		return err_set(e, ERR_INVALID, 0,
		    "%s has no field \"%.64s\"; did you mean \"%s\"?", what,
		    name, near.word);
	return err_set(e, ERR_INVALID, 0,
	    "%s has no field \"%.64s\"; the command `fields` of its type "
	    "lists them",
	    what, name);
}

/* Put the id of the row that "+NAME" stands for in this list into word. */
static enum err_code
row_id(struct edits *l, const char *field, char word[LIMIT_NAME_BYTES + 1],
    struct err *e)
{
	char name[2 * LIMIT_NAME_BYTES + 2];
	uint8_t random[10] = { 0 };
	struct edit_row *rows;

	if (word[0] != '+')
		return ERR_OK;
	(void)snprintf(name, sizeof(name), "%s/%s", field, word);
	for (size_t i = 0; i < l->rows_n; i++)
		if (strcmp(l->rows[i].name, name) == 0) {
			memcpy(word, l->rows[i].id, sizeof(l->rows[i].id));
			return ERR_OK;
		}
	if (l->rows_n == EDITS_NEW_ROWS_MAX)
		return err_set(
		    e, ERR_INVALID, 0, "too many new rows in one save");
	rows = realloc(l->rows, (l->rows_n + 1) * sizeof(*rows));
	if (rows == NULL)
		return no_memory(e);
	l->rows = rows;
	rows[l->rows_n].name = strdup(name);
	if (rows[l->rows_n].name == NULL)
		return no_memory(e);
	if (l->random != NULL)
		l->random(random);
	memcpy(rows[l->rows_n].id, id_print(id_make(l->now_ms, random)).s,
	    sizeof(rows[l->rows_n].id));
	memcpy(word, rows[l->rows_n].id, sizeof(rows[l->rows_n].id));
	l->rows_n++;
	return ERR_OK;
}

/* Take value for path, in place of an earlier one; steals value. */
static enum err_code
put(struct edits *l, const char *path, json_t *value, struct err *e)
{
	struct edit_item *items;
	char *copy;

	if (path_is_absent(value)) {
		json_decref(value);
		value = NULL;
	}
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->items[i].path, path) == 0) {
			json_decref(l->items[i].now);
			l->items[i].now = value;
			return ERR_OK;
		}
	if (l->n == EDITS_MAX) {
		json_decref(value);
		return err_set(e, ERR_INVALID, 0,
		    "too many values in one save; save them in parts");
	}
	items = realloc(l->items, (l->n + 1) * sizeof(*items));
	if (items != NULL)
		l->items = items;
	copy = strdup(path);
	if (items == NULL || copy == NULL) {
		free(copy);
		json_decref(value);
		return no_memory(e);
	}
	items[l->n++] = (struct edit_item){ copy, value };
	return ERR_OK;
}

/* The value that the list or else the record has at path. */
static const json_t *
current(const struct edits *l, const char *path)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->items[i].path, path) == 0)
			return l->items[i].now;
	return l->doc == NULL ? NULL : path_get(l->doc, path);
}

/* Set one member of a group, the others staying as they are; steals value. */
static enum err_code
put_member(struct edits *l, const char *group, const char *member,
    json_t *value, struct err *e)
{
	json_t *whole = json_deep_copy_all(current(l, group));
	int failed = 0;

	if (whole == NULL)
		whole = json_object();
	if (value == NULL)
		(void)json_object_del(whole, member); /* may not be there */
	else
		failed = json_object_set_new(whole, member, value);
	if (whole == NULL || failed != 0) {
		json_decref(whole);
		return no_memory(e);
	}
	return put(l, group, whole, e);
}

/* Where a path as people write it leads. */
struct place {
	char path[LIMIT_PATH_BYTES + 1]; /* the model's path */
	struct schema_spot spot;
	const struct schema_field *member; /* of the group at path, or NULL */
};

static enum err_code
find(struct edits *l, const char *path, struct place *out, struct err *e)
{
	const struct schema_type *type = l->type;
	const struct schema_field *f;
	struct words w;
	size_t keep;
	enum err_code code = split(path, &w, e);
	char what[100];

	if (code != ERR_OK)
		return code;
	(void)snprintf(what, sizeof(what), "a %.64s", type->name);
	f = schema_find_field(type, w.s[0]);
	if (f == NULL)
		return unknown_name(
		    type->fields, type->fields_n, w.s[0], what, e);
	keep = w.n;
	out->member = NULL;
	if (f->kind == SCHEMA_ROWS && w.n > 1) {
		code = row_id(l, w.s[0], w.s[1], e);
		if (code != ERR_OK)
			return code;
		(void)snprintf(what, sizeof(what), "\"%.60s\"", f->label);
		if (w.n > 2 && schema_child(f, w.s[2]) == NULL)
			return unknown_name(
			    f->children, f->children_n, w.s[2], what, e);
		if (w.n > 2)
			f = schema_child(f, w.s[2]);
		keep = w.n > 3 ? 3 : w.n;
	} else if (f->kind == SCHEMA_GROUP) {
		keep = 1;
	}
	if (keep < w.n && f->kind == SCHEMA_GROUP) {
		out->member = schema_child(f, w.s[keep]);
		(void)snprintf(what, sizeof(what), "\"%.60s\"", f->label);
		if (out->member == NULL || keep + 1 < w.n)
			return unknown_name(
			    f->children, f->children_n, w.s[keep], what, e);
	}
	out->path[0] = '\0';
	for (size_t i = 0; i < keep; i++) {
		size_t at = strlen(out->path);

		(void)snprintf(out->path + at, sizeof(out->path) - at, "%s%s",
		    i > 0 ? "/" : "", w.s[i]);
	}
	out->spot = schema_find(type, out->path);
	if (out->spot.field == NULL || (keep < w.n && out->member == NULL) ||
	    path_check(out->path, NULL) != ERR_OK)
		return err_set(e, ERR_INVALID, 0,
		    "\"%.100s\" is not the name of a field", path);
	return ERR_OK;
}

/* Files end with a newline and other systems end lines with two characters;
 * neither is what was written. */
static enum err_code
tidy(const char *text, size_t len, struct buf *out, struct err *e)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] != '\r' || i + 1 == len || text[i + 1] != '\n')
			(void)buf_add_char(out, text[i]);
	if (out->len > 0 && out->ptr[out->len - 1] == '\n')
		out->ptr[--out->len] = '\0';
	return buf_check(out, e);
}

static bool
may_hold_words(const struct schema_field *f)
{
	if (f->kind == SCHEMA_TEXT || f->free_text)
		return true;
	for (size_t i = 0; i < f->children_n; i++)
		if (may_hold_words(&f->children[i]))
			return true;
	return false;
}

/* The code of a member that is named in a path, in place of what was typed.
 * What is removed need not be known: it may be of a newer list. */
static enum err_code
name_member(struct place *place, bool is_removed, struct err *e)
{
	char *tail = strrchr(place->path, '/') + 1;
	const size_t cap = sizeof(place->path) - (size_t)(tail - place->path);
	const char *known;
	enum err_code code =
	    schema_code_typed(place->spot.field, tail, &known, e);

	if (code == ERR_OK)
		(void)snprintf(tail, cap, "%s", known);
	return is_removed ? ERR_OK : code;
}

enum err_code
edits_set(struct edits *l, const char *path, const char *text, size_t len,
    enum edit_source source, struct err *e)
{
	const struct schema_field *f;
	struct place place;
	struct buf tidied;
	json_t *value = NULL;
	enum err_code code = find(l, path, &place, e);

	if (code != ERR_OK)
		return code;
	f = place.member != NULL ? place.member : place.spot.field;
	if (place.spot.part == SCHEMA_PART_MEMBER && f->codes != NULL)
		code = name_member(&place, len == 0, e);
	if (code != ERR_OK)
		return code;
	if (source == EDIT_TEXT)
		l->has_text = true;
	else if (len > 0 && may_hold_words(f))
		return err_set(e, ERR_INVALID, 0,
		    "\"%.60s\" may hold someone's words, which do not go on "
		    "the command line; give it as --set %.80s=@FILE, or as "
		    "--set %.80s=- on standard input",
		    f->label, path, path);
	buf_init(&tidied, 4 * LIMIT_TEXT_BYTES);
	code = tidy(text, len, &tidied, e);
	if (code == ERR_OK)
		code = edit_value_parse(f, place.spot.part, tidied.ptr,
		    tidied.len, l->now_ms, &value, e);
	if (code == ERR_OK)
		code = place.member != NULL
		    ? put_member(l, place.path, f->name, value, e)
		    : put(l, place.path, value, e);
	buf_wipe(&tidied);
	return code;
}

/* Give the new rows of a rows field ids; *out is a new object. */
static enum err_code
name_rows(struct edits *l, const char *field, const json_t *rows, json_t **out,
    struct err *e)
{
	char word[LIMIT_NAME_BYTES + 1];
	json_t *named = json_object(), *row;
	const char *name;
	enum err_code code = named == NULL ? no_memory(e) : ERR_OK;

	json_object_foreach((json_t *)(uintptr_t)rows, name, row)
	{
		(void)snprintf(word, sizeof(word), "%s", name);
		if (code == ERR_OK)
			code = row_id(l, field, word, e);
		if (code == ERR_OK && json_object_set(named, word, row) != 0)
			code = no_memory(e);
	}
	if (code != ERR_OK)
		json_decref(named);
	else
		*out = named;
	return code;
}

enum err_code
edits_value(
    struct edits *l, const char *path, const json_t *value, struct err *e)
{
	struct place place = { 0 };
	json_t *copy = NULL;
	enum err_code code = find(l, path, &place, e);

	if (code != ERR_OK)
		return code;
	if (place.spot.part == SCHEMA_PART_FIELD &&
	    place.spot.field->kind == SCHEMA_ROWS && json_is_object(value)) {
		code = name_rows(l, place.path, value, &copy, e);
	} else if (value != NULL && !json_is_null(value)) {
		copy = json_deep_copy_all(value);
		if (copy == NULL)
			code = no_memory(e);
	}
	if (code != ERR_OK)
		return code;
	return place.member != NULL
	    ? put_member(l, place.path, place.member->name, copy, e)
	    : put(l, place.path, copy, e);
}

enum err_code
edits_doc(struct edits *l, const json_t *doc, struct err *e)
{
	const char *name;
	json_t *value;
	enum err_code code = ERR_OK;

	if (!json_is_object(doc))
		return err_set(e, ERR_INVALID, 0,
		    "the document must be one JSON object of fields");
	l->has_text = true;
	json_object_foreach((json_t *)(uintptr_t)doc, name, value)
	{
		code = edits_value(l, name, value, e);
		if (code != ERR_OK)
			break;
	}
	return code;
}
