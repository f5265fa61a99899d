/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_DAEMON_SCENE_H
#define SUPPORT_DAEMON_SCENE_H

#include "tests/support/stub_office.h"

#include <sys/types.h>

struct daemon;
struct schema;

/*
 * daemon_scene -- the daemon and a stub office in one loop.
 *
 * daemon_scene_setup and _teardown are a test's; daemon_scene_start begins the
 * daemon over what lies in the office's folder by then.  Anything that fails
 * fails the test.
 */
struct daemon_scene {
	struct stub_office office;
	struct schema *words;
	struct daemon *d;
	pid_t child;        /* a command under way */
	uint64_t want_done; /* for a condition: the order that is carried out */
};

int daemon_scene_setup(void **state);
int daemon_scene_teardown(void **state);

/* The first wait after a failure, and after a refusal; waits grow to four times
 * the first. */
void daemon_scene_start(
    struct daemon_scene *s, unsigned retry_ms, unsigned refused_ms);

/* For stub_until, with the scene: it waits at the office; it is locked and has
 * nothing to do. */
bool daemon_scene_is_waiting(const void *arg);
bool daemon_scene_is_idle(const void *arg);

#endif
