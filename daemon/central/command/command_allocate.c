/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Before somebody is given work: have they declared that nothing stands
 * between them and it, and can they do it?
 */
#include "common/base/clock.h"
#include "common/core/allocate.h"
#include "common/core/path.h"
#include "common/core/value.h"
#include "common/sys/json.h"
#include "daemon/central/command/command.h"

static enum err_code
check_interest(struct command *c, const struct schema_type *type,
    const json_t *doc, const struct office_user *u, struct err *e)
{
	switch (allocate_interest(type, doc, id_print(u->id).s)) {
	case ALLOCATE_CONFLICT:
		c->next = "Give it to somebody else, or declare how it is "
		          "managed and then try again.";
		return err_set(e, ERR_INVALID, 0,
		    "%.80s has declared a conflict of interest", u->name);
	case ALLOCATE_UNDECLARED:
		return command_warn(c, "undeclared", u->name, u->name, e);
	case ALLOCATE_NOT_ASKED:
	case ALLOCATE_CLEAR:
		break;
	}
	return ERR_OK;
}

static enum err_code
check_competence(struct command *c, const struct schema_type *type,
    const json_t *doc, const struct office_user *u, struct err *e)
{
	char today[CLOCK_DAY_MAX];
	json_t *lacking = json_array();
	struct record r;
	enum err_code code = store_record_get(c->store, u->id, &r, e);
	const bool has_record = code == ERR_OK;

	clock_day(clock_unix_ms(), today);
	if (code == ERR_NOTFOUND)
		code = ERR_OK;
	if (code == ERR_OK)
		code = allocate_lacking(engine_schema(c->g), type, doc,
		    has_record ? r.doc : NULL, today, lacking, e);
	for (size_t i = 0; i < json_array_size(lacking) && code == ERR_OK; i++)
		code = command_warn(c, "competence",
		    json_string_value(json_array_get(lacking, i)), u->name, e);
	if (has_record)
		record_fini(&r);
	json_decref(lacking);
	return code;
}

enum err_code
command_allocate(struct command *c, const struct schema_type *type,
    const json_t *doc, const struct office_user *u, struct err *e)
{
	enum err_code code = check_interest(c, type, doc, u, e);

	return code != ERR_OK ? code : check_competence(c, type, doc, u, e);
}

/* The document with the edits in it, the caller's. */
static enum err_code
doc_with(const struct schema_type *type, const json_t *before,
    const struct office_edit *edits, size_t n, json_t **out, struct err *e)
{
	json_t *doc =
	    before == NULL ? json_object() : json_deep_copy_all(before);
	enum err_code code = doc == NULL ? value_no_memory(e) : ERR_OK;

	for (size_t i = 0; i < n && code == ERR_OK; i++)
		code = path_set(doc, edits[i].path, edits[i].now,
		    schema_find(type, edits[i].path).part == SCHEMA_PART_MEMBER,
		    e);
	if (code == ERR_OK)
		*out = doc;
	else
		json_decref(doc);
	return code;
}

static enum err_code
allocate_to(struct command *c, const struct schema_type *type,
    const json_t *doc, const char *user, struct err *e)
{
	struct office_user u;
	struct id id;
	enum err_code code;

	if (!id_parse(user, &id))
		return err_set(e, ERR_INVALID, 0, "%.60s is nobody", user);
	if ((code = store_user_get(c->store, id, &u, e)) != ERR_OK)
		return code;
	return !u.is_active
	    ? err_set(e, ERR_INVALID, 0, "%.80s does not work here now", u.name)
	    : command_allocate(c, type, doc, &u, e);
}

enum err_code
command_allocate_saved(struct command *c, const struct schema_type *type,
    const json_t *before, const struct office_edit *edits, size_t n,
    struct err *e)
{
	char today[CLOCK_DAY_MAX];
	json_t *given = json_array(), *doc = NULL;
	enum err_code code = given == NULL
	    ? value_no_memory(e)
	    : doc_with(type, before, edits, n, &doc, e);

	clock_day(clock_unix_ms(), today);
	if (code == ERR_OK)
		code = allocate_given(type, before, doc, today, given, e);
	for (size_t i = 0; i < json_array_size(given) && code == ERR_OK; i++)
		code = allocate_to(c, type, doc,
		    json_string_value(json_array_get(given, i)), e);
	json_decref(doc);
	json_decref(given);
	return code;
}
