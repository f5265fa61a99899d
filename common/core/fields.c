/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/fields.h"

#include <string.h>

#include "common/core/limits.h"
#include "common/sys/json.h"

static enum err_code
put_codes(const struct schema_field *f, json_t *line, struct err *e)
{
	json_t *codes;
	enum err_code code = ERR_OK;

	if (f->codes == NULL)
		return ERR_OK;
	codes = json_object();
	for (size_t i = 0; i < f->codes->items_n && code == ERR_OK; i++)
		code = json_put_str(codes, f->codes->items[i].code,
		    schema_code_label(f->codes, f->codes->items[i].code), e);
	if (code == ERR_OK)
		code = json_put_take(line, "codes", json_incref(codes), e);
	json_decref(codes);
	return code;
}

/* What bounds its values, and what happens to it over time. */
static enum err_code
put_limits(const struct schema_field *f, json_t *line, struct err *e)
{
	enum err_code code = ERR_OK;

	if (f->kind == SCHEMA_NUMBER) {
		code = json_put_int(line, "min", f->min, e);
		if (code == ERR_OK)
			code = json_put_int(line, "max", f->max, e);
	} else if (f->kind == SCHEMA_LINE || f->kind == SCHEMA_TEXT) {
		code = json_put_int(line, "max", (int64_t)f->max_len, e);
	}
	if (code == ERR_OK && f->order != NULL)
		code = json_put_take(
		    line, "order", json_deep_copy_all(f->order), e);
	if (code == ERR_OK)
		code = json_put_bool(line, "free_text", f->free_text, e);
	if (code == ERR_OK)
		code = json_put_bool(line, "locks", f->locks_at_sign_off, e);
	return code != ERR_OK
	    ? code
	    : json_put_str(line, "retention", f->retention, e);
}

static enum err_code
put_field(
    const struct schema_field *f, const char *path, json_t *list, struct err *e)
{
	json_t *line = json_object();
	enum err_code code;

	if ((code = json_put_str(line, "path", path, e)) != ERR_OK ||
	    (code = json_put_str(line, "kind", schema_kind_word(f->kind), e)) !=
	        ERR_OK ||
	    (code = json_put_str(line, "label", f->label, e)) != ERR_OK ||
	    (code = json_put_str(line, "help", f->help, e)) != ERR_OK ||
	    (code = json_put_str(
	         line, "policy", schema_policy_word(f->policy), e)) != ERR_OK ||
	    (code = json_put_bool(
	         line, "required_to_sign", f->required_to_sign, e)) != ERR_OK ||
	    (code = put_codes(f, line, e)) != ERR_OK)
		goto out;
	if (f->ref != NULL)
		code = json_put_str(line, "ref", f->ref, e);
	if (code == ERR_OK && f->source != NULL)
		code = json_put_str(line, "source", f->source, e);
	if (code == ERR_OK)
		code = put_limits(f, line, e);
	if (code == ERR_OK)
		code = json_add_take(list, json_incref(line), e);
out:
	json_decref(line);
	return code;
}

/* Fields in their order; columns and members under theirs. */
static enum err_code
put_fields(const struct schema_field *fields, size_t n, const char *above,
    json_t *list, struct err *e)
{
	char path[2 * LIMIT_PATH_BYTES];
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < n && code == ERR_OK; i++) {
		const struct schema_field *f = schema_shown(fields, n, i);

		(void)snprintf(path, sizeof(path), "%.300s%s", above, f->name);
		code = put_field(f, path, list, e);
		(void)snprintf(path, sizeof(path), "%.300s%s%s", above, f->name,
		    f->kind == SCHEMA_ROWS ? "/+/" : "/");
		if (code == ERR_OK && f->children_n > 0)
			code = put_fields(
			    f->children, f->children_n, path, list, e);
	}
	return code;
}

enum err_code
fields_to_json(const struct schema_type *type, json_t *out, struct err *e)
{
	json_t *list = json_array();
	enum err_code code = json_put_take(out, "fields", list, e);

	if (code == ERR_OK)
		code = json_put_str(out, "type", type->name, e);
	return code != ERR_OK
	    ? code
	    : put_fields(type->fields, type->fields_n, "", list, e);
}

void
fields_tell(const struct human *h, const json_t *fields)
{
	const struct schema_type *type =
	    schema_type(h->schema, human_str(fields, "type"));
	const json_t *list = json_object_get(fields, "fields");

	if (type != NULL)
		human_put(h, "%s: %s\n", type->label, type->help);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *f = json_array_get(list, i);
		const char *code, *asked = human_str(f, "label");
		json_t *label;
		const bool is_question =
		    *asked != '\0' && asked[strlen(asked) - 1] == '?';

		human_put(h, "\n%s (%s)\n    %s%s%s%s\n", human_str(f, "path"),
		    human_str(f, "kind"), asked, is_question ? "" : ".",
		    *human_str(f, "help") != '\0' ? " " : "",
		    human_str(f, "help"));
		json_object_foreach(json_object_get(f, "codes"), code, label)
		{
			human_put(h, "      %-28s %s\n", code,
			    json_string_value(label));
		}
	}
}
