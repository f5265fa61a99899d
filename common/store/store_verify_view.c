/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the user is shown, and what a search looks through, made again beside
 * what is stored.
 */
#include "common/store/store_verify_int.h"

/* The record of one row whose view, and entry in the index, are looked at. */
static enum err_code
check_one(struct device_store *s, struct id id, struct verify_result *v,
    struct err *e)
{
	bool same = false;
	enum err_code code = view_is_as_made(s, id, &same, e);

	if (code == ERR_CORRUPT || code == ERR_NOTFOUND) {
		verify_found(
		    v, "record %s is not what the office told", id_print(id).s);
		return ERR_OK;
	}
	if (code == ERR_OK && !same)
		verify_found(v, "record %s is not shown as it was written",
		    id_print(id).s);
	if (code != ERR_OK || !v->ok)
		return code;
	code = search_is_as_made(s, id, &same, e);
	if (code == ERR_OK && !same)
		verify_found(v, "record %s is not found by what it says",
		    id_print(id).s);
	return code;
}

/* An entry of the index that no record's is. */
static enum err_code
check_index(struct device_store *s, struct verify_result *v, struct err *e)
{
	int64_t n = 0;
	enum err_code code = db_get_int(s->db, &n, e,
	    "SELECT (SELECT count(*) FROM search_row WHERE record NOT IN"
	    " (SELECT record FROM view) AND record NOT IN"
	    " (SELECT record FROM dirty)) + (SELECT count(*) FROM"
	    " search_content WHERE id NOT IN (SELECT at FROM search_row))",
	    "");

	if (code == ERR_OK && n > 0)
		verify_found(v, "a search finds what no record says");
	return code;
}

enum err_code
verify_views(struct device_store *s, struct verify_result *v, struct err *e)
{
	struct db_stmt *q;
	struct id id;
	bool row;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT record FROM view UNION SELECT record FROM confirmed"
	    " UNION SELECT record FROM journal"
	    " UNION SELECT record FROM past_journal"
	    " UNION SELECT record FROM closing",
	    "");

	if (code != ERR_OK)
		return code;
	while (v->ok && (code = db_step(q, &row, e)) == ERR_OK && row) {
		if ((code = db_col_id(q, 0, &id, e)) != ERR_OK ||
		    (code = check_one(s, id, v, e)) != ERR_OK)
			break;
	}
	db_done(q);
	return code == ERR_OK && v->ok ? check_index(s, v, e) : code;
}
