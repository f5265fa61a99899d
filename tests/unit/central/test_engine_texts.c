/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words that a device has need not come again: what it wrote itself, and what
 * an edit by somebody else left as it was.  A real device store and the real
 * engine.
 */
#include "tests/support/check.h"

#include "common/store/store_int.h"
#include "tests/support/real_device.h"

#define HELD "She likes the window open and the radio on in the afternoon"
#define STILL                                                                  \
	"She still likes the window open and the radio on in the afternoon"
#define REST " and nobody asked her about it before this week."

struct scene {
	struct world w;
	struct real here, there; /* of one user */
	struct id person;
};

static void
save(struct real *r, struct id person, const char *path, const char *text)
{
	char json[600];

	(void)snprintf(json, sizeof(json), "'%s'", text);
	(void)real_save(r, &person, "person", path, json);
}

static void
forget_heard(struct real *r)
{
	buf_wipe(&r->heard);
	buf_init(&r->heard, (size_t)64 * 1024 * 1024);
}

static void
assert_shows(struct real *r, struct id person, const char *text)
{
	struct record_view v;
	struct err e;

	assert_ok(device_store_get(r->store, person, &v, &e), &e);
	assert_string_equal(
	    json_string_value(json_object_get(v.record.doc, "what_matters")),
	    text);
	record_view_fini(&v);
}

/* Both devices hold a text. */
static void
scene_start(struct scene *s)
{
	struct id user;

	world_start(&s->w);
	user = world_user(&s->w, "Amina");
	real_start(&s->here, &s->w, user);
	real_start(&s->there, &s->w, user);
	s->person = real_save(&s->here, NULL, "person", "full_name", "'Betty'");
	save(&s->here, s->person, "what_matters", HELD REST);
	(void)real_sync(&s->here);
	(void)real_sync(&s->there);
	assert_shows(&s->there, s->person, HELD REST);
	forget_heard(&s->here);
	forget_heard(&s->there);
}

static void
scene_end(struct scene *s)
{
	real_end(&s->here);
	real_end(&s->there);
	world_end(&s->w);
}

static void
own_words_do_not_come_back(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	save(&s.here, s.person, "what_matters", HELD ", at Zanzibar," REST);
	assert_int_equal(real_sync(&s.here), 1);
	assert_int_equal(s.here.last.pulled, 1);
	assert_false(real_heard(&s.here, "Zanzibar"));
	assert_false(real_heard(&s.here, "radio"));
	assert_shows(&s.here, s.person, HELD ", at Zanzibar," REST);
	assert_int_equal(
	    real_number(&s.here,
	        "SELECT count(*) FROM confirmed WHERE instr(body, 'Zanzi')"),
	    1);
	scene_end(&s);
}

static void
of_others_only_what_they_put_in_comes(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	save(&s.here, s.person, "what_matters", HELD ", at Zanzibar," REST);
	save(&s.here, s.person, "what_matters", HELD ", at Nairobi," REST);
	(void)real_sync(&s.here);
	assert_int_equal(real_sync(&s.there), 1);
	assert_true(real_heard(&s.there, "Nairobi"));
	assert_false(real_heard(&s.there, "radio"));
	assert_shows(&s.there, s.person, HELD ", at Nairobi," REST);
	scene_end(&s);
}

static void
two_edits_of_one_text_come_together_on_both(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	save(&s.here, s.person, "what_matters", "Today: " HELD REST);
	save(&s.there, s.person, "what_matters", HELD REST " So she said.");
	(void)real_sync(&s.here);
	(void)real_sync(&s.there);
	(void)real_sync(&s.here);
	assert_shows(&s.here, s.person, "Today: " HELD REST " So she said.");
	assert_shows(&s.there, s.person, "Today: " HELD REST " So she said.");
	scene_end(&s);
}

/* Where an edit was merged, or clashed, its author had not seen what others
 * hold: nobody needs a second answer for that. */
static void
edits_that_had_not_seen_each_other_cost_no_further_answer(void **state)
{
	struct real late;
	struct scene s;

	(void)state;
	scene_start(&s);
	real_start(&late, &s.w, s.here.dev.user);
	(void)real_sync(&late);
	save(&s.here, s.person, "what_matters", HELD ", says her son," REST);
	(void)real_sync(&s.here);
	(void)real_sync(&s.there);
	save(&late, s.person, "what_matters", STILL REST);
	(void)real_sync(&late);
	assert_int_equal(real_sync(&s.there), 1);
	assert_shows(&s.there, s.person, STILL ", says her son," REST);
	assert_int_equal(real_sync(&s.here), 1);
	real_end(&late);
	scene_end(&s);
}

static void
name_another_text(json_t *answer)
{
	json_t *entry = json_array_get(json_object_get(answer, "page"), 0);
	json_t *text = json_array_get(json_object_get(entry, "texts"), 0);

	if (json_array_size(text) == 3)
		assert_int_equal(
		    json_array_set_new(text, 1, json_string("00000000")), 0);
}

static void
a_text_that_cannot_be_made_comes_whole(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	save(&s.here, s.person, "what_matters", HELD ", at Zanzibar," REST);
	(void)real_sync(&s.here);
	s.there.twist = name_another_text;
	assert_int_equal(real_sync(&s.there), 2);
	assert_true(real_heard(&s.there, "radio"));
	assert_shows(&s.there, s.person, HELD ", at Zanzibar," REST);
	assert_false(s.there.last.digest_differs);
	scene_end(&s);
}

/* The office lists its scopes when grants have changed: their sums cannot be
 * alike before the text has come, and it is that which is asked for. */
static void
a_text_that_cannot_be_made_comes_whole_when_grants_changed(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	save(&s.here, s.person, "what_matters", HELD ", at Zanzibar," REST);
	(void)real_sync(&s.here);
	world_grant(&s.w, s.there.dev.user, "case:x", false);
	s.there.twist = name_another_text;
	assert_int_equal(real_sync(&s.there), 2);
	assert_shows(&s.there, s.person, HELD ", at Zanzibar," REST);
	assert_false(s.there.last.digest_differs);
	assert_int_equal(real_number(&s.there,
	                     "SELECT count(*) FROM meta WHERE name = 'repair'"),
	    0);
	scene_end(&s);
}

/* Own words whose journal entry is readable no more. */
static void
own_words_that_are_gone_come_whole(void **state)
{
	struct sync_request request;
	struct scene s;
	struct err e;

	(void)state;
	scene_start(&s);
	save(&s.here, s.person, "what_matters", HELD ", at Zanzibar," REST);
	/* The office has them, and its answer was lost. */
	sync_request_init(&request);
	assert_ok(
	    device_store_sync_request(s.here.store, true, &request, &e), &e);
	real_lose(&s.here, &request);
	sync_request_fini(&request);
	assert_ok(db_exec(s.here.store->db, &e,
	              "UPDATE journal SET erased = 1 WHERE counter = 3", ""),
	    &e);
	assert_int_equal(real_sync(&s.here), 2);
	assert_true(real_heard(&s.here, "Zanzibar"));
	assert_int_equal(
	    real_number(&s.here,
	        "SELECT count(*) FROM confirmed WHERE instr(body, 'Zanzi')"),
	    1);
	scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_words_do_not_come_back),
		cmocka_unit_test(of_others_only_what_they_put_in_comes),
		cmocka_unit_test(two_edits_of_one_text_come_together_on_both),
		cmocka_unit_test(
		    edits_that_had_not_seen_each_other_cost_no_further_answer),
		cmocka_unit_test(a_text_that_cannot_be_made_comes_whole),
		cmocka_unit_test(
		    a_text_that_cannot_be_made_comes_whole_when_grants_changed),
		cmocka_unit_test(own_words_that_are_gone_come_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
