/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_SERVED_OFFICE_H
#define SUPPORT_SERVED_OFFICE_H

#include <jansson.h>
#include <sys/types.h>

#include "common/base/buf.h"
#include "common/base/file.h"
#include "daemon/central/setup/setup.h"
#include "tests/support/check.h"

/*
 * served_office -- the real visitbook-central, serving an office in a fresh
 * folder on loopback, for tests of what it does as a program.  The test program
 * is built with the path of it (CENTRAL_PROGRAM) and starts with served_setup.
 * Everything that fails here fails the test.
 */
struct served {
	struct check_folder folder;
	const char *program;
	char data[FILE_PATH_MAX];
	struct setup_result made;
	pid_t pid; /* of the parent of its processes; 0: not running */
	char devices[64], console[64];
	struct buf root;
	/* Sockets that it is given, devices' first, where it is to bind none;
	 * the test's own. */
	bool is_given;
	int given[2];
};

/* Make an office in a folder and serve it; program is borrowed. */
void served_open(struct served *o, const char *program);
void served_close(struct served *o);

void served_start(struct served *o);
/* The exit status after SIGTERM. */
int served_end(struct served *o);
/* Its process of this name ("engine", "devices", "people"); 0: none. */
pid_t served_child(const struct served *o, const char *what);

/* What a command answers: new, and no error.  served_try: error or not. */
json_t *served_ask(const struct served *o, json_t *request);
json_t *served_try(const struct served *o, json_t *request);

void served_pause(unsigned ms);

#endif
