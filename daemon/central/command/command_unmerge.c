/* SPDX-License-Identifier: Apache-2.0 */
/*
 * They were two people after all: what making them one brought over goes back,
 * unless somebody has touched it since; that is told, and stays.
 */
#include <string.h>

#include "common/core/path.h"
#include "common/core/same.h"
#include "common/core/schema_dual.h"
#include "common/sys/json.h"
#include "daemon/central/command/command.h"
#include "daemon/central/engine/engine_dual.h"

struct undoing {
	struct command *c;
	const struct same_pair *p;
	struct change brought; /* the change that brought the values */
	struct version at;     /* what it came to */
	json_t *stays;         /* paths that somebody has touched since */
};

/* The change of the one that stands, if there was anything to bring: the one
 * before that which said who stands. */
static enum err_code
brought_find(struct undoing *u, bool *found_out, struct err *e)
{
	const struct path_state *said =
	    record_path(&u->p->other, u->p->type->same.field);
	const struct setter *by;
	struct intake_change stored;
	enum err_code code;

	*found_out = false;
	if (said == NULL)
		return err_set(e, ERR_CORRUPT, 0, "nobody said who stands");
	by = &said->setters[said->n_setters - 1];
	if (by->counter < 2)
		return ERR_OK;
	code = store_intake_get(
	    u->c->store, by->device, by->counter - 1, &stored, e);
	if (code == ERR_NOTFOUND)
		return ERR_OK;
	if (code != ERR_OK)
		return code;
	if (id_equal(stored.record, u->p->keep.id)) {
		u->at = stored.version;
		code = intake_change_read(&stored, &u->brought, e);
		*found_out = code == ERR_OK;
	}
	intake_change_fini(&stored);
	return code;
}

/* ---- what a path was before ---- */

struct before {
	struct undoing *u;
	const char *path;
	json_t *value; /* owned */
	enum err_code code;
	struct err *e;
};

static bool
before_look(void *arg, const struct log_entry *l)
{
	struct before *b = arg;
	const struct version at = { .epoch = l->epoch, .seq = l->seq };

	b->code = store_value_at(
	    b->u->c->store, b->u->p->keep.id, b->path, at, &b->value, b->e);
	if (b->code != ERR_NOTFOUND)
		return false; /* found, or failed */
	b->code = ERR_OK;
	return true;
}

static enum err_code
before_find(struct undoing *u, const char *path, json_t **out, struct err *e)
{
	struct before b = { .u = u, .path = path, .code = ERR_OK, .e = e };
	enum err_code code = store_log_of_record(
	    u->c->store, u->p->keep.id, u->at.seq, true, before_look, &b, e);

	if (code == ERR_OK)
		code = b.code;
	if (code == ERR_OK)
		*out = b.value;
	else
		json_decref(b.value);
	return code;
}

/* ---- giving back ---- */

static enum err_code
keep_save(struct undoing *u, const struct office_edit *edit,
    const struct change_resolve *resolve, struct err *e)
{
	const struct office_save save = { .author = u->c->acting,
		.record = &u->p->keep.id,
		.type = u->p->type->name,
		.edits = edit,
		.n_edits = 1,
		.resolve = resolve };
	struct office_saved saved;

	return engine_save_step(u->c->g, &save, &saved, e);
}

/* The value that was brought waits beside another: it waits no more. */
static enum err_code
side_close(struct undoing *u, const struct record *keep,
    const struct conflict *k, const struct conflict_side *side, struct err *e)
{
	const struct office_edit edit = { k->path,
		path_get(keep->doc, k->path) };
	struct change_resolve resolve = { .conflict = k->id,
		.current = record_path_version(keep, k->path),
		.reason =
		    (char *)(uintptr_t)command_text_or(u->c, "reason", NULL),
		.sides = json_pack(
		    "[[s,o]]", side->key, version_to_json(side->version)) };
	enum err_code code = resolve.sides == NULL
	    ? err_set(e, ERR_NOMEM, 0, "out of memory")
	    : keep_save(u, &edit, &resolve, e);

	json_decref(resolve.sides);
	return code;
}

static const struct conflict_side *
side_brought(const struct undoing *u, const struct conflict *k)
{
	for (size_t i = 0; i < k->n_sides; i++)
		if (k->sides[i].is_open &&
		    id_equal(k->sides[i].device, u->brought.device) &&
		    k->sides[i].counter == u->brought.counter)
			return &k->sides[i];
	return NULL;
}

/* The record is as the steps before this one left it. */
static enum err_code
path_return(struct undoing *u, const struct record *keep,
    const struct change_op *op, struct err *e)
{
	const struct conflict *k = record_open_conflict(keep, op->path);
	const struct conflict_side *side =
	    k == NULL ? NULL : side_brought(u, k);
	struct office_edit edit = { op->path, NULL };
	json_t *value = NULL;
	enum err_code code;

	if (side != NULL)
		return side_close(u, keep, k, side, e);
	if (version_compare(record_related_version(keep, op->path), u->at) != 0)
		return json_add_take(u->stays, json_string(op->path), e);
	code = before_find(u, op->path, &value, e);
	edit.now = value;
	if (code == ERR_OK)
		code = keep_save(u, &edit, NULL, e);
	json_decref(value);
	return code;
}

static enum err_code
values_return(struct undoing *u, struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < u->brought.n_ops && code == ERR_OK; i++) {
		struct record keep;

		code = store_record_get(u->c->store, u->p->keep.id, &keep, e);
		if (code != ERR_OK)
			break;
		code = path_return(u, &keep, &u->brought.ops[i], e);
		record_fini(&keep);
	}
	return code;
}

static enum err_code
stand_end(struct undoing *u, struct err *e)
{
	const struct office_edit edit = { u->p->type->same.field, NULL };
	const struct office_save save = { .author = u->c->acting,
		.record = &u->p->other.id,
		.type = u->p->type->name,
		.edits = &edit,
		.n_edits = 1 };
	struct office_saved saved;
	char object[120];
	const struct audit_entry a = { .actor = u->c->acting,
		.action = "same.undo",
		.object = object,
		.reason = command_text_or(u->c, "reason", NULL) };
	struct log_entry entry;
	enum err_code code;

	(void)snprintf(object, sizeof(object), "%s %s",
	    id_print(u->p->keep.id).s, id_print(u->p->other.id).s);
	code = engine_audit(u->c->g, &a, &entry, e);
	return code != ERR_OK ? code
	                      : engine_save_step(u->c->g, &save, &saved, e);
}

/* Whoever may confirm that they are one may say that they are not. */
static enum err_code
may_undo(struct command *c, struct err *e)
{
	const struct schema_dual *act =
	    schema_dual(engine_schema(c->g), DUAL_SAME);
	struct office_user u;
	enum err_code code = store_user_get(c->store, c->acting, &u, e);

	if (code == ERR_OK &&
	    (act == NULL || !u.is_active ||
	        !schema_dual_may_confirm(act, u.role))) {
		c->next = "Ask somebody whose role may confirm it.";
		code = err_set(e, ERR_CONFLICT, 0, "your role may not do this");
	}
	return code;
}

static enum err_code
undo(struct command *c, const struct same_pair *p, struct err *e)
{
	struct undoing u = { .c = c, .p = p, .stays = json_array() };
	bool found;
	enum err_code code;

	change_init(&u.brought);
	code = brought_find(&u, &found, e);
	if (code == ERR_OK && found)
		code = values_return(&u, e);
	if (code == ERR_OK)
		code = stand_end(&u, e);
	change_fini(&u.brought);
	if (code != ERR_OK) {
		json_decref(u.stays);
		return code;
	}
	if ((code = json_put_take(c->out, "stays", u.stays, e)) != ERR_OK ||
	    (code = json_put_id(c->out, "id", p->keep.id, e)) != ERR_OK)
		return code;
	return json_put_id(c->out, "other", p->other.id, e);
}

/* Whom it says stands for it, in the open transaction. */
static enum err_code
standing(struct command *c, const char *text, char out[static ID_TEXT_LEN + 1],
    struct err *e)
{
	const struct schema_type *type;
	const char *stands = NULL;
	struct record r;
	struct id id;
	enum err_code code;

	if (!id_parse(text, &id))
		return err_set(e, ERR_INVALID, 0, "%.60s is no id", text);
	if ((code = store_record_get(c->store, id, &r, e)) != ERR_OK)
		return code;
	type = schema_type(engine_schema(c->g), r.type);
	if (type != NULL && type->same.field != NULL)
		stands = same_stands(type, r.doc);
	if (stands == NULL)
		code = err_set(
		    e, ERR_INVALID, 0, "no other record stands for this one");
	else
		(void)snprintf(out, ID_TEXT_LEN + 1, "%s", stands);
	record_fini(&r);
	return code;
}

enum err_code
command_duplicates_undo(struct command *c, struct err *e)
{
	char keep[ID_TEXT_LEN + 1];
	const char *other;
	struct same_pair p;
	enum err_code code;

	if ((code = command_text(c, "other", &other, e)) != ERR_OK ||
	    (code = command_person(c, e)) != ERR_OK ||
	    (code = store_begin(c->store, e)) != ERR_OK ||
	    (code = may_undo(c, e)) != ERR_OK ||
	    (code = standing(c, other, keep, e)) != ERR_OK ||
	    (code = same_pair_get(c, keep, other, &p, e)) != ERR_OK)
		return code;
	code = undo(c, &p, e);
	same_pair_fini(&p);
	return code != ERR_OK ? code : store_commit(c->store, e);
}
