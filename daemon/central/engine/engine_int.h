/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_ENGINE_INT_H
#define CENTRAL_ENGINE_INT_H

#include "common/base/clock.h"
#include "common/core/apply.h"
#include "common/core/body.h"
#include "common/core/protocol.h"
#include "common/sys/crypto.h"
#include "daemon/central/engine/engine.h"

/*
 * engine_int -- what the engine's files share.
 *
 *   engine_work.c     the queue; one group through all its steps
 *   engine_request.c  a request is opened: who sent it, may they, what is it
 *   engine_intake.c   batches are received (engine_rebuild.c: left-out values)
 *   engine_apply.c    a change gets its outcome (engine_hold.c: why not yet)
 *   engine_decide.c   who decides between two versions
 *   engine_scopes.c   who sees a record; engine_grants.c  who is given what
 *   engine_days.c     what a new day brings
 *   engine_answer.c   a sync's answer; engine_page.c  its page
 *   engine_reply.c    packing and signing of answers
 */

struct job;

/* Waits parked and requests waiting are bounded: a front that floods is told
 * to come later.  Bytes are those of the requests' copies. */
#define ENGINE_QUEUE_MAX 4096
#define ENGINE_QUEUE_BYTES ((size_t)256 * 1024 * 1024)
/* A group ends with the request that brings it to so many bytes of bodies, or
 * of bodies unpacked, which a hostile one can make a thousand times as many:
 * taken apart they need some thirty times as much memory, and larger groups
 * save nothing more on the commit. */
#define ENGINE_GROUP_BYTES ((size_t)256 * 1024)
#define ENGINE_GROUP_UNPACKED ((size_t)8 * 1024 * 1024)
/* A wait is answered after this at the latest: below the minute after which
 * many middle boxes cut a silent connection. */
#define ENGINE_WAIT_MS 55000
/* After a group could not be applied (full disk), it is tried again. */
#define ENGINE_RETRY_MS 1000

struct change_key {
	struct id device;
	uint64_t counter;
};

/* How often the store looked damaged to a change (engine_doubt.c). */
struct doubt {
	struct change_key key;
	unsigned tries;
};
#define DOUBTS_MAX 32
/* A clock that runs ahead does so once or twice before somebody sees it. */
#define DAY_GAPS_MAX 4

/* What days were done (engine_days.c). */
struct day_state {
	char last[CLOCK_DAY_MAX];  /* done; "": not read yet */
	char today[CLOCK_DAY_MAX]; /* being done; "": none is */
	struct day_gap {
		char from[CLOCK_DAY_MAX]; /* the last before it, */
		char to[CLOCK_DAY_MAX];   /* the first after it */
	} gaps[DAY_GAPS_MAX];             /* that the clock made, the last */
	size_t n_gaps;
	size_t type;     /* how far: schema's type, and */
	struct id after; /* the record; zero: before all */
};

struct engine {
	struct office_store *store;
	struct schema *schema;
	struct body_codec *codec;
	json_t *bundle; /* the schema as devices get it */
	char schema_hash[65];
	/* What changes are applied by, as entries of the log say. */
	struct {
		unsigned merge_version;
		bool has_schema; /* the bundle is kept */
		struct hash32 schema;
	} rules;
	struct id office;
	struct id device; /* the engine's own */
	uint64_t epoch;
	struct sign_key receipt_key;
	struct signer *receipt_signer; /* the same key, for answers */
	struct sign_key sign_key;      /* of the engine's journal */
	struct seal_key sealing_key;
	uint8_t sealing_id[8]; /* as in envelope.key_id */
	struct buf root_pem, issuing_pem, issuing_key_pem;
	struct hash32 root_sha256;

	engine_reply reply;
	void *reply_arg;
	struct job *queue, **queue_end; /* taken, not worked on */
	size_t n_queue, queue_bytes;
	struct job *parked;  /* waits */
	uint64_t woken_seq;  /* parked waits know of the log up to here */
	bool is_access_open; /* engine_access.c */
	bool wakes_all;      /* whoever is parked has a pull again */
	/* An erasure may wait for its record (access_erase_come). */
	bool has_kept_erasures;
	bool has_leftover; /* something received could not be applied yet */
	struct doubt doubts[DOUBTS_MAX]; /* since the last group applied */
	size_t n_doubts;
	struct day_state days;
	struct id forked[64]; /* devices that an alarm was raised for */
	size_t n_forked;
	struct engine_counts counts;
};

/* ---- rounds (engine_round.c) ---- */

/* A writing transaction's view of the devices: read once, changed in memory,
 * written back by round_flush before the commit.  Begin and commit are the
 * caller's.  Pointers stay valid until round_fini. */
struct round {
	struct engine *g;
	uint64_t now_ms; /* the office's clock, one time for all of it */
	struct round_device *devices; /* owned list */
};
struct round_device {
	struct round_device *next;
	struct office_device device;
};
void round_init(struct round *r, struct engine *g);
enum err_code round_device(struct round *r, struct id id,
    struct office_device **out, struct err *e) ERR_CHECKED;
enum err_code round_flush(struct round *r, struct err *e) ERR_CHECKED;
void round_fini(struct round *r);
/* Go back to the last mark after an error, which *e holds.  Gives its code, or
 * ERR_IO when there is no mark any more because everything was undone. */
enum err_code mark_undo(
    struct engine *g, enum err_code code, struct err *e) ERR_CHECKED;

/* ---- epochs (engine_epoch.c) ---- */

/* What devices show of a log that this store lacks begins a new epoch, before
 * anything of theirs is received in the one that is over; who has not shown it
 * yet is answered so that it does, and nothing else. */
void epoch_look_all(struct engine *g, struct job *list);

/* ---- requests ---- */

/* One request from taking to answering.  Texts and body are copies. */
struct job {
	struct job *next;
	uint64_t token;
	enum wire_kind kind;
	enum wire_listener listener;
	char *method, *target, *sig, *dict;
	struct buf cert, body;
	struct buf signed_bytes; /* protocol_request_signed */
	struct hash32 cert_sha256;

	/* Set when its batches were received; what is small stands together. */
	enum protocol_word refusal;
	bool has_receipt;
	bool has_refusal;
	bool is_forked; /* its device is a copy: it gets no page, no outcomes */
	bool has_cert;
	bool is_answered;

	/* Set when the request was opened. */
	bool is_courier;
	bool is_ahead;   /* it saw what this log lacks, and has not proved it */
	bool is_expired; /* its certificate is out of date */
	bool is_found;   /* its device is not in the store yet */
	bool is_cut;     /* an envelope after the batches did not open */
	uint8_t nonce[PROTOCOL_NONCE_LEN];
	size_t unpacked; /* bytes of the body */
	struct office_device device;
	struct sync_request sync; /* WIRE_SYNC; its batches are in batches */
	struct batch *batches;    /* owned */
	size_t n_batches;
	json_t *json; /* WIRE_ENROL, WIRE_RENEW, WIRE_BLOB_PUT: the body */

	/* Set when its batches were received, as refusal is. */
	struct receipt receipt;
	uint64_t expect;

	/* While parked. */
	uint64_t floor, outcomes, command, deadline_ms;
	json_t *scopes; /* object whose keys are the user's scopes */
};
struct job *job_new(uint64_t token, enum wire_listener listener,
    const struct wire_request *r, struct engine *g);
void job_free(struct job *j);
size_t job_bytes(const struct job *j);

/* A device that the store does not have, out of a certificate of ours (its
 * SHA-256 is cert); false: it does not say enough.  (engine_found.c) */
struct pki_info;
bool found_read(const struct engine *g, const struct pki_info *info,
    const struct hash32 *cert, struct office_device *out);
/* Put it into the store, waiting for approval, unless it is there by now. */
enum err_code found_put(struct round *r, const struct office_device *found,
    struct err *e) ERR_CHECKED;
/* Find out who sent it and what it says.  False: it has been answered. */
bool job_open(struct engine *g, struct job *j);

/* ---- answers (engine_reply.c): each marks the job answered ---- */
void reply_json(
    struct engine *g, struct job *j, int status, const json_t *json);
void reply_empty(struct engine *g, struct job *j, int status);
/* detail NULL: the sentence that goes with the word. */
void reply_problem(struct engine *g, struct job *j, enum protocol_word word,
    const char *detail);
/* Log the error and answer what the client can do about it. */
void reply_error(struct engine *g, struct job *j, const struct err *e);

void answer_sync(struct engine *g, struct job *j);
void answer_courier(struct engine *g, struct job *j);
void answer_commands(struct engine *g, struct job *j);
void answer_history(struct engine *g, struct job *j);
void answer_blob_put(struct engine *g, struct job *j);
void answer_blob_get(struct engine *g, struct job *j);
void answer_renew(struct engine *g, struct job *j);
void answer_enrol(struct engine *g, struct job *j);
void answer_people(struct engine *g, struct job *j);
/* True if the wait was parked (the engine owns the job now). */
bool answer_wait(struct engine *g, struct job *j);
/* Answer the parked waits that what was committed since concerns. */
void wait_wake(struct engine *g);
/* Answer those whose time is up; ms until the next one's is, or -1. */
int wait_expire(struct engine *g);
void wait_forget(struct engine *g, uint64_t token);

/* The number of the last command that waits for the device, 0: none.  In the
 * open transaction. */
enum err_code command_waiting(struct engine *g, struct id device,
    uint64_t *no_out, struct err *e) ERR_CHECKED;

/* Fill the page, cursor and digest of an answer from the open snapshot. */
enum err_code page_fill(struct engine *g, const struct job *j,
    struct sync_answer *a, struct err *e) ERR_CHECKED;

/* ---- receiving (engine_intake.c) ---- */

/* A change that was received in this group and now gets its outcome. */
struct received {
	const struct change *change; /* borrowed from its job's batch */
	struct intake_change stored;
};
struct received_list {
	struct received *items;
	size_t n, room;
};
void received_init(struct received_list *l);
/* Forget those from the n-th on. */
void received_cut(struct received_list *l, size_t n);
void received_fini(struct received_list *l);

/* Receive a job's batches: store what is new, note the refusal or make the
 * receipt.  Errors are of the store; what the device did wrong is a refusal. */
enum err_code job_receive(struct round *r, struct job *j,
    struct received_list *list, struct err *e) ERR_CHECKED;

/* Finds what a batch left out; see change_lookup. */
struct rebuild {
	struct engine *g;
	const struct office_device *sender; /* whose user may see it */
	const struct batch *batch;
	struct record record; /* the last one that was asked for */
	bool has_record;
	json_t *held; /* keeps the last value alive */
};
void rebuild_init(struct rebuild *b, struct engine *g,
    const struct office_device *sender, const struct batch *batch);
void rebuild_fini(struct rebuild *b);
bool rebuild_lookup(void *arg, const struct change *c,
    const struct change_op *op, const json_t **out);

/* ---- applying (engine_apply.c, engine_hold.c, engine_release.c) ---- */

/* A change on its way to an outcome. */
struct applying {
	struct round *round;
	const struct change *change;
	struct intake_change *stored;
	struct office_device *device;
	bool is_vouched;  /* an administrator said so: who sent it and in what
	                   * order no longer holds it */
	bool made_record; /* set when applied: the record is new */
};
/* Give one that is read back from the store an outcome: applied and logged, or
 * held; an error that is the change's own (not the store's) holds it as
 * "poison", and so does damage of the store that it meets each time.  An error
 * undoes all. */
enum err_code apply_stored(struct round *r, struct change_key key,
    bool is_vouched, struct outcome *out, struct err *e) ERR_CHECKED;
/* The same for one at hand; then tries again what waited for its record, if
 * that is new: a further change of one that was here sets nothing free. */
enum err_code apply_releasing(
    struct applying *a, struct outcome *out, struct err *e) ERR_CHECKED;

/* ---- doubts (engine_doubt.c) ---- */

/* The store says that it is damaged, which want of memory looks like too: no
 * fault of the change's. */
bool doubt_is_of_store(const struct err *why);
/* This change met that. */
void doubt_note(struct engine *g, const struct intake_change *c);
/* It did so often: it is held unread. */
bool doubt_is_damage(struct engine *g, const struct intake_change *c);

/* How a change meets a record here: as the office's where its own device wrote
 * it (is_own), or where an administrator had a proposal confirmed.  For
 * apply_change; borrows the engine's schema and store. */
struct apply_context engine_apply_context(struct engine *g,
    const struct change *c, bool is_own, struct version version,
    uint64_t now_ms);

/* Read whether pages may be given, in the open snapshot (engine_access.c). */
enum err_code access_load(struct engine *g, struct err *e) ERR_CHECKED;

/* ---- why a held change was closed (engine_closing.c) ---- */

/* How an audit entry names a change. */
#define CLOSING_OBJECT_CAP (ID_TEXT_LEN + 24)
void closing_object(
    const struct change_key *of, char out[static CLOSING_OBJECT_CAP]);
/* What the person said who closed the change with this version.  ERR_NOTFOUND:
 * no entry of the log says that anybody did. */
enum err_code closing_words(struct engine *g, const struct change_key *of,
    struct version at, char out[static OUTCOME_WORDS_MAX],
    struct err *e) ERR_CHECKED;
/* The words of each of a device's outcomes that a person closed. */
enum err_code closings_fill(struct engine *g, struct id device,
    struct outcome *list, size_t n, struct err *e) ERR_CHECKED;

/* ---- proposals (engine_proposal.c) ---- */

/* A proposal is closed with this reason when the change came that it repeats.
 */
#define PROPOSAL_REPLACED "replaced"
/* Whose change this one repeats, if it is a proposal. */
bool proposal_of(const struct change *c, struct change_key *out);
/* Why a proposal is not applied: "proposal", it waits for a person, or
 * PROPOSAL_REPLACED.  NULL: it is none, or a person said yes. */
enum err_code proposal_reason(const struct applying *a, const char **reason_out,
    struct err *e) ERR_CHECKED;
enum err_code proposal_close(
    const struct applying *a, struct outcome *out, struct err *e) ERR_CHECKED;
/* A change of the record came: close the proposals that repeat it. */
enum err_code proposals_settle(
    struct round *r, const struct id *record, struct err *e) ERR_CHECKED;

#define HELD_ERASED "erased" /* held for that */
/* Does it newly file something under a person, or whatever else is seen through
 * cases, of whom all words were erased? (engine_hold_erased.c) */
enum err_code hold_is_erased(
    const struct applying *a, bool *out, struct err *e) ERR_CHECKED;
/* May this person say what becomes of a change that is held for that?  Whoever
 * may confirm an erasure.  ERR_AUTH: nobody was named; ERR_CONFLICT. */
enum err_code hold_erased_check(
    struct engine *g, struct id actor, struct err *e) ERR_CHECKED;
/* Does it remove what has a file and belongs to something that is signed?
 * (engine_hold_file.c) */
enum err_code hold_is_kept(const struct applying *a,
    const struct record *existing, bool *out, struct err *e) ERR_CHECKED;
/* Why it cannot be applied now, or NULL.  existing: the record as it is, or
 * NULL if it is not there. */
enum err_code hold_reason(const struct applying *a,
    const struct record *existing, const char **reason_out,
    struct err *e) ERR_CHECKED;
/* The same for a decision that is not its author's to make: *reason_out is set
 * then, and else left as it is. */
enum err_code decide_reason(const struct applying *a, const struct record *r,
    const char **reason_out, struct err *e) ERR_CHECKED;
enum err_code hold_put(const struct applying *a, const char *reason,
    const char *path, struct outcome *out, struct err *e) ERR_CHECKED;
/* Outcomes are numbered one by one within an epoch, from this on: a number that
 * a restored office has forgotten is never given again. */
uint64_t outcome_no_base(uint64_t epoch);
/* Set the stored change's state and give its device the outcome. */
enum err_code outcome_give(
    const struct applying *a, struct outcome *o, struct err *e) ERR_CHECKED;
/* SHA-256 of the outcome's canonical JSON, which the log keeps. */
enum err_code outcome_hash(struct id device, const struct outcome *o,
    struct hash32 *out, struct err *e) ERR_CHECKED;

/* Try again the changes held for this reason: those of the record, or (record
 * NULL) of the device. */
enum err_code release_held(struct round *r, const struct id *record,
    const struct id *device, const char *reason, struct err *e) ERR_CHECKED;

/* Apply everything received and not applied; after a crash one by one. */
enum err_code engine_apply_group(
    struct engine *g, struct received_list *list, struct err *e) ERR_CHECKED;
enum err_code engine_recover(struct engine *g, struct err *e) ERR_CHECKED;

/* Take the words out of a change that was received, where its author had not
 * seen that they were erased (engine_erase.c). */
enum err_code erase_received(
    struct engine *g, struct change *c, struct err *e) ERR_CHECKED;

/* Put back into a record what an erasure that is done again leaves of the words
 * it covers (engine_erase_again.c). */
enum err_code erase_put_back(struct round *r, const struct erasure *z,
    struct record *left, struct err *e) ERR_CHECKED;

/* What was erased since the device was last told, of records that it may hold
 * words of: those that its user could ever see, or that it wrote about. */
enum err_code answer_erasures(struct engine *g, const struct job *j,
    struct sync_answer *a, struct err *e) ERR_CHECKED;

/* The erasures of the list that is kept elsewhere: appended to list; and those
 * of such a list that this store does not know, done again. */
enum err_code access_list_erasures(
    struct engine *g, json_t *list, struct err *e) ERR_CHECKED;
enum err_code access_take_erasures(
    struct engine *g, const json_t *list, struct err *e) ERR_CHECKED;
/* Those above a version are done again, under numbers of the epoch that has
 * begun: theirs were given twice, and whoever has seen another version by one
 * would be taken for having seen the erasure. */
enum err_code access_erase_above(
    struct engine *g, struct version known, struct err *e) ERR_CHECKED;
/* What a device shows that this office may have lost (sync_request's past and
 * erasures) is done again, in a transaction of its own.  What was not signed
 * here counts for nothing. */
enum err_code access_take_shown(
    struct engine *g, const struct sync_request *r, struct err *e) ERR_CHECKED;
/* Of a record that was not here when its erasure was done again: once more, now
 * that it has come, so that whoever is told of it is told of that too. */
enum err_code access_erase_come(struct engine *g, struct err *e) ERR_CHECKED;

/* ---- scopes and grants ---- */

struct derived {
	struct record_derived d; /* points into the rest */
	char (*names)[104];
	const char **scopes;
	struct record_ref *refs;
};
enum err_code scopes_derive(struct engine *g, const struct record *r,
    struct derived *out, struct err *e) ERR_CHECKED;
void derived_fini(struct derived *d);
/* What scopes and grants follow of a record, as a new object of fields: taken
 * before a change, compared after it.  A removed record keeps what it had, so
 * that whoever saw it learns of the removal.  NULL: out of memory. */
json_t *scopes_facts(struct engine *g, const struct record *r);
/* A record was written at seq; facts are those from before, NULL: it is new. */
struct scope_step {
	const struct record *record;
	const json_t *facts;
	uint64_t seq;
};
/* Write other records' scopes that depend on it. */
enum err_code scopes_follow(
    struct engine *g, const struct scope_step *step, struct err *e) ERR_CHECKED;

/* Write a record that c has changed, and all that is made of it, as of the
 * step's number; *digest_out is the record's digest then. */
enum err_code apply_write_record(struct engine *g, const struct change *c,
    const struct scope_step *step, struct hash32 *digest_out,
    struct err *e) ERR_CHECKED;

/* Grants that the rows of a record give and end (schema_grants), and the one
 * for the author of a new record. */
enum err_code grants_follow(const struct applying *a,
    const struct scope_step *step, struct err *e) ERR_CHECKED;
/* Give and end what the record's rows do on the day `now` and did not on the
 * day `before`. */
enum err_code grants_turn(struct round *r, const struct record *record,
    const char *before, const char *now, struct err *e) ERR_CHECKED;
/* A further piece of what a new day brings (engine_days.c); *more_out: there is
 * more of it.  engine_work calls it. */
enum err_code days_step(struct engine *g, const char *today, bool *more_out,
    struct err *e) ERR_CHECKED;
enum err_code grant_put(
    struct round *r, const struct grant_step *step, struct err *e) ERR_CHECKED;
/* Run a step in a mark: after an error the caller's transaction is as it was
 * before. */
typedef enum err_code (*round_step)(struct round *r, void *arg, struct err *e);
enum err_code engine_in_round(
    struct engine *g, round_step step, void *arg, struct err *e) ERR_CHECKED;
enum err_code audit_put(struct round *r, const struct audit_entry *a,
    struct log_entry *entry_out, struct err *e) ERR_CHECKED;

/* ---- the engine's own journal (engine_journal.c) ---- */

/* Number, link and sign c as the engine's next change; *stored is ready to be
 * put (state and version are the caller's), its body full. */
enum err_code journal_cut(struct round *r, struct change *c,
    struct intake_change *stored, struct err *e) ERR_CHECKED;
/* Append an op with a fresh salt. */
enum err_code journal_op(struct change *c, const char *path,
    const struct change_base *base, const json_t *was, const json_t *now,
    struct err *e) ERR_CHECKED;

#endif
