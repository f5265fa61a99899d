/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a repair ends.  What the disk lost and the office told again is in the
 * table twice by what the device signed: once as it was, and once as it came.
 * Nobody can take back the hash of a row that is not there any more, so the sum
 * is made anew, once the office's own sums have shown that the rows are right.
 */
#include "common/store/store_sync_int.h"
#include "common/store/store_told_int.h"

enum err_code
scope_sum_again(struct device_store *s, const char *scope, struct err *e)
{
	struct digest sum = { 0 };
	struct hash32 one;
	struct db_stmt *q;
	bool row;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT c.digest FROM confirmed_scope m JOIN confirmed c"
	    " ON c.record = m.record WHERE m.scope = ?",
	    "s", scope);

	if (code != ERR_OK)
		return code;
	while ((code = db_step(q, &row, e)) == ERR_OK && row) {
		code = db_col_bytes(q, 0, one.b, HASH32_LEN, e);
		if (code != ERR_OK)
			break;
		digest_add(&sum, &one);
	}
	db_done(q);
	return code != ERR_OK ? code
	                      : db_exec(s->db, e,
	                            "INSERT INTO scope_digest (scope, sum)"
	                            " VALUES (?, ?) ON CONFLICT (scope)"
	                            " DO UPDATE SET sum = excluded.sum",
	                            "sb", scope, sum.sum.b, sizeof(sum.sum.b));
}

/* The sum of every scope out of its records, and of none that has none. */
static enum err_code
all_sums_again(struct device_store *s, struct err *e)
{
	struct db_stmt *q;
	bool row;
	/* Sorted, and so read whole before the first is written. */
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT scope FROM scope_digest UNION"
	    " SELECT scope FROM confirmed_scope ORDER BY 1",
	    "");

	if (code != ERR_OK)
		return code;
	while ((code = db_step(q, &row, e)) == ERR_OK && row)
		if ((code = scope_sum_again(s, db_col_text(q, 0, NULL), e)) !=
		    ERR_OK)
			break;
	db_done(q);
	return code;
}

enum err_code
repair_settle(struct device_store *s, const struct sync_answer *a,
    bool *differs_out, struct err *e)
{
	struct digest now;
	struct hash32 ours;
	enum err_code code = told_sum(s, TOLD_CONFIRMED, &now, e);

	*differs_out = false;
	if (code != ERR_OK || s->told.is_lost ||
	    hash32_equal(now.sum, s->told.sums[TOLD_CONFIRMED].sum))
		return code;
	if ((code = scopeless_drop(s, e)) != ERR_OK ||
	    (code = all_sums_again(s, e)) != ERR_OK ||
	    (code = scopes_hash(s, &ours, e)) != ERR_OK)
		return code;
	*differs_out = !hash32_equal(ours, a->scopes_hash);
	return *differs_out
	    ? ERR_OK
	    : told_sum(s, TOLD_CONFIRMED, &s->told.sums[TOLD_CONFIRMED], e);
}
