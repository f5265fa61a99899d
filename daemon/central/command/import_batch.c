/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was imported stands in the office's journal: an audit entry behind the
 * changes of an import says which they are, and another that it was undone.
 * All are entries about one id, by which they are found.
 *
 * The object of "import" is a JSON object with import, type, first, last, made,
 * changed and refused, the reason is the file's name; the object of
 * "import.undo" is the import's id.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/sys/crypto.h"
#include "common/sys/json.h"
#include "daemon/central/command/import.h"

#define IMPORTED "import"
#define UNDONE "import.undo"
#define OBJECT_CAP ((size_t)1024)

static struct id
about_imports(void)
{
	static const char name[] = "vb/import/v1";
	const struct hash32 hash = crypto_sha256(name, strlen(name));

	return id_from_hash(hash.b);
}

static enum err_code
put(struct command *c, const char *action, const char *object,
    const char *reason, struct err *e)
{
	const struct id about = about_imports();
	const struct audit_entry entry = { .actor = c->acting,
		.action = action,
		.object = object,
		.reason = reason,
		.about = &about };
	struct log_entry logged;

	return engine_audit(c->g, &entry, &logged, e);
}

static enum err_code
counts_put(const struct import_batch *b, json_t *out, struct err *e)
{
	enum err_code code;

	if ((code = json_put_id(out, "import", b->id, e)) != ERR_OK ||
	    (code = json_put_str(out, "type", b->type, e)) != ERR_OK ||
	    (code = json_put_int(out, "made", (int64_t)b->made, e)) != ERR_OK ||
	    (code = json_put_int(out, "changed", (int64_t)b->changed, e)) !=
	        ERR_OK)
		return code;
	return json_put_int(out, "refused", (int64_t)b->refused, e);
}

enum err_code
import_batch_put(struct command *c, const struct import_batch *b, struct err *e)
{
	json_t *object = json_object();
	struct buf text;
	enum err_code code = counts_put(b, object, e);

	buf_init(&text, OBJECT_CAP);
	if (code == ERR_OK &&
	    (code = json_put_int(object, "first", (int64_t)b->first, e)) ==
	        ERR_OK &&
	    (code = json_put_int(object, "last", (int64_t)b->last, e)) ==
	        ERR_OK &&
	    (code = json_print(object, &text, e)) == ERR_OK)
		code = put(c, IMPORTED, text.ptr, b->file, e);
	json_decref(object);
	buf_fini(&text);
	return code;
}

enum err_code
import_batch_undone(
    struct command *c, const struct import_batch *b, struct err *e)
{
	return put(c, UNDONE, id_print(b->id).s,
	    command_text_or(c, "reason", NULL), e);
}

/* ---- reading them ---- */

struct entries {
	struct log_entry *all;
	size_t n, room;
	bool failed;
};

static bool
entry_keep(void *arg, const struct log_entry *l)
{
	struct entries *list = arg;

	if (list->n == list->room) {
		const size_t room = list->room == 0 ? 64 : list->room * 2;
		struct log_entry *all = realloc(list->all, room * sizeof(*all));

		if (all == NULL) {
			list->failed = true;
			return false;
		}
		list->all = all;
		list->room = room;
	}
	list->all[list->n++] = *l;
	return true;
}

static bool
batch_read(const char *object, struct import_batch *b)
{
	static const struct json_limits limits = {
		.bytes_max = OBJECT_CAP, .tokens_max = 64, .depth_max = 2
	};
	json_t *o = NULL;
	const bool ok =
	    json_parse(object, strlen(object), &limits, &o, NULL) == ERR_OK &&
	    json_get_id(o, "import", &b->id, NULL) == ERR_OK &&
	    json_get_short(o, "type", b->type, sizeof(b->type), NULL) ==
	        ERR_OK &&
	    json_get_uint(o, "first", &b->first, NULL) == ERR_OK &&
	    json_get_uint(o, "last", &b->last, NULL) == ERR_OK &&
	    json_get_uint(o, "made", &b->made, NULL) == ERR_OK &&
	    json_get_uint(o, "changed", &b->changed, NULL) == ERR_OK &&
	    json_get_uint(o, "refused", &b->refused, NULL) == ERR_OK;

	json_decref(o);
	return ok;
}

/* One entry adds a batch, or says of one that it was undone. */
static void
entry_read(const struct log_entry *l, const struct change *c,
    struct import_batch *all, size_t *n)
{
	const char *object = engine_audit_text(c, "object");
	struct import_batch b = {
		.device = l->device, .by = c->author, .at = l->time
	};

	if (strcmp(engine_audit_text(c, "action"), IMPORTED) == 0 &&
	    batch_read(object, &b)) {
		(void)snprintf(b.file, sizeof(b.file), "%s",
		    engine_audit_text(c, "reason"));
		all[(*n)++] = b;
		return;
	}
	if (strcmp(engine_audit_text(c, "action"), UNDONE) != 0 ||
	    !id_parse(object, &b.id))
		return;
	for (size_t i = 0; i < *n; i++)
		all[i].is_undone |= id_equal(all[i].id, b.id);
}

static enum err_code
entry_load(struct command *c, const struct log_entry *l,
    struct import_batch *all, size_t *n, struct err *e)
{
	struct intake_change stored;
	struct change change;
	enum err_code code =
	    store_intake_get(c->store, l->device, l->counter, &stored, e);

	if (code != ERR_OK)
		return code;
	code = intake_change_read(&stored, &change, e);
	intake_change_fini(&stored);
	if (code != ERR_OK)
		return code;
	entry_read(l, &change, all, n);
	change_fini(&change);
	return ERR_OK;
}

enum err_code
import_batches(
    struct command *c, struct import_batch **out, size_t *n_out, struct err *e)
{
	struct entries list = { .n = 0 };
	struct import_batch *all = NULL;
	size_t n = 0;
	enum err_code code = store_log_of_record(
	    c->store, about_imports(), 0, false, entry_keep, &list, e);

	if (code == ERR_OK &&
	    (list.failed || (all = calloc(list.n + 1, sizeof(*all))) == NULL))
		code = err_set(e, ERR_NOMEM, 0, "out of memory");
	for (size_t i = 0; i < list.n && code == ERR_OK; i++)
		code = entry_load(c, &list.all[i], all, &n, e);
	free(list.all);
	if (code != ERR_OK) {
		free(all);
		return code;
	}
	*out = all;
	*n_out = n;
	return ERR_OK;
}

enum err_code
import_batch_find(struct command *c, struct import_batch *out, struct err *e)
{
	struct import_batch *all;
	const char *text;
	struct id id;
	size_t n, i = 0;
	enum err_code code = command_text(c, "import", &text, e);

	if (code != ERR_OK)
		return code;
	if (!id_parse(text, &id))
		return err_set(e, ERR_INVALID, 0, "%.60s is no id", text);
	if ((code = import_batches(c, &all, &n, e)) != ERR_OK)
		return code;
	while (i < n && !id_equal(all[i].id, id))
		i++;
	if (i < n)
		*out = all[i];
	else
		code = err_set(e, ERR_NOTFOUND, 0, "there is no import %s",
		    id_print(id).s);
	free(all);
	return code;
}

enum err_code
import_batch_json(const struct import_batch *b, json_t *out, struct err *e)
{
	enum err_code code;

	if ((code = counts_put(b, out, e)) != ERR_OK ||
	    (code = json_put_str(out, "file", b->file, e)) != ERR_OK ||
	    (code = json_put_id(out, "by", b->by, e)) != ERR_OK ||
	    (code = json_put_int(out, "at", (int64_t)b->at, e)) != ERR_OK)
		return code;
	return json_put_bool(out, "undone", b->is_undone, e);
}
