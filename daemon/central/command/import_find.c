/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a table calls a record that is here already.
 */
#include <ctype.h>
#include <string.h>

#include "common/core/path.h"
#include "common/sys/json.h"
#include "daemon/central/command/import.h"

#define NAME_CAP 1100
#define AT_ONCE ((size_t)1000)

/* ---- every record of a type ---- */

struct some_ids {
	struct id ids[AT_ONCE];
	size_t n;
};

static bool
id_keep(void *arg, struct id id, const char *type, struct version version)
{
	struct some_ids *some = arg;

	(void)type;
	(void)version;
	some->ids[some->n++] = id;
	return true;
}

static enum err_code
record_tell(
    struct command *c, struct id id, import_each each, void *arg, struct err *e)
{
	struct record r;
	enum err_code code = store_record_get(c->store, id, &r, e);

	if (code != ERR_OK)
		return code;
	if (json_object_size(r.doc) > 0)
		code = each(arg, &r, e);
	record_fini(&r);
	return code;
}

enum err_code
import_records(struct command *c, const char *type, import_each each, void *arg,
    struct err *e)
{
	struct some_ids *some = malloc(sizeof(*some));
	struct id after;
	bool begun = false;
	enum err_code code = ERR_OK;

	if (some == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	do {
		some->n = 0;
		code = store_records(c->store, type, begun ? &after : NULL,
		    AT_ONCE, id_keep, some, e);
		for (size_t i = 0; i < some->n && code == ERR_OK; i++)
			code = record_tell(c, some->ids[i], each, arg, e);
		begun = some->n > 0;
		if (begun)
			after = some->ids[some->n - 1];
	} while (code == ERR_OK && some->n == AT_ONCE);
	free(some);
	return code;
}

/* ---- names ---- */

/* In small letters, so that the case of a name does not matter; what is not
 * ASCII stays. */
static bool
name_fold(const char *text, char out[static NAME_CAP])
{
	size_t len;

	text += strspn(text, " \t\n");
	len = strlen(text);
	while (len > 0 && strchr(" \t\n", text[len - 1]) != NULL)
		len--;
	if (len == 0 || len >= NAME_CAP)
		return false;
	for (size_t i = 0; i < len; i++)
		out[i] = (char)tolower((unsigned char)text[i]);
	out[len] = '\0';
	return true;
}

static enum err_code
name_add(json_t *names, const char *text, const char *id, struct err *e)
{
	char name[NAME_CAP];
	const json_t *other;

	if (text == NULL || !name_fold(text, name))
		return ERR_OK;
	other = json_object_get(names, name);
	if (other == NULL)
		return json_put_str(names, name, id, e);
	if (json_is_string(other) && strcmp(json_string_value(other), id) == 0)
		return ERR_OK;
	return json_put_bool(names, name, false, e);
}

struct naming {
	struct command *c;
	const struct schema_type *type;
	json_t *names;
};

/* Each line that its title is made of: a name, a reference. */
static enum err_code
parts_add(
    struct naming *n, const struct record *r, const char *id, struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < n->type->title_n; i++) {
		const char *at = n->type->title[i];

		while (*at != '\0' && code == ERR_OK) {
			const size_t len = strcspn(at, "|");
			char path[LIMIT_PATH_BYTES + 1];

			if (*at != '@' && len < sizeof(path)) {
				memcpy(path, at, len);
				path[len] = '\0';
				code = name_add(n->names,
				    json_string_value(path_get(r->doc, path)),
				    id, e);
			}
			at += len + (at[len] == '|');
		}
	}
	return code;
}

static enum err_code
record_name(void *arg, const struct record *r, struct err *e)
{
	struct naming *n = arg;
	const struct id_text id = import_whose(n->type, r);
	json_t *title = json_object();
	enum err_code code = command_title_put(n->c, title, "title", r->id, e);

	if (code == ERR_OK)
		code = name_add(n->names,
		    json_string_value(json_object_get(title, "title")), id.s,
		    e);
	json_decref(title);
	return code == ERR_OK ? parts_add(n, r, id.s, e) : code;
}

/* What the records of a type are called, read once. */
static enum err_code
names_of(struct import *im, const struct schema_type *type, const json_t **out,
    struct err *e)
{
	struct naming n = { .c = im->c, .type = type };
	enum err_code code;

	*out = json_object_get(im->names, type->name);
	if (*out != NULL)
		return ERR_OK;
	n.names = json_object();
	if (n.names == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	code = import_records(im->c, type->name, record_name, &n, e);
	if (code != ERR_OK) {
		json_decref(n.names);
		return code;
	}
	*out = n.names;
	return json_put_take(im->names, type->name, n.names, e);
}

enum err_code
import_find(struct import *im, const char *type_name, const char *text,
    struct id *out, struct err *e)
{
	const struct schema_type *type =
	    schema_type(engine_schema(im->c->g), type_name);
	const json_t *names, *found = NULL;
	char name[NAME_CAP], here[65];
	enum err_code code;

	if (type == NULL || !name_fold(text, name))
		return err_set(e, ERR_INVALID, 0, "that names no record");
	if (id_parse(name, out)) {
		code = store_record_type(im->c->store, *out, here, e);
		if (code == ERR_OK && strcmp(here, type_name) == 0)
			return ERR_OK;
		if (code != ERR_OK && code != ERR_NOTFOUND)
			return code;
		return err_set(e, ERR_INVALID, 0,
		    "there is no %.60s with this id", type->name);
	}
	if ((code = names_of(im, type, &names, e)) != ERR_OK)
		return code;
	found = json_object_get(names, name);
	if (found == NULL)
		return err_set(e, ERR_INVALID, 0,
		    "no %.60s here is called that", type->name);
	if (!json_is_string(found) || !id_parse(json_string_value(found), out))
		return err_set(e, ERR_INVALID, 0,
		    "more than one %.60s is called that; use the id",
		    type->name);
	return ERR_OK;
}
