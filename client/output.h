/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLIENT_OUTPUT_H
#define CLIENT_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct client;

/*
 * output -- what goes to standard output for people.
 *
 * Whatever a text holds, it cannot steer the terminal: control characters but
 * newline and tab are shown as U+FFFD.
 */

/* One JSON object and a newline on standard output.  False when it could not
 * be written. */
bool output_json(const json_t *value);

/* Bring what was printed to where it goes.  False, and it is said on standard
 * error, when it could not be written. */
bool output_end(void);

/* From now on people's text goes to this file; NULL: to standard output. */
void output_to(FILE *file);

/* printf for people.  Arguments are texts as they are stored. */
void output(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* A sentence: first letter large, a full stop at the end. */
void output_sentence(const char *text);
/* A text with lines, each behind this indent. */
void output_text(const char *text, const char *indent);

/* A sentence of the words, "" if there is none: the notes' own, or, where an
 * older bundle is kept with them, the program's. */
const char *output_word(const struct client *c, const char *key);
/* Such a sentence with its {braces} filled in: pairs of name and value, ended
 * by NULL.  Printed with a newline; the key itself where there is none. */
void output_words(const struct client *c, const char *key, ...)
    __attribute__((sentinel));

/* So many records were left out of a list because they were entered in error;
 * says nothing for 0. */
void tell_errors(const struct client *c, uint64_t n);

/* "21 November 2026", "18:05" and both. */
#define OUTPUT_TIME_MAX 48
void output_day(uint64_t unix_ms, char out[static OUTPUT_TIME_MAX]);
void output_clock(uint64_t unix_ms, char out[static OUTPUT_TIME_MAX]);
/* "18:05" today, "18:05 on 22 November 2026" on any other day. */
void output_when(uint64_t unix_ms, char out[static OUTPUT_TIME_MAX]);

/* Borrowed text of a member, "" if it is none. */
const char *output_str(const json_t *obj, const char *key);
/* A member's number, 0 if it is none. */
uint64_t output_num(const json_t *obj, const char *key);

#endif
