/* SPDX-License-Identifier: Apache-2.0 */
/*
 * visitbookd: the sync daemon's command line.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/base/enc.h"
#include "common/base/file.h"
#include "common/base/status.h"
#include "common/sys/args.h"
#include "common/sys/json.h"
#include "common/sys/log.h"
#include "common/sys/pki.h"
#include "daemon/sync/once.h"
#include "daemon/sync/service.h"
#include "schema/schema_bundle.h"

static const struct args_option options[] = {
	ARGS_HOME,
	{ "conf", "FILE", "read settings from FILE", false, false },
	ARGS_READY_FD,
	{ "once", NULL, "sync once and end", false, false },
	{ "key-fd", "N", "with --once: read the database key from descriptor N",
	    false, false },
	ARGS_JSON,
	ARGS_QUIET,
	ARGS_END,
};

static const struct args_command commands[] = {
	{ .words = "",
	    .help = "keep this device in touch with its office",
	    .options = options },
};

static const struct args_option no_globals[] = { ARGS_END };

static const struct args_program program = {
	.name = "visitbookd",
	.about = "keeps a device in touch with its office",
	.globals = no_globals,
	.commands = commands,
	.command_n = 1,
};

struct run {
	struct args args;
	struct schema *schema; /* for its words */
	char home[FILE_PATH_MAX];
};

/* What is in memory here must not end in a file by accident. */
static void
keep_memory_private(void)
{
	const struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none); /* lowering is always allowed */
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	json_wipe_freed();
}

static void
print_json(const json_t *json)
{
	struct buf text;

	buf_init(&text, 65536);
	if (json_print(json, &text, NULL) == ERR_OK)
		(void)printf("%s\n", text.ptr);
	buf_fini(&text);
}

/* Say what went wrong, in the form that was asked for. */
static int
fail(const struct run *run, const char *next, const struct err *e, int status)
{
	json_t *json;

	if (!args_has(&run->args, "json")) {
		(void)fprintf(stderr, "visitbookd: %s\n%s\n", e->msg, next);
		return status;
	}
	json = json_pack("{s:{s:s, s:s, s:s}}", "error", "word",
	    status == STATUS_USAGE ? "usage" : err_word(e->code), "text",
	    e->msg, "next", next);
	print_json(json);
	json_decref(json);
	return status;
}

static const char *
next_step(enum err_code code)
{
	switch (code) {
	case ERR_NOTFOUND:
		return "Name the folder of your notes with --home DIR, or "
		       "enrol this device first: visitbook enrol.";
	case ERR_AUTH:
	case ERR_LOCKED:
		return "Unlock the notes with: visitbook unlock.";
	case ERR_NEWER:
		return "Update Visitbook, then try again.";
	case ERR_BUSY:
		return "Try again in a moment.";
	case ERR_CORRUPT:
		return "Do not delete anything; ask the office.";
	case ERR_OK:
	case ERR_NOMEM:
	case ERR_INVALID:
	case ERR_MALFORMED:
	case ERR_CONFLICT:
	case ERR_IO:
	case ERR_CODE_N:
		break;
	}
	return "Your notes are safe. Try again; if it stays like this, tell "
	       "the office.";
}

/* What could not be done, and what to do about it. */
static int
fail_at_home(const struct run *run, const struct err *e)
{
	struct err why = *e;

	if (e->code == ERR_NOTFOUND)
		(void)err_set(&why, ERR_NOTFOUND, 0,
		    "there is no enrolled folder of notes at %.150s",
		    run->home);
	return fail(run, next_step(e->code), &why, status_of(e->code));
}

/* As visitbook finds it, so that both speak of the same folder. */
static enum err_code
find_home(struct run *run, struct err *e)
{
	const char *home = args_get(&run->args, "home");
	const char *base;
	int n;

	if (home == NULL)
		home = getenv("VISITBOOK_HOME");
	if (home != NULL && *home != '\0')
		n = snprintf(run->home, sizeof(run->home), "%s", home);
	else if ((base = getenv("XDG_DATA_HOME")) != NULL && *base == '/')
		n = snprintf(
		    run->home, sizeof(run->home), "%s/visitbook", base);
	else if ((base = getenv("HOME")) != NULL && *base == '/')
		n = snprintf(run->home, sizeof(run->home),
		    "%s/.local/share/visitbook", base);
	else
		return err_set(
		    e, ERR_INVALID, 0, "the folder of your notes is not known");
	if (n < 0 || (size_t)n >= sizeof(run->home) - 64)
		return err_set(
		    e, ERR_INVALID, 0, "the name of the folder is too long");
	return ERR_OK;
}

/* 32 bytes as they are, or as 64 hexadecimal digits and an optional newline.
 */
static enum err_code
read_key(int fd, struct secret_key *key_out, struct err *e)
{
	const size_t hex_len = ENC_HEX_LEN((size_t)SECRET_KEY_LEN);
	struct buf bytes;
	enum err_code code;

	buf_init(&bytes, hex_len + 1);
	code = file_read_all(fd, &bytes, e);
	if (code == ERR_OK && bytes.len == SECRET_KEY_LEN)
		memcpy(key_out->b, bytes.ptr, SECRET_KEY_LEN);
	else if (code == ERR_OK &&
	    (bytes.len < hex_len ||
	        (bytes.len > hex_len && bytes.ptr[hex_len] != '\n') ||
	        !enc_hex_parse(bytes.ptr, hex_len, key_out->b, SECRET_KEY_LEN)))
		code = err_set(e, ERR_INVALID, 0,
		    "what came from --key-fd is no database key");
	buf_wipe(&bytes);
	return code;
}

static int
print_report(const struct run *run, const struct sync_report *r)
{
	json_t *json = NULL;
	struct err e;

	if (args_has(&run->args, "json")) {
		if (sync_report_to_json(r, run->schema, &json, &e) != ERR_OK)
			return fail(
			    run, next_step(e.code), &e, status_of(e.code));
		print_json(json);
		json_decref(json);
	} else if (!args_has(&run->args, "quiet")) {
		(void)printf("%s\n", sync_report_text(r, run->schema));
	}
	return sync_report_exit(r);
}

static int
run_once(const struct run *run)
{
	struct secret_key key = { 0 };
	struct sync_report report;
	int64_t fd = -1;
	struct err e;
	enum err_code code =
	    args_get_int(&run->args, "key-fd", 0, 65535, &fd, &e);

	if (code != ERR_OK)
		return fail(run, "visitbookd --help lists the options.", &e,
		    STATUS_USAGE);
	if (fd >= 0) {
		code = read_key((int)fd, &key, &e);
		(void)close((int)fd); /* it was only read */
	}
	if (code == ERR_OK)
		code = once_run(run->home, fd >= 0 ? &key : NULL, &report, &e);
	secret_wipe(&key, sizeof(key));
	if (code != ERR_OK)
		return fail_at_home(run, &e);
	return print_report(run, &report);
}

static int
run_service(const struct run *run)
{
	struct daemon_cfg cfg = daemon_cfg_default();
	int64_t fd = -1;
	struct err e;
	enum err_code code;

	cfg.home = run->home;
	cfg.words = run->schema;
	if (args_get_int(&run->args, "ready-fd", 0, 65535, &fd, &e) != ERR_OK ||
	    service_conf(args_get(&run->args, "conf"), &cfg, &e) != ERR_OK)
		return fail(run, "visitbookd --help lists the options.", &e,
		    STATUS_USAGE);
	code = service_run(&cfg, (int)fd, &e);
	return code == ERR_OK ? STATUS_DONE : fail_at_home(run, &e);
}

static int
print_help(void)
{
	struct buf text;

	buf_init(&text, 16384);
	args_usage(&program, &commands[0], &text);
	(void)fputs(text.ptr, stdout);
	buf_fini(&text);
	return STATUS_DONE;
}

int
main(int argc, char *argv[])
{
	static struct run run;
	struct err e;
	int status;

	keep_memory_private();
	file_limits_are_errors();
	if (log_start(NULL, &e) != ERR_OK ||
	    args_parse(&program, argc, argv, &run.args, &e) != ERR_OK ||
	    (!run.args.help && find_home(&run, &e) != ERR_OK))
		return fail(&run, "visitbookd --help lists the options.", &e,
		    STATUS_USAGE);
	if (run.args.help)
		return print_help();
	if (pki_start(&e) != ERR_OK ||
	    schema_parse(schema_bundle_bytes, schema_bundle_len, &run.schema,
	        &e) != ERR_OK)
		return fail(&run, next_step(e.code), &e, STATUS_FAILED);
	status =
	    args_has(&run.args, "once") ? run_once(&run) : run_service(&run);
	schema_free(run.schema);
	if (fflush(stdout) != 0 && status == STATUS_DONE)
		status = STATUS_FAILED;
	return status;
}
