/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What two people erased is erased after a restore too, also where neither the
 * backup nor a list that was kept elsewhere has it: devices were told.
 */
#include "tests/support/check.h"

#include "common/core/limits.h"
#include "common/core/path.h"
#include "common/store/store_int.h"
#include "daemon/central/engine/engine_erase.h"
#include "daemon/central/engine/engine_int.h"
#include "daemon/central/store/sqlite_int.h"
#include "tests/support/real_device.h"
#include "tests/support/row_flips.h"

#define BACKUP "backup.db"
#define LATER "later.db"
#define MARK "Zwanziger"

struct scene {
	struct world w;
	struct real r, other;
	struct id site;
};

static void
erase(struct scene *s, const char *path)
{
	struct office_store *store = engine_store(s->w.g);
	json_t *paths = path == NULL ? NULL : json_pack("[s]", path);
	const struct erase_order order = { .record = s->site, .paths = paths };
	struct erasure z;
	uint64_t n;
	struct err e;

	assert_ok(store_begin(store, &e), &e);
	assert_ok(engine_erase(s->w.g, &order, &z, &n, &e), &e);
	assert_ok(store_commit(store, &e), &e);
	erasure_fini(&z);
	json_decref(paths);
}

static void
sync_both(struct scene *s)
{
	(void)real_sync(&s->r);
	(void)real_sync(&s->other);
}

static void
scene_start(struct scene *s)
{
	world_start(&s->w);
	real_start(&s->r, &s->w, world_user(&s->w, "Nia"));
	real_start(&s->other, &s->w, world_user(&s->w, "Amina"));
	s->site = real_save(&s->r, NULL, "site", "name", "'Oak House'");
	sync_both(s);
}

static void
no_mark_is_left(struct scene *s)
{
	struct verify_result v;
	struct err e;

	assert_int_equal(row_hunt(s->r.store->db, MARK), 0);
	assert_int_equal(row_hunt(s->other.store->db, MARK), 0);
	world_lay_open(&s->w);
	assert_int_equal(row_hunt(engine_store(s->w.g)->db, MARK), 0);
	s->w.is_unchecked = false;
	assert_ok(device_store_verify(s->r.store, &v, &e), &e);
	assert_string_equal(v.first_bad, "");
	assert_ok(device_store_verify(s->other.store, &v, &e), &e);
	assert_string_equal(v.first_bad, "");
}

/* The office is verified at its end. */
static void
scene_end(struct scene *s)
{
	real_end(&s->other);
	real_end(&s->r);
	world_end(&s->w);
}

static void
what_a_device_was_told_is_done_again(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	(void)real_save(
	    &s.r, &s.site, "site", "door_notes", "'" MARK " opens.'");
	sync_both(&s);
	world_backup(&s.w, BACKUP);
	erase(&s, "door_notes");
	(void)real_sync(&s.r);
	world_restore(&s.w, BACKUP);
	sync_both(&s);
	sync_both(&s);
	no_mark_is_left(&s);
	scene_end(&s);
}

static void
one_who_wrote_before_it_was_done_again_had_not_seen_it(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	(void)real_save(
	    &s.r, &s.site, "site", "door_notes", "'" MARK " opens.'");
	sync_both(&s);
	world_backup(&s.w, BACKUP);
	erase(&s, "door_notes");
	(void)real_sync(&s.r);
	world_restore(&s.w, BACKUP);
	(void)real_sync(&s.other);
	(void)real_save(
	    &s.other, &s.site, "site", "door_notes", "'" MARK " opens late.'");
	(void)real_sync(&s.other);
	sync_both(&s);
	sync_both(&s);
	no_mark_is_left(&s);
	scene_end(&s);
}

static void
what_was_sent_without_words_is_no_loss(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	(void)real_save(
	    &s.r, &s.site, "site", "door_notes", "'" MARK " opens.'");
	world_backup(&s.w, BACKUP);
	erase(&s, "door_notes");
	(void)real_sync(&s.r);
	world_restore(&s.w, BACKUP);
	sync_both(&s);
	no_mark_is_left(&s);
	scene_end(&s);
}

static void
words_of_a_record_that_the_backup_lacks_do_not_come_back(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	world_backup(&s.w, BACKUP);
	s.site =
	    real_save(&s.r, NULL, "site", "door_notes", "'" MARK " opens.'");
	sync_both(&s);
	(void)real_save(
	    &s.other, &s.site, "site", "door_notes", "'" MARK " opens late.'");
	(void)real_sync(&s.other);
	erase(&s, "door_notes");
	(void)real_sync(&s.r);
	world_restore(&s.w, BACKUP);
	sync_both(&s);
	sync_both(&s);
	no_mark_is_left(&s);
	scene_end(&s);
}

static void
numbers_given_twice_before_a_restore_are_not_taken_for_having_seen_it(
    void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	world_backup(&s.w, BACKUP);
	(void)real_save(&s.r, NULL, "site", "name", "'Elm View'");
	(void)real_save(&s.r, NULL, "site", "name", "'Fir House'");
	(void)real_save(
	    &s.r, &s.site, "site", "door_notes", "'" MARK " opens.'");
	sync_both(&s);
	(void)real_save(
	    &s.other, &s.site, "site", "door_notes", "'" MARK " opens late.'");
	world_roll_back(&s.w, BACKUP);
	erase(&s, "door_notes");
	world_backup(&s.w, LATER);
	world_restore(&s.w, LATER);
	sync_both(&s);
	sync_both(&s);
	no_mark_is_left(&s);
	scene_end(&s);
}

/* More than one request shows, and each once. */
static void
all_of_many_are_shown_once(void **state)
{
	const size_t many = LIMIT_SHOWN + 3;
	struct scene s;
	struct sync_request r;
	struct err e;

	(void)state;
	scene_start(&s);
	world_backup(&s.w, BACKUP);
	for (size_t i = 0; i < many; i++)
		erase(&s, i % 2 == 0 ? "door_notes" : "name");
	sync_both(&s);
	sync_both(&s);
	world_restore(&s.w, BACKUP);
	sync_both(&s);
	assert_int_equal(
	    world_number(&s.w, "SELECT count(*) FROM erasure"), many);
	sync_request_init(&r);
	assert_ok(device_store_sync_request(s.r.store, false, &r, &e), &e);
	assert_int_equal(r.n_erasures + r.n_past, 0);
	sync_request_fini(&r);
	no_mark_is_left(&s);
	scene_end(&s);
}

/* A device cannot make it erase what it never did. */
static void
what_the_office_did_not_sign_is_not_done(void **state)
{
	const struct sign_key other = { { 7 } };
	struct scene s;
	struct sync_request r;
	struct erasure z;
	struct signer *forger = signer_new(&other);
	struct past_head past = { .head = { .at = { 1, 1000 } } };
	struct err e;

	(void)state;
	scene_start(&s);
	world_backup(&s.w, BACKUP);
	erase(&s, "door_notes");
	(void)real_save(&s.r, &s.site, "site", "door_notes", "'Knock.'");
	sync_both(&s);
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
	scene_end(&s);
}

static void
one_that_cannot_be_done_again_stops_nobody(void **state)
{
	struct scene s;
	struct sync_request r;
	struct erasure z[2];
	json_t *name = json_string("Ola");
	const struct office_edit edit = { "name", name };
	struct office_save save = { .edits = &edit, .n_edits = 1 };
	struct office_saved account;
	struct err e;

	(void)state;
	scene_start(&s);
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
	scene_end(&s);
}

/* The door notes as this device is shown them. */
static void
door_notes_are(struct real *r, struct id site, const char *words)
{
	struct record_view view;
	struct err e;

	assert_ok(device_store_get(r->store, site, &view, &e), &e);
	assert_string_equal(
	    json_string_value(path_get(view.record.doc, "door_notes")), words);
	record_view_fini(&view);
}

/* Who had heard of it and wrote there since keeps that. */
static void
words_of_one_who_had_seen_it_stay(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	(void)real_save(
	    &s.r, &s.site, "site", "door_notes", "'" MARK " opens.'");
	sync_both(&s);
	world_backup(&s.w, BACKUP);
	erase(&s, "door_notes");
	sync_both(&s);
	(void)real_save(&s.r, &s.site, "site", "door_notes", "'Knock.'");
	sync_both(&s);
	world_restore(&s.w, BACKUP);
	sync_both(&s);
	sync_both(&s);
	no_mark_is_left(&s);
	door_notes_are(&s.other, s.site, "Knock.");
	scene_end(&s);
}

/* They had heard of it, and the office receives what they wrote since in the
 * request before the one that shows it the erasure. */
static void
words_that_come_before_it_is_shown_stay(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	(void)real_save(
	    &s.r, &s.site, "site", "door_notes", "'" MARK " opens.'");
	sync_both(&s);
	world_backup(&s.w, BACKUP);
	erase(&s, "door_notes");
	sync_both(&s);
	(void)real_save(&s.r, &s.site, "site", "door_notes", "'Knock.'");
	world_restore(&s.w, BACKUP);
	sync_both(&s);
	sync_both(&s);
	no_mark_is_left(&s);
	door_notes_are(&s.r, s.site, "Knock.");
	door_notes_are(&s.other, s.site, "Knock.");
	/* Who goes on from there has seen the erasure. */
	(void)real_save(
	    &s.other, &s.site, "site", "door_notes", "'Knock twice.'");
	sync_both(&s);
	sync_both(&s);
	door_notes_are(&s.r, s.site, "Knock twice.");
	scene_end(&s);
}

/* Two who had heard of it have not heard of each other when it is done again:
 * both versions stay. */
static void
versions_of_two_who_had_seen_it_stay(void **state)
{
	const struct conflict *c;
	struct record_view view;
	struct scene s;
	struct err e;

	(void)state;
	scene_start(&s);
	real_end(&s.other);
	real_start(&s.other, &s.w, s.r.dev.user);
	s.site = real_save(&s.r, NULL, "person", "full_name", "'Ola " MARK "'");
	sync_both(&s);
	world_backup(&s.w, BACKUP);
	erase(&s, NULL);
	sync_both(&s);
	(void)real_save(&s.r, &s.site, "person", "preferred_name", "'Ola'");
	(void)real_save(&s.other, &s.site, "person", "preferred_name", "'O.'");
	world_restore(&s.w, BACKUP);
	(void)real_round(&s.r);
	(void)real_round(&s.other);
	assert_int_equal(world_number(&s.w, "SELECT count(*) FROM erasure"), 0);
	sync_both(&s);
	sync_both(&s);
	assert_int_equal(world_number(&s.w, "SELECT count(*) FROM erasure"), 1);
	no_mark_is_left(&s);
	assert_ok(device_store_get(s.other.store, s.site, &view, &e), &e);
	assert_string_equal(
	    json_string_value(path_get(view.record.doc, "preferred_name")),
	    "Ola");
	c = record_open_conflict(&view.record, "preferred_name");
	assert_non_null(c);
	assert_int_equal(c->n_sides, 1);
	assert_string_equal(json_string_value(c->sides[0].value), "O.");
	record_view_fini(&view);
	scene_end(&s);
}

/* What was said of a signed text stays among the addenda. */
static void
addenda_of_one_who_had_seen_it_stay(void **state)
{
	struct record_view view;
	struct scene s;
	struct id of_case;
	json_t *rows, *row;
	const char *id;
	struct err e;

	(void)state;
	scene_start(&s);
	of_case =
	    real_save(&s.r, NULL, "case", "instructed_mode", "'instructed'");
	s.site = real_note(&s.r, of_case, MARK " speaks.");
	sync_both(&s);
	world_backup(&s.w, BACKUP);
	erase(&s, "summary");
	sync_both(&s);
	(void)real_save(&s.r, &s.site, "note", "summary", "'She spoke.'");
	world_restore(&s.w, BACKUP);
	sync_both(&s);
	sync_both(&s);
	no_mark_is_left(&s);
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
	scene_end(&s);
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
