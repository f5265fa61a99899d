/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two records of the same person: which they are, and what one has that the
 * other has not.
 */
#include <stdlib.h>
#include <string.h>

#include "common/core/limits.h"
#include "common/core/path.h"
#include "common/sys/json.h"
#include "daemon/central/command/command.h"

static enum err_code
pair_one(struct command *c, const char *text, struct record *out, struct err *e)
{
	struct id id;
	enum err_code code;

	if (!id_parse(text, &id))
		return err_set(e, ERR_INVALID, 0, "%.60s is no id", text);
	code = store_record_get(c->store, id, out, e);
	return code == ERR_NOTFOUND
	    ? err_set(e, code, 0, "there is no record %.60s", text)
	    : code;
}

enum err_code
same_pair_get(struct command *c, const char *keep, const char *other,
    struct same_pair *out, struct err *e)
{
	struct same_pair p = { 0 };
	enum err_code code = pair_one(c, keep, &p.keep, e);

	if (code != ERR_OK)
		return code;
	if ((code = pair_one(c, other, &p.other, e)) != ERR_OK) {
		record_fini(&p.keep);
		return code;
	}
	p.type = schema_type(engine_schema(c->g), p.keep.type);
	if (p.type == NULL || p.type->same.field == NULL ||
	    strcmp(p.keep.type, p.other.type) != 0)
		code = err_set(e, ERR_INVALID, 0,
		    "these are no two records that could be of the same "
		    "person");
	else if (id_equal(p.keep.id, p.other.id))
		code = err_set(e, ERR_INVALID, 0, "that is one record");
	else if (record_is_removed(&p.keep) || record_is_removed(&p.other))
		code = err_set(e, ERR_INVALID, 0, "one of them was removed");
	if (code == ERR_OK)
		*out = p;
	else
		same_pair_fini(&p);
	return code;
}

void
same_pair_fini(struct same_pair *p)
{
	record_fini(&p->keep);
	record_fini(&p->other);
}

/* ---- what is brought over ---- */

static enum err_code
edit_add(struct same_edits *s, const char *field, const char *part,
    const json_t *value, bool clashes, struct err *e)
{
	const size_t len =
	    strlen(field) + (part == NULL ? 0 : strlen(part) + 1);
	char *path;

	if (s->n == s->room)
		return err_set(e, ERR_INVALID, 0,
		    "there is more in it than one change can hold");
	path = malloc(len + 1);
	if (path == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	(void)snprintf(path, len + 1, "%s%s%s", field, part == NULL ? "" : "/",
	    part == NULL ? "" : part);
	s->paths[s->n] = path;
	s->unseen[s->n] = clashes;
	s->edits[s->n++] = (struct office_edit){ path, value };
	return ERR_OK;
}

/* Rows and members that keep has not: each is a path of its own. */
static enum err_code
parts_add(struct same_edits *s, const char *field, const json_t *value,
    const struct record *keep, struct err *e)
{
	char path[LIMIT_PATH_BYTES + 1];
	enum err_code code = ERR_OK;
	const char *key;
	json_t *row;

	for (size_t i = 0; i < json_array_size(value) && code == ERR_OK; i++) {
		key = json_string_value(json_array_get(value, i));
		(void)snprintf(path, sizeof(path), "%s/%s", field, key);
		if (path_get(keep->doc, path) == NULL)
			code = edit_add(s, field, key, json_true(), false, e);
	}
	json_object_foreach((json_t *)(uintptr_t)value, key, row)
	{
		(void)snprintf(path, sizeof(path), "%s/%s", field, key);
		if (code == ERR_OK && path_get(keep->doc, path) == NULL)
			code = edit_add(s, field, key, row, false, e);
	}
	return code;
}

static enum err_code
field_add(struct same_edits *s, const struct schema_type *type,
    const char *name, const json_t *value, const struct record *keep,
    struct err *e)
{
	const struct schema_field *f = schema_find_field(type, name);
	const json_t *now = json_object_get(keep->doc, name);

	if (strcmp(name, type->same.field) == 0 || path_equal(value, now))
		return ERR_OK;
	/* What may be set once stays as it is, and so does what only a newer
	 * program understands. */
	if (f == NULL || (f->policy == SCHEMA_FIXED && now != NULL))
		return ERR_OK;
	if (f->kind == SCHEMA_ROWS || f->kind == SCHEMA_CODES ||
	    f->kind == SCHEMA_REFS)
		return parts_add(s, name, value, keep, e);
	return edit_add(s, name, NULL, value, now != NULL, e);
}

enum err_code
same_edits_make(const struct schema_type *type, const struct record *keep,
    const struct record *other, struct same_edits *out, struct err *e)
{
	struct same_edits s = { .room = LIMIT_OPS };
	enum err_code code = ERR_OK;
	const char *name;
	json_t *value;

	s.edits = calloc(s.room, sizeof(*s.edits));
	s.unseen = calloc(s.room, sizeof(*s.unseen));
	s.paths = calloc(s.room, sizeof(*s.paths));
	if (s.edits == NULL || s.unseen == NULL || s.paths == NULL)
		code = err_set(e, ERR_NOMEM, 0, "out of memory");
	json_object_foreach(other->doc, name, value) if (code == ERR_OK) code =
	    field_add(&s, type, name, value, keep, e);
	if (code == ERR_OK)
		*out = s;
	else
		same_edits_fini(&s);
	return code;
}

void
same_edits_fini(struct same_edits *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->paths[i]);
	free(s->edits);
	free(s->unseen);
	free(s->paths);
	*s = (struct same_edits){ 0 };
}
