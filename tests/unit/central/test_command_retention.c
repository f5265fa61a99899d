/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Until when cases are kept, as the office tells it of what it holds.
 */
#include "tests/support/world_command.h"

#include <string.h>

#define FIRST "the first of two people 41"
#define SECOND "the second of two people 42"

static struct world w;

/* A new record with these values, "PATH=VALUE", up to NULL; its id in out. */
static const char *
made(const char *type, const char *const *sets, char out[static 64])
{
	json_t *list = json_array(), *answer;

	for (size_t i = 0; sets[i] != NULL; i++) {
		const char *equals = strchr(sets[i], '=');

		json_array_append_new(list,
		    json_pack("{s:s#, s:s}", "path", sets[i],
		        (size_t)(equals - sets[i]), "value", equals + 1));
	}
	answer = world_done(&w,
	    json_pack("{s:s, s:s, s:o}", "do", "record new", "type", type,
	        "set", list));
	(void)snprintf(out, 64, "%s", text_of(answer, "id"));
	json_decref(answer);
	return out;
}

/* A case of somebody that was closed on 4 March 2016. */
static const char *
closed(const char *person, char out[static 64])
{
	char of[96];
	const char *const sets[] = { of, "status=closed",
		"opened_on=2015-01-05", "closed_on=2016-03-04", NULL };

	(void)snprintf(of, sizeof(of), "person=%s", person);
	return made("case", sets, out);
}

static json_t *
told(const char *until)
{
	return world_done(&w,
	    until == NULL
	        ? json_pack("{s:s}", "do", "retention")
	        : json_pack("{s:s, s:s}", "do", "retention", "until", until));
}

/* One case of an answer, borrowed; NULL: it is not there. */
static const json_t *
of_case(const json_t *answer, const char *id)
{
	const json_t *list = json_object_get(answer, "retention"), *one;
	size_t i;

	json_array_foreach(
	    list, i, one) if (strcmp(text_of(one, "id"), id) == 0) return one;
	return NULL;
}

static void
removed(const char *type, const char *id)
{
	json_decref(world_done(&w,
	    json_pack("{s:s, s:s, s:s}", "do", "record remove", "type", type,
	        "id", id)));
}

static void
what_was_removed_is_not_kept_and_keeps_nothing(void **state)
{
	static const char *const who[] = { "preferred_name=Gwen",
		"date_of_birth=1950-02-03", NULL };
	char person[64], id[64], other[64], visit[64], cases[96];
	const char *const sets[] = { cases,
		"actual={\"start\":\"2018-02-01T10:00:00.000Z\"}", NULL };
	json_t *answer;

	(void)state;
	world_start(&w);
	(void)made("person", who, person);
	(void)closed(person, id);
	(void)closed(person, other);
	(void)snprintf(cases, sizeof(cases), "cases=%s", id);
	(void)made("visit", sets, visit);
	answer = told(NULL);
	assert_string_equal(text_of(of_case(answer, id), "due"), "2026-02-01");
	assert_string_equal(
	    text_of(json_object_get(of_case(answer, id), "started"), "id"),
	    visit);
	assert_non_null(of_case(answer, other));
	json_decref(answer);
	removed("visit", visit);
	removed("case", other);
	answer = told(NULL);
	assert_string_equal(text_of(of_case(answer, id), "due"), "2024-03-04");
	assert_null(of_case(answer, other));
	json_decref(answer);
	world_end(&w);
}

static void
what_is_due_later_is_left_out(void **state)
{
	static const char *const who[] = { "preferred_name=Gwen",
		"date_of_birth=2006-02-03", NULL };
	char person[64], id[64];
	json_t *answer;

	(void)state;
	world_start(&w);
	(void)made("person", who, person);
	(void)closed(person, id);
	answer = told("2031-02-02");
	assert_null(of_case(answer, id));
	assert_int_equal(json_integer_value(json_object_get(answer, "due")), 0);
	json_decref(answer);
	answer = told("2031-02-03");
	assert_string_equal(
	    text_of(of_case(answer, id), "class"), "CASE_CHILD");
	assert_int_equal(
	    json_integer_value(json_object_get(
	        json_object_get(answer, "by_class"), "CASE_CHILD")),
	    1);
	json_decref(answer);
	world_refused(&w,
	    json_pack("{s:s, s:s}", "do", "retention", "until", "soon"),
	    "invalid");
	world_end(&w);
}

/* Two records of one person: the case of the one that does not stand. */
static void
who_stands_for_a_person_says_how_old_they_are(void **state)
{
	static const char *const with[] = { "preferred_name=Gwen",
		"date_of_birth=2006-02-03", NULL };
	static const char *const without[] = { "preferred_name=Gwen", NULL };
	char keep[64], other[64], id[64];
	json_t *answer, *proposed;

	(void)state;
	world_start(&w);
	(void)world_colleague(&w, "Ruth", "RES", FIRST);
	(void)world_colleague(&w, "Tom", "RES", SECOND);
	(void)made("person", with, keep);
	(void)made("person", without, other);
	(void)closed(other, id);
	answer = told(NULL);
	assert_true(
	    json_is_false(json_object_get(of_case(answer, id), "sure")));
	json_decref(answer);
	proposed = world_done(&w,
	    json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "do",
	        "duplicates merge", "as", "Ruth", "passphrase", FIRST, "keep",
	        keep, "other", other, "reason", "She told both of us."));
	json_decref(world_done(&w,
	    json_pack("{s:s, s:s, s:s, s:s}", "do", "duplicates confirm", "as",
	        "Tom", "passphrase", SECOND, "proposal",
	        text_of(proposed, "proposal"))));
	json_decref(proposed);
	answer = told(NULL);
	assert_string_equal(text_of(of_case(answer, id), "due"), "2031-02-03");
	assert_true(json_is_true(json_object_get(of_case(answer, id), "sure")));
	json_decref(answer);
	world_end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    what_was_removed_is_not_kept_and_keeps_nothing),
		cmocka_unit_test(what_is_due_later_is_left_out),
		cmocka_unit_test(who_stands_for_a_person_says_how_old_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
