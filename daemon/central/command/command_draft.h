/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_COMMAND_DRAFT_H
#define CENTRAL_COMMAND_DRAFT_H

#include "common/core/limits.h"
#include "daemon/central/command/command.h"

/*
 * command_draft -- what people said with --set, read as values of one record's
 * paths: text to value, FIELD/+ to a new row, a member into its group.
 */

/* One save, being put together out of {"path", "value", "inline"}; ended with
 * draft_free. */
struct draft {
	const struct schema_type *type;
	const json_t *doc; /* as the record is now; NULL: it is new */
	size_t n;
	struct office_edit edits[LIMIT_OPS];
	char *paths[LIMIT_OPS];    /* owned */
	json_t *values[LIMIT_OPS]; /* owned; NULL: absent */
	/* Rows that "+", "+1", "+2" ... of a field stand for. */
	size_t n_rows;
	struct {
		char name[LIMIT_PATH_BYTES + 1]; /* "assignments/+" */
		struct id row;
	} rows[64];
};

/* Read the array `sets` for a record of this type (NULL: a new one, whose
 * document is borrowed until the end); in no transaction.  ERR_INVALID with a
 * sentence, also when there is nothing to save; what to do is in c->next. */
enum err_code draft_make(struct command *c, const struct schema_type *type,
    const struct record *record, const json_t *sets, struct draft **out,
    struct err *e) ERR_CHECKED;
void draft_free(struct draft *d); /* or NULL */

#endif
