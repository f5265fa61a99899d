/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What two people erased is erased after a restore too, also where neither the
 * backup nor a list that was kept elsewhere has it: devices were told.
 */
#include "tests/support/erase_scene.h"

#include "common/core/limits.h"
#include "common/core/path.h"
#include "daemon/central/engine/engine_int.h"

#define LATER "later.db"

/* What the backup has is erased, which one device hears of, and then the office
 * goes on from the backup. */
static void
door_is_erased_since_the_backup(struct erase_scene *s)
{
	world_backup(&s->w, BACKUP);
	world_erase(&s->w, s->site, "door_notes");
	(void)real_sync(&s->r);
	world_restore(&s->w, BACKUP);
}

static void
what_a_device_was_told_is_done_again(void **state)
{
	struct erase_scene s;

	(void)state;
	erase_scene_start(&s);
	erase_scene_door(&s, &s.r, "'" MARK " opens.'");
	erase_scene_sync(&s);
	door_is_erased_since_the_backup(&s);
	erase_scene_sync(&s);
	erase_scene_sync(&s);
	erase_scene_assert_no_mark(&s);
	erase_scene_end(&s);
}

static void
one_who_wrote_before_it_was_done_again_had_not_seen_it(void **state)
{
	struct erase_scene s;

	(void)state;
	erase_scene_start(&s);
	erase_scene_door(&s, &s.r, "'" MARK " opens.'");
	erase_scene_sync(&s);
	door_is_erased_since_the_backup(&s);
	(void)real_sync(&s.other);
	erase_scene_door(&s, &s.other, "'" MARK " opens late.'");
	(void)real_sync(&s.other);
	erase_scene_sync(&s);
	erase_scene_sync(&s);
	erase_scene_assert_no_mark(&s);
	erase_scene_end(&s);
}

static void
what_was_sent_without_words_is_no_loss(void **state)
{
	struct erase_scene s;

	(void)state;
	erase_scene_start(&s);
	erase_scene_door(&s, &s.r, "'" MARK " opens.'");
	door_is_erased_since_the_backup(&s);
	erase_scene_sync(&s);
	erase_scene_assert_no_mark(&s);
	erase_scene_end(&s);
}

static void
words_of_a_record_that_the_backup_lacks_do_not_come_back(void **state)
{
	struct erase_scene s;

	(void)state;
	erase_scene_start(&s);
	world_backup(&s.w, BACKUP);
	s.site =
	    real_save(&s.r, NULL, "site", "door_notes", "'" MARK " opens.'");
	erase_scene_sync(&s);
	erase_scene_door(&s, &s.other, "'" MARK " opens late.'");
	(void)real_sync(&s.other);
	world_erase(&s.w, s.site, "door_notes");
	(void)real_sync(&s.r);
	world_restore(&s.w, BACKUP);
	erase_scene_sync(&s);
	erase_scene_sync(&s);
	erase_scene_assert_no_mark(&s);
	erase_scene_end(&s);
}

static void
numbers_given_twice_before_a_restore_are_not_taken_for_having_seen_it(
    void **state)
{
	struct erase_scene s;

	(void)state;
	erase_scene_start(&s);
	world_backup(&s.w, BACKUP);
	(void)real_save(&s.r, NULL, "site", "name", "'Elm View'");
	(void)real_save(&s.r, NULL, "site", "name", "'Fir House'");
	erase_scene_door(&s, &s.r, "'" MARK " opens.'");
	erase_scene_sync(&s);
	erase_scene_door(&s, &s.other, "'" MARK " opens late.'");
	world_roll_back(&s.w, BACKUP);
	world_erase(&s.w, s.site, "door_notes");
	world_backup(&s.w, LATER);
	world_restore(&s.w, LATER);
	erase_scene_sync(&s);
	erase_scene_sync(&s);
	erase_scene_assert_no_mark(&s);
	erase_scene_end(&s);
}

/* More than one request shows, and each once. */
static void
all_of_many_are_shown_once(void **state)
{
	const size_t many = LIMIT_SHOWN + 3;
	struct erase_scene s;
	struct sync_request r;
	struct err e;

	(void)state;
	erase_scene_start(&s);
	world_backup(&s.w, BACKUP);
	for (size_t i = 0; i < many; i++)
		world_erase(&s.w, s.site, i % 2 == 0 ? "door_notes" : "name");
	erase_scene_sync(&s);
	erase_scene_sync(&s);
	world_restore(&s.w, BACKUP);
	erase_scene_sync(&s);
	assert_int_equal(
	    world_number(&s.w, "SELECT count(*) FROM erasure"), many);
	sync_request_init(&r);
	assert_ok(device_store_sync_request(s.r.store, false, &r, &e), &e);
	assert_int_equal(r.n_erasures + r.n_past, 0);
	sync_request_fini(&r);
	erase_scene_assert_no_mark(&s);
	erase_scene_end(&s);
}

/* A device cannot make it erase what it never did. */
static void
what_the_office_did_not_sign_is_not_done(void **state)
{
	const struct sign_key other = { { 7 } };
	struct erase_scene s;
	struct sync_request r;
	struct erasure z;
	struct signer *forger = signer_new(&other);
	struct past_head past = { .head = { .at = { 1, 1000 } } };
	struct err e;

	(void)state;
	erase_scene_start(&s);
	world_backup(&s.w, BACKUP);
	world_erase(&s.w, s.site, "door_notes");
	erase_scene_door(&s, &s.r, "'Knock.'");
	erase_scene_sync(&s);
	world_backup(&s.w, LATER);
	world_restore(&s.w, LATER);
	erasure_init(&z);
	z.office = s.w.g->office;
	z.record = s.site;
	z.version = z.since = (struct version){ 1, 2 };
	z.paths = json_pack("[s]", "name");
	assert_ok(erasure_sign(&z, &other, &e), &e);
	log_head_sign(&past.head, forger, s.w.g->office);
	sync_request_init(&r);
	r.erasures = &z;
	r.n_erasures = 1;
	r.past = &past;
	r.n_past = 1;
	assert_ok(access_take_shown(s.w.g, &r, &e), &e);
	assert_int_equal(world_number(&s.w, "SELECT count(*) FROM erasure"), 1);
	/* Nor is what it signed and has. */
	past.head.at.seq = 1;
	past.erased_upto = (struct version){ 1, 1000 };
	log_head_sign(&past.head, s.w.g->receipt_signer, s.w.g->office);
	assert_ok(access_take_shown(s.w.g, &r, &e), &e);
	assert_int_equal(world_number(&s.w, "SELECT count(*) FROM erasure"), 1);
	erasure_fini(&z);
	signer_free(forger);
	erase_scene_end(&s);
}

static void
one_that_cannot_be_done_again_stops_nobody(void **state)
{
	struct erase_scene s;
	struct sync_request r;
	struct erasure z[2];
	json_t *name = json_string("Ola");
	const struct office_edit edit = { "name", name };
	struct office_save save = { .edits = &edit, .n_edits = 1 };
	struct office_saved account;
	struct err e;

	(void)state;
	erase_scene_start(&s);
	world_backup(&s.w, BACKUP);
	world_restore(&s.w, BACKUP);
	save.type = schema_account_type(s.w.g->schema)->name;
	assert_ok(engine_save(s.w.g, &save, &account, &e), &e);
	for (size_t i = 0; i < 2; i++) {
		erasure_init(&z[i]);
		z[i].office = s.w.g->office;
		z[i].record = i == 0 ? account.id : s.site;
		z[i].version = z[i].since = (struct version){ 1, 90 + i };
		z[i].paths = json_pack("[s]", "name");
		assert_ok(erasure_sign(&z[i], &s.w.g->receipt_key, &e), &e);
	}
	sync_request_init(&r);
	r.erasures = z;
	r.n_erasures = 2;
	assert_ok(access_take_shown(s.w.g, &r, &e), &e);
	assert_int_equal(world_number(&s.w, "SELECT count(*) FROM erasure"), 1);
	erasure_fini(&z[0]);
	erasure_fini(&z[1]);
	json_decref(name);
	/* A colleague whom no command took on. */
	s.w.is_unchecked = true;
	erase_scene_end(&s);
}

/* Who had heard of it and wrote there since keeps that. */
static void
words_of_one_who_had_seen_it_stay(void **state)
{
	struct erase_scene s;

	(void)state;
	erase_scene_start(&s);
	erase_scene_door(&s, &s.r, "'" MARK " opens.'");
	erase_scene_sync(&s);
	world_backup(&s.w, BACKUP);
	world_erase(&s.w, s.site, "door_notes");
	erase_scene_sync(&s);
	erase_scene_door(&s, &s.r, "'Knock.'");
	erase_scene_sync(&s);
	world_restore(&s.w, BACKUP);
	erase_scene_sync(&s);
	erase_scene_sync(&s);
	erase_scene_assert_no_mark(&s);
	erase_scene_assert_door(&s, &s.other, "Knock.");
	erase_scene_end(&s);
}

/* They had heard of it, and the office receives what they wrote since in the
 * request before the one that shows it the erasure. */
static void
words_that_come_before_it_is_shown_stay(void **state)
{
	struct erase_scene s;

	(void)state;
	erase_scene_start(&s);
	erase_scene_door(&s, &s.r, "'" MARK " opens.'");
	erase_scene_sync(&s);
	world_backup(&s.w, BACKUP);
	world_erase(&s.w, s.site, "door_notes");
	erase_scene_sync(&s);
	erase_scene_door(&s, &s.r, "'Knock.'");
	world_restore(&s.w, BACKUP);
	erase_scene_sync(&s);
	erase_scene_sync(&s);
	erase_scene_assert_no_mark(&s);
	erase_scene_assert_door(&s, &s.r, "Knock.");
	erase_scene_assert_door(&s, &s.other, "Knock.");
	/* Who goes on from there has seen the erasure. */
	erase_scene_door(&s, &s.other, "'Knock twice.'");
	erase_scene_sync(&s);
	erase_scene_sync(&s);
	erase_scene_assert_door(&s, &s.r, "Knock twice.");
	erase_scene_end(&s);
}

/* Two who had heard of it have not heard of each other when it is done again:
 * both versions stay. */
static void
versions_of_two_who_had_seen_it_stay(void **state)
{
	const struct conflict *c;
	struct record_view view;
	struct erase_scene s;
	struct err e;

	(void)state;
	erase_scene_start(&s);
	real_end(&s.other);
	real_start(&s.other, &s.w, s.r.dev.user);
	s.site = real_save(&s.r, NULL, "person", "full_name", "'Ola " MARK "'");
	erase_scene_sync(&s);
	world_backup(&s.w, BACKUP);
	world_erase(&s.w, s.site, NULL);
	erase_scene_sync(&s);
	(void)real_save(&s.r, &s.site, "person", "preferred_name", "'Ola'");
	(void)real_save(&s.other, &s.site, "person", "preferred_name", "'O.'");
	world_restore(&s.w, BACKUP);
	(void)real_round(&s.r);
	(void)real_round(&s.other);
	assert_int_equal(world_number(&s.w, "SELECT count(*) FROM erasure"), 0);
	erase_scene_sync(&s);
	erase_scene_sync(&s);
	assert_int_equal(world_number(&s.w, "SELECT count(*) FROM erasure"), 1);
	erase_scene_assert_no_mark(&s);
	assert_ok(device_store_get(s.other.store, s.site, &view, &e), &e);
	assert_string_equal(
	    json_string_value(path_get(view.record.doc, "preferred_name")),
	    "Ola");
	c = record_open_conflict(&view.record, "preferred_name");
	assert_non_null(c);
	assert_int_equal(c->n_sides, 1);
	assert_string_equal(json_string_value(c->sides[0].value), "O.");
	record_view_fini(&view);
	erase_scene_end(&s);
}

/* What was said of a signed text stays among the addenda. */
static void
addenda_of_one_who_had_seen_it_stay(void **state)
{
	struct record_view view;
	struct erase_scene s;
	struct id of_case;
	json_t *rows, *row;
	const char *id;
	struct err e;

	(void)state;
	erase_scene_start(&s);
	of_case =
	    real_save(&s.r, NULL, "case", "instructed_mode", "'instructed'");
	s.site = real_note(&s.r, of_case, MARK " speaks.");
	erase_scene_sync(&s);
	world_backup(&s.w, BACKUP);
	world_erase(&s.w, s.site, "summary");
	erase_scene_sync(&s);
	(void)real_save(&s.r, &s.site, "note", "summary", "'She spoke.'");
	world_restore(&s.w, BACKUP);
	erase_scene_sync(&s);
	erase_scene_sync(&s);
	erase_scene_assert_no_mark(&s);
	assert_ok(device_store_get(s.r.store, s.site, &view, &e), &e);
	assert_null(path_get(view.record.doc, "summary"));
	rows = json_object_get(view.record.doc, "addenda");
	assert_int_equal(json_object_size(rows), 1);
	json_object_foreach(rows, id, row)
	{
		assert_non_null(
		    strstr(json_string_value(json_object_get(row, "text")),
		        "She spoke."));
	}
	record_view_fini(&view);
	erase_scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_device_was_told_is_done_again),
		cmocka_unit_test(
		    one_who_wrote_before_it_was_done_again_had_not_seen_it),
		cmocka_unit_test(what_was_sent_without_words_is_no_loss),
		cmocka_unit_test(
		    words_of_a_record_that_the_backup_lacks_do_not_come_back),
		cmocka_unit_test(
		    numbers_given_twice_before_a_restore_are_not_taken_for_having_seen_it),
		cmocka_unit_test(all_of_many_are_shown_once),
		cmocka_unit_test(what_the_office_did_not_sign_is_not_done),
		cmocka_unit_test(one_that_cannot_be_done_again_stops_nobody),
		cmocka_unit_test(words_of_one_who_had_seen_it_stay),
		cmocka_unit_test(words_that_come_before_it_is_shown_stay),
		cmocka_unit_test(versions_of_two_who_had_seen_it_stay),
		cmocka_unit_test(addenda_of_one_who_had_seen_it_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
