/* SPDX-License-Identifier: Apache-2.0 */
#include "client/save.h"

#include <stdlib.h>

#include "common/sys/json.h"

/* What the author of an item had seen, where that is known. */
static const struct edit_shown *
shown_of(
    const struct save_edits *what, const char *path, struct edit_shown *room)
{
	const json_t *kept = json_object_get(what->kept, path);

	if (kept != NULL && edit_shown_read(kept, room, NULL) == ERR_OK)
		return room;
	if (what->shown == NULL)
		return NULL;
	*room = record_shown_at(what->shown, path);
	return room;
}

enum err_code
save_edits(struct client *c, const struct save_edits *what, json_t *result,
    struct err *e)
{
	struct save_result saved;
	struct edit *edits = calloc(what->n + 1, sizeof(*edits));
	struct edit_shown *shown = calloc(what->n + 1, sizeof(*shown));
	enum err_code code;

	for (size_t i = 0; edits != NULL && shown != NULL && i < what->n; i++)
		edits[i] = (struct edit){ .path = what->items[i].path,
			.now = what->items[i].now,
			.shown = shown_of(what, what->items[i].path, &shown[i]),
			.restate = what->restate };
	code = edits == NULL || shown == NULL
	    ? err_set(e, ERR_NOMEM, 0, "out of memory")
	    : device_store_save(c->store, what->record, c->type->name, edits,
	          what->n, what->resolve, &saved, e);
	free(edits);
	free(shown);
	if (code != ERR_OK)
		return code;
	if ((code = json_put_id(result, "id", saved.id, e)) == ERR_OK &&
	    (code = json_put_int(
	         result, "counter", (int64_t)saved.counter, e)) == ERR_OK)
		code = json_put_take(
		    result, "changed", json_incref(saved.changed), e);
	if (saved.counter != 0)
		client_saved(c);
	if (!saved.is_sealed && !c->quiet)
		(void)fputs("visitbook: The change is saved, but the disk is "
		            "full: make room, or it cannot be sent while the "
		            "notes are locked.\n",
		    stderr);
	save_result_fini(&saved);
	return code;
}

enum err_code
save_collected(struct client *c, const struct id *record,
    const struct edits *edits, bool restate, json_t *result, struct err *e)
{
	const struct save_edits what = { .record = record,
		.items = edits->items,
		.n = edits->n,
		.restate = restate };

	return save_edits(c, &what, result, e);
}

enum err_code
record_open(
    struct client *c, const char *text, struct record_view *out, struct err *e)
{
	struct id id;
	enum err_code code;

	if ((code = client_id(c, text, &id, e)) != ERR_OK ||
	    (code = client_open(c, e)) != ERR_OK)
		return code;
	code = device_store_get(c->store, id, out, e);
	if (code == ERR_NOTFOUND && c->type == NULL)
		return err_set(e, ERR_NOTFOUND, 0,
		    "there is no record with the id %.40s on this device",
		    text);
	if (code == ERR_OK && c->type != NULL &&
	    strcmp(out->record.type, c->type->name) != 0) {
		client_next(c, "It is a %s: visitbook %s show %s",
		    out->record.type, out->record.type, text);
		record_view_fini(out);
		code = ERR_NOTFOUND;
	}
	if (code == ERR_NOTFOUND) {
		if (c->next[0] == '\0')
			client_next(c,
			    "visitbook %s list shows those that you have here.",
			    c->type->name);
		return err_set(e, ERR_NOTFOUND, 0,
		    "there is no %.64s with the id %.40s on this device",
		    c->type->name, text);
	}
	return code;
}

enum err_code
record_doc(struct client *c, struct id id, json_t **out, struct err *e)
{
	struct record r;
	struct err why;
	enum err_code code = device_store_record(c->store, id, &r, &why);

	if (code == ERR_NOTFOUND) {
		*out = NULL;
		return ERR_OK;
	}
	if (code != ERR_OK) {
		if (e != NULL)
			*e = why;
		return code;
	}
	*out = record_is_removed(&r) ? NULL : json_incref(r.doc);
	record_fini(&r);
	return ERR_OK;
}

enum err_code
record_open_standing(
    struct client *c, const char *text, struct record_view *out, struct err *e)
{
	enum err_code code = record_open(c, text, out, e);

	if (code != ERR_OK)
		return code;
	if (!record_is_removed(&out->record))
		return ERR_OK;
	record_view_fini(out);
	client_next(c,
	    "What was in it stays in the office's history. To write a new "
	    "one: visitbook %s new",
	    c->type->name);
	return client_fail(c, ERR_INVALID, STATUS_REFUSED, "closed", e,
	    "this %.64s was removed", c->type->name);
}
