/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an office that was restored may have lost and cannot miss: shown to it
 * once in each of its epochs, so that it can do again what two people had
 * agreed to.  How the epochs before ended for this device says which of its
 * erasures this device cannot have known; those that it was told of may be in
 * no backup.
 */
#include "common/core/limits.h"
#include "common/store/store_sync_int.h"

#define PAST "past_heads" /* array of past_head */
#define SHOWN                                                                  \
	"erasures_shown" /* [epoch they are shown to, the last of them]        \
	                  */

/* Of the last erasure that was shown in this epoch, or never. */
static enum err_code
shown_upto(
    struct device_store *s, int64_t epoch, struct version *out, struct err *e)
{
	json_t *json = NULL;
	enum err_code code = meta_get_json(s->db, SHOWN, &json, e);

	*out = (struct version){ 0, 0 };
	if (code == ERR_OK && json != NULL &&
	    json_integer_value(json_array_get(json, 0)) == epoch)
		code = stored_damage(
		    version_from_json(json_array_get(json, 1), out, e), e);
	json_decref(json);
	return code;
}

/* Those that a request shows. */
struct showing {
	struct erasure *list; /* owned */
	size_t n, bytes;
	struct version last; /* up to which they are shown then, or never */
};

/* What does not read is passed over: verify tells of it. */
static enum err_code
show_row(struct showing *w, struct db_stmt *q, struct err *e)
{
	enum err_code code = erasure_read(q, &w->list[w->n], e);

	if (code == ERR_NOMEM)
		return code;
	if (code == ERR_OK)
		w->bytes += w->list[w->n++].signed_bytes.len;
	w->last = (struct version){ (uint64_t)db_col_int(q, 2),
		(uint64_t)db_col_int(q, 3) };
	return ERR_OK;
}

/* The next ones; the caller ends them with erasures_free. */
static enum err_code
next_shown(struct device_store *s, struct showing *w, struct err *e)
{
	struct db_stmt *q = NULL;
	struct version upto;
	int64_t epoch = 0;
	bool row;
	enum err_code code = meta_get_int(s->db, "epoch", 0, &epoch, e);

	*w = (struct showing){ 0 };
	if (code == ERR_OK)
		code = shown_upto(s, epoch, &upto, e);
	if (code == ERR_OK)
		code = db_query(s->db, &q, e,
		    "SELECT signed, sig, epoch, seq FROM erasure"
		    " WHERE epoch < ? AND (epoch, seq) > (?, ?)"
		    " ORDER BY epoch, seq",
		    "iii", epoch, (int64_t)upto.epoch, (int64_t)upto.seq);
	if (code != ERR_OK)
		return code;
	w->list = calloc(LIMIT_SHOWN, sizeof(*w->list));
	if (w->list == NULL)
		code = err_set(e, ERR_NOMEM, 0, "out of memory");
	while (code == ERR_OK && w->n < LIMIT_SHOWN &&
	    w->bytes < LIMIT_SHOWN_TARGET &&
	    (code = db_step(q, &row, e)) == ERR_OK && row)
		code = show_row(w, q, e);
	db_done(q);
	if (code != ERR_OK)
		erasures_free(w->list, w->n);
	return code;
}

static enum err_code
past_fill(struct device_store *s, struct sync_request *r, struct err *e)
{
	json_t *list = NULL;
	size_t n;
	enum err_code code = meta_get_json(s->db, PAST, &list, e);

	n = json_array_size(list);
	if (code == ERR_OK && n > 0) {
		r->past = calloc(n, sizeof(*r->past));
		if (r->past == NULL)
			code = err_set(e, ERR_NOMEM, 0, "out of memory");
	}
	while (code == ERR_OK && r->n_past < n) {
		code = stored_damage(
		    past_head_from_json(json_array_get(list, r->n_past),
		        &r->past[r->n_past], e),
		    e);
		r->n_past += code == ERR_OK;
	}
	json_decref(list);
	return code;
}

enum err_code
lost_fill(struct device_store *s, struct sync_request *r, struct err *e)
{
	struct showing w;
	enum err_code code = past_fill(s, r, e);

	if (code != ERR_OK || (code = next_shown(s, &w, e)) != ERR_OK)
		return code;
	if (w.n == 0) {
		erasures_free(w.list, 0);
		return ERR_OK;
	}
	r->erasures = w.list;
	r->n_erasures = w.n;
	return ERR_OK;
}

enum err_code
lost_waits(struct device_store *s, bool *out, struct err *e)
{
	struct sync_request r;
	enum err_code code;

	sync_request_init(&r);
	code = lost_fill(s, &r, e);
	*out = code == ERR_OK && (r.n_past > 0 || r.n_erasures > 0);
	sync_request_fini(&r);
	return code;
}

/* An epoch is over: how it ended is written down. */
static enum err_code
past_note(struct device_store *s, struct err *e)
{
	struct past_head p;
	json_t *head = NULL, *list = NULL, *one = NULL;
	enum err_code code = meta_get_json(s->db, "head_signed", &head, e);

	if (code == ERR_OK && head != NULL &&
	    (code = log_head_from_json(head, &p.head, e)) == ERR_OK &&
	    (code = erasures_upto(s, &p.erased_upto, e)) == ERR_OK &&
	    (code = past_head_to_json(&p, &one, e)) == ERR_OK &&
	    (code = meta_get_json(s->db, PAST, &list, e)) == ERR_OK) {
		if (list == NULL)
			list = json_array();
		if (json_array_size(list) == LIMIT_PAST)
			(void)json_array_remove(list, 0);
		code = json_add_take(list, one, e);
		one = NULL;
		if (code == ERR_OK)
			code = meta_put_json(s->db, PAST, list, e);
	}
	json_decref(one);
	json_decref(head);
	json_decref(list);
	return stored_damage(code, e);
}

/* What the request had is with the office. */
static enum err_code
was_shown(struct device_store *s, uint64_t epoch, struct err *e)
{
	struct showing w;
	json_t *json = NULL;
	enum err_code code = next_shown(s, &w, e);

	if (code != ERR_OK)
		return code;
	erasures_free(w.list, w.n);
	if (!version_is_never(w.last)) {
		json = json_pack(
		    "[I, o]", (json_int_t)epoch, version_to_json(w.last));
		code = json == NULL ? err_set(e, ERR_NOMEM, 0, "out of memory")
		                    : meta_put_json(s->db, SHOWN, json, e);
	}
	json_decref(json);
	return code == ERR_OK
	    ? db_exec(s->db, e, "DELETE FROM meta WHERE name = ?", "s", PAST)
	    : code;
}

enum err_code
lost_take(struct device_store *s, const struct sync_answer *a, struct err *e)
{
	int64_t epoch = 0;
	enum err_code code = meta_get_int(s->db, "epoch", 0, &epoch, e);

	if (code != ERR_OK || epoch == 0 || a->epoch < (uint64_t)epoch)
		return code;
	return a->epoch > (uint64_t)epoch ? past_note(s, e)
	                                  : was_shown(s, a->epoch, e);
}
