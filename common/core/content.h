/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_CONTENT_H
#define CORE_CONTENT_H

#include "common/core/schema.h"

/*
 * content -- the state of what is signed, as people see it on a device and at
 * the office (schema/cli.md, "content").
 */

/* The code: the first open one where there is none yet, that of addenda where
 * there are some that count; NULL for types that are never signed. */
const char *content_word(const struct schema_type *type, const json_t *doc);
/* The same where only the state is known (or ""), not the addenda. */
const char *content_of_state(const struct schema_type *type, const char *state);

/* True if the state is that of what was entered in error; state may be NULL. */
bool content_is_error(const struct schema_type *type, const char *state);

/* How many addenda there are: those that count, or those that are proposed and
 * wait for their author's answer. */
size_t content_addenda(
    const struct schema_type *type, const json_t *doc, bool proposed);

#endif
