/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_HTTP_CLIENT_INT_H
#define SYS_HTTP_CLIENT_INT_H

/*
 * What the halves of http_client share: http_client.c (a call's life, whoever
 * drives it), http_client_loop.c (calls driven by a loop), http_outcome.c
 * (what a failure means).  For these files alone.
 *
 * A curl easy handle is kept as void *, which is what curl's own type is.
 */
#include "common/sys/http_client.h"
#include "common/sys/tls_office.h"

#define HTTP_FAILURE_TEXT_MAX 256
#define HTTP_ADDRESS_MAX (TLS_OFFICE_HOST_MAX + 8) /* brackets, colon, port */
#define HTTP_PATH_MAX 2048

struct http_loop; /* the state of http_client_loop.c */

struct http_client {
	struct tls_office *office;
	void *share; /* TLS sessions and looked up names */
	void *easy;  /* the blocking calls' handle; keeps its connection */
	uint32_t connect_ms;
	struct http_loop *loop; /* NULL until attached */
};

/* One call under way. */
struct http_job {
	struct http_client *client;
	void *easy;            /* whose it is depends on the driver */
	void *headers;         /* curl_slist; owned */
	struct tls_link *link; /* a reference; NULL: no handshake was begun */
	struct http_answer answer;
	size_t answer_cap;
	bool is_head_whole; /* the blank line after the headers has come */
	bool is_too_long;   /* the answer met a cap */
	bool is_cancelled;  /* by the progress callback */
	char host[TLS_OFFICE_HOST_MAX];   /* for the name check */
	char text[HTTP_FAILURE_TEXT_MAX]; /* curl's words, "" if none */
	struct err setup; /* why TLS could not be set up, or ERR_OK */
	http_progress_fn *progress;
	void *progress_arg;
	/* http_client_loop.c's alone. */
	http_done_fn *done;
	void *done_arg;
	struct http_job *next;
};

/* Check everything in a call and copy the host alone, without brackets and
 * port, for the name check.  ERR_INVALID. */
enum err_code http_call_check(const struct http_call *call,
    char host[static TLS_OFFICE_HOST_MAX], struct err *e) ERR_CHECKED;

/* Set *j up for call on easy, which is fresh or reset.  On failure nothing is
 * held.  The job must not move in memory until http_job_fini. */
enum err_code http_job_init(struct http_job *j, struct http_client *c,
    const struct http_call *call, void *easy, struct err *e) ERR_CHECKED;
/* Let go of everything but the easy handle and the answer. */
void http_job_fini(struct http_job *j);

/* After a call failed, while curl still has its handle: end the connection that
 * it used.  curl keeps one whose socket would not take a request, and TLS says
 * what it holds of that one before the next, which would get its answer. */
void http_job_sever(const struct http_job *j);

/* Fill the answer from the easy handle after curl ended with this CURLcode;
 * returns the call's error and sets *e. */
enum err_code http_job_finish(
    struct http_job *j, int library_code, struct err *e) ERR_CHECKED;

/* What a failed call means.  The numbers are curl's and the kernel's. */
struct http_failure {
	int library_code;
	int os_errno;
	bool is_looked_up; /* the name was found before it went wrong */
	long proxy_status; /* of a proxy's refusal to connect, 0 if none */
	const struct http_job *job;
};
enum http_outcome http_outcome_of(const struct http_failure *f);
/* Set *e for outcome, never HTTP_OUTCOME_OK, and return its code. */
enum err_code http_outcome_err(enum http_outcome outcome,
    const struct http_failure *f, struct err *e) ERR_CHECKED;

/* Ends the loop half: every job, without calling back. */
void http_loop_free(struct http_loop *hl);

#endif
