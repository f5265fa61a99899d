/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which records name which: kept beside the views, so that what belongs to a
 * person is found without reading all that is there.
 */
#include <string.h>

#include "common/store/store_int.h"

/* What a record names, in the order of the index; rows are compared with it one
 * by one. */
struct naming {
	struct device_store *s;
	const struct record *r;
	struct db_stmt
	    *rows; /* field, target and type of what is kept, or NULL */
	bool same; /* so far it is what is kept */
};

static bool
is_followed(const struct device_store *s, const struct schema_field *f)
{
	return (f->kind == SCHEMA_REF || f->kind == SCHEMA_REFS) &&
	    strcmp(f->ref, schema_account_type(s->schema)->name) != 0;
}

/* One of them: put it, or hold it against the next row. */
static enum err_code
one(struct naming *n, const char *field, const char *target, struct err *e)
{
	const char *field_kept, *target_kept, *type_kept;
	enum err_code code;

	if (n->rows == NULL)
		return db_exec(n->s->db, e,
		    "INSERT OR IGNORE INTO named (target, type, field, record)"
		    " VALUES (?, ?, ?, ?)",
		    "sssd", target, n->r->type, field, n->r->id);
	if (!n->same)
		return ERR_OK;
	code = db_step(n->rows, &n->same, e);
	if (code != ERR_OK || !n->same)
		return code;
	field_kept = db_col_text(n->rows, 0, NULL);
	target_kept = db_col_text(n->rows, 1, NULL);
	type_kept = db_col_text(n->rows, 2, NULL);
	n->same = field_kept != NULL && target_kept != NULL &&
	    type_kept != NULL && strcmp(field_kept, field) == 0 &&
	    strcmp(target_kept, target) == 0 &&
	    strcmp(type_kept, n->r->type) == 0;
	return ERR_OK;
}

/* All of them: fields are sorted by name, and sets are sorted. */
static enum err_code
each(struct naming *n, struct err *e)
{
	const struct schema_type *type = schema_type(n->s->schema, n->r->type);
	enum err_code code = ERR_OK;

	for (size_t i = 0; type != NULL && i < type->fields_n; i++) {
		const struct schema_field *f = &type->fields[i];
		const json_t *value = json_object_get(n->r->doc, f->name);

		if (value == NULL || !is_followed(n->s, f))
			continue;
		if (json_is_string(value))
			code = one(n, f->name, json_string_value(value), e);
		for (size_t k = 0; k < json_array_size(value); k++)
			if (code == ERR_OK)
				code = one(n, f->name,
				    json_string_value(json_array_get(value, k)),
				    e);
		if (code != ERR_OK)
			return code;
	}
	return ERR_OK;
}

enum err_code
named_is_as_made(
    struct device_store *s, const struct record *r, bool *out, struct err *e)
{
	struct naming n = { .s = s, .r = r, .same = true };
	bool more = false;
	enum err_code code = db_query(s->db, &n.rows, e,
	    "SELECT field, target, type FROM named WHERE record = ?"
	    " ORDER BY field, target",
	    "d", r->id);

	if (code != ERR_OK)
		return code;
	code = each(&n, e);
	if (code == ERR_OK && n.same)
		code = db_step(n.rows, &more, e);
	db_done(n.rows);
	*out = n.same && !more;
	return code;
}

enum err_code
named_put(struct device_store *s, const struct record *r, struct err *e)
{
	struct naming n = { .s = s, .r = r };
	bool same = false;
	enum err_code code = named_is_as_made(s, r, &same, e);

	if (code != ERR_OK || same)
		return code;
	code = named_remove(s, r->id, e);
	return code == ERR_OK ? each(&n, e) : code;
}

enum err_code
named_remove(struct device_store *s, struct id record, struct err *e)
{
	return db_exec(
	    s->db, e, "DELETE FROM named WHERE record = ?", "d", record);
}

enum err_code
device_store_naming(struct device_store *s, const struct naming_query *what,
    naming_each call, void *arg, struct err *e)
{
	struct db_stmt *q;
	struct id id;
	bool row;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT record FROM named WHERE target = ? AND type = ?"
	    " AND field = ? ORDER BY record DESC",
	    "dss", what->target, what->type, what->field);

	if (code != ERR_OK)
		return code;
	while ((code = db_step(q, &row, e)) == ERR_OK && row)
		if ((code = db_col_id(q, 0, &id, e)) != ERR_OK ||
		    !call(arg, id))
			break;
	db_done(q);
	return code;
}
