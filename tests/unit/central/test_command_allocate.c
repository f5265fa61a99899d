/* SPDX-License-Identifier: Apache-2.0 */
/* Before somebody is given a case: conflicts of interest and competences. */
#include "tests/support/world_command.h"

#include <string.h>

#include "common/sys/json.h"

static struct world w;

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

/* One edit of the case, of up to three values. */
static json_t *
edit(struct text_id in, json_t *sets)
{
	return world_command(&w,
	    json_pack("{s:s, s:s, s:s, s:o}", "do", "record edit", "type",
	        "case", "id", in.s, "set", sets));
}

static json_t *
give(struct text_id user, struct text_id to)
{
	return world_command(&w,
	    json_pack("{s:s, s:s, s:s}", "do", "grant add", "user", user.s,
	        "scope", to.s));
}

static void
declare(
    struct text_id user, struct text_id in, const char *answer, const char *on)
{
	json_t *said = edit(in,
	    json_pack("[o, o, o]", value("conflicts_of_interest/+/who", user.s),
	        value("conflicts_of_interest/+/result", answer),
	        value("conflicts_of_interest/+/made_on", on)));

	assert_null(json_object_get(said, "error"));
	json_decref(said);
}

static struct text_id
colleague(const char *name)
{
	return id_of(
	    world_command(
	        &w, json_pack("{s:s, s:s}", "do", "user add", "name", name)),
	    "user");
}

static struct text_id
a_case(void)
{
	return id_of(
	    world_command(&w,
	        json_pack("{s:s, s:s, s:[o]}", "do", "record new", "type",
	            "case", "set", value("legal_basis", "IMCA_S37"))),
	    "id");
}

static void
a_conflict_that_nobody_manages_refuses(void **state)
{
	struct text_id user, in;
	json_t *said;

	(void)state;
	world_start(&w);
	user = colleague("Ann");
	in = a_case();
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

static void
a_row_that_gives_work_is_looked_at_as_a_grant_is(void **state)
{
	struct text_id ann, bob, in;
	json_t *said;

	(void)state;
	world_start(&w);
	ann = colleague("Ann");
	bob = colleague("Bob");
	in = a_case();
	said = edit(in,
	    json_pack("[o, o]", value("assignments/+/advocate", ann.s),
	        value("assignments/+/from", "2026-11-01")));
	assert_null(json_object_get(said, "error"));
	assert_true(has_warning(said, "undeclared"));
	assert_true(has_warning(said, "competence"));
	json_decref(said);

	/* What else is edited later says nothing of it again. */
	said = edit(in, json_pack("[o]", value("commissioner", "Leeds")));
	assert_false(has_warning(said, "undeclared"));
	json_decref(said);

	declare(bob, in, "declared", "2026-11-20");
	said =
	    edit(in, json_pack("[o]", value("assignments/+/advocate", bob.s)));
	assert_non_null(json_object_get(said, "error"));
	assert_null(json_object_get(said, "changed"));
	json_decref(said);

	/* What the same save declares counts. */
	said = edit(in,
	    json_pack("[o, o, o, o]", value("assignments/+/advocate", bob.s),
	        value("conflicts_of_interest/+/who", bob.s),
	        value("conflicts_of_interest/+/result", "managed"),
	        value("conflicts_of_interest/+/made_on", "2026-11-21")));
	assert_null(json_object_get(said, "error"));
	assert_false(has_warning(said, "undeclared"));
	json_decref(said);
	world_end(&w);
}

static void
a_case_is_given_to_nobody_who_has_left(void **state)
{
	struct text_id ann, in;
	json_t *said;

	(void)state;
	world_start(&w);
	ann = colleague("Ann");
	in = a_case();
	json_decref(world_command(
	    &w, json_pack("{s:s, s:s}", "do", "user end", "user", ann.s)));
	said =
	    edit(in, json_pack("[o]", value("assignments/+/advocate", ann.s)));
	assert_non_null(json_object_get(said, "error"));
	json_decref(said);
	/* A row of the past is history, and gives nothing. */
	said = edit(in,
	    json_pack("[o, o]", value("assignments/+/advocate", ann.s),
	        value("assignments/+/to", "2026-01-31")));
	assert_null(json_object_get(said, "error"));
	json_decref(said);
	world_end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_conflict_that_nobody_manages_refuses),
		cmocka_unit_test(
		    a_row_that_gives_work_is_looked_at_as_a_grant_is),
		cmocka_unit_test(a_case_is_given_to_nobody_who_has_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
