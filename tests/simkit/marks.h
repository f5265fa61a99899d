/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIMKIT_MARKS_H
#define SIMKIT_MARKS_H

#include <jansson.h>
#include <stddef.h>

/*
 * marks -- the words that fields.h gives to texts: each is written in one place
 * by one person, so wherever it turns up tells what got there.
 */

/* The next "w<number>" in text[*at .. len), which stands as a word of a text
 * does and is no part of a name or a number in some other code; 0: there is
 * none.  *at moves behind it. */
unsigned mark_next(const char *text, size_t len, size_t *at);

/* Tell of each that is in the value, or in something that is in it. */
void marks_in(
    const json_t *value, void (*found)(void *arg, unsigned mark), void *arg);

/* Take out all numbers, times above all, but those of marks, which tell who
 * wrote; gives the length that is left. */
size_t times_hide(char *text, size_t len);

#endif
