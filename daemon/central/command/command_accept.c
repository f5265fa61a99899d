/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A record of intake is accepted: as a new case with its parts, or, where the
 * person is known and their case goes on, as that one.
 */
#include <string.h>

#include "common/core/path.h"
#include "common/sys/json.h"
#include "daemon/central/command/command_answer.h"

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

		if (answer_is_set(sets, name))
			continue;
		if (value != NULL) {
			code = answer_set_add(sets, name, value, e);
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
	enum err_code code = answer_sets(c, &sets, e);

	if (code == ERR_OK)
		code = copied_add(c, a, sets, e);
	if (code == ERR_OK && !answer_is_set(sets, a->in->case_status))
		code = answer_set_add(
		    sets, a->in->case_status, a->in->case_open, e);
	if (code == ERR_OK && !answer_is_set(sets, a->in->case_from))
		code = answer_set_add(sets, a->in->case_from, "today", e);
	if (code == ERR_OK)
		code =
		    draft_make(c, answer_case_type(c, a), NULL, sets, out, e);
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

/* Is the case of whom the record is about?  Every ref that a new case has from
 * it is the same, where both have it. */
static enum err_code
same_refs(struct command *c, const struct answered *a, const json_t *of_case,
    struct err *e)
{
	for (size_t i = 0; i < json_array_size(a->in->copied); i++) {
		const char *name =
		    json_string_value(json_array_get(a->in->copied, i));
		const struct schema_field *field =
		    schema_find_field(a->type, name);
		const json_t *mine = path_get(a->r.doc, name);
		const json_t *its = path_get(of_case, name);

		if (field->kind != SCHEMA_REF || mine == NULL || its == NULL ||
		    json_equal(mine, its))
			continue;
		c->next = "Look at both with show.";
		return err_set(e, ERR_INVALID, 0,
		    "that is another: %.80s is not the same", field->label);
	}
	return ERR_OK;
}

/* The case that was named, which goes on with this. */
static enum err_code
known_case(struct command *c, const struct answered *a, const char *text,
    struct id *out, struct err *e)
{
	const struct schema_type *type = answer_case_type(c, a);
	struct record r;
	enum err_code code;

	if (!id_parse(text, out))
		return err_set(e, ERR_INVALID, 0, "%.60s is no id", text);
	if ((code = store_begin_read(c->store, e)) == ERR_OK)
		code = store_record_get(c->store, *out, &r, e);
	store_rollback(c->store);
	if (code == ERR_NOTFOUND)
		return err_set(e, ERR_NOTFOUND, 0, "there is no %.60s %.60s",
		    type->name, text);
	if (code != ERR_OK)
		return code;
	if (strcmp(r.type, type->name) != 0)
		code = err_set(e, ERR_NOTFOUND, 0, "there is no %.60s %.60s",
		    type->name, text);
	else if (record_is_removed(&r))
		code = err_set(
		    e, ERR_INVALID, 0, "this %.60s was removed", type->name);
	else
		code = same_refs(c, a, r.doc, e);
	record_fini(&r);
	return code;
}

/* When it was acknowledged, if that was not said before; else NULL. */
static enum err_code
acknowledged_draft(struct command *c, const struct answered *a,
    struct draft **out, struct err *e)
{
	json_t *sets = json_array();
	enum err_code code = answer_acknowledged(a, sets, e);

	if (code == ERR_OK && json_array_size(sets) > 0)
		code = draft_make(c, a->type, &a->r, sets, out, e);
	json_decref(sets);
	return code;
}

/* The case and its parts, unless it is there (of_case NULL), and the answer:
 * all, or nothing. */
static enum err_code
accept_save(struct command *c, const struct answered *a,
    const struct draft *of_case, const struct draft *said, struct id case_id,
    struct err *e)
{
	enum err_code code = store_begin(c->store, e);

	if (code == ERR_OK && of_case != NULL)
		code = answer_save(c, of_case, NULL, &case_id, e);
	if (code == ERR_OK && of_case != NULL)
		code = parts_save(c, a, of_case, case_id, e);
	if (code == ERR_OK && of_case == NULL)
		code = json_put_take(c->out, "parts", json_object(), e);
	if (code != ERR_OK ||
	    (code = accepted_save(c, a, said, case_id, e)) != ERR_OK ||
	    (code = store_commit(c->store, e)) != ERR_OK ||
	    (code = json_put_id(c->out, "id", a->r.id, e)) != ERR_OK ||
	    (code = json_put_id(c->out, "case", case_id, e)) != ERR_OK)
		return code;
	return json_put_str(c->out, "status", a->in->accepted, e);
}

/* Which case: a new one as a draft, or the one that was named. */
static enum err_code
which_case(struct command *c, const struct answered *a, struct draft **out,
    struct id *id_out, struct err *e)
{
	const char *text = command_text_or(c, "case", NULL);

	if (text == NULL)
		return case_draft(c, a, out, e);
	if (json_object_get(c->in, "set") != NULL) {
		c->next = "Edit the case by itself.";
		return err_set(
		    e, ERR_INVALID, 0, "--set is of a new case, not of one");
	}
	return known_case(c, a, text, id_out, e);
}

enum err_code
command_record_accept(struct command *c, struct err *e)
{
	struct answered a;
	struct draft *of_case = NULL, *said = NULL;
	struct id case_id = { 0 };
	enum err_code code = answer_find(c, &a, e);

	if (code != ERR_OK)
		return code;
	if ((code = answer_unanswered(c, &a, e)) == ERR_OK &&
	    (code = which_case(c, &a, &of_case, &case_id, e)) == ERR_OK &&
	    (code = acknowledged_draft(c, &a, &said, e)) == ERR_OK)
		code = accept_save(c, &a, of_case, said, case_id, e);
	draft_free(of_case);
	draft_free(said);
	record_fini(&a.r);
	return code;
}
