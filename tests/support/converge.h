/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_CONVERGE_H
#define SUPPORT_CONVERGE_H

#include "common/base/rng.h"
#include "tests/support/check_apply.h"

/*
 * converge -- three devices and an office, one record, random schedules:
 * devices write with and without having heard of each other, the office applies
 * what arrives when it arrives, devices pull when they do.  Everything that
 * fails here fails the test.
 */
#define CONVERGE_DEVICES 3
#define CONVERGE_CHANGES_MAX 200

struct converge_device {
	struct record confirmed;
	struct version floor; /* what of the office's log it holds */
	uint64_t written;     /* own changes made */
	uint64_t sent;        /* of those, arrived at the office */
	uint64_t contained;   /* last own counter that confirmed contains */
	struct change changes[CONVERGE_CHANGES_MAX];
	bool held[CONVERGE_CHANGES_MAX];
};

struct converge_logged {
	unsigned device;
	uint64_t counter;
};

struct converge_world {
	struct rng g;
	struct schema *schema;
	const char *type;
	struct record office;
	uint64_t seq;
	struct converge_device devices[CONVERGE_DEVICES];
	struct converge_logged
	    log[CONVERGE_DEVICES * CONVERGE_CHANGES_MAX]; /* by seq - 1 */
	unsigned words; /* so that each written value is new */
	unsigned outcomes[OUTCOME_N];
};

void converge_start(struct converge_world *w, const char *type, uint64_t seed);
void converge_end(struct converge_world *w);

/* A device writes, or sends its next change, or pulls, which leaves it with the
 * office's bytes. */
void converge_step(struct converge_world *w);
/* The office gets the device's next change, if there is one. */
void converge_send(struct converge_world *w, unsigned n);
/* All that was written is sent, and everyone pulls. */
void converge_settle(struct converge_world *w);

/* Apply a change to any record, as the office would as its seq-th. */
enum outcome_kind converge_apply(const struct converge_world *w,
    struct record *r, const struct change *c, uint64_t seq);
/* The same bytes. */
void converge_assert_same(const struct record *a, const struct record *b);

#endif
