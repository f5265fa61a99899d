/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pulls that are cut, that come from another past, or that meet what commits
 * meanwhile: at their end a device has what it should.
 */
#include "tests/support/engine_rooms.h"

#include <string.h>

#include "common/base/rng.h"
#include "common/core/path.h"

/* Notes of some kilobytes each, so that the pull takes several pages. */
#define MANY 120
static void
write_many(struct dev *d, struct id of_case, struct id ids[MANY])
{
	static char words[12000];
	size_t len = 0;

	words[len++] = '\'';
	while (len < sizeof(words) - 64)
		len += (size_t)snprintf(words + len, 64, "Sentence %zu. ", len);
	words[len++] = '\'';
	words[len] = '\0';
	for (size_t i = 0; i < MANY; i++) {
		char of[64];

		ids[i] = dev_begin_new(d, "note");
		(void)snprintf(of, sizeof(of), "'%s'", id_print(of_case).s);
		dev_set(d, "case", NULL, of);
		dev_set(d, "content", NULL, "'signed'");
		dev_set(d, "summary", NULL, words);
		(void)dev_cut(d);
		if (i % 30 == 29)
			dev_push(d);
	}
}

static void
test_a_pull_that_was_cut_goes_on_where_it_stopped(void **state)
{
	struct duo s;
	struct id ids[MANY], of_case;
	size_t pages = 0, entries = 0;
	bool last = false;

	(void)state;
	duo_start(&s);
	of_case = dev_case(&s.a, dev_person(&s.a, "Betty"));
	dev_sync(&s.a);
	world_grant_case(&s.w, s.b.user, of_case, false);
	write_many(&s.a, of_case, ids);
	while (!last) {
		struct sync_request r;
		struct sync_answer a;

		dev_request(&s.b, &r);
		a = dev_exchange(&s.b, &r);
		/* Every other answer is lost, and the office starts anew. */
		if (pages++ % 2 == 0) {
			world_restart(&s.w);
			a.is_last = false;
		} else {
			dev_take_page(&s.b, &a);
			entries += a.n_page;
		}
		/* Meanwhile the first note changes. */
		if (pages == 2) {
			assert_int_equal(a.cursor.floor, 0);
			dev_sync(&s.a);
			(void)dev_edit_text(&s.a, ids[0], "debrief", "Late.");
			dev_push(&s.a);
		}
		last = a.is_last;
		sync_answer_fini(&a);
		sync_request_fini(&r);
	}
	assert_true(pages > 4);
	assert_int_equal(entries, MANY + 3); /* the first note came twice */
	assert_int_equal(s.b.n_records, MANY + 2);
	assert_string_equal(dev_text(&s.b, ids[0], "debrief"), "Late.");
	dev_sync(&s.b);
	duo_end(&s);
}

static void
test_a_record_that_goes_during_a_cut_pull_is_dropped(void **state)
{
	struct duo s;
	struct id ids[MANY], of_case;
	struct sync_request r;
	struct sync_answer a;

	(void)state;
	duo_start(&s);
	of_case = dev_case(&s.a, dev_person(&s.a, "Betty"));
	dev_sync(&s.a);
	world_grant_case(&s.w, s.b.user, of_case, false);
	write_many(&s.a, of_case, ids);
	dev_request(&s.b, &r);
	a = dev_exchange(&s.b, &r);
	assert_false(a.is_last);
	dev_take_page(&s.b, &a);
	assert_true(s.b.n_records > 10);
	sync_answer_fini(&a);
	sync_request_fini(&r);
	world_grant_case(&s.w, s.b.user, of_case, true);
	dev_sync(&s.b);
	assert_int_equal(s.b.n_records, 0);
	duo_end(&s);
}

static void
test_a_cursor_of_another_past_begins_again_with_a_word(void **state)
{
	struct duo s;
	struct sync_request r;
	struct sync_answer a;

	(void)state;
	duo_start(&s);
	(void)dev_case(&s.a, dev_person(&s.a, "Betty"));
	dev_sync(&s.a);
	dev_request(&s.a, &r);
	r.cursor.link.b[5] ^= 1;
	a = dev_exchange(&s.a, &r);
	assert_true(a.has_refusal);
	assert_int_equal(a.refusal, WORD_EPOCH);
	assert_int_equal(a.n_page, 2);
	assert_non_null(a.page[0].whole);
	sync_answer_fini(&a);
	r.cursor = s.a.cursor;
	r.cursor.epoch = 2;
	a = dev_exchange(&s.a, &r);
	assert_int_equal(a.refusal, WORD_EPOCH);
	assert_int_equal(a.n_page, 2);
	sync_answer_fini(&a);
	sync_request_fini(&r);
	duo_end(&s);
}

static void
test_a_device_that_differs_is_told_scopes_ids_and_records(void **state)
{
	struct duo s;
	struct sync_request r;
	struct sync_answer a;
	struct id person, foreign;
	const char *scope;
	json_t *value;

	(void)state;
	duo_start(&s);
	foreign = dev_person(&s.b, "Dafydd");
	dev_sync(&s.b);
	person = dev_person(&s.a, "Betty");
	dev_sync(&s.a);
	dev_request(&s.a, &r);
	r.want_scopes = true;
	r.want_ids = json_pack("[s, s]", "user:x", "all");
	{
		char own[64];

		(void)snprintf(
		    own, sizeof(own), "user:%s", id_print(s.a.user).s);
		(void)json_array_append_new(r.want_ids, json_string(own));
	}
	r.want_records =
	    json_pack("[s, s]", id_print(person).s, id_print(foreign).s);
	a = dev_exchange(&s.a, &r);
	assert_int_equal(json_object_size(a.scopes), 2);
	assert_int_equal(json_object_size(a.ids), 2); /* not another user's */
	json_object_foreach(a.ids, scope, value)
	{
		assert_int_equal(
		    json_array_size(value), strcmp(scope, "all") == 0 ? 0 : 1);
	}
	assert_int_equal(a.n_page, 2);
	assert_non_null(a.page[0].whole);
	assert_true(a.page[1].is_drop);
	sync_answer_fini(&a);
	sync_request_fini(&r);
	duo_end(&s);
}

static void
test_no_cursor_passes_what_commits_later(void **state)
{
	struct duo s;
	struct office_store *other = NULL;
	struct log_entry l = { .epoch = 1, .kind = "audit" };
	uint64_t floor;
	struct err e = { 0 };

	(void)state;
	duo_start(&s);
	(void)dev_person(&s.a, "Betty");
	dev_sync(&s.a);
	floor = s.a.cursor.floor;
	/* Another process has written the next entry, and not committed. */
	assert_ok(
	    office_store_open(s.w.folder.path, &s.w.key, false, &other, &e),
	    &e);
	assert_ok(store_begin(other, &e), &e);
	assert_ok(store_log_append(other, &l, &e), &e);
	assert_int_equal(l.seq, floor + 1);
	dev_sync(&s.a);
	assert_int_equal(s.a.cursor.floor, floor);
	assert_ok(store_commit(other, &e), &e);
	dev_sync(&s.a);
	assert_int_equal(s.a.cursor.floor, floor + 1);
	office_store_close(other);
	s.w.is_unchecked = true; /* the entry is of nobody's journal */
	duo_end(&s);
}

/* Every scope's sum is that of the records in it. */
static void
check_digests(struct world *w)
{
	assert_int_equal(
	    world_number(w,
	        "SELECT count(*) FROM scope_digest d WHERE"
	        " sum <> zeroblob(32) AND NOT EXISTS (SELECT 1 FROM"
	        " record_scope m WHERE m.scope = d.scope"
	        " AND m.until IS NULL)"),
	    0);
}

static void
test_random_work_ends_with_equal_digests_everywhere(void **state)
{
	struct duo s;
	struct rng rng = rng_make(check_seed(__func__));
	struct id cases[4], notes[40], persons[4];
	size_t n_notes = 0;

	(void)state;
	duo_start(&s);
	for (size_t i = 0; i < 4; i++) {
		persons[i] = dev_person(&s.a, "P");
		cases[i] = dev_case(&s.a, persons[i]);
	}
	dev_sync(&s.a);
	for (size_t step = 0; step < 150; step++) {
		struct dev *d = rng_below(&rng, 2) == 0 ? &s.a : &s.b;
		struct id of = cases[rng_below(&rng, 4)];
		struct id note;

		switch (rng_below(&rng, 6)) {
		case 0:
			if (n_notes < 40 && dev_record(d, of) != NULL)
				notes[n_notes++] = dev_note(d, of, "N.");
			break;
		case 1:
			if (n_notes == 0)
				break;
			note = notes[rng_below(&rng, n_notes)];
			if (dev_record(d, note) != NULL)
				(void)dev_edit_text(d, note, "debrief", "E.");
			break;
		case 2:
			note = persons[rng_below(&rng, 4)];
			if (dev_record(d, note) != NULL)
				(void)dev_edit_text(d, note, "preferred_name",
				    rng_below(&rng, 2) == 0 ? "A" : "B");
			break;
		case 3:
			dev_sync(d);
			break;
		default: {
			bool end = rng_below(&rng, 2) == 0;
			char scope[64];
			struct grant_step g = {
				.user = s.b.user, .scope = scope, .end = end
			};
			struct err e = { 0 };

			(void)snprintf(
			    scope, sizeof(scope), "case:%s", id_print(of).s);
			assert_ok(store_begin(engine_store(s.w.g), &e), &e);
			(void)!engine_grant(s.w.g, &g, &e);
			assert_ok(store_commit(engine_store(s.w.g), &e), &e);
		}
		}
	}
	/* The last sync of each compares the sums. */
	dev_sync(&s.a);
	dev_sync(&s.b);
	dev_sync(&s.a);
	check_digests(&s.w);
	duo_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_a_pull_that_was_cut_goes_on_where_it_stopped),
		cmocka_unit_test(
		    test_a_record_that_goes_during_a_cut_pull_is_dropped),
		cmocka_unit_test(
		    test_a_cursor_of_another_past_begins_again_with_a_word),
		cmocka_unit_test(
		    test_a_device_that_differs_is_told_scopes_ids_and_records),
		cmocka_unit_test(test_no_cursor_passes_what_commits_later),
		cmocka_unit_test(
		    test_random_work_ends_with_equal_digests_everywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
