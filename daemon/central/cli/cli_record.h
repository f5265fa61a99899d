/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_CLI_RECORD_H
#define CENTRAL_CLI_RECORD_H

#include <jansson.h>
#include <stdbool.h>

/*
 * cli_record -- records, and what waits for a person, as the office's people
 * read them: in the words of common/core/human.h, as on a device.
 *
 * Names are those that the answer brings ("names"); an id where it brings
 * none.
 */

/* Say the answer of this command ("note show"); false: it is none of these. */
bool cli_record(const char *words, const json_t *answer);

/* The one array of an answer's lines; borrowed. */
const json_t *cli_lines(const json_t *answer);

#endif
