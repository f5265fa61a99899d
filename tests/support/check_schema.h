/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_CHECK_SCHEMA_H
#define SUPPORT_CHECK_SCHEMA_H

#include <jansson.h>

#include "common/core/schema.h"

/*
 * check_schema -- the schema that the programs are built with, for tests, and
 * JSON written with ' in place of ", which is easier to read in C.
 *
 * Each aborts the test on failure.
 */

/* Ended with schema_free. */
struct schema *check_schema_new(void);
/* The schema that a group of tests shares, as its set-up and tear-down. */
extern struct schema *the_schema;
int check_schema_set_up(void **state);
int check_schema_tear_down(void **state);
/* The same, but nothing can be added to what is signed of this type. */
struct schema *check_schema_without_addenda(const char *type);
/* A type of it by name. */
const struct schema_type *check_type(const struct schema *s, const char *name);
/* A new value: check_json("{'room': '12'}"). */
json_t *check_json(const char *text);

#endif
