/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/bench_office.h"

int
bench_office(void (*measure)(struct world *w, size_t n), size_t n)
{
	static struct world w;

	check_plays_a_part();
	world_start(&w);
	w.is_unchecked = true;
	measure(&w, n);
	world_end(&w);
	return 0;
}

json_t *
bench_command(struct world *w, json_t *request, double *ms_out)
{
	const double began = bench_now_ms();
	json_t *answer = world_done(w, request);

	*ms_out = bench_now_ms() - began;
	return answer;
}
