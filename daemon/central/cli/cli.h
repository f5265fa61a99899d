/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_CLI_H
#define CENTRAL_CLI_H

#include <jansson.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/status.h"
#include "common/sys/args.h"

/*
 * cli -- visitbook-central's command line: argv to a request for
 * engine_command (or one of the few commands that are not the engine's), and
 * its answer to output and exit status, as schema/cli.md pins them.
 */
enum cli_id {
	CLI_INIT = 1,
	CLI_OFFLINE_CHECK,
	CLI_CERTIFICATE,
	CLI_SERVE,
	CLI_RESTORE,
	CLI_IMPORT,
	CLI_ENGINE, /* asked of the engine as "words", operand and options */
	CLI_RECORD  /* of a type: "note show" */
};

/* The program's table.  The types of the built-in schema each add four
 * commands, so it is made at run time and lives as long as the program.
 * ERR_NOMEM. */
enum err_code cli_program(
    const struct args_program **out, struct err *e) ERR_CHECKED;

/* Make the request.  Reads files, standard input and descriptors that the
 * command line names.  *out is new.  ERR_INVALID, ERR_NOTFOUND, ERR_IO. */
enum err_code cli_request(
    const struct args *a, json_t **out, struct err *e) ERR_CHECKED;

/* Put the --host options into a request, as "hosts". */
enum err_code cli_hosts(
    const struct args *a, json_t *request, struct err *e) ERR_CHECKED;

/* The i-th passphrase (from 0): from its --passphrase-fd, or asked for on the
 * terminal with this prompt.  Appended to *out, which the caller wipes.
 * ERR_INVALID: neither is there. */
enum err_code cli_passphrase(const struct args *a, size_t i, const char *prompt,
    struct buf *out, struct err *e) ERR_CHECKED;

/* The exit status for a kind of failure. */
enum status cli_status(enum err_code code);

/* Print an answer and give the exit status that goes with it. */
enum status cli_print(const struct args *a, const json_t *answer);
/* Print an error that no engine made. */
enum status cli_fail(
    const struct args *a, const struct err *e, const char *next);

#endif
