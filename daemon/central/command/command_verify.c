/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that the office holds: checked, and copied.  Both take as long as
 * there is much of it, and only read; where an engine is at work they run in a
 * process beside it (serve/beside.h).
 */
#include <string.h>

#include "common/base/file.h"
#include "common/sys/json.h"
#include "daemon/central/command/command.h"

/* The parts of a backup: its entry in the journal, which goes first so that the
 * copy says that it was made; the copy; and what devices are told when it is
 * whole.  An export has the first two.  A request without "part" is for all. */
static const char part_entry[] = COMMAND_PART_ENTRY;
static const char part_copy[] = COMMAND_PART_COPY;
static const char part_done[] = "done";

bool
command_has_part(const struct command *c, const char *part)
{
	return strcmp(command_text_or(c, "part", part), part) == 0;
}

enum err_code
command_verify(struct command *c, struct err *e)
{
	const char *text = command_text_or(c, "head", NULL);
	struct head head;
	json_t *found = NULL;
	enum err_code code = text == NULL ? ERR_OK : head_parse(text, &head, e);

	if (code == ERR_OK)
		code = engine_verify_head(
		    c->g, text == NULL ? NULL : &head, &found, e);
	if (code == ERR_OK && json_object_update(c->out, found) != 0)
		code = err_set(e, ERR_NOMEM, 0, "out of memory");
	json_decref(found);
	return code;
}

/* From now on devices are told that this much needs no other keeper. */
static enum err_code
backup_done(struct command *c, struct err *e)
{
	enum err_code code = store_begin(c->store, e);

	if (code == ERR_OK)
		code = store_backup_done(c->store, e);
	return code == ERR_OK ? store_commit(c->store, e) : code;
}

/* Copy one moment, and tell which. */
static enum err_code
backup_copy(struct command *c, const char *file, struct err *e)
{
	struct hash32 link;
	uint64_t seq;
	enum err_code code;

	if ((code = store_begin_read(c->store, e)) != ERR_OK ||
	    (code = store_log_head(c->store, &seq, &link, e)) != ERR_OK ||
	    (code = office_store_backup(c->store, file, e)) != ERR_OK)
		return code;
	store_rollback(c->store);
	return json_put_int(c->out, "seq", (int64_t)seq, e);
}

enum err_code
command_backup(struct command *c, struct err *e)
{
	const char *file;
	enum err_code code;

	if ((code = command_text(c, "file", &file, e)) != ERR_OK)
		return code;
	if (file[0] != '/')
		return err_set(e, ERR_INVALID, 0, "a whole path is wanted");
	if (command_has_part(c, part_entry) && file_exists(file)) {
		c->next = "Give another name, or move that file away first.";
		return err_set(
		    e, ERR_CONFLICT, 0, "%.150s is there already", file);
	}
	if (command_has_part(c, part_entry))
		code = engine_backup_begin(c->g, c->acting, file, e);
	if (code == ERR_OK && command_has_part(c, part_copy))
		code = backup_copy(c, file, e);
	if (code == ERR_OK && command_has_part(c, part_done))
		code = backup_done(c, e);
	return code != ERR_OK ? code : json_put_str(c->out, "file", file, e);
}

static enum err_code
with_part(const json_t *request, const char *part, json_t **out, struct err *e)
{
	json_t *copy = json_copy_all(request);
	enum err_code code = json_put_str(copy, "part", part, e);

	if (code == ERR_OK)
		*out = copy;
	else
		json_decref(copy);
	return code;
}

enum err_code
command_split(const json_t *request, struct command_parts *out, struct err *e)
{
	const char *words = json_string_value(json_object_get(request, "do"));
	enum err_code code;

	*out = (struct command_parts){ 0 };
	if (words != NULL && strcmp(words, "verify") == 0) {
		out->beside = json_incref((json_t *)(uintptr_t)request);
		return ERR_OK;
	}
	if (words == NULL ||
	    (strcmp(words, "backup") != 0 && strcmp(words, "export") != 0))
		return ERR_OK;
	code = with_part(request, part_entry, &out->first, e);
	if (code == ERR_OK)
		code = with_part(request, part_copy, &out->beside, e);
	if (code == ERR_OK && strcmp(words, "backup") == 0)
		code = with_part(request, part_done, &out->last, e);
	if (code != ERR_OK)
		command_parts_fini(out);
	return code;
}

void
command_parts_fini(struct command_parts *p)
{
	json_decref(p->first);
	json_decref(p->beside);
	json_decref(p->last);
	*p = (struct command_parts){ 0 };
}
