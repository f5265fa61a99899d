/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device comes back after two years: its certificate has run out, the office
 * speaks by a later schema and has a dictionary that the device never heard of,
 * was restored twice, wrote hundreds of notes, and its user has other cases
 * now.  It syncs, and nothing is lost or stale.  (With clocks that moved on,
 * and new keys at the office: tests/e2e, two-years-away.)
 */
#include "tests/support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/core/history.h"
#include "common/core/limits.h"
#include "common/core/path.h"
#include "common/store/store_int.h"
#include "common/sys/json.h"
#include "tests/support/real_device.h"

/* More than two pages: each note is about a quarter of one. */
#define NOTES_N 12
#define NOTE_BYTES (LIMIT_PAGE_TARGET / 6)

struct scene {
	struct world w;
	struct dev colleague;
	struct real r;
	struct id old_case, new_case;
	struct id lost;   /* the device's, in no backup */
	struct id unsent; /* the device's, written before it was put away */
	struct id theirs; /* of the old case */
	struct id last;   /* of the new one */
};

static void
grant(struct scene *s, struct id of_case, bool end)
{
	world_grant_case(&s->w, s->r.dev.user, of_case, end);
}

/* The device's schema is of an earlier version. */
static void
schema_ages(struct real *r)
{
	struct device_store *d = r->store;
	json_t *bundle = NULL;
	struct err e;

	assert_ok(db_begin(d->db, &e), &e);
	assert_ok(meta_get_json(d->db, "schema", &bundle, &e), &e);
	assert_int_equal(
	    json_object_set_new(bundle, "version", json_integer(1)), 0);
	assert_ok(meta_put_json(d->db, "schema", bundle, &e), &e);
	assert_ok(db_commit(d->db, &e), &e);
	json_decref(bundle);
	device_store_close(d);
	assert_ok(
	    device_store_open(r->folder.path, &r->key, &r->store, &e), &e);
}

static void
scene_start(struct scene *s)
{
	world_start(&s->w);
	dev_start(
	    &s->colleague, &s->w, world_user(&s->w, "Nia"), DEVICE_ACTIVE);
	s->old_case =
	    dev_case(&s->colleague, dev_person(&s->colleague, "Betty"));
	s->new_case =
	    dev_case(&s->colleague, dev_person(&s->colleague, "Dafydd"));
	s->theirs = dev_note(&s->colleague, s->old_case, "Read long ago");
	dev_sync(&s->colleague);
	real_start(&s->r, &s->w, world_user(&s->w, "Amina"));
	grant(s, s->old_case, false);
	(void)real_sync(&s->r);
	world_backup(&s->w, "first.db");
	s->lost = real_note(&s->r, s->old_case, "Said before the fire");
	(void)real_sync(&s->r);
	s->unsent = real_note(&s->r, s->old_case, "Never sent");
	schema_ages(&s->r);
}

static void
scene_end(struct scene *s)
{
	real_end(&s->r);
	dev_end(&s->colleague);
	world_end(&s->w);
}

/* The colleague's device is enrolled again after each restore. */
static void
colleague_anew(struct scene *s)
{
	const struct id user = s->colleague.user;

	dev_end(&s->colleague);
	dev_start(&s->colleague, &s->w, user, DEVICE_ACTIVE);
}

static void
two_years_pass(struct scene *s)
{
	char *text = calloc(1, NOTE_BYTES + 1);

	assert_non_null(text);
	world_restore(&s->w, "first.db");
	colleague_anew(s);
	for (unsigned i = 0; i < NOTES_N; i++) {
		memset(text, 'a' + (int)i, NOTE_BYTES);
		text[0] = text[NOTE_BYTES - 1] = '\'';
		s->last = dev_long_note(&s->colleague, s->new_case, text);
		dev_push(&s->colleague);
		if (i == NOTES_N / 2)
			world_backup(&s->w, "second.db");
	}
	free(text);
	world_restore(&s->w, "second.db");
	colleague_anew(s);
	s->last = dev_note(&s->colleague, s->new_case, "The newest");
	dev_push(&s->colleague);
	grant(s, s->new_case, false);
	grant(s, s->old_case, true);
	dev_expire(&s->r.dev);
}

static void
assert_text(struct real *r, struct id id, const char *text)
{
	struct record_view v;
	struct err e;

	assert_ok(device_store_get(r->store, id, &v, &e), &e);
	assert_string_equal(
	    json_string_value(path_get(v.record.doc, "summary")), text);
	record_view_fini(&v);
}

static void
a_device_that_was_away_for_two_years_just_syncs(void **state)
{
	char sql[200];
	struct store_status st;
	struct verify_result v;
	struct scene s;
	struct err e;
	unsigned rounds;

	(void)state;
	scene_start(&s);
	s.r.dev.dict = NULL; /* it names none, and is answered with none */
	two_years_pass(&s);
	/* Out of date: what was written is taken, and no page given. */
	(void)real_round(&s.r);
	(void)real_round(&s.r);
	assert_ok(device_store_status(s.r.store, &st, &e), &e);
	assert_int_equal(st.unsent, 0);
	assert_true(real_has(&s.r, s.theirs));
	(void)snprintf(sql, sizeof(sql),
	    "UPDATE device SET not_after = 9999999999999 WHERE id = '%s'",
	    id_print(s.r.dev.id).s);
	world_sql(&s.w, sql); /* it renewed */
	s.w.is_unchecked = false;
	rounds = real_sync(&s.r);
	assert_true(rounds >= 2);
	assert_false(s.r.last.digest_differs);

	/* What the person reads. */
	assert_text(&s.r, s.last, "The newest");
	assert_false(real_has(&s.r, s.theirs));
	assert_false(real_has(&s.r, s.lost));
	assert_false(real_has(&s.r, s.unsent));
	assert_int_equal(
	    real_number(&s.r, "SELECT count(*) FROM view WHERE type = 'note'"),
	    NOTES_N / 2 + 2);
	assert_true(schema_version(device_store_schema(s.r.store)) > 1);
	assert_ok(device_store_status(s.r.store, &st, &e), &e);
	assert_int_equal(st.unsent, 0);
	assert_ok(device_store_verify(s.r.store, &v, &e), &e);
	assert_true(v.ok);

	/* What the office has of it: both notes, from it or for it. */
	dev_sync(&s.colleague);
	assert_string_equal(
	    dev_text(&s.colleague, s.unsent, "summary"), "Never sent");
	assert_string_equal(
	    dev_text(&s.colleague, s.lost, "summary"), "Said before the fire");
	scene_end(&s);
}

/* What the device knew of its clock travels with the change, and is told to
 * whoever asks what happened to the record. */
static void
how_far_a_clock_was_off_is_kept_with_the_change(void **state)
{
	char target[160];
	struct history h;
	struct store_status st;
	struct answer a;
	struct scene s;
	struct id note;
	json_t *json;
	struct err e;

	(void)state;
	scene_start(&s);
	assert_ok(db_begin(s.r.store->db, &e), &e);
	assert_ok(meta_put_int(s.r.store->db, "clock_offset", 180000, &e), &e);
	assert_ok(meta_put_int(s.r.store->db, "clock_within", 2000, &e), &e);
	assert_ok(db_commit(s.r.store->db, &e), &e);
	note = real_note(&s.r, s.old_case, "By a clock that is slow");
	(void)real_sync(&s.r);
	(void)snprintf(target, sizeof(target), "/v1/records/%s/history?%s",
	    id_print(note).s, DEV_NONCE);
	a = dev_send(&s.r.dev, WIRE_HISTORY, target, NULL, false);
	assert_int_equal(a.status, 200);
	json = answer_json(&a);
	assert_ok(history_from_json(json, &h, &e), &e);
	assert_int_equal(h.n_entries, 1);
	assert_int_equal(h.entries[0].clock_offset, 180000);
	assert_int_equal(h.entries[0].clock_within, 2000);
	history_fini(&h);
	json_decref(json);
	answer_end(&a);
	/* The sync has told this machine that its clock is right, and that it
	 * cannot know so to less than half of what the round trip took. */
	assert_ok(device_store_status(s.r.store, &st, &e), &e);
	assert_true(st.clock_within >= 1 && st.clock_within < 2000);
	assert_true(st.clock_offset < 60000);
	scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_device_that_was_away_for_two_years_just_syncs),
		cmocka_unit_test(
		    how_far_a_clock_was_off_is_kept_with_the_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
