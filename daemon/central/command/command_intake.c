/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A record of intake is answered: acknowledged, declined, accepted, given to
 * somebody.  Each act sets what its schema says, in one transaction.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/core/intake.h"
#include "common/core/path.h"
#include "common/sys/json.h"
#include "daemon/central/command/command_draft.h"

/* The record that is answered. */
struct answered {
	const struct schema_type *type;
	const struct schema_intake *in;
	struct record r;
};

static enum err_code
answered_find(struct command *c, struct answered *a, struct err *e)
{
	const struct path_state *whole;
	enum err_code code = command_type(c, &a->type, e);

	if (code != ERR_OK)
		return code;
	a->in = &a->type->intake;
	if (a->in->of_case == NULL)
		return err_set(e, ERR_INVALID, 0,
		    "%.60s records are not answered", a->type->name);
	code = command_record(c, a->type, &a->r, e);
	store_rollback(c->store);
	if (code != ERR_OK)
		return code;
	whole = record_path(&a->r, "");
	if (whole == NULL || !whole->is_removed)
		return ERR_OK;
	record_fini(&a->r);
	return err_set(
	    e, ERR_INVALID, 0, "this %.60s was removed", a->type->name);
}

static enum err_code
unanswered_only(struct command *c, const struct answered *a, struct err *e)
{
	const struct schema_field *status =
	    schema_find_field(a->type, a->in->status);
	const char *now = json_string_value(path_get(a->r.doc, a->in->status));

	if (intake_is_unanswered(a->type, a->r.doc))
		return ERR_OK;
	c->next = "Look at it with show; edit changes what was answered.";
	return err_set(e, ERR_CONFLICT, 0, "it was answered before: %.80s",
	    schema_code_label(status->codes, now));
}

/* ---- what is set ---- */

static enum err_code
set_add(json_t *sets, const char *path, const char *value, struct err *e)
{
	return json_add_take(
	    sets, json_pack("{s:s, s:s}", "path", path, "value", value), e);
}

/* What was said with --set, for this command to add to. */
static enum err_code
sets_new(const struct command *c, json_t **out, struct err *e)
{
	const json_t *said = json_object_get(c->in, "set");

	*out = said == NULL ? json_array() : json_copy_all(said);
	return *out != NULL ? ERR_OK
	                    : err_set(e, ERR_NOMEM, 0, "out of memory");
}

static bool
is_set(const json_t *sets, const char *path)
{
	for (size_t i = 0; i < json_array_size(sets); i++) {
		const char *one = json_string_value(
		    json_object_get(json_array_get(sets, i), "path"));

		if (one != NULL && strcmp(one, path) == 0)
			return true;
	}
	return false;
}

/* What only an act like this one tells of: acknowledging. */
static const struct schema_intake_step *
act_step(const struct schema_intake *in)
{
	for (size_t i = 0; i < in->steps_n; i++)
		if (!in->steps[i].is_granted && in->steps[i].type == NULL)
			return &in->steps[i];
	return NULL;
}

/* Whoever answers has acknowledged it, if nobody had before. */
static enum err_code
acknowledged_add(const struct answered *a, json_t *sets, struct err *e)
{
	const struct schema_intake_step *s = act_step(a->in);

	if (s == NULL || path_get(a->r.doc, s->field) != NULL ||
	    is_set(sets, s->field))
		return ERR_OK;
	return set_add(sets, s->field, "now", e);
}

/* Save in the open transaction, as the draft says; whom it gives work may be
 * given it. */
static enum err_code
draft_save(struct command *c, const struct draft *d, const struct id *record,
    struct id *id_out, struct err *e)
{
	const struct office_save save = { .author = c->acting,
		.record = record,
		.type = d->type->name,
		.edits = d->edits,
		.n_edits = d->n };
	struct office_saved saved;
	enum err_code code =
	    command_allocate_saved(c, d->type, d->doc, d->edits, d->n, e);

	if (code == ERR_OK)
		code = engine_save_step(c->g, &save, &saved, e);
	if (code == ERR_OK && id_out != NULL)
		*id_out = saved.id;
	return code;
}

/* The whole act where one record changes, and its answer. */
static enum err_code
one_save(struct command *c, const struct schema_type *type,
    const struct record *r, const json_t *sets, struct err *e)
{
	struct draft *d = NULL;
	enum err_code code = draft_make(c, type, r, sets, &d, e);

	if (code == ERR_OK)
		code = store_begin(c->store, e);
	if (code == ERR_OK)
		code = draft_save(c, d, &r->id, NULL, e);
	if (code == ERR_OK)
		code = store_commit(c->store, e);
	draft_free(d);
	return code;
}

/* ---- acknowledge and decline ---- */

enum err_code
command_record_acknowledge(struct command *c, struct err *e)
{
	const struct schema_intake_step *s;
	struct answered a;
	json_t *sets = NULL;
	enum err_code code = answered_find(c, &a, e);

	if (code != ERR_OK)
		return code;
	s = act_step(a.in);
	if (s == NULL)
		code = err_set(e, ERR_INVALID, 0,
		    "%.60s records are not acknowledged", a.type->name);
	else if (path_get(a.r.doc, s->field) != NULL)
		code = err_set(e, ERR_CONFLICT, 0,
		    "it was acknowledged before: %.40s",
		    json_string_value(path_get(a.r.doc, s->field)));
	if (code == ERR_OK)
		code = sets_new(c, &sets, e);
	if (code == ERR_OK)
		code = acknowledged_add(&a, sets, e);
	if (code == ERR_OK)
		code = one_save(c, a.type, &a.r, sets, e);
	if (code == ERR_OK)
		code = json_put_id(c->out, "id", a.r.id, e);
	json_decref(sets);
	record_fini(&a.r);
	return code;
}

/* Why it is declined is counted, so it is one of the list, by code or label. */
static enum err_code
because_known(struct command *c, const struct answered *a, const char *because,
    struct err *e)
{
	const struct schema_list *list =
	    schema_find_field(a->type, a->in->because)->codes;

	for (size_t i = 0; i < list->items_n; i++)
		if (strcmp(list->items[i].code, because) == 0 ||
		    strcasecmp(list->items[i].label, because) == 0)
			return ERR_OK;
	c->next = "The command fields lists the codes.";
	return err_set(e, ERR_INVALID, 0, "\"%.60s\" is not in the list: %s",
	    because, list->label);
}

enum err_code
command_record_decline(struct command *c, struct err *e)
{
	struct answered a;
	const char *because;
	json_t *sets = NULL;
	enum err_code code = command_text(c, "because", &because, e);

	if (code != ERR_OK || (code = answered_find(c, &a, e)) != ERR_OK)
		return code;
	if ((code = unanswered_only(c, &a, e)) == ERR_OK &&
	    (code = because_known(c, &a, because, e)) == ERR_OK &&
	    (code = sets_new(c, &sets, e)) == ERR_OK &&
	    (code = set_add(sets, a.in->status, a.in->declined, e)) == ERR_OK &&
	    (code = set_add(sets, a.in->because, because, e)) == ERR_OK &&
	    (code = acknowledged_add(&a, sets, e)) == ERR_OK &&
	    (code = one_save(c, a.type, &a.r, sets, e)) == ERR_OK &&
	    (code = json_put_id(c->out, "id", a.r.id, e)) == ERR_OK)
		code = json_put_str(c->out, "status", a.in->declined, e);
	json_decref(sets);
	record_fini(&a.r);
	return code;
}

/* ---- accept ---- */

static const struct schema_type *
case_type(const struct command *c, const struct answered *a)
{
	return schema_type(engine_schema(c->g),
	    schema_find_field(a->type, a->in->of_case)->ref);
}

/* What the case has from the record.  Whom it is for, and by what law, must be
 * known first. */
static enum err_code
copied_add(
    struct command *c, const struct answered *a, json_t *sets, struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < json_array_size(a->in->copied) && code == ERR_OK;
	     i++) {
		const char *name =
		    json_string_value(json_array_get(a->in->copied, i));
		const struct schema_field *field =
		    schema_find_field(a->type, name);
		const char *value = json_string_value(path_get(a->r.doc, name));

		if (is_set(sets, name))
			continue;
		if (value != NULL) {
			code = set_add(sets, name, value, e);
		} else if (field->kind == SCHEMA_REF ||
		    strcmp(name, a->in->part_by) == 0) {
			c->next = "Fill it in first, with edit.";
			code = err_set(e, ERR_INVALID, 0,
			    "%.80s is missing, without which there is no case",
			    field->label);
		}
	}
	return code;
}

static enum err_code
case_draft(struct command *c, const struct answered *a, struct draft **out,
    struct err *e)
{
	json_t *sets = NULL;
	enum err_code code = sets_new(c, &sets, e);

	if (code == ERR_OK)
		code = copied_add(c, a, sets, e);
	if (code == ERR_OK && !is_set(sets, a->in->case_status))
		code = set_add(sets, a->in->case_status, a->in->case_open, e);
	if (code == ERR_OK && !is_set(sets, a->in->case_from))
		code = set_add(sets, a->in->case_from, "today", e);
	if (code == ERR_OK)
		code = draft_make(c, case_type(c, a), NULL, sets, out, e);
	json_decref(sets);
	return code;
}

static bool
has_part(const struct draft *d, const struct schema_intake *in,
    const struct schema_intake_part *part)
{
	const char *by = NULL;

	for (size_t i = 0; i < d->n; i++)
		if (strcmp(d->paths[i], in->part_by) == 0)
			by = json_string_value(d->values[i]);
	for (size_t i = 0; by != NULL && i < json_array_size(part->in); i++)
		if (strcmp(json_string_value(json_array_get(part->in, i)),
		        by) == 0)
			return true;
	return false;
}

/* The records that stand beside a case of this kind. */
static enum err_code
parts_save(struct command *c, const struct answered *a, const struct draft *d,
    struct id case_id, struct err *e)
{
	json_t *parts = json_object(), *id = json_string(id_print(case_id).s);
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < a->in->parts_n && code == ERR_OK; i++) {
		const struct schema_intake_part *part = &a->in->parts[i];
		const struct office_edit edit = { part->of_case, id };
		const struct office_save save = { .author = c->acting,
			.type = part->type,
			.edits = &edit,
			.n_edits = 1 };
		struct office_saved saved;

		if (!has_part(d, a->in, part))
			continue;
		code = engine_save_step(c->g, &save, &saved, e);
		if (code == ERR_OK)
			code = json_put_id(parts, part->type, saved.id, e);
	}
	json_decref(id);
	if (code == ERR_OK)
		return json_put_take(c->out, "parts", parts, e);
	json_decref(parts);
	return code;
}

/* The record says that it was accepted, and as which case. */
static enum err_code
accepted_save(struct command *c, const struct answered *a,
    const struct draft *said, struct id case_id, struct err *e)
{
	const struct schema_intake *in = a->in;
	json_t *status = json_string(in->accepted);
	json_t *id = json_string(id_print(case_id).s);
	struct office_edit edits[LIMIT_OPS];
	struct office_save save = { .author = c->acting,
		.record = &a->r.id,
		.type = a->type->name,
		.edits = edits };
	struct office_saved saved;
	enum err_code code = status == NULL || id == NULL
	    ? err_set(e, ERR_NOMEM, 0, "out of memory")
	    : ERR_OK;

	edits[save.n_edits++] = (struct office_edit){ in->status, status };
	edits[save.n_edits++] = (struct office_edit){ in->of_case, id };
	for (size_t i = 0; said != NULL && i < said->n; i++)
		edits[save.n_edits++] = said->edits[i];
	if (code == ERR_OK)
		code = engine_save_step(c->g, &save, &saved, e);
	json_decref(status);
	json_decref(id);
	return code;
}

/* When it was acknowledged, if that was not said before; else NULL. */
static enum err_code
acknowledged_draft(struct command *c, const struct answered *a,
    struct draft **out, struct err *e)
{
	json_t *sets = json_array();
	enum err_code code = acknowledged_add(a, sets, e);

	if (code == ERR_OK && json_array_size(sets) > 0)
		code = draft_make(c, a->type, &a->r, sets, out, e);
	json_decref(sets);
	return code;
}

/* The case, its parts and the answer: all, or nothing. */
static enum err_code
accept_save(struct command *c, const struct answered *a,
    const struct draft *of_case, const struct draft *said, struct err *e)
{
	struct id case_id;
	enum err_code code = store_begin(c->store, e);

	if (code != ERR_OK ||
	    (code = draft_save(c, of_case, NULL, &case_id, e)) != ERR_OK ||
	    (code = parts_save(c, a, of_case, case_id, e)) != ERR_OK ||
	    (code = accepted_save(c, a, said, case_id, e)) != ERR_OK ||
	    (code = store_commit(c->store, e)) != ERR_OK ||
	    (code = json_put_id(c->out, "id", a->r.id, e)) != ERR_OK ||
	    (code = json_put_id(c->out, "case", case_id, e)) != ERR_OK)
		return code;
	return json_put_str(c->out, "status", a->in->accepted, e);
}

enum err_code
command_record_accept(struct command *c, struct err *e)
{
	struct answered a;
	struct draft *of_case = NULL, *said = NULL;
	enum err_code code = answered_find(c, &a, e);

	if (code != ERR_OK)
		return code;
	if ((code = unanswered_only(c, &a, e)) == ERR_OK &&
	    (code = case_draft(c, &a, &of_case, e)) == ERR_OK &&
	    (code = acknowledged_draft(c, &a, &said, e)) == ERR_OK)
		code = accept_save(c, &a, of_case, said, e);
	draft_free(of_case);
	draft_free(said);
	record_fini(&a.r);
	return code;
}

/* ---- allocate ---- */

/* A new row of the case that gives it to somebody from a day on. */
static enum err_code
row_add(const struct command *c, const struct schema_grants *g, json_t *sets,
    struct err *e)
{
	const struct {
		const char *column, *value;
	} columns[] = { { g->user, command_text_or(c, "user", "") },
		{ g->from, command_text_or(c, "from", "today") } };
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < 2 && code == ERR_OK; i++) {
		char path[LIMIT_PATH_BYTES + 1];

		if (columns[i].column == NULL)
			continue;
		(void)snprintf(
		    path, sizeof(path), "%s/+/%s", g->rows, columns[i].column);
		code = set_add(sets, path, columns[i].value, e);
	}
	return code;
}

enum err_code
command_record_allocate(struct command *c, struct err *e)
{
	const char *user, *text;
	struct answered a;
	struct record of_case;
	struct id id;
	json_t *sets = NULL;
	enum err_code code = command_text(c, "user", &user, e);

	if (code != ERR_OK || (code = answered_find(c, &a, e)) != ERR_OK)
		return code;
	text = json_string_value(path_get(a.r.doc, a.in->of_case));
	if (text == NULL || !id_parse(text, &id)) {
		record_fini(&a.r);
		c->next = "Accept it first.";
		return err_set(e, ERR_INVALID, 0, "there is no case of it yet");
	}
	if ((code = store_begin_read(c->store, e)) == ERR_OK)
		code = store_record_get(c->store, id, &of_case, e);
	store_rollback(c->store);
	if (code != ERR_OK)
		goto out;
	if ((code = sets_new(c, &sets, e)) == ERR_OK &&
	    (code = row_add(c, &case_type(c, &a)->grants, sets, e)) == ERR_OK &&
	    (code = one_save(c, case_type(c, &a), &of_case, sets, e)) ==
	        ERR_OK &&
	    (code = json_put_id(c->out, "id", a.r.id, e)) == ERR_OK)
		code = json_put_id(c->out, "case", id, e);
	record_fini(&of_case);
	json_decref(sets);
out:
	record_fini(&a.r);
	return code;
}
