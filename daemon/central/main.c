/* SPDX-License-Identifier: Apache-2.0 */
/*
 * visitbook-central: the office.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/sys/json.h"
#include "common/sys/log.h"
#include "daemon/central/cli/cli.h"
#include "daemon/central/cli/cli_office.h"
#include "daemon/central/serve/admin.h"
#include "daemon/central/serve/process.h"
#include "daemon/central/serve/serve.h"

static enum err_code
ask_engine(const struct args *a, json_t **out, struct err *e)
{
	const char *data;
	json_t *request;
	enum err_code code = cli_data(a, &data, e);

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
		return "Look at --data; visitbook-central init sets up a new "
		       "office.";
	if (e->code == ERR_BUSY)
		return "Try again when the other one has ended.";
	return "Nothing was changed; put that right and run it again.";
}

static enum err_code
serve_options_get(const struct args *a, struct serve_options *o, struct err *e)
{
	int64_t ready_fd = -1;
	enum err_code code = cli_data(a, &o->data, e);

	if (code != ERR_OK ||
	    (code = args_get_int(a, "ready-fd", 0, 65535, &ready_fd, e)) !=
	        ERR_OK)
		return code;
	o->devices = args_get(a, "devices");
	o->console = args_get(a, "console");
	o->front_user = args_get(a, "front-user");
	o->ready_fd = (int)ready_fd;
	return ERR_OK;
}

static int
serve(const struct args *a)
{
	struct serve_options o;
	struct err e;
	int status = 0;

	if (serve_options_get(a, &o, &e) == ERR_OK &&
	    serve_run(&o, &status, &e) == ERR_OK)
		return CLI_DONE;
	(void)cli_fail(a, &e, next_of(&e));
	return status != 0 ? status : (int)cli_exit_of(e.code);
}

static int
run(const struct args *a)
{
	json_t *out = NULL;
	struct err e;
	enum cli_exit status;

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
	struct buf text;

	buf_init(&text, 65536);
	args_usage(program, a->command, &text);
	(void)fputs(text.ptr, stdout);
	buf_fini(&text);
	return CLI_DONE;
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
	if (argc == 5 && number_read(argv[3], &uid) &&
	    number_read(argv[4], &gid)) {
		if (strcmp(argv[2], "devices") == 0)
			return front_process(true, uid, gid);
		if (strcmp(argv[2], "people") == 0)
			return front_process(false, uid, gid);
	}
	return CLI_USAGE;
}

int
main(int argc, char *argv[])
{
	static struct args a; /* large, and as long as the program */
	const struct args_program *program;
	struct err e;
	enum err_code code;

	process_keep_private();
	json_wipe_freed();
	code = log_start(NULL, &e);
	if (code == ERR_OK && argc > 1 && strcmp(argv[1], PROCESS_WORD) == 0)
		return process(argc, argv);
	if (code != ERR_OK || cli_program(&program, &e) != ERR_OK) {
		(void)fprintf(stderr, "visitbook-central: %s\n", e.msg);
		return CLI_FAILED;
	}
	if (args_parse(program, argc, argv, &a, &e) != ERR_OK) {
		(void)cli_fail(
		    &a, &e, "visitbook-central --help lists what there is.");
		return CLI_USAGE;
	}
	return a.help ? usage(program, &a) : run(&a);
}
