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
#include "common/core/same.h"
#include "common/core/waiting.h"
#include "common/sys/json.h"
#include "daemon/central/command/command_ids.h"

/* What a list is made of, while it is made. */
struct waiting {
	struct command *c;
	json_t *list;
	bool is_all; /* also those that wait for nothing any more */
	struct record settings;
	bool has_settings;
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

static enum err_code
events_find(struct command *c, const struct schema_type *type,
    struct id case_id, struct told *t, struct err *e)
{
	const struct schema_intake *in = &type->intake;
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < in->steps_n && code == ERR_OK; i++) {
		const struct schema_intake_step *s = &in->steps[i];
		struct command_ids ids = { 0 };

		if (s->type == NULL || intake_is_asked(in, i))
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

/* Whom it is about, by what stands for them. */
static enum err_code
person_put(struct command *c, const struct schema_type *type, const json_t *doc,
    json_t *one, struct err *e)
{
	const struct schema *s = engine_schema(c->g);
	const struct schema_field *ref = same_ref(s, type);
	const char *text = ref == NULL
	    ? NULL
	    : json_string_value(json_object_get(doc, ref->name));
	struct id id;
	enum err_code code;

	if (text == NULL || !id_parse(text, &id))
		return json_put_take(one, "person", json_null(), e);
	code = command_standing(c, schema_type(s, ref->ref), id, &id, e);
	return code != ERR_OK ? code : json_put_id(one, "person", id, e);
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
	         e)) != ERR_OK ||
	    (code = person_put(w->c, type, r->doc, one, e)) != ERR_OK)
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
	if (w->is_all || json_is_true(json_object_get(one, "waits")))
		code = json_add_take(w->list, json_incref(one), e);
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

static enum err_code
settings_find(struct waiting *w, struct err *e)
{
	const enum err_code code = store_record_get(
	    w->c->store, engine_settings_id(w->c->g), &w->settings, e);

	w->has_settings = code == ERR_OK;
	return code == ERR_NOTFOUND ? ERR_OK : code;
}

enum err_code
command_waited_put(struct command *c, const struct schema_type *type,
    const struct record *r, json_t *out, struct err *e)
{
	struct waiting w = { .c = c };
	struct told t = { .n = 0 };
	json_t *one = json_object();
	enum err_code code = ERR_OK;

	if (type->intake.of_case != NULL && !record_is_removed(r)) {
		code = settings_find(&w, e);
		if (code == ERR_OK)
			code = told_find(c, type, r, &t, e);
		if (code == ERR_OK)
			code = one_put(&w, type, r, &t, one, e);
		if (code == ERR_OK)
			code =
			    json_put_take(out, "waited", json_incref(one), e);
	}
	told_fini(&t);
	if (w.has_settings)
		record_fini(&w.settings);
	json_decref(one);
	return code;
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
		code = settings_find(&w, e);
	for (size_t i = 0; i < schema_types_n(s) && code == ERR_OK; i++)
		if (schema_type_at(s, i)->intake.of_case != NULL)
			code = type_put(&w, schema_type_at(s, i), e);
	if (code == ERR_OK)
		code = waiting_put(w.list, c->out, e);
	if (w.has_settings)
		record_fini(&w.settings);
	json_decref(w.list);
	return code;
}
