/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_COMMAND_AGAINST_H
#define CENTRAL_COMMAND_AGAINST_H

#include "daemon/central/command/command.h"

/*
 * command_against -- what was done although the agreement that it rests on had
 * been taken back by then (common/core/agreed.h).
 *
 * It is found by looking at the records as they are, so it does not matter
 * which of them came first, and there is nothing that could be lost.  The
 * records of one person (schema_same) are looked at together.
 */
struct against {
	const struct schema_type *type;
	struct id record;    /* what was done, of that type */
	struct id agreement; /* what speaks against it */
	struct id id;        /* by which it is named, made of the two */
};

/* Call back for each, in the open transaction; stops at the first error of
 * each(), which is returned.  Costs a look at all records of such types and at
 * all agreements.  Errors of the store; ERR_NOMEM. */
typedef enum err_code (*against_each)(
    void *arg, const struct against *a, struct err *e);
enum err_code against_all(
    struct command *c, against_each each, void *arg, struct err *e) ERR_CHECKED;

#endif
