/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_HTTP_HEAD_H
#define SYS_HTTP_HEAD_H

#include "common/sys/http_server.h"

/*
 * http_head -- the head of an HTTP/1.1 request, read strictly and without
 * input or output of its own: bytes in, a request or a status out.
 *
 * http_head_scan while bytes arrive, http_head_parse once it has found the
 * end.  What RFC 9112 leaves to a server's mercy is refused, because two
 * readers who are lenient in different ways can be made to see two different
 * requests in the same bytes.
 */
#define HTTP_HEADERS_MAX 64

enum http_scan {
	HTTP_SCAN_MORE, /* the end is not there yet */
	HTTP_SCAN_END,  /* the head ends at *at */
	HTTP_SCAN_BAD,  /* no head can begin like this: 400 */
};

/* Look at the bytes from *at (0 at first) on; those before were looked at
 * with the same *at already.  Bad are: NUL and other control characters, CR
 * without LF and LF without CR, an empty first line, and a line that begins
 * with a blank. */
enum http_scan http_head_scan(const uint8_t *bytes, size_t len, size_t *at);

struct http_head {
	enum http_method method;
	const char *path;  /* inside the text that was parsed, as the rest */
	const char *query; /* or NULL */
	struct http_header headers[HTTP_HEADERS_MAX];
	size_t headers_n;
	size_t body_len;     /* Content-Length; 0 without */
	bool wants_close;    /* no further request on this connection */
	bool wants_continue; /* the client waits for 100 before the body */
};

/* Read a head of len bytes that http_head_scan found whole; text is cut into
 * strings in place and must outlive *out.  0, or the status to refuse the
 * request with, *out then being undefined. */
unsigned http_head_parse(char *text, size_t len, struct http_head *out);

/* True if the strings could stand in a head. */
bool http_header_is_sound(const struct http_header *h);

#endif
