/* SPDX-License-Identifier: Apache-2.0 */
#include "common/sys/sandbox.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef VISITBOOK_SANDBOX_SECCOMP
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#endif

/* ---- landlock ---- */

#ifdef VISITBOOK_SANDBOX

/* The kernel's interface as it grew (linux/landlock.h of Debian 12 is of
 * version 2): how much of the structure each version reads, and which rights it
 * knows.  Whatever is named here and allowed by no rule is refused. */
struct ruleset {
	uint64_t files, net, scoped;
};
static const struct {
	unsigned version;
	size_t len;
	struct ruleset rights;
} known[] = {
	{ 6, sizeof(struct ruleset), { 0xffff, 0x3, 0x3 } },
	{ 5, offsetof(struct ruleset, scoped), { 0xffff, 0x3, 0 } },
	{ 4, offsetof(struct ruleset, scoped), { 0x7fff, 0x3, 0 } },
	{ 3, offsetof(struct ruleset, net), { 0x7fff, 0, 0 } },
	{ 2, offsetof(struct ruleset, net), { 0x3fff, 0, 0 } },
	{ 1, offsetof(struct ruleset, net), { 0x1fff, 0, 0 } },
};
#define ASK_VERSION 1U

static unsigned
landlock_version(void)
{
	const long version =
	    syscall(SYS_landlock_create_ruleset, NULL, 0, ASK_VERSION);

	return version > 0 ? (unsigned)version : 0;
}

static enum err_code
landlock_enter(unsigned version, struct err *e)
{
	size_t i = 0;
	long fd, failed;

	while (known[i].version > version)
		i++;
	fd = syscall(
	    SYS_landlock_create_ruleset, &known[i].rights, known[i].len, 0);
	if (fd < 0)
		return err_set(e, ERR_IO, errno, "no landlock ruleset");
	failed =
	    syscall(SYS_landlock_restrict_self, (int)fd, 0) != 0 ? errno : 0;
	(void)close((int)fd); /* nothing was written through it */
	return failed != 0
	    ? err_set(e, ERR_IO, (int)failed, "landlock was not entered")
	    : ERR_OK;
}

#else

static unsigned
landlock_version(void)
{
	return 0;
}

static enum err_code
landlock_enter(unsigned version, struct err *e)
{
	(void)version;
	return err_set(e, ERR_IO, ENOSYS, "this build has no landlock");
}

#endif

/* ---- seccomp ---- */

#ifdef VISITBOOK_SANDBOX_SECCOMP

/* What a loop over sockets needs, and the C library beneath it. */
static const int allowed[] = { SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(write),
	SCMP_SYS(writev), SCMP_SYS(close), SCMP_SYS(close_range),
	SCMP_SYS(accept), SCMP_SYS(accept4), SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg), SCMP_SYS(sendto), SCMP_SYS(sendmsg),
	SCMP_SYS(shutdown), SCMP_SYS(getsockopt), SCMP_SYS(setsockopt),
	SCMP_SYS(getsockname), SCMP_SYS(getpeername), SCMP_SYS(epoll_create1),
	SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait),
	SCMP_SYS(epoll_pwait2), SCMP_SYS(poll), SCMP_SYS(ppoll),
	SCMP_SYS(eventfd2), SCMP_SYS(timerfd_create), SCMP_SYS(timerfd_settime),
	SCMP_SYS(timerfd_gettime), SCMP_SYS(fcntl), SCMP_SYS(munmap),
	SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk), SCMP_SYS(futex),
	SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(sched_yield),
	SCMP_SYS(sched_getaffinity), SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday), SCMP_SYS(time),
	SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep), SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack),
	SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(getppid), SCMP_SYS(getuid),
	SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid),
	SCMP_SYS(getrandom), SCMP_SYS(restart_syscall), SCMP_SYS(exit),
	SCMP_SYS(exit_group) };

/* Nothing here has a use for these: whoever asks is somebody else. */
static const int deadly[] = { SCMP_SYS(execve), SCMP_SYS(execveat),
	SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev), SCMP_SYS(open_by_handle_at),
	SCMP_SYS(pidfd_getfd), SCMP_SYS(bpf), SCMP_SYS(userfaultfd),
	SCMP_SYS(io_uring_setup), SCMP_SYS(keyctl), SCMP_SYS(unshare),
	SCMP_SYS(setns), SCMP_SYS(mount) };

/* 0, or a negative errno. */
static int
add_all(scmp_filter_ctx ctx, uint32_t action, const int *calls, size_t n)
{
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++) {
		/* Negative: this machine has no such call. */
		if (calls[i] >= 0)
			rc = seccomp_rule_add(ctx, action, calls[i], 0);
	}
	return rc;
}

/* Calls that are allowed with some arguments only: memory without code in it,
 * how much waits at a socket, a limit that is read, ending oneself. */
static int
add_some(scmp_filter_ctx ctx)
{
	const uint32_t ok = SCMP_ACT_ALLOW;
	int rc;

	if ((rc = seccomp_rule_add(ctx, ok, SCMP_SYS(mmap), 1,
	         SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0))) != 0 ||
	    (rc = seccomp_rule_add(ctx, ok, SCMP_SYS(mprotect), 1,
	         SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0))) != 0 ||
	    (rc = seccomp_rule_add(ctx, ok, SCMP_SYS(ioctl), 1,
	         SCMP_A1(SCMP_CMP_EQ, FIONREAD))) != 0 ||
	    (rc = seccomp_rule_add(ctx, ok, SCMP_SYS(ioctl), 1,
	         SCMP_A1(SCMP_CMP_EQ, FIONBIO))) != 0 ||
	    (rc = seccomp_rule_add(ctx, ok, SCMP_SYS(prlimit64), 1,
	         SCMP_A2(SCMP_CMP_EQ, 0))) != 0)
		return rc;
	return seccomp_rule_add(ctx, ok, SCMP_SYS(tgkill), 1,
	    SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()));
}

static bool
has_seccomp(void)
{
	return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0;
}

static enum err_code
seccomp_enter(struct err *e)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int rc;

	if (ctx == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	if ((rc = add_all(ctx, SCMP_ACT_ALLOW, allowed,
	         sizeof(allowed) / sizeof(allowed[0]))) == 0 &&
	    (rc = add_all(ctx, SCMP_ACT_KILL_PROCESS, deadly,
	         sizeof(deadly) / sizeof(deadly[0]))) == 0 &&
	    (rc = add_some(ctx)) == 0)
		rc = seccomp_load(ctx);
	seccomp_release(ctx);
	return rc != 0
	    ? err_set(e, ERR_IO, -rc, "the filter of calls was not loaded")
	    : ERR_OK;
}

#else

static bool
has_seccomp(void)
{
	return false;
}

static enum err_code
seccomp_enter(struct err *e)
{
	return err_set(e, ERR_IO, ENOSYS, "this build has no seccomp");
}

#endif

/* ---- both ---- */

struct sandbox_walls
sandbox_available(void)
{
	return (struct sandbox_walls){ .seccomp = has_seccomp(),
		.landlock = landlock_version() };
}

enum err_code
sandbox_enter(struct sandbox_walls *out, struct err *e)
{
	const struct sandbox_walls walls = sandbox_available();
	enum err_code code = ERR_OK;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return err_set(
		    e, ERR_IO, errno, "new rights were not given up");
	/* The filter goes last: it does not let the other one through. */
	if (walls.landlock > 0)
		code = landlock_enter(walls.landlock, e);
	if (code == ERR_OK && walls.seccomp)
		code = seccomp_enter(e);
	if (code == ERR_OK)
		*out = walls;
	return code;
}
