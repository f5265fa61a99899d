/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A change that the office held and an administrator closed: what its author
 * sees of it, at once, on the device that wrote it and on any other.  A real
 * device store and the real engine.
 */
#include "tests/support/check.h"

#include <string.h>

#include "common/core/path.h"
#include "common/sys/db.h"
#include "tests/support/check_json.h"
#include "tests/support/real_device.h"

#define WHY "A person stays open until the council has written."

struct scene {
	struct world w;
	struct dev owner; /* whose case it is */
	struct real r;    /* who works on it */
	struct id person, of_case;
};

/* They have set what only the office may set, and then something else. */
static void
scene_start(struct scene *s)
{
	world_start(&s->w);
	dev_start(&s->owner, &s->w, world_user(&s->w, "Nia"), DEVICE_ACTIVE);
	s->person = dev_person(&s->owner, "Betty");
	s->of_case = dev_case(&s->owner, s->person);
	dev_sync(&s->owner);
	real_start(&s->r, &s->w, world_user(&s->w, "Amina"));
	world_grant_case(&s->w, s->r.dev.user, s->of_case, false);
	(void)real_sync(&s->r);
	(void)real_save(&s->r, &s->of_case, "case", "status", "'closed'");
	(void)real_sync(&s->r);
}

static void
scene_end(struct scene *s)
{
	real_verifies(&s->r);
	real_end(&s->r);
	dev_end(&s->owner);
	world_end(&s->w);
}

static void
close_last(struct scene *s, uint64_t counter, const char *why)
{
	world_close_held(&s->w, s->r.dev.id, counter, s->owner.user, why);
}

static void
shows(struct scene *s, struct id id, const char *path, const char *text,
    const char *why)
{
	struct record_view v;
	const json_t *one;
	struct err e;

	assert_ok(device_store_get(s->r.store, id, &v, &e), &e);
	assert_string_equal(
	    json_string_value(path_get(v.record.doc, path)), text);
	one = json_array_get(v.closed, 0);
	if (why == NULL)
		assert_null(one);
	else
		assert_string_equal(
		    json_string_value(json_object_get(one, "words")), why);
	record_view_fini(&v);
}

static void
what_was_closed_leaves_the_view_and_says_why(void **state)
{
	struct record_view v;
	struct store_status st;
	struct scene s;
	struct err e;

	(void)state;
	scene_start(&s);
	shows(&s, s.of_case, "status", "closed", NULL);
	close_last(&s, 1, WHY);
	(void)real_sync(&s.r);
	assert_ok(device_store_get(s.r.store, s.of_case, &v, &e), &e);
	assert_null(path_get(v.record.doc, "status"));
	assert_int_equal(json_array_size(v.closed), 1);
	assert_string_equal(json_string_value(json_object_get(
	                        json_array_get(v.closed, 0), "words")),
	    WHY);
	assert_string_equal(json_string_value(json_object_get(
	                        json_array_get(v.closed, 0), "reason")),
	    "office_only");
	assert_string_equal(
	    json_string_value(json_object_get(
	        json_object_get(json_array_get(v.closed, 0), "said"),
	        "status")),
	    "closed");
	record_view_fini(&v);
	assert_ok(device_store_status(s.r.store, &st, &e), &e);
	assert_int_equal(st.held, 0);
	scene_end(&s);
}

static void
what_is_held_is_told_with_its_words_whatever_was_written_since(void **state)
{
	struct record_view v;
	const json_t *one;
	struct scene s;
	struct err e;

	(void)state;
	scene_start(&s);
	(void)real_save(
	    &s.r, &s.of_case, "case", "commissioner", "'The council'");
	(void)real_sync(&s.r);
	assert_ok(device_store_get(s.r.store, s.of_case, &v, &e), &e);
	assert_int_equal(v.outcome.kind, OUTCOME_APPLIED);
	assert_int_equal(json_array_size(v.held), 1);
	one = json_array_get(v.held, 0);
	assert_int_equal(
	    json_integer_value(json_object_get(one, "counter")), 1);
	assert_string_equal(text_of(one, "reason"), "office_only");
	assert_string_equal(text_of(one, "reason_path"), "status");
	assert_string_equal(
	    text_of(json_object_get(one, "said"), "status"), "closed");
	record_view_fini(&v);
	close_last(&s, 1, WHY);
	(void)real_sync(&s.r);
	assert_ok(device_store_get(s.r.store, s.of_case, &v, &e), &e);
	assert_int_equal(json_array_size(v.held), 0);
	record_view_fini(&v);
	scene_end(&s);
}

/* An office that goes on from before the closing holds the change again, and
 * has told so before. */
static void
what_a_restored_office_holds_again_is_in_the_view_again(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	world_backup(&s.w, "backup.db");
	close_last(&s, 1, WHY);
	(void)real_sync(&s.r);
	world_restore(&s.w, "backup.db");
	(void)real_sync(&s.r);
	shows(&s, s.of_case, "status", "closed", NULL);
	scene_end(&s);
}

/* An office that goes on from after the closing knows of it still. */
static void
what_a_restored_office_has_closed_stays_out_of_the_view(void **state)
{
	struct record_view v;
	struct scene s;
	struct err e;

	(void)state;
	scene_start(&s);
	close_last(&s, 1, WHY);
	(void)real_sync(&s.r);
	world_backup(&s.w, "backup.db");
	world_restore(&s.w, "backup.db");
	(void)real_sync(&s.r);
	assert_ok(device_store_get(s.r.store, s.of_case, &v, &e), &e);
	assert_null(path_get(v.record.doc, "status"));
	assert_int_equal(json_array_size(v.closed), 1);
	assert_string_equal(json_string_value(json_object_get(
	                        json_array_get(v.closed, 0), "words")),
	    WHY);
	record_view_fini(&v);
	scene_end(&s);
}

/* What is written after it is on what the office has. */
static void
what_is_written_since_stands_without_it(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	(void)real_save(&s.r, &s.of_case, "case", "kept", "'They asked'");
	close_last(&s, 1, WHY);
	(void)real_sync(&s.r);
	shows(&s, s.of_case, "kept", "They asked", WHY);
	(void)real_save(&s.r, &s.of_case, "case", "kept", "'They asked us'");
	(void)real_sync(&s.r);
	shows(&s, s.of_case, "kept", "They asked us", WHY);
	scene_end(&s);
}

/* A record that the office has nothing of is nowhere but here. */
static void
a_record_that_was_closed_whole_is_still_its_authors(void **state)
{
	struct scene s;
	struct id id;

	(void)state;
	scene_start(&s);
	id = real_save(&s.r, NULL, "case", "status", "'open'");
	(void)real_sync(&s.r);
	shows(&s, id, "status", "open", NULL);
	close_last(&s, 2, WHY);
	(void)real_sync(&s.r);
	shows(&s, id, "status", "open", WHY);
	scene_end(&s);
}

/* The words of the person are told as far as they fit, and none is cut in the
 * middle of a character. */
static void
a_long_reason_is_cut_between_two_characters(void **state)
{
	char why[700] = "x";
	struct record_view v;
	struct scene s;
	const char *told;
	struct err e;

	(void)state;
	for (size_t i = 1; i + 3 < sizeof(why); i += 2)
		memcpy(why + i, "é", 3);
	scene_start(&s);
	close_last(&s, 1, why);
	(void)real_sync(&s.r);
	assert_ok(device_store_get(s.r.store, s.of_case, &v, &e), &e);
	told = json_string_value(
	    json_object_get(json_array_get(v.closed, 0), "words"));
	assert_int_equal(strlen(told), OUTCOME_WORDS_MAX - 1);
	assert_memory_equal(told, why, OUTCOME_WORDS_MAX - 1);
	record_view_fini(&v);
	scene_end(&s);
}

/* The office's verify finds a closing that no audit entry tells. */
static void
a_closing_that_nobody_made_is_found(void **state)
{
	json_t *result = NULL;
	struct scene s;
	struct err e;

	(void)state;
	scene_start(&s);
	close_last(&s, 1, WHY);
	world_sql(&s.w, "UPDATE outcome SET v_seq = 1 WHERE kind = 5");
	world_sql(&s.w, "UPDATE change SET v_seq = 1 WHERE state = 4");
	assert_ok(engine_verify(s.w.g, &result, &e), &e);
	assert_false(json_is_true(json_object_get(result, "ok")));
	assert_non_null(strstr(
	    json_string_value(json_object_get(result, "first_bad")), "closed"));
	json_decref(result);
	scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_closed_leaves_the_view_and_says_why),
		cmocka_unit_test(
		    what_is_held_is_told_with_its_words_whatever_was_written_since),
		cmocka_unit_test(
		    what_a_restored_office_holds_again_is_in_the_view_again),
		cmocka_unit_test(
		    what_a_restored_office_has_closed_stays_out_of_the_view),
		cmocka_unit_test(what_is_written_since_stands_without_it),
		cmocka_unit_test(
		    a_record_that_was_closed_whole_is_still_its_authors),
		cmocka_unit_test(a_long_reason_is_cut_between_two_characters),
		cmocka_unit_test(a_closing_that_nobody_made_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
