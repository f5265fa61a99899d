/* SPDX-License-Identifier: Apache-2.0 */
/* Before somebody is given a case: conflicts of interest and competences. */
#include "tests/support/engine_world.h"

#include <string.h>

#include "common/sys/json.h"

static struct world w;

static json_t *
try(json_t *request)
{
	json_t *answer = NULL;
	struct err e;

	assert_non_null(request);
	assert_ok(engine_command(w.g, request, &answer, &e), &e);
	json_decref(request);
	return answer;
}

struct text_id {
	char s[ID_TEXT_LEN + 1];
};

/* What an answer names as its member; the answer is taken. */
static struct text_id
id_of(json_t *answer, const char *key)
{
	const char *text = json_string_value(json_object_get(answer, key));
	struct text_id id;

	assert_non_null(text);
	(void)snprintf(id.s, sizeof(id.s), "%s", text);
	json_decref(answer);
	return id;
}

static json_t *
value(const char *path, const char *text)
{
	return json_pack("{s:s, s:s}", "path", path, "value", text);
}

static bool
has_warning(const json_t *answer, const char *word)
{
	const json_t *list = json_object_get(answer, "warnings");

	for (size_t i = 0; i < json_array_size(list); i++)
		if (strcmp(json_string_value(json_object_get(
		               json_array_get(list, i), "word")),
		        word) == 0)
			return true;
	return false;
}

static json_t *
give(struct text_id user, struct text_id to)
{
	return try(json_pack("{s:s, s:s, s:s}", "do", "grant add", "user",
	    user.s, "scope", to.s));
}

static void
declare(
    struct text_id user, struct text_id in, const char *answer, const char *on)
{
	json_t *said = try(json_pack("{s:s, s:s, s:s, s:[o, o, o]}", "do",
	    "record edit", "type", "case", "id", in.s, "set",
	    value("conflicts_of_interest/+/who", user.s),
	    value("conflicts_of_interest/+/result", answer),
	    value("conflicts_of_interest/+/made_on", on)));

	assert_null(json_object_get(said, "error"));
	json_decref(said);
}

static void
a_conflict_that_nobody_manages_refuses(void **state)
{
	struct text_id user, in;
	json_t *said;

	(void)state;
	world_start(&w);
	user =
	    id_of(try(json_pack("{s:s, s:s}", "do", "user add", "name", "Ann")),
	        "user");
	in =
	    id_of(try(json_pack("{s:s, s:s, s:[o]}", "do", "record new", "type",
	              "case", "set", value("legal_basis", "IMCA_S37"))),
	        "id");
	said = give(user, in);
	assert_null(json_object_get(said, "error"));
	assert_true(has_warning(said, "undeclared"));
	assert_true(has_warning(said, "competence"));
	json_decref(said);

	declare(user, in, "declared", "2026-11-20");
	said = give(user, in);
	assert_non_null(json_object_get(said, "error"));
	json_decref(said);

	declare(user, in, "managed", "2026-11-21");
	said = give(user, in);
	assert_null(json_object_get(said, "error"));
	assert_false(has_warning(said, "undeclared"));
	json_decref(said);
	world_end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_conflict_that_nobody_manages_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
