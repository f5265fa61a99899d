/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a sync asks: where this device stands, and the changes that no receipt
 * covers yet.
 */
#include "common/base/rng.h"
#include "common/core/limits.h"
#include "common/core/path.h"
#include "common/store/store_sealed_int.h"
#include "common/store/store_sync_int.h"

/* Leaving out less than this is not worth its own bytes. */
#define OMIT_MIN 24

/* Does own change n hold exactly this value at the path? */
static enum err_code
own_change_has(struct device_store *s, uint64_t n, const struct change_op *op,
    bool *out, struct err *e)
{
	struct change c;
	enum err_code code = journal_words(s, n, &c, e);

	*out = false;
	if (code != ERR_OK)
		return code == ERR_NOTFOUND ? ERR_OK : code;
	for (size_t i = 0; i < c.n_ops; i++)
		if (strcmp(c.ops[i].path, op->path) == 0)
			*out = path_equal(c.ops[i].now, op->was);
	change_fini(&c);
	return ERR_OK;
}

/* May `was` be left out?  Only where the base names it exactly: an own change
 * that left this value, or the version at which the office set it. */
static enum err_code
may_omit(struct device_store *s, const struct change *c,
    const struct change_op *op, bool *out, struct err *e)
{
	struct change_name own;
	struct confirmed told;
	enum err_code code;

	*out = false;
	if (!json_is_string(op->was) ||
	    json_string_length(op->was) < OMIT_MIN || op->base.side[0] != '\0')
		return ERR_OK;
	own = change_own_name(c, &op->base);
	if (own.counter != 0 && !id_equal(own.device, c->device))
		return ERR_OK;
	if (own.counter != 0)
		return own_change_has(s, own.counter, op, out, e);
	code = confirmed_get(s, c->record, &told, e);
	if (code == ERR_NOTFOUND)
		return ERR_OK;
	if (code != ERR_OK)
		return code;
	*out = version_compare(record_path_version(&told.record, op->path),
	           op->base.seen) == 0 &&
	    path_equal(path_get(told.record.doc, op->path), op->was);
	confirmed_fini(&told);
	return ERR_OK;
}

static enum err_code
shrink(struct device_store *s, struct change *c, bool full, struct err *e)
{
	bool *omit;
	enum err_code code = ERR_OK;

	if (full || c->n_ops == 0)
		return change_shrink(c, NULL, e);
	omit = calloc(c->n_ops, sizeof(*omit));
	if (omit == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	for (size_t i = 0; i < c->n_ops && code == ERR_OK; i++)
		code = may_omit(s, c, &c->ops[i], &omit[i], e);
	if (code == ERR_OK)
		code = change_shrink(c, omit, e);
	free(omit);
	return code;
}

static enum err_code
batch_add(struct batch *b, struct change *c, struct err *e)
{
	struct change *more =
	    realloc(b->changes, (b->n_changes + 1) * sizeof(*more));

	if (more == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	b->changes = more;
	more[b->n_changes++] = *c;
	change_init(c);
	return ERR_OK;
}

/* One journal row into the batch. */
static enum err_code
batch_row(struct device_store *s, struct db_stmt *q, bool full, struct batch *b,
    struct err *e)
{
	struct change c;
	const void *body;
	size_t len;
	enum err_code code;

	if ((code = db_col_bytes(q, 1, b->link.b, HASH32_LEN, e)) != ERR_OK ||
	    (code = db_col_bytes(q, 2, b->sig.b, SIGN_SIG_LEN, e)) != ERR_OK)
		return code;
	body = db_col_blob(q, 3, &len);
	if ((code = stored_change(body, len, &c, e)) != ERR_OK)
		return code;
	code = shrink(s, &c, full, e);
	if (code == ERR_OK)
		code = batch_add(b, &c, e);
	change_fini(&c);
	b->to = (uint64_t)db_col_int(q, 0);
	return code;
}

static enum err_code
link_at(
    struct device_store *s, uint64_t counter, struct hash32 *out, struct err *e)
{
	struct db_stmt *q;
	bool row;
	enum err_code code;

	if (counter == 0) {
		*out =
		    change_link_start(s->identity.office, s->identity.device);
		return ERR_OK;
	}
	code =
	    db_query(s->db, &q, e, "SELECT link FROM journal WHERE counter = ?",
	        "i", (int64_t)counter);
	if (code != ERR_OK)
		return code;
	code = db_step(q, &row, e);
	if (code == ERR_OK && !row)
		code = err_set(e, ERR_CORRUPT, 0, "the journal has a gap");
	if (code == ERR_OK)
		code = db_col_bytes(q, 0, out->b, HASH32_LEN, e);
	db_done(q);
	return code;
}

/* The change before the first one after `after` that can be offered, with its
 * words or sealed: what was erased and is in a backup of the office's cannot be
 * any more. */
static enum err_code
before_offered(
    struct device_store *s, uint64_t after, uint64_t *out, struct err *e)
{
	int64_t first = 0;
	enum err_code code = db_get_int(s->db, &first, e,
	    "SELECT coalesce(min(counter), 0) FROM journal j"
	    " WHERE counter > ? AND (NOT erased OR EXISTS"
	    " (SELECT 1 FROM sealed s WHERE s.counter = j.counter))",
	    "i", (int64_t)after);

	if (code == ERR_OK)
		*out = first > 0 ? (uint64_t)first - 1 : after;
	return code;
}

/* Fill one batch with what follows `after`; it stays empty when there is
 * nothing that can be read. */
static enum err_code
batch_fill(struct device_store *s, uint64_t after, bool full, struct batch *b,
    struct err *e)
{
	struct db_stmt *q;
	size_t bytes = 0;
	bool row;
	enum err_code code = link_at(s, after, &b->before, e);

	if (code != ERR_OK)
		return code;
	b->device = s->identity.device;
	b->from = after + 1;
	code = db_query(s->db, &q, e,
	    "SELECT counter, link, sig, body FROM journal WHERE counter > ?"
	    " AND NOT erased ORDER BY counter LIMIT ?",
	    "ii", (int64_t)after, (int64_t)LIMIT_BATCH_CHANGES);
	if (code != ERR_OK)
		return code;
	while (bytes < LIMIT_PUSH_TARGET &&
	    (code = db_step(q, &row, e)) == ERR_OK && row) {
		size_t len;

		/* A batch has no gap. */
		if ((uint64_t)db_col_int(q, 0) != b->from + b->n_changes)
			break;
		(void)db_col_blob(q, 3, &len);
		bytes += len;
		code = batch_row(s, q, full, b, e);
		if (code != ERR_OK)
			break;
	}
	db_done(q);
	return code;
}

static enum err_code
push_fill(
    struct device_store *s, bool full, struct sync_request *r, struct err *e)
{
	struct batch b;
	uint64_t after;
	int64_t expect;
	enum err_code code;

	/* After a gap the office said where it wants to go on. */
	if ((code = receipted_upto(s, &after, e)) != ERR_OK ||
	    (code = meta_get_int(s->db, "push_expect", 0, &expect, e)) !=
	        ERR_OK)
		return code;
	if (expect > 0)
		after = (uint64_t)expect - 1;
	if ((code = before_offered(s, after, &after, e)) != ERR_OK ||
	    (code = sealed_fill(s, after + 1, r, e)) != ERR_OK ||
	    r->n_envelopes > 0)
		return code;
	batch_init(&b);
	code = batch_fill(s, after, full, &b, e);
	if (code == ERR_OK && b.n_changes > 0) {
		r->batches = calloc(1, sizeof(*r->batches));
		if (r->batches == NULL)
			code = err_set(e, ERR_NOMEM, 0, "out of memory");
		else {
			r->batches[0] = b;
			r->n_batches = 1;
			return ERR_OK;
		}
	}
	batch_fini(&b);
	return code;
}

/* The first names of a list, as many as a request may have; NULL: none. */
static enum err_code
first_names(const json_t *list, json_t **out, struct err *e)
{
	json_t *names;
	enum err_code code = ERR_OK;

	if (json_array_size(list) == 0)
		return ERR_OK;
	names = json_array();
	for (size_t i = 0;
	     i < json_array_size(list) && i < LIMIT_WANTED && code == ERR_OK;
	     i++)
		code = json_add_take(
		    names, json_incref(json_array_get(list, i)), e);
	if (code == ERR_OK)
		*out = names;
	else
		json_decref(names);
	return code;
}

/* What a repair still wants: {"scopes", "ids", "after", "records"} in meta
 * (store_repair.c).  One part of the lists at a time: what it showed to differ
 * comes first. */
static enum err_code
repair_fill(struct device_store *s, struct sync_request *r, struct err *e)
{
	json_t *repair = NULL;
	enum err_code code = meta_get_json(s->db, "repair", &repair, e);

	if (code != ERR_OK || repair == NULL)
		return code;
	r->want_scopes = json_is_true(json_object_get(repair, "scopes"));
	code = first_names(
	    json_object_get(repair, "records"), &r->want_records, e);
	if (code == ERR_OK && r->want_records == NULL)
		code = first_names(
		    json_object_get(repair, "ids"), &r->want_ids, e);
	if (r->want_ids != NULL)
		r->ids_after = json_incref(json_object_get(repair, "after"));
	json_decref(repair);
	return code;
}

static enum err_code
head_fill(struct device_store *s, struct sync_request *r, struct err *e)
{
	json_t *cursor = NULL;
	int64_t no = 0, written = 0, head = 0;
	enum err_code code;

	if ((code = meta_get_json(s->db, "cursor", &cursor, e)) != ERR_OK ||
	    (code = db_get_int(s->db, &no, e,
	         "SELECT coalesce(max(no), 0) FROM outcome", "")) != ERR_OK ||
	    (code = db_get_int(s->db, &written, e,
	         "SELECT coalesce(max(counter), 0) FROM journal", "")) !=
	        ERR_OK ||
	    (code = meta_get_int(s->db, "head_seq", 0, &head, e)) != ERR_OK)
		goto out;
	if (cursor != NULL) {
		code = cursor_from_json(cursor, &r->cursor, e);
		r->has_cursor = code == ERR_OK;
	}
	r->outcome_no = (uint64_t)no;
	r->written = (uint64_t)written;
	r->head_seq = (uint64_t)head;
	if (code == ERR_OK)
		code = erasures_upto(s, &r->erased_upto, e);
	if (code == ERR_OK && head > 0)
		code = meta_get_bytes(
		    s->db, "head_link", r->head_link.b, HASH32_LEN, e);
	if (code == ERR_OK)
		code = head_prove(s, r, e);
	if (code == ERR_OK)
		code = lost_fill(s, r, e);
out:
	json_decref(cursor);
	return code;
}

enum err_code
device_store_sync_request(
    struct device_store *s, bool full, struct sync_request *r, struct err *e)
{
	enum err_code code;

	rng_fill(r->nonce, sizeof(r->nonce));
	r->pull = true;
	r->texts = true;
	memcpy(r->schema, s->schema_hash, sizeof(r->schema));
	if ((code = db_begin_read(s->db, e)) == ERR_OK &&
	    (code = head_fill(s, r, e)) == ERR_OK &&
	    (code = repair_fill(s, r, e)) == ERR_OK)
		code = push_fill(s, full, r, e);
	db_rollback(s->db);
	/* A save that was cut short may be seen and not be on the disk yet; the
	 * office must not learn of a change that a power cut could undo. */
	if (code == ERR_OK && r->n_batches > 0)
		code = db_sync(s->db, e);
	return code;
}
