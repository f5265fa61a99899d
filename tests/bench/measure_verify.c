/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measure_verify [CHANGES] -- how long verify takes on both sides, by processor
 * time, for half as many changes and for all: it is to grow with their number
 * and no faster.  One device writes notes of one case and syncs.
 */
#include "tests/support/check.h"

#include "common/sys/json.h"
#include "tests/bench/bench.h"
#include "tests/support/real_device.h"

#define CHANGES 10000
#define SECONDS_MAX 10
/* Twice as many may cost this much more each: trees are deeper. */
#define GROWTH_MAX 1.25

struct scene {
	struct world w;
	struct real r;
	struct id of_case;
};

static void
notes(struct scene *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		(void)real_note(&s->r, s->of_case,
		    "Betty wants to go home. Her nephew does not want to hear"
		    " of it, she says, and nobody asked her.");
	(void)real_sync(&s->r);
}

/* Seconds. */
static double
at_office(struct scene *s)
{
	json_t *result = NULL;
	double begin;
	struct err e = { 0 };

	world_forget_users(&s->w);
	begin = bench_cpu_ms();
	assert_ok(engine_verify(s->w.g, &result, &e), &e);
	begin = bench_cpu_ms() - begin;
	if (!json_is_true(json_object_get(result, "ok")))
		fail_msg("%s",
		    json_string_value(json_object_get(result, "first_bad")));
	json_decref(result);
	return begin / 1e3;
}

static double
at_device(struct scene *s)
{
	struct verify_result v;
	double begin = bench_cpu_ms();
	struct err e;

	assert_ok(device_store_verify(s->r.store, &v, &e), &e);
	assert_string_equal(v.first_bad, "");
	return (bench_cpu_ms() - begin) / 1e3;
}

int
main(int argc, char **argv)
{
	size_t n = bench_count(argc, argv, CHANGES) / 2;
	double office[2], device[2];
	struct scene s;

	world_start(&s.w);
	real_start(&s.r, &s.w, world_user(&s.w, "Amina"));
	s.of_case = real_save(&s.r, NULL, "case", "model", "'icaa'");
	for (int i = 0; i < 2; i++) {
		notes(&s, n);
		office[i] = at_office(&s);
		device[i] = at_device(&s);
	}
	bench_figure(
	    "verify at the office, all changes", "s", office[1], SECONDS_MAX);
	bench_figure(
	    "verify at the office, a change beside one of half as many",
	    "ratio", office[1] / 2 / office[0], GROWTH_MAX);
	bench_figure(
	    "verify on a device, all changes", "s", device[1], SECONDS_MAX);
	bench_figure("verify on a device, a change beside one of half as many",
	    "ratio", device[1] / 2 / device[0], GROWTH_MAX);
	real_end(&s.r);
	s.w.is_unchecked = true;
	world_end(&s.w);
	return 0;
}
