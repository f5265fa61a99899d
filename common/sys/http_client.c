/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a call over libcurl: check it, set an easy handle up, gather
 * what comes back, say what it was.  The blocking form keeps one easy handle,
 * whose connection stays open for the next call; the loop's form is in
 * http_client_loop.c.
 */
#include "common/sys/http_client_int.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <strings.h>
#include <sys/socket.h>

#include <curl/curl.h>

/* X25519 and the two suites that every machine of the office has. */
#define TLS_SUITES "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"

static enum err_code
library_start(struct err *e)
{
	static bool is_started;
	const struct sigaction ignore = { .sa_handler = SIG_IGN };

	/* With CURLOPT_NOSIGNAL curl leaves SIGPIPE to us. */
	if (sigaction(SIGPIPE, &ignore, NULL) != 0)
		return err_set(e, ERR_IO, errno, "cannot ignore SIGPIPE");
	if (!is_started && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return err_set(e, ERR_NOMEM, 0, "the network library failed");
	is_started = true;
	return ERR_OK;
}

enum err_code
http_client_new(const struct http_client_cfg *cfg,
    struct http_client **client_out, struct err *e)
{
	const struct tls_office_cfg tls = {
		.root = cfg->root,
		.root_len = cfg->root_len,
		.pin = cfg->pin,
		.pin_len = cfg->pin_len,
		.cert = cfg->cert,
		.cert_len = cfg->cert_len,
		.key = cfg->key,
		.key_len = cfg->key_len,
	};
	struct http_client *c = NULL;
	enum err_code rc = library_start(e);

	if (rc != ERR_OK)
		return rc;
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return err_set(e, ERR_NOMEM, 0, "no memory for a client");
	c->connect_ms =
	    cfg->connect_ms != 0 ? cfg->connect_ms : HTTP_CONNECT_MS;
	rc = tls_office_new(&tls, &c->office, e);
	if (rc != ERR_OK)
		goto out;
	c->share = curl_share_init();
	c->easy = curl_easy_init();
	if (c->share == NULL || c->easy == NULL ||
	    curl_share_setopt(c->share, CURLSHOPT_SHARE,
	        CURL_LOCK_DATA_SSL_SESSION) != CURLSHE_OK ||
	    curl_share_setopt(c->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS) !=
	        CURLSHE_OK) {
		rc = err_set(e, ERR_NOMEM, 0, "no memory for a client");
		goto out;
	}
	*client_out = c;
	c = NULL;
out:
	http_client_free(c);
	return rc;
}

void
http_client_free(struct http_client *c)
{
	if (c == NULL)
		return;
	/* The order matters: connections end before the share that they use,
	 * and TLS contexts before the office that they refer to. */
	http_loop_free(c->loop);
	curl_easy_cleanup(c->easy);
	(void)curl_share_cleanup(c->share); /* no handle uses it any more */
	tls_office_free(c->office);
	free(c);
}

const uint8_t *
http_client_root(const struct http_client *c, size_t *len_out)
{
	return tls_office_root(c->office, len_out);
}

static bool
add_header(struct http_job *j, const char *line)
{
	struct curl_slist *longer = curl_slist_append(j->headers, line);

	if (longer == NULL)
		return false;
	j->headers = longer;
	return true;
}

static enum err_code
add_headers(struct http_job *j, const char *const *headers, struct err *e)
{
	bool has_type = false;

	for (size_t i = 0; headers != NULL && headers[i] != NULL; i++) {
		const char *line = headers[i];

		if (strncasecmp(line, "Content-Type:", 13) == 0)
			has_type = true;
		if (!add_header(j, line))
			return err_set(e, ERR_NOMEM, 0, "no memory for a call");
	}
	/* A name without a value takes out what curl adds by itself: waiting
	 * for "100 Continue" costs a round trip, and the rest bytes. */
	if (!add_header(j, "Expect:") || !add_header(j, "Accept:") ||
	    (!has_type && !add_header(j, "Content-Type:")))
		return err_set(e, ERR_NOMEM, 0, "no memory for a call");
	return ERR_OK;
}

/* curl's verbose stream is the one place where every byte of HTTP passes once;
 * CURLINFO_REQUEST_SIZE and CURLINFO_SIZE_UPLOAD both count a short body. */
static int
on_traffic(CURL *easy, curl_infotype kind, char *data, size_t len, void *arg)
{
	struct http_job *j = arg;

	(void)easy;
	(void)data;
	if (kind == CURLINFO_HEADER_OUT || kind == CURLINFO_DATA_OUT)
		j->answer.sent_bytes += len;
	else if (kind == CURLINFO_HEADER_IN || kind == CURLINFO_DATA_IN)
		j->answer.received_bytes += len;
	return 0;
}

/* A status line begins the headers anew: what a proxy or a "100 Continue" said
 * before is not the answer.  curl takes a connection that ends among the
 * headers for the end of an answer; the blank line tells. */
static size_t
on_header(char *data, size_t one, size_t len, void *arg)
{
	struct http_job *j = arg;

	(void)one;
	j->is_head_whole = len <= 2 && (data[0] == '\r' || data[0] == '\n');
	if (len >= 5 && memcmp(data, "HTTP/", 5) == 0)
		buf_reset(&j->answer.headers);
	else if (!buf_add(&j->answer.headers, data, len)) {
		j->is_too_long = true;
		return 0;
	}
	return len;
}

static size_t
on_body(char *data, size_t one, size_t len, void *arg)
{
	struct http_job *j = arg;

	(void)one;
	if (buf_add(&j->answer.body, data, len))
		return len;
	j->is_too_long = true;
	return 0;
}

static int
on_progress(void *arg, curl_off_t down_total, curl_off_t down,
    curl_off_t up_total, curl_off_t up)
{
	struct http_job *j = arg;

	(void)down_total;
	(void)up_total;
	if (j->progress == NULL ||
	    j->progress(j->progress_arg, (uint64_t)up, (uint64_t)down))
		return 0;
	j->is_cancelled = true;
	return 1;
}

/* Called for each new connection, before its handshake. */
static CURLcode
on_tls(CURL *easy, void *ssl_ctx, void *arg)
{
	struct http_job *j = arg;

	(void)easy;
	tls_link_unref(j->link);
	j->link = NULL;
	if (tls_office_apply(j->client->office, ssl_ctx, j->host, &j->link,
	        &j->setup) != ERR_OK)
		return CURLE_ABORTED_BY_CALLBACK;
	return CURLE_OK;
}

/* True when the host is this machine by its text: no proxy leads there. */
static bool
is_loopback(const char *host)
{
	return strcasecmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 ||
	    strncmp(host, "127.", 4) == 0;
}

/* Collects the results of many curl_easy_setopt calls in r. */
#define SET(option, value)                                                     \
	(r = r != CURLE_OK ? r : curl_easy_setopt(h, (option), (value)))

static CURLcode
set_safety(struct http_job *j)
{
	CURL *h = j->easy;
	CURLcode r = CURLE_OK;

	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_PROTOCOLS_STR, "https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	SET(CURLOPT_PATH_AS_IS, 1L);
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_SSL_ENABLE_ALPN, 0L);
	SET(CURLOPT_SSLVERSION,
	    (long)CURL_SSLVERSION_TLSv1_3 | (long)CURL_SSLVERSION_MAX_TLSv1_3);
	SET(CURLOPT_TLS13_CIPHERS, TLS_SUITES);
	SET(CURLOPT_SSL_EC_CURVES, "X25519");
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_CAINFO, NULL);
	SET(CURLOPT_CAPATH, NULL);
	SET(CURLOPT_SSL_CTX_FUNCTION, on_tls);
	SET(CURLOPT_SSL_CTX_DATA, j);
	SET(CURLOPT_SHARE, j->client->share);
	if (is_loopback(j->host))
		SET(CURLOPT_PROXY, "");
	SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	return r;
}

static CURLcode
set_limits(struct http_job *j, const struct http_call *call)
{
	const uint32_t idle_s = call->idle_s != 0 ? call->idle_s : HTTP_IDLE_S;
	const uint32_t total_ms =
	    call->timeout_ms != 0 ? call->timeout_ms : HTTP_TOTAL_MS;
	CURL *h = j->easy;
	CURLcode r = CURLE_OK;

	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)j->client->connect_ms);
	SET(CURLOPT_TIMEOUT_MS, (long)total_ms);
	SET(CURLOPT_LOW_SPEED_LIMIT, 1L);
	SET(CURLOPT_LOW_SPEED_TIME, (long)idle_s);
	SET(CURLOPT_NOPROGRESS, 0L);
	SET(CURLOPT_XFERINFOFUNCTION, on_progress);
	SET(CURLOPT_XFERINFODATA, j);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, j);
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_HEADERDATA, j);
	SET(CURLOPT_VERBOSE, 1L);
	SET(CURLOPT_DEBUGFUNCTION, on_traffic);
	SET(CURLOPT_DEBUGDATA, j);
	SET(CURLOPT_ERRORBUFFER, j->text);
	return r;
}

static CURLcode
set_request(struct http_job *j, const struct http_call *call)
{
	char url[sizeof("https://") + HTTP_ADDRESS_MAX + HTTP_PATH_MAX];
	CURL *h = j->easy;
	CURLcode r = CURLE_OK;

	(void)snprintf(
	    url, sizeof(url), "https://%s%s", call->address, call->path);
	SET(CURLOPT_URL, url);
	SET(CURLOPT_HTTPHEADER, (struct curl_slist *)j->headers);
	if (strcmp(call->method, "GET") == 0) {
		SET(CURLOPT_HTTPGET, 1L);
		return r;
	}
	SET(CURLOPT_POST, 1L);
	SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body_len);
	SET(CURLOPT_POSTFIELDS, call->body_len > 0 ? call->body : "");
	if (strcmp(call->method, "PUT") == 0)
		SET(CURLOPT_CUSTOMREQUEST, "PUT");
	return r;
}

enum err_code
http_job_init(struct http_job *j, struct http_client *c,
    const struct http_call *call, void *easy, struct err *e)
{
	enum err_code rc;
	CURLcode r;

	*j = (struct http_job){
		.client = c,
		.easy = easy,
		.progress = call->progress,
		.progress_arg = call->progress_arg,
	};
	http_answer_init(&j->answer);
	j->answer.body.cap =
	    call->answer_cap != 0 ? call->answer_cap : HTTP_ANSWER_CAP;
	j->answer.dates = HTTP_DATES_FINE;
	rc = http_call_check(call, j->host, e);
	if (rc == ERR_OK)
		rc = add_headers(j, call->headers, e);
	if (rc != ERR_OK) {
		http_job_fini(j);
		return rc;
	}
	r = set_safety(j);
	if (r == CURLE_OK)
		r = set_limits(j, call);
	if (r == CURLE_OK)
		r = set_request(j, call);
	if (r != CURLE_OK) {
		http_job_fini(j);
		return err_set(e,
		    r == CURLE_OUT_OF_MEMORY ? ERR_NOMEM : ERR_INVALID, (int)r,
		    "cannot set the call up: %s", curl_easy_strerror(r));
	}
	return ERR_OK;
}

void
http_job_fini(struct http_job *j)
{
	curl_slist_free_all(j->headers);
	j->headers = NULL;
	tls_link_unref(j->link);
	j->link = NULL;
}

static enum http_dates
dates_of(const struct tls_office *office)
{
	switch (tls_office_dates(office)) {
	case TLS_DATES_EARLY:
		return HTTP_DATES_EARLY;
	case TLS_DATES_PAST:
		return HTTP_DATES_PAST;
	case TLS_DATES_FINE:
	case TLS_DATES_N:
		break;
	}
	return HTTP_DATES_FINE;
}

static void
read_type(struct http_answer *a)
{
	size_t len;

	if (!http_answer_header(
	        a, "Content-Type", a->content_type, sizeof(a->content_type)))
		return;
	len = strcspn(a->content_type, "; \t");
	a->content_type[len] = '\0';
	for (size_t i = 0; i < len; i++)
		a->content_type[i] =
		    (char)tolower((unsigned char)a->content_type[i]);
}

static void
read_retry_after(struct http_answer *a)
{
	char text[16];
	char *end;
	unsigned long s;

	if (!http_answer_header(a, "Retry-After", text, sizeof(text)) ||
	    !isdigit((unsigned char)text[0]))
		return;
	s = strtoul(text, &end, 10);
	if (*end == '\0' && s <= UINT32_MAX)
		a->retry_after_s = (uint32_t)s;
}

void
http_job_sever(const struct http_job *j)
{
	curl_socket_t fd = CURL_SOCKET_BAD;

	if (curl_easy_getinfo(j->easy, CURLINFO_ACTIVESOCKET, &fd) ==
	        CURLE_OK &&
	    fd != CURL_SOCKET_BAD)
		(void)shutdown(fd, SHUT_RDWR);
}

enum err_code
http_job_finish(struct http_job *j, int library_code, struct err *e)
{
	struct http_answer *a = &j->answer;
	struct http_failure f = { .library_code = library_code, .job = j };
	long status = 0, os_errno = 0;
	curl_off_t lookup_us = 0;

	if (library_code == CURLE_OK && !j->is_head_whole)
		f.library_code = library_code = CURLE_RECV_ERROR;
	(void)curl_easy_getinfo(j->easy, CURLINFO_RESPONSE_CODE, &status);
	(void)curl_easy_getinfo(j->easy, CURLINFO_OS_ERRNO, &os_errno);
	(void)curl_easy_getinfo(
	    j->easy, CURLINFO_HTTP_CONNECTCODE, &f.proxy_status);
	(void)curl_easy_getinfo(
	    j->easy, CURLINFO_NAMELOOKUP_TIME_T, &lookup_us);
	f.os_errno = (int)os_errno;
	f.is_looked_up = lookup_us > 0;
	a->is_reused = j->link == NULL && library_code == CURLE_OK;
	a->is_resumed = j->link != NULL && j->link->is_resumed;
	a->dates = dates_of(j->client->office);
	a->outcome = http_outcome_of(&f);
	if (library_code == CURLE_OK) {
		a->status = (unsigned)status;
		read_type(a);
		read_retry_after(a);
		if (status >= 502 && status <= 504)
			a->outcome = HTTP_OUTCOME_OFFICE_DOWN;
	} else {
		buf_fini(&a->body);
		buf_fini(&a->headers);
	}
	if (a->outcome == HTTP_OUTCOME_OK) {
		(void)err_set(e, ERR_OK, 0, "%s", "");
		return ERR_OK;
	}
	return http_outcome_err(a->outcome, &f, e);
}

enum err_code
http_client_call(struct http_client *c, const struct http_call *call,
    struct http_answer *answer, struct err *e)
{
	struct http_job j;
	enum err_code rc;
	CURLcode r;

	http_answer_init(answer);
	curl_easy_reset(c->easy); /* keeps its connection */
	rc = http_job_init(&j, c, call, c->easy, e);
	if (rc != ERR_OK)
		return rc;
	r = curl_easy_perform(c->easy);
	if (r != CURLE_OK)
		http_job_sever(&j);
	rc = http_job_finish(&j, (int)r, e);
	http_job_fini(&j);
	*answer = j.answer;
	curl_easy_reset(c->easy); /* it must not refer to the job any more */
	return rc;
}
