/* SPDX-License-Identifier: Apache-2.0 */
/*
 * visitbook-central: the office.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/file.h"
#include "common/sys/json.h"
#include "common/sys/log.h"
#include "common/sys/pki.h"
#include "daemon/central/cli/cli.h"
#include "daemon/central/cli/cli_config.h"
#include "daemon/central/cli/cli_import.h"
#include "daemon/central/cli/cli_office.h"
#include "daemon/central/serve/admin.h"
#include "daemon/central/serve/beside.h"
#include "daemon/central/serve/process.h"
#include "daemon/central/serve/serve.h"

static enum err_code
ask_engine(const struct args *a, json_t **out, struct err *e)
{
	char data[FILE_PATH_MAX];
	json_t *request;
	enum err_code code = cli_data(a, data, e);

	if (code != ERR_OK || (code = cli_request(a, &request, e)) != ERR_OK)
		return code;
	code = admin_ask(data, request, out, e);
	json_decref(request);
	return code;
}

static enum err_code
answer(const struct args *a, json_t **out, struct err *e)
{
	switch ((enum cli_id)a->command->id) {
	case CLI_INIT:
		return cli_init(a, out, e);
	case CLI_OFFLINE_CHECK:
		return cli_offline_check(a, out, e);
	case CLI_CERTIFICATE:
		return cli_certificate(a, out, e);
	case CLI_RESTORE:
		return cli_restore(a, out, e);
	case CLI_IMPORT:
		return cli_import(a, out, e);
	case CLI_ENGINE:
	case CLI_RECORD:
	case CLI_SERVE:
		break;
	}
	return ask_engine(a, out, e);
}

static const char *
next_of(const struct err *e)
{
	if (e->code == ERR_NOTFOUND)
		return "Look at the names of files, and at --data; "
		       "visitbook-central init sets up a new office.";
	if (e->code == ERR_BUSY)
		return "Try again when the other one has ended.";
	return "Nothing was changed; put that right and run it again.";
}

/* Whether everything that `serve` needs was said. */
static enum err_code
serve_check(const struct cli_config *c, struct err *e)
{
	if (c->data[0] == '\0')
		return err_set(e, ERR_INVALID, 0,
		    "--data DIR is missing: where the office keeps its data");
	if ((c->devices[0] == '\0' && !serve_is_given(WIRE_DEVICES)) ||
	    (c->console[0] == '\0' && !serve_is_given(WIRE_PEOPLE)))
		return err_set(e, ERR_INVALID, 0,
		    "--devices ADDR:PORT and --console ADDR:PORT are needed");
	return ERR_OK;
}

static int
serve(const struct args *a)
{
	static struct cli_config c; /* as long as the program */
	struct serve_options o = {
		.data = c.data, .devices = c.devices, .console = c.console
	};
	int64_t ready_fd = -1;
	int status = 0;
	struct err e;
	enum err_code code;

	if ((code = cli_config(a, &c, &e)) == ERR_OK &&
	    (code = serve_check(&c, &e)) == ERR_OK)
		code = args_get_int(a, "ready-fd", 0, 65535, &ready_fd, &e);
	o.ready_fd = (int)ready_fd;
	o.front_user = c.front_user[0] == '\0' ? NULL : c.front_user;
	if (code == ERR_OK)
		code = serve_run(&o, &status, &e);
	if (code == ERR_OK)
		return STATUS_DONE;
	(void)cli_fail(a, &e, next_of(&e));
	return status != 0 ? status : (int)cli_status(code);
}

static int
run(const struct args *a)
{
	json_t *out = NULL;
	struct err e;
	enum status status;

	if (a->command->id == CLI_SERVE)
		return serve(a);
	if (answer(a, &out, &e) != ERR_OK)
		return cli_fail(a, &e, next_of(&e));
	status = cli_print(a, out);
	json_decref(out);
	return status;
}

static int
usage(const struct args_program *program, const struct args *a)
{
	struct args_program group;
	struct buf text;

	buf_init(&text, 65536);
	args_usage(args_group(program, a->words, &group), a->command, &text);
	(void)fputs(text.ptr, stdout);
	buf_fini(&text);
	return STATUS_DONE;
}

/* A number that `serve` wrote. */
static bool
number_read(const char *text, unsigned *out)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno != 0 || *end != '\0' || end == text || n > UINT32_MAX)
		return false;
	*out = (unsigned)n;
	return true;
}

/* One of the processes of `serve` (process.h). */
static int
process(int argc, char *argv[])
{
	unsigned uid, gid;

	if (argc == 4 && strcmp(argv[2], "engine") == 0)
		return engine_process(argv[3]);
	if (argc == 4 && strcmp(argv[2], "beside") == 0)
		return beside_process(argv[3]);
	if (argc == 5 && number_read(argv[3], &uid) &&
	    number_read(argv[4], &gid)) {
		if (strcmp(argv[2], "devices") == 0)
			return front_process(true, uid, gid);
		if (strcmp(argv[2], "people") == 0)
			return front_process(false, uid, gid);
	}
	return STATUS_USAGE;
}

/* "help WORDS" is what "WORDS --help" is, as with visitbook. */
static void
take_help(int argc, char *argv[])
{
	static char option[] = "--help";

	if (argc < 2 || strcmp(argv[1], "help") != 0)
		return;
	memmove(argv + 1, argv + 2, (size_t)(argc - 2) * sizeof(*argv));
	argv[argc - 1] = option;
}

int
main(int argc, char *argv[])
{
	static struct args a; /* large, and as long as the program */
	const struct args_program *program;
	struct err e;
	enum err_code code;

	process_keep_private();
	file_limits_are_errors();
	json_wipe_freed();
	code = log_start(NULL, &e);
	if (code == ERR_OK && argc > 1 && strcmp(argv[1], PROCESS_WORD) == 0) {
		code = pki_start(&e);
		if (code == ERR_OK)
			return process(argc, argv);
	}
	if (code != ERR_OK || cli_program(&program, &e) != ERR_OK) {
		(void)fprintf(stderr, "visitbook-central: %s\n", e.msg);
		return STATUS_FAILED;
	}
	take_help(argc, argv);
	if (args_parse(program, argc, argv, &a, &e) != ERR_OK) {
		(void)cli_fail(
		    &a, &e, "visitbook-central --help lists what there is.");
		return STATUS_USAGE;
	}
	return a.help ? usage(program, &a) : run(&a);
}
