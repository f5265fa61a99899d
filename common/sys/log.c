/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line is built in a buffer of fixed size and written at once.  Fields are
 * formatted here one by one, instead of by vsnprintf as a whole, so that each
 * value can be escaped.
 */
#include "common/sys/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/utf8.h"

/* Below PIPE_BUF (4096), so that a write to a pipe is not split. */
#define LINE_MAX_LEN 1024
/* A value's share: err messages are up to 255 bytes. */
#define VALUE_MAX 280

struct line {
	char s[LINE_MAX_LEN];
	size_t len;
};

static const char *const level_words[] = {
	[LOG_LEVEL_DEBUG] = "debug",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_WARN] = "warn",
	[LOG_LEVEL_ERROR] = "error",
};
#define LEVEL_N (sizeof(level_words) / sizeof(level_words[0]))

/* Set by log_start, before threads; read-only afterwards. */
static enum log_level lowest = LOG_LEVEL_INFO;
static bool to_journal;

/* True if standard error is the socket that systemd names in the
 * environment as "device:inode". */
static bool
is_journal(void)
{
	const char *text = getenv("JOURNAL_STREAM");
	char ours[48];
	struct stat st;

	if (text == NULL || fstat(STDERR_FILENO, &st) != 0)
		return false;
	(void)snprintf(ours, sizeof(ours), "%ju:%ju", (uintmax_t)st.st_dev,
	    (uintmax_t)st.st_ino);
	return strcmp(ours, text) == 0;
}

enum err_code
log_start(const char *word, struct err *e)
{
	if (word == NULL)
		word = getenv(LOG_ENV);
	if (word == NULL)
		word = level_words[LOG_LEVEL_INFO];
	for (size_t i = 0; i < LEVEL_N; i++) {
		if (strcmp(word, level_words[i]) != 0)
			continue;
		lowest = (enum log_level)i;
		to_journal = is_journal();
		return ERR_OK;
	}
	return err_set(e, ERR_INVALID, 0,
	    "the log level is debug, info, warn or error, not \"%.40s\"", word);
}

int
log_wants(enum log_level level)
{
	return level >= lowest;
}

/* Append, whole or not at all, leaving room for ")\n". */
static void
add(struct line *l, const char *s, size_t len)
{
	if (len > sizeof(l->s) - 2 - l->len)
		return;
	memcpy(l->s + l->len, s, len);
	l->len += len;
}

static void
add_str(struct line *l, const char *s)
{
	add(l, s, strlen(s));
}

/* How many bytes at s form one character that may stand in a line as it is;
 * 0 if the byte there must be escaped. */
static size_t
plain_len(const char *s, size_t left, bool quoted)
{
	unsigned char c = (unsigned char)*s;

	if (c >= 0x80) {
		for (size_t n = 2; n <= 4 && n <= left; n++)
			if (utf8_is_text(s, n))
				/* U+0080 to U+009F are controls too. */
				return c == 0xc2 && (unsigned char)s[1] < 0xa0
				    ? 0
				    : n;
		return 0;
	}
	if (c < 0x20 || c == 0x7f || c == '\\' || (quoted && c == '"'))
		return 0;
	return 1;
}

/* Append text with everything escaped that could end the line or a quote. */
static void
add_escaped(struct line *l, const char *s, bool quoted)
{
	size_t len = strnlen(s, VALUE_MAX);
	char escape[5];

	for (size_t i = 0; i < len;) {
		size_t n = plain_len(s + i, len - i, quoted);

		if (n > 0) {
			add(l, s + i, n);
			i += n;
			continue;
		}
		(void)snprintf(
		    escape, sizeof(escape), "\\x%02x", (unsigned char)s[i]);
		add_str(l, escape);
		i++;
	}
	if (s[len] != '\0')
		add_str(l, "...");
}

/* Append a field's value, in quotes unless it is one simple word. */
static void
add_value(struct line *l, const char *s)
{
	static const char simple[] = "abcdefghijklmnopqrstuvwxyz"
	                             "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                             "0123456789._:/@+-";
	bool bare = *s != '\0' && s[strspn(s, simple)] == '\0';

	if (!bare)
		add_str(l, "\"");
	add_escaped(l, s, !bare);
	if (!bare)
		add_str(l, "\"");
}

/* Fetch the argument of the conversion at *p (just after the '%') and append
 * it; *p moves behind the conversion. */
static void
add_conversion(struct line *l, const char **p, va_list *ap)
{
	char text[24] = "";
	const char *s = text;
	unsigned longs = 0;
	bool is_size = false, is_signed;

	for (; **p == 'l' || **p == 'z'; (*p)++) {
		longs += **p == 'l';
		is_size = is_size || **p == 'z';
	}
	is_signed = **p == 'd';
	/* The analyzer loses sight of a va_list behind a pointer. */
	/* NOLINTBEGIN(clang-analyzer-valist.Uninitialized) */
	if (**p == 's') {
		s = va_arg(*ap, const char *);
		s = s != NULL ? s : "-";
	} else if (is_signed) {
		long long v = longs == 2    ? va_arg(*ap, long long)
		    : longs == 1 || is_size ? va_arg(*ap, long)
		                            : va_arg(*ap, int);

		(void)snprintf(text, sizeof(text), "%lld", v);
	} else {
		unsigned long long v = longs == 2
		    ? va_arg(*ap, unsigned long long)
		    : longs == 1 || is_size ? va_arg(*ap, unsigned long)
		                            : va_arg(*ap, unsigned);

		(void)snprintf(text, sizeof(text), "%llu", v);
	}
	/* NOLINTEND(clang-analyzer-valist.Uninitialized) */
	(*p)++;
	add_value(l, s);
}

static void
start_line(
    struct line *l, enum log_level level, const char *module, const char *what)
{
	/* The priorities of syslog. */
	static const char *const priorities[] = {
		[LOG_LEVEL_DEBUG] = "<7>",
		[LOG_LEVEL_INFO] = "<6>",
		[LOG_LEVEL_WARN] = "<4>",
		[LOG_LEVEL_ERROR] = "<3>",
	};

	l->len = 0;
	if (to_journal) {
		add_str(l, priorities[level]);
	} else {
		add_str(l, clock_print(clock_unix_ms()).s);
		add_str(l, " ");
	}
	add_str(l, level_words[level]);
	add_str(l, " ");
	add_escaped(l, module, false);
	add_str(l, ": ");
	add_escaped(l, what, false);
}

static void
end_line(struct line *l, bool fields)
{
	size_t done = 0;

	if (fields)
		l->s[l->len++] = ')';
	l->s[l->len++] = '\n';
	/* A log that cannot be written has nobody to tell. */
	while (done < l->len) {
		ssize_t n = write(STDERR_FILENO, l->s + done, l->len - done);

		if (n <= 0)
			return;
		done += (size_t)n;
	}
}

void
log_line(enum log_level level, const char *module, const char *what,
    const char *fmt, ...)
{
	struct line l;
	va_list ap;

	if (!log_wants(level))
		return;
	start_line(&l, level, module, what);
	if (fmt != NULL) {
		add_str(&l, " (");
		va_start(ap, fmt);
		for (const char *p = fmt; *p != '\0';) {
			if (*p != '%') {
				add(&l, p++, 1);
				continue;
			}
			p++;
			add_conversion(&l, &p, &ap);
		}
		va_end(ap);
	}
	end_line(&l, fmt != NULL);
}

void
log_err(const char *module, const char *what, const struct err *e)
{
	enum log_level level =
	    e->code == ERR_BUSY ? LOG_LEVEL_WARN : LOG_LEVEL_ERROR;
	struct line l;
	char sys[24];

	if (!log_wants(level))
		return;
	start_line(&l, level, module, what);
	add_str(&l, ": ");
	add_escaped(&l, e->msg, false);
	add_str(&l, " (code=");
	add_str(&l, err_word(e->code));
	if (e->sys != 0) {
		(void)snprintf(sys, sizeof(sys), " sys=%d", e->sys);
		add_str(&l, sys);
	}
	end_line(&l, true);
}
