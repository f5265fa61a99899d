/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sums of what the office told, table by table and row by row.
 */
#include "common/store/store_told_int.h"

#define COLUMNS_MAX 12

/* Every column counts, but the body of a confirmed record, which its digest
 * proves, and of a change, which its link does. */
#define OUTCOMES "no, counter, kind, v_epoch, v_seq, reason, path, words"
#define RECEIPTS "counter, epoch, intake, signed, sig"
#define ROWS(table) "SELECT count(*) FROM " table
static const struct told_kind {
	const char *name;
	size_t columns;
	const char *count;     /* NULL: its rows do not come again */
	const char *all, *one; /* one: NULL where rows never change */
} kinds[TOLD_N] = {
	[TOLD_OUTCOME] = { "outcome", 8, ROWS("outcome"),
	    "SELECT " OUTCOMES " FROM outcome",
	    "SELECT " OUTCOMES " FROM outcome WHERE no = ?" },
	[TOLD_CONFIRMED] = { "confirmed", 9, NULL,
	    "SELECT record, type, v_epoch, v_seq, own, own_held, digest, life,"
	    " epoch FROM confirmed",
	    "SELECT record, type, v_epoch, v_seq, own, own_held, digest, life,"
	    " epoch FROM confirmed WHERE record = ?" },
	[TOLD_DROPPED] = { "dropped", 1, ROWS("dropped"),
	    "SELECT record FROM dropped",
	    "SELECT record FROM dropped WHERE record = ?" },
	[TOLD_STAGED] = { "staged", 2, NULL, "SELECT place, entry FROM staged",
	    "SELECT place, entry FROM staged WHERE place = ?" },
	[TOLD_SEALED] = { "sealed", 3, ROWS("sealed"),
	    "SELECT counter, key_id, bytes FROM sealed",
	    "SELECT counter, key_id, bytes FROM sealed WHERE counter = ?" },
	[TOLD_ERASURE] = { "erasure", 5, NULL,
	    "SELECT epoch, seq, record, signed, sig FROM erasure",
	    "SELECT epoch, seq, record, signed, sig FROM erasure"
	    " WHERE rowid = ?" },
	[TOLD_RECEIPT] = { "receipt", 5, ROWS("receipt"),
	    "SELECT " RECEIPTS " FROM receipt",
	    "SELECT " RECEIPTS " FROM receipt WHERE rowid = ?" },
	[TOLD_PAST] = { "past", 4, NULL,
	    "SELECT life, device, sign_pub, fork FROM past", NULL },
	[TOLD_PAST_JOURNAL] = { "past_journal", 6, NULL,
	    "SELECT life, counter, record, link, sig, saved_at"
	    " FROM past_journal",
	    NULL },
	[TOLD_PAST_RECEIPT] = { "past_receipt", 6, NULL,
	    "SELECT life, " RECEIPTS " FROM past_receipt", NULL },
	[TOLD_PAST_OUTCOME] = { "past_outcome", 9, NULL,
	    "SELECT life, " OUTCOMES " FROM past_outcome", NULL },
	[TOLD_CLOSING] = { "closing", 3, NULL,
	    "SELECT record, type, changes FROM closing",
	    "SELECT record, type, changes FROM closing WHERE record = ?" },
};

static void
put_length(uint8_t to[static 8], uint64_t len)
{
	for (int i = 7; i >= 0; i--, len >>= 8)
		to[i] = (uint8_t)len;
}

/* Of the current row: for each column its length, 8 bytes big-endian (all ones
 * for null), and its bytes, numbers in decimal. */
static struct hash32
row_hash(struct db_stmt *q, size_t columns)
{
	struct crypto_part parts[2 * COLUMNS_MAX];
	uint8_t lens[COLUMNS_MAX][8];

	for (size_t i = 0; i < columns; i++) {
		bool is_null = db_col_is_null(q, (int)i);
		size_t len = 0;
		const void *bytes = db_col_blob(q, (int)i, &len);

		put_length(lens[i], is_null ? UINT64_MAX : len);
		parts[2 * i] = crypto_part(lens[i], sizeof(lens[i]));
		parts[2 * i + 1] = crypto_part(bytes, len);
	}
	return crypto_sha256_parts(parts, 2 * columns);
}

/* Add up what a query gives, which is done with then. */
static enum err_code
rows_add(struct db_stmt *q, size_t columns, bool out, struct digest *sum,
    uint64_t *rows, struct err *e)
{
	bool row;
	enum err_code code;

	while ((code = db_step(q, &row, e)) == ERR_OK && row) {
		struct hash32 one = row_hash(q, columns);

		(*rows)++;
		if (out)
			digest_remove(sum, &one);
		else
			digest_add(sum, &one);
	}
	db_done(q);
	return code;
}

const char *
told_name(enum told_table t)
{
	return kinds[t].name;
}

bool
told_comes_again(enum told_table t)
{
	return kinds[t].count != NULL;
}

enum err_code
told_count(
    struct device_store *s, enum told_table t, uint64_t *out, struct err *e)
{
	int64_t n = 0;
	enum err_code code = kinds[t].count == NULL
	    ? ERR_OK
	    : db_get_int(s->db, &n, e, kinds[t].count, "");

	if (code == ERR_OK)
		*out = (uint64_t)n;
	return code;
}

enum err_code
told_sum(struct device_store *s, enum told_table t, struct digest *out,
    struct err *e)
{
	struct db_stmt *q = NULL;
	struct digest sum = { 0 };
	uint64_t rows = 0;
	enum err_code code = db_query(s->db, &q, e, kinds[t].all, "");

	if (code == ERR_OK)
		code = rows_add(q, kinds[t].columns, false, &sum, &rows, e);
	if (code == ERR_OK)
		*out = sum;
	return code;
}

enum err_code
told_settle(struct device_store *s, enum told_table t, struct err *e)
{
	struct told *told = &s->told;
	enum err_code code = told_sum(s, t, &told->sums[t], e);

	told->missing[t] = 0;
	return code == ERR_OK ? told_count(s, t, &told->rows[t], e) : code;
}

/* How many rows the disk lost, before the first of this transaction moves: the
 * one that comes is there already. */
static enum err_code
look_missing(struct device_store *s, enum told_table t, bool out, struct err *e)
{
	struct told *told = &s->told;
	uint64_t here;
	enum err_code code;

	if (!told_comes_again(t) || told->is_counted[t])
		return ERR_OK;
	code = told_count(s, t, &here, e);
	if (code != ERR_OK)
		return code;
	if (!out && here > 0)
		here--;
	told->missing[t] = told->rows[t] > here ? told->rows[t] - here : 0;
	told->is_counted[t] = true;
	return ERR_OK;
}

/* Ends the query, which gives the row or nothing. */
static enum err_code
move_row(struct device_store *s, enum told_table t, bool out, struct db_stmt *q,
    struct err *e)
{
	struct told *told = &s->told;
	uint64_t moved = 0;
	enum err_code code = look_missing(s, t, out, e);

	if (code != ERR_OK || (!out && told->missing[t] > 0)) {
		db_done(q);
		if (code != ERR_OK)
			return code;
		/* A receipt is proved by the office's signature, and covers
		 * what those before it did. */
		if (t == TOLD_RECEIPT)
			return told_settle(s, t, e);
		/* Taken for one that is missing, and signed for. */
		told->missing[t]--;
		return ERR_OK;
	}
	code = rows_add(q, kinds[t].columns, out, &told->sums[t], &moved, e);
	if (out)
		told->rows[t] -= moved < told->rows[t] ? moved : told->rows[t];
	else
		told->rows[t] += moved;
	return code;
}

static enum err_code
move(struct device_store *s, enum told_table t, bool out, int64_t key,
    struct err *e)
{
	struct db_stmt *q = NULL;
	enum err_code code = db_query(s->db, &q, e, kinds[t].one, "i", key);

	return code != ERR_OK ? code : move_row(s, t, out, q, e);
}

static enum err_code
move_id(struct device_store *s, enum told_table t, bool out, struct id id,
    struct err *e)
{
	struct db_stmt *q = NULL;
	enum err_code code = db_query(s->db, &q, e, kinds[t].one, "d", id);

	return code != ERR_OK ? code : move_row(s, t, out, q, e);
}

enum err_code
told_out(struct device_store *s, enum told_table t, int64_t key, struct err *e)
{
	return move(s, t, true, key, e);
}

enum err_code
told_in(struct device_store *s, enum told_table t, int64_t key, struct err *e)
{
	return move(s, t, false, key, e);
}

enum err_code
told_out_id(
    struct device_store *s, enum told_table t, struct id id, struct err *e)
{
	return move_id(s, t, true, id, e);
}

enum err_code
told_in_id(
    struct device_store *s, enum told_table t, struct id id, struct err *e)
{
	return move_id(s, t, false, id, e);
}
