/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In whose name a change speaks, and of which records.
 */
#include "tests/support/check.h"

#include <stdio.h>
#include <string.h>

#include "common/core/path.h"
#include "tests/support/check_apply.h"

static struct check_desk d;

/* Records that this office has: 50 is a visit, 51 a case, 52 a person. */
static enum err_code
type_of(void *arg, struct id record, char type_out[static 65], struct err *e)
{
	static const char *const types[] = { "visit", "case", "person" };

	if (arg != NULL)
		return err_set(e, ERR_IO, 0, "the disk failed");
	for (unsigned i = 0; i < 3; i++)
		if (id_equal(record, check_id(50 + i))) {
			(void)snprintf(type_out, 65, "%s", types[i]);
			return ERR_OK;
		}
	return err_set(e, ERR_NOTFOUND, 0, "no such record");
}

static enum err_code
send_to(struct change *c, const struct apply_context *ctx, struct err *e)
{
	enum err_code code = apply_change(&d.record, c, ctx, &d.result, e);

	if (code == ERR_OK && d.result.kind != OUTCOME_HELD)
		d.seq++;
	change_fini(c);
	return code;
}

/* Send it to an office that knows these records. */
static enum outcome_kind
send_known(struct change *c, bool by_office)
{
	struct apply_context ctx = { .schema = d.schema,
		.version = { 1, d.seq + 1 },
		.by_office = by_office,
		.type_of = type_of };
	struct err e = { 0 };

	assert_ok(send_to(c, &ctx, &e), &e);
	return d.result.kind;
}

/* An op whose value is JSON with %s for the id of record n. */
static void
op_with_id(struct change *c, const char *path, const char *form, unsigned n)
{
	char text[400];
	const char *at = strstr(form, "%s");

	assert_non_null(at);
	(void)snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - form), form,
	    id_print(check_id(n)).s, at + 2);
	check_op(c, path, 0, 0, NULL, text);
}

/* One op with a reference, alone in a change. */
static enum outcome_kind
refer(const char *path, const char *form, unsigned n)
{
	struct change c = check_change(&d, ANN);

	op_with_id(&c, path, form, n);
	return send_known(&c, false);
}

static void
assert_wrong_ref(const char *path)
{
	assert_string_equal(d.result.reason, "wrong_ref");
	assert_string_equal(d.result.path, path);
}

static void
a_reference_to_a_record_of_the_wrong_type_is_held(void **state)
{
	char member[80];
	struct change c;

	(void)state;
	check_desk_init(&d, "note");
	assert_int_equal(refer("visit", "'%s'", 51), OUTCOME_HELD);
	assert_wrong_ref("visit");
	assert_int_equal(
	    refer("", "{'summary':'x','case':'%s'}", 50), OUTCOME_HELD);
	assert_wrong_ref("");
	assert_int_equal(
	    refer("statements/s1", "{'text':'x','issue':'%s'}", 50),
	    OUTCOME_HELD);
	assert_wrong_ref("statements/s1");
	assert_int_equal(
	    refer("statements/s1/issue", "'%s'", 51), OUTCOME_HELD);
	assert_int_equal(refer("visit", "'%s'", 50), OUTCOME_APPLIED);
	/* It may be on its way: nothing is known of it. */
	assert_int_equal(refer("case", "'%s'", 70), OUTCOME_APPLIED);
	check_desk_again(&d, "visit");
	assert_int_equal(refer("cases", "['%s']", 52), OUTCOME_HELD);
	assert_wrong_ref("cases");
	(void)snprintf(
	    member, sizeof(member), "cases/%s", id_print(check_id(52)).s);
	c = check_change(&d, ANN);
	check_op(&c, member, 0, 0, NULL, "true");
	assert_int_equal(send_known(&c, false), OUTCOME_HELD);
	assert_wrong_ref(member);
	assert_int_equal(refer("cases", "['%s']", 51), OUTCOME_APPLIED);
	check_desk_again(&d, "person");
	assert_int_equal(
	    refer("location", "{'room':'4','site':'%s'}", 51), OUTCOME_HELD);
	assert_wrong_ref("location");
	check_desk_fini(&d);
}

static void
the_office_itself_refers_to_what_fits_as_well(void **state)
{
	struct change c;

	(void)state;
	check_desk_init(&d, "note");
	c = check_change(&d, ANN);
	op_with_id(&c, "visit", "'%s'", 52);
	assert_int_equal(send_known(&c, true), OUTCOME_HELD);
	assert_wrong_ref("visit");
	check_desk_fini(&d);
}

static void
a_record_that_refers_to_itself_is_of_its_own_type(void **state)
{
	struct change c;

	(void)state;
	check_desk_init(&d, "note");
	c = check_change(&d, ANN);
	assert_true(id_equal(c.record, check_id(7)));
	op_with_id(&c, "visit", "'%s'", 7);
	assert_int_equal(send_known(&c, false), OUTCOME_HELD);
	check_desk_fini(&d);
}

/* What stands was let in when its record was not here: signing says it
 * again. */
static void
a_reference_that_stands_already_may_be_said_again(void **state)
{
	struct apply_context blind = { .version = { 1, 1 } };
	struct change c;
	struct err e = { 0 };

	(void)state;
	check_desk_init(&d, "note");
	blind.schema = d.schema;
	c = check_change(&d, ANN);
	op_with_id(&c, "visit", "'%s'", 51);
	assert_ok(send_to(&c, &blind, &e), &e);
	assert_int_equal(refer("visit", "'%s'", 51), OUTCOME_APPLIED);
	check_desk_fini(&d);
}

static void
an_error_while_looking_ends_the_attempt_and_changes_nothing(void **state)
{
	struct apply_context ctx = {
		.version = { 1, 1 }, .type_of = type_of, .arg = &d
	};
	struct change c;
	struct err e = { 0 };

	(void)state;
	check_desk_init(&d, "note");
	ctx.schema = d.schema;
	c = check_change(&d, ANN);
	check_op(&c, "summary", 0, 0, NULL, "'x'");
	op_with_id(&c, "visit", "'%s'", 50);
	assert_int_equal(send_to(&c, &ctx, &e), ERR_IO);
	assert_null(path_get(d.record.doc, "summary"));
	check_desk_fini(&d);
}

/* ---- addenda ---- */

/* An addendum by ANN that says that author n wrote it. */
static enum outcome_kind
add_as(const char *path, const char *form, unsigned n, bool by_office)
{
	struct change c = check_change(&d, ANN);
	char text[400];
	const char *at = strstr(form, "%s");

	assert_non_null(at);
	(void)snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - form), form,
	    id_print(check_author(n)).s, at + 2);
	check_op(&c, path, 0, 0, NULL, text);
	return send_known(&c, by_office);
}

static void
nobody_adds_in_anothers_name(void **state)
{
	static const struct {
		const char *path, *form;
	} ways[] = { { "addenda/r1/author", "'%s'" },
		{ "addenda/r1", "{'author':'%s','text':'x'}" },
		{ "addenda", "{'r1':{'author':'%s','text':'x'}}" },
		{ "", "{'addenda':{'r1':{'author':'%s','text':'x'}}}" } };

	(void)state;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		for (int by_office = 0; by_office < 2; by_office++) {
			check_desk_init(&d, "note");
			assert_int_equal(add_as(ways[i].path, ways[i].form, BOB,
			                     by_office != 0),
			    OUTCOME_HELD);
			assert_string_equal(d.result.reason, "wrong_author");
			assert_string_equal(d.result.path, ways[i].path);
			assert_int_equal(add_as(ways[i].path, ways[i].form, ANN,
			                     by_office != 0),
			    OUTCOME_APPLIED);
			check_desk_fini(&d);
		}
}

static void
nobody_writes_on_in_anothers_addendum(void **state)
{
	struct change c;

	(void)state;
	check_desk_init(&d, "note");
	assert_int_equal(
	    add_as("addenda/r1", "{'author':'%s','text':'mine'}", ANN, false),
	    OUTCOME_APPLIED);
	c = check_change(&d, BOB);
	check_op(&c, "addenda/r1/refers_to", 1, 0, NULL, "'summary'");
	assert_int_equal(send_known(&c, false), OUTCOME_HELD);
	assert_string_equal(d.result.reason, "wrong_author");
	c = check_change(&d, ANN);
	check_op(&c, "addenda/r1/refers_to", 1, 1, NULL, "'summary'");
	assert_int_equal(send_known(&c, false), OUTCOME_APPLIED);
	check_desk_fini(&d);
}

static void
a_view_shows_what_the_office_will_hold(void **state)
{
	struct apply_context view = { .version = { 1, 1 },
		.by_office = true,
		.is_view = true,
		.type_of = type_of };
	struct apply_result result;
	struct change c;
	struct err e = { 0 };

	(void)state;
	check_desk_init(&d, "note");
	view.schema = d.schema;
	c = check_change(&d, ANN);
	op_with_id(&c, "visit", "'%s'", 51);
	op_with_id(&c, "addenda/r1", "{'author':'%s','text':'x'}", 9);
	view.is_view = false;
	assert_ok(apply_admits(&d.record, &c, &view, &result, &e), &e);
	assert_int_equal(result.kind, OUTCOME_HELD);
	assert_string_equal(result.reason, "wrong_ref");
	view.is_view = true;
	assert_ok(apply_admits(&d.record, &c, &view, &result, &e), &e);
	assert_int_equal(result.kind, OUTCOME_APPLIED);
	assert_null(path_get(d.record.doc, "visit"));
	assert_ok(send_to(&c, &view, &e), &e);
	assert_int_equal(d.result.kind, OUTCOME_APPLIED);
	assert_non_null(path_get(d.record.doc, "visit"));
	check_desk_fini(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_reference_to_a_record_of_the_wrong_type_is_held),
		cmocka_unit_test(the_office_itself_refers_to_what_fits_as_well),
		cmocka_unit_test(
		    a_record_that_refers_to_itself_is_of_its_own_type),
		cmocka_unit_test(
		    a_reference_that_stands_already_may_be_said_again),
		cmocka_unit_test(
		    an_error_while_looking_ends_the_attempt_and_changes_nothing),
		cmocka_unit_test(nobody_adds_in_anothers_name),
		cmocka_unit_test(nobody_writes_on_in_anothers_addendum),
		cmocka_unit_test(a_view_shows_what_the_office_will_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
