/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the office's log stood, by its own signed word: shown to an office that
 * has gone back behind it and does not know it.
 */
#include "common/core/log_head.h"
#include "common/store/store_sealed_int.h"
#include "common/store/store_sync_int.h"

static enum err_code
head_shown(struct device_store *s, struct log_head *out, struct err *e)
{
	json_t *json = NULL;
	enum err_code code = meta_get_json(s->db, "head_signed", &json, e);

	if (code == ERR_OK)
		code = json == NULL ? ERR_NOTFOUND
		                    : log_head_from_json(json, out, e);
	json_decref(json);
	return code;
}

static enum err_code
receipt_last(
    struct device_store *s, struct receipt *out, bool *has_out, struct err *e)
{
	struct sign_sig sig;
	struct db_stmt *q = NULL;
	size_t len;
	const void *bytes;
	enum err_code code = db_query_one(s->db, &q, e, "no receipt",
	    "SELECT signed, sig FROM receipt WHERE epoch ="
	    " (SELECT max(epoch) FROM receipt) ORDER BY counter DESC LIMIT 1",
	    "");

	if (code != ERR_OK)
		return code == ERR_NOTFOUND ? ERR_OK : code;
	bytes = db_col_blob(q, 0, &len);
	code = db_col_bytes(q, 1, sig.b, SIGN_SIG_LEN, e);
	if (code == ERR_OK)
		code = receipt_from_signed(bytes, len, &sig, out, e);
	*has_out = code == ERR_OK;
	db_done(q);
	return code;
}

/* The last receipt, while the head that this device has does not show that the
 * log went on after it: a store that lacks the receipt may have that head. */
static enum err_code
receipt_show(struct device_store *s, struct sync_request *r, struct err *e)
{
	struct log_head shown = { 0 };
	struct version at;
	enum err_code code = head_shown(s, &shown, e);

	if (code == ERR_OK || code == ERR_NOTFOUND)
		code = receipt_last(s, &r->receipt, &r->has_receipt, e);
	if (code != ERR_OK || !r->has_receipt)
		return code;
	at = (struct version){ r->receipt.epoch, r->receipt.audit_seq };
	if (version_compare(at, shown.at) < 0) {
		receipt_fini(&r->receipt);
		receipt_init(&r->receipt);
		r->has_receipt = false;
	}
	return ERR_OK;
}

enum err_code
head_prove(struct device_store *s, struct sync_request *r, struct err *e)
{
	int64_t proving = 0;
	enum err_code code = receipt_show(s, r, e);

	if (code == ERR_OK)
		code = meta_get_int(s->db, "proving", 0, &proving, e);
	if (code != ERR_OK || proving == 0)
		return code;
	code = head_shown(s, &r->proof, e);
	r->has_proof = code == ERR_OK;
	return code == ERR_NOTFOUND ? ERR_OK : code;
}

/* Whether the office has another link where this device last saw its head, or
 * none: its history was changed.  One that says that it was restored has lost
 * some, and its log goes on with other entries; one that goes back to an epoch
 * which is over has not said so. */
static enum err_code
is_another_history(struct device_store *s, const struct sync_answer *a,
    bool *out, struct err *e)
{
	struct hash32 seen;
	int64_t epoch;
	enum err_code code = meta_get_int(s->db, "epoch", 0, &epoch, e);

	*out = false;
	if (code != ERR_OK || a->epoch > (uint64_t)epoch)
		return code;
	code = meta_get_bytes(s->db, "head_link", seen.b, HASH32_LEN, e);
	if (code == ERR_OK)
		*out = a->epoch < (uint64_t)epoch || !a->has_echo ||
		    !hash32_equal(seen, a->echo_link);
	return code == ERR_NOTFOUND ? ERR_OK : code;
}

/* Whether the head that this device can show is the last that it saw. */
static enum err_code
is_last_seen(struct device_store *s, const struct log_head *shown, bool *out,
    struct err *e)
{
	int64_t epoch, seq;
	enum err_code code;

	if ((code = meta_get_int(s->db, "epoch", 0, &epoch, e)) == ERR_OK &&
	    (code = meta_get_int(s->db, "head_seq", 0, &seq, e)) == ERR_OK)
		*out = shown->at.epoch == (uint64_t)epoch &&
		    shown->at.seq == (uint64_t)seq;
	return code;
}

enum err_code
head_must_prove(struct device_store *s, const struct sync_answer *a, bool *out,
    struct err *e)
{
	struct log_head shown;
	int64_t proving;
	bool is_other = false, is_last = false;
	enum err_code code = meta_get_int(s->db, "proving", 0, &proving, e);

	*out = false;
	if (code == ERR_OK)
		code = head_shown(s, &shown, e);
	if (code == ERR_NOTFOUND)
		return ERR_OK;
	if (code == ERR_OK)
		code = is_another_history(s, a, &is_other, e);
	if (code == ERR_OK)
		code = is_last_seen(s, &shown, &is_last, e);
	if (code != ERR_OK)
		return code;
	*out = is_other && is_last && proving == 0;
	if (*out)
		return meta_put_int(s->db, "proving", 1, e);
	return proving == 0
	    ? ERR_OK
	    : db_exec(
	          s->db, e, "DELETE FROM meta WHERE name = ?", "s", "proving");
}

/* What the office signed of its head is kept, to be shown to it if need be. */
static enum err_code
head_keep(struct device_store *s, const struct sync_answer *a, struct err *e)
{
	const struct log_head h = { { a->epoch, a->head_seq }, a->head_link,
		a->head_sig };
	json_t *json = NULL;
	enum err_code code;

	if (!a->has_head_sig)
		return ERR_OK;
	if (!log_head_check(&h, &s->identity.receipt_pub, s->identity.office))
		return err_set(
		    e, ERR_AUTH, 0, "the head is not signed by the office");
	code = log_head_to_json(&h, &json, e);
	if (code == ERR_OK)
		code = meta_put_json(s->db, "head_signed", json, e);
	json_decref(json);
	return code;
}

enum err_code
head_take(struct device_store *s, const struct sync_answer *a, struct err *e)
{
	bool is_other;
	enum err_code code = is_another_history(s, a, &is_other, e);

	if (code == ERR_OK && is_other)
		code = meta_put_int(
		    s->db, "alarm_history", (int64_t)a->head_seq, e);
	if (code == ERR_OK)
		code = head_keep(s, a, e);
	if (code == ERR_OK)
		code = meta_put_int(s->db, "head_seq", (int64_t)a->head_seq, e);
	if (code == ERR_OK)
		code = stored_meta_put(
		    s->db, "head_link", a->head_link.b, HASH32_LEN, e);
	if (code == ERR_OK)
		code = meta_put_int(s->db, "epoch", (int64_t)a->epoch, e);
	if (code == ERR_OK)
		code = sealed_note_backup(s, a->backed_up, e);
	return code;
}
