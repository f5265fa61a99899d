/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Devices that wait at the office: what wakes them, and what ends it.
 */
#include "tests/support/engine_rooms.h"

#include "common/base/clock.h"
#include "daemon/central/engine/engine_int.h"

static uint64_t
wait_at(struct dev *d, uint64_t floor)
{
	char target[128];

	(void)snprintf(target, sizeof(target),
	    "/v1/wait?epoch=1&floor=%llu&outcomes=%llu&" DEV_NONCE,
	    (unsigned long long)floor, (unsigned long long)d->outcome_no);
	return dev_queue(d, WIRE_WAIT, target, NULL, false);
}

static void
test_a_wait_is_answered_when_something_of_its_user_changes(void **state)
{
	struct duo s;
	uint64_t a, b;
	struct id of_case;

	(void)state;
	duo_start(&s);
	of_case = dev_case(&s.a, dev_person(&s.a, "Betty"));
	dev_sync(&s.a);
	dev_sync(&s.b);
	a = wait_at(&s.a, s.a.cursor.floor);
	b = wait_at(&s.b, s.b.cursor.floor);
	assert_true(engine_work(s.w.g) > 50000);
	assert_int_equal(engine_counts(s.w.g).parked, 2);
	(void)dev_note(&s.a, of_case, "Hers.");
	dev_push(&s.a);
	assert_int_equal(world_status(&s.w, a), 204);
	assert_int_equal(
	    world_status(&s.w, b), 0); /* none of Bryn's business */
	world_grant_case(&s.w, s.b.user, of_case, false);
	(void)engine_work(s.w.g);
	assert_int_equal(world_status(&s.w, b), 204);
	assert_int_equal(engine_counts(s.w.g).parked, 0);
	duo_end(&s);
}

static void
test_a_wait_below_the_head_is_answered_at_once_if_it_matters(void **state)
{
	struct duo s;
	uint64_t a, b;

	(void)state;
	duo_start(&s);
	(void)dev_person(&s.a, "Betty");
	dev_push(&s.a);
	a = wait_at(&s.a, 0);
	b = wait_at(&s.b, 0);
	(void)engine_work(s.w.g);
	assert_int_equal(world_status(&s.w, a), 204);
	assert_int_equal(world_status(&s.w, b), 0);
	duo_end(&s);
}

static void
test_a_wait_hears_of_an_outcome_and_of_a_revocation(void **state)
{
	struct duo s;
	struct held_step close = { .counter = 1, .close = true, .reason = "r" };
	struct device_step revoke = { .state = DEVICE_REVOKED };
	struct outcome o;
	uint64_t a, b;
	struct err e = { 0 };

	(void)state;
	duo_start(&s);
	(void)dev_begin_new(&s.a, "person");
	s.a.open.author = s.b.user;
	dev_set(&s.a, "full_name", NULL, "'Betty'");
	(void)dev_cut(&s.a);
	dev_sync(&s.a);
	dev_sync(&s.b);
	a = wait_at(&s.a, s.a.cursor.floor);
	b = wait_at(&s.b, s.b.cursor.floor);
	(void)engine_work(s.w.g);
	close.device = s.a.id;
	revoke.device = s.b.id;
	assert_ok(store_begin(engine_store(s.w.g), &e), &e);
	assert_ok(engine_held(s.w.g, &close, &o, &e), &e);
	assert_ok(engine_device_state(s.w.g, &revoke, &e), &e);
	assert_ok(store_commit(engine_store(s.w.g), &e), &e);
	(void)engine_work(s.w.g);
	assert_int_equal(world_status(&s.w, a), 204);
	assert_int_equal(world_status(&s.w, b), 204);
	duo_end(&s);
}

static void
test_a_wait_ends_with_its_time_a_second_one_or_its_client(void **state)
{
	struct duo s;
	uint64_t first, second, gone, odd;

	(void)state;
	duo_start(&s);
	first = wait_at(&s.a, 0);
	second = wait_at(&s.a, 0);
	gone = wait_at(&s.b, 0);
	odd = dev_queue(
	    &s.b, WIRE_WAIT, "/v1/wait?floor=x&" DEV_NONCE, NULL, false);
	(void)engine_work(s.w.g);
	assert_int_equal(world_status(&s.w, first), 304);
	assert_int_equal(world_status(&s.w, odd), 400);
	engine_forget(s.w.g, gone);
	assert_int_equal(engine_counts(s.w.g).parked, 1);
	s.w.g->parked->deadline_ms = clock_mono_ms();
	assert_int_equal(engine_work(s.w.g), -1);
	assert_int_equal(world_status(&s.w, second), 304);
	assert_int_equal(world_status(&s.w, gone), 0);
	duo_end(&s);
}

static void
test_a_request_whose_client_left_is_not_answered(void **state)
{
	struct duo s;
	uint64_t first, second;

	(void)state;
	duo_start(&s);
	first = dev_queue(&s.a, WIRE_COMMANDS, DEV_COMMANDS, NULL, true);
	second = dev_queue(&s.a, WIRE_COMMANDS, DEV_COMMANDS, NULL, true);
	engine_forget(s.w.g, second);
	(void)engine_work(s.w.g);
	assert_int_equal(world_status(&s.w, first), 200);
	assert_int_equal(world_status(&s.w, second), 0);
	duo_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_a_wait_is_answered_when_something_of_its_user_changes),
		cmocka_unit_test(
		    test_a_wait_below_the_head_is_answered_at_once_if_it_matters),
		cmocka_unit_test(
		    test_a_wait_hears_of_an_outcome_and_of_a_revocation),
		cmocka_unit_test(
		    test_a_wait_ends_with_its_time_a_second_one_or_its_client),
		cmocka_unit_test(
		    test_a_request_whose_client_left_is_not_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
