/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each allocation of a JSON value fails once while a change meets a record:
 * the record is then as it was, and nothing leaks.
 */
#include "tests/support/check.h"

#include "common/core/path.h"
#include "tests/support/check_apply.h"

static long allocations_left;

static void *
counted_malloc(size_t n)
{
	if (allocations_left == 0)
		return NULL;
	allocations_left--;
	return malloc(n);
}

static enum err_code
apply_with(const struct check_desk *d, struct record *r, const struct change *c,
    long allocations)
{
	struct apply_context ctx = { .schema = d->schema,
		.version = { 1, d->seq + 1 } };
	struct apply_result result;
	struct err e = { 0 };
	enum err_code code;

	allocations_left = allocations;
	code = apply_change(r, c, &ctx, &result, &e);
	allocations_left = -1;
	if (code == ERR_OK)
		assert_int_not_equal(result.kind, OUTCOME_HELD);
	return code;
}

/* Fail the first, the second ... until the change goes in; ends the change. */
static void
fail_each(struct check_desk *d, struct change *c)
{
	long n = 0;
	enum err_code code;

	do {
		struct record r;
		char *before = check_text(&d->record), *after;
		struct err e = { 0 };

		assert_ok(record_copy(&d->record, &r, &e), &e);
		code = apply_with(d, &r, c, n++);
		if (code != ERR_OK) {
			assert_int_equal(code, ERR_NOMEM);
			after = check_text(&r);
			assert_string_equal(before, after);
			free(after);
		}
		record_fini(&r);
		free(before);
	} while (code != ERR_OK);
	assert_true(n > 3);
	check_send(d, c);
}

static void
a_change_that_runs_out_of_memory_leaves_the_record_as_it_was(void **state)
{
	struct check_desk d;
	struct change c;

	(void)state;
	check_desk_init(&d, "note");
	c = check_change(&d, ANN);
	check_op(&c, "summary", 0, 0, NULL, "'alpha beta gamma delta'");
	check_op(&c, "activities/listened", 0, 0, NULL, "true");
	check_op(&c, "statements/r1/text", 0, 0, NULL, "'home'");
	check_op(&c, "statements/r2/text", 0, 0, NULL, "'tea'");
	check_op(&c, "mode", 0, 0, NULL, "'instructed'");
	fail_each(&d, &c);
	c = check_change(&d, BOB);
	check_op(&c, "summary", 1, 0, "'alpha beta gamma delta'",
	    "'alpha beta gamma omega'");
	check_op(&c, "mode", 0, 0, NULL, "'non_instructed'");
	check_op(&c, "interpreter", 0, 0, NULL, "'Makaton'");
	check_op(&c, "statements/r1", 1, 0, "{'text':'home'}", NULL);
	fail_each(&d, &c);
	c = check_change(&d, CAT);
	check_op(&c, "summary", 1, 0, "'alpha beta gamma delta'",
	    "'Alpha beta gamma delta'");
	check_op(&c, "statements/r1/text", 1, 0, "'home'", "'at home'");
	check_op(&c, "interpreter", 0, 0, NULL, "'Signs'");
	check_op(&c, "mode", 1, 0, "'instructed'", "'non_instructed'");
	check_resolve(&d, &c, "mode", 1, "she could not say");
	fail_each(&d, &c);
	c = check_change(&d, ANN);
	check_op(&c, "content", 0, 0, NULL, "'signed'");
	check_op(&c, "summary", 1, 1, "'alpha beta gamma delta'",
	    "'alpha beta gamma delta'");
	check_op(&c, "statements/r1/text", 1, 1, "'home'", "'home'");
	fail_each(&d, &c);
	assert_true(json_object_size(path_get(d.record.doc, "addenda")) > 3);
	check_desk_fini(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_change_that_runs_out_of_memory_leaves_the_record_as_it_was),
	};

	allocations_left = -1;
	json_set_alloc_funcs(counted_malloc, free);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
