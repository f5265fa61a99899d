/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checking everything again, from the first change on, with no trust in the
 * tables that were made from it.
 */
#include "common/store/store_again_int.h"
#include "common/store/store_content_int.h"
#include "common/store/store_sync_int.h"
#include "common/store/store_told_int.h"
#include "common/store/store_verify_int.h"
#include <stdarg.h>

/* Does the body, of either form, say that it is of this record? */
static bool
names_record(const void *body, size_t len, struct id record)
{
	json_t *json = NULL;
	struct id said;
	bool same = stored_json(body, len, &json, NULL) == ERR_OK &&
	    json_get_id(json, "record", &said, NULL) == ERR_OK &&
	    id_equal(said, record);

	json_decref(json);
	return same;
}

struct walk {
	struct device_store *s;
	struct verify_result *v;
	struct id device; /* whose journal it is */
	struct sign_pub pub;
	struct hash32 link;
	uint64_t expected; /* next counter */
};

void
verify_found(struct verify_result *v, const char *fmt, ...)
{
	va_list ap;

	if (!v->ok)
		return; /* the first one counts */
	v->ok = false;
	va_start(ap, fmt);
	(void)vsnprintf(v->first_bad, sizeof(v->first_bad), fmt, ap);
	va_end(ap);
}

/* The link after an entry: over its change, and whether an erasure covers every
 * word that is missing; or (covered NULL) over the signed form, which is what
 * is left of changes on records that were dropped. */
static enum err_code
entry_link(struct device_store *s, struct hash32 before, const void *body,
    size_t len, bool *covered, struct hash32 *out, struct err *e)
{
	struct crypto_part parts[] = { crypto_part(before.b, HASH32_LEN),
		crypto_part(body, len) };
	struct change c;
	enum err_code code;

	if (covered == NULL) {
		*out = crypto_sha256_parts(parts, 2);
		return ERR_OK;
	}
	if ((code = stored_change(body, len, &c, e)) != ERR_OK)
		return code;
	code = change_link_next(before, &c, out, e);
	if (code == ERR_OK)
		code = erasures_cover(s, &c, covered, e);
	change_fini(&c);
	return code;
}

/* What the office told of erasures is what it signed. */
static enum err_code
erasures_check(struct device_store *s, struct verify_result *v, struct err *e)
{
	struct db_stmt *q = NULL;
	bool row;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT signed, sig, epoch, seq, record FROM erasure", "");

	while (
	    code == ERR_OK && (code = db_step(q, &row, e)) == ERR_OK && row) {
		struct erasure z;
		struct id record;

		code = erasure_read(q, &z, e);
		if (code == ERR_NOMEM)
			break;
		if (code != ERR_OK) {
			verify_found(v, "an erasure does not read");
			code = ERR_OK;
			continue;
		}
		code = erasure_check(
		    &z, &s->identity.receipt_pub, s->identity.office, e);
		if (code == ERR_NOMEM) {
			erasure_fini(&z);
			break;
		}
		if (code != ERR_OK ||
		    z.version.epoch != (uint64_t)db_col_int(q, 2) ||
		    z.version.seq != (uint64_t)db_col_int(q, 3) ||
		    db_col_id(q, 4, &record, NULL) != ERR_OK ||
		    !id_equal(record, z.record))
			verify_found(v, "an erasure is not the office's");
		code = ERR_OK;
		erasure_fini(&z);
	}
	db_done(q);
	return code;
}

static enum err_code
entry_check(struct walk *w, struct db_stmt *q, struct err *e)
{
	struct id office = w->s->identity.office;
	struct hash32 stored, link;
	struct sign_sig sig;
	struct id record;
	uint64_t counter = (uint64_t)db_col_int(q, 0);
	const void *body;
	size_t len;
	bool covered = true;
	enum err_code code;

	if ((code = db_col_bytes(q, 1, stored.b, HASH32_LEN, e)) != ERR_OK ||
	    (code = db_col_bytes(q, 2, sig.b, SIGN_SIG_LEN, e)) != ERR_OK)
		return code;
	body = db_col_blob(q, 3, &len);
	if (counter != w->expected)
		verify_found(w->v, "change %llu is missing from the journal",
		    (unsigned long long)w->expected);
	code = entry_link(w->s, w->link, body, len,
	    db_col_int(q, 4) != 0 ? NULL : &covered, &link, e);
	if (code == ERR_CORRUPT || code == ERR_MALFORMED) {
		verify_found(w->v, "change %llu does not read",
		    (unsigned long long)counter);
		link = stored;
		code = ERR_OK;
	}
	if (code != ERR_OK)
		return code;
	if (!covered)
		verify_found(w->v,
		    "change %llu has no words, and no erasure says so",
		    (unsigned long long)counter);
	if (!hash32_equal(link, stored))
		verify_found(w->v, "change %llu does not have its link",
		    (unsigned long long)counter);
	else if (db_col_id(q, 5, &record, NULL) != ERR_OK ||
	    !names_record(body, len, record))
		verify_found(w->v, "change %llu is of another record",
		    (unsigned long long)counter);
	if (!change_sig_ok(&w->pub, office, w->device, counter, stored, &sig))
		verify_found(w->v, "change %llu does not have its signature",
		    (unsigned long long)counter);
	w->link = stored;
	w->expected = counter + 1;
	return ERR_OK;
}

/* Walk the rows of a query; it is done with then. */
static enum err_code
journal_walk(struct walk *w, struct db_stmt *q, struct err *e)
{
	bool row;
	enum err_code code;

	w->expected = 1;
	w->link = change_link_start(w->s->identity.office, w->device);
	while ((code = db_step(q, &row, e)) == ERR_OK && row) {
		code = entry_check(w, q, e);
		if (code != ERR_OK)
			break;
	}
	db_done(q);
	return code;
}

static enum err_code
journal_check(struct device_store *s, struct verify_result *v, struct err *e)
{
	struct walk w = { .s = s,
		.v = v,
		.device = s->identity.device,
		.pub = sign_pub_of(&s->identity.sign_key) };
	struct db_stmt *q;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT counter, link, sig, body, erased, record FROM journal"
	    " ORDER BY counter",
	    "");

	if (code != ERR_OK)
		return code;
	code = journal_walk(&w, q, e);
	v->head = w.link;
	v->written = w.expected - 1;
	return code;
}

/* The journals of lives that are over, and that nothing of them was lost. */
static enum err_code
past_check(struct device_store *s, struct verify_result *v, struct err *e)
{
	char why[sizeof(v->first_bad)];
	struct db_stmt *lives, *q;
	bool row;
	enum err_code code = db_query(s->db, &lives, e,
	    "SELECT life, device, sign_pub FROM past ORDER BY life", "");

	if (code != ERR_OK)
		return code;
	while ((code = db_step(lives, &row, e)) == ERR_OK && row) {
		struct walk w = { .s = s, .v = v };

		if ((code = db_col_id(lives, 1, &w.device, e)) != ERR_OK ||
		    (code = db_col_bytes(lives, 2, w.pub.b, SIGN_PUB_LEN, e)) !=
		        ERR_OK ||
		    (code = db_query(s->db, &q, e,
		         "SELECT counter, link, sig, body, erased, record"
		         " FROM past_journal WHERE life = ? ORDER BY counter",
		         "i", db_col_int(lives, 0))) != ERR_OK ||
		    (code = journal_walk(&w, q, e)) != ERR_OK)
			break;
	}
	db_done(lives);
	if (code == ERR_OK)
		code = past_check_recuts(s, why, sizeof(why), e);
	if (code == ERR_OK && why[0] != '\0')
		verify_found(v, "%s", why);
	return code;
}

/* The row says what the office signed, about a change that is here. */
static enum err_code
receipt_check_row(const struct device_store *s, struct db_stmt *q,
    const struct sign_sig *sig, struct verify_result *v, struct err *e)
{
	const long long counter = (long long)db_col_int(q, 0);
	struct receipt r;
	struct hash32 link;
	size_t len;
	const void *bytes = db_col_blob(q, 3, &len);
	enum err_code code = receipt_from_signed(bytes, len, sig, &r, e);
	bool is_signed;

	if (code == ERR_NOMEM)
		return code;
	is_signed = sign_check(&s->identity.receipt_pub, bytes, len, sig);
	if (code == ERR_OK && !is_signed)
		receipt_fini(&r);
	if (code != ERR_OK || !is_signed) {
		verify_found(v,
		    "the receipt for change %lld is not the office's", counter);
		return ERR_OK;
	}
	if (r.counter != (uint64_t)counter ||
	    r.epoch != (uint64_t)db_col_int(q, 1) ||
	    r.intake != (uint64_t)db_col_int(q, 2))
		verify_found(v,
		    "the receipt for change %lld says something else", counter);
	if (db_col_is_null(q, 5) ||
	    db_col_bytes(q, 5, link.b, HASH32_LEN, NULL) != ERR_OK)
		verify_found(v,
		    "a receipt names change %lld, which is not here", counter);
	else if (!hash32_equal(link, r.link))
		verify_found(v,
		    "the receipt for change %lld names another link", counter);
	receipt_fini(&r);
	return ERR_OK;
}

/* Receipts: what they say once more; intake numbers rise within the epoch that
 * counts.  In one that is over they may have been given twice: an office that
 * was put back did so until it heard of it, and began a new one. */
static enum err_code
receipts_check(struct device_store *s, struct verify_result *v, struct err *e)
{
	struct db_stmt *q;
	int64_t life = 0, epoch = 0, intake = 0, newest = 0;
	bool row;
	enum err_code code = receipt_epoch(s, &newest, e);

	if (code != ERR_OK)
		return code;
	code = db_query(s->db, &q, e,
	    "SELECT r.counter, r.epoch, r.intake, r.signed, r.sig, j.link,"
	    " r.life FROM past_receipt r LEFT JOIN past_journal j"
	    " ON j.life = r.life AND j.counter = r.counter"
	    " UNION ALL"
	    " SELECT r.counter, r.epoch, r.intake, r.signed, r.sig, j.link, ?"
	    " FROM receipt r LEFT JOIN journal j ON j.counter = r.counter"
	    " ORDER BY 7, 2, 1",
	    "i", (int64_t)s->life);

	if (code != ERR_OK)
		return code;
	while ((code = db_step(q, &row, e)) == ERR_OK && row) {
		struct sign_sig sig;

		if ((code = db_col_bytes(q, 4, sig.b, SIGN_SIG_LEN, e)) !=
		        ERR_OK ||
		    (code = receipt_check_row(s, q, &sig, v, e)) != ERR_OK)
			break;
		if (db_col_int(q, 6) == life && db_col_int(q, 1) == epoch &&
		    epoch == newest && db_col_int(q, 2) <= intake)
			verify_found(v,
			    "the receipt for change %lld is out of order",
			    (long long)db_col_int(q, 0));
		life = db_col_int(q, 6);
		epoch = db_col_int(q, 1);
		intake = db_col_int(q, 2);
	}
	db_done(q);
	return code;
}

static enum err_code
outcomes_count(struct device_store *s, struct verify_result *v, struct err *e)
{
	struct db_stmt *q;
	bool row;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT kind, count(*) FROM outcome o WHERE no ="
	    " (SELECT max(no) FROM outcome n WHERE n.counter = o.counter)"
	    " GROUP BY kind",
	    "");

	if (code != ERR_OK)
		return code;
	while ((code = db_step(q, &row, e)) == ERR_OK && row) {
		int64_t kind = db_col_int(q, 0);

		if (kind >= 0 && kind < OUTCOME_N)
			v->outcomes[kind] = (uint64_t)db_col_int(q, 1);
		else
			verify_found(v, "an outcome is of an unknown kind");
	}
	db_done(q);
	v->held = v->outcomes[OUTCOME_HELD];
	return code;
}

/* The sum of a scope, added up from the records themselves. */
static enum err_code
sum_again(struct device_store *s, const char *scope, struct digest *out,
    struct verify_result *v, struct err *e)
{
	struct confirmed c;
	struct hash32 share;
	struct db_stmt *q;
	struct id id;
	bool row;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT record FROM confirmed_scope WHERE scope = ?", "s", scope);

	if (code != ERR_OK)
		return code;
	while ((code = db_step(q, &row, e)) == ERR_OK && row) {
		if ((code = db_col_id(q, 0, &id, e)) != ERR_OK)
			break;
		if (confirmed_get(s, id, &c, e) != ERR_OK) {
			verify_found(
			    v, "record %s does not read", id_print(id).s);
			continue;
		}
		code = record_digest(&c.record, &share, e);
		confirmed_fini(&c);
		if (code != ERR_OK)
			break;
		digest_add(out, &share);
	}
	db_done(q);
	return code;
}

static enum err_code
sums_check(struct device_store *s, struct verify_result *v, struct err *e)
{
	struct db_stmt *q;
	bool row;
	enum err_code code =
	    db_query(s->db, &q, e, "SELECT scope, sum FROM scope_digest", "");

	if (code != ERR_OK)
		return code;
	while ((code = db_step(q, &row, e)) == ERR_OK && row) {
		const char *scope = db_col_text(q, 0, NULL);
		struct digest sum = { 0 };
		struct hash32 stored;

		if ((code = db_col_bytes(q, 1, stored.b, HASH32_LEN, e)) !=
		        ERR_OK ||
		    (code = sum_again(s, scope, &sum, v, e)) != ERR_OK)
			break;
		if (!hash32_equal(sum.sum, stored))
			verify_found(v, "the sum of %s does not add up", scope);
	}
	db_done(q);
	return code;
}

static enum err_code
walk_all(struct device_store *s, struct verify_result *v, struct err *e)
{
	char why[sizeof(v->first_bad)] = "";
	int64_t alarm = 0;
	enum err_code code;

	if ((code = journal_check(s, v, e)) != ERR_OK ||
	    (code = past_check(s, v, e)) != ERR_OK ||
	    (code = erasures_check(s, v, e)) != ERR_OK ||
	    (code = receipts_check(s, v, e)) != ERR_OK ||
	    (code = receipted_upto(s, &v->receipted, e)) != ERR_OK ||
	    (code = outcomes_count(s, v, e)) != ERR_OK ||
	    (code = verify_views(s, v, e)) != ERR_OK ||
	    (code = sums_check(s, v, e)) != ERR_OK ||
	    (code = content_check(s, why, sizeof(why), e)) != ERR_OK ||
	    (code = meta_get_int(s->db, "alarm_history", 0, &alarm, e)) !=
	        ERR_OK)
		return code;
	if (alarm != 0)
		verify_found(v,
		    "the office's history changed before entry %lld",
		    (long long)alarm);
	if (why[0] != '\0')
		verify_found(v, "%s", why);
	if (v->ok && (code = told_check(s, why, sizeof(why), e)) == ERR_OK &&
	    why[0] != '\0')
		verify_found(v, "%s", why);
	return code;
}

enum err_code
device_store_verify(
    struct device_store *s, struct verify_result *out, struct err *e)
{
	struct verify_result v = { .ok = true };
	struct err why = { 0 };
	enum err_code code = db_begin_read(s->db, e);

	if (code != ERR_OK)
		return code;
	code = walk_all(s, &v, &why);
	/* What does not read is a finding too. */
	if (code == ERR_CORRUPT || code == ERR_MALFORMED ||
	    code == ERR_NOTFOUND) {
		verify_found(&v, "damaged: %s", why.msg);
		code = ERR_OK;
	}
	if (code == ERR_OK)
		*out = v;
	else if (e != NULL)
		*e = why;
	db_rollback(s->db);
	return code;
}

enum err_code
device_store_has_link(
    struct device_store *s, const struct head *head, bool *out, struct err *e)
{
	int64_t n = 0;
	enum err_code code = db_get_int(s->db, &n, e,
	    "SELECT (SELECT count(*) FROM journal WHERE counter = ?1 AND link ="
	    " ?2) + (SELECT count(*) FROM past_journal WHERE counter = ?1 AND"
	    " link = ?2)",
	    "ib", (int64_t)head->n, head->link.b, sizeof(head->link.b));

	*out = n > 0;
	return code;
}
