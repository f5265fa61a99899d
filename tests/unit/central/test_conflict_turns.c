/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may decide a conflict, and when: its authors, whom it is passed on to,
 * and who comes next as time goes by at the office.
 */
#include "tests/support/conflict_scene.h"

#include <stdio.h>
#include <string.h>

#include "common/core/limits.h"
#include "daemon/central/engine/engine_int.h"
#include "tests/support/world_command.h"

#define HOUR_MS ((uint64_t)3600 * 1000)

static void
set_limits(struct conflict_scene *s, int author, int senior)
{
	json_t *answer = world_command(&s->w,
	    json_pack("{s:s, s:i, s:i}", "do", "conflict limits",
	        "author_hours", author, "senior_hours", senior));

	assert_int_equal(
	    json_integer_value(json_object_get(answer, "author_hours")),
	    author);
	json_decref(answer);
}

static void
test_without_limits_nobody_waits_and_strangers_decide_nothing(void **state)
{
	struct conflict_scene s;

	(void)state;
	conflict_scene_start(&s);
	set_limits(&s, 0, 0);
	assert_string_equal(
	    conflict_scene_decide(&s, "Ceri", false), "conflict");
	assert_string_equal(
	    conflict_scene_decide(&s, "Ceri", true), "conflict");
	assert_string_equal(conflict_scene_owner(&s), "author");
	assert_string_equal(conflict_scene_decide(&s, "Sian", false), "");
	conflict_scene_end(&s);
}

/* The word of the error; "" when there was none. */
static void
assert_answers(struct conflict_scene *s, json_t *request, const char *word)
{
	json_t *answer = world_command(&s->w, request);
	const json_t *error = json_object_get(answer, "error");

	assert_string_equal(error == NULL ? "" : text_of(error, "word"), word);
	json_decref(answer);
}

static void
decide_with_reason(struct conflict_scene *s, const char *as, const char *word)
{
	assert_answers(s,
	    json_pack("{s:s, s:s, s:s, s:s, s:s}", "do", "conflict decide",
	        "conflict", s->conflict, "as", as, "take", "current", "reason",
	        "The family rang."),
	    word);
}

/* An office that has set no limits has the schema's. */
static void
test_before_their_turn_an_administrator_says_why(void **state)
{
	struct conflict_scene s;
	json_t *answer;

	(void)state;
	conflict_scene_start(&s);
	answer =
	    world_command(&s.w, json_pack("{s:s}", "do", "conflict limits"));
	assert_int_equal(
	    json_integer_value(json_object_get(answer, "author_hours")), 72);
	assert_true(json_is_true(json_object_get(answer, "early")));
	json_decref(answer);
	assert_string_equal(
	    conflict_scene_decide(&s, "Ada", false), "conflict");
	decide_with_reason(&s, "Ceri", "conflict");
	decide_with_reason(&s, "Ada", "");
	assert_int_equal(conflict_scene_waiting(&s), 0);
	conflict_scene_end(&s);
}

static void
test_limits_that_the_office_sets_are_kept_to(void **state)
{
	struct conflict_scene s;
	json_t *shown;

	(void)state;
	conflict_scene_start(&s);
	set_limits(&s, 48, 24);
	decide_with_reason(&s, "Ada", "conflict");
	shown = world_command(&s.w,
	    json_pack("{s:s, s:s, s:s}", "do", "conflict show", "conflict",
	        s.conflict, "as", "Ada"));
	assert_string_equal(text_of(shown, "may"), "later");
	assert_true(json_is_integer(json_object_get(shown, "until")));
	assert_int_equal(json_array_size(json_object_get(shown, "authors")), 2);
	json_decref(shown);
	conflict_scene_end(&s);
}

/* What a device would tell of it: the record that it has of the limits. */
static void
test_devices_get_the_limits(void **state)
{
	struct conflict_scene s;
	struct decide_limits limits;
	const struct record *r;
	const struct schema *schema;

	(void)state;
	conflict_scene_start(&s);
	schema = engine_schema(s.w.g);
	set_limits(&s, 48, 24);
	dev_sync(&s.c);
	r = dev_record(&s.c, decide_settings_id(s.w.keys.office));
	assert_non_null(r);
	limits = decide_limits_of(schema, r->doc);
	assert_int_equal(limits.author_hours, 48);
	assert_int_equal(limits.senior_hours, 24);
	assert_false(limits.early);
	conflict_scene_end(&s);
}

static void
test_authors_come_first_and_pass_it_on(void **state)
{
	struct conflict_scene s;

	(void)state;
	conflict_scene_start(&s);
	set_limits(&s, 48, 24);
	assert_string_equal(
	    conflict_scene_decide(&s, "Ada", false), "conflict");
	assert_string_equal(
	    conflict_scene_decide(&s, "Sian", false), "conflict");
	/* Both wrote: one of the side, one of what stands. */
	assert_string_equal(conflict_scene_decide(&s, "Amina", true), "");
	assert_string_equal(conflict_scene_owner(&s), "senior");
	assert_string_equal(
	    conflict_scene_decide(&s, "Ada", false), "conflict");
	assert_string_equal(conflict_scene_decide(&s, "Sian", true), "");
	assert_string_equal(conflict_scene_owner(&s), "administrator");
	assert_string_equal(conflict_scene_decide(&s, "Ada", false), "");
	conflict_scene_end(&s);
}

static void
test_authors_keep_their_turn(void **state)
{
	struct conflict_scene s;

	(void)state;
	conflict_scene_start(&s);
	set_limits(&s, 48, 24);
	assert_string_equal(conflict_scene_decide(&s, "Bryn", true), "");
	assert_string_equal(conflict_scene_decide(&s, "Bryn", false), "");
	conflict_scene_end(&s);
}

static void
test_time_at_the_office_brings_the_next(void **state)
{
	const struct conflict k = { .kind = CONFLICT_ASK,
		.opened_at = 1000 * HOUR_MS };
	struct conflict asked = k;
	const struct decide_limits both = { 48, 24, false },
	                           one = { 48, 0, false },
	                           none = { 0, 0, false };

	(void)state;
	asked.owner = OWNER_SENIOR;
	assert_int_equal(decide_owner(&both, &k, k.opened_at), OWNER_AUTHOR);
	/* A clock that was put back takes nothing away and gives nothing. */
	assert_int_equal(decide_owner(&both, &k, 0), OWNER_AUTHOR);
	assert_int_equal(
	    decide_owner(&both, &k, 1048 * HOUR_MS - 1), OWNER_AUTHOR);
	assert_int_equal(decide_owner(&both, &k, 1048 * HOUR_MS), OWNER_SENIOR);
	/* The 24 hours after that go over a Saturday and a Sunday. */
	assert_int_equal(
	    decide_owner(&both, &k, 1120 * HOUR_MS - 1), OWNER_SENIOR);
	assert_int_equal(
	    decide_owner(&both, &k, 1120 * HOUR_MS), OWNER_ADMINISTRATOR);
	assert_int_equal(decide_until(&both, &k, k.opened_at), 1048 * HOUR_MS);
	assert_int_equal(
	    decide_until(&both, &k, 1048 * HOUR_MS), 1120 * HOUR_MS);
	assert_int_equal(decide_until(&both, &k, 1120 * HOUR_MS), 0);
	assert_int_equal(decide_until(&none, &k, k.opened_at), 0);
	assert_int_equal(
	    decide_until(&both, &asked, k.opened_at), 1120 * HOUR_MS);
	assert_int_equal(decide_owner(&one, &k, 9999 * HOUR_MS), OWNER_SENIOR);
	assert_int_equal(decide_owner(&none, &k, 9999 * HOUR_MS), OWNER_AUTHOR);
	assert_int_equal(
	    decide_owner(&both, &asked, k.opened_at), OWNER_SENIOR);
	assert_int_equal(
	    decide_owner(&none, &asked, k.opened_at), OWNER_SENIOR);
}

static void
test_a_senior_may_decide_once_the_time_has_come(void **state)
{
	const struct decide_limits limits = { 48, 24, false };
	struct deciding d = { 0 };
	struct conflict_scene s;
	struct record r;
	struct err e = { 0 };
	enum may_decide may;

	(void)state;
	conflict_scene_start(&s);
	set_limits(&s, 48, 24);
	assert_ok(store_begin_read(engine_store(s.w.g), &e), &e);
	assert_ok(store_record_get(engine_store(s.w.g), s.person, &r, &e), &e);
	d.conflict = &r.conflicts[0];
	d.user = s.sian;
	d.now_ms = decide_until(&limits, d.conflict, d.conflict->opened_at) - 1;
	assert_ok(engine_may_decide(s.w.g, &r, &d, &may, &e), &e);
	assert_int_equal(may, MAY_DECIDE_LATER);
	d.now_ms++;
	assert_ok(engine_may_decide(s.w.g, &r, &d, &may, &e), &e);
	assert_int_equal(may, MAY_DECIDE);
	d.user = s.ada;
	assert_ok(engine_may_decide(s.w.g, &r, &d, &may, &e), &e);
	assert_int_equal(may, MAY_DECIDE_LATER);
	d.now_ms = decide_until(&limits, d.conflict, d.now_ms);
	assert_ok(engine_may_decide(s.w.g, &r, &d, &may, &e), &e);
	assert_int_equal(may, MAY_DECIDE);
	record_fini(&r);
	store_rollback(engine_store(s.w.g));
	conflict_scene_end(&s);
}

/* Decide on a device, for what it sees as current. */
static uint64_t
decide_on(struct conflict_scene *s, struct dev *d)
{
	const struct record *r = dev_record(d, s->person);
	struct change_resolve *resolve = calloc(1, sizeof(*resolve));
	const struct conflict *k;

	assert_true(r != NULL && resolve != NULL);
	k = &r->conflicts[0];
	dev_begin(d, s->person, "person");
	*resolve = (struct change_resolve){ .conflict = k->id,
		.current = record_path_version(r, k->path),
		.sides = json_array() };
	assert_int_equal(json_array_append_new(resolve->sides,
	                     json_pack("[s,o]", k->sides[0].key,
	                         version_to_json(k->sides[0].version))),
	    0);
	d->open.resolves = resolve;
	d->open.n_resolves = 1;
	return dev_cut(d);
}

static void
test_a_devices_decision_that_was_not_its_users_is_held(void **state)
{
	struct conflict_scene s;
	uint64_t strangers, authors;

	(void)state;
	conflict_scene_start(&s);
	set_limits(&s, 48, 24);
	dev_sync(&s.a);
	strangers = decide_on(&s, &s.c);
	dev_sync(&s.c);
	assert_int_equal(dev_outcome(&s.c, strangers)->kind, OUTCOME_HELD);
	assert_string_equal(
	    dev_outcome(&s.c, strangers)->reason, "not_decider");
	assert_int_equal(conflict_scene_waiting(&s), 1);
	authors = decide_on(&s, &s.a);
	dev_sync(&s.a);
	assert_int_equal(dev_outcome(&s.a, authors)->kind, OUTCOME_APPLIED);
	assert_int_equal(conflict_scene_waiting(&s), 0);
	conflict_scene_end(&s);
}

/* Ceri, who sees all that there is, writes another name over what stands. */
static void
replace_what_stands(struct conflict_scene *s)
{
	conflict_scene_rename(s, &s->c, "'Bets'", "'Lisbeth'");
	dev_sync(&s->c);
}

static void
test_an_author_decides_though_their_value_was_replaced_meanwhile(void **state)
{
	struct conflict_scene s;
	uint64_t authors;

	(void)state;
	conflict_scene_start(&s);
	set_limits(&s, 48, 24);
	dev_sync(&s.a);
	authors = decide_on(&s, &s.a);
	replace_what_stands(&s);
	dev_sync(&s.a);
	assert_int_not_equal(dev_outcome(&s.a, authors)->kind, OUTCOME_HELD);
	/* It is kept for who decides: it had not seen what stands. */
	assert_int_equal(conflict_scene_waiting(&s), 1);
	conflict_scene_end(&s);
}

static void
test_who_saw_their_value_replaced_is_no_author_any_more(void **state)
{
	struct conflict_scene s;
	uint64_t late;

	(void)state;
	conflict_scene_start(&s);
	set_limits(&s, 48, 24);
	replace_what_stands(&s);
	dev_sync(&s.a);
	late = decide_on(&s, &s.a);
	dev_sync(&s.a);
	assert_int_equal(dev_outcome(&s.a, late)->kind, OUTCOME_HELD);
	assert_string_equal(dev_outcome(&s.a, late)->reason, "not_decider");
	conflict_scene_end(&s);
}

/* What somebody else had written, and has written over since, is not found any
 * more; who wrote before that does not come in for it. */
static void
test_an_author_of_long_ago_does_not_come_in_for_another(void **state)
{
	struct conflict_scene s;
	uint64_t late;

	(void)state;
	conflict_scene_start(&s);
	set_limits(&s, 48, 24);
	replace_what_stands(&s);
	dev_sync(&s.a);
	late = decide_on(&s, &s.a);
	conflict_scene_rename(&s, &s.c, "'Lisbeth'", "'Elsbeth'");
	dev_sync(&s.c);
	dev_sync(&s.a);
	assert_int_equal(dev_outcome(&s.a, late)->kind, OUTCOME_HELD);
	conflict_scene_end(&s);
}

static void
test_blanks_are_no_reason(void **state)
{
	char change[ID_TEXT_LEN + 24];
	struct conflict_scene s;

	(void)state;
	conflict_scene_start(&s);
	assert_answers(&s,
	    json_pack("{s:s, s:s, s:s, s:s, s:s}", "do", "conflict decide",
	        "conflict", s.conflict, "as", "Ada", "take", "current",
	        "reason", " \t"),
	    "conflict");
	(void)snprintf(change, sizeof(change), "%s/%llu", id_print(s.c.id).s,
	    (unsigned long long)decide_on(&s, &s.c));
	dev_sync(&s.c);
	assert_answers(&s,
	    json_pack("{s:s, s:s, s:s}", "do", "held close", "change", change,
	        "reason", "   "),
	    "invalid");
	assert_answers(&s,
	    json_pack("{s:s, s:s, s:s}", "do", "held close", "change", change,
	        "reason", "Not hers."),
	    "");
	conflict_scene_end(&s);
}

/* It would be written down and not be read again. */
static void
test_a_reason_that_is_too_long_decides_nothing(void **state)
{
	static char reason[LIMIT_TEXT_BYTES + 2];
	struct conflict_scene s;

	(void)state;
	memset(reason, 'x', sizeof(reason) - 1);
	conflict_scene_start(&s);
	for (unsigned ask = 0; ask < 2; ask++)
		assert_answers(&s,
		    ask ? json_pack("{s:s, s:s, s:s, s:b, s:s}", "do",
		              "conflict decide", "conflict", s.conflict, "as",
		              "Amina", "ask", 1, "reason", reason)
		        : json_pack("{s:s, s:s, s:s, s:s, s:s}", "do",
		              "conflict decide", "conflict", s.conflict, "as",
		              "Amina", "take", "current", "reason", reason),
		    "invalid");
	assert_int_equal(conflict_scene_waiting(&s), 1);
	dev_sync(&s.a);
	assert_string_equal(conflict_scene_decide(&s, "Amina", false), "");
	conflict_scene_end(&s);
}

static void
test_limits_are_bounded_and_shown(void **state)
{
	struct conflict_scene s;
	json_t *answer;

	(void)state;
	conflict_scene_start(&s);
	set_limits(&s, 48, 24);
	answer = world_command(&s.w,
	    json_pack(
	        "{s:s, s:i}", "do", "conflict limits", "senior_hours", 9000));
	assert_string_equal(
	    text_of(json_object_get(answer, "error"), "word"), "invalid");
	json_decref(answer);
	answer =
	    world_command(&s.w, json_pack("{s:s}", "do", "conflict limits"));
	assert_int_equal(
	    json_integer_value(json_object_get(answer, "author_hours")), 48);
	assert_int_equal(
	    json_integer_value(json_object_get(answer, "senior_hours")), 24);
	json_decref(answer);
	conflict_scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_without_limits_nobody_waits_and_strangers_decide_nothing),
		cmocka_unit_test(
		    test_before_their_turn_an_administrator_says_why),
		cmocka_unit_test(test_limits_that_the_office_sets_are_kept_to),
		cmocka_unit_test(test_devices_get_the_limits),
		cmocka_unit_test(test_authors_come_first_and_pass_it_on),
		cmocka_unit_test(test_authors_keep_their_turn),
		cmocka_unit_test(test_time_at_the_office_brings_the_next),
		cmocka_unit_test(
		    test_a_senior_may_decide_once_the_time_has_come),
		cmocka_unit_test(
		    test_a_devices_decision_that_was_not_its_users_is_held),
		cmocka_unit_test(
		    test_an_author_decides_though_their_value_was_replaced_meanwhile),
		cmocka_unit_test(
		    test_who_saw_their_value_replaced_is_no_author_any_more),
		cmocka_unit_test(
		    test_an_author_of_long_ago_does_not_come_in_for_another),
		cmocka_unit_test(test_blanks_are_no_reason),
		cmocka_unit_test(
		    test_a_reason_that_is_too_long_decides_nothing),
		cmocka_unit_test(test_limits_are_bounded_and_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
