/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a record still needs to be signed, and what the law's checklists miss.
 * A checklist stops nobody.
 */
#include "client/asked.h"
#include "client/commands.h"
#include "client/output.h"
#include "common/sys/json.h"

static enum err_code
put_asked(
    struct client *c, const struct record *r, json_t *result, struct err *e)
{
	const struct schema_type *type = schema_type(c->schema, r->type);
	const bool is_open = type != NULL && type->signing.closes != NULL &&
	    !schema_is_signed(type, r->doc);
	json_t *gaps = NULL, *warnings = NULL;
	enum err_code code = ERR_OK;

	if (is_open)
		code = asked_gaps(c, type, r->doc, &gaps, e);
	if (code == ERR_OK)
		code = json_put_take(
		    result, "gaps", gaps != NULL ? gaps : json_array(), e);
	if (code == ERR_OK && type != NULL)
		code = asked_warnings(c, type, r->id, r->doc, &warnings, e);
	if (code == ERR_OK)
		code = json_put_take(result, "warnings",
		    warnings != NULL ? warnings : json_array(), e);
	if (code == ERR_OK)
		code = json_put_bool(result, "template_newer",
		    type != NULL && asked_is_newer(c, type, r->doc), e);
	return code;
}

enum err_code
check_run(struct client *c, json_t *result, struct err *e)
{
	struct record_view view;
	struct id id;
	enum err_code code = client_id(c, c->args->operands[0], &id, e);

	if (code != ERR_OK || (code = client_open(c, e)) != ERR_OK ||
	    (code = device_store_get(c->store, id, &view, e)) != ERR_OK)
		return code;
	if ((code = json_put_id(result, "id", view.record.id, e)) == ERR_OK &&
	    (code = json_put_str(result, "type", view.record.type, e)) ==
	        ERR_OK)
		code = put_asked(c, &view.record, result, e);
	if (code == ERR_OK && args_has(c->args, "strict") &&
	    json_array_size(json_object_get(result, "gaps")) +
	            json_array_size(json_object_get(result, "warnings")) >
	        0)
		c->status = STATUS_ANSWER;
	record_view_fini(&view);
	return code;
}

void
check_human(struct client *c, const json_t *result)
{
	const json_t *gaps = json_object_get(result, "gaps");
	const json_t *warnings = json_object_get(result, "warnings");

	if (json_is_true(json_object_get(result, "template_newer")))
		output_words(c, "check.template_newer", NULL);
	if (json_array_size(gaps) > 0)
		output_words(c, "sign.gaps", NULL);
	for (size_t i = 0; i < json_array_size(gaps); i++)
		output("  %s\n", json_string_value(json_array_get(gaps, i)));
	asked_tell(c, warnings);
	if (json_array_size(gaps) + json_array_size(warnings) == 0)
		output_words(c, "check.none", NULL);
}
