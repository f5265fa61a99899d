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

/* The next ones to show, as a new array, which the caller frees. */
static enum err_code
next_shown(
    struct device_store *s, struct erasure **out, size_t *n_out, struct err *e)
{
	struct db_stmt *q = NULL;
	struct erasure *list;
	struct version upto;
	int64_t epoch = 0;
	size_t n = 0, bytes = 0;
	bool row;
	enum err_code code = meta_get_int(s->db, "epoch", 0, &epoch, e);

	*n_out = 0;
	if (code == ERR_OK)
		code = shown_upto(s, epoch, &upto, e);
	if (code == ERR_OK)
		code = db_query(s->db, &q, e,
		    "SELECT signed, sig FROM erasure WHERE epoch < ? AND"
		    " (epoch, seq) > (?, ?) ORDER BY epoch, seq LIMIT ?",
		    "iiii", epoch, (int64_t)upto.epoch, (int64_t)upto.seq,
		    (int64_t)LIMIT_SHOWN);
	if (code != ERR_OK)
		return code;
	list = calloc(LIMIT_SHOWN, sizeof(*list));
	if (list == NULL)
		code = err_set(e, ERR_NOMEM, 0, "out of memory");
	while (code == ERR_OK && bytes < LIMIT_SHOWN_TARGET &&
	    (code = db_step(q, &row, e)) == ERR_OK && row) {
		code = erasure_read(q, &list[n], e);
		if (code == ERR_OK)
			bytes += list[n++].signed_bytes.len;
	}
	db_done(q);
	if (code == ERR_OK && n > 0) {
		*out = list;
		*n_out = n;
		return ERR_OK;
	}
	if (list != NULL)
		erasures_free(list, n);
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
	enum err_code code = past_fill(s, r, e);

	return code == ERR_OK ? next_shown(s, &r->erasures, &r->n_erasures, e)
	                      : code;
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
	struct erasure *list = NULL;
	json_t *json = NULL;
	size_t n = 0;
	enum err_code code = next_shown(s, &list, &n, e);

	if (code == ERR_OK && n > 0) {
		json = json_pack("[I, o]", (json_int_t)epoch,
		    version_to_json(list[n - 1].version));
		code = json == NULL ? err_set(e, ERR_NOMEM, 0, "out of memory")
		                    : meta_put_json(s->db, SHOWN, json, e);
	}
	json_decref(json);
	erasures_free(list, n);
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
