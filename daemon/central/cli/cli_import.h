/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_CLI_IMPORT_H
#define CENTRAL_CLI_IMPORT_H

#include <jansson.h>

#include "common/base/err.h"
#include "common/sys/args.h"

/*
 * cli_import -- a table goes to the engine, and what was refused into a file.
 *
 * The answer is new in *out, an error of the engine's included.  ERR_INVALID,
 * ERR_NOTFOUND, ERR_CONFLICT (the report is there already), ERR_IO.
 */
enum err_code cli_import(
    const struct args *a, json_t **out, struct err *e) ERR_CHECKED;

#endif
