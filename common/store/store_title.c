/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line for people.  A view's stored title names other records by id, and
 * times as they are stored; both are put into words when the line is read, so
 * that a renamed person is right everywhere at once, and a time is that of the
 * place where it is read.
 */
#include "common/base/clock.h"
#include "common/store/store_int.h"

/* note > case > person, and one more. */
#define TITLE_DEPTH 4

static enum err_code title_fill(struct device_store *s, const char *text,
    int depth, struct buf *out, struct err *e);

/* The stored title of a record, put into words; nothing when it is not here
 * or has none. */
static enum err_code
title_of_id(struct device_store *s, struct id id, int depth, struct buf *out,
    struct err *e)
{
	struct db_stmt *q;
	char *text = NULL;
	bool row;
	enum err_code code = db_query(
	    s->db, &q, e, "SELECT title FROM view WHERE record = ?", "d", id);

	if (code != ERR_OK)
		return code;
	code = db_step(q, &row, e);
	if (code == ERR_OK && row) {
		text = strdup(db_col_text(q, 0, NULL));
		if (text == NULL)
			code = err_set(e, ERR_NOMEM, 0, "out of memory");
	}
	db_done(q);
	if (code == ERR_OK && text != NULL)
		code = title_fill(s, text, depth, out, e);
	free(text);
	return code;
}

/* Does an id begin at text? */
static bool
id_at(const char *text, struct id *out)
{
	char copy[ID_TEXT_LEN + 1];

	if (strnlen(text, ID_TEXT_LEN) < ID_TEXT_LEN)
		return false;
	memcpy(copy, text, ID_TEXT_LEN);
	copy[ID_TEXT_LEN] = '\0';
	return id_parse(copy, out);
}

/* The time that begins at text, and how long it is; 0: none does. */
static size_t
time_at(const char *text, uint64_t *ms_out)
{
	static const size_t lens[] = { CLOCK_TEXT_LEN, CLOCK_TEXT_LEN - 4 };
	struct clock_text copy;

	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		if (strnlen(text, lens[i]) < lens[i])
			continue;
		memcpy(copy.s, text, lens[i]);
		copy.s[lens[i]] = '\0';
		if (clock_parse(copy.s, ms_out))
			return lens[i];
	}
	return 0;
}

static enum err_code
title_fill(struct device_store *s, const char *text, int depth, struct buf *out,
    struct err *e)
{
	char both[CLOCK_HUMAN_MAX];
	uint64_t ms;
	size_t len;
	struct id id;

	while (*text != '\0') {
		if ((len = time_at(text, &ms)) > 0) {
			clock_print_human(ms, both);
			(void)buf_add_str(out, both);
			text += len;
		} else if (id_at(text, &id)) {
			size_t before = out->len;
			enum err_code code = depth == 0
			    ? ERR_OK
			    : title_of_id(s, id, depth - 1, out, e);

			if (code != ERR_OK)
				return code;
			if (out->len == before)
				(void)buf_add(out, text, ID_TEXT_LEN);
			text += ID_TEXT_LEN;
		} else {
			(void)buf_add_char(out, *text++);
		}
	}
	return buf_check(out, e);
}

enum err_code
title_words(
    struct device_store *s, const char *stored, struct buf *out, struct err *e)
{
	return title_fill(s, stored, TITLE_DEPTH, out, e);
}

enum err_code
device_store_title(
    struct device_store *s, struct id id, struct buf *out, struct err *e)
{
	size_t before = out->len;
	enum err_code code = title_of_id(s, id, TITLE_DEPTH, out, e);

	if (code == ERR_OK && out->len == before)
		return err_set(e, ERR_NOTFOUND, 0, "no such record");
	return code;
}
