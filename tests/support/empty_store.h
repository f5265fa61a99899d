/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_EMPTY_STORE_H
#define SUPPORT_EMPTY_STORE_H

#include "daemon/central/store/office_store.h"
#include "tests/support/check.h"

/*
 * empty_store -- an office's store with nothing in it but the office's id,
 * inside a transaction.  Everything that fails here fails the test.
 */
struct empty_store {
	struct check_folder folder;
	struct secret_key key;
	struct office_store *s;
	struct err e;
};
void empty_store_start(struct empty_store *w);
void empty_store_end(struct empty_store *w);

struct id empty_store_id(void);
/* A record with one text, set at a place of the log. */
struct record empty_store_record(
    struct id id, struct id author, uint64_t seq, const char *text);
/* Put it there, in these scopes; this ends it. */
void empty_store_put(struct empty_store *w, struct record r, uint64_t seq,
    const char *const *scopes, size_t n);

#endif
