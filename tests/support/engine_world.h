/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_ENGINE_WORLD_H
#define SUPPORT_ENGINE_WORLD_H

#include "common/core/limits.h"
#include "common/core/protocol.h"
#include "daemon/central/engine/engine.h"
#include "daemon/central/setup/setup_keys.h"
#include "tests/support/check.h"

/*
 * engine_world -- an office's engine in a fresh folder, and devices that speak
 * the protocol with it through engine_take and engine_work, without a network.
 * Everything that fails here fails the test.
 */
struct world {
	struct check_folder folder;
	struct setup_keys keys;
	struct secret_key key; /* of the store */
	struct engine *g;
	uint64_t token;         /* last one given */
	struct answer *answers; /* that came and were not taken */
	size_t n_answers;
	void (*product)(bool on); /* told before and after what the engine does
	                             in dev_queue; or NULL */
	bool is_unchecked; /* world_end does not verify: tampered with, or
	                      measured */
};

/* An answer as it came. */
struct answer {
	uint64_t token;
	int status;
	struct buf body;
	char sig[129], dict[32];
	uint32_t retry_after_s;
};

void world_start(struct world *w);
/* Close it; before that everything in the store must add up (engine_verify),
 * unless is_unchecked. */
void world_end(struct world *w);
/* Close the engine and open it again, as after a stop or a crash. */
void world_restart(struct world *w);
/* Take the answers of an engine that was opened in place of the first. */
void world_reply(struct world *w);
/* A new user: a row and nothing else, which nobody's change made (to have one
 * made is the command "user add").  What adds up is the rest: world_end, and
 * who calls engine_verify, forgets them first, which also writes down of each
 * device what its enrolment would have. */
struct id world_user(struct world *w, const char *name);
void world_forget_users(struct world *w);
/* A new user as the office makes one: through its journal. */
struct id world_add_user(struct world *w, const char *name);
/* Give or end a grant, committed. */
void world_grant(struct world *w, struct id user, const char *scope, bool end);
/* One of a case, by its id. */
void world_grant_case(
    struct world *w, struct id user, struct id of_case, bool end);
/* Approve or revoke a device, committed. */
void world_device_state(
    struct world *w, struct id device, enum device_state state);
uint64_t world_head(struct world *w);
/* What a question in SQL about the store gives: one number. */
int64_t world_number(struct world *w, const char *sql);
/* Run SQL on the store behind the engine's back. */
void world_sql(struct world *w, const char *sql);
/* Keep every change and record as text, as a store may, so that SQL finds
 * words in them. */
void world_lay_open(struct world *w);

/* A device and what it holds. */
struct held_record {
	struct record record;
	json_t *scopes;
};
struct dev {
	struct world *w;
	struct id id, user;
	struct sign_key sign_key;
	struct buf tls_cert, courier_cert; /* DER */
	struct buf courier_key;            /* PEM */
	struct hash32 tls_sha256, courier_sha256;
	/* Journal: changes 1 .. n_journal in full form, links after each. */
	struct change *journal;
	struct hash32 *links;
	size_t n_journal;
	uint64_t receipted, outcome_no;
	struct change open; /* being written */
	struct cursor cursor;
	struct held_record *records;
	size_t n_records;
	json_t *scopes;           /* names that it was told it holds; object */
	struct outcome *outcomes; /* all that came */
	size_t n_outcomes;
	bool courier_is_mute; /* its requests are not signed */
	bool has_cursor;
	char schema[65];
	const char *dict; /* that requests name; NULL: "none" */
};
void dev_start(
    struct dev *d, struct world *w, struct id user, enum device_state state);
void dev_end(struct dev *d);
/* Write the certificates' end into the office's row. */
void dev_expire(struct dev *d);

/* Begin a change, set paths (JSON texts with ' for ", NULL: absent), end it. */
void dev_begin(struct dev *d, struct id record, const char *type);
struct id dev_begin_new(struct dev *d, const char *type);
void dev_set(struct dev *d, const char *path, const char *was, const char *now);
/* As dev_set, with the base. */
void dev_set_seen(struct dev *d, const char *path, const char *was,
    const char *now, struct change_base base);
/* The number of the change. */
uint64_t dev_cut(struct dev *d);
/* A change that sets one text, by somebody who sees what the device has. */
uint64_t dev_edit_text(
    struct dev *d, struct id record, const char *path, const char *now);

/* A batch of the journal from..to, in wire form (a copy). */
struct batch dev_batch(const struct dev *d, uint64_t from, uint64_t to);

/* Requests without a body have a nonce in their target; one for all, here. */
#define DEV_NONCE "nonce=f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"
#define DEV_COMMANDS "/v1/courier/commands?" DEV_NONCE

/* Send a request and work; the answer is the caller's to end.  as_courier: with
 * that certificate and no signature. */
struct answer dev_send(struct dev *d, enum wire_kind kind, const char *target,
    const json_t *body, bool as_courier);
/* The same with bytes as they are. */
struct answer dev_send_bytes(struct dev *d, enum wire_kind kind,
    const char *target, const void *body, size_t len);
void answer_end(struct answer *a);
/* Put a request into the queue without working on it. */
uint64_t dev_queue(struct dev *d, enum wire_kind kind, const char *target,
    const json_t *body, bool as_courier);
/* The answer to a token; false if none has come. */
bool world_answer(struct world *w, uint64_t token, struct answer *out);
/* Its status, and the answer is gone; 0 while there is none. */
int world_status(struct world *w, uint64_t token);
/* Is the answer signed by the office for this request? */
bool dev_answer_signed(const struct dev *d, const struct answer *a,
    enum wire_kind kind, const char *target, const void *body, size_t len);
/* The word of a problem; fails if it is none. */
enum protocol_word answer_word(const struct answer *a);
/* The unpacked JSON body; new. */
json_t *answer_json(const struct answer *a);

/* A request with everything due: unreceipted changes in one batch. */
void dev_request(const struct dev *d, struct sync_request *r);
/* Send a request; the answer must be 200, signed and for it.  Receipts are
 * checked against the journal and outcomes stored; pages are not. */
struct sync_answer dev_exchange(struct dev *d, const struct sync_request *r);
/* The same of what is due. */
struct sync_answer dev_ask(struct dev *d);
/* Push only. */
void dev_push(struct dev *d);
/* Push and pull until the last page; take it in; the digest must agree. */
void dev_sync(struct dev *d);
/* Take in the page of one answer. */
void dev_take_page(struct dev *d, const struct sync_answer *a);
/* Hash over scopes of what it holds. */
struct hash32 dev_scopes_hash(const struct dev *d);
/* A record held, or NULL. */
const struct record *dev_record(const struct dev *d, struct id id);
/* A text value in a record held; fails if there is none. */
const char *dev_text(const struct dev *d, struct id id, const char *path);
/* The last outcome that came for a change; fails without one. */
const struct outcome *dev_outcome(const struct dev *d, uint64_t counter);

/* A person, and a case on it with the device's user as its author. */
struct id dev_person(struct dev *d, const char *name);
struct id dev_case(struct dev *d, struct id person);
/* A note of a case, signed off or a draft. */
struct id dev_note(struct dev *d, struct id of_case, const char *summary);
/* One that is signed off, whose summary is a JSON text of any length. */
struct id dev_long_note(struct dev *d, struct id of_case, const char *summary);

#endif
