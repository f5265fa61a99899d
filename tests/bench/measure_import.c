/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measure_import [LINES] -- a table of people is imported by an office that has
 * as many already, once as new people and once as what is here; and undone.
 */
#include <stdlib.h>
#include <string.h>

#include "common/sys/json.h"
#include "tests/bench/bench_office.h"

#define LINES ((size_t)10000)
#define LIMIT_MS 10000.0

/* The lines from this number on. */
static void
table_write(struct buf *out, size_t from, size_t n)
{
	struct err e;

	(void)buf_add_str(out,
	    "Our reference,Name they like to be called,Date of birth,"
	    "Needs an interpreter,Support needs and "
	    "groups,phones/+/number\r\n");
	for (size_t i = from; i < from + n; i++)
		(void)buf_printf(out,
		    "P-%zu,\"Hughes, Betty %zu\",%02zu/%02zu/19%02zu,yes,"
		    "dementia;autism,01978 %06zu\r\n",
		    i, i, i % 28 + 1, i % 12 + 1, i % 90 + 10, i);
	assert_ok(buf_check(out, &e), &e);
}

static json_t *
import(struct world *w, const struct buf *table, double *ms_out)
{
	return bench_command(w,
	    json_pack("{s:s, s:s, s:s, s:[s]}", "do", "import", "type",
	        "person", "csv", table->ptr, "keys", "local_ref"),
	    ms_out);
}

static void
assert_count(const json_t *answer, const char *key, size_t n)
{
	assert_int_equal(
	    json_integer_value(json_object_get(answer, key)), (int64_t)n);
}

static void
measure(struct world *w, size_t n)
{
	struct buf table;
	json_t *first, *answer;
	double ms;

	buf_init(&table, (size_t)64 * 1024 * 1024);
	table_write(&table, 0, n);
	first = import(w, &table, &ms);
	assert_count(first, "made", n);
	bench_figure("import a table of new people", "ms", ms, LIMIT_MS);
	json_decref(first);
	answer = import(w, &table, &ms);
	assert_count(answer, "same", n);
	bench_figure("import the same table again", "ms", ms, LIMIT_MS);
	json_decref(answer);
	buf_reset(&table);
	table_write(&table, n, n);
	first = import(w, &table, &ms);
	assert_count(first, "made", n);
	bench_figure("import beside as many people", "ms", ms, LIMIT_MS);
	answer = bench_command(w,
	    json_pack("{s:s, s:O}", "do", "import undo", "import",
	        json_object_get(first, "import")),
	    &ms);
	assert_count(answer, "removed", n);
	bench_figure("undo an import", "ms", ms, LIMIT_MS);
	json_decref(answer);
	json_decref(first);
	buf_fini(&table);
}

int
main(int argc, char *argv[])
{
	return bench_office(measure, bench_count(argc, argv, LINES));
}
