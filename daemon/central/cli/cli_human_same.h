/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_CLI_HUMAN_SAME_H
#define CENTRAL_CLI_HUMAN_SAME_H

#include <jansson.h>

/*
 * cli_human_same -- two records of the same person, as a person reads of them.
 * The text is put on standard output (cli_human.h).
 */
void say_duplicates(const json_t *answer); /* of duplicates list */
void say_same(const json_t *o);
void say_same_undone(const json_t *o);

#endif
