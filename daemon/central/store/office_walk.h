/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_OFFICE_WALK_H
#define CENTRAL_OFFICE_WALK_H

#include "daemon/central/store/office_store.h"

/*
 * office_walk -- what only verify asks of the office's store.  As with
 * office_store.h, all happens inside a transaction.
 */

/* A new, empty store of this office's at path, which must not exist, under a
 * fresh key that nobody keeps: for deriving everything again.  The caller
 * closes it and removes the file (and those with -wal and -shm behind). */
enum err_code office_store_scratch(
    const char *path, struct office_store **out, struct err *e) ERR_CHECKED;
/* Where the store's file is; borrowed. */
const char *office_store_path(const struct office_store *s);

/* How many changes of the device's are stored. */
enum err_code store_journal_count(struct office_store *s, struct id device,
    uint64_t *out, struct err *e) ERR_CHECKED;
/* The outcome of a change that has this version; ERR_NOTFOUND. */
enum err_code store_outcome_at(struct office_store *s, struct id device,
    uint64_t counter, struct version version, struct outcome *out,
    struct err *e) ERR_CHECKED;
/* Every receipt given, with what its row says beside its signed bytes. */
struct receipt_row {
	struct id device;
	uint64_t counter, intake, epoch;
	struct receipt receipt; /* borrowed for the call */
};
typedef bool (*store_receipt_each)(void *arg, const struct receipt_row *row);
enum err_code store_receipts(struct office_store *s, store_receipt_each each,
    void *arg, struct err *e) ERR_CHECKED;
/* Do the changes stand in one order of arrival, 1, 2, 3 ..., in which those of
 * each device come by counter? */
enum err_code store_arrival_adds_up(
    struct office_store *s, bool *out, struct err *e) ERR_CHECKED;

/* Every enrolment code; the pointer and its answer are borrowed for the call.
 * ERR_CORRUPT. */
typedef bool (*store_code_each)(void *arg, const struct office_code *c);
enum err_code store_codes(struct office_store *s, store_code_each each,
    void *arg, struct err *e) ERR_CHECKED;

/* Every command, done or not.  ERR_CORRUPT. */
enum err_code store_commands(struct office_store *s, store_command_each each,
    void *arg, struct err *e) ERR_CHECKED;

/* Take out which conflicts a record has: what is put in its place next says
 * it. */
enum err_code store_conflicts_unmake(
    struct office_store *s, struct id record, struct err *e) ERR_CHECKED;

/* Take what merging made of these paths of a record, and of those above and
 * beneath them, before a place of the log out of another store, in place of
 * what is here.  ERR_CORRUPT. */
enum err_code store_merged_values_take(struct office_store *s,
    struct office_store *from, struct id record, const json_t *paths,
    uint64_t before, struct err *e) ERR_CHECKED;

/* Compare what is made from changes and log (records, scopes, references,
 * merged values, sums) and the grants, row by row: out is "" or names the
 * first row that differs.  Of the records that `apart` names (an object) when
 * they were in which scope, and what merges made, is left out. */
enum err_code store_made_differ(struct office_store *a, struct office_store *b,
    const json_t *apart, char out[static 256], struct err *e) ERR_CHECKED;

#endif
