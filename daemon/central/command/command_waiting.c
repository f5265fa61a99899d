/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long people have waited since somebody asked for an advocate for them
 * (common/core/intake.h).
 */
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/core/intake.h"
#include "common/core/path.h"
#include "common/sys/json.h"
#include "daemon/central/command/command_ids.h"

/* What a list is made of, while it is made. */
struct waiting {
	struct command *c;
	json_t *list;
	bool is_all; /* also those that wait for nothing any more */
	struct record settings;
	bool has_settings;
	int64_t waits, unallocated, late, decision_first;
};

/* ---- what a case's records tell ---- */

struct told {
	struct record of_case;
	bool has_case;
	struct record *records; /* owned, events[i] borrows from */
	struct intake_event *events;
	size_t n;
};

static void
told_fini(struct told *t)
{
	for (size_t i = 0; i < t->n; i++)
		record_fini(&t->records[i]);
	free(t->records);
	free(t->events);
	if (t->has_case)
		record_fini(&t->of_case);
}

static enum err_code
told_add(struct command *c, const struct schema_type *type,
    const struct command_ids *ids, struct told *t, struct err *e)
{
	struct record *records =
	    reallocarray(t->records, t->n + ids->n, sizeof(*records));
	struct intake_event *events;
	enum err_code code = ERR_OK;

	if (records == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	t->records = records;
	events = reallocarray(t->events, t->n + ids->n, sizeof(*events));
	if (events == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	t->events = events;
	for (size_t i = 0; i < ids->n && code == ERR_OK; i++) {
		struct record *r = &t->records[t->n];

		code = store_record_get(c->store, ids->list[i], r, e);
		if (code != ERR_OK)
			break;
		if (record_is_removed(r)) {
			record_fini(r);
			continue;
		}
		t->events[t->n++] = (struct intake_event){ type, r->doc };
	}
	return code;
}

/* Another step asks for the same records. */
static bool
is_known(const struct schema_intake *in, size_t step)
{
	const struct schema_intake_step *s = &in->steps[step];

	for (size_t i = 0; i < step; i++)
		if (in->steps[i].type != NULL &&
		    strcmp(in->steps[i].type, s->type) == 0 &&
		    strcmp(in->steps[i].of_case, s->of_case) == 0)
			return true;
	return false;
}

static enum err_code
events_find(struct command *c, const struct schema_type *type,
    struct id case_id, struct told *t, struct err *e)
{
	const struct schema_intake *in = &type->intake;
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < in->steps_n && code == ERR_OK; i++) {
		const struct schema_intake_step *s = &in->steps[i];
		struct command_ids ids = { 0 };

		if (s->type == NULL || is_known(in, i))
			continue;
		code = store_referring(c->store, s->type, s->of_case, case_id,
		    command_ids_add, &ids, e);
		if (code == ERR_OK && ids.is_full)
			code = err_set(e, ERR_NOMEM, 0, "out of memory");
		if (code == ERR_OK && ids.n > 0)
			code = told_add(c,
			    schema_type(engine_schema(c->g), s->type), &ids, t,
			    e);
		free(ids.list);
	}
	return code;
}

/* The case that the record became, if it is there, and what is about it. */
static enum err_code
told_find(struct command *c, const struct schema_type *type,
    const struct record *r, struct told *t, struct err *e)
{
	const char *text =
	    json_string_value(path_get(r->doc, type->intake.of_case));
	struct id id;
	enum err_code code;

	if (text == NULL || !id_parse(text, &id))
		return ERR_OK;
	code = store_record_get(c->store, id, &t->of_case, e);
	if (code == ERR_NOTFOUND)
		return ERR_OK;
	t->has_case = code == ERR_OK;
	return code != ERR_OK ? code : events_find(c, type, id, t, e);
}

/* ---- the list ---- */

static void
count(struct waiting *w, const json_t *one)
{
	const json_t *steps = json_object_get(one, "steps");
	bool is_late = false;

	for (size_t i = 0; i < json_array_size(steps); i++)
		is_late |= json_is_true(
		    json_object_get(json_array_get(steps, i), "late"));
	w->waits += json_is_true(json_object_get(one, "waits")) ? 1 : 0;
	w->unallocated +=
	    json_is_true(json_object_get(one, "unallocated")) ? 1 : 0;
	w->decision_first +=
	    json_is_true(json_object_get(one, "decision_first")) ? 1 : 0;
	w->late += is_late ? 1 : 0;
}

static enum err_code
one_put(struct waiting *w, const struct schema_type *type,
    const struct record *r, const struct told *t, json_t *one, struct err *e)
{
	const struct intake_facts facts = {
		.schema = engine_schema(w->c->g),
		.type = type,
		.doc = r->doc,
		.of_case = t->has_case ? t->of_case.doc : NULL,
		.settings = w->has_settings ? w->settings.doc : NULL,
		.events = t->events,
		.events_n = t->n,
		.now_ms = clock_unix_ms(),
	};
	enum err_code code;

	if ((code = json_put_id(one, "id", r->id, e)) != ERR_OK ||
	    (code = json_put_str(one, "type", type->name, e)) != ERR_OK ||
	    (code = command_title_put(w->c, one, "title", r->id, e)) !=
	        ERR_OK ||
	    (code = json_put_take(one, "case",
	         t->has_case ? json_string(id_print(t->of_case.id).s)
	                     : json_null(),
	         e)) != ERR_OK)
		return code;
	return intake_to_json(&facts, one, e);
}

static enum err_code
record_put(struct waiting *w, const struct schema_type *type, struct id id,
    struct err *e)
{
	struct told t = { .n = 0 };
	struct record r;
	json_t *one;
	enum err_code code = store_record_get(w->c->store, id, &r, e);

	if (code != ERR_OK)
		return code;
	one = json_object();
	if (record_is_removed(&r))
		goto out;
	if ((code = told_find(w->c, type, &r, &t, e)) != ERR_OK ||
	    (code = one_put(w, type, &r, &t, one, e)) != ERR_OK)
		goto out;
	if (w->is_all || json_is_true(json_object_get(one, "waits"))) {
		count(w, one);
		code = json_add_take(w->list, json_incref(one), e);
	}
out:
	told_fini(&t);
	record_fini(&r);
	json_decref(one);
	return code;
}

static enum err_code
type_put(struct waiting *w, const struct schema_type *type, struct err *e)
{
	struct command_ids ids = { 0 };
	enum err_code code = command_ids_of_type(w->c, type, &ids, e);

	for (size_t i = 0; i < ids.n && code == ERR_OK; i++)
		code = record_put(w, type, ids.list[i], e);
	free(ids.list);
	return code;
}

/* Who has waited longest comes first; what has no day comes before all, since
 * somebody has to look at it. */
static int
by_received(const void *a, const void *b)
{
	const json_t *const *x = a, *const *y = b;
	const char *left = json_string_value(json_object_get(*x, "received"));
	const char *right = json_string_value(json_object_get(*y, "received"));

	return strcmp(left == NULL ? "" : left, right == NULL ? "" : right);
}

static enum err_code
answer_put(struct waiting *w, struct err *e)
{
	json_t *list = NULL;
	enum err_code code = command_sorted(w->list, by_received, &list, e);

	if (code != ERR_OK ||
	    (code = json_put_take(w->c->out, "waiting", list, e)) != ERR_OK ||
	    (code = json_put_int(w->c->out, "waits", w->waits, e)) != ERR_OK ||
	    (code = json_put_int(
	         w->c->out, "unallocated", w->unallocated, e)) != ERR_OK ||
	    (code = json_put_int(w->c->out, "late", w->late, e)) != ERR_OK)
		return code;
	return json_put_int(w->c->out, "decision_first", w->decision_first, e);
}

enum err_code
command_waiting_list(struct command *c, struct err *e)
{
	const struct schema *s = engine_schema(c->g);
	struct waiting w = { .c = c,
		.list = json_array(),
		.is_all = json_is_true(json_object_get(c->in, "all")) };
	enum err_code code = store_begin_read(c->store, e);

	if (code == ERR_OK)
		code = store_record_get(
		    c->store, engine_settings_id(c->g), &w.settings, e);
	w.has_settings = code == ERR_OK;
	if (code == ERR_NOTFOUND)
		code = ERR_OK;
	for (size_t i = 0; i < schema_types_n(s) && code == ERR_OK; i++)
		if (schema_type_at(s, i)->intake.of_case != NULL)
			code = type_put(&w, schema_type_at(s, i), e);
	if (code == ERR_OK)
		code = answer_put(&w, e);
	if (w.has_settings)
		record_fini(&w.settings);
	json_decref(w.list);
	return code;
}
