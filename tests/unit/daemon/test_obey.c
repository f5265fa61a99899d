/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The office's commands to a device: which are believed, that each is carried
 * out once, and that none throws away what was finished.
 */
#include "tests/support/check.h"

#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/store/holder.h"
#include "common/store/keyslot.h"
#include "common/store/outside.h"
#include "common/store/wipe.h"
#include "daemon/sync/daemon.h"
#include "daemon/sync/daemon_int.h"
#include "daemon/sync/obey.h"
#include "tests/support/daemon_scene.h"

static void
path_of(const struct daemon_scene *s, const char *name, char out[FILE_PATH_MAX])
{
	assert_true(file_join(out, s->office.folder.path, name));
}

static bool
has_file(const struct daemon_scene *s, const char *name)
{
	char path[FILE_PATH_MAX];

	path_of(s, name, path);
	return file_exists(path);
}

static int
setup(void **state)
{
	char slots[FILE_PATH_MAX];
	struct err e;

	(void)daemon_scene_setup(state);
	path_of(*state, "slots", slots);
	assert_ok(file_save(slots, "slots", 5, &e), &e);
	return 0;
}

static bool
is_told_done(const void *arg)
{
	const struct daemon_scene *s = arg;

	return s->office.told_done == s->want_done &&
	    s->d->state == ENGINE_LOCKED_IDLE;
}

static bool
has_asked_thrice(const void *arg)
{
	return ((const struct daemon_scene *)arg)->office.couriers >= 3;
}

static void
a_device_that_is_open_is_locked_and_says_so(void **state)
{
	struct daemon_scene *s = *state;
	struct holder_legacy key = { .has_key = true, .key = s->office.dbkey };

	daemon_scene_start(s, 50, 50);
	holder_inherit(s->d->holder, &key);
	stub_until(&s->office, daemon_scene_is_waiting, s);
	assert_false(holder_is_locked(s->d->holder));
	(void)stub_office_order(&s->office, DEVICE_COMMAND_LOCK);
	stub_office_wake(&s->office, 204);
	s->want_done = 1;
	stub_until(&s->office, is_told_done, s);
	assert_true(holder_is_locked(s->d->holder));
	assert_int_equal(s->office.strangers, 0);
	/* The notes are as they were, and open again. */
	assert_true(has_file(s, "slots"));
	assert_int_equal(stub_device_status(&s->office).unsent, 0);
	key = (struct holder_legacy){ .has_key = true, .key = s->office.dbkey };
	holder_inherit(s->d->holder, &key);
	stub_until(&s->office, daemon_scene_is_waiting, s);
	assert_false(holder_is_locked(s->d->holder));
}

static void
a_wipe_comes_after_everything_finished_was_handed_over(void **state)
{
	struct daemon_scene *s = *state;

	stub_device_save(&s->office, "Betty");
	stub_device_save(&s->office, "Owain");
	(void)stub_office_order(&s->office, DEVICE_COMMAND_WIPE);
	s->office.mode = STUB_REFUSES;
	s->office.word = WORD_NOT_ALLOWED;
	daemon_scene_start(s, 50, 50);
	stub_until(&s->office, has_asked_thrice, s);
	assert_true(has_file(s, "slots"));
	assert_true(has_file(s, "notes.db"));
	s->office.mode = STUB_GOOD;
	s->want_done = 1;
	stub_until(&s->office, is_told_done, s);
	assert_int_equal(s->office.counter, 2);
	assert_false(has_file(s, "slots"));
	assert_false(has_file(s, "notes.db"));
	assert_false(has_file(s, "notes.db-wal"));
	assert_true(has_file(s, "outside/envelopes"));
	assert_true(device_is_wiped(s->office.folder.path));
}

static void
an_open_device_is_locked_syncs_and_is_wiped(void **state)
{
	struct daemon_scene *s = *state;
	struct holder_legacy key = { .has_key = true, .key = s->office.dbkey };

	stub_device_save(&s->office, "Betty");
	daemon_scene_start(s, 50, 50);
	holder_inherit(s->d->holder, &key);
	stub_until(&s->office, daemon_scene_is_waiting, s);
	(void)stub_office_order(&s->office, DEVICE_COMMAND_WIPE);
	stub_office_wake(&s->office, 204);
	s->want_done = 1;
	stub_until(&s->office, is_told_done, s);
	assert_int_equal(s->office.counter, 1);
	/* The office held all of it when it was last open. */
	assert_true(has_file(s, "outside/epoch"));
	assert_true(holder_is_locked(s->d->holder));
	assert_true(device_is_wiped(s->office.folder.path));
}

static void
what_could_not_be_sealed_is_not_wiped(void **state)
{
	struct daemon_scene *s = *state;
	struct outside *outside = NULL;
	struct err e;

	assert_ok(outside_open(s->office.folder.path, &outside, &e), &e);
	assert_ok(outside_unsealed_set(outside, true, &e), &e);
	(void)stub_office_order(&s->office, DEVICE_COMMAND_WIPE);
	daemon_scene_start(s, 50, 50);
	stub_until(&s->office, daemon_scene_is_idle, s);
	assert_true(obey_waits(outside));
	assert_true(has_file(s, "slots"));
	assert_int_equal(s->office.told_done, 0);
	/* Opened once, all is sealed, and then it goes. */
	device_store_close(stub_device_open(&s->office));
	assert_false(outside_is_unsealed(outside));
	outside_close(outside);
	daemon_event(s->d, ENGINE_ASKED);
	s->want_done = 1;
	stub_until(&s->office, is_told_done, s);
	assert_true(device_is_wiped(s->office.folder.path));
}

static void
an_attached_file_that_is_not_with_the_office_is_not_wiped(void **state)
{
	struct daemon_scene *s = *state;
	struct outside *outside = NULL;
	struct err e;

	assert_ok(outside_open(s->office.folder.path, &outside, &e), &e);
	assert_ok(outside_files_set(outside, true, &e), &e);
	(void)stub_office_order(&s->office, DEVICE_COMMAND_WIPE);
	daemon_scene_start(s, 50, 50);
	stub_until(&s->office, daemon_scene_is_idle, s);
	assert_true(obey_waits(outside));
	assert_true(has_file(s, "slots"));
	assert_int_equal(s->office.told_done, 0);
	/* It was sent while the notes were open. */
	assert_ok(outside_files_set(outside, false, &e), &e);
	assert_false(outside_has_files(outside));
	outside_close(outside);
	daemon_event(s->d, ENGINE_ASKED);
	s->want_done = 1;
	stub_until(&s->office, is_told_done, s);
	assert_true(device_is_wiped(s->office.folder.path));
}

static void
what_a_restored_office_may_lack_is_not_wiped(void **state)
{
	struct daemon_scene *s = *state;
	struct device_command *c =
	    stub_office_order(&s->office, DEVICE_COMMAND_WIPE);
	struct outside *outside = NULL;
	uint64_t epoch;
	struct err e;

	c->epoch = 2;
	assert_ok(device_command_sign(c, &s->office.command_key, &e), &e);
	assert_ok(outside_open(s->office.folder.path, &outside, &e), &e);
	/* It held everything once, in a life of its that is over. */
	assert_ok(outside_epoch_set(outside, 1, &e), &e);
	daemon_scene_start(s, 50, 50);
	stub_until(&s->office, daemon_scene_is_idle, s);
	assert_true(obey_waits(outside));
	assert_true(has_file(s, "slots"));
	assert_ok(outside_epoch_set(outside, 2, &e), &e);
	assert_ok(outside_epoch(outside, &epoch, &e), &e);
	assert_int_equal(epoch, 2);
	outside_close(outside);
	daemon_event(s->d, ENGINE_ASKED);
	s->want_done = 1;
	stub_until(&s->office, is_told_done, s);
	assert_true(device_is_wiped(s->office.folder.path));
}

static void
a_command_that_was_taken_survives_the_machine_going_off(void **state)
{
	struct daemon_scene *s = *state;
	struct commands_answer a = { .n = 1 };
	struct outside *outside = NULL;
	struct err e;

	assert_ok(outside_open(s->office.folder.path, &outside, &e), &e);
	a.list = stub_office_order(&s->office, DEVICE_COMMAND_WIPE);
	a.time = clock_unix_ms();
	assert_ok(obey_take(outside, &a, &e), &e);
	outside_close(outside);
	/* The office forgets it; the device does not. */
	device_command_fini(&s->office.orders[0]);
	s->office.n_orders = 0;
	daemon_scene_start(s, 50, 50);
	s->want_done = 1;
	stub_until(&s->office, is_told_done, s);
	assert_true(device_is_wiped(s->office.folder.path));
}

/* What becomes of one command that was changed. */
static bool
takes(struct daemon_scene *s, struct device_command *c,
    const struct sign_key *key, uint64_t time_ms)
{
	struct commands_answer a = { .n = 1, .list = c, .time = time_ms };
	struct outside *outside = NULL;
	bool waits;
	struct err e;

	assert_ok(device_command_sign(c, key, &e), &e);
	assert_ok(outside_open(s->office.folder.path, &outside, &e), &e);
	assert_ok(obey_take(outside, &a, &e), &e);
	waits = obey_waits(outside);
	outside_close(outside);
	return waits;
}

static void
only_our_offices_own_new_commands_are_taken(void **state)
{
	struct daemon_scene *s = *state;
	struct device_command *c =
	    stub_office_order(&s->office, DEVICE_COMMAND_WIPE);
	const struct sign_key *key = &s->office.command_key;
	const struct id office = c->office, device = c->device;
	const uint64_t now = clock_unix_ms();
	struct outside *outside = NULL;
	struct sign_key other;
	bool is_done = false;
	struct err e;

	sign_key_make(&other);
	assert_false(takes(s, c, &other, now));
	assert_false(takes(s, c, &s->office.key, now)); /* the receipt key */
	c->device.b[0] ^= 1;
	assert_false(takes(s, c, key, now));
	c->device = device;
	c->office.b[0] ^= 1;
	assert_false(takes(s, c, key, now));
	c->office = office;
	assert_false(takes(s, c, key, c->expires));
	/* It is good; carry out a lock, and give it again. */
	c->kind = DEVICE_COMMAND_LOCK;
	assert_true(takes(s, c, key, now));
	assert_ok(outside_open(s->office.folder.path, &outside, &e), &e);
	assert_ok(
	    obey_next(outside, s->office.folder.path, 0, &is_done, &e), &e);
	assert_true(is_done);
	assert_int_equal(obey_done(outside), 1);
	assert_false(takes(s, c, key, now));
	c->kind = DEVICE_COMMAND_WIPE;
	assert_false(takes(s, c, key, now));
	c->no = 2;
	assert_true(takes(s, c, key, now));
	assert_true(has_file(s, "slots"));
	outside_close(outside);
}

int
main(void)
{
#define OBEY_TEST(name)                                                        \
	cmocka_unit_test_setup_teardown(name, setup, daemon_scene_teardown)
	const struct CMUnitTest tests[] = {
		OBEY_TEST(a_device_that_is_open_is_locked_and_says_so),
		OBEY_TEST(
		    a_wipe_comes_after_everything_finished_was_handed_over),
		OBEY_TEST(an_open_device_is_locked_syncs_and_is_wiped),
		OBEY_TEST(what_could_not_be_sealed_is_not_wiped),
		OBEY_TEST(
		    an_attached_file_that_is_not_with_the_office_is_not_wiped),
		OBEY_TEST(what_a_restored_office_may_lack_is_not_wiped),
		OBEY_TEST(
		    a_command_that_was_taken_survives_the_machine_going_off),
		OBEY_TEST(only_our_offices_own_new_commands_are_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
