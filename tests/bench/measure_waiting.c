/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measure_waiting [PEOPLE] -- who waits for a first contact, of people who were
 * referred: some are not answered yet, the others have cases with years of
 * visits, among which the first is looked for.
 */
#include <string.h>

#include "tests/bench/bench_office.h"

#define PEOPLE ((size_t)60)
#define VISITS 20 /* of each case */
#define TIMES 40
#define LIMIT_MS 100.0

static json_t *
record_new(struct world *w, const char *type, json_t *sets)
{
	return world_done(w,
	    json_pack("{s:s, s:s, s:o}", "do", "record new", "type", type,
	        "set", sets));
}

static json_t *
value(const char *path, const char *text)
{
	return json_pack("{s:s, s:s}", "path", path, "value", text);
}

/* Seen or tried, on days of their own. */
static void
visits(struct world *w, const char *of_case)
{
	char member[80], start[40];

	(void)snprintf(member, sizeof(member), "cases/%s", of_case);
	for (int i = 0; i < VISITS; i++) {
		(void)snprintf(start, sizeof(start), "2026-%02d-%02dT10:00Z",
		    i % 12 + 1, i % 28 + 1);
		json_decref(record_new(w, "visit",
		    json_pack("[o, o, o]", value(member, "yes"),
		        value("actual/start", start),
		        value("result",
		            i % 2 == 0 ? "not_there" : "seen_alone"))));
	}
}

static void
referred(struct world *w, size_t i)
{
	char name[40];
	json_t *person, *referral, *accepted;

	(void)snprintf(name, sizeof(name), "Person %zu", i);
	person =
	    record_new(w, "person", json_pack("[o]", value("full_name", name)));
	referral = record_new(w, "referral",
	    json_pack("[o, o, o]", value("person", text_of(person, "id")),
	        value("legal_basis", "RPR_PAID"),
	        value("received_at", "2026-01-05T09:00Z")));
	if (i % 3 > 0) {
		accepted = world_done(w,
		    json_pack("{s:s, s:s, s:s}", "do", "record accept", "type",
		        "referral", "id", text_of(referral, "id")));
		visits(w, text_of(accepted, "case"));
		json_decref(accepted);
	}
	json_decref(referral);
	json_decref(person);
}

static void
measure(struct world *w, size_t n)
{
	struct bench_times t = { 0 };

	for (size_t i = 0; i < n; i++)
		referred(w, i);
	for (int i = 0; i < TIMES; i++) {
		double ms;
		json_t *answer = bench_command(
		    w, json_pack("{s:s, s:b}", "do", "waiting", "all", 1), &ms);

		assert_int_equal(
		    json_array_size(json_object_get(answer, "waiting")), n);
		bench_add(&t, ms);
		json_decref(answer);
	}
	bench_figure("who waits for a first contact p50", "ms",
	    bench_quantile(&t, 0.5), LIMIT_MS);
	bench_figure("who waits for a first contact p99", "ms",
	    bench_quantile(&t, 0.99), LIMIT_MS);
	bench_times_fini(&t);
}

int
main(int argc, char *argv[])
{
	return bench_office(measure, bench_count(argc, argv, PEOPLE));
}
