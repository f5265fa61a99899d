/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The office in a process of its own, which does what `serve` has its
 * processes do: front and engine, joined by a channel that is made anew when
 * it was lost.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/central/serve/admin.h"
#include "tests/fault/calls.h"
#include "tests/prove/patience.h"
#include "tests/prove/stage_net.h"

#define NET_ENDED 7
#define JOIN_MS 50
#define END_S 10

static struct loop_timer *joining;

static void
on_join(void *arg)
{
	struct err e = { 0 };

	if (cut_office_join(arg, &e) != ERR_OK)
		assert_ok(loop_timer_start(joining, JOIN_MS, &e), &e);
}

/* Not at once: it is called by what is being lost. */
static void
on_lost(struct cut_world *w)
{
	struct err e = { 0 };

	(void)w;
	assert_ok(loop_timer_start(joining, 0, &e), &e);
}

static void
on_command(void *arg)
{
	struct cut_world *w = arg;

	engine_host_wake(w->office.host);
}

/* Asked whether it still goes on; or it is to end. */
static void
on_ask(int fd, unsigned events, void *arg)
{
	struct cut_world *w = arg;
	char asked;

	(void)events;
	if (recv(fd, &asked, 1, 0) != 1)
		loop_stop(w->loop);
	else
		assert_int_equal(send(fd, &asked, 1, MSG_NOSIGNAL), 1);
}

static _Noreturn void
serve(struct net_stage *s, int ask, pid_t parent)
{
	struct cut_world *w = &s->w;
	struct admin_options o = {
		.data = w->office.data, .after = on_command, .arg = w
	};
	struct admin_server *commands = NULL;
	struct loop_fd *watch = NULL;
	struct err e = { 0 };
	enum err_code ran;
	int lock;

	if (s->is_office || !s->is_command)
		fault_calls_take_part();
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
		_exit(1);
	assert_ok(engine_lock(w->office.data, END_S * 1000, &lock, &e), &e);
	assert_ok(loop_new(&w->loop, &e), &e);
	w->office.on_lost = on_lost;
	assert_ok(loop_timer_new(w->loop, on_join, w, &joining, &e), &e);
	cut_office_front(w);
	cut_office_open(w);
	o.engine = w->office.engine;
	assert_ok(admin_server_new(w->loop, &o, &commands, &e), &e);
	assert_ok(loop_fd_new(w->loop, ask, on_ask, w, &watch, &e), &e);
	assert_ok(loop_fd_set(watch, LOOP_READ, &e), &e);
	assert_int_equal(send(ask, "r", 1, 0), 1);
	ran = loop_run(w->loop, &e);
	if (ran != ERR_OK)
		_exit(NET_ENDED);
	w->office.on_lost = NULL;
	admin_server_free(commands);
	cut_office_close(w);
	front_free(w->office.front);
	_exit(0);
}

void
net_office_start(struct net_stage *s)
{
	const pid_t parent = getpid();
	char ready;
	int ends[2];

	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	(void)fflush(NULL);
	s->office = fork();
	assert_true(s->office >= 0);
	if (s->office == 0) {
		(void)close(ends[0]);
		serve(s, ends[1], parent);
	}
	(void)close(ends[1]);
	s->ask = ends[0];
	if (recv(s->ask, &ready, 1, 0) != 1)
		fail_msg("%s", "the office does not start");
}

/* Its loop failed and it ended as it says, or cryptography ended it. */
static bool
may_end(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) == NET_ENDED
	                         : WTERMSIG(status) == SIGABRT;
}

const char *
net_office_end(struct net_stage *s)
{
	int status = 0;

	if (s->office == 0)
		return NULL;
	(void)close(s->ask);
	for (unsigned i = patience_of(END_S * 1000); i > 0; i--) {
		if (waitpid(s->office, &status, WNOHANG) == s->office) {
			s->office = 0;
			break;
		}
		(void)usleep(1000);
	}
	if (s->office != 0) {
		(void)kill(s->office, SIGKILL);
		(void)waitpid(s->office, &status, 0);
		s->office = 0;
		return "the office hangs";
	}
	return status == 0 || may_end(status)
	    ? NULL
	    : "the office's process crashed, or what is asked of it "
	      "afterwards fails";
}

const char *
net_office_again(struct net_stage *s)
{
	char asked = 'r';
	const char *bad;

	if (send(s->ask, &asked, 1, MSG_NOSIGNAL) == 1 &&
	    recv(s->ask, &asked, 1, 0) == 1)
		return NULL;
	bad = net_office_end(s);
	net_office_start(s);
	return bad;
}
