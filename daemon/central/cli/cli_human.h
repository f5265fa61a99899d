/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_CLI_HUMAN_H
#define CENTRAL_CLI_HUMAN_H

#include <jansson.h>

/*
 * cli_human -- an answer of the office as a person reads it, on standard
 * output: a sentence and what to do next, or a line for each of a list.
 *
 * words are the command's ("user add").  An answer that has no form of its own
 * is shown with a value to a line under the names of schema/cli.md, so nothing
 * that --json shows is ever left out silently.  Scripts use --json: these words
 * may change.
 */
void cli_human(const char *words, const json_t *answer);

#endif
