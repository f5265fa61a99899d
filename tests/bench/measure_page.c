/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measure_page [NOTES] -- a caseload of 60 people, as it comes from the office:
 * opening it, also with all that somebody wrote in weeks without a connection,
 * and the page to read before a visit.
 */
#include "tests/support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/page.h"
#include "common/base/rng.h"
#include "tests/bench/bench.h"
#include "tests/bench/bench_note.h"
#include "tests/support/device.h"

#define NOTES 5000
#define PEOPLE 60
#define TASKS_EACH 5
#define SYNC_EVERY 200 /* notes */
#define UNSENT 300     /* visits and notes of two weeks without a connection */
#define OPENS 20
#define PAGES 120
#define OPEN_LIMIT_MS 50
#define PAGE_LIMIT_MS 10

struct caseload {
	struct small_office *office;
	struct device writer; /* from where the office has it all */
	struct device d;
	struct rng rng;
	struct id people[PEOPLE], cases[PEOPLE];
};

static struct id
save(struct device *d, const char *type, json_t *doc)
{
	struct edit edits[32];
	struct save_result saved;
	const char *name;
	struct err e;
	json_t *value;
	struct id id;
	size_t n = 0;

	json_object_foreach(doc, name, value) edits[n++] =
	    (struct edit){ .path = name, .now = value };
	assert_ok(
	    device_store_save(d->store, NULL, type, edits, n, NULL, &saved, &e),
	    &e);
	id = saved.id;
	save_result_fini(&saved);
	json_decref(doc);
	return id;
}

static void
one_person(struct caseload *l, size_t i)
{
	char name[40];
	struct id_text id;

	(void)snprintf(name, sizeof(name), "Person %zu", i);
	l->people[i] = save(&l->writer, "person",
	    json_pack("{s:s, s:s, s:s}", "full_name", name,
	        "communication_flag", "Speak slowly.", "do_not_raise",
	        "The move from the old house."));
	id = id_print(l->people[i]);
	l->cases[i] =
	    save(&l->writer, "case", json_pack("{s:s}", "person", id.s));
	id = id_print(l->cases[i]);
	for (int k = 0; k < TASKS_EACH; k++) {
		(void)save(&l->writer, "task",
		    json_pack("{s:s, s:s, s:s}", "case", id.s, "what",
		        "Ring the social worker", "due", "2026-12-01"));
		(void)save(&l->writer, "issue",
		    json_pack("{s:s, s:s, s:s}", "case", id.s, "title",
		        "I want my bath", "wanted", "A bath on Fridays."));
		(void)save(&l->writer, "decision",
		    json_pack("{s:s, s:s, s:s}", "case", id.s, "question",
		        "Where to live", "due", "2026-12-20"));
		(void)save(&l->writer, "wish",
		    json_pack("{s:s, s:[s], s:s, s:s}", "person",
		        id_print(l->people[i]).s, "cases", id.s, "on",
		        "2026-11-01", "text", "To stay near the chapel."));
	}
}

/* With a note of it. */
static void
one_visit(struct caseload *l, struct device *d, size_t i)
{
	struct bench_note_of of = { .of_case = l->cases[i % PEOPLE],
		.author = d->identity.user };

	of.visit = save(d, "visit",
	    json_pack("{s:[s], s:{s:s}}", "cases", id_print(of.of_case).s,
	        "planned", "start", "2026-11-01T10:00:00.000Z"));
	(void)save(d, "note", bench_note(&l->rng, &of));
}

static void
caseload_start(struct caseload *l, size_t notes)
{
	*l = (struct caseload){ .office = small_office_new(),
		.rng = rng_make(BENCH_SEED) };
	device_start(l->office, "Nia", &l->d);
	device_start(l->office, "Nia elsewhere", &l->writer);
	for (size_t i = 0; i < PEOPLE; i++) {
		one_person(l, i);
		(void)small_office_sync(l->office, l->writer.store);
	}
	for (size_t i = 0; i < notes; i++) {
		one_visit(l, &l->writer, i);
		if (i % SYNC_EVERY == SYNC_EVERY - 1)
			(void)small_office_sync(l->office, l->writer.store);
	}
	(void)small_office_sync(l->office, l->writer.store);
	(void)small_office_sync(l->office, l->d.store);
}

static bool
count(void *arg, const struct record_summary *r)
{
	(void)r;
	++*(size_t *)arg;
	return true;
}

struct open_figures {
	const char *p50, *p99;
	const char *cpu; /* on a machine that others share, what it costs */
};

/* The store, with the list of all its people and cases. */
static void
measure_open(struct caseload *l, const struct open_figures *names)
{
	struct bench_times t = { 0 }, cpu = { 0 };
	struct err e;

	for (int i = 0; i < OPENS; i++) {
		size_t n = 0;
		double start, cpu_start;

		device_store_close(l->d.store);
		start = bench_now_ms();
		cpu_start = bench_cpu_ms();
		assert_ok(device_store_open(
		              l->d.folder.path, &l->d.key, &l->d.store, &e),
		    &e);
		assert_ok(device_store_list(
		              l->d.store, "person", NULL, 1000, count, &n, &e),
		    &e);
		assert_ok(device_store_list(
		              l->d.store, "case", NULL, 1000, count, &n, &e),
		    &e);
		bench_add(&t, bench_now_ms() - start);
		bench_add(&cpu, bench_cpu_ms() - cpu_start);
		assert_int_equal(n, (size_t)2 * PEOPLE);
	}
	bench_figure(names->p50, "ms", bench_quantile(&t, 0.5), OPEN_LIMIT_MS);
	bench_figure(names->p99, "ms", bench_quantile(&t, 0.99), OPEN_LIMIT_MS);
	bench_figure(
	    names->cpu, "ms", bench_quantile(&cpu, 0.5), OPEN_LIMIT_MS);
	bench_times_fini(&t);
	bench_times_fini(&cpu);
}

static void
measure_pages(struct caseload *l)
{
	const struct schema *schema = device_store_schema(l->d.store);
	const struct schema_page *page = schema_page(schema, "before_visit");
	struct client c = { .schema = schema,
		.built_in = (struct schema *)(uintptr_t)schema,
		.store = l->d.store };
	struct bench_times t = { 0 }, cpu = { 0 };
	struct err e;

	assert_non_null(page);
	for (size_t i = 0; i < PAGES; i++) {
		json_t *result = json_object();
		double start = bench_now_ms(), cpu_start = bench_cpu_ms();

		assert_ok(
		    page_make(&c, page, l->people[i % PEOPLE], result, &e), &e);
		bench_add(&t, bench_now_ms() - start);
		bench_add(&cpu, bench_cpu_ms() - cpu_start);
		json_decref(result);
	}
	bench_figure("page before a visit p50", "ms", bench_quantile(&t, 0.5),
	    PAGE_LIMIT_MS);
	bench_figure("page before a visit p99", "ms", bench_quantile(&t, 0.99),
	    PAGE_LIMIT_MS);
	bench_figure("page before a visit, processor p99", "ms",
	    bench_quantile(&cpu, 0.99), PAGE_LIMIT_MS);
	bench_times_fini(&t);
	bench_times_fini(&cpu);
}

int
main(int argc, char **argv)
{
	static const struct open_figures caseload = {
		"opening the caseload p50", "opening the caseload p99",
		"opening the caseload, processor p50"
	};
	static const struct open_figures unsent = {
		"opening it with 300 unsent p50",
		"opening it with 300 unsent p99",
		"opening it with 300 unsent, processor p50"
	};
	struct caseload l;

	caseload_start(&l, bench_count(argc, argv, NOTES));
	measure_open(&l, &caseload);
	measure_pages(&l);
	for (size_t i = 0; i < UNSENT / 2; i++)
		one_visit(&l, &l.d, i);
	measure_open(&l, &unsent);
	device_end(&l.d);
	device_end(&l.writer);
	small_office_free(l.office);
	return 0;
}
