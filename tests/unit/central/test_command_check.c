/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a record still needs, and what the law asks of it, at the office.
 */
#include "tests/support/world_command.h"

#include <string.h>

static struct world w;

static json_t *
asked_of(const char *type, const char *id)
{
	return world_done(&w,
	    json_pack("{s:s, s:s, s:s}", "do", "record check", "type", type,
	        "id", id));
}

static bool
warns(const char *type, const char *id, const char *item)
{
	json_t *answer = asked_of(type, id), *one;
	bool found = false;
	size_t i;

	json_array_foreach(json_object_get(answer, "warnings"), i, one) found |=
	    strcmp(text_of(one, "item"), item) == 0;
	json_decref(answer);
	return found;
}

/* A new record with one value; its id in out. */
static void
made(const char *type, const char *path, const char *value, char out[static 64])
{
	json_t *answer = world_done(&w,
	    json_pack("{s:s, s:s, s:[{s:s, s:s}]}", "do", "record new", "type",
	        type, "set", "path", path, "value", value));

	(void)snprintf(out, 64, "%s", text_of(answer, "id"));
	json_decref(answer);
}

static void
a_checklist_looks_at_what_names_the_record(void **state)
{
	char at[64], asked[64];

	(void)state;
	world_start(&w);
	made("case", "legal_basis", "CARE_ACT_S67", at);
	made("referral", "case", at, asked);
	assert_true(warns("case", at, "substantial_difficulty"));
	json_decref(world_done(&w,
	    json_pack("{s:s, s:s, s:s, s:[{s:s, s:s}]}", "do", "record edit",
	        "type", "referral", "id", asked, "set", "path",
	        "difficulty_weigh", "value", "yes")));
	assert_false(warns("case", at, "substantial_difficulty"));
	world_end(&w);
}

static void
the_checklists_are_those_of_the_services_nation(void **state)
{
	char at[64], service[64];

	(void)state;
	world_start(&w);
	made("case", "legal_basis", "CHILD_S26A", at);
	/* No nation is known: those of all are told. */
	assert_true(warns("case", at, "parental_responsibility"));
	assert_true(warns("case", at, "legal_status"));
	made("service", "nation", "wales", service);
	assert_true(warns("case", at, "parental_responsibility"));
	assert_false(warns("case", at, "legal_status"));
	world_end(&w);
}

static void
what_is_to_be_filled_in_before_it_is_signed(void **state)
{
	json_t *answer;
	char note[64];

	(void)state;
	world_start(&w);
	made("note", "summary", "Betty would like her own chair.", note);
	answer = asked_of("note", note);
	assert_string_equal(text_of(answer, "type"), "note");
	assert_true(json_array_size(json_object_get(answer, "gaps")) > 0);
	assert_true(json_is_false(json_object_get(answer, "template_newer")));
	json_decref(answer);
	world_end(&w);
}

static void
what_was_removed_or_is_not_there_is_not_checked(void **state)
{
	char at[64];

	(void)state;
	world_start(&w);
	made("case", "legal_basis", "CHILD_S26A", at);
	json_decref(world_done(&w,
	    json_pack("{s:s, s:s, s:s}", "do", "record remove", "type", "case",
	        "id", at)));
	world_refused(&w,
	    json_pack("{s:s, s:s, s:s}", "do", "record check", "type", "case",
	        "id", at),
	    "invalid");
	world_refused(&w,
	    json_pack("{s:s, s:s, s:s}", "do", "record check", "type", "note",
	        "id", at),
	    "not_found");
	world_end(&w);
}

static json_t *
removal(const char *type, const char *id)
{
	return json_pack(
	    "{s:s, s:s, s:s}", "do", "record remove", "type", type, "id", id);
}

static void
what_another_record_names_is_not_removed(void **state)
{
	char person[64], at[64];

	(void)state;
	world_start(&w);
	made("person", "preferred_name", "Betty", person);
	made("case", "person", person, at);
	world_refused(&w, removal("person", person), "invalid");
	json_decref(world_done(&w, removal("case", at)));
	json_decref(world_done(&w, removal("person", person)));
	world_end(&w);
}

static void
what_is_signed_is_not_removed(void **state)
{
	char note[64];

	(void)state;
	world_start(&w);
	made("note", "content", "signed", note);
	world_refused(&w, removal("note", note), "invalid");
	world_end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_checklist_looks_at_what_names_the_record),
		cmocka_unit_test(
		    the_checklists_are_those_of_the_services_nation),
		cmocka_unit_test(what_is_to_be_filled_in_before_it_is_signed),
		cmocka_unit_test(
		    what_was_removed_or_is_not_there_is_not_checked),
		cmocka_unit_test(what_another_record_names_is_not_removed),
		cmocka_unit_test(what_is_signed_is_not_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
