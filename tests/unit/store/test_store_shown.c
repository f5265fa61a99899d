/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Somebody writes, and meanwhile another's change comes in: a save goes by what
 * its author had before their eyes.
 */
#include "tests/support/check.h"

#include "common/core/path.h"
#include "common/sys/json.h"
#include "tests/support/device.h"

/* Two devices that both have one person. */
struct desk {
	struct small_office *o;
	struct device mine, theirs;
	struct id id;
	struct record_shown shown; /* at mine, before theirs came in */
};

static void
both_sync(struct desk *d)
{
	small_office_sync(d->o, d->mine.store);
	small_office_sync(d->o, d->theirs.store);
	small_office_sync(d->o, d->mine.store);
}

static void
edit_json(struct device *d, const struct id *id, const char *path,
    const char *json, const struct edit_shown *shown)
{
	json_t *now = json_loads(json, JSON_DECODE_ANY, NULL);
	struct edit edit = { .path = path, .now = now, .shown = shown };
	struct save_result r;
	struct err e;

	assert_non_null(now);
	assert_ok(
	    device_store_save(d->store, id, "person", &edit, 1, NULL, &r, &e),
	    &e);
	save_result_fini(&r);
	json_decref(now);
}

/* A person with this value, which I look at; then they change it. */
static void
desk_start(
    struct desk *d, const char *path, const char *before, const char *theirs)
{
	struct err e;

	d->o = small_office_new();
	device_start(d->o, "Nia", &d->mine);
	device_start(d->o, "Tomasz", &d->theirs);
	d->id = device_new_person(&d->mine, "Betty");
	edit_json(&d->mine, &d->id, path, before, NULL);
	both_sync(d);
	assert_ok(device_store_shown(d->mine.store, d->id, &d->shown, &e), &e);
	edit_json(&d->theirs, &d->id, path, theirs, NULL);
	small_office_sync(d->o, d->theirs.store);
	small_office_sync(d->o, d->mine.store);
}

/* I save what I wrote; everybody hears of it. */
static void
save_mine(struct desk *d, const char *path, const char *mine)
{
	const struct edit_shown at = record_shown_at(&d->shown, path);

	edit_json(&d->mine, &d->id, path, mine, &at);
	both_sync(d);
}

static void
assert_both_show(struct desk *d, const char *path, const char *json)
{
	json_t *want = json_loads(json, JSON_DECODE_ANY, NULL);
	const struct device *const devices[] = { &d->mine, &d->theirs };

	for (size_t i = 0; i < 2; i++) {
		struct record r;
		struct err e;

		assert_ok(
		    device_store_record(devices[i]->store, d->id, &r, &e), &e);
		if (!path_equal(path_get(r.doc, path), want))
			fail_msg("%zu: %s", i, json_dumps(r.doc, 0));
		record_fini(&r);
	}
	json_decref(want);
}

static uint64_t
conflicts(struct device *d)
{
	struct store_status status;
	struct err e;

	assert_ok(device_store_status(d->store, &status, &e), &e);
	return status.conflicts;
}

static void
desk_end(struct desk *d)
{
	assert_device_verifies(&d->mine, 3);
	assert_device_verifies(&d->theirs, 1);
	record_shown_fini(&d->shown);
	device_end(&d->mine);
	device_end(&d->theirs);
	small_office_free(d->o);
}

static void
two_texts_are_put_together(void **state)
{
	struct desk d;

	(void)state;
	desk_start(&d, "contact_rules", "\"Ring first. Come at noon.\"",
	    "\"Ring first. Come at one.\"");
	save_mine(&d, "contact_rules", "\"Ring twice first. Come at noon.\"");
	assert_both_show(
	    &d, "contact_rules", "\"Ring twice first. Come at one.\"");
	desk_end(&d);
}

static void
what_cannot_be_put_together_is_asked_about(void **state)
{
	struct desk d;

	(void)state;
	desk_start(&d, "full_name", "\"Beth\"", "\"Elizabeth\"");
	save_mine(&d, "full_name", "\"Bettina\"");
	assert_int_equal(conflicts(&d.mine), 1);
	assert_int_equal(conflicts(&d.theirs), 1);
	assert_both_show(&d, "full_name", "\"Elizabeth\"");
	desk_end(&d);
}

static void
a_whole_set_takes_nothing_out_that_its_author_had_not_seen(void **state)
{
	struct desk d;

	(void)state;
	desk_start(
	    &d, "client_group", "[\"dementia\"]", "[\"autism\",\"dementia\"]");
	save_mine(&d, "client_group", "[\"dementia\",\"carer\"]");
	assert_both_show(
	    &d, "client_group", "[\"autism\",\"carer\",\"dementia\"]");
	desk_end(&d);
}

static void
whole_rows_take_none_away_that_their_author_had_not_seen(void **state)
{
	struct desk d;

	(void)state;
	desk_start(&d, "worker_risks", "{\"a\":{\"risk\":\"Dog.\"}}",
	    "{\"a\":{\"risk\":\"Dog.\"},\"b\":{\"risk\":\"Ice.\"}}");
	save_mine(&d, "worker_risks", "{\"a\":{\"risk\":\"A big dog.\"}}");
	assert_both_show(&d, "worker_risks",
	    "{\"a\":{\"risk\":\"A big dog.\"},\"b\":{\"risk\":\"Ice.\"}}");
	desk_end(&d);
}

static void
what_was_shown_is_kept_and_read_again(void **state)
{
	struct desk d;
	struct edit_shown at, again;
	json_t *kept = NULL;
	struct err e;

	(void)state;
	desk_start(&d, "full_name", "\"Beth\"", "\"Elizabeth\"");
	at = record_shown_at(&d.shown, "full_name");
	assert_ok(edit_shown_json(&at, &kept, &e), &e);
	assert_ok(edit_shown_read(kept, &again, &e), &e);
	assert_true(path_equal(again.was, at.was));
	assert_memory_equal(&again.base, &at.base, sizeof(at.base));
	/* A folder that became another device since: its counters are others.
	 */
	again.device = d.id;
	edit_json(&d.mine, &d.id, "full_name", "\"Bettina\"", &again);
	both_sync(&d);
	assert_int_equal(conflicts(&d.theirs), 1);
	json_decref(kept);
	kept = json_pack("{s:s}", "was", "x");
	assert_int_not_equal(edit_shown_read(kept, &again, &e), ERR_OK);
	json_decref(kept);
	desk_end(&d);
}

/* A draft keeps what was there before the eyes of its author, who may not see
 * that any more: what they wrote themselves stays. */
static void
what_was_shown_goes_with_the_record(void **state)
{
	struct desk d;
	struct edit_shown at;
	json_t *draft, *kept = NULL, *other;
	struct err e;

	(void)state;
	desk_start(&d, "full_name", "\"Beth\"", "\"Elizabeth\"");
	at = record_shown_at(&d.shown, "full_name");
	assert_ok(edit_shown_json(&at, &kept, &e), &e);
	draft = json_pack("{s:s, s:{s:s}, s:{s:o}}", "record", id_print(d.id).s,
	    "values", "full_name", "Bettina", "shown", "full_name", kept);
	other = json_pack("{s:s, s:{s:s}}", "record",
	    id_print(d.mine.identity.device).s, "shown", "full_name", "stays");
	assert_ok(
	    device_store_draft_put(d.mine.store, "kept/1", draft, &e), &e);
	assert_ok(
	    device_store_draft_put(d.mine.store, "kept/2", other, &e), &e);
	json_decref(draft);
	json_decref(other);
	save_mine(&d, "full_name", "\"Bettina\"");
	small_office_drop(d.o, d.id);
	small_office_sync(d.o, d.mine.store);
	assert_ok(
	    device_store_draft_get(d.mine.store, "kept/1", &draft, &e), &e);
	assert_null(json_object_get(draft, "shown"));
	assert_non_null(json_object_get(draft, "values"));
	json_decref(draft);
	assert_ok(
	    device_store_draft_get(d.mine.store, "kept/2", &draft, &e), &e);
	assert_non_null(json_object_get(draft, "shown"));
	json_decref(draft);
	desk_end(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_texts_are_put_together),
		cmocka_unit_test(what_cannot_be_put_together_is_asked_about),
		cmocka_unit_test(
		    a_whole_set_takes_nothing_out_that_its_author_had_not_seen),
		cmocka_unit_test(
		    whole_rows_take_none_away_that_their_author_had_not_seen),
		cmocka_unit_test(what_was_shown_is_kept_and_read_again),
		cmocka_unit_test(what_was_shown_goes_with_the_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
