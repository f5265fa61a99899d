/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMAND_COMMAND_DECIDE_H
#define COMMAND_COMMAND_DECIDE_H

#include "daemon/central/command/command.h"

/*
 * command_decide -- what deciding alone (command_decide.c) and by two
 * (command_decide_two.c) share.  A transaction is open where a record is given.
 */
enum instead { DECIDE, ASK, UNDO }; /* the last two: instead of deciding */

/* What is decided, in whose name and why. */
struct decision {
	const struct record *record;
	const struct conflict *conflict;
	const json_t *value; /* NULL: none, or what is decided is its absence */
	enum instead instead;
	struct id author;
	const char *reason; /* or NULL */
	bool is_step;       /* in the caller's transaction, not one of its own
	                     */
};
/* Save it; *counter_out is the engine's change. */
enum err_code decision_save(struct command *c, const struct decision *d,
    uint64_t *counter_out, struct err *e) ERR_CHECKED;
/* How it stands after it, in a transaction of its own that it begins. */
enum err_code decision_tell(struct command *c, struct id record, struct id id,
    struct err *e) ERR_CHECKED;

/* ERR_CONFLICT: it has changed since the acting user looked at it as `seen`
 * (NULL: they do not say). */
enum err_code decision_seen(struct command *c, const struct record *r,
    const struct conflict *k, const char *seen, struct err *e) ERR_CHECKED;
/* ERR_CONFLICT: it is not the acting user's to decide (now). */
enum err_code decision_allowed(struct command *c, const struct record *r,
    const struct conflict *k, struct err *e) ERR_CHECKED;
/* The value that a side is, or "current"; borrowed from r. */
enum err_code decision_taken(struct command *c, const struct record *r,
    const struct conflict *k, const char *take, const json_t **out,
    struct err *e) ERR_CHECKED;

#endif
