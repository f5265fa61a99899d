/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts that were kept because their save was refused.
 */
#include "client/commands.h"
#include "client/draft.h"
#include "client/output.h"
#include "common/core/limits.h"
#include "common/sys/json.h"

enum err_code
draft_list_run(struct client *c, json_t *result, struct err *e)
{
	json_t *index = NULL, *list = json_array();
	enum err_code code = json_put_take(result, "drafts", list, e);

	if (code != ERR_OK || (code = client_open(c, e)) != ERR_OK ||
	    (code = draft_index(c, &index, e)) != ERR_OK)
		return code;
	for (size_t i = 0; i < json_array_size(index) && code == ERR_OK; i++) {
		const char *id = json_string_value(json_array_get(index, i));
		json_t *draft = NULL, *line = json_object();

		if ((code = draft_load(c, id, &draft, e)) == ERR_OK &&
		    (code = json_put_str(line, "id", id, e)) == ERR_OK &&
		    (code = json_put_str(
		         line, "type", human_str(draft, "type"), e)) == ERR_OK)
			code = json_put_int(
			    line, "at", (int64_t)human_num(draft, "at"), e);
		if (code == ERR_OK)
			code = json_add_take(list, json_incref(line), e);
		json_decref(line);
		json_decref(draft);
	}
	json_decref(index);
	return code;
}

void
draft_list_human(struct client *c, const json_t *result)
{
	const json_t *list = json_object_get(result, "drafts");
	char when[HUMAN_TIME_MAX];

	(void)c;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *line = json_array_get(list, i);

		human_day(human_num(line, "at"), when);
		output("%s  %s, %s\n", human_str(line, "id"),
		    human_str(line, "type"), when);
	}
	if (json_array_size(list) == 0)
		output("No drafts are kept.\n");
}

enum err_code
draft_show_run(struct client *c, json_t *result, struct err *e)
{
	json_t *draft = NULL;
	enum err_code code = draft_load(c, c->args->operands[0], &draft, e);

	if (code != ERR_OK)
		return code;
	if (json_object_update(result, draft) != 0)
		code = err_set(e, ERR_NOMEM, 0, "out of memory");
	if (code == ERR_OK)
		code = json_put_str(result, "id", c->args->operands[0], e);
	json_decref(draft);
	return code;
}

void
draft_show_human(struct client *c, const json_t *result)
{
	const json_t *values = json_object_get(result, "values");
	struct buf text;
	const struct human h = output_human(c);
	const char *path;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)values, path, value)
	{
		buf_init(&text, LIMIT_CHANGE_BYTES);
		if (json_is_string(value))
			(void)buf_add_str(&text, json_string_value(value));
		else
			(void)!json_print(value, &text, NULL);
		output("%s:\n", path);
		human_text(&h, text.ptr, "  ");
		buf_wipe(&text);
	}
	json_object_foreach(json_object_get(result, "refused"), path, value)
	{
		buf_init(&text, LIMIT_CHANGE_BYTES);
		if (json_get_base64(json_object_get(result, "refused"), path,
		        &text, NULL) == ERR_OK) {
			output("%s (could not be read):\n", path);
			human_text(&h, text.ptr, "  ");
		}
		buf_wipe(&text);
	}
}

enum err_code
draft_drop_run(struct client *c, json_t *result, struct err *e)
{
	json_t *draft = NULL;
	enum err_code code = draft_load(c, c->args->operands[0], &draft, e);

	if (code == ERR_OK)
		code = draft_drop(c, c->args->operands[0], e);
	if (code == ERR_OK)
		code = json_put_str(result, "id", c->args->operands[0], e);
	json_decref(draft);
	return code;
}
