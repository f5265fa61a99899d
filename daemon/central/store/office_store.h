/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_OFFICE_STORE_H
#define CENTRAL_OFFICE_STORE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/id.h"
#include "common/core/change.h"
#include "common/core/device_command.h"
#include "common/core/digest.h"
#include "common/core/erasure.h"
#include "common/core/protocol.h"
#include "common/core/record.h"

/*
 * office_store -- what the office keeps: one interface, two stores (SQLite
 * now; PostgreSQL behind the same calls later, which is why nothing here
 * speaks SQL).  Tables are documented in schema/office.sql.
 *
 * All calls but open and close happen inside a transaction of the engine's:
 * store_begin (writing, serialised) or store_begin_read (one snapshot), then
 * store_commit or store_rollback.  A commit is durable when it returns
 * (synchronous=FULL).  Errors: ERR_IO, ERR_BUSY, ERR_CORRUPT, ERR_NOMEM, and
 * ERR_NOTFOUND where said.  Names begin with store_; file and function names
 * of the SQLite store with sqlite_.
 */
struct office_store;

enum err_code store_begin(struct office_store *s, struct err *e) ERR_CHECKED;
enum err_code store_begin_read(
    struct office_store *s, struct err *e) ERR_CHECKED;
enum err_code store_commit(struct office_store *s, struct err *e) ERR_CHECKED;
void store_rollback(struct office_store *s); /* nothing after a commit */
/* False without a begin, and when an error of the disk has undone it all: then
 * nothing may be written before the next begin. */
bool store_in_transaction(const struct office_store *s);
/* A mark inside a transaction, so that one bad change undoes only itself. */
enum err_code store_mark(struct office_store *s, struct err *e) ERR_CHECKED;
enum err_code store_mark_keep(
    struct office_store *s, struct err *e) ERR_CHECKED;
enum err_code store_mark_undo(
    struct office_store *s, struct err *e) ERR_CHECKED;

/* Open DATA/office.db with its key; ERR_NOTFOUND, ERR_AUTH, ERR_NEWER.
 * create: make and migrate a new one (ERR_CONFLICT if there is one). */
enum err_code office_store_open(const char *data, const struct secret_key *key,
    bool create, struct office_store **out, struct err *e) ERR_CHECKED;
void office_store_close(struct office_store *s);
/* Durable copy of the whole store, encrypted under the same key. */
enum err_code office_store_backup(
    struct office_store *s, const char *path, struct err *e) ERR_CHECKED;

/* Named values: keys, certificates, office id, epoch ...  ERR_NOTFOUND. */
enum err_code store_meta_get(struct office_store *s, const char *name,
    struct buf *out, struct err *e) ERR_CHECKED;
enum err_code store_meta_put(struct office_store *s, const char *name,
    const void *value, size_t len, struct err *e) ERR_CHECKED;

/* ---- people, devices, codes ---- */
struct office_user {
	struct id id;
	char name[256];
	char role[65];
	bool is_active;
};
enum err_code store_user_put(struct office_store *s,
    const struct office_user *u, struct err *e) ERR_CHECKED;
enum err_code store_user_get(struct office_store *s, struct id id,
    struct office_user *out, struct err *e) ERR_CHECKED;
typedef bool (*store_user_each)(void *arg, const struct office_user *u);
enum err_code store_users(struct office_store *s, store_user_each each,
    void *arg, struct err *e) ERR_CHECKED;

enum device_state {
	DEVICE_PENDING = 1, /* waits for approval: pushes flow, no pull */
	DEVICE_ACTIVE = 2,
	DEVICE_REVOKED = 3,
	DEVICE_ENGINE = 4 /* the office's own journal */
};
struct office_device {
	struct id id;
	struct id user;
	char label[65];
	enum device_state state;
	struct sign_pub sign_pub;
	struct hash32 tls_sha256;        /* full-rights certificate */
	struct hash32 courier_sha256;    /* courier certificate */
	uint64_t enrolled_at, last_seen; /* Unix ms; enrolled_at 0: after the
	                                  * backup that this store came from */
	uint64_t not_after;              /* of the certificates, Unix ms */
	uint64_t counter;                /* journal received up to here */
	struct hash32 link;              /* its link there */
	uint64_t intake;                 /* last intake number of this epoch */
	uint64_t outcome_no;             /* last outcome number given */
	uint64_t backed_up; /* a backup holds the journal up to here; written
	                     * by store_backup_done alone */
};
enum err_code store_device_put(struct office_store *s,
    const struct office_device *d, struct err *e) ERR_CHECKED;
enum err_code store_device_get(struct office_store *s, struct id id,
    struct office_device *out, struct err *e) ERR_CHECKED;
/* By either certificate; is_courier_out tells which.  ERR_NOTFOUND. */
enum err_code store_device_by_cert(struct office_store *s,
    const struct hash32 *cert_sha256, struct office_device *out,
    bool *is_courier_out, struct err *e) ERR_CHECKED;
typedef bool (*store_device_each)(void *arg, const struct office_device *d);
enum err_code store_devices(struct office_store *s, store_device_each each,
    void *arg, struct err *e) ERR_CHECKED;

/* How far every device's journal is held, was when a backup was last begun, and
 * is in one that is whole: one hash over (hash before, "<device> <counter>") of
 * each that is above 0, in order of ids; *any: there is one. */
enum store_extent { EXTENT_HELD, EXTENT_BACKING_UP, EXTENT_BACKED_UP };
enum err_code store_extent_digest(struct office_store *s,
    enum store_extent what, bool *any, struct hash32 *out,
    struct err *e) ERR_CHECKED;
/* A backup is about to be made, and: it was, and is whole.  A copy of the store
 * that is begun after the commit of the first holds every journal as far as
 * that; only one backup at a time. */
enum err_code store_backup_begun(
    struct office_store *s, struct err *e) ERR_CHECKED;
enum err_code store_backup_done(
    struct office_store *s, struct err *e) ERR_CHECKED;

struct office_code {
	char id[5];
	struct id user;
	struct secret_key key; /* enrol_code_key of the secret */
	char label[65];
	bool needs_approval;
	uint64_t expires; /* Unix ms */
	uint64_t tries;   /* wrong MACs so far; 5 end the code */
	bool is_used;
	struct hash32 request; /* of the request that used it: the same one
	                        * again gets the same answer */
	struct buf answer;     /* answer given, JSON; owned by the caller */
};
enum err_code store_code_put(struct office_store *s,
    const struct office_code *c, struct err *e) ERR_CHECKED;
enum err_code store_code_get(struct office_store *s, const char *id,
    struct office_code *out, struct err *e) ERR_CHECKED;

/* ---- commands to devices ---- */
struct office_command {
	struct id device;
	uint64_t no;
	enum device_command_kind kind;
	uint64_t issued, expires; /* Unix ms */
	uint64_t done;            /* when the device said so; 0: not yet */
};
/* A new one; its number must be above all of the device's. */
enum err_code store_command_add(struct office_store *s,
    const struct office_command *c, struct err *e) ERR_CHECKED;
/* The one with the highest number.  ERR_NOTFOUND. */
enum err_code store_command_last(struct office_store *s, struct id device,
    struct office_command *out, struct err *e) ERR_CHECKED;
/* Those that are not done and not out of date, ascending. */
typedef bool (*store_command_each)(void *arg, const struct office_command *c);
enum err_code store_commands_waiting(struct office_store *s, struct id device,
    uint64_t now_ms, store_command_each each, void *arg,
    struct err *e) ERR_CHECKED;
/* Those up to this number are done now. */
enum err_code store_commands_done(struct office_store *s, struct id device,
    uint64_t upto, uint64_t now_ms, struct err *e) ERR_CHECKED;

/* ---- erasures (core/erasure.h) ---- */
/* A new one, and the record as it was left (NULL: there is none yet); an
 * earlier one of the same record keeps no record any more. */
enum err_code store_erasure_put(struct office_store *s, const struct erasure *z,
    const struct record *left, struct err *e) ERR_CHECKED;
typedef bool (*store_erasure_each)(void *arg, const struct erasure *z);
/* A record's, or all above a version; in order. */
enum err_code store_erasures_of(struct office_store *s, struct id record,
    store_erasure_each each, void *arg, struct err *e) ERR_CHECKED;
enum err_code store_erasures_above(struct office_store *s, struct version above,
    store_erasure_each each, void *arg, struct err *e) ERR_CHECKED;
/* Those of records that were not there, and are by now; and whether there are
 * any of records that were not there. */
enum err_code store_erasures_come(struct office_store *s,
    store_erasure_each each, void *arg, struct err *e) ERR_CHECKED;
enum err_code store_erasures_wait(
    struct office_store *s, bool *out, struct err *e) ERR_CHECKED;
/* The one of an entry of the log, and, if it is the record's last, the record
 * as it was left.  ERR_NOTFOUND. */
enum err_code store_erasure_at(struct office_store *s, uint64_t seq,
    struct erasure *out, struct record *left_out, bool *has_left_out,
    struct err *e) ERR_CHECKED;
/* Take the words out of every change of the record and out of merged values. */
enum err_code store_words_erase(struct office_store *s, const struct erasure *z,
    uint64_t *changes_out, struct err *e) ERR_CHECKED;
/* Outside a transaction: db_forget. */
enum err_code store_forget(struct office_store *s, struct err *e) ERR_CHECKED;

/* ---- acts that need two people (engine/engine_dual.h) ---- */
enum dual_state { DUAL_WAITS = 1, DUAL_CONFIRMED = 2, DUAL_WITHDRAWN = 3 };
struct office_dual {
	struct id id;
	char act[65];
	char object[401];
	struct id proposer;
	char reason[513];
	uint64_t proposed, expires; /* Unix ms */
	enum dual_state state;
	struct id decider; /* zero: nobody yet */
	uint64_t decided;  /* Unix ms; 0: not yet */
};
/* A new one, or a known one's state, decider and time. */
enum err_code store_dual_put(struct office_store *s,
    const struct office_dual *d, struct err *e) ERR_CHECKED;
enum err_code store_dual_get(struct office_store *s, struct id id,
    struct office_dual *out, struct err *e) ERR_CHECKED;
/* All, or those that wait, in order of proposing. */
typedef bool (*store_dual_each)(void *arg, const struct office_dual *d);
enum err_code store_duals(struct office_store *s, bool waiting_only,
    store_dual_each each, void *arg, struct err *e) ERR_CHECKED;

/* ---- scopes and grants ---- */
/* since and until are log numbers (they take one each). */
enum err_code store_grant_add(struct office_store *s, struct id grant,
    struct id user, const char *scope, uint64_t since,
    struct err *e) ERR_CHECKED;
/* ERR_NOTFOUND when the user has no such grant now. */
enum err_code store_grant_end(struct office_store *s, struct id user,
    const char *scope, uint64_t until, struct err *e) ERR_CHECKED;
/* Scope names that the user holds now, sorted; "all" and "user:<id>" are
 * held by everyone without a grant and are not listed. */
typedef bool (*store_scope_each)(void *arg, const char *scope, uint64_t since);
enum err_code store_scopes_of_user(struct office_store *s, struct id user,
    store_scope_each each, void *arg, struct err *e) ERR_CHECKED;
/* True in *out if the user may see the record now / ever could. */
enum err_code store_user_sees(struct office_store *s, struct id user,
    struct id record, bool ever, bool *out, struct err *e) ERR_CHECKED;

/* ---- intake: receiving, apart from applying ---- */
enum change_state {
	CHANGE_RECEIVED = 1, /* stored and receipted, not yet applied */
	CHANGE_DONE = 2,     /* applied, merged, conflict or addendum */
	CHANGE_HELD = 3,
	CHANGE_CLOSED = 4 /* by an administrator, with a reason */
};
struct intake_change {
	struct id device;
	uint64_t counter;
	struct hash32 link;
	uint64_t intake, epoch;
	struct id record;
	enum change_state state;
	/* Times that applying it was begun after a crash.  It is no evidence,
	 * and `verify` passes it over: nothing in any journal or log tells how
	 * often a process died.  What it leads to is told to the device and to
	 * people: who raises it makes the engine hold the change as "poison",
	 * for a person to look at and retry; who lowers it makes the engine
	 * die once more. */
	unsigned tries;
	struct version version; /* of its outcome, or never */
	char reason[40];        /* with HELD and CLOSED */
	struct buf body;        /* full form, canonical JSON; owned by caller */
	/* The device's signature of its journal up to here, which covers all
	 * before: kept for the last change of each batch. */
	bool has_sig;
	struct sign_sig sig;
};
void intake_change_init(struct intake_change *c);
void intake_change_fini(struct intake_change *c);
/* The change in its body; the caller ends it with change_fini.  ERR_CORRUPT
 * when it does not read, ERR_NOMEM. */
enum err_code intake_change_read(const struct intake_change *c,
    struct change *out, struct err *e) ERR_CHECKED;
/* Store a received change (full form). */
enum err_code store_intake_put(struct office_store *s,
    const struct intake_change *c, struct err *e) ERR_CHECKED;
/* Set state, tries, version and reason of a stored one. */
enum err_code store_intake_mark(struct office_store *s,
    const struct intake_change *c, struct err *e) ERR_CHECKED;
enum err_code store_intake_get(struct office_store *s, struct id device,
    uint64_t counter, struct intake_change *out, struct err *e) ERR_CHECKED;
/* The change alone; the caller ends it with change_fini. */
enum err_code store_change_get(struct office_store *s, struct id device,
    uint64_t counter, struct change *out, struct err *e) ERR_CHECKED;
/* Those in a state, in order of intake; record may narrow (NULL: any). */
typedef bool (*store_intake_each)(void *arg, const struct intake_change *c);
enum err_code store_intakes(struct office_store *s, enum change_state state,
    const struct id *record, store_intake_each each, void *arg,
    struct err *e) ERR_CHECKED;
/* Counters of the device's below this one that are held, or not yet applied,
 * on the record: appended as numbers to *held, a JSON array, ascending. */
enum err_code store_held_below(struct office_store *s, struct id device,
    struct id record, uint64_t counter, json_t *held,
    struct err *e) ERR_CHECKED;
/* Last counter of the device's contained in the record (or closed), 0 if none,
 * and the counters below it that are not, as store_held_below gives them. */
enum err_code store_own_counters(struct office_store *s, struct id device,
    struct id record, uint64_t *own_out, json_t *held,
    struct err *e) ERR_CHECKED;

enum err_code store_receipt_put(
    struct office_store *s, const struct receipt *r, struct err *e) ERR_CHECKED;
/* The device's receipt for the lowest counter at or above this one. */
enum err_code store_receipt_get(struct office_store *s, struct id device,
    uint64_t counter, struct receipt *out, struct err *e) ERR_CHECKED;

enum err_code store_outcome_put(struct office_store *s, struct id device,
    const struct outcome *o, struct err *e) ERR_CHECKED;
typedef bool (*store_outcome_each)(void *arg, const struct outcome *o);
enum err_code store_outcomes(struct office_store *s, struct id device,
    uint64_t after_no, size_t limit, store_outcome_each each, void *arg,
    struct err *e) ERR_CHECKED;

/* What became of the last change of the record to arrive, so far as it has an
 * outcome: ERR_NOTFOUND when none has. */
enum err_code store_outcome_of_record(struct office_store *s, struct id record,
    enum outcome_kind *out, struct err *e) ERR_CHECKED;

/* ---- records and the log ---- */
/* ERR_NOTFOUND: no such record. */
enum err_code store_record_get(struct office_store *s, struct id id,
    struct record *out, struct err *e) ERR_CHECKED;
/* The same as its canonical JSON says it, new in *out: what a page sends whole
 * is not taken apart. */
enum err_code store_record_json(struct office_store *s, struct id id,
    json_t **out, struct err *e) ERR_CHECKED;
/* The type of a record that is here; ERR_NOTFOUND. */
enum err_code store_record_type(struct office_store *s, struct id id,
    char out[static 65], struct err *e) ERR_CHECKED;
/* What a record derives: its scopes and its references to other records. */
struct record_ref {
	const char *field;
	struct id target;
};
struct record_derived {
	const char *const *scopes; /* sorted, without repeats */
	size_t n_scopes;
	const struct record_ref *refs;
	size_t n_refs;
};
/* Write the record as of log number seq; keeps the digests of its scopes up to
 * date, and which scopes it joined and left at seq.  *digest_out is its
 * record_digest. */
enum err_code store_record_put(struct office_store *s, const struct record *r,
    const struct record_derived *derived, uint64_t seq,
    struct hash32 *digest_out, struct err *e) ERR_CHECKED;
/* The same when only the scopes changed (another record now refers to it). */
enum err_code store_record_scopes_put(struct office_store *s, struct id record,
    const struct record_derived *derived, uint64_t seq,
    struct err *e) ERR_CHECKED;
/* What the path became by the log entry `at` exactly: the value that a
 * base.seen names, new in *out (NULL: absent).  ERR_NOTFOUND when that entry
 * did not set exactly this path. */
enum err_code store_value_at(struct office_store *s, struct id record,
    const char *path, struct version at, json_t **out,
    struct err *e) ERR_CHECKED;
/* Keep a value that merging made (NULL: absent), for store_value_at. */
enum err_code store_merged_value_put(struct office_store *s, struct id record,
    const char *path, uint64_t seq, const json_t *value,
    struct err *e) ERR_CHECKED;
/* Records of a type whose field names target (for scope rule "back"). */
typedef bool (*store_id_each)(void *arg, struct id id);
enum err_code store_referring(struct office_store *s, const char *type,
    const char *field, struct id target, store_id_each each, void *arg,
    struct err *e) ERR_CHECKED;
/* The record that has this conflict, open or closed; ERR_NOTFOUND. */
enum err_code store_conflict_record(struct office_store *s, struct id conflict,
    struct id *out, struct err *e) ERR_CHECKED;
/* Records with an open conflict, each once; costs what there is to tell. */
enum err_code store_conflicted(struct office_store *s, store_id_each each,
    void *arg, struct err *e) ERR_CHECKED;
typedef bool (*store_record_each)(
    void *arg, struct id id, const char *type, struct version version);
enum err_code store_records(struct office_store *s, const char *type,
    const struct id *after, size_t limit, store_record_each each, void *arg,
    struct err *e) ERR_CHECKED;

struct log_entry {
	uint64_t seq, epoch;
	char kind[16];    /* "change", "grant", "revoke", "audit" ... */
	struct id device; /* whose journal the entry is of */
	uint64_t counter;
	struct hash32 change_link;
	struct id record;      /* or zero */
	struct hash32 outcome; /* SHA-256 of the outcome's canonical JSON */
	struct hash32 state;   /* record_digest after it, or zero */
	unsigned merge_version;
	/* The schema that a change or an erasure was applied by: SHA-256 of
	 * the bundle, which store_bundle_put has kept. */
	bool has_schema;
	struct hash32 schema;
	uint64_t time;      /* office's clock, Unix ms */
	struct hash32 link; /* SHA-256(link before || canonical JSON entry) */
};
enum err_code store_bundle_has(struct office_store *s,
    const struct hash32 *sha256, bool *out, struct err *e) ERR_CHECKED;
/* Keep a bundle (canonical JSON) that entries will name; nothing, if it is. */
enum err_code store_bundle_put(struct office_store *s,
    const struct hash32 *sha256, const struct buf *text,
    struct err *e) ERR_CHECKED;
/* Append its text.  ERR_NOTFOUND. */
enum err_code store_bundle_get(struct office_store *s,
    const struct hash32 *sha256, struct buf *out, struct err *e) ERR_CHECKED;
/* Append; fills in seq and link.  Only inside store_begin. */
enum err_code store_log_append(
    struct office_store *s, struct log_entry *l, struct err *e) ERR_CHECKED;
/* The link that an entry has after the one with link `before`: for verify. */
enum err_code store_log_link(const struct log_entry *l, struct hash32 before,
    struct hash32 *out, struct err *e) ERR_CHECKED;
/* The link at a number: of an entry, or with 0 what the first one follows.
 * ERR_NOTFOUND. */
enum err_code store_log_link_at(struct office_store *s, uint64_t seq,
    struct hash32 *out, struct err *e) ERR_CHECKED;
/* Head: seq 0 and the first link when empty. */
enum err_code store_log_head(struct office_store *s, uint64_t *seq,
    struct hash32 *link, struct err *e) ERR_CHECKED;
enum err_code store_log_get(struct office_store *s, uint64_t seq,
    struct log_entry *out, struct err *e) ERR_CHECKED;
/* A record's entries before or after (newest_first: before) a number. */
typedef bool (*store_log_each)(void *arg, const struct log_entry *l);
enum err_code store_log_of_record(struct office_store *s, struct id record,
    uint64_t from, bool newest_first, store_log_each each, void *arg,
    struct err *e) ERR_CHECKED;

/* ---- pulling ---- */
struct pull_row {
	struct id record;
	uint64_t touched; /* last seq of the record, its scopes, grants, or
	                   * what was closed of it */
	bool is_missing;  /* there is no such record: what was closed is all */
	bool is_visible;  /* false: could be seen since the floor, or ever if
	                   * that is 0, and now cannot */
	bool whole;       /* created, moved in or granted above the floor */
};
/* Rows for the user above (position, id) and up to head, in that order, at
 * most limit: what a page is made of. */
typedef bool (*store_pull_each)(void *arg, const struct pull_row *row);
enum err_code store_pull(struct office_store *s, struct id user,
    const struct cursor *from, uint64_t head, size_t limit,
    store_pull_each each, void *arg, struct err *e) ERR_CHECKED;
/* This user's scopes that the record is in, sorted. */
enum err_code store_record_scopes(struct office_store *s, struct id record,
    struct id user, json_t *names, struct err *e) ERR_CHECKED;
/* The sum of every scope that the user holds now, in bytewise order of names
 * ("all" and "user:<id>" among them). */
typedef bool (*store_sum_each)(
    void *arg, const char *scope, const struct digest *sum);
enum err_code store_scope_sums(struct office_store *s, struct id user,
    store_sum_each each, void *arg, struct err *e) ERR_CHECKED;
/* The last log number at which a grant of the user's began or ended. */
enum err_code store_grants_seq(struct office_store *s, struct id user,
    uint64_t *out, struct err *e) ERR_CHECKED;
/* Scopes in which something has a log number above this one: their records,
 * which records they have, and "user:<id>" of whoever's grants changed. */
typedef bool (*store_name_each)(void *arg, const char *name);
enum err_code store_touched_scopes(struct office_store *s, uint64_t above,
    store_name_each each, void *arg, struct err *e) ERR_CHECKED;
enum err_code store_scope_digest(struct office_store *s, const char *scope,
    struct digest *out, struct err *e) ERR_CHECKED;
/* Ids and versions of a scope's records by id, from behind `after` on (NULL:
 * all), for repair. */
enum err_code store_scope_records(struct office_store *s, const char *scope,
    const struct id *after, store_record_each each, void *arg,
    struct err *e) ERR_CHECKED;

#endif
