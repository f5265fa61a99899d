/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLIENT_PROGRESS_H
#define CLIENT_PROGRESS_H

/*
 * progress -- on long work, a line on the terminal that says what is going on
 * and for how many seconds, so that nobody takes it for dead.
 *
 * It shows after the first second, on standard error, and only where that is a
 * terminal; it is taken away before anything else is printed.  A timer's signal
 * writes it, so the work knows nothing of it: calls that the signal interrupts
 * go on (SA_RESTART), and waits with a deadline look again.
 */

/* words: what is being done ("Checking everything"), shortened when very long.
 * Ends what an earlier call began. */
void progress_begin(const char *words);
/* Take the line away and stop; legal when nothing was begun. */
void progress_end(void);
/* The same, for the length of a question to the person, and go on. */
void progress_pause(void);
void progress_resume(void);

#endif
