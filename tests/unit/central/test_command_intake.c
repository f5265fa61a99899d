/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Referrals at the office: answered, made a case of, given to somebody, and
 * how long it took.
 */
#include "tests/support/world_command.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/sys/json.h"

static struct world w;

static char *
text_into(const json_t *o, const char *key, char out[static 64])
{
	(void)snprintf(out, 64, "%s", text_of(o, key));
	return out;
}

/* A new record with up to three values "PATH=VALUE"; its id. */
static char *
made(const char *type, const char *const sets[3], char out[static 64])
{
	json_t *list = json_array(), *answer;

	for (size_t i = 0; i < 3 && sets[i] != NULL; i++) {
		const char *equals = strchr(sets[i], '=');

		json_array_append_new(list,
		    json_pack("{s:s#, s:s}", "path", sets[i],
		        (size_t)(equals - sets[i]), "value", equals + 1));
	}
	answer = world_done(&w,
	    json_pack("{s:s, s:s, s:o}", "do", "record new", "type", type,
	        "set", list));
	(void)text_into(answer, "id", out);
	json_decref(answer);
	return out;
}

/* A referral of a new person, received now. */
static char *
referral(const char *basis, char out[static 64])
{
	char person[64], person_set[128], basis_set[128];
	const char *const name[3] = { "preferred_name=Gwen Pritchard" };
	const char *const sets[3] = { person_set, basis_set,
		"received_at=now" };

	(void)made("person", name, person);
	(void)snprintf(person_set, sizeof(person_set), "person=%s", person);
	(void)snprintf(basis_set, sizeof(basis_set), "legal_basis=%s", basis);
	return made("referral", sets, out);
}

static json_t *
act(const char *verb, const char *id)
{
	return json_pack(
	    "{s:s, s:s, s:s}", "do", verb, "type", "referral", "id", id);
}

static json_t *
doc_of(const char *type, const char *id)
{
	json_t *shown = world_done(&w,
	    json_pack("{s:s, s:s, s:s}", "do", "record show", "type", type,
	        "id", id));
	json_t *doc = json_incref(json_object_get(shown, "doc"));

	json_decref(shown);
	return doc;
}

static void
assert_text(const json_t *o, const char *key, const char *want)
{
	const char *s = json_string_value(json_object_get(o, key));

	assert_non_null(s);
	assert_string_equal(s, want);
}

static void
what_is_accepted_becomes_a_case_with_its_part(void **state)
{
	char id[64], case_id[64], part[64];
	json_t *answer, *doc, *of_case;

	(void)state;
	world_start(&w);
	(void)referral("IMCA_S39", id);
	answer = world_done(&w, act("record accept", id));
	(void)text_into(answer, "case", case_id);
	(void)text_into(json_object_get(answer, "parts"), "imca", part);
	assert_int_equal(json_object_size(json_object_get(answer, "parts")), 1);
	json_decref(answer);
	doc = doc_of("referral", id);
	assert_text(doc, "status", "accepted");
	assert_text(doc, "case", case_id);
	assert_non_null(json_object_get(doc, "acknowledged_at"));
	of_case = doc_of("case", case_id);
	assert_text(of_case, "legal_basis", "IMCA_S39");
	assert_text(of_case, "status", "open");
	assert_non_null(json_object_get(of_case, "opened_on"));
	assert_true(json_equal(json_object_get(of_case, "person"),
	    json_object_get(doc, "person")));
	json_decref(of_case);
	json_decref(doc);
	doc = doc_of("imca", part);
	assert_text(doc, "case", case_id);
	json_decref(doc);
	world_refused(&w, act("record accept", id), "conflict");
	world_end(&w);
}

static void
nothing_is_made_of_a_referral_for_nobody(void **state)
{
	const char *const sets[3] = { "legal_basis=IMHA" };
	char id[64];
	json_t *list;

	(void)state;
	world_start(&w);
	(void)made("referral", sets, id);
	world_refused(&w, act("record accept", id), "invalid");
	list = world_done(
	    &w, json_pack("{s:s, s:s}", "do", "record list", "type", "case"));
	assert_int_equal(json_array_size(json_object_get(list, "cases")), 0);
	json_decref(list);
	world_end(&w);
}

static void
what_is_declined_says_why(void **state)
{
	char id[64];
	json_t *request, *doc;

	(void)state;
	world_start(&w);
	(void)referral("IMHA", id);
	world_refused(&w, act("record decline", id), "invalid");
	request = act("record decline", id);
	json_object_set_new(request, "because", json_string("nonsense"));
	world_refused(&w, request, "invalid");
	request = act("record decline", id);
	json_object_set_new(request, "because", json_string("wrong_area"));
	json_decref(world_done(&w, request));
	doc = doc_of("referral", id);
	assert_text(doc, "status", "declined");
	assert_text(doc, "declined_reason", "wrong_area");
	json_decref(doc);
	world_refused(&w, act("record accept", id), "conflict");
	world_refused(&w, act("record acknowledge", id), "conflict");
	world_end(&w);
}

/* The one referral of the list. */
static json_t *
waiting(bool all)
{
	json_t *answer = world_done(
	    &w, json_pack("{s:s, s:b}", "do", "waiting", "all", all ? 1 : 0));
	json_t *list = json_object_get(answer, "waiting"), *one;

	assert_int_equal(json_array_size(list), 1);
	one = json_incref(json_array_get(list, 0));
	json_decref(answer);
	return one;
}

static bool
has_day(const json_t *one, size_t step)
{
	return json_is_string(json_object_get(
	    json_array_get(json_object_get(one, "steps"), step), "on"));
}

static void
each_act_is_a_step_of_the_waiting(void **state)
{
	char id[64], case_id[64], cases[128];
	char actual[160];
	const char *const visit[3] = { cases, "result=seen_alone", actual };
	char visit_id[64], user[64];
	json_t *one, *answer, *request;

	(void)state;
	world_start(&w);
	(void)referral("IMHA", id);
	one = waiting(false);
	assert_true(json_is_true(json_object_get(one, "unanswered")));
	assert_false(has_day(one, 0));
	json_decref(one);
	json_decref(world_done(&w, act("record acknowledge", id)));
	one = waiting(false);
	assert_true(has_day(one, 0));
	assert_true(json_is_true(json_object_get(one, "unanswered")));
	json_decref(one);
	answer = world_done(&w, act("record accept", id));
	(void)text_into(answer, "case", case_id);
	json_decref(answer);
	one = waiting(false);
	assert_true(json_is_true(json_object_get(one, "unallocated")));
	json_decref(one);
	answer = world_done(&w,
	    json_pack("{s:s, s:s}", "do", "user add", "name", "Mair Advocate"));
	(void)text_into(answer, "user", user);
	json_decref(answer);
	request = act("record allocate", id);
	json_object_set_new(request, "user", json_string(user));
	answer = world_done(&w, request);
	/* As with every row that gives work (command_allocate). */
	assert_true(json_array_size(json_object_get(answer, "warnings")) > 0);
	json_decref(answer);
	one = waiting(false);
	assert_true(has_day(one, 1));
	assert_false(json_is_true(json_object_get(one, "unallocated")));
	assert_false(has_day(one, 3));
	json_decref(one);
	(void)snprintf(cases, sizeof(cases), "cases=%s", case_id);
	(void)snprintf(actual, sizeof(actual), "actual={\"start\": \"%s\"}",
	    clock_print(clock_unix_ms()).s);
	(void)made("visit", visit, visit_id);
	answer = world_done(&w, json_pack("{s:s}", "do", "waiting"));
	assert_int_equal(
	    json_array_size(json_object_get(answer, "waiting")), 0);
	json_decref(answer);
	one = waiting(true);
	assert_true(has_day(one, 2));
	assert_true(has_day(one, 3));
	json_decref(one);
	world_end(&w);
}

static void
what_the_person_withdrew_is_told_as_that(void **state)
{
	char id[64];
	json_t *request, *doc;

	(void)state;
	world_start(&w);
	(void)referral("IMHA", id);
	request = act("record decline", id);
	json_object_set_new(
	    request, "because", json_string("Withdrawn by the person"));
	doc = world_done(&w, request);
	assert_text(doc, "status", "withdrawn");
	json_decref(doc);
	doc = doc_of("referral", id);
	assert_text(doc, "status", "withdrawn");
	assert_text(doc, "declined_reason", "withdrawn_by_person");
	json_decref(doc);
	world_end(&w);
}

/* Somebody is referred again while their case goes on. */
static void
a_referral_goes_on_as_a_case_of_the_same_person(void **state)
{
	char first[64], again[64], other[64], case_id[64], person[128];
	const char *const sets[3] = { person, "received_at=now" };
	json_t *answer, *doc, *request;

	(void)state;
	world_start(&w);
	(void)referral("IMHA", first);
	answer = world_done(&w, act("record accept", first));
	(void)text_into(answer, "case", case_id);
	json_decref(answer);
	doc = doc_of("referral", first);
	(void)snprintf(person, sizeof(person), "person=%s",
	    json_string_value(json_object_get(doc, "person")));
	json_decref(doc);
	(void)made("referral", sets, again);
	request = act("record accept", again);
	json_object_set_new(request, "case", json_string(case_id));
	answer = world_done(&w, request);
	assert_text(answer, "case", case_id);
	assert_int_equal(json_object_size(json_object_get(answer, "parts")), 0);
	json_decref(answer);
	doc = doc_of("referral", again);
	assert_text(doc, "status", "accepted");
	assert_text(doc, "case", case_id);
	assert_non_null(json_object_get(doc, "acknowledged_at"));
	json_decref(doc);
	answer = world_done(
	    &w, json_pack("{s:s, s:s}", "do", "record list", "type", "case"));
	assert_int_equal(json_array_size(json_object_get(answer, "cases")), 1);
	json_decref(answer);
	/* Nobody else's, and nothing else. */
	(void)referral("IMHA", other);
	request = act("record accept", other);
	json_object_set_new(request, "case", json_string(case_id));
	world_refused(&w, request, "invalid");
	request = act("record accept", other);
	json_object_set_new(request, "case", json_string(first));
	world_refused(&w, request, "not_found");
	world_end(&w);
}

static void
nobody_with_a_conflict_of_interest_is_given_it(void **state)
{
	char id[64], case_id[64], user[64];
	json_t *answer, *request;

	(void)state;
	world_start(&w);
	(void)referral("IMHA", id);
	answer = world_done(&w, act("record accept", id));
	(void)text_into(answer, "case", case_id);
	json_decref(answer);
	answer = world_done(&w,
	    json_pack("{s:s, s:s}", "do", "user add", "name", "Mair Advocate"));
	(void)text_into(answer, "user", user);
	json_decref(answer);
	json_decref(world_done(&w,
	    json_pack("{s:s, s:s, s:s, s:[{s:s, s:s}, {s:s, s:s}]}", "do",
	        "record edit", "type", "case", "id", case_id, "set", "path",
	        "conflicts_of_interest/+/who", "value", user, "path",
	        "conflicts_of_interest/+/result", "value", "declared")));
	request = act("record allocate", id);
	json_object_set_new(request, "user", json_string(user));
	world_refused(&w, request, "invalid");
	answer = waiting(false);
	assert_true(json_is_true(json_object_get(answer, "unallocated")));
	json_decref(answer);
	world_end(&w);
}

static void
who_has_it_is_not_given_it_again(void **state)
{
	char id[64], case_id[64];
	json_t *answer, *request, *doc;

	(void)state;
	world_start(&w);
	(void)referral("IMHA", id);
	answer = world_done(&w, act("record accept", id));
	(void)text_into(answer, "case", case_id);
	json_decref(answer);
	json_decref(world_done(
	    &w, json_pack("{s:s, s:s}", "do", "user add", "name", "Mair")));
	request = act("record allocate", id);
	json_object_set_new(request, "user", json_string("Mair"));
	json_decref(world_done(&w, json_incref(request)));
	world_refused(&w, request, "conflict");
	doc = doc_of("case", case_id);
	assert_int_equal(
	    json_object_size(json_object_get(doc, "assignments")), 1);
	json_decref(doc);
	world_end(&w);
}

static void
there_is_one_record_of_how_the_service_works(void **state)
{
	const char *const sets[3] = { "nation=scotland", "acknowledge_days=2" };
	char id[64];
	json_t *list = json_array();

	(void)state;
	world_start(&w);
	(void)made("service", sets, id);
	json_array_append_new(
	    list, json_pack("{s:s, s:s}", "path", "nation", "value", "wales"));
	world_refused(&w,
	    json_pack("{s:s, s:s, s:o}", "do", "record new", "type", "service",
	        "set", list),
	    "invalid");
	world_end(&w);
}

static void
only_what_becomes_a_case_is_answered(void **state)
{
	char id[64];
	const char *const name[3] = { "preferred_name=Gwen" };

	(void)state;
	world_start(&w);
	(void)made("person", name, id);
	world_refused(&w,
	    json_pack("{s:s, s:s, s:s}", "do", "record accept", "type",
	        "person", "id", id),
	    "invalid");
	world_end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_accepted_becomes_a_case_with_its_part),
		cmocka_unit_test(nothing_is_made_of_a_referral_for_nobody),
		cmocka_unit_test(what_is_declined_says_why),
		cmocka_unit_test(each_act_is_a_step_of_the_waiting),
		cmocka_unit_test(what_the_person_withdrew_is_told_as_that),
		cmocka_unit_test(
		    a_referral_goes_on_as_a_case_of_the_same_person),
		cmocka_unit_test(
		    nobody_with_a_conflict_of_interest_is_given_it),
		cmocka_unit_test(who_has_it_is_not_given_it_again),
		cmocka_unit_test(there_is_one_record_of_how_the_service_works),
		cmocka_unit_test(only_what_becomes_a_case_is_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
