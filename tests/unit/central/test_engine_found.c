/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An office that was restored from before a device's enrolment: the device is
 * heard, receipted and told nothing until an administrator approves it.
 */
#include "tests/support/engine_world.h"

#include <string.h>

/* Two colleagues' devices; the office has forgotten the second. */
struct scene {
	struct world w;
	struct dev known, found;
};

static void
scene_start(struct scene *s)
{
	char sql[128];

	world_start(&s->w);
	dev_start(&s->known, &s->w, world_user(&s->w, "Amina"), DEVICE_ACTIVE);
	dev_start(&s->found, &s->w, world_user(&s->w, "Bryn"), DEVICE_ACTIVE);
	(void)dev_person(&s->known, "Betty");
	dev_sync(&s->known);
	(void)snprintf(sql, sizeof(sql), "DELETE FROM device WHERE id = '%s'",
	    id_print(s->found.id).s);
	world_sql(&s->w, sql);
}

static void
scene_end(struct scene *s)
{
	dev_end(&s->known);
	dev_end(&s->found);
	world_end(&s->w);
}

static void
what_it_hands_over_is_held_and_nothing_is_told(void **state)
{
	struct sync_answer a;
	struct scene s;
	struct id dafydd;

	(void)state;
	scene_start(&s);
	dafydd = dev_person(&s.found, "Dafydd");
	a = dev_ask(&s.found);
	assert_int_equal(a.n_receipts, 1);
	assert_int_equal(s.found.receipted, 1);
	assert_true(a.pull_refused);
	assert_int_equal(a.pull_word, WORD_PENDING);
	assert_int_equal(a.n_page, 0);
	sync_answer_fini(&a);
	assert_int_equal(dev_outcome(&s.found, 1)->kind, OUTCOME_HELD);
	assert_string_equal(dev_outcome(&s.found, 1)->reason, "device_unknown");
	assert_int_equal(world_number(&s.w, "SELECT count(*) FROM record"), 1);

	world_device_state(&s.w, s.found.id, DEVICE_ACTIVE);
	dev_sync(&s.found);
	assert_int_equal(dev_outcome(&s.found, 1)->kind, OUTCOME_APPLIED);
	assert_non_null(dev_record(&s.found, dafydd));
	scene_end(&s);
}

static void
it_is_asked_for_all_that_it_has_receipts_for(void **state)
{
	struct sync_answer a;
	struct scene s;

	(void)state;
	scene_start(&s);
	(void)dev_person(&s.found, "Dafydd");
	s.found.receipted = 1;
	a = dev_ask(&s.found);
	assert_true(a.has_refusal);
	assert_int_equal(a.refusal, WORD_GAP);
	assert_int_equal(a.expect, 1);
	sync_answer_fini(&a);
	s.found.receipted = 0;
	a = dev_ask(&s.found);
	assert_int_equal(s.found.receipted, 1);
	sync_answer_fini(&a);
	scene_end(&s);
}

static void
it_is_found_once_and_may_be_revoked(void **state)
{
	struct sync_answer a;
	struct answer answer;
	struct scene s;
	json_t *body;

	(void)state;
	scene_start(&s);
	for (int i = 0; i < 2; i++) {
		a = dev_ask(&s.found);
		assert_int_equal(a.pull_word, WORD_PENDING);
		sync_answer_fini(&a);
	}
	assert_int_equal(
	    world_number(&s.w, "SELECT count(*) FROM log WHERE kind = 'audit'"),
	    1);
	world_device_state(&s.w, s.found.id, DEVICE_REVOKED);
	body = json_object();
	answer = dev_send(&s.found, WIRE_SYNC, "/v1/sync", body, false);
	assert_int_equal(answer_word(&answer), WORD_REVOKED);
	answer_end(&answer);
	json_decref(body);
	scene_end(&s);
}

static void
nobody_is_let_in_whose_user_is_not_here(void **state)
{
	struct device_step step = { .state = DEVICE_ACTIVE };
	struct sync_answer a;
	struct scene s;
	struct err e;

	(void)state;
	scene_start(&s);
	a = dev_ask(&s.found);
	sync_answer_fini(&a);
	world_sql(&s.w, "UPDATE user SET is_active = 0 WHERE name = 'Bryn'");
	step.device = s.found.id;
	assert_ok(store_begin(engine_store(s.w.g), &e), &e);
	assert_int_equal(engine_device_state(s.w.g, &step, &e), ERR_INVALID);
	store_rollback(engine_store(s.w.g));
	a = dev_ask(&s.found);
	assert_true(a.pull_refused);
	sync_answer_fini(&a);
	scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    what_it_hands_over_is_held_and_nothing_is_told),
		cmocka_unit_test(it_is_asked_for_all_that_it_has_receipts_for),
		cmocka_unit_test(it_is_found_once_and_may_be_revoked),
		cmocka_unit_test(nobody_is_let_in_whose_user_is_not_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
