/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include <signal.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/sys/loop.h"

/* What the callbacks of one test share. */
struct seen {
	struct loop *loop;
	struct loop_fd *watcher;
	struct loop_timer *timer;
	unsigned count;
	unsigned events;
	int signo;
};

static void
stop_now(void *arg)
{
	struct seen *s = arg;

	s->count++;
	loop_stop(s->loop);
}

static void
a_timer_fires_once_and_not_early(void **state)
{
	struct seen s = { 0 };
	uint64_t began;
	struct err e;

	(void)state;
	assert_ok(loop_new(&s.loop, &e), &e);
	assert_ok(loop_timer_new(s.loop, stop_now, &s, &s.timer, &e), &e);
	began = clock_mono_ms();
	assert_ok(loop_timer_start(s.timer, 1, &e), &e);
	assert_ok(loop_timer_start(s.timer, 30, &e), &e);
	assert_ok(loop_run(s.loop, &e), &e);
	assert_int_equal(s.count, 1);
	assert_true(clock_mono_ms() - began >= 29);
	/* Nothing is left to wait for. */
	assert_ok(loop_run(s.loop, &e), &e);
	assert_int_equal(s.count, 1);
	loop_timer_free(s.timer);
	loop_free(s.loop);
}

static void
a_stopped_timer_stays_silent(void **state)
{
	struct seen s = { 0 };
	struct err e;

	(void)state;
	assert_ok(loop_new(&s.loop, &e), &e);
	assert_ok(loop_timer_new(s.loop, stop_now, &s, &s.timer, &e), &e);
	assert_ok(loop_timer_start(s.timer, 0, &e), &e);
	loop_timer_stop(s.timer);
	loop_timer_stop(s.timer);
	assert_ok(loop_run(s.loop, &e), &e);
	assert_int_equal(s.count, 0);
	loop_timer_free(s.timer);
	loop_free(s.loop);
}

static void
stopping_before_running_is_obeyed_once(void **state)
{
	struct seen s = { 0 };
	struct err e;

	(void)state;
	assert_ok(loop_new(&s.loop, &e), &e);
	assert_ok(loop_timer_new(s.loop, stop_now, &s, &s.timer, &e), &e);
	assert_ok(loop_timer_start(s.timer, 0, &e), &e);
	loop_stop(s.loop);
	assert_ok(loop_run(s.loop, &e), &e);
	assert_int_equal(s.count, 0);
	assert_ok(loop_run(s.loop, &e), &e);
	assert_int_equal(s.count, 1);
	loop_timer_free(s.timer);
	loop_free(s.loop);
}

/* First ready to write, then to read; frees its watcher from inside. */
static void
fd_came(int fd, unsigned events, void *arg)
{
	struct seen *s = arg;
	struct err e;
	char c;

	s->count++;
	s->events |= events;
	if (events & LOOP_WRITE) {
		assert_int_equal(write(fd, "x", 1), 1);
		assert_ok(loop_fd_set(s->watcher, 0, &e), &e);
		return;
	}
	assert_int_equal(read(fd, &c, 1), 1);
	loop_fd_free(s->watcher);
	s->watcher = NULL;
}

static void
a_watcher_can_be_paused_and_freed_in_its_callback(void **state)
{
	struct seen out = { 0 }, in = { 0 };
	int fds[2];
	struct err e;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_ok(loop_new(&out.loop, &e), &e);
	in.loop = out.loop;
	assert_ok(
	    loop_fd_new(out.loop, fds[1], fd_came, &out, &out.watcher, &e), &e);
	assert_ok(
	    loop_fd_new(in.loop, fds[0], fd_came, &in, &in.watcher, &e), &e);
	assert_ok(loop_fd_set(out.watcher, LOOP_WRITE, &e), &e);
	assert_ok(loop_fd_set(in.watcher, LOOP_READ, &e), &e);
	assert_ok(loop_run(out.loop, &e), &e);
	assert_int_equal(out.count, 1);
	assert_int_equal(out.events, LOOP_WRITE);
	assert_int_equal(in.count, 1);
	assert_int_equal(in.events, LOOP_READ);
	loop_fd_free(out.watcher);
	loop_free(out.loop);
	assert_int_equal(close(fds[0]), 0);
	assert_int_equal(close(fds[1]), 0);
}

/* Does nothing about what waits, and would be called again at once. */
static void
fd_rests(int fd, unsigned events, void *arg)
{
	struct seen *s = arg;
	struct err e;

	(void)fd;
	s->events |= events;
	if (++s->count == 3)
		loop_stop(s->loop);
	else
		assert_ok(loop_fd_rest(s->watcher, 40, &e), &e);
}

static void
a_watcher_that_rests_is_called_again_and_not_before(void **state)
{
	struct seen s = { 0 };
	struct err e;
	uint64_t began;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "x", 1), 1);
	assert_ok(loop_new(&s.loop, &e), &e);
	assert_ok(
	    loop_fd_new(s.loop, fds[0], fd_rests, &s, &s.watcher, &e), &e);
	assert_ok(loop_fd_set(s.watcher, LOOP_READ, &e), &e);
	began = clock_mono_ms();
	assert_ok(loop_run(s.loop, &e), &e);
	assert_int_equal(s.count, 3);
	assert_int_equal(s.events, LOOP_READ);
	assert_in_range(clock_mono_ms() - began, 78, 60000);
	/* What is set meanwhile stands: it is paused for good. */
	assert_ok(loop_fd_rest(s.watcher, 1, &e), &e);
	assert_ok(loop_fd_set(s.watcher, 0, &e), &e);
	assert_ok(loop_run(s.loop, &e), &e);
	assert_int_equal(s.count, 3);
	loop_fd_free(s.watcher);
	loop_free(s.loop);
	assert_int_equal(close(fds[0]), 0);
	assert_int_equal(close(fds[1]), 0);
}

static void
signal_came(int signo, void *arg)
{
	struct seen *s = arg;

	s->signo = signo;
	loop_stop(s->loop);
}

static void
a_signal_arrives_in_the_loop(void **state)
{
	struct seen s = { 0 };
	struct loop_signal *watcher;
	struct err e;

	(void)state;
	assert_ok(loop_new(&s.loop, &e), &e);
	assert_ok(
	    loop_signal_new(s.loop, SIGTERM, signal_came, &s, &watcher, &e),
	    &e);
	assert_int_equal(raise(SIGTERM), 0);
	assert_int_equal(s.signo, 0);
	assert_ok(loop_run(s.loop, &e), &e);
	assert_int_equal(s.signo, SIGTERM);
	loop_signal_free(watcher);
	loop_free(s.loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_timer_fires_once_and_not_early),
		cmocka_unit_test(a_stopped_timer_stays_silent),
		cmocka_unit_test(stopping_before_running_is_obeyed_once),
		cmocka_unit_test(
		    a_watcher_can_be_paused_and_freed_in_its_callback),
		cmocka_unit_test(
		    a_watcher_that_rests_is_called_again_and_not_before),
		cmocka_unit_test(a_signal_arrives_in_the_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
