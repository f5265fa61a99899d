/* SPDX-License-Identifier: Apache-2.0 */
#include "client/client.h"

#include <ctype.h>
#include <stdarg.h>

#include "client/output.h"
#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/core/limits.h"
#include "common/sys/json.h"

#define OUTPUT_BYTES_MAX ((size_t)64 * 1024 * 1024)

bool
output_json(const json_t *value)
{
	struct buf text;
	bool ok;

	buf_init(&text, OUTPUT_BYTES_MAX);
	ok = json_print(value, &text, NULL) == ERR_OK &&
	    buf_add_char(&text, '\n') &&
	    fwrite(text.ptr, 1, text.len, stdout) == text.len &&
	    fflush(stdout) == 0;
	buf_wipe(&text);
	return ok;
}

bool
output_end(void)
{
	if (fflush(stdout) == 0 && ferror(stdout) == 0)
		return true;
	(void)fputs("visitbook: What is to be read here could not be written: "
	            "standard output is full or closed.\n",
	    stderr);
	return false;
}

/* Where people's text goes; NULL: standard output.  One thread prints. */
static FILE *target;

void
output_to(FILE *file)
{
	target = file;
}

/* U+0080 to U+009F are control characters too: C2 80 to C2 9F. */
static void
put_safely(const char *s)
{
	static const char hidden[] = "\xEF\xBF\xBD";
	FILE *to = target != NULL ? target : stdout;

	for (; *s != '\0'; s++) {
		unsigned char ch = (unsigned char)*s;

		if (ch == 0xC2 && ((unsigned char)s[1] & 0xE0U) == 0x80U) {
			(void)fputs(hidden, to);
			s++;
		} else if ((ch < 0x20 && ch != '\n' && ch != '\t') ||
		    ch == 0x7F) {
			(void)fputs(hidden, to);
		} else {
			(void)fputc(ch, to);
		}
	}
}

void
output(const char *fmt, ...)
{
	va_list ap, again;
	char *text;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	text = n < 0 ? NULL : malloc((size_t)n + 1);
	if (text != NULL) {
		(void)vsnprintf(text, (size_t)n + 1, fmt, again);
		put_safely(text);
		free(text);
	}
	va_end(again);
}

void
output_sentence(const char *text)
{
	size_t len = strlen(text);

	output("%c%s%s\n", toupper((unsigned char)text[0]),
	    len > 0 ? text + 1 : "",
	    len > 0 && strchr(".?!", text[len - 1]) != NULL ? "" : ".");
}

void
output_text(const char *text, const char *indent)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		output("%s%.*s\n", indent, (int)len, text);
		text += len;
		if (*text == '\n')
			text++;
	}
}

const char *
output_word(const struct client *c, const char *key)
{
	const char *word = schema_word(c->schema, key);

	if (strcmp(word, key) == 0)
		word = schema_word(c->built_in, key);
	return strcmp(word, key) == 0 ? "" : word;
}

void
output_words(const struct client *c, const char *key, ...)
{
	const char *names[8], *values[8];
	const char *word = output_word(c, key);
	const char *p = *word != '\0' ? word : key;
	size_t n = 0;
	struct buf out;
	va_list ap;

	va_start(ap, key);
	while (n < 8 && (names[n] = va_arg(ap, const char *)) != NULL)
		values[n++] = va_arg(ap, const char *);
	va_end(ap);
	buf_init(&out, LIMIT_TEXT_BYTES);
	while (*p != '\0') {
		size_t len = strcspn(p, "}"), i = 0;

		for (; *p == '{' && i < n; i++)
			if (strlen(names[i]) == len - 1 &&
			    memcmp(names[i], p + 1, len - 1) == 0)
				break;
		if (*p == '{' && i < n && p[len] == '}') {
			(void)buf_add_str(&out, values[i]);
			p += len + 1;
		} else {
			(void)buf_add_char(&out, *p++);
		}
	}
	/* A gap that had nothing to hold, at the end ("With the office
	 * {time}"). */
	while (out.len > 0 && out.ptr[out.len - 1] == ' ')
		out.ptr[--out.len] = '\0';
	/* "The office", where it begins a sentence; a person's name is as they
	 * write it. */
	if (out.len > 0 && *word == '{' && n > 0 &&
	    strcmp(values[0], output_word(c, "who.office")) == 0)
		out.ptr[0] = (char)toupper((unsigned char)out.ptr[0]);
	output("%s\n", out.len > 0 ? out.ptr : "");
	buf_fini(&out);
}

void
output_day(uint64_t unix_ms, char out[static OUTPUT_TIME_MAX])
{
	char both[CLOCK_HUMAN_MAX];

	clock_print_human(unix_ms, both);
	(void)snprintf(
	    out, OUTPUT_TIME_MAX, "%.*s", (int)strcspn(both, ","), both);
}

void
output_clock(uint64_t unix_ms, char out[static OUTPUT_TIME_MAX])
{
	char both[CLOCK_HUMAN_MAX];
	const char *comma;

	clock_print_human(unix_ms, both);
	comma = strstr(both, ", ");
	(void)snprintf(
	    out, OUTPUT_TIME_MAX, "%s", comma != NULL ? comma + 2 : both);
}

void
output_when(uint64_t unix_ms, char out[static OUTPUT_TIME_MAX])
{
	char day[OUTPUT_TIME_MAX], today[OUTPUT_TIME_MAX];

	output_day(unix_ms, day);
	output_day(clock_unix_ms(), today);
	output_clock(unix_ms, out);
	if (strcmp(day, today) != 0)
		(void)snprintf(out + strlen(out), OUTPUT_TIME_MAX - strlen(out),
		    " on %.30s", day);
}

const char *
output_str(const json_t *obj, const char *key)
{
	const char *s = json_string_value(json_object_get(obj, key));

	return s == NULL ? "" : s;
}

uint64_t
output_num(const json_t *obj, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(obj, key));

	return n < 0 ? 0 : (uint64_t)n;
}

void
tell_errors(const struct client *c, uint64_t n)
{
	char text[24];

	if (n == 0)
		return;
	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)n);
	output_words(c, n == 1 ? "list.errors.one" : "list.errors.many", "n",
	    text, NULL);
}
