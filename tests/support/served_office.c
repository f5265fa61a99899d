/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/served_office.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/sys/json.h"
#include "common/sys/pki.h"
#include "daemon/central/serve/admin.h"

#define CHILDREN_MAX 8

void
served_pause(unsigned ms)
{
	const struct timespec t = { .tv_sec = ms / 1000,
		.tv_nsec = (long)(ms % 1000) * 1000000L };

	(void)nanosleep(&t, NULL);
}

/* ---- the program ---- */

static void
ready_read(struct served *o, int fd)
{
	char line[256] = "";
	const char *devices, *console;
	size_t len = 0;
	json_t *json;
	struct err e;
	const struct json_limits limits = { sizeof(line), 16, 1, false };

	while (len < sizeof(line) - 1 && read(fd, line + len, 1) == 1 &&
	    line[len] != '\n')
		len++;
	assert_ok(json_parse(line, len, &limits, &json, &e), &e);
	assert_ok(json_get_str(json, "devices", &devices, NULL, &e), &e);
	assert_ok(json_get_str(json, "console", &console, NULL, &e), &e);
	(void)snprintf(o->devices, sizeof(o->devices), "%s", devices);
	(void)snprintf(o->console, sizeof(o->console), "%s", console);
	json_decref(json);
}

/* In the child: the program, which listens where it is told. */
static _Noreturn void
run_bound(const struct served *o, const char *ready_fd)
{
	(void)execl(o->program, "visitbook-central", "--data", o->data, "serve",
	    "--devices", "127.0.0.1:0", "--console", "127.0.0.1:0",
	    "--ready-fd", ready_fd, (char *)NULL);
	_exit(127);
}

/* In the child: the program, which is given its sockets as a service manager
 * gives them. */
static _Noreturn void
run_given(const struct served *o, int ready_fd)
{
	char number[12], pid[24];
	int fds[2], ready = fcntl(ready_fd, F_DUPFD, 16);

	for (int i = 0; i < 2; i++) {
		fds[i] = fcntl(o->given[i], F_DUPFD, 16);
		if (fds[i] < 0)
			_exit(127);
	}
	(void)snprintf(number, sizeof(number), "%d", ready);
	(void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
	if (dup2(fds[0], 3) < 0 || dup2(fds[1], 4) < 0 ||
	    setenv("LISTEN_PID", pid, 1) != 0 ||
	    setenv("LISTEN_FDS", "2", 1) != 0 ||
	    setenv("LISTEN_FDNAMES", "devices:console", 1) != 0)
		_exit(127);
	(void)execl(o->program, "visitbook-central", "--data", o->data, "serve",
	    "--ready-fd", number, (char *)NULL);
	_exit(127);
}

void
served_start(struct served *o)
{
	int ready[2];
	char number[12];

	assert_int_equal(pipe(ready), 0);
	(void)snprintf(number, sizeof(number), "%d", ready[1]);
	o->pid = check_fork();
	if (o->pid == 0) {
		(void)close(ready[0]);
		if (o->is_given)
			run_given(o, ready[1]);
		run_bound(o, number);
	}
	assert_int_equal(close(ready[1]), 0);
	ready_read(o, ready[0]);
	assert_int_equal(close(ready[0]), 0);
}

int
served_end(struct served *o)
{
	int status;

	assert_int_equal(kill(o->pid, SIGTERM), 0);
	assert_int_equal(waitpid(o->pid, &status, 0), o->pid);
	assert_true(WIFEXITED(status));
	o->pid = 0;
	return WEXITSTATUS(status);
}

void
served_open(struct served *o, const char *program)
{
	char path[FILE_PATH_MAX];
	struct setup_options options = { .name = "Office",
		.admins = {
		    { "Ada", crypto_part_str("the first of two admins") },
		    { "Bo", crypto_part_str("the second of two admins") } } };
	struct err e;

	*o =
	    (struct served){ .folder = check_folder_new(), .program = program };
	assert_true(file_join(o->data, o->folder.path, "office"));
	options.data = o->data;
	assert_ok(setup_office(&options, &o->made, &e), &e);
	buf_init(&o->root, PKI_INPUT_MAX);
	assert_true(file_join(path, o->data, "tls/root.pem"));
	assert_ok(file_load(path, &o->root, &e), &e);
	served_start(o);
}

void
served_close(struct served *o)
{
	if (o->pid != 0)
		(void)served_end(o);
	buf_fini(&o->root);
	check_folder_end(&o->folder);
}

/* ---- its processes ---- */

struct child {
	pid_t pid;
	char what[16]; /* "engine", "devices", "people" */
};

static bool
child_read(pid_t pid, pid_t parent, struct child *out)
{
	char path[64], line[512];
	const char *close_paren;
	ssize_t n;
	int fd;
	long ppid;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, line, sizeof(line) - 1);
	(void)close(fd);
	if (n <= 0)
		return false;
	line[n] = '\0';
	close_paren = strrchr(line, ')');
	if (close_paren == NULL || strlen(close_paren) < 5)
		return false;
	ppid = strtol(close_paren + 4, NULL, 10);
	if (ppid != parent)
		return false;
	(void)snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, line, sizeof(line) - 1);
	(void)close(fd);
	if (n <= 0)
		return false;
	line[n] = '\0';
	for (ssize_t i = 0, word = 0; i < n; i++) {
		if (word == 2) {
			(void)snprintf(
			    out->what, sizeof(out->what), "%s", line + i);
			out->pid = pid;
			return true;
		}
		if (line[i] == '\0')
			word++;
	}
	return false;
}

static size_t
children_of(pid_t parent, struct child out[static CHILDREN_MAX])
{
	DIR *dir = opendir("/proc");
	const struct dirent *entry;
	size_t n = 0;

	assert_non_null(dir);
	/* One thread, and a stream of our own. */
	while (n < CHILDREN_MAX &&
	    (entry = readdir(dir)) != NULL) { // NOLINT(concurrency-mt-unsafe)
		const long pid = strtol(entry->d_name, NULL, 10);

		if (pid > 0 && child_read((pid_t)pid, parent, &out[n]))
			n++;
	}
	(void)closedir(dir);
	return n;
}

pid_t
served_child(const struct served *o, const char *what)
{
	struct child all[CHILDREN_MAX];
	const size_t n = children_of(o->pid, all);

	for (size_t i = 0; i < n; i++)
		if (strcmp(all[i].what, what) == 0)
			return all[i].pid;
	return 0;
}

json_t *
served_try(const struct served *o, json_t *request)
{
	json_t *answer = NULL;
	struct err e;

	assert_non_null(request);
	assert_ok(admin_ask(o->data, request, &answer, &e), &e);
	json_decref(request);
	return answer;
}

json_t *
served_ask(const struct served *o, json_t *request)
{
	json_t *answer = served_try(o, request);

	assert_null(json_object_get(answer, "error"));
	return answer;
}
