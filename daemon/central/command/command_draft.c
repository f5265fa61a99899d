/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/central/command/command_draft.h"

#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/core/path.h"
#include "common/sys/json.h"

void
draft_free(struct draft *d)
{
	if (d == NULL)
		return;
	for (size_t i = 0; i < d->n; i++) {
		free(d->paths[i]);
		json_decref(d->values[i]);
	}
	free(d);
}

/* The row that FIELD/+... names: new the first time, then the same. */
static enum err_code
row_named(struct draft *d, const char *name, struct id *out, struct err *e)
{

	for (size_t i = 0; i < d->n_rows; i++)
		if (strcmp(d->rows[i].name, name) == 0) {
			*out = d->rows[i].row;
			return ERR_OK;
		}
	if (d->n_rows == sizeof(d->rows) / sizeof(d->rows[0]))
		return err_set(e, ERR_INVALID, 0, "too many new rows at once");
	(void)snprintf(
	    d->rows[d->n_rows].name, sizeof(d->rows[0].name), "%s", name);
	*out = d->rows[d->n_rows++].row = id_fresh(clock_unix_ms());
	return ERR_OK;
}

/* FIELD/+/COLUMN becomes FIELD/<new row id>/COLUMN; *out is the caller's. */
static enum err_code
path_resolve(struct draft *d, const char *said, char **out, struct err *e)
{
	const char *plus = strstr(said, "/+");
	const char *rest = plus == NULL ? NULL : strchr(plus + 1, '/');
	char path[LIMIT_PATH_BYTES + 1], name[LIMIT_PATH_BYTES + 1];
	struct id row;
	enum err_code code;

	if (strlen(said) > LIMIT_PATH_BYTES)
		return err_set(e, ERR_INVALID, 0, "the path is too long");
	(void)snprintf(path, sizeof(path), "%s", said);
	if (plus != NULL) {
		const size_t len =
		    rest == NULL ? strlen(said) : (size_t)(rest - said);

		(void)snprintf(name, sizeof(name), "%.*s", (int)len, said);
		code = row_named(d, name, &row, e);
		if (code != ERR_OK)
			return code;
		if ((size_t)snprintf(path, sizeof(path), "%.*s/%s%s",
		        (int)(plus - said), said, id_print(row).s,
		        rest == NULL ? "" : rest) >= sizeof(path))
			return err_set(
			    e, ERR_INVALID, 0, "the path is too long");
	}
	*out = strdup(path);
	if (*out != NULL)
		return ERR_OK;
	(void)err_set(e, ERR_NOMEM, 0, "out of memory");
	return ERR_NOMEM;
}

/* Text that others could see in the list of processes. */
static enum err_code
refuse_inline(struct command *c, const struct schema_field *field,
    const json_t *set, struct err *e)
{
	const char *text = json_string_value(json_object_get(set, "value"));

	if (field == NULL || !field->free_text || text == NULL ||
	    text[0] == '\0' || !json_is_true(json_object_get(set, "inline")))
		return ERR_OK;
	c->next = "Put the text into a file and use PATH=@FILE, or PATH=- for "
	          "standard input.";
	return err_set(e, ERR_INVALID, 0,
	    "%.80s is free text, which is never given on the command line, "
	    "where others can see it",
	    json_string_value(json_object_get(set, "path")));
}

/* A group's member that a path names: "location/room". */
struct member {
	const struct schema_field *field; /* NULL: it names none */
	char *name; /* where its name begins in the path */
};

static struct member
member_named(const struct schema_type *type, char *path)
{
	char *slash = strrchr(path, '/');
	const struct schema_field *group;
	struct member m = { NULL, NULL };

	if (slash == NULL)
		return m;
	*slash = '\0';
	group = schema_find_field(type, path);
	*slash = '/';
	if (group == NULL || group->kind != SCHEMA_GROUP)
		return m;
	m.name = slash + 1;
	m.field = schema_child(group, m.name);
	return m;
}

/* The place in the draft of what is set at this path; d->n: nothing is yet. */
static size_t
edit_at(const struct draft *d, const char *path)
{
	size_t i = 0;

	while (i < d->n && strcmp(d->paths[i], path) != 0)
		i++;
	return i;
}

/* The group at the path with the member set (value NULL: without it), as this
 * command or else the record says the rest; NULL when nothing is left.  The
 * value is taken. */
static enum err_code
group_with(const struct draft *d, const char *path, const char *name,
    json_t *value, json_t **out, struct err *e)
{
	const size_t at = edit_at(d, path);
	const json_t *before =
	    at < d->n ? d->values[at] : path_get(d->doc, path);
	json_t *group = before == NULL ? json_object() : json_copy_all(before);
	enum err_code code = ERR_OK;

	if (value == NULL)
		(void)json_object_del(group, name);
	else
		code = json_put_take(group, name, value, e);
	if (code == ERR_OK && json_object_size(group) > 0)
		code = schema_check_value(d->type, path, group, NULL, e);
	if (code == ERR_OK && json_object_size(group) > 0)
		*out = group;
	else
		json_decref(group);
	return code;
}

/* A group is one value, of which a member is set.  The path is taken. */
static enum err_code
add_member(struct command *c, struct draft *d, char *path,
    const struct member *m, const char *text, struct err *e)
{
	json_t *value = NULL, *group = NULL;
	size_t at;
	enum err_code code =
	    command_field_value(c, m->field, path, text, &value, e);

	m->name[-1] = '\0'; /* the group's path from here on */
	if (code == ERR_OK)
		code = group_with(d, path, m->name, value, &group, e);
	if (code != ERR_OK) {
		free(path);
		return code;
	}
	at = edit_at(d, path);
	if (at < d->n) {
		free(path);
		json_decref(d->values[at]);
	} else {
		d->paths[d->n++] = path;
	}
	d->values[at] = group;
	d->edits[at] = (struct office_edit){ d->paths[at], group };
	return ERR_OK;
}

/* One value at a path of its own.  The path is taken. */
static enum err_code
add_value(struct command *c, struct draft *d, char *path, const char *text,
    struct err *e)
{
	json_t *value = NULL;
	enum err_code code = command_value(c, d->type, path, text, &value, e);

	if (code != ERR_OK) {
		free(path);
		return code;
	}
	d->paths[d->n] = path;
	d->values[d->n] = value;
	d->edits[d->n] = (struct office_edit){ path, value };
	d->n++;
	return ERR_OK;
}

static enum err_code
draft_add(struct command *c, struct draft *d, const json_t *set, struct err *e)
{
	struct member member;
	const char *said, *text;
	char *path = NULL;
	enum err_code code;

	if (d->n == LIMIT_OPS)
		return err_set(e, ERR_INVALID, 0, "too many values at once");
	if ((code = json_get_str(set, "path", &said, NULL, e)) != ERR_OK ||
	    (code = json_get_str(set, "value", &text, NULL, e)) != ERR_OK ||
	    (code = path_resolve(d, said, &path, e)) != ERR_OK || path == NULL)
		return code;
	member = member_named(d->type, path);
	code = refuse_inline(c,
	    member.field != NULL ? member.field
	                         : schema_find_field(d->type, path),
	    set, e);
	if (code != ERR_OK) {
		free(path);
		return code;
	}
	return member.field != NULL ? add_member(c, d, path, &member, text, e)
	                            : add_value(c, d, path, text, e);
}

enum err_code
draft_make(struct command *c, const struct schema_type *type,
    const struct record *record, const json_t *sets, struct draft **out,
    struct err *e)
{
	struct draft *d;
	enum err_code code = ERR_OK;

	if (json_array_size(sets) == 0) {
		c->next = "Give at least one --set PATH=VALUE.";
		return err_set(e, ERR_INVALID, 0, "there is nothing to save");
	}
	d = calloc(1, sizeof(*d));
	if (d == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	d->type = type;
	d->doc = record == NULL ? NULL : record->doc;
	code = store_begin_read(c->store, e);
	for (size_t i = 0; i < json_array_size(sets) && code == ERR_OK; i++)
		code = draft_add(c, d, json_array_get(sets, i), e);
	store_rollback(c->store);
	if (code == ERR_OK)
		*out = d;
	else
		draft_free(d);
	return code;
}
