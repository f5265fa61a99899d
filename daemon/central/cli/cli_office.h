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
/* Write what "certificate renew" made to DATA/tls, and say in *out where.  The
 * key goes first: a server that sees a new key and an old certificate keeps the
 * pair that it has. */
enum err_code cli_certificate_save(const char *data, const json_t *made,
    json_t *out, struct err *e) ERR_CHECKED;
enum err_code cli_restore(
    const struct args *a, json_t **out, struct err *e) ERR_CHECKED;
enum err_code cli_offline_check(
    const struct args *a, json_t **out, struct err *e) ERR_CHECKED;

#endif
