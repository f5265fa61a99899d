/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Grants, and which records a user's pull is made of.
 */
#include "common/sys/json.h"
#include "daemon/central/store/sqlite_int.h"

enum err_code
store_grant_add(struct office_store *s, struct id grant, struct id user,
    const char *scope, uint64_t since, struct err *e)
{
	return db_exec(s->db, e,
	    "INSERT INTO scope_grant (id, user, scope, since)"
	    " VALUES (?, ?, ?, ?)",
	    "ddsi", grant, user, scope, (int64_t)since);
}

enum err_code
store_grant_end(struct office_store *s, struct id user, const char *scope,
    uint64_t until, struct err *e)
{
	enum err_code code = db_exec(s->db, e,
	    "UPDATE scope_grant SET until = ? WHERE user = ? AND scope = ?"
	    " AND until IS NULL",
	    "ids", (int64_t)until, user, scope);

	if (code == ERR_OK && db_changes(s->db) == 0)
		code = err_set(e, ERR_NOTFOUND, 0, "there is no such grant");
	return code;
}

enum err_code
store_scopes_of_user(struct office_store *s, struct id user,
    store_scope_each each, void *arg, struct err *e)
{
	struct db_stmt *q;
	bool row;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT scope, min(since) FROM scope_grant WHERE user = ?"
	    " AND until IS NULL GROUP BY scope ORDER BY scope",
	    "d", user);

	if (code != ERR_OK)
		return code;
	while ((code = db_step(q, &row, e)) == ERR_OK && row)
		if (!each(arg, db_col_text(q, 0, NULL),
		        (uint64_t)db_col_int(q, 1)))
			break;
	db_done(q);
	return code;
}

/* Above every log number: an end that has not come. */
#define FOREVER "9000000000000000"

/* Every scope that user ?1 holds or held, from since to before until (NULL:
 * still): own scopes and grants. */
#define HELD                                                                   \
	"held (scope, since, until) AS ("                                      \
	" SELECT 'all', 0, NULL UNION ALL SELECT 'user:' || ?1, 0, NULL"       \
	" UNION ALL SELECT scope, since, until FROM scope_grant"               \
	" WHERE user = ?1) "

enum err_code
store_user_sees(struct office_store *s, struct id user, struct id record,
    bool ever, bool *out, struct err *e)
{
	int64_t n = 0;
	/* From the record's few scopes to the user's grants of them (index
	 * scope_grant_user); ever: the two intervals overlapped once. */
	enum err_code code = db_get_int(s->db, &n, e,
	    "SELECT EXISTS (SELECT 1 FROM record_scope m WHERE m.record = ?2"
	    " AND ((m.scope IN ('all', 'user:' || ?1)"
	    "  AND (m.until IS NULL OR (?3 AND m.since < m.until)))"
	    " OR EXISTS (SELECT 1 FROM scope_grant g WHERE g.user = ?1"
	    "  AND g.scope = m.scope AND CASE WHEN ?3"
	    "  THEN max(g.since, m.since) < min(coalesce(g.until, " FOREVER
	    "), coalesce(m.until, " FOREVER "))"
	    "  ELSE g.until IS NULL AND m.until IS NULL END)))",
	    "ddi", user, record, (int64_t)ever);

	if (code == ERR_OK)
		*out = n > 0;
	return code;
}

/*
 * Which records changed for user ?1 above floor ?2, beyond place (?3, ?4) and
 * not after head ?5?
 *
 * candidate: for a floor near the head, whatever has a number above it -- the
 * record, its being in a scope, or the user's holding one (indexes record_seq,
 * record_scope_since, record_scope_until, scope_grant_since); else all that the
 * user's scopes hold or held, so that a first pull, or one after weeks, costs
 * what the user has and not what the office did.  pair: for each, all pairs of
 * a scope that it is or was in and that the user holds or held at the same
 * time.  seen: is some pair open now; since when the oldest and the newest open
 * pair have been; when the last pair that was open above the floor ended.
 * CROSS JOIN keeps the order: from the few candidates to their scopes.
 *
 * After an erasure a record goes whole: what is gone from it is in no delta.
 * What a person closed touches its record too (index change_closed), since its
 * author's devices are told; where there is no such record, that alone is a
 * row, for who wrote it.
 *
 * A record that went above the floor is a row too, and from the beginning every
 * one that ever did, or that the user wrote to and never saw: a device may hold
 * it from an epoch that is over.
 */
#define PULL(candidate)                                                        \
	"WITH " HELD ", candidate (record) AS (" candidate "),"                \
	" pair (record, is_open, start, finish) AS ("                          \
	" SELECT c.record, h.until IS NULL AND m.until IS NULL,"               \
	"  max(h.since, m.since),"                                             \
	"  min(coalesce(h.until, " FOREVER "), coalesce(m.until, " FOREVER     \
	"))"                                                                   \
	" FROM candidate c CROSS JOIN record_scope m ON m.record = c.record"   \
	" JOIN held h ON h.scope = m.scope),"                                  \
	" seen (record, is_open, open_since, newest, gone) AS ("               \
	" SELECT record, max(is_open), min(CASE WHEN is_open THEN start END)," \
	"  max(CASE WHEN is_open THEN start END),"                             \
	"  max(CASE WHEN NOT is_open AND start < finish AND finish > ?2"       \
	"   THEN finish END)"                                                  \
	" FROM pair GROUP BY record),"                                         \
	" found (record, touched, is_open, whole) AS ("                        \
	" SELECT s.record,"                                                    \
	"  CASE WHEN s.is_open"                                                \
	"   THEN max(r.v_seq, s.newest, coalesce(s.gone, 0),"                  \
	"    (SELECT coalesce(max(z.v_seq), 0) FROM change z"                  \
	"     WHERE z.record = s.record AND z.state = 4)) ELSE s.gone END,"    \
	"  s.is_open, r.created > ?2 OR s.open_since > ?2"                     \
	"   OR EXISTS (SELECT 1 FROM erasure z WHERE z.record = s.record"      \
	"    AND z.seq > ?2)"                                                  \
	" FROM seen s JOIN record r ON r.id = s.record"                        \
	" WHERE s.is_open OR s.gone IS NOT NULL"                               \
	" UNION ALL SELECT z.record, max(z.v_seq), 2, 0 FROM change z"         \
	" CROSS JOIN device d ON d.id = z.device AND d.user = ?1"              \
	" WHERE z.state = 4 AND z.v_seq > ?2 AND z.record NOT IN"              \
	" (SELECT id FROM record) GROUP BY z.record"                           \
	" UNION ALL SELECT r.id, r.created, 0, 0 FROM record r WHERE ?2 = 0"   \
	" AND r.id IN (SELECT z.record FROM device d"                          \
	"  CROSS JOIN change z ON z.device = d.id"                             \
	"  WHERE d.user = ?1 AND z.state IN (2, 4))"                           \
	" AND r.id NOT IN (SELECT record FROM seen"                            \
	"  WHERE is_open OR gone IS NOT NULL))"                                \
	" SELECT record, touched, is_open, whole FROM found"                   \
	" WHERE (touched, record) > (?3, ?4) AND touched > ?2 AND touched <= " \
	"?5"                                                                   \
	" ORDER BY touched, record LIMIT ?6"

static const char pull_all_sql[] =
    PULL(" SELECT m.record FROM held h JOIN record_scope m"
         " ON m.scope = h.scope");
static const char pull_above_sql[] =
    PULL(" SELECT id FROM record WHERE v_seq > ?2"
         " UNION SELECT record FROM record_scope WHERE since > ?2"
         " UNION SELECT record FROM record_scope WHERE until > ?2"
         " UNION SELECT m.record FROM held h JOIN record_scope m"
         "  ON m.scope = h.scope WHERE h.since > ?2 OR h.until > ?2"
         " UNION SELECT record FROM change WHERE state = 4 AND v_seq > ?2");

/* So many entries above the floor may be looked through one by one. */
#define NEAR_ENTRIES 2000

enum err_code
store_pull(struct office_store *s, struct id user, const struct cursor *from,
    uint64_t head, size_t limit, store_pull_each each, void *arg, struct err *e)
{
	struct db_stmt *q;
	struct pull_row p;
	bool row;
	enum err_code code;

	if (from->floor >= head)
		return ERR_OK;
	code = db_query(s->db, &q, e,
	    head - from->floor > NEAR_ENTRIES ? pull_all_sql : pull_above_sql,
	    "diisii", user, (int64_t)from->floor, (int64_t)from->position,
	    id_is_zero(from->position_id) ? "" : id_print(from->position_id).s,
	    (int64_t)head, (int64_t)limit);
	if (code != ERR_OK)
		return code;
	while ((code = db_step(q, &row, e)) == ERR_OK && row) {
		code = db_col_id(q, 0, &p.record, e);
		if (code != ERR_OK)
			break;
		p.touched = (uint64_t)db_col_int(q, 1);
		p.is_visible = db_col_int(q, 2) != 0;
		p.is_missing = db_col_int(q, 2) == 2;
		p.whole = db_col_int(q, 3) != 0;
		if (!each(arg, &p))
			break;
	}
	db_done(q);
	return code;
}

enum err_code
store_record_scopes(struct office_store *s, struct id record, struct id user,
    json_t *names, struct err *e)
{
	struct db_stmt *q;
	bool row;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT m.scope FROM record_scope m WHERE m.record = ?2"
	    " AND m.until IS NULL AND (m.scope IN ('all', 'user:' || ?1)"
	    " OR EXISTS (SELECT 1 FROM scope_grant g WHERE g.user = ?1"
	    "  AND g.scope = m.scope AND g.until IS NULL)) ORDER BY m.scope",
	    "dd", user, record);

	if (code != ERR_OK)
		return code;
	while ((code = db_step(q, &row, e)) == ERR_OK && row) {
		code = json_add_take(
		    names, json_string(db_col_text(q, 0, NULL)), e);
		if (code != ERR_OK)
			break;
	}
	db_done(q);
	return code;
}

enum err_code
store_scope_sums(struct office_store *s, struct id user, store_sum_each each,
    void *arg, struct err *e)
{
	struct db_stmt *q;
	struct digest sum;
	bool row;
	enum err_code code = db_query(s->db, &q, e,
	    "WITH " HELD "SELECT h.scope, max(d.sum) FROM held h"
	    " LEFT JOIN scope_digest d ON d.scope = h.scope"
	    " WHERE h.until IS NULL GROUP BY h.scope ORDER BY h.scope",
	    "d", user);

	if (code != ERR_OK)
		return code;
	while ((code = db_step(q, &row, e)) == ERR_OK && row) {
		sum = (struct digest){ 0 };
		if (!db_col_is_null(q, 1))
			code = db_col_bytes(q, 1, sum.sum.b, HASH32_LEN, e);
		if (code != ERR_OK || !each(arg, db_col_text(q, 0, NULL), &sum))
			break;
	}
	db_done(q);
	return code;
}

enum err_code
store_grants_seq(
    struct office_store *s, struct id user, uint64_t *out, struct err *e)
{
	int64_t seq = 0;
	enum err_code code = db_get_int(s->db, &seq, e,
	    "SELECT max((SELECT coalesce(max(since), 0) FROM scope_grant"
	    " WHERE user = ?1), (SELECT coalesce(max(until), 0)"
	    " FROM scope_grant WHERE user = ?1))",
	    "d", user);

	if (code == ERR_OK)
		*out = (uint64_t)seq;
	return code;
}

enum err_code
store_touched_scopes(struct office_store *s, uint64_t above,
    store_name_each each, void *arg, struct err *e)
{
	struct db_stmt *q;
	bool row;
	/* Indexes record_seq, record_scope_since, record_scope_until,
	 * grant_since, grant_until, change_closed_at. */
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT m.scope FROM record r CROSS JOIN record_scope m"
	    "  ON m.record = r.id WHERE r.v_seq > ?1 AND m.until IS NULL"
	    " UNION SELECT scope FROM record_scope WHERE since > ?1"
	    " UNION SELECT scope FROM record_scope WHERE until > ?1"
	    " UNION SELECT 'user:' || user FROM scope_grant WHERE since > ?1"
	    " UNION SELECT 'user:' || user FROM scope_grant WHERE until > ?1"
	    " UNION SELECT m.scope FROM change z CROSS JOIN record_scope m"
	    "  ON m.record = z.record WHERE z.state = 4 AND z.v_seq > ?1"
	    "  AND m.until IS NULL"
	    " UNION SELECT 'user:' || d.user FROM change z CROSS JOIN device d"
	    "  ON d.id = z.device WHERE z.state = 4 AND z.v_seq > ?1",
	    "i", (int64_t)above);

	if (code != ERR_OK)
		return code;
	while ((code = db_step(q, &row, e)) == ERR_OK && row)
		if (!each(arg, db_col_text(q, 0, NULL)))
			break;
	db_done(q);
	return code;
}
