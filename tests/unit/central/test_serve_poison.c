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

#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/sys/db.h"
#include "common/sys/json.h"
#include "daemon/central/setup/store_key.h"
#include "daemon/central/store/office_store.h"
#include "tests/support/engine_world.h"

#define WAIT_MS 60000
#define CHANGES_N 3 /* the first is the one */
#define OFFICE_APPLICATION_ID 0x56426f66

struct scene {
	struct served o;
	struct world w; /* names the office, for the device's journal */
	struct dev d;
	struct id records[CHANGES_N];
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

/* Writing the first record never ends. */
static void
make_endless(struct scene *s)
{
	char sql[400];

	run_sql(s,
	    "CREATE VIEW endless AS WITH RECURSIVE c(x) AS"
	    " (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c");
	(void)snprintf(sql, sizeof(sql),
	    "CREATE TRIGGER bad BEFORE INSERT ON record WHEN NEW.id = '%s'"
	    " BEGIN SELECT count(*) FROM endless; END",
	    id_print(s->records[0]).s);
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
	c.record = s->records[i];
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

/* A device's changes, received and not applied, as a crash leaves them. */
static void
receive(struct scene *s)
{
	struct office_device row = { .state = DEVICE_ACTIVE,
		.label = "laptop",
		.enrolled_at = 1,
		.counter = CHANGES_N };
	struct err e;

	s->w.keys.office = s->o.made.office;
	s->d = (struct dev){ .w = &s->w,
		.id = id_fresh(clock_unix_ms()),
		.user = id_fresh(clock_unix_ms()) };
	sign_key_make(&s->d.sign_key);
	for (size_t i = 0; i < CHANGES_N; i++)
		s->records[i] = dev_person(&s->d, "Betty");
	row.id = s->d.id;
	row.user = s->d.user;
	row.sign_pub = sign_pub_of(&s->d.sign_key);
	row.link = s->d.links[CHANGES_N - 1];
	assert_ok(store_begin(s->store, &e), &e);
	assert_ok(store_device_put(s->store, &row, &e), &e);
	for (size_t i = 0; i < CHANGES_N; i++)
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

static void
what_brings_the_engine_down_twice_is_held_and_the_rest_flows(void **state)
{
	char name[ID_TEXT_LEN + 8];
	struct intake_change c;
	struct scene s;
	json_t *answer;
	const json_t *list;

	(void)state;
	scene_start(&s);
	receive(&s);
	make_endless(&s);
	kill_engine(&s);
	for (unsigned tries = 1; tries <= 2; tries++) {
		wait_change(&s, 1, tries, CHANGE_RECEIVED);
		kill_engine(&s);
	}
	wait_change(&s, 1, 3, CHANGE_HELD);
	for (uint64_t n = 2; n <= CHANGES_N; n++)
		wait_change(&s, n, 0, CHANGE_DONE);
	c = change_now(&s, 1);
	assert_string_equal(c.reason, "poison");
	intake_change_fini(&c);

	/* It is shown to the office, which tries it again when it is mended. */
	answer = served_ask(&s.o, json_pack("{s:s}", "do", "held list"));
	list = json_object_get(answer, "held");
	assert_int_equal(json_array_size(list), 1);
	json_decref(answer);
	run_sql(&s, "DROP TRIGGER bad");
	(void)snprintf(name, sizeof(name), "%s/1", id_print(s.d.id).s);
	answer = served_ask(&s.o,
	    json_pack("{s:s, s:s, s:s}", "do", "held retry", "change", name,
	        "reason", "mended"));
	json_decref(answer);
	wait_change(&s, 1, 3, CHANGE_DONE);
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
	receive(&s);
	assert_true(file_join(path, s.o.folder.path, "copy.db"));
	answer = served_ask(
	    &s.o, json_pack("{s:s, s:s}", "do", "backup", "file", path));
	json_decref(answer);
	assert_ok(store_begin_read(s.store, &e), &e);
	assert_ok(store_device_get(s.store, s.d.id, &d, &e), &e);
	store_rollback(s.store);
	assert_int_equal(d.backed_up, CHANGES_N);
	scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    what_brings_the_engine_down_twice_is_held_and_the_rest_flows),
		cmocka_unit_test(a_backup_beside_the_engine_is_told_to_devices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
