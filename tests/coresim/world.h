/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORESIM_WORLD_H
#define CORESIM_WORLD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/core/apply.h"
#include "common/core/change.h"
#include "common/core/record.h"
#include "common/core/schema.h"
#include "tests/simkit/fields.h"
#include "tests/simkit/plan.h"

/*
 * world -- one office and its devices in memory, made of the pure core: what
 * tools/simulate runs by the thousand in a second.
 *
 * What decides is the product's (common/core): how a change meets a record,
 * what lies on top of what the office told, what an op's author had seen, what
 * waits, what is new above a floor and how it is put on top.  Around it are an
 * office and devices that keep structures where the product keeps rows: they
 * number, link, receive, hold, page and forget as the architecture says and do
 * no more.  Values, records and changes are shared between them and never
 * changed; all of a schedule lives in an arena (arena.h) and goes with it.
 *
 * What only the whole product can show is not played here but over real stores
 * (tests/sim, tools/simulate --stores) or by tools/prove: SQL and transactions,
 * torn and lying disks, certificates and enrolment, compression, JSON and
 * signatures on the wire, the splicing of texts, waits, blobs, proposals after
 * a restore, and a copied device's way on.
 *
 *   kinds.h      kinds of fault, events and steps
 *   record_state.h  a record as it was after some change
 *   office.h     receiving, applying, holding; scopes and grants
 *   page.h       what a pull brings
 *   device.h     saving, showing, syncing
 *   network.h    what is under way
 *   person.h     what people write; console.c at the office
 *   oracle.h     what must hold after each step, worked out from who saw what
 */
#define DEVICES_MAX 50
#define NODES_MAX 2
#define IDENTITIES_MAX                                                         \
	(DEVICES_MAX + 2) /* and the office's own, a stranger                  \
	                   */
#define OFFICE_DEVICE DEVICES_MAX
#define STRANGER (DEVICES_MAX + 1)
/* Who wrote what every schedule begins with: its journal is no part of it. */
#define BEGINNING_DEVICE 0xfffe
#define USERS 8
#define ADMINS 2
#define CASES 3
#define RECORDS_MAX 160
#define CHANGES_MAX 1024

/* Changes of the schedule by their number: who saw what. */
struct seen {
	uint64_t bits[CHANGES_MAX / 64];
};

static inline bool
seen_has(const struct seen *s, unsigned no)
{
	return (s->bits[no / 64] >> (no % 64) & 1) != 0;
}

static inline void
seen_add(struct seen *s, unsigned no)
{
	s->bits[no / 64] |= UINT64_C(1) << (no % 64);
}

static inline void
seen_join(struct seen *s, const struct seen *other)
{
	for (size_t i = 0; i < CHANGES_MAX / 64; i++)
		s->bits[i] |= other->bits[i];
}

/* A change as it was saved: never changed after.  What its author had before
 * their eyes is kept beside it, for the oracle alone. */
struct said {
	struct change c;
	struct hash32 link;
	unsigned no;       /* of the schedule, from 0 */
	unsigned identity; /* the device's, see device.h */
	const struct seen *seen;
	/* For each op the word that it brought into a text, or 0. */
	unsigned *words;
	bool is_poison;
};

/* A record as some change left it; shared and never changed. */
struct state {
	struct record r;
	struct seen in; /* changes that are contained */
};

struct device;
struct office;
struct network;
struct oracle;

struct trace {
	uint64_t hash;
	FILE *story;   /* or NULL */
	FILE *history; /* or NULL */
};

/* The same news on top of the same state make the same: they are worked out
 * once for all devices. */
#define MERGED_KEPT 64
struct merged {
	const struct state *before, *now, *result;
	uint64_t floor;
};

struct world {
	const struct plan *plan;
	struct rng rng; /* of what is not of the plan */
	unsigned n_devices, n_nodes;
	struct device *devices;
	struct office *office;
	struct network *network;
	struct oracle *oracle;
	const struct said *said[CHANGES_MAX];
	unsigned n_said;
	unsigned n_records; /* their numbers are below it */
	uint64_t now_ms;    /* true time, Unix ms */
	int64_t office_clock;
	/* What each administrator opened at the console, as it was, or NULL. */
	const struct state *screens[ADMINS];
	bool shuffles_clocks; /* a run beside the first: all clocks are wrong */
	bool is_calm;         /* faults are over */
	struct words words;
	struct merged merged[MERGED_KEPT];
	struct run_counts counts;
	struct run_size size;
	bool wrote[DEVICES_MAX]; /* by slot */
	bool is_violated;
	char violation[600];
	struct trace trace;
};

/* Note a violation of an invariant ("I6"); the first one counts. */
void violation(struct world *w, const char *invariant, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* One thing that happened: into the trace's hash, and told when somebody
 * listens.  The format is told to nobody else, so it costs nothing. */
#define HAPPENED(w, a, b, ...)                                                 \
	do {                                                                   \
		world_note((w), (uint64_t)(a), (uint64_t)(b));                 \
		if ((w)->trace.story != NULL)                                  \
			world_say((w), __VA_ARGS__);                           \
	} while (0)
void world_note(struct world *w, uint64_t a, uint64_t b);
void world_say(struct world *w, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- what every schedule begins with, made once in a program ---- */

struct beginning {
	struct schema *schema;
	struct id office;
	struct id users[USERS], identities[IDENTITIES_MAX];
	struct id site, people[CASES], cases[CASES];
	/* The first 1 + 2 * CASES records, in this order. */
	const struct state *first[1 + 2 * CASES];
	bool grants[USERS][CASES];
};
#define FIRST_RECORDS (1 + 2 * CASES)
extern struct beginning beginning;
bool beginning_make(void);
void beginning_free(void);

/* Whose device a slot is: user 0, 1, 2, 0, 3, 4 ... */
unsigned user_of(unsigned slot);
/* "Miriam" */
const char *user_name(unsigned user);

/* Ids of records and devices end in their number. */
struct id numbered_id(uint64_t dice, unsigned number);
static inline unsigned
id_number(struct id id)
{
	return (unsigned)id.b[14] << 8 | id.b[15];
}

#endif
