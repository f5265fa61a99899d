/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A restored office, and a case that somebody may not see any more: the first
 * pull of the new epoch says so, whatever their device has heard of its own
 * changes and whatever it has still to send, and nothing that the office lost
 * goes with it.
 */
#include "tests/support/check.h"

#include "common/store/store_int.h"
#include "common/sys/json.h"
#include "tests/support/real_device.h"

#define BACKUP "backup.db"

struct scene {
	struct world w;
	struct real r;    /* whose case it is */
	struct dev other; /* who was let in */
	struct id of_case;
	char scope[64];
};

static void
scene_start(struct scene *s)
{
	world_start(&s->w);
	real_start(&s->r, &s->w, world_user(&s->w, "Amina"));
	dev_start(&s->other, &s->w, world_user(&s->w, "Nia"), DEVICE_ACTIVE);
	s->of_case =
	    real_save(&s->r, NULL, "case", "instructed_mode", "'instructed'");
	(void)real_sync(&s->r);
	(void)snprintf(
	    s->scope, sizeof(s->scope), "case:%s", id_print(s->of_case).s);
	world_grant(&s->w, s->other.user, s->scope, false);
	dev_sync(&s->other);
}

static void
scene_end(struct scene *s)
{
	real_verifies(&s->r);
	real_end(&s->r);
	dev_end(&s->other);
	world_end(&s->w);
}

/* The other one writes who pays, and the first is told. */
static void
other_writes(struct scene *s)
{
	dev_sync(&s->other);
	dev_begin(&s->other, s->of_case, "case");
	dev_set(&s->other, "commissioner", NULL, "'Borough'");
	(void)dev_cut(&s->other);
	dev_sync(&s->other);
	(void)real_sync(&s->r);
}

/* The office goes on from the backup, and access ends before anybody asks. */
static void
restored_without_access(struct scene *s)
{
	world_restore(&s->w, BACKUP);
	world_grant(&s->w, s->r.dev.user, s->scope, true);
}

static int64_t
left_of_it(struct scene *s)
{
	return real_number(&s->r,
	    "SELECT (SELECT count(*) FROM view WHERE instr(body, 'Borough') >"
	    " 0) + (SELECT count(*) FROM journal WHERE instr(body, 'Borough')"
	    " > 0) + (SELECT count(*) FROM confirmed"
	    " WHERE instr(body, 'Borough') > 0)");
}

static int64_t
held(struct scene *s)
{
	return world_number(&s->w,
	    "SELECT count(*) FROM change WHERE state = 3"
	    " AND reason = 'proposal'");
}

/* What they write while the first page of the new epoch is under way. */
static struct scene *writing;

static void
write_meanwhile(json_t *answer)
{
	if (!json_has(answer, "cursor"))
		return;
	(void)real_save(
	    &writing->r, &writing->of_case, "case", "commissioner", "'County'");
	writing->r.twist = NULL;
}

static void
own_words_of_both_epochs_go_when_the_office_has_them(void **state)
{
	struct store_status st;
	static struct scene s;
	struct err e;

	(void)state;
	scene_start(&s);
	world_backup(&s.w, BACKUP);
	restored_without_access(&s);
	writing = &s;
	s.r.twist = write_meanwhile;
	(void)real_sync(&s.r);
	assert_null(s.r.twist);
	assert_false(real_has(&s.r, s.of_case));
	assert_int_equal(
	    real_number(&s.r, "SELECT count(*) FROM journal WHERE NOT erased"),
	    0);
	assert_ok(device_store_status(s.r.store, &st, &e), &e);
	assert_int_equal(st.unsent, 0);
	dev_end(&s.other);
	dev_start(&s.other, &s.w, s.other.user, DEVICE_ACTIVE);
	dev_sync(&s.other);
	assert_string_equal(
	    dev_text(&s.other, s.of_case, "commissioner"), "County");
	scene_end(&s);
}

static void
what_others_wrote_and_the_office_lost_is_offered_before_it_goes(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	world_backup(&s.w, BACKUP);
	other_writes(&s);
	restored_without_access(&s);
	(void)real_sync(&s.r);
	assert_false(real_has(&s.r, s.of_case));
	assert_int_equal(left_of_it(&s), 0);
	assert_int_equal(held(&s), 1);
	scene_end(&s);
}

/* A device that holds nothing is told of no record but those that it gets. */
static void
a_first_pull_tells_of_nothing_that_went(void **state)
{
	struct real fresh;
	struct scene s;

	(void)state;
	scene_start(&s);
	world_grant(&s.w, s.r.dev.user, s.scope, true);
	real_start(&fresh, &s.w, s.r.dev.user);
	(void)real_sync(&fresh);
	assert_false(real_heard(&fresh, id_print(s.of_case).s));
	real_end(&fresh);
	scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    own_words_of_both_epochs_go_when_the_office_has_them),
		cmocka_unit_test(
		    what_others_wrote_and_the_office_lost_is_offered_before_it_goes),
		cmocka_unit_test(a_first_pull_tells_of_nothing_that_went),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
