/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words that are erased while the office does not know yet that its store was
 * put back: its numbers were given before, and devices have seen others by
 * them.
 */
#include "tests/support/check.h"

#include "common/core/path.h"
#include "common/store/store_int.h"
#include "daemon/central/engine/engine_int.h"
#include "daemon/central/store/sqlite_int.h"
#include "tests/support/real_device.h"
#include "tests/support/row_flips.h"

#define BACKUP "backup.db"
#define MARK "Zwanziger"

struct scene {
	struct world w;
	struct real r, other;
	struct id site;
};

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

/* What both have seen, and the office does not have any more. */
static void
put_back_after(struct scene *s, const char *path, const char *now)
{
	world_backup(&s->w, BACKUP);
	(void)real_save(&s->r, NULL, "site", "name", "'Elm View'");
	(void)real_save(&s->r, NULL, "site", "name", "'Fir House'");
	(void)real_save(&s->r, &s->site, "site", path, now);
	sync_both(s);
	world_roll_back(&s->w, BACKUP);
}

static void
hear_of_it(struct scene *s)
{
	(void)real_sync(&s->other);
	assert_int_equal(s->w.g->epoch, 2);
	world_confirm(&s->w);
	sync_both(s);
	sync_both(s);
}

static void
scene_end(struct scene *s)
{
	real_end(&s->other);
	real_end(&s->r);
	world_end(&s->w);
}

static void
words_that_were_seen_by_its_number_go_too(void **state)
{
	struct scene s;
	struct verify_result v;
	struct err e;

	(void)state;
	scene_start(&s);
	put_back_after(&s, "door_notes", "'" MARK " opens.'");
	(void)real_save(
	    &s.other, &s.site, "site", "door_notes", "'" MARK " opens late.'");
	world_erase(&s.w, s.site, "door_notes");
	hear_of_it(&s);
	assert_int_equal(row_hunt(s.r.store->db, MARK), 0);
	assert_int_equal(row_hunt(s.other.store->db, MARK), 0);
	world_lay_open(&s.w);
	assert_int_equal(row_hunt(engine_store(s.w.g)->db, MARK), 0);
	assert_ok(device_store_verify(s.other.store, &v, &e), &e);
	assert_string_equal(v.first_bad, "");
	s.w.is_unchecked = false;
	scene_end(&s);
}

static void
words_after_one_that_all_had_heard_of_stay(void **state)
{
	struct scene s;
	struct record_view view;
	struct err e;

	(void)state;
	scene_start(&s);
	(void)real_save(&s.r, &s.site, "site", "door_notes", "'Ring twice.'");
	sync_both(&s);
	world_erase(&s.w, s.site, "door_notes");
	sync_both(&s);
	put_back_after(&s, "door_notes", "'Knock.'");
	hear_of_it(&s);
	assert_int_equal(world_number(&s.w, "SELECT count(*) FROM erasure"), 1);
	assert_ok(device_store_get(s.other.store, s.site, &view, &e), &e);
	assert_string_equal(
	    json_string_value(path_get(view.record.doc, "door_notes")),
	    "Knock.");
	record_view_fini(&view);
	scene_end(&s);
}

/* What a later version of the program wrote there. */
static void
words_of_a_field_that_is_not_known_here_are_erased_again(void **state)
{
	struct scene s;
	struct dev d;

	(void)state;
	scene_start(&s);
	dev_start(&d, &s.w, s.r.dev.user, DEVICE_ACTIVE);
	dev_sync(&d);
	dev_begin(&d, s.site, "site");
	dev_set(&d, "moat", NULL, "'" MARK " swims.'");
	(void)dev_cut(&d);
	dev_sync(&d);
	put_back_after(&s, "door_notes", "'Knock.'");
	world_erase(&s.w, s.site, NULL);
	hear_of_it(&s);
	assert_int_equal(world_number(&s.w, "SELECT count(*) FROM erasure"), 2);
	dev_end(&d);
	scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_that_were_seen_by_its_number_go_too),
		cmocka_unit_test(words_after_one_that_all_had_heard_of_stay),
		cmocka_unit_test(
		    words_of_a_field_that_is_not_known_here_are_erased_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
