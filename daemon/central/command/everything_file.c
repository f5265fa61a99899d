/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files beside records, written out with them and kept in a new office: in
 * pieces, each a line.
 */
#include <string.h>

#include "common/base/enc.h"
#include "common/core/blob.h"
#include "common/sys/json.h"
#include "daemon/central/command/export.h"
#include "daemon/central/engine/engine_content.h"

/* ---- out ---- */

enum err_code
everything_file_note(
    struct command *c, const struct record *r, json_t *files, struct err *e)
{
	char hex[BLOB_HASH_TEXT_LEN + 1];
	uint64_t size;

	if (!blob_of_record(engine_schema(c->g), r, hex, &size))
		return ERR_OK;
	return json_put_bool(files, hex, true, e);
}

struct printing {
	struct command *c;
	struct export_files *x;
	enum err_code code;
	struct err *e;
};

static enum err_code
piece_print(struct printing *p, const struct office_content *f, const char *hex,
    uint64_t at, struct err *e)
{
	struct buf bytes, text;
	json_t *line = json_object();
	enum err_code code;

	buf_init(&bytes, LIMIT_BLOB_PIECE);
	buf_init(&text, EXPORT_LINE_MAX);
	if ((code = store_content_read(
	         p->c->store, f, at, LIMIT_BLOB_PIECE, &bytes, e)) == ERR_OK &&
	    (code = json_put_str(line, "line", "file", e)) == ERR_OK &&
	    (code = json_put_str(line, "sha256", hex, e)) == ERR_OK &&
	    (code = json_put_int(line, "size", (int64_t)f->size, e)) ==
	        ERR_OK &&
	    (code = json_put_int(line, "at", (int64_t)at, e)) == ERR_OK &&
	    (code = json_put_base64(line, "bytes", bytes.ptr, bytes.len, e)) ==
	        ERR_OK &&
	    (code = json_print(line, &text, e)) == ERR_OK)
		code = p->x->write(p->x->arg, &text, e);
	json_decref(line);
	buf_wipe(&text);
	buf_wipe(&bytes);
	return code;
}

static bool
file_print(void *arg, const struct office_content *f)
{
	struct printing *p = arg;
	char hex[BLOB_HASH_TEXT_LEN + 1];

	enc_hex(f->sha256.b, sizeof(f->sha256.b), hex);
	if (!json_has(p->x->files, hex))
		return true;
	p->x->n++;
	for (uint64_t at = 0; at < f->size && p->code == ERR_OK;
	     at += LIMIT_BLOB_PIECE)
		p->code = piece_print(p, f, hex, at, p->e);
	return p->code == ERR_OK;
}

enum err_code
export_files_print(struct command *c, struct export_files *x, struct err *e)
{
	struct printing p = { .c = c, .x = x, .e = e };
	enum err_code code = store_contents(c->store, file_print, &p, e);

	return code == ERR_OK ? p.code : code;
}

/* ---- in ---- */

/* What one line says. */
struct taken {
	struct office_content file; /* brought by nobody's device: the office */
	uint64_t at;
	struct buf bytes;
};

static enum err_code
piece_read(
    const json_t *line, const json_t *files, struct taken *out, struct err *e)
{
	const char *hex;
	int64_t size, at;
	enum err_code code = json_get_str(line, "sha256", &hex, NULL, e);

	if (code != ERR_OK ||
	    (code = json_get_hex(line, "sha256", out->file.sha256.b, HASH32_LEN,
	         e)) != ERR_OK ||
	    (code = json_get_int(line, "size", &size, e)) != ERR_OK ||
	    (code = json_get_int(line, "at", &at, e)) != ERR_OK ||
	    (code = json_get_base64(line, "bytes", &out->bytes, e)) != ERR_OK)
		return code;
	if (!json_has(files, hex))
		return err_set(e, ERR_INVALID, 0, "no record names this file");
	out->file.size = (uint64_t)size;
	out->at = (uint64_t)at;
	return size > 0 && (uint64_t)size <= LIMIT_BLOB_BYTES && at >= 0 &&
	        at < size && out->bytes.len > 0 &&
	        out->bytes.len <= (uint64_t)(size - at)
	    ? ERR_OK
	    : err_set(e, ERR_INVALID, 0, "this is no piece of a file");
}

static enum err_code
piece_keep(struct command *c, const struct taken *t, struct err *e)
{
	const struct content_piece piece = { .sha256 = &t->file.sha256,
		.upload = t->file.upload,
		.at = t->at,
		.bytes = t->bytes.ptr,
		.len = t->bytes.len };
	uint64_t have;
	enum err_code code = store_content_have(
	    c->store, &t->file.sha256, t->file.upload, &have, e);

	if (code == ERR_OK && have != t->at)
		code = err_set(e, ERR_INVALID, 0,
		    "the piece of the file before it is missing");
	return code == ERR_OK ? store_content_add(c->store, &piece, e) : code;
}

enum err_code
everything_file_take(struct command *c, const json_t *line, const json_t *files,
    uint64_t *n, struct err *e)
{
	struct taken t = { .at = 0 };
	bool is_right = false;
	enum err_code code;

	buf_init(&t.bytes, LIMIT_BLOB_PIECE);
	if ((code = piece_read(line, files, &t, e)) == ERR_OK)
		code = piece_keep(c, &t, e);
	if (code == ERR_OK && t.at + t.bytes.len == t.file.size) {
		code = engine_content_settle(
		    c->g, c->acting, NULL, &t.file, &is_right, e);
		if (code == ERR_OK && !is_right)
			code = err_set(e, ERR_INVALID, 0,
			    "the file is not what its record says");
		*n += 1;
	}
	buf_wipe(&t.bytes);
	return code;
}
