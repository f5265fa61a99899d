/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/world_command.h"

#include <stdio.h>

json_t *
world_command(struct world *w, json_t *request)
{
	json_t *answer = NULL;
	struct err e;

	assert_non_null(request);
	assert_ok(engine_command(w->g, request, &answer, &e), &e);
	json_decref(request);
	return answer;
}

json_t *
world_done(struct world *w, json_t *request)
{
	json_t *answer = world_command(w, request);
	const json_t *error = json_object_get(answer, "error");

	if (error != NULL)
		fail_msg(
		    "%s: %s", text_of(error, "word"), text_of(error, "text"));
	return answer;
}

void
world_refused(struct world *w, json_t *request, const char *word)
{
	json_t *answer = world_command(w, request);

	assert_string_equal(
	    text_of(json_object_get(answer, "error"), "word"), word);
	json_decref(answer);
}

struct id
world_colleague(
    struct world *w, const char *name, const char *role, const char *passphrase)
{
	json_t *made = world_done(w,
	    json_pack("{s:s, s:s, s:s, s:s*}", "do", "user add", "name", name,
	        "role", role, "passphrase", passphrase));
	struct id id;

	assert_true(id_parse(text_of(made, "user"), &id));
	json_decref(made);
	return id;
}

void
world_conflict(struct world *w, char id_out[static ID_TEXT_LEN + 1])
{
	json_t *list = world_done(w, json_pack("{s:s}", "do", "conflict list"));
	const json_t *waiting = json_object_get(list, "conflicts");

	assert_int_equal(json_array_size(waiting), 1);
	(void)snprintf(id_out, ID_TEXT_LEN + 1, "%s",
	    text_of(json_array_get(waiting, 0), "id"));
	json_decref(list);
}
