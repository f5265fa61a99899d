/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What waits is found without reading what does not; who may decide, and when.
 */
#include "tests/support/world_command.h"

#include <stdio.h>
#include <string.h>

#include "common/base/file.h"
#include "common/core/limits.h"
#include "common/sys/json.h"
#include "daemon/central/engine/engine_int.h"
#include "daemon/central/store/sqlite_int.h"

#define HOUR_MS ((uint64_t)3600 * 1000)

/* Amina and Bryn named one person differently; Ceri had no part in it. */
struct scene {
	struct world w;
	struct id amina, bryn, ceri, ada, sian;
	struct dev a, b, c;
	struct id person;
	char conflict[ID_TEXT_LEN + 1];
};

static struct id
add_user(struct scene *s, const char *name, const char *role)
{
	json_t *made = world_command(&s->w,
	    json_pack("{s:s, s:s, s:s}", "do", "user add", "name", name, "role",
	        role));
	struct id id;

	assert_true(id_parse(text_of(made, "user"), &id));
	json_decref(made);
	return id;
}

/* By somebody who sees all that their device was told. */
static void
rename_from(struct scene *s, struct dev *d, const char *was, const char *to)
{
	struct change_base base = { 0 };

	base.seen =
	    record_related_version(dev_record(d, s->person), "full_name");
	dev_begin(d, s->person, "person");
	dev_set_seen(d, "full_name", was, to, base);
	(void)dev_cut(d);
}

static void
rename_person(struct scene *s, struct dev *d, const char *to)
{
	rename_from(s, d, "'Betty'", to);
}

static void
scene_start(struct scene *s)
{
	char scope[64];
	json_t *list;
	struct id of_case;

	world_start(&s->w);
	s->amina = add_user(s, "Amina", "ADV");
	s->bryn = add_user(s, "Bryn", "ADV");
	s->ceri = add_user(s, "Ceri", "ADV");
	s->ada = add_user(s, "Ada", "RES");
	s->sian = add_user(s, "Sian", "SEN");
	dev_start(&s->a, &s->w, s->amina, DEVICE_ACTIVE);
	dev_start(&s->b, &s->w, s->bryn, DEVICE_ACTIVE);
	dev_start(&s->c, &s->w, s->ceri, DEVICE_ACTIVE);
	s->person = dev_person(&s->a, "Betty");
	of_case = dev_case(&s->a, s->person);
	dev_sync(&s->a);
	(void)snprintf(scope, sizeof(scope), "case:%s", id_print(of_case).s);
	world_grant(&s->w, s->bryn, scope, false);
	world_grant(&s->w, s->ceri, scope, false);
	dev_sync(&s->b);
	dev_sync(&s->c);
	rename_person(s, &s->a, "'Bets'");
	rename_person(s, &s->b, "'Liz'");
	dev_sync(&s->a);
	dev_sync(&s->b);
	dev_sync(&s->c);
	list = world_command(&s->w, json_pack("{s:s}", "do", "conflict list"));
	assert_int_equal(
	    json_array_size(json_object_get(list, "conflicts")), 1);
	(void)snprintf(s->conflict, sizeof(s->conflict), "%s",
	    text_of(
	        json_array_get(json_object_get(list, "conflicts"), 0), "id"));
	json_decref(list);
}

static void
scene_end(struct scene *s)
{
	dev_end(&s->a);
	dev_end(&s->b);
	dev_end(&s->c);
	world_end(&s->w);
}

static size_t
listed(struct scene *s)
{
	json_t *list =
	    world_command(&s->w, json_pack("{s:s}", "do", "conflict list"));
	size_t n = json_array_size(json_object_get(list, "conflicts"));

	json_decref(list);
	return n;
}

static const char *
owner(struct scene *s)
{
	static char word[20];
	json_t *shown = world_command(&s->w,
	    json_pack(
	        "{s:s, s:s}", "do", "conflict show", "conflict", s->conflict));

	(void)snprintf(word, sizeof(word), "%s", text_of(shown, "owner"));
	json_decref(shown);
	return word;
}

/* The word of the error that a decision is answered with; "" when it took. */
static const char *
decide(struct scene *s, const char *as, bool ask)
{
	static char word[40];
	json_t *answer = world_command(&s->w,
	    ask ? json_pack("{s:s, s:s, s:s, s:b}", "do", "conflict decide",
	              "conflict", s->conflict, "as", as, "ask", 1)
	        : json_pack("{s:s, s:s, s:s, s:s}", "do", "conflict decide",
	              "conflict", s->conflict, "as", as, "take", "current"));
	const json_t *error = json_object_get(answer, "error");

	(void)snprintf(word, sizeof(word), "%s",
	    error == NULL ? "" : text_of(error, "word"));
	json_decref(answer);
	return word;
}

static void
set_limits(struct scene *s, int author, int senior)
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
test_records_without_conflicts_are_not_read(void **state)
{
	struct scene s;
	json_t *shown;

	(void)state;
	scene_start(&s);
	/* Whoever reads one of these fails. */
	world_sql(
	    &s.w, "UPDATE record SET body = x'00' WHERE type <> 'person'");
	assert_int_equal(listed(&s), 1);
	assert_string_equal(owner(&s), "author");
	assert_string_equal(decide(&s, "Amina", false), "");
	assert_int_equal(listed(&s), 0);
	/* A decided one is still found by its id. */
	shown = world_command(&s.w,
	    json_pack(
	        "{s:s, s:s}", "do", "conflict show", "conflict", s.conflict));
	assert_string_equal(text_of(shown, "state"), "decided");
	json_decref(shown);
	scene_end(&s);
}

/* What the migrations that bring the table do with records that are there. */
static void
migrate(struct scene *s)
{
	char path[FILE_PATH_MAX];
	struct db *db = NULL;
	struct db_options o = {
		.path = path, .key = &s->w.key, .application_id = 0x56426f66
	};
	struct err e = { 0 };

	assert_true(file_join(path, s->w.folder.path, "office.db"));
	assert_ok(db_open(&o, &db, &e), &e);
	assert_ok(db_begin(db, &e), &e);
	assert_ok(sqlite_conflicts_fill(db, &e), &e);
	assert_ok(db_commit(db, &e), &e);
	db_close(db);
}

static void
test_a_store_from_before_the_table_is_given_it(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	world_sql(&s.w, "DELETE FROM conflict");
	assert_int_equal(listed(&s), 0);
	migrate(&s);
	assert_int_equal(listed(&s), 1);
	s.w.is_unchecked = false; /* and it adds up */
	scene_end(&s);
}

static void
test_a_table_that_did_not_follow_is_mended(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	world_sql(&s.w, "UPDATE conflict SET opened_at = 1");
	migrate(&s);
	s.w.is_unchecked = false; /* it adds up */
	scene_end(&s);
}

static void
test_verify_finds_a_conflict_that_was_hidden(void **state)
{
	struct scene s;
	json_t *found;

	(void)state;
	scene_start(&s);
	world_sql(&s.w, "UPDATE conflict SET is_open = 0");
	assert_int_equal(listed(&s), 0);
	found = world_command(&s.w, json_pack("{s:s}", "do", "verify"));
	assert_true(json_is_false(json_object_get(found, "ok")));
	assert_non_null(strstr(text_of(found, "first_bad"), "table conflict"));
	json_decref(found);
	scene_end(&s);
}

/* ---- who decides, and when ---- */

static void
test_without_limits_nobody_waits_and_strangers_decide_nothing(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	set_limits(&s, 0, 0);
	assert_string_equal(decide(&s, "Ceri", false), "conflict");
	assert_string_equal(decide(&s, "Ceri", true), "conflict");
	assert_string_equal(owner(&s), "author");
	assert_string_equal(decide(&s, "Sian", false), "");
	scene_end(&s);
}

/* The word of the error; "" when there was none. */
static void
assert_answers(struct scene *s, json_t *request, const char *word)
{
	json_t *answer = world_command(&s->w, request);
	const json_t *error = json_object_get(answer, "error");

	assert_string_equal(error == NULL ? "" : text_of(error, "word"), word);
	json_decref(answer);
}

static void
decide_with_reason(struct scene *s, const char *as, const char *word)
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
	struct scene s;
	json_t *answer;

	(void)state;
	scene_start(&s);
	answer =
	    world_command(&s.w, json_pack("{s:s}", "do", "conflict limits"));
	assert_int_equal(
	    json_integer_value(json_object_get(answer, "author_hours")), 72);
	assert_true(json_is_true(json_object_get(answer, "early")));
	json_decref(answer);
	assert_string_equal(decide(&s, "Ada", false), "conflict");
	decide_with_reason(&s, "Ceri", "conflict");
	decide_with_reason(&s, "Ada", "");
	assert_int_equal(listed(&s), 0);
	scene_end(&s);
}

static void
test_limits_that_the_office_sets_are_kept_to(void **state)
{
	struct scene s;
	json_t *shown;

	(void)state;
	scene_start(&s);
	set_limits(&s, 48, 24);
	decide_with_reason(&s, "Ada", "conflict");
	shown = world_command(&s.w,
	    json_pack("{s:s, s:s, s:s}", "do", "conflict show", "conflict",
	        s.conflict, "as", "Ada"));
	assert_string_equal(text_of(shown, "may"), "later");
	assert_true(json_is_integer(json_object_get(shown, "until")));
	assert_int_equal(json_array_size(json_object_get(shown, "authors")), 2);
	json_decref(shown);
	scene_end(&s);
}

/* What a device would tell of it: the record that it has of the limits. */
static void
test_devices_get_the_limits(void **state)
{
	struct scene s;
	struct decide_limits limits;
	const struct record *r;
	const struct schema *schema;

	(void)state;
	scene_start(&s);
	schema = engine_schema(s.w.g);
	set_limits(&s, 48, 24);
	dev_sync(&s.c);
	r = dev_record(&s.c, decide_settings_id(s.w.keys.office));
	assert_non_null(r);
	limits = decide_limits_of(schema, r->doc);
	assert_int_equal(limits.author_hours, 48);
	assert_int_equal(limits.senior_hours, 24);
	assert_false(limits.early);
	scene_end(&s);
}

static void
test_authors_come_first_and_pass_it_on(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	set_limits(&s, 48, 24);
	assert_string_equal(decide(&s, "Ada", false), "conflict");
	assert_string_equal(decide(&s, "Sian", false), "conflict");
	/* Both wrote: one of the side, one of what stands. */
	assert_string_equal(decide(&s, "Amina", true), "");
	assert_string_equal(owner(&s), "senior");
	assert_string_equal(decide(&s, "Ada", false), "conflict");
	assert_string_equal(decide(&s, "Sian", true), "");
	assert_string_equal(owner(&s), "administrator");
	assert_string_equal(decide(&s, "Ada", false), "");
	scene_end(&s);
}

static void
test_authors_keep_their_turn(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	set_limits(&s, 48, 24);
	assert_string_equal(decide(&s, "Bryn", true), "");
	assert_string_equal(decide(&s, "Bryn", false), "");
	scene_end(&s);
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
	struct scene s;
	struct record r;
	struct err e = { 0 };
	enum may_decide may;

	(void)state;
	scene_start(&s);
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
	scene_end(&s);
}

/* Decide on a device, for what it sees as current. */
static uint64_t
decide_on(struct scene *s, struct dev *d)
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
	struct scene s;
	uint64_t strangers, authors;

	(void)state;
	scene_start(&s);
	set_limits(&s, 48, 24);
	dev_sync(&s.a);
	strangers = decide_on(&s, &s.c);
	dev_sync(&s.c);
	assert_int_equal(dev_outcome(&s.c, strangers)->kind, OUTCOME_HELD);
	assert_string_equal(
	    dev_outcome(&s.c, strangers)->reason, "not_decider");
	assert_int_equal(listed(&s), 1);
	authors = decide_on(&s, &s.a);
	dev_sync(&s.a);
	assert_int_equal(dev_outcome(&s.a, authors)->kind, OUTCOME_APPLIED);
	assert_int_equal(listed(&s), 0);
	scene_end(&s);
}

/* Ceri, who sees all that there is, writes another name over what stands. */
static void
replace_what_stands(struct scene *s)
{
	rename_from(s, &s->c, "'Bets'", "'Lisbeth'");
	dev_sync(&s->c);
}

static void
test_an_author_decides_though_their_value_was_replaced_meanwhile(void **state)
{
	struct scene s;
	uint64_t authors;

	(void)state;
	scene_start(&s);
	set_limits(&s, 48, 24);
	dev_sync(&s.a);
	authors = decide_on(&s, &s.a);
	replace_what_stands(&s);
	dev_sync(&s.a);
	assert_int_not_equal(dev_outcome(&s.a, authors)->kind, OUTCOME_HELD);
	/* It is kept for who decides: it had not seen what stands. */
	assert_int_equal(listed(&s), 1);
	scene_end(&s);
}

static void
test_who_saw_their_value_replaced_is_no_author_any_more(void **state)
{
	struct scene s;
	uint64_t late;

	(void)state;
	scene_start(&s);
	set_limits(&s, 48, 24);
	replace_what_stands(&s);
	dev_sync(&s.a);
	late = decide_on(&s, &s.a);
	dev_sync(&s.a);
	assert_int_equal(dev_outcome(&s.a, late)->kind, OUTCOME_HELD);
	assert_string_equal(dev_outcome(&s.a, late)->reason, "not_decider");
	scene_end(&s);
}

/* What somebody else had written, and has written over since, is not found any
 * more; who wrote before that does not come in for it. */
static void
test_an_author_of_long_ago_does_not_come_in_for_another(void **state)
{
	struct scene s;
	uint64_t late;

	(void)state;
	scene_start(&s);
	set_limits(&s, 48, 24);
	replace_what_stands(&s);
	dev_sync(&s.a);
	late = decide_on(&s, &s.a);
	rename_from(&s, &s.c, "'Lisbeth'", "'Elsbeth'");
	dev_sync(&s.c);
	dev_sync(&s.a);
	assert_int_equal(dev_outcome(&s.a, late)->kind, OUTCOME_HELD);
	scene_end(&s);
}

static void
test_blanks_are_no_reason(void **state)
{
	char change[ID_TEXT_LEN + 24];
	struct scene s;

	(void)state;
	scene_start(&s);
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
	scene_end(&s);
}

/* It would be written down and not be read again. */
static void
test_a_reason_that_is_too_long_decides_nothing(void **state)
{
	static char reason[LIMIT_TEXT_BYTES + 2];
	struct scene s;

	(void)state;
	memset(reason, 'x', sizeof(reason) - 1);
	scene_start(&s);
	for (unsigned ask = 0; ask < 2; ask++)
		assert_answers(&s,
		    ask ? json_pack("{s:s, s:s, s:s, s:b, s:s}", "do",
		              "conflict decide", "conflict", s.conflict, "as",
		              "Amina", "ask", 1, "reason", reason)
		        : json_pack("{s:s, s:s, s:s, s:s, s:s}", "do",
		              "conflict decide", "conflict", s.conflict, "as",
		              "Amina", "take", "current", "reason", reason),
		    "invalid");
	assert_int_equal(listed(&s), 1);
	dev_sync(&s.a);
	assert_string_equal(decide(&s, "Amina", false), "");
	scene_end(&s);
}

static void
test_limits_are_bounded_and_shown(void **state)
{
	struct scene s;
	json_t *answer;

	(void)state;
	scene_start(&s);
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
	scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records_without_conflicts_are_not_read),
		cmocka_unit_test(
		    test_a_store_from_before_the_table_is_given_it),
		cmocka_unit_test(test_a_table_that_did_not_follow_is_mended),
		cmocka_unit_test(test_verify_finds_a_conflict_that_was_hidden),
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
