/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/fault/calls_int.h"

#define CALLS_MAX 65536 /* written down of one work */
#define ERRORS_MAX 12   /* of a kind */

struct fault {
	const char *word;
	int error;
	bool lasts;
};

#define LASTS(e)                                                               \
	{                                                                      \
#e, e, true                                                    \
	}
/* What is asked again by its caller fails once. */
#define ONCE(e)                                                                \
	{                                                                      \
#e, e, false                                                   \
	}
#define SHORT                                                                  \
	{                                                                      \
		"short", FAULT_SHORT, false                                    \
	}

static const struct kind {
	const char *word;
	struct fault faults[ERRORS_MAX]; /* ended by one without a word */
} kinds[CALL_KINDS] = {
	[CALL_OPEN] = { "open",
	    { LASTS(EIO), LASTS(ENOSPC), LASTS(EDQUOT), LASTS(EROFS),
	        LASTS(EMFILE), LASTS(ENFILE), LASTS(ENOMEM), LASTS(EACCES),
	        ONCE(EINTR) } },
	[CALL_READ] = { "read",
	    { LASTS(EIO), LASTS(ENOMEM), ONCE(EINTR), SHORT } },
	[CALL_WRITE] = { "write",
	    { LASTS(EIO), LASTS(ENOSPC), LASTS(EDQUOT), LASTS(EROFS),
	        ONCE(EINTR), SHORT } },
	[CALL_SYNC] = { "sync",
	    { LASTS(EIO), LASTS(ENOSPC), LASTS(EDQUOT), LASTS(EROFS),
	        ONCE(EINTR) } },
	[CALL_RESIZE] = { "resize",
	    { LASTS(EIO), LASTS(ENOSPC), LASTS(EDQUOT), LASTS(EROFS),
	        LASTS(EFBIG), ONCE(EINTR) } },
	[CALL_NAME] = { "name",
	    { LASTS(EIO), LASTS(ENOSPC), LASTS(EDQUOT), LASTS(EROFS),
	        LASTS(EACCES), LASTS(ENOMEM) } },
	[CALL_LOCK] = { "lock",
	    { ONCE(ENOLCK), ONCE(EIO), ONCE(EINTR), ONCE(EAGAIN) } },
	[CALL_MAP] = { "mmap",
	    { LASTS(ENOMEM), LASTS(ENFILE), LASTS(EACCES), ONCE(EAGAIN) } },
	[CALL_SOCKET] = { "socket",
	    { LASTS(EMFILE), LASTS(ENFILE), LASTS(ENOMEM), LASTS(ENOBUFS),
	        LASTS(EACCES) } },
	[CALL_CONNECT] = { "connect",
	    { LASTS(ECONNREFUSED), LASTS(ENETUNREACH), LASTS(EHOSTUNREACH),
	        LASTS(ETIMEDOUT), LASTS(EACCES), ONCE(EINTR), ONCE(EAGAIN) } },
	[CALL_ACCEPT] = { "accept",
	    { LASTS(EMFILE), LASTS(ENFILE), LASTS(ENOMEM), LASTS(ENOBUFS),
	        ONCE(ECONNABORTED), ONCE(EINTR), ONCE(EAGAIN) } },
	[CALL_BIND] = { "bind", { LASTS(EADDRINUSE), LASTS(EACCES) } },
	[CALL_SEND] = { "send",
	    { LASTS(EPIPE), LASTS(ECONNRESET), LASTS(ETIMEDOUT),
	        LASTS(ENETUNREACH), LASTS(ENOBUFS), ONCE(EINTR), ONCE(EAGAIN),
	        SHORT } },
	[CALL_RECV] = { "recv",
	    { LASTS(ECONNRESET), LASTS(ETIMEDOUT), LASTS(ENOMEM), ONCE(EINTR),
	        ONCE(EAGAIN), SHORT } },
	[CALL_POLL] = { "poll", { LASTS(ENOMEM), ONCE(EINTR) } },
	[CALL_WATCH] = { "epoll_ctl", { LASTS(ENOMEM), LASTS(ENOSPC) } },
	[CALL_RANDOM] = { "getrandom", { LASTS(ENOSYS), ONCE(EINTR) } },
	[CALL_MEMFD] = { "memfd",
	    { LASTS(EMFILE), LASTS(ENFILE), LASTS(ENOMEM), LASTS(ENOSYS) } },
	[CALL_PIN] = { "mlock",
	    { LASTS(ENOMEM), LASTS(EPERM), LASTS(EAGAIN) } },
	[CALL_FORK] = { "fork", { LASTS(EAGAIN), LASTS(ENOMEM) } },
	[CALL_EXEC] = { "exec", { LASTS(ENOMEM), LASTS(EACCES), LASTS(EIO) } },
};

/* A place, taken apart. */
struct place {
	long call; /* of all that were written down; -1: nowhere */
	long nth;  /* ... of its kind, from 0 on */
	enum call_kind kind;
	const struct fault *fault;
	bool for_good;
};

struct control {
	atomic_bool is_on, has_failed, is_counting, is_for_programs;
	atomic_long calls, asserted;
	/* Of each kind apart: processes that work side by side do not always
	 * take turns in the same way. */
	atomic_long made[CALL_KINDS];
	long at; /* which call of the kind fails; -1: none */
	enum call_kind kind;
	int error;
	bool for_good;
	unsigned char kinds[CALLS_MAX];
	long n; /* of them */
};

static struct control own = { .at = -1 };
static struct control *control = &own;
static bool is_program; /* preloaded */

/* ---- shared memory ---- */

static struct control *
map(int fd)
{
	/* Not by way of what stands before the C library. */
	const long p = syscall(SYS_mmap, NULL, sizeof(struct control),
	    PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return p < 0 && p > -4096 ? NULL : (struct control *)p;
}

void
fault_calls_share(const char *path)
{
	const int fd = (int)syscall(
	    SYS_openat, AT_FDCWD, path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 ||
	    syscall(SYS_ftruncate, fd, (long)sizeof(struct control)) != 0 ||
	    (control = map(fd)) == NULL)
		abort();
	(void)syscall(SYS_close, fd);
	control->at = -1;
}

/* A program that is preloaded with this. */
__attribute__((constructor)) static void
take_part(void)
{
	const char *path = getenv(FAULT_CALLS_ENV);
	struct control *shared;
	int fd;

	if (path == NULL)
		return;
	fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
	if (fd < 0)
		return;
	shared = map(fd);
	if (shared != NULL) {
		control = shared;
		is_program = true;
	}
	(void)syscall(SYS_close, fd);
}

void
fault_calls_take_part(void)
{
	is_program = true;
}

void
fault_calls_in_programs(bool yes)
{
	atomic_store(&control->is_for_programs, yes);
}

/* ---- places ---- */

/* How many places a call of the kind has. */
static long
places_of(enum call_kind kind)
{
	long n = 0;

	for (const struct fault *f = kinds[kind].faults; f->word != NULL; f++)
		n += f->lasts ? 2 : 1;
	return n;
}

long
fault_calls_places(void)
{
	long n = 0;

	for (long i = 0; i < control->n; i++)
		n += places_of((enum call_kind)control->kinds[i]);
	return n;
}

static struct place
place_at(long number)
{
	struct place p = { .call = -1 };

	for (long i = 0; i < control->n; i++) {
		const enum call_kind kind = (enum call_kind)control->kinds[i];
		const long n = places_of(kind);

		if (number >= n) {
			number -= n;
			continue;
		}
		p.call = i;
		for (long k = 0; k < i; k++)
			p.nth += control->kinds[k] == (unsigned char)kind;
		p.kind = kind;
		p.fault = kinds[kind].faults;
		while (number >= (p.fault->lasts ? 2 : 1)) {
			number -= p.fault->lasts ? 2 : 1;
			p.fault++;
		}
		p.for_good = number == 1;
		break;
	}
	return p;
}

/* Does text begin with word?  What follows it, or NULL. */
static const char *
after(const char *text, const char *word)
{
	const size_t n = strlen(word);

	return strncmp(text, word, n) == 0 ? text + n : NULL;
}

/* The place that fault_calls_name told as this. */
static struct place
place_named(const char *name)
{
	struct place p = { .call = -1 };

	for (size_t i = 0; i < CALL_KINDS; i++) {
		const char *rest = after(name, kinds[i].word);
		char *words;

		if (rest == NULL || *rest != ' ')
			continue;
		p.kind = (enum call_kind)i;
		p.nth = strtol(rest, &words, 10);
		for (const struct fault *f = kinds[i].faults;
		     *words == ':' && f->word != NULL; f++) {
			rest = after(words + 2, f->word);
			if (rest == NULL)
				continue;
			p.call = 0;
			p.fault = f;
			p.for_good = after(rest, " from then on") != NULL;
		}
	}
	return p;
}

void
fault_calls_arm(long number)
{
	const char *named = getenv(FAULT_CALLS_PLACE);
	const struct place p = number < 0 ? (struct place){ .call = -1 }
	    : named != NULL               ? place_named(named)
	                                  : place_at(number);

	atomic_store(&control->is_on, false);
	atomic_store(&control->has_failed, false);
	atomic_store(&control->calls, 0);
	for (size_t i = 0; i < CALL_KINDS; i++)
		atomic_store(&control->made[i], 0);
	control->at = p.call < 0 ? -1 : p.nth;
	control->kind = p.kind;
	control->error = p.call < 0 ? 0 : p.fault->error;
	control->for_good = p.for_good;
	atomic_store(&control->is_counting, number == -1);
}

void
fault_calls_on(bool on)
{
	atomic_store(&control->is_on, on);
	if (!on && atomic_load(&control->is_counting)) {
		const long n = atomic_load(&control->calls);

		control->n = n < CALLS_MAX ? n : CALLS_MAX;
	}
}

bool
fault_calls_has_failed(void)
{
	return atomic_load(&control->has_failed);
}

const char *
fault_calls_name(long number)
{
	static char text[96];
	const struct place p = place_at(number);

	if (p.call < 0)
		return "nowhere";
	(void)snprintf(text, sizeof(text), "%s %ld: %s%s (place %ld)",
	    kinds[p.kind].word, p.nth, p.fault->word,
	    p.for_good ? " from then on" : "", number);
	return text;
}

const char *
fault_calls_word(long number)
{
	const struct place p = place_at(number);

	return p.call < 0 ? "none" : p.fault->word;
}

long
fault_calls_asserted(void)
{
	return atomic_load(&control->asserted);
}

// NOLINTBEGIN(bugprone-reserved-identifier): the C library's
/* A preloaded program's end is seen by its parent alone. */
__attribute__((weak)) _Noreturn void
__assert_fail(
    const char *text, const char *file, unsigned line, const char *function)
{
	(void)fprintf(stderr, "%s:%u: %s: Assertion `%s' failed.\n", file, line,
	    function, text);
	(void)atomic_fetch_add(&control->asserted, 1);
	abort();
}
// NOLINTEND(bugprone-reserved-identifier)

/* ---- failing ---- */

/* Does the kind have the error, and for good? */
static bool
has_lasting(enum call_kind kind, int error)
{
	for (const struct fault *f = kinds[kind].faults; f->word != NULL; f++)
		if (f->error == error && f->lasts)
			return true;
	return false;
}

/* Written down, in the order in which they were made. */
static void
write_down(enum call_kind kind)
{
	const long n = atomic_fetch_add(&control->calls, 1);

	if (n < CALLS_MAX)
		control->kinds[n] = (unsigned char)kind;
}

int
fault_calls_now(enum call_kind kind)
{
	long n;

	if (!atomic_load(&control->is_on) ||
	    atomic_load(&control->is_for_programs) != is_program)
		return 0;
	if (atomic_load(&control->is_counting)) {
		write_down(kind);
		return 0;
	}
	n = atomic_fetch_add(&control->made[kind], 1);
	if (control->at < 0)
		return 0;
	if (kind == control->kind && n == control->at) {
		atomic_store(&control->has_failed, true);
		return control->error;
	}
	if (control->for_good && atomic_load(&control->has_failed) &&
	    has_lasting(kind, control->error))
		return control->error;
	return 0;
}
