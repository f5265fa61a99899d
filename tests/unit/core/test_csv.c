/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables as spreadsheets write them, and as they may read them safely.
 */
#include "tests/support/check.h"

#include <string.h>

#include "common/core/csv.h"

/* The table as "a|b\nc|d\n", each line with its number before it. */
static void
assert_table(const char *bytes, const char *want)
{
	struct csv c;
	struct csv_line line;
	struct buf got;
	struct err e;
	bool any;

	buf_init(&got, 4096);
	assert_ok(csv_init(&c, bytes, strlen(bytes), &e), &e);
	for (;;) {
		assert_ok(csv_next(&c, &line, &any, &e), &e);
		if (!any)
			break;
		(void)buf_printf(&got, "%zu:", line.number);
		for (size_t i = 0; i < line.n; i++)
			(void)buf_printf(
			    &got, "%s%s", i > 0 ? "|" : "", line.cells[i]);
		(void)buf_add_str(&got, ";");
	}
	csv_fini(&c);
	assert_string_equal(got.ptr, want);
	buf_fini(&got);
}

static void
assert_refused(const char *bytes, const char *why)
{
	struct csv c;
	struct csv_line line;
	struct err e;
	bool any = true;
	enum err_code code = csv_init(&c, bytes, strlen(bytes), &e);
	const bool begun = code == ERR_OK;

	while (code == ERR_OK && any)
		code = csv_next(&c, &line, &any, &e);
	assert_int_equal(code, ERR_INVALID);
	if (strstr(e.msg, why) == NULL)
		fail_msg("%s", e.msg);
	if (begun)
		csv_fini(&c);
}

static void
cells_are_read_whatever_parts_them(void **state)
{
	(void)state;
	assert_table("a,b\r\n1,2\r\n", "1:a|b;2:1|2;");
	assert_table("a;b\n1,5;2", "1:a|b;2:1,5|2;");
	assert_table("a;b\rx;y\r", "1:a|b;2:x|y;");
	assert_table(CSV_MARK "a,b\r\n", "1:a|b;");
	assert_table("\"a;b;c\",d,e\n", "1:a;b;c|d|e;");
	assert_table("a,b\n,\n1,\n", "1:a|b;3:1|;");
	assert_table("", "");
	assert_table("caf\xC3\xA9\n", "1:caf\xC3\xA9;");
}

static void
quotes_hold_anything(void **state)
{
	(void)state;
	assert_table("a,b\n\"x, \"\"y\"\"\",\"\"\n", "1:a|b;2:x, \"y\"|;");
	assert_table(
	    "a,b\n\"1\r\n2\n3\",z\nlast,\n", "1:a|b;2:1\n2\n3|z;5:last|;");
}

static void
a_line_whose_end_is_not_certain_is_told_with_its_number(void **state)
{
	(void)state;
	assert_refused("a,b\n1,\"2\n3\n", "line 2: a quote is opened");
	assert_refused("a,b\n\n1,2\"3\n", "line 3: a quote stands within");
	assert_refused("a\n\"1\"2\n", "line 2: something stands behind");
	assert_refused("a\nb\n\xFF\n", "line 3 is not UTF-8");
}

static void
too_many_cells_are_refused(void **state)
{
	char line[CSV_CELLS_MAX + 2];

	(void)state;
	memset(line, ',', sizeof(line) - 1);
	line[0] = 'a';
	line[sizeof(line) - 1] = '\0';
	assert_refused(line, "more than 256 cells");
}

/* What is written reads again, and no spreadsheet takes it for a formula. */
static void
what_is_written_is_no_formula(void **state)
{
	static const struct {
		const char *cell, *written;
	} all[] = {
		{ "plain", "plain\r\n" },
		{ "", "\r\n" },
		{ "a,b", "\"a,b\"\r\n" },
		{ "a;b", "\"a;b\"\r\n" },
		{ "say \"x\"", "\"say \"\"x\"\"\"\r\n" },
		{ " x", "\" x\"\r\n" },
		{ "=1+1", "'=1+1\r\n" },
		{ "+44", "'+44\r\n" },
		{ "-5", "'-5\r\n" },
		{ "@a", "'@a\r\n" },
		{ "\t=1", "\"'\t=1\"\r\n" },
		{ "\r=1", "\"'\r=1\"\r\n" },
		{ "=A1,\"x\"", "\"'=A1,\"\"x\"\"\"\r\n" },
	};
	struct buf out;

	(void)state;
	buf_init(&out, 256);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		buf_reset(&out);
		csv_put(&out, true, all[i].cell);
		csv_put_end(&out);
		assert_string_equal(out.ptr, all[i].written);
	}
	buf_reset(&out);
	csv_put(&out, true, "a");
	csv_put(&out, false, "b\nc");
	csv_put_end(&out);
	assert_table(out.ptr, "1:a|b\nc;");
	buf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cells_are_read_whatever_parts_them),
		cmocka_unit_test(quotes_hold_anything),
		cmocka_unit_test(
		    a_line_whose_end_is_not_certain_is_told_with_its_number),
		cmocka_unit_test(too_many_cells_are_refused),
		cmocka_unit_test(what_is_written_is_no_formula),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
