/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_WORKDAYS_H
#define CORE_WORKDAYS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/core/schema.h"

/*
 * workdays -- days, and which of them are worked on: not Saturdays, Sundays
 * and the bank holidays of a nation (schema/holidays).
 *
 * A day is a number: days since 1 January 1970.  Holidays are proclaimed year
 * by year, so a list knows the days that it covers and no others; outside them
 * Saturdays and Sundays alone are left out, and the answer says that it does
 * not know better (is_sure).  All here is pure; h NULL is a list that covers
 * nothing.
 */

#define WORKDAY_TEXT_LEN 10          /* "2026-11-21" */
#define WORKDAY_MAX INT64_C(2932896) /* 31 December 9999 */

/* Read a date that exists; false otherwise. */
bool workday_parse(const char *date, int64_t *day_out);
/* day: of the years 1 to 9999. */
void workday_print(int64_t day, char out[static WORKDAY_TEXT_LEN + 1]);

/* The day that it is in the United Kingdom at this moment, by the summer time
 * of the Summer Time Order 2002. */
int64_t workday_in_uk(uint64_t unix_ms);

/* The day of a date, or of a time in the United Kingdom; false if the text is
 * neither. */
bool workday_of(const char *text, int64_t *day_out);

/* Is it worked on that day? */
bool workday_is(const struct schema_holidays *h, int64_t day);

struct workdays {
	int64_t n;
	bool is_sure; /* the list covers every day that was counted over */
};
/* Working days after `from` up to and with `to`: from a Friday to the Monday
 * it is 1, on the same day 0; negative when `to` is the earlier one. */
struct workdays workdays_between(
    const struct schema_holidays *h, int64_t from, int64_t to);

#endif
