/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_TERMINAL_H
#define BASE_TERMINAL_H

#include <stdio.h>

/*
 * terminal -- text that others wrote, on somebody's screen.
 *
 * Whatever a text holds, it cannot steer the terminal: control characters but
 * newline and tab, and those that turn round the direction of writing (U+202D,
 * U+202E), are shown as U+FFFD.
 */
void terminal_put(FILE *to, const char *text);

#endif
