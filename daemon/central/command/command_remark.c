/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a save is told of though it is allowed: whoever enters it looks again.
 */
#include "common/sys/json.h"
#include "daemon/central/command/command.h"

enum err_code
command_warn(struct command *c, const char *word, const char *what,
    const char *who, struct err *e)
{
	json_t *list = json_object_get(c->out, "warnings");
	json_t *one = json_object();
	enum err_code code = json_put_str(one, "word", word, e);

	if (code == ERR_OK)
		code = json_put_str(one, "what", what, e);
	if (code == ERR_OK)
		code = json_put_str(one, "who", who, e);
	if (code == ERR_OK && list == NULL) {
		list = json_array();
		code = json_put_take(c->out, "warnings", list, e);
	}
	if (code == ERR_OK)
		code = json_add_take(list, json_incref(one), e);
	json_decref(one);
	return code;
}

enum err_code
command_look_saved(struct command *c, const struct schema_type *type,
    const json_t *before, const struct office_edit *edits, size_t n,
    struct err *e)
{
	enum err_code code =
	    command_allocate_saved(c, type, before, edits, n, e);

	for (size_t i = 0; i < n && code == ERR_OK; i++) {
		const struct schema_spot spot =
		    schema_find(type, edits[i].path);
		unsigned remarks = 0;
		struct err why;

		/* What is refused is told where it is saved. */
		if (edits[i].now != NULL && spot.field != NULL &&
		    schema_check_value(type, edits[i].path, edits[i].now,
		        &remarks, &why) == ERR_OK &&
		    (remarks & SCHEMA_REMARK_CHECK_DIGIT) != 0)
			code = command_warn(
			    c, "check_digit", spot.field->label, "", e);
	}
	return code;
}
