/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_ENGINE_H
#define CENTRAL_ENGINE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/core/schema.h"
#include "daemon/central/store/office_store.h"
#include "daemon/central/wire.h"

/*
 * engine -- the one place where the office receives, merges and answers.  It
 * holds the store and the office's keys and has no network.
 *
 *   requests      engine_take (any number) -> engine_work -> answers
 *
 * engine_take keeps a request; engine_work treats all that are waiting as one
 * group: receive every batch (valid by link and signature) in one commit and
 * make receipts; apply in a second commit, change by change inside marks;
 * then answer, each pull from one read snapshot.  A group that fails is
 * worked again request by request.  Parked waits are answered when a commit
 * touches their user's scopes.  After a crash engine_open applies what was
 * received and not applied, one by one; a change that was begun twice
 * without an end is held unread ("poison").
 */
struct engine;

struct engine_options {
	const char *data;             /* folder */
	const struct secret_key *key; /* store's key, borrowed for open */
};
enum err_code engine_open(const struct engine_options *o, struct engine **out,
    struct err *e) ERR_CHECKED;
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
/* Work on what is waiting.  Returns ms until it wants to be called again
 * (parked waits run out), or -1. */
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
struct id engine_office(const struct engine *g);

/* Save an edit as the office: cut a change in the engine's own journal (whose
 * device is the engine, whose author is `author`), receive and apply it on
 * the one path.  Edits as in device_store_save: was and base come from the
 * record as it is now, unless given. */
struct office_edit {
	const char *path;
	const json_t *now;
};
struct office_save {
	struct id author;
	const struct id *record; /* NULL: a new one of `type` */
	const char *type;
	const struct office_edit *edits;
	size_t n_edits;
	const struct change_resolve *resolve; /* or NULL */
};
struct office_saved {
	struct id id;
	uint64_t counter;
	struct outcome outcome;
};
enum err_code engine_save(struct engine *g, const struct office_save *save,
    struct office_saved *out, struct err *e) ERR_CHECKED;

/* One audit entry (also an entry of the engine's journal and of the log, in
 * the current transaction): who did what to which object, with what reason. */
struct audit_entry {
	struct id actor;    /* user, or zero: host's operator */
	const char *action; /* "device.revoke", "grant.add" ... */
	const char *object; /* id or name */
	const char *reason; /* or NULL */
};
enum err_code engine_audit(struct engine *g, const struct audit_entry *a,
    struct log_entry *entry_out, struct err *e) ERR_CHECKED;

#endif
