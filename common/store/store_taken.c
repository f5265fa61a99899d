/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What left this device because its user may not see it any more: counted, and
 * told once.
 */
#include "common/core/protocol.h"
#include "common/store/store_sync_int.h"
#include "common/sys/json.h"

/* All that left, {"n", "log": [{"at", "n"}]}, which an answer brings; and of
 * how many its user was told, which this device writes by itself. */
#define TAKEN "taken"

/* The log keeps so many of the last. */
#define LOG_MAX 100

enum err_code
taken_is_shown(struct device_store *s, struct id id, bool *out, struct err *e)
{
	int64_t n = 0;
	enum err_code code = db_get_int(s->db, &n, e,
	    "SELECT count(*) FROM view WHERE record = ?", "d", id);

	*out = n > 0;
	return code;
}

/* One line more, and the oldest out. */
static enum err_code
log_add(json_t *taken, uint64_t at_ms, uint64_t n, struct err *e)
{
	json_t *log = json_object_get(taken, "log"), *one = json_object();
	enum err_code code = ERR_OK;

	if (log == NULL) {
		log = json_array();
		code = json_put_take(taken, "log", log, e);
	}
	if (code == ERR_OK)
		code = json_put_int(one, "at", (int64_t)at_ms, e);
	if (code == ERR_OK)
		code = json_put_int(one, "n", (int64_t)n, e);
	if (code == ERR_OK)
		code = json_add_take(log, json_incref(one), e);
	if (json_array_size(log) > LOG_MAX)
		(void)json_array_remove(log, 0);
	json_decref(one);
	return code;
}

static uint64_t
total(const json_t *taken)
{
	return (uint64_t)json_integer_value(json_object_get(taken, "n"));
}

enum err_code
taken_keep(struct device_store *s, uint64_t at_ms, struct err *e)
{
	json_t *taken = NULL;
	enum err_code code;

	if (s->taken == 0)
		return ERR_OK;
	code = meta_get_json(s->db, TAKEN, &taken, e);
	if (code == ERR_OK && taken == NULL)
		taken = json_object();
	if (code == ERR_OK)
		code = json_put_int(
		    taken, "n", (int64_t)(total(taken) + s->taken), e);
	if (code == ERR_OK)
		code = log_add(taken, at_ms, s->taken, e);
	if (code == ERR_OK)
		code = meta_put_json(s->db, TAKEN, taken, e);
	json_decref(taken);
	return code;
}

enum err_code
device_store_taken(struct device_store *s, uint64_t *untold_out,
    json_t **log_out, struct err *e)
{
	json_t *taken = NULL, *list;
	int64_t told = 0;
	enum err_code code = db_begin_read(s->db, e);

	if (code == ERR_OK)
		code = meta_get_json(s->db, TAKEN, &taken, e);
	if (code == ERR_OK)
		code = meta_get_int(s->db, TAKEN_TOLD, 0, &told, e);
	db_rollback(s->db);
	if (code == ERR_OK) {
		const uint64_t all = total(taken);

		list = json_object_get(taken, "log");
		*untold_out = all > (uint64_t)told ? all - (uint64_t)told : 0;
		*log_out = list == NULL ? json_array() : json_incref(list);
	}
	json_decref(taken);
	return code;
}

enum err_code
device_store_taken_told(struct device_store *s, uint64_t n, struct err *e)
{
	int64_t told = 0;
	enum err_code code = db_begin(s->db, e);

	if (code == ERR_OK)
		code = meta_get_int(s->db, TAKEN_TOLD, 0, &told, e);
	if (code == ERR_OK)
		code = meta_put_int(s->db, TAKEN_TOLD, told + (int64_t)n, e);
	if (code == ERR_OK)
		return db_commit(s->db, e);
	db_rollback(s->db);
	return code;
}
