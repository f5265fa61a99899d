/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls driven by a loop: curl's multi socket interface says which descriptors
 * to watch and when to come back, the loop does both.  curl is never entered
 * from one of its own callbacks: jobs end, and call back, only after
 * curl_multi_socket_action has returned.
 */
#include "common/sys/http_client_int.h"

#include <assert.h>

#include <curl/curl.h>

#include "common/sys/loop.h"

/* Idle connections kept: one that parks and one that syncs, and as many
 * again while addresses change. */
#define IDLE_CONNECTIONS_MAX 4L

struct http_loop {
	struct loop *loop;
	CURLM *multi;
	struct loop_timer *timer;
	struct http_job *jobs; /* all that are under way */
	/* curl or the loop gave up: the calls under way end, and the next one
	 * begins with another multi. */
	bool is_broken;
	struct err why; /* what the loop said; code ERR_OK: nothing */
};

static void
unlink_job(struct http_loop *hl, const struct http_job *job)
{
	struct http_job **at = &hl->jobs;

	while (*at != NULL && *at != job)
		at = &(*at)->next;
	if (*at != NULL)
		*at = job->next;
}

static bool
is_running(const struct http_loop *hl, const struct http_job *job)
{
	const struct http_job *j = hl->jobs;

	while (j != NULL && j != job)
		j = j->next;
	return j != NULL;
}

static void
free_job(struct http_job *job)
{
	http_job_fini(job);
	http_answer_fini(&job->answer);
	curl_easy_cleanup(job->easy);
	free(job);
}

/* End a job with curl's code and tell its owner. */
static void
end_job(struct http_loop *hl, struct http_job *job, CURLcode code)
{
	struct err e = { .code = ERR_OK };

	if (code != CURLE_OK)
		http_job_sever(job);
	(void)curl_multi_remove_handle(hl->multi, job->easy);
	unlink_job(hl, job);
	e.code = http_job_finish(job, (int)code, &e);
	job->done(job->done_arg, &job->answer, &e);
	free_job(job);
}

/* What broke it is the trouble of each call. */
static void
blame(const struct http_loop *hl, struct http_job *job)
{
	if (job->setup.code != ERR_OK)
		return;
	job->setup = hl->why;
	if (hl->why.code == ERR_OK)
		(void)err_set(&job->setup, ERR_NOMEM, 0,
		    "no memory for a call to the office");
}

/* After anything went on in curl: end the jobs that are done.  While it is
 * broken no job can be started before all have ended. */
static void
collect(struct http_loop *hl, CURLMcode code)
{
	CURLMsg *msg;
	int left;

	if (code != CURLM_OK)
		hl->is_broken = true;
	while (!hl->is_broken &&
	    (msg = curl_multi_info_read(hl->multi, &left)) != NULL) {
		struct http_job *job = NULL;
		CURLcode result = msg->data.result;

		if (msg->msg != CURLMSG_DONE)
			continue;
		(void)curl_easy_getinfo(
		    msg->easy_handle, CURLINFO_PRIVATE, &job);
		assert(job != NULL);
		end_job(hl, job, result);
	}
	while (hl->is_broken && hl->jobs != NULL) {
		blame(hl, hl->jobs);
		end_job(hl, hl->jobs, CURLE_FAILED_INIT);
	}
}

static void
on_ready(int fd, unsigned events, void *arg)
{
	struct http_loop *hl = arg;
	int mask = 0, running;

	if ((events & LOOP_READ) != 0)
		mask |= CURL_CSELECT_IN;
	if ((events & LOOP_WRITE) != 0)
		mask |= CURL_CSELECT_OUT;
	collect(hl, curl_multi_socket_action(hl->multi, fd, mask, &running));
}

static void
on_due(void *arg)
{
	struct http_loop *hl = arg;
	int running;

	collect(hl,
	    curl_multi_socket_action(
	        hl->multi, CURL_SOCKET_TIMEOUT, 0, &running));
}

/* curl wants a descriptor watched otherwise; -1 makes it give up. */
static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *assigned)
{
	struct http_loop *hl = arg;
	struct loop_fd *w = assigned;
	unsigned events = 0;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		loop_fd_free(w);
		(void)curl_multi_assign(hl->multi, fd, NULL);
		return 0;
	}
	if ((what & CURL_POLL_IN) != 0)
		events |= LOOP_READ;
	if ((what & CURL_POLL_OUT) != 0)
		events |= LOOP_WRITE;
	if (w == NULL) {
		if (loop_fd_new(hl->loop, fd, on_ready, hl, &w, &hl->why) !=
		    ERR_OK)
			return -1;
		if (curl_multi_assign(hl->multi, fd, w) != CURLM_OK) {
			loop_fd_free(w);
			return -1;
		}
	}
	if (loop_fd_set(w, events, &hl->why) == ERR_OK)
		return 0;
	/* A multi that gave up never says that it is done with it. */
	loop_fd_free(w);
	(void)curl_multi_assign(hl->multi, fd, NULL);
	return -1;
}

static int
on_timeout(CURLM *multi, long timeout_ms, void *arg)
{
	struct http_loop *hl = arg;

	(void)multi;
	if (timeout_ms < 0) {
		loop_timer_stop(hl->timer);
		return 0;
	}
	return loop_timer_start(hl->timer, (uint32_t)timeout_ms, &hl->why) ==
	        ERR_OK
	    ? 0
	    : -1;
}

static enum err_code
make_multi(struct http_loop *hl, struct err *e)
{
	CURLM *m = hl->multi = curl_multi_init();

	if (m == NULL ||
	    curl_multi_setopt(m, CURLMOPT_SOCKETFUNCTION, on_socket) ||
	    curl_multi_setopt(m, CURLMOPT_SOCKETDATA, hl) ||
	    curl_multi_setopt(m, CURLMOPT_TIMERFUNCTION, on_timeout) ||
	    curl_multi_setopt(m, CURLMOPT_TIMERDATA, hl) ||
	    curl_multi_setopt(m, CURLMOPT_PIPELINING, CURLPIPE_NOTHING) ||
	    curl_multi_setopt(m, CURLMOPT_MAXCONNECTS, IDLE_CONNECTIONS_MAX))
		return err_set(e, ERR_NOMEM, 0, "no memory for a client");
	return ERR_OK;
}

/* A multi that gave up takes no more calls: go on with another. */
static enum err_code
mend(struct http_loop *hl, struct err *e)
{
	enum err_code rc;

	if (hl->jobs != NULL) /* they are being ended just now */
		return err_set(e, ERR_NOMEM, 0, "the network library failed");
	if (hl->multi != NULL)
		(void)curl_multi_cleanup(hl->multi);
	loop_timer_stop(hl->timer);
	hl->why = (struct err){ .code = ERR_OK };
	rc = make_multi(hl, e);
	hl->is_broken = rc != ERR_OK;
	return rc;
}

enum err_code
http_client_attach(struct http_client *c, struct loop *l, struct err *e)
{
	struct http_loop *hl = calloc(1, sizeof(*hl));
	enum err_code rc;

	assert(c->loop == NULL);
	if (hl == NULL)
		return err_set(e, ERR_NOMEM, 0, "no memory for a client");
	hl->loop = l;
	if ((rc = loop_timer_new(l, on_due, hl, &hl->timer, e)) != ERR_OK ||
	    (rc = make_multi(hl, e)) != ERR_OK)
		goto out;
	c->loop = hl;
	hl = NULL;
out:
	http_loop_free(hl);
	return rc;
}

void
http_loop_free(struct http_loop *hl)
{
	struct http_job *job;

	if (hl == NULL)
		return;
	while ((job = hl->jobs) != NULL) {
		hl->jobs = job->next;
		(void)curl_multi_remove_handle(hl->multi, job->easy);
		free_job(job);
	}
	if (hl->multi != NULL)
		(void)curl_multi_cleanup(hl->multi); /* no handle is left */
	loop_timer_free(hl->timer);
	free(hl);
}

enum err_code
http_client_start(struct http_client *c, const struct http_call *call,
    http_done_fn *done, void *done_arg, struct http_job **job_out,
    struct err *e)
{
	struct http_loop *hl = c->loop;
	struct http_job *job = NULL;
	CURL *easy = NULL;
	enum err_code rc;

	assert(hl != NULL);
	if (hl->is_broken && (rc = mend(hl, e)) != ERR_OK)
		return rc;
	job = calloc(1, sizeof(*job));
	easy = curl_easy_init();
	if (job == NULL || easy == NULL) {
		rc = err_set(e, ERR_NOMEM, 0, "no memory for a call");
		goto out;
	}
	rc = http_job_init(job, c, call, easy, e);
	if (rc != ERR_OK)
		goto out;
	job->done = done;
	job->done_arg = done_arg;
	if (curl_easy_setopt(easy, CURLOPT_PRIVATE, job) != CURLE_OK ||
	    curl_multi_add_handle(hl->multi, easy) != CURLM_OK) {
		http_job_fini(job);
		rc = err_set(e, ERR_NOMEM, 0, "no memory for a call");
		goto out;
	}
	job->next = hl->jobs;
	hl->jobs = job;
	*job_out = job;
	return ERR_OK;
out:
	curl_easy_cleanup(easy);
	free(job);
	return rc;
}

void
http_client_cancel(struct http_job *job)
{
	struct http_loop *hl = job->client->loop;

	if (!is_running(hl, job))
		return; /* called from its own done */
	(void)curl_multi_remove_handle(hl->multi, job->easy);
	unlink_job(hl, job);
	free_job(job);
}
