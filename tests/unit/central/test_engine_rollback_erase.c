/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words that are erased while the office does not know yet that its store was
 * put back: its numbers were given before, and devices have seen others by
 * them.
 */
#include "tests/support/erase_scene.h"

#include "daemon/central/engine/engine_int.h"

/* What both have seen, and the office does not have any more. */
static void
put_back_after(struct erase_scene *s, const char *words)
{
	world_backup(&s->w, BACKUP);
	(void)real_save(&s->r, NULL, "site", "name", "'Elm View'");
	(void)real_save(&s->r, NULL, "site", "name", "'Fir House'");
	erase_scene_door(s, &s->r, words);
	erase_scene_sync(s);
	world_roll_back(&s->w, BACKUP);
}

static void
hear_of_it(struct erase_scene *s)
{
	(void)real_sync(&s->other);
	assert_int_equal(s->w.g->epoch, 2);
	world_confirm(&s->w);
	erase_scene_sync(s);
	erase_scene_sync(s);
}

static void
words_that_were_seen_by_its_number_go_too(void **state)
{
	struct erase_scene s;

	(void)state;
	erase_scene_start(&s);
	put_back_after(&s, "'" MARK " opens.'");
	erase_scene_door(&s, &s.other, "'" MARK " opens late.'");
	world_erase(&s.w, s.site, "door_notes");
	hear_of_it(&s);
	erase_scene_assert_no_mark(&s);
	erase_scene_end(&s);
}

static void
words_after_one_that_all_had_heard_of_stay(void **state)
{
	struct erase_scene s;

	(void)state;
	erase_scene_start(&s);
	erase_scene_door(&s, &s.r, "'Ring twice.'");
	erase_scene_sync(&s);
	world_erase(&s.w, s.site, "door_notes");
	erase_scene_sync(&s);
	put_back_after(&s, "'Knock.'");
	hear_of_it(&s);
	assert_int_equal(world_number(&s.w, "SELECT count(*) FROM erasure"), 1);
	erase_scene_assert_door(&s, &s.other, "Knock.");
	erase_scene_end(&s);
}

/* What a later version of the program wrote there. */
static void
words_of_a_field_that_is_not_known_here_are_erased_again(void **state)
{
	struct erase_scene s;
	struct dev d;

	(void)state;
	erase_scene_start(&s);
	dev_start(&d, &s.w, s.r.dev.user, DEVICE_ACTIVE);
	dev_sync(&d);
	dev_begin(&d, s.site, "site");
	dev_set(&d, "moat", NULL, "'" MARK " swims.'");
	(void)dev_cut(&d);
	dev_sync(&d);
	put_back_after(&s, "'Knock.'");
	world_erase(&s.w, s.site, NULL);
	hear_of_it(&s);
	assert_int_equal(world_number(&s.w, "SELECT count(*) FROM erasure"), 2);
	dev_end(&d);
	erase_scene_end(&s);
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
