/* SPDX-License-Identifier: Apache-2.0 */
/*
 * visitbook-central: the office.
 */
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "common/sys/json.h"
#include "common/sys/log.h"
#include "daemon/central/cli/cli.h"
#include "daemon/central/cli/cli_office.h"
#include "daemon/central/serve/admin.h"

/* Nothing of this process reaches a core file or a debugger. */
static void
keep_private(void)
{
	const struct rlimit none = { 0, 0 };

	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)setrlimit(RLIMIT_CORE, &none);
}

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

static int
run(const struct args *a)
{
	json_t *out = NULL;
	struct err e;
	enum cli_exit status;

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

int
main(int argc, char *argv[])
{
	static struct args a; /* large, and as long as the program */
	const struct args_program *program;
	struct err e;

	keep_private();
	json_wipe_freed();
	if (log_start(NULL, &e) != ERR_OK ||
	    cli_program(&program, &e) != ERR_OK) {
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
