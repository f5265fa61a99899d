/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_CHECK_APPLY_H
#define SUPPORT_CHECK_APPLY_H

#include "common/core/apply.h"
#include "common/core/change.h"
#include "common/core/record.h"
#include "common/core/schema.h"

/*
 * check_apply -- one record at an office and people who change it, for tests
 * of apply_change.
 *
 * A change is written as ops in a row, values in JSON with ' for ":
 *
 *   struct change c = check_change(&d, ANN);
 *   check_op(&c, "summary", 0, 0, NULL, "'a'");
 *   assert_int_equal(check_send(&d, &c), OUTCOME_APPLIED);
 *
 * seen is a seq of epoch 1, 0 for never.  check_send ends the change.  All
 * abort the test on failure.
 */
enum { ANN = 1, BOB, CAT, DEE };

struct check_desk {
	struct schema *schema;
	struct record record;
	struct apply_result result; /* of the last change */
	uint64_t epoch;             /* of the next change, 1 at first */
	uint64_t seq;               /* of the last change that was not held */
	uint64_t counter[8];        /* last of each device */
	bool by_office;
};

void check_desk_init(struct check_desk *d, const char *type);
/* Of a type to which nothing can be added once it is signed. */
void check_desk_init_without_addenda(struct check_desk *d);
/* A person whose full name is X, version 1; Bob made it Y, version 2; Ann, who
 * had not seen that, wrote A: a side, version 3. */
void check_desk_clash(struct check_desk *d);
/* A note with a row of two columns, made by Ann in version 1. */
#define CHECK_ROW "statements/r1"
#define CHECK_ROW_WHOLE "{'kind':'said','text':'I want to go home'}"
void check_desk_row(struct check_desk *d);
void check_desk_fini(struct check_desk *d);
/* Put it away and begin anew with a record of another type. */
void check_desk_again(struct check_desk *d, const char *type);
/* The end of a test whose beginning put its desk into *state. */
int check_desk_tear_down(void **state);

/* Ids that end in n. */
struct id check_id(unsigned n);
/* The device and the author numbered n; two devices of one author by setting
 * the change's author. */
struct id check_device(unsigned n);
struct id check_author(unsigned n);

/* The next change of device n. */
struct change check_change(struct check_desk *d, unsigned n);
void check_op(struct change *c, const char *path, uint64_t seen, uint64_t own,
    const char *was, const char *now);
/* The last op edits this conflict side. */
void check_base_side(struct change *c, const char *key);
/* Name the open sides of the conflict as they are now; sides: how many of
 * them, from the first. */
void check_resolve(struct check_desk *d, struct change *c, const char *path,
    size_t sides, const char *reason);
enum outcome_kind check_send(struct check_desk *d, struct change *c);
/* One op of one device in one go. */
enum outcome_kind check_edit(struct check_desk *d, unsigned n, const char *path,
    uint64_t seen, uint64_t own, const char *was, const char *now);

/* What stands at the path. */
void check_value(
    const struct check_desk *d, const char *path, const char *want);
/* Number of open sides at the path. */
size_t check_open(const struct check_desk *d, const char *path);
/* The conflict at the path, the only one. */
const struct conflict *check_conflict(
    const struct check_desk *d, const char *path);
/* The i-th side's value. */
void check_side(const struct check_desk *d, const char *path, size_t i,
    const char *want, unsigned author, bool is_open);
/* Canonical text of the record; the caller's to free. */
char *check_text(const struct record *r);

#endif
