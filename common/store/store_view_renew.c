/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Views are made by the rules of a merge version and a schema; where either is
 * another since, they are all made again, so that what is shown is what verify
 * derives.
 */
#include "common/core/merge.h"
#include "common/store/store_told_int.h"

#define VIEWS_BY "views_by"

/* "<merge version> <version and hash of the schema>" */
static void
rules_text(const struct device_store *s, char out[static 120])
{
	(void)snprintf(out, 120, "%d %lld %s", MERGE_VERSION,
	    (long long)schema_version(s->schema), s->schema_hash);
}

static enum err_code
is_by(struct device_store *s, const char *rules, bool *out, struct err *e)
{
	int64_t n = 0;
	enum err_code code = db_get_int(s->db, &n, e,
	    "SELECT count(*) FROM meta WHERE name = '" VIEWS_BY
	    "' AND value = CAST(? AS BLOB)",
	    "s", rules);

	*out = n > 0;
	return code;
}

static enum err_code
make_all(struct device_store *s, struct err *e)
{
	struct db_stmt *q = NULL;
	struct id id;
	bool row;
	/* Sorted, and so read whole before the first is written. */
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT record FROM view UNION SELECT record FROM confirmed"
	    " UNION SELECT record FROM journal"
	    " UNION SELECT record FROM closing ORDER BY 1",
	    "");

	while (code == ERR_OK && (code = db_step(q, &row, e)) == ERR_OK && row)
		if ((code = db_col_id(q, 0, &id, e)) == ERR_OK)
			code = view_rebuild(s, id, e);
	db_done(q);
	return code;
}

enum err_code
views_renew(struct device_store *s, struct err *e)
{
	char rules[120];
	bool is_so;
	enum err_code code;

	rules_text(s, rules);
	if ((code = is_by(s, rules, &is_so, e)) != ERR_OK || is_so)
		return code;
	if ((code = db_begin(s->db, e)) == ERR_OK &&
	    (code = told_begin(s, e)) == ERR_OK &&
	    (code = make_all(s, e)) == ERR_OK &&
	    (code = stored_meta_put(
	         s->db, VIEWS_BY, rules, strlen(rules), e)) == ERR_OK &&
	    (code = told_end(s, e)) == ERR_OK)
		code = db_commit(s->db, e);
	db_rollback(s->db);
	return code;
}
