/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An office that has no records yet gets those that another one wrote out: all
 * of them, in one transaction, and only if what stands here then is what the
 * file says.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/file.h"
#include "common/core/path.h"
#include "common/sys/json.h"
#include "daemon/central/command/export.h"

static const struct json_limits line_limits = {
	.bytes_max = EXPORT_LINE_MAX,
	.tokens_max = LIMIT_JSON_TOKENS,
	.depth_max = 16,
};

struct everything {
	struct command *c;
	FILE *file;
	struct digest found;  /* of the lines, and then of what stands */
	struct digest wanted; /* as the last line says */
	uint64_t records, users;
	uint64_t lines;
	bool has_office, has_end;
	bool of_users; /* which records are being made */
	json_t *names; /* of the colleagues who were here before */
	json_t *files; /* that records name */
	uint64_t files_n, files_wanted;
};

/* ---- lines ---- */

typedef enum err_code (*line_take)(struct everything *v, const char *kind,
    const json_t *line, const char *text, struct err *e);

static enum err_code
line_refuse(const struct everything *v, const struct err *why, struct err *e)
{
	return err_set(e, ERR_INVALID, 0, "line %llu: %.300s",
	    (unsigned long long)v->lines, why->msg);
}

static enum err_code
line_read(struct everything *v, const char *text, size_t len, line_take take,
    struct err *e)
{
	struct err why = { 0 };
	json_t *line = NULL;
	const char *kind;
	enum err_code code = json_parse(text, len, &line_limits, &line, &why);

	if (code == ERR_OK) {
		kind = json_string_value(json_object_get(line, "line"));
		code = kind == NULL ? err_set(&why, ERR_INVALID, 0,
		                          "it does not say what it is")
		                    : take(v, kind, line, text, &why);
	}
	json_decref(line);
	if (code == ERR_MALFORMED || code == ERR_INVALID || code == ERR_NEWER)
		return line_refuse(v, &why, e);
	if (code != ERR_OK && e != NULL)
		*e = why;
	return code;
}

static enum err_code
each_line(struct everything *v, line_take take, struct err *e)
{
	char *text = NULL;
	size_t room = 0;
	ssize_t len;
	enum err_code code = ERR_OK;

	rewind(v->file);
	v->lines = 0;
	while (code == ERR_OK && (len = getline(&text, &room, v->file)) > 0) {
		v->lines++;
		if (text[len - 1] == '\n')
			text[--len] = '\0';
		code = line_read(v, text, (size_t)len, take, e);
	}
	free(text);
	if (code == ERR_OK && ferror(v->file))
		code = err_set(e, ERR_IO, errno, "the file cannot be read");
	return code;
}

/* ---- first: is it whole? ---- */

static enum err_code
check_office(struct everything *v, const json_t *line, struct err *e)
{
	const int64_t here = schema_version(engine_schema(v->c->g));
	int64_t form, schema;
	enum err_code code = json_get_int(line, "v", &form, e);

	if (code != ERR_OK ||
	    (code = json_get_int(line, "schema", &schema, e)) != ERR_OK)
		return code;
	v->has_office = true;
	if (form == EXPORT_FORMAT && schema <= here)
		return ERR_OK;
	v->c->next = "Bring this office's programs up to date first.";
	return err_set(e, ERR_NEWER, 0,
	    "it was written by a newer program than this office has");
}

static enum err_code
check_end(struct everything *v, const json_t *line, struct err *e)
{
	int64_t n, files = 0;
	enum err_code code = json_get_int(line, "records", &n, e);

	if (code == ERR_OK && json_has(line, "files"))
		code = json_get_int(line, "files", &files, e);
	if (code == ERR_OK)
		code = json_get_hex(
		    line, "digest", v->wanted.sum.b, HASH32_LEN, e);
	if (code != ERR_OK)
		return code;
	v->files_wanted = files < 0 ? 0 : (uint64_t)files;
	v->has_end = true;
	return n >= 0 && (uint64_t)n == v->records
	    ? ERR_OK
	    : err_set(e, ERR_INVALID, 0, "records are missing before it");
}

static enum err_code
check_line(struct everything *v, const char *kind, const json_t *line,
    const char *text, struct err *e)
{
	if (v->has_end)
		return err_set(e, ERR_INVALID, 0, "it stands behind the end");
	if (strcmp(kind, "office") == 0)
		return check_office(v, line, e);
	if (!v->has_office)
		return err_set(e, ERR_INVALID, 0,
		    "it stands before the line of the office");
	if (strcmp(kind, "end") == 0)
		return check_end(v, line, e);
	if (strcmp(kind, "record") == 0) {
		export_digest_add(&v->found, text, strlen(text));
		v->records++;
	}
	return ERR_OK;
}

static enum err_code
file_check(struct everything *v, struct err *e)
{
	enum err_code code = each_line(v, check_line, e);

	v->c->next = v->c->next != NULL
	    ? v->c->next
	    : "Take the file that visitbook-central export wrote, unchanged.";
	if (code == ERR_OK && !v->has_end)
		code = err_set(e, ERR_INVALID, 0,
		    "the file is not whole: its last line is missing");
	if (code == ERR_OK && !hash32_equal(v->found.sum, v->wanted.sum))
		code = err_set(e, ERR_INVALID, 0,
		    "the file was changed: its digest is another");
	if (code == ERR_OK)
		v->c->next = NULL;
	return code;
}

/* ---- second: is there nothing here? ---- */

static bool
type_note(void *arg, struct id id, const char *type, struct version version)
{
	struct everything *v = arg;
	const char *account = schema_account_type(engine_schema(v->c->g))->name;

	(void)version;
	if (strcmp(type, account) == 0 ||
	    id_equal(id, engine_settings_id(v->c->g)))
		return true;
	v->has_office = false;
	return false;
}

static bool
name_note(void *arg, const struct office_user *u)
{
	struct everything *v = arg;

	return json_object_set_new(v->names, u->name, json_true()) == 0;
}

static enum err_code
empty_check(struct everything *v, struct err *e)
{
	enum err_code code = store_records(
	    v->c->store, NULL, NULL, SIZE_MAX >> 1U, type_note, v, e);

	if (code == ERR_OK && v->has_office)
		code = store_users(v->c->store, name_note, v, e);
	if (code != ERR_OK || v->has_office)
		return code;
	v->c->next = "Set up a new office with visitbook-central init, and "
	             "import into that.";
	return err_set(e, ERR_CONFLICT, 0, "this office has records already");
}

/* ---- third: make them ---- */

/* The account that goes with the record of a colleague; without a passphrase.
 */
static enum err_code
user_put(struct everything *v, const struct everything_record *x, struct err *e)
{
	const struct schema_account *as = &x->type->account;
	const char *name = json_string_value(path_get(x->doc, as->name));
	const char *role = json_string_value(path_get(x->doc, as->role));
	struct office_user u = { .id = x->id,
		.is_active = json_is_true(path_get(x->doc, as->active)) };
	const struct id_text id = id_print(x->id);
	const struct audit_entry a = {
		.actor = v->c->acting, .action = "user.add", .object = id.s
	};
	struct log_entry entry;
	enum err_code code;

	if (name == NULL || role == NULL || strlen(name) >= sizeof(u.name) ||
	    strlen(role) >= sizeof(u.role))
		return err_set(
		    e, ERR_INVALID, 0, "a colleague has no name or no role");
	/* Whoever signs in here would not be known by the name any more. */
	if (json_has(v->names, name)) {
		v->c->next = "Set up a new office whose administrators have "
		             "other names, and import into that.";
		return err_set(e, ERR_INVALID, 0,
		    "there is a colleague here who is called %.80s too", name);
	}
	(void)snprintf(u.name, sizeof(u.name), "%s", name);
	(void)snprintf(u.role, sizeof(u.role), "%s", role);
	v->users++;
	code = store_user_put(v->c->store, &u, e);
	return code == ERR_OK ? engine_audit(v->c->g, &a, &entry, e) : code;
}

static enum err_code
record_make(struct everything *v, const json_t *line, struct err *e)
{
	struct everything_record x = { .doc = json_object_get(line, "doc") };
	const char *type;
	char here[65];
	enum err_code code = json_get_id(line, "id", &x.id, e);

	if (code != ERR_OK ||
	    (code = json_get_id(line, "author", &x.author, e)) != ERR_OK ||
	    (code = json_get_str(line, "type", &type, NULL, e)) != ERR_OK)
		return code;
	x.type = schema_type(engine_schema(v->c->g), type);
	if (x.type == NULL || !json_is_object(x.doc))
		return err_set(e, ERR_INVALID, 0, "it is no record");
	if ((x.type->account.name != NULL) != v->of_users)
		return ERR_OK;
	code = store_record_type(v->c->store, x.id, here, e);
	if (code == ERR_OK)
		return err_set(
		    e, ERR_INVALID, 0, "this record is here already");
	if (code != ERR_NOTFOUND ||
	    (code = everything_record_save(v->c, &x, e)) != ERR_OK)
		return code;
	return v->of_users ? user_put(v, &x, e) : ERR_OK;
}

/* How the office works is said in a record whose id is the office's own. */
static enum err_code
settings_make(struct everything *v, const json_t *line, struct err *e)
{
	struct everything_record x = { .id = engine_settings_id(v->c->g),
		.author = v->c->acting,
		.doc = json_object_get(line, "doc") };
	const char *type;
	char here[65];
	enum err_code code = json_get_str(line, "type", &type, NULL, e);

	if (code != ERR_OK)
		return code;
	x.type = schema_type(engine_schema(v->c->g), type);
	if (x.type == NULL || x.type->deciding.author == NULL)
		return err_set(e, ERR_INVALID, 0, "these are no settings");
	code = store_record_type(v->c->store, x.id, here, e);
	if (code != ERR_OK && code != ERR_NOTFOUND)
		return code;
	x.is_here = code == ERR_OK;
	return everything_record_save(v->c, &x, e);
}

static enum err_code
make_line(struct everything *v, const char *kind, const json_t *line,
    const char *text, struct err *e)
{
	(void)text;
	if (strcmp(kind, "record") == 0)
		return record_make(v, line, e);
	return strcmp(kind, "settings") == 0 && !v->of_users
	    ? settings_make(v, line, e)
	    : ERR_OK;
}

/* ---- last: does the same stand here? ---- */

static enum err_code
stand_line(struct everything *v, const char *kind, const json_t *line,
    const char *text, struct err *e)
{
	struct record r;
	struct buf out;
	struct id id;
	enum err_code code;

	if (strcmp(kind, "record") != 0)
		return ERR_OK;
	if ((code = json_get_id(line, "id", &id, e)) != ERR_OK ||
	    (code = store_record_get(v->c->store, id, &r, e)) != ERR_OK)
		return code;
	buf_init(&out, EXPORT_LINE_MAX);
	code = everything_file_note(v->c, &r, v->files, e);
	if (code == ERR_OK)
		code = export_record_print(&r, &out, &v->found, e);
	if (code == ERR_OK && strcmp(out.ptr, text) != 0)
		code = err_set(
		    e, ERR_INVALID, 0, "the record would not be the same here");
	buf_wipe(&out);
	record_fini(&r);
	return code;
}

/* ---- and the files that they name ---- */

static enum err_code
file_line(struct everything *v, const char *kind, const json_t *line,
    const char *text, struct err *e)
{
	(void)text;
	return strcmp(kind, "file") == 0
	    ? everything_file_take(v->c, line, v->files, &v->files_n, e)
	    : ERR_OK;
}

static enum err_code
said(struct everything *v, const char *file, struct err *e)
{
	const struct audit_entry a = { .actor = v->c->acting,
		.action = "import.everything",
		.object = file };
	struct log_entry entry;

	return engine_audit(v->c->g, &a, &entry, e);
}

static enum err_code
all_make(struct everything *v, const char *file, struct err *e)
{
	enum err_code code = store_begin(v->c->store, e);

	if (code != ERR_OK || (code = empty_check(v, e)) != ERR_OK ||
	    (code = said(v, file, e)) != ERR_OK)
		return code;
	v->of_users = true;
	if ((code = each_line(v, make_line, e)) != ERR_OK)
		return code;
	v->of_users = false;
	if ((code = each_line(v, make_line, e)) != ERR_OK)
		return code;
	v->found = (struct digest){ 0 };
	if ((code = each_line(v, stand_line, e)) != ERR_OK ||
	    (code = each_line(v, file_line, e)) != ERR_OK)
		return code;
	if (v->files_n != v->files_wanted)
		return err_set(e, ERR_INVALID, 0,
		    "the file is not whole: files beside records are missing");
	return store_commit(v->c->store, e);
}

static enum err_code
answer_put(struct everything *v, const char *file, struct err *e)
{
	json_t *out = v->c->out;
	enum err_code code;

	if ((code = json_put_str(out, "file", file, e)) != ERR_OK ||
	    (code = json_put_int(out, "records", (int64_t)v->records, e)) !=
	        ERR_OK ||
	    (code = json_put_int(out, "users", (int64_t)v->users, e)) !=
	        ERR_OK ||
	    (code = json_put_int(out, "files", (int64_t)v->files_n, e)) !=
	        ERR_OK)
		return code;
	return json_put_hex(out, "digest", v->found.sum.b, HASH32_LEN, e);
}

static enum err_code
folder_take(struct everything *v, const char *folder, struct err *e)
{
	char path[FILE_PATH_MAX];
	enum err_code code;

	if (folder[0] != '/' || !file_join(path, folder, EXPORT_NAME))
		return err_set(e, ERR_INVALID, 0, "a whole path is wanted");
	v->file = fopen(path, "re");
	if (v->file == NULL) {
		v->c->next =
		    "Name the folder that visitbook-central export made.";
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_IO,
		    errno, "%.200s: %s", path, strerror(errno));
	}
	if ((code = file_check(v, e)) == ERR_OK &&
	    (code = all_make(v, path, e)) == ERR_OK)
		code = answer_put(v, path, e);
	(void)fclose(v->file);
	return code;
}

enum err_code
command_import_everything(struct command *c, struct err *e)
{
	struct everything v = {
		.c = c, .names = json_object(), .files = json_object()
	};
	const char *folder;
	enum err_code code = command_text(c, "file", &folder, e);

	if (code == ERR_OK && (v.names == NULL || v.files == NULL))
		code = err_set(e, ERR_NOMEM, 0, "out of memory");
	if (code == ERR_OK)
		code = folder_take(&v, folder, e);
	json_decref(v.names);
	json_decref(v.files);
	return code;
}
