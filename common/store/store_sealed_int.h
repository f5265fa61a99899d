/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_STORE_SEALED_INT_H
#define STORE_STORE_SEALED_INT_H

#include "common/store/store_int.h"

/*
 * store_sealed_int -- own changes on records that this user may no longer see,
 * for an office that may have to be told again (schema/sql/device_4.sql).
 * Everything runs inside the caller's transaction.  Errors: those of db.h,
 * ERR_CORRUPT, ERR_NOMEM.
 */

/* The office told up to where a backup of its holds the journal. */
enum err_code sealed_note_backup(
    struct device_store *s, uint64_t upto, struct err *e) ERR_CHECKED;
/* Keep a journal entry, whose words are about to be erased, for the office;
 * nothing, where a backup holds it. */
enum err_code sealed_keep(
    struct device_store *s, uint64_t counter, struct err *e) ERR_CHECKED;
/* Let those go that a backup holds, and the office as it is (receipted). */
enum err_code sealed_forget(
    struct device_store *s, uint64_t receipted, struct err *e) ERR_CHECKED;
/* ERR_NOTFOUND.  Ended by buf_fini(&out->sealed); nobody here opens it. */
enum err_code sealed_get(struct device_store *s, uint64_t counter,
    struct envelope *out, struct err *e) ERR_CHECKED;
/* Fill the request with those from this counter on, without a gap, as many as
 * one may have; it stays without when there are none. */
enum err_code sealed_fill(struct device_store *s, uint64_t from,
    struct sync_request *r, struct err *e) ERR_CHECKED;

#endif
