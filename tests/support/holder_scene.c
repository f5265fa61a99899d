/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/holder_scene.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct told {
	int fd;
	struct holder *h;
};

void
holder_scene_tell(int fd, char what)
{
	if (write(fd, &what, 1) != 1)
		_exit(9);
}

static void
on_unlock(void *arg, const struct secret_key *key)
{
	holder_scene_tell(((struct told *)arg)->fd, key->b[0] == 7 ? 'u' : 'v');
}

static void
on_lock(void *arg)
{
	holder_scene_tell(((struct told *)arg)->fd, 'l');
}

static void
on_changed(void *arg)
{
	holder_scene_tell(((struct told *)arg)->fd, 'c');
}

static void
on_sync(void *arg)
{
	struct told *t = arg;

	holder_scene_tell(t->fd, 's');
	holder_sync_done(t->h, "{\"outcome\":\"done\"}");
}

static void
on_status(void *arg, json_t *into)
{
	(void)arg;
	(void)json_object_set_new(into, "extra", json_string("yes"));
}

static void
on_term(int signo, void *arg)
{
	(void)signo;
	loop_stop(arg);
}

/* The holder's process: 'r' says that it listens, 'b' that another does. */
static void
be_holder(const struct holder_scene *s, int told)
{
	struct told t = { .fd = told };
	struct holder_events events = { .on_unlock = on_unlock,
		.on_lock = on_lock,
		.on_changed = on_changed,
		.on_status = on_status,
		.arg = &t };
	struct loop_signal *term = NULL;
	struct loop *loop = NULL;
	struct err e = { 0 };
	enum err_code code;

	if (s->has_sync)
		events.on_sync = on_sync;
	if (loop_new(&loop, &e) != ERR_OK ||
	    loop_signal_new(loop, SIGTERM, on_term, loop, &term, &e) != ERR_OK)
		_exit(8);
	code = holder_open(loop, s->home, &events, &t.h, &e);
	if (code == ERR_OK)
		holder_scene_tell(told, 'r');
	else
		holder_scene_tell(told, code == ERR_BUSY ? 'b' : 'e');
	if (code == ERR_OK && loop_run(loop, &e) != ERR_OK)
		_exit(7);
	holder_close(code == ERR_OK ? t.h : NULL);
	loop_signal_free(term);
	loop_free(loop);
	_exit(0);
}

char
holder_scene_told(int fd, int timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char what = '-';

	if (poll(&p, 1, timeout_ms) == 1 && read(fd, &what, 1) != 1)
		what = '-';
	return what;
}

pid_t
holder_scene_fork(const struct holder_scene *s, int *told_out)
{
	int ends[2];
	pid_t pid;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)close(ends[0]);
		be_holder(s, ends[1]);
	}
	(void)close(ends[1]);
	*told_out = ends[0];
	return pid;
}

void
holder_scene_start(struct holder_scene *s)
{
	s->pid = holder_scene_fork(s, &s->told);
	assert_int_equal(holder_scene_told(s->told, HOLDER_SCENE_MS), 'r');
}

void
holder_scene_end(struct holder_scene *s, int signo)
{
	int status = 0;

	assert_int_equal(kill(s->pid, signo), 0);
	assert_int_equal(waitpid(s->pid, &status, 0), s->pid);
	if (signo == SIGTERM)
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	(void)close(s->told);
	s->pid = 0;
}

int
holder_scene_setup(void **state)
{
	struct holder_scene *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	s->folder = check_folder_new();
	assert_true(file_join(s->home, s->folder.path, "notes"));
	assert_int_equal(mkdir(s->home, 0700), 0);
	assert_int_equal(setenv("XDG_RUNTIME_DIR", s->folder.path, 1), 0);
	*state = s;
	return 0;
}

int
holder_scene_teardown(void **state)
{
	struct holder_scene *s = *state;

	if (s->pid > 0) {
		(void)kill(s->pid, SIGKILL);
		(void)waitpid(s->pid, NULL, 0);
	}
	check_folder_end(&s->folder);
	free(s);
	return 0;
}

struct secret_key
holder_scene_key(void)
{
	struct secret_key key;

	memset(key.b, 7, sizeof(key.b));
	return key;
}

void
holder_scene_unlock(struct holder_scene *s)
{
	const struct secret_key key = holder_scene_key();

	assert_ok(holder_unlock(s->home, &key, 0, &s->e), &s->e);
	assert_int_equal(holder_scene_told(s->told, HOLDER_SCENE_MS), 'u');
}

void
holder_scene_assert_answer(
    struct holder_scene *s, const char *request, const char *answer)
{
	char *got = NULL;

	assert_ok(
	    holder_ask(s->home, request, HOLDER_SCENE_MS, &got, &s->e), &s->e);
	assert_string_equal(got, answer);
	free(got);
}
