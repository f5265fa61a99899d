/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A record of intake is answered: acknowledged, declined, given to somebody
 * (accepted: command_accept.c).  Each act sets what its schema says, in one
 * transaction.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/base/clock.h"
#include "common/core/allocate.h"
#include "common/core/intake.h"
#include "common/core/path.h"
#include "common/sys/json.h"
#include "daemon/central/command/command_answer.h"

enum err_code
answer_find(struct command *c, struct answered *a, struct err *e)
{
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
	if (!record_is_removed(&a->r))
		return ERR_OK;
	record_fini(&a->r);
	return err_set(
	    e, ERR_INVALID, 0, "this %.60s was removed", a->type->name);
}

enum err_code
answer_unanswered(struct command *c, const struct answered *a, struct err *e)
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

enum err_code
answer_set_add(json_t *sets, const char *path, const char *value, struct err *e)
{
	return json_add_take(
	    sets, json_pack("{s:s, s:s}", "path", path, "value", value), e);
}

/* What was said with --set, for this command to add to. */
enum err_code
answer_sets(const struct command *c, json_t **out, struct err *e)
{
	const json_t *said = json_object_get(c->in, "set");

	*out = said == NULL ? json_array() : json_copy_all(said);
	return *out != NULL ? ERR_OK
	                    : err_set(e, ERR_NOMEM, 0, "out of memory");
}

bool
answer_is_set(const json_t *sets, const char *path)
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
enum err_code
answer_acknowledged(const struct answered *a, json_t *sets, struct err *e)
{
	const struct schema_intake_step *s = act_step(a->in);

	if (s == NULL || path_get(a->r.doc, s->field) != NULL ||
	    answer_is_set(sets, s->field))
		return ERR_OK;
	return answer_set_add(sets, s->field, "now", e);
}

/* Save in the open transaction, as the draft says; whom it gives work may be
 * given it. */
enum err_code
answer_save(struct command *c, const struct draft *d, const struct id *record,
    struct id *id_out, struct err *e)
{
	const struct office_save save = { .author = c->acting,
		.record = record,
		.type = d->type->name,
		.edits = d->edits,
		.n_edits = d->n };
	struct office_saved saved;
	enum err_code code =
	    command_look_saved(c, d->type, d->doc, d->edits, d->n, e);

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
		code = answer_save(c, d, &r->id, NULL, e);
	if (code == ERR_OK)
		code = store_commit(c->store, e);
	draft_free(d);
	return code;
}

const struct schema_type *
answer_case_type(const struct command *c, const struct answered *a)
{
	return schema_type(engine_schema(c->g),
	    schema_find_field(a->type, a->in->of_case)->ref);
}

/* ---- acknowledge and decline ---- */

enum err_code
command_record_acknowledge(struct command *c, struct err *e)
{
	const struct schema_intake_step *s;
	struct answered a;
	json_t *sets = NULL;
	enum err_code code = answer_find(c, &a, e);

	if (code != ERR_OK)
		return code;
	s = act_step(a.in);
	if (s == NULL)
		code = err_set(e, ERR_INVALID, 0,
		    "%.60s records are not acknowledged", a.type->name);
	else if (path_get(a.r.doc, s->field) != NULL)
		code =
		    err_set(e, ERR_CONFLICT, 0, "it was acknowledged before");
	if (code == ERR_OK)
		code = answer_sets(c, &sets, e);
	if (code == ERR_OK)
		code = answer_acknowledged(&a, sets, e);
	if (code == ERR_OK)
		code = one_save(c, a.type, &a.r, sets, e);
	if (code == ERR_OK)
		code = json_put_id(c->out, "id", a.r.id, e);
	json_decref(sets);
	record_fini(&a.r);
	return code;
}

/* Why it is declined is counted, so it is one of the list, by code or label;
 * and which status that comes to. */
static enum err_code
because_known(struct command *c, const struct answered *a, const char *because,
    const char **status_out, struct err *e)
{
	const struct schema_list *list =
	    schema_find_field(a->type, a->in->because)->codes;

	for (size_t i = 0; i < list->items_n; i++)
		if (strcmp(list->items[i].code, because) == 0 ||
		    strcasecmp(list->items[i].label, because) == 0) {
			const char *other = json_string_value(json_object_get(
			    a->in->declined_as, list->items[i].code));

			*status_out = other == NULL ? a->in->declined : other;
			return ERR_OK;
		}
	c->next = "The command fields lists the codes.";
	return err_set(e, ERR_INVALID, 0, "\"%.60s\" is not in the list: %s",
	    because, list->label);
}

enum err_code
command_record_decline(struct command *c, struct err *e)
{
	struct answered a;
	const char *because, *status = "";
	json_t *sets = NULL;
	enum err_code code = command_text(c, "because", &because, e);

	if (code != ERR_OK || (code = answer_find(c, &a, e)) != ERR_OK)
		return code;
	if ((code = answer_unanswered(c, &a, e)) == ERR_OK &&
	    (code = because_known(c, &a, because, &status, e)) == ERR_OK &&
	    (code = answer_sets(c, &sets, e)) == ERR_OK &&
	    (code = answer_set_add(sets, a.in->status, status, e)) == ERR_OK &&
	    (code = answer_set_add(sets, a.in->because, because, e)) ==
	        ERR_OK &&
	    (code = answer_acknowledged(&a, sets, e)) == ERR_OK &&
	    (code = one_save(c, a.type, &a.r, sets, e)) == ERR_OK &&
	    (code = json_put_id(c->out, "id", a.r.id, e)) == ERR_OK)
		code = json_put_str(c->out, "status", status, e);
	json_decref(sets);
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
		code = answer_set_add(sets, path, columns[i].value, e);
	}
	return code;
}

/* Asked again, it would be a second row that says the same. */
static enum err_code
check_not_given(struct command *c, const struct schema_grants *g,
    const json_t *doc, const char *user, struct err *e)
{
	char today[CLOCK_DAY_MAX];
	struct office_user u;
	enum err_code code = command_user(c, user, &u, e);

	if (code != ERR_OK)
		return code;
	clock_day(clock_unix_ms(), today);
	if (!allocate_is_given(g, doc, id_print(u.id).s, today))
		return ERR_OK;
	c->next = "Nothing was changed. An edit of the case changes from when "
	          "and until when.";
	return err_set(
	    e, ERR_CONFLICT, 0, "%.80s works on its case already", u.name);
}

enum err_code
command_record_allocate(struct command *c, struct err *e)
{
	const char *user, *text;
	struct answered a;
	struct record of_case;
	struct id id;
	json_t *sets = NULL;
	bool has_case;
	enum err_code code = command_text(c, "user", &user, e);

	if (code != ERR_OK || (code = answer_find(c, &a, e)) != ERR_OK)
		return code;
	text = json_string_value(path_get(a.r.doc, a.in->of_case));
	if (text == NULL || !id_parse(text, &id)) {
		record_fini(&a.r);
		c->next = "Accept it first.";
		return err_set(e, ERR_INVALID, 0, "there is no case of it yet");
	}
	if ((code = store_begin_read(c->store, e)) == ERR_OK)
		code = store_record_get(c->store, id, &of_case, e);
	has_case = code == ERR_OK;
	if (has_case)
		code = check_not_given(
		    c, &answer_case_type(c, &a)->grants, of_case.doc, user, e);
	store_rollback(c->store);
	if (code != ERR_OK)
		goto out;
	if ((code = answer_sets(c, &sets, e)) == ERR_OK &&
	    (code = row_add(c, &answer_case_type(c, &a)->grants, sets, e)) ==
	        ERR_OK &&
	    (code = one_save(c, answer_case_type(c, &a), &of_case, sets, e)) ==
	        ERR_OK &&
	    (code = json_put_id(c->out, "id", a.r.id, e)) == ERR_OK)
		code = json_put_id(c->out, "case", id, e);
	json_decref(sets);
out:
	if (has_case)
		record_fini(&of_case);
	record_fini(&a.r);
	return code;
}
