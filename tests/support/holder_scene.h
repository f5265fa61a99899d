/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_HOLDER_SCENE_H
#define SUPPORT_HOLDER_SCENE_H

#include <sys/types.h>

#include "common/store/holder.h"
#include "tests/support/check.h"

/*
 * holder_scene -- a holder in a child process, as it is in life; the test is
 * its commands.  What the holder is told comes back through a pipe, a letter
 * for each event: u unlocked with the scene's key (v: with another), l locked,
 * c changed, s asked for a sync; at its start r when it listens, b when another
 * does.
 *
 * holder_scene_setup and _teardown are a test's.  Everything that fails here
 * fails the test.
 */
#define HOLDER_SCENE_MS 20000 /* how long anything is waited for */

struct holder_scene {
	struct check_folder folder;
	char home[FILE_PATH_MAX];
	struct err e;
	pid_t pid;     /* the holder */
	int told;      /* what it was told */
	bool has_sync; /* it is a daemon */
};

int holder_scene_setup(void **state);
int holder_scene_teardown(void **state);
#define HOLDER_TEST(f)                                                         \
	cmocka_unit_test_setup_teardown(                                       \
	    f, holder_scene_setup, holder_scene_teardown)

/* Start the scene's holder, which listens then. */
void holder_scene_start(struct holder_scene *s);
/* End it by a signal; by SIGTERM it ends well. */
void holder_scene_end(struct holder_scene *s, int signo);
/* One more holder: its process, and what it is told. */
pid_t holder_scene_fork(const struct holder_scene *s, int *told_out);
/* The next letter, or '-' when none comes. */
char holder_scene_told(int fd, int timeout_ms);
/* Write a letter to a pipe, from a child process. */
void holder_scene_tell(int fd, char what);

struct secret_key holder_scene_key(void);
void holder_scene_unlock(struct holder_scene *s);
void holder_scene_assert_answer(
    struct holder_scene *s, const char *request, const char *answer);

#endif
