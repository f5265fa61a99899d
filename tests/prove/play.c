/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/prove/play.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/commands.h"
#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/sys/json.h"
#include "schema/schema_bundle.h"
#include "tests/fault/calls.h"
#include "tests/prove/torture.h"
#include "tests/support/check.h"

#define ARGV_MAX 24
#define PASS_FD 9
#define LOOK_US 500
#define SAID_MAX ((size_t)1 << 20)

static const struct json_limits limits = { SAID_MAX, 100000, 32, false };

/* ---- the program ---- */

static int
run(const struct commands *all, struct client *c, int argc, char *argv[])
{
	static struct args args;
	const struct command_entry *entry;
	struct err e;

	c->args = &args;
	c->json = true;
	if (args_parse(&all->program, argc, argv, &args, &e) != ERR_OK)
		return (int)client_usage(c, &e);
	entry = &all->entries[args.command->id];
	if (entry->type != NULL)
		c->type = schema_type(c->built_in, entry->type);
	if (client_find_home(c, &e) != ERR_OK)
		return (int)client_usage(c, &e);
	return (int)client_run(c, &entry->command);
}

int
play_main(int argc, char *argv[])
{
	struct client c = { .status = STATUS_DONE };
	struct commands all = { 0 };
	struct err e;
	int status;

	(void)signal(SIGPIPE, SIG_IGN);
	json_wipe_freed();
	if (schema_parse(schema_bundle_bytes, schema_bundle_len, &c.built_in,
	        &e) != ERR_OK ||
	    commands_make(c.built_in, &all, &e) != ERR_OK) {
		(void)fprintf(stderr, "visitbook: %s\n", e.msg);
		return STATUS_FAILED;
	}
	c.schema = c.built_in;
	status = run(&all, &c, argc, argv);
	commands_fini(&all);
	schema_free(c.built_in);
	return status;
}

/* ---- in a process of its own ---- */

static int
text_fd(const char *text)
{
	const int fd = memfd_create("text", MFD_CLOEXEC);
	struct err e;

	assert_true(fd >= 0);
	assert_ok(file_write_all(fd, text, strlen(text), &e), &e);
	assert_true(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

/* Its command line; copy is cut up, and is the words' memory. */
static int
arguments(const struct play *p, char *copy, char *argv[ARGV_MAX])
{
	static char name[] = "visitbook", home[] = "--home", json[] = "--json",
	            pass[] = "--passphrase-fd", fd[] = "9";
	char *state = NULL;
	int n = 0;

	argv[n++] = name;
	for (char *one = strtok_r(copy, "|", &state); one != NULL;
	     one = strtok_r(NULL, "|", &state))
		argv[n++] = one;
	argv[n++] = home;
	argv[n++] = strdup(p->home);
	argv[n++] = json;
	if (p->passphrase != NULL) {
		argv[n++] = pass;
		argv[n++] = fd;
	}
	assert_true(n < ARGV_MAX);
	argv[n] = NULL;
	return n;
}

static _Noreturn void
become(const struct play *p, const int fds[static 4], pid_t parent)
{
	char *copy = strdup(p->words), *argv[ARGV_MAX];
	const int argc = arguments(p, copy, argv);
	int status;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent ||
	    setenv("XDG_RUNTIME_DIR", p->runtime, 1) != 0)
		_exit(126);
	for (int i = 0; i < 3; i++)
		if (dup2(fds[i], i) < 0)
			_exit(126);
	if (dup2(fds[3], PASS_FD) < 0 || close_range(PASS_FD + 1, ~0U, 0) != 0)
		_exit(126);
	/* A program that is started finds in its environment that it takes
	 * part. */
	if (p->fails != PLAY_AGENT && unsetenv(FAULT_CALLS_ENV) != 0)
		_exit(126);
	if (p->fails == PLAY_COMMAND)
		fault_calls_take_part();
	status = play_main(argc, argv);
	_exit(fflush(NULL) == 0 ? status : STATUS_FAILED);
}

static void
read_back(int fd, struct buf *out)
{
	struct err e;

	assert_true(lseek(fd, 0, SEEK_SET) == 0);
	assert_ok(file_read_all(fd, out, &e), &e);
	(void)close(fd);
}

/* ---- what it told ---- */

static enum err_code
code_of(const char *word)
{
	for (int i = 1; i < ERR_CODE_N; i++)
		if (strcmp(err_word((enum err_code)i), word) == 0)
			return (enum err_code)i;
	return ERR_INVALID; /* a command's own word */
}

/* One whole line with an object, or NULL. */
static json_t *
object_of(const struct buf *out)
{
	json_t *json = NULL;

	if (out->len == 0 || strcspn(out->ptr, "\n") != out->len - 1 ||
	    json_parse(out->ptr, out->len - 1, &limits, &json, NULL) != ERR_OK)
		return NULL;
	return json;
}

static enum err_code
take_error(const json_t *said, const struct buf *err, struct err *e)
{
	const json_t *error = json_object_get(said, "error");
	const char *word = json_string_value(json_object_get(error, "word")),
	           *text = json_string_value(json_object_get(error, "text"));

	if (word != NULL && text != NULL && text[0] != '\0' &&
	    strchr(text, '\n') == NULL)
		return err_set(e, code_of(word), 0, "%.200s", text);
	/* What should go to standard output could not be written there. */
	if (strncmp(err->len == 0 ? "" : err->ptr, "visitbook: ", 11) == 0)
		return err_set(e, ERR_IO, 0, "%.200s", err->ptr);
	return err_set(
	    e, ERR_CONFLICT, 0, "it fails and does not say that it does");
}

static enum err_code
take(const struct buf *out, const struct buf *err, int status,
    json_t **said_out, struct err *e)
{
	json_t *said = object_of(out);
	enum err_code code = ERR_OK;

	/* Cryptography ends a program on purpose. */
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT &&
	    (err->len == 0 || strstr(err->ptr, "does not hold") == NULL))
		code = err_set(e, ERR_IO, 0, "it ended on purpose");
	else if (!WIFEXITED(status))
		code = err_set(e, ERR_CONFLICT, 0, "it crashes (%d)", status);
	else if (WEXITSTATUS(status) != STATUS_DONE)
		code = take_error(said, err, e);
	else if (said == NULL || json_object_get(said, "error") != NULL)
		code = err_set(e, ERR_CONFLICT, 0,
		    "it says that it is done, and not what");
	if (code == ERR_OK && said_out != NULL)
		*said_out = json_incref(said);
	json_decref(said);
	return code;
}

/* Its wait status; true: nobody had the patience. */
static bool
wait_for(pid_t pid, unsigned patience_ms, int *status_out)
{
	const uint64_t end = clock_mono_ms() + patience_ms;
	pid_t ended = 0;

	while (patience_ms != 0 && clock_mono_ms() < end &&
	    (ended = waitpid(pid, status_out, WNOHANG)) == 0)
		(void)usleep(LOOK_US);
	if (ended == pid)
		return false;
	if (patience_ms != 0)
		(void)kill(pid, SIGKILL);
	while (waitpid(pid, status_out, 0) < 0)
		assert_int_equal(errno, EINTR);
	return patience_ms != 0;
}

enum err_code
play_run(const struct play *p, json_t **said_out, struct err *e)
{
	const int fds[] = { text_fd(p->input == NULL ? "" : p->input),
		text_fd(""), text_fd(""),
		text_fd(p->passphrase == NULL ? "" : p->passphrase) };
	const pid_t parent = getpid();
	struct buf out, err;
	enum err_code code;
	bool is_ended;
	int status = 0;
	pid_t pid;

	(void)fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		become(p, fds, parent);
	is_ended = wait_for(pid, p->patience_ms, &status);
	buf_init(&out, SAID_MAX);
	buf_init(&err, SAID_MAX);
	read_back(fds[1], &out);
	read_back(fds[2], &err);
	(void)close(fds[0]);
	(void)close(fds[3]);
	code = is_ended ? err_set(e, ERR_BUSY, 0, "nobody waited for it")
	                : take(&out, &err, status, said_out, e);
	if (getenv("PROVE_STATES") != NULL)
		(void)fprintf(stderr, "--- %s: %d: %s%s\n", p->words, status,
		    out.len == 0 ? "" : out.ptr, err.len == 0 ? "" : err.ptr);
	buf_fini(&out);
	buf_fini(&err);
	return code;
}
