/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Received changes, receipts and outcomes.
 */
#include "common/core/limits.h"
#include "common/sys/json.h"
#include "daemon/central/store/sqlite_int.h"

void
intake_change_init(struct intake_change *c)
{
	*c = (struct intake_change){ 0 };
	buf_init(&c->body, LIMIT_RECORD_BYTES);
}

void
intake_change_fini(struct intake_change *c)
{
	buf_wipe(&c->body);
}

enum err_code
intake_change_read(
    const struct intake_change *c, struct change *out, struct err *e)
{
	return stored_change(c->body.ptr, c->body.len, out, e);
}

enum err_code
store_intake_put(
    struct office_store *s, const struct intake_change *c, struct err *e)
{
	struct buf body;
	enum err_code code;

	buf_init(&body, LIMIT_RECORD_BYTES);
	code = sqlite_pack(s, &c->body, &body, e);
	if (code == ERR_OK)
		code = db_exec(s->db, e,
		    "INSERT INTO change (device, counter, link, intake, epoch, "
		    "record,"
		    " state, tries, v_epoch, v_seq, reason, body, sig, arrived)"
		    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, "
		    "?12,"
		    " nullif(?13, x''),"
		    " (SELECT coalesce(max(rowid), 0) + 1 FROM change))",
		    "dibiidiiiisbb", c->device, (int64_t)c->counter, c->link.b,
		    sizeof(c->link.b), (int64_t)c->intake, (int64_t)c->epoch,
		    c->record, (int64_t)c->state, (int64_t)c->tries,
		    (int64_t)c->version.epoch, (int64_t)c->version.seq,
		    c->reason, body.ptr, body.len, c->sig.b,
		    c->has_sig ? sizeof(c->sig.b) : 0);
	buf_fini(&body);
	return code;
}

enum err_code
store_intake_mark(
    struct office_store *s, const struct intake_change *c, struct err *e)
{
	return db_exec(s->db, e,
	    "UPDATE change SET state = ?, tries = ?, v_epoch = ?, v_seq = ?,"
	    " reason = ? WHERE device = ? AND counter = ?",
	    "iiiisdi", (int64_t)c->state, (int64_t)c->tries,
	    (int64_t)c->version.epoch, (int64_t)c->version.seq, c->reason,
	    c->device, (int64_t)c->counter);
}

#define CHANGE_COLUMNS                                                         \
	"device, counter, link, intake, epoch, record, state, tries, v_epoch," \
	" v_seq, reason, body, sig"

static enum err_code
change_row(struct office_store *s, struct db_stmt *q, struct intake_change *c,
    struct err *e)
{
	const void *body;
	size_t len;
	enum err_code code;

	if ((code = db_col_id(q, 0, &c->device, e)) != ERR_OK ||
	    (code = db_col_bytes(q, 2, c->link.b, HASH32_LEN, e)) != ERR_OK ||
	    (code = db_col_id(q, 5, &c->record, e)) != ERR_OK)
		return code;
	c->counter = (uint64_t)db_col_int(q, 1);
	c->intake = (uint64_t)db_col_int(q, 3);
	c->epoch = (uint64_t)db_col_int(q, 4);
	c->state = (enum change_state)db_col_int(q, 6);
	c->tries = (unsigned)db_col_int(q, 7);
	c->version.epoch = (uint64_t)db_col_int(q, 8);
	c->version.seq = (uint64_t)db_col_int(q, 9);
	(void)snprintf(
	    c->reason, sizeof(c->reason), "%s", db_col_text(q, 10, NULL));
	body = db_col_blob(q, 11, &len);
	buf_reset(&c->body);
	code = sqlite_unpack(s, body, len, &c->body, e);
	if (code != ERR_OK)
		return code;
	c->has_sig = !db_col_is_null(q, 12);
	if (c->has_sig &&
	    (code = db_col_bytes(q, 12, c->sig.b, SIGN_SIG_LEN, e)) != ERR_OK)
		return code;
	return buf_check(&c->body, e);
}

enum err_code
store_intake_get(struct office_store *s, struct id device, uint64_t counter,
    struct intake_change *out, struct err *e)
{
	struct db_stmt *q;
	struct intake_change c;
	enum err_code code = db_query_one(s->db, &q, e, "no such change",
	    "SELECT " CHANGE_COLUMNS " FROM change"
	    " WHERE device = ? AND counter = ?",
	    "di", device, (int64_t)counter);

	if (code != ERR_OK)
		return code;
	intake_change_init(&c);
	code = change_row(s, q, &c, e);
	db_done(q);
	if (code != ERR_OK)
		intake_change_fini(&c);
	else
		*out = c;
	return code;
}

enum err_code
store_change_get(struct office_store *s, struct id device, uint64_t counter,
    struct change *out, struct err *e)
{
	struct intake_change stored;
	enum err_code code = store_intake_get(s, device, counter, &stored, e);

	if (code == ERR_OK) {
		code = intake_change_read(&stored, out, e);
		intake_change_fini(&stored);
	}
	return code;
}

/* The state stands in the text, because a partial index serves only a query
 * that names its condition.  It is no parameter: SQLite would look at its value
 * for that index, and prepare the statement again whenever it is bound. */
#define INTAKES_ALL(n)                                                         \
	"SELECT " CHANGE_COLUMNS " FROM change WHERE state = " n               \
	" ORDER BY arrived"
#define INTAKES_OF_RECORD(n)                                                   \
	"SELECT " CHANGE_COLUMNS                                               \
	" FROM change WHERE record = ? AND state = " n " ORDER BY arrived"
static const struct {
	const char *all, *of_record;
} states[] = {
	[CHANGE_RECEIVED] = { INTAKES_ALL("1"), INTAKES_OF_RECORD("1") },
	[CHANGE_DONE] = { INTAKES_ALL("2"), INTAKES_OF_RECORD("2") },
	[CHANGE_HELD] = { INTAKES_ALL("3"), INTAKES_OF_RECORD("3") },
	[CHANGE_CLOSED] = { INTAKES_ALL("4"), INTAKES_OF_RECORD("4") },
};

enum err_code
store_intakes(struct office_store *s, enum change_state state,
    const struct id *record, store_intake_each each, void *arg, struct err *e)
{
	struct db_stmt *q;
	struct intake_change c;
	bool row;
	enum err_code code;

	if (record != NULL)
		code = db_query(
		    s->db, &q, e, states[state].of_record, "d", *record);
	else
		code = db_query(s->db, &q, e, states[state].all, "");
	if (code != ERR_OK)
		return code;
	intake_change_init(&c);
	while ((code = db_step(q, &row, e)) == ERR_OK && row) {
		code = change_row(s, q, &c, e);
		if (code != ERR_OK || !each(arg, &c))
			break;
	}
	intake_change_fini(&c);
	db_done(q);
	return code;
}

enum err_code
store_held_below(struct office_store *s, struct id device, struct id record,
    uint64_t counter, json_t *held, struct err *e)
{
	struct db_stmt *q;
	bool row;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT counter FROM change WHERE record = ?1 AND state = 3"
	    " AND device = ?2 AND counter < ?3"
	    " UNION ALL SELECT counter FROM change WHERE state = 1"
	    " AND record = ?1 AND device = ?2 AND counter < ?3"
	    " ORDER BY counter",
	    "ddi", record, device, (int64_t)counter);

	if (code != ERR_OK)
		return code;
	while ((code = db_step(q, &row, e)) == ERR_OK && row) {
		code = json_add_take(held, json_integer(db_col_int(q, 0)), e);
		if (code != ERR_OK)
			break;
	}
	db_done(q);
	return code;
}

enum err_code
store_own_counters(struct office_store *s, struct id device, struct id record,
    uint64_t *own_out, json_t *held, struct err *e)
{
	int64_t own = 0;
	enum err_code code = db_get_int(s->db, &own, e,
	    "SELECT counter FROM change WHERE record = ? AND device = ?"
	    " AND state IN (2, 4) ORDER BY counter DESC LIMIT 1",
	    "dd", record, device);

	if (code == ERR_NOTFOUND) {
		*own_out = 0;
		return ERR_OK;
	}
	if (code == ERR_OK)
		code =
		    store_held_below(s, device, record, (uint64_t)own, held, e);
	if (code == ERR_OK)
		*own_out = (uint64_t)own;
	return code;
}

enum err_code
store_receipt_put(
    struct office_store *s, const struct receipt *r, struct err *e)
{
	return db_exec(s->db, e,
	    "INSERT INTO receipt (device, counter, intake, epoch, signed, sig)"
	    " VALUES (?, ?, ?, ?, ?, ?)"
	    " ON CONFLICT (device, counter, epoch) DO UPDATE SET"
	    " intake = excluded.intake, signed = excluded.signed,"
	    " sig = excluded.sig",
	    "diiibb", r->device, (int64_t)r->counter, (int64_t)r->intake,
	    (int64_t)r->epoch, r->signed_bytes.ptr, r->signed_bytes.len,
	    r->sig.b, sizeof(r->sig.b));
}

enum err_code
store_receipt_get(struct office_store *s, struct id device, uint64_t counter,
    struct receipt *out, struct err *e)
{
	struct db_stmt *q;
	enum err_code code = db_query_one(s->db, &q, e, "no receipt yet",
	    "SELECT signed, sig FROM receipt WHERE device = ? AND counter >= ?"
	    " ORDER BY counter, epoch DESC LIMIT 1",
	    "di", device, (int64_t)counter);

	if (code != ERR_OK)
		return code;
	code = stored_receipt(q, out, e);
	db_done(q);
	return code;
}

enum err_code
store_outcome_put(struct office_store *s, struct id device,
    const struct outcome *o, struct err *e)
{
	return db_exec(s->db, e,
	    "INSERT INTO outcome (device, no, counter, kind, v_epoch, v_seq,"
	    " reason, path) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
	    "diiiiiss", device, (int64_t)o->no, (int64_t)o->counter,
	    (int64_t)o->kind, (int64_t)o->version.epoch,
	    (int64_t)o->version.seq, o->reason, o->path);
}

enum err_code
store_outcomes(struct office_store *s, struct id device, uint64_t after_no,
    size_t limit, store_outcome_each each, void *arg, struct err *e)
{
	struct db_stmt *q;
	struct outcome o;
	bool row;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT " STORED_OUTCOME_COLUMNS
	    " FROM outcome WHERE device = ? AND no > ? ORDER BY no LIMIT ?",
	    "dii", device, (int64_t)after_no, (int64_t)limit);

	if (code != ERR_OK)
		return code;
	while ((code = db_step(q, &row, e)) == ERR_OK && row) {
		code = stored_outcome(q, &o, e);
		if (code != ERR_OK || !each(arg, &o))
			break;
	}
	db_done(q);
	return code;
}
