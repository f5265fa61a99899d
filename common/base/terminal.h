/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_TERMINAL_H
#define BASE_TERMINAL_H

#include <stdio.h>

/*
 * terminal -- text that others wrote, on somebody's screen.
 *
 * Whatever a text holds, it cannot steer the terminal: control characters but
 * newline and tab, and those that put what stands around them into another
 * order (U+202A to U+202E, U+2066 to U+2069), are shown as U+FFFD.  Letters
 * that are written from the right, and the marks that say so of a place
 * (U+200E, U+200F, U+061C), reorder no more than themselves, and stay.
 */
void terminal_put(FILE *to, const char *text);

#endif
