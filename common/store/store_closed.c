/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Own changes that the office holds, and those that it held and a person there
 * closed: what they said is in no view, or only there, and their author reads
 * it, and why not.
 */
#include "common/core/closing.h"
#include "common/store/store_int.h"

/* Not what came otherwise: a proposal is shown until the page has come that
 * brings the change itself.  Nor what was closed in an epoch before the one in
 * which the record was told: an office that was restored may have lost that,
 * and holds the change again without a word. */
#define IS_CLOSED                                                              \
	"kind = ?1 AND reason <> 'replaced' AND (no >> 32) + 1 >="             \
	" coalesce((SELECT epoch FROM confirmed WHERE record = j.record), 0)"

/* If it has not, it tells so: of this device's own changes too. */
static enum err_code
is_told_again(
    struct device_store *s, uint64_t counter, bool *out, struct err *e)
{
	struct id record;
	struct db_stmt *q = NULL;
	enum err_code code = db_query_one(s->db, &q, e, "no such change",
	    "SELECT record FROM journal WHERE counter = ?", "i",
	    (int64_t)counter);

	if (code != ERR_OK)
		return code == ERR_NOTFOUND ? ERR_OK : code;
	code = db_col_id(q, 0, &record, e);
	db_done(q);
	return code == ERR_OK ? closing_names(s, record, counter, out, e)
	                      : code;
}

enum err_code
closed_is(struct device_store *s, uint64_t life, uint64_t counter, bool *out,
    struct err *e)
{
	int64_t is_closed = 0;
	enum err_code code = life == s->life
	    ? db_get_int(s->db, &is_closed, e,
	          "SELECT " IS_CLOSED " FROM outcome JOIN journal j"
	          " USING (counter) WHERE counter = ?2"
	          " ORDER BY no DESC LIMIT 1",
	          "ii", (int64_t)OUTCOME_CLOSED, (int64_t)counter)
	    : db_get_int(s->db, &is_closed, e,
	          "SELECT " IS_CLOSED " FROM past_outcome JOIN past_journal j"
	          " USING (life, counter) WHERE counter = ?2"
	          " AND life = ?3 ORDER BY no DESC LIMIT 1",
	          "iii", (int64_t)OUTCOME_CLOSED, (int64_t)counter,
	          (int64_t)life);

	if (code != ERR_OK && code != ERR_NOTFOUND)
		return code;
	*out = is_closed != 0;
	return code == ERR_OK && !*out && life == s->life
	    ? is_told_again(s, counter, out, e)
	    : ERR_OK;
}

/* What the change left at its paths; nothing where it is erased. */
static enum err_code
said(struct db_stmt *q, json_t **out, struct err *e)
{
	json_t *pairs = NULL;
	struct change c;
	size_t len;
	const void *body = db_col_blob(q, 1, &len);
	enum err_code code = ERR_OK;

	if (db_col_int(q, 2) == 0 &&
	    (code = stored_change(body, len, &c, e)) == ERR_OK) {
		code = closing_said(&c, &pairs, e);
		change_fini(&c);
	}
	if (code == ERR_OK)
		code = closing_said_paths(pairs, out, e);
	json_decref(pairs);
	return code;
}

/* key: of what the fifth column is. */
static enum err_code
row_add(struct db_stmt *q, json_t *list, const char *key, struct err *e)
{
	json_t *one = NULL, *ops = NULL;
	enum err_code code = said(q, &ops, e);

	if (code != ERR_OK)
		return code;
	one = json_object();
	if ((code = json_put_take(one, "said", ops, e)) == ERR_OK &&
	    (code = json_put_int(one, "counter", db_col_int(q, 0), e)) ==
	        ERR_OK &&
	    (code = json_put_str(one, "reason", db_col_text(q, 3, NULL), e)) ==
	        ERR_OK)
		code = json_put_str(one, key, db_col_text(q, 4, NULL), e);
	if (code == ERR_OK)
		return json_add_take(list, one, e);
	json_decref(one);
	return code;
}

enum err_code
closed_list(struct device_store *s, struct id id, json_t **out, struct err *e)
{
	json_t *list = json_array();
	struct db_stmt *q = NULL;
	bool row;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT j.counter, j.body, j.erased, o.reason, o.words"
	    " FROM journal j JOIN outcome o ON o.no ="
	    "  (SELECT max(no) FROM outcome n WHERE n.counter = j.counter)"
	    " WHERE " IS_CLOSED " AND j.record = ?2 ORDER BY j.counter",
	    "id", (int64_t)OUTCOME_CLOSED, id);

	while (code == ERR_OK && (code = db_step(q, &row, e)) == ERR_OK && row)
		code = row_add(q, list, "words", e);
	db_done(q);
	if (code == ERR_OK)
		code = closing_append(s, id, list, e);
	if (code != ERR_OK)
		json_decref(list);
	else
		*out = list;
	return code;
}

enum err_code
held_list(struct device_store *s, struct id id, json_t **out, struct err *e)
{
	json_t *list = json_array();
	struct db_stmt *q = NULL;
	bool row;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT j.counter, j.body, j.erased, o.reason, o.path"
	    " FROM journal j JOIN outcome o ON o.no ="
	    "  (SELECT max(no) FROM outcome n WHERE n.counter = j.counter)"
	    " WHERE o.kind = ? AND j.record = ? ORDER BY j.counter",
	    "id", (int64_t)OUTCOME_HELD, id);

	while (code == ERR_OK && (code = db_step(q, &row, e)) == ERR_OK && row)
		code = row_add(q, list, "reason_path", e);
	db_done(q);
	if (code != ERR_OK)
		json_decref(list);
	else
		*out = list;
	return code;
}
