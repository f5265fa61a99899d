/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measure_duplicates [PEOPLE] -- who may be in an office of so many people
 * twice.  Every hundredth is: with a letter less in the name.
 */
#include <string.h>

#include "common/sys/json.h"
#include "tests/bench/bench_office.h"

#define PEOPLE ((size_t)5000)
#define TWICE ((size_t)100)
#define LIMIT_MS 2000.0

static const char *const given[] = { "Betty", "Aled", "Mair", "Ruth", "Ivor",
	"Gwen", "Thomas", "Nia", "Owen", "Sian", "Amina", "Dafydd", "Carys",
	"Huw", "Menna", "Rhys", "Olive", "Percy", "Edith", "Nasreen" };
static const char *const family[] = { "Hughes", "Jones", "Adler", "Lloyd",
	"Khan", "Pugh", "Roberts", "Okafor", "Morgan", "Price", "Bevan",
	"Griffiths", "Singh", "Parry", "Vaughan", "Ellis", "Novak", "Meredith",
	"Tudor", "Walsh", "Yorath" };

#define N(all) (sizeof(all) / sizeof((all)[0]))

static void
person_write(struct buf *out, size_t i)
{
	const size_t who = i % TWICE == 1 ? i - 1 : i;
	const char *name = given[who % N(given)];
	const size_t day = who * 7919 % 25000;

	(void)buf_printf(out, "P-%zu,%.*s %s%zu,%04zu-%02zu-%02zu\r\n", i,
	    (int)(strlen(name) - (who == i ? 0 : 1)), name,
	    family[who / N(given) % N(family)], who / 420, 1930 + day / 336,
	    day / 28 % 12 + 1, day % 28 + 1);
}

static void
measure(struct world *w, size_t n)
{
	struct buf table;
	json_t *answer;
	double ms;

	buf_init(&table, (size_t)64 * 1024 * 1024);
	(void)buf_add_str(&table, "Our reference,Full name,Date of birth\r\n");
	for (size_t i = 0; i < n; i++)
		person_write(&table, i);
	json_decref(bench_command(w,
	    json_pack("{s:s, s:s, s:s, s:[s]}", "do", "import", "type",
	        "person", "csv", table.ptr, "keys", "local_ref"),
	    &ms));
	answer = bench_command(w,
	    json_pack("{s:s, s:i}", "do", "duplicates list", "limit", 1000),
	    &ms);
	assert_true(json_array_size(json_object_get(answer, "duplicates")) >=
	    n / TWICE);
	bench_figure("who may be in an office twice", "ms", ms, LIMIT_MS);
	json_decref(answer);
	buf_fini(&table);
}

int
main(int argc, char *argv[])
{
	return bench_office(measure, bench_count(argc, argv, PEOPLE));
}
