/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The check of a call before anything is done with it.  What passes can be put
 * into a URL and a request head as it is.
 */
#include "common/sys/http_client_int.h"

#include <ctype.h>

#define HEADER_LINE_MAX 4096

/* True if every byte is printable ASCII and no blank. */
static bool
is_plain(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s <= ' ' || *s > '~')
			return false;
	return true;
}

/* Split "host:port", "[v6]:port" or "host" and copy the host for the name
 * check; the text itself goes into the URL. */
static bool
parse_address(const char *address, char host[static TLS_OFFICE_HOST_MAX])
{
	const bool is_v6 = address[0] == '[';
	const char *start = address + (is_v6 ? 1 : 0);
	size_t len = strcspn(start, is_v6 ? "]" : ":");
	const char *rest = start + len;
	char *end;

	if (len == 0 || len >= TLS_OFFICE_HOST_MAX || !is_plain(address) ||
	    strpbrk(address, "/?#@\\%") != NULL)
		return false;
	if (is_v6 && *rest++ != ']')
		return false;
	if (*rest == ':') {
		if (!isdigit((unsigned char)rest[1]) || strlen(rest) > 6)
			return false;
		if (strtol(rest + 1, &end, 10) > 65535 || *end != '\0')
			return false;
	} else if (*rest != '\0') {
		return false;
	}
	memcpy(host, start, len);
	host[len] = '\0';
	return true;
}

static bool
are_headers(const char *const *headers)
{
	for (size_t i = 0; headers != NULL && headers[i] != NULL; i++) {
		const char *colon = strchr(headers[i], ':');

		if (i >= HTTP_CALL_HEADERS_MAX || colon == NULL ||
		    colon == headers[i] ||
		    strlen(headers[i]) > HEADER_LINE_MAX ||
		    strpbrk(headers[i], "\r\n") != NULL)
			return false;
	}
	return true;
}

enum err_code
http_call_check(const struct http_call *call,
    char host[static TLS_OFFICE_HOST_MAX], struct err *e)
{
	const char *m = call->method;

	if (strcmp(m, "GET") != 0 && strcmp(m, "POST") != 0 &&
	    strcmp(m, "PUT") != 0)
		return err_set(e, ERR_INVALID, 0, "no such method: %.20s", m);
	if (strcmp(m, "GET") == 0 && call->body_len > 0)
		return err_set(e, ERR_INVALID, 0, "a GET carries no body");
	if (strlen(call->address) >= HTTP_ADDRESS_MAX ||
	    !parse_address(call->address, host))
		return err_set(e, ERR_INVALID, 0,
		    "not an address of an office: %.100s", call->address);
	if (call->path[0] != '/' || strlen(call->path) > HTTP_PATH_MAX ||
	    !is_plain(call->path) || strchr(call->path, '#') != NULL)
		return err_set(e, ERR_INVALID, 0, "not a path of a request");
	if (call->body_len > INT64_MAX)
		return err_set(e, ERR_INVALID, 0, "the body is too long");
	if (!are_headers(call->headers))
		return err_set(e, ERR_INVALID, 0, "not a header line");
	return ERR_OK;
}
