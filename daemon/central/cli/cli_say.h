/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_CLI_SAY_H
#define CENTRAL_CLI_SAY_H

#include <jansson.h>

/*
 * cli_say -- what the forms of an answer (cli_human.h) are put together with.
 */

/* printf to whoever reads it; what others wrote does not steer their
 * terminal. */
void cli_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* A member's text, borrowed, "" if it has none; its number, 0 if it has none.
 */
const char *cli_text(const json_t *o, const char *key);
long long cli_number(const json_t *o, const char *key);

#endif
