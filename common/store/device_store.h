/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_DEVICE_STORE_H
#define STORE_DEVICE_STORE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/base/id.h"
#include "common/base/secret.h"
#include "common/core/change.h"
#include "common/core/head.h"
#include "common/core/protocol.h"
#include "common/core/record.h"
#include "common/core/schema.h"

/*
 * device_store -- everything a device keeps, in one data folder; shared by
 * the field client and the sync daemon, which may have it open at once.
 *
 *   notes.db        encrypted SQLite: journal, confirmed records, views,
 *                   drafts, receipts, outcomes, staged pages, search index,
 *                   keys (signing, full-rights TLS), schema
 *   slots           key slots (keyslot.h)
 *   outside/        readable without the passphrase: office.json (root,
 *                   public keys, addresses, device id), courier.pem,
 *                   envelopes (spool.h), receipts that came while locked
 *
 * Life cycle: device_store_create (enrolment) or device_store_open, calls,
 * device_store_close.  Every call that writes is one transaction, durable
 * when it returns; on failure nothing changed.  A save is durable by its
 * envelope, which waits for the disk once; the database follows, and after a
 * power cut device_store_open takes back from the envelopes what it lacks.
 * Errors everywhere: ERR_IO
 * (disk, full), ERR_BUSY (another process holds the lock too long; try
 * again), ERR_CORRUPT, ERR_NEWER, ERR_NOMEM.
 *
 * What the user sees of a record (its view) is confirmed with every own
 * change above the last own counter that confirmed contains, and the held
 * ones, applied on top (apply.h); what the office closed is beside it.  Views
 * are kept in a table and rewritten in the transaction that changes what they
 * derive from.
 */
struct device_store;

/* What enrolment brings: all that a new data folder starts with. */
struct device_identity {
	struct id device, user, office;
	char user_name[256], office_name[256], role[65];
	struct hash32 root_sha256;
	struct sign_key sign_key;
	struct sign_pub receipt_pub;
	struct seal_pub sealing_pub, recovery_pub;
	struct buf tls_key_pem, tls_cert_pem;         /* full rights */
	struct buf courier_key_pem, courier_cert_pem; /* courier */
	struct buf root_pem, issuing_pem;
	struct buf statement, statement_sig;
	char address[256]; /* office ADDR:PORT */
	bool is_pending;
};
void device_identity_init(struct device_identity *i);
void device_identity_fini(struct device_identity *i); /* wipes */

/* Make a data folder.  page_key: keyslot_page_key of the new database key.
 * schema: the bundle as JSON.  ERR_CONFLICT if there is one already. */
enum err_code device_store_create(const char *home,
    const struct secret_key *page_key, const struct device_identity *identity,
    const json_t *schema_bundle, struct err *e) ERR_CHECKED;
/* Make the folder, which the office answered `forked`, another device of the
 * same user: `fresh` as for device_store_create.  Its changes that no receipt
 * covers are cut again as the first ones of the new journal (*recut_out: how
 * many), and the old journal is put by; the user sees the same as before.  The
 * key stays.  No other process should have the store open: what it saves then
 * is ERR_BUSY until it opens the store anew.  ERR_INVALID: another user's or
 * office's. */
enum err_code device_store_again(const char *home,
    const struct secret_key *page_key, const struct device_identity *fresh,
    uint64_t *recut_out, struct err *e) ERR_CHECKED;
/* ERR_NOTFOUND: not enrolled; ERR_AUTH: wrong key; ERR_NEWER. */
enum err_code device_store_open(const char *home,
    const struct secret_key *page_key, struct device_store **out,
    struct err *e) ERR_CHECKED;
/* The same where that gave ERR_IO, as on a full disk: no other process can
 * have it open meanwhile (ERR_BUSY), so a command does it, a daemon does not.
 * What is there can be read; what is saved may be refused. */
enum err_code device_store_open_alone(const char *home,
    const struct secret_key *page_key, struct device_store **out,
    struct err *e) ERR_CHECKED;
void device_store_close(struct device_store *s);

/* Borrowed for the store's life. */
const struct device_identity *device_store_identity(
    const struct device_store *s);
const struct schema *device_store_schema(const struct device_store *s);

/* ---- saving (store_save.c) ---- */

/* What a person has before their eyes while they write (store_shown.c): the
 * record as it is shown, and as the office told it.  Others' changes come in
 * meanwhile; a save that goes by this merges with those, or keeps both, in the
 * place of writing over what its author never saw. */
struct record_shown {
	struct record view;
	struct record told; /* empty where the office told nothing */
	struct id device;
};
enum err_code device_store_shown(struct device_store *s, struct id record,
    struct record_shown *out, struct err *e) ERR_CHECKED;
void record_shown_fini(struct record_shown *r);

/* The part of it that an edit at one path goes by. */
struct edit_shown {
	const json_t *was; /* borrowed; NULL: nothing was there */
	struct change_base base;
	struct id device; /* whose counters base.own is of */
};
struct edit_shown record_shown_at(
    const struct record_shown *r, const char *path);
/* For who keeps it with a text that was not saved yet: a new object.
 * edit_shown_read borrows from it.  ERR_NOMEM; ERR_MALFORMED. */
enum err_code edit_shown_json(
    const struct edit_shown *shown, json_t **out, struct err *e) ERR_CHECKED;
enum err_code edit_shown_read(
    const json_t *json, struct edit_shown *out, struct err *e) ERR_CHECKED;

/* One edit of a save: NULL now removes. */
struct edit {
	const char *path;
	const json_t *now;
	const struct edit_shown *shown; /* NULL: what the view has now; not
	                                 * with a side */
	const char *side;               /* conflict side edited, or NULL */
	bool restate; /* say it again even if it is the same (sign-off, taking
	               * the current value in a decision) */
};
struct save_result {
	struct id id;
	uint64_t counter; /* 0: nothing was different, no change was cut */
	json_t *changed;  /* array of paths; owned */
	bool is_sealed;   /* false: durable here, but the envelope that could
	                   * leave while locked is still missing (disk full); it
	                   * is made at the next save or open */
};
/* Cut a change: record NULL makes a new one of that type.  was and base come
 * from what was shown.  Numbered, linked, signed, journaled and its envelope
 * synced when this returns; where no envelope can be written the database is
 * synced instead, and only when that fails too (ERR_IO) may a change be seen
 * that is not on the disk.  resolve may be NULL.  ERR_INVALID: a value that the
 * schema refuses (message is a sentence for the person); ERR_NOTFOUND. */
enum err_code device_store_save(struct device_store *s, const struct id *record,
    const char *type, const struct edit *edits, size_t n_edits,
    const struct change_resolve *resolve, struct save_result *out,
    struct err *e) ERR_CHECKED;
void save_result_fini(struct save_result *r);

/* Autosaved text that nobody has cut yet: one per record (or new-note key);
 * never synced.  NULL text removes.  Of a draft that says which record it is of
 * ("record") and has words by path ("values", "refused", "shown": edit_shown),
 * what an erasure covers goes with it, and what was shown with the record. */
enum err_code device_store_draft_put(struct device_store *s, const char *key,
    const json_t *draft, struct err *e) ERR_CHECKED;
enum err_code device_store_draft_get(struct device_store *s, const char *key,
    json_t **out, struct err *e) ERR_CHECKED;

/* ---- reading (store_read.c) ---- */

/* Where the last word on a record is; cli.md `transport`. */
enum transport {
	TRANSPORT_DEVICE,  /* saved here, no envelope reached the office */
	TRANSPORT_WAITING, /* a sync was tried and did not get through */
	TRANSPORT_SENDING,
	TRANSPORT_SEALED, /* handed over sealed, receipt not yet verified */
	TRANSPORT_OFFICE, /* a verified receipt covers the last own change */
	TRANSPORT_ANSWER, /* a conflict needs this user's answer */
	TRANSPORT_HELD
};
const char *transport_word(enum transport t);

struct record_view {
	struct record record; /* the view: confirmed and own work on top */
	enum transport transport;
	bool has_own;             /* this device wrote to it */
	uint64_t counter;         /* last own change on it */
	struct version confirmed; /* version the office last told, or never */
	bool has_outcome;
	struct outcome outcome; /* of the last own change */
	bool has_receipt;
	struct receipt receipt; /* the one that covers the last own change */
	/* What its user wrote, and the office held and a person there closed,
	 * oldest first: {"counter", "reason" (the word it was held with),
	 * "words" (the person's), "said": {path: value or null}}, "said" empty
	 * where the words are erased.  First what this device wrote, then what
	 * their other ones did, which also have "device" and "made_at"; owned.
	 */
	json_t *closed;
	/* What this device wrote and the office holds, oldest first:
	 * {"counter", "reason", "reason_path", "said" as above}; owned. */
	json_t *held;
};
void record_view_fini(struct record_view *v);
enum err_code device_store_get(struct device_store *s, struct id id,
    struct record_view *out, struct err *e) ERR_CHECKED;

/* What is shown of a record alone, without where its last word is; end it with
 * record_fini.  ERR_NOTFOUND. */
enum err_code device_store_record(struct device_store *s, struct id id,
    struct record *out, struct err *e) ERR_CHECKED;

/* Call back for each record of the type whose ref or refs field names the
 * target, newest first; false stops.  Refs to colleagues are not followed. */
struct naming_query {
	struct id target;
	const char *type, *field;
};
typedef bool (*naming_each)(void *arg, struct id record);
enum err_code device_store_naming(struct device_store *s,
    const struct naming_query *what, naming_each each, void *arg,
    struct err *e) ERR_CHECKED;

/* When this user last read a page about a record, with the place in the
 * office's log that this device had heard up to then; and the same of the last
 * day before.  Unix ms; 0: never, which is no error. */
struct page_read {
	uint64_t at;
	struct version heard;
	uint64_t before_at;
	struct version before;
};
enum err_code device_store_page_read(struct device_store *s, const char *page,
    struct id record, struct page_read *out, struct err *e) ERR_CHECKED;
enum err_code device_store_page_read_put(struct device_store *s,
    const char *page, struct id record, const struct page_read *r,
    struct err *e) ERR_CHECKED;

/* Call back for each record of a type (NULL: all) in order of id descending
 * (newest first), from before `after` (or NULL), at most limit.  The summary
 * is borrowed during the call; false stops. */
struct record_summary {
	struct id id;
	const char *type;
	const char *title;   /* one line for people */
	const char *content; /* value of the type's lock field, or "" */
	bool is_removed;
	enum transport transport;
	uint64_t received_ms; /* when the office had all that was written here,
	                       * by its receipt; 0: nothing was, or not yet */
	struct version version;
	size_t open_conflicts;
};
typedef bool (*record_each)(void *arg, const struct record_summary *r);
enum err_code device_store_list(struct device_store *s, const char *type,
    const struct id *after, size_t limit, record_each each, void *arg,
    struct err *e) ERR_CHECKED;

/* Append a record's one line for people, with the records that it names in
 * words too (a note's person, a visit's place).  ERR_NOTFOUND when it is not
 * here; ERR_INVALID past out's cap. */
enum err_code device_store_title(struct device_store *s, struct id id,
    struct buf *out, struct err *e) ERR_CHECKED;

/* Full-text search over what the user may see; folds case and accents.
 * Query words are ANDed; "quoted words" are a phrase.  Indexes dirty records
 * first.  The snippet marks hits with \x02 and \x03. */
struct search_hit {
	struct id id;
	const char *type;
	const char *snippet;
};
typedef bool (*search_each)(void *arg, const struct search_hit *hit);
enum err_code device_store_search(struct device_store *s, const char *query,
    size_t offset, size_t limit, search_each each, void *arg,
    struct err *e) ERR_CHECKED;

/* Conflicts of every record, newest first; all: closed ones too. */
typedef bool (*conflict_each)(void *arg, struct id record, const char *type,
    const struct conflict *c, const struct record *r);
enum err_code device_store_conflicts(struct device_store *s, bool all,
    conflict_each each, void *arg, struct err *e) ERR_CHECKED;

struct store_status {
	uint64_t unsent;       /* own changes without a verified receipt */
	uint64_t held;         /* own changes held at the office */
	uint64_t conflicts;    /* open ones on this device */
	uint64_t last_contact; /* Unix ms of the last signed answer, 0: never */
	uint64_t written, receipted; /* counters */
	struct hash32 link;          /* of the last own change */
	bool has_cursor;
	struct cursor cursor;
	struct digest digest;  /* sum over all scopes held */
	int64_t clock_offset;  /* office minus device, ms */
	uint64_t clock_within; /* how far that may be off; 0: not learned yet */
	char last_outcome[24]; /* cli.md sync outcome, or "" */
	bool is_forked; /* the office answered last that this is a copy */
};
enum err_code device_store_status(struct device_store *s,
    struct store_status *out, struct err *e) ERR_CHECKED;
/* How many records left this device because its user may not see them any more,
 * since device_store_taken_told; and all of them by when that was: a new
 * [{"at" (Unix ms of the office's clock), "n"}].  ERR_NOMEM, ERR_IO,
 * ERR_CORRUPT. */
enum err_code device_store_taken(struct device_store *s, uint64_t *untold_out,
    json_t **log_out, struct err *e) ERR_CHECKED;
/* So many more of them were told to the user.  ERR_NOMEM, ERR_IO. */
enum err_code device_store_taken_told(
    struct device_store *s, uint64_t n, struct err *e) ERR_CHECKED;
/* Of what types the records are that own changes without a receipt are about:
 * {type: number of changes}; new.  ERR_NOMEM, ERR_IO, ERR_CORRUPT. */
enum err_code device_store_unsent(
    struct device_store *s, json_t **out, struct err *e) ERR_CHECKED;
/* The office's clock now, Unix ms, as well as this device knows it. */
enum err_code device_store_office_ms(
    struct device_store *s, uint64_t *out, struct err *e) ERR_CHECKED;

/* ---- syncing (store_push.c, store_pull.c) ---- */

/* Own changes above a counter as envelopes, oldest first, without a gap and as
 * many as one request takes, for an office that may lack what it receipted: who
 * is shut out hears of no epoch.  *n_out 0: there are none.  Ended by
 * outside_envelopes_free. */
struct envelope;
enum err_code device_store_envelopes(struct device_store *s, uint64_t after,
    struct envelope **out, size_t *n_out, struct err *e) ERR_CHECKED;

/* Fill r with everything due: cursor, numbers, and batches of unreceipted
 * changes in wire form up to LIMIT_PUSH_TARGET.  full: leave nothing out
 * (after resend_full).  r was initialised by the caller. */
enum err_code device_store_sync_request(struct device_store *s, bool full,
    struct sync_request *r, struct err *e) ERR_CHECKED;
/* Store a verified answer: receipts (checked again), outcomes, page (staged,
 * shown when the last has come), cursor, offset, echo check: one transaction.
 * more_out: ask again at once (pages or changes are left). */
struct sync_progress {
	size_t receipts, held, pulled;
	size_t proposed; /* others' changes that a restored office has lost */
	bool more;
	bool resend_full;
	bool digest_differs; /* the next request asks for the scopes */
	bool is_copy; /* the office has another journal under this id: nothing
	                 of the answer was taken but that */
};
enum err_code device_store_sync_answer(struct device_store *s,
    const struct sync_answer *a, uint64_t asked_mono_ms,
    uint64_t answered_mono_ms, struct sync_progress *out,
    struct err *e) ERR_CHECKED;
/* New TLS keys and certificates take the place of the old (renewal); PEM, the
 * caller has checked them.  What device_store_identity gave before is gone.
 * ERR_IO with everything renewed but the courier's: it follows with the next
 * renewal. */
struct device_renewal {
	struct crypto_part tls_key_pem, tls_cert_pem;
	struct crypto_part courier_key_pem, courier_cert_pem;
	struct crypto_part issuing_pem;
};
enum err_code device_store_renew(struct device_store *s,
    const struct device_renewal *r, struct err *e) ERR_CHECKED;
/* Keep what a sync attempt came to, for status and for `waiting`. */
enum err_code device_store_note_outcome(
    struct device_store *s, const char *outcome, struct err *e) ERR_CHECKED;

/* ---- checking (store_verify.c) ---- */
struct verify_result {
	bool ok;
	uint64_t written, receipted, held;
	uint64_t outcomes[OUTCOME_N];
	struct hash32 head;
	char first_bad[256]; /* "" when ok: what does not add up, and where */
};
/* Walk the journal from the first change: links, signatures and receipts; make
 * every view, what the index has of it and every sum again; and compare what
 * the office told with what this device signed when it came (store_told_int.h).
 * Drafts and a device's own times are nobody's to check. */
enum err_code device_store_verify(struct device_store *s,
    struct verify_result *out, struct err *e) ERR_CHECKED;

/* Has the journal, or that of an earlier enrolment of the folder, this link
 * after its n-th change? */
enum err_code device_store_has_link(struct device_store *s,
    const struct head *head, bool *out, struct err *e) ERR_CHECKED;

/* Everything as JSON Lines, documented in schema/export.md: one call for each
 * line (canonical JSON, no newline). */
typedef bool (*export_line)(void *arg, const char *line, size_t len);
enum err_code device_store_export(struct device_store *s, export_line line,
    void *arg, struct err *e) ERR_CHECKED;

#endif
