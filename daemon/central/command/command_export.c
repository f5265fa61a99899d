/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that the office's records say goes into a file, as of one moment.
 * It only reads, and runs beside the engine as a backup does; the journal says
 * first who had it made.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/sys/json.h"
#include "daemon/central/command/export.h"
#include "daemon/central/engine/meta_names.h"

#define AT_ONCE ((size_t)500)

/* ---- one line ---- */

void
export_digest_add(struct digest *digest, const char *line, size_t len)
{
	const struct hash32 hash = crypto_sha256(line, len);

	digest_add(digest, &hash);
}

static enum err_code
line_begin(
    const char *kind, const struct record *r, json_t **out, struct err *e)
{
	json_t *line = json_object();
	enum err_code code;

	if ((code = json_put_str(line, "line", kind, e)) == ERR_OK &&
	    r != NULL) {
		if ((code = json_put_id(line, "id", r->id, e)) == ERR_OK &&
		    (code = json_put_str(line, "type", r->type, e)) == ERR_OK)
			code =
			    json_put_take(line, "doc", json_incref(r->doc), e);
		if (code == ERR_OK)
			code = json_put_id(line, "author", r->author, e);
	}
	if (code == ERR_OK)
		*out = line;
	else
		json_decref(line);
	return code;
}

static enum err_code
line_print(json_t *line, struct buf *out, struct err *e)
{
	enum err_code code = json_print(line, out, e);

	json_decref(line);
	return code;
}

enum err_code
export_record_print(const struct record *r, struct buf *out,
    struct digest *digest, struct err *e)
{
	const size_t from = out->len;
	json_t *line = NULL;
	enum err_code code = line_begin("record", r, &line, e);

	if (code == ERR_OK)
		code = line_print(line, out, e);
	if (code == ERR_OK)
		export_digest_add(digest, out->ptr + from, out->len - from);
	return code;
}

/* The questions about a record that wait for somebody: told, for who looks, and
 * not made again. */
static enum err_code
open_print(const struct record *r, struct buf *out, bool *any, struct err *e)
{
	json_t *line = json_object(), *list = json_array(), *all = NULL;
	enum err_code code = record_to_json(r, &all, e);

	for (size_t i = 0; i < r->n_conflicts && code == ERR_OK; i++)
		if (conflict_is_open(&r->conflicts[i]))
			code = json_add_take(list,
			    json_incref(json_array_get(
			        json_object_get(all, "conflicts"), i)),
			    e);
	*any = json_array_size(list) > 0;
	if (code == ERR_OK &&
	    (code = json_put_str(line, "line", "open", e)) == ERR_OK &&
	    (code = json_put_id(line, "id", r->id, e)) == ERR_OK)
		code = json_put_take(line, "conflicts", json_incref(list), e);
	if (code == ERR_OK && *any)
		code = json_print(line, out, e);
	json_decref(line);
	json_decref(list);
	json_decref(all);
	return code;
}

/* ---- the file ---- */

struct exporting {
	struct command *c;
	int fd;
	struct digest digest;
	uint64_t records, open;
	json_t *files;          /* those that records name */
	struct export_files to; /* and how they go out */
	struct id ids[AT_ONCE]; /* a page */
	size_t n;
};

static enum err_code
line_write(struct exporting *x, struct buf *line, struct err *e)
{
	enum err_code code = buf_add_char(line, '\n')
	    ? file_write_all(x->fd, line->ptr, line->len, e)
	    : err_set(e, ERR_NOMEM, 0, "out of memory");

	buf_wipe(line);
	return code;
}

static enum err_code
begin_write(struct exporting *x, struct err *e)
{
	struct engine *g = x->c->g;
	struct hash32 link;
	uint64_t seq;
	struct buf line, office;
	json_t *j = NULL;
	enum err_code code = store_log_head(x->c->store, &seq, &link, e);

	if (code != ERR_OK ||
	    (code = line_begin("office", NULL, &j, e)) != ERR_OK)
		return code;
	buf_init(&line, EXPORT_LINE_MAX);
	buf_init(&office, META_VALUE_MAX);
	code = store_meta_get(x->c->store, META_OFFICE, &office, e);
	if (code == ERR_OK)
		code = json_put_text(j, "office", office.ptr, office.len, e);
	buf_fini(&office);
	if (code == ERR_OK &&
	    (code = json_put_int(j, "v", EXPORT_FORMAT, e)) == ERR_OK &&
	    (code = json_put_int(
	         j, "schema", schema_version(engine_schema(g)), e)) == ERR_OK &&
	    (code = json_put_int(j, "seq", (int64_t)seq, e)) == ERR_OK)
		code = json_put_int(j, "at", (int64_t)clock_unix_ms(), e);
	if (code == ERR_OK)
		code = json_print(j, &line, e);
	json_decref(j);
	return code == ERR_OK ? line_write(x, &line, e) : code;
}

static enum err_code
end_write(struct exporting *x, struct err *e)
{
	struct buf line;
	json_t *j = NULL;
	enum err_code code = line_begin("end", NULL, &j, e);

	if (code != ERR_OK)
		return code;
	buf_init(&line, EXPORT_LINE_MAX);
	if ((code = json_put_int(j, "records", (int64_t)x->records, e)) ==
	        ERR_OK &&
	    (code = json_put_int(j, "files", (int64_t)x->to.n, e)) == ERR_OK)
		code =
		    json_put_hex(j, "digest", x->digest.sum.b, HASH32_LEN, e);
	if (code == ERR_OK)
		code = json_print(j, &line, e);
	json_decref(j);
	if (code == ERR_OK)
		code = line_write(x, &line, e);
	return code;
}

static enum err_code
settings_write(struct exporting *x, const struct record *r, struct err *e)
{
	struct buf line;
	json_t *j = NULL;
	enum err_code code = line_begin("settings", r, &j, e);

	buf_init(&line, EXPORT_LINE_MAX);
	if (code == ERR_OK)
		code = line_print(j, &line, e);
	if (code == ERR_OK)
		code = line_write(x, &line, e);
	buf_wipe(&line);
	return code;
}

static enum err_code
record_write(struct exporting *x, const struct record *r, struct err *e)
{
	struct buf line;
	bool any = false;
	enum err_code code;

	if (id_equal(r->id, engine_settings_id(x->c->g)))
		return settings_write(x, r, e);
	buf_init(&line, EXPORT_LINE_MAX);
	if ((code = everything_file_note(x->c, r, x->files, e)) == ERR_OK &&
	    (code = export_record_print(r, &line, &x->digest, e)) == ERR_OK &&
	    (code = line_write(x, &line, e)) == ERR_OK &&
	    (code = open_print(r, &line, &any, e)) == ERR_OK && any)
		code = line_write(x, &line, e);
	buf_wipe(&line);
	x->records++;
	x->open += any;
	return code;
}

static bool
id_keep(void *arg, struct id id, const char *type, struct version version)
{
	struct exporting *x = arg;

	(void)type;
	(void)version;
	x->ids[x->n++] = id;
	return x->n < AT_ONCE;
}

/* What was removed is no longer there for anybody, and stays behind. */
static enum err_code
page_write(struct exporting *x, struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < x->n && code == ERR_OK; i++) {
		struct record r;

		code = store_record_get(x->c->store, x->ids[i], &r, e);
		if (code != ERR_OK)
			return code;
		if (json_object_size(r.doc) > 0)
			code = record_write(x, &r, e);
		record_fini(&r);
	}
	return code;
}

static enum err_code
file_write(void *arg, struct buf *line, struct err *e)
{
	return line_write(arg, line, e);
}

static enum err_code
all_write(struct exporting *x, struct err *e)
{
	struct id after = { 0 };
	bool first = true;
	enum err_code code = begin_write(x, e);

	if (code != ERR_OK)
		return code;
	do {
		x->n = 0;
		code = store_records(x->c->store, NULL, first ? NULL : &after,
		    AT_ONCE, id_keep, x, e);
		if (code == ERR_OK)
			code = page_write(x, e);
		if (x->n > 0)
			after = x->ids[x->n - 1];
		first = false;
	} while (code == ERR_OK && x->n == AT_ONCE);
	if (code == ERR_OK)
		code = export_files_print(x->c, &x->to, e);
	return code == ERR_OK ? end_write(x, e) : code;
}

static enum err_code
target_refuse(struct command *c, const char *path, struct err *e)
{
	const int failed = errno;

	c->next = failed == EEXIST
	    ? "Give another folder, or move that file away first."
	    : "Name a folder that the office's user may write to.";
	return err_set(e, failed == EEXIST ? ERR_CONFLICT : ERR_IO, failed,
	    "%.150s: %s", path,
	    failed == EEXIST ? "is there already" : strerror(failed));
}

static enum err_code
answer_put(const struct exporting *x, const char *path, struct err *e)
{
	json_t *out = x->c->out;
	enum err_code code;

	if ((code = json_put_str(out, "file", path, e)) != ERR_OK ||
	    (code = json_put_int(out, "records", (int64_t)x->records, e)) !=
	        ERR_OK ||
	    (code = json_put_int(out, "open", (int64_t)x->open, e)) != ERR_OK ||
	    (code = json_put_int(out, "files", (int64_t)x->to.n, e)) != ERR_OK)
		return code;
	return json_put_hex(out, "digest", x->digest.sum.b, HASH32_LEN, e);
}

/* All of the file or none; only the user of the office reads it. */
static enum err_code
file_make(struct command *c, const char *folder, struct err *e)
{
	char path[FILE_PATH_MAX];
	struct exporting *x;
	bool made;
	enum err_code code;

	if (!file_join(path, folder, EXPORT_NAME))
		return err_set(e, ERR_INVALID, 0, "the path is too long");
	made = mkdir(folder, 0700) == 0;
	if (!made && errno != EEXIST)
		return target_refuse(c, folder, e);
	x = calloc(1, sizeof(*x));
	if (x == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	x->c = c;
	x->files = json_object();
	x->to = (struct export_files){
		.files = x->files, .write = file_write, .arg = x
	};
	x->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (x->fd < 0) {
		code = target_refuse(c, path, e);
		json_decref(x->files);
		free(x);
		return code;
	}
	if ((code = store_begin_read(c->store, e)) == ERR_OK)
		code = all_write(x, e);
	store_rollback(c->store);
	if (code == ERR_OK && fsync(x->fd) != 0)
		code = target_refuse(c, path, e);
	(void)close(x->fd);
	if (code == ERR_OK)
		code = answer_put(x, path, e);
	if (code != ERR_OK) {
		(void)unlink(path); /* half an export is none */
		if (made)
			(void)rmdir(folder);
	}
	json_decref(x->files);
	free(x);
	return code;
}

static enum err_code
said(struct command *c, const char *folder, struct err *e)
{
	const struct audit_entry a = { .actor = c->acting,
		.action = "export",
		.object = folder,
		.reason = command_text_or(c, "reason", NULL) };
	struct log_entry entry;
	enum err_code code = store_begin(c->store, e);

	if (code == ERR_OK)
		code = engine_audit(c->g, &a, &entry, e);
	return code == ERR_OK ? store_commit(c->store, e) : code;
}

enum err_code
command_export(struct command *c, struct err *e)
{
	const char *folder;
	enum err_code code = command_text(c, "file", &folder, e);

	if (code != ERR_OK)
		return code;
	if (folder[0] != '/')
		return err_set(e, ERR_INVALID, 0, "a whole path is wanted");
	if (command_has_part(c, COMMAND_PART_ENTRY))
		code = said(c, folder, e);
	if (code == ERR_OK && command_has_part(c, COMMAND_PART_COPY))
		code = file_make(c, folder, e);
	return code;
}
