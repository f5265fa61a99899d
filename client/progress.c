/* SPDX-License-Identifier: Apache-2.0 */
#include "client/progress.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define WORDS_MAX 60
#define DIGITS_MAX 10
/* The start of the line, and: go there and clear to its end (ECMA-48 EL). */
static const char wipe[] = "\r\x1b[K";

static struct {
	char words[WORDS_MAX + 8]; /* "Checking ... " */
	size_t words_len;
	bool is_begun;
	volatile sig_atomic_t seconds; /* shown so far */
} line;

/* One number, as a signal handler may write it. */
static size_t
digits(unsigned n, char out[static DIGITS_MAX])
{
	char turned[DIGITS_MAX];
	size_t len = 0;

	do {
		turned[len++] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0 && len < DIGITS_MAX);
	for (size_t i = 0; i < len; i++)
		out[i] = turned[len - 1 - i];
	return len;
}

static void
on_second(int signo)
{
	char text[sizeof(wipe) + sizeof(line.words) + DIGITS_MAX + 2];
	const int before = errno;
	size_t n = sizeof(wipe) - 1;

	(void)signo;
	line.seconds = line.seconds + 1;
	memcpy(text, wipe, n);
	memcpy(text + n, line.words, line.words_len);
	n += line.words_len;
	n += digits((unsigned)line.seconds, text + n);
	text[n++] = ' ';
	text[n++] = 's';
	n = (size_t)write(STDERR_FILENO, text, n); /* or a line less */
	(void)n;
	errno = before;
}

static void
timer_set(long seconds)
{
	const struct itimerval each = { .it_interval.tv_sec = seconds,
		.it_value.tv_sec = seconds };

	(void)setitimer(ITIMER_REAL, &each, NULL);
}

void
progress_begin(const char *words)
{
	const struct sigaction take = { .sa_handler = on_second,
		.sa_flags = SA_RESTART };

	progress_end();
	if (isatty(STDERR_FILENO) != 1)
		return;
	line.words_len = (size_t)snprintf(
	    line.words, sizeof(line.words), "%.*s ... ", WORDS_MAX, words);
	line.seconds = 0;
	line.is_begun = true;
	(void)sigaction(SIGALRM, &take, NULL);
	timer_set(1);
}

void
progress_pause(void)
{
	if (!line.is_begun)
		return;
	timer_set(0);
	if (line.seconds > 0 &&
	    write(STDERR_FILENO, wipe, sizeof(wipe) - 1) < 0)
		return; /* a terminal that is gone needs no wiping */
}

void
progress_resume(void)
{
	if (line.is_begun)
		timer_set(1);
}

void
progress_end(void)
{
	progress_pause();
	line.is_begun = false;
}
