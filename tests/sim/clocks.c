/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/clocks.h"

#include <stdlib.h>
#include <string.h>

#include "tests/sim/office.h"
#include "tests/simkit/marks.h"

#define WEEK_MS (INT64_C(7) * 24 * 3600 * 1000)
#define DEVICE_WEEKS 520
#define OFFICE_WEEKS 26

bool
clocks_compares(const struct plan *p)
{
	const uint32_t dies = UINT32_C(1) << FAULT_OFFICE_CRASH |
	    UINT32_C(1) << FAULT_DEVICE_CRASH;

	return p->seed % 10 == 0 && (p->faults & dies) == 0;
}

static int64_t
some_weeks(struct rng *r, unsigned most)
{
	return ((int64_t)rng_below(r, 2 * most + 1) - most) * WEEK_MS;
}

void
clocks_shuffle(struct world *w)
{
	struct rng r = rng_make(w->seed ^ 0xc10c);

	w->office_clock_offset = some_weeks(&r, OFFICE_WEEKS);
	for (unsigned i = 0; i < w->n_devices; i++)
		w->devices[i].clock_offset = some_weeks(&r, DEVICE_WEEKS) +
		    (int64_t)rng_below(&r, WEEK_MS);
}

struct ending {
	struct office_store *store;
	struct buf text;
};

static bool
add_record(void *arg, struct id id, const char *type, struct version v)
{
	struct ending *end = arg;
	struct record r;
	struct err e = { 0 };

	(void)type;
	(void)v;
	if (store_record_get(end->store, id, &r, &e) != ERR_OK ||
	    record_print(&r, &end->text, &e) != ERR_OK ||
	    !buf_add_char(&end->text, '\n'))
		abort();
	record_fini(&r);
	return true;
}

char *
clocks_end(struct world *w)
{
	struct sim_node *n = office_node(w);
	struct ending end = { .store = NULL };
	struct err e = { 0 };

	if (n == NULL)
		return NULL;
	end.store = engine_store(n->engine);
	buf_init(&end.text, (size_t)64 * 1024 * 1024);
	enter_node(n);
	if (store_begin_read(end.store, &e) != ERR_OK ||
	    store_records(
	        end.store, NULL, NULL, 100000, add_record, &end, &e) != ERR_OK)
		abort();
	store_rollback(end.store);
	leave();
	end.text.len = times_hide(end.text.ptr, end.text.len);
	for (unsigned i = 0; i < w->n_devices; i++)
		(void)buf_printf(&end.text, "device %u: %zu changes%s\n", i,
		    w->devices[i].n_links,
		    w->devices[i].is_left_out ? ", left out" : "");
	(void)buf_printf(&end.text, "%llu conflicts, %llu held\n",
	    (unsigned long long)w->counts.events[EVENT_CONFLICT],
	    (unsigned long long)w->counts.events[EVENT_HELD]);
	return buf_take(&end.text, NULL);
}

bool
clocks_differ(const char *first, const char *second, char *out, size_t size)
{
	const size_t len = strlen(first);
	size_t at = 0, from;

	while (at < len && first[at] == second[at])
		at++;
	if (first[at] == second[at])
		return false;
	from = at > 60 ? at - 60 : 0;
	(void)snprintf(out, size,
	    "I16: with other clocks it ends otherwise: %.160s | %.160s",
	    first + from, second + from);
	return true;
}
