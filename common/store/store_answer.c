/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Taking in a verified answer: one transaction, so that receipts, outcomes,
 * pages and the cursor that belongs to them stand or fall together.
 */
#include "common/base/clock.h"
#include "common/base/enc.h"
#include "common/core/limits.h"
#include "common/store/store_again_int.h"
#include "common/store/store_sealed_int.h"
#include "common/store/store_sync_int.h"
#include "common/store/store_told_int.h"

static enum err_code
view_step(struct device_store *s, struct id id, void *arg, struct err *e)
{
	(void)arg;
	return view_rebuild(s, id, e);
}

/* What the user sees of the record is without the change from now on. */
static enum err_code
closed_take(struct device_store *s, const struct outcome *o, struct err *e)
{
	struct db_stmt *q;
	enum err_code code;

	if (strcmp(o->reason, "replaced") == 0)
		return propose_replaced(s, o->counter, e);
	code = db_query(s->db, &q, e,
	    "SELECT record FROM journal WHERE counter = ?", "i",
	    (int64_t)o->counter);
	return code == ERR_OK ? records_each(s, q, view_step, NULL, e) : code;
}

static enum err_code
outcomes_take(struct device_store *s, const struct sync_answer *a,
    size_t *held_out, struct err *e)
{
	for (size_t i = 0; i < a->n_outcomes; i++) {
		const struct outcome *o = &a->outcomes[i];
		enum err_code code = db_exec(s->db, e,
		    "INSERT OR IGNORE INTO outcome (no, counter, kind, v_epoch,"
		    " v_seq, reason, path, words)"
		    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		    "iiiiisss", (int64_t)o->no, (int64_t)o->counter,
		    (int64_t)o->kind, (int64_t)o->version.epoch,
		    (int64_t)o->version.seq, o->reason, o->path, o->words);

		if (code == ERR_OK && db_changes(s->db) > 0)
			code = told_in(s, TOLD_OUTCOME, (int64_t)o->no, e);
		if (code == ERR_OK && o->kind == OUTCOME_CLOSED)
			code = closed_take(s, o, e);
		if (code != ERR_OK)
			return code;
		*held_out += o->kind == OUTCOME_HELD ? 1 : 0;
	}
	return ERR_OK;
}

static enum err_code
receipts_take(
    struct device_store *s, const struct sync_answer *a, struct err *e)
{
	enum err_code code;

	for (size_t i = 0; i < a->n_receipts; i++) {
		code = receipt_store(s, &a->receipts[i], e);
		if (code != ERR_OK)
			return code;
	}
	if (a->n_receipts == 0)
		return ERR_OK;
	return db_exec(
	    s->db, e, "DELETE FROM meta WHERE name = ?", "s", "push_expect");
}

/* The office's clock against ours in the middle of the round trip; half the
 * round trip is how far it may be off. */
static enum err_code
clock_take(struct device_store *s, const struct sync_answer *a,
    uint64_t asked_mono_ms, uint64_t answered_mono_ms, struct err *e)
{
	uint64_t trip = answered_mono_ms - asked_mono_ms;
	uint64_t now = clock_unix_ms();
	uint64_t since = clock_mono_ms() - answered_mono_ms;
	int64_t offset = (int64_t)a->time - (int64_t)(now - since - trip / 2);
	enum err_code code = meta_put_int(s->db, "clock_offset", offset, e);

	if (code == ERR_OK)
		code = meta_put_int(
		    s->db, "clock_within", (int64_t)(trip / 2) + 1, e);
	if (code == ERR_OK)
		code = meta_put_int(s->db, "last_contact", (int64_t)now, e);
	return code;
}

static enum err_code
refusal_take(struct device_store *s, const struct sync_answer *a,
    struct sync_progress *p, struct err *e)
{
	/* Both may pass: who was told so by mistake hears otherwise the next
	 * time, and who is a copy hears it every time. */
	if (!a->has_refusal && !a->pull_refused)
		return db_exec(
		    s->db, e, "DELETE FROM meta WHERE name = 'forked'", "");
	if (!a->has_refusal)
		return ERR_OK;
	if (a->refusal == WORD_GAP && a->expect > 0)
		return meta_put_int(
		    s->db, "push_expect", (int64_t)a->expect, e);
	if (a->refusal == WORD_FORKED)
		return meta_put_int(s->db, "forked", 1, e);
	p->resend_full = a->refusal == WORD_RESEND_FULL;
	return ERR_OK;
}

/* A newer bundle is checked whole before it replaces the old one; one that
 * this program cannot read is left for a newer program. */
static enum err_code
schema_take(struct device_store *s, const struct sync_answer *a,
    struct schema **fresh_out, struct err *e)
{
	struct err why;

	if (a->schema == NULL ||
	    schema_load(a->schema, fresh_out, &why) != ERR_OK)
		return ERR_OK;
	s->told.schema[0] = '\0';
	return meta_put_json(s->db, "schema", a->schema, e);
}

/* The schema in memory follows once the transaction is durable. */
static void
schema_swap(struct device_store *s, struct schema *fresh)
{
	struct hash32 hash;
	struct buf bytes;

	if (fresh == NULL)
		return;
	schema_free(s->schema);
	s->schema = fresh;
	buf_init(&bytes, LIMIT_RECORD_BYTES);
	if (stored_meta_get(s->db, "schema", &bytes, NULL) == ERR_OK) {
		hash = crypto_sha256(bytes.ptr, bytes.len);
		enc_hex(hash.b, HASH32_LEN, s->schema_hash);
	}
	buf_fini(&bytes);
}

/* Is there more to send, or a page or repair to ask for? */
static enum err_code
progress_fill(struct device_store *s, const struct sync_answer *a,
    struct sync_progress *p, struct err *e)
{
	uint64_t written, receipted;
	struct hash32 link;
	bool shows;
	enum err_code code;

	if ((code = journal_head(s, &written, &link, e)) != ERR_OK ||
	    (code = receipted_upto(s, &receipted, e)) != ERR_OK ||
	    (code = lost_waits(s, &shows, e)) != ERR_OK)
		return code;
	p->receipts = a->n_receipts;
	p->more = p->proposed > 0 || shows ||
	    (a->n_receipts > 0 && receipted < written) ||
	    (a->has_refusal &&
	        (a->refusal == WORD_GAP || a->refusal == WORD_RESEND_FULL)) ||
	    (a->has_cursor && !a->is_last) ||
	    (p->digest_differs && !a->pull_refused);
	return ERR_OK;
}

/* Receipted envelopes have done their work.  Where the disk refuses to let
 * them go they stay, and are sent once more, which is harmless. */
static void
let_envelopes_go(struct device_store *s, uint64_t receipted)
{
	struct err ignored;

	if (outside_envelopes_drop(s->outside, receipted, &ignored) != ERR_OK)
		return;
}

/* The office has all of the journal in this life of its: what would erase the
 * notes may know that.  Where the disk refuses, it goes on waiting. */
static void
note_whole(
    struct device_store *s, uint64_t receipted, const struct sync_answer *a)
{
	struct hash32 link;
	uint64_t written;
	struct err ignored;

	if (journal_head(s, &written, &link, &ignored) != ERR_OK ||
	    written > receipted ||
	    outside_epoch_set(s->outside, a->epoch, &ignored) != ERR_OK)
		return;
}

/* A receipt that the office signed for this device, and for another journal,
 * proves that this is a copy: the other one was heard first.  Not even a page
 * of such an answer is for it. */
static enum err_code
find_copy(struct device_store *s, const struct sync_answer *a, bool *out,
    struct err *e)
{
	bool is_ours = true;
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < a->n_receipts && is_ours && code == ERR_OK; i++)
		code = receipt_is_ours(s, &a->receipts[i], &is_ours, e);
	*out = !is_ours;
	return code;
}

/* Kept: that the next request is to show the head. */
static enum err_code
prove_next(struct device_store *s, struct sync_progress *p, struct err *e)
{
	enum err_code code = told_end(s, e);

	p->more = true;
	return code == ERR_OK ? db_commit(s->db, e) : code;
}

/* All that it is told: that it is one.  With the receipts of an epoch that is
 * over it had nothing to offer; in the new one it has, and the office answers
 * `forked` then, with a receipt for what both have. */
static enum err_code
copy_take(struct device_store *s, struct sync_progress *p, struct err *e)
{
	struct hash32 link;
	uint64_t written = 0;
	enum err_code code = meta_put_int(s->db, "forked", 1, e);

	p->is_copy = true;
	if (code == ERR_OK)
		code = journal_head(s, &written, &link, e);
	p->more = written > 0;
	if (code == ERR_OK)
		code = told_end(s, e);
	return code == ERR_OK ? db_commit(s->db, e) : code;
}

enum err_code
device_store_sync_answer(struct device_store *s, const struct sync_answer *a,
    uint64_t asked_mono_ms, uint64_t answered_mono_ms,
    struct sync_progress *out, struct err *e)
{
	struct sync_progress p = { 0 };
	struct schema *fresh = NULL;
	uint64_t receipted;
	bool is_copy = false, proves = false;
	enum err_code code;

	s->taken = 0;
	if ((code = db_begin(s->db, e)) != ERR_OK ||
	    (code = again_check(s, e)) != ERR_OK ||
	    (code = told_begin(s, e)) != ERR_OK ||
	    (code = head_must_prove(s, a, &proves, e)) != ERR_OK)
		goto out;
	if (proves) {
		code = prove_next(s, &p, e);
		if (code == ERR_OK)
			*out = p;
		goto out;
	}
	if ((code = lost_take(s, a, e)) != ERR_OK ||
	    (code = head_take(s, a, e)) != ERR_OK ||
	    (code = clock_take(s, a, asked_mono_ms, answered_mono_ms, e)) !=
	        ERR_OK ||
	    (code = find_copy(s, a, &is_copy, e)) != ERR_OK)
		goto out;
	if (is_copy) {
		code = copy_take(s, &p, e);
		if (code == ERR_OK)
			*out = p;
		goto out;
	}
	if ((code = schema_take(s, a, &fresh, e)) != ERR_OK ||
	    (code = outcomes_take(s, a, &p.held, e)) != ERR_OK ||
	    (code = receipts_take(s, a, e)) != ERR_OK ||
	    (code = refusal_take(s, a, &p, e)) != ERR_OK ||
	    (code = erasures_take(s, a, e)) != ERR_OK ||
	    (code = repair_arrived(s, a, e)) != ERR_OK ||
	    (code = page_take(s, a, &p, e)) != ERR_OK)
		goto out;
	if (a->is_last &&
	    (code = repair_step(s, a, &p.digest_differs, e)) != ERR_OK)
		goto out;
	if (a->is_last && !p.digest_differs &&
	    (code = unseen_drop(s, a, e)) != ERR_OK)
		goto out;
	if ((code = erase_dropped(s, e)) != ERR_OK ||
	    (code = taken_keep(s, a->time, e)) != ERR_OK ||
	    (code = progress_fill(s, a, &p, e)) != ERR_OK ||
	    (code = receipted_upto(s, &receipted, e)) != ERR_OK ||
	    (code = told_end(s, e)) != ERR_OK ||
	    (code = db_commit(s->db, e)) != ERR_OK)
		goto out;
	schema_swap(s, fresh);
	/* Where the disk refuses, the next open does it. */
	if (fresh != NULL && views_renew(s, NULL) != ERR_OK)
		p.more = true;
	fresh = NULL;
	/* Where somebody reads just now, the log is emptied a little later. */
	if (a->n_erasures > 0 && db_forget(s->db, NULL) != ERR_OK)
		p.more = true;
	*out = p;
	let_envelopes_go(s, receipted);
	note_whole(s, receipted, a);
	/* Where the disk refuses them, they are made at the next open. */
	if (p.proposed > 0 && journal_seal_missing(s, NULL) != ERR_OK)
		goto out;
out:
	db_rollback(s->db);
	schema_free(fresh);
	return code;
}
