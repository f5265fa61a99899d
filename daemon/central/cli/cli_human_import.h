/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_CLI_HUMAN_IMPORT_H
#define CENTRAL_CLI_HUMAN_IMPORT_H

#include <jansson.h>

/*
 * cli_human_import -- what an import did or would do, as a person reads it.
 * The text is put on standard output (cli_human.h).
 */
void say_import(const json_t *answer);
void say_export(const json_t *answer);
void say_import_line(const json_t *one); /* of import list */
void say_import_show(const json_t *answer);
void say_import_undo(const json_t *answer);

#endif
