/* SPDX-License-Identifier: Apache-2.0 */
#include "client/asked.h"

#include "client/output.h"
#include "common/base/clock.h"
#include "common/core/check.h"
#include "common/core/decide.h"
#include "common/core/schema_template.h"
#include "common/core/value.h"
#include "common/sys/json.h"

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

/* Documents of the records that refer to one, as they are found. */
struct referring {
	struct client *c;
	json_t *docs;
	enum err_code code;
	struct err e;
};

static bool
referring_add(void *arg, struct id id)
{
	struct referring *r = arg;
	json_t *doc;

	r->code = look_get(r->c, id_print(id).s, &doc, &r->e);
	if (r->code == ERR_OK && doc != NULL)
		r->code = json_add_take(r->docs, doc, &r->e);
	return r->code == ERR_OK;
}

enum err_code
asked_referring(struct client *c, const char *type, const char *field,
    const char *id, json_t **out, struct err *e)
{
	struct naming_query q = { .type = type, .field = field };
	struct referring r = { .c = c, .docs = json_array() };
	enum err_code code = ERR_OK;

	if (id_parse(id, &q.target))
		code = device_store_naming(c->store, &q, referring_add, &r, e);
	if (code == ERR_OK && r.code != ERR_OK) {
		*e = r.e;
		code = r.code;
	}
	if (code != ERR_OK)
		json_decref(r.docs);
	else
		*out = r.docs;
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
