/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_SMALL_OFFICE_H
#define SUPPORT_SMALL_OFFICE_H

#include "common/core/apply.h"
#include "common/core/protocol.h"
#include "common/store/device_store.h"

/*
 * small_office -- an office in memory for tests of the device store: it
 * receives, applies and answers by the project's own pure core, with one
 * scope ("all") that everyone holds and no disk.
 *
 * small_office_new, a device for each small_office_device, then
 * small_office_sync to carry one request to it and its answer back.
 */
struct small_office;

struct small_office *small_office_new(void);
void small_office_free(struct small_office *o);

/* Fill in an identity that this office knows, as enrolment would. */
void small_office_device(
    struct small_office *o, const char *user_name, struct device_identity *out);

/* Answer one request of a device (its batches are rebuilt in place).  A page
 * holds at most `page_max` records (0: no limit). */
void small_office_answer(struct small_office *o, struct id device,
    struct sync_request *r, size_t page_max, struct sync_answer *out);

/* Sync the store until it has nothing more to ask; the number of round
 * trips.  Fails the test when it does not end after 20. */
unsigned small_office_sync(struct small_office *o, struct device_store *s);

/* The office's state of a record, or NULL. */
const struct record *small_office_record(
    const struct small_office *o, struct id id);
/* Change a value without a log entry: a fault for the digest to find. */
void small_office_tamper(
    struct small_office *o, struct id id, const char *path, const char *text);
/* As an office that was put back and has not heard of it: it numbers what this
 * device hands in from 1 again. */
void small_office_number_again(struct small_office *o, struct id device);
/* Let the user lose sight of a record: the next pull drops it. */
void small_office_drop(struct small_office *o, struct id id);

#endif
