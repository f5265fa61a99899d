/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a record still needs to be signed, and what the law's checklists miss.
 * A checklist stops nobody.
 */
#include "client/asked.h"
#include "client/commands.h"
#include "client/output.h"
#include "client/save.h"
#include "common/sys/json.h"

enum err_code
check_run(struct client *c, json_t *result, struct err *e)
{
	const struct schema_type *type;
	struct record_view view;
	enum err_code code = record_open(c, c->args->operands[0], &view, e);

	if (code != ERR_OK)
		return code;
	type = schema_type(c->schema, view.record.type);
	if (type == NULL)
		code = client_fail(c, ERR_INVALID, STATUS_REFUSED, "newer", e,
		    "this device does not know %.60s records yet",
		    view.record.type);
	if (code == ERR_OK &&
	    (code = json_put_id(result, "id", view.record.id, e)) == ERR_OK &&
	    (code = json_put_str(result, "type", view.record.type, e)) ==
	        ERR_OK)
		code = asked_check(
		    c, type, view.record.id, view.record.doc, result, e);
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
	const struct human h = output_human(c);

	human_check(&h, result);
}
