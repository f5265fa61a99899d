/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of records: by type, by scope, by what they refer to.
 */
#include "daemon/central/store/sqlite_int.h"

/* Call back with the ids in column 0. */
static enum err_code
each_id(struct db_stmt *q, store_id_each each, void *arg, struct err *e)
{
	struct id id;
	bool row;
	enum err_code code;

	while ((code = db_step(q, &row, e)) == ERR_OK && row) {
		code = db_col_id(q, 0, &id, e);
		if (code != ERR_OK || !each(arg, id))
			break;
	}
	db_done(q);
	return code;
}

enum err_code
store_referring(struct office_store *s, const char *type, const char *field,
    struct id target, store_id_each each, void *arg, struct err *e)
{
	struct db_stmt *q;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT record FROM record_ref WHERE target = ? AND type = ?"
	    " AND field = ? ORDER BY record",
	    "dss", target, type, field);

	return code != ERR_OK ? code : each_id(q, each, arg, e);
}

static enum err_code
each_record(struct db_stmt *q, store_record_each each, void *arg, struct err *e)
{
	struct id id;
	bool row;
	enum err_code code;

	while ((code = db_step(q, &row, e)) == ERR_OK && row) {
		struct version v = { .epoch = (uint64_t)db_col_int(q, 2),
			.seq = (uint64_t)db_col_int(q, 3) };

		code = db_col_id(q, 0, &id, e);
		if (code != ERR_OK ||
		    !each(arg, id, db_col_text(q, 1, NULL), v))
			break;
	}
	db_done(q);
	return code;
}

enum err_code
store_records(struct office_store *s, const char *type, const struct id *after,
    size_t limit, store_record_each each, void *arg, struct err *e)
{
	struct db_stmt *q;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT id, type, v_epoch, v_seq FROM record"
	    " WHERE (?1 IS NULL OR type = ?1) AND id < ?2"
	    " ORDER BY id DESC LIMIT ?3",
	    "ssi", type, after == NULL ? "g" : id_print(*after).s,
	    (int64_t)limit);

	return code != ERR_OK ? code : each_record(q, each, arg, e);
}

enum err_code
store_outcome_of_record(struct office_store *s, struct id record,
    enum outcome_kind *out, struct err *e)
{
	int64_t kind = 0;
	/* Indexes change_record, then outcome_counter: as many rows as the
	 * record has changes. */
	enum err_code code = db_get_int(s->db, &kind, e,
	    "SELECT o.kind FROM change c JOIN outcome o"
	    " ON o.device = c.device AND o.counter = c.counter"
	    " WHERE c.record = ? ORDER BY c.arrived DESC, o.no DESC LIMIT 1",
	    "d", record);

	if (code == ERR_OK && (kind < 0 || kind >= OUTCOME_N))
		code = err_set(e, ERR_CORRUPT, 0, "an outcome of no kind");
	if (code == ERR_OK)
		*out = (enum outcome_kind)kind;
	return code;
}

enum err_code
store_scope_records(struct office_store *s, const char *scope,
    const struct id *after, store_record_each each, void *arg, struct err *e)
{
	struct db_stmt *q;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT r.id, r.type, r.v_epoch, r.v_seq FROM record_scope m"
	    " JOIN record r ON r.id = m.record"
	    " WHERE m.scope = ? AND m.until IS NULL AND m.record > ?"
	    " ORDER BY m.record",
	    "ss", scope, after != NULL ? id_print(*after).s : "");

	return code != ERR_OK ? code : each_record(q, each, arg, e);
}
