/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One process that does the work once, and forks at every place: what comes
 * before a place is not done again for it.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/fault/alloc.h"
#include "tests/prove/alone.h"
#include "tests/prove/torture_int.h"

#define HANG_S 60

static struct {
	const struct torture_case *c;
	const struct torture_fault *f;
	struct torture_told *told;
	bool is_child;
	unsigned long changes; /* of the disk, before the next place */
	long live;             /* blocks, before anything was opened */
	int nowhere;           /* where children complain to */
} walk;

/* ---- of a child, whose place has failed ---- */

_Noreturn static void
child_ends(enum err_code code, const struct err *e)
{
	const bool is_done = code == ERR_OK;
	struct torture_told *told = walk.told;
	unsigned long *alike =
	    &told->alike[is_done ? TORTURE_OF_SUCCESS : TORTURE_OF_ERROR]
	                [alone_has_changed()];
	const unsigned each =
	    alone_has_changed() ? TORTURE_CHANGED : TORTURE_ALIKE;
	const bool is_looked_at = (*alike)++ % each == 0;

	walk.f->arm(-2);
	torture_check(walk.c, walk.f, told, e, code, is_looked_at);
	alone_pretend(!is_looked_at);
	walk.c->stage->shut();
	alone_pretend(false);
	if (torture_left() > walk.live)
		torture_check_leak(walk.c, walk.f, told, walk.live);
	told->results[told->at] = is_done ? TORTURE_RODE_OVER : TORTURE_REFUSED;
	_exit(TORTURE_DONE);
}

/* ---- of who walks ---- */

/* Nobody has to know of a child that went well, or ended as others before. */
static bool
is_alike(int status)
{
	struct torture_told *told = walk.told;

	if (status == 0)
		return true;
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT ||
	    !told->is_tried || alone_has_changed() ||
	    told->alike[TORTURE_OF_END][false]++ % TORTURE_ALIKE == 0)
		return false;
	told->results[told->at] = TORTURE_ENDED;
	return true;
}

static void
wait_for(pid_t pid)
{
	struct torture_told *told = walk.told;

	if (waitpid(pid, &told->status, 0) != pid)
		abort();
	if (!is_alike(told->status)) {
		alone_keep();
		(void)raise(SIGSTOP);
	}
	told->is_tried = false;
	alone_undo();
}

/* True in the child that fails at the place `at`. */
static bool
fork_here(void)
{
	struct torture_told *told = walk.told;
	pid_t pid;

	if (alone_changes() != walk.changes)
		memset(told->alike, 0, sizeof(told->alike));
	walk.changes = alone_changes();
	pid = alone_fork();
	if (pid > 0) {
		wait_for(pid);
		return false;
	}
	walk.is_child = true;
	told->is_tried = true;
	alloc_ask(NULL);
	if (getenv("PROVE_STATES") == NULL)
		(void)dup2(walk.nowhere, STDERR_FILENO);
	(void)alarm(HANG_S);
	return true;
}

static enum alloc_answer
at_allocation(long n)
{
	struct torture_told *told = walk.told;

	for (; told->at < told->n && told->places[told->at] / 2 == n;
	     told->at++)
		if (fork_here())
			return told->places[told->at] % 2 == 1
			    ? ALLOC_REFUSE_ALL
			    : ALLOC_REFUSE;
	return ALLOC_GRANT;
}

void
torture_walk(const struct torture_case *c, const struct torture_fault *f,
    struct torture_told *told)
{
	struct err e = { 0 };
	enum err_code code;

	walk.c = c;
	walk.f = f;
	walk.told = told;
	walk.nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
	torture_of(f);
	alone_begin(c->stage->folder == NULL ? NULL : c->stage->folder());
	/* As torture_count did before. */
	torture_begin(c, false);
	(void)torture_state(c, told);
	c->stage->shut();
	walk.live = torture_left();
	torture_begin(c, false);
	f->arm(-1);
	alloc_ask(at_allocation);
	code = torture_work(c, told, &e);
	if (walk.is_child)
		child_ends(code, &e);
	alloc_ask(NULL);
	if (code != ERR_OK)
		torture_is_bad(told, "walked it fails: %s", e.msg);
	told->n_places = f->places();
	if (!hash32_equal(torture_state(c, told), told->after))
		torture_is_bad(told, "walked it ends otherwise");
	c->stage->shut();
	_exit(TORTURE_DONE);
}
