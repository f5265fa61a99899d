/* SPDX-License-Identifier: Apache-2.0 */
#include "client/asked.h"

#include "client/output.h"
#include "common/base/clock.h"
#include "common/core/check.h"
#include "common/core/decide.h"
#include "common/core/schema_template.h"
#include "common/core/value.h"
#include "common/sys/json.h"

#define PAGE 1000

/* ---- before it may be signed ---- */

enum err_code
asked_gaps(const struct client *c, const struct schema_type *type,
    const json_t *doc, json_t **out, struct err *e)
{
	char today[CLOCK_DAY_MAX];

	clock_day(clock_unix_ms(), today);
	return check_gaps(c->schema, type, doc, today, out, e);
}

bool
asked_is_newer(
    const struct client *c, const struct schema_type *type, const json_t *doc)
{
	const struct template_version *v;

	return schema_template_of(c->schema, type, doc, &v) == TEMPLATE_NEWER;
}

/* ---- checklists ---- */

static enum err_code
look_get(void *arg, const char *id_text, json_t **out, struct err *e)
{
	struct client *c = arg;
	struct record_view view;
	struct id id;
	enum err_code code;

	*out = NULL;
	if (!id_parse(id_text, &id))
		return ERR_OK;
	code = device_store_get(c->store, id, &view, e);
	if (code == ERR_NOTFOUND)
		return ERR_OK;
	if (code != ERR_OK)
		return code;
	if (!record_is_removed(&view.record))
		*out = value_share(view.record.doc);
	record_view_fini(&view);
	return ERR_OK;
}

struct listed {
	json_t *ids;
	struct id last;
	size_t n;
	struct err e;
};

static bool
take_id(void *arg, const struct record_summary *r)
{
	struct listed *l = arg;

	l->last = r->id;
	l->n++;
	return r->is_removed ||
	    json_add_take(l->ids, json_string(id_print(r->id).s), &l->e) ==
	    ERR_OK;
}

/* The ids of every record of a type. */
static enum err_code
list_type(struct client *c, const char *type, struct listed *l, struct err *e)
{
	const struct id *after = NULL;
	struct id at;
	enum err_code code;

	do {
		l->n = 0;
		code = device_store_list(
		    c->store, type, after, PAGE, take_id, l, e);
		if (code == ERR_OK && l->e.code != ERR_OK) {
			*e = l->e;
			code = l->e.code;
		}
		at = l->last;
		after = &at;
	} while (code == ERR_OK && l->n == PAGE);
	return code;
}

static bool
refers(const json_t *value, const char *id)
{
	if (json_is_string(value))
		return strcmp(json_string_value(value), id) == 0;
	for (size_t i = 0; i < json_array_size(value); i++)
		if (refers(json_array_get(value, i), id))
			return true;
	return false;
}

enum err_code
asked_referring(struct client *c, const char *type, const char *field,
    const char *id, json_t **out, struct err *e)
{
	struct listed l = { .ids = json_array() };
	json_t *docs = json_array(), *doc = NULL;
	enum err_code code = list_type(c, type, &l, e);

	for (size_t i = 0; i < json_array_size(l.ids) && code == ERR_OK; i++) {
		code = look_get(
		    c, json_string_value(json_array_get(l.ids, i)), &doc, e);
		if (code == ERR_OK && doc != NULL &&
		    refers(json_object_get(doc, field), id))
			code = json_add_take(docs, json_incref(doc), e);
		json_decref(doc);
		doc = NULL;
	}
	json_decref(l.ids);
	if (code != ERR_OK)
		json_decref(docs);
	else
		*out = docs;
	return code;
}

static enum err_code
look_referring(void *arg, const char *type, const char *field, const char *id,
    json_t **out, struct err *e)
{
	return asked_referring(arg, type, field, id, out, e);
}

/* What the checklists are held against; end it with json_decref(*service). */
struct asking {
	struct checklist_of of;
	struct checklist_look look;
	struct id_text id;
	char today[CLOCK_DAY_MAX];
	json_t *service; /* its record, or NULL: not here */
};

static enum err_code
asking_make(struct client *c, const struct schema_type *type, struct id id,
    const json_t *doc, struct asking *out, struct err *e)
{
	const struct device_identity *me = device_store_identity(c->store);
	const struct id_text service = id_print(decide_settings_id(me->office));
	enum err_code code = look_get(c, service.s, &out->service, e);

	if (code != ERR_OK)
		return code;
	out->look = (struct checklist_look){
		.arg = c, .get = look_get, .referring = look_referring
	};
	out->id = id_print(id);
	clock_day(clock_unix_ms(), out->today);
	out->of = (struct checklist_of){ .schema = c->schema,
		.type = type,
		.id = out->id.s,
		.doc = doc,
		.day = out->today,
		.nation = check_nation(c->schema, out->service),
		.look = &out->look };
	return ERR_OK;
}

enum err_code
asked_warnings(struct client *c, const struct schema_type *type, struct id id,
    const json_t *doc, json_t **out, struct err *e)
{
	struct asking a;
	json_t *warnings = json_array();
	enum err_code code = asking_make(c, type, id, doc, &a, e);

	if (code == ERR_OK) {
		code = checklist_check(&a.of, warnings, e);
		json_decref(a.service);
	}
	if (code != ERR_OK)
		json_decref(warnings);
	else
		*out = warnings;
	return code;
}

enum err_code
asked_check(struct client *c, const struct schema_type *type, struct id id,
    const json_t *doc, json_t *out, struct err *e)
{
	struct asking a;
	enum err_code code = asking_make(c, type, id, doc, &a, e);

	if (code == ERR_OK) {
		code = check_to_json(&a.of, out, e);
		json_decref(a.service);
	}
	return code;
}
