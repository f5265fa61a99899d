/* SPDX-License-Identifier: Apache-2.0 */
#include "client/asked.h"

#include <time.h>

#include "client/output.h"
#include "common/base/clock.h"
#include "common/core/checklist.h"
#include "common/core/human.h"
#include "common/core/schema_template.h"
#include "common/core/value.h"
#include "common/sys/json.h"

#define PAGE 1000

void
asked_today(char out[static TODAY_MAX])
{
	time_t now = (time_t)(clock_unix_ms() / 1000);
	struct tm tm;

	if (localtime_r(&now, &tm) == NULL ||
	    strftime(out, TODAY_MAX, "%Y-%m-%d", &tm) == 0)
		(void)snprintf(out, TODAY_MAX, "%s", "1970-01-01");
}

/* ---- before it may be signed ---- */

static enum err_code
add_label(json_t *gaps, const struct schema_field *f, struct err *e)
{
	for (size_t i = 0; i < json_array_size(gaps); i++)
		if (strcmp(json_string_value(json_array_get(gaps, i)),
		        f->label) == 0)
			return ERR_OK;
	return json_add_take(gaps, json_string(f->label), e);
}

enum err_code
asked_gaps(const struct client *c, const struct schema_type *type,
    const json_t *doc, json_t **out, struct err *e)
{
	const struct template_version *v = NULL;
	const struct schema_field *f;
	json_t *gaps = json_array();
	char today[TODAY_MAX];
	size_t i = 0;
	enum err_code code = ERR_OK;

	asked_today(today);
	while (code == ERR_OK && (f = schema_missing(type, doc, &i)) != NULL)
		code = add_label(gaps, f, e);
	if (schema_template_of(c->schema, type, doc, &v) == TEMPLATE_KNOWN)
		for (i = 0; code == ERR_OK &&
		     (f = schema_template_missing(v, doc, today, &i)) != NULL;)
			code = add_label(gaps, f, e);
	if (code != ERR_OK)
		json_decref(gaps);
	else
		*out = gaps;
	return code;
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
	const struct path_state *whole;
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
	whole = record_path(&view.record, "");
	if (whole == NULL || !whole->is_removed)
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

enum err_code
asked_warnings(struct client *c, const struct schema_type *type, struct id id,
    const json_t *doc, json_t **out, struct err *e)
{
	const struct checklist_look look = {
		.arg = c, .get = look_get, .referring = look_referring
	};
	const struct id_text text = id_print(id);
	char today[TODAY_MAX];
	json_t *warnings = json_array();
	const struct checklist_of of = { .schema = c->schema,
		.type = type,
		.id = text.s,
		.doc = doc,
		.day = today,
		.look = &look };
	enum err_code code;

	asked_today(today);
	code = checklist_check(&of, warnings, e);
	if (code != ERR_OK)
		json_decref(warnings);
	else
		*out = warnings;
	return code;
}

void
asked_tell(struct client *c, const json_t *warnings)
{
	if (json_array_size(warnings) == 0)
		return;
	output_words(c, "check.warnings", NULL);
	for (size_t i = 0; i < json_array_size(warnings); i++) {
		const json_t *one = json_array_get(warnings, i);

		output("  %s\n    %s (%s)\n", human_str(one, "label"),
		    human_str(one, "reason"), human_str(one, "source"));
	}
}
