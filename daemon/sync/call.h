/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYNC_CALL_H
#define SYNC_CALL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/id.h"
#include "common/sys/crypto.h"
#include "common/sys/loop.h"
#include "daemon/sync/outcome.h"

/*
 * call -- one question to the office, and the proof that it was the office
 * that answered.
 *
 * office_open with an identity (a device's full rights, or its courier's),
 * any number of office_call, office_close.  A request is packed and, with
 * full rights, signed; an answer counts only with the office's signature over
 * that very request, so that a made-up answer, another's, or an old one played
 * again are all the same as none.  What remains is told apart by what can be
 * seen: a network's own page, a front without its office, silence.
 */
struct office;
struct office_job;

/* Everything is borrowed for office_open alone. */
struct office_cfg {
	const char *address; /* "office.example:8443" */
	struct id office;
	struct sign_pub receipt_pub;
	const struct sign_key *sign_key; /* NULL: the courier, which has none */
	const struct buf *root_pem, *issuing_pem;
	const struct buf *cert_pem, *key_pem;
};
/* ERR_INVALID: a key or certificate cannot be used; ERR_NOMEM. */
enum err_code office_open(struct loop *loop, const struct office_cfg *cfg,
    struct office **out, struct err *e) ERR_CHECKED;
/* Drops every job without calling back and wipes the keys.  NULL does
 * nothing; not from inside a callback of this office. */
void office_close(struct office *o);
/* Borrowed. */
const char *office_address(const struct office *o);

struct office_ask {
	const char *method; /* "POST", "GET" */
	const char *target; /* path with query */
	const json_t *body; /* borrowed for the call; NULL: none */
	uint32_t park_s;    /* the office may keep it open for so long */
	/* The courier's, whose signing key is locked away, is signed with its
	 * TLS key; any other of the courier's is not signed. */
	bool by_tls_key;
};

struct office_answer {
	/* SYNC_DONE: the office answered with a success.  SYNC_REFUSED and
	 * SYNC_OFFICE_DOWN may carry its word. */
	enum sync_outcome outcome;
	bool has_word;
	enum protocol_word word;
	uint32_t retry_after_s;
	unsigned status;     /* with SYNC_DONE: 200, 204 or 304 */
	json_t *body;        /* with status 200; owned by the answer */
	uint64_t bytes_up;   /* of HTTP; headers included */
	uint64_t bytes_down; /* ... */
	uint64_t asked_mono_ms, answered_mono_ms;
	/* Trouble on this machine, for the log; code ERR_OK if none. */
	struct err local;
};

/* The answer is borrowed for the callback, which may start and cancel other
 * calls, but not close the office. */
typedef void office_answer_fn(void *arg, struct office_answer *a);

/* Begin; the callback comes exactly once, from the loop, unless the job is
 * cancelled before.  ERR_INVALID: the body is too long; ERR_NOMEM. */
enum err_code office_call(struct office *o, const struct office_ask *ask,
    office_answer_fn *done, void *arg, struct office_job **job_out,
    struct err *e) ERR_CHECKED;
/* NULL does nothing. */
void office_cancel(struct office_job *job);

#endif
