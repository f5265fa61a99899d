/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_CLI_OFFICE_H
#define CENTRAL_CLI_OFFICE_H

#include "daemon/central/cli/cli.h"

/*
 * cli_office -- the commands that are not the engine's alone.  Each gives the
 * answer to print, new in *out, or an error.
 */

/* The data folder; ERR_INVALID when none was given. */
enum err_code cli_data(
    const struct args *a, const char **out, struct err *e) ERR_CHECKED;

enum err_code cli_init(
    const struct args *a, json_t **out, struct err *e) ERR_CHECKED;
enum err_code cli_certificate(
    const struct args *a, json_t **out, struct err *e) ERR_CHECKED;
enum err_code cli_offline_check(
    const struct args *a, json_t **out, struct err *e) ERR_CHECKED;

#endif
