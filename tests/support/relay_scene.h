/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_RELAY_SCENE_H
#define SUPPORT_RELAY_SCENE_H

#include <pthread.h>

#include "common/sys/tcp.h"
#include "tests/support/relay.h"

/*
 * relay_scene -- a relay that runs in a thread of the test, and behind it, as
 * the office, a listening socket of the test's own.  Whatever goes wrong fails
 * the test; every wait ends after 10 seconds.
 */
struct relay_scene {
	struct relay *relay;
	pthread_t thread;
	int commands[2];
	int answers[2];
	int office;                 /* listening; -1 when the test closed it */
	struct tcp_address address; /* the office's */
};

void relay_scene_start(struct relay_scene *s);
/* Closing its commands ends the relay. */
void relay_scene_end(struct relay_scene *s);

/* Send a command and read its answer, a line without its end. */
void relay_scene_ask(
    const struct relay_scene *s, const char *command, char answer[static 256]);
/* The same for a command that must be obeyed. */
void relay_scene_tell(const struct relay_scene *s, const char *command);
/* What the relay counts under this name. */
long relay_scene_count(const struct relay_scene *s, const char *name);

/* Connect to the relay as a device does; try: -1, with errno, when refused. */
int relay_scene_connect(const struct relay_scene *s);
int relay_scene_try_connect(const struct relay_scene *s);
/* Take a connection as the office. */
int relay_scene_accept(const struct relay_scene *s);

#endif
