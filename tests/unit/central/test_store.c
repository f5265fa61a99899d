/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/base/rng.h"
#include "common/sys/json.h"
#include "daemon/central/engine/meta_names.h"
#include "daemon/central/store/office_store.h"
#include "daemon/central/store/office_walk.h"
#include "tests/support/check_schema.h"

struct world {
	struct check_folder folder;
	struct secret_key key;
	struct office_store *s;
	struct err e;
};

static struct id
fresh(void)
{
	return id_fresh(clock_unix_ms());
}

/* An empty store inside a transaction. */
static void
world_start(struct world *w)
{
	*w = (struct world){ .folder = check_folder_new() };
	rng_fill(w->key.b, sizeof(w->key.b));
	assert_ok(
	    office_store_open(w->folder.path, &w->key, true, &w->s, &w->e),
	    &w->e);
	assert_ok(store_begin(w->s, &w->e), &w->e);
	assert_ok(store_meta_put(w->s, META_OFFICE, id_print(fresh()).s,
	              ID_TEXT_LEN, &w->e),
	    &w->e);
}

static void
world_end(struct world *w)
{
	store_rollback(w->s);
	office_store_close(w->s);
	check_folder_end(&w->folder);
}

/* A record with one text, set at a place of the log. */
static struct record
make_record(struct id id, struct id author, uint64_t seq, const char *text)
{
	json_t *json = json_pack(
	    "{s:s, s:s, s:[i,I], s:s, s:{s:s}, s:[[i,I,s,i,s,i,i]], s:{s:[i]}}",
	    "id", id_print(id).s, "type", "note", "version", 1, (json_int_t)seq,
	    "author", id_print(author).s, "doc", "summary", text, "setters", 1,
	    (json_int_t)seq, id_print(author).s, 1, id_print(author).s, 0, 0,
	    "paths", "summary", 0);
	struct record r;
	struct err e = { 0 };

	assert_non_null(json);
	assert_ok(record_from_json(json, &r, &e), &e);
	json_decref(json);
	return r;
}

static void
put_record(struct world *w, struct record r, uint64_t seq,
    const char *const *scopes, size_t n)
{
	struct record_derived derived = { .scopes = scopes, .n_scopes = n };
	struct hash32 digest;

	assert_ok(
	    store_record_put(w->s, &r, &derived, seq, &digest, &w->e), &w->e);
	record_fini(&r);
}

static void
test_an_office_is_made_once_and_opens_with_its_key_only(void **state)
{
	struct world w;
	struct office_store *other = NULL;
	struct secret_key wrong = { .b = { 9 } };

	(void)state;
	world_start(&w);
	assert_ok(store_commit(w.s, &w.e), &w.e);
	assert_int_equal(
	    office_store_open(w.folder.path, &w.key, true, &other, &w.e),
	    ERR_CONFLICT);
	assert_int_equal(
	    office_store_open(w.folder.path, &wrong, false, &other, &w.e),
	    ERR_AUTH);
	assert_int_equal(
	    office_store_open("/nonexistent", &w.key, false, &other, &w.e),
	    ERR_NOTFOUND);
	world_end(&w);
}

static void
test_a_mark_undoes_only_what_came_after_it(void **state)
{
	struct world w;
	struct buf value;

	(void)state;
	world_start(&w);
	buf_init(&value, 64);
	assert_ok(store_meta_put(w.s, "a", "1", 1, &w.e), &w.e);
	assert_ok(store_mark(w.s, &w.e), &w.e);
	assert_ok(store_meta_put(w.s, "a", "2", 1, &w.e), &w.e);
	assert_ok(store_mark(w.s, &w.e), &w.e);
	assert_ok(store_meta_put(w.s, "b", "3", 1, &w.e), &w.e);
	assert_ok(store_mark_keep(w.s, &w.e), &w.e);
	assert_ok(store_mark_undo(w.s, &w.e), &w.e);
	assert_true(store_in_transaction(w.s));
	assert_ok(store_meta_get(w.s, "a", &value, &w.e), &w.e);
	assert_string_equal(value.ptr, "1");
	assert_int_equal(store_meta_get(w.s, "b", &value, &w.e), ERR_NOTFOUND);
	buf_fini(&value);
	world_end(&w);
}

static void
test_a_backup_is_the_whole_store_under_the_same_key(void **state)
{
	struct world w;
	struct check_folder folder = check_folder_new();
	char path[FILE_PATH_MAX];
	struct office_store *copy = NULL;
	struct buf value;

	(void)state;
	world_start(&w);
	buf_init(&value, 64);
	assert_ok(store_meta_put(w.s, "a", "1", 1, &w.e), &w.e);
	assert_ok(store_commit(w.s, &w.e), &w.e);
	assert_true(file_join(path, folder.path, "office.db"));
	assert_ok(office_store_backup(w.s, path, &w.e), &w.e);
	assert_ok(
	    office_store_open(folder.path, &w.key, false, &copy, &w.e), &w.e);
	assert_ok(store_begin_read(copy, &w.e), &w.e);
	assert_ok(store_meta_get(copy, "a", &value, &w.e), &w.e);
	assert_string_equal(value.ptr, "1");
	store_rollback(copy);
	office_store_close(copy);
	buf_fini(&value);
	check_folder_end(&folder);
	world_end(&w);
}

static void
assert_json(json_t *got, const char *expected)
{
	json_t *want = check_json(expected);

	assert_true(json_equal(got, want));
	json_decref(want);
}

static struct intake_change
put_change(struct world *w, struct id device, uint64_t counter,
    struct id record, enum change_state state)
{
	struct intake_change c;

	intake_change_init(&c);
	c.device = device;
	c.counter = counter;
	c.record = record;
	c.state = state;
	c.epoch = 1;
	c.has_sig = counter % 2 == 0;
	c.sig.b[0] = (uint8_t)counter;
	(void)buf_add_str(&c.body, "{}");
	assert_ok(store_intake_put(w->s, &c, &w->e), &w->e);
	return c;
}

static bool
note_counter(void *arg, const struct intake_change *c)
{
	json_t *list = arg;

	(void)json_array_append_new(list, json_integer((json_int_t)c->counter));
	return true;
}

static void
test_changes_are_listed_by_state_in_order_of_arrival(void **state)
{
	struct world w;
	struct id a = fresh(), b = fresh(), record = fresh();
	struct intake_change c;
	json_t *list = json_array();

	(void)state;
	world_start(&w);
	for (uint64_t n = 1; n <= 3; n++) {
		c = put_change(&w, b, 10 + n, record, CHANGE_RECEIVED);
		intake_change_fini(&c);
		c = put_change(&w, a, n, fresh(), CHANGE_RECEIVED);
		intake_change_fini(&c);
	}
	assert_ok(store_intake_get(w.s, a, 2, &c, &w.e), &w.e);
	assert_true(c.has_sig);
	assert_int_equal(c.sig.b[0], 2);
	c.state = CHANGE_HELD;
	(void)snprintf(c.reason, sizeof(c.reason), "waits");
	assert_ok(store_intake_mark(w.s, &c, &w.e), &w.e);
	intake_change_fini(&c);
	assert_ok(
	    store_intakes(w.s, CHANGE_RECEIVED, NULL, note_counter, list, &w.e),
	    &w.e);
	assert_json(list, "[11, 1, 12, 13, 3]");
	json_array_clear(list);
	assert_ok(store_intakes(
	              w.s, CHANGE_RECEIVED, &record, note_counter, list, &w.e),
	    &w.e);
	assert_json(list, "[11, 12, 13]");
	json_array_clear(list);
	assert_ok(
	    store_intakes(w.s, CHANGE_HELD, NULL, note_counter, list, &w.e),
	    &w.e);
	assert_json(list, "[2]");
	assert_int_equal(store_intake_get(w.s, a, 99, &c, &w.e), ERR_NOTFOUND);
	json_decref(list);
	world_end(&w);
}

static void
test_own_counters_tell_what_is_contained_and_what_is_held_below(void **state)
{
	static const enum change_state states[] = { CHANGE_DONE, CHANGE_HELD,
		CHANGE_RECEIVED, CHANGE_CLOSED, CHANGE_HELD };
	struct world w;
	struct id device = fresh(), record = fresh();
	json_t *held = json_array();
	uint64_t own = 9;

	(void)state;
	world_start(&w);
	assert_ok(
	    store_own_counters(w.s, device, record, &own, held, &w.e), &w.e);
	assert_int_equal(own, 0);
	for (size_t i = 0; i < 5; i++) {
		struct intake_change c =
		    put_change(&w, device, i + 1, record, states[i]);

		intake_change_fini(&c);
	}
	assert_ok(
	    store_own_counters(w.s, device, record, &own, held, &w.e), &w.e);
	assert_int_equal(own, 4);
	assert_json(held, "[2, 3]");
	json_decref(held);
	world_end(&w);
}

static struct digest
sum_of(struct world *w, const char *scope)
{
	struct digest d;

	assert_ok(store_scope_digest(w->s, scope, &d, &w->e), &w->e);
	return d;
}

static void
test_a_scopes_sum_follows_its_records_in_and_out(void **state)
{
	const char *both[] = { "case:a", "case:b" }, *one[] = { "case:b" };
	struct world w;
	struct id id = fresh(), author = fresh();
	struct record r = make_record(id, author, 1, "One.");
	struct record later = make_record(id, author, 2, "Two.");
	struct hash32 digest;
	struct digest zero = { 0 }, sum = { 0 };

	(void)state;
	world_start(&w);
	put_record(&w, r, 1, both, 2);
	assert_memory_not_equal(
	    sum_of(&w, "case:a").sum.b, zero.sum.b, HASH32_LEN);
	assert_ok(record_digest(&later, &digest, &w.e), &w.e);
	digest_add(&sum, &digest);
	put_record(&w, later, 2, one, 1);
	assert_memory_equal(sum_of(&w, "case:a").sum.b, zero.sum.b, HASH32_LEN);
	assert_memory_equal(sum_of(&w, "case:b").sum.b, sum.sum.b, HASH32_LEN);
	world_end(&w);
}

static void
test_a_value_is_that_of_the_very_entry_that_is_named(void **state)
{
	struct world w;
	struct id device = fresh(), record = fresh();
	struct intake_change c;
	struct log_entry l = { .epoch = 2,
		.kind = "change",
		.device = device,
		.counter = 1,
		.record = record };
	struct version named = { 2, 1 }, lost = { 1, 1 };
	json_t *value = NULL, *merged = json_string("merged");

	(void)state;
	world_start(&w);
	intake_change_init(&c);
	c.device = device;
	c.counter = 1;
	c.record = record;
	c.state = CHANGE_DONE;
	assert_true(buf_printf(&c.body,
	    "{\"author\":\"%s\",\"clock_offset\":0,\"counter\":1,"
	    "\"device\":\"%s\",\"made_at\":1,\"ops\":[{\"now\":\"said\","
	    "\"path\":\"summary\",\"salt\":\"AAAAAAAAAAAAAAAAAAAAAA==\"}],"
	    "\"record\":\"%s\",\"type\":\"note\",\"v\":1}",
	    id_print(device).s, id_print(device).s, id_print(record).s));
	assert_ok(store_intake_put(w.s, &c, &w.e), &w.e);
	assert_ok(store_log_append(w.s, &l, &w.e), &w.e);
	assert_ok(
	    store_value_at(w.s, record, "summary", named, &value, &w.e), &w.e);
	assert_string_equal(json_string_value(value), "said");
	json_decref(value);
	assert_int_equal(
	    store_value_at(w.s, record, "purpose", named, &value, &w.e),
	    ERR_NOTFOUND);
	assert_int_equal(
	    store_value_at(w.s, fresh(), "summary", named, &value, &w.e),
	    ERR_NOTFOUND);
	/* What merging made counts before what was said, and the number of
	 * another epoch names something else. */
	assert_ok(
	    store_merged_value_put(w.s, record, "summary", 1, merged, &w.e),
	    &w.e);
	assert_ok(
	    store_value_at(w.s, record, "summary", named, &value, &w.e), &w.e);
	assert_string_equal(json_string_value(value), "merged");
	json_decref(value);
	assert_int_equal(
	    store_value_at(w.s, record, "summary", lost, &value, &w.e),
	    ERR_NOTFOUND);
	json_decref(merged);
	intake_change_fini(&c);
	world_end(&w);
}

static void
test_the_log_links_each_entry_to_the_one_before(void **state)
{
	struct world w;
	struct log_entry l = { .epoch = 1, .kind = "audit" }, got;
	struct hash32 first, link;
	uint64_t seq;

	(void)state;
	world_start(&w);
	assert_ok(store_log_head(w.s, &seq, &first, &w.e), &w.e);
	assert_int_equal(seq, 0);
	assert_ok(store_log_append(w.s, &l, &w.e), &w.e);
	assert_int_equal(l.seq, 1);
	assert_ok(store_log_link(&l, first, &link, &w.e), &w.e);
	assert_true(hash32_equal(link, l.link));
	assert_ok(store_log_link_at(w.s, 0, &link, &w.e), &w.e);
	assert_true(hash32_equal(link, first));
	assert_ok(store_log_append(w.s, &l, &w.e), &w.e);
	assert_ok(store_log_get(w.s, 2, &got, &w.e), &w.e);
	assert_true(hash32_equal(got.link, l.link));
	assert_int_equal(store_log_get(w.s, 3, &got, &w.e), ERR_NOTFOUND);
	assert_int_equal(store_log_link_at(w.s, 3, &link, &w.e), ERR_NOTFOUND);
	world_end(&w);
}

static bool
sees(struct world *w, struct id user, struct id record, bool ever)
{
	bool out;

	assert_ok(
	    store_user_sees(w->s, user, record, ever, &out, &w->e), &w->e);
	return out;
}

static void
test_who_sees_a_record_now_and_who_ever_did(void **state)
{
	const char *in[] = { "case:a" }, *none[] = { "case:b" };
	struct world w;
	struct id id = fresh(), user = fresh(), late = fresh();

	(void)state;
	world_start(&w);
	put_record(&w, make_record(id, fresh(), 1, "One."), 1, in, 1);
	assert_false(sees(&w, user, id, true));
	assert_ok(store_grant_add(w.s, fresh(), user, "case:a", 2, &w.e), &w.e);
	assert_true(sees(&w, user, id, false));
	assert_ok(store_grant_end(w.s, user, "case:a", 4, &w.e), &w.e);
	assert_false(sees(&w, user, id, false));
	assert_true(sees(&w, user, id, true));
	assert_int_equal(
	    store_grant_end(w.s, user, "case:a", 5, &w.e), ERR_NOTFOUND);
	/* Given the scope only after the record had left it: never. */
	put_record(&w, make_record(id, fresh(), 6, "Two."), 6, none, 1);
	assert_ok(store_grant_add(w.s, fresh(), late, "case:a", 7, &w.e), &w.e);
	assert_false(sees(&w, late, id, true));
	world_end(&w);
}

static bool
note_row(void *arg, const struct pull_row *row)
{
	json_t *list = arg;

	(void)json_array_append_new(list,
	    json_pack("[I, b, b]", (json_int_t)row->touched, row->is_visible,
	        row->whole));
	return true;
}

/* What a pull from that floor gives: [touched, visible, whole] of each. */
static void
assert_pull(struct world *w, struct id user, uint64_t floor, uint64_t head,
    const char *expected)
{
	struct cursor from = { .floor = floor, .position = floor };
	json_t *got = json_array(), *want = check_json(expected);

	assert_ok(
	    store_pull(w->s, user, &from, head, 100, note_row, got, &w->e),
	    &w->e);
	if (!json_equal(got, want))
		fail_msg("pull from %llu is not %s", (unsigned long long)floor,
		    expected);
	json_decref(got);
	json_decref(want);
}

static void
test_a_pull_has_what_changed_joined_or_left_above_the_floor(void **state)
{
	const char *a[] = { "case:a" }, *b[] = { "case:b" };
	struct world w;
	struct id one = fresh(), two = fresh(), user = fresh();

	(void)state;
	world_start(&w);
	assert_ok(store_grant_add(w.s, fresh(), user, "case:a", 1, &w.e), &w.e);
	put_record(&w, make_record(one, user, 2, "1"), 2, a, 1);
	put_record(&w, make_record(two, user, 3, "1"), 3, b, 1);
	assert_pull(&w, user, 0, 3, "[[2, true, true]]");
	assert_pull(&w, user, 3, 3, "[]");
	put_record(&w, make_record(one, user, 4, "2"), 4, a, 1);
	assert_pull(&w, user, 3, 4, "[[4, true, false]]");
	put_record(&w, make_record(two, user, 5, "2"), 5, a, 1); /* joins */
	assert_pull(&w, user, 4, 5, "[[5, true, true]]");
	put_record(&w, make_record(one, user, 6, "3"), 6, b, 1); /* leaves */
	assert_pull(&w, user, 5, 6, "[[6, false, false]]");
	assert_pull(&w, user, 0, 6, "[[5, true, true], [6, false, true]]");
	/* What changed where the user does not see it says nothing. */
	put_record(&w, make_record(one, user, 7, "4"), 7, b, 1);
	assert_pull(&w, user, 6, 7, "[]");
	/* No cursor passes the head of its snapshot. */
	assert_pull(&w, user, 3, 4, "[]");
	world_end(&w);
}

static bool
note_name(void *arg, const char *name)
{
	(void)json_object_set_new(arg, name, json_true());
	return true;
}

static void
test_touched_scopes_are_those_of_records_moves_and_grants(void **state)
{
	const char *a[] = { "case:a" }, *b[] = { "case:b" };
	struct world w;
	struct id id = fresh(), user = fresh();
	json_t *names = json_object();
	char own[64];

	(void)state;
	world_start(&w);
	put_record(&w, make_record(id, user, 1, "1"), 1, a, 1);
	put_record(&w, make_record(id, user, 2, "2"), 2, b, 1);
	assert_ok(store_grant_add(w.s, fresh(), user, "case:z", 3, &w.e), &w.e);
	(void)snprintf(own, sizeof(own), "user:%s", id_print(user).s);
	assert_ok(store_touched_scopes(w.s, 2, note_name, names, &w.e), &w.e);
	assert_int_equal(json_object_size(names), 1);
	assert_non_null(json_object_get(names, own));
	assert_ok(store_touched_scopes(w.s, 1, note_name, names, &w.e), &w.e);
	assert_int_equal(json_object_size(names), 3);
	assert_non_null(json_object_get(names, "case:a"));
	assert_non_null(json_object_get(names, "case:b"));
	json_decref(names);
	world_end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_an_office_is_made_once_and_opens_with_its_key_only),
		cmocka_unit_test(test_a_mark_undoes_only_what_came_after_it),
		cmocka_unit_test(
		    test_a_backup_is_the_whole_store_under_the_same_key),
		cmocka_unit_test(
		    test_changes_are_listed_by_state_in_order_of_arrival),
		cmocka_unit_test(
		    test_own_counters_tell_what_is_contained_and_what_is_held_below),
		cmocka_unit_test(
		    test_a_scopes_sum_follows_its_records_in_and_out),
		cmocka_unit_test(
		    test_a_value_is_that_of_the_very_entry_that_is_named),
		cmocka_unit_test(
		    test_the_log_links_each_entry_to_the_one_before),
		cmocka_unit_test(test_who_sees_a_record_now_and_who_ever_did),
		cmocka_unit_test(
		    test_a_pull_has_what_changed_joined_or_left_above_the_floor),
		cmocka_unit_test(
		    test_touched_scopes_are_those_of_records_moves_and_grants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
