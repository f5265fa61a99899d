/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_SCHEMA_TYPED_H
#define CORE_SCHEMA_TYPED_H

#include "common/core/schema.h"

/*
 * schema_typed -- codes as people type them: the code itself, or its label,
 * in any case.  What comes by sync may be of a newer list, and is kept
 * (schema_check_value remarks on it); what is typed here is not.
 */

/* *out is borrowed from the list of f, a field of kind CODE or CODES.
 * ERR_INVALID: it has none such; the sentence says which one was meant, or
 * what there is. */
enum err_code schema_code_typed(const struct schema_field *f, const char *text,
    const char **out, struct err *e) ERR_CHECKED;
/* The same as a new value; ERR_NOMEM. */
enum err_code schema_code_value(const struct schema_field *f, const char *text,
    json_t **out, struct err *e) ERR_CHECKED;

#endif
