/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a device makes of an office that was restored from a backup.
 */
#include "tests/support/check.h"

#include "common/store/device_store.h"
#include "tests/support/device.h"
#include "tests/support/small_office.h"

struct scene {
	struct small_office *office;
	struct device d;
	struct id betty;
};

/* One change, which the office has. */
static void
scene_start(struct scene *s)
{
	s->office = small_office_new();
	device_start(s->office, "Nia", &s->d);
	s->betty = device_new_person(&s->d, "Betty");
	small_office_sync(s->office, s->d.store);
}

static void
scene_end(struct scene *s)
{
	device_end(&s->d);
	small_office_free(s->office);
}

/* The office answers that it is in this epoch, and has another link than the
 * device saw where its head was; nothing else. */
static void
hear(struct scene *s, uint64_t epoch)
{
	struct sync_progress p;
	struct sync_answer a;
	struct err e;

	sync_answer_init(&a);
	a.epoch = epoch;
	a.head_seq = 9;
	a.has_echo = true;
	memset(a.echo_link.b, 0x5a, HASH32_LEN);
	assert_ok(device_store_sync_answer(s->d.store, &a, 0, 0, &p, &e), &e);
	sync_answer_fini(&a);
}

static bool
verifies(struct scene *s)
{
	struct verify_result v;
	struct err e;

	assert_ok(device_store_verify(s->d.store, &v, &e), &e);
	return v.ok;
}

static void
receipts_of_the_lost_days_show_as_waiting_again(void **state)
{
	struct store_status st;
	struct scene s;
	struct err e;

	(void)state;
	scene_start(&s);
	assert_int_equal(device_transport_of(&s.d, s.betty), TRANSPORT_OFFICE);
	hear(&s, 2);
	assert_int_equal(device_transport_of(&s.d, s.betty), TRANSPORT_DEVICE);
	assert_ok(device_store_status(s.d.store, &st, &e), &e);
	assert_int_equal(st.unsent, 1);
	assert_device_shows(&s.d, s.betty, "full_name", "Betty");
	scene_end(&s);
}

static void
another_history_is_an_alarm_unless_the_office_said_so(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	hear(&s, 2);
	assert_true(verifies(&s));
	hear(&s, 2);
	assert_false(verifies(&s));
	scene_end(&s);
}

static void
an_epoch_that_is_over_is_an_alarm(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	hear(&s, 2);
	hear(&s, 1);
	assert_false(verifies(&s));
	scene_end(&s);
}

/* What it could not show to the office later is refused with its answer. */
static void
a_head_that_the_office_did_not_sign_is_not_believed(void **state)
{
	struct sync_progress p;
	struct sync_answer a;
	struct scene s;
	struct err e;

	(void)state;
	scene_start(&s);
	sync_answer_init(&a);
	a.epoch = 2;
	a.head_seq = 9;
	a.has_head_sig = true;
	assert_int_equal(
	    device_store_sync_answer(s.d.store, &a, 0, 0, &p, &e), ERR_AUTH);
	sync_answer_fini(&a);
	assert_int_equal(device_transport_of(&s.d, s.betty), TRANSPORT_OFFICE);
	scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    receipts_of_the_lost_days_show_as_waiting_again),
		cmocka_unit_test(
		    another_history_is_an_alarm_unless_the_office_said_so),
		cmocka_unit_test(an_epoch_that_is_over_is_an_alarm),
		cmocka_unit_test(
		    a_head_that_the_office_did_not_sign_is_not_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
