/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drafts: the store's "kept" names them all, "kept/<id>" is one:
 * {"type", "record"?, "at", "values": {path: value or null},
 *  "refused": {path: base64}, "shown"?: {path: edit_shown}}.
 */
#include "client/draft.h"

#include "client/core/edits.h"
#include "client/output.h"
#include "common/base/clock.h"
#include "common/core/limits.h"
#include "common/core/path.h"
#include "common/core/value.h"
#include "common/sys/json.h"

#define INDEX_KEY "kept"
#define DRAFT_KEY_MAX 48

static void
draft_key(const char *id_text, char out[static DRAFT_KEY_MAX])
{
	(void)snprintf(out, DRAFT_KEY_MAX, INDEX_KEY "/%.36s", id_text);
}

enum err_code
draft_index(struct client *c, json_t **out, struct err *e)
{
	enum err_code code =
	    device_store_draft_get(c->store, INDEX_KEY, out, e);

	if (code != ERR_NOTFOUND)
		return code;
	*out = json_array();
	return *out != NULL ? ERR_OK
	                    : err_set(e, ERR_NOMEM, 0, "out of memory");
}

static enum err_code
put_shown(json_t *all, const struct record_shown *shown, const char *path,
    struct err *e)
{
	const struct edit_shown one = record_shown_at(shown, path);
	json_t *json = NULL;
	enum err_code code = edit_shown_json(&one, &json, e);

	return code != ERR_OK ? code : json_put_take(all, path, json, e);
}

/* What was there while they wrote: what others change until the draft is saved
 * is not written over then. */
static enum err_code
shown_make(const struct draft_what *what, json_t *draft, struct err *e)
{
	json_t *all, *text;
	const char *path;
	enum err_code code;

	if (what->shown == NULL)
		return ERR_OK;
	all = json_object();
	code = json_put_take(draft, "shown", all, e);
	for (size_t i = 0; i < what->edits->n && code == ERR_OK; i++)
		code =
		    put_shown(all, what->shown, what->edits->items[i].path, e);
	json_object_foreach((json_t *)(uintptr_t)what->refused, path, text)
	{
		if (code == ERR_OK && path_check(path, NULL) == ERR_OK)
			code = put_shown(all, what->shown, path, e);
	}
	return code;
}

static enum err_code
draft_make(struct client *c, const struct draft_what *what, json_t **out,
    struct err *e)
{
	json_t *draft = json_object(), *values = json_object();
	enum err_code code;

	if ((code = json_put_str(draft, "type", c->type->name, e)) != ERR_OK ||
	    (code = json_put_int(draft, "at", (int64_t)clock_unix_ms(), e)) !=
	        ERR_OK ||
	    (code = json_put_take(
	         draft, "refused", value_share(what->refused), e)) != ERR_OK ||
	    (code = json_put_take(draft, "values", json_incref(values), e)) !=
	        ERR_OK)
		goto out;
	if (what->record != NULL)
		code = json_put_id(draft, "record", *what->record, e);
	for (size_t i = 0; i < what->edits->n && code == ERR_OK; i++) {
		const struct edit_item *item = &what->edits->items[i];

		code = json_put_take(values, item->path,
		    item->now != NULL ? json_incref(item->now) : json_null(),
		    e);
	}
	if (code == ERR_OK)
		code = shown_make(what, draft, e);
out:
	json_decref(values);
	if (code != ERR_OK)
		json_decref(draft);
	else
		*out = draft;
	return code;
}

static enum err_code
draft_store(struct client *c, const json_t *draft, struct id_text *id_out,
    struct err *e)
{
	char key[DRAFT_KEY_MAX];
	json_t *index = NULL;
	enum err_code code;

	*id_out = id_print(id_fresh(clock_unix_ms()));
	draft_key(id_out->s, key);
	if ((code = draft_index(c, &index, e)) != ERR_OK ||
	    (code = device_store_draft_put(c->store, key, draft, e)) != ERR_OK)
		goto out;
	code = json_add_take(index, json_string(id_out->s), e);
	if (code == ERR_OK)
		code = device_store_draft_put(c->store, INDEX_KEY, index, e);
out:
	json_decref(index);
	return code;
}

void
draft_keep(struct client *c, const struct draft_what *what)
{
	json_t *draft = NULL;
	struct id_text id;
	char before[256];
	struct err e;

	/* Short values can be given again; texts may be nowhere else. */
	if (c->store == NULL ||
	    (!what->edits->has_text && json_object_size(what->refused) == 0))
		return;
	(void)snprintf(before, sizeof(before), "%.250s%s", c->next,
	    c->next[0] != '\0' ? " " : "");
	if (draft_make(c, what, &draft, &e) == ERR_OK &&
	    draft_store(c, draft, &id, &e) == ERR_OK)
		client_next(c,
		    "%sWhat you gave is kept as a draft: visitbook draft show "
		    "%s. To save it after all: visitbook %s %s%s --draft %s "
		    "and the values to be put right.",
		    before, id.s, c->type->name,
		    what->record == NULL ? "new" : "edit ",
		    what->record == NULL ? "" : id_print(*what->record).s,
		    id.s);
	else
		client_next(c,
		    "%sIt could not be kept as a draft either (%s): keep your "
		    "own copy of the text, and give it again when that is "
		    "mended.",
		    before, e.msg);
	json_decref(draft);
}

enum err_code
draft_load(struct client *c, const char *id_text, json_t **out, struct err *e)
{
	char key[DRAFT_KEY_MAX];
	struct id id;
	enum err_code code = client_id(c, id_text, &id, e);

	client_next(c, "visitbook draft list shows those that are kept.");
	if (code != ERR_OK || (code = client_open(c, e)) != ERR_OK)
		return code;
	draft_key(id_text, key);
	code = device_store_draft_get(c->store, key, out, e);
	if (code == ERR_NOTFOUND)
		return err_set(e, code, 0, "there is no draft %.40s", id_text);
	c->next[0] = '\0';
	return code;
}

enum err_code
draft_take(struct client *c, const char *id_text, struct edits *edits,
    json_t **shown_out, struct err *e)
{
	json_t *draft = NULL;
	enum err_code code = draft_load(c, id_text, &draft, e);

	if (code == ERR_OK &&
	    strcmp(human_str(draft, "type"), c->type->name) != 0)
		code = err_set(e, ERR_INVALID, 0,
		    "this is the draft of a %.64s", human_str(draft, "type"));
	if (code == ERR_OK)
		code = edits_doc(edits, json_object_get(draft, "values"), e);
	if (code == ERR_OK)
		*shown_out = json_incref(json_object_get(draft, "shown"));
	json_decref(draft);
	return code;
}

enum err_code
draft_drop(struct client *c, const char *id_text, struct err *e)
{
	char key[DRAFT_KEY_MAX];
	json_t *index = NULL;
	enum err_code code = draft_index(c, &index, e);

	for (size_t i = json_array_size(index); i-- > 0;)
		if (strcmp(json_string_value(json_array_get(index, i)),
		        id_text) == 0)
			(void)json_array_remove(index, i);
	if (code == ERR_OK)
		code = device_store_draft_put(c->store, INDEX_KEY,
		    json_array_size(index) > 0 ? index : NULL, e);
	draft_key(id_text, key);
	if (code == ERR_OK)
		code = device_store_draft_put(c->store, key, NULL, e);
	json_decref(index);
	return code;
}

enum err_code
draft_saved(struct client *c, const char *id_text, struct err *e)
{
	json_t *draft = NULL;
	enum err_code code = draft_load(c, id_text, &draft, e);

	/* A text that could not be read is not in what was saved. */
	if (code == ERR_OK &&
	    json_object_size(json_object_get(draft, "refused")) == 0)
		code = draft_drop(c, id_text, e);
	json_decref(draft);
	return code;
}
