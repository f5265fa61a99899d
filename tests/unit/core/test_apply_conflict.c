/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conflicts: their ids and sides, and edits of sides.
 */
#include "tests/support/check.h"

#include "common/core/limits.h"
#include "tests/support/check_apply.h"

#define NAME "full_name"

static struct check_desk d;

/* Cat had not seen Bob's either: a second side, version 4. */
static int
set_up(void **state)
{
	*state = &d;
	check_desk_clash(&d);
	check_edit(&d, CAT, NAME, 1, 0, "'X'", "'C'");
	return 0;
}

static const char *
key(size_t i)
{
	return check_conflict(&d, NAME)->sides[i].key;
}

static void
a_conflicts_id_derives_from_record_path_and_change(void **state)
{
	const struct conflict *c = check_conflict(&d, NAME);
	struct id id =
	    apply_conflict_id(d.record.id, NAME, check_device(ANN), 2);
	uint8_t bytes[15 + 16 + 1 + 10 + 16 + 8] = "vb/conflict/v1";

	(void)state;
	assert_true(id_equal(c->id, id));
	memcpy(bytes + 15, d.record.id.b, 16);
	memcpy(bytes + 32, NAME, sizeof(NAME));
	memcpy(bytes + 42, check_device(ANN).b, 16);
	bytes[65] = 2;
	assert_true(
	    id_equal(id, id_from_hash(crypto_sha256(bytes, sizeof(bytes)).b)));
}

static void
a_conflict_has_ancestor_sides_owner_and_versions(void **state)
{
	const struct conflict *c = check_conflict(&d, NAME);

	(void)state;
	assert_string_equal(json_string_value(c->ancestor), "X");
	assert_int_equal(c->kind, CONFLICT_ASK);
	assert_int_equal(c->owner, OWNER_AUTHOR);
	assert_int_equal(c->version.seq, 4);
	assert_int_equal(c->opened_at, 3000);
	assert_int_equal(c->n_sides, 2);
	assert_int_equal(c->sides[0].version.seq, 3);
	assert_int_equal(c->sides[1].version.seq, 4);
	assert_int_equal(c->sides[0].clock_offset, -ANN);
	/* What did not become current did not set the path. */
	assert_int_equal(record_path_version(&d.record, NAME).seq, 2);
	assert_int_equal(d.record.version.seq, 4);
}

static void
a_side_that_equals_another_stays_its_own_entry(void **state)
{
	(void)state;
	check_edit(&d, DEE, NAME, 1, 0, "'X'", "'A'");
	assert_int_equal(check_open(&d, NAME), 3);
	check_side(&d, NAME, 0, "'A'", ANN, true);
	check_side(&d, NAME, 2, "'A'", DEE, true);
}

static void
a_side_that_becomes_equal_to_the_current_value_closes(void **state)
{
	(void)state;
	/* Bob saw it all and takes Ann's word, without deciding. */
	assert_int_equal(
	    check_edit(&d, BOB, NAME, 2, 1, "'Y'", "'A'"), OUTCOME_APPLIED);
	check_side(&d, NAME, 0, "'A'", ANN, false);
	check_side(&d, NAME, 1, "'C'", CAT, true);
	assert_int_equal(check_conflict(&d, NAME)->version.seq, 5);
}

static void
a_plain_edit_of_the_current_value_leaves_the_conflict_open(void **state)
{
	(void)state;
	assert_int_equal(
	    check_edit(&d, BOB, NAME, 2, 0, "'Y'", "'YY'"), OUTCOME_APPLIED);
	assert_int_equal(check_open(&d, NAME), 2);
	assert_int_equal(check_conflict(&d, NAME)->version.seq, 4);
}

static void
an_edit_of_ones_own_side_replaces_it(void **state)
{
	struct change c = check_change(&d, ANN);

	(void)state;
	check_op(&c, NAME, 2, 2, "'A'", "'A2'");
	check_base_side(&c, key(0));
	assert_int_equal(check_send(&d, &c), OUTCOME_CONFLICT);
	assert_int_equal(check_open(&d, NAME), 2);
	check_side(&d, NAME, 0, "'A2'", ANN, true);
	assert_int_equal(check_conflict(&d, NAME)->sides[0].counter, 3);
	assert_int_equal(check_conflict(&d, NAME)->sides[0].version.seq, 5);
	check_value(&d, NAME, "'Y'");
}

static void
who_gives_up_their_side_for_what_stands_has_said_it(void **state)
{
	struct change c = check_change(&d, ANN);

	(void)state;
	/* Ann takes Bob's word.  Bob, who has not seen that, writes another:
	 * it overrules Ann, so hers is kept. */
	check_op(&c, NAME, 2, 2, "'A'", "'Y'");
	check_base_side(&c, key(0));
	assert_int_equal(check_send(&d, &c), OUTCOME_APPLIED);
	assert_int_equal(check_open(&d, NAME), 1);
	assert_int_equal(
	    check_edit(&d, BOB, NAME, 2, 1, "'Y'", "'Z'"), OUTCOME_CONFLICT);
	check_value(&d, NAME, "'Y'");
}

/* Bob says what Ann's side says, which he has not seen: it stands for both. */
static void
who_goes_on_from_what_a_side_says_too_has_to_have_seen_it(void **state)
{
	(void)state;
	check_edit(&d, BOB, NAME, 1, 1, "'Y'", "'A'");
	check_side(&d, NAME, 0, "'A'", ANN, false);
	assert_int_equal(
	    check_edit(&d, BOB, NAME, 1, 2, "'A'", "'Z'"), OUTCOME_CONFLICT);
	check_value(&d, NAME, "'A'");
	/* Who has seen that it is Ann's word too may put another in its place.
	 */
	assert_int_equal(
	    check_edit(&d, CAT, NAME, 5, 1, "'A'", "'B'"), OUTCOME_APPLIED);
	check_value(&d, NAME, "'B'");
}

/* He was shown Ann's side before he went on, though not when he said the same.
 */
static void
who_was_shown_a_side_that_says_the_same_goes_on_from_both(void **state)
{
	(void)state;
	check_edit(&d, BOB, NAME, 1, 1, "'Y'", "'A'");
	assert_int_equal(
	    check_edit(&d, BOB, NAME, 3, 2, "'A'", "'Z'"), OUTCOME_APPLIED);
	check_value(&d, NAME, "'Z'");
}

/* Of policy latest, what gave way stands again because another says it. */
static void
what_is_beside_and_is_said_again_is_not_taken_along(void **state)
{
	static const char path[] = "parking_notes";

	(void)state;
	check_desk_again(&d, "site");
	check_edit(&d, BOB, path, 0, 0, NULL, "'B'");
	check_edit(&d, ANN, path, 0, 0, NULL, "'A'");
	check_side(&d, path, 0, "'B'", BOB, true);
	check_edit(&d, CAT, path, 0, 0, NULL, "'B'");
	check_side(&d, path, 0, "'B'", BOB, false);
	assert_int_equal(
	    check_edit(&d, CAT, path, 0, 1, "'B'", "'C'"), OUTCOME_MERGED);
	check_value(&d, path, "'C'");
	check_side(&d, path, 0, "'B'", BOB, true);
	check_side(&d, path, 1, "'A'", ANN, true);
}

static void
one_author_on_another_device_replaces_their_own_side_too(void **state)
{
	struct change c = check_change(&d, DEE);

	(void)state;
	c.author = check_author(ANN);
	check_op(&c, NAME, 2, 0, "'A'", "'A2'");
	check_base_side(&c, key(0));
	check_send(&d, &c);
	assert_int_equal(check_conflict(&d, NAME)->n_sides, 2);
	check_side(&d, NAME, 0, "'A2'", ANN, true);
}

static void
an_edit_of_anothers_side_is_a_side_of_its_own(void **state)
{
	struct change c = check_change(&d, BOB);

	(void)state;
	check_op(&c, NAME, 2, 0, "'A'", "'A, says Bob'");
	check_base_side(&c, key(0));
	assert_int_equal(check_send(&d, &c), OUTCOME_CONFLICT);
	check_side(&d, NAME, 0, "'A'", ANN, true);
	check_side(&d, NAME, 2, "'A, says Bob'", BOB, true);
}

static void
an_edit_of_a_side_that_is_gone_becomes_a_side(void **state)
{
	struct change c;
	char old[60];

	(void)state;
	(void)snprintf(old, sizeof(old), "%s", key(0));
	an_edit_of_ones_own_side_replaces_it(state);
	c = check_change(&d, DEE);
	c.author = check_author(ANN);
	check_op(&c, NAME, 2, 0, "'A'", "'A3'");
	check_base_side(&c, old);
	assert_int_equal(check_send(&d, &c), OUTCOME_CONFLICT);
	check_side(&d, NAME, 0, "'A2'", ANN, true);
	check_side(&d, NAME, 2, "'A3'", ANN, true);
}

static void
an_edit_of_what_was_a_side_in_the_authors_view_only_is_a_plain_edit(
    void **state)
{
	struct change c;
	char own[60];

	(void)state;
	/* Dee's first word went in at the office. */
	check_edit(&d, DEE, "email", 0, 0, NULL, "'a@x'");
	(void)snprintf(own, sizeof(own), "%s/1", id_print(check_device(DEE)).s);
	c = check_change(&d, DEE);
	check_op(&c, "email", 0, 1, "'a@x'", "'b@x'");
	check_base_side(&c, own);
	assert_int_equal(check_send(&d, &c), OUTCOME_APPLIED);
	check_value(&d, "email", "'b@x'");
}

static void
one_side_too_many_is_held(void **state)
{
	(void)state;
	for (size_t i = 2; i < LIMIT_SIDES; i++) {
		struct change c = check_change(&d, DEE);
		char value[16];

		c.device = check_id(1000 + (unsigned)i);
		(void)snprintf(value, sizeof(value), "'v%zu'", i);
		check_op(&c, NAME, 1, 0, "'X'", value);
		assert_int_equal(check_send(&d, &c), OUTCOME_CONFLICT);
	}
	assert_int_equal(check_open(&d, NAME), LIMIT_SIDES);
	assert_int_equal(
	    check_edit(&d, BOB, NAME, 1, 0, "'X'", "'B'"), OUTCOME_HELD);
	assert_string_equal(d.result.reason, "too_many_sides");
	/* Ann's own next word still takes the place of her last. */
	assert_int_equal(
	    check_edit(&d, ANN, NAME, 1, 2, "'A'", "'A2'"), OUTCOME_CONFLICT);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, set_up, check_desk_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_conflicts_id_derives_from_record_path_and_change),
		TEST(a_conflict_has_ancestor_sides_owner_and_versions),
		TEST(a_side_that_equals_another_stays_its_own_entry),
		TEST(a_side_that_becomes_equal_to_the_current_value_closes),
		TEST(
		    a_plain_edit_of_the_current_value_leaves_the_conflict_open),
		TEST(an_edit_of_ones_own_side_replaces_it),
		TEST(who_gives_up_their_side_for_what_stands_has_said_it),
		TEST(who_goes_on_from_what_a_side_says_too_has_to_have_seen_it),
		TEST(who_was_shown_a_side_that_says_the_same_goes_on_from_both),
		TEST(what_is_beside_and_is_said_again_is_not_taken_along),
		TEST(one_author_on_another_device_replaces_their_own_side_too),
		TEST(an_edit_of_anothers_side_is_a_side_of_its_own),
		TEST(an_edit_of_a_side_that_is_gone_becomes_a_side),
		TEST(
		    an_edit_of_what_was_a_side_in_the_authors_view_only_is_a_plain_edit),
		TEST(one_side_too_many_is_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
