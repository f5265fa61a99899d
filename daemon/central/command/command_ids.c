/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/central/command/command_ids.h"
#include "common/core/same.h"

#include <stdlib.h>

#define PAGE 1000

bool
command_ids_add(void *arg, struct id id)
{
	struct command_ids *ids = arg;

	if (ids->n == ids->room) {
		const size_t room = ids->room == 0 ? 16 : 2 * ids->room;
		struct id *list =
		    reallocarray(ids->list, room, sizeof(*ids->list));

		if (list == NULL) {
			ids->is_full = true;
			return false;
		}
		ids->list = list;
		ids->room = room;
	}
	ids->list[ids->n++] = id;
	return true;
}

static bool
record_add(void *arg, struct id id, const char *type, struct version v)
{
	(void)type;
	(void)v;
	return command_ids_add(arg, id);
}

enum err_code
command_ids_of_type(struct command *c, const struct schema_type *type,
    struct command_ids *out, struct err *e)
{
	struct id last;
	const struct id *after = NULL;
	size_t before;
	enum err_code code;

	do {
		before = out->n;
		code = store_records(
		    c->store, type->name, after, PAGE, record_add, out, e);
		if (code == ERR_OK && out->is_full)
			code = err_set(e, ERR_NOMEM, 0, "out of memory");
		if (out->n > before)
			last = out->list[out->n - 1];
		after = &last;
	} while (code == ERR_OK && out->n == before + PAGE);
	return code;
}

enum err_code
command_standing(struct command *c, const struct schema_type *type,
    struct id id, struct id *out, struct err *e)
{
	const char *stands;
	struct record r;
	enum err_code code;

	*out = id;
	if (type == NULL || type->same.field == NULL)
		return ERR_OK;
	code = store_record_get(c->store, id, &r, e);
	if (code == ERR_NOTFOUND)
		return ERR_OK;
	if (code != ERR_OK)
		return code;
	stands = same_stands(type, r.doc);
	if (stands != NULL && !id_parse(stands, out))
		*out = id;
	record_fini(&r);
	return ERR_OK;
}
