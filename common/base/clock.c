/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/clock.h"

static uint64_t
clock_ms(clockid_t which)
{
	struct timespec ts;

	if (clock_gettime(which, &ts) != 0 || ts.tv_sec < 0)
		return 0;
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

uint64_t
clock_unix_ms(void)
{
	return clock_ms(CLOCK_REALTIME);
}

uint64_t
clock_mono_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

struct clock_text
clock_print(uint64_t unix_ms)
{
	struct clock_text t;
	time_t s = (time_t)(unix_ms / 1000);
	struct tm tm = { 0 };
	char date[20];

	if (gmtime_r(&s, &tm) == NULL ||
	    strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm) == 0)
		(void)snprintf(date, sizeof(date), "1970-01-01T00:00:00");
	(void)snprintf(
	    t.s, sizeof(t.s), "%s.%03uZ", date, (unsigned)(unix_ms % 1000));
	return t;
}

/* Two decimal digits at p, or -1. */
static int
two_digits(const char *p)
{
	if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9')
		return -1;
	return (p[0] - '0') * 10 + (p[1] - '0');
}

bool
clock_parse(const char *text, uint64_t *unix_ms_out)
{
	static const char form[] = "0000-00-00T00:00:00";
	size_t len = strnlen(text, CLOCK_TEXT_LEN + 1);
	struct tm tm = { 0 };
	uint64_t ms = 0;
	int day, seconds;
	time_t s;

	if (len != 20 && len != CLOCK_TEXT_LEN)
		return false;
	for (size_t i = 0; i < sizeof(form) - 1; i++)
		if (form[i] == '0' ? text[i] < '0' || text[i] > '9'
		                   : text[i] != form[i])
			return false;
	if (text[len - 1] != 'Z')
		return false;
	if (len == CLOCK_TEXT_LEN) {
		int hundredths = two_digits(text + 20);

		if (text[19] != '.' || hundredths < 0 || text[22] < '0' ||
		    text[22] > '9')
			return false;
		ms = (uint64_t)hundredths * 10 + (uint64_t)(text[22] - '0');
	}
	tm.tm_year = two_digits(text) * 100 + two_digits(text + 2) - 1900;
	tm.tm_mon = two_digits(text + 5) - 1;
	tm.tm_mday = two_digits(text + 8);
	tm.tm_hour = two_digits(text + 11);
	tm.tm_min = two_digits(text + 14);
	day = tm.tm_mday;
	seconds = two_digits(text + 17);
	if (tm.tm_mon < 0 || tm.tm_mon > 11 || day < 1 || day > 31 ||
	    tm.tm_hour > 23 || tm.tm_min > 59 || seconds > 60)
		return false;
	s = timegm(&tm);
	/* The 30th of February would be some day of March. */
	if (s < 0 || tm.tm_mday != day)
		return false;
	*unix_ms_out = (uint64_t)(s + seconds) * 1000 + ms;
	return true;
}

void
clock_print_human(uint64_t unix_ms, char out[static CLOCK_HUMAN_MAX])
{
	static const char *const months[] = { "January", "February", "March",
		"April", "May", "June", "July", "August", "September",
		"October", "November", "December" };
	time_t s = (time_t)(unix_ms / 1000);
	struct tm tm = { 0 };

	if (localtime_r(&s, &tm) == NULL || tm.tm_mon < 0 || tm.tm_mon > 11) {
		(void)snprintf(out, CLOCK_HUMAN_MAX, "an unknown time");
		return;
	}
	(void)snprintf(out, CLOCK_HUMAN_MAX, "%d %s %d, %02d:%02d", tm.tm_mday,
	    months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min);
}

void
clock_day(uint64_t unix_ms, char out[static CLOCK_DAY_MAX])
{
	const time_t s = (time_t)(unix_ms / 1000);
	struct tm tm;

	if (localtime_r(&s, &tm) == NULL ||
	    strftime(out, CLOCK_DAY_MAX, "%Y-%m-%d", &tm) == 0)
		(void)snprintf(out, CLOCK_DAY_MAX, "1970-01-01");
}

static bool
parse_local(const char *text, uint64_t *unix_ms_out)
{
	struct tm tm = { .tm_isdst = -1 }, asked;
	int used = 0;
	time_t t;

	/* NOLINTNEXTLINE(cert-err34-c): digits are bounded and checked */
	if (sscanf(text, "%4d-%2d-%2d %2d:%2d%n", &tm.tm_year, &tm.tm_mon,
	        &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &used) != 5 ||
	    text[used] != '\0' || tm.tm_mon < 1 || tm.tm_mon > 12 ||
	    tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_hour > 23 ||
	    tm.tm_min > 59 || tm.tm_year < 1900)
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	asked = tm;
	t = mktime(&tm);
	/* The 30th of February, and the hour that summer time leaves out,
	 * would be some other time. */
	if (t < 0 || tm.tm_mday != asked.tm_mday ||
	    tm.tm_hour != asked.tm_hour || tm.tm_min != asked.tm_min)
		return false;
	*unix_ms_out = (uint64_t)t * 1000;
	return true;
}

bool
clock_parse_typed(const char *text, uint64_t *unix_ms_out)
{
	char with_seconds[CLOCK_TEXT_LEN + 1];

	if (parse_local(text, unix_ms_out))
		return true;
	if (strlen(text) != 17 || text[16] != 'Z')
		return false;
	(void)snprintf(with_seconds, sizeof(with_seconds), "%.16s:00Z", text);
	return clock_parse(with_seconds, unix_ms_out);
}
