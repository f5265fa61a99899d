/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How records of a type become cases: what is waited for, which events end the
 * waiting, and what is made when one is accepted.
 */
#include "common/core/schema_int.h"

#include "common/sys/json.h"

#define STEPS_MAX 16
#define PARTS_MAX 32
#define PATH_MAX_BYTES 128

/* A field of the type, or a group's member ("actual/start"). */
static const struct schema_field *
field_at(const struct schema_type *type, const char *path)
{
	const char *slash = strchr(path, '/');
	const struct schema_field *group;
	char name[PATH_MAX_BYTES];

	if (slash == NULL)
		return schema_find_field(type, path);
	if ((size_t)(slash - path) >= sizeof(name))
		return NULL;
	memcpy(name, path, (size_t)(slash - path));
	name[slash - path] = '\0';
	group = schema_find_field(type, name);
	return group == NULL || group->kind != SCHEMA_GROUP
	    ? NULL
	    : schema_child(group, slash + 1);
}

/* Records of another type that name the case and say when it happened. */
static enum err_code
load_event(const struct schema_where *w, json_t *def, const char *of_case,
    struct schema_intake_step *out, struct err *e)
{
	static const char *const keys[] = { "type", "case", "at", "result",
		"in" };
	const struct schema_type *type;
	const struct schema_field *ref;
	enum err_code rc;

	if (!json_is_object(def))
		return schema_bad(w, e, "intake: event is not an object");
	if ((rc = schema_read_keys(
	         w, def, keys, sizeof(keys) / sizeof(keys[0]), e)) != ERR_OK ||
	    (rc = schema_read_line(w, def, "type", true, &out->type, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(w, def, "case", true, &out->of_case, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(w, def, "at", true, &out->at, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(w, def, "result", true, &out->result, e)) !=
	        ERR_OK)
		return rc;
	type = schema_type(w->s, out->type);
	if (type == NULL)
		return schema_bad(
		    w, e, "intake: there is no record type %.60s", out->type);
	ref = schema_find_field(type, out->of_case);
	if ((rc = schema_check_field(w, "intake: case of an event", ref,
	         SCHEMA_KIND_BIT(SCHEMA_REF) | SCHEMA_KIND_BIT(SCHEMA_REFS),
	         e)) != ERR_OK ||
	    (rc = schema_check_field(w, "intake: at of an event",
	         field_at(type, out->at),
	         SCHEMA_KIND_BIT(SCHEMA_TIME) | SCHEMA_KIND_BIT(SCHEMA_DATE),
	         e)) != ERR_OK ||
	    (rc = schema_check_field(w, "intake: result of an event",
	         field_at(type, out->result), SCHEMA_KIND_BIT(SCHEMA_CODE),
	         e)) != ERR_OK)
		return rc;
	if (strcmp(ref->ref, of_case) != 0)
		return schema_bad(w, e,
		    "intake: case of an event does not refer to %s", of_case);
	out->in = json_object_get(def, "in");
	return schema_check_codes(w, "intake: in of an event", out->in,
	    field_at(type, out->result), e);
}

/* A number field of the record that says how the service works. */
static enum err_code
check_within(const struct schema_where *w, const char *within, struct err *e)
{
	const struct schema_type *service = schema_deciding_type(w->s);

	if (within == NULL)
		return ERR_OK;
	if (service == NULL)
		return schema_bad(
		    w, e, "intake: within, and no type has deciding");
	return schema_check_field(w, "intake: within",
	    schema_find_field(service, within), SCHEMA_KIND_BIT(SCHEMA_NUMBER),
	    e);
}

static enum err_code
load_step(const struct schema_where *w, json_t *def,
    const struct schema_type *type, struct schema_intake_step *out,
    struct err *e)
{
	static const char *const keys[] = { "field", "within", "granted",
		"event" };
	const char *of_case =
	    schema_find_field(type, type->intake.of_case)->ref;
	const struct schema_named names[] = {
		{ "field", &out->field, SCHEMA_TIME, true },
	};
	json_t *event = json_object_get(def, "event");
	enum err_code rc;

	if (!json_is_object(def))
		return schema_bad(w, e, "intake: a step is not an object");
	if ((rc = schema_read_keys(
	         w, def, keys, sizeof(keys) / sizeof(keys[0]), e)) != ERR_OK ||
	    (rc = schema_read_names(w, def, type, NULL, names, 1, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(w, def, "within", false, &out->within, e)) !=
	        ERR_OK ||
	    (rc = check_within(w, out->within, e)) != ERR_OK ||
	    (rc = schema_read_bool(
	         w, def, "granted", false, &out->is_granted, e)) != ERR_OK)
		return rc;
	if (out->is_granted && schema_type(w->s, of_case)->grants.from == NULL)
		return schema_bad(
		    w, e, "intake: %s gives nobody anything", of_case);
	return event == NULL ? ERR_OK : load_event(w, event, of_case, out, e);
}

static enum err_code
load_steps(const struct schema_where *w, json_t *defs, struct schema_type *type,
    struct err *e)
{
	const size_t n = json_array_size(defs);
	struct schema_intake_step *steps;
	enum err_code rc = ERR_OK;

	if (n == 0 || n > STEPS_MAX)
		return schema_bad(
		    w, e, "intake: steps must be a list of 1 to %d", STEPS_MAX);
	steps = schema_alloc(w->s, n, sizeof(*steps));
	if (steps == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	for (size_t i = 0; i < n && rc == ERR_OK; i++)
		rc = load_step(w, json_array_get(defs, i), type, &steps[i], e);
	type->intake.steps = steps;
	type->intake.steps_n = n;
	return rc;
}

/* Which further record a case of these codes has. */
static enum err_code
load_part(const struct schema_where *w, json_t *def,
    const struct schema_field *by, const char *of_case,
    struct schema_intake_part *out, struct err *e)
{
	static const char *const keys[] = { "type", "case", "in" };
	const struct schema_type *type;
	const struct schema_field *ref;
	enum err_code rc;

	if (!json_is_object(def))
		return schema_bad(w, e, "intake: a part is not an object");
	if ((rc = schema_read_keys(w, def, keys, 3, e)) != ERR_OK ||
	    (rc = schema_read_line(w, def, "type", true, &out->type, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(w, def, "case", true, &out->of_case, e)) !=
	        ERR_OK)
		return rc;
	type = schema_type(w->s, out->type);
	ref = type == NULL ? NULL : schema_find_field(type, out->of_case);
	if ((rc = schema_check_field(w, "intake: case of a part", ref,
	         SCHEMA_KIND_BIT(SCHEMA_REF), e)) != ERR_OK)
		return rc;
	if (ref == NULL || strcmp(ref->ref, of_case) != 0)
		return schema_bad(w, e,
		    "intake: case of a part does not refer to %s", of_case);
	out->in = json_object_get(def, "in");
	return schema_check_codes(w, "intake: in of a part", out->in, by, e);
}

static enum err_code
load_parts(const struct schema_where *w, json_t *defs,
    const struct schema_field *by, const char *of_case,
    struct schema_intake *out, struct err *e)
{
	const size_t n = json_array_size(defs);
	struct schema_intake_part *parts;
	enum err_code rc = ERR_OK;

	if (n > PARTS_MAX)
		return schema_bad(
		    w, e, "intake: more than %d parts", PARTS_MAX);
	parts = schema_alloc(w->s, n + 1, sizeof(*parts));
	if (parts == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	for (size_t i = 0; i < n && rc == ERR_OK; i++)
		rc = load_part(
		    w, json_array_get(defs, i), by, of_case, &parts[i], e);
	out->parts = parts;
	out->parts_n = n;
	return rc;
}

/* Each name is a field of both types that hold the same. */
static enum err_code
check_copied(const struct schema_where *w, const struct schema_type *type,
    const struct schema_type *of_case, struct err *e)
{
	const json_t *copied = type->intake.copied, *one;
	size_t i;

	if (!json_is_array(copied))
		return schema_bad(w, e, "intake: copy is not a list of fields");
	json_array_foreach(copied, i, one)
	{
		const char *name = json_string_value(one);
		const struct schema_field *from =
		    name == NULL ? NULL : schema_find_field(type, name);
		const struct schema_field *to =
		    name == NULL ? NULL : schema_find_field(of_case, name);

		if (from == NULL || to == NULL || from->kind != to->kind ||
		    from->codes != to->codes)
			return schema_bad(w, e,
			    "intake: copy names a field that is not the same "
			    "in %s",
			    of_case->name);
	}
	return ERR_OK;
}

static enum err_code
load_makes(const struct schema_where *w, json_t *def, struct schema_type *type,
    struct err *e)
{
	static const char *const keys[] = { "copy", "status", "open", "on",
		"by", "parts" };
	struct schema_intake *out = &type->intake;
	const struct schema_type *of_case =
	    schema_type(w->s, schema_find_field(type, out->of_case)->ref);
	const struct schema_named names[] = {
		{ "status", &out->case_status, SCHEMA_CODE, true },
		{ "on", &out->case_from, SCHEMA_DATE, true },
		{ "by", &out->part_by, SCHEMA_CODE, true },
	};
	enum err_code rc;

	if (!json_is_object(def))
		return schema_bad(w, e, "intake: makes is not an object");
	if ((rc = schema_read_keys(
	         w, def, keys, sizeof(keys) / sizeof(keys[0]), e)) != ERR_OK ||
	    (rc = schema_read_names(w, def, of_case, NULL, names, 3, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(w, def, "open", true, &out->case_open, e)) !=
	        ERR_OK)
		return rc;
	if (schema_code(schema_find_field(of_case, out->case_status)->codes,
	        out->case_open) == NULL)
		return schema_bad(
		    w, e, "intake: open is no code of %s", out->case_status);
	out->copied = json_object_get(def, "copy");
	if ((rc = check_copied(w, type, of_case, e)) != ERR_OK)
		return rc;
	return load_parts(w, json_object_get(def, "parts"),
	    schema_find_field(of_case, out->part_by), of_case->name, out, e);
}

/* The codes that answer a record, of its status. */
static enum err_code
load_codes(const struct schema_where *w, json_t *def, struct schema_type *type,
    struct err *e)
{
	struct schema_intake *out = &type->intake;
	const struct schema_field *status =
	    schema_find_field(type, out->status);
	const struct {
		const char *key;
		const char **code;
	} codes[] = { { "accepted", &out->accepted },
		{ "declined", &out->declined } };
	enum err_code rc;

	for (size_t i = 0; i < 2; i++) {
		rc = schema_read_line(
		    w, def, codes[i].key, true, codes[i].code, e);
		if (rc != ERR_OK)
			return rc;
		if (schema_code(status->codes, *codes[i].code) == NULL)
			return schema_bad(w, e,
			    "intake: %s is not in the list \"%s\"",
			    codes[i].key, status->codes->name);
	}
	out->waits = json_object_get(def, "waits");
	return schema_check_codes(w, "intake: waits", out->waits, status, e);
}

/* For some reasons no is said with another code. */
static enum err_code
load_declined_as(const struct schema_where *w, json_t *def,
    struct schema_type *type, struct err *e)
{
	struct schema_intake *out = &type->intake;
	const struct schema_list *because =
	    schema_find_field(type, out->because)->codes;
	const struct schema_list *status =
	    schema_find_field(type, out->status)->codes;
	const char *why;
	json_t *code;

	out->declined_as = def;
	if (def != NULL && !json_is_object(def))
		return schema_bad(w, e, "intake: declined_as is not an object");
	json_object_foreach(def, why, code)
	{
		const char *as = json_string_value(code);

		if (schema_code(because, why) == NULL || as == NULL ||
		    schema_code(status, as) == NULL)
			return schema_bad(w, e,
			    "intake: declined_as: %s and its code are not in "
			    "the lists \"%s\" and \"%s\"",
			    why, because->name, status->name);
		if (strcmp(as, out->accepted) == 0 ||
		    json_list_has(out->waits, as))
			return schema_bad(w, e,
			    "intake: declined_as: %s says no to nothing", as);
	}
	return ERR_OK;
}

enum err_code
schema_load_intake(struct schema_where *w, json_t *def,
    struct schema_type *type, struct err *e)
{
	static const char *const keys[] = { "case", "status", "waits",
		"accepted", "declined", "because", "declined_as", "received",
		"needed_by", "nation", "steps", "makes" };
	json_t *intake = json_object_get(def, "intake");
	struct schema_intake *out = &type->intake;
	const struct schema_type *service = schema_deciding_type(w->s);
	const struct schema_named names[] = {
		{ "case", &out->of_case, SCHEMA_REF, true },
		{ "status", &out->status, SCHEMA_CODE, true },
		{ "because", &out->because, SCHEMA_CODE, true },
		{ "received", &out->received, SCHEMA_TIME, true },
		{ "needed_by", &out->needed_by, SCHEMA_DATE, true },
	};
	enum err_code rc;

	if (intake == NULL)
		return ERR_OK;
	if (!json_is_object(intake))
		return schema_bad(w, e, "intake is not an object");
	if ((rc = schema_read_keys(w, intake, keys,
	         sizeof(keys) / sizeof(keys[0]), e)) != ERR_OK ||
	    (rc = schema_read_names(w, intake, type, NULL, names,
	         sizeof(names) / sizeof(names[0]), e)) != ERR_OK ||
	    (rc = schema_read_line(
	         w, intake, "nation", false, &out->nation, e)) != ERR_OK)
		return rc;
	if (out->nation != NULL &&
	    (rc = schema_check_field(w, "intake: nation",
	         service == NULL ? NULL
	                         : schema_find_field(service, out->nation),
	         SCHEMA_KIND_BIT(SCHEMA_CODE), e)) != ERR_OK)
		return rc;
	if ((rc = load_codes(w, intake, type, e)) != ERR_OK ||
	    (rc = load_declined_as(w, json_object_get(intake, "declined_as"),
	         type, e)) != ERR_OK ||
	    (rc = load_steps(w, json_object_get(intake, "steps"), type, e)) !=
	        ERR_OK)
		return rc;
	return load_makes(w, json_object_get(intake, "makes"), type, e);
}
