/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two devices made the same person, each with a case: two people at the office
 * make them one, and take it back.
 */
#include "tests/support/engine_rooms.h"

#include <string.h>

#include "common/core/path.h"
#include "tests/support/world_command.h"

#define FIRST "the first of two people 41"
#define SECOND "the second of two people 42"

struct twice {
	struct duo s;
	struct id keep, other; /* a's and b's */
	struct id keep_case, other_case;
};

/* A command's answer, new; its word is that of the error, NULL: it has none. */
static json_t *
command(struct world *w, json_t *request, const char *word)
{
	json_t *answer =
	    word == NULL ? world_done(w, request) : world_command(w, request);

	if (word != NULL)
		assert_string_equal(
		    text_of(json_object_get(answer, "error"), "word"), word);
	(void)engine_work(w->g);
	return answer;
}

static void
colleague(struct world *w, const char *name, const char *role, const char *pass)
{
	json_decref(command(w,
	    json_pack("{s:s, s:s, s:s, s:s}", "do", "user add", "name", name,
	        "role", role, "passphrase", pass),
	    NULL));
}

static struct id
person(struct dev *d, const char *email)
{
	struct id id = dev_begin_new(d, "person");

	dev_set(d, "full_name", NULL, "'Betty Adler'");
	dev_set(d, "date_of_birth", NULL, "'1941-05-06'");
	dev_set(d, "email", NULL, email);
	dev_set(d, "what_matters", NULL, "'Her cat.'");
	(void)dev_cut(d);
	return id;
}

static void
twice_start(struct twice *t)
{
	duo_start(&t->s);
	colleague(&t->s.w, "Ruth", "RES", FIRST);
	colleague(&t->s.w, "Tom", "RES", SECOND);
	t->keep = person(&t->s.a, "'betty@example.org'");
	t->keep_case = dev_case(&t->s.a, t->keep);
	t->other = person(&t->s.b, "'b.adler@example.org'");
	dev_begin(&t->s.b, t->other, "person");
	dev_set(&t->s.b, "council_ref", NULL, "'C 17'");
	dev_set(&t->s.b, "client_group/dementia", NULL, "true");
	(void)dev_cut(&t->s.b);
	t->other_case = dev_case(&t->s.b, t->other);
	dev_sync(&t->s.a);
	dev_sync(&t->s.b);
}

static void
twice_end(struct twice *t)
{
	duo_end(&t->s);
}

static json_t *
propose(struct twice *t, const char *word)
{
	return command(&t->s.w,
	    json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "do",
	        "duplicates merge", "as", "Ruth", "passphrase", FIRST, "keep",
	        id_print(t->keep).s, "other", id_print(t->other).s, "reason",
	        "She told both of us."),
	    word);
}

static json_t *
merge(struct twice *t)
{
	json_t *proposed = propose(t, NULL);
	json_t *answer = command(&t->s.w,
	    json_pack("{s:s, s:s, s:s, s:s}", "do", "duplicates confirm", "as",
	        "Tom", "passphrase", SECOND, "proposal",
	        json_string_value(json_object_get(proposed, "proposal"))),
	    NULL);

	json_decref(proposed);
	return answer;
}

static json_t *
undo(struct twice *t, const char *word)
{
	return command(&t->s.w,
	    json_pack("{s:s, s:s, s:s, s:s, s:s}", "do", "duplicates undo",
	        "as", "Tom", "passphrase", SECOND, "other",
	        id_print(t->other).s, "reason", "They are sisters."),
	    word);
}

static void
candidates_are_told_with_their_reasons(void **state)
{
	struct twice t;
	json_t *answer;
	const json_t *list, *one;

	(void)state;
	twice_start(&t);
	answer =
	    command(&t.s.w, json_pack("{s:s}", "do", "duplicates list"), NULL);
	list = json_object_get(answer, "duplicates");
	assert_int_equal(json_array_size(list), 1);
	one = json_array_get(list, 0);
	assert_string_equal(json_string_value(json_array_get(
	                        json_object_get(one, "reasons"), 0)),
	    "same name");
	assert_string_equal(json_string_value(json_array_get(
	                        json_object_get(one, "reasons"), 1)),
	    "same date of birth");
	json_decref(answer);
	answer = command(&t.s.w,
	    json_pack("{s:s, s:s, s:s}", "do", "duplicates show", "keep",
	        id_print(t.keep).s, "other", id_print(t.other).s),
	    NULL);
	assert_int_equal(
	    json_array_size(json_object_get(answer, "differs")), 3);
	assert_true(json_is_false(json_object_get(answer, "merged")));
	json_decref(answer);
	twice_end(&t);
}

static void
one_stands_for_both_and_what_differs_waits_for_a_person(void **state)
{
	struct twice t;
	json_t *answer;
	const struct record *keep;
	const struct conflict *k;

	(void)state;
	twice_start(&t);
	answer = merge(&t);
	assert_int_equal(
	    json_integer_value(json_object_get(answer, "brought")), 3);
	assert_int_equal(
	    json_integer_value(json_object_get(answer, "conflicts")), 1);
	json_decref(answer);
	dev_sync(&t.s.a);
	dev_sync(&t.s.b);
	/* Who sees the other sees the one that stands, and both see its words.
	 */
	keep = dev_record(&t.s.b, t.keep);
	assert_non_null(keep);
	assert_string_equal(dev_text(&t.s.b, t.keep, "council_ref"), "C 17");
	assert_string_equal(dev_text(&t.s.a, t.keep, "council_ref"), "C 17");
	assert_non_null(path_get(keep->doc, "client_group/dementia"));
	assert_string_equal(
	    dev_text(&t.s.b, t.other, "same_as"), id_print(t.keep).s);
	assert_null(dev_record(&t.s.a, t.other));
	k = record_open_conflict(keep, "email");
	assert_non_null(k);
	assert_string_equal(
	    dev_text(&t.s.b, t.keep, "email"), "betty@example.org");
	assert_string_equal(
	    json_string_value(k->sides[0].value), "b.adler@example.org");
	/* They are no candidates any more. */
	answer =
	    command(&t.s.w, json_pack("{s:s}", "do", "duplicates list"), NULL);
	assert_int_equal(
	    json_array_size(json_object_get(answer, "duplicates")), 0);
	json_decref(answer);
	json_decref(propose(&t, "conflict"));
	twice_end(&t);
}

static void
nobody_says_so_alone_or_by_an_edit(void **state)
{
	struct twice t;
	json_t *proposed;

	(void)state;
	twice_start(&t);
	proposed = propose(&t, NULL);
	json_decref(command(&t.s.w,
	    json_pack("{s:s, s:s, s:s, s:s}", "do", "duplicates confirm", "as",
	        "Ruth", "passphrase", FIRST, "proposal",
	        json_string_value(json_object_get(proposed, "proposal"))),
	    "conflict"));
	json_decref(proposed);
	json_decref(command(&t.s.w,
	    json_pack("{s:s, s:s, s:s, s:[{s:s, s:s}]}", "do", "record edit",
	        "type", "person", "id", id_print(t.other).s, "set", "path",
	        "same_as", "value", id_print(t.keep).s),
	    "invalid"));
	json_decref(undo(&t, "invalid"));
	twice_end(&t);
}

/* How many people the office lists, and how many it leaves out. */
static void
assert_listed(struct twice *t, bool same, size_t listed, json_int_t left_out)
{
	json_t *answer = command(&t->s.w,
	    json_pack("{s:s, s:s, s:b}", "do", "record list", "type", "person",
	        "same", same),
	    NULL);

	assert_int_equal(
	    json_array_size(json_object_get(answer, "persons")), listed);
	assert_int_equal(
	    json_integer_value(json_object_get(answer, "same")), left_out);
	json_decref(answer);
}

/* The label of what was written to the other since, NULL: nothing was. */
static void
assert_later(struct twice *t, const char *label)
{
	json_t *answer =
	    command(&t->s.w, json_pack("{s:s}", "do", "duplicates list"), NULL);
	const json_t *list = json_object_get(answer, "later"),
	             *one = json_array_get(list, 0),
	             *labels = json_object_get(one, "labels");

	assert_int_equal(json_array_size(list), label == NULL ? 0 : 1);
	if (label != NULL) {
		assert_string_equal(text_of(one, "id"), id_print(t->keep).s);
		assert_string_equal(
		    text_of(one, "other"), id_print(t->other).s);
		assert_int_equal(json_array_size(labels), 1);
		assert_string_equal(
		    json_string_value(json_array_get(labels, 0)), label);
	}
	json_decref(answer);
}

static void
who_is_stood_for_is_no_line_of_a_list(void **state)
{
	struct twice t;

	(void)state;
	twice_start(&t);
	assert_listed(&t, false, 2, 0);
	json_decref(merge(&t));
	assert_listed(&t, false, 1, 1);
	assert_listed(&t, true, 2, 0);
	json_decref(undo(&t, NULL));
	assert_listed(&t, false, 2, 0);
	twice_end(&t);
}

static void
referral(struct twice *t, struct id person)
{
	json_decref(command(&t->s.w,
	    json_pack("{s:s, s:s, s:[{s:s, s:s}, {s:s, s:s}]}", "do",
	        "record new", "type", "referral", "set", "path", "person",
	        "value", id_print(person).s, "path", "received_at", "value",
	        "2026-11-02T09:00:00.000Z"),
	    NULL));
}

/* So many referrals wait, of so many people. */
static void
assert_waiting(struct twice *t, json_int_t waits, json_int_t people)
{
	json_t *answer =
	    command(&t->s.w, json_pack("{s:s}", "do", "waiting"), NULL);

	assert_int_equal(
	    json_integer_value(json_object_get(answer, "waits")), waits);
	assert_int_equal(
	    json_integer_value(json_object_get(answer, "people")), people);
	json_decref(answer);
}

static void
who_waits_under_two_records_waits_as_one_person(void **state)
{
	struct twice t;

	(void)state;
	twice_start(&t);
	referral(&t, t.keep);
	referral(&t, t.other);
	assert_waiting(&t, 2, 2);
	json_decref(merge(&t));
	assert_waiting(&t, 2, 1);
	twice_end(&t);
}

/* Until somebody has written to the one that stands, too. */
static void
what_is_written_to_the_other_later_is_told(void **state)
{
	struct twice t;

	(void)state;
	twice_start(&t);
	json_decref(merge(&t));
	assert_later(&t, NULL);
	dev_begin(&t.s.b, t.other, "person");
	dev_set(&t.s.b, "communication_flag", NULL, "'Her left ear.'");
	(void)dev_cut(&t.s.b);
	dev_sync(&t.s.b);
	assert_later(&t, "Show this on every page");
	json_decref(command(&t.s.w,
	    json_pack("{s:s, s:s, s:s, s:[{s:s, s:s}]}", "do", "record edit",
	        "type", "person", "id", id_print(t.keep).s, "set", "path",
	        "communication_flag", "value", "Speak to her left side."),
	    NULL));
	assert_later(&t, NULL);
	twice_end(&t);
}

static void
what_still_arrives_for_the_other_is_kept_there(void **state)
{
	struct twice t;
	struct id late;

	(void)state;
	twice_start(&t);
	json_decref(merge(&t));
	dev_begin(&t.s.b, t.other, "person");
	dev_set(
	    &t.s.b, "communication_flag", NULL, "'Speak to her left side.'");
	(void)dev_cut(&t.s.b);
	late = dev_case(&t.s.b, t.other);
	dev_sync(&t.s.b);
	assert_string_equal(dev_text(&t.s.b, t.other, "communication_flag"),
	    "Speak to her left side.");
	assert_non_null(dev_record(&t.s.b, late));
	assert_non_null(dev_record(&t.s.b, t.keep));
	twice_end(&t);
}

static void
undone_it_is_as_before_but_for_what_somebody_changed_since(void **state)
{
	struct twice t;
	json_t *answer;
	const struct record *keep;
	struct change_base base = { 0 };

	(void)state;
	twice_start(&t);
	json_decref(merge(&t));
	dev_sync(&t.s.a);
	base.seen =
	    record_related_version(dev_record(&t.s.a, t.keep), "council_ref");
	dev_begin(&t.s.a, t.keep, "person");
	dev_set_seen(&t.s.a, "council_ref", "'C 17'", "'C 18'", base);
	(void)dev_cut(&t.s.a);
	dev_sync(&t.s.a);
	answer = undo(&t, NULL);
	assert_int_equal(json_array_size(json_object_get(answer, "stays")), 1);
	assert_string_equal(json_string_value(json_array_get(
	                        json_object_get(answer, "stays"), 0)),
	    "council_ref");
	json_decref(answer);
	dev_sync(&t.s.a);
	dev_sync(&t.s.b);
	keep = dev_record(&t.s.a, t.keep);
	assert_string_equal(dev_text(&t.s.a, t.keep, "council_ref"), "C 18");
	assert_string_equal(
	    dev_text(&t.s.a, t.keep, "email"), "betty@example.org");
	assert_null(path_get(keep->doc, "client_group/dementia"));
	assert_null(record_open_conflict(keep, "email"));
	assert_null(dev_record(&t.s.b, t.keep));
	assert_null(path_get(dev_record(&t.s.b, t.other)->doc, "same_as"));
	assert_string_equal(dev_text(&t.s.b, t.other, "council_ref"), "C 17");
	twice_end(&t);
}

static void
it_can_be_made_so_again(void **state)
{
	struct twice t;
	json_t *answer;

	(void)state;
	twice_start(&t);
	json_decref(merge(&t));
	json_decref(undo(&t, NULL));
	answer = merge(&t);
	assert_int_equal(
	    json_integer_value(json_object_get(answer, "conflicts")), 1);
	json_decref(answer);
	dev_sync(&t.s.b);
	assert_string_equal(dev_text(&t.s.b, t.keep, "council_ref"), "C 17");
	json_decref(undo(&t, NULL));
	dev_sync(&t.s.a);
	assert_null(path_get(dev_record(&t.s.a, t.keep)->doc, "council_ref"));
	twice_end(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(candidates_are_told_with_their_reasons),
		cmocka_unit_test(
		    one_stands_for_both_and_what_differs_waits_for_a_person),
		cmocka_unit_test(nobody_says_so_alone_or_by_an_edit),
		cmocka_unit_test(who_is_stood_for_is_no_line_of_a_list),
		cmocka_unit_test(
		    who_waits_under_two_records_waits_as_one_person),
		cmocka_unit_test(what_is_written_to_the_other_later_is_told),
		cmocka_unit_test(
		    what_still_arrives_for_the_other_is_kept_there),
		cmocka_unit_test(
		    undone_it_is_as_before_but_for_what_somebody_changed_since),
		cmocka_unit_test(it_can_be_made_so_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
