/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people call the records that an answer names by id.
 */
#include <string.h>

#include "common/core/title.h"
#include "common/sys/json.h"
#include "daemon/central/command/command.h"

/* As many as a person reads of one answer; the rest stay ids. */
#define NAMES_MAX 4000
#define TITLE_BYTES_MAX ((size_t)64 * 1024)

/* A title_stored over the office's records. */
static enum err_code
stored_title(void *arg, struct id id, struct buf *out, struct err *e)
{
	const struct command *c = arg;
	struct record r;
	enum err_code code = store_record_get(c->store, id, &r, e);

	if (code == ERR_NOTFOUND)
		return ERR_OK;
	if (code != ERR_OK)
		return code;
	title_print(schema_type(engine_schema(c->g), r.type), &r, out);
	record_fini(&r);
	return ERR_OK;
}

enum err_code
command_title_put(struct command *c, json_t *out, const char *key, struct id id,
    struct err *e)
{
	struct buf title;
	enum err_code code;

	buf_init(&title, TITLE_BYTES_MAX);
	code = title_of(id, stored_title, c, &title, e);
	if (code == ERR_OK)
		code = json_put_text(
		    out, key, title.len > 0 ? title.ptr : "", title.len, e);
	buf_wipe(&title);
	return code;
}

static enum err_code
name_add(struct command *c, json_t *names, const char *text, struct err *e)
{
	struct id id;

	if (!id_parse(text, &id) || id_is_zero(id) || json_has(names, text) ||
	    json_object_size(names) >= NAMES_MAX)
		return ERR_OK;
	return command_title_put(c, names, text, id, e);
}

/* Every id in a value, also as the name of a member: such as a set has. */
static enum err_code
names_add(struct command *c, json_t *names, const json_t *value, struct err *e)
{
	enum err_code code = ERR_OK;
	const char *key;
	json_t *one;

	if (json_is_string(value))
		return name_add(c, names, json_string_value(value), e);
	for (size_t i = 0; i < json_array_size(value) && code == ERR_OK; i++)
		code = names_add(c, names, json_array_get(value, i), e);
	json_object_foreach((json_t *)(uintptr_t)value, key, one)
	{
		if (code == ERR_OK)
			code = name_add(c, names, key, e);
		if (code == ERR_OK)
			code = names_add(c, names, one, e);
	}
	return code;
}

enum err_code
command_names(struct command *c, struct err *e)
{
	json_t *names = json_object();
	enum err_code code = store_begin_read(c->store, e);

	if (code == ERR_OK)
		code = names_add(c, names, c->out, e);
	store_rollback(c->store);
	if (code == ERR_OK)
		return json_put_take(c->out, "names", names, e);
	json_decref(names);
	return code;
}
