/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sign-off is looked at again: what was signed, and by whose signature.
 */
#include "tests/support/check.h"
#include "tests/support/engine_world.h"

struct scene {
	struct world w;
	struct dev a;
	struct id note;
	uint64_t counter; /* of the change that signs */
};

static struct id
draft(struct dev *d)
{
	struct id id = dev_begin_new(d, "note");

	dev_set(d, "summary", NULL, "'She is well.'");
	(void)dev_cut(d);
	return id;
}

static void
scene_start(struct scene *s)
{
	struct id user;

	world_start(&s->w);
	user = world_user(&s->w, "Amina");
	dev_start(&s->a, &s->w, user, DEVICE_ACTIVE);
	s->note = draft(&s->a);
	dev_begin(&s->a, s->note, "note");
	dev_set(&s->a, "content", NULL, "'signed'");
	dev_set(&s->a, "summary", "'She is well.'", "'She is well.'");
	dev_set(&s->a, "signed_at", NULL, "'2026-11-21T18:05:09.000Z'");
	s->counter = dev_cut(&s->a);
	dev_sync(&s->a);
}

static void
scene_end(struct scene *s)
{
	dev_end(&s->a);
	world_end(&s->w);
}

static struct signed_check
look(struct scene *s)
{
	struct signed_check check;
	struct record r;
	struct err e = { 0 };

	assert_ok(store_begin_read(engine_store(s->w.g), &e), &e);
	assert_ok(store_record_get(engine_store(s->w.g), s->note, &r, &e), &e);
	assert_ok(engine_signed_check(s->w.g, &r, &check, &e), &e);
	record_fini(&r);
	store_rollback(engine_store(s->w.g));
	return check;
}

static void
a_signature_holds(void **state)
{
	struct scene s;
	struct signed_check check;

	(void)state;
	scene_start(&s);
	check = look(&s);
	assert_true(check.is_signed);
	assert_true(check.signature_ok);
	assert_true(check.same);
	scene_end(&s);
}

static void
anothers_key_is_found(void **state)
{
	struct scene s;
	struct signed_check check;

	(void)state;
	scene_start(&s);
	s.w.is_unchecked = true;
	world_sql(
	    &s.w, "UPDATE change SET sig = zeroblob(64) WHERE sig IS NOT NULL");
	check = look(&s);
	assert_true(check.is_signed);
	assert_false(check.signature_ok);
	assert_true(check.same);
	scene_end(&s);
}

static void
a_link_that_was_turned_is_found(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	s.w.is_unchecked = true;
	world_sql(&s.w, "UPDATE change SET link = zeroblob(32)");
	assert_false(look(&s).signature_ok);
	scene_end(&s);
}

static void
a_note_that_is_not_signed_says_so(void **state)
{
	struct scene s;
	struct id note;

	(void)state;
	scene_start(&s);
	note = s.note;
	s.note = draft(&s.a);
	dev_sync(&s.a);
	assert_false(look(&s).is_signed);
	s.note = note;
	assert_true(look(&s).is_signed);
	scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signature_holds),
		cmocka_unit_test(anothers_key_is_found),
		cmocka_unit_test(a_link_that_was_turned_is_found),
		cmocka_unit_test(a_note_that_is_not_signed_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
