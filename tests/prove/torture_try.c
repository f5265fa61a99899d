/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One process that tries place after place, until it is through or dies.
 */
#include <assert.h>
#include <openssl/crypto.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/sys/crypto_hash.h"
#include "tests/fault/alloc.h"
#include "tests/prove/patience.h"
#include "tests/prove/torture_int.h"

#define STATE_MAX ((size_t)8 << 20)
#define LINES_MAX 8192
#define HANG_S 60
/* More than OpenSSL's queue of errors, each with names that are allocated. */
#define LEAK_TRIES 20
/* Digits in a row that are a time; of hexadecimal digits or base64, a hash. */
#define LONG_NUMBER 9
#define LONG_HEX 32
#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

static const struct torture_fault *fault;
static bool is_on;

void
torture_of(const struct torture_fault *f)
{
	fault = f;
}

static void
switch_on(bool on)
{
	is_on = on;
	if (fault != NULL) /* else nothing fails */
		fault->on(on);
}

bool
torture_pause(void)
{
	const bool was_on = is_on;

	if (was_on)
		switch_on(false);
	return was_on;
}

void
torture_resume(void)
{
	switch_on(true);
}

bool
torture_is_on(void)
{
	return is_on;
}

_Noreturn void
torture_is_bad(struct torture_told *told, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(told->bad, sizeof(told->bad), format, ap);
	va_end(ap);
	_exit(TORTURE_BAD);
}

/* ---- states ---- */

/* What differs between two runs of the same work: ids, hashes, times. */
static void
plain(const char *line, struct buf *out)
{
	while (*line != '\0') {
		const size_t hex = strspn(line, DIGITS "abcdefABCDEF-"),
		             bytes = strspn(line, DIGITS LETTERS "+/="),
		             digits = strspn(line, DIGITS),
		             n = bytes > hex ? bytes : hex;

		if (n >= LONG_HEX || digits >= LONG_NUMBER) {
			(void)buf_add_char(out, '#');
			line += n >= LONG_HEX ? n : digits;
		} else if (digits > 0) {
			(void)buf_add(out, line, digits);
			line += digits;
		} else {
			(void)buf_add_char(out, *line++);
		}
	}
	(void)buf_add_char(out, '\n');
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Cut text into lines, at most max; how many. */
static size_t
cut(char *text, const char **lines, size_t max)
{
	size_t n = 0;

	while (*text != '\0') {
		char *end = strchr(text, '\n');

		if (n == max)
			abort();
		lines[n++] = text;
		if (end == NULL)
			break;
		*end = '\0';
		text = end + 1;
	}
	return n;
}

/* A state's lines in order, without what differs each time; *bad_out is one
 * that is a broken promise, or NULL, in text. */
static struct hash32
state_hash(char *text, const char **bad_out)
{
	static const char *lines[LINES_MAX];
	const size_t n = cut(text, lines, LINES_MAX);
	struct buf sorted;
	struct hash32 hash;

	*bad_out = NULL;
	buf_init(&sorted, STATE_MAX);
	for (size_t i = 0; i < n; i++)
		if (strncmp(lines[i], "BAD", 3) == 0)
			*bad_out = lines[i];
	qsort(lines, n, sizeof(lines[0]), by_text);
	for (size_t i = 0; i < n; i++)
		plain(lines[i], &sorted);
	hash = crypto_sha256(sorted.ptr, sorted.len);
	if (getenv("PROVE_STATES") != NULL)
		(void)fprintf(stderr, "--- state\n%s", sorted.ptr);
	buf_fini(&sorted);
	return hash;
}

struct hash32
torture_state(const struct torture_case *c, struct torture_told *told)
{
	struct hash32 hash = { 0 };
	const char *bad = NULL;
	struct buf text;

	if (c->stage->state == NULL)
		return hash;
	buf_init(&text, STATE_MAX);
	c->stage->state(&text);
	if (text.bad != ERR_OK)
		abort();
	hash = state_hash(text.ptr, &bad);
	if (bad != NULL)
		torture_is_bad(told, "%s", bad);
	buf_fini(&text);
	return hash;
}

/* ---- one try ---- */

void
torture_begin(const struct torture_case *c, bool hangs)
{
	(void)alarm(hangs ? patience_of(HANG_S) : 0);
	if (c->stage->restore != NULL)
		c->stage->restore();
	c->stage->open();
}

/* With nothing failing the work succeeds and all is done. */
static void
work_again(const struct torture_case *c, struct torture_told *told)
{
	struct hash32 now;
	struct err e = { 0 };
	const enum err_code code = c->work(&e);

	if (code != ERR_OK)
		torture_is_bad(told, "the same work afterwards fails: %s: %s",
		    err_word(code), e.msg);
	now = torture_state(c, told);
	if (told->has_states && !hash32_equal(now, told->after))
		torture_is_bad(told, "the same work afterwards ends otherwise");
}

static void
check_code(const struct torture_case *c, const struct torture_fault *f,
    struct torture_told *told, const struct err *e, enum err_code code)
{
	const unsigned errors =
	    f->errors | c->errors | (f->is_memory ? c->stage->errors : 0);

	if ((TORTURE_ERR(code) & errors) == 0)
		torture_is_bad(
		    told, "told as \"%s\": %s", err_word(code), e->msg);
}

static void
check_error(const struct torture_case *c, const struct torture_fault *f,
    struct torture_told *told, const struct err *e)
{
	const bool is_opened_again =
	    c->stage->is_open && told->places[told->at] / 2 % 2 == 1;
	struct hash32 now;

	if (is_opened_again) {
		c->stage->shut();
		c->stage->open();
	}
	now = torture_state(c, told);
	/* What the disk was told to keep may be kept although it failed. */
	if ((c->may_be_done || c->has_steps || !f->is_memory) &&
	    hash32_equal(now, told->after))
		return;
	if (!c->has_steps && !hash32_equal(now, told->before))
		torture_is_bad(told,
		    "it was told that this failed (%s), and %s", e->msg,
		    hash32_equal(now, told->after) ? "it was done"
		                                   : "it is half done");
	work_again(c, told);
}

/* Of several steps the last may follow when the work is asked for again. */
static void
check_done(const struct torture_case *c, struct torture_told *told)
{
	if (hash32_equal(torture_state(c, told), told->after))
		return;
	if (!c->has_steps)
		torture_is_bad(
		    told, "it was told that this is done, and it is not");
	work_again(c, told);
}

void
torture_check(const struct torture_case *c, const struct torture_fault *f,
    struct torture_told *told, const struct err *e, enum err_code code,
    bool is_looked_at)
{
	if (code != ERR_OK)
		check_code(c, f, told, e, code);
	if (is_looked_at && code != ERR_OK)
		check_error(c, f, told, e);
	else if (is_looked_at)
		check_done(c, told);
}

enum err_code
torture_work(
    const struct torture_case *c, struct torture_told *told, struct err *e)
{
	enum err_code code;

	told->is_tried = true;
	switch_on(true);
	code = c->work(e);
	switch_on(false);
	told->is_tried = false;
	return code;
}

static enum torture_result
try_once(const struct torture_case *c, const struct torture_fault *f,
    struct torture_told *told, bool is_looked_at)
{
	enum torture_result result = TORTURE_NOTHING;
	struct err e = { 0 };
	enum err_code code;

	torture_begin(c, true);
	f->arm(told->places[told->at]);
	code = torture_work(c, told, &e);
	if (f->has_failed())
		result = code == ERR_OK ? TORTURE_RODE_OVER : TORTURE_REFUSED;
	f->arm(-2);
	if (code != ERR_OK && result == TORTURE_NOTHING)
		torture_is_bad(told, "it failed by itself: %s", e.msg);
	torture_check(c, f, told, &e, code, is_looked_at);
	c->stage->shut();
	(void)alarm(0);
	return result;
}

long
torture_left(void)
{
	OPENSSL_thread_stop();
	return alloc_live();
}

/* What is left allocated each time is lost; what is left the first time may be
 * a library's for good. */
void
torture_check_leak(const struct torture_case *c, const struct torture_fault *f,
    struct torture_told *told, long before)
{
	for (int i = 0; i < LEAK_TRIES && torture_left() > before; i++) {
		before = torture_left();
		(void)try_once(c, f, told, false);
	}
	if (torture_left() > before)
		torture_is_bad(told, "%ld blocks are left allocated each time",
		    torture_left() - before);
}

// NOLINTBEGIN(bugprone-reserved-identifier): the C library's
/* An assertion that does not hold is no end on purpose. */
_Noreturn void
__assert_fail(
    const char *text, const char *file, unsigned line, const char *function)
{
	(void)fprintf(stderr, "%s:%u: %s: %s does not hold\n", file, line,
	    function, text);
	_exit(TORTURE_ASSERT);
}
// NOLINTEND(bugprone-reserved-identifier)

void
torture_try(const struct torture_case *c, const struct torture_fault *f,
    struct torture_told *told)
{
	fault = f;
	for (; told->at < told->n; told->at++)
		told->results[told->at] = (uint8_t)try_once(c, f, told, true);
	_exit(TORTURE_DONE);
}

void
torture_count(const struct torture_case *c, const struct torture_fault *f,
    struct torture_told *told)
{
	struct err e = { 0 };

	fault = f;
	torture_begin(c, true);
	told->before = torture_state(c, told);
	c->stage->shut();
	torture_begin(c, true);
	f->arm(-1);
	switch_on(true);
	if (c->work(&e) != ERR_OK)
		torture_is_bad(told, "undisturbed it fails: %s", e.msg);
	switch_on(false);
	told->n_places = f->places();
	told->after = torture_state(c, told);
	told->has_states = true;
	c->stage->shut();
	_exit(TORTURE_DONE);
}

void
torture_look(const struct torture_case *c, struct torture_told *told)
{
	struct hash32 now;

	(void)alarm(patience_of(HANG_S));
	c->stage->open();
	now = torture_state(c, told);
	if (!c->has_steps && !hash32_equal(now, told->before) &&
	    !hash32_equal(now, told->after))
		torture_is_bad(told,
		    "the program ended on purpose and left it half "
		    "done");
	if (!hash32_equal(now, told->after))
		work_again(c, told);
	_exit(TORTURE_DONE);
}
