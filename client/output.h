/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLIENT_OUTPUT_H
#define CLIENT_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/core/human.h"

struct client;

/*
 * output -- what goes to standard output for people, and cannot steer the
 * terminal (common/base/terminal.h).
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
/* How the notes' records are told to whoever reads them here; borrows c. */
struct human output_human(struct client *c);
/* As human_word, human_words and human_left_out. */
const char *output_word(const struct client *c, const char *key);
void output_words(const struct client *c, const char *key, ...)
    __attribute__((sentinel));
void tell_left_out(const struct client *c, const json_t *result);
/* The office keeps so many own changes that it could not accept; says nothing
 * for 0. */
void tell_held(const struct client *c, uint64_t n);

#endif
