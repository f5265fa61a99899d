/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an ended call means, in one enum and one plain sentence, and the reading
 * of an answer's headers.
 */
#include "common/sys/http_client_int.h"

#include <errno.h>
#include <strings.h>

#include <curl/curl.h>

const char *
http_outcome_word(enum http_outcome outcome)
{
	static const char *const words[HTTP_OUTCOME_N] = {
		[HTTP_OUTCOME_OK] = "ok",
		[HTTP_OUTCOME_OFFLINE] = "offline",
		[HTTP_OUTCOME_OFFICE_DOWN] = "office_down",
		[HTTP_OUTCOME_TIMEOUT] = "timeout",
		[HTTP_OUTCOME_CERTIFICATE] = "certificate",
		[HTTP_OUTCOME_FOREIGN] = "foreign",
		[HTTP_OUTCOME_CANCELLED] = "cancelled",
		[HTTP_OUTCOME_LOCAL] = "local",
	};

	return outcome < HTTP_OUTCOME_N ? words[outcome] : "unknown";
}

/* A failed connect: with some errors of the kernel the network itself is the
 * obstacle, with the others (refused above all) somebody answered. */
static enum http_outcome
outcome_of_connect(int os_errno)
{
	switch (os_errno) {
	case ENETUNREACH:
	case EHOSTUNREACH:
	case ENETDOWN:
	case EHOSTDOWN:
	case EADDRNOTAVAIL:
	case EACCES: /* a firewall on this machine */
	case EPERM:
		return HTTP_OUTCOME_OFFLINE;
	case ETIMEDOUT:
		return HTTP_OUTCOME_TIMEOUT;
	default:
		return HTTP_OUTCOME_OFFICE_DOWN;
	}
}

/* TLS did not come about, and no certificate was refused. */
static enum http_outcome
outcome_of_tls(const struct http_job *j)
{
	if (j->setup.code != ERR_OK)
		return HTTP_OUTCOME_LOCAL;
	return j->link != NULL && j->link->reason != 0
	    ? HTTP_OUTCOME_FOREIGN
	    : HTTP_OUTCOME_OFFICE_DOWN;
}

static bool
is_refused(const struct tls_link *link)
{
	return link != NULL && link->verdict != TLS_VERDICT_NONE &&
	    link->verdict != TLS_VERDICT_GOOD;
}

static enum http_outcome
outcome_of_code(const struct http_failure *f)
{
	switch (f->library_code) {
	case CURLE_OK:
		return HTTP_OUTCOME_OK;
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
		return HTTP_OUTCOME_OFFLINE;
	case CURLE_COULDNT_CONNECT:
		return outcome_of_connect(f->os_errno);
	case CURLE_OPERATION_TIMEDOUT: /* a name service that is out of reach
	                                  is silent too */
		return f->is_looked_up ? HTTP_OUTCOME_TIMEOUT
		                       : HTTP_OUTCOME_OFFLINE;
	case CURLE_PEER_FAILED_VERIFICATION:
		return HTTP_OUTCOME_CERTIFICATE;
	case CURLE_SSL_CONNECT_ERROR:
		return outcome_of_tls(f->job);
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_PARTIAL_FILE:
	case CURLE_SSL_CLIENTCERT: /* an alert after the handshake */
		return HTTP_OUTCOME_OFFICE_DOWN;
	case CURLE_UNSUPPORTED_PROTOCOL: /* no HTTP status line */
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_BAD_CONTENT_ENCODING:
		return HTTP_OUTCOME_FOREIGN;
	default: /* curl has a hundred */
		return HTTP_OUTCOME_LOCAL;
	}
}

enum http_outcome
http_outcome_of(const struct http_failure *f)
{
	const struct http_job *j = f->job;

	if (j->is_cancelled)
		return HTTP_OUTCOME_CANCELLED;
	if (j->is_too_long)
		return j->answer.body.bad == ERR_NOMEM ||
		        j->answer.headers.bad == ERR_NOMEM
		    ? HTTP_OUTCOME_LOCAL
		    : HTTP_OUTCOME_FOREIGN;
	if (j->setup.code != ERR_OK)
		return HTTP_OUTCOME_LOCAL;
	if (f->library_code != CURLE_OK && is_refused(j->link))
		return HTTP_OUTCOME_CERTIFICATE;
	/* The proxy was reached and would not connect. */
	if (f->library_code == CURLE_RECV_ERROR && f->proxy_status >= 300)
		return f->proxy_status >= 502 && f->proxy_status <= 504
		    ? HTTP_OUTCOME_OFFICE_DOWN
		    : HTTP_OUTCOME_OFFLINE;
	return outcome_of_code(f);
}

static enum err_code
certificate_err(const struct http_failure *f, struct err *e)
{
	const struct tls_link *link = f->job->link;

	switch (link != NULL ? link->verdict : TLS_VERDICT_NONE) {
	case TLS_VERDICT_NAME:
		return err_set(e, ERR_AUTH, f->library_code,
		    "the office's certificate is made for another name than "
		    "%.100s; check the office's address",
		    f->job->host);
	case TLS_VERDICT_PURPOSE:
		return err_set(e, ERR_AUTH, f->library_code,
		    "the office's certificate cannot be used: %.80s; tell "
		    "the office",
		    link->why != NULL ? link->why : "it is not for a server");
	case TLS_VERDICT_NONE:
	case TLS_VERDICT_GOOD:
	case TLS_VERDICT_ROOT:
	case TLS_VERDICT_N:
		break;
	}
	return err_set(e, ERR_AUTH, f->library_code,
	    "the office's certificate is not the one this device was enrolled "
	    "with; nothing was sent: use another network, or tell the office");
}

static enum err_code
offline_err(const struct http_failure *f, struct err *e)
{
	if (f->proxy_status >= 300)
		return err_set(e, ERR_BUSY, (int)f->proxy_status,
		    "this network's proxy does not let the device through to "
		    "the office (%ld)",
		    f->proxy_status);
	if (f->library_code == CURLE_COULDNT_RESOLVE_PROXY)
		return err_set(e, ERR_BUSY, f->library_code,
		    "this network's proxy cannot be found");
	if (f->library_code == CURLE_COULDNT_RESOLVE_HOST || !f->is_looked_up)
		return err_set(e, ERR_BUSY, f->library_code,
		    "the office's name cannot be looked up: no network, or "
		    "no name service on it");
	return err_set(e, ERR_BUSY, f->os_errno,
	    "there is no way to the office from here (%s)",
	    f->os_errno != 0 ? strerror(f->os_errno) : "no network");
}

static enum err_code
office_down_err(const struct http_failure *f, struct err *e)
{
	if (f->job->answer.status != 0)
		return err_set(e, ERR_BUSY, (int)f->job->answer.status,
		    "the office cannot answer just now (%u)",
		    f->job->answer.status);
	if (f->library_code == CURLE_COULDNT_CONNECT)
		return err_set(e, ERR_BUSY, f->os_errno,
		    "the office does not take connections just now");
	return err_set(
	    e, ERR_BUSY, f->os_errno, "the connection to the office was cut");
}

static enum err_code
local_err(const struct http_failure *f, struct err *e)
{
	const struct http_job *j = f->job;

	if (j->setup.code != ERR_OK) {
		if (e != NULL)
			*e = j->setup;
		return j->setup.code;
	}
	if (j->is_too_long || f->library_code == CURLE_OUT_OF_MEMORY)
		return err_set(e, ERR_NOMEM, 0, "no memory for an answer");
	return err_set(e, ERR_INVALID, f->library_code,
	    "the call failed: %.200s", j->text);
}

enum err_code
http_outcome_err(
    enum http_outcome outcome, const struct http_failure *f, struct err *e)
{
	switch (outcome) {
	case HTTP_OUTCOME_OFFLINE:
		return offline_err(f, e);
	case HTTP_OUTCOME_OFFICE_DOWN:
		return office_down_err(f, e);
	case HTTP_OUTCOME_TIMEOUT:
		return err_set(e, ERR_BUSY, ETIMEDOUT,
		    "the office did not answer in time");
	case HTTP_OUTCOME_CERTIFICATE:
		return certificate_err(f, e);
	case HTTP_OUTCOME_FOREIGN:
		if (f->job->is_too_long)
			return err_set(e, ERR_MALFORMED, 0,
			    "the answer is longer than any the office gives");
		return err_set(e, ERR_MALFORMED, f->library_code,
		    "what answered is not the office: this network may want "
		    "you to sign in on its own page first");
	case HTTP_OUTCOME_CANCELLED:
		return err_set(e, ERR_BUSY, 0, "cancelled");
	case HTTP_OUTCOME_OK:
	case HTTP_OUTCOME_LOCAL:
	case HTTP_OUTCOME_N:
		break;
	}
	return local_err(f, e);
}

void
http_answer_init(struct http_answer *a)
{
	*a = (struct http_answer){ .outcome = HTTP_OUTCOME_LOCAL };
	buf_init(&a->headers, HTTP_HEADERS_CAP);
	buf_init(&a->body, HTTP_ANSWER_CAP);
}

void
http_answer_fini(struct http_answer *a)
{
	buf_fini(&a->headers);
	buf_wipe(&a->body); /* it may hold notes */
	http_answer_init(a);
}

bool
http_answer_header(
    const struct http_answer *a, const char *name, char *out, size_t cap)
{
	const size_t name_len = strlen(name);
	const char *line = a->headers.ptr;

	out[0] = '\0';
	while (*line != '\0') {
		size_t len = strcspn(line, "\n");
		const char *next =
		    line[len] == '\n' ? line + len + 1 : line + len;

		if (len > name_len && line[name_len] == ':' &&
		    strncasecmp(line, name, name_len) == 0) {
			const char *value = line + name_len + 1;

			len -= name_len + 1;
			while (len > 0 && strchr(" \t", *value) != NULL) {
				value++;
				len--;
			}
			while (
			    len > 0 && strchr(" \t\r", value[len - 1]) != NULL)
				len--;
			if (len >= cap)
				return false;
			memcpy(out, value, len);
			out[len] = '\0';
			return true;
		}
		line = next;
	}
	return false;
}

bool
http_answer_is_portal(const struct http_answer *a)
{
	const char *p = a->body.ptr;

	if ((a->status >= 300 && a->status <= 399 && a->status != 304) ||
	    a->status == 511)
		return true;
	if (strcmp(a->content_type, "text/html") == 0 ||
	    strcmp(a->content_type, "application/xhtml+xml") == 0)
		return true;
	p += strspn(p, " \t\r\n");
	return strncasecmp(p, "<!doctype html", 14) == 0 ||
	    strncasecmp(p, "<html", 5) == 0;
}
