/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trying again what was held, and what a failed group or a crash left received
 * and not applied.
 */
#include "common/base/clock.h"
#include "common/sys/log.h"
#include "daemon/central/engine/engine_int.h"

/* A change that was begun this often after a crash is held unread. */
#define TRIES_MAX 2

struct collect {
	struct change_key *keys;
	size_t n, room;
	const struct id *device;
	const char *reason; /* NULL: any */
	bool failed;
};

static bool
collect_one(void *arg, const struct intake_change *c)
{
	struct collect *all = arg;

	if ((all->device != NULL && !id_equal(c->device, *all->device)) ||
	    (all->reason != NULL && strcmp(c->reason, all->reason) != 0))
		return true;
	if (all->n == all->room) {
		size_t room = all->room == 0 ? 32 : all->room * 2;
		struct change_key *keys =
		    realloc(all->keys, room * sizeof(*keys));

		all->failed = keys == NULL;
		if (all->failed)
			return false;
		all->keys = keys;
		all->room = room;
	}
	all->keys[all->n++] =
	    (struct change_key){ .device = c->device, .counter = c->counter };
	return true;
}

static enum err_code
collect_keys(struct engine *g, enum change_state state, const struct id *record,
    struct collect *all, struct err *e)
{
	enum err_code code =
	    store_intakes(g->store, state, record, collect_one, all, e);

	if (code == ERR_OK && all->failed)
		code = err_set(e, ERR_NOMEM, 0, "out of memory");
	if (code != ERR_OK) {
		free(all->keys);
		all->keys = NULL;
		all->n = 0;
	}
	return code;
}

/* Keys of stored changes in a state, in order of arrival; *out is new and the
 * caller's to free. */
static enum err_code
keys_in_state(struct engine *g, enum change_state state,
    struct change_key **out, size_t *n_out, struct err *e)
{
	struct collect all = { 0 };
	enum err_code code = collect_keys(g, state, NULL, &all, e);

	if (code == ERR_OK) {
		*out = all.keys;
		*n_out = all.n;
	}
	return code;
}

enum err_code
release_held(struct round *r, const struct id *record, const struct id *device,
    const char *reason, struct err *e)
{
	struct collect all = { .device = device, .reason = reason };
	struct outcome o;
	bool progress = true;
	enum err_code code = ERR_OK;

	/* One that is applied may be what another one waits for; changes of
	 * one device arrive in their order, so a second pass finds little. */
	while (code == ERR_OK && progress) {
		progress = false;
		all.n = 0;
		code = collect_keys(r->g, CHANGE_HELD, record, &all, e);
		for (size_t i = 0; i < all.n && code == ERR_OK; i++) {
			code = apply_stored(r, all.keys[i], false, &o, e);
			if (code == ERR_OK && o.kind != OUTCOME_HELD)
				progress = true;
		}
	}
	free(all.keys);
	return code;
}

/* Give every change of the list its outcome. */
static enum err_code
apply_list(struct round *r, struct received_list *list, struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < list->n && code == ERR_OK; i++) {
		struct received *item = &list->items[i];
		struct applying a = { .round = r,
			.change = item->change,
			.stored = &item->stored };
		struct outcome o;

		code = round_device(r, item->stored.device, &a.device, e);
		if (code == ERR_OK)
			code = apply_releasing(&a, &o, e);
	}
	return code;
}

/* What changes that were applied late have set free, of whatever record: as
 * apply_releasing would have done. */
static enum err_code
release_after(struct round *r, struct err *e)
{
	enum err_code code = release_held(r, NULL, NULL, "waits", e);

	return code == ERR_OK ? proposals_settle(r, NULL, e) : code;
}

/* The same for everything that is received and not applied, which includes the
 * list: after a group that failed. */
static enum err_code
apply_leftover(struct round *r, struct err *e)
{
	struct change_key *keys = NULL;
	struct outcome o;
	size_t n = 0;
	enum err_code code = keys_in_state(r->g, CHANGE_RECEIVED, &keys, &n, e);

	for (size_t i = 0; i < n && code == ERR_OK; i++)
		code = apply_stored(r, keys[i], false, &o, e);
	free(keys);
	return code == ERR_OK ? release_after(r, e) : code;
}

enum err_code
engine_apply_group(struct engine *g, struct received_list *list, struct err *e)
{
	struct round r;
	enum err_code code;

	if (list->n == 0 && !g->has_leftover)
		return ERR_OK;
	round_init(&r, g);
	code = store_begin(g->store, e);
	if (code == ERR_OK)
		code = g->has_leftover ? apply_leftover(&r, e)
		                       : apply_list(&r, list, e);
	if (code == ERR_OK && (code = round_flush(&r, e)) == ERR_OK)
		code = store_commit(g->store, e);
	store_rollback(g->store);
	round_fini(&r);
	g->has_leftover = code != ERR_OK;
	if (code == ERR_OK)
		g->n_doubts = 0;
	return code;
}

/* Count the try and commit that before it begins: whatever happens then, the
 * next start knows.  *poisoned_out: it was begun too often. */
static enum err_code
count_try(
    struct engine *g, struct change_key key, bool *poisoned_out, struct err *e)
{
	struct intake_change stored;
	enum err_code code = store_begin(g->store, e);

	if (code != ERR_OK)
		return code;
	code = store_intake_get(g->store, key.device, key.counter, &stored, e);
	if (code == ERR_OK) {
		*poisoned_out = stored.tries >= TRIES_MAX;
		stored.tries++;
		code = store_intake_mark(g->store, &stored, e);
		intake_change_fini(&stored);
	}
	if (code == ERR_OK)
		code = store_commit(g->store, e);
	store_rollback(g->store);
	return code;
}

/* Hold it without reading it. */
static enum err_code
poison(struct round *r, struct change_key key, struct err *e)
{
	struct intake_change stored;
	struct applying a = { .round = r, .stored = &stored };
	struct outcome o;
	enum err_code code =
	    store_intake_get(r->g->store, key.device, key.counter, &stored, e);

	if (code != ERR_OK)
		return code;
	code = round_device(r, key.device, &a.device, e);
	if (code == ERR_OK)
		code = hold_put(&a, "poison", "", &o, e);
	intake_change_fini(&stored);
	return code;
}

static enum err_code
recover_one(struct engine *g, struct change_key key, struct err *e)
{
	struct round r;
	struct outcome o = { .kind = OUTCOME_HELD };
	bool poisoned;
	enum err_code code = count_try(g, key, &poisoned, e);

	if (code != ERR_OK)
		return code;
	log_line(LOG_LEVEL_WARN, "engine", "change applied after a crash",
	    "device=%s counter=%llu poisoned=%d", id_print(key.device).s,
	    (unsigned long long)key.counter, (int)poisoned);
	round_init(&r, g);
	code = store_begin(g->store, e);
	if (code == ERR_OK)
		code = poisoned ? poison(&r, key, e)
		                : apply_stored(&r, key, false, &o, e);
	if (code == ERR_OK)
		code = release_after(&r, e);
	if (code == ERR_OK && (code = round_flush(&r, e)) == ERR_OK)
		code = store_commit(g->store, e);
	store_rollback(g->store);
	round_fini(&r);
	return code;
}

enum err_code
engine_recover(struct engine *g, struct err *e)
{
	struct change_key *keys = NULL;
	size_t n = 0;
	enum err_code code = store_begin_read(g->store, e);

	if (code != ERR_OK)
		return code;
	code = keys_in_state(g, CHANGE_RECEIVED, &keys, &n, e);
	store_rollback(g->store);
	for (size_t i = 0; i < n && code == ERR_OK; i++)
		code = recover_one(g, keys[i], e);
	free(keys);
	return code;
}
