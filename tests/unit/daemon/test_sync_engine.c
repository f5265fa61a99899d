/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include "common/base/rng.h"
#include "daemon/sync/backoff.h"
#include "daemon/sync/engine.h"

static enum engine_state
after(enum engine_state from, enum engine_event event)
{
	bool enters;

	return engine_step(from, event, &enters);
}

static bool
is_locked(enum engine_state s)
{
	return s >= ENGINE_LOCKED_IDLE && s <= ENGINE_LOCKED_BACKOFF;
}

static void
every_pair_of_state_and_event_is_allowed(void **state)
{
	(void)state;
	/* The step function asserts its edges itself. */
	for (int s = 0; s < ENGINE_STATE_N; s++)
		for (int v = 0; v < ENGINE_EVENT_N; v++) {
			bool enters;
			enum engine_state to = engine_step((enum engine_state)s,
			    (enum engine_event)v, &enters);

			assert_true(to < ENGINE_STATE_N);
			if (!enters)
				assert_int_equal(to, s);
		}
}

static void
a_locked_folder_never_syncs_or_waits(void **state)
{
	enum engine_state s = after(ENGINE_STOPPED, ENGINE_LOCKED);
	struct rng rng = rng_make(check_seed("locked"));

	(void)state;
	for (int i = 0; i < 100000; i++) {
		enum engine_event v =
		    (enum engine_event)rng_below(&rng, ENGINE_EVENT_N);

		if (v == ENGINE_UNLOCKED || v == ENGINE_STOP)
			continue;
		s = after(s, v);
		assert_true(is_locked(s));
		assert_int_not_equal(
		    engine_state_work(s), ENGINE_WORK_EXCHANGE);
		assert_int_not_equal(engine_state_work(s), ENGINE_WORK_WAIT);
	}
}

static void
locking_leaves_every_open_state(void **state)
{
	(void)state;
	for (int s = ENGINE_OPEN_SYNCING; s <= ENGINE_OPEN_BACKOFF; s++)
		assert_int_equal(after((enum engine_state)s, ENGINE_LOCKED),
		    ENGINE_LOCKED_SENDING);
	for (int s = ENGINE_LOCKED_IDLE; s <= ENGINE_LOCKED_BACKOFF; s++)
		assert_int_equal(after((enum engine_state)s, ENGINE_UNLOCKED),
		    ENGINE_OPEN_SYNCING);
}

static void
a_change_saved_during_a_sync_is_synced_after_it(void **state)
{
	enum engine_state s = after(ENGINE_OPEN_WAITING, ENGINE_SAVED);
	bool enters;

	(void)state;
	assert_int_equal(s, ENGINE_OPEN_SYNCING);
	s = engine_step(s, ENGINE_SAVED, &enters);
	assert_int_equal(s, ENGINE_OPEN_AGAIN);
	assert_int_equal(engine_state_work(s), ENGINE_WORK_GOES_ON);
	s = engine_step(s, ENGINE_DONE, &enters);
	assert_int_equal(s, ENGINE_OPEN_SYNCING);
	assert_true(enters);
	s = engine_step(s, ENGINE_DONE, &enters);
	assert_int_equal(s, ENGINE_OPEN_WAITING);
}

static void
whatever_comes_up_ends_a_backoff(void **state)
{
	static const enum engine_event reasons[] = { ENGINE_SAVED, ENGINE_ASKED,
		ENGINE_NETWORK, ENGINE_TIMER };

	(void)state;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		assert_int_equal(after(ENGINE_OPEN_BACKOFF, reasons[i]),
		    ENGINE_OPEN_SYNCING);
		assert_int_equal(after(ENGINE_LOCKED_BACKOFF, reasons[i]),
		    ENGINE_LOCKED_SENDING);
	}
}

/* From wherever a random walk led: while it works, a few good answers lead to
 * waiting for the office, and a failure to a timer. */
static void
no_state_is_a_dead_end(void **state)
{
	struct rng rng = rng_make(check_seed("walk"));
	enum engine_state s = ENGINE_STOPPED;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		enum engine_state t = s;

		for (int n = 0; n < 4; n++) {
			t = after(t, ENGINE_UNLOCKED);
			t = after(t, ENGINE_TIMER);
			t = after(t, ENGINE_DONE);
		}
		assert_int_equal(t, ENGINE_OPEN_WAITING);
		s = after(
		    s, (enum engine_event)rng_below(&rng, ENGINE_EVENT_N));
	}
}

static void
a_backoff_doubles_up_to_its_limit_and_varies(void **state)
{
	struct backoff b = backoff_make(1000, 300000);
	struct rng rng = rng_make(check_seed("backoff"));
	uint64_t span = 1000;

	(void)state;
	for (int i = 0; i < 100; i++) {
		const uint32_t delay =
		    backoff_fail(&b, (uint32_t)rng_next(&rng), 0);

		assert_true(delay >= span / 2 && delay <= span);
		span = span * 2 > 300000 ? 300000 : span * 2;
	}
	backoff_reset(&b);
	assert_int_equal(backoff_fail(&b, 0, 0), 500);
	assert_int_equal(backoff_fail(&b, UINT32_MAX, 7000), 7000);
	assert_int_equal(backoff_fail(&b, 0, 400000), 400000);
}

static void
devices_that_failed_together_come_back_apart(void **state)
{
	struct rng rng = rng_make(check_seed("apart"));
	unsigned in_second[300] = { 0 };

	(void)state;
	for (int i = 0; i < 10000; i++) {
		struct backoff b = backoff_make(1000, 300000);
		uint32_t delay = 0;

		for (int n = 0; n < 9; n++)
			delay = backoff_fail(&b, (uint32_t)rng_next(&rng), 0);
		in_second[(delay - 1) / 1000]++;
	}
	for (size_t i = 0; i < 300; i++)
		assert_true(in_second[i] < 200); /* of 10,000 in 128 seconds */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_pair_of_state_and_event_is_allowed),
		cmocka_unit_test(a_locked_folder_never_syncs_or_waits),
		cmocka_unit_test(locking_leaves_every_open_state),
		cmocka_unit_test(
		    a_change_saved_during_a_sync_is_synced_after_it),
		cmocka_unit_test(whatever_comes_up_ends_a_backoff),
		cmocka_unit_test(no_state_is_a_dead_end),
		cmocka_unit_test(a_backoff_doubles_up_to_its_limit_and_varies),
		cmocka_unit_test(devices_that_failed_together_come_back_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
