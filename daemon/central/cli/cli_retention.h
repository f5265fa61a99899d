/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_CLI_RETENTION_H
#define CENTRAL_CLI_RETENTION_H

#include <jansson.h>

/* Say one case of "retention" (schema/cli.md) to people. */
void cli_retention(const json_t *one);

#endif
