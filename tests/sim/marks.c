/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/marks.h"

#include <string.h>

#include "common/store/store_int.h"
#include "tests/sim/erased.h"
#include "tests/sim/values.h"
#include "tests/simkit/marks.h"

/* What is hunted for: marks in something, and the records that they are of. */
struct hunt {
	struct sim_device *d;
	struct office_store *store;
	const char *where;
	/* Neighbours are mostly of one record. */
	struct id last;
	bool last_is_theirs;
	bool is_kept;  /* by the device, and not sent by the office */
	bool has_held; /* a change of the device's */
};

void
marks_saved(struct world *w, struct id record)
{
	for (; w->n_marked < w->words.n; w->n_marked++)
		if (w->n_marked + 1 < SIM_MARKS_MAX)
			w->marks[w->n_marked + 1] = record;
}

static bool
is_own(void *arg, const struct intake_change *c)
{
	struct hunt *h = arg;

	h->has_held = h->has_held || id_equal(c->device, h->d->id);
	return !h->has_held;
}

/* Does the office hold a change of the device's on the record?  Its words are
 * with their author as long as somebody looks at it. */
static bool
is_held(struct hunt *h, struct id record)
{
	struct err e = { 0 };

	h->has_held = false;
	return store_intakes(h->store, CHANGE_HELD, &record, is_own, h, &e) ==
	    ERR_OK &&
	    h->has_held;
}

/* The device's user may see it, or the office does not have it. */
static bool
is_theirs(struct hunt *h, struct id record)
{
	struct record r;
	struct err e = { 0 };

	if (id_equal(h->last, record))
		return h->last_is_theirs;
	h->last = record;
	if (store_user_sees(h->store, h->d->user, record, false,
	        &h->last_is_theirs, &e) != ERR_OK)
		h->last_is_theirs = true;
	if (!h->last_is_theirs && h->is_kept && is_held(h, record))
		h->last_is_theirs = true;
	if (!h->last_is_theirs &&
	    store_record_get(h->store, record, &r, &e) == ERR_OK)
		record_fini(&r);
	else
		h->last_is_theirs = true;
	return h->last_is_theirs;
}

static void
found(void *arg, unsigned mark)
{
	struct hunt *h = arg;
	const struct world *w = h->d->world;

	if (mark >= SIM_MARKS_MAX || mark > w->n_marked ||
	    id_is_zero(w->marks[mark]))
		return;
	if (erased_is(w, mark))
		violation(h->d->world, "P7",
		    "device %u has w%u of %s, which was erased, in %s",
		    h->d->slot, mark, id_print(w->marks[mark]).s, h->where);
	if (is_theirs(h, w->marks[mark]))
		return;
	violation(h->d->world, "I10",
	    "device %u has w%u of %s, which is not its user's, in %s",
	    h->d->slot, mark, id_print(w->marks[mark]).s, h->where);
}

static void
found_in(struct hunt *h, const void *bytes, size_t len)
{
	size_t at = 0;
	unsigned mark;

	while ((mark = mark_next(bytes, len, &at)) != 0)
		found(h, mark);
}

void
marks_check_answer(struct sim_device *d, struct sim_node *n,
    const struct wire_answer *answer, const json_t *body)
{
	struct hunt h = {
		.d = d, .store = engine_store(n->engine), .where = "an answer"
	};
	struct err e = { 0 };

	if (store_begin_read(h.store, &e) != ERR_OK)
		return;
	if (body != NULL)
		marks_in(body, found, &h);
	else
		found_in(&h, answer->body, answer->body_len);
	store_rollback(h.store);
}

static void
in_value(void *arg, const char *table, const void *bytes, size_t len)
{
	struct hunt *h = arg;

	h->where = table;
	found_in(h, bytes, len);
}

void
marks_check_device(struct sim_device *d, struct sim_node *n)
{
	struct hunt h = {
		.d = d, .store = engine_store(n->engine), .is_kept = true
	};

	values_of(d->store->db, in_value, &h);
}
