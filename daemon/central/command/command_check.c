/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a record still needs to be signed, and what the law's checklists miss:
 * of all that the office has, as a device tells it of what it holds.
 */
#include "common/base/clock.h"
#include "common/core/check.h"
#include "common/core/value.h"
#include "common/sys/json.h"
#include "daemon/central/command/command.h"

/* A record's document; NULL where there is none, or it was removed. */
static enum err_code
doc_get(const struct command *c, struct id id, json_t **out, struct err *e)
{
	struct record r;
	enum err_code code = store_record_get(c->store, id, &r, e);

	*out = NULL;
	if (code != ERR_OK)
		return code == ERR_NOTFOUND ? ERR_OK : code;
	if (!record_is_removed(&r))
		*out = value_share(r.doc);
	record_fini(&r);
	return ERR_OK;
}

static enum err_code
look_get(void *arg, const char *id_text, json_t **out, struct err *e)
{
	struct id id;

	*out = NULL;
	return id_parse(id_text, &id) ? doc_get(arg, id, out, e) : ERR_OK;
}

/* Documents of the records that refer to one, as they are found. */
struct referring {
	const struct command *c;
	json_t *docs;
	enum err_code code;
	struct err e;
};

static bool
referring_add(void *arg, struct id id)
{
	struct referring *r = arg;
	json_t *doc;

	r->code = doc_get(r->c, id, &doc, &r->e);
	if (r->code == ERR_OK && doc != NULL)
		r->code = json_add_take(r->docs, doc, &r->e);
	return r->code == ERR_OK;
}

static enum err_code
look_referring(void *arg, const char *type, const char *field,
    const char *id_text, json_t **out, struct err *e)
{
	const struct command *c = arg;
	struct referring found = { .c = c, .docs = json_array() };
	struct id id;
	enum err_code code = ERR_OK;

	if (id_parse(id_text, &id))
		code = store_referring(
		    c->store, type, field, id, referring_add, &found, e);
	if (code == ERR_OK && found.code != ERR_OK) {
		*e = found.e;
		code = found.code;
	}
	if (code == ERR_OK)
		*out = found.docs;
	else
		json_decref(found.docs);
	return code;
}

static enum err_code
check_put(struct command *c, const struct schema_type *type,
    const struct record *r, struct err *e)
{
	const struct schema *s = engine_schema(c->g);
	const struct id_text id = id_print(r->id);
	const struct checklist_look look = {
		.arg = c, .get = look_get, .referring = look_referring
	};
	struct checklist_of of = { .schema = s,
		.type = type,
		.id = id.s,
		.doc = r->doc,
		.look = &look };
	char today[CLOCK_DAY_MAX];
	json_t *service;
	enum err_code code = doc_get(c, engine_settings_id(c->g), &service, e);

	if (code != ERR_OK)
		return code;
	clock_day(clock_unix_ms(), today);
	of.day = today;
	of.nation = check_nation(s, service);
	if ((code = json_put_id(c->out, "id", r->id, e)) == ERR_OK &&
	    (code = json_put_str(c->out, "type", type->name, e)) == ERR_OK)
		code = check_to_json(&of, c->out, e);
	json_decref(service);
	return code;
}

enum err_code
command_record_check(struct command *c, struct err *e)
{
	const struct schema_type *type;
	struct record r;
	enum err_code code;

	if ((code = command_type(c, &type, e)) != ERR_OK ||
	    (code = command_record(c, type, &r, e)) != ERR_OK)
		return code;
	code = record_is_removed(&r)
	    ? err_set(e, ERR_INVALID, 0, "this %.60s was removed", type->name)
	    : check_put(c, type, &r, e);
	record_fini(&r);
	return code;
}
