/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Meeting the office now: through the daemon that holds the key, or, where
 * none runs, through one that is started for this once.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/commands.h"
#include "client/output.h"
#include "common/base/clock.h"
#include "common/sys/json.h"

#define DAEMON "visitbookd"
#define TIMEOUT_DEFAULT_S 60
#define TIMEOUT_MAX_S 86400
/* The child's descriptors for the key and for its answer. */
#define CHILD_KEY_FD 3
/* How a child that could not become the daemon ends. */
#define CHILD_MISSING 127
#define ANSWER_MAX ((size_t)65536)

static const struct json_limits answer_limits = {
	.bytes_max = ANSWER_MAX,
	.tokens_max = 1000,
	.depth_max = 8,
};

/* The daemon beside this program, or wherever programs are found. */
static void
find_daemon(char out[static FILE_PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", out, FILE_PATH_MAX - 1);
	char *slash;

	out[n < 0 ? 0 : n] = '\0';
	slash = strrchr(out, '/');
	if (slash != NULL) {
		(void)snprintf(slash + 1,
		    FILE_PATH_MAX - (size_t)(slash + 1 - out), "%s", DAEMON);
		if (access(out, X_OK) == 0)
			return;
		/* In a build folder each program has a folder of its own. */
		*slash = '\0';
		slash = strrchr(out, '/');
		if (slash != NULL) {
			(void)snprintf(slash + 1,
			    FILE_PATH_MAX - (size_t)(slash + 1 - out), "%s",
			    "daemon/sync/" DAEMON);
			if (access(out, X_OK) == 0)
				return;
		}
	}
	(void)snprintf(out, FILE_PATH_MAX, "%s", DAEMON);
}

/* In the child: its key on one descriptor, its answer on standard output. */
static void
become_daemon(const struct client *c, int key_fd, int answer_fd)
{
	char path[FILE_PATH_MAX], fd_text[16];

	find_daemon(path);
	if (dup2(answer_fd, STDOUT_FILENO) < 0 ||
	    (key_fd >= 0 && key_fd != CHILD_KEY_FD &&
	        dup2(key_fd, CHILD_KEY_FD) < 0) ||
	    (key_fd >= 0 && fcntl(CHILD_KEY_FD, F_SETFD, 0) < 0))
		_exit(CHILD_MISSING);
	(void)close_range(
	    key_fd >= 0 ? CHILD_KEY_FD + 1 : CHILD_KEY_FD, ~0U, 0);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)snprintf(fd_text, sizeof(fd_text), "%d", CHILD_KEY_FD);
	if (key_fd >= 0)
		(void)execlp(path, DAEMON, "--home", c->home, "--once",
		    "--json", "--key-fd", fd_text, (char *)NULL);
	else
		(void)execlp(path, DAEMON, "--home", c->home, "--once",
		    "--json", (char *)NULL);
	_exit(CHILD_MISSING);
}

/* Read the answer to its end or until the time is up: false then. */
static bool
read_answer(int fd, uint64_t end_ms, struct buf *out)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char bytes[4096];
	ssize_t n;

	for (;;) {
		uint64_t now = clock_mono_ms();
		int left = end_ms > now ? (int)(end_ms - now) : 0;
		int ready = poll(&p, 1, left);

		if (ready < 0 && errno == EINTR)
			continue;
		if (ready <= 0)
			return false;
		n = read(fd, bytes, sizeof(bytes));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0;
		(void)buf_add(out, bytes, (size_t)n);
	}
}

struct once {
	int key[2], answer[2];
	pid_t pid;
};

static enum err_code
start_once(struct client *c, struct once *o, const struct secret_key *key,
    struct err *e)
{
	if ((key != NULL && pipe2(o->key, O_CLOEXEC) != 0) ||
	    pipe2(o->answer, O_CLOEXEC) != 0)
		return err_set(e, ERR_IO, errno, "no pipe for %s", DAEMON);
	o->pid = fork();
	if (o->pid == 0)
		become_daemon(c, o->key[0], o->answer[1]);
	(void)close(o->answer[1]);
	o->answer[1] = -1;
	if (o->pid < 0)
		return err_set(
		    e, ERR_IO, errno, "%s cannot be started", DAEMON);
	if (key == NULL)
		return ERR_OK;
	(void)close(o->key[0]);
	o->key[0] = -1;
	/* A pipe takes these few bytes whether they are read or not. */
	return file_write_all(o->key[1], key->b, SECRET_KEY_LEN, e);
}

static void
close_fds(struct once *o)
{
	for (int i = 0; i < 2; i++) {
		if (o->key[i] >= 0)
			(void)close(o->key[i]);
		if (o->answer[i] >= 0)
			(void)close(o->answer[i]);
		o->key[i] = o->answer[i] = -1;
	}
}

/* Wait for the child; its exit status, 127 if it could not be run at all. */
static int
wait_once(pid_t pid, bool is_late)
{
	int status = 0;

	if (is_late)
		(void)kill(pid, SIGTERM);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : STATUS_FAILED;
}

static enum err_code
sync_once(struct client *c, const struct secret_key *key, uint64_t end_ms,
    struct buf *answer, struct err *e)
{
	struct once o = { { -1, -1 }, { -1, -1 }, -1 };
	bool in_time = true;
	enum err_code code = start_once(c, &o, key, e);

	if (o.pid > 0) {
		if (o.key[1] >= 0)
			(void)close(o.key[1]);
		o.key[1] = -1;
		in_time = read_answer(o.answer[0], end_ms, answer);
		c->status = (enum status)wait_once(o.pid, !in_time);
		if (c->status == CHILD_MISSING && code == ERR_OK) {
			c->status = STATUS_FAILED;
			client_next(c,
			    "Install it, or see that it is beside this "
			    "program.");
			code = err_set(e, ERR_IO, 0,
			    "%s, which speaks with the office, was not found",
			    DAEMON);
		}
	}
	close_fds(&o);
	if (code == ERR_OK && !in_time) {
		buf_reset(answer);
		(void)buf_add_str(answer, "{\"outcome\":\"timeout\"}");
	}
	return code;
}

/* Ask the daemon; ERR_NOTFOUND where none runs. */
static enum err_code
ask_daemon(struct client *c, int timeout_ms, struct buf *answer, struct err *e)
{
	char *text = NULL;
	enum err_code code =
	    holder_ask(c->home, "{\"do\":\"sync\"}", timeout_ms, &text, e);

	if (code == ERR_BUSY && e->sys != HOLDER_FULL) {
		(void)buf_add_str(answer, "{\"outcome\":\"timeout\"}");
		return ERR_OK;
	}
	if (code != ERR_OK)
		return code;
	if (strstr(text, "no_daemon") != NULL)
		code = err_set(e, ERR_NOTFOUND, 0, "no daemon runs");
	else
		(void)buf_add_str(answer, text);
	free(text);
	return code;
}

static enum status
status_of_outcome(const char *outcome)
{
	if (strcmp(outcome, "done") == 0)
		return STATUS_DONE;
	if (strcmp(outcome, "refused") == 0)
		return STATUS_REFUSED;
	return STATUS_UNREACHABLE;
}

/* The daemon's own error, as it said it, with its exit status. */
static enum err_code
pass_error(struct client *c, const json_t *error, struct err *e)
{
	static char word[64];

	(void)snprintf(word, sizeof(word), "%s", human_str(error, "word"));
	client_next(c, "%s", human_str(error, "next"));
	return client_fail(c, ERR_IO,
	    c->status != STATUS_DONE ? c->status : STATUS_FAILED, word, e, "%s",
	    human_str(error, "text"));
}

/* Every member of the shape is there, whatever the other side left out. */
static enum err_code
fill_result(
    struct client *c, const struct buf *answer, json_t *result, struct err *e)
{
	static const char *const counts[] = { "round_trips", "sent", "receipts",
		"held", "pulled", "bytes_up", "bytes_down" };
	json_t *json = NULL;
	enum err_code code =
	    json_parse(answer->ptr, answer->len, &answer_limits, &json, e);

	if (code != ERR_OK)
		return err_wrap(e, "the answer of " DAEMON);
	if (json_is_object(json_object_get(json, "error"))) {
		code = pass_error(c, json_object_get(json, "error"), e);
		json_decref(json);
		return code;
	}
	if (json_object_update(result, json) != 0)
		code = err_set(e, ERR_NOMEM, 0, "out of memory");
	json_decref(json);
	if (code == ERR_OK && *human_str(result, "outcome") == '\0')
		return err_set(
		    e, ERR_IO, 0, "the answer of %s has no outcome", DAEMON);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		if (code == ERR_OK && !json_has(result, counts[i]))
			code = json_put_int(result, counts[i], 0, e);
	return code;
}

enum err_code
sync_run(struct client *c, json_t *result, struct err *e)
{
	int64_t seconds = TIMEOUT_DEFAULT_S;
	struct secret_key key;
	struct buf answer;
	bool has_key, json = c->json;
	enum err_code code;

	if ((code = args_get_int(c->args, "timeout", 1, TIMEOUT_MAX_S, &seconds,
	         e)) != ERR_OK ||
	    (code = client_check_enrolled(c, e)) != ERR_OK)
		return code;
	buf_init(&answer, ANSWER_MAX);
	code = ask_daemon(c, (int)seconds * 1000, &answer, e);
	if (code == ERR_NOTFOUND) {
		c->json = true; /* locked is no mistake: what is sealed goes */
		code = client_key(c, &key, e);
		c->json = json;
		has_key = code == ERR_OK;
		if (code == ERR_OK || code == ERR_LOCKED)
			code = sync_once(c, has_key ? &key : NULL,
			    clock_mono_ms() + (uint64_t)seconds * 1000, &answer,
			    e);
		if (has_key)
			secret_wipe(&key, sizeof(key));
	}
	if (code == ERR_OK)
		code = fill_result(c, &answer, result, e);
	if (code == ERR_OK)
		c->status = status_of_outcome(human_str(result, "outcome"));
	buf_wipe(&answer);
	return code == ERR_OK ? status_put_asked(c, result, e) : code;
}

void
sync_human(struct client *c, const json_t *result)
{
	const char *outcome = human_str(result, "outcome");
	const char *text = human_str(result, "text");
	char key[64];

	(void)snprintf(key, sizeof(key), "network.%.40s",
	    strcmp(outcome, "portal") == 0 ? "not_ours" : outcome);
	/* The daemon's sentence says why; the outcome's own says what. */
	if (*text != '\0')
		output_sentence(text);
	else
		output_words(c, key, NULL);
	if (strcmp(outcome, "done") == 0)
		output("Sent %llu, received %llu.\n",
		    (unsigned long long)human_num(result, "sent"),
		    (unsigned long long)human_num(result, "pulled"));
	tell_held(c, human_num(result, "held"));
	status_tell_asked(c, result);
}
