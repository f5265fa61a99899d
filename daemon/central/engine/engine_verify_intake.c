/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When each change was received, by the receipts that were given.
 *
 * Every request that brings something ends with one receipt, which takes the
 * device's next number and covers all that the office has; the changes that it
 * brought have the same number.  So in a journal the number changes only where
 * a receipt was given, and every number but those that changes begin with is a
 * receipt's.  A receipt for what was covered already takes the place of the
 * one that covered as much, with a later number: gaps are of those.  What a
 * copy asks is answered with a receipt for what it has in common, which may
 * lie further back.
 */
#include <stdlib.h>

#include "daemon/central/engine/engine_verify.h"
#include "daemon/central/store/office_walk.h"

struct given {
	struct id device;
	uint64_t epoch, counter, intake;
};

struct verify_intakes {
	struct given *items; /* by device, epoch, counter */
	size_t n, room;
	bool failed;
	/* Those of the device that is walked now, and again by number. */
	const struct given *of;
	struct given *by_number;
	size_t n_of;
};

static bool
add_given(void *arg, const struct receipt_row *row)
{
	struct verify_intakes *all = arg;

	if (all->n == all->room) {
		const size_t room = all->room == 0 ? 64 : all->room * 2;
		struct given *items =
		    realloc(all->items, room * sizeof(*items));

		all->failed = items == NULL;
		if (all->failed)
			return false;
		all->items = items;
		all->room = room;
	}
	all->items[all->n++] = (struct given){ row->device, row->epoch,
		row->counter, row->intake };
	return true;
}

void
verify_intakes_free(struct verify_intakes *all)
{
	if (all == NULL)
		return;
	free(all->by_number);
	free(all->items);
	free(all);
}

enum err_code
verify_intakes_load(struct verifying *v, struct err *e)
{
	struct verify_intakes *all = calloc(1, sizeof(*all));
	enum err_code code;

	if (all == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	code = store_receipts(v->g->store, add_given, all, e);
	if (code == ERR_CORRUPT) {
		verify_bad(v, "receipts: one does not read");
		code = ERR_OK;
	}
	if (code == ERR_OK && all->failed)
		code = err_set(e, ERR_NOMEM, 0, "out of memory");
	if (code != ERR_OK)
		verify_intakes_free(all);
	else
		v->intakes = all;
	return code;
}

static int
compare_number(const void *a, const void *b)
{
	const struct given *x = a, *y = b;

	return x->intake < y->intake ? -1 : x->intake > y->intake;
}

enum err_code
verify_intakes_of(struct verifying *v, struct id device, struct err *e)
{
	struct verify_intakes *all = v->intakes;
	size_t first = 0, n = 0;

	while (first < all->n && !id_equal(all->items[first].device, device))
		first++;
	while (first + n < all->n &&
	    id_equal(all->items[first + n].device, device))
		n++;
	free(all->by_number);
	all->by_number = calloc(n + 1, sizeof(*all->by_number));
	if (all->by_number == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	all->of = n > 0 ? all->items + first : NULL;
	all->n_of = n;
	for (size_t i = 0; i < n; i++)
		all->by_number[i] = all->of[i];
	qsort(all->by_number, n, sizeof(*all->by_number), compare_number);
	return ERR_OK;
}

/* The first of the epoch that covers the counter, or NULL. */
static const struct given *
covering(const struct verify_intakes *all, uint64_t epoch, uint64_t counter)
{
	size_t low = 0, high = all->n_of;

	while (low < high) {
		const size_t mid = low + (high - low) / 2;
		const struct given *g = &all->of[mid];

		if (g->epoch < epoch ||
		    (g->epoch == epoch && g->counter < counter))
			low = mid + 1;
		else
			high = mid;
	}
	return low < all->n_of && all->of[low].epoch == epoch ? &all->of[low]
	                                                      : NULL;
}

/* Was the number before this one given, and nothing since but what a copy
 * asked?  Then the change began a request. */
static bool
begins(const struct verify_intakes *all, const struct verify_place *at)
{
	const struct given before = { .intake = at->intake - 1 };

	if (before.intake == 0 ||
	    bsearch(&before, all->by_number, all->n_of, sizeof(before),
	        compare_number) != NULL)
		return true;
	for (size_t i = 0; i < all->n_of; i++)
		if (all->of[i].counter < at->counter &&
		    all->of[i].intake > at->intake)
			return true;
	return false;
}

bool
verify_intake(const struct verifying *v, const struct office_device *d,
    const struct verify_place *last, const struct verify_place *at)
{
	const struct verify_intakes *all = v->intakes;
	const bool goes_on = at->epoch == last->epoch;
	const struct given *end;

	if (at->epoch < last->epoch || at->epoch > v->g->epoch)
		return false;
	/* The engine gives itself one number a change, and no receipt. */
	if (d->state == DEVICE_ENGINE)
		return at->intake == last->intake + 1;
	end = covering(all, at->epoch, at->counter);
	if (end == NULL || end->intake < at->intake)
		return false;
	if (!goes_on)
		return begins(all, at);
	end = covering(all, at->epoch, last->counter);
	if (end->counter != last->counter)
		return at->intake == last->intake;
	return at->intake == last->intake
	    ? end->intake != at->intake
	    : at->intake > last->intake && begins(all, at);
}
