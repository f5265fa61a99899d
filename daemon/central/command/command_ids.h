/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_COMMAND_IDS_H
#define CENTRAL_COMMAND_IDS_H

#include "daemon/central/command/command.h"

/*
 * command_ids -- ids of records, as the store tells them; the caller frees
 * `list`.
 */
struct command_ids {
	struct id *list;
	size_t n, room;
	bool is_full; /* out of memory: the list is not whole */
};

/* A store_id_each; false and is_full: out of memory. */
bool command_ids_add(void *arg, struct id id);

/* All records of a type, removed ones too, in the open transaction; added to
 * *out, which the caller frees after an error too.  ERR_NOMEM. */
enum err_code command_ids_of_type(struct command *c,
    const struct schema_type *type, struct command_ids *out,
    struct err *e) ERR_CHECKED;

/* What stands for the record (schema_same), or the record itself, in the open
 * transaction. */
enum err_code command_standing(struct command *c,
    const struct schema_type *type, struct id id, struct id *out,
    struct err *e) ERR_CHECKED;

#endif
