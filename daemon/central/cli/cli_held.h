/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_CLI_HELD_H
#define CENTRAL_CLI_HELD_H

#include <jansson.h>

#include "common/core/human.h"

/*
 * cli_held -- changes that could not be applied, as the office's people read
 * them.
 */

/* "held list": each with what it is about, why, and what to do. */
void cli_held_list(const struct human *h, const json_t *answer);
/* "held show": the same of one, who wrote it and when, and what it says beside
 * what its author had before them. */
void cli_held_show(const struct human *h, const json_t *answer);

#endif
