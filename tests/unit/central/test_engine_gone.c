/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A restored office, and a case that somebody may not see any more: the first
 * pull of the new epoch says so, whatever their device has heard of its own
 * changes and whatever it has still to send, and nothing that the office lost
 * goes with it.
 */
#include "tests/support/check.h"

#include "common/store/store_int.h"
#include "common/sys/json.h"
#include "tests/support/check_schema.h"
#include "tests/support/real_device.h"

#define BACKUP "backup.db"

struct scene {
	struct world w;
	struct real r;    /* whose case it is */
	struct dev other; /* who was let in */
	struct id of_case;
	char scope[64];
};

static void
scene_start(struct scene *s)
{
	world_start(&s->w);
	real_start(&s->r, &s->w, world_user(&s->w, "Amina"));
	dev_start(&s->other, &s->w, world_user(&s->w, "Nia"), DEVICE_ACTIVE);
	s->of_case =
	    real_save(&s->r, NULL, "case", "instructed_mode", "'instructed'");
	(void)real_sync(&s->r);
	(void)snprintf(
	    s->scope, sizeof(s->scope), "case:%s", id_print(s->of_case).s);
	world_grant(&s->w, s->other.user, s->scope, false);
	dev_sync(&s->other);
}

static void
scene_end(struct scene *s)
{
	real_verifies(&s->r);
	real_end(&s->r);
	dev_end(&s->other);
	world_end(&s->w);
}

/* The other one writes who pays, and the first is told. */
static void
other_writes(struct scene *s)
{
	dev_sync(&s->other);
	dev_begin(&s->other, s->of_case, "case");
	dev_set(&s->other, "commissioner", NULL, "'Borough'");
	(void)dev_cut(&s->other);
	dev_sync(&s->other);
	(void)real_sync(&s->r);
}

/* The office goes on from the backup, and access ends before anybody asks. */
static void
restored_without_access(struct scene *s)
{
	world_restore(&s->w, BACKUP);
	world_grant(&s->w, s->r.dev.user, s->scope, true);
}

static int64_t
left_of_it(struct scene *s)
{
	return real_number(&s->r,
	    "SELECT (SELECT count(*) FROM view WHERE instr(body, 'Borough') >"
	    " 0) + (SELECT count(*) FROM journal WHERE instr(body, 'Borough')"
	    " > 0) + (SELECT count(*) FROM confirmed"
	    " WHERE instr(body, 'Borough') > 0)");
}

static int64_t
held(struct scene *s)
{
	return world_number(&s->w,
	    "SELECT count(*) FROM change WHERE state = 3"
	    " AND reason = 'proposal'");
}

/* What they write while a page is under way. */
static struct {
	struct real *r;
	struct id record;
	const char *type, *path, *now;
} meanwhile;

static void
write_meanwhile(json_t *answer)
{
	if (!json_has(answer, "cursor"))
		return;
	(void)real_save(meanwhile.r, &meanwhile.record, meanwhile.type,
	    meanwhile.path, meanwhile.now);
	meanwhile.r->twist = NULL;
}

static void
will_write(struct scene *s, struct id record, const char *type,
    const char *path, const char *now)
{
	meanwhile.r = &s->r;
	meanwhile.record = record;
	meanwhile.type = type;
	meanwhile.path = path;
	meanwhile.now = now;
	s->r.twist = write_meanwhile;
}

/* A case that is the other one's alone. */
static struct id
others_case(struct scene *s)
{
	const struct id id = dev_case(&s->other, dev_person(&s->other, "Eli"));

	dev_sync(&s->other);
	return id;
}

static void
own_words_of_both_epochs_go_when_the_office_has_them(void **state)
{
	struct store_status st;
	struct scene s;
	struct err e;

	(void)state;
	scene_start(&s);
	world_backup(&s.w, BACKUP);
	restored_without_access(&s);
	will_write(&s, s.of_case, "case", "commissioner", "'County'");
	(void)real_sync(&s.r);
	assert_null(s.r.twist);
	assert_false(real_has(&s.r, s.of_case));
	assert_int_equal(
	    real_number(&s.r, "SELECT count(*) FROM journal WHERE NOT erased"),
	    0);
	assert_ok(device_store_status(s.r.store, &st, &e), &e);
	assert_int_equal(st.unsent, 0);
	dev_end(&s.other);
	dev_start(&s.other, &s.w, s.other.user, DEVICE_ACTIVE);
	dev_sync(&s.other);
	assert_string_equal(
	    dev_text(&s.other, s.of_case, "commissioner"), "County");
	scene_end(&s);
}

static void
nothing_is_written_to_what_went(void **state)
{
	json_t *value = check_json("'County'");
	const struct edit edit = { .path = "commissioner", .now = value };
	struct save_result result;
	struct scene s;
	struct err e;

	(void)state;
	scene_start(&s);
	world_grant(&s.w, s.r.dev.user, s.scope, true);
	(void)real_sync(&s.r);
	assert_int_equal(device_store_save(s.r.store, &s.of_case, "case", &edit,
	                     1, NULL, &result, &e),
	    ERR_NOTFOUND);
	json_decref(value);
	scene_end(&s);
}

static void
what_others_wrote_and_the_office_lost_is_offered_before_it_goes(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	world_backup(&s.w, BACKUP);
	other_writes(&s);
	restored_without_access(&s);
	(void)real_sync(&s.r);
	assert_false(real_has(&s.r, s.of_case));
	assert_int_equal(left_of_it(&s), 0);
	assert_int_equal(held(&s), 1);
	scene_end(&s);
}

/* The office had the first of two changes when it was backed up, and that they
 * never saw what it made; the second was still to be sent.  The folder may have
 * been enrolled again by then. */
static void
what_they_wrote_to_and_never_saw_goes_too(void **state)
{
	char of[64];
	struct scene s;
	struct id issue;

	(void)state;
	for (int is_again = 0; is_again < 2; is_again++) {
		scene_start(&s);
		(void)snprintf(
		    of, sizeof(of), "'%s'", id_print(others_case(&s)).s);
		issue = real_save(&s.r, NULL, "issue", "case", of);
		will_write(&s, issue, "issue", "wanted", "'A ramp'");
		(void)real_round(&s.r);
		assert_null(s.r.twist);
		assert_true(real_has(&s.r, issue));
		world_backup(&s.w, BACKUP);
		world_restore(&s.w, BACKUP);
		if (is_again)
			real_again(&s.r);
		(void)real_sync(&s.r);
		assert_false(real_has(&s.r, issue));
		assert_true(real_has(&s.r, s.of_case));
		scene_end(&s);
	}
}

static const char *closed_reason;

/* Somebody closed the change at once. */
static void
close_it(json_t *answer)
{
	json_t *outcome =
	    json_array_get(json_object_get(answer, "outcomes"), 0);

	if (outcome == NULL)
		return;
	(void)json_array_set_new(outcome, 2, json_string("closed"));
	(void)json_array_set_new(outcome, 3, json_array());
	(void)json_array_append_new(outcome, json_string(closed_reason));
}

/* Held as not theirs it showed that there is such a record; what was held for
 * something else may be all that there is of it. */
static void
what_was_closed_goes_if_the_record_is_not_theirs(void **state)
{
	char of[64];
	struct scene s;
	struct id issue;

	(void)state;
	for (int is_theirs = 0; is_theirs < 2; is_theirs++) {
		scene_start(&s);
		(void)snprintf(
		    of, sizeof(of), "'%s'", id_print(others_case(&s)).s);
		issue = real_save(&s.r, NULL, "issue", "case", of);
		closed_reason = is_theirs ? "waits" : "not_yours";
		s.r.twist = close_it;
		(void)real_sync(&s.r);
		assert_int_equal(real_has(&s.r, issue), is_theirs != 0);
		scene_end(&s);
	}
}

/* A device that holds nothing is told of no record but those that it gets. */
static void
a_first_pull_tells_of_nothing_that_went(void **state)
{
	struct real fresh;
	struct scene s;

	(void)state;
	scene_start(&s);
	world_grant(&s.w, s.r.dev.user, s.scope, true);
	real_start(&fresh, &s.w, s.r.dev.user);
	(void)real_sync(&fresh);
	assert_false(real_heard(&fresh, id_print(s.of_case).s));
	real_end(&fresh);
	scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    own_words_of_both_epochs_go_when_the_office_has_them),
		cmocka_unit_test(nothing_is_written_to_what_went),
		cmocka_unit_test(
		    what_others_wrote_and_the_office_lost_is_offered_before_it_goes),
		cmocka_unit_test(what_they_wrote_to_and_never_saw_goes_too),
		cmocka_unit_test(
		    what_was_closed_goes_if_the_record_is_not_theirs),
		cmocka_unit_test(a_first_pull_tells_of_nothing_that_went),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
