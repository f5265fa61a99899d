/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The office's log: hash-linked, without gaps, in commit order.  The writing
 * transaction is serialised, so the next number is the head's plus one.
 */
#include "common/core/limits.h"
#include "common/sys/json.h"
#include "daemon/central/store/sqlite_int.h"

static const char log_context[] = "vb/log/v1";

/* link(0) = SHA-256("vb/log/v1" 00 office id as text). */
static enum err_code
link_start(struct office_store *s, struct hash32 *out, struct err *e)
{
	struct crypto_part parts[2];
	struct buf office;
	enum err_code code;

	buf_init(&office, 64);
	code = store_meta_get(s, "office", &office, e);
	if (code == ERR_OK) {
		parts[0] = crypto_part(log_context, sizeof(log_context));
		parts[1] = crypto_part(office.ptr, office.len);
		*out = crypto_sha256_parts(parts, 2);
	}
	buf_fini(&office);
	return code;
}

enum err_code
store_log_link_at(
    struct office_store *s, uint64_t seq, struct hash32 *out, struct err *e)
{
	struct db_stmt *q;
	enum err_code code;

	if (seq == 0)
		return link_start(s, out, e);
	code = db_query_one(s->db, &q, e, "the log has no such entry",
	    "SELECT link FROM log WHERE seq = ?", "i", (int64_t)seq);
	if (code != ERR_OK)
		return code;
	code = db_col_bytes(q, 0, out->b, HASH32_LEN, e);
	db_done(q);
	return code;
}

enum err_code
store_log_head(
    struct office_store *s, uint64_t *seq, struct hash32 *link, struct err *e)
{
	struct db_stmt *q;
	bool row;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT seq, link FROM log ORDER BY seq DESC LIMIT 1", "");

	if (code != ERR_OK)
		return code;
	code = db_step(q, &row, e);
	if (code == ERR_OK && row) {
		code = db_col_bytes(q, 1, link->b, HASH32_LEN, e);
		if (code == ERR_OK)
			*seq = (uint64_t)db_col_int(q, 0);
	}
	db_done(q);
	if (code == ERR_OK && !row) {
		*seq = 0;
		code = link_start(s, link, e);
	}
	return code;
}

/* The entry as what its link covers: canonical JSON of all but the link. */
static enum err_code
entry_to_json(const struct log_entry *l, json_t **out, struct err *e)
{
	json_t *json = json_object();
	enum err_code code;

	if ((code = json_put_int(json, "seq", (int64_t)l->seq, e)) != ERR_OK ||
	    (code = json_put_int(json, "epoch", (int64_t)l->epoch, e)) !=
	        ERR_OK ||
	    (code = json_put_str(json, "kind", l->kind, e)) != ERR_OK ||
	    (code = json_put_id(json, "device", l->device, e)) != ERR_OK ||
	    (code = json_put_int(json, "counter", (int64_t)l->counter, e)) !=
	        ERR_OK ||
	    (code = json_put_hex(json, "change_link", l->change_link.b,
	         HASH32_LEN, e)) != ERR_OK ||
	    (code = json_put_id(json, "record", l->record, e)) != ERR_OK ||
	    (code = json_put_hex(
	         json, "outcome", l->outcome.b, HASH32_LEN, e)) != ERR_OK ||
	    (code = json_put_hex(json, "state", l->state.b, HASH32_LEN, e)) !=
	        ERR_OK ||
	    (code = json_put_int(json, "merge_version",
	         (int64_t)l->merge_version, e)) != ERR_OK ||
	    (l->has_schema &&
	        (code = json_put_hex(
	             json, "schema", l->schema.b, HASH32_LEN, e)) != ERR_OK) ||
	    (code = json_put_int(json, "time", (int64_t)l->time, e)) !=
	        ERR_OK) {
		json_decref(json);
		return code;
	}
	*out = json;
	return ERR_OK;
}

enum err_code
store_log_link(const struct log_entry *l, struct hash32 before,
    struct hash32 *out, struct err *e)
{
	struct crypto_part parts[2];
	struct buf text;
	json_t *json = NULL;
	enum err_code code = entry_to_json(l, &json, e);

	if (code != ERR_OK)
		return code;
	buf_init(&text, 4096);
	code = json_print(json, &text, e);
	json_decref(json);
	if (code == ERR_OK) {
		parts[0] = crypto_part(before.b, HASH32_LEN);
		parts[1] = crypto_part(text.ptr, text.len);
		*out = crypto_sha256_parts(parts, 2);
	}
	buf_fini(&text);
	return code;
}

enum err_code
store_log_append(struct office_store *s, struct log_entry *l, struct err *e)
{
	struct hash32 before;
	uint64_t head;
	enum err_code code = store_log_head(s, &head, &before, e);

	if (code != ERR_OK)
		return code;
	l->seq = head + 1;
	code = store_log_link(l, before, &l->link, e);
	if (code != ERR_OK)
		return code;
	code = db_exec(s->db, e,
	    "INSERT INTO log (seq, epoch, kind, device, counter, change_link,"
	    " record, outcome, state, merge_version, time, link, bundle)"
	    " SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, b.no FROM (SELECT 1)"
	    " LEFT JOIN bundle b ON b.sha256 = ?13"
	    " WHERE length(?13) = 0 OR b.no IS NOT NULL",
	    "iisdibdbbiibb", (int64_t)l->seq, (int64_t)l->epoch, l->kind,
	    l->device, (int64_t)l->counter, l->change_link.b,
	    sizeof(l->change_link.b), l->record, l->outcome.b,
	    sizeof(l->outcome.b), l->state.b, sizeof(l->state.b),
	    (int64_t)l->merge_version, (int64_t)l->time, l->link.b,
	    sizeof(l->link.b), l->schema.b,
	    l->has_schema ? sizeof(l->schema.b) : 0);
	if (code == ERR_OK && db_changes(s->db) == 0)
		code = err_set(e, ERR_CORRUPT, 0, "the schema is not kept");
	return code;
}

enum err_code
store_bundle_has(struct office_store *s, const struct hash32 *sha256, bool *out,
    struct err *e)
{
	int64_t n = 0;
	enum err_code code = db_get_int(s->db, &n, e,
	    "SELECT count(*) FROM bundle WHERE sha256 = ?", "b", sha256->b,
	    sizeof(sha256->b));

	*out = n > 0;
	return code;
}

enum err_code
store_bundle_put(struct office_store *s, const struct hash32 *sha256,
    const struct buf *text, struct err *e)
{
	struct buf body;
	enum err_code code;

	buf_init(&body, LIMIT_RECORD_BYTES);
	code = sqlite_pack(s, text, &body, e);
	if (code == ERR_OK)
		code = db_exec(s->db, e,
		    "INSERT OR IGNORE INTO bundle (sha256, body) VALUES (?, ?)",
		    "bb", sha256->b, sizeof(sha256->b), body.ptr, body.len);
	buf_fini(&body);
	return code;
}

enum err_code
store_bundle_get(struct office_store *s, const struct hash32 *sha256,
    struct buf *out, struct err *e)
{
	struct db_stmt *q;
	const void *body;
	size_t len;
	enum err_code code =
	    db_query_one(s->db, &q, e, "the schema is not kept",
	        "SELECT body FROM bundle WHERE sha256 = ?", "b", sha256->b,
	        sizeof(sha256->b));

	if (code != ERR_OK)
		return code;
	body = db_col_blob(q, 0, &len);
	code = sqlite_unpack(s, body, len, out, e);
	db_done(q);
	return code;
}

/* The bundle's hash is read by its number, which is all that a row has. */
#define LOG_COLUMNS                                                            \
	"seq, epoch, kind, device, counter, change_link, record, outcome,"     \
	" state, merge_version, time, link,"                                   \
	" (SELECT sha256 FROM bundle b WHERE b.no = log.bundle)"

static enum err_code
entry_row(struct db_stmt *q, struct log_entry *l, struct err *e)
{
	enum err_code code;

	if ((code = db_col_id(q, 3, &l->device, e)) != ERR_OK ||
	    (code = db_col_bytes(q, 5, l->change_link.b, HASH32_LEN, e)) !=
	        ERR_OK ||
	    (code = db_col_id(q, 6, &l->record, e)) != ERR_OK ||
	    (code = db_col_bytes(q, 7, l->outcome.b, HASH32_LEN, e)) !=
	        ERR_OK ||
	    (code = db_col_bytes(q, 8, l->state.b, HASH32_LEN, e)) != ERR_OK ||
	    (code = db_col_bytes(q, 11, l->link.b, HASH32_LEN, e)) != ERR_OK)
		return code;
	l->has_schema = !db_col_is_null(q, 12);
	if (l->has_schema &&
	    (code = db_col_bytes(q, 12, l->schema.b, HASH32_LEN, e)) != ERR_OK)
		return code;
	l->seq = (uint64_t)db_col_int(q, 0);
	l->epoch = (uint64_t)db_col_int(q, 1);
	(void)snprintf(l->kind, sizeof(l->kind), "%s", db_col_text(q, 2, NULL));
	l->counter = (uint64_t)db_col_int(q, 4);
	l->merge_version = (unsigned)db_col_int(q, 9);
	l->time = (uint64_t)db_col_int(q, 10);
	return ERR_OK;
}

enum err_code
store_log_get(
    struct office_store *s, uint64_t seq, struct log_entry *out, struct err *e)
{
	struct db_stmt *q;
	enum err_code code = db_query_one(s->db, &q, e,
	    "the log has no such entry",
	    "SELECT " LOG_COLUMNS " FROM log WHERE seq = ?", "i", (int64_t)seq);

	if (code != ERR_OK)
		return code;
	code = entry_row(q, out, e);
	db_done(q);
	return code;
}

enum err_code
store_log_of_record(struct office_store *s, struct id record, uint64_t from,
    bool newest_first, store_log_each each, void *arg, struct err *e)
{
	struct db_stmt *q;
	struct log_entry l;
	bool row;
	/* Index log_record. */
	enum err_code code = db_query(s->db, &q, e,
	    newest_first ? "SELECT " LOG_COLUMNS " FROM log WHERE record = ?"
	                   " AND seq < ? ORDER BY seq DESC"
	                 : "SELECT " LOG_COLUMNS " FROM log WHERE record = ?"
	                   " AND seq > ? ORDER BY seq",
	    "di", record, (int64_t)from);

	if (code != ERR_OK)
		return code;
	while ((code = db_step(q, &row, e)) == ERR_OK && row) {
		code = entry_row(q, &l, e);
		if (code != ERR_OK || !each(arg, &l))
			break;
	}
	db_done(q);
	return code;
}
