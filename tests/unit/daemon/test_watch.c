/* SPDX-License-Identifier: Apache-2.0 */
/* What the daemon notices on the disk, and what it reads there at its start. */
#include "tests/support/check.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/clock.h"
#include "common/base/file.h"
#include "daemon/sync/service.h"
#include "daemon/sync/watch.h"

struct scene {
	struct check_folder folder;
	struct loop *loop;
	struct loop_timer *late;
	struct watch *watch;
	unsigned told;
};

static void
on_told(void *arg)
{
	struct scene *s = arg;

	s->told++;
	loop_stop(s->loop);
}

static void
on_late(void *arg)
{
	loop_stop(((struct scene *)arg)->loop);
}

static int
setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));
	struct err e;

	assert_non_null(s);
	s->folder = check_folder_new();
	assert_ok(loop_new(&s->loop, &e), &e);
	assert_ok(loop_timer_new(s->loop, on_late, s, &s->late, &e), &e);
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	struct scene *s = *state;

	watch_close(s->watch);
	loop_timer_free(s->late);
	loop_free(s->loop);
	check_folder_end(&s->folder);
	free(s);
	return 0;
}

/* Run until told, or until the time is up. */
static void
run_for(struct scene *s, uint32_t ms)
{
	struct err e;

	assert_ok(loop_timer_start(s->late, ms, &e), &e);
	assert_ok(loop_run(s->loop, &e), &e);
	loop_timer_stop(s->late);
}

static void
save(struct scene *s, const char *name)
{
	char outside[FILE_PATH_MAX], path[FILE_PATH_MAX];
	struct err e;

	assert_true(file_join(outside, s->folder.path, "outside"));
	assert_true(file_join(path, outside, name));
	assert_ok(file_save(path, "x", 1, &e), &e);
}

static void
what_is_written_outside_is_noticed_at_once(void **state)
{
	struct scene *s = *state;
	char outside[FILE_PATH_MAX];
	uint64_t began;
	struct err e;

	assert_true(file_join(outside, s->folder.path, "outside"));
	assert_int_equal(mkdir(outside, 0700), 0);
	assert_ok(
	    watch_open(s->loop, s->folder.path, on_told, s, &s->watch, &e), &e);
	run_for(s, 100);
	assert_int_equal(s->told, 0);
	began = clock_mono_ms();
	save(s, "envelopes");
	run_for(s, 20000);
	assert_int_equal(s->told, 1);
	assert_true(clock_mono_ms() - began < WATCH_POLL_MS);
	/* All that one save did to the folder is one notice. */
	run_for(s, 100);
	assert_int_equal(s->told, 1);
}

static void
where_the_kernel_tells_nothing_it_looks_at_intervals(void **state)
{
	struct scene *s = *state;
	struct err e;

	/* There is no such folder to watch. */
	assert_ok(
	    watch_open(s->loop, s->folder.path, on_told, s, &s->watch, &e), &e);
	run_for(s, 20000);
	assert_int_equal(s->told, 1);
	run_for(s, 20000);
	assert_int_equal(s->told, 2);
}

static void
settings_that_are_not_given_keep_their_defaults(void **state)
{
	static const char text[] =
	    "# Train\nretry-most = 1 min\nlock-after = 3 min\n";
	const struct daemon_cfg fresh = daemon_cfg_default();
	struct scene *s = *state;
	struct daemon_cfg cfg = fresh;
	char path[FILE_PATH_MAX];
	struct err e;

	/* No file of one's own is no mistake; a named one that is missing is.
	 */
	assert_int_equal(setenv("XDG_CONFIG_HOME", s->folder.path, 1), 0);
	assert_ok(service_conf(NULL, &cfg, &e), &e);
	assert_memory_equal(&cfg, &fresh, sizeof(cfg));
	assert_true(file_join(path, s->folder.path, "a.conf"));
	assert_int_equal(service_conf(path, &cfg, &e), ERR_NOTFOUND);

	assert_ok(file_save(path, text, strlen(text), &e), &e);
	assert_ok(service_conf(path, &cfg, &e), &e);
	assert_int_equal(cfg.retry_most_ms, 60000);
	assert_int_equal(cfg.lock_after_ms, 180000);
	assert_int_equal(cfg.retry_first_ms, fresh.retry_first_ms);
	assert_int_equal(cfg.refused_ms, fresh.refused_ms);
	assert_int_equal(cfg.poll_ms, fresh.poll_ms);
}

static void
settings_that_make_no_sense_are_refused_and_named(void **state)
{
	static const char *const texts[] = { "retry-most = 0 s\n",
		"retry-first = 9 h\n", "look-again-locked = soon\n",
		"lock-after = -1 s\n", "lock-afterwards = 1 s\n",
		"retry-most\n" };
	struct scene *s = *state;
	struct daemon_cfg cfg = daemon_cfg_default();
	const struct daemon_cfg fresh = cfg;
	char path[FILE_PATH_MAX];
	struct err e;

	assert_true(file_join(path, s->folder.path, "a.conf"));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_ok(file_save(path, texts[i], strlen(texts[i]), &e), &e);
		assert_int_equal(service_conf(path, &cfg, &e), ERR_INVALID);
		assert_non_null(strstr(e.msg, "a.conf:1"));
		assert_memory_equal(&cfg, &fresh, sizeof(cfg));
	}
}

#define WATCH_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WATCH_TEST(what_is_written_outside_is_noticed_at_once),
		WATCH_TEST(
		    where_the_kernel_tells_nothing_it_looks_at_intervals),
		WATCH_TEST(settings_that_are_not_given_keep_their_defaults),
		WATCH_TEST(settings_that_make_no_sense_are_refused_and_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
