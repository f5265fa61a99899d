/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_CLI_WAITING_H
#define CENTRAL_CLI_WAITING_H

#include <jansson.h>

/* Say one line of "waiting" (schema/cli.md) to people. */
void cli_waiting(const json_t *one);

#endif
