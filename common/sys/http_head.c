/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The request head after RFC 9110 and 9112.  Nothing is guessed, repaired or
 * skipped: each function says what may stand in one place, and anything else
 * is refused.
 */
#include "common/sys/http_head.h"

#include <limits.h>
#include <strings.h>

/* Digits of a Content-Length; more would not fit 64 bits. */
#define LENGTH_DIGITS_MAX 18

static const char *const method_names[HTTP_METHOD_N] = {
	[HTTP_GET] = "GET",
	[HTTP_HEAD] = "HEAD",
	[HTTP_POST] = "POST",
	[HTTP_PUT] = "PUT",
	[HTTP_DELETE] = "DELETE",
};

const char *
http_method_name(enum http_method m)
{
	return method_names[m];
}

enum http_scan
http_head_scan(const uint8_t *bytes, size_t len, size_t *at)
{
	size_t i = *at;

	while (i < len) {
		uint8_t c = bytes[i];
		bool begins_line = i == 0 || bytes[i - 1] == '\n';

		if (c == '\r') {
			if (i + 1 == len)
				break;
			if (bytes[i + 1] != '\n' || i == 0)
				return HTTP_SCAN_BAD;
			i += 2;
			if (begins_line) {
				*at = i;
				return HTTP_SCAN_END;
			}
			continue;
		}
		if ((c < ' ' && c != '\t') || c == 0x7f)
			return HTTP_SCAN_BAD;
		if (begins_line && (c == ' ' || c == '\t'))
			return HTTP_SCAN_BAD;
		i++;
	}
	*at = i;
	return HTTP_SCAN_MORE;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_alnum(char c)
{
	return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool
is_hex(char c)
{
	return is_digit(c) || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

/* RFC 9110 section 5.6.2. */
static bool
is_token(const char *s)
{
	if (*s == '\0')
		return false;
	for (; *s != '\0'; s++)
		if (!is_alnum(*s) && strchr("!#$%&'*+-.^_`|~", *s) == NULL)
			return false;
	return true;
}

/* Visible ASCII without what browsers always escape; every % is the start of
 * an escape. */
static bool
is_target(const char *s)
{
	if (*s != '/')
		return false;
	for (; *s != '\0'; s++) {
		if (*s <= ' ' || *s >= 0x7f || strchr("\"#<>\\`", *s) != NULL)
			return false;
		if (*s == '%' && (!is_hex(s[1]) || !is_hex(s[2])))
			return false;
	}
	return true;
}

/* A name, an address or [address], with or without a port. */
static bool
is_host(const char *s)
{
	if (*s == '\0')
		return false;
	for (; *s != '\0'; s++)
		if (!is_alnum(*s) && strchr("-._~:[]", *s) == NULL)
			return false;
	return true;
}

static unsigned
parse_method(const char *name, enum http_method *out)
{
	if (!is_token(name))
		return 400;
	for (enum http_method m = HTTP_GET; m < HTTP_METHOD_N; m++)
		if (strcmp(name, method_names[m]) == 0) {
			*out = m;
			return 0;
		}
	return 501;
}

/* "HTTP/1.1", or 1.0 for the checks of old balancers. */
static unsigned
parse_version(const char *s, struct http_head *out)
{
	if (strncmp(s, "HTTP/", 5) != 0 || !is_digit(s[5]) || s[6] != '.' ||
	    !is_digit(s[7]) || s[8] != '\0')
		return 400;
	if (s[5] != '1' || s[7] > '1')
		return 505;
	out->wants_close = s[7] == '0';
	return 0;
}

static unsigned
parse_request_line(char *line, struct http_head *out)
{
	char *target = strchr(line, ' ');
	char *version, *query;
	unsigned status;

	if (target == NULL)
		return 400;
	*target++ = '\0';
	version = strchr(target, ' ');
	if (version == NULL)
		return 400;
	*version++ = '\0';
	status = parse_version(version, out);
	if (status == 0)
		status = parse_method(line, &out->method);
	if (status != 0)
		return status;
	if (!is_target(target))
		return 400;
	out->path = target;
	query = strchr(target, '?');
	if (query != NULL)
		*query++ = '\0';
	out->query = query;
	return 0;
}

/* Cut "name: value" in two; no blank may stand before the colon. */
static bool
parse_field(char *line, struct http_header *out)
{
	char *value = strchr(line, ':');
	size_t len;

	if (value == NULL)
		return false;
	*value++ = '\0';
	value += strspn(value, " \t");
	len = strlen(value);
	while (len > 0 && (value[len - 1] == ' ' || value[len - 1] == '\t'))
		value[--len] = '\0';
	out->name = line;
	out->value = value;
	return is_token(line);
}

bool
http_header_is_sound(const struct http_header *h)
{
	if (!is_token(h->name))
		return false;
	for (const char *s = h->value; *s != '\0'; s++)
		if (((unsigned char)*s < ' ' && *s != '\t') || *s == 0x7f)
			return false;
	return true;
}

static bool
parse_length(const char *s, size_t *out)
{
	size_t n = 0, digits = strlen(s);

	if (digits == 0 || digits > LENGTH_DIGITS_MAX)
		return false;
	for (; *s != '\0'; s++) {
		if (!is_digit(*s))
			return false;
		n = n * 10 + (size_t)(*s - '0');
	}
	*out = n;
	return true;
}

/* True if the list holds the word. */
static bool
list_has(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (;;) {
		size_t n;

		list += strspn(list, " \t,");
		if (*list == '\0')
			return false;
		n = strcspn(list, " \t,");
		if (n == len && strncasecmp(list, word, len) == 0)
			return true;
		list += n;
	}
}

/* What framing headers there were. */
struct framing {
	unsigned hosts;
	unsigned lengths;
	unsigned encodings;
};

static unsigned
note_field(
    const struct http_header *h, struct http_head *out, struct framing *seen)
{
	if (strcasecmp(h->name, "Host") == 0) {
		seen->hosts++;
		return is_host(h->value) ? 0 : 400;
	}
	if (strcasecmp(h->name, "Content-Length") == 0) {
		seen->lengths++;
		return parse_length(h->value, &out->body_len) ? 0 : 400;
	}
	if (strcasecmp(h->name, "Transfer-Encoding") == 0)
		seen->encodings++;
	if (strcasecmp(h->name, "Connection") == 0 &&
	    list_has(h->value, "close"))
		out->wants_close = true;
	if (strcasecmp(h->name, "Expect") == 0) {
		if (strcasecmp(h->value, "100-continue") != 0)
			return 417;
		out->wants_continue = true;
	}
	return 0;
}

static unsigned
check_framing(const struct http_head *head, const struct framing *seen)
{
	if (seen->hosts != 1 || seen->lengths > 1)
		return 400;
	if (seen->encodings > 0)
		return seen->lengths > 0 ? 400 : 411;
	if (head->body_len > 0 &&
	    (head->method == HTTP_GET || head->method == HTTP_HEAD))
		return 400;
	return 0;
}

/* Cut off the line at *next, which ends in CRLF, and move on. */
static char *
take_line(char **next)
{
	char *line = *next;
	char *end = strchr(line, '\r');

	*end = '\0';
	*next = end + 2;
	return line;
}

unsigned
http_head_parse(char *text, size_t len, struct http_head *out)
{
	struct framing seen = { 0 };
	char *next = text;
	unsigned status;

	memset(out, 0, sizeof(*out));
	status = parse_request_line(take_line(&next), out);
	while (status == 0 && next < text + len - 2) {
		struct http_header *h = &out->headers[out->headers_n];

		if (out->headers_n == HTTP_HEADERS_MAX)
			return 431;
		out->headers_n++;
		if (!parse_field(take_line(&next), h))
			return 400;
		status = note_field(h, out, &seen);
	}
	return status != 0 ? status : check_framing(out, &seen);
}
