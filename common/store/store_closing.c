/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this device's user wrote on another device, and a person at the office
 * closed: the office tells it, with their words and why not.
 */
#include "common/core/closing.h"
#include "common/core/limits.h"
#include "common/store/store_sync_int.h"
#include "common/store/store_told_int.h"

static enum err_code
closing_put(struct device_store *s, struct id record, const char *type,
    const json_t *changes, struct err *e)
{
	struct buf text;
	enum err_code code;

	buf_init(&text, LIMIT_RECORD_BYTES);
	if ((code = json_print(changes, &text, e)) == ERR_OK &&
	    (code = told_out_id(s, TOLD_CLOSING, record, e)) == ERR_OK &&
	    (code = db_exec(s->db, e,
	         "INSERT INTO closing (record, type, changes) VALUES (?, ?, ?)"
	         " ON CONFLICT (record) DO UPDATE SET type = excluded.type,"
	         " changes = excluded.changes",
	         "dss", record, type, text.ptr)) == ERR_OK)
		code = told_in_id(s, TOLD_CLOSING, record, e);
	buf_wipe(&text);
	return code;
}

/* ERR_NOTFOUND: the office tells of none; *changes_out is new. */
static enum err_code
closing_get(struct device_store *s, struct id record, char type_out[static 65],
    json_t **changes_out, struct err *e)
{
	struct db_stmt *q = NULL;
	size_t len;
	const void *text;
	enum err_code code = db_query_one(s->db, &q, e, "nothing was closed",
	    "SELECT type, changes FROM closing WHERE record = ?", "d", record);

	if (code != ERR_OK)
		return code;
	text = db_col_blob(q, 1, &len);
	code = stored_json(text, len, changes_out, e);
	if (code == ERR_OK)
		(void)snprintf(type_out, 65, "%s", db_col_text(q, 0, NULL));
	db_done(q);
	return code;
}

enum err_code
closings_take(
    struct device_store *s, const struct sync_answer *a, struct err *e)
{
	const json_t *one;
	enum err_code code = ERR_OK;
	size_t i;

	json_array_foreach(a->closings, i, one)
	{
		const char *type =
		    json_string_value(json_object_get(one, "type"));
		struct id record;

		if ((code = json_get_id(one, "record", &record, e)) != ERR_OK ||
		    (code = closing_put(s, record, type == NULL ? "" : type,
		         json_object_get(one, "changes"), e)) != ERR_OK ||
		    (code = view_rebuild(s, record, e)) != ERR_OK)
			break;
	}
	return code;
}

static enum err_code
rebuild_step(struct device_store *s, struct id id, void *arg, struct err *e)
{
	(void)arg;
	return view_rebuild(s, id, e);
}

enum err_code
closings_end(struct device_store *s, struct err *e)
{
	struct db_stmt *q = NULL;
	enum err_code code;

	if ((code = db_exec(s->db, e, "DELETE FROM closing", "")) != ERR_OK)
		return code;
	s->told.sums[TOLD_CLOSING] = (struct digest){ 0 };
	/* The views of what was nowhere else: nobody told of them, and nothing
	 * was written here. */
	code = db_query(s->db, &q, e,
	    "SELECT record FROM view WHERE v_seq = 0 AND counter = 0", "");
	return code == ERR_OK ? records_each(s, q, rebuild_step, NULL, e)
	                      : code;
}

enum err_code
closing_forget(struct device_store *s, struct id id, struct err *e)
{
	enum err_code code = told_out_id(s, TOLD_CLOSING, id, e);

	return code == ERR_OK
	    ? db_exec(s->db, e, "DELETE FROM closing WHERE record = ?", "d", id)
	    : code;
}

enum err_code
closings_erase(struct device_store *s, const struct erasure *z, struct err *e)
{
	json_t *changes = NULL;
	char type[65];
	enum err_code code = closing_get(s, z->record, type, &changes, e);

	if (code != ERR_OK)
		return code == ERR_NOTFOUND ? ERR_OK : code;
	if (closing_erase(changes, z))
		code = closing_put(s, z->record, type, changes, e);
	json_decref(changes);
	return code;
}

/* ---- what is made of it ---- */

enum err_code
closing_type(struct device_store *s, struct id record, char type_out[static 65],
    struct err *e)
{
	json_t *changes = NULL;
	char type[65];
	enum err_code code = closing_get(s, record, type, &changes, e);

	json_decref(changes);
	if (code == ERR_OK && type[0] == '\0')
		code =
		    err_set(e, ERR_NOTFOUND, 0, "the office has such a record");
	if (code == ERR_OK)
		memcpy(type_out, type, sizeof(type));
	return code;
}

enum err_code
closing_names(struct device_store *s, struct id record, uint64_t counter,
    bool *out, struct err *e)
{
	json_t *changes = NULL, *one;
	char type[65];
	size_t i;
	enum err_code code = closing_get(s, record, type, &changes, e);

	if (code != ERR_OK)
		return code == ERR_NOTFOUND ? ERR_OK : code;
	json_array_foreach(changes, i, one)
	{
		struct id device;

		*out = *out ||
		    (json_get_id(one, "device", &device, NULL) == ERR_OK &&
		        id_equal(device, s->identity.device) &&
		        json_integer_value(json_object_get(one, "counter")) ==
		            (json_int_t)counter);
	}
	json_decref(changes);
	return ERR_OK;
}

enum err_code
closing_append(
    struct device_store *s, struct id record, json_t *list, struct err *e)
{
	json_t *changes = NULL, *one;
	char type[65];
	size_t i;
	enum err_code code = closing_get(s, record, type, &changes, e);

	if (code != ERR_OK)
		return code == ERR_NOTFOUND ? ERR_OK : code;
	json_array_foreach(changes, i, one)
	{
		json_t *said = NULL;

		if ((code = closing_said_paths(
		         json_object_get(one, "said"), &said, e)) != ERR_OK ||
		    (code = json_put_take(one, "said", said, e)) != ERR_OK ||
		    (code = json_add_take(list, json_incref(one), e)) != ERR_OK)
			break;
	}
	json_decref(changes);
	return code;
}
