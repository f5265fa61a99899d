/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commands to devices.
 */
#include "daemon/central/store/office_walk.h"
#include "daemon/central/store/sqlite_int.h"

enum err_code
store_command_add(
    struct office_store *s, const struct office_command *c, struct err *e)
{
	return db_exec(s->db, e,
	    "INSERT INTO command (device, no, word, issued, expires, done)"
	    " VALUES (?, ?, ?, ?, ?, ?)",
	    "disiii", c->device, (int64_t)c->no, device_command_word(c->kind),
	    (int64_t)c->issued, (int64_t)c->expires, (int64_t)c->done);
}

static enum err_code
command_row(struct db_stmt *q, struct id device, struct office_command *c,
    struct err *e)
{
	const char *word = db_col_text(q, 1, NULL);

	*c = (struct office_command){ .device = device,
		.no = (uint64_t)db_col_int(q, 0),
		.issued = (uint64_t)db_col_int(q, 2),
		.expires = (uint64_t)db_col_int(q, 3),
		.done = (uint64_t)db_col_int(q, 4) };
	return word != NULL && device_command_word_parse(word, &c->kind)
	    ? ERR_OK
	    : err_set(e, ERR_CORRUPT, 0, "a stored command is none");
}

enum err_code
store_command_last(struct office_store *s, struct id device,
    struct office_command *out, struct err *e)
{
	struct db_stmt *q;
	enum err_code code = db_query_one(s->db, &q, e, "no command",
	    "SELECT no, word, issued, expires, done FROM command"
	    " WHERE device = ? ORDER BY no DESC LIMIT 1",
	    "d", device);

	if (code != ERR_OK)
		return code;
	code = command_row(q, device, out, e);
	db_done(q);
	return code;
}

enum err_code
store_commands_waiting(struct office_store *s, struct id device,
    uint64_t now_ms, store_command_each each, void *arg, struct err *e)
{
	struct office_command c;
	struct db_stmt *q;
	bool row;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT no, word, issued, expires, done FROM command"
	    " WHERE device = ? AND done = 0 AND expires > ? ORDER BY no",
	    "di", device, (int64_t)now_ms);

	if (code != ERR_OK)
		return code;
	while ((code = db_step(q, &row, e)) == ERR_OK && row)
		if ((code = command_row(q, device, &c, e)) != ERR_OK ||
		    !each(arg, &c))
			break;
	db_done(q);
	return code;
}

enum err_code
store_commands_done(struct office_store *s, struct id device, uint64_t upto,
    uint64_t now_ms, struct err *e)
{
	return db_exec(s->db, e,
	    "UPDATE command SET done = ? WHERE device = ? AND no <= ?"
	    " AND done = 0",
	    "idi", (int64_t)now_ms, device, (int64_t)upto);
}

enum err_code
store_commands(
    struct office_store *s, store_command_each each, void *arg, struct err *e)
{
	struct office_command c;
	struct db_stmt *q;
	struct id device;
	bool row;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT no, word, issued, expires, done, device FROM command"
	    " ORDER BY device, no",
	    "");

	if (code != ERR_OK)
		return code;
	while ((code = db_step(q, &row, e)) == ERR_OK && row)
		if ((code = db_col_id(q, 5, &device, e)) != ERR_OK ||
		    (code = command_row(q, device, &c, e)) != ERR_OK ||
		    !each(arg, &c))
			break;
	db_done(q);
	return code;
}
