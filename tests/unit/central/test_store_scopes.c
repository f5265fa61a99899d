/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scopes in the office's store: their sums, who sees what, and what a pull
 * brings.
 */
#include "tests/support/check.h"

#include "common/sys/json.h"
#include "tests/support/check_schema.h"
#include "tests/support/empty_store.h"

static struct digest
sum_of(struct empty_store *w, const char *scope)
{
	struct digest d;

	assert_ok(store_scope_digest(w->s, scope, &d, &w->e), &w->e);
	return d;
}

static void
test_a_scopes_sum_follows_its_records_in_and_out(void **state)
{
	const char *both[] = { "case:a", "case:b" }, *one[] = { "case:b" };
	struct empty_store w;
	struct id id = empty_store_id(), author = empty_store_id();
	struct record r = empty_store_record(id, author, 1, "One.");
	struct record later = empty_store_record(id, author, 2, "Two.");
	struct hash32 digest;
	struct digest zero = { 0 }, sum = { 0 };

	(void)state;
	empty_store_start(&w);
	empty_store_put(&w, r, 1, both, 2);
	assert_memory_not_equal(
	    sum_of(&w, "case:a").sum.b, zero.sum.b, HASH32_LEN);
	assert_ok(record_digest(&later, &digest, &w.e), &w.e);
	digest_add(&sum, &digest);
	empty_store_put(&w, later, 2, one, 1);
	assert_memory_equal(sum_of(&w, "case:a").sum.b, zero.sum.b, HASH32_LEN);
	assert_memory_equal(sum_of(&w, "case:b").sum.b, sum.sum.b, HASH32_LEN);
	empty_store_end(&w);
}

static bool
sees(struct empty_store *w, struct id user, struct id record, bool ever)
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
	struct empty_store w;
	struct id id = empty_store_id(), user = empty_store_id(),
	          late = empty_store_id();

	(void)state;
	empty_store_start(&w);
	empty_store_put(
	    &w, empty_store_record(id, empty_store_id(), 1, "One."), 1, in, 1);
	assert_false(sees(&w, user, id, true));
	assert_ok(
	    store_grant_add(w.s, empty_store_id(), user, "case:a", 2, &w.e),
	    &w.e);
	assert_true(sees(&w, user, id, false));
	assert_ok(store_grant_end(w.s, user, "case:a", 4, &w.e), &w.e);
	assert_false(sees(&w, user, id, false));
	assert_true(sees(&w, user, id, true));
	assert_int_equal(
	    store_grant_end(w.s, user, "case:a", 5, &w.e), ERR_NOTFOUND);
	/* Given the scope only after the record had left it: never. */
	empty_store_put(&w, empty_store_record(id, empty_store_id(), 6, "Two."),
	    6, none, 1);
	assert_ok(
	    store_grant_add(w.s, empty_store_id(), late, "case:a", 7, &w.e),
	    &w.e);
	assert_false(sees(&w, late, id, true));
	empty_store_end(&w);
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
assert_pull(struct empty_store *w, struct id user, uint64_t floor,
    uint64_t head, const char *expected)
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
	struct empty_store w;
	struct id one = empty_store_id(), two = empty_store_id(),
	          user = empty_store_id();

	(void)state;
	empty_store_start(&w);
	assert_ok(
	    store_grant_add(w.s, empty_store_id(), user, "case:a", 1, &w.e),
	    &w.e);
	empty_store_put(&w, empty_store_record(one, user, 2, "1"), 2, a, 1);
	empty_store_put(&w, empty_store_record(two, user, 3, "1"), 3, b, 1);
	assert_pull(&w, user, 0, 3, "[[2, true, true]]");
	assert_pull(&w, user, 3, 3, "[]");
	empty_store_put(&w, empty_store_record(one, user, 4, "2"), 4, a, 1);
	assert_pull(&w, user, 3, 4, "[[4, true, false]]");
	empty_store_put(
	    &w, empty_store_record(two, user, 5, "2"), 5, a, 1); /* joins */
	assert_pull(&w, user, 4, 5, "[[5, true, true]]");
	empty_store_put(
	    &w, empty_store_record(one, user, 6, "3"), 6, b, 1); /* leaves */
	assert_pull(&w, user, 5, 6, "[[6, false, false]]");
	assert_pull(&w, user, 0, 6, "[[5, true, true], [6, false, true]]");
	/* What changed where the user does not see it says nothing. */
	empty_store_put(&w, empty_store_record(one, user, 7, "4"), 7, b, 1);
	assert_pull(&w, user, 6, 7, "[]");
	/* No cursor passes the head of its snapshot. */
	assert_pull(&w, user, 3, 4, "[]");
	empty_store_end(&w);
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
	struct empty_store w;
	struct id id = empty_store_id(), user = empty_store_id();
	json_t *names = json_object();
	char own[64];

	(void)state;
	empty_store_start(&w);
	empty_store_put(&w, empty_store_record(id, user, 1, "1"), 1, a, 1);
	empty_store_put(&w, empty_store_record(id, user, 2, "2"), 2, b, 1);
	assert_ok(
	    store_grant_add(w.s, empty_store_id(), user, "case:z", 3, &w.e),
	    &w.e);
	(void)snprintf(own, sizeof(own), "user:%s", id_print(user).s);
	assert_ok(store_touched_scopes(w.s, 2, note_name, names, &w.e), &w.e);
	assert_int_equal(json_object_size(names), 1);
	assert_non_null(json_object_get(names, own));
	assert_ok(store_touched_scopes(w.s, 1, note_name, names, &w.e), &w.e);
	assert_int_equal(json_object_size(names), 3);
	assert_non_null(json_object_get(names, "case:a"));
	assert_non_null(json_object_get(names, "case:b"));
	json_decref(names);
	empty_store_end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_a_scopes_sum_follows_its_records_in_and_out),
		cmocka_unit_test(test_who_sees_a_record_now_and_who_ever_did),
		cmocka_unit_test(
		    test_a_pull_has_what_changed_joined_or_left_above_the_floor),
		cmocka_unit_test(
		    test_touched_scopes_are_those_of_records_moves_and_grants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
