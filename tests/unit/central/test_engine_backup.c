/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words on a record that their author may no longer see: no longer readable on
 * the device, and not lost either when the office goes on from a backup that
 * lacks them.  A real device store and the real engine.
 */
#include "tests/support/check.h"

#include <string.h>

#include "common/sys/db.h"
#include "tests/support/real_device.h"

#define BACKUP "backup.db"

struct scene {
	struct world w;
	struct dev owner; /* whose case it is */
	struct real r;    /* somebody who was let in */
	struct id person, of_case, note;
	char scope[64];
};

static void
grant(struct scene *s, bool end)
{
	world_grant(&s->w, s->r.dev.user, s->scope, end);
}

/* Who was let in has written a note, which the office has. */
static void
scene_start(struct scene *s)
{
	world_start(&s->w);
	dev_start(&s->owner, &s->w, world_user(&s->w, "Nia"), DEVICE_ACTIVE);
	s->person = dev_person(&s->owner, "Betty");
	s->of_case = dev_case(&s->owner, s->person);
	dev_sync(&s->owner);
	real_start(&s->r, &s->w, world_user(&s->w, "Amina"));
	(void)snprintf(
	    s->scope, sizeof(s->scope), "case:%s", id_print(s->of_case).s);
	grant(s, false);
	(void)real_sync(&s->r);
	world_backup(&s->w, BACKUP);
	s->note = real_note(&s->r, s->of_case, "He wept at dinner");
	(void)real_note(&s->r, s->of_case, "She sang");
	(void)real_note(&s->r, s->of_case, "He slept");
	(void)real_sync(&s->r);
}

static void
scene_end(struct scene *s)
{
	real_end(&s->r);
	dev_end(&s->owner);
	world_end(&s->w);
}

static int64_t
erased(struct scene *s)
{
	return real_number(&s->r, "SELECT count(*) FROM journal WHERE erased");
}

static int64_t
sealed(struct scene *s)
{
	return real_number(&s->r, "SELECT count(*) FROM sealed");
}

static void
after_access_ends_words_are_for_the_office_alone(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	grant(&s, true);
	(void)real_sync(&s.r);
	assert_false(real_has(&s.r, s.note));
	assert_int_equal(erased(&s), 3);
	assert_int_equal(sealed(&s), 3);
	assert_int_equal(real_number(&s.r,
	                     "SELECT count(*) FROM sealed"
	                     " WHERE instr(bytes, 'wept') > 0"),
	    0);
	assert_int_equal(real_number(&s.r,
	                     "SELECT count(*) FROM journal"
	                     " WHERE instr(body, 'wept') > 0"),
	    0);
	scene_end(&s);
}

/* The office has had it, and its author may not see it: nothing is told of it,
 * neither then nor ever. */
static void
words_of_after_the_end_are_too(void **state)
{
	struct verify_result v;
	struct scene s;
	struct id late;
	struct err e;

	(void)state;
	scene_start(&s);
	grant(&s, true);
	late = real_note(&s.r, s.of_case, "He left at noon");
	assert_true(real_has(&s.r, late));
	(void)real_sync(&s.r);
	assert_false(real_has(&s.r, late));
	assert_int_equal(erased(&s), 4);
	assert_int_equal(sealed(&s), 4);
	assert_int_equal(real_number(&s.r,
	                     "SELECT count(*) FROM journal"
	                     " WHERE instr(body, 'noon') > 0"),
	    0);
	assert_ok(device_store_verify(s.r.store, &v, &e), &e);
	assert_true(v.ok);
	dev_sync(&s.owner);
	assert_string_equal(
	    dev_text(&s.owner, late, "summary"), "He left at noon");
	/* Whoever is let in again is told of it again. */
	grant(&s, false);
	(void)real_sync(&s.r);
	assert_true(real_has(&s.r, late));
	scene_end(&s);
}

/* What became of the last change, as the twisted answers have it. */
static const char *told_word;

static void
tell_last_otherwise(json_t *answer)
{
	json_t *list = json_object_get(answer, "outcomes");
	json_t *one = json_array_get(list, json_array_size(list) - 1);

	if (one != NULL && told_word == NULL && json_array_size(list) == 1)
		(void)json_object_del(answer, "outcomes");
	else if (one != NULL && told_word == NULL)
		(void)json_array_remove(list, json_array_size(list) - 1);
	else if (one != NULL)
		(void)json_array_set_new(one, 2, json_string(told_word));
}

/* ... and not before: it may be one of those that somebody looks at still. */
static void
assert_stays_when_told(const char *word)
{
	struct scene s;
	struct id late;

	scene_start(&s);
	grant(&s, true);
	late = real_note(&s.r, s.of_case, "He left at noon");
	told_word = word;
	s.r.twist = tell_last_otherwise;
	(void)real_sync(&s.r);
	(void)real_sync(&s.r);
	assert_true(real_has(&s.r, late));
	assert_int_equal(erased(&s), 3);
	scene_end(&s);
}

static void
what_is_held_stays_with_its_author(void **state)
{
	(void)state;
	assert_stays_when_told("held");
}

static void
what_nothing_is_told_of_stays_with_its_author(void **state)
{
	(void)state;
	assert_stays_when_told(NULL);
}

static void
a_restored_office_gets_them_again(void **state)
{
	struct store_status st;
	struct verify_result v;
	struct scene s;
	struct err e;

	(void)state;
	scene_start(&s);
	grant(&s, true);
	(void)real_sync(&s.r);
	world_restore(&s.w, BACKUP);
	assert_int_equal(world_number(&s.w,
	                     "SELECT count(*) FROM change WHERE state = 2"
	                     " AND record IN (SELECT id FROM record"
	                     " WHERE type = 'note')"),
	    0);
	(void)real_sync(&s.r);
	assert_ok(device_store_status(s.r.store, &st, &e), &e);
	assert_int_equal(st.unsent, 0);
	assert_ok(device_store_verify(s.r.store, &v, &e), &e);
	assert_true(v.ok);
	/* The office reads them: the owner of the case is told. */
	dev_end(&s.owner);
	dev_start(&s.owner, &s.w, s.owner.user, DEVICE_ACTIVE);
	dev_sync(&s.owner);
	assert_string_equal(
	    dev_text(&s.owner, s.note, "summary"), "He wept at dinner");
	scene_end(&s);
}

/* What is sealed and what is not take turns in the journal. */
static void
what_is_readable_goes_in_its_turn_between_them(void **state)
{
	struct store_status st;
	struct scene s;
	struct id own;
	struct err e;

	(void)state;
	scene_start(&s);
	own = real_save(&s.r, NULL, "person", "full_name", "'Dafydd'");
	(void)real_note(&s.r, s.of_case, "He wept again");
	(void)real_sync(&s.r);
	(void)real_save(&s.r, &own, "person", "full_name", "'Dafydd Rees'");
	grant(&s, true);
	(void)real_sync(&s.r);
	world_restore(&s.w, BACKUP);
	(void)real_sync(&s.r);
	assert_ok(device_store_status(s.r.store, &st, &e), &e);
	assert_int_equal(st.unsent, 0);
	assert_int_equal(world_number(&s.w,
	                     "SELECT count(*) FROM change"
	                     " WHERE record IN (SELECT id FROM record"
	                     " WHERE type IN ('note', 'person'))"),
	    7); /* with the one who is in the backup */
	scene_end(&s);
}

static void
they_are_forgotten_when_a_backup_has_them_and_not_before(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	grant(&s, true);
	(void)real_sync(&s.r);
	(void)real_sync(&s.r);
	assert_int_equal(sealed(&s), 3);
	world_backup(&s.w, "second.db");
	(void)real_sync(&s.r);
	assert_int_equal(sealed(&s), 0);
	assert_int_equal(erased(&s), 3);
	scene_end(&s);
}

static void
what_a_backup_has_already_is_not_kept(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	world_backup(&s.w, "second.db");
	(void)real_sync(&s.r);
	grant(&s, true);
	(void)real_sync(&s.r);
	assert_int_equal(erased(&s), 3);
	assert_int_equal(sealed(&s), 0);
	scene_end(&s);
}

/* A copy that failed covers nothing. */
static void
a_backup_that_was_only_begun_is_none(void **state)
{
	const struct id nobody = { { 0 } };
	struct scene s;
	struct err e;

	(void)state;
	scene_start(&s);
	assert_ok(engine_backup_begin(s.w.g, nobody, "/b.db", &e), &e);
	grant(&s, true);
	(void)real_sync(&s.r);
	assert_int_equal(sealed(&s), 3);
	scene_end(&s);
}

/* The folder was copied, and the copy found out after a restore: what it may
 * not read goes into the new journal as it is, and nothing else is stopped. */
static void
a_copy_hands_on_what_it_may_not_read(void **state)
{
	struct scene s;
	struct real twin;
	struct device_identity fresh;
	struct err e;
	uint64_t n = 0;

	(void)state;
	scene_start(&s);
	grant(&s, true);
	(void)real_sync(&s.r);
	world_restore(&s.w, BACKUP);
	(void)real_round(&s.r); /* it learns of the epoch */
	real_start(&twin, &s.w, s.r.dev.user);
	fresh = *device_store_identity(twin.store);
	(void)real_save(&s.r, NULL, "person", "full_name", "'Dafydd'");
	device_store_close(s.r.store);
	assert_ok(
	    device_store_again(s.r.folder.path, &s.r.key, &fresh, &n, &e), &e);
	assert_int_equal(n, 4);
	assert_ok(
	    device_store_open(s.r.folder.path, &s.r.key, &s.r.store, &e), &e);
	assert_int_equal(sealed(&s), 0);
	{
		/* It speaks as the new device from now on. */
		const struct dev old = s.r.dev;

		s.r.dev = twin.dev;
		(void)real_sync(&s.r);
		s.r.dev = old;
	}
	assert_int_equal(world_number(&s.w,
	                     "SELECT count(*) FROM change WHERE state = 3"
	                     " AND reason = 'sealed'"),
	    3);
	assert_int_equal(world_number(&s.w,
	                     "SELECT count(*) FROM record"
	                     " WHERE type = 'person'"),
	    2);
	real_end(&twin);
	scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    after_access_ends_words_are_for_the_office_alone),
		cmocka_unit_test(words_of_after_the_end_are_too),
		cmocka_unit_test(what_is_held_stays_with_its_author),
		cmocka_unit_test(what_nothing_is_told_of_stays_with_its_author),
		cmocka_unit_test(a_restored_office_gets_them_again),
		cmocka_unit_test(
		    what_is_readable_goes_in_its_turn_between_them),
		cmocka_unit_test(
		    they_are_forgotten_when_a_backup_has_them_and_not_before),
		cmocka_unit_test(what_a_backup_has_already_is_not_kept),
		cmocka_unit_test(a_backup_that_was_only_begun_is_none),
		cmocka_unit_test(a_copy_hands_on_what_it_may_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
