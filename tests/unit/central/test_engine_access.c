/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A restored office gives nobody a page before it knows who may have one: two
 * administrators say so, or a list that was kept elsewhere.
 */
#include "tests/support/engine_world.h"

#include <string.h>

#include "common/sys/json.h"

/* An office in its second epoch, restored and not confirmed, and a device. */
struct scene {
	struct world w;
	struct id user;
	struct dev d;
	json_t *list; /* kept elsewhere, in the first epoch */
	struct version backup;
};

static void
close_access(struct scene *s)
{
	world_sql(&s->w, "UPDATE meta SET value = x'32' WHERE name = 'epoch'");
	world_sql(
	    &s->w, "INSERT INTO meta (name, value) VALUES ('access', x'636c')");
	world_restart(&s->w);
}

static void
scene_start(struct scene *s)
{
	struct err e;

	world_start(&s->w);
	s->user = world_user(&s->w, "Amina");
	dev_start(&s->d, &s->w, s->user, DEVICE_ACTIVE);
	(void)dev_person(&s->d, "Betty");
	dev_sync(&s->d);
	s->backup = (struct version){ 1, world_head(&s->w) };
	s->list = json_object();
	assert_ok(engine_access_list(s->w.g, s->list, &e), &e);
}

static void
scene_end(struct scene *s)
{
	json_decref(s->list);
	dev_end(&s->d);
	world_end(&s->w);
}

static bool
may_pull(struct dev *d)
{
	struct sync_request r;
	struct sync_answer a;
	bool may;

	dev_request(d, &r);
	a = dev_exchange(d, &r);
	may = !a.pull_refused;
	if (!may) {
		assert_int_equal(a.pull_word, WORD_EPOCH);
		assert_int_equal(a.n_page, 0);
		assert_false(a.has_cursor);
	}
	sync_answer_fini(&a);
	sync_request_fini(&r);
	return may;
}

static void
pushes_flow_and_nothing_is_pulled_until_it_is_confirmed(void **state)
{
	struct id admins[2];
	struct scene s;
	struct err e;

	(void)state;
	scene_start(&s);
	assert_true(engine_access_is_open(s.w.g));
	close_access(&s);
	assert_false(engine_access_is_open(s.w.g));
	(void)dev_person(&s.d, "Dafydd");
	assert_false(may_pull(&s.d));
	assert_int_equal(s.d.receipted, 2);
	admins[0] = world_user(&s.w, "Ada");
	admins[1] = world_user(&s.w, "Bo");
	assert_ok(engine_access_confirm(s.w.g, admins, &e), &e);
	assert_true(may_pull(&s.d));
	/* It stays so. */
	world_restart(&s.w);
	assert_true(engine_access_is_open(s.w.g));
	scene_end(&s);
}

/* Whoever waits meanwhile is not sent round in circles, and is told. */
static void
who_waits_is_told_when_it_is_confirmed(void **state)
{
	char target[160];
	struct id admins[2];
	struct scene s;
	struct answer a;
	uint64_t token;
	struct err e;

	(void)state;
	scene_start(&s);
	close_access(&s);
	assert_false(may_pull(&s.d));
	(void)snprintf(target, sizeof(target),
	    "/v1/wait?epoch=2&floor=9999&outcomes=%llu&" DEV_NONCE,
	    (unsigned long long)s.d.outcome_no);
	token = dev_queue(&s.d, WIRE_WAIT, target, NULL, false);
	(void)engine_work(s.w.g);
	assert_false(world_answer(&s.w, token, &a));
	admins[0] = world_user(&s.w, "Ada");
	admins[1] = world_user(&s.w, "Bo");
	assert_ok(engine_access_confirm(s.w.g, admins, &e), &e);
	(void)engine_work(s.w.g);
	assert_true(world_answer(&s.w, token, &a));
	assert_int_equal(a.status, 204);
	answer_end(&a);
	scene_end(&s);
}

static void
a_list_brings_back_what_was_revoked(void **state)
{
	struct scene s;
	struct dev lost;
	char sql[128];
	struct err e;

	(void)state;
	scene_start(&s);
	dev_start(&lost, &s.w, s.user, DEVICE_ACTIVE);
	world_device_state(&s.w, lost.id, DEVICE_REVOKED);
	world_grant(&s.w, s.user, "case:later", false);
	json_decref(s.list);
	s.list = json_object();
	assert_ok(engine_access_list(s.w.g, s.list, &e), &e);
	/* The backup knows of neither. */
	world_grant(&s.w, s.user, "case:later", true);
	world_grant(&s.w, s.user, "case:ended", false);
	(void)snprintf(sql, sizeof(sql), "DELETE FROM device WHERE id = '%s'",
	    id_print(lost.id).s);
	world_sql(&s.w, sql);
	close_access(&s);
	assert_ok(engine_access_restore(s.w.g, s.list, &s.backup, &e), &e);
	assert_true(engine_access_is_open(s.w.g));
	assert_int_equal(world_number(&s.w,
	                     "SELECT count(*) FROM scope_grant WHERE until"
	                     " IS NULL AND scope = 'case:later'"),
	    1);
	assert_int_equal(world_number(&s.w,
	                     "SELECT count(*) FROM scope_grant WHERE until"
	                     " IS NULL AND scope = 'case:ended'"),
	    0);
	assert_int_equal(
	    world_number(&s.w, "SELECT count(*) FROM device WHERE state = 3"),
	    1);
	assert_true(may_pull(&s.d));
	dev_end(&lost);
	scene_end(&s);
}

static void
another_list_opens_nothing(void **state)
{
	json_t *changed;
	char *text;
	struct scene s;
	struct err e;

	(void)state;
	scene_start(&s);
	close_access(&s);
	changed = json_deep_copy(s.list);
	text = strdup(json_string_value(json_object_get(changed, "signed")));
	assert_non_null(text);
	text[30] = text[30] == 'A' ? 'B' : 'A';
	(void)json_object_set_new(changed, "signed", json_string(text));
	free(text);
	assert_int_equal(
	    engine_access_restore(s.w.g, changed, &s.backup, &e), ERR_AUTH);
	json_decref(changed);
	/* One from before the backup. */
	s.backup.seq++;
	assert_int_equal(
	    engine_access_restore(s.w.g, s.list, &s.backup, &e), ERR_INVALID);
	assert_false(engine_access_is_open(s.w.g));
	assert_false(may_pull(&s.d));
	scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    pushes_flow_and_nothing_is_pulled_until_it_is_confirmed),
		cmocka_unit_test(who_waits_is_told_when_it_is_confirmed),
		cmocka_unit_test(a_list_brings_back_what_was_revoked),
		cmocka_unit_test(another_list_opens_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
