/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom the office sends which records.
 */
#include "tests/support/engine_rooms.h"

#include "common/core/path.h"

static void
test_a_device_holds_what_its_user_is_given_and_nothing_else(void **state)
{
	struct duo s;
	struct id person, of_case, note, other;

	(void)state;
	duo_start(&s);
	person = dev_person(&s.a, "Betty");
	of_case = dev_case(&s.a, person);
	note = dev_note(&s.a, of_case, "Hers.");
	other = dev_note(&s.a, dev_case(&s.a, dev_person(&s.a, "Dafydd")), "x");
	dev_sync(&s.a);
	dev_sync(&s.b);
	assert_int_equal(s.b.n_records, 0);
	world_grant_case(&s.w, s.b.user, of_case, false);
	dev_sync(&s.b);
	assert_int_equal(s.b.n_records, 3);
	assert_non_null(dev_record(&s.b, person)); /* by the case's reference */
	assert_non_null(dev_record(&s.b, of_case));
	assert_non_null(dev_record(&s.b, note));
	assert_null(dev_record(&s.b, other));
	world_grant_case(&s.w, s.b.user, of_case, true);
	dev_sync(&s.b);
	assert_int_equal(s.b.n_records, 0);
	duo_end(&s);
}

static void
test_a_grant_that_ended_and_began_again_while_away_leaves_nothing_stale(
    void **state)
{
	struct duo s;
	struct id of_case, note;

	(void)state;
	duo_start(&s);
	of_case = dev_case(&s.a, dev_person(&s.a, "Betty"));
	note = dev_note(&s.a, of_case, "Hers.");
	dev_sync(&s.a);
	world_grant_case(&s.w, s.b.user, of_case, false);
	dev_sync(&s.b);
	world_grant_case(&s.w, s.b.user, of_case, true);
	(void)dev_edit_text(&s.a, note, "debrief", "Meanwhile.");
	dev_sync(&s.a);
	world_grant_case(&s.w, s.b.user, of_case, false);
	dev_sync(&s.b);
	assert_int_equal(s.b.n_records, 3);
	assert_string_equal(dev_text(&s.b, note, "debrief"), "Meanwhile.");
	duo_end(&s);
}

static void
test_a_draft_is_its_authors_alone_until_it_is_signed(void **state)
{
	struct duo s;
	struct id of_case, note;
	struct change_base base = { 0 };

	(void)state;
	duo_start(&s);
	of_case = dev_case(&s.a, dev_person(&s.a, "Betty"));
	dev_sync(&s.a);
	world_grant_case(&s.w, s.b.user, of_case, false);
	note = dev_begin_new(&s.a, "note");
	dev_set(&s.a, "summary", NULL, "'A draft.'");
	dev_set(&s.a, "content", NULL, "'draft'");
	base.own = dev_cut(&s.a);
	dev_sync(&s.a);
	dev_sync(&s.b);
	assert_non_null(dev_record(&s.a, note));
	assert_null(dev_record(&s.b, note));
	dev_begin(&s.a, note, "note");
	{
		char text[64];

		(void)snprintf(text, sizeof(text), "'%s'", id_print(of_case).s);
		dev_set(&s.a, "case", NULL, text);
	}
	/* What is signed is said again. */
	dev_set_seen(&s.a, "summary", "'A draft.'", "'A draft.'", base);
	dev_set_seen(&s.a, "content", "'draft'", "'signed'", base);
	(void)dev_cut(&s.a);
	dev_sync(&s.a);
	dev_sync(&s.b);
	assert_string_equal(dev_text(&s.b, note, "summary"), "A draft.");
	duo_end(&s);
}

static void
test_a_record_whose_reference_is_unknown_is_its_authors_until_it_comes(
    void **state)
{
	struct duo s;
	struct id of_case, note;

	(void)state;
	duo_start(&s);
	/* Bryn writes on a case that Amina's device has not sent yet. */
	of_case = dev_case(&s.a, dev_person(&s.a, "Betty"));
	note = dev_note(&s.b, of_case, "Before the case came.");
	dev_sync(&s.b);
	assert_non_null(dev_record(&s.b, note));
	dev_sync(&s.a);
	assert_non_null(dev_record(&s.a, note)); /* in the case's scope now */
	dev_sync(&s.b);
	assert_null(dev_record(&s.b, note)); /* Bryn was not given the case */
	duo_end(&s);
}

static void
test_assignments_give_and_end_what_their_users_see(void **state)
{
	struct duo s;
	struct id of_case;
	struct office_saved saved;
	struct err e = { 0 };
	char row[200], user[64];
	struct office_edit edits[] = { { .path = row } };
	struct office_save save = { .edits = edits, .n_edits = 1 };
	const char *row_id = "01a20000-0000-7000-8000-000000000001";

	(void)state;
	duo_start(&s);
	of_case = dev_case(&s.a, dev_person(&s.a, "Betty"));
	dev_sync(&s.a);
	save.record = &of_case;
	(void)snprintf(user, sizeof(user), "%s", id_print(s.b.user).s);
	(void)snprintf(row, sizeof(row), "assignments/%s/advocate", row_id);
	edits[0].now = json_string(user);
	assert_ok(engine_save(s.w.g, &save, &saved, &e), &e);
	json_decref((json_t *)(uintptr_t)edits[0].now);
	dev_sync(&s.b);
	assert_non_null(dev_record(&s.b, of_case));
	(void)snprintf(row, sizeof(row), "assignments/%s/to", row_id);
	edits[0].now = json_string("2026-11-20");
	assert_ok(engine_save(s.w.g, &save, &saved, &e), &e);
	json_decref((json_t *)(uintptr_t)edits[0].now);
	dev_sync(&s.b);
	assert_null(dev_record(&s.b, of_case));
	duo_end(&s);
}

static void
test_later_pulls_bring_only_what_changed(void **state)
{
	struct duo s;
	struct sync_request r;
	struct sync_answer a;
	struct id note, person;

	(void)state;
	duo_start(&s);
	person = dev_person(&s.a, "Betty");
	note = dev_note(&s.a, dev_case(&s.a, person), "A first sentence.");
	dev_sync(&s.a);
	(void)dev_edit_text(&s.a, person, "email", "b@example.org");
	dev_request(&s.a, &r);
	a = dev_exchange(&s.a, &r);
	assert_int_equal(a.n_page, 1);
	assert_true(id_equal(a.page[0].record, person));
	assert_null(a.page[0].whole);
	assert_non_null(a.page[0].delta);
	assert_int_equal(a.page[0].own, 4);
	dev_take_page(&s.a, &a);
	assert_string_equal(dev_text(&s.a, person, "email"), "b@example.org");
	assert_string_equal(dev_text(&s.a, person, "full_name"), "Betty");
	assert_non_null(dev_record(&s.a, note));
	sync_answer_fini(&a);
	sync_request_fini(&r);
	dev_sync(&s.a);
	duo_end(&s);
}

static void
test_the_office_and_a_device_editing_at_once_make_a_conflict(void **state)
{
	struct duo s;
	struct id person;
	uint64_t counter;
	struct office_saved saved;
	json_t *name = json_string("Elizabeth");
	struct office_edit edits[] = { { .path = "preferred_name",
	    .now = name } };
	struct office_save save = { .edits = edits, .n_edits = 1 };
	struct err e = { 0 };

	(void)state;
	duo_start(&s);
	person = dev_person(&s.a, "Betty");
	dev_sync(&s.a);
	counter = dev_edit_text(&s.a, person, "preferred_name", "Bets");
	save.record = &person;
	save.author = s.b.user;
	assert_ok(engine_save(s.w.g, &save, &saved, &e), &e);
	assert_int_equal(saved.outcome.kind, OUTCOME_APPLIED);
	dev_sync(&s.a);
	assert_int_equal(dev_outcome(&s.a, counter)->kind, OUTCOME_CONFLICT);
	assert_string_equal(
	    dev_text(&s.a, person, "preferred_name"), "Elizabeth");
	assert_int_equal(dev_record(&s.a, person)->n_conflicts, 1);
	json_decref(name);
	duo_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_a_device_holds_what_its_user_is_given_and_nothing_else),
		cmocka_unit_test(
		    test_a_grant_that_ended_and_began_again_while_away_leaves_nothing_stale),
		cmocka_unit_test(
		    test_a_draft_is_its_authors_alone_until_it_is_signed),
		cmocka_unit_test(
		    test_a_record_whose_reference_is_unknown_is_its_authors_until_it_comes),
		cmocka_unit_test(
		    test_assignments_give_and_end_what_their_users_see),
		cmocka_unit_test(test_later_pulls_bring_only_what_changed),
		cmocka_unit_test(
		    test_the_office_and_a_device_editing_at_once_make_a_conflict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
