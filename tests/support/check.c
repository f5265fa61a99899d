/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include <ftw.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "common/base/rng.h"

uint64_t
check_seed(const char *test_name)
{
	const char *given = getenv("VISITBOOK_SEED");
	uint64_t seed;

	if (given != NULL)
		seed = strtoull(given, NULL, 0);
	else
		rng_fill(&seed, sizeof(seed));
	print_message(
	    "%s: VISITBOOK_SEED=%llu\n", test_name, (unsigned long long)seed);
	return seed;
}

int
check_fork(void)
{
	const pid_t parent = getpid();
	const pid_t pid = fork();

	assert_true(pid >= 0);
	/* It may have ended between the two. */
	if (pid == 0 &&
	    (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent))
		_exit(1);
	return pid;
}

struct check_folder
check_folder_new(void)
{
	const char *base = getenv("TMPDIR");
	struct check_folder f;

	(void)snprintf(f.path, sizeof(f.path), "%s/visitbook-test-XXXXXX",
	    base != NULL ? base : "/tmp");
	if (mkdtemp(f.path) == NULL)
		fail_msg("cannot make a folder at %s", f.path);
	return f;
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

void
check_folder_end(struct check_folder *f)
{
	if (nftw(f->path, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
		fail_msg("cannot remove %s", f->path);
}
