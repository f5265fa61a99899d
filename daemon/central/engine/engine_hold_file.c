/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What has a file is removed only until what it belongs to is signed.
 */
#include "common/core/path.h"
#include "daemon/central/engine/engine_int.h"

static bool
removes_all(const struct change *c)
{
	for (size_t i = 0; i < c->n_ops; i++)
		if (c->ops[i].path[0] == '\0' && c->ops[i].now == NULL)
			return true;
	return false;
}

/* Is the record that a field names here, and signed? */
static enum err_code
names_signed(struct engine *g, const struct record *r, const char *field,
    bool *out, struct err *e)
{
	const char *text = json_string_value(path_get(r->doc, field));
	const struct schema_type *type;
	struct record other;
	struct id id;
	enum err_code code;

	if (text == NULL || !id_parse(text, &id))
		return ERR_OK;
	code = store_record_get(g->store, id, &other, e);
	if (code == ERR_NOTFOUND)
		return ERR_OK;
	if (code != ERR_OK)
		return code;
	type = schema_type(g->schema, other.type);
	*out = *out || (type != NULL && schema_is_signed(type, other.doc));
	record_fini(&other);
	return ERR_OK;
}

enum err_code
hold_is_kept(const struct applying *a, const struct record *existing, bool *out,
    struct err *e)
{
	struct engine *g = a->round->g;
	const struct schema_type *type = schema_type(g->schema, existing->type);
	enum err_code code = ERR_OK;

	*out = false;
	if (type == NULL || !removes_all(a->change))
		return ERR_OK;
	for (size_t i = 0;
	     i < json_array_size(type->content.of) && code == ERR_OK; i++)
		code = names_signed(g, existing,
		    json_string_value(json_array_get(type->content.of, i)), out,
		    e);
	return code;
}
