/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happened to one record: who changed which paths when, for whoever sees
 * it now.
 */
#include "common/sys/json.h"
#include "daemon/central/engine/engine_int.h"

/* Newest entries of one answer. */
#define HISTORY_MAX ((size_t)200)

static const char before_id[] = "/v1/records/";
static const char after_id[] = "/history";

static bool
target_id(const char *target, struct id *out)
{
	char text[ID_TEXT_LEN + 1];
	size_t skip = sizeof(before_id) - 1;

	if (strncmp(target, before_id, skip) != 0 ||
	    strlen(target) != skip + ID_TEXT_LEN + sizeof(after_id) - 1 ||
	    strcmp(target + skip + ID_TEXT_LEN, after_id) != 0)
		return false;
	memcpy(text, target + skip, ID_TEXT_LEN);
	text[ID_TEXT_LEN] = '\0';
	return id_parse(text, out);
}

static enum err_code
entry_json(
    struct engine *g, const struct log_entry *l, json_t *list, struct err *e)
{
	struct version version = { .epoch = l->epoch, .seq = l->seq };
	struct intake_change stored;
	struct change c;
	json_t *paths = NULL, *json = NULL;
	enum err_code code =
	    store_intake_get(g->store, l->device, l->counter, &stored, e);

	if (code != ERR_OK)
		return code;
	code = intake_change_read(&stored, &c, e);
	intake_change_fini(&stored);
	if (code != ERR_OK)
		return code;
	json = json_object();
	paths = json_array();
	for (size_t i = 0; i < c.n_ops && code == ERR_OK; i++)
		code = json_add_take(paths, json_string(c.ops[i].path), e);
	if (code == ERR_OK &&
	    (code = json_put_take(
	         json, "version", version_to_json(version), e)) == ERR_OK &&
	    (code = json_put_int(json, "time", (int64_t)l->time, e)) ==
	        ERR_OK &&
	    (code = json_put_int(json, "made_at", (int64_t)c.made_at, e)) ==
	        ERR_OK &&
	    (code = json_put_id(json, "author", c.author, e)) == ERR_OK &&
	    (code = json_put_id(json, "device", l->device, e)) == ERR_OK &&
	    (code = json_put_int(json, "counter", (int64_t)l->counter, e)) ==
	        ERR_OK)
		code = json_put_take(json, "paths", json_incref(paths), e);
	if (code == ERR_OK)
		code = json_add_take(list, json_incref(json), e);
	json_decref(paths);
	json_decref(json);
	change_fini(&c);
	return code;
}

struct entries {
	struct log_entry *items;
	size_t n;
};

static bool
add_entry(void *arg, const struct log_entry *l)
{
	struct entries *all = arg;

	all->items[all->n++] = *l;
	return all->n < HISTORY_MAX;
}

static enum err_code
build(struct engine *g, struct id record, json_t **out, struct err *e)
{
	struct entries all = { .items =
		                   calloc(HISTORY_MAX, sizeof(*all.items)) };
	json_t *list = json_array(), *json = json_object();
	enum err_code code = ERR_OK;

	if (all.items == NULL)
		code = err_set(e, ERR_NOMEM, 0, "out of memory");
	if (code == ERR_OK)
		code = store_log_of_record(g->store, record, UINT64_MAX >> 1,
		    true, add_entry, &all, e);
	for (size_t i = 0; i < all.n && code == ERR_OK; i++)
		code = entry_json(g, &all.items[i], list, e);
	if (code == ERR_OK &&
	    (code = json_put_int(json, "v", PROTOCOL_VERSION, e)) == ERR_OK &&
	    (code = json_put_id(json, "record", record, e)) == ERR_OK)
		code = json_put_take(json, "entries", json_incref(list), e);
	if (code == ERR_OK)
		*out = json_incref(json);
	json_decref(list);
	json_decref(json);
	free(all.items);
	return code;
}

void
answer_history(struct engine *g, struct job *j)
{
	struct id record;
	struct err e;
	json_t *json = NULL;
	bool sees = false;
	enum err_code code;

	if (!target_id(j->target, &record)) {
		reply_problem(g, j, WORD_MALFORMED, NULL);
		return;
	}
	code = store_begin_read(g->store, &e);
	if (code == ERR_OK && j->device.state == DEVICE_ACTIVE &&
	    !j->is_expired)
		code = store_user_sees(
		    g->store, j->device.user, record, false, &sees, &e);
	if (code == ERR_OK && sees)
		code = build(g, record, &json, &e);
	store_rollback(g->store);
	if (code != ERR_OK)
		reply_error(g, j, &e);
	else if (!sees)
		reply_problem(g, j, WORD_NOT_FOUND, NULL);
	else
		reply_json(g, j, 200, json);
	json_decref(json);
}
