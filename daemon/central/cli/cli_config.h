/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_CLI_CONFIG_H
#define CENTRAL_CLI_CONFIG_H

#include "common/base/err.h"
#include "common/base/file.h"
#include "common/sys/args.h"

/*
 * cli_config -- what --config FILE says, which options on the command line go
 * before (visitbook-central.conf(5)).  Members are "" where neither says.
 */
struct cli_config {
	char data[FILE_PATH_MAX];
	char devices[128], console[128]; /* ADDR:PORT */
	char front_user[64];
};

/* ERR_INVALID with one sentence: a mistake in the file; ERR_NOTFOUND: there is
 * no such file. */
enum err_code cli_config(
    const struct args *a, struct cli_config *out, struct err *e) ERR_CHECKED;

#endif
