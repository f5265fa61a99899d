/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two records are of the same person: one person at the office proposes it,
 * another makes it so, and it can be undone.
 *
 * Nothing is rewritten.  The other record says by whom it is stood for, and
 * what referred to it does so through that; it stays as it is, with its
 * history, and takes what is still written to it.  What it knows is also saved
 * in the one that stands, as if by somebody who had not seen that: the policies
 * merge it, and what clashes waits for a decision.  So it is one change of each
 * record, on the one path of all changes.  Undoing takes back what nobody has
 * touched since.
 */
#include <string.h>

#include "common/core/same.h"
#include "common/sys/json.h"
#include "daemon/central/command/command.h"
#include "daemon/central/engine/engine_dual.h"

/* ---- making them one ---- */

struct looking {
	bool found;
};

static bool
found_one(void *arg, struct id id)
{
	struct looking *l = arg;

	(void)id;
	l->found = true;
	return false;
}

/* One stands for itself and nobody stands for more than it: no chains. */
static enum err_code
mergeable(struct command *c, const struct same_pair *p, struct err *e)
{
	struct looking l = { false };
	enum err_code code;

	if (same_stands(p->type, p->keep.doc) != NULL ||
	    same_stands(p->type, p->other.doc) != NULL) {
		c->next = "Use the record that stands for it, or take that "
		          "back first: duplicates undo.";
		return err_set(e, ERR_CONFLICT, 0,
		    "another record stands for one of them already");
	}
	code = store_referring(c->store, p->type->name, p->type->same.field,
	    p->other.id, found_one, &l, e);
	if (code == ERR_OK && l.found) {
		c->next = "Let the one stand that stands for others already.";
		code = err_set(e, ERR_CONFLICT, 0,
		    "the second one stands for others already");
	}
	return code;
}

enum err_code
command_duplicates_merge(struct command *c, struct err *e)
{
	struct dual_order order = { .act = DUAL_SAME,
		.reason = command_text_or(c, "reason", NULL) };
	const char *keep, *other;
	struct same_pair p;
	struct office_dual d;
	char object[120];
	enum err_code code;

	if ((code = command_text(c, "keep", &keep, e)) != ERR_OK ||
	    (code = command_text(c, "other", &other, e)) != ERR_OK ||
	    (code = command_person(c, e)) != ERR_OK ||
	    (code = store_begin(c->store, e)) != ERR_OK ||
	    (code = same_pair_get(c, keep, other, &p, e)) != ERR_OK)
		return code;
	code = mergeable(c, &p, e);
	(void)snprintf(object, sizeof(object), "%s %s", id_print(p.keep.id).s,
	    id_print(p.other.id).s);
	same_pair_fini(&p);
	order.actor = c->acting;
	order.object = object;
	if (code != ERR_OK ||
	    (code = engine_dual_propose(c->g, &order, &d, e)) != ERR_OK ||
	    (code = command_dual_put(c, &d, c->out, e)) != ERR_OK)
		return code;
	c->next = NULL;
	return store_commit(c->store, e);
}

/* What the other one knows, into the one that stands. */
static enum err_code
values_bring(struct command *c, const struct same_pair *p, struct err *e)
{
	struct office_save save = { .author = c->acting,
		.record = &p->keep.id,
		.type = p->type->name };
	struct same_edits s;
	struct office_saved saved;
	enum err_code code =
	    same_edits_make(p->type, &p->keep, &p->other, &s, e);

	if (code != ERR_OK)
		return code;
	save.edits = s.edits;
	save.unseen = s.unseen;
	save.n_edits = s.n;
	if (s.n > 0)
		code = engine_save_step(c->g, &save, &saved, e);
	if (code == ERR_OK)
		code = json_put_int(c->out, "brought", (int64_t)s.n, e);
	same_edits_fini(&s);
	return code;
}

/* How many questions there are about the one that stands. */
static enum err_code
conflicts_put(struct command *c, struct id keep, struct err *e)
{
	struct record r;
	int64_t n = 0;
	enum err_code code = store_record_get(c->store, keep, &r, e);

	if (code != ERR_OK)
		return code;
	for (size_t i = 0; i < r.n_conflicts; i++)
		n += conflict_is_open(&r.conflicts[i]);
	record_fini(&r);
	return json_put_int(c->out, "conflicts", n, e);
}

static enum err_code
stand_set(struct command *c, const struct same_pair *p, struct err *e)
{
	json_t *value = json_string(id_print(p->keep.id).s);
	const struct office_edit edit = { p->type->same.field, value };
	const struct office_save save = { .author = c->acting,
		.record = &p->other.id,
		.type = p->type->name,
		.edits = &edit,
		.n_edits = 1 };
	struct office_saved saved;
	enum err_code code = value == NULL
	    ? err_set(e, ERR_NOMEM, 0, "out of memory")
	    : engine_save_step(c->g, &save, &saved, e);

	json_decref(value);
	return code;
}

static enum err_code
said(struct command *c, const struct same_pair *p, const char *reason,
    struct err *e)
{
	char object[120];
	const struct audit_entry a = { .actor = c->acting,
		.action = "same.merge",
		.object = object,
		.reason = reason };
	struct log_entry entry;

	(void)snprintf(object, sizeof(object), "%s %s", id_print(p->keep.id).s,
	    id_print(p->other.id).s);
	return engine_audit(c->g, &a, &entry, e);
}

/* The entry that says so comes first, then the values, then the reference:
 * undoing finds them by that order. */
static enum err_code
merge(struct command *c, const struct same_pair *p, const char *reason,
    struct err *e)
{
	enum err_code code;

	if ((code = mergeable(c, p, e)) != ERR_OK ||
	    (code = said(c, p, reason, e)) != ERR_OK ||
	    (code = values_bring(c, p, e)) != ERR_OK ||
	    (code = stand_set(c, p, e)) != ERR_OK ||
	    (code = json_put_id(c->out, "id", p->keep.id, e)) != ERR_OK ||
	    (code = json_put_id(c->out, "other", p->other.id, e)) != ERR_OK)
		return code;
	return conflicts_put(c, p->keep.id, e);
}

enum err_code
command_duplicates_confirm(struct command *c, struct err *e)
{
	struct dual_decision how = { .act = DUAL_SAME };
	struct office_dual d;
	struct same_pair p;
	char *space;
	enum err_code code = command_dual_begin(c, &how, e);

	if (code != ERR_OK ||
	    (code = engine_dual_confirm(c->g, &how, &d, e)) != ERR_OK ||
	    (code = command_dual_put(c, &d, c->out, e)) != ERR_OK)
		return code;
	if ((space = strchr(d.object, ' ')) == NULL)
		return err_set(
		    e, ERR_CORRUPT, 0, "the proposal names no two records");
	*space = '\0';
	if ((code = same_pair_get(c, d.object, space + 1, &p, e)) != ERR_OK)
		return code;
	code = merge(c, &p, d.reason, e);
	same_pair_fini(&p);
	return code != ERR_OK ? code : store_commit(c->store, e);
}
