/* SPDX-License-Identifier: Apache-2.0 */
#include "client/export_text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/commands.h"
#include "client/core/view_json.h"
#include "client/output.h"
#include "client/save.h"
#include "common/core/path.h"

/* So much of a title goes into a file's name. */
#define NAME_TITLE_MAX 80
/* And so much of the id's end, which no two records made at once share. */
#define NAME_ID_CHARS 12

struct ids {
	struct id *list;
	size_t n, cap;
	bool no_memory;
};

static bool
take_id(void *arg, const struct record_summary *r)
{
	struct ids *ids = arg;
	struct id *more;

	if (ids->n == ids->cap) {
		ids->cap = ids->cap == 0 ? 256 : ids->cap * 2;
		more = realloc(ids->list, ids->cap * sizeof(*more));
		ids->no_memory = more == NULL;
		if (more == NULL)
			return false;
		ids->list = more;
	}
	ids->list[ids->n++] = r->id;
	return true;
}

/* A title as part of a file's name: no separators, nothing hidden, no half
 * characters. */
static void
plain_name(const char *title, char out[static NAME_TITLE_MAX + 1])
{
	size_t len = strlen(title);

	if (len > NAME_TITLE_MAX) {
		len = NAME_TITLE_MAX;
		while (len > 0 && ((unsigned char)title[len] & 0xC0U) == 0x80U)
			len--;
	}
	for (size_t i = 0; i < len; i++) {
		unsigned char ch = (unsigned char)title[i];
		bool is_odd = ch < 0x20 || ch == 0x7F ||
		    strchr("/\\:*?\"<>|", ch) != NULL || (i == 0 && ch == '.');

		out[i] = (char)(is_odd ? '-' : ch);
	}
	out[len] = '\0';
}

/* FOLDER/PLURAL/TITLE ID.txt; false when it is too long. */
static bool
text_path(struct client *c, const char *folder, const struct schema_type *type,
    struct id id, char out[static FILE_PATH_MAX])
{
	char title[TITLE_MAX], name[NAME_TITLE_MAX + 1];
	char file[NAME_TITLE_MAX + NAME_ID_CHARS + 8], in[FILE_PATH_MAX];
	struct id_text text = id_print(id);

	record_title(c, text.s, title);
	plain_name(strcmp(title, text.s) == 0 ? "" : title, name);
	(void)snprintf(file, sizeof(file), "%s%s%s.txt", name,
	    *name != '\0' ? " " : "", text.s + ID_TEXT_LEN - NAME_ID_CHARS);
	return file_join(in, folder, type->plural) && file_join(out, in, file);
}

/* The record that this one's text stands behind, if it is here. */
static const struct schema_type *
text_home(struct client *c, const struct record *r, struct id *id_out)
{
	const struct schema_type *type = schema_type(c->schema, r->type);
	const char *with = type->signing.with;
	const struct schema_field *field =
	    with == NULL ? NULL : schema_find_field(type, with);
	const char *text =
	    with == NULL ? NULL : json_string_value(path_get(r->doc, with));
	struct record_view view;

	if (field == NULL || text == NULL || !id_parse(text, id_out) ||
	    device_store_get(c->store, *id_out, &view, NULL) != ERR_OK)
		return NULL;
	type = schema_type(c->schema, view.record.type);
	record_view_fini(&view);
	return type;
}

/* Append what `show` tells of the record to the file at path. */
static enum err_code
write_text(struct client *c, const struct record_view *view, const char *path,
    struct err *e)
{
	int fd = open(
	    path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "a");
	json_t *shown = json_object();
	uint64_t now_ms;
	enum err_code code;
	bool ok;

	if (f == NULL) {
		code = err_set(
		    e, ERR_IO, errno, "%.180s: %s", path, strerror(errno));
		if (fd >= 0)
			(void)close(fd); /* nothing was written */
		goto out;
	}
	code = device_store_office_ms(c->store, &now_ms, e);
	if (code == ERR_OK)
		code = view_to_json(c->type, view, now_ms, shown, e);
	output_to(f);
	if (code == ERR_OK) {
		if (ftell(f) > 0)
			output("\n");
		show_human(c, shown);
	}
	output_to(NULL);
	ok = fflush(f) == 0 && ferror(f) == 0 && fsync(fd) == 0;
	if (code == ERR_OK && !ok)
		code = err_set(
		    e, ERR_IO, errno, "%.180s: %s", path, strerror(errno));
	if (fclose(f) != 0 && code == ERR_OK)
		code = err_set(
		    e, ERR_IO, errno, "%.180s: %s", path, strerror(errno));
out:
	json_decref(shown);
	return code;
}

static enum err_code
write_record(struct client *c, const char *folder, struct id id, struct err *e)
{
	const struct schema_type *type;
	char path[FILE_PATH_MAX];
	struct record_view view;
	struct id home = id;
	enum err_code code = device_store_get(c->store, id, &view, e);

	if (code != ERR_OK)
		return code;
	type = text_home(c, &view.record, &home);
	if (type == NULL) {
		type = c->type;
		home = id;
	}
	code = text_path(c, folder, type, home, path)
	    ? write_text(c, &view, path, e)
	    : err_set(e, ERR_INVALID, 0, "the path is too long");
	record_view_fini(&view);
	return code;
}

static enum err_code
make_type_folder(
    const char *folder, const struct schema_type *type, struct err *e)
{
	char path[FILE_PATH_MAX];

	if (!file_join(path, folder, type->plural))
		return err_set(e, ERR_INVALID, 0, "the path is too long");
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return err_set(
		    e, ERR_IO, errno, "%.180s: %s", path, strerror(errno));
	return ERR_OK;
}

/* Every record of c->type. */
static enum err_code
write_type(struct client *c, const char *folder, uint64_t *texts, struct err *e)
{
	struct ids ids = { .list = NULL };
	enum err_code code = device_store_list(
	    c->store, c->type->name, NULL, INT32_MAX, take_id, &ids, e);

	if (code == ERR_OK && ids.no_memory)
		code = err_set(e, ERR_NOMEM, 0, "out of memory");
	if (code == ERR_OK && ids.n > 0)
		code = make_type_folder(folder, c->type, e);
	/* Oldest first, so that the notes of a visit stand in their order. */
	for (size_t i = ids.n; i > 0 && code == ERR_OK; i--) {
		code = write_record(c, folder, ids.list[i - 1], e);
		(*texts)++;
	}
	free(ids.list);
	return code;
}

enum err_code
export_texts(
    struct client *c, const char *folder, uint64_t *texts_out, struct err *e)
{
	size_t n = schema_types_n(c->schema);
	enum err_code code = ERR_OK;

	*texts_out = 0;
	/* What stands behind another record comes after it. */
	for (int last = 0; last <= 1; last++)
		for (size_t i = 0; i < n && code == ERR_OK; i++) {
			c->type = schema_type_at(c->schema, i);
			if ((c->type->signing.with != NULL) == (last == 1))
				code = write_type(c, folder, texts_out, e);
		}
	c->type = NULL;
	return code;
}
