/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Erasure at the office: nothing of the words is left in its store, and what
 * comes later by somebody who had not seen it is received without them.
 */
#include "tests/support/engine_world.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/core/path.h"
#include "common/store/store_int.h"
#include "common/sys/db.h"
#include "daemon/central/engine/engine_erase.h"
#include "tests/support/real_device.h"
#include "tests/support/row_flips.h"

#define MARK "Zwanziger"

static struct db *
open_store(const struct world *w)
{
	char path[FILE_PATH_MAX];
	struct db *db = NULL;
	const struct db_options o = {
		.path = path, .key = &w->key, .application_id = 0x56426f66
	};
	struct err e = { 0 };

	assert_true(file_join(path, w->folder.path, "office.db"));
	assert_ok(db_open(&o, &db, &e), &e);
	return db;
}

/* How many values of any table hold the mark. */
static size_t
marks(struct world *w)
{
	struct db *db;
	size_t n = 0;

	world_lay_open(w);
	db = open_store(w);
	n = row_hunt(db, MARK);
	db_close(db);
	return n;
}

static struct id
person_with_words(struct dev *d)
{
	struct id person = dev_begin_new(d, "person");

	dev_set(d, "full_name", NULL, "'Betty'");
	dev_set(d, "how_i_communicate", NULL, "'" MARK " told her.'");
	(void)dev_cut(d);
	dev_sync(d);
	return person;
}

static void
nothing_of_the_words_is_left_in_the_store(void **state)
{
	struct world w;
	struct dev d;
	struct id person;
	char path[FILE_PATH_MAX];
	struct stat st;

	(void)state;
	world_start(&w);
	dev_start(&d, &w, world_user(&w, "Amina"), DEVICE_ACTIVE);
	person = person_with_words(&d);
	assert_true(marks(&w) > 0);
	w.is_unchecked = false;
	world_erase(&w, person, "how_i_communicate");
	assert_true(file_join(path, w.folder.path, "office.db-wal"));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 0);
	assert_int_equal(marks(&w), 0);
	assert_int_equal(
	    world_number(&w, "SELECT secure_delete FROM pragma_secure_delete"),
	    1);
	w.is_unchecked = false;
	dev_sync(&d);
	assert_null(path_get(dev_record(&d, person)->doc, "how_i_communicate"));
	dev_end(&d);
	world_end(&w);
}

static void
what_was_written_unseen_is_received_without_its_words(void **state)
{
	struct world w;
	struct dev d, away;
	struct id person, user;
	struct change_base base = { 0 };

	(void)state;
	world_start(&w);
	user = world_user(&w, "Amina");
	dev_start(&d, &w, user, DEVICE_ACTIVE);
	dev_start(&away, &w, user, DEVICE_ACTIVE);
	person = person_with_words(&d);
	dev_sync(&away);
	world_erase(&w, person, "how_i_communicate");
	base.seen = record_related_version(
	    dev_record(&away, person), "how_i_communicate");
	dev_begin(&away, person, "person");
	dev_set_seen(&away, "how_i_communicate", "'" MARK " told her.'",
	    "'" MARK " told her twice.'", base);
	(void)dev_cut(&away);
	dev_sync(&away);
	assert_int_equal(away.receipted, away.n_journal);
	assert_int_equal(marks(&w), 0);
	w.is_unchecked = false;
	/* Who has seen it is heard. */
	base.seen = record_related_version(
	    dev_record(&away, person), "how_i_communicate");
	dev_begin(&away, person, "person");
	dev_set_seen(&away, "how_i_communicate", NULL, "'By signs.'", base);
	(void)dev_cut(&away);
	dev_sync(&away);
	assert_string_equal(
	    dev_text(&away, person, "how_i_communicate"), "By signs.");
	dev_end(&d);
	dev_end(&away);
	world_end(&w);
}

static void
what_is_new_about_somebody_erased_is_held_for_a_person(void **state)
{
	struct world w;
	struct dev d, away;
	struct id person, of_case, other, user;
	struct held_step step = { 0 };
	struct office_user lead;
	struct outcome o;
	struct err e = { 0 };

	(void)state;
	world_start(&w);
	user = world_user(&w, "Amina");
	dev_start(&d, &w, user, DEVICE_ACTIVE);
	dev_start(&away, &w, user, DEVICE_ACTIVE);
	person = person_with_words(&d);
	of_case = dev_case(&d, person);
	other = dev_case(&d, dev_person(&d, "Betty"));
	dev_sync(&d);
	/* One field less is no person less. */
	world_erase(&w, person, "how_i_communicate");
	(void)dev_note(&d, of_case, "One.");
	dev_sync(&d);
	assert_int_equal(dev_outcome(&d, d.n_journal)->kind, OUTCOME_APPLIED);
	world_erase(&w, person, NULL);
	(void)dev_note(&away, of_case, "Two.");
	step =
	    (struct held_step){ .device = away.id, .counter = away.n_journal };
	(void)dev_note(&away, other, "Three.");
	dev_sync(&away);
	assert_int_equal(dev_outcome(&away, step.counter)->kind, OUTCOME_HELD);
	assert_string_equal(dev_outcome(&away, step.counter)->reason, "erased");
	assert_int_equal(
	    dev_outcome(&away, away.n_journal)->kind, OUTCOME_APPLIED);
	/* Whoever may decide it lets it in, and nobody else. */
	assert_ok(store_begin(engine_store(w.g), &e), &e);
	assert_int_equal(engine_held(w.g, &step, &o, &e), ERR_AUTH);
	step.actor = user;
	assert_int_equal(engine_held(w.g, &step, &o, &e), ERR_CONFLICT);
	step.close = true;
	step.reason = "It was about her.";
	assert_int_equal(engine_held(w.g, &step, &o, &e), ERR_CONFLICT);
	step.close = false;
	assert_ok(store_user_get(engine_store(w.g), user, &lead, &e), &e);
	(void)snprintf(lead.role, sizeof(lead.role), "DPO");
	lead.id = step.actor = id_fresh(clock_unix_ms());
	assert_ok(store_user_put(engine_store(w.g), &lead, &e), &e);
	assert_ok(engine_held(w.g, &step, &o, &e), &e);
	assert_ok(store_commit(engine_store(w.g), &e), &e);
	assert_int_equal(o.kind, OUTCOME_APPLIED);
	dev_end(&d);
	dev_end(&away);
	world_end(&w);
}

static void
words_that_nobody_erased_are_missed(void **state)
{
	struct world w;
	struct dev d;
	struct id person;
	json_t *result = NULL;
	struct err e = { 0 };

	(void)state;
	world_start(&w);
	dev_start(&d, &w, world_user(&w, "Amina"), DEVICE_ACTIVE);
	person = person_with_words(&d);
	world_erase(&w, person, "how_i_communicate");
	world_sql(&w, "DELETE FROM erasure");
	world_forget_users(&w);
	assert_ok(engine_verify(w.g, &result, &e), &e);
	assert_non_null(
	    strstr(json_string_value(json_object_get(result, "first_bad")),
	        "no erasure says so"));
	json_decref(result);
	dev_end(&d);
	world_end(&w);
}

static void
who_a_record_is_about_and_who_works_here_is_not_erased(void **state)
{
	struct world w;
	struct dev d;
	struct id of_case, person;
	json_t *paths = json_pack("[s]", "person");
	struct erase_order order = { .paths = paths };
	struct office_store *s;
	struct erasure z;
	uint64_t n;
	struct err e = { 0 };

	(void)state;
	world_start(&w);
	s = engine_store(w.g);
	dev_start(&d, &w, world_user(&w, "Amina"), DEVICE_ACTIVE);
	person = dev_person(&d, "Betty");
	of_case = dev_case(&d, person);
	dev_sync(&d);
	order.record = of_case;
	assert_ok(store_begin(s, &e), &e);
	assert_int_equal(engine_erase(w.g, &order, &z, &n, &e), ERR_INVALID);
	order.record = w.keys.engine_device;
	assert_int_equal(engine_erase(w.g, &order, &z, &n, &e), ERR_NOTFOUND);
	store_rollback(s);
	json_decref(paths);
	dev_end(&d);
	world_end(&w);
}

/* Does a draft of the device hold anything at the path? */
static bool
draft_has(struct real *r, const char *path)
{
	json_t *draft = NULL;
	bool has;
	struct err e;

	assert_ok(device_store_draft_get(r->store, "kept/1", &draft, &e), &e);
	has = json_object_get(json_object_get(draft, "values"), path) != NULL;
	json_decref(draft);
	return has;
}

static void
what_autosave_holds_of_it_goes_too(void **state)
{
	struct world w;
	struct dev d;
	struct real r;
	struct id person;
	struct verify_result v;
	json_t *draft;
	struct err e;

	(void)state;
	world_start(&w);
	dev_start(&d, &w, world_user(&w, "Amina"), DEVICE_ACTIVE);
	person = person_with_words(&d);
	real_start(&r, &w, d.user);
	(void)real_sync(&r);
	draft = json_pack("{s:s, s:s, s:{s:s, s:s}}", "type", "person",
	    "record", id_print(person).s, "values", "how_i_communicate",
	    MARK " told her. Twice.", "preferred_name", "Bet");
	assert_ok(device_store_draft_put(r.store, "kept/1", draft, &e), &e);
	json_decref(draft);
	world_erase(&w, person, "how_i_communicate");
	(void)real_sync(&r);
	assert_false(draft_has(&r, "how_i_communicate"));
	assert_true(draft_has(&r, "preferred_name"));
	assert_int_equal(row_hunt(r.store->db, MARK), 0);
	assert_ok(device_store_verify(r.store, &v, &e), &e);
	assert_string_equal(v.first_bad, "");
	real_end(&r);
	dev_end(&d);
	world_end(&w);
}

/* Decide the first open conflict as it stands, and say why. */
static void
decide(struct real *r, struct id person, const char *why)
{
	struct record_view view;
	struct change_resolve d = { .reason = (char *)(uintptr_t)why };
	struct edit edit = { .restate = true };
	const struct conflict *c;
	struct save_result saved;
	struct err e;

	assert_ok(device_store_get(r->store, person, &view, &e), &e);
	assert_int_equal(view.record.n_conflicts, 1);
	c = &view.record.conflicts[0];
	d.conflict = c->id;
	d.current = record_path_version(&view.record, c->path);
	d.sides = json_array();
	for (size_t i = 0; i < c->n_sides; i++)
		assert_int_equal(json_array_append_new(d.sides,
		                     json_pack("[so]", c->sides[i].key,
		                         version_to_json(c->sides[i].version))),
		    0);
	edit.path = c->path;
	edit.now = path_get(view.record.doc, c->path);
	assert_ok(device_store_save(
	              r->store, &person, "person", &edit, 1, &d, &saved, &e),
	    &e);
	save_result_fini(&saved);
	json_decref(d.sides);
	record_view_fini(&view);
}

static void
why_a_conflict_was_decided_goes_too(void **state)
{
	struct world w;
	struct dev d;
	struct real r;
	struct id person;
	struct verify_result v;
	struct err e;

	(void)state;
	world_start(&w);
	dev_start(&d, &w, world_user(&w, "Amina"), DEVICE_ACTIVE);
	person = dev_person(&d, "Betty");
	dev_sync(&d);
	real_start(&r, &w, d.user);
	(void)real_sync(&r);
	(void)real_save(&r, &person, "person", "full_name", "'Betty Ann'");
	dev_begin(&d, person, "person");
	dev_set(&d, "full_name", "'Betty'", "'Betty Hughes'");
	(void)dev_cut(&d);
	dev_sync(&d);
	(void)real_sync(&r);
	decide(&r, person, MARK " says so");
	(void)real_sync(&r);
	assert_true(marks(&w) > 0);
	world_erase(&w, person, "full_name");
	assert_int_equal(marks(&w), 0);
	(void)real_sync(&r);
	assert_int_equal(row_hunt(r.store->db, MARK), 0);
	assert_ok(device_store_verify(r.store, &v, &e), &e);
	assert_string_equal(v.first_bad, "");
	real_end(&r);
	dev_end(&d);
	world_end(&w);
}

/* A device of the same user has not heard of any of it. */
static void
rename_unseen(struct dev *d, struct id person, const char *to)
{
	const struct change_base base = { .seen = record_related_version(
		                              dev_record(d, person),
		                              "full_name") };

	dev_begin(d, person, "person");
	dev_set_seen(d, "full_name", "'Betty'", to, base);
	(void)dev_cut(d);
	dev_sync(d);
}

static void
a_conflict_that_was_opened_again_adds_up_after_it(void **state)
{
	struct world w;
	struct dev d, away;
	struct real r;
	struct id person;

	(void)state;
	world_start(&w);
	dev_start(&d, &w, world_user(&w, "Amina"), DEVICE_ACTIVE);
	dev_start(&away, &w, d.user, DEVICE_ACTIVE);
	person = dev_person(&d, "Betty");
	dev_sync(&d);
	dev_sync(&away);
	real_start(&r, &w, d.user);
	(void)real_sync(&r);
	(void)real_save(&r, &person, "person", "full_name", "'Betty Ann'");
	rename_unseen(&d, person, "'Betty Hughes'");
	(void)real_sync(&r);
	decide(&r, person, "she says so");
	(void)real_sync(&r);
	assert_int_equal(
	    world_number(&w, "SELECT sum(is_open) FROM conflict"), 0);
	(void)usleep(20000); /* it is opened again at another time */
	rename_unseen(&away, person, "'Beth'");
	assert_int_equal(
	    world_number(&w, "SELECT sum(is_open) FROM conflict"), 1);
	assert_int_equal(world_number(&w, "SELECT count(*) FROM conflict"), 1);
	world_erase(&w, person, "full_name");
	/* world_end derives all of it again. */
	dev_end(&away);
	real_end(&r);
	dev_end(&d);
	world_end(&w);
}

#define PHONE "phones/01a1fb67-1800-72ae-84b7-39df85f94404"

/* Without the words the row is not there when the numbers clash. */
static void
conflicts_beside_erased_words_add_up(void **state)
{
	struct world w;
	struct dev d, away;
	struct id person;

	(void)state;
	world_start(&w);
	dev_start(&d, &w, world_user(&w, "Amina"), DEVICE_ACTIVE);
	dev_start(&away, &w, d.user, DEVICE_ACTIVE);
	person = dev_person(&d, "Betty");
	dev_sync(&d);
	dev_begin(&d, person, "person");
	dev_set(&d, PHONE, NULL, "{'number': '1', 'note': '" MARK "'}");
	(void)dev_cut(&d);
	dev_sync(&d);
	dev_sync(&away);
	for (unsigned i = 0; i < 2; i++) {
		struct dev *by = i == 0 ? &d : &away;
		const struct change_base base = {
			.seen = record_related_version(
			    dev_record(by, person), PHONE "/number")
		};

		dev_begin(by, person, "person");
		dev_set_seen(
		    by, PHONE "/number", "'1'", i == 0 ? "'2'" : "'3'", base);
		(void)dev_cut(by);
		dev_sync(by);
	}
	world_erase(&w, person, PHONE "/note");
	assert_int_equal(marks(&w), 0);
	w.is_unchecked = false;
	dev_end(&away);
	dev_end(&d);
	world_end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_of_the_words_is_left_in_the_store),
		cmocka_unit_test(
		    what_was_written_unseen_is_received_without_its_words),
		cmocka_unit_test(
		    what_is_new_about_somebody_erased_is_held_for_a_person),
		cmocka_unit_test(words_that_nobody_erased_are_missed),
		cmocka_unit_test(
		    who_a_record_is_about_and_who_works_here_is_not_erased),
		cmocka_unit_test(what_autosave_holds_of_it_goes_too),
		cmocka_unit_test(why_a_conflict_was_decided_goes_too),
		cmocka_unit_test(
		    a_conflict_that_was_opened_again_adds_up_after_it),
		cmocka_unit_test(conflicts_beside_erased_words_add_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
