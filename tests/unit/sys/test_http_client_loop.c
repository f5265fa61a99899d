/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that a loop drives. */
#include "tests/support/check.h"

#include <stdlib.h>

#include "common/sys/loop.h"
#include "tests/fault/calls.h"
#include "tests/support/http_device.h"

#define WAIT_MS 10000

/* What a test keeps: its loop ends when wanted calls are done, or late. */
struct scene {
	struct test_office *office;
	struct http_client *client;
	struct loop *loop;
	struct loop_timer *late;
	struct http_call call;
	unsigned done, wanted;
	bool was_late;
	enum http_outcome outcome; /* of the last call that ended */
	enum err_code code;
	char said[ERR_MSG_MAX];
	size_t body_len;
	struct http_job *victim; /* cancelled by the first call that ends */
	bool starts_another;
};

static void
on_late(void *arg)
{
	struct scene *s = arg;

	s->was_late = true;
	loop_stop(s->loop);
}

static struct scene
scene_new(void)
{
	struct scene s = { .office = http_device_office(NULL),
		.client = http_device_new(NULL) };
	struct err e;

	assert_ok(loop_new(&s.loop, &e), &e);
	assert_ok(http_client_attach(s.client, s.loop, &e), &e);
	s.call = (struct http_call){ .method = "POST",
		.address = test_office_address(s.office),
		.path = "/v1/sync",
		.body = "hello",
		.body_len = 5 };
	return s;
}

static void
scene_free(struct scene *s)
{
	http_client_free(s->client);
	loop_timer_free(s->late);
	loop_free(s->loop);
	test_office_free(s->office);
}

static void
on_done(void *arg, struct http_answer *answer, const struct err *e)
{
	struct scene *s = arg;

	s->done++;
	s->outcome = answer->outcome;
	s->code = e->code;
	(void)snprintf(s->said, sizeof(s->said), "%s", e->msg);
	s->body_len = answer->body.len;
	if (s->victim != NULL)
		http_client_cancel(s->victim);
	s->victim = NULL;
	if (s->starts_another) {
		struct http_job *job;

		s->starts_another = false;
		assert_int_equal(http_client_start(s->client, &s->call, on_done,
		                     s, &job, NULL),
		    ERR_OK);
	}
	if (s->done == s->wanted)
		loop_stop(s->loop);
}

static struct http_job *
start(struct scene *s)
{
	struct http_job *job = NULL;
	struct err e;

	assert_ok(
	    http_client_start(s->client, &s->call, on_done, s, &job, &e), &e);
	assert_non_null(job);
	return job;
}

static void
run_until(struct scene *s, unsigned wanted)
{
	struct err e;

	if (s->late == NULL)
		assert_ok(
		    loop_timer_new(s->loop, on_late, s, &s->late, &e), &e);
	assert_ok(loop_timer_start(s->late, WAIT_MS, &e), &e);
	s->wanted = wanted;
	assert_ok(loop_run(s->loop, &e), &e);
	assert_false(s->was_late);
	assert_int_equal(s->done, wanted);
	loop_timer_stop(s->late);
}

static void
calls_run_side_by_side_and_connections_are_kept(void **state)
{
	struct scene s = scene_new();

	(void)state;
	for (int i = 0; i < 5; i++)
		(void)start(&s);
	assert_int_equal(s.done, 0);
	run_until(&s, 5);
	assert_int_equal(s.outcome, HTTP_OUTCOME_OK);
	assert_int_equal(s.body_len, 11);
	assert_true(test_office_seen(s.office).connections <= 5);
	(void)start(&s);
	run_until(&s, 6);
	assert_true(test_office_seen(s.office).connections <= 5);
	assert_int_equal(test_office_seen(s.office).requests, 6);
	scene_free(&s);
}

static void
an_idle_client_keeps_no_loop_running(void **state)
{
	struct scene s = scene_new();
	struct err e;

	(void)state;
	(void)start(&s);
	assert_ok(loop_run(s.loop, &e), &e);
	assert_int_equal(s.done, 1);
	scene_free(&s);
}

static void
a_parked_call_does_not_hold_up_another(void **state)
{
	struct scene s = scene_new();

	(void)state;
	test_office_fault(s.office, TEST_OFFICE_PARKS);
	(void)start(&s);
	/* Let the loop bring the first request there before the second. */
	s.call.timeout_ms = 300;
	(void)start(&s);
	run_until(&s, 1);
	assert_int_equal(s.outcome, HTTP_OUTCOME_TIMEOUT);
	assert_int_equal(s.code, ERR_BUSY);
	test_office_fault(s.office, TEST_OFFICE_NONE);
	s.call.timeout_ms = 0;
	(void)start(&s);
	run_until(&s, 2);
	assert_int_equal(s.outcome, HTTP_OUTCOME_OK);
	assert_true(test_office_wait(s.office, 3));
	test_office_release(s.office);
	run_until(&s, 3);
	assert_int_equal(s.outcome, HTTP_OUTCOME_OK);
	scene_free(&s);
}

static void
a_cancelled_call_never_calls_back(void **state)
{
	struct scene s = scene_new();
	struct http_job *before, *running;

	(void)state;
	before = start(&s);
	http_client_cancel(before);
	test_office_fault(s.office, TEST_OFFICE_PARKS);
	running = start(&s);
	s.call.timeout_ms = 300;
	s.victim = running;
	(void)start(&s);
	run_until(&s, 1);
	assert_int_equal(s.outcome, HTTP_OUTCOME_TIMEOUT);
	scene_free(&s);
}

static void
a_callback_may_start_another_call(void **state)
{
	struct scene s = scene_new();

	(void)state;
	s.starts_another = true;
	(void)start(&s);
	run_until(&s, 2);
	assert_int_equal(s.outcome, HTTP_OUTCOME_OK);
	scene_free(&s);
}

static void
failures_come_through_the_callback(void **state)
{
	struct scene s = scene_new();
	struct http_job *job = NULL;

	(void)state;
	test_office_fault(s.office, TEST_OFFICE_IS_PLAIN);
	(void)start(&s);
	run_until(&s, 1);
	assert_int_equal(s.outcome, HTTP_OUTCOME_FOREIGN);
	assert_int_equal(s.code, ERR_MALFORMED);
	s.call.address = "127.0.0.1:1";
	(void)start(&s);
	run_until(&s, 2);
	assert_int_equal(s.outcome, HTTP_OUTCOME_OFFICE_DOWN);
	s.call.path = "no path";
	assert_int_equal(
	    http_client_start(s.client, &s.call, on_done, &s, &job, NULL),
	    ERR_INVALID);
	assert_null(job);
	assert_int_equal(s.done, 2);
	scene_free(&s);
}

static void
fail_at(const char *call)
{
	assert_int_equal(setenv(FAULT_CALLS_PLACE, call, 1), 0);
	fault_calls_arm(0);
	fault_calls_on(true);
}

/* The kernel watches no more descriptors: what is under way ends, and when it
 * does again the same client goes on. */
static void
a_call_that_cannot_be_watched_is_told_and_the_next_one_is_made(void **state)
{
	struct scene s = scene_new();

	(void)state;
	fail_at("epoll_ctl 0: ENOSPC from then on");
	(void)start(&s);
	(void)start(&s);
	run_until(&s, 2);
	fault_calls_on(false);
	assert_true(fault_calls_has_failed());
	assert_int_equal(s.code, ERR_IO);
	assert_non_null(strstr(s.said, "cannot watch"));
	(void)start(&s);
	run_until(&s, 3);
	assert_int_equal(s.outcome, HTTP_OUTCOME_OK);
	scene_free(&s);
}

/* What was left in a connection when the kernel would not take it is said to
 * nobody: the next request begins with a connection of its own. */
static void
a_connection_that_a_call_failed_on_is_not_used_again(void **state)
{
	struct scene s = scene_new();
	struct buf last;

	(void)state;
	buf_init(&last, 4096);
	s.call.path = "/v1/first";
	/* The third is the request, after TLS has been agreed upon. */
	fail_at("send 2: ENOBUFS");
	(void)start(&s);
	run_until(&s, 1);
	fault_calls_on(false);
	assert_true(fault_calls_has_failed());
	assert_int_equal(s.outcome, HTTP_OUTCOME_OFFICE_DOWN);
	s.call.path = "/v1/other";
	(void)start(&s);
	run_until(&s, 2);
	assert_int_equal(s.outcome, HTTP_OUTCOME_OK);
	assert_int_equal(test_office_seen(s.office).requests, 1);
	test_office_last(s.office, &last);
	assert_memory_equal(last.ptr, "POST /v1/other ", 15);
	buf_fini(&last);
	scene_free(&s);
}

static void
a_client_may_be_freed_with_calls_under_way(void **state)
{
	struct scene s = scene_new();

	(void)state;
	test_office_fault(s.office, TEST_OFFICE_PARKS);
	(void)start(&s);
	(void)start(&s);
	s.call.timeout_ms = 300;
	(void)start(&s);
	run_until(&s, 1);
	scene_free(&s);
	assert_int_equal(s.done, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    calls_run_side_by_side_and_connections_are_kept),
		cmocka_unit_test(an_idle_client_keeps_no_loop_running),
		cmocka_unit_test(a_parked_call_does_not_hold_up_another),
		cmocka_unit_test(a_cancelled_call_never_calls_back),
		cmocka_unit_test(a_callback_may_start_another_call),
		cmocka_unit_test(failures_come_through_the_callback),
		cmocka_unit_test(
		    a_call_that_cannot_be_watched_is_told_and_the_next_one_is_made),
		cmocka_unit_test(
		    a_connection_that_a_call_failed_on_is_not_used_again),
		cmocka_unit_test(a_client_may_be_freed_with_calls_under_way),
	};

	return cmocka_run_group_tests(
	    tests, http_device_set_up, http_device_tear_down);
}
