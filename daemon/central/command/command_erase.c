/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Erasure: one person proposes, another confirms, and it is done with that.
 */
#include "daemon/central/engine/engine_erase.h"

#include <string.h>

#include "common/core/path.h"
#include "common/sys/json.h"
#include "daemon/central/command/command.h"
#include "daemon/central/engine/engine_dual.h"

/* A proposal is about "<record> <path> <path> ...", or the record alone for all
 * its words. */
static enum err_code
object_print(
    struct command *c, struct id *record_out, struct buf *out, struct err *e)
{
	const json_t *paths = json_object_get(c->in, "paths");
	const char *text;
	enum err_code code = command_text(c, "record", &text, e);

	if (code != ERR_OK)
		return code;
	if (!id_parse(text, record_out))
		return err_set(e, ERR_INVALID, 0, "%.60s is no id", text);
	(void)buf_add_str(out, text);
	for (size_t i = 0; i < json_array_size(paths); i++) {
		const char *path = json_string_value(json_array_get(paths, i));

		if (path == NULL || path[0] == '\0' ||
		    path_check(path, NULL) != ERR_OK)
			return err_set(e, ERR_INVALID, 0, "%.80s is no path",
			    path == NULL ? "that" : path);
		(void)buf_add_char(out, ' ');
		(void)buf_add_str(out, path);
	}
	code = buf_check(out, e);
	return code == ERR_INVALID
	    ? err_set(e, ERR_INVALID, 0,
	          "those are too many paths for one proposal")
	    : code;
}

static enum err_code
object_parse(
    const char *object, struct id *record, json_t **paths_out, struct err *e)
{
	const char *at = object + strcspn(object, " ");
	char id[ID_TEXT_LEN + 1];
	json_t *paths;
	enum err_code code = ERR_OK;

	(void)snprintf(id, sizeof(id), "%.*s", (int)(at - object), object);
	if (!id_parse(id, record))
		return err_set(e, ERR_CORRUPT, 0, "the proposal does not read");
	*paths_out = NULL;
	if (*at == '\0')
		return ERR_OK;
	paths = json_array();
	while (*at == ' ' && code == ERR_OK) {
		size_t len = strcspn(at + 1, " ");

		code = json_add_take(paths, json_stringn(at + 1, len), e);
		at += 1 + len;
	}
	if (code == ERR_OK)
		*paths_out = paths;
	else
		json_decref(paths);
	return code;
}

/* Nothing could ever have been written there: the schema does not know the
 * path, and the record never had it.  (A change that is held may hold words at
 * any path that the schema knows.) */
static bool
is_nowhere(const struct command *c, const struct record *r, const char *path)
{
	const struct schema_type *type =
	    schema_type(engine_schema(c->g), r->type);

	return type != NULL && schema_find(type, path).field == NULL &&
	    version_is_never(record_related_version(r, path));
}

static enum err_code
paths_check(struct command *c, struct id record, struct err *e)
{
	const json_t *paths = json_object_get(c->in, "paths");
	struct record r;
	enum err_code code = store_record_get(c->store, record, &r, e);

	if (code != ERR_OK)
		return code;
	for (size_t i = 0; i < json_array_size(paths) && code == ERR_OK; i++) {
		const char *path = json_string_value(json_array_get(paths, i));

		if (!is_nowhere(c, &r, path))
			continue;
		c->next = "visitbook-central TYPE show --json names the paths "
		          "that there are.";
		code = err_set(e, ERR_INVALID, 0,
		    "a %s has no %.80s, so nothing is there to erase", r.type,
		    path);
	}
	record_fini(&r);
	return code;
}

enum err_code
command_erase_propose(struct command *c, struct err *e)
{
	struct dual_order order = { .act = ERASE_ACT,
		.reason = command_text_or(c, "reason", NULL) };
	struct office_dual d;
	struct buf object;
	struct id record;
	enum err_code code;

	buf_init(&object, DUAL_OBJECT_MAX);
	if ((code = object_print(c, &record, &object, e)) != ERR_OK ||
	    (code = command_person(c, e)) != ERR_OK)
		goto out;
	order.actor = c->acting;
	order.object = object.ptr;
	if ((code = store_begin(c->store, e)) != ERR_OK ||
	    (code = paths_check(c, record, e)) != ERR_OK ||
	    (code = engine_dual_propose(c->g, &order, &d, e)) != ERR_OK ||
	    (code = command_dual_put(c, &d, c->out, e)) != ERR_OK)
		goto out;
	code = store_commit(c->store, e);
out:
	buf_fini(&object);
	return code;
}

static enum err_code
erased_put(struct command *c, const struct erasure *z, uint64_t n_changes,
    struct err *e)
{
	enum err_code code;

	if ((code = json_put_id(c->out, "record", z->record, e)) != ERR_OK ||
	    (code = json_put_take(c->out, "paths", json_incref(z->paths), e)) !=
	        ERR_OK ||
	    (code = json_put_int(c->out, "seq", (int64_t)z->version.seq, e)) !=
	        ERR_OK ||
	    (code = json_put_hex(
	         c->out, "digest", z->digest.b, HASH32_LEN, e)) != ERR_OK)
		return code;
	return json_put_int(c->out, "changes", (int64_t)n_changes, e);
}

enum err_code
command_erase_confirm(struct command *c, struct err *e)
{
	struct dual_decision how = { .act = ERASE_ACT };
	struct erase_order order = { .paths = NULL };
	struct office_dual d;
	struct erasure z;
	json_t *paths = NULL;
	uint64_t n;
	enum err_code code = command_dual_begin(c, &how, e);

	order.actor = how.actor;
	if (code != ERR_OK ||
	    (code = engine_dual_confirm(c->g, &how, &d, e)) != ERR_OK ||
	    (code = object_parse(d.object, &order.record, &paths, e)) != ERR_OK)
		return code;
	order.paths = paths;
	code = engine_erase(c->g, &order, &z, &n, e);
	json_decref(paths);
	if (code != ERR_OK)
		return code;
	if ((code = erased_put(c, &z, n, e)) == ERR_OK &&
	    (code = store_commit(c->store, e)) == ERR_OK)
		/* Who reads just now is in the way: then what was written
		 * before goes from the files with the next checkpoint. */
		code = json_put_bool(c->out, "forgotten",
		    engine_erase_settle(c->g, NULL) == ERR_OK, e);
	erasure_fini(&z);
	return code;
}
