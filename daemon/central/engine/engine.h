/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_ENGINE_H
#define CENTRAL_ENGINE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/core/decide.h"
#include "common/core/head.h"
#include "common/core/schema.h"
#include "daemon/central/store/office_store.h"
#include "daemon/central/wire.h"

/*
 * engine -- the one place where the office receives, merges and answers.  It
 * holds the store and the office's keys and has no network.
 *
 *   requests      engine_take (any number) -> engine_work -> answers
 *
 * engine_take keeps a request; engine_work treats those that are waiting (up
 * to a number of bytes) as one group: receive every batch (valid by link and
 * signature) in one commit and make receipts; apply in a second commit, change
 * by change inside marks; then answer, each pull from one read snapshot.  A
 * group that fails is worked again request by request.  Parked waits are
 * answered when a commit touches their user's scopes.  After a crash
 * engine_open applies what was received and not applied, one by one; a change
 * that was begun twice without an end is held unread ("poison").
 */
struct engine;

struct engine_options {
	const char *data;             /* folder */
	const struct secret_key *key; /* store's key, borrowed for open */
	/* Beside the engine that has the office open: nothing is made up for
	 * after a crash, and nothing may be written. */
	bool look_only;
};
/* Open an office that `init` made (meta_names.h lists what it keeps), and
 * apply what a crash left received and not applied.  ERR_NOTFOUND: there is no
 * office; ERR_AUTH: another key; ERR_CORRUPT: a key or name is missing or not
 * of its form. */
enum err_code engine_open(const struct engine_options *o, struct engine **out,
    struct err *e) ERR_CHECKED;
/* What still waits is answered that it should come again (engine_end). */
void engine_close(struct engine *g);

/* Called once for every request taken, with the token given; answer pointers
 * are borrowed for the call. */
typedef void (*engine_reply)(
    void *arg, uint64_t token, const struct wire_answer *answer);
void engine_on_reply(struct engine *g, engine_reply reply, void *arg);
/* Copies what it needs.  A request that is not of the protocol is answered
 * right away. */
void engine_take(struct engine *g, uint64_t token, enum wire_listener listener,
    const struct wire_request *r);
/* The client of a parked or waiting request is gone: no answer is made. */
void engine_forget(struct engine *g, uint64_t token);
/* Answer everything that waits or is parked, unworked, with "busy": before an
 * end. */
void engine_end(struct engine *g);
/* Work on a group of what is waiting.  Returns ms until it wants to be called
 * again (0: more is waiting; else parked waits run out), or -1.  It also does
 * what a new day brings (grants that begin and end), so call it now and then
 * even so. */
int engine_work(struct engine *g);

/* ---- the console, commands and imports: the office as a device ---- */

/* Run one command of visitbook-central ({"do": "user add", ...}) and give its
 * JSON answer, or {"error":{word,text,next}}; command/ lists them.  acting is
 * the user named as author, zero for the host's operator. */
enum err_code engine_command(struct engine *g, const json_t *request,
    json_t **answer_out, struct err *e) ERR_CHECKED;

/* Shared by the engine's files and the commands (see engine_int.h). */
struct office_store *engine_store(struct engine *g);
const struct schema *engine_schema(const struct engine *g);

/* Save an edit as the office, in a transaction of its own: cut a change in the
 * engine's own journal (whose device is the engine, whose author is `author`),
 * receive and apply it on the one path.  Edits as in device_store_save: was and
 * base come from the record as it is now.  ERR_INVALID: the change would be
 * held; nothing was saved, and the message has the reason and the path.
 * ERR_NOTFOUND: no such record, or no such type. */
struct office_edit {
	const char *path;
	const json_t *now;
};
struct office_save {
	struct id author;
	const struct id *record; /* NULL: a new one of `type` */
	const struct id *fresh;  /* the new one's id; NULL: any */
	const char *type;
	const struct office_edit *edits;
	size_t n_edits;
	const struct change_resolve *resolve; /* or NULL; borrowed */
	/* Those of the edits (n_edits flags; NULL: none) that are as of
	 * somebody who had seen nothing of the record: merged by the policies
	 * with what is there, or clashing with it. */
	const bool *unseen;
};
struct office_saved {
	struct id id;
	uint64_t counter;
	struct outcome outcome;
};
enum err_code engine_save(struct engine *g, const struct office_save *save,
    struct office_saved *out, struct err *e) ERR_CHECKED;

/* The same as a step inside the caller's transaction (see below). */
enum err_code engine_save_step(struct engine *g, const struct office_save *save,
    struct office_saved *out, struct err *e) ERR_CHECKED;

/* ---- audit, grants, devices, held changes ----
 *
 * Each call is one step of the engine's journal and of the log, inside the
 * caller's transaction (store_begin ... store_commit), so that what was done
 * and the entry that says so are committed together.  After an error the
 * transaction is as it was before the call.  engine_work, called after the
 * commit, wakes the devices that it concerns. */

/* One audit entry: who did what to which object, with what reason. */
struct audit_entry {
	struct id actor;        /* user, or zero: host's operator */
	const char *action;     /* "device.revoke", "grant.add" ... */
	const char *object;     /* id or name */
	const char *reason;     /* or NULL */
	const struct id *about; /* by which entries of a kind are found again
	                         * (store_log_of_record); NULL: none */
};
enum err_code engine_audit(struct engine *g, const struct audit_entry *a,
    struct log_entry *entry_out, struct err *e) ERR_CHECKED;

/* What an audit entry's change says at a path ("action", "object", "reason"),
 * or "".  Borrowed. */
const char *engine_audit_text(const struct change *entry, const char *path);

/* Give or end what a user may see, with its audit entry ("grant.add" and
 * "grant.end", object "<user id> <scope>"), which `verify` derives the grants
 * from: nothing else may write them.  Giving what is held already does
 * nothing; ending what is not held is ERR_NOTFOUND. */
struct grant_step {
	struct id actor, user;
	const char *scope;
	const char *reason; /* or NULL */
	bool end;
};
enum err_code engine_grant(
    struct engine *g, const struct grant_step *step, struct err *e) ERR_CHECKED;

/* Approve or revoke a device (DEVICE_ACTIVE, DEVICE_REVOKED), with its audit
 * entry ("device.approve", "device.revoke").  What was held because the device
 * was pending is tried again.  ERR_NOTFOUND; ERR_INVALID for a state that
 * cannot follow. */
struct device_step {
	struct id actor, device;
	enum device_state state;
	const char *reason; /* or NULL */
};
enum err_code engine_device_state(struct engine *g,
    const struct device_step *step, struct err *e) ERR_CHECKED;

/* Tell a device to lock itself or to make what it holds unreadable, with its
 * audit entry ("device.lock", "device.wipe"): signed when the device asks, void
 * after DEVICE_COMMAND_DAYS.  *out is what was written down.  ERR_NOTFOUND: no
 * such device; ERR_INVALID: it is the office's own, or too many wait for it. */
#define DEVICE_COMMAND_DAYS 90
struct device_order {
	struct id actor, device;
	enum device_command_kind kind;
	const char *reason; /* or NULL */
};
enum err_code engine_device_order(struct engine *g,
    const struct device_order *order, struct office_command *out,
    struct err *e) ERR_CHECKED;

/* ---- who may see what, after a restore (engine_access.c) ----
 *
 * A restored office gives nobody a page until it knows of the revocations and
 * of the grants that its backup does not: by engine_access_restore, or by
 * engine_access_confirm.  Pushes are received all the while. */
bool engine_access_is_open(const struct engine *g);
/* Two administrators say that what is here is right; the caller has seen to it
 * that they are two and who they say.  A transaction of its own. */
enum err_code engine_access_confirm(struct engine *g,
    const struct id admins[static 2], struct err *e) ERR_CHECKED;
/* What to keep elsewhere, into *out: {"seq", "epoch", "signed", "sig"}, all
 * that was revoked and all grants, signed by the receipt key. */
#define ACCESS_LIST_MAX ((size_t)64 * 1024 * 1024)
enum err_code engine_access_list(
    struct engine *g, json_t *out, struct err *e) ERR_CHECKED;
/* Take such a list in, and open: revoke what it says is revoked, give and end
 * grants until they are those of the list.  backup: epoch and head of what was
 * restored.  ERR_AUTH: not this office's; ERR_INVALID: no list, or older than
 * the backup.  A transaction of its own. */
enum err_code engine_access_restore(struct engine *g, const json_t *file,
    const struct version *backup, struct err *e) ERR_CHECKED;

/* Decide on a held change, with its audit entry ("held.retry", "held.close").
 * Retry applies it as if the office vouched for who sent it: pending_approval,
 * revoked, not_yours, erased, wrong_author and waits no longer hold it; others
 * may, which *out says.  Close ends it with the reason, which is required; what
 * waited for it is tried, as proposals on what is there now.  What is held as
 * erased is for whoever may confirm an erasure.  ERR_NOTFOUND: no such change;
 * ERR_INVALID: it is not held; ERR_AUTH, ERR_CONFLICT: not theirs to decide. */
struct held_step {
	struct id actor, device;
	uint64_t counter;
	bool close;
	const char *reason; /* or NULL */
};
enum err_code engine_held(struct engine *g, const struct held_step *step,
    struct outcome *out, struct err *e) ERR_CHECKED;

/* ---- who decides (engine_decide.c) ----
 *
 * By the rules of common/core/decide.h.  A device's decision that was not its
 * user's to make is held with "not_decider". */

/* The limits, kept in a record that every device gets (decide_settings_id), or
 * those of the schema.  In the open transaction; setting is a step of it, like
 * those above.  ERR_INVALID: over the maximum. */
enum err_code engine_limits(
    struct engine *g, struct decide_limits *out, struct err *e) ERR_CHECKED;
enum err_code engine_limits_set(struct engine *g, struct id author,
    const struct decide_limits *limits, struct err *e) ERR_CHECKED;

/* The record that says how this service works, limits and all; it may not be
 * there yet. */
struct id engine_settings_id(const struct engine *g);

/* May the user decide this conflict of r now?  Their rung is looked up, and, of
 * a decision that was made, whether a side that it names by a version of an
 * epoch that is over is a change of theirs on that path in the journals that
 * were received: then they are one of its authors.  In the open transaction. */
enum err_code engine_may_decide(struct engine *g, const struct record *r,
    const struct deciding *d, enum may_decide *out, struct err *e) ERR_CHECKED;
/* May they do so only together with a second person (act "decide" of
 * schema/dual.json)?  A device's decision of theirs is held with "two_decide".
 * In the open transaction. */
enum err_code engine_needs_two(struct engine *g, const struct record *r,
    const struct conflict *k, struct id user, bool *out,
    struct err *e) ERR_CHECKED;

/* ---- what was signed (engine_signed.c) ----
 *
 * Look again at the change that signed the record (common/core/signed.h): is
 * what its author signed what stands, and is it of their device's journal, by
 * that device's signature?  In the open transaction.  ERR_IO, ERR_NOMEM. */
struct signed_check {
	bool is_signed;
	bool same;         /* what was signed is what stands */
	bool signature_ok; /* of the author's device, over the change */
};
enum err_code engine_signed_check(struct engine *g, const struct record *r,
    struct signed_check *out, struct err *e) ERR_CHECKED;

/* Enter in the journal that a backup is made to this file, and how far it
 * reaches ("<extent> <file>", store_extent_digest), and commit.  On an error
 * the caller rolls back. */
enum err_code engine_backup_begin(struct engine *g, struct id actor,
    const char *file, struct err *e) ERR_CHECKED;

/* Walk everything and derive it again: the log's links, every journal's links
 * and signatures, receipts, outcomes, records from their first change on,
 * scopes, grants and digests.  *out is new: cli.md "central verify", {"ok",
 * "seq", "head", "epoch", "devices": [{"device", "counter", "link"}],
 * "first_bad": text or null}.  What does not add up is not an error of the
 * call. */
enum err_code engine_verify(
    struct engine *g, json_t **out, struct err *e) ERR_CHECKED;
/* The same, and the log is the one whose head somebody wrote down (NULL:
 * nobody did). */
enum err_code engine_verify_head(struct engine *g, const struct head *head,
    json_t **out, struct err *e) ERR_CHECKED;

/* Counts since the engine was opened, for /metrics. */
struct engine_counts {
	uint64_t requests, problems;
	uint64_t changes_received, changes_applied, changes_held, conflicts;
	uint64_t parked;  /* waits parked now */
	uint64_t waiting; /* requests taken and not worked on now */
};
struct engine_counts engine_counts(const struct engine *g);

#endif
