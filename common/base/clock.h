/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * clock -- time of day and elapsed time.
 *
 * Times of day are Unix milliseconds; they are shown and recorded, and decide
 * nothing (promise P2).  Timeouts use the monotonic clock.
 */
uint64_t clock_unix_ms(void);
uint64_t clock_mono_ms(void);

/* "2026-11-21T18:05:09.123Z" */
#define CLOCK_TEXT_LEN 24
struct clock_text {
	char s[CLOCK_TEXT_LEN + 1];
};
struct clock_text clock_print(uint64_t unix_ms);
/* Read that form (milliseconds may be left out); false if it is not one. */
bool clock_parse(const char *text, uint64_t *unix_ms_out);
/* Read what people type: "2026-11-21 18:05" in the machine's time zone, or
 * "2026-11-21T18:05Z".  False if it is neither, or no such time is: the 30th of
 * February, the hour that summer time leaves out. */
bool clock_parse_typed(const char *text, uint64_t *unix_ms_out);

/* The day in the machine's time zone, "2026-11-21": what people call today. */
#define CLOCK_DAY_MAX 11
void clock_day(uint64_t unix_ms, char out[static CLOCK_DAY_MAX]);

/* "21 November 2026, 18:05" in the machine's time zone, for people. */
#define CLOCK_HUMAN_MAX 48
void clock_print_human(uint64_t unix_ms, char out[static CLOCK_HUMAN_MAX]);

#endif
