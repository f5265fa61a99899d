/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who has the key while notes are unlocked, and what takes it away.
 */
#include "tests/support/holder_scene.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/clock.h"

static void
the_key_comes_to_a_command_while_unlocked_only(void **state)
{
	struct holder_scene *s = *state;
	const struct secret_key key = holder_scene_key();
	struct holder_lease *lease = NULL;
	struct secret_key got;

	assert_int_equal(
	    holder_lease_open(s->home, &got, &lease, &s->e), ERR_LOCKED);
	holder_scene_start(s);
	assert_int_equal(
	    holder_lease_open(s->home, &got, &lease, &s->e), ERR_LOCKED);
	holder_scene_unlock(s);
	assert_ok(holder_lease_open(s->home, &got, &lease, &s->e), &s->e);
	assert_memory_equal(&got, &key, sizeof(key));
	assert_false(holder_lease_is_revoked(lease));
	holder_lease_close(lease);
	holder_scene_end(s, SIGTERM);
	assert_int_equal(
	    holder_lease_open(s->home, &got, &lease, &s->e), ERR_LOCKED);
}

static void
a_lock_is_done_when_the_last_lease_is_closed(void **state)
{
	struct holder_scene *s = *state;
	struct holder_lease *one = NULL, *two = NULL;
	struct secret_key got;
	char *answer = NULL;
	int ends[2];
	pid_t pid;

	holder_scene_start(s);
	holder_scene_unlock(s);
	assert_ok(holder_lease_open(s->home, &got, &one, &s->e), &s->e);
	assert_ok(holder_lease_open(s->home, &got, &two, &s->e), &s->e);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct err e = { 0 };
		/* The leases are the parent's alone. */
		(void)close(holder_lease_fd(one));
		(void)close(holder_lease_fd(two));
		if (holder_ask(s->home, "{\"do\":\"lock\"}", HOLDER_SCENE_MS,
		        &answer, &e) == ERR_OK &&
		    strcmp(answer, "{\"ok\":true}") == 0)
			holder_scene_tell(ends[1], 'k');
		_exit(0);
	}
	/* The holder has wiped at once, and asks both. */
	assert_int_equal(holder_scene_told(s->told, HOLDER_SCENE_MS), 'l');
	while (!holder_lease_is_revoked(one) || !holder_lease_is_revoked(two))
		(void)usleep(1000);
	holder_lease_close(one);
	assert_int_equal(holder_scene_told(ends[0], 200), '-');
	assert_int_equal(
	    holder_lease_open(s->home, &got, &one, &s->e), ERR_LOCKED);
	holder_lease_close(two);
	assert_int_equal(holder_scene_told(ends[0], HOLDER_SCENE_MS), 'k');
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	(void)close(ends[0]);
	(void)close(ends[1]);
	holder_scene_end(s, SIGTERM);
}

static void
a_lease_is_revoked_when_the_holder_dies(void **state)
{
	struct holder_scene *s = *state;
	struct holder_lease *lease = NULL;
	struct secret_key got;

	holder_scene_start(s);
	holder_scene_unlock(s);
	assert_ok(holder_lease_open(s->home, &got, &lease, &s->e), &s->e);
	holder_scene_end(s, SIGKILL);
	assert_true(holder_lease_is_revoked(lease));
	holder_lease_close(lease);
}

static void
it_locks_by_itself_when_nobody_is_at_work(void **state)
{
	struct holder_scene *s = *state;
	const struct secret_key key = holder_scene_key();
	struct holder_lease *lease = NULL;
	struct secret_key got;
	uint64_t began;

	holder_scene_start(s);
	assert_ok(
	    holder_unlock(s->home, &key, clock_unix_ms() + 1000, &s->e), &s->e);
	assert_int_equal(holder_scene_told(s->told, HOLDER_SCENE_MS), 'u');
	assert_ok(holder_lease_open(s->home, &got, &lease, &s->e), &s->e);
	began = clock_mono_ms();
	assert_int_equal(holder_scene_told(s->told, HOLDER_SCENE_MS), 'l');
	assert_true(clock_mono_ms() - began >= 900);
	while (!holder_lease_is_revoked(lease))
		(void)usleep(1000);
	holder_lease_close(lease);
	holder_scene_end(s, SIGTERM);
}

static void
another_key_takes_the_place_of_the_first(void **state)
{
	struct holder_scene *s = *state;
	struct secret_key key = holder_scene_key();

	holder_scene_start(s);
	holder_scene_unlock(s);
	assert_ok(holder_unlock(s->home, &key, 0, &s->e), &s->e);
	key.b[0] = 8;
	assert_ok(holder_unlock(s->home, &key, 0, &s->e), &s->e);
	assert_int_equal(holder_scene_told(s->told, HOLDER_SCENE_MS), 'l');
	assert_int_equal(holder_scene_told(s->told, HOLDER_SCENE_MS), 'v');
	holder_scene_end(s, SIGTERM);
}

static void
status_says_what_the_holder_is(void **state)
{
	struct holder_scene *s = *state;

	holder_scene_start(s);
	holder_scene_assert_answer(s, "{\"do\":\"status\"}",
	    "{\"daemon\":false,\"extra\":\"yes\",\"locked\":true,\"until\":0}");
	holder_scene_unlock(s);
	holder_scene_assert_answer(s, "{\"do\":\"status\"}",
	    "{\"daemon\":false,\"extra\":\"yes\",\"locked\":false,\"until\":"
	    "0}");
	holder_scene_assert_answer(
	    s, "{\"do\":\"sync\"}", "{\"error\":\"no_daemon\"}");
	holder_scene_end(s, SIGTERM);
	s->has_sync = true;
	holder_scene_start(s);
	holder_scene_assert_answer(s, "{\"do\":\"status\"}",
	    "{\"daemon\":true,\"extra\":\"yes\",\"locked\":true,\"until\":0}");
	holder_scene_end(s, SIGTERM);
}

static void
a_daemon_is_told_of_changes_and_answers_a_sync(void **state)
{
	struct holder_scene *s = *state;

	s->has_sync = true;
	holder_scene_start(s);
	holder_scene_assert_answer(s, "{\"do\":\"changed\"}", "{\"ok\":true}");
	assert_int_equal(holder_scene_told(s->told, HOLDER_SCENE_MS), 'c');
	holder_scene_assert_answer(
	    s, "{\"do\":\"sync\"}", "{\"outcome\":\"done\"}");
	assert_int_equal(holder_scene_told(s->told, HOLDER_SCENE_MS), 's');
	holder_scene_end(s, SIGTERM);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		HOLDER_TEST(the_key_comes_to_a_command_while_unlocked_only),
		HOLDER_TEST(a_lock_is_done_when_the_last_lease_is_closed),
		HOLDER_TEST(a_lease_is_revoked_when_the_holder_dies),
		HOLDER_TEST(it_locks_by_itself_when_nobody_is_at_work),
		HOLDER_TEST(another_key_takes_the_place_of_the_first),
		HOLDER_TEST(status_says_what_the_holder_is),
		HOLDER_TEST(a_daemon_is_told_of_changes_and_answers_a_sync),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
