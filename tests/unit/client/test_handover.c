/* SPDX-License-Identifier: Apache-2.0 */
/* Whichever was started first, the agent or the daemon: the notes stay
 * unlocked, and one process holds their key. */
#include "tests/support/check.h"

#include <stdlib.h>
#include <unistd.h>

#include "common/store/holder.h"
#include "common/store/keyslot.h"
#include "tests/support/client_world.h"

struct seen {
	unsigned unlocks, locks;
	struct secret_key page_key;
};

static void
on_unlock(void *arg, const struct secret_key *key)
{
	struct seen *s = arg;

	s->unlocks++;
	keyslot_page_key(key, &s->page_key);
}

static void
on_lock(void *arg)
{
	((struct seen *)arg)->locks++;
}

static void
on_sync(void *arg)
{
	(void)arg;
}

struct daemon {
	struct loop *loop;
	struct holder *holder;
	struct holder_legacy legacy;
	struct seen seen;
};

static enum err_code
daemon_start(struct daemon *d, const struct client_world *w, struct err *e)
{
	const struct holder_events events = { .on_unlock = on_unlock,
		.on_lock = on_lock,
		.on_sync = on_sync,
		.arg = &d->seen };

	*d = (struct daemon){ .loop = NULL };
	/* As the programs of this world see it. */
	assert_int_equal(setenv("XDG_RUNTIME_DIR", w->folder.path, 1), 0);
	assert_ok(loop_new(&d->loop, e), e);
	return holder_open_over(
	    d->loop, w->home, &events, &d->legacy, &d->holder, e);
}

static void
daemon_end(struct daemon *d)
{
	if (d->holder != NULL)
		holder_close(d->holder);
	loop_free(d->loop);
}

static void
a_daemon_takes_over_from_an_agent(void **state)
{
	struct client_world w;
	struct daemon d;
	struct err e;

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	json_decref(client_get(&w, "unlock|--for|1h", NULL));
	assert_ok(daemon_start(&d, &w, &e), &e);
	assert_true(d.legacy.has_key);
	assert_true(d.legacy.until_ms > 0);
	assert_int_equal(d.seen.unlocks, 0);
	holder_inherit(d.holder, &d.legacy);
	assert_int_equal(d.seen.unlocks, 1);
	assert_memory_equal(&d.seen.page_key, &w.page_key, sizeof(w.page_key));
	assert_false(d.legacy.has_key);
	assert_false(holder_is_locked(d.holder));
	holder_lock(d.holder);
	assert_int_equal(d.seen.locks, 1);
	daemon_end(&d);
	client_world_end(&w);
}

static void
an_agent_that_was_just_locked_is_waited_for(void **state)
{
	struct client_world w;
	struct daemon d;
	struct err e;

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	json_decref(client_get(&w, "unlock", NULL));
	json_decref(client_get(&w, "lock", NULL));
	assert_ok(daemon_start(&d, &w, &e), &e);
	assert_false(d.legacy.has_key);
	holder_inherit(d.holder, &d.legacy);
	assert_true(holder_is_locked(d.holder));
	assert_int_equal(d.seen.unlocks, 0);
	daemon_end(&d);
	client_world_end(&w);
}

static void
who_does_not_answer_is_not_driven_out(void **state)
{
	struct daemon first, second;
	struct client_world w;
	struct err e;

	(void)state;
	client_world_start(&w, CLIENT_PROGRAM);
	assert_ok(daemon_start(&first, &w, &e), &e);
	/* Its loop does not run, as if it were stopped. */
	assert_int_equal(daemon_start(&second, &w, &e), ERR_BUSY);
	daemon_end(&second);
	daemon_end(&first);
	client_world_end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_daemon_takes_over_from_an_agent),
		cmocka_unit_test(an_agent_that_was_just_locked_is_waited_for),
		cmocka_unit_test(who_does_not_answer_is_not_driven_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
