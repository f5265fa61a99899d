/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_LOG_H
#define SYS_LOG_H

#include "common/base/err.h"

/*
 * log -- one line per event on standard error:
 *
 *   2026-11-21T18:05:09.123Z warn sync: batch refused: bad link (n=3)
 *
 * that is time, level, module, what happened, why, and fields.  Under systemd
 * the time is left out and the level is also the "<4>" that the journal
 * reads.  A line is one write, so lines of threads and processes do not mix.
 *
 * Nothing that a person wrote is ever logged, nor a name, a search or a key:
 * ids, counts, sizes, codes and the messages of struct err only.  Whatever a
 * value holds, it stays on its line: controls, quotes and bytes that are not
 * UTF-8 are escaped, and long values cut.
 *
 * Log where the error is handled, never log and return it.
 */
enum log_level {
	LOG_LEVEL_DEBUG,
	LOG_LEVEL_INFO, /* the life of the program: started, stopped */
	LOG_LEVEL_WARN, /* handled, but somebody may want to know */
	LOG_LEVEL_ERROR /* somebody has to do something */
};

/* The environment variable that sets the level where no option does. */
#define LOG_ENV "VISITBOOK_LOG"

/* Choose what is written: word is "debug", "info", "warn", "error", or NULL
 * for the environment's (info without one).  Call once, before threads.
 * ERR_INVALID: no such word. */
enum err_code log_start(const char *word, struct err *e) ERR_CHECKED;

/* Whether lines of that level are written, for fields that cost something. */
int log_wants(enum log_level level);

/* Write a line.  fmt gives the fields: "device=%s n=%zu", words of the form
 * key=%conversion with single spaces between; conversions are %s (NULL is
 * written as -), and %d %u with or without l, ll or z.  fmt may be NULL. */
void log_line(enum log_level level, const char *module, const char *what,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Write a line whose "why" is the message of e, its code and system code the
 * first fields.  A code that passes by itself (ERR_BUSY) is a warning, all
 * others are errors. */
void log_err(const char *module, const char *what, const struct err *e);

#endif
