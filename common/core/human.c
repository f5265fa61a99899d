/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/human.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/clock.h"
#include "common/core/limits.h"

void
human_put(const struct human *h, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) >= 0) {
		h->put(h->arg, text);
		free(text);
	}
	va_end(ap);
}

void
human_text(const struct human *h, const char *text, const char *indent)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		human_put(h, "%s%.*s\n", indent, (int)len, text);
		text += len;
		if (*text == '\n')
			text++;
	}
}

const char *
human_word(const struct human *h, const char *key)
{
	const char *word = schema_word(h->schema, key);

	if (strcmp(word, key) == 0)
		word = schema_word(h->built_in, key);
	return strcmp(word, key) == 0 ? "" : word;
}

/* What fills the gap "{name}" at p, and how long that is; NULL: no gap that
 * has a value. */
static const char *
gap_at(const char *p, const char *const *names, const char *const *values,
    size_t n, size_t *len_out)
{
	const size_t len = strcspn(p, "}");

	if (*p != '{' || p[len] != '}')
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (strlen(names[i]) == len - 1 &&
		    memcmp(names[i], p + 1, len - 1) == 0) {
			*len_out = len + 1;
			return values[i];
		}
	return NULL;
}

void
human_words_of(const struct human *h, const char *key, va_list ap)
{
	const char *names[8], *values[8], *value;
	const char *word = human_word(h, key);
	const char *p = *word != '\0' ? word : key;
	size_t n = 0, len;
	struct buf out;

	while (n < 8 && (names[n] = va_arg(ap, const char *)) != NULL)
		values[n++] = va_arg(ap, const char *);
	buf_init(&out, LIMIT_TEXT_BYTES);
	while (*p != '\0') {
		value = gap_at(p, names, values, n, &len);
		if (value != NULL) {
			(void)buf_add_str(&out, value);
			p += len;
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
	if (out.len > 0 && *word == '{' && n > 0 && values[0] != NULL &&
	    strcmp(values[0], human_word(h, "who.office")) == 0)
		out.ptr[0] = (char)toupper((unsigned char)out.ptr[0]);
	human_put(h, "%s\n", out.len > 0 ? out.ptr : "");
	buf_wipe(&out);
}

void
human_words(const struct human *h, const char *key, ...)
{
	va_list ap;

	va_start(ap, key);
	human_words_of(h, key, ap);
	va_end(ap);
}

void
human_who(
    const struct human *h, const char *id_text, char out[static HUMAN_NAME_MAX])
{
	if (!id_is_zero(h->me) && strcmp(id_text, id_print(h->me).s) == 0)
		(void)snprintf(
		    out, HUMAN_NAME_MAX, "%s", human_word(h, "who.you"));
	else
		h->name(h->arg, id_text, out);
}

void
human_day(uint64_t unix_ms, char out[static HUMAN_TIME_MAX])
{
	char both[CLOCK_HUMAN_MAX];

	clock_print_human(unix_ms, both);
	(void)snprintf(
	    out, HUMAN_TIME_MAX, "%.*s", (int)strcspn(both, ","), both);
}

void
human_clock(uint64_t unix_ms, char out[static HUMAN_TIME_MAX])
{
	char both[CLOCK_HUMAN_MAX];
	const char *comma;

	clock_print_human(unix_ms, both);
	comma = strstr(both, ", ");
	(void)snprintf(
	    out, HUMAN_TIME_MAX, "%s", comma != NULL ? comma + 2 : both);
}

void
human_when(
    const struct human *h, uint64_t unix_ms, char out[static HUMAN_TIME_MAX])
{
	char day[HUMAN_TIME_MAX], today[HUMAN_TIME_MAX];

	human_day(unix_ms, day);
	human_day(h->now_ms, today);
	human_clock(unix_ms, out);
	if (strcmp(day, today) != 0)
		(void)snprintf(out + strlen(out), HUMAN_TIME_MAX - strlen(out),
		    " on %.30s", day);
}

/* "3 min", "5 hours", "2 days" */
static void
how_much(uint64_t seconds, char out[static 40])
{
	const uint64_t minutes = (seconds + 30) / 60;
	const uint64_t hours = (minutes + 30) / 60;
	const uint64_t days = (hours + 12) / 24;

	if (minutes < 120)
		(void)snprintf(
		    out, 40, "%llu min", (unsigned long long)minutes);
	else if (hours < 48)
		(void)snprintf(
		    out, 40, "%llu hours", (unsigned long long)hours);
	else
		(void)snprintf(out, 40, "%llu days", (unsigned long long)days);
}

void
human_unsure(const struct human *h, const json_t *timed,
    char out[static HUMAN_UNSURE_MAX])
{
	const int64_t offset_s =
	    json_integer_value(json_object_get(timed, "clock_offset")) / 1000;
	const uint64_t learned =
	    (uint64_t)(offset_s < 0 ? -offset_s : offset_s);
	const uint64_t told = human_num(timed, "uncertainty_s");
	const uint64_t s = told > learned ? told : learned;
	/* Which way it was off is known where what was learned says most of
	 * it. */
	const char *side = s - learned >= 60 ? ""
	    : offset_s < 0                   ? human_word(h, "clock.ahead")
	                                     : human_word(h, "clock.behind");
	char much[40];

	out[0] = '\0';
	if (s < 60)
		return;
	how_much(s, much);
	(void)snprintf(out, HUMAN_UNSURE_MAX, " (%s%s, \u00b1%s%s)",
	    s >= 3600 ? human_word(h, "clock.uncertain") : "",
	    human_word(h, "clock.device"), much, side);
}

static void
left_out(const struct human *h, uint64_t n, const char *one, const char *many)
{
	char text[24];

	if (n == 0)
		return;
	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)n);
	human_words(h, n == 1 ? one : many, "n", text, NULL);
}

void
human_left_out(const struct human *h, const json_t *answer)
{
	left_out(h, human_num(answer, "errors"), "list.errors.one",
	    "list.errors.many");
	left_out(
	    h, human_num(answer, "same"), "list.same.one", "list.same.many");
}

const char *
human_str(const json_t *obj, const char *key)
{
	const char *s = json_string_value(json_object_get(obj, key));

	return s == NULL ? "" : s;
}

uint64_t
human_num(const json_t *obj, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(obj, key));

	return n < 0 ? 0 : (uint64_t)n;
}
