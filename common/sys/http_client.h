/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_HTTP_CLIENT_H
#define SYS_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"

/*
 * http_client -- calls from a device to its office over HTTPS.
 *
 * http_client_new with the office's root (or, while enrolling, the root's
 * fingerprint) and the device's certificate; then any number of
 * http_client_call, which block, or, after http_client_attach to a loop, of
 * http_client_start, which call back; http_client_free.
 *
 * True for every call:
 *  - TLS 1.3 only.  The office's chain must lead to the pinned root, be made
 *    for a server and carry the name that was called; this is settled before
 *    the first byte of a request is sent.  The system's trust store is never
 *    asked; dates are advice (http_dates).
 *  - HTTP/1.1 only, no redirects followed, no cookies, no compression, no
 *    netrc, no signals.  A proxy named by the environment (https_proxy,
 *    no_proxy) is used as a plain tunnel and trusted with nothing; addresses of
 *    this machine itself are never sent through one.  Proxies that themselves
 *    want TLS are not supported.
 *  - Everything is bounded: answer, headers, connecting, silence, total time.
 *  - An answer only means that something answered.  Whether it was the office
 *    is shown by the answer's signature, which the caller checks.
 *
 * One client is used by one thread.  TLS sessions are resumed and idle
 * connections used again within one client; its identity never changes: make
 * a new client after a renewal.  http_client_new makes the process ignore
 * SIGPIPE.
 */
struct http_client;
struct http_job;
struct loop;

#define HTTP_CONNECT_MS 15000U /* a phone network takes seconds to wake */
#define HTTP_TOTAL_MS 120000U
#define HTTP_IDLE_S 30U
#define HTTP_ANSWER_CAP (8U << 20)   /* bytes of body */
#define HTTP_HEADERS_CAP (16U << 10) /* bytes of all header lines */
#define HTTP_CALL_HEADERS_MAX 16
#define HTTP_TYPE_MAX 64

/* What became of a call: it decides what is tried next and what is said. */
enum http_outcome {
	HTTP_OUTCOME_OK,          /* an HTTP answer came; whose is not known */
	HTTP_OUTCOME_OFFLINE,     /* no way to the office from this network */
	HTTP_OUTCOME_OFFICE_DOWN, /* there is a network, but the office refused,
	                             cut the connection or said 502 to 504 */
	HTTP_OUTCOME_TIMEOUT,     /* no answer in time */
	HTTP_OUTCOME_CERTIFICATE, /* the peer is not the pinned office */
	HTTP_OUTCOME_FOREIGN,   /* something answered that does not speak as the
	                           office does: no TLS 1.3, no HTTP, too long */
	HTTP_OUTCOME_CANCELLED, /* the progress callback said so */
	HTTP_OUTCOME_LOCAL,     /* nothing was tried: a wrong call, no memory */
	HTTP_OUTCOME_N
};

/* The stable word of an outcome ("office_down"), for JSON and logs. */
const char *http_outcome_word(enum http_outcome outcome);

/* The office's certificate by this device's clock. */
enum http_dates {
	HTTP_DATES_FINE,
	HTTP_DATES_EARLY, /* not valid yet: this clock may be slow */
	HTTP_DATES_PAST,  /* no longer valid: this clock may be fast */
	HTTP_DATES_N
};

/* Certificates are PEM or DER, the key one of pki_key_make's.  Everything is
 * borrowed for the call of http_client_new; the caller wipes its copy of the
 * key. */
struct http_client_cfg {
	const void *root; /* the office's root; or */
	size_t root_len;
	const void *pin;  /* the first pin_len bytes of SHA-256 of its DER */
	size_t pin_len;   /* 10 to 32 */
	const void *cert; /* the device's chain, leaf first; none to enrol */
	size_t cert_len;
	const void *key; /* private key of that leaf */
	size_t key_len;
	uint32_t connect_ms; /* 0: HTTP_CONNECT_MS */
};

/* ERR_INVALID: a certificate, key or pin is unusable.  ERR_NOMEM. */
enum err_code http_client_new(const struct http_client_cfg *cfg,
    struct http_client **client_out, struct err *e) ERR_CHECKED;
/* Ends every job without calling back, closes every connection and wipes the
 * key; not from inside a callback of this client.  NULL does nothing. */
void http_client_free(struct http_client *c);

/* The office's root as DER, borrowed until http_client_free.  With a pin it is
 * NULL until a call came as far as the office's certificate, and from then on
 * the root that the pin meant: store it and use it instead of the pin. */
const uint8_t *http_client_root(const struct http_client *c, size_t *len_out);

/* Asked now and then, at least about once a second, with the bytes of body so
 * far; false cancels the call. */
typedef bool http_progress_fn(void *arg, uint64_t sent, uint64_t received);

/* A request.  Strings and headers are borrowed until http_client_call or
 * http_client_start returns; body until the answer is there. */
struct http_call {
	const char *method;  /* "GET", "POST" or "PUT" */
	const char *address; /* "office.example:8443", "[::1]:8443"; no port
	                        means 443 */
	const char *path;    /* from the first slash on, with any query */
	const char *const *headers; /* "Name: value", ended by NULL; or NULL */
	const void *body;
	size_t body_len;
	size_t answer_cap; /* most bytes of body to take; 0: HTTP_ANSWER_CAP */
	uint32_t timeout_ms; /* for all of it; 0: HTTP_TOTAL_MS */
	uint32_t idle_s;     /* give up when nothing has moved for so long; 0:
	                        HTTP_IDLE_S; a call that the office parks gives
	                        more than the office parks for */
	http_progress_fn *progress; /* or NULL */
	void *progress_arg;
};

/* What came back.  Filled on every outcome: the counts are always true, the
 * rest is empty unless an answer came (status is not 0). */
struct http_answer {
	enum http_outcome outcome;
	unsigned status;                  /* 100 to 599; 0 without an answer */
	char content_type[HTTP_TYPE_MAX]; /* lower case, no parameters; or "" */
	uint32_t retry_after_s;           /* 0: not said in seconds */
	struct buf headers;               /* the header lines as they came */
	struct buf body;
	uint64_t sent_bytes;     /* of HTTP: request line, headers and body */
	uint64_t received_bytes; /* ... and the same of what came back */
	bool is_reused;          /* it went over a connection already open */
	bool is_resumed;         /* it resumed an earlier TLS session */
	enum http_dates dates;   /* as last seen on the office's certificate */
};

/* An empty answer, so that http_answer_fini may always be called. */
void http_answer_init(struct http_answer *a);
void http_answer_fini(struct http_answer *a);

/* Copy the value of the first header with this name (any case) to out, without
 * blanks around it.  False, and out is "", if there is none or it is longer
 * than cap - 1. */
bool http_answer_header(
    const struct http_answer *a, const char *name, char *out, size_t cap);

/* True for what a captive portal or a proxy's page looks like: a redirect, 511,
 * or HTML.  The office sends none of these to a device, so a caller that found
 * no valid signature can say what it met instead. */
bool http_answer_is_portal(const struct http_answer *a);

/*
 * Make the call and wait.  *answer must be initialised or ended; it is filled
 * also on failure (answer->outcome says which), and the caller ends it with
 * http_answer_fini either way.
 *   ERR_OK         outcome OK
 *   ERR_BUSY       OFFLINE, OFFICE_DOWN, TIMEOUT: try again later;
 *                  CANCELLED: as asked
 *   ERR_AUTH       CERTIFICATE: never send anything there; tell the user
 *   ERR_MALFORMED  FOREIGN: tell the user about the network; try again later
 *   ERR_INVALID, ERR_NOMEM   LOCAL
 * With status 502 to 504 the outcome is OFFICE_DOWN and the answer is there
 * all the same: it may be the office's own, signed, with retry_after_s.
 */
enum err_code http_client_call(struct http_client *c,
    const struct http_call *call, struct http_answer *answer,
    struct err *e) ERR_CHECKED;

/* Let l drive the calls that are started from now on; once per client, and the
 * client is freed before the loop.  ERR_NOMEM. */
enum err_code http_client_attach(
    struct http_client *c, struct loop *l, struct err *e) ERR_CHECKED;

/* The answer and the error (code and message as http_client_call gives them;
 * ERR_OK and "" with outcome OK) are borrowed for the callback, which may take
 * the body with buf_take, and may start and cancel other calls. */
typedef void http_done_fn(
    void *arg, struct http_answer *answer, const struct err *e);

/* Begin a call; done comes exactly once, from the loop and never from inside
 * this function, unless the job is cancelled or the client freed before.
 * *job_out is valid until then.  ERR_INVALID or ERR_NOMEM: done will not come.
 */
enum err_code http_client_start(struct http_client *c,
    const struct http_call *call, http_done_fn *done, void *done_arg,
    struct http_job **job_out, struct err *e) ERR_CHECKED;

/* Drop a job: its connection is closed and done is not called. */
void http_client_cancel(struct http_job *job);

#endif
