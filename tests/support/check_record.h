/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_CHECK_RECORD_H
#define SUPPORT_CHECK_RECORD_H

#include "common/base/rng.h"
#include "common/core/record.h"
#include "tests/support/check_apply.h"

/*
 * check_record -- a note whose state is put together by hand, for tests of
 * the record itself.
 *
 * Changes are numbered by seq, in epoch 1; each device's counter is the seq.
 * Values are taken.  All abort the test on failure.
 */

/* An empty note, which the caller ends. */
struct record check_record_new(void);
/* What change seq of a device, its counter-th, is as a setter. */
struct setter check_setter(uint64_t seq, uint8_t device, uint64_t counter);

/* Set or remove a path in change seq of a device; the record's version rises
 * to it. */
void check_record_set(struct record *r, const char *path, json_t *value,
    uint64_t seq, uint8_t device);
void check_record_remove(
    struct record *r, const char *path, uint64_t seq, uint8_t device);
/* Open a conflict, check_id(id), with one side; borrowed from the record. */
struct conflict *check_record_clash(struct record *r, uint8_t id,
    const char *path, json_t *value, uint64_t seq);

/* One random change that apply_change might have made. */
void check_record_step(struct record *r, struct rng *g, uint64_t seq);

/* Both print the same. */
void check_record_same(const struct record *a, const struct record *b);

#endif
