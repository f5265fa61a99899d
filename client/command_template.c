/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which templates there are, and what one begins with and asks.
 */
#include "client/asked.h"
#include "client/commands.h"
#include "client/output.h"
#include "common/base/clock.h"
#include "common/core/schema_template.h"
#include "common/sys/json.h"

static enum err_code
put_head(json_t *out, const struct schema_template *t, int64_t version,
    struct err *e)
{
	enum err_code code;

	if ((code = json_put_str(out, "template", t->name, e)) == ERR_OK &&
	    (code = json_put_int(out, "version", version, e)) == ERR_OK &&
	    (code = json_put_str(out, "type", t->type->name, e)) == ERR_OK &&
	    (code = json_put_str(out, "label", t->label, e)) == ERR_OK)
		code = json_put_str(out, "help", t->help, e);
	return code;
}

enum err_code
template_list_run(struct client *c, json_t *result, struct err *e)
{
	json_t *list = json_array();
	char today[CLOCK_DAY_MAX];
	enum err_code code = json_put_take(result, "templates", list, e);

	if (code != ERR_OK || (code = client_open(c, e)) != ERR_OK)
		return code;
	clock_day(clock_unix_ms(), today);
	for (size_t i = 0; i < schema_templates_n(c->schema) && code == ERR_OK;
	     i++) {
		const struct schema_template *t =
		    schema_template_at(c->schema, i);
		const struct template_version *v =
		    schema_template_current(t, today);
		json_t *one;

		if (v == NULL)
			continue;
		one = json_object();
		code = put_head(one, t, v->version, e);
		if (code == ERR_OK)
			code = json_add_take(list, json_incref(one), e);
		json_decref(one);
	}
	return code;
}

void
template_list_human(struct client *c, const json_t *result)
{
	const json_t *list = json_object_get(result, "templates");

	(void)c;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);

		output("%s  %s: %s\n", human_str(one, "template"),
		    human_str(one, "type"), human_str(one, "label"));
	}
}

/* The version that was asked for, else the one in use today, else the last. */
static enum err_code
find_version(struct client *c, const struct schema_template *t,
    const struct template_version **out, struct err *e)
{
	char today[CLOCK_DAY_MAX];
	int64_t version = 0;
	enum err_code code;

	if (args_has(c->args, "version")) {
		code =
		    args_get_int(c->args, "version", 1, INT32_MAX, &version, e);
		if (code != ERR_OK)
			return code;
		*out = schema_template_version(t, version);
		return *out != NULL
		    ? ERR_OK
		    : err_set(e, ERR_NOTFOUND, 0,
		          "the template \"%.60s\" has no version %lld", t->name,
		          (long long)version);
	}
	clock_day(clock_unix_ms(), today);
	*out = schema_template_current(t, today);
	if (*out == NULL)
		*out = &t->versions[t->versions_n - 1];
	return ERR_OK;
}

static enum err_code
put_field(json_t *list, const struct template_field *f, struct err *e)
{
	json_t *one = json_object();
	enum err_code code;

	if ((code = json_put_str(one, "path", f->field->name, e)) == ERR_OK &&
	    (code = json_put_str(one, "label", f->field->label, e)) == ERR_OK &&
	    (code = json_put_str(one, "prompt",
	         *f->prompt != '\0' ? f->prompt : f->field->label, e)) ==
	        ERR_OK &&
	    (code = json_put_bool(one, "required_to_sign",
	         f->is_asked || f->field->required_to_sign, e)) == ERR_OK &&
	    (code = json_put_bool(one, "sometimes", f->when.n > 0, e)) ==
	        ERR_OK &&
	    f->each != NULL)
		code = json_put_str(one, "each", f->each, e);
	if (code == ERR_OK)
		return json_add_take(list, one, e);
	json_decref(one);
	return code;
}

static enum err_code
put_given(json_t *out, const char *key, const json_t *value, struct err *e)
{
	return json_put_take(out, key,
	    value == NULL ? json_object() : json_deep_copy_all(value), e);
}

static enum err_code
put_version(json_t *out, const struct template_version *v, struct err *e)
{
	json_t *fields = json_array();
	enum err_code code = json_put_take(out, "fields", fields, e);

	if (code != ERR_OK ||
	    (code = json_put_str(out, "from", v->from, e)) != ERR_OK ||
	    (code = json_put_take(out, "to",
	         v->to == NULL ? json_null() : json_string(v->to), e)) !=
	        ERR_OK ||
	    (code = put_given(out, "set", v->set, e)) != ERR_OK ||
	    (code = put_given(out, "rows", v->rows, e)) != ERR_OK)
		return code;
	for (size_t i = 0; i < v->fields_n && code == ERR_OK; i++)
		code = put_field(fields, &v->fields[i], e);
	return code;
}

enum err_code
template_show_run(struct client *c, json_t *result, struct err *e)
{
	const char *name = c->args->operands[0];
	const struct template_version *v = NULL;
	const struct schema_template *t;
	enum err_code code = client_open(c, e);

	if (code != ERR_OK)
		return code;
	client_next(c, "visitbook template list shows them.");
	if ((t = schema_template(c->schema, name)) == NULL)
		return err_set(
		    e, ERR_NOTFOUND, 0, "there is no template \"%.60s\"", name);
	if ((code = find_version(c, t, &v, e)) != ERR_OK || v == NULL)
		return code;
	c->next[0] = '\0';
	code = put_head(result, t, v->version, e);
	if (code == ERR_OK && t->source != NULL)
		code = json_put_str(result, "source", t->source, e);
	return code != ERR_OK ? code : put_version(result, v, e);
}

static void
tell_rows(const json_t *rows)
{
	for (size_t i = 0; i < json_array_size(rows); i++) {
		const char *column;
		json_t *value;

		json_object_foreach(json_array_get(rows, i), column,
		    value) if (json_is_string(value))
		    output("      %s\n", json_string_value(value));
	}
}

void
template_show_human(struct client *c, const json_t *result)
{
	const json_t *fields = json_object_get(result, "fields");
	const json_t *rows = json_object_get(result, "rows");

	output("%s, version %llu\n%s\n", human_str(result, "label"),
	    (unsigned long long)human_num(result, "version"),
	    human_str(result, "help"));
	if (json_has(result, "source"))
		output("%s\n", human_str(result, "source"));
	for (size_t i = 0; i < json_array_size(fields); i++) {
		const json_t *f = json_array_get(fields, i);
		const char *path = human_str(f, "path");

		output("  %s\n    %s: %s%s\n", human_str(f, "prompt"), path,
		    human_str(f, "label"),
		    !json_is_true(json_object_get(f, "required_to_sign")) ? ""
		        : json_is_true(json_object_get(f, "sometimes"))
		        ? output_word(c, "template.sometimes")
		        : output_word(c, "template.asked"));
		tell_rows(json_object_get(rows, path));
	}
}
