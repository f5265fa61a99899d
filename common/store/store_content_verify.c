/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checking the files beside records: against what the records name, and
 * against what was attached here by this device's own journal.
 */
#include "common/core/limits.h"
#include "common/store/store_content_int.h"

struct looking {
	struct device_store *s;
	char *why; /* "" while all adds up */
	size_t cap;
};

static void
found(struct looking *l, const char *record, const char *what)
{
	if (l->why[0] == '\0')
		(void)snprintf(
		    l->why, l->cap, "file of record %s: %s", record, what);
}

/* All of it is here; is it the one? */
static enum err_code
bytes_check(
    struct looking *l, const char *record, const char *sha256, struct err *e)
{
	struct buf bytes;
	enum err_code code;

	buf_init(&bytes, LIMIT_BLOB_BYTES);
	code = content_file(l->s, sha256, &bytes, e);
	buf_wipe(&bytes);
	if (code == ERR_CORRUPT) {
		found(l, record, "it is not what was kept");
		code = ERR_OK;
	}
	return code;
}

/* A row: what the record names, and all of it, or what is to be fetched. */
static enum err_code
row_check(struct looking *l, struct db_stmt *q, struct err *e)
{
	const char *record = db_col_text(q, 0, NULL);
	const char *sha256 = db_col_text(q, 1, NULL);
	const bool is_wanted = db_col_int(q, 3) != 0;
	struct content_view v;
	struct id id;
	uint64_t have;
	enum err_code code = db_col_id(q, 0, &id, e);

	if (code != ERR_OK)
		return code;
	code = content_view_in(l->s, id, &v, e);
	/* Without a view it waits for the office alone. */
	if (code == ERR_NOTFOUND && (is_wanted || db_col_int(q, 4) != 0))
		found(l, record, "it names none");
	else if (code == ERR_OK &&
	    (strcmp(v.sha256, sha256) != 0 ||
	        v.size != (uint64_t)db_col_int(q, 2)))
		found(l, record, "it names another");
	else if (code != ERR_OK && code != ERR_NOTFOUND)
		return code;
	code = content_have(l->s, sha256, &have, e);
	if (code != ERR_OK)
		return code;
	if (is_wanted == (have == (uint64_t)db_col_int(q, 2)))
		found(l, record, "not all of it is here");
	return is_wanted ? ERR_OK : bytes_check(l, record, sha256, e);
}

static enum err_code
rows_check(struct looking *l, struct err *e)
{
	struct db_stmt *q;
	bool row;
	enum err_code code = db_query(l->s->db, &q, e,
	    "SELECT record, sha256, size, is_wanted, with_office FROM content"
	    " ORDER BY record",
	    "");

	if (code != ERR_OK)
		return code;
	while (
	    l->why[0] == '\0' && (code = db_step(q, &row, e)) == ERR_OK && row)
		if ((code = row_check(l, q, e)) != ERR_OK)
			break;
	db_done(q);
	return code;
}

/* Does an own change of the journal name a file? */
static bool
names_file(const struct change *c, const struct schema_type *type)
{
	for (size_t i = 0; i < c->n_ops; i++)
		if (strcmp(c->ops[i].path, type->content.hash) == 0 &&
		    json_is_string(c->ops[i].now))
			return true;
	return false;
}

/* An entry on a record without a file here: was one attached by it? */
static enum err_code
entry_check(struct looking *l, struct db_stmt *q,
    const struct schema_type *type, struct err *e)
{
	struct content_view v;
	struct change c;
	struct id id;
	size_t len;
	const void *body = db_col_blob(q, 1, &len);
	bool names;
	enum err_code code = db_col_id(q, 0, &id, e);

	if (code == ERR_OK)
		code = stored_change(body, len, &c, e);
	if (code != ERR_OK)
		return code;
	names = names_file(&c, type);
	change_fini(&c);
	if (!names)
		return ERR_OK;
	code = content_view_in(l->s, id, &v, e);
	if (code == ERR_OK)
		found(l, id_print(id).s, "it is not here");
	return code == ERR_NOTFOUND ? ERR_OK : code;
}

static enum err_code
own_check(struct looking *l, const struct schema_type *type, struct err *e)
{
	struct db_stmt *q;
	bool row;
	enum err_code code = db_query(l->s->db, &q, e,
	    "SELECT j.record, j.body FROM view v"
	    " JOIN journal j ON j.record = v.record"
	    " WHERE v.type = ? AND NOT j.erased AND NOT EXISTS"
	    " (SELECT 1 FROM content c WHERE c.record = v.record)",
	    "s", type->name);

	if (code != ERR_OK)
		return code;
	while (
	    l->why[0] == '\0' && (code = db_step(q, &row, e)) == ERR_OK && row)
		if ((code = entry_check(l, q, type, e)) != ERR_OK)
			break;
	db_done(q);
	return code;
}

enum err_code
content_check(struct device_store *s, char *why_out, size_t cap, struct err *e)
{
	struct looking l = { .s = s, .why = why_out, .cap = cap };
	int64_t loose = 0;
	enum err_code code;

	why_out[0] = '\0';
	code = rows_check(&l, e);
	for (size_t i = 0; i < schema_types_n(s->schema) && code == ERR_OK;
	     i++) {
		const struct schema_type *type = schema_type_at(s->schema, i);

		if (type->content.hash != NULL)
			code = own_check(&l, type, e);
	}
	if (code == ERR_OK)
		code = db_get_int(s->db, &loose, e,
		    "SELECT count(*) FROM content_piece WHERE sha256 NOT IN"
		    " (SELECT sha256 FROM content)",
		    "");
	if (loose > 0)
		found(&l, "none", "there are pieces that nothing names");
	return code;
}
