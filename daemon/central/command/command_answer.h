/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_COMMAND_ANSWER_H
#define CENTRAL_COMMAND_ANSWER_H

#include "daemon/central/command/command_draft.h"

/*
 * command_answer -- what the acts that answer a record of intake share
 * (command_intake.c, command_accept.c).
 */

/* The record that is answered; record_fini(&a.r) ends it. */
struct answered {
	const struct schema_type *type;
	const struct schema_intake *in;
	struct record r;
};
/* The record that the request names.  ERR_INVALID: its type has no intake, or
 * it was removed. */
enum err_code answer_find(
    struct command *c, struct answered *a, struct err *e) ERR_CHECKED;
/* ERR_CONFLICT: it was answered before. */
enum err_code answer_unanswered(
    struct command *c, const struct answered *a, struct err *e) ERR_CHECKED;
const struct schema_type *answer_case_type(
    const struct command *c, const struct answered *a);

/* Arrays of {"path", "value"} as draft_make reads them: what was said with
 * --set, new in *out, and more of them. */
enum err_code answer_sets(
    const struct command *c, json_t **out, struct err *e) ERR_CHECKED;
enum err_code answer_set_add(json_t *sets, const char *path, const char *value,
    struct err *e) ERR_CHECKED;
bool answer_is_set(const json_t *sets, const char *path);
/* Whoever answers has acknowledged it, if nobody had before. */
enum err_code answer_acknowledged(
    const struct answered *a, json_t *sets, struct err *e) ERR_CHECKED;

/* Save in the open transaction, as the draft says (record NULL: a new one);
 * whom it gives work may be given it. */
enum err_code answer_save(struct command *c, const struct draft *d,
    const struct id *record, struct id *id_out, struct err *e) ERR_CHECKED;

#endif
