/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVE_ALONE_H
#define PROVE_ALONE_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * alone -- processes that fork in the midst of their work on a folder, each as
 * if there were no other: it is told the process id of the first, gets every
 * lock, and what it maps of a file is its own.  One of them runs at a time;
 * what a child does to the folder is undone before its parent goes on.
 *
 *   alone_begin; then alone_fork, the end of the child, alone_undo, as often
 *   as one likes; the parent ends with its process.
 */

/* From now on, in this process and all that come of it; folder (NULL: there is
 * none) is all that they change. */
void alone_begin(const char *folder);
/* How often this process and those before it have changed the folder. */
unsigned long alone_changes(void);
/* As fork; where the parent's descriptors stand is kept. */
pid_t alone_fork(void);
/* Of a child: from now on it only seems to change anything; or does again. */
void alone_pretend(bool pretends);
/* Whether a child has changed the folder since the last fork. */
bool alone_has_changed(void);
/* Keep the folder as it is, before a process that is no child changes it. */
void alone_keep(void);
/* Make the folder what it was at the last fork, and put descriptors back. */
void alone_undo(void);

#endif
