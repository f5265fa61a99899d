/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything as JSON Lines; schema/export.md documents the lines.
 */
#include "common/core/limits.h"
#include "common/store/store_int.h"

struct exporting {
	export_line line;
	void *arg;
	struct buf text;
	bool stopped;
};

static enum err_code
line_put(struct exporting *x, json_t *json, struct err *e)
{
	enum err_code code;

	buf_reset(&x->text);
	code = json_print(json, &x->text, e);
	json_decref(json);
	if (code == ERR_OK && !x->line(x->arg, x->text.ptr, x->text.len))
		x->stopped = true;
	return code;
}

/* One line for each row of a query: {"line": kind, <name>: <column> ...}.  A
 * column is text, a number, or a blob: JSON where the name says "body", else
 * base64. */
static enum err_code
row_to_json(struct db_stmt *q, const char *kind, const char *const *names,
    json_t **out, struct err *e)
{
	json_t *json = json_object();
	enum err_code code = json_put_str(json, "line", kind, e);

	for (int i = 0; names[i] != NULL && code == ERR_OK; i++) {
		json_t *value = NULL;
		size_t len;
		const void *bytes;

		switch (names[i][0]) {
		case '#':
			code = json_put_int(
			    json, names[i] + 1, db_col_int(q, i), e);
			break;
		case '{':
			bytes = db_col_blob(q, i, &len);
			code = stored_json(bytes, len, &value, e);
			if (code == ERR_OK)
				code =
				    json_put_take(json, names[i] + 1, value, e);
			break;
		case '=':
			bytes = db_col_blob(q, i, &len);
			code =
			    json_put_base64(json, names[i] + 1, bytes, len, e);
			break;
		default:
			code = json_put_str(
			    json, names[i], db_col_text(q, i, NULL), e);
			break;
		}
	}
	if (code != ERR_OK)
		json_decref(json);
	else
		*out = json;
	return code;
}

static enum err_code
export_rows(struct device_store *s, struct exporting *x, const char *kind,
    const char *sql, const char *const *names, struct err *e)
{
	struct db_stmt *q;
	bool row;
	enum err_code code = db_query(s->db, &q, e, sql, "");

	if (code != ERR_OK)
		return code;
	while (!x->stopped && (code = db_step(q, &row, e)) == ERR_OK && row) {
		json_t *json = NULL;

		code = row_to_json(q, kind, names, &json, e);
		if (code == ERR_OK)
			code = line_put(x, json, e);
		if (code != ERR_OK)
			break;
	}
	db_done(q);
	return code;
}

static enum err_code
export_head(struct device_store *s, struct exporting *x, struct err *e)
{
	const struct device_identity *i = &s->identity;
	json_t *json = json_object();
	enum err_code code;

	if ((code = json_put_str(json, "line", "device", e)) != ERR_OK ||
	    (code = json_put_int(json, "v", 1, e)) != ERR_OK ||
	    (code = json_put_id(json, "device", i->device, e)) != ERR_OK ||
	    (code = json_put_id(json, "user", i->user, e)) != ERR_OK ||
	    (code = json_put_id(json, "office", i->office, e)) != ERR_OK ||
	    (code = json_put_hex(json, "receipt_pub", i->receipt_pub.b,
	         SIGN_PUB_LEN, e)) != ERR_OK) {
		json_decref(json);
		return code;
	}
	return line_put(x, json, e);
}

enum err_code
device_store_export(
    struct device_store *s, export_line line, void *arg, struct err *e)
{
	static const char *const record[] = { "{record", NULL };
	static const char *const change[] = { "#counter", "=link", "=sig",
		"{change", "#erased", NULL };
	static const char *const closing[] = { "record", "type", "{changes",
		NULL };
	static const char *const past[] = { "#life", "device", "#fork", NULL };
	static const char *const past_change[] = { "#life", "#counter", "=link",
		"=sig", "{change", "#erased", NULL };
	static const char *const receipt[] = { "#counter", "#epoch", "#intake",
		"=signed", "=sig", NULL };
	static const char *const outcome[] = { "#no", "#counter", "#kind",
		"#epoch", "#seq", "reason", "path", "words", NULL };
	struct exporting x = { .line = line, .arg = arg };
	enum err_code code;

	buf_init(&x.text, LIMIT_BODY_BYTES);
	if ((code = db_begin_read(s->db, e)) == ERR_OK &&
	    (code = export_head(s, &x, e)) == ERR_OK &&
	    (code = export_rows(s, &x, "record",
	         "SELECT body FROM view ORDER BY record", record, e)) ==
	        ERR_OK &&
	    (code = export_rows(s, &x, "change",
	         "SELECT counter, link, sig, body, erased FROM journal"
	         " ORDER BY counter",
	         change, e)) == ERR_OK &&
	    (code = export_rows(s, &x, "receipt",
	         "SELECT counter, epoch, intake, signed, sig FROM receipt"
	         " ORDER BY epoch, counter",
	         receipt, e)) == ERR_OK)
		code = export_rows(s, &x, "outcome",
		    "SELECT no, counter, kind, v_epoch, v_seq, reason, path,"
		    " words"
		    " FROM outcome ORDER BY no",
		    outcome, e);
	if (code == ERR_OK)
		code = export_rows(s, &x, "closing",
		    "SELECT record, type, changes FROM closing ORDER BY record",
		    closing, e);
	if (code == ERR_OK)
		code = export_rows(s, &x, "past",
		    "SELECT life, device, fork FROM past ORDER BY life", past,
		    e);
	if (code == ERR_OK)
		code = export_rows(s, &x, "past_change",
		    "SELECT life, counter, link, sig, body, erased"
		    " FROM past_journal ORDER BY life, counter",
		    past_change, e);
	db_rollback(s->db);
	buf_wipe(&x.text);
	return code;
}
