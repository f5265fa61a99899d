/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the shipped record types, code lists and words hold, asked through the
 * interface that the programs use.
 */
#include "tests/support/check.h"

#include "common/core/protocol.h"
#include "schema/schema_bundle.h"
#include "tests/support/check_schema.h"

static void
paths_find_their_fields(void **state)
{
	const struct schema_type *note = check_type(the_schema, "note");
	static const struct {
		const char *path;
		enum schema_part part;
		const char *field;
	} cases[] = {
		{ "", SCHEMA_PART_RECORD, NULL },
		{ "summary", SCHEMA_PART_FIELD, "summary" },
		{ "activities", SCHEMA_PART_FIELD, "activities" },
		{ "activities/listened", SCHEMA_PART_MEMBER, "activities" },
		{ "statements/r1", SCHEMA_PART_ROW, "statements" },
		{ "statements/r1/text", SCHEMA_PART_COLUMN, "text" },
		{ "statements/r1/new", SCHEMA_PART_UNKNOWN, NULL },
		{ "summar", SCHEMA_PART_UNKNOWN, NULL },
		{ "summaryy", SCHEMA_PART_UNKNOWN, NULL },
		{ "newer/thing", SCHEMA_PART_UNKNOWN, NULL },
		{ "summary/x", SCHEMA_PART_BAD, NULL },
		{ "activities/listened/x", SCHEMA_PART_BAD, NULL },
		{ "statements/r1/text/x", SCHEMA_PART_BAD, NULL },
		{ "statements//text", SCHEMA_PART_BAD, NULL },
		{ "/summary", SCHEMA_PART_BAD, NULL },
		{ "summary/", SCHEMA_PART_BAD, NULL },
		{ "sum mary", SCHEMA_PART_BAD, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct schema_spot spot = schema_find(note, cases[i].path);

		if (spot.part != cases[i].part)
			fail_msg("%s: part %d", cases[i].path, (int)spot.part);
		if (cases[i].field == NULL)
			assert_null(spot.field);
		else
			assert_string_equal(spot.field->name, cases[i].field);
	}
	assert_int_equal(
	    schema_find(check_type(the_schema, "visit"), "actual/start").part,
	    SCHEMA_PART_BAD);
}

static void
columns_and_members_know_their_parent(void **state)
{
	const struct schema_type *note = check_type(the_schema, "note");
	const struct schema_field *text =
	    schema_find_field(note, "statements/r1/text");
	const struct schema_field *done =
	    schema_find_field(note, "actions/r1/done");
	const struct schema_field *actual =
	    schema_find_field(check_type(the_schema, "visit"), "actual");

	(void)state;
	assert_ptr_equal(text->parent, schema_find_field(note, "statements"));
	assert_int_equal(text->policy, SCHEMA_MERGED_TEXT);
	assert_true(text->locks_at_sign_off);
	assert_true(text->free_text);
	assert_false(done->locks_at_sign_off);
	assert_ptr_equal(schema_child(actual, "start")->parent, actual);
	assert_int_equal(schema_child(actual, "start")->policy, SCHEMA_ASK);
	assert_null(schema_child(actual, "begin"));
}

/* Two people's devices share every record but a draft, and two devices of one
 * author share that, so each of these can meet its like. */
static void
every_policy_and_kind_occurs(void **state)
{
	unsigned policies = 0, kinds = 0;

	(void)state;
	for (size_t t = 0; t < schema_types_n(the_schema); t++) {
		const struct schema_type *type = schema_type_at(the_schema, t);

		for (size_t i = 0; i < type->fields_n; i++) {
			const struct schema_field *f = &type->fields[i];

			if (strcmp(type->name, "user") == 0)
				continue;
			policies |= 1U << f->policy;
			kinds |= 1U << f->kind;
		}
	}
	assert_int_equal(policies, (2U << SCHEMA_OFFICE) - 2);
	assert_int_equal(kinds, (2U << SCHEMA_GROUP) - 2);
}

static void
fields_are_shown_in_the_order_of_their_file(void **state)
{
	const struct schema_type *note = check_type(the_schema, "note");
	const struct schema_field *statements =
	    schema_find_field(note, "statements");

	(void)state;
	assert_string_equal(
	    schema_shown(note->fields, note->fields_n, 0)->name, "visit");
	assert_string_equal(
	    schema_shown(note->fields, note->fields_n, note->fields_n - 1)
	        ->name,
	    "addenda");
	assert_null(schema_shown(note->fields, note->fields_n, note->fields_n));
	assert_string_equal(
	    schema_shown(statements->children, statements->children_n, 1)->name,
	    "speaker");
}

static void
a_type_says_whose_its_records_are(void **state)
{
	const struct schema_type *person = check_type(the_schema, "person");
	const struct schema_type *note = check_type(the_schema, "note");
	const struct schema_type *site = check_type(the_schema, "site");
	const struct schema_type *type = check_type(the_schema, "case");

	(void)state;
	assert_int_equal(person->rules[0].rule, SCHEMA_BACK);
	assert_string_equal(person->rules[0].type, "case");
	assert_string_equal(person->rules[0].field, "person");
	assert_int_equal(site->rules[0].rule, SCHEMA_EVERYONE);
	assert_int_equal(type->rules[0].rule, SCHEMA_SELF);
	assert_int_equal(note->rules_n, 2);
	assert_int_equal(note->rules[0].rule, SCHEMA_AUTHOR_WHILE);
	assert_int_equal(json_array_size(note->rules[0].in), 1);
	assert_int_equal(note->rules[1].rule, SCHEMA_BY_REF);
	assert_string_equal(note->rules[1].type, "case");
	assert_string_equal(type->grants.rows, "assignments");
	assert_string_equal(type->grants.user, "advocate");
	assert_null(note->grants.rows);
	assert_string_equal(note->signing.addenda, "addenda");
	assert_null(site->signing.field);
	assert_null(schema_type(the_schema, "spaceship"));
}

static void
a_rank_tells_the_more_protective_value(void **state)
{
	const struct schema_type *note = check_type(the_schema, "note");
	const struct schema_field *f = schema_find_field(note, "safeguarding");
	const struct schema_field *debrief =
	    schema_find_field(note, "debrief_wanted");
	json_t *unsure = json_string("unsure"),
	       *concern = json_string("concern");
	json_t *newer = json_string("newer");
	int sign = 9;

	(void)state;
	assert_int_equal(schema_rank_of(f, unsure), 1);
	assert_int_equal(schema_rank_of(f, newer), -1);
	assert_true(schema_rank_compare(f, unsure, concern, &sign));
	assert_int_equal(sign, -1);
	assert_true(schema_rank_compare(f, concern, NULL, &sign));
	assert_int_equal(sign, 1);
	assert_true(schema_rank_compare(f, NULL, NULL, &sign));
	assert_int_equal(sign, 0);
	assert_false(schema_rank_compare(f, concern, newer, &sign));
	assert_true(
	    schema_rank_compare(debrief, json_true(), json_false(), &sign));
	assert_int_equal(sign, 1);
	json_decref(unsure);
	json_decref(concern);
	json_decref(newer);
}

static void
code_lists_have_labels_dates_and_nations(void **state)
{
	const struct schema_list *kinds =
	    schema_list(the_schema, "statement_kind");
	const struct schema_list *basis =
	    schema_list(the_schema, "legal_basis");
	struct schema_code item = { .from = "2026-01-01", .to = "2026-12-31" };

	(void)state;
	assert_non_null(kinds);
	assert_int_equal(kinds->items_n, 7);
	assert_string_equal(kinds->items[0].code, "SAID_EXACT");
	assert_string_equal(
	    schema_code_label(kinds, "ADVOCATE_VIEW"), "My view");
	assert_string_equal(schema_code_label(kinds, "NEWER"), "NEWER");
	assert_null(schema_code(kinds, "NEWER"));
	assert_true(schema_code_is_current(
	    schema_code(basis, "WALES_IPA"), "2026-11-21", "wales"));
	assert_false(schema_code_is_current(
	    schema_code(basis, "WALES_IPA"), "2026-11-21", "england"));
	assert_true(schema_code_is_current(
	    schema_code(basis, "WALES_IPA"), "2026-11-21", NULL));
	assert_true(schema_code_is_current(&item, "2026-12-31", "wales"));
	assert_false(schema_code_is_current(&item, "2027-01-01", NULL));
	assert_false(schema_code_is_current(&item, "2025-12-31", NULL));
	assert_null(schema_list(the_schema, "nothing"));
}

static void
every_list_of_the_domain_is_there(void **state)
{
	static const char *const lists[] = { "legal_basis", "model",
		"care_act_function", "setting", "referral_source",
		"referral_reason", "declined_reason", "client_group",
		"communication_need", "contact_role", "close_reason",
		"imca_decision", "mha_status", "complaint_stage",
		"issue_category", "outcome", "contact_method", "visit_result",
		"approach", "activity", "statement_kind", "abuse_type",
		"meeting_kind", "ethnicity", "age_band", "sex", "gender",
		"religion", "sexual_orientation", "disability", "carer",
		"outcome_area", "outcome_met", "report_kind", "referral_status",
		"challenge_form", "expressed_how", "certainty" };

	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (schema_list(the_schema, lists[i]) == NULL)
			fail_msg("no list %s", lists[i]);
	assert_int_equal(schema_list(the_schema, "ethnicity")->items_n, 19 + 2);
	assert_int_equal(schema_list(the_schema, "legal_basis")->items_n, 23);
}

/* Each says what it is for, and whose its records are. */
static void
every_type_of_the_domain_is_there(void **state)
{
	static const char *const types[] = { "person", "contact",
		"person_contact", "site", "referral", "case", "care_act",
		"imca", "dols", "imha", "complaint", "child", "issue", "wish",
		"visit", "note", "consent", "concern", "disclosure", "task",
		"decision", "challenge", "meeting", "report", "outcome",
		"group_session", "time_entry", "equality", "feedback", "user",
		"service" };

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (schema_type(the_schema, types[i]) == NULL)
			fail_msg("no type %s", types[i]);
	for (size_t i = 0; i < schema_types_n(the_schema); i++) {
		const struct schema_type *type = schema_type_at(the_schema, i);

		if (*type->help == '\0' || type->rules_n == 0)
			fail_msg("%s: no help or no scope", type->name);
	}
	assert_true(schema_stays_at_office(check_type(the_schema, "equality")));
	assert_true(schema_is_own_scope(check_type(the_schema, "case")));
	assert_false(schema_stays_at_office(check_type(the_schema, "case")));
	assert_false(schema_is_own_scope(check_type(the_schema, "person")));
}

static void
every_error_has_a_sentence(void **state)
{
	char key[64];

	(void)state;
	for (int word = 0; word < WORD_N; word++) {
		(void)snprintf(key, sizeof(key), "problem.%s",
		    protocol_word((enum protocol_word)word));
		if (strcmp(schema_word(the_schema, key), key) == 0)
			fail_msg("no sentence for %s", key);
	}
	for (enum err_code code = ERR_OK; code < ERR_CODE_N; code++) {
		(void)snprintf(key, sizeof(key), "error.%s", err_word(code));
		if (strcmp(schema_word(the_schema, key), key) == 0)
			fail_msg("no sentence for %s", key);
	}
	assert_string_equal(schema_word(the_schema, "content.draft"), "Draft");
	assert_string_equal(schema_word(the_schema, "no.such"), "no.such");
}

/* What people read says neither who decides for the person nor names our
 * machinery. */
static void
words_avoid_what_advocates_do_not_say(void **state)
{
	static const char *const never[] = { "replica", "merge conflict",
		"in their best interests", "mediat", "Overdue" };

	(void)state;
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		if (memmem(schema_bundle_bytes, schema_bundle_len, never[i],
		        strlen(never[i])) != NULL)
			fail_msg("the bundle says \"%s\"", never[i]);
}

static void
signing_asks_for_what_is_missing(void **state)
{
	const struct schema_type *visit = check_type(the_schema, "visit");
	json_t *doc = check_json(
	    "{'cases': ['018f0000-0000-7000-8000-000000000001'],"
	    "'method': 'visit', 'result': 'seen_alone', 'direct_minutes': 40,"
	    "'actual': {'start': '2026-11-21T10:00:00.000Z'}}");
	const struct schema_field *f;
	size_t i = 0;

	(void)state;
	f = schema_missing(visit, doc, &i);
	assert_non_null(f);
	assert_string_equal(f->name, "actual");
	assert_null(schema_missing(visit, doc, &i));
	json_object_set_new(json_object_get(doc, "actual"), "end",
	    json_string("2026-11-21T11:00:00.000Z"));
	i = 0;
	assert_null(schema_missing(visit, doc, &i));
	json_decref(doc);
}

static void
one_field_may_be_filled_in_instead_of_another(void **state)
{
	const struct schema_type *note = check_type(the_schema, "note");
	json_t *doc = check_json("{'views_not_found': 'Asleep throughout.'}");
	const struct schema_field *f;
	size_t i = 0, n = 0;

	(void)state;
	while ((f = schema_missing(note, doc, &i)) != NULL) {
		assert_string_not_equal(f->name, "statements");
		n++;
	}
	assert_true(n > 5);
	json_decref(doc);
}

static void
a_record_is_signed_when_its_state_says_so(void **state)
{
	const struct schema_type *note = check_type(the_schema, "note");
	static const char *const docs[] = { "{}", "{'content': 'draft'}",
		"{'content': 'signed'}", "{'content': 'newer'}" };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		json_t *doc = check_json(docs[i]);

		assert_int_equal(schema_is_signed(note, doc), i >= 2);
		assert_false(
		    schema_is_signed(check_type(the_schema, "site"), doc));
		json_decref(doc);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_find_their_fields),
		cmocka_unit_test(columns_and_members_know_their_parent),
		cmocka_unit_test(every_policy_and_kind_occurs),
		cmocka_unit_test(fields_are_shown_in_the_order_of_their_file),
		cmocka_unit_test(a_type_says_whose_its_records_are),
		cmocka_unit_test(a_rank_tells_the_more_protective_value),
		cmocka_unit_test(code_lists_have_labels_dates_and_nations),
		cmocka_unit_test(every_list_of_the_domain_is_there),
		cmocka_unit_test(every_type_of_the_domain_is_there),
		cmocka_unit_test(every_error_has_a_sentence),
		cmocka_unit_test(words_avoid_what_advocates_do_not_say),
		cmocka_unit_test(signing_asks_for_what_is_missing),
		cmocka_unit_test(one_field_may_be_filled_in_instead_of_another),
		cmocka_unit_test(a_record_is_signed_when_its_state_says_so),
	};

	return cmocka_run_group_tests(
	    tests, check_schema_set_up, check_schema_tear_down);
}
