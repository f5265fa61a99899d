/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose a decision is that was made before the office was restored: what its
 * author saw is in no record any more.
 */
#include "tests/support/check.h"

#include "common/core/shown.h"
#include "daemon/central/engine/engine_int.h"
#include "tests/support/check_json.h"
#include "tests/support/real_device.h"

#define BACKUP "backup.db"

/* Nia and Amina named one person differently, and that is in the backup.  Bryn
 * sees the person too. */
struct scene {
	struct world w;
	struct real nia, amina, bryn;
	struct id person;
};

static void
grant(struct scene *s, struct real *r, struct id of_case)
{
	world_grant_case(&s->w, r->dev.user, of_case, false);
	(void)real_sync(r);
}

static void
set_name(struct scene *s, struct real *r, const char *name)
{
	(void)real_save(r, &s->person, "person", "full_name", name);
}

static void
scene_start(struct scene *s)
{
	struct id of_case;
	char who[ID_TEXT_LEN + 3];

	world_start(&s->w);
	real_start(&s->nia, &s->w, world_user(&s->w, "Nia"));
	real_start(&s->amina, &s->w, world_user(&s->w, "Amina"));
	real_start(&s->bryn, &s->w, world_user(&s->w, "Bryn"));
	s->person = real_save(&s->nia, NULL, "person", "full_name", "'Betty'");
	(void)snprintf(who, sizeof(who), "'%s'", id_print(s->person).s);
	of_case = real_save(&s->nia, NULL, "case", "person", who);
	(void)real_sync(&s->nia);
	grant(s, &s->amina, of_case);
	grant(s, &s->bryn, of_case);
	set_name(s, &s->nia, "'Bets'");
	set_name(s, &s->amina, "'Liz'");
	(void)real_sync(&s->nia);
	(void)real_sync(&s->amina);
	world_backup(&s->w, BACKUP);
}

static void
scene_end(struct scene *s)
{
	real_end(&s->bryn);
	real_end(&s->amina);
	real_end(&s->nia);
	world_end(&s->w);
}

static void
name_sides(const struct conflict *c, json_t *sides)
{
	for (size_t i = 0; i < c->n_sides; i++)
		assert_int_equal(json_array_append_new(sides,
		                     json_pack("[s,o]", c->sides[i].key,
		                         version_to_json(c->sides[i].version))),
		    0);
}

/* For what stands, with every side that is shown; and one more, or NULL. */
static void
decide(struct scene *s, struct real *r, json_t *more)
{
	struct record_view v;
	struct change_resolve resolve = { .sides = json_array() };
	struct edit edit = { .path = "full_name", .restate = true };
	struct save_result saved;
	const struct conflict *c;
	struct err e;

	assert_ok(device_store_get(r->store, s->person, &v, &e), &e);
	c = record_open_conflict(&v.record, "full_name");
	assert_non_null(c);
	resolve.conflict = c->id;
	resolve.current = shown_version(&v.record, "full_name");
	name_sides(c, resolve.sides);
	if (more != NULL)
		assert_int_equal(json_array_append_new(resolve.sides, more), 0);
	edit.now = json_object_get(v.record.doc, "full_name");
	assert_ok(device_store_save(r->store, &s->person, "person", &edit, 1,
	              &resolve, &saved, &e),
	    &e);
	save_result_fini(&saved);
	json_decref(resolve.sides);
	record_view_fini(&v);
}

static void
restore_and_erase(struct scene *s)
{
	world_restore(&s->w, BACKUP);
	world_erase(&s->w, s->person, "full_name");
	(void)real_sync(&s->bryn);
}

static uint64_t
held_of(struct real *r)
{
	struct store_status st;
	struct err e;

	assert_ok(device_store_status(r->store, &st, &e), &e);
	assert_int_equal(st.unsent, 0);
	return st.held;
}

/* Bryn's version came after the backup; its words are erased when it comes
 * again, so that it is no side any more. */
static void
who_saw_their_own_version_decides_though_a_restore_and_an_erasure_took_it(
    void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	set_name(&s, &s.bryn, "'Beth'");
	(void)real_sync(&s.bryn);
	decide(&s, &s.bryn, NULL);
	restore_and_erase(&s);
	assert_int_equal(held_of(&s.bryn), 0);
	scene_end(&s);
}

/* A change of theirs that is of another field is no version of this one. */
static void
who_names_what_is_no_version_of_theirs_does_not_decide(void **state)
{
	struct scene s;
	char key[60];

	(void)state;
	scene_start(&s);
	(void)real_save(
	    &s.bryn, &s.person, "person", "preferred_name", "'Bee'");
	(void)real_sync(&s.bryn);
	(void)snprintf(key, sizeof(key), "%s/1", id_print(s.bryn.dev.id).s);
	decide(&s, &s.bryn, json_pack("[s,[i,i]]", key, 1, 1));
	restore_and_erase(&s);
	assert_int_equal(held_of(&s.bryn), 1);
	scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    who_saw_their_own_version_decides_though_a_restore_and_an_erasure_took_it),
		cmocka_unit_test(
		    who_names_what_is_no_version_of_theirs_does_not_decide),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
