/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/world_command.h"

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
