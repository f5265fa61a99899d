/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_STORE_SYNC_INT_H
#define STORE_STORE_SYNC_INT_H

#include "common/store/store_int.h"

/*
 * store_sync_int -- what the files that take in an answer share.  All run
 * inside the answer's one transaction, which the caller undoes on any error:
 * those of db.h, ERR_CORRUPT for what was stored and does not read, and
 * ERR_NOMEM.
 */

/* ---- store_confirm.c ---- */
/* Write a record as told, in these scopes (NULL: as it was); keeps the sums. */
enum err_code confirmed_put(struct device_store *s, const struct confirmed *c,
    const json_t *scopes, struct err *e) ERR_CHECKED;
/* Write the document of a record that was told, and nothing else of it. */
enum err_code confirmed_rewrite(
    struct device_store *s, const struct record *r, struct err *e) ERR_CHECKED;
/* Forget what was told of a record; own changes on it stay. */
enum err_code confirmed_forget(
    struct device_store *s, struct id id, struct err *e) ERR_CHECKED;
/* Forget a record that this user may no longer see. */
enum err_code confirmed_drop(
    struct device_store *s, struct id id, struct err *e) ERR_CHECKED;
/* digest_of_scopes over what this device holds. */
enum err_code scopes_hash(
    struct device_store *s, struct hash32 *out, struct err *e) ERR_CHECKED;

/* ---- store_page.c ---- */
/* Keep a page; with the last one, show all that is staged. */
enum err_code page_take(struct device_store *s, const struct sync_answer *a,
    struct sync_progress *progress, struct err *e) ERR_CHECKED;

/* Ask for the record whole. */
enum err_code page_want_whole(
    struct device_store *s, struct id id, struct err *e) ERR_CHECKED;

/* ---- store_erasures.c ---- */
/* Of the last erasure that this device was told of, or never. */
enum err_code erasures_upto(
    struct device_store *s, struct version *out, struct err *e) ERR_CHECKED;
/* Take what the office tells was erased: before the page is.  ERR_AUTH: it did
 * not sign one of them. */
enum err_code erasures_take(struct device_store *s, const struct sync_answer *a,
    struct err *e) ERR_CHECKED;
/* Is every op of the change that has no words covered by an erasure? */
enum err_code erasures_cover(struct device_store *s, const struct change *c,
    bool *out, struct err *e) ERR_CHECKED;
/* The one of a row whose columns begin with signed, sig. */
enum err_code erasure_read(
    struct db_stmt *q, struct erasure *out, struct err *e) ERR_CHECKED;

/* ---- store_lost.c ---- */
/* Put into a request what the office may have lost; is there any? */
enum err_code lost_fill(
    struct device_store *s, struct sync_request *r, struct err *e) ERR_CHECKED;
enum err_code lost_waits(
    struct device_store *s, bool *out, struct err *e) ERR_CHECKED;
/* Before the head of an answer is taken: note how an epoch ended, or that what
 * the request showed is with the office. */
enum err_code lost_take(struct device_store *s, const struct sync_answer *a,
    struct err *e) ERR_CHECKED;

/* ---- store_closing.c ---- */
/* Keep what the office tells of closings: after the page is taken. */
enum err_code closings_take(struct device_store *s, const struct sync_answer *a,
    struct err *e) ERR_CHECKED;
/* The epoch in which they were told is over. */
enum err_code closings_end(struct device_store *s, struct err *e) ERR_CHECKED;
/* Their user may not see the record any more. */
enum err_code closing_forget(
    struct device_store *s, struct id id, struct err *e) ERR_CHECKED;
/* Take what is erased out of those of its record. */
enum err_code closings_erase(
    struct device_store *s, const struct erasure *z, struct err *e) ERR_CHECKED;

/* ---- store_texts.c ---- */
/* An entry's delta with the texts that it leaves out, new in *out.
 * ERR_CONFLICT: one of them cannot be made here. */
enum err_code texts_fill(struct device_store *s, const struct record *held,
    const struct page_entry *p, json_t **out, struct err *e) ERR_CHECKED;

/* ---- store_propose.c ---- */
/* A restored office told `now` of a record (NULL: nothing): cut a proposal for
 * what others wrote that is in `old` and not in it.  *n is raised by how many
 * were cut. */
enum err_code propose_lost(struct device_store *s, const struct record *old,
    const struct record *now, size_t *n, struct err *e) ERR_CHECKED;
/* After a whole pull of a new epoch: what it did not bring goes, with
 * proposals for it. */
enum err_code propose_missing(
    struct device_store *s, size_t *n, struct err *e) ERR_CHECKED;

/* The office has what this proposal repeats: where it tells nothing of the
 * record all the same, the record is not for this user any more. */
enum err_code propose_replaced(
    struct device_store *s, uint64_t counter, struct err *e) ERR_CHECKED;

/* ---- store_repair.c ---- */
/* What was wanted whole and came is wanted no more: before the page is taken,
 * so that a repair of many pages goes on with the rest. */
enum err_code repair_arrived(struct device_store *s,
    const struct sync_answer *a, struct err *e) ERR_CHECKED;
/* After a complete pull: take the list of scopes if it came, compare sums, and
 * write down what the next request asks for. */
enum err_code repair_step(struct device_store *s, const struct sync_answer *a,
    bool *differs_out, struct err *e) ERR_CHECKED;

/* ---- store_settle.c ---- */
/* Make a scope's sum anew out of the shares of its records: what was added and
 * taken away one by one may have gone astray. */
enum err_code scope_sum_again(
    struct device_store *s, const char *scope, struct err *e) ERR_CHECKED;
/* The sums agree with the office's after a repair: where the records are not
 * those that this device signed for, it signs for them as they are now, if all
 * sums made anew out of them agree too.  *differs_out: they do not, and the
 * repair goes on. */
enum err_code repair_settle(struct device_store *s, const struct sync_answer *a,
    bool *differs_out, struct err *e) ERR_CHECKED;

/* ---- store_taken.c ---- */
/* The named value that no answer brings (struct told): of how many records that
 * left the user was told. */
#define TAKEN_TOLD "taken_told"
/* Is the record shown on this device? */
enum err_code taken_is_shown(
    struct device_store *s, struct id id, bool *out, struct err *e) ERR_CHECKED;
/* Add s->taken to what left the device. */
enum err_code taken_keep(
    struct device_store *s, uint64_t at_ms, struct err *e) ERR_CHECKED;

/* ---- store_gone.c ---- */
/* Forget a record that this user may no longer see, and its view; it counts in
 * s->taken if it was shown. */
enum err_code record_drop(
    struct device_store *s, struct id id, struct err *e) ERR_CHECKED;
/* Call step for each record that the query's first column names, which is read
 * whole before the first call, so that a step may write what it reads; ends
 * the query. */
typedef enum err_code (*record_step)(
    struct device_store *s, struct id id, void *arg, struct err *e);
enum err_code records_each(struct device_store *s, struct db_stmt *q,
    record_step step, void *arg, struct err *e) ERR_CHECKED;
/* record_drop each. */
enum err_code records_drop(
    struct device_store *s, struct db_stmt *q, struct err *e) ERR_CHECKED;
/* Drop the records that are in no scope any more. */
enum err_code scopeless_drop(struct device_store *s, struct err *e) ERR_CHECKED;
/* After a complete pull whose sums agree: drop own records that the office has
 * and does not tell. */
enum err_code unseen_drop(struct device_store *s, const struct sync_answer *a,
    struct err *e) ERR_CHECKED;

/* ---- store_erase.c ---- */
/* What erasing leaves of a journal entry: append its signed form. */
enum err_code erase_words(
    const void *body, size_t len, struct buf *out, struct err *e) ERR_CHECKED;
/* Erase the words of receipted changes on dropped records. */
enum err_code erase_dropped(struct device_store *s, struct err *e) ERR_CHECKED;

/* ---- the office's head (store_head.c) ---- */

/* The request shows it where the last answer came from behind it. */
enum err_code head_prove(
    struct device_store *s, struct sync_request *r, struct err *e) ERR_CHECKED;
/* An office that was rolled back and does not know it: the next request is to
 * show it its head, which is noted, and nothing else of this answer counts. One
 * that was shown it and says the same has another history: false. */
enum err_code head_must_prove(struct device_store *s,
    const struct sync_answer *a, bool *out, struct err *e) ERR_CHECKED;
/* Keep it, or note that the office's history is another.  ERR_AUTH: it is not
 * signed by the office. */
enum err_code head_take(struct device_store *s, const struct sync_answer *a,
    struct err *e) ERR_CHECKED;

#endif
