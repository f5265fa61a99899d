/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_CLI_OFFICE_H
#define CENTRAL_CLI_OFFICE_H

#include "common/base/file.h"
#include "daemon/central/cli/cli.h"

/*
 * cli_office -- the commands that are not the engine's alone.  Each gives the
 * answer to print, new in *out, or an error.
 */

/* The data folder; ERR_INVALID when none was given. */
enum err_code cli_data(const struct args *a, char out[static FILE_PATH_MAX],
    struct err *e) ERR_CHECKED;

enum err_code cli_init(
    const struct args *a, json_t **out, struct err *e) ERR_CHECKED;
enum err_code cli_certificate(
    const struct args *a, json_t **out, struct err *e) ERR_CHECKED;
enum err_code cli_restore(
    const struct args *a, json_t **out, struct err *e) ERR_CHECKED;
enum err_code cli_offline_check(
    const struct args *a, json_t **out, struct err *e) ERR_CHECKED;

#endif
