/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Erasures are done again: by a restored office those that its backup does not
 * know, out of the list that is kept elsewhere or of what devices show that
 * they were told; and by one that was put back those that it made before it
 * knew.
 */
#include "common/sys/json.h"
#include "common/sys/log.h"
#include "daemon/central/engine/engine_erase.h"
#include "daemon/central/engine/engine_int.h"

struct listing {
	json_t *list;
	enum err_code code;
	struct err *e;
};

static bool
list_erasure(void *arg, const struct erasure *z)
{
	struct listing *l = arg;
	json_t *one = NULL;

	l->code = erasure_to_json(z, &one, l->e);
	if (l->code == ERR_OK)
		l->code = json_add_take(l->list, one, l->e);
	return l->code == ERR_OK;
}

enum err_code
access_list_erasures(struct engine *g, json_t *list, struct err *e)
{
	const struct version first = { 0, 0 };
	struct listing l = { .list = list, .code = ERR_OK, .e = e };
	enum err_code code =
	    store_erasures_above(g->store, first, list_erasure, &l, e);

	return code != ERR_OK ? code : l.code;
}

static enum err_code
make(struct engine *g, const struct erasure *z, struct version since,
    struct err *e)
{
	const struct erase_order order = { .actor = z->author,
		.record = z->record,
		.paths = z->paths,
		.since = since,
		.is_again = true };
	struct erasure done;
	uint64_t n;
	enum err_code code = engine_erase(g, &order, &done, &n, e);

	if (code == ERR_OK)
		erasure_fini(&done);
	return code;
}

enum err_code
access_erase_above(struct engine *g, struct version known, struct err *e)
{
	json_t *list = json_array();
	struct listing l = { .list = list, .code = ERR_OK, .e = e };
	enum err_code code = list == NULL
	    ? err_set(e, ERR_NOMEM, 0, "out of memory")
	    : store_erasures_above(g->store, known, list_erasure, &l, e);

	if (code == ERR_OK)
		code = l.code;
	for (size_t i = 0; i < json_array_size(list) && code == ERR_OK; i++) {
		struct erasure z;

		code = erasure_from_json(json_array_get(list, i), &z, e);
		if (code != ERR_OK)
			break;
		code = make(g, &z, (struct version){ 0, 0 }, e);
		erasure_fini(&z);
	}
	json_decref(list);
	return code;
}

struct search {
	const struct erasure *z;
	bool is_here;
};

static bool
is_same(void *arg, const struct erasure *z)
{
	struct search *s = arg;

	/* The same, or one that was done again for it. */
	s->is_here = version_compare(z->since, s->z->since) == 0 &&
	    json_equal(z->paths, s->z->paths);
	return !s->is_here;
}

static enum err_code
do_again(
    struct engine *g, const struct erasure *z, bool *done_out, struct err *e)
{
	struct search s = { .z = z };
	enum err_code code =
	    store_erasures_of(g->store, z->record, is_same, &s, e);

	*done_out = code == ERR_OK && !s.is_here;
	if (!*done_out)
		return code;
	return make(g, z, z->since, e);
}

enum err_code
access_erase_come(struct engine *g, struct err *e)
{
	json_t *list;
	struct listing l = { .code = ERR_OK, .e = e };
	enum err_code code;

	if (!g->has_kept_erasures)
		return ERR_OK;
	list = l.list = json_array();
	code = list == NULL ? err_set(e, ERR_NOMEM, 0, "out of memory")
	                    : store_begin_read(g->store, e);
	if (code == ERR_OK)
		code = store_erasures_come(g->store, list_erasure, &l, e);
	store_rollback(g->store);
	if (code == ERR_OK)
		code = l.code;
	if (code == ERR_OK && json_array_size(list) > 0)
		code = store_begin(g->store, e);
	for (size_t i = 0; i < json_array_size(list) && code == ERR_OK; i++) {
		struct erasure z;

		code = erasure_from_json(json_array_get(list, i), &z, e);
		if (code != ERR_OK)
			break;
		code = make(g, &z, z.since, e);
		erasure_fini(&z);
	}
	if (code == ERR_OK && json_array_size(list) > 0)
		code = store_commit(g->store, e);
	store_rollback(g->store);
	json_decref(list);
	return code;
}

enum err_code
access_take_erasures(struct engine *g, const json_t *list, struct err *e)
{
	const struct sign_pub pub = sign_pub_of(&g->receipt_key);
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < json_array_size(list) && code == ERR_OK; i++) {
		struct erasure z;
		bool done;

		code = erasure_from_json(json_array_get(list, i), &z, e);
		if (code != ERR_OK)
			return code;
		code = erasure_check(&z, &pub, g->office, e);
		if (code == ERR_OK)
			code = do_again(g, &z, &done, e);
		erasure_fini(&z);
	}
	return code;
}

/* ---- what devices show ---- */

/* What was done of what one device showed. */
struct shown {
	struct engine *g;
	size_t n_done;
};

/* One that cannot be done again, by what the record or the schema is now, stops
 * nobody: only what is the store's fault is tried again. */
static enum err_code
passed_over(enum err_code code, const struct err *e)
{
	if (code == ERR_OK || code == ERR_IO || code == ERR_BUSY ||
	    code == ERR_NOMEM)
		return code;
	log_err("engine", "an erasure cannot be done again", e);
	return ERR_OK;
}

/* One that the office made and has lost. */
static enum err_code
take_told(struct shown *w, const struct erasure *z, struct err *e)
{
	const struct sign_pub pub = signer_pub(w->g->receipt_signer);
	bool done = false;
	enum err_code code = ERR_OK;

	if (z->version.epoch < w->g->epoch &&
	    erasure_check(z, &pub, w->g->office, NULL) == ERR_OK)
		code = do_again(w->g, z, &done, e);
	w->n_done += done && code == ERR_OK;
	return passed_over(code, e);
}

/* Whether the log ever held the head. */
static enum err_code
is_in_log(struct engine *g, const struct log_head *h, bool *out, struct err *e)
{
	struct hash32 link;
	enum err_code code = store_log_link_at(g->store, h->at.seq, &link, e);

	*out = code == ERR_OK && hash32_equal(link, h->link);
	return code == ERR_NOTFOUND ? ERR_OK : code;
}

struct later {
	const struct erasure *z;
	uint64_t epoch;
	bool is_done;
};

static bool
is_done_since(void *arg, const struct erasure *z)
{
	struct later *l = arg;

	l->is_done =
	    z->since.epoch > l->epoch && json_equal(z->paths, l->z->paths);
	return !l->is_done;
}

/* The office made it under a number by which the device had seen other things,
 * since the store was put back without its knowing before it was restored. */
static enum err_code
make_unseen(struct shown *w, const struct past_head *p, const struct erasure *z,
    struct err *e)
{
	const struct version never = { 0, 0 };
	struct later l = { .z = z, .epoch = p->head.at.epoch };
	enum err_code code;

	if (z->version.epoch != p->head.at.epoch ||
	    z->version.seq > p->head.at.seq)
		return ERR_OK;
	code = store_erasures_of(w->g->store, z->record, is_done_since, &l, e);
	if (code != ERR_OK || l.is_done)
		return code;
	code = make(w->g, z, never, e);
	w->n_done += code == ERR_OK;
	return passed_over(code, e);
}

static enum err_code
take_past(struct shown *w, const struct past_head *p, struct err *e)
{
	const struct sign_pub pub = signer_pub(w->g->receipt_signer);
	json_t *list;
	struct listing l = { .code = ERR_OK, .e = e };
	bool is_known;
	enum err_code code;

	if (p->head.at.epoch >= w->g->epoch ||
	    !log_head_check(&p->head, &pub, w->g->office))
		return ERR_OK;
	code = is_in_log(w->g, &p->head, &is_known, e);
	if (code != ERR_OK || is_known)
		return code;
	list = l.list = json_array();
	if (list == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	code = store_erasures_above(
	    w->g->store, p->erased_upto, list_erasure, &l, e);
	if (code == ERR_OK)
		code = l.code;
	for (size_t i = 0; i < json_array_size(list) && code == ERR_OK; i++) {
		struct erasure z;

		code = erasure_from_json(json_array_get(list, i), &z, e);
		if (code != ERR_OK)
			break;
		code = make_unseen(w, p, &z, e);
		erasure_fini(&z);
	}
	json_decref(list);
	return code;
}

enum err_code
access_take_shown(struct engine *g, const struct sync_request *r, struct err *e)
{
	struct shown w = { .g = g };
	enum err_code code;

	if (r->n_erasures == 0 && r->n_past == 0)
		return ERR_OK;
	if ((code = store_begin(g->store, e)) != ERR_OK)
		return code;
	for (size_t i = 0; i < r->n_erasures && code == ERR_OK; i++)
		code = take_told(&w, &r->erasures[i], e);
	for (size_t i = 0; i < r->n_past && code == ERR_OK; i++)
		code = take_past(&w, &r->past[i], e);
	if (code == ERR_OK && w.n_done > 0 &&
	    (code = store_commit(g->store, e)) == ERR_OK) {
		g->wakes_all = true;
		log_line(LOG_LEVEL_WARN, "engine",
		    "a device shows erasures that the office had lost: they "
		    "are done again",
		    "erasures=%zu", w.n_done);
		/* Where somebody reads, it is done when the store closes. */
		(void)!engine_erase_settle(g, NULL);
	}
	store_rollback(g->store);
	return code;
}
