/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORESIM_OFFICE_H
#define CORESIM_OFFICE_H

#include "tests/coresim/world.h"

/*
 * office -- what the office holds, and its one way for every change: received
 * by number and link, stored whole, receipted; then applied by the core, or
 * held.  Nodes share it.
 */
enum intake_state { INTAKE_RECEIVED, INTAKE_DONE, INTAKE_HELD, INTAKE_CLOSED };

struct intake {
	const struct said *said;
	enum intake_state state;
	enum outcome_kind kind;
	char reason[24];
	struct version version;
	uint64_t intake, epoch; /* when it was received */
	unsigned finals;        /* outcomes that were final (I9) */
	uint64_t ended;         /* in which epoch the last of them was given */
};

struct outcome_told {
	uint64_t no, counter;
	enum outcome_kind kind;
	struct version version;
};

/* What the office knows of a device. */
struct registered {
	bool is_revoked;
	uint64_t counter; /* held up to here */
	struct hash32 link;
	uint64_t intake, outcome_no;
	struct intake *in; /* by counter - 1 */
	size_t room;
	struct outcome_told *told; /* where a history is written */
	size_t n_told, told_room;
};

struct kept {
	const struct state *state; /* NULL: not here */
	uint64_t created, changed; /* seq */
	uint32_t scopes;           /* a bit for each case, all, each user */
	/* Who sees it, who ever did, and from when to when. */
	uint8_t sees, ever;
	uint64_t begun[USERS], ended[USERS];
};

struct log_entry {
	uint64_t link;
	uint64_t epoch;
	const struct said *said;
};

struct office {
	uint64_t epoch, head;
	struct log_entry *log; /* by seq - 1 */
	size_t log_room;
	struct registered devices[IDENTITIES_MAX];
	struct kept records[RECORDS_MAX];
	bool grants[USERS][CASES];
	uint64_t outcomes; /* given, of any device */
	/* A node that died between receiving and applying left some. */
	bool has_leftover;
	/* Put back, and nobody has confirmed who may see what: no page. */
	bool is_access_closed;
	struct office *backup, *standby; /* older states, or NULL */
};

struct request;
struct receipt_told {
	bool has;
	uint64_t counter, intake, epoch;
	struct hash32 link;
	uint64_t sig;
};

enum refusal {
	REFUSED_NOT,
	REFUSED_MALFORMED,
	REFUSED_SIGNATURE,
	REFUSED_GAP,
	REFUSED_FORKED,
	REFUSED_EPOCH
};

/* What receiving came to. */
struct received {
	enum refusal refusal;
	uint64_t expect; /* with GAP */
	struct receipt_told receipt;
};

void office_open(struct world *w);
/* Receive a request's batch; nothing is applied yet. */
struct received office_receive(struct world *w, const struct request *r);
/* Apply what was received and is not applied. */
void office_apply(struct world *w);
/* Take in a change of the office's own, made at the console. */
void office_takes(struct world *w, const struct said *s);

/* The held change `no`-th of all, or NULL. */
struct intake *office_held(struct world *w, uint64_t no, unsigned *n_out);
void office_retry(struct world *w, struct intake *in);
void office_close(struct world *w, struct intake *in);

void office_grant(struct world *w, unsigned user, unsigned of_case, bool on);
bool office_sees(const struct world *w, unsigned user, unsigned record);

/* Keep a copy of all that the office holds. */
struct office *office_copy(const struct office *o);
/* Go on from it in a new epoch; closed: pushes flow, and no page until
 * office_confirms. */
void office_go_back(struct world *w, const struct office *to, bool closed);
void office_confirms(struct world *w);

/* A batch's or receipt's signature: a keyed number that only the owner of the
 * key is to make. */
uint64_t signed_by(unsigned identity, uint64_t counter, struct hash32 link);
/* link(n) of a change on link(n - 1), and link(0). */
struct hash32 link_next(
    const struct world *w, struct hash32 before, const struct change *c);
struct hash32 link_start(unsigned identity);

#endif
