/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records that go: their user may not see them any more.
 */
#include "common/store/store_sync_int.h"

enum err_code
record_drop(struct device_store *s, struct id id, struct err *e)
{
	bool was_shown = false, is_shown = true;
	enum err_code code = taken_is_shown(s, id, &was_shown, e);

	if (code == ERR_OK)
		code = confirmed_drop(s, id, e);
	if (code == ERR_OK)
		code = closing_forget(s, id, e);
	if (code == ERR_OK)
		code = drafts_unshow(s, id, e);
	if (code == ERR_OK)
		code = view_rebuild(s, id, e);
	if (code == ERR_OK)
		code = taken_is_shown(s, id, &is_shown, e);
	s->taken += was_shown && !is_shown;
	return code;
}

enum err_code
records_each(struct device_store *s, struct db_stmt *q, record_step step,
    void *arg, struct err *e)
{
	struct id *ids = NULL;
	size_t n = 0, room = 0;
	bool row;
	enum err_code code;

	while ((code = db_step(q, &row, e)) == ERR_OK && row) {
		if (n == room) {
			const size_t more = room == 0 ? 32 : room * 2;
			struct id *bigger = realloc(ids, more * sizeof(*ids));

			if (bigger == NULL) {
				code =
				    err_set(e, ERR_NOMEM, 0, "out of memory");
				break;
			}
			ids = bigger;
			room = more;
		}
		if ((code = db_col_id(q, 0, &ids[n], e)) != ERR_OK)
			break;
		n++;
	}
	db_done(q);
	for (size_t i = 0; i < n && code == ERR_OK; i++)
		code = step(s, ids[i], arg, e);
	free(ids);
	return code;
}

static enum err_code
drop_step(struct device_store *s, struct id id, void *arg, struct err *e)
{
	(void)arg;
	return record_drop(s, id, e);
}

enum err_code
records_drop(struct device_store *s, struct db_stmt *q, struct err *e)
{
	return records_each(s, q, drop_step, NULL, e);
}

enum err_code
scopeless_drop(struct device_store *s, struct err *e)
{
	struct db_stmt *q;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT record FROM confirmed c WHERE NOT EXISTS"
	    " (SELECT 1 FROM confirmed_scope m WHERE m.record = c.record)",
	    "");

	return code == ERR_OK ? records_drop(s, q, e) : code;
}

/* ---- own work that the office has and tells nothing of ----
 *
 * It was written before the device heard that its user may not see the record
 * any more, so the office never told of it and has nothing to take back.  It
 * goes when the office has said what became of all of it, and its sums show
 * that all is here which it tells. */

struct unseen {
	int64_t receipted;    /* own changes that the office holds */
	int64_t epoch, floor; /* up to where it told what its user may see */
};

/* Has every own change on the record come to an end that the office told in
 * this epoch, and at least one of them to one that shows that there is such a
 * record: it was put into it, or held because its author may not write there?
 * One that is held is with its author as long as somebody looks at it; what
 * only ever was closed otherwise, the office has no record of. */
static const char ended_sql[] =
    "SELECT coalesce(min(is_receipted AND coalesce(no >> 32 = ?3 - 1"
    "  AND (kind = ?5 OR (kind < ?6 AND (v_epoch < ?3 OR v_seq <= ?4))), 0))"
    "  AND max(kind < ?6 OR reason = 'not_yours'), 0) FROM ("
    " SELECT j.counter <= ?2 AS is_receipted, o.no, o.kind, o.v_epoch, o.v_seq,"
    "  o.reason"
    "  FROM journal j LEFT JOIN outcome o ON o.no ="
    "  (SELECT max(no) FROM outcome n WHERE n.counter = j.counter)"
    "  WHERE j.record = ?1"
    " UNION ALL SELECT 1, o.no, o.kind, o.v_epoch, o.v_seq, o.reason"
    "  FROM past_journal j"
    "  JOIN past p ON p.life = j.life AND j.counter <= p.fork"
    "  LEFT JOIN past_outcome o ON o.life = j.life AND o.no ="
    "  (SELECT max(no) FROM past_outcome n WHERE n.life = j.life"
    "  AND n.counter = j.counter) WHERE j.record = ?1)";

static enum err_code
drop_ended(struct device_store *s, struct id id, void *arg, struct err *e)
{
	const struct unseen *u = arg;
	int64_t is_ended;
	enum err_code code = db_get_int(s->db, &is_ended, e, ended_sql,
	    "diiiii", id, u->receipted, u->epoch, u->floor,
	    (int64_t)OUTCOME_CLOSED, (int64_t)OUTCOME_HELD);

	return code == ERR_OK && is_ended != 0 ? record_drop(s, id, e) : code;
}

enum err_code
unseen_drop(struct device_store *s, const struct sync_answer *a, struct err *e)
{
	struct unseen u = { .epoch = (int64_t)a->cursor.epoch,
		.floor = (int64_t)a->cursor.floor };
	struct db_stmt *q;
	uint64_t receipted;
	enum err_code code;

	if (!a->has_cursor)
		return ERR_OK;
	code = receipted_upto(s, &receipted, e);
	u.receipted = (int64_t)receipted;
	if (code == ERR_OK)
		code = db_query(s->db, &q, e,
		    "SELECT record FROM view v WHERE NOT EXISTS"
		    " (SELECT 1 FROM confirmed c WHERE c.record = v.record)",
		    "");
	return code == ERR_OK ? records_each(s, q, drop_ended, &u, e) : code;
}
