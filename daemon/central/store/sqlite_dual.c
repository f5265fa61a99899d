/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Acts that need two people.
 */
#include "daemon/central/store/sqlite_int.h"

#define COLUMNS                                                                \
	"id, act, object, proposer, reason, proposed, expires, state, "        \
	"decider,"                                                             \
	" decided"

enum err_code
store_dual_put(
    struct office_store *s, const struct office_dual *d, struct err *e)
{
	const struct id_text decider = id_print(d->decider);

	return db_exec(s->db, e,
	    "INSERT INTO dual (" COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?,"
	    " ?) ON CONFLICT (id) DO UPDATE SET state = excluded.state,"
	    " decider = excluded.decider, decided = excluded.decided",
	    "dssdsiiisi", d->id, d->act, d->object, d->proposer, d->reason,
	    (int64_t)d->proposed, (int64_t)d->expires, (int64_t)d->state,
	    id_is_zero(d->decider) ? "" : decider.s, (int64_t)d->decided);
}

static enum err_code
dual_row(struct db_stmt *q, struct office_dual *d, struct err *e)
{
	const char *decider = db_col_text(q, 8, NULL);
	enum err_code code;

	*d = (struct office_dual){ .proposed = (uint64_t)db_col_int(q, 5),
		.expires = (uint64_t)db_col_int(q, 6),
		.state = (enum dual_state)db_col_int(q, 7),
		.decided = (uint64_t)db_col_int(q, 9) };
	if ((code = db_col_id(q, 0, &d->id, e)) != ERR_OK ||
	    (code = db_col_id(q, 3, &d->proposer, e)) != ERR_OK)
		return code;
	(void)snprintf(d->act, sizeof(d->act), "%s", db_col_text(q, 1, NULL));
	(void)snprintf(
	    d->object, sizeof(d->object), "%s", db_col_text(q, 2, NULL));
	(void)snprintf(
	    d->reason, sizeof(d->reason), "%s", db_col_text(q, 4, NULL));
	return decider[0] == '\0' || id_parse(decider, &d->decider)
	    ? ERR_OK
	    : err_set(e, ERR_CORRUPT, 0, "a stored proposal does not read");
}

enum err_code
store_dual_get(struct office_store *s, struct id id, struct office_dual *out,
    struct err *e)
{
	struct db_stmt *q;
	enum err_code code = db_query_one(s->db, &q, e, "no such proposal",
	    "SELECT " COLUMNS " FROM dual WHERE id = ?", "d", id);

	if (code != ERR_OK)
		return code;
	code = dual_row(q, out, e);
	db_done(q);
	return code;
}

enum err_code
store_duals(struct office_store *s, bool waiting_only, store_dual_each each,
    void *arg, struct err *e)
{
	struct office_dual d;
	struct db_stmt *q;
	bool row;
	/* Index dual_waits for those that wait. */
	enum err_code code = db_query(s->db, &q, e,
	    waiting_only ? "SELECT " COLUMNS " FROM dual WHERE state = 1"
	                   " ORDER BY proposed, id"
	                 : "SELECT " COLUMNS " FROM dual"
	                   " ORDER BY proposed, id",
	    "");

	if (code != ERR_OK)
		return code;
	while ((code = db_step(q, &row, e)) == ERR_OK && row)
		if ((code = dual_row(q, &d, e)) != ERR_OK || !each(arg, &d))
			break;
	db_done(q);
	return code;
}
