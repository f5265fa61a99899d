/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device's store and the office's engine, with nothing between them: what
 * a pull and a repair bring when it is more than one answer may hold.
 */
#include "tests/support/engine_world.h"

#include <string.h>

#include "common/base/rng.h"
#include "common/core/limits.h"
#include "common/store/store_sync_int.h"
#include "common/sys/json.h"
#include "tests/support/real_device.h"

#define NOTES_N 36
#define NOTE_BYTES ((size_t)90 * 1000)
#define ROUNDS_MAX 60

struct scene {
	struct world w;
	struct dev author, reader; /* of one user */
	struct check_folder folder;
	struct secret_key key;
	struct device_store *store; /* the reader's */
	struct id first_note;
};

/* What syncing came to. */
struct tally {
	unsigned rounds, carrying; /* rounds, and those with records */
	size_t bytes_max;          /* of an answer's page, as JSON */
	size_t records;
};

/* Notes of some 3 MB together, whose words do not pack to nothing. */
static void
scene_start(struct scene *s)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz ";
	char *text = calloc(1, NOTE_BYTES + 1);
	struct rng r = rng_make(check_seed("repair"));
	struct id user, of_case;

	assert_non_null(text);
	world_start(&s->w);
	user = world_user(&s->w, "Amina");
	dev_start(&s->author, &s->w, user, DEVICE_ACTIVE);
	dev_start(&s->reader, &s->w, user, DEVICE_ACTIVE);
	of_case = dev_case(&s->author, dev_person(&s->author, "Betty"));
	for (size_t n = 0; n < NOTES_N; n++) {
		struct id id;

		for (size_t i = 0; i < NOTE_BYTES; i++)
			text[i] = letters[i % 7 == 6 ? 26 : rng_below(&r, 26)];
		text[0] = text[NOTE_BYTES - 1] = '\'';
		id = dev_long_note(&s->author, of_case, text);
		if (n == 0)
			s->first_note = id;
		dev_push(&s->author);
	}
	free(text);
	real_store_start(&s->reader, &s->folder, &s->key, &s->store);
}

static void
scene_end(struct scene *s)
{
	device_store_close(s->store);
	check_folder_end(&s->folder);
	dev_end(&s->author);
	dev_end(&s->reader);
	world_end(&s->w);
}

/* One request and its answer; true: there is more to ask. */
static bool
round_trip(struct scene *s, struct tally *t)
{
	struct sync_progress p = { 0 };
	struct sync_request r;
	struct sync_answer answer;
	json_t *json = NULL;
	struct answer a;
	size_t bytes = 0;
	struct err e;

	sync_request_init(&r);
	assert_ok(device_store_sync_request(s->store, false, &r, &e), &e);
	assert_ok(sync_request_to_json(&r, &json, &e), &e);
	a = dev_send(&s->reader, WIRE_SYNC, "/v1/sync", json, false);
	assert_int_equal(a.status, 200);
	json_decref(json);
	json = answer_json(&a);
	bytes = json_dumpb(json_object_get(json, "page"), NULL, 0, 0);
	assert_ok(sync_answer_from_json(json, &answer, &e), &e);
	t->rounds++;
	t->carrying += answer.n_page > 0;
	t->records += answer.n_page;
	if (bytes > t->bytes_max)
		t->bytes_max = bytes;
	assert_ok(
	    device_store_sync_answer(s->store, &answer, 0, 0, &p, &e), &e);
	json_decref(json);
	answer_end(&a);
	sync_answer_fini(&answer);
	sync_request_fini(&r);
	return p.more;
}

static struct tally
sync_until_done(struct scene *s)
{
	struct tally t = { 0 };

	while (round_trip(s, &t))
		if (t.rounds > ROUNDS_MAX)
			fail_msg("syncing does not come to an end");
	return t;
}

static bool
is_there(struct scene *s, struct id id)
{
	struct record_view v;
	struct err e;
	enum err_code code = device_store_get(s->store, id, &v, &e);

	if (code == ERR_OK)
		record_view_fini(&v);
	return code == ERR_OK;
}

static int64_t
number(struct scene *s, const char *sql)
{
	int64_t n = -1;
	struct err e;

	assert_ok(db_get_int(s->store->db, &n, &e, sql, ""), &e);
	return n;
}

/* The device loses its records; its sums say so. */
static void
lose_all(struct scene *s)
{
	struct device_store *d = s->store;
	struct id ids[NOTES_N + 8];
	struct db_stmt *q;
	size_t n = 0;
	bool row;
	struct err e;

	assert_ok(db_begin(d->db, &e), &e);
	assert_ok(db_query(d->db, &q, &e,
	              "SELECT record FROM confirmed ORDER BY record", ""),
	    &e);
	while (db_step(q, &row, &e) == ERR_OK && row)
		assert_ok(db_col_id(q, 0, &ids[n++], &e), &e);
	db_done(q);
	assert_true(n > NOTES_N);
	for (size_t i = 0; i < n; i++) {
		assert_ok(confirmed_drop(d, ids[i], &e), &e);
		assert_ok(view_rebuild(d, ids[i], &e), &e);
	}
	assert_ok(db_commit(d->db, &e), &e);
}

static void
assert_bounded(const struct tally *t)
{
	assert_true(
	    t->bytes_max < LIMIT_PAGE_TARGET + NOTE_BYTES + (size_t)16 * 1024);
}

static void
a_first_pull_of_more_than_a_page_ends(void **state)
{
	struct scene s;
	struct tally t;

	(void)state;
	scene_start(&s);
	t = sync_until_done(&s);
	assert_bounded(&t);
	assert_true(t.carrying >= 6);
	assert_true(is_there(&s, s.first_note));
	t = sync_until_done(&s);
	assert_int_equal(t.rounds, 1);
	assert_int_equal(t.records, 0);
	scene_end(&s);
}

static void
a_repair_of_more_than_a_page_ends_and_sends_each_record_once(void **state)
{
	struct scene s;
	struct tally t, first;

	(void)state;
	scene_start(&s);
	first = sync_until_done(&s);
	lose_all(&s);
	assert_false(is_there(&s, s.first_note));
	t = sync_until_done(&s);
	assert_bounded(&t);
	assert_true(t.carrying >= 6);
	assert_int_equal(t.records, first.records);
	assert_true(is_there(&s, s.first_note));
	t = sync_until_done(&s);
	assert_int_equal(t.rounds, 1);
	assert_int_equal(t.records, 0);
	scene_end(&s);
}

static void
a_repair_that_was_cut_goes_on_where_it_stopped(void **state)
{
	struct scene s;
	struct tally first, before = { 0 }, after;
	struct err e;

	(void)state;
	scene_start(&s);
	first = sync_until_done(&s);
	lose_all(&s);
	while (before.carrying < 3)
		assert_true(round_trip(&s, &before));
	/* The machine goes off; something is written at the office. */
	device_store_close(s.store);
	assert_ok(device_store_open(s.folder.path, &s.key, &s.store, &e), &e);
	(void)dev_person(&s.author, "Owain");
	dev_push(&s.author);
	after = sync_until_done(&s);
	assert_true(before.records + after.records <= first.records + 3);
	assert_true(is_there(&s, s.first_note));
	after = sync_until_done(&s);
	assert_int_equal(after.rounds, 1);
	scene_end(&s);
}

static void
records_that_the_office_does_not_list_are_let_go_and_the_sums_agree(
    void **state)
{
	struct scene s;
	struct tally t;
	struct id extra = { .b = { 1, 2, 3, 4, 5, 6, 0x70, 8, 0x80 } };
	struct confirmed c = { 0 };
	json_t *scopes = json_pack("[s]", "all");
	struct err e;

	(void)state;
	scene_start(&s);
	(void)sync_until_done(&s);
	assert_ok(
	    record_init(&c.record, extra, "person", s.reader.user, &e), &e);
	c.own_held = json_array();
	assert_ok(db_begin(s.store->db, &e), &e);
	assert_ok(confirmed_put(s.store, &c, scopes, &e), &e);
	assert_ok(db_commit(s.store->db, &e), &e);
	confirmed_fini(&c);
	json_decref(scopes);
	t = sync_until_done(&s);
	assert_true(t.rounds <= 4);
	assert_int_equal(number(&s,
	                     "SELECT count(*) FROM confirmed_scope"
	                     " WHERE scope = 'all' AND record ="
	                     " '01020304-0506-7008-8000-000000000000'"),
	    0);
	t = sync_until_done(&s);
	assert_int_equal(t.rounds, 1);
	scene_end(&s);
}

static void
a_sum_that_is_wrong_is_made_again_without_pulling_anything(void **state)
{
	struct scene s;
	struct tally t;
	struct err e;

	(void)state;
	scene_start(&s);
	(void)sync_until_done(&s);
	assert_ok(db_exec(s.store->db, &e,
	              "UPDATE scope_digest SET sum = zeroblob(32)", ""),
	    &e);
	t = sync_until_done(&s);
	assert_int_equal(t.records, 0);
	t = sync_until_done(&s);
	assert_int_equal(t.rounds, 1);
	scene_end(&s);
}

/* ---- more records than a list may name at once ---- */

#define MANY_N ((size_t)2 * LIMIT_WANTED + 300)
#define MANY_BATCH ((size_t)400)

/* As scene_start, with persons instead of notes; the reader has them. */
static void
many_start(struct scene *s)
{
	struct id user;
	char name[40];

	world_start(&s->w);
	user = world_user(&s->w, "Amina");
	dev_start(&s->author, &s->w, user, DEVICE_ACTIVE);
	dev_start(&s->reader, &s->w, user, DEVICE_ACTIVE);
	for (size_t i = 1; i <= MANY_N; i++) {
		(void)snprintf(name, sizeof(name), "P %zu", i);
		(void)dev_person(&s->author, name);
		if (i % MANY_BATCH == 0 || i == MANY_N)
			dev_push(&s->author);
	}
	real_store_start(&s->reader, &s->folder, &s->key, &s->store);
	(void)sync_until_done(s);
	assert_int_equal(
	    number(s, "SELECT count(*) FROM confirmed"), (int64_t)MANY_N);
}

static struct id
last_id(struct scene *s)
{
	struct db_stmt *q;
	struct id id;
	bool row;
	struct err e;

	assert_ok(db_query(s->store->db, &q, &e,
	              "SELECT max(record) FROM confirmed", ""),
	    &e);
	assert_ok(db_step(q, &row, &e), &e);
	assert_ok(db_col_id(q, 0, &id, &e), &e);
	db_done(q);
	return id;
}

static void
a_list_that_no_answer_could_hold_is_repaired_part_by_part(void **state)
{
	struct scene s;
	struct tally t;
	struct id last;
	struct err e;

	(void)state;
	many_start(&s);
	last = last_id(&s);
	assert_ok(db_begin(s.store->db, &e), &e);
	assert_ok(confirmed_drop(s.store, last, &e), &e);
	assert_ok(view_rebuild(s.store, last, &e), &e);
	assert_ok(db_commit(s.store->db, &e), &e);
	t = sync_until_done(&s);
	assert_int_equal(t.records, 1);
	assert_true(is_there(&s, last));
	t = sync_until_done(&s);
	assert_int_equal(t.rounds, 1);
	scene_end(&s);
}

/* Another content at the same version, which no list shows: everything is
 * asked for, and that comes to an end too. */
static void
what_no_version_shows_is_found_among_many(void **state)
{
	struct scene s;
	struct tally t;
	struct confirmed c;
	struct err e;

	(void)state;
	many_start(&s);
	assert_ok(db_begin(s.store->db, &e), &e);
	assert_ok(confirmed_get(s.store, last_id(&s), &c, &e), &e);
	assert_int_equal(json_object_set_new(c.record.doc, "full_name",
	                     json_string("Somebody else")),
	    0);
	assert_ok(confirmed_put(s.store, &c, NULL, &e), &e);
	confirmed_fini(&c);
	assert_ok(db_commit(s.store->db, &e), &e);
	t = sync_until_done(&s);
	assert_true(t.records <= MANY_N);
	t = sync_until_done(&s);
	assert_int_equal(t.rounds, 1);
	assert_int_equal(number(&s,
	                     "SELECT count(*) FROM confirmed"
	                     " WHERE instr(body, 'Somebody else') > 0"),
	    0);
	scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_first_pull_of_more_than_a_page_ends),
		cmocka_unit_test(
		    a_repair_of_more_than_a_page_ends_and_sends_each_record_once),
		cmocka_unit_test(
		    a_repair_that_was_cut_goes_on_where_it_stopped),
		cmocka_unit_test(
		    records_that_the_office_does_not_list_are_let_go_and_the_sums_agree),
		cmocka_unit_test(
		    a_list_that_no_answer_could_hold_is_repaired_part_by_part),
		cmocka_unit_test(what_no_version_shows_is_found_among_many),
		cmocka_unit_test(
		    a_sum_that_is_wrong_is_made_again_without_pulling_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
