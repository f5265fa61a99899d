/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walking over everything, for verify.
 */
#include "daemon/central/store/office_walk.h"

#include "common/core/limits.h"
#include "common/sys/json.h"
#include "daemon/central/store/sqlite_int.h"

const char *
office_store_path(const struct office_store *s)
{
	return s->path;
}

enum err_code
store_journal_count(
    struct office_store *s, struct id device, uint64_t *out, struct err *e)
{
	int64_t n = 0;
	enum err_code code = db_get_int(s->db, &n, e,
	    "SELECT count(*) FROM change WHERE device = ?", "d", device);

	if (code == ERR_OK)
		*out = (uint64_t)n;
	return code;
}

enum err_code
store_outcome_at(struct office_store *s, struct id device, uint64_t counter,
    struct version version, struct outcome *out, struct err *e)
{
	struct db_stmt *q;
	/* Index outcome_counter. */
	enum err_code code = db_query_one(s->db, &q, e,
	    "there is no such outcome",
	    "SELECT " STORED_OUTCOME_COLUMNS " FROM outcome WHERE device = ?"
	    " AND counter = ? AND v_epoch = ? AND v_seq = ?",
	    "diii", device, (int64_t)counter, (int64_t)version.epoch,
	    (int64_t)version.seq);

	if (code != ERR_OK)
		return code;
	code = stored_outcome(q, out, e);
	db_done(q);
	return code;
}

enum err_code
store_receipts(
    struct office_store *s, store_receipt_each each, void *arg, struct err *e)
{
	struct db_stmt *q;
	bool row, more = true;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT signed, sig, device, counter, intake, epoch FROM receipt"
	    " ORDER BY device, epoch, counter",
	    "");

	if (code != ERR_OK)
		return code;
	while (more && (code = db_step(q, &row, e)) == ERR_OK && row) {
		struct receipt_row r = { .counter = (uint64_t)db_col_int(q, 3),
			.intake = (uint64_t)db_col_int(q, 4),
			.epoch = (uint64_t)db_col_int(q, 5) };

		code = db_col_id(q, 2, &r.device, e);
		if (code == ERR_OK)
			code = stored_receipt(q, &r.receipt, e);
		if (code != ERR_OK)
			break;
		more = each(arg, &r);
		receipt_fini(&r.receipt);
	}
	db_done(q);
	return code;
}

enum err_code
store_arrival_adds_up(struct office_store *s, bool *out, struct err *e)
{
	int64_t ok = 0;
	enum err_code code = db_get_int(s->db, &ok, e,
	    "SELECT count(*) = coalesce(max(arrived), 0)"
	    " AND count(*) = count(DISTINCT arrived)"
	    " AND coalesce(min(arrived), 1) = 1"
	    " AND NOT EXISTS (SELECT 1 FROM change a JOIN change b"
	    "  ON b.device = a.device AND b.counter = a.counter + 1"
	    "  WHERE b.arrived < a.arrived) FROM change",
	    "");

	if (code == ERR_OK)
		*out = ok != 0;
	return code;
}

/* Every column of every row, in one order. */
static const struct {
	const char *table, *sql;
	int n_columns;
	bool is_of_record; /* history of the record in its first column */
} made[] = {
	{ "record",
	    "SELECT id, type, v_epoch, v_seq, created, body, digest FROM record"
	    " ORDER BY id",
	    7, false },
	{ "record_scope",
	    "SELECT record, scope, since, until FROM record_scope"
	    " ORDER BY record, scope, since",
	    4, true },
	{ "record_ref",
	    "SELECT target, type, field, record FROM record_ref"
	    " ORDER BY target, type, field, record",
	    4, false },
	{ "conflict",
	    "SELECT id, record, is_open, opened_at FROM conflict ORDER BY id",
	    4, false },
	{ "merged_value",
	    "SELECT record, path, seq, value FROM merged_value"
	    " ORDER BY record, path, seq",
	    4, true },
	/* The sum over no records is that of a scope that never had any. */
	{ "scope_digest",
	    "SELECT scope, sum FROM scope_digest WHERE sum <> zeroblob(32)"
	    " ORDER BY scope",
	    2, false },
	{ "dual",
	    "SELECT id, act, object, proposer, reason, proposed, expires, "
	    "state,"
	    " decider, decided FROM dual ORDER BY id",
	    10, false },
	{ "scope_grant",
	    "SELECT id, user, scope, since, until FROM scope_grant ORDER BY id",
	    5, false },
};

/* A body that another version of the program packed has other bytes. */
static enum err_code
same_body(struct office_store *s, struct crypto_part a, struct crypto_part b,
    bool *out, struct err *e)
{
	struct buf x, y;
	enum err_code code;

	buf_init(&x, LIMIT_RECORD_BYTES);
	buf_init(&y, LIMIT_RECORD_BYTES);
	code = sqlite_unpack(s, a.ptr, a.len, &x, e);
	if (code == ERR_OK)
		code = sqlite_unpack(s, b.ptr, b.len, &y, e);
	*out = code == ERR_OK && x.len == y.len &&
	    memcmp(x.ptr, y.ptr, x.len) == 0;
	buf_wipe(&x);
	buf_wipe(&y);
	return code == ERR_NOMEM ? code : ERR_OK;
}

static enum err_code
same_column(struct office_store *s, struct db_stmt *a, struct db_stmt *b, int i,
    bool *out, struct err *e)
{
	size_t a_len, b_len;
	const void *a_ptr, *b_ptr;

	*out = false;
	if (db_col_is_null(a, i) != db_col_is_null(b, i))
		return ERR_OK;
	/* A number's text is as good as the number. */
	a_ptr = db_col_blob(a, i, &a_len);
	b_ptr = db_col_blob(b, i, &b_len);
	*out = a_len == b_len && memcmp(a_ptr, b_ptr, a_len) == 0;
	if (*out ||
	    (!body_is_packed(a_ptr, a_len) && !body_is_packed(b_ptr, b_len)))
		return ERR_OK;
	return same_body(
	    s, crypto_part(a_ptr, a_len), crypto_part(b_ptr, b_len), out, e);
}

static enum err_code
same_row(struct office_store *s, struct db_stmt *a, struct db_stmt *b,
    int n_columns, bool *out, struct err *e)
{
	enum err_code code = ERR_OK;

	*out = true;
	for (int i = 0; i < n_columns && *out && code == ERR_OK; i++)
		code = same_column(s, a, b, i, out, e);
	return code;
}

/* The next row that is compared. */
static enum err_code
step_compared(
    struct db_stmt *q, size_t t, const json_t *apart, bool *row, struct err *e)
{
	enum err_code code;

	while ((code = db_step(q, row, e)) == ERR_OK && *row &&
	    made[t].is_of_record &&
	    json_object_get(apart, db_col_text(q, 0, NULL)) != NULL)
		continue;
	return code;
}

/* The two stores, and what is left out. */
struct comparing {
	struct office_store *a, *b;
	const json_t *apart;
};

static enum err_code
table_differs(
    const struct comparing *w, size_t t, char out[static 256], struct err *e)
{
	struct db_stmt *qa = NULL, *qb = NULL;
	bool row_a, row_b, is_same;
	enum err_code code = db_query(w->a->db, &qa, e, made[t].sql, "");

	if (code == ERR_OK)
		code = db_query(w->b->db, &qb, e, made[t].sql, "");
	while (code == ERR_OK &&
	    (code = step_compared(qa, t, w->apart, &row_a, e)) == ERR_OK &&
	    (code = step_compared(qb, t, w->apart, &row_b, e)) == ERR_OK &&
	    (row_a || row_b)) {
		is_same = false;
		if (row_a && row_b &&
		    (code = same_row(w->a, qa, qb, made[t].n_columns, &is_same,
		         e)) != ERR_OK)
			break;
		if (is_same)
			continue;
		(void)snprintf(out, 256, "table %s: the row of %s",
		    made[t].table, db_col_text(row_a ? qa : qb, 0, NULL));
		break;
	}
	db_done(qa);
	db_done(qb);
	return code;
}

enum err_code
store_made_differ(struct office_store *a, struct office_store *b,
    const json_t *apart, char out[static 256], struct err *e)
{
	const struct comparing w = { a, b, apart };
	enum err_code code = ERR_OK;

	out[0] = '\0';
	for (size_t t = 0; t < sizeof(made) / sizeof(made[0]) &&
	     code == ERR_OK && out[0] == '\0';
	     t++)
		code = table_differs(&w, t, out, e);
	return code;
}
