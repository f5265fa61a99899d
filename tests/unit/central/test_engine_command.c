/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What devices are told to do: who gets it, signed by whom, for how long.
 */
#include "tests/support/engine_world.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/sys/json.h"
#include "daemon/central/engine/engine_int.h"

struct scene {
	struct world w;
	struct dev d, other;
};

static void
scene_start(struct scene *s)
{
	world_start(&s->w);
	dev_start(&s->d, &s->w, world_user(&s->w, "Amina"), DEVICE_ACTIVE);
	dev_start(&s->other, &s->w, world_user(&s->w, "Tomasz"), DEVICE_ACTIVE);
}

static void
scene_end(struct scene *s)
{
	dev_end(&s->d);
	dev_end(&s->other);
	world_end(&s->w);
}

/* The answer of a command of visitbook-central. */
static json_t *
tell(struct scene *s, const char *what, const char *reason)
{
	json_t *in =
	    json_pack("{s:s, s:s}", "do", what, "device", id_print(s->d.id).s);
	json_t *out = NULL;
	struct err e = { 0 };

	if (reason != NULL)
		assert_int_equal(
		    json_object_set_new(in, "reason", json_string(reason)), 0);
	assert_ok(engine_command(s->w.g, in, &out, &e), &e);
	json_decref(in);
	return out;
}

static uint64_t
told(struct scene *s, const char *what)
{
	json_t *out = tell(s, what, "For a test.");
	const json_t *no = json_object_get(out, "no");
	const uint64_t n = (uint64_t)json_integer_value(no);

	assert_non_null(no);
	json_decref(out);
	return n;
}

/* What the device's courier gets. */
static struct commands_answer
fetched(struct dev *d, uint64_t done)
{
	char target[160];
	struct commands_answer a;
	struct answer got;
	json_t *json;
	struct err e = { 0 };

	(void)snprintf(target, sizeof(target), "%s&done=%llu", DEV_COMMANDS,
	    (unsigned long long)done);
	got = dev_send(d, WIRE_COMMANDS, target, NULL, true);
	assert_int_equal(got.status, 200);
	json = answer_json(&got);
	assert_ok(commands_answer_from_json(json, &a, &e), &e);
	json_decref(json);
	answer_end(&got);
	return a;
}

static size_t
fetched_n(struct dev *d, uint64_t done)
{
	struct commands_answer a = fetched(d, done);
	const size_t n = a.n;

	commands_answer_fini(&a);
	return n;
}

/* The number that a sync's answer tells. */
static uint64_t
synced_command(struct dev *d)
{
	struct sync_request r;
	struct sync_answer a;
	uint64_t no;

	dev_request(d, &r);
	a = dev_exchange(d, &r);
	no = a.command;
	sync_answer_fini(&a);
	sync_request_fini(&r);
	return no;
}

static void
test_a_command_is_signed_with_the_command_key_for_its_device_alone(void **state)
{
	struct scene s;
	struct sign_pub pub;
	struct commands_answer a;
	struct err e = { 0 };

	(void)state;
	scene_start(&s);
	pub = sign_pub_of(&s.w.keys.command);
	assert_int_equal(fetched_n(&s.d, 0), 0);
	assert_int_equal(synced_command(&s.d), 0);
	assert_int_equal(told(&s, "device lock"), 1);
	assert_int_equal(told(&s, "device wipe"), 2);
	a = fetched(&s.d, 0);
	assert_int_equal(a.n, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_ok(device_command_check(
		              &a.list[i], &pub, s.w.keys.office, s.d.id, &e),
		    &e);
		assert_int_equal(device_command_check(&a.list[i], &pub,
		                     s.w.keys.office, s.other.id, &e),
		    ERR_AUTH);
		assert_int_equal(a.list[i].no, i + 1);
		assert_true(a.list[i].expires > a.time);
	}
	assert_int_equal(a.list[0].kind, DEVICE_COMMAND_LOCK);
	assert_int_equal(a.list[1].kind, DEVICE_COMMAND_WIPE);
	commands_answer_fini(&a);
	assert_int_equal(synced_command(&s.d), 2);
	assert_int_equal(fetched_n(&s.other, 0), 0);
	assert_int_equal(synced_command(&s.other), 0);
	scene_end(&s);
}

static void
test_what_is_done_or_out_of_date_is_told_no_more(void **state)
{
	struct scene s;
	json_t *list;
	const json_t *last = NULL;

	(void)state;
	scene_start(&s);
	(void)told(&s, "device lock");
	(void)told(&s, "device wipe");
	assert_int_equal(fetched_n(&s.d, 1), 1);
	assert_int_equal(fetched_n(&s.d, 0), 1); /* done stays done */
	assert_int_equal(synced_command(&s.d), 2);
	world_sql(&s.w, "UPDATE command SET expires = 1 WHERE no = 2");
	assert_int_equal(fetched_n(&s.d, 1), 0);
	assert_int_equal(synced_command(&s.d), 0);
	assert_int_equal(told(&s, "device lock"), 3);
	assert_int_equal(fetched_n(&s.d, 3), 0);
	list = tell(&s, "device list", NULL);
	for (size_t i = 0;
	     i < json_array_size(json_object_get(list, "devices")); i++) {
		const json_t *one =
		    json_array_get(json_object_get(list, "devices"), i);

		if (json_has(one, "told"))
			last = json_object_get(one, "told");
	}
	assert_int_equal(json_integer_value(json_object_get(last, "no")), 3);
	assert_true(json_integer_value(json_object_get(last, "done")) > 0);
	json_decref(list);
	scene_end(&s);
}

static void
test_what_is_not_signed_is_not_done(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	(void)told(&s, "device wipe");
	s.d.courier_is_mute = true;
	assert_int_equal(fetched_n(&s.d, 1), 1);
	s.d.courier_is_mute = false;
	{
		const struct buf own = s.d.courier_key;

		s.d.courier_key = s.other.courier_key;
		assert_int_equal(fetched_n(&s.d, 1), 1);
		s.d.courier_key = own;
	}
	assert_int_equal(fetched_n(&s.d, 1), 0);
	scene_end(&s);
}

static void
test_a_number_that_a_restored_office_forgot_is_never_given_again(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	assert_int_equal(told(&s, "device lock"), 1);
	world_sql(&s.w, "DELETE FROM command");
	s.w.g->epoch = 2;
	assert_int_equal(told(&s, "device lock"), ((uint64_t)1 << 32) + 1);
	assert_int_equal(told(&s, "device lock"), ((uint64_t)1 << 32) + 2);
	s.w.g->epoch = 1;
	scene_end(&s);
}

static void
test_a_device_whose_access_ended_is_told_too(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	json_decref(tell(&s, "device revoke", "Lost."));
	(void)told(&s, "device wipe");
	assert_int_equal(fetched_n(&s.d, 0), 1);
	scene_end(&s);
}

static void
test_a_command_needs_a_reason_and_a_device(void **state)
{
	static const char zero[] = "00000000-0000-0000-0000-000000000000";
	struct scene s;
	json_t *in, *out = NULL;
	struct err e = { 0 };

	(void)state;
	scene_start(&s);
	out = tell(&s, "device wipe", NULL);
	assert_true(json_has(out, "error"));
	json_decref(out);
	in = json_pack("{s:s, s:s, s:s}", "do", "device wipe", "device", zero,
	    "reason", "x");
	assert_ok(engine_command(s.w.g, in, &out, &e), &e);
	assert_true(json_has(out, "error"));
	json_decref(in);
	json_decref(out);
	assert_int_equal(world_number(&s.w, "SELECT count(*) FROM command"), 0);
	for (size_t i = 0; i < DEVICE_COMMANDS_MAX; i++)
		(void)told(&s, "device lock");
	out = tell(&s, "device lock", "One too many.");
	assert_true(json_has(out, "error"));
	json_decref(out);
	assert_int_equal(fetched_n(&s.d, 0), DEVICE_COMMANDS_MAX);
	scene_end(&s);
}

static uint64_t
wait_from(struct scene *s, uint64_t command)
{
	char target[160];

	(void)snprintf(target, sizeof(target),
	    "/v1/wait?epoch=1&floor=%llu&outcomes=%llu&command=%llu&" DEV_NONCE,
	    (unsigned long long)world_head(&s->w),
	    (unsigned long long)s->d.outcome_no, (unsigned long long)command);
	return dev_queue(&s->d, WIRE_WAIT, target, NULL, false);
}

static void
test_a_device_that_waits_is_woken_once_by_a_command(void **state)
{
	struct scene s;
	uint64_t waits;

	(void)state;
	scene_start(&s);
	dev_sync(&s.d);
	waits = wait_from(&s, 0);
	(void)engine_work(s.w.g);
	assert_int_equal(world_status(&s.w, waits), 0);
	assert_int_equal(told(&s, "device lock"), 1);
	(void)engine_work(s.w.g);
	assert_int_equal(world_status(&s.w, waits), 204);
	/* It knows of it now, and may be unable to carry it out yet. */
	waits = wait_from(&s, 1);
	(void)engine_work(s.w.g);
	assert_int_equal(world_status(&s.w, waits), 0);
	engine_forget(s.w.g, waits);
	/* One that was given between its sync and its wait. */
	waits = wait_from(&s, 0);
	(void)engine_work(s.w.g);
	assert_int_equal(world_status(&s.w, waits), 204);
	scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_a_command_is_signed_with_the_command_key_for_its_device_alone),
		cmocka_unit_test(
		    test_what_is_done_or_out_of_date_is_told_no_more),
		cmocka_unit_test(test_what_is_not_signed_is_not_done),
		cmocka_unit_test(
		    test_a_number_that_a_restored_office_forgot_is_never_given_again),
		cmocka_unit_test(test_a_device_whose_access_ended_is_told_too),
		cmocka_unit_test(test_a_command_needs_a_reason_and_a_device),
		cmocka_unit_test(
		    test_a_device_that_waits_is_woken_once_by_a_command),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
