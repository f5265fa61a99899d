/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_ENGINE_DUAL_H
#define CENTRAL_ENGINE_DUAL_H

#include "daemon/central/engine/engine.h"

/*
 * engine_dual -- acts that need two people.
 *
 *   propose     one person says what is to be done and why; nothing is done
 *   confirm     another one says yes before the time is over; who calls this
 *               does the act in the same transaction, so that it is done and
 *               confirmed, or neither
 *   withdraw    somebody who may propose or confirm it takes it back
 *
 * Which acts there are, who may and how long is data (schema/dual.json).  The
 * caller has seen to it that the actor is who they say (a passphrase at a
 * terminal); here it is seen to that they work here, that their role may, and
 * that nobody confirms what they proposed.
 *
 * Each is an audit entry of the engine's journal ("dual.propose", about "<id>
 * <act> <expires> <object>"; "dual.confirm" and "dual.withdraw", about "<id>"),
 * which the table is made from and verified against.  All of it happens inside
 * the caller's transaction, as the other steps of engine.h.
 */
#define DUAL_OBJECT_MAX 400 /* bytes of what an act is about */
#define DUAL_REASON_MAX 512 /* bytes of why, as the table keeps it */

/* What is to be done.  object: in the act's own words ("<record> <path>",
 * say), one line; reason: required, one line. */
struct dual_order {
	struct id actor;
	const char *act;
	const char *object;
	const char *reason;
};
/* ERR_INVALID: no such act, no reason, not one line, too long.  ERR_AUTH:
 * nobody that works here.  ERR_CONFLICT: their role may not, or the same waits
 * already. */
enum err_code engine_dual_propose(struct engine *g,
    const struct dual_order *order, struct office_dual *out,
    struct err *e) ERR_CHECKED;

/* Say yes (or no, for good) to a proposal of this act; *out is what it says.
 * reason may be NULL.  ERR_NOTFOUND; ERR_INVALID: of another act, decided
 * already, or out of time; ERR_AUTH: nobody that works here; ERR_CONFLICT:
 * their own (which they may withdraw), or their role may not. */
struct dual_decision {
	struct id proposal, actor;
	const char *act; /* NULL with withdraw: any */
	const char *reason;
};
enum err_code engine_dual_confirm(struct engine *g,
    const struct dual_decision *d, struct office_dual *out,
    struct err *e) ERR_CHECKED;
enum err_code engine_dual_withdraw(struct engine *g,
    const struct dual_decision *d, struct office_dual *out,
    struct err *e) ERR_CHECKED;

/* The first and the last inside a round: what a device's change said becomes
 * an entry in the transaction that applies it. */
struct round;
enum err_code dual_propose_in(struct round *r, const struct dual_order *order,
    struct office_dual *out, struct err *e) ERR_CHECKED;
enum err_code dual_withdraw_in(struct round *r, const struct dual_decision *d,
    struct office_dual *out, struct err *e) ERR_CHECKED;

/* ---- engine_error.c: entered in error ---- */

#define DUAL_ENTERED_IN_ERROR "entered_in_error"

struct applying;
/* A device's change may say that a signed record is to be marked as entered in
 * error, and why, or that it is not to be any more: so it is proposed or
 * withdrawn, in its author's name.  Whose role may not propose, and what is
 * proposed already, stays words in the record. */
enum err_code error_follow(const struct applying *a,
    const struct record *record, struct err *e) ERR_CHECKED;
/* That proposal was withdrawn at the office: the record says so no more, by a
 * change of who withdrew it.  Inside the caller's transaction. */
enum err_code error_withdrawn(
    struct engine *g, const struct office_dual *d, struct err *e) ERR_CHECKED;

#endif
