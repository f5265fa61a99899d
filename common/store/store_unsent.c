/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What waits to be sent, by what it is about.
 */
#include "common/store/store_int.h"

enum err_code
device_store_unsent(struct device_store *s, json_t **out, struct err *e)
{
	json_t *types = json_object();
	struct db_stmt *q = NULL;
	uint64_t receipted;
	bool row;
	enum err_code code = receipted_upto(s, &receipted, e);

	if (code == ERR_OK)
		code = db_query(s->db, &q, e,
		    "SELECT v.type, count(*) FROM journal j JOIN view v"
		    " USING (record) WHERE j.counter > ? GROUP BY v.type",
		    "i", (int64_t)receipted);
	while (code == ERR_OK && (code = db_step(q, &row, e)) == ERR_OK && row)
		code = json_put_int(
		    types, db_col_text(q, 0, NULL), db_col_int(q, 1), e);
	db_done(q);
	if (code != ERR_OK)
		json_decref(types);
	else
		*out = types;
	return code;
}
