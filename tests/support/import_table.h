/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_IMPORT_TABLE_H
#define SUPPORT_IMPORT_TABLE_H

#include "tests/support/world_command.h"

/*
 * import_table -- the command "import" of an engine_world's office, and what
 * came of it.  Everything that fails here fails the test.
 */

/* Two people in three lines, P-1 and P-2. */
extern const char import_people[];

/* Import a table; key NULL: none; map NULL: none. */
json_t *import_request(
    const char *type, const char *csv, const char *key, const char *map);

/* A number of an answer. */
long long import_count(const json_t *answer, const char *key);
void import_assert_counts(
    const json_t *a, int made, int changed, int same, int refused);
/* The answer, which this ends, is an error that says this. */
void import_assert_error(json_t *answer, const char *text);
/* An id of an answer. */
void import_keep(const json_t *answer, const char *key, char out[static 40]);

/* The document of the one record of the type whose field has the text; new. */
json_t *import_doc(
    struct world *w, const char *type, const char *field, const char *text);
/* It has these members; JSON. */
void import_assert_has(const json_t *doc, const char *want);

#endif
