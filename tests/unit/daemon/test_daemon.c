/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon and a stub office in one loop; commands speak to the daemon's
 * holder from child processes, as in life, or hand over the key directly.
 */
#include "tests/support/check.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/store/holder.h"
#include "daemon/sync/daemon.h"
#include "daemon/sync/daemon_int.h"
#include "tests/support/daemon_scene.h"

/* ---- conditions ---- */

static bool
is_backing_off(const void *arg)
{
	const enum engine_state state =
	    ((const struct daemon_scene *)arg)->d->state;

	return state == ENGINE_OPEN_BACKOFF || state == ENGINE_LOCKED_BACKOFF;
}

static bool
has_two(const void *arg)
{
	const struct daemon_scene *s = arg;

	return s->office.counter == 2 &&
	    (s->office.parked != NULL || daemon_scene_is_idle(s));
}

/* A command in a process of its own; it ends well or the test fails. */
static bool
has_ended(const void *arg)
{
	const struct daemon_scene *s = arg;
	int status = 0;

	if (waitpid(s->child, &status, WNOHANG) != s->child)
		return false;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	return true;
}

static void
command(struct daemon_scene *s, bool (*run)(const struct daemon_scene *s))
{
	s->child = check_fork();
	if (s->child == 0)
		_exit(run(s) ? 0 : 1);
	stub_until(&s->office, has_ended, s);
}

static bool
run_unlock(const struct daemon_scene *s)
{
	struct err e;

	return holder_unlock(s->office.folder.path, &s->office.dbkey, 0, &e) ==
	    ERR_OK;
}

static bool
asks(const struct daemon_scene *s, const char *request, const char *part)
{
	char *answer = NULL;
	struct err e;
	bool ok = holder_ask(s->office.folder.path, request, 15000, &answer,
	              &e) == ERR_OK &&
	    strstr(answer, part) != NULL;

	if (!ok)
		print_message("%s\n", answer != NULL ? answer : e.msg);
	free(answer);
	return ok;
}

static bool
run_lock(const struct daemon_scene *s)
{
	return asks(s, "{\"do\":\"lock\"}", "{\"ok\":true}");
}

static bool
run_sync_done(const struct daemon_scene *s)
{
	return asks(s, "{\"do\":\"sync\"}", "\"outcome\":\"done\"");
}

static bool
run_sync_down(const struct daemon_scene *s)
{
	return asks(s, "{\"do\":\"sync\"}", "\"outcome\":\"office_down\"");
}

static bool
run_sync_revoked(const struct daemon_scene *s)
{
	return asks(s, "{\"do\":\"sync\"}", "\"word\":\"revoked\"");
}

static bool
run_status_waiting(const struct daemon_scene *s)
{
	return asks(s, "{\"do\":\"status\"}", "\"state\":\"waiting\"") &&
	    asks(s, "{\"do\":\"status\"}", "\"outcome\":\"done\"") &&
	    asks(s, "{\"do\":\"status\"}", "\"daemon\":true") &&
	    asks(s, "{\"do\":\"status\"}", "\"locked\":false");
}

/* ---- */

static void
unlocked_it_syncs_and_waits_for_the_offices_word(void **state)
{
	struct daemon_scene *s = *state;

	stub_device_save(&s->office, "Betty");
	daemon_scene_start(s, 100, 300);
	command(s, run_unlock);
	stub_until(&s->office, daemon_scene_is_waiting, s);
	assert_true(s->office.syncs >= 1);
	assert_int_equal(s->office.counter, 1);
	assert_int_equal(s->office.strangers, 0);
	command(s, run_status_waiting);
}

static bool
has_synced_again(const void *arg)
{
	const struct daemon_scene *s = arg;

	return s->office.waits == 2 && s->office.syncs == 2 &&
	    s->office.parked != NULL;
}

static void
the_offices_word_makes_it_sync(void **state)
{
	struct daemon_scene *s = *state;

	daemon_scene_start(s, 100, 300);
	command(s, run_unlock);
	stub_until(&s->office, daemon_scene_is_waiting, s);
	assert_int_equal(s->office.syncs, 1);
	(void)usleep(1100 * 1000); /* sooner would be a hasty office */
	stub_office_wake(&s->office, 204);
	stub_until(&s->office, has_synced_again, s);
	(void)usleep(1100 * 1000);
	stub_office_wake(&s->office, 304);
	stub_until(&s->office, daemon_scene_is_waiting, s);
	assert_int_equal(s->office.syncs, 2);
}

static bool
has_failed(const void *arg)
{
	const struct daemon_scene *s = arg;

	return s->d->backoff.failures >= 2;
}

static void
an_office_that_wakes_it_for_nothing_is_left_alone(void **state)
{
	struct daemon_scene *s = *state;

	daemon_scene_start(s, 100, 300);
	command(s, run_unlock);
	for (int i = 0; i < 3 && !has_failed(s); i++) {
		stub_until(&s->office, daemon_scene_is_waiting, s);
		stub_office_wake(&s->office, 204);
		stub_until(&s->office, is_backing_off, s);
	}
	assert_true(has_failed(s));
}

static void
a_save_is_with_the_office_at_once(void **state)
{
	struct daemon_scene *s = *state;
	uint64_t began;

	stub_device_save(&s->office, "Betty");
	daemon_scene_start(s, 100, 300);
	command(s, run_unlock);
	stub_until(&s->office, daemon_scene_is_waiting, s);
	/* Nobody tells the daemon: it sees the envelope. */
	began = clock_mono_ms();
	stub_device_save(&s->office, "Owain");
	stub_until(&s->office, has_two, s);
	assert_true(clock_mono_ms() - began < 2000);
	assert_int_equal(stub_device_status(&s->office).unsent, 0);
}

static void
locked_it_hands_over_what_is_saved_and_pulls_nothing(void **state)
{
	struct daemon_scene *s = *state;

	stub_device_save(&s->office, "Betty");
	daemon_scene_start(s, 100, 300);
	stub_until(&s->office, daemon_scene_is_idle, s);
	assert_int_equal(s->office.counter, 1);
	stub_device_save(&s->office, "Owain");
	stub_until(&s->office, has_two, s);
	assert_int_equal(s->office.syncs, 0);
	assert_int_equal(s->office.waits, 0);
	command(s, run_sync_done);
	assert_int_equal(s->office.syncs, 0);
	assert_int_equal(stub_device_status(&s->office).unsent, 0);
}

static bool
has_no_wait(const void *arg)
{
	const struct daemon_scene *s = arg;

	return s->office.gone == 1 && s->office.parked == NULL &&
	    daemon_scene_is_idle(s);
}

static void
a_lock_ends_the_wait_and_closes_the_store(void **state)
{
	struct daemon_scene *s = *state;

	daemon_scene_start(s, 100, 300);
	command(s, run_unlock);
	stub_until(&s->office, daemon_scene_is_waiting, s);
	command(s, run_lock);
	assert_null(s->d->store);
	assert_null(s->d->office);
	stub_until(&s->office, has_no_wait, s);
	stub_device_save(&s->office, "Betty");
	stub_until(&s->office, daemon_scene_is_idle, s);
	command(s, run_unlock);
	stub_until(&s->office, daemon_scene_is_waiting, s);
	assert_int_equal(s->office.counter, 1);
}

static bool
has_one(const void *arg)
{
	const struct daemon_scene *s = arg;

	return s->office.counter == 1 && s->office.parked != NULL;
}

static void
it_comes_back_by_itself_when_the_office_does(void **state)
{
	struct daemon_scene *s = *state;

	stub_office_down(&s->office);
	stub_device_save(&s->office, "Betty");
	daemon_scene_start(s, 100, 300);
	command(s, run_unlock);
	stub_until(&s->office, is_backing_off, s);
	command(s, run_sync_down);
	stub_office_up(&s->office);
	stub_until(&s->office, has_one, s);
	/* And again, in the middle of a wait. */
	stub_office_down(&s->office);
	stub_until(&s->office, is_backing_off, s);
	stub_office_up(&s->office);
	stub_until(&s->office, daemon_scene_is_waiting, s);
}

static void
a_sync_that_is_asked_for_is_answered_when_it_is_done(void **state)
{
	struct daemon_scene *s = *state;

	stub_device_save(&s->office, "Betty");
	daemon_scene_start(s, 100, 300);
	command(s, run_unlock);
	command(s, run_sync_done);
	assert_int_equal(stub_device_status(&s->office).unsent, 0);
}

static bool
has_couriered(const void *arg)
{
	const struct daemon_scene *s = arg;

	return is_backing_off(s) && s->d->report.outcome == SYNC_REFUSED;
}

static void
whose_access_has_ended_hears_it(void **state)
{
	struct daemon_scene *s = *state;

	s->office.mode = STUB_WORD;
	s->office.word = WORD_REVOKED;
	stub_device_save(&s->office, "Betty");
	daemon_scene_start(s, 100, 300);
	command(s, run_unlock);
	stub_until(&s->office, has_couriered, s);
	command(s, run_sync_revoked);
	assert_string_equal(
	    stub_device_status(&s->office).last_outcome, "refused");
	assert_int_equal(stub_device_status(&s->office).unsent, 1);
}

static bool
has_renewed(const void *arg)
{
	const struct daemon_scene *s = arg;

	return s->office.renewals > 0 && s->office.parked != NULL;
}

static void
certificates_are_renewed_before_they_run_out(void **state)
{
	struct daemon_scene *s = *state;
	struct device_store *store;

	/* The life of the device's certificate is nearly over. */
	stub_office_age(&s->office);
	stub_device_save(&s->office, "Betty");
	store = stub_device_open(&s->office);
	assert_true(
	    renew_is_due(device_store_identity(store), clock_unix_ms()));
	device_store_close(store);
	daemon_scene_start(s, 100, 300);
	command(s, run_unlock);
	stub_until(&s->office, has_renewed, s);
	assert_int_equal(s->office.renewals, 1);
	assert_int_equal(s->office.counter, 1);
	store = stub_device_open(&s->office);
	assert_false(
	    renew_is_due(device_store_identity(store), clock_unix_ms()));
	device_store_close(store);
	/* The courier's is new as well, and works. */
	command(s, run_lock);
	stub_device_save(&s->office, "Owain");
	stub_until(&s->office, has_two, s);
	assert_int_equal(s->office.strangers, 0);
}

static bool
has_synced(const void *arg)
{
	const struct daemon_scene *s = arg;

	return s->office.syncs >= 2 && s->office.parked != NULL;
}

static void
a_clock_that_is_fast_does_not_make_it_renew(void **state)
{
	struct daemon_scene *s = *state;

	/* By the office's clock the certificates are a day old. */
	s->office.clock_ms = -(int64_t)24 * 86400000;
	daemon_scene_start(s, 100, 300);
	command(s, run_unlock);
	stub_until(&s->office, daemon_scene_is_waiting, s);
	command(s, run_lock);
	stub_until(&s->office, daemon_scene_is_idle,
	    s); /* the courier has the old one */
	stub_office_age(&s->office);
	command(s, run_unlock);
	stub_until(&s->office, has_synced, s);
	assert_int_equal(s->office.renewals, 0);
	assert_int_equal(s->office.strangers, 0);
}

static void
a_clock_that_is_slow_does_not_keep_it_from_renewing(void **state)
{
	struct daemon_scene *s = *state;

	s->office.mode = STUB_EXPIRED;
	daemon_scene_start(s, 100, 300);
	command(s, run_unlock);
	stub_until(&s->office, has_renewed, s);
	assert_int_equal(s->office.renewals, 1);
	command(s, run_sync_done);
	assert_int_equal(s->office.renewals, 1);
	assert_int_equal(s->office.strangers, 0);
}

#define DAEMON_TEST(f)                                                         \
	cmocka_unit_test_setup_teardown(                                       \
	    f, daemon_scene_setup, daemon_scene_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		DAEMON_TEST(unlocked_it_syncs_and_waits_for_the_offices_word),
		DAEMON_TEST(the_offices_word_makes_it_sync),
		DAEMON_TEST(an_office_that_wakes_it_for_nothing_is_left_alone),
		DAEMON_TEST(a_save_is_with_the_office_at_once),
		DAEMON_TEST(
		    locked_it_hands_over_what_is_saved_and_pulls_nothing),
		DAEMON_TEST(a_lock_ends_the_wait_and_closes_the_store),
		DAEMON_TEST(it_comes_back_by_itself_when_the_office_does),
		DAEMON_TEST(
		    a_sync_that_is_asked_for_is_answered_when_it_is_done),
		DAEMON_TEST(whose_access_has_ended_hears_it),
		DAEMON_TEST(certificates_are_renewed_before_they_run_out),
		DAEMON_TEST(a_clock_that_is_fast_does_not_make_it_renew),
		DAEMON_TEST(
		    a_clock_that_is_slow_does_not_keep_it_from_renewing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
