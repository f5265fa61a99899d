/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Full-text search.  Saving only marks a record dirty; the index is brought
 * up to date here, before a search, so that no save waits for it.
 */
#include "common/core/limits.h"
#include "common/store/store_int.h"

/* Append every text in a value, each on a line: what search looks through.
 * Codes, ids and dates are found too, which harms nobody. */
static bool
collect_words(const json_t *value, struct buf *out)
{
	const char *key;
	json_t *member;

	if (json_is_string(value))
		return buf_add(out, json_string_value(value),
		           json_string_length(value)) &&
		    buf_add_char(out, '\n');
	if (json_is_array(value)) {
		for (size_t i = 0; i < json_array_size(value); i++)
			if (!collect_words(json_array_get(value, i), out))
				return false;
	}
	if (json_is_object(value)) {
		json_object_foreach((json_t *)(uintptr_t)value, key, member)
		{
			if (!collect_words(member, out))
				return false;
		}
	}
	return true;
}

/* A record's words: its document and the sides of its open conflicts, since
 * those are words that someone wrote too. */
static enum err_code
words_of(const struct record *r, struct buf *out, struct err *e)
{
	(void)collect_words(r->doc, out);
	for (size_t i = 0; i < r->n_conflicts; i++)
		for (size_t n = 0; n < r->conflicts[i].n_sides; n++)
			if (r->conflicts[i].sides[n].is_open)
				(void)collect_words(
				    r->conflicts[i].sides[n].value, out);
	return buf_check(out, e);
}

static enum err_code
index_one(struct device_store *s, struct id id, struct err *e)
{
	struct record r;
	struct buf words;
	enum err_code code;

	if ((code = db_exec(s->db, e,
	         "DELETE FROM search WHERE rowid ="
	         " (SELECT at FROM search_row WHERE record = ?)",
	         "d", id)) != ERR_OK ||
	    (code = db_exec(s->db, e, "DELETE FROM search_row WHERE record = ?",
	         "d", id)) != ERR_OK)
		return code;
	code = view_get(s, id, &r, e);
	if (code != ERR_OK)
		return code == ERR_NOTFOUND ? ERR_OK : code;
	buf_init(&words, LIMIT_RECORD_BYTES);
	code = words_of(&r, &words, e);
	if (code == ERR_OK)
		code = db_exec(s->db, e,
		    "INSERT INTO search (words, record, type) VALUES (?, ?, ?)",
		    "tds", words.ptr, words.len, id, r.type);
	if (code == ERR_OK)
		code = db_exec(s->db, e,
		    "INSERT INTO search_row (record, at) VALUES (?, ?)", "di",
		    id, db_last_rowid(s->db));
	buf_wipe(&words);
	record_fini(&r);
	return code;
}

enum err_code
search_is_as_made(
    struct device_store *s, struct id id, bool *out, struct err *e)
{
	struct record r;
	struct buf words;
	int64_t n = 0;
	enum err_code code = db_get_int(s->db, &n, e,
	    "SELECT count(*) FROM dirty WHERE record = ?", "d", id);

	*out = true;
	if (code != ERR_OK || n > 0)
		return code;
	code = view_get(s, id, &r, e);
	if (code != ERR_OK)
		return code == ERR_NOTFOUND ? ERR_OK : code;
	buf_init(&words, LIMIT_RECORD_BYTES);
	code = words_of(&r, &words, e);
	if (code == ERR_OK)
		code = db_get_int(s->db, &n, e,
		    "SELECT count(*) FROM search WHERE rowid ="
		    " (SELECT at FROM search_row WHERE record = ?1)"
		    " AND words = ?2 AND record = ?1 AND type = ?3",
		    "dts", id, words.ptr, words.len, r.type);
	*out = n == 1;
	buf_wipe(&words);
	record_fini(&r);
	return code;
}

/* How many records one indexing transaction takes: other writers wait for it
 * no longer than for a few saves. */
#define INDEX_AT_ONCE 200

static enum err_code
dirty_some(struct device_store *s, struct id *ids, size_t *n_out, struct err *e)
{
	struct db_stmt *q;
	size_t n = 0;
	bool row;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT record FROM dirty LIMIT ?", "i", (int64_t)INDEX_AT_ONCE);

	if (code != ERR_OK)
		return code;
	while ((code = db_step(q, &row, e)) == ERR_OK && row) {
		code = db_col_id(q, 0, &ids[n], e);
		if (code != ERR_OK)
			break;
		n++;
	}
	db_done(q);
	*n_out = n;
	return code;
}

static enum err_code
index_some(struct device_store *s, size_t *n_out, struct err *e)
{
	struct id ids[INDEX_AT_ONCE];
	enum err_code code;

	*n_out = 0;
	if ((code = db_begin(s->db, e)) != ERR_OK ||
	    (code = dirty_some(s, ids, n_out, e)) != ERR_OK)
		goto out;
	for (size_t i = 0; i < *n_out; i++) {
		code = index_one(s, ids[i], e);
		if (code == ERR_OK)
			code = db_exec(s->db, e,
			    "DELETE FROM dirty WHERE record = ?", "d", ids[i]);
		if (code != ERR_OK)
			goto out;
	}
	code = db_commit(s->db, e);
out:
	db_rollback(s->db);
	return code;
}

static enum err_code
index_all(struct device_store *s, struct err *e)
{
	int64_t n_dirty = 0;
	size_t n = 1;
	enum err_code code = db_get_int(s->db, &n_dirty, e,
	    "SELECT count(*) FROM (SELECT 1 FROM dirty LIMIT 1)", "");

	if (n_dirty == 0)
		return code;
	while (code == ERR_OK && n > 0)
		code = index_some(s, &n, e);
	return code;
}

/* The query as FTS5 takes it: every word quoted, so that nothing in it is
 * syntax; "quoted words" stay together; the last word may be a beginning. */
static enum err_code
match_expression(const char *query, struct buf *out, struct err *e)
{
	bool in_phrase = false, in_word = false;

	for (const char *p = query; *p != '\0'; p++) {
		bool is_space = *p == ' ' || *p == '\t' || *p == '\n';

		if (*p == '"') {
			if (in_word || in_phrase)
				(void)buf_add_str(out, "\" ");
			else
				(void)buf_add_str(out, "\"");
			in_phrase = !in_phrase && !in_word;
			in_word = false;
		} else if (is_space && !in_phrase) {
			if (in_word)
				(void)buf_add_str(out, "\" ");
			in_word = false;
		} else {
			if (!in_word && !in_phrase) {
				(void)buf_add_char(out, '"');
				in_word = true;
			}
			(void)buf_add_char(out, *p);
		}
	}
	if (in_phrase)
		(void)buf_add_char(out, '"');
	if (in_word)
		(void)buf_add_str(out, "\" *");
	return buf_check(out, e);
}

enum err_code
device_store_search(struct device_store *s, const char *query, size_t offset,
    size_t limit, search_each each, void *arg, struct err *e)
{
	struct db_stmt *q = NULL;
	struct search_hit hit;
	struct buf match;
	bool row;
	enum err_code code;

	buf_init(&match, LIMIT_LINE_BYTES * 4);
	if ((code = match_expression(query, &match, e)) != ERR_OK)
		goto out;
	if (match.len == 0) {
		code = err_set(
		    e, ERR_INVALID, 0, "there is nothing to search for");
		goto out;
	}
	if ((code = index_all(s, e)) != ERR_OK ||
	    (code = db_query(s->db, &q, e,
	         "SELECT record, type,"
	         " snippet(search, 0, char(2), char(3), '…', 16)"
	         " FROM search WHERE search MATCH ? ORDER BY rank"
	         " LIMIT ? OFFSET ?",
	         "sii", match.ptr, (int64_t)limit, (int64_t)offset)) != ERR_OK)
		goto out;
	while ((code = db_step(q, &row, e)) == ERR_OK && row) {
		code = db_col_id(q, 0, &hit.id, e);
		if (code != ERR_OK)
			break;
		hit.type = db_col_text(q, 1, NULL);
		hit.snippet = db_col_text(q, 2, NULL);
		if (!each(arg, &hit))
			break;
	}
out:
	db_done(q);
	buf_fini(&match);
	return code;
}
