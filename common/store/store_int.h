/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_STORE_INT_H
#define STORE_STORE_INT_H

#include "common/base/file.h"
#include "common/store/device_store.h"
#include "common/store/outside.h"
#include "common/store/stored.h"
#include "common/sys/db.h"
#include "common/sys/json.h"

/*
 * store_int -- what the files of the device store share.  Tables are
 * documented in schema/sql/device_1.sql.
 */
/* The tables whose rows the device signs for (store_told_int.h). */
enum told_table {
	TOLD_OUTCOME,
	TOLD_CONFIRMED,
	TOLD_DROPPED,
	TOLD_STAGED,
	TOLD_SEALED,
	TOLD_ERASURE,
	TOLD_RECEIPT,
	TOLD_PAST,
	TOLD_PAST_JOURNAL,
	TOLD_PAST_RECEIPT,
	TOLD_PAST_OUTCOME,
	TOLD_CLOSING,
	TOLD_N
};
struct told {
	struct digest sums[TOLD_N];
	uint64_t rows[TOLD_N]; /* as signed; 0 where they do not come again */
	/* Of this transaction, since the first row moved: those that were
	 * signed for and are not there. */
	uint64_t missing[TOLD_N];
	bool is_counted[TOLD_N];
	char schema[65]; /* hash of the bundle; "": it is made anew */
	bool is_lost;    /* it does not read, and is kept up no more */
};

struct device_store {
	struct db *db;
	struct outside *outside;
	struct device_identity identity;
	struct signer *signer; /* identity.sign_key, made ready */
	struct schema *schema;
	char schema_hash[65]; /* SHA-256 of the bundle, hex */
	uint64_t life; /* which enrolment of the folder it is, from 1 on */
	uint64_t told_epoch; /* of the page that is being shown */
	struct told told;    /* between told_begin and told_end */
	uint64_t taken;      /* records that the answer took from the device */
	char home[FILE_PATH_MAX];
};

/* ---- store_meta.c: named values, over those of stored.h ---- */
/* A number; `missing` when there is none. */
enum err_code meta_get_int(struct db *db, const char *name, int64_t missing,
    int64_t *out, struct err *e) ERR_CHECKED;
enum err_code meta_put_int(
    struct db *db, const char *name, int64_t value, struct err *e) ERR_CHECKED;
/* Exactly len bytes; ERR_CORRUPT for another length. */
enum err_code meta_get_bytes(struct db *db, const char *name, void *out,
    size_t len, struct err *e) ERR_CHECKED;
/* A JSON value; NULL when there is none. */
enum err_code meta_get_json(
    struct db *db, const char *name, json_t **out, struct err *e) ERR_CHECKED;
enum err_code meta_put_json(struct db *db, const char *name,
    const json_t *value, struct err *e) ERR_CHECKED;

/* ---- store_identity.c ---- */
enum err_code identity_save(
    struct db *db, const struct device_identity *i, struct err *e) ERR_CHECKED;
enum err_code identity_load(
    struct db *db, struct device_identity *out, struct err *e) ERR_CHECKED;

/* ---- store_record.c: records in tables ---- */
/* The office's state of a record; ERR_NOTFOUND.  own and held (array, or
 * NULL to leave out) as told.  The stored digest is checked. */
struct confirmed {
	struct record record;
	uint64_t own;
	json_t *own_held; /* owned */
	uint64_t life;    /* in whose journal these count; 0: it was not told */
	uint64_t epoch;   /* of the office's when it was told; 0: not known */
};
void confirmed_fini(struct confirmed *c);
enum err_code confirmed_get(struct device_store *s, struct id id,
    struct confirmed *out, struct err *e) ERR_CHECKED;
enum err_code view_get(struct device_store *s, struct id id, struct record *out,
    struct err *e) ERR_CHECKED;

/* ---- store_draft.c ---- */
/* Drafts about a record whose user may not see it any more keep their own
 * words, and nothing of what stood there.  In the caller's transaction. */
enum err_code drafts_unshow(
    struct device_store *s, struct id record, struct err *e) ERR_CHECKED;

/* ---- store_shown.c ---- */
/* The value at a path that is the edit's or beneath it; NULL if absent. */
const json_t *edit_shown_was(
    const struct edit_shown *shown, const char *edit_path, const char *path);
/* Another device's counters (the folder became one since) count for nothing. */
struct change_base edit_shown_base(
    const struct edit_shown *shown, struct id device);

/* ---- store_view.c ---- */
/* Make a record's view again out of confirmed and the journal, in the current
 * transaction; removes it when neither has the record. */
enum err_code view_rebuild(
    struct device_store *s, struct id id, struct err *e) ERR_CHECKED;
/* For verify: would view_rebuild leave everything as it is?  ERR_NOTFOUND: it
 * would take a view away. */
enum err_code view_is_as_made(
    struct device_store *s, struct id id, bool *out, struct err *e) ERR_CHECKED;
/* Make all views again if they were made by other rules or another schema than
 * this program has.  In no transaction. */
enum err_code views_renew(struct device_store *s, struct err *e) ERR_CHECKED;
/* Write a view that is already made. */
enum err_code view_put(struct device_store *s, const struct record *r,
    uint64_t counter, struct err *e) ERR_CHECKED;
/* ERR_INVALID, with a sentence, for a change that the office would hold for
 * being said in another's name or of a record of the wrong type. */
enum err_code view_admits(struct device_store *s, const struct record *r,
    const struct change *c, struct err *e) ERR_CHECKED;
/* Put one own change on top of a record the way a view does; what the office
 * will hold or refuse leaves the record as it is. */
enum err_code view_apply(struct device_store *s, struct record *r,
    const struct change *c, struct err *e) ERR_CHECKED;

/* ---- store_named.c ---- */
/* Make what is kept of the records that a view names equal to the view; is it;
 * and forget it all. */
enum err_code named_put(
    struct device_store *s, const struct record *r, struct err *e) ERR_CHECKED;
enum err_code named_is_as_made(struct device_store *s, const struct record *r,
    bool *out, struct err *e) ERR_CHECKED;
enum err_code named_remove(
    struct device_store *s, struct id record, struct err *e) ERR_CHECKED;

/* ---- store_closed.c ---- */
/* Is an own change of that life one that the office closed? */
enum err_code closed_is(struct device_store *s, uint64_t life, uint64_t counter,
    bool *out, struct err *e) ERR_CHECKED;
/* Those of this life on the record, as record_view has them; new in *out. */
enum err_code closed_list(struct device_store *s, struct id id, json_t **out,
    struct err *e) ERR_CHECKED;
/* The same of those that it holds. */
enum err_code held_list(struct device_store *s, struct id id, json_t **out,
    struct err *e) ERR_CHECKED;

/* ---- store_closing.c: what was written on another device ---- */
/* The type of a record of which there is nothing else; ERR_NOTFOUND. */
enum err_code closing_type(struct device_store *s, struct id record,
    char type_out[static 65], struct err *e) ERR_CHECKED;
/* *out is set if the office tells that this device's change was closed. */
enum err_code closing_names(struct device_store *s, struct id record,
    uint64_t counter, bool *out, struct err *e) ERR_CHECKED;
/* Append the record's to a list, as record_view has them. */
enum err_code closing_append(struct device_store *s, struct id record,
    json_t *list, struct err *e) ERR_CHECKED;

/* ---- store_search.c ---- */
/* For verify: has the index what the record's view says, or is that yet to be
 * brought up to date?  True without a view. */
enum err_code search_is_as_made(
    struct device_store *s, struct id id, bool *out, struct err *e) ERR_CHECKED;

/* ---- store_title.c ---- */
/* A stored title with the records that it names in words. */
enum err_code title_words(struct device_store *s, const char *stored,
    struct buf *out, struct err *e) ERR_CHECKED;

/* ---- store_journal.c ---- */
/* Last counter and link of the journal (0 and the start link if empty). */
enum err_code journal_head(struct device_store *s, uint64_t *counter_out,
    struct hash32 *link_out, struct err *e) ERR_CHECKED;
/* Where one entry stands in the chain. */
struct standing {
	struct hash32 before, link;
	struct sign_sig sig; /* up to it */
};
/* Number, link and sign *c (device and counter are filled in), and append it
 * with its envelope in *sealed_out (caller: outside_envelope_add after the
 * commit). */
enum err_code journal_append(struct device_store *s, struct change *c,
    struct envelope *sealed_out, struct err *e) ERR_CHECKED;
/* Own change n with its words; ERR_NOTFOUND: they are erased, or there is none.
 * The caller ends it with change_fini. */
enum err_code journal_words(struct device_store *s, uint64_t n,
    struct change *out, struct err *e) ERR_CHECKED;
/* Write the entry of a change that has its place. */
enum err_code journal_insert(struct device_store *s, const struct change *c,
    const struct standing *at, uint64_t saved_ms, struct err *e) ERR_CHECKED;

/* ---- store_seal.c ---- */
/* Seal one entry for the courier, and for taking it back; c is borrowed. */
enum err_code journal_seal(struct device_store *s, struct change *c,
    const struct standing *at, struct envelope *out, struct err *e) ERR_CHECKED;
/* The same for an entry of the journal whose words are there. */
enum err_code journal_seal_entry(struct device_store *s, uint64_t counter,
    struct envelope *out, struct err *e) ERR_CHECKED;
/* Seal envelopes that a crash between commit and append left out. */
enum err_code journal_seal_missing(
    struct device_store *s, struct err *e) ERR_CHECKED;
/* Take back what was saved and is in no table since the power was cut: every
 * envelope that continues the journal, which is then durable in full. */
enum err_code journal_take_back(
    struct device_store *s, struct err *e) ERR_CHECKED;
/* From this transaction on the device opens none of its envelopes so far.
 * Only where the commit is synced: it makes them unneeded. */
enum err_code envelope_key_renew(struct db *db, struct err *e) ERR_CHECKED;

/* ---- store_journal.c, receipts ---- */
/* The newest epoch of the office's that this device knows of, 0: none.  Only
 * its receipts count. */
enum err_code receipt_epoch(
    struct device_store *s, int64_t *out, struct err *e) ERR_CHECKED;
/* Highest counter with a receipt of the newest epoch. */
enum err_code receipted_upto(
    struct device_store *s, uint64_t *out, struct err *e) ERR_CHECKED;
/* Is a receipt, which the office signed for this device, for the journal that
 * is here?  If not, another machine writes under the same id.  ERR_AUTH: it is
 * not the office's, or not for this device. */
enum err_code receipt_is_ours(struct device_store *s, const struct receipt *r,
    bool *out, struct err *e) ERR_CHECKED;
/* Verify a receipt against key, ids and journal, and store it, within
 * told_begin and told_end.  ERR_AUTH: it earns nothing and was not stored. */
enum err_code receipt_store(
    struct device_store *s, const struct receipt *r, struct err *e) ERR_CHECKED;

#endif
