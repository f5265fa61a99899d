/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A change that brings the engine down, in the office as it runs: its process
 * is killed in the middle of it, twice; then it is held unread, and what came
 * after it is applied.
 */
#include "tests/support/served_office.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/base/status.h"
#include "common/sys/db.h"
#include "common/sys/json.h"
#include "daemon/central/serve/admin.h"
#include "daemon/central/setup/store_key.h"
#include "daemon/central/store/office_store.h"
#include "tests/support/engine_world.h"

#define WAIT_MS 60000
#define BUSY_MS 500
#define OFFICE_APPLICATION_ID 0x56426f66

struct scene {
	struct served o;
	struct world w; /* names the office, for the device's journal */
	struct dev d;
	struct office_store *store; /* beside the engine's own way to it */
};

/* ---- what the engine will find ---- */

static struct secret_key
store_key(const struct scene *s)
{
	struct secret_key key;
	struct err e;

	assert_ok(store_key_load(s->o.data, &key, &e), &e);
	return key;
}

static void
run_sql(const struct scene *s, const char *sql)
{
	struct secret_key key = store_key(s);
	char path[FILE_PATH_MAX];
	const struct db_options options = { .path = path,
		.key = &key,
		.application_id = OFFICE_APPLICATION_ID };
	struct db *db = NULL;
	struct err e;

	assert_true(file_join(path, s->o.data, "office.db"));
	assert_ok(db_open(&options, &db, &e), &e);
	assert_ok(db_run(db, sql, &e), &e);
	db_close(db);
}

/* Applying this change never ends. */
static void
make_endless(struct scene *s, uint64_t counter)
{
	char sql[400];

	run_sql(s,
	    "CREATE VIEW endless AS WITH RECURSIVE c(x) AS"
	    " (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c");
	(void)snprintf(sql, sizeof(sql),
	    "CREATE TRIGGER bad BEFORE INSERT ON log WHEN NEW.counter = %llu"
	    " AND NEW.device = '%s' AND NEW.kind = 'change'"
	    " BEGIN SELECT count(*) FROM endless; END",
	    (unsigned long long)counter, id_print(s->d.id).s);
	run_sql(s, sql);
}

static void
put_change(struct scene *s, size_t i)
{
	struct intake_change c;
	json_t *json = NULL;
	struct err e;

	intake_change_init(&c);
	c.device = s->d.id;
	c.counter = i + 1;
	c.link = s->d.links[i];
	c.intake = 1;
	c.epoch = 1;
	c.record = s->d.journal[i].record;
	c.state = CHANGE_RECEIVED;
	c.has_sig = true;
	c.sig = change_sign(
	    &s->d.sign_key, s->o.made.office, s->d.id, c.counter, c.link);
	assert_ok(change_to_json(&s->d.journal[i], &json, &e), &e);
	assert_ok(json_print(json, &c.body, &e), &e);
	json_decref(json);
	assert_ok(store_intake_put(s->store, &c, &e), &e);
	intake_change_fini(&c);
}

static void
three_people(struct dev *d)
{
	for (size_t i = 0; i < 3; i++)
		(void)dev_person(d, "Betty");
}

/* 2 sets several paths of what 1 made; 3 goes on from one of them, 4 from what
 * 1 left, and 5 has nothing to do with it. */
static void
a_group_and_what_follows(struct dev *d)
{
	const struct change_base first = { .own = 1 }, second = { .own = 2 };
	const struct id betty = dev_person(d, "Betty");

	dev_begin(d, betty, "person");
	dev_set_seen(d, "preferred_name", NULL, "'Bet'", first);
	dev_set_seen(d, "what_matters", NULL, "'The window.'", first);
	(void)dev_cut(d);
	dev_begin(d, betty, "person");
	dev_set_seen(d, "what_matters", "'The window.'",
	    "'The window. The radio.'", second);
	(void)dev_cut(d);
	dev_begin(d, betty, "person");
	dev_set_seen(d, "full_name", "'Betty'", "'Betty Ann'", first);
	(void)dev_cut(d);
	(void)dev_person(d, "Dafydd");
}

/* A device's changes, received and not applied, as a crash leaves them. */
static void
receive(struct scene *s, void (*write)(struct dev *d))
{
	struct office_device row = {
		.state = DEVICE_ACTIVE, .label = "laptop", .enrolled_at = 1
	};
	struct err e;

	s->w.keys.office = s->o.made.office;
	s->d = (struct dev){ .w = &s->w,
		.id = id_fresh(clock_unix_ms()),
		.user = id_fresh(clock_unix_ms()) };
	sign_key_make(&s->d.sign_key);
	write(&s->d);
	row.counter = s->d.n_journal;
	row.id = s->d.id;
	row.user = s->d.user;
	row.sign_pub = sign_pub_of(&s->d.sign_key);
	row.link = s->d.links[s->d.n_journal - 1];
	assert_ok(store_begin(s->store, &e), &e);
	assert_ok(store_device_put(s->store, &row, &e), &e);
	for (size_t i = 0; i < s->d.n_journal; i++)
		put_change(s, i);
	assert_ok(store_commit(s->store, &e), &e);
}

/* ---- what becomes of it ---- */

static struct intake_change
change_now(struct scene *s, uint64_t counter)
{
	struct intake_change c;
	struct err e;

	assert_ok(store_begin_read(s->store, &e), &e);
	assert_ok(store_intake_get(s->store, s->d.id, counter, &c, &e), &e);
	store_rollback(s->store);
	return c;
}

/* Wait until the change was begun so often, or has this state. */
static void
wait_change(
    struct scene *s, uint64_t counter, unsigned tries, enum change_state state)
{
	const uint64_t end = clock_mono_ms() + WAIT_MS;

	for (;;) {
		struct intake_change c = change_now(s, counter);
		const bool is_so = c.tries >= tries && c.state == state;

		intake_change_fini(&c);
		if (is_so)
			return;
		if (clock_mono_ms() > end)
			fail_msg("change %u does not come that far",
			    (unsigned)counter);
		served_pause(20);
	}
}

static void
kill_engine(const struct scene *s)
{
	const uint64_t end = clock_mono_ms() + WAIT_MS;
	pid_t pid;

	while ((pid = served_child(&s->o, "engine")) == 0) {
		if (clock_mono_ms() > end)
			fail_msg("no engine");
		served_pause(20);
	}
	assert_int_equal(kill(pid, SIGKILL), 0);
	/* Until it is over it has the lock, and its socket. */
	while (kill(pid, 0) == 0) {
		if (clock_mono_ms() > end)
			fail_msg("the engine does not end");
		served_pause(20);
	}
}

static void
scene_start(struct scene *s)
{
	struct secret_key key;
	struct err e;

	*s = (struct scene){ .store = NULL };
	served_open(&s->o, CENTRAL_PROGRAM);
	key = store_key(s);
	assert_ok(office_store_open(s->o.data, &key, false, &s->store, &e), &e);
}

static void
scene_end(struct scene *s)
{
	office_store_close(s->store);
	dev_end(&s->d);
	served_close(&s->o);
}

/* The engine meets the change and is killed in the middle of it, twice. */
static void
bring_down_twice(struct scene *s, uint64_t counter)
{
	make_endless(s, counter);
	kill_engine(s);
	for (unsigned tries = 1; tries <= 2; tries++) {
		wait_change(s, counter, tries, CHANGE_RECEIVED);
		kill_engine(s);
	}
	wait_change(s, counter, 3, CHANGE_HELD);
}

static void
assert_held(struct scene *s, uint64_t counter, const char *reason)
{
	struct intake_change c = change_now(s, counter);

	assert_int_equal(c.state, CHANGE_HELD);
	assert_string_equal(c.reason, reason);
	intake_change_fini(&c);
}

/* What the office is shown of held changes. */
static size_t
held(struct scene *s)
{
	json_t *answer =
	    served_ask(&s->o, json_pack("{s:s}", "do", "held list"));
	const size_t n = json_array_size(json_object_get(answer, "held"));

	json_decref(answer);
	return n;
}

static void
retry(struct scene *s, uint64_t counter)
{
	char name[ID_TEXT_LEN + 24];

	(void)snprintf(name, sizeof(name), "%s/%llu", id_print(s->d.id).s,
	    (unsigned long long)counter);
	json_decref(served_ask(&s->o,
	    json_pack("{s:s, s:s, s:s}", "do", "held retry", "change", name,
	        "reason", "mended")));
}

static void
what_brings_the_engine_down_twice_is_held_and_the_rest_flows(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	receive(&s, three_people);
	bring_down_twice(&s, 1);
	for (uint64_t n = 2; n <= 3; n++)
		wait_change(&s, n, 0, CHANGE_DONE);
	assert_held(&s, 1, "poison");

	/* It is shown to the office, which tries it again when it is mended. */
	assert_int_equal(held(&s), 1);
	run_sql(&s, "DROP TRIGGER bad");
	retry(&s, 1);
	wait_change(&s, 1, 3, CHANGE_DONE);
	scene_end(&s);
}

/* An administrator's retry at the terminal, while the office serves. */
static pid_t
retry_beside(const struct scene *s, uint64_t counter)
{
	char name[ID_TEXT_LEN + 24];
	pid_t pid;

	(void)snprintf(name, sizeof(name), "%s/%llu", id_print(s->d.id).s,
	    (unsigned long long)counter);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)execl(s->o.program, s->o.program, "--data", s->o.data,
		    "held", "retry", name, (char *)NULL);
		_exit(127);
	}
	return pid;
}

/* What the engine has worked since it started, in ms. */
static uint64_t
worked_ms(const struct scene *s)
{
	struct timespec t = { 0 };
	clockid_t clock;
	const pid_t pid = served_child(&s->o, "engine");

	if (pid == 0 || clock_getcpuclockid(pid, &clock) != 0 ||
	    clock_gettime(clock, &t) != 0)
		return 0;
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Wait until the engine that comes after one that was killed has the office: a
 * command would open it by itself meanwhile. */
static void
wait_open(const struct scene *s)
{
	const uint64_t end = clock_mono_ms() + WAIT_MS;
	struct err e;
	int fd;

	while (engine_lock(s->o.data, 0, &fd, &e) == ERR_OK) {
		(void)close(fd);
		if (clock_mono_ms() > end)
			fail_msg("no engine");
		served_pause(50);
	}
}

/* Wait until the engine is in the middle of what does not end. */
static void
wait_busy(const struct scene *s, uint64_t before_ms)
{
	const uint64_t end = clock_mono_ms() + WAIT_MS;

	while (worked_ms(s) < before_ms + BUSY_MS) {
		if (clock_mono_ms() > end)
			fail_msg("the engine does nothing");
		served_pause(20);
	}
}

static void
an_administrators_retry_that_brings_it_down_leaves_it_held(void **state)
{
	struct scene s;
	int status;
	pid_t pid;

	(void)state;
	scene_start(&s);
	receive(&s, three_people);
	bring_down_twice(&s, 1);
	for (uint64_t n = 2; n <= 3; n++)
		wait_change(&s, n, 0, CHANGE_DONE);
	for (unsigned again = 0; again < 2; again++) {
		uint64_t before_ms;

		wait_open(&s);
		before_ms = worked_ms(&s);
		pid = retry_beside(&s, 1);
		wait_busy(&s, before_ms);
		kill_engine(&s);
		/* Who asked is told that it came to nothing. */
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), STATUS_FAILED);
		wait_open(&s);
		wait_change(&s, 1, 3, CHANGE_HELD);
		assert_held(&s, 1, "poison");
		assert_int_equal(held(&s), 1);
	}
	/* Others flow on. */
	json_decref(served_ask(&s.o,
	    json_pack("{s:s, s:s, s:s}", "do", "user add", "name", "Nia",
	        "role", "ADV")));
	run_sql(&s, "DROP TRIGGER bad");
	retry(&s, 1);
	wait_change(&s, 1, 3, CHANGE_DONE);
	scene_end(&s);
}

/* Whole or not at all, and with it only what goes on from it. */
static void
a_group_that_does_is_held_whole_with_what_goes_on_from_it(void **state)
{
	struct record r;
	struct scene s;
	struct err e;

	(void)state;
	scene_start(&s);
	receive(&s, a_group_and_what_follows);
	bring_down_twice(&s, 2);
	wait_change(&s, 5, 0, CHANGE_DONE);
	wait_change(&s, 4, 0, CHANGE_DONE);
	assert_held(&s, 2, "poison");
	assert_held(&s, 3, "waits");
	assert_ok(store_begin_read(s.store, &e), &e);
	assert_ok(store_record_get(s.store, s.d.journal[0].record, &r, &e), &e);
	store_rollback(s.store);
	assert_string_equal(
	    json_string_value(json_object_get(r.doc, "full_name")),
	    "Betty Ann");
	assert_null(json_object_get(r.doc, "preferred_name"));
	assert_null(json_object_get(r.doc, "what_matters"));
	record_fini(&r);

	/* Tried again when it is mended, it sets free what waited. */
	assert_int_equal(held(&s), 2);
	run_sql(&s, "DROP TRIGGER bad");
	retry(&s, 2);
	wait_change(&s, 2, 3, CHANGE_DONE);
	wait_change(&s, 3, 0, CHANGE_DONE);
	assert_int_equal(held(&s), 0);
	assert_ok(store_begin_read(s.store, &e), &e);
	assert_ok(store_record_get(s.store, s.d.journal[0].record, &r, &e), &e);
	store_rollback(s.store);
	assert_string_equal(
	    json_string_value(json_object_get(r.doc, "preferred_name")), "Bet");
	assert_string_equal(
	    json_string_value(json_object_get(r.doc, "what_matters")),
	    "The window. The radio.");
	record_fini(&r);
	scene_end(&s);
}

/* Every journal is in a backup as far as it went when that was begun. */
static void
a_backup_beside_the_engine_is_told_to_devices(void **state)
{
	char path[FILE_PATH_MAX];
	struct office_device d;
	struct scene s;
	json_t *answer;
	struct err e;

	(void)state;
	scene_start(&s);
	receive(&s, three_people);
	assert_true(file_join(path, s.o.folder.path, "copy.db"));
	answer = served_ask(
	    &s.o, json_pack("{s:s, s:s}", "do", "backup", "file", path));
	json_decref(answer);
	assert_ok(store_begin_read(s.store, &e), &e);
	assert_ok(store_device_get(s.store, s.d.id, &d, &e), &e);
	store_rollback(s.store);
	assert_int_equal(d.backed_up, 3);
	scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    what_brings_the_engine_down_twice_is_held_and_the_rest_flows),
		cmocka_unit_test(
		    an_administrators_retry_that_brings_it_down_leaves_it_held),
		cmocka_unit_test(
		    a_group_that_does_is_held_whole_with_what_goes_on_from_it),
		cmocka_unit_test(a_backup_beside_the_engine_is_told_to_devices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
