/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Need to know, byte by byte: records whose every field carries a mark, and a
 * device of another user that syncs, asks, guesses, errs and is refused.
 * Nothing that the office ever sends it has a mark in it, or the name of a
 * record that it did not name itself.
 */
#include "tests/support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/core/path.h"
#include "common/sys/json.h"
#include "tests/support/check_schema.h"
#include "tests/support/real_device.h"

#define MARKS_MAX 400

struct marks {
	char *words[MARKS_MAX];
	size_t n;
	unsigned round; /* so that each round's are others */
};

struct scene {
	struct world w;
	struct schema *schema;
	struct dev owner;
	struct real spy;
	struct id admin;
	struct id person, of_case, visit, note;
	struct id mine; /* the spy's own case */
	struct marks marks;
};

/* ---- values with marks ---- */

static json_t *marked(struct scene *s, const struct schema_field *f);

/* A mark of this kind's own; "" where none fits, as in a code. */
static void
mark_text(struct scene *s, enum schema_kind kind, char out[static 40])
{
	const unsigned n = s->marks.round * 400 + (unsigned)s->marks.n;

	out[0] = '\0';
	if (kind == SCHEMA_LINE || kind == SCHEMA_TEXT)
		(void)snprintf(out, 40, "Zq%uxyzzy", n);
	else if (kind == SCHEMA_DATE)
		(void)snprintf(out, 40, "%04u-%02u-%02u", 1700 + n / 336,
		    1 + n / 28 % 12, 1 + n % 28);
	else if (kind == SCHEMA_TIME)
		(void)snprintf(out, 40, "17%02u-03-04T05:%02u:07.%03uZ",
		    n / 1000 % 100, n % 60, n % 1000);
}

static json_t *
marked_group(struct scene *s, const struct schema_field *f)
{
	json_t *object = json_object();

	for (size_t i = 0; i < f->children_n; i++) {
		json_t *v = marked(s, &f->children[i]);

		if (v != NULL)
			assert_int_equal(
			    json_object_set_new(object, f->children[i].name, v),
			    0);
	}
	if (json_object_size(object) > 0)
		return object;
	json_decref(object);
	return NULL;
}

/* A value that holds nothing but marks; NULL where the kind carries none. */
static json_t *
marked(struct scene *s, const struct schema_field *f)
{
	char text[40];
	json_t *rows, *row;

	if (f->kind == SCHEMA_GROUP)
		return marked_group(s, f);
	if (f->kind == SCHEMA_ROWS) {
		row = marked_group(s, f);
		if (row == NULL)
			return NULL;
		rows = json_object();
		assert_int_equal(
		    json_object_set_new(
		        rows, id_print(id_fresh(clock_unix_ms())).s, row),
		    0);
		return rows;
	}
	/* What must be checked by more than its form is no place for one. */
	if (f->has_nhs_check)
		return NULL;
	mark_text(s, f->kind, text);
	if (text[0] == '\0')
		return NULL;
	assert_true(s->marks.n < MARKS_MAX);
	s->marks.words[s->marks.n] = strdup(text);
	assert_non_null(s->marks.words[s->marks.n++]);
	return json_string(text);
}

/* The office writes a mark into each field of the record that takes one, each
 * in a change of its own; what a field refuses is not there to be found. */
static size_t
mark_all(struct scene *s, struct id id, const char *type)
{
	const struct schema_type *t = schema_type(s->schema, type);
	size_t written = 0;

	assert_non_null(t);
	for (size_t i = 0; i < t->fields_n; i++) {
		const struct schema_field *f = &t->fields[i];
		const size_t before = s->marks.n;
		json_t *now = marked(s, f);
		struct office_edit edits[8];
		struct office_save save = { .author = s->admin,
			.record = &id,
			.type = type,
			.edits = edits };
		struct office_saved saved;
		char paths[8][200];
		const char *row;
		json_t *v;
		struct err e;

		if (now == NULL)
			continue;
		if (f->kind == SCHEMA_ROWS) {
			json_object_foreach(now, row, v)
			{
				(void)snprintf(paths[save.n_edits], 200,
				    "%s/%s", f->name, row);
				edits[save.n_edits] = (struct office_edit){
					.path = paths[save.n_edits], .now = v
				};
				save.n_edits++;
			}
		} else
			edits[save.n_edits++] =
			    (struct office_edit){ .path = f->name, .now = now };
		if (engine_save(s->w.g, &save, &saved, &e) == ERR_OK)
			written++;
		else
			while (s->marks.n > before)
				free(s->marks.words[--s->marks.n]);
		json_decref(now);
	}
	return written;
}

static void
no_mark_was_heard(struct scene *s)
{
	for (size_t i = 0; i < s->marks.n; i++)
		if (real_heard(&s->spy, s->marks.words[i]))
			fail_msg("%s was sent to who may not see it",
			    s->marks.words[i]);
	assert_false(real_heard(&s->spy, id_print(s->person).s));
	assert_false(real_heard(&s->spy, id_print(s->visit).s));
}

/* ---- the scene ---- */

static struct id
new_visit(struct dev *d, struct id of_case)
{
	char path[ID_TEXT_LEN + 8];
	struct id id = dev_begin_new(d, "visit");

	(void)snprintf(path, sizeof(path), "cases/%s", id_print(of_case).s);
	dev_set(d, path, NULL, "true");
	(void)dev_cut(d);
	return id;
}

static void
mark_everything(struct scene *s)
{
	s->marks.round++;
	assert_true(mark_all(s, s->person, "person") > 5);
	assert_true(mark_all(s, s->of_case, "case") > 3);
	(void)mark_all(s, s->visit, "visit");
	(void)mark_all(s, s->note, "note");
	(void)engine_work(s->w.g);
}

static void
scene_start(struct scene *s)
{
	*s = (struct scene){ .schema = check_schema_new() };
	world_start(&s->w);
	s->admin = world_user(&s->w, "Ada");
	dev_start(&s->owner, &s->w, world_user(&s->w, "Nia"), DEVICE_ACTIVE);
	s->person = dev_person(&s->owner, "Betty");
	s->of_case = dev_case(&s->owner, s->person);
	s->visit = new_visit(&s->owner, s->of_case);
	s->note = dev_note(&s->owner, s->of_case, "As it was");
	dev_sync(&s->owner);
	real_start(&s->spy, &s->w, world_user(&s->w, "Amina"));
	s->mine = real_save(&s->spy, NULL, "case", "commissioner", "'Nobody'");
	(void)real_sync(&s->spy);
	mark_everything(s);
	assert_true(s->marks.n > 30);
}

static void
scene_end(struct scene *s)
{
	for (size_t i = 0; i < s->marks.n; i++)
		free(s->marks.words[i]);
	real_end(&s->spy);
	dev_end(&s->owner);
	world_end(&s->w);
	schema_free(s->schema);
}

/* Ask anything; every byte of the answer counts as heard. */
static int
ask(struct scene *s, enum wire_kind kind, const char *target, json_t *body,
    bool as_courier)
{
	struct answer a = dev_send(&s->spy.dev, kind, target, body, as_courier);
	const int status = a.status;
	json_t *json;
	char *text;

	(void)buf_add(&s->spy.heard, a.sig, strlen(a.sig));
	if (status == 200) {
		json = answer_json(&a);
		text = json_dumps(json, JSON_COMPACT);
		(void)buf_add_str(&s->spy.heard, text);
		free(text);
		json_decref(json);
	} else {
		(void)buf_add(&s->spy.heard, a.body.ptr, a.body.len);
	}
	answer_end(&a);
	json_decref(body);
	return status;
}

static json_t *
request_of(struct scene *s, const char *want, json_t *list)
{
	struct sync_request r;
	json_t *json = NULL;
	struct err e;

	sync_request_init(&r);
	assert_ok(device_store_sync_request(s->spy.store, false, &r, &e), &e);
	assert_ok(sync_request_to_json(&r, &json, &e), &e);
	sync_request_fini(&r);
	if (list != NULL)
		assert_int_equal(json_object_set_new(json, want, list), 0);
	return json;
}

static void
who_may_not_see_is_sent_no_mark_whatever_it_asks(void **state)
{
	char target[200], scope[80];
	struct scene s;

	(void)state;
	scene_start(&s);
	(void)real_sync(&s.spy);
	/* From the beginning, as a new device of the user's. */
	(void)ask(&s, WIRE_SYNC, "/v1/sync",
	    json_pack("{s:i, s:s, s:b, s:i}", "v", 1, "nonce",
	        "00112233445566778899aabbccddeeff", "pull", 1, "written", 1),
	    false);
	/* Lists, sums and records of others'. */
	(void)snprintf(scope, sizeof(scope), "case:%s", id_print(s.of_case).s);
	assert_int_equal(ask(&s, WIRE_SYNC, "/v1/sync",
	                     request_of(&s, "want_ids",
	                         json_pack("[s, s, s]", scope, "all", "*")),
	                     false),
	    200);
	assert_int_equal(ask(&s, WIRE_SYNC, "/v1/sync",
	                     request_of(&s, "want_records",
	                         json_pack("[s]", id_print(s.note).s)),
	                     false),
	    200);
	assert_int_equal(ask(&s, WIRE_SYNC, "/v1/sync",
	                     request_of(&s, "want_scopes", json_true()), false),
	    200);
	/* History, commands, waits, and requests that are none. */
	(void)snprintf(target, sizeof(target), "/v1/records/%s/history?%s",
	    id_print(s.note).s, DEV_NONCE);
	assert_int_equal(ask(&s, WIRE_HISTORY, target, NULL, false), 404);
	assert_int_equal(ask(&s, WIRE_COMMANDS, DEV_COMMANDS, NULL, true), 200);
	(void)ask(&s, WIRE_SYNC, "/v1/sync", json_pack("{s:i}", "v", 9), false);
	(void)ask(&s, WIRE_SYNC, "/v1/sync",
	    json_pack("{s:i, s:s}", "v", 1, "nonce", scope), false);
	(void)ask(&s, WIRE_RENEW, "/v1/renew",
	    json_pack("{s:i, s:s}", "v", 1, "nonce", "x"), false);
	(void)ask(&s, WIRE_ENROL, "/v1/enrol",
	    json_pack("{s:i, s:s}", "v", 1, "code", "7K3M"), false);
	no_mark_was_heard(&s);
	scene_end(&s);
}

/* It writes where it may not: what it wrote is taken, and it is told that. */
static void
who_writes_where_it_may_not_hears_of_nobodys_words(void **state)
{
	struct scene s;
	struct id note;

	(void)state;
	scene_start(&s);
	note = real_note(&s.spy, s.of_case, "I was there too");
	(void)real_sync(&s.spy);
	/* It is the case's people's now, and its author's no more. */
	assert_int_equal(world_number(&s.w,
	                     "SELECT count(*) FROM record"
	                     " WHERE type = 'note'"),
	    2);
	assert_false(real_has(&s.spy, note));
	no_mark_was_heard(&s);
	scene_end(&s);
}

/* A change that leaves out what it says it had before its eyes: is it taken? */
static bool
guesses(struct dev *d, struct id note, const char *was)
{
	const struct change_base base = { .seen = { 1, 1000000 } };
	struct sync_request r;
	struct sync_answer a;
	bool taken;
	struct err e;

	dev_begin(d, note, "note");
	dev_set_seen(d, "summary", was, "'Mine'", base);
	(void)dev_cut(d);
	sync_request_init(&r);
	memset(r.nonce, 7, sizeof(r.nonce));
	r.written = d->n_journal;
	r.n_batches = 1;
	r.batches = calloc(1, sizeof(*r.batches));
	assert_non_null(r.batches);
	r.batches[0] = dev_batch(d, d->n_journal, d->n_journal);
	assert_ok(
	    change_shrink(&r.batches[0].changes[0], &(const bool){ true }, &e),
	    &e);
	a = dev_exchange(d, &r);
	taken = a.n_receipts > 0;
	if (!taken)
		assert_true(a.has_refusal && a.refusal == WORD_RESEND_FULL);
	sync_answer_fini(&a);
	sync_request_fini(&r);
	return taken;
}

/* The office finds what was left out only where its author may see it: else
 * who knows a record's name could try guesses at its words. */
static void
a_value_that_was_left_out_confirms_no_guess(void **state)
{
	struct scene s;
	struct dev guesser;

	(void)state;
	scene_start(&s);
	dev_start(&guesser, &s.w, world_user(&s.w, "Mallory"), DEVICE_ACTIVE);
	assert_false(guesses(&guesser, s.note, "'As it was'"));
	dev_end(&guesser);
	dev_start(&guesser, &s.w, s.owner.user, DEVICE_ACTIVE);
	assert_true(guesses(&guesser, s.note, "'As it was'"));
	dev_end(&guesser);
	scene_end(&s);
}

/* ---- access that ended, and began again ---- */

static void
grant(struct scene *s, bool end)
{
	world_grant_case(&s->w, s->spy.dev.user, s->of_case, end);
}

static void
forget_marks(struct scene *s)
{
	while (s->marks.n > 0)
		free(s->marks.words[--s->marks.n]);
	buf_reset(&s->spy.heard);
}

static void
who_was_let_in_hears_all_until_it_ends_and_nothing_after(void **state)
{
	struct scene s;
	size_t heard = 0;

	(void)state;
	scene_start(&s);
	grant(&s, false);
	(void)real_sync(&s.spy);
	for (size_t i = 0; i < s.marks.n; i++)
		heard += real_heard(&s.spy, s.marks.words[i]);
	/* The marks can be found where they may be: the hunt is no sham. */
	assert_true(heard * 10 > s.marks.n * 9);
	assert_true(real_has(&s.spy, s.note));
	grant(&s, true);
	forget_marks(&s);
	mark_everything(&s);
	(void)real_sync(&s.spy);
	assert_false(real_has(&s.spy, s.note));
	assert_false(real_has(&s.spy, s.of_case));
	assert_int_equal(real_number(&s.spy,
	                     "SELECT count(*) FROM confirmed"
	                     " WHERE type IN ('note', 'visit')"),
	    0);
	for (size_t i = 0; i < s.marks.n; i++)
		assert_false(real_heard(&s.spy, s.marks.words[i]));
	/* What it had is not in its search any more either. */
	assert_int_equal(real_number(&s.spy,
	                     "SELECT count(*) FROM search_row r"
	                     " JOIN view v ON v.record = r.record"
	                     " WHERE v.type = 'note'"),
	    0);
	scene_end(&s);
}

/* The grant ended and began again while the device was away, and in between
 * a record left for good: nothing stale stays, nothing is missing. */
static void
what_ended_and_began_again_while_away_leaves_nothing_stale(void **state)
{
	struct sync_progress p;
	struct scene s;

	(void)state;
	scene_start(&s);
	grant(&s, false);
	(void)real_sync(&s.spy);
	assert_true(real_has(&s.spy, s.note));
	grant(&s, true);
	forget_marks(&s);
	mark_everything(&s);
	grant(&s, false);
	(void)real_sync(&s.spy);
	p = s.spy.last;
	assert_false(p.digest_differs);
	assert_true(real_has(&s.spy, s.note));
	/* And the other way round. */
	grant(&s, true);
	grant(&s, false);
	grant(&s, true);
	(void)real_sync(&s.spy);
	assert_false(s.spy.last.digest_differs);
	assert_false(real_has(&s.spy, s.note));
	assert_false(real_has(&s.spy, s.person));
	scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    who_may_not_see_is_sent_no_mark_whatever_it_asks),
		cmocka_unit_test(
		    who_writes_where_it_may_not_hears_of_nobodys_words),
		cmocka_unit_test(a_value_that_was_left_out_confirms_no_guess),
		cmocka_unit_test(
		    who_was_let_in_hears_all_until_it_ends_and_nothing_after),
		cmocka_unit_test(
		    what_ended_and_began_again_while_away_leaves_nothing_stale),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
