/* SPDX-License-Identifier: Apache-2.0 */
#include "client/waiting.h"

#include <stdlib.h>

#include "client/save.h"
#include "client/stands.h"
#include "common/core/decide.h"
#include "common/core/intake.h"
#include "common/core/path.h"
#include "common/core/same.h"
#include "common/sys/json.h"

/* What is here of a case: what tells of a step, and the settings. */
struct told {
	struct client *c;
	json_t *of_case, *settings; /* owned documents; NULL: not here */
	struct intake_event *events;
	size_t n, room;
	/* The step at work, and what came of it. */
	const struct schema_type *type;
	enum err_code code;
	struct err e;
};

static void
told_fini(struct told *t)
{
	for (size_t i = 0; i < t->n; i++)
		json_decref((json_t *)(uintptr_t)t->events[i].doc);
	free(t->events);
	json_decref(t->of_case);
	json_decref(t->settings);
}

static bool
event_add(void *arg, struct id id)
{
	struct told *t = arg;
	json_t *doc;

	t->code = record_doc(t->c, id, &doc, &t->e);
	if (t->code != ERR_OK || doc == NULL)
		return t->code == ERR_OK;
	if (t->n == t->room) {
		const size_t room = t->room == 0 ? 16 : 2 * t->room;
		struct intake_event *events =
		    reallocarray(t->events, room, sizeof(*events));

		if (events == NULL) {
			json_decref(doc);
			t->code = err_set(&t->e, ERR_NOMEM, 0, "out of memory");
			return false;
		}
		t->events = events;
		t->room = room;
	}
	t->events[t->n++] = (struct intake_event){ t->type, doc };
	return true;
}

static enum err_code
events_find(struct told *t, const struct schema_intake *in, struct id of_case,
    struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < in->steps_n && code == ERR_OK; i++) {
		const struct naming_query q = { .target = of_case,
			.type = in->steps[i].type,
			.field = in->steps[i].of_case };

		if (q.type == NULL || intake_is_asked(in, i))
			continue;
		t->type = schema_type(t->c->schema, q.type);
		code = device_store_naming(t->c->store, &q, event_add, t, e);
		if (code == ERR_OK && t->code != ERR_OK) {
			code = t->code;
			if (e != NULL)
				*e = t->e;
		}
	}
	return code;
}

static enum err_code
told_find(struct told *t, const struct schema_type *type, const json_t *doc,
    struct id *case_out, struct err *e)
{
	const struct schema_intake *in = &type->intake;
	const struct device_identity *me = device_store_identity(t->c->store);
	const char *text = json_string_value(path_get(doc, in->of_case));
	enum err_code code =
	    record_doc(t->c, decide_settings_id(me->office), &t->settings, e);

	if (code != ERR_OK || text == NULL || !id_parse(text, case_out))
		return code;
	code = record_doc(t->c, *case_out, &t->of_case, e);
	return code != ERR_OK || t->of_case == NULL
	    ? code
	    : events_find(t, in, *case_out, e);
}

/* Whom it is about, by what stands for them. */
static enum err_code
person_put(struct client *c, const struct schema_type *type, const json_t *doc,
    json_t *out, struct err *e)
{
	const struct schema_field *ref = same_ref(c->schema, type);
	const char *text = ref == NULL
	    ? NULL
	    : json_string_value(json_object_get(doc, ref->name));
	struct id id, stands;
	enum err_code code;

	if (text == NULL || !id_parse(text, &id))
		return json_put_take(out, "person", json_null(), e);
	code = stands_for(c, schema_type(c->schema, ref->ref), id, &stands, e);
	return code != ERR_OK ? code : json_put_id(out, "person", stands, e);
}

enum err_code
waited_put(struct client *c, const struct schema_type *type,
    const struct record *r, json_t *out, struct err *e)
{
	struct told t = { .c = c };
	struct intake_facts facts = {
		.schema = c->schema, .type = type, .doc = r->doc
	};
	struct id of_case = { 0 };
	char title[TITLE_MAX];
	enum err_code code = device_store_office_ms(c->store, &facts.now_ms, e);

	if (code == ERR_OK)
		code = told_find(&t, type, r->doc, &of_case, e);
	facts.of_case = t.of_case;
	facts.settings = t.settings;
	facts.events = t.events;
	facts.events_n = t.n;
	record_title(c, id_print(r->id).s, title);
	if (code == ERR_OK &&
	    (code = json_put_id(out, "id", r->id, e)) == ERR_OK &&
	    (code = json_put_str(out, "type", type->name, e)) == ERR_OK &&
	    (code = json_put_str(out, "title", title, e)) == ERR_OK &&
	    (code = json_put_take(out, "case",
	         t.of_case != NULL ? json_string(id_print(of_case).s)
	                           : json_null(),
	         e)) == ERR_OK &&
	    (code = person_put(c, type, r->doc, out, e)) == ERR_OK)
		code = intake_to_json(&facts, out, e);
	told_fini(&t);
	return code;
}
