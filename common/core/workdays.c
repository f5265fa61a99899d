/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/workdays.h"

#include "common/base/clock.h"
#include "common/core/schema_int.h"

#define HOUR_MS ((uint64_t)3600 * 1000)
#define DAY_MS (24 * HOUR_MS)
#define DAYS_IN_ERA 146097  /* 400 years */
#define DAYS_TO_1970 719468 /* from 1 March of the year 0 */

struct civil {
	int64_t year;
	unsigned month, day; /* from 1 */
};

/* Years are counted from 1 March, so that the leap day is a year's last. */
static int64_t
day_of(struct civil c)
{
	const int64_t year = c.year - (c.month <= 2 ? 1 : 0);
	const int64_t era = year / 400, in_era = year % 400;
	const int64_t month = (c.month + 9) % 12;

	return era * DAYS_IN_ERA + in_era * 365 + in_era / 4 - in_era / 100 +
	    (153 * month + 2) / 5 + c.day - 1 - DAYS_TO_1970;
}

static struct civil
civil_of(int64_t day)
{
	const int64_t z = day + DAYS_TO_1970;
	const int64_t era = z / DAYS_IN_ERA, in_era = z % DAYS_IN_ERA;
	const int64_t years =
	    (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	const int64_t in_year =
	    in_era - (365 * years + years / 4 - years / 100);
	const int64_t month = (5 * in_year + 2) / 153;
	struct civil c = { .year = era * 400 + years,
		.month = (unsigned)(month < 10 ? month + 3 : month - 9),
		.day = (unsigned)(in_year - (153 * month + 2) / 5 + 1) };

	c.year += c.month <= 2 ? 1 : 0;
	return c;
}

bool
workday_parse(const char *date, int64_t *day_out)
{
	unsigned part[3] = { 0 };
	size_t at = 0;

	if (!schema_date_is_ok(date))
		return false;
	for (size_t i = 0; i < WORKDAY_TEXT_LEN; i++) {
		if (date[i] == '-')
			at++;
		else
			part[at] = part[at] * 10 + (unsigned)(date[i] - '0');
	}
	*day_out = day_of((struct civil){ part[0], part[1], part[2] });
	return true;
}

void
workday_print(int64_t day, char out[static WORKDAY_TEXT_LEN + 1])
{
	const struct civil c = civil_of(day);
	const unsigned year = (unsigned)c.year % 10000;

	out[0] = (char)('0' + year / 1000);
	out[1] = (char)('0' + year / 100 % 10);
	out[2] = (char)('0' + year / 10 % 10);
	out[3] = (char)('0' + year % 10);
	out[4] = out[7] = '-';
	out[5] = (char)('0' + c.month / 10);
	out[6] = (char)('0' + c.month % 10);
	out[8] = (char)('0' + c.day / 10);
	out[9] = (char)('0' + c.day % 10);
	out[10] = '\0';
}

/* Monday is 0; 1 January 1970 was a Thursday.  Days here are after year 0. */
static int64_t
since_monday(int64_t day)
{
	return day + 3 + INT64_C(7) * 200000;
}

/* 01:00 UTC on the last Sunday of a month that has 31 days. */
static uint64_t
last_sunday(int64_t year, unsigned month)
{
	const int64_t last = day_of((struct civil){ year, month, 31 });

	return (uint64_t)(last - (since_monday(last) + 1) % 7) * DAY_MS +
	    HOUR_MS;
}

int64_t
workday_in_uk(uint64_t unix_ms)
{
	const int64_t day = (int64_t)(unix_ms / DAY_MS);
	const int64_t year = civil_of(day).year;
	const bool is_summer =
	    unix_ms >= last_sunday(year, 3) && unix_ms < last_sunday(year, 10);

	return (int64_t)((unix_ms + (is_summer ? HOUR_MS : 0)) / DAY_MS);
}

bool
workday_of(const char *text, int64_t *day_out)
{
	uint64_t ms = 0;

	if (workday_parse(text, day_out))
		return true;
	if (!clock_parse(text, &ms))
		return false;
	*day_out = workday_in_uk(ms);
	return true;
}

/* How many days of the list are before this one. */
static int64_t
holidays_before(const struct schema_holidays *h, int64_t day)
{
	size_t low = 0, high = h == NULL ? 0 : h->days_n;

	while (low < high) {
		const size_t mid = low + (high - low) / 2;

		if (h->days[mid].day < day)
			low = mid + 1;
		else
			high = mid;
	}
	return (int64_t)low;
}

static bool
is_weekday(int64_t day)
{
	return since_monday(day) % 7 < 5;
}

bool
workday_is(const struct schema_holidays *h, int64_t day)
{
	return is_weekday(day) &&
	    holidays_before(h, day + 1) == holidays_before(h, day);
}

/* Mondays to Fridays up to and with a day, from some day long ago on. */
static int64_t
weekdays_upto(int64_t day)
{
	const int64_t n = since_monday(day), rest = n % 7 + 1;

	return n / 7 * 5 + (rest < 5 ? rest : 5);
}

struct workdays
workdays_between(const struct schema_holidays *h, int64_t from, int64_t to)
{
	const int64_t low = from < to ? from : to;
	const int64_t high = from < to ? to : from;
	struct workdays w = { .n = weekdays_upto(high) - weekdays_upto(low) };

	/* No list has a Saturday or a Sunday (schema_load_holidays). */
	w.n -= holidays_before(h, high + 1) - holidays_before(h, low + 1);
	w.is_sure =
	    low == high || (h != NULL && low + 1 >= h->from && high <= h->to);
	if (from > to)
		w.n = -w.n;
	return w;
}
