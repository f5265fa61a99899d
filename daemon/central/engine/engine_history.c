/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happened to one record: who changed which paths when, for whoever sees
 * it now.
 */
#include "common/core/history.h"
#include "common/core/query.h"
#include "common/sys/json.h"
#include "daemon/central/engine/engine_int.h"

static const char before_id[] = "/v1/records/";
static const char after_id[] = "/history";

static bool
target_id(const char *target, struct id *out)
{
	char text[ID_TEXT_LEN + 1];
	size_t skip = sizeof(before_id) - 1;

	if (strncmp(target, before_id, skip) != 0 ||
	    strcspn(target, "?") != skip + ID_TEXT_LEN + sizeof(after_id) - 1 ||
	    strncmp(target + skip + ID_TEXT_LEN, after_id,
	        sizeof(after_id) - 1) != 0)
		return false;
	memcpy(text, target + skip, ID_TEXT_LEN);
	text[ID_TEXT_LEN] = '\0';
	return id_parse(text, out);
}

static enum err_code
entry_fill(struct engine *g, const struct log_entry *l,
    struct history_entry *out, struct err *e)
{
	struct change c;
	enum err_code code =
	    store_change_get(g->store, l->device, l->counter, &c, e);

	if (code != ERR_OK)
		return code;
	*out = (struct history_entry){
		.version = { .epoch = l->epoch, .seq = l->seq },
		.time = l->time,
		.made_at = c.made_at,
		.clock_offset = c.clock_offset,
		.clock_within = c.clock_within,
		.author = c.author,
		.device = l->device,
		.counter = l->counter,
		.paths = json_array(),
	};
	for (size_t i = 0; i < c.n_ops && code == ERR_OK; i++)
		code = json_add_take(out->paths, json_string(c.ops[i].path), e);
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
build(struct engine *g, struct history *h, struct err *e)
{
	struct entries all = { .items =
		                   calloc(HISTORY_MAX, sizeof(*all.items)) };
	enum err_code code = ERR_OK;

	h->entries = calloc(HISTORY_MAX, sizeof(*h->entries));
	if (all.items == NULL || h->entries == NULL)
		code = err_set(e, ERR_NOMEM, 0, "out of memory");
	if (code == ERR_OK)
		code = store_log_of_record(g->store, h->record, UINT64_MAX >> 1,
		    true, add_entry, &all, e);
	for (size_t i = 0; i < all.n && code == ERR_OK; i++)
		code = entry_fill(
		    g, &all.items[i], &h->entries[h->n_entries++], e);
	free(all.items);
	return code;
}

void
answer_history(struct engine *g, struct job *j)
{
	struct history h;
	struct err e;
	json_t *json = NULL;
	bool sees = false;
	enum err_code code;

	history_init(&h);
	if (!target_id(j->target, &h.record) ||
	    !query_nonce(j->target, h.nonce)) {
		reply_problem(g, j, WORD_MALFORMED, NULL);
		return;
	}
	code = store_begin_read(g->store, &e);
	if (code == ERR_OK && g->is_access_open &&
	    j->device.state == DEVICE_ACTIVE && !j->is_expired)
		code = store_user_sees(
		    g->store, j->device.user, h.record, false, &sees, &e);
	if (code == ERR_OK && sees)
		code = build(g, &h, &e);
	store_rollback(g->store);
	if (code == ERR_OK && sees)
		code = history_to_json(&h, &json, &e);
	if (code != ERR_OK)
		reply_error(g, j, &e);
	else if (!sees)
		reply_problem(g, j, WORD_NOT_FOUND, NULL);
	else
		reply_json(g, j, 200, json);
	json_decref(json);
	history_fini(&h);
}
