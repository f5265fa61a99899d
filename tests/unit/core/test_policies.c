/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each policy promises, kept at every path of every type: two devices
 * and the office set the same path without having seen each other.  The paths
 * come from the schema, so a new type is tried by being there.
 */
#include "tests/support/check.h"

#include <stdlib.h>

#include "common/core/limits.h"
#include "common/core/path.h"
#include "tests/support/check_apply.h"

#define OFFICE DEE
#define VALUES 3 /* as many different ones, where the kind has them */

static struct check_desk d;
static unsigned policies_met; /* bits */
static size_t paths_met;

static int
set_up(void **state)
{
	*state = &d;
	check_desk_init(&d, "person");
	return 0;
}

/* A record of the type on which nobody has written. */
static void
begin(const struct schema_type *type)
{
	struct err e;

	record_fini(&d.record);
	assert_ok(record_init(&d.record, check_id(7), type->name,
	              check_author(ANN), &e),
	    &e);
}

/* ---- values: the k-th of a kind, as JSON with ' for " ---- */

struct text {
	char s[400];
};

/* Of a rank the last are the most protective, so that the order that the
 * tests expect is theirs. */
static void
code_value(const struct schema_field *f, unsigned k, struct text *out)
{
	const size_t n = f->codes->items_n;
	const char *code = f->codes->items[k % n].code;

	if (f->order != NULL)
		code = json_string_value(json_array_get(
		    f->order, n > VALUES ? n - VALUES + k : k % n));
	(void)snprintf(out->s, sizeof(out->s), "'%s'", code);
}

static struct text
value(const struct schema_field *f, unsigned k)
{
	struct text out = { "" }, member;
	const struct schema_field *child;

	switch (f->kind) {
	case SCHEMA_LINE:
	case SCHEMA_TEXT:
		(void)snprintf(out.s, sizeof(out.s), "'word%u'", k);
		break;
	case SCHEMA_DATE:
		(void)snprintf(out.s, sizeof(out.s), "'2026-11-1%u'", k);
		break;
	case SCHEMA_TIME:
		(void)snprintf(
		    out.s, sizeof(out.s), "'2026-11-21T18:05:0%u.000Z'", k);
		break;
	case SCHEMA_NUMBER:
		(void)snprintf(out.s, sizeof(out.s), "%lld",
		    (long long)(f->max < INT64_MAX ? f->max - 2 + k : 5 + k));
		break;
	case SCHEMA_YES_NO:
		(void)snprintf(out.s, sizeof(out.s), "%s",
		    f->order != NULL
		        ? (json_is_true(json_array_get(f->order, k % 2))
		                  ? "true"
		                  : "false")
		        : (k % 2 == 1 ? "true" : "false"));
		break;
	case SCHEMA_CODE:
		code_value(f, k, &out);
		break;
	case SCHEMA_REF:
		(void)snprintf(
		    out.s, sizeof(out.s), "'%s'", id_print(check_id(20 + k)).s);
		break;
	case SCHEMA_GROUP:
		child = schema_shown(f->children, f->children_n, 0);
		member = value(child, k);
		(void)snprintf(out.s, sizeof(out.s), "{'%s':%.300s}",
		    child->name, member.s);
		break;
	case SCHEMA_CODES:
	case SCHEMA_REFS:
	case SCHEMA_ROWS:
		fail_msg("%s is no one value", f->name);
	}
	return out;
}

static size_t
values_n(const struct schema_field *f)
{
	if (f->kind == SCHEMA_YES_NO)
		return 2;
	if (f->kind == SCHEMA_CODE && f->codes->items_n < VALUES)
		return f->codes->items_n;
	return VALUES;
}

/* ---- one path ---- */

/* Set the path to the k-th value, having seen what there was at `seen`. */
static enum outcome_kind
say(unsigned who, const char *path, uint64_t seen, const char *now)
{
	d.by_office = who == OFFICE;
	return check_edit(&d, who, path, seen, 0, NULL, now);
}

static void
expect(const char *path, enum outcome_kind got, enum outcome_kind want)
{
	if (got != want)
		fail_msg("%s, %s: %s, not %s (%s)", d.record.type, path,
		    outcome_word(got), outcome_word(want), d.result.reason);
}

/* The more protective value stands, and the other is told beside it. */
static void
unseen_rank(const char *path, const struct schema_field *f,
    const unsigned who[2], uint64_t seen)
{
	const unsigned last = (unsigned)values_n(f) - 1;
	const struct text less = value(f, 0), most = value(f, last);

	expect(path, say(who[0], path, seen, most.s), OUTCOME_APPLIED);
	expect(path, say(who[1], path, seen, less.s), OUTCOME_MERGED);
	check_value(&d, path, most.s);
	check_side(&d, path, 0, less.s, who[1], true);
	assert_int_equal(check_conflict(&d, path)->kind, CONFLICT_NOTICE);
}

static void
unseen_office(const char *path, const struct schema_field *f,
    const unsigned who[2], uint64_t seen)
{
	const struct text one = value(f, 0), other = value(f, 1);

	for (size_t i = 0; i < 2; i++) {
		const enum outcome_kind got =
		    say(who[i], path, seen, i == 0 ? one.s : other.s);

		if (who[i] == OFFICE) {
			expect(path, got, OUTCOME_APPLIED);
			continue;
		}
		expect(path, got, OUTCOME_HELD);
		assert_string_equal(d.result.reason, "office_only");
	}
}

/* Two sentences that nobody wrote over go in; a word that both put in place
 * of the same one is asked. */
static void
unseen_text(const char *path, const unsigned who[2], uint64_t seen)
{
	static const char
	    *const was = "'Tea is nice. Rain. The tree is tall.'",
	           *const first = "'Coffee is nice. Rain. The tree is tall.'",
	           *const second = "'Tea is nice. Rain. The tree is green.'",
	           *const clash = "'Cocoa is nice. Rain. The tree is tall.'";
	struct change c;
	uint64_t saw;

	expect(path, say(CAT, path, seen, was), OUTCOME_APPLIED);
	saw = d.seq;
	d.by_office = who[0] == OFFICE;
	expect(path, check_edit(&d, who[0], path, saw, 0, was, first),
	    OUTCOME_APPLIED);
	d.by_office = who[1] == OFFICE;
	expect(path, check_edit(&d, who[1], path, saw, 0, was, second),
	    OUTCOME_MERGED);
	check_value(&d, path, "'Coffee is nice. Rain. The tree is green.'");
	c = check_change(&d, CAT);
	d.by_office = false;
	check_op(&c, path, saw, 0, was, clash);
	expect(path, check_send(&d, &c), OUTCOME_CONFLICT);
	check_value(&d, path, "'Coffee is nice. Rain. The tree is green.'");
	check_side(&d, path, 0, clash, CAT, true);
}

/* Policies that take values as they are. */
static void
unseen_plain(const char *path, const struct schema_field *f,
    const unsigned who[2], uint64_t seen)
{
	const struct text one = value(f, 0), other = value(f, 1);
	const bool is_latest = f->policy == SCHEMA_LATEST;
	enum outcome_kind got;

	expect(path, say(who[0], path, seen, one.s), OUTCOME_APPLIED);
	got = say(who[1], path, seen, other.s);
	if (f->policy == SCHEMA_FIXED) {
		expect(path, got, OUTCOME_HELD);
		assert_string_equal(d.result.reason, "fixed");
		check_value(&d, path, one.s);
		return;
	}
	expect(path, got, is_latest ? OUTCOME_MERGED : OUTCOME_CONFLICT);
	check_value(&d, path, is_latest ? other.s : one.s);
	check_side(&d, path, 0, is_latest ? one.s : other.s,
	    is_latest ? who[0] : who[1], true);
	assert_int_equal(check_conflict(&d, path)->kind,
	    is_latest ? CONFLICT_BESIDE : CONFLICT_ASK);
}

/* A member that one takes away and another, who had not seen that, says again
 * is there. */
static void
unseen_member(
    const char *set, const struct schema_field *f, const unsigned who[2])
{
	struct text path[2];
	uint64_t saw;

	for (unsigned k = 0; k < 2; k++)
		(void)snprintf(path[k].s, sizeof(path[k].s), "%s/%s", set,
		    f->kind == SCHEMA_CODES ? f->codes->items[k].code
		                            : id_print(check_id(20 + k)).s);
	for (unsigned k = 0; k < 2; k++) {
		const enum outcome_kind got = say(who[k], path[k].s, 0, "true");

		if (f->policy == SCHEMA_OFFICE && who[k] != OFFICE) {
			expect(path[k].s, got, OUTCOME_HELD);
			return;
		}
		expect(path[k].s, got, OUTCOME_APPLIED);
	}
	assert_int_equal(json_array_size(path_get(d.record.doc, set)), 2);
	if (f->policy != SCHEMA_SET)
		return;
	saw = d.seq;
	d.by_office = who[1] == OFFICE;
	expect(set, check_edit(&d, who[1], path[0].s, saw, 0, "true", NULL),
	    OUTCOME_APPLIED);
	d.by_office = who[0] == OFFICE;
	(void)check_edit(&d, who[0], path[0].s, saw, 0, "true", "true");
	assert_int_equal(json_array_size(path_get(d.record.doc, set)), 2);
}

static void
unseen_value(const char *path, const struct schema_field *f,
    const unsigned who[2], uint64_t seen)
{
	policies_met |= 1U << f->policy;
	paths_met++;
	switch (f->policy) {
	case SCHEMA_RANK:
		unseen_rank(path, f, who, seen);
		return;
	case SCHEMA_MERGED_TEXT:
		unseen_text(path, who, seen);
		return;
	case SCHEMA_OFFICE:
		unseen_office(path, f, who, seen);
		return;
	case SCHEMA_FIXED:
	case SCHEMA_LATEST:
	case SCHEMA_ASK:
		unseen_plain(path, f, who, seen);
		return;
	case SCHEMA_SET:
		fail_msg("%s is a set of one value", path);
	}
}

/* ---- rows ---- */

/* Add a row with this column; the policy of the rows says who may. */
static enum outcome_kind
add_row(unsigned who, const struct schema_field *rows, const char *row,
    const struct schema_field *column)
{
	const struct text now = value(column, 0);
	char path[300];

	(void)snprintf(path, sizeof(path), "%.80s/%.80s/%.80s", rows->name, row,
	    column->name);
	return say(who, path, 0, now.s);
}

/* Rows that two people add both stay; who may not add one is held, and so is
 * who takes one of a list that only grows away. */
static void
unseen_rows(const struct schema_type *type, const struct schema_field *rows,
    const unsigned who[2])
{
	const struct schema_field *column = NULL;
	const bool is_offices = rows->policy == SCHEMA_OFFICE;
	char path[200];

	for (size_t i = 0; i < rows->children_n; i++)
		if (rows->children[i].policy != SCHEMA_OFFICE || is_offices)
			column = &rows->children[i];
	assert_non_null(column);
	begin(type);
	for (unsigned k = 0; k < 2; k++) {
		(void)snprintf(path, sizeof(path), "r%u", k);
		expect(rows->name, add_row(who[k], rows, path, column),
		    is_offices && column->policy == SCHEMA_OFFICE &&
		            who[k] != OFFICE
		        ? OUTCOME_HELD
		        : OUTCOME_APPLIED);
	}
	if (is_offices)
		return;
	assert_int_equal(
	    json_object_size(json_object_get(d.record.doc, rows->name)), 2);
	(void)snprintf(path, sizeof(path), "%.80s/r0", rows->name);
	d.by_office = who[1] == OFFICE;
	if (rows->policy == SCHEMA_FIXED) {
		char *row =
		    json_dumps(path_get(d.record.doc, path), JSON_COMPACT);

		for (char *p = row; *p != '\0'; p++)
			if (*p == '"')
				*p = '\'';
		expect(path, check_edit(&d, who[1], path, d.seq, 0, row, NULL),
		    OUTCOME_HELD);
		free(row);
	}
	policies_met |= 1U << rows->policy;
}

/* A column in a row that the office began with another one. */
static void
unseen_column(const struct schema_type *type, const struct schema_field *rows,
    const struct schema_field *column, const unsigned who[2])
{
	char path[300];

	begin(type);
	for (size_t i = 0; i < rows->children_n; i++)
		if (&rows->children[i] != column) {
			expect(rows->name,
			    add_row(OFFICE, rows, "r", &rows->children[i]),
			    OUTCOME_APPLIED);
			break;
		}
	(void)snprintf(
	    path, sizeof(path), "%.80s/r/%.80s", rows->name, column->name);
	unseen_value(path, column, who, d.seq);
}

/* ---- every type ---- */

/* What signing sets and what is added after it have rules of their own
 * (test_apply_sign, test_apply_late). */
static bool
is_of_signing(const struct schema_type *type, const char *name)
{
	const struct schema_signing *s = &type->signing;
	const char *const names[] = { s->field, s->addenda, s->author, s->by,
		s->at };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i] != NULL && strcmp(names[i], name) == 0)
			return true;
	return false;
}

static void
unseen_field(const struct schema_type *type, const struct schema_field *f,
    const unsigned who[2])
{
	if (f->kind == SCHEMA_ROWS) {
		unseen_rows(type, f, who);
		for (size_t i = 0; i < f->children_n; i++)
			unseen_column(type, f, &f->children[i], who);
		return;
	}
	begin(type);
	if (f->kind == SCHEMA_CODES || f->kind == SCHEMA_REFS) {
		policies_met |= 1U << f->policy;
		paths_met++;
		unseen_member(f->name, f, who);
	} else {
		unseen_value(f->name, f, who, 0);
	}
}

static void
each_path_of_each_type_keeps_what_its_policy_promises(void **state)
{
	static const unsigned pairs[][2] = { { ANN, BOB }, { ANN, OFFICE },
		{ OFFICE, ANN } };
	size_t types = schema_types_n(d.schema);

	(void)state;
	for (size_t t = 0; t < types; t++) {
		const struct schema_type *type = schema_type_at(d.schema, t);

		for (size_t i = 0; i < type->fields_n; i++)
			for (size_t k = 0; k < 3; k++)
				if (!is_of_signing(type, type->fields[i].name))
					unseen_field(
					    type, &type->fields[i], pairs[k]);
	}
	assert_int_equal(policies_met, (2U << SCHEMA_OFFICE) - 2);
	assert_true(types >= 30 && paths_met > 900);
	print_message("%zu types, %zu times at a path\n", types, paths_met);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    each_path_of_each_type_keeps_what_its_policy_promises,
		    set_up, check_desk_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
