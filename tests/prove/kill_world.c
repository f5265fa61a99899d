/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/prove/kill_world.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/store/holder.h"
#include "common/sys/json.h"
#include "common/sys/log.h"
#include "common/sys/tcp.h"
#include "daemon/central/serve/admin.h"

#define PASSPHRASE "four words nobody guesses"
#define PASS_FD 9
#define ARGV_MAX 24
#define PATIENCE_MS 30000
#define SAID_MAX ((size_t)4 << 20)

static struct kill_world *running; /* for an end that was not foreseen */

/* ---- programs ---- */

static int
text_fd(const char *text)
{
	const int fd = memfd_create("input", MFD_CLOEXEC);
	struct err e;

	assert_true(fd >= 0);
	assert_ok(file_write_all(fd, text, strlen(text), &e), &e);
	assert_true(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

/* In the child: become the program, which ends when this process does. */
static _Noreturn void
become(const char *program, char **argv, const int fds[static 4], pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
		_exit(126);
	for (int i = 0; i < 3; i++)
		if (dup2(fds[i], i) < 0)
			_exit(126);
	if (dup2(fds[3], PASS_FD) < 0 || close_range(PASS_FD + 1, ~0U, 0) != 0)
		_exit(126);
	(void)execv(program, argv);
	_exit(126);
}

/* out_fd: what becomes its standard output; passed on, not taken. */
static pid_t
start(const char *program, char **argv, const char *input, int out_fd)
{
	int fds[4] = { text_fd(input == NULL ? "" : input), out_fd,
		open("/dev/null", O_WRONLY | O_CLOEXEC), text_fd(PASSPHRASE) };
	const pid_t parent = getpid();
	pid_t pid;

	assert_true(fds[2] >= 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		become(program, argv, fds, parent);
	(void)close(fds[0]);
	(void)close(fds[2]);
	(void)close(fds[3]);
	return pid;
}

struct kill_run
kill_run(struct kill_world *w, const struct kill_device *d, const char *words,
    const char *input)
{
	char home[FILE_PATH_MAX], fd_text[12], *copy = strdup(words);
	char *argv[ARGV_MAX] = { strdup("visitbook") }, *state = NULL;
	size_t n = 1;
	int out[2];
	struct kill_run r;

	(void)w;
	assert_non_null(copy);
	for (char *one = strtok_r(copy, "|", &state); one != NULL;
	     one = strtok_r(NULL, "|", &state))
		argv[n++] = strdup(one);
	(void)snprintf(home, sizeof(home), "%s", d->home);
	(void)snprintf(fd_text, sizeof(fd_text), "%d", PASS_FD);
	argv[n++] = strdup("--home");
	argv[n++] = strdup(home);
	argv[n++] = strdup("--json");
	if (strncmp(words, "enrol", 5) == 0 || strcmp(words, "unlock") == 0) {
		argv[n++] = strdup("--passphrase-fd");
		argv[n++] = strdup(fd_text);
	}
	assert_true(n < ARGV_MAX);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	r = (struct kill_run){
		.pid = start(CLIENT_PROGRAM, argv, input, out[1]), .out = out[0]
	};
	(void)close(out[1]);
	for (size_t i = 0; i < n; i++)
		free(argv[i]);
	free(copy);
	return r;
}

bool
kill_run_is_over(const struct kill_run *r)
{
	siginfo_t info = { .si_pid = 0 };

	return waitid(P_PID, (id_t)r->pid, &info,
	           WEXITED | WNOWAIT | WNOHANG) == 0 &&
	    info.si_pid == r->pid;
}

json_t *
kill_run_end(struct kill_run *r, int *status_out)
{
	const struct json_limits limits = { SAID_MAX, 1000000, 32, false };
	json_t *json = NULL;
	struct buf said;
	struct err e;

	buf_init(&said, SAID_MAX);
	assert_ok(file_read_all(r->out, &said, &e), &e);
	(void)close(r->out);
	while (waitpid(r->pid, status_out, 0) < 0)
		assert_int_equal(errno, EINTR);
	if (said.len == 0 || said.ptr[said.len - 1] != '\n' ||
	    json_parse(said.ptr, said.len - 1, &limits, &json, &e) != ERR_OK)
		json = NULL;
	buf_fini(&said);
	return json;
}

json_t *
kill_ask(struct kill_world *w, const struct kill_device *d, const char *words)
{
	struct kill_run r = kill_run(w, d, words, NULL);
	int status;
	json_t *said = kill_run_end(&r, &status);

	if (status != 0 || said == NULL)
		fail_msg("%s: status %d: %s", words, status,
		    said == NULL ? "" : json_dumps(said, 0));
	return said;
}

bool
kill_progress(pid_t pid, uint64_t *out)
{
	clockid_t clock;
	struct timespec t;

	if (clock_getcpuclockid(pid, &clock) != 0 ||
	    clock_gettime(clock, &t) != 0)
		return false;
	*out = (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
	return true;
}

/* ---- the daemon ---- */

void
kill_daemon_start(struct kill_world *w, struct kill_device *d)
{
	char ready_fd[12] = "1";
	char name[] = "visitbookd", home[] = "--home", conf[] = "--conf",
	     ready_option[] = "--ready-fd";
	char *argv[] = { name, home, d->home, conf, w->conf, ready_option,
		ready_fd, NULL };
	const struct secret_key none = { { 0 } };
	int ready[2];
	char line[32];
	struct err e;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	d->daemon = start(VISITBOOKD_PROGRAM, argv, NULL, ready[1]);
	(void)close(ready[1]);
	if (read(ready[0], line, sizeof(line)) <= 0)
		fail_msg("%s", "visitbookd does not start");
	(void)close(ready[0]);
	if (memcmp(&d->key, &none, sizeof(none)) != 0)
		assert_ok(holder_unlock(d->home, &d->key, 0, &e), &e);
}

void
kill_daemon_end(struct kill_device *d)
{
	int status;

	if (d->daemon == 0)
		return;
	(void)kill(d->daemon, SIGTERM);
	(void)waitpid(d->daemon, &status, 0);
	d->daemon = 0;
}

/* ---- the office ---- */

static json_t *
office_make(
    struct kill_world *w, const char *type, const char *path, const char *value)
{
	return served_ask(&w->office,
	    json_pack("{s:s, s:s, s:[{s:s, s:s}]}", "do", "record new", "type",
	        type, "set", "path", path, "value", value));
}

static void
office_start(struct kill_world *w)
{
	struct served *o = &w->office;
	json_t *person, *of_case;
	struct err e;

	served_open(o, CENTRAL_PROGRAM);
	(void)served_end(o);
	o->is_given = true;
	for (size_t i = 0; i < 2; i++)
		assert_ok(
		    tcp_listen("127.0.0.1:0", &o->given[i], NULL, &e), &e);
	served_start(o);
	json_decref(served_ask(
	    o, json_pack("{s:s, s:s}", "do", "user add", "name", "Ama")));
	person = office_make(w, "person", "full_name", "Betty");
	of_case = office_make(w, "case", "person",
	    json_string_value(json_object_get(person, "id")));
	(void)snprintf(w->of_case, sizeof(w->of_case), "%s",
	    json_string_value(json_object_get(of_case, "id")));
	json_decref(served_ask(o,
	    json_pack("{s:s, s:s, s:s}", "do", "grant add", "user", "Ama",
	        "scope", w->of_case)));
	json_decref(person);
	json_decref(of_case);
}

json_t *
kill_office_ask(const struct kill_world *w, json_t *request)
{
	const uint64_t end = clock_mono_ms() + PATIENCE_MS;
	json_t *answer = NULL;
	struct err e;

	while (admin_ask(w->office.data, request, &answer, &e) != ERR_OK) {
		if (clock_mono_ms() > end)
			fail_msg("the office does not answer: %s", e.msg);
		served_pause(10);
	}
	assert_null(json_object_get(answer, "error"));
	json_decref(request);
	return answer;
}

void
kill_office_again(
    struct kill_world *w, const pid_t *children, size_t n_children)
{
	int status;

	(void)waitpid(w->office.pid, &status, 0);
	/* They are ours since their parent died. */
	for (size_t i = 0; i < n_children; i++)
		if (children[i] > 0)
			(void)waitpid(children[i], &status, 0);
	served_start(&w->office);
}

/* ---- devices ---- */

static void
device_start(struct kill_world *w, struct kill_device *d, const char *name)
{
	json_t *code = served_ask(&w->office,
	    json_pack("{s:s, s:s}", "do", "device code", "user", "Ama"));
	struct holder_lease *lease = NULL;
	char words[256];
	json_t *said;
	struct err e;

	assert_true(file_join(d->home, w->folder.path, name));
	(void)snprintf(words, sizeof(words), "enrol|--office|%s|--code|%s",
	    w->office.devices,
	    json_string_value(json_object_get(code, "code")));
	said = kill_ask(w, d, words);
	(void)snprintf(d->id, sizeof(d->id), "%s",
	    json_string_value(json_object_get(said, "device")));
	json_decref(said);
	json_decref(code);
	kill_daemon_start(w, d);
	json_decref(kill_ask(w, d, "unlock"));
	assert_ok(holder_lease_open(d->home, &d->key, &lease, &e), &e);
	holder_lease_close(lease);
}

/* ---- life ---- */

static void
end_all(void)
{
	if (running == NULL)
		return;
	kill_daemon_end(&running->writer);
	kill_daemon_end(&running->reader);
	if (running->office.pid != 0)
		(void)kill(running->office.pid, SIGTERM);
	running = NULL;
}

void
kill_world_start(struct kill_world *w)
{
	/* An office that was killed is asked again at once. */
	static const char conf[] = "retry-first = 100 ms\nretry-most = 1 s\n";
	static bool is_set_up;
	struct err e;

	*w = (struct kill_world){ .folder = check_folder_new() };
	running = w;
	if (!is_set_up && atexit(end_all) == 0)
		is_set_up = true;
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	assert_int_equal(setenv("XDG_RUNTIME_DIR", w->folder.path, 1), 0);
	assert_int_equal(setenv(LOG_ENV, "error", 0), 0);
	assert_true(file_join(w->conf, w->folder.path, "visitbookd.conf"));
	assert_ok(file_save(w->conf, conf, sizeof(conf) - 1, &e), &e);
	office_start(w);
	device_start(w, &w->writer, "writer");
	device_start(w, &w->reader, "reader");
}

void
kill_world_end(struct kill_world *w)
{
	kill_daemon_end(&w->writer);
	kill_daemon_end(&w->reader);
	served_close(&w->office);
	for (size_t i = 0; i < 2; i++)
		(void)close(w->office.given[i]);
	check_folder_end(&w->folder);
	running = NULL;
}
