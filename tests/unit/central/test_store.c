/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include "common/base/file.h"
#include "tests/support/check_schema.h"
#include "tests/support/empty_store.h"

static void
test_an_office_is_made_once_and_opens_with_its_key_only(void **state)
{
	struct empty_store w;
	struct office_store *other = NULL;
	struct secret_key wrong = { .b = { 9 } };

	(void)state;
	empty_store_start(&w);
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
	empty_store_end(&w);
}

static void
test_a_mark_undoes_only_what_came_after_it(void **state)
{
	struct empty_store w;
	struct buf value;

	(void)state;
	empty_store_start(&w);
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
	empty_store_end(&w);
}

static void
test_a_backup_is_the_whole_store_under_the_same_key(void **state)
{
	struct empty_store w;
	struct check_folder folder = check_folder_new();
	char path[FILE_PATH_MAX];
	struct office_store *copy = NULL;
	struct buf value;

	(void)state;
	empty_store_start(&w);
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
	empty_store_end(&w);
}

static void
assert_json(json_t *got, const char *expected)
{
	json_t *want = check_json(expected);

	assert_true(json_equal(got, want));
	json_decref(want);
}

static struct intake_change
put_change(struct empty_store *w, struct id device, uint64_t counter,
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
	struct empty_store w;
	struct id a = empty_store_id(), b = empty_store_id(),
	          record = empty_store_id();
	struct intake_change c;
	json_t *list = json_array();

	(void)state;
	empty_store_start(&w);
	for (uint64_t n = 1; n <= 3; n++) {
		c = put_change(&w, b, 10 + n, record, CHANGE_RECEIVED);
		intake_change_fini(&c);
		c = put_change(&w, a, n, empty_store_id(), CHANGE_RECEIVED);
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
	empty_store_end(&w);
}

static void
test_own_counters_tell_what_is_contained_and_what_is_held_below(void **state)
{
	static const enum change_state states[] = { CHANGE_DONE, CHANGE_HELD,
		CHANGE_RECEIVED, CHANGE_CLOSED, CHANGE_HELD };
	struct empty_store w;
	struct id device = empty_store_id(), record = empty_store_id();
	json_t *held = json_array();
	uint64_t own = 9;

	(void)state;
	empty_store_start(&w);
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
	empty_store_end(&w);
}

static void
test_a_value_is_that_of_the_very_entry_that_is_named(void **state)
{
	struct empty_store w;
	struct id device = empty_store_id(), record = empty_store_id();
	struct intake_change c;
	struct log_entry l = { .epoch = 2,
		.kind = "change",
		.device = device,
		.counter = 1,
		.record = record };
	struct version named = { 2, 1 }, lost = { 1, 1 };
	json_t *value = NULL, *merged = json_string("merged");

	(void)state;
	empty_store_start(&w);
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
	assert_int_equal(store_value_at(w.s, empty_store_id(), "summary", named,
	                     &value, &w.e),
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
	empty_store_end(&w);
}

static void
test_the_log_links_each_entry_to_the_one_before(void **state)
{
	struct empty_store w;
	struct log_entry l = { .epoch = 1, .kind = "audit" }, got;
	struct hash32 first, link;
	uint64_t seq;

	(void)state;
	empty_store_start(&w);
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
	empty_store_end(&w);
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
		    test_a_value_is_that_of_the_very_entry_that_is_named),
		cmocka_unit_test(
		    test_the_log_links_each_entry_to_the_one_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
