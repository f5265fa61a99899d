/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/erased.h"

#include <string.h>

#include "common/core/limits.h"
#include "common/store/store_int.h"
#include "daemon/central/engine/engine_dual.h"
#include "daemon/central/engine/engine_erase.h"
#include "daemon/central/store/sqlite_int.h"
#include "tests/sim/facts.h"
#include "tests/sim/template.h"
#include "tests/sim/trace.h"
#include "tests/sim/values.h"
#include "tests/simkit/marks.h"

/* Who may confirm an erasure, and a manager, who may only propose it. */
#define RESPONSIBLE ((unsigned)SIM_USERS - 2)
#define MANAGER ((unsigned)SIM_USERS - 1)
/* Longer than anything waits for a second person. */
#define TOO_LATE_MS ((int64_t)60 * 86400 * 1000)

bool
erased_is(const struct world *w, unsigned mark)
{
	return mark < SIM_MARKS_MAX && w->erased_by[mark] != 0 &&
	    !w->erasures[w->erased_by[mark] - 1].is_lost;
}

/* ---- the step ---- */

/* A record that the office has and somebody wrote to, by one of its words. */
static bool
pick(
    const struct world *w, struct sim_node *n, struct rng *dice, struct id *out)
{
	struct record r;
	struct err e = { 0 };
	const unsigned mark =
	    w->n_marked == 0 ? 0 : 1 + (unsigned)rng_below(dice, w->n_marked);
	bool is_there = false;

	if (mark == 0 || mark >= SIM_MARKS_MAX || id_is_zero(w->marks[mark]))
		return false;
	*out = w->marks[mark];
	enter_node(n);
	if (store_begin_read(engine_store(n->engine), &e) == ERR_OK) {
		is_there = store_record_get(
		               engine_store(n->engine), *out, &r, &e) == ERR_OK;
		if (is_there)
			record_fini(&r);
		store_rollback(engine_store(n->engine));
	}
	leave();
	return is_there;
}

/* The first half: somebody says that it should be done. */
static enum err_code
propose(struct sim_node *n, struct id record, unsigned by,
    struct office_dual *out, struct err *e)
{
	struct office_store *s = engine_store(n->engine);
	const struct id_text object = id_print(record);
	const struct dual_order order = { .actor = template.users[by],
		.act = ERASE_ACT,
		.object = object.s,
		.reason = "they asked for it" };
	enum err_code code = store_begin(s, e);

	if (code == ERR_OK &&
	    (code = engine_dual_propose(n->engine, &order, out, e)) == ERR_OK)
		code = store_commit(s, e);
	if (code != ERR_OK)
		store_rollback(s);
	return code;
}

/* The second: somebody says yes, and it is done with that. */
static enum err_code
confirm(struct sim_node *n, struct id proposal, unsigned by,
    struct version *version_out, struct err *e)
{
	struct office_store *s = engine_store(n->engine);
	const struct dual_decision yes = { .proposal = proposal,
		.actor = template.users[by],
		.act = ERASE_ACT };
	struct erase_order order = { .actor = yes.actor };
	struct office_dual d;
	struct erasure z;
	uint64_t changes;
	enum err_code code = store_begin(s, e);

	if (code == ERR_OK &&
	    (code = engine_dual_confirm(n->engine, &yes, &d, e)) == ERR_OK &&
	    (code = id_parse(d.object, &order.record) ? ERR_OK : ERR_CORRUPT) ==
	        ERR_OK &&
	    (code = engine_erase(n->engine, &order, &z, &changes, e)) ==
	        ERR_OK) {
		*version_out = z.version;
		erasure_fini(&z);
		code = store_commit(s, e);
	}
	if (code != ERR_OK)
		store_rollback(s);
	else
		(void)!engine_erase_settle(n->engine, NULL);
	return code;
}

static void
must_not(struct sim_node *n, const struct office_dual *d, unsigned by,
    const char *why)
{
	struct version v;

	if (confirm(n, d->id, by, &v, NULL) == ERR_OK)
		violation(
		    n->world, "P7", "user %u confirms an erasure: %s", by, why);
}

/* What somebody proposes who could confirm it is not for those who may only
 * propose; and what was taken back is not for anybody. */
static enum err_code
try_withdrawn(struct sim_node *n, struct id record, struct err *e)
{
	struct office_store *s = engine_store(n->engine);
	struct dual_decision back = { .actor = template.users[RESPONSIBLE] };
	struct office_dual d;
	enum err_code code = propose(n, record, RESPONSIBLE, &d, e);

	if (code != ERR_OK)
		return code;
	must_not(n, &d, MANAGER, "their role only proposes");
	back.proposal = d.id;
	if ((code = store_begin(s, e)) == ERR_OK &&
	    (code = engine_dual_withdraw(n->engine, &back, &d, e)) == ERR_OK)
		code = store_commit(s, e);
	if (code != ERR_OK)
		store_rollback(s);
	else
		must_not(n, &d, RESPONSIBLE, "it was taken back");
	return code;
}

/* Nobody confirms what they proposed, nor without the role for it, nor when its
 * time is over. */
static void
try_waiting(struct sim_node *n, const struct office_dual *d)
{
	must_not(n, d, MANAGER, "they proposed it");
	must_not(n, d, 0, "an advocate");
	must_not(n, d, 2, "a senior");
	seam.clock_offset += TOO_LATE_MS;
	must_not(n, d, RESPONSIBLE, "its time is over");
	seam.clock_offset -= TOO_LATE_MS;
}

static void
note(struct world *w, struct id record, struct version version)
{
	if (w->n_erasures == SIM_ERASURES_MAX)
		return;
	w->erasures[w->n_erasures++] =
	    (struct sim_erasure){ .record = record, .version = version };
	for (unsigned m = 1; m <= w->n_marked && m < SIM_MARKS_MAX; m++)
		if (id_equal(w->marks[m], record) && !erased_is(w, m))
			w->erased_by[m] = (uint8_t)w->n_erasures;
	count_fault(w, FAULT_ERASED);
	fact_erased(w, record);
}

void
erased_step(struct world *w, struct sim_node *n, struct rng *dice)
{
	struct office_dual d;
	struct version v;
	struct id record;
	struct err e = { 0 };
	enum err_code code;

	if (!pick(w, n, dice, &record))
		return;
	enter_node(n);
	code = rng_below(dice, 3) == 0 ? try_withdrawn(n, record, &e) : ERR_OK;
	if (code == ERR_OK)
		code = propose(n, record, MANAGER, &d, &e);
	if (code == ERR_OK && rng_below(dice, 3) != 0)
		try_waiting(n, &d);
	if (code == ERR_OK)
		code = confirm(n, d.id, RESPONSIBLE, &v, &e);
	leave();
	trace_say(w, "two people erase the words of %s%s%s", id_print(record).s,
	    code == ERR_OK ? "" : ": ", code == ERR_OK ? "" : e.msg);
	if (code == ERR_OK)
		note(w, record, v);
}

/* ---- what is written after it ---- */

/* Has the device been told of the erasure, or of a later one of the record? Who
 * may see the record only since then was told of what it left, and no more; by
 * the version of that nothing is known of one that a restore took back. */
static bool
is_told(struct sim_device *d, const struct sim_erasure *z)
{
	struct err e = { 0 };
	int64_t n = 0;

	return d->store != NULL &&
	    db_get_int(d->store->db, &n, &e,
	        "SELECT (SELECT count(*) FROM erasure WHERE record = ?1"
	        " AND (epoch, seq) >= (?2, ?3))"
	        " + (SELECT count(*) FROM confirmed WHERE record = ?1"
	        " AND (v_epoch, v_seq) >= (?2, ?3) AND NOT ?4)",
	        "diii", z->record, (int64_t)z->version.epoch,
	        (int64_t)z->version.seq, (int64_t)z->was_lost) == ERR_OK &&
	    n > 0;
}

void
erased_saved(struct sim_device *d, struct id record, unsigned first)
{
	struct world *w = d->world;

	for (unsigned i = 0; i < w->n_erasures; i++) {
		if (!id_equal(w->erasures[i].record, record) ||
		    is_told(d, &w->erasures[i]))
			continue;
		for (unsigned m = first; m <= w->n_marked; m++)
			if (m < SIM_MARKS_MAX && w->erased_by[m] == 0)
				w->erased_by[m] = (uint8_t)(i + 1);
	}
}

/* ---- a restore ---- */

struct search {
	struct version version;
	bool is_known;
};

static bool
is_same(void *arg, const struct erasure *z)
{
	struct search *s = arg;

	s->is_known = s->is_known || version_compare(z->since, s->version) == 0;
	return !s->is_known;
}

/* Has the office it, or one that was made again for it? */
static bool
is_at_office(struct world *w, struct sim_node *n, const struct sim_erasure *z)
{
	struct search s = { .version = z->version };
	struct err e = { 0 };

	if (store_erasures_of(
	        engine_store(n->engine), z->record, is_same, &s, &e) != ERR_OK)
		violation(w, "I2", "erasures do not read: %s", e.msg);
	return s.is_known;
}

void
erased_restored(struct world *w, struct sim_node *n)
{
	struct err e = { 0 };

	enter_node(n);
	if (store_begin_read(engine_store(n->engine), &e) != ERR_OK)
		violation(w, "I2", "erasures do not read: %s", e.msg);
	for (unsigned i = 0; i < w->n_erasures; i++) {
		struct sim_erasure *z = &w->erasures[i];

		z->is_lost = !is_at_office(w, n, z);
		z->was_lost = z->was_lost || z->is_lost;
	}
	store_rollback(engine_store(n->engine));
	leave();
}

/* ---- the end ---- */

struct hunt {
	struct world *w;
	struct office_store *s;
	const char *table;
	struct buf text; /* a value, unpacked */
};

static void
found_in(struct hunt *h, const void *bytes, size_t len)
{
	size_t at = 0;
	unsigned mark;

	while ((mark = mark_next(bytes, len, &at)) != 0)
		if (erased_is(h->w, mark))
			violation(h->w, "P7",
			    "the office has w%u of %s, which was erased, in %s",
			    mark, id_print(h->w->marks[mark]).s, h->table);
}

static void
in_value(void *arg, const char *table, const void *bytes, size_t len)
{
	struct hunt *h = arg;
	struct err e = { 0 };

	h->table = table;
	buf_reset(&h->text);
	if (sqlite_unpack(h->s, bytes, len, &h->text, &e) == ERR_OK)
		found_in(h, h->text.ptr, h->text.len);
}

/* Has the device this very one? */
static bool
has_it(struct sim_device *d, const struct sim_erasure *z)
{
	struct err e = { 0 };
	int64_t n = 0;

	return d->store != NULL &&
	    db_get_int(d->store->db, &n, &e,
	        "SELECT count(*) FROM erasure WHERE epoch = ? AND seq = ?"
	        " AND record = ?",
	        "iid", (int64_t)z->version.epoch, (int64_t)z->version.seq,
	        z->record) == ERR_OK &&
	    n > 0;
}

/* One that the office had lost is done again when a device shows it. */
void
erased_judge(struct world *w, struct sim_node *n)
{
	for (unsigned i = 0; i < w->n_erasures; i++) {
		struct sim_erasure *z = &w->erasures[i];

		if (!z->is_lost)
			continue;
		z->is_lost = !is_at_office(w, n, z);
		for (unsigned d = 0; d < w->n_devices && z->is_lost; d++)
			if (!w->devices[d].is_left_out &&
			    has_it(&w->devices[d], z))
				violation(w, "P7",
				    "device %u was told that %s was erased, "
				    "and the office does not know it",
				    d, id_print(z->record).s);
	}
}

void
erased_check_office(struct world *w, struct sim_node *n)
{
	struct hunt h = { .w = w, .s = engine_store(n->engine) };

	if (w->n_erasures == 0)
		return;
	buf_init(&h.text, LIMIT_RECORD_BYTES);
	values_of(h.s->db, in_value, &h);
	buf_fini(&h.text);
}
