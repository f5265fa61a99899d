/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measure_everything [PEOPLE] -- all that an office's records say is written
 * out, and read into a new office.
 */
#include <string.h>

#include "common/base/file.h"
#include "tests/bench/bench_office.h"

#define PEOPLE ((size_t)10000)
#define EXPORT_LIMIT_MS 5000.0
#define IMPORT_LIMIT_MS 10000.0

static void
people_make(struct world *w, size_t n)
{
	struct buf table;
	struct err e;

	buf_init(&table, (size_t)64 * 1024 * 1024);
	(void)buf_add_str(&table,
	    "Our reference,Name they like to be called,Date of birth,"
	    "Support needs and groups,phones/+/number\r\n");
	for (size_t i = 0; i < n; i++)
		(void)buf_printf(&table,
		    "P-%zu,\"Hughes, Betty %zu\",%02zu/%02zu/19%02zu,"
		    "dementia;autism,01978 %06zu\r\n",
		    i, i, i % 28 + 1, i % 12 + 1, i % 90 + 10, i);
	assert_ok(buf_check(&table, &e), &e);
	json_decref(world_done(w,
	    json_pack("{s:s, s:s, s:s, s:[s]}", "do", "import", "type",
	        "person", "csv", table.ptr, "keys", "local_ref")));
	buf_fini(&table);
}

static void
measure(struct world *w, size_t n)
{
	static struct world other;
	char folder[FILE_PATH_MAX];
	json_t *written, *read;
	double ms;

	people_make(w, n);
	assert_true(file_join(folder, w->folder.path, "everything"));
	written = bench_command(
	    w, json_pack("{s:s, s:s}", "do", "export", "file", folder), &ms);
	bench_figure("export of everything", "ms", ms, EXPORT_LIMIT_MS);
	world_start(&other);
	other.is_unchecked = true;
	read = bench_command(&other,
	    json_pack("{s:s, s:s}", "do", "import everything", "file", folder),
	    &ms);
	bench_figure("import of everything", "ms", ms, IMPORT_LIMIT_MS);
	assert_string_equal(
	    text_of(written, "digest"), text_of(read, "digest"));
	json_decref(written);
	json_decref(read);
	world_end(&other);
}

int
main(int argc, char *argv[])
{
	return bench_office(measure, bench_count(argc, argv, PEOPLE));
}
