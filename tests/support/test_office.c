/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/test_office.h"

#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>

#define WAIT_S 10
#define REQUEST_CAP (64U << 20)

/* One connection; answers go to ssl, or to fd while there is no TLS. */
struct guest {
	struct test_office *office;
	pthread_t thread;
	int fd;
	SSL *ssl;
};

struct test_office {
	struct test_office_cfg cfg;
	SSL_CTX *ctx;
	int listener;
	unsigned port;
	char address[32];
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* Under lock. */
	bool is_stopping;
	unsigned released;
	enum test_office_fault fault;
	size_t cut_at;
	struct buf answer;
	struct buf last;
	struct test_office_seen seen;
	struct guest guests[TEST_OFFICE_CONNECTIONS_MAX];
};

static void
must(bool ok, const char *what)
{
	if (ok)
		return;
	(void)fprintf(stderr, "test_office: %s failed\n", what);
	abort();
}

static void
lock(struct test_office *o)
{
	must(pthread_mutex_lock(&o->lock) == 0, "lock");
}

static void
unlock(struct test_office *o)
{
	(void)pthread_cond_broadcast(&o->changed);
	must(pthread_mutex_unlock(&o->lock) == 0, "unlock");
}

static struct timespec
deadline(void)
{
	struct timespec t;

	must(clock_gettime(CLOCK_MONOTONIC, &t) == 0, "clock");
	t.tv_sec += WAIT_S;
	return t;
}

static int
guest_read(struct guest *g, void *data, int len)
{
	return g->ssl != NULL ? SSL_read(g->ssl, data, len)
	                      : (int)recv(g->fd, data, (size_t)len, 0);
}

static bool
guest_write(struct guest *g, const char *data, size_t len)
{
	while (len > 0) {
		int part = len > 16384 ? 16384 : (int)len;
		int n = g->ssl != NULL
		    ? SSL_write(g->ssl, data, part)
		    : (int)send(g->fd, data, (size_t)part, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

static size_t
body_len_of(const char *head)
{
	const char *p = strcasestr(head, "\r\nContent-Length:");

	return p == NULL ? 0 : strtoul(p + 17, NULL, 10);
}

/* One request; requests are not pipelined.  False at the end. */
static bool
read_request(struct guest *g, struct buf *out)
{
	size_t want = SIZE_MAX;
	char chunk[16384];

	buf_reset(out);
	while (out->len < want) {
		const char *end;
		int n = guest_read(g, chunk, sizeof(chunk));

		if (n <= 0 || !buf_add(out, chunk, (size_t)n))
			return false;
		end = strstr(out->ptr, "\r\n\r\n");
		if (want == SIZE_MAX && end != NULL)
			want = (size_t)(end - out->ptr) + 4 +
			    body_len_of(out->ptr);
	}
	return true;
}

/* Waits for a release if requests are parked now; false: stop. */
static bool
wait_parked(struct test_office *o)
{
	const struct timespec end = deadline();
	const unsigned before = o->released;

	while (!o->is_stopping && o->released == before)
		if (pthread_cond_timedwait(&o->changed, &o->lock, &end) != 0)
			return false;
	return !o->is_stopping;
}

/* Answer one request; false: the connection is over. */
static bool
answer(struct guest *g, const struct buf *request)
{
	struct test_office *o = g->office;
	struct buf copy;
	enum test_office_fault fault;
	bool go_on = true;

	buf_init(&copy, REQUEST_CAP);
	lock(o);
	fault = o->fault;
	o->seen.requests++;
	o->seen.request_bytes += request->len;
	buf_reset(&o->last);
	must(buf_add(&o->last, request->ptr, request->len), "memory");
	(void)pthread_cond_broadcast(&o->changed);
	if (fault == TEST_OFFICE_PARKS)
		go_on = wait_parked(o);
	must(buf_add(&copy, o->answer.ptr, o->answer.len), "memory");
	if (fault == TEST_OFFICE_CUTS && copy.len > o->cut_at)
		copy.len = o->cut_at;
	o->seen.answer_bytes += copy.len;
	unlock(o);
	if (fault == TEST_OFFICE_LEAVES)
		go_on = false;
	if (go_on)
		go_on = guest_write(g, copy.ptr, copy.len) &&
		    fault != TEST_OFFICE_CUTS;
	buf_fini(&copy);
	return go_on;
}

static bool
start_tls(struct guest *g)
{
	struct test_office *o = g->office;
	X509 *cert;
	bool ok;

	g->ssl = SSL_new(o->ctx);
	must(g->ssl != NULL && SSL_set_fd(g->ssl, g->fd) == 1, "TLS");
	ok = SSL_accept(g->ssl) == 1;
	lock(o);
	if (ok) {
		cert = SSL_get1_peer_certificate(g->ssl);
		o->seen.handshakes++;
		o->seen.resumed += SSL_session_reused(g->ssl) == 1;
		o->seen.client_certs += cert != NULL;
		X509_free(cert);
	}
	unlock(o);
	return ok;
}

static bool
play_proxy(struct guest *g, struct buf *request)
{
	static const char ok[] = "HTTP/1.1 200 Connection established\r\n\r\n";

	if (!read_request(g, request) ||
	    strncmp(request->ptr, "CONNECT ", 8) != 0)
		return false;
	lock(g->office);
	g->office->seen.connects++;
	unlock(g->office);
	return guest_write(g, ok, sizeof(ok) - 1);
}

static void
serve(struct guest *g, struct buf *request)
{
	struct test_office *o = g->office;
	enum test_office_fault fault;
	char byte;

	lock(o);
	fault = o->fault;
	unlock(o);
	if (fault == TEST_OFFICE_HANGS_UP)
		return;
	if (fault == TEST_OFFICE_IS_MUTE) {
		while (recv(g->fd, &byte, 1, 0) > 0)
			;
		return;
	}
	if (fault == TEST_OFFICE_IS_PLAIN) {
		(void)answer(g, request);
		return;
	}
	if (o->cfg.is_proxy && !play_proxy(g, request))
		return;
	if (!start_tls(g))
		return;
	while (read_request(g, request))
		if (!answer(g, request))
			return;
}

static void *
guest_main(void *arg)
{
	struct guest *g = arg;
	struct buf request;

	buf_init(&request, REQUEST_CAP);
	serve(g, &request);
	buf_fini(&request);
	SSL_free(g->ssl);
	(void)shutdown(g->fd, SHUT_RDWR);
	return NULL;
}

static void
welcome(struct test_office *o, int fd)
{
	const struct timeval limit = { .tv_sec = WAIT_S };
	struct guest *g = NULL;

	must(
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0,
	    "timeout");
	lock(o);
	if (!o->is_stopping &&
	    o->seen.connections < TEST_OFFICE_CONNECTIONS_MAX) {
		g = &o->guests[o->seen.connections++];
		g->office = o;
		g->fd = fd;
		must(pthread_create(&g->thread, NULL, guest_main, g) == 0,
		    "thread");
	}
	unlock(o);
	if (g == NULL)
		(void)close(fd);
}

static void *
office_main(void *arg)
{
	struct test_office *o = arg;
	int fd;

	while ((fd = accept(o->listener, NULL, NULL)) >= 0)
		welcome(o, fd);
	return NULL;
}

static void
set_up_tls(struct test_office *o)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	const int version = o->cfg.is_tls12 ? TLS1_2_VERSION : TLS1_3_VERSION;

	must(ctx != NULL, "TLS");
	o->ctx = ctx;
	if (o->cfg.chain[0] == NULL)
		return;
	must(SSL_CTX_set_max_proto_version(ctx, version) == 1, "TLS version");
	must(SSL_CTX_use_certificate(ctx, test_cert_x509(o->cfg.chain[0])) == 1,
	    "certificate");
	must(SSL_CTX_use_PrivateKey(ctx, test_cert_key(o->cfg.chain[0])) == 1,
	    "key");
	for (int i = 1; i < TEST_OFFICE_CHAIN_MAX; i++)
		if (o->cfg.chain[i] != NULL)
			must(SSL_CTX_add1_chain_cert(
			         ctx, test_cert_x509(o->cfg.chain[i])) == 1,
			    "chain");
	must(SSL_CTX_set_session_id_context(
	         ctx, (const unsigned char *)"office", 6) == 1,
	    "session context");
	if (o->cfg.client_root == NULL)
		return;
	must(X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx),
	         test_cert_x509(o->cfg.client_root)) == 1,
	    "client root");
	SSL_CTX_set_verify(
	    ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
}

struct test_office *
test_office_new(const struct test_office_cfg *cfg)
{
	struct test_office *o = calloc(1, sizeof(*o));
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t at_len = sizeof(at);
	pthread_condattr_t attr;

	must(signal(SIGPIPE, SIG_IGN) != SIG_ERR, "signal");
	must(o != NULL, "memory");
	o->cfg = *cfg;
	buf_init(&o->answer, REQUEST_CAP);
	buf_init(&o->last, REQUEST_CAP);
	must(pthread_mutex_init(&o->lock, NULL) == 0 &&
	        pthread_condattr_init(&attr) == 0 &&
	        pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0 &&
	        pthread_cond_init(&o->changed, &attr) == 0,
	    "lock");
	(void)pthread_condattr_destroy(&attr);
	set_up_tls(o);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	o->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(o->listener >= 0 &&
	        bind(o->listener, (struct sockaddr *)&at, sizeof(at)) == 0 &&
	        listen(o->listener, 16) == 0 &&
	        getsockname(o->listener, (struct sockaddr *)&at, &at_len) == 0,
	    "socket");
	o->port = ntohs(at.sin_port);
	(void)snprintf(o->address, sizeof(o->address), "127.0.0.1:%u", o->port);
	must(pthread_create(&o->thread, NULL, office_main, o) == 0, "thread");
	return o;
}

void
test_office_free(struct test_office *o)
{
	if (o == NULL)
		return;
	lock(o);
	o->is_stopping = true;
	(void)shutdown(o->listener, SHUT_RDWR);
	for (unsigned i = 0; i < o->seen.connections; i++)
		(void)shutdown(o->guests[i].fd, SHUT_RDWR);
	unlock(o);
	must(pthread_join(o->thread, NULL) == 0, "join");
	for (unsigned i = 0; i < o->seen.connections; i++) {
		must(pthread_join(o->guests[i].thread, NULL) == 0, "join");
		(void)close(o->guests[i].fd);
	}
	(void)close(o->listener);
	SSL_CTX_free(o->ctx);
	buf_fini(&o->answer);
	buf_fini(&o->last);
	(void)pthread_cond_destroy(&o->changed);
	(void)pthread_mutex_destroy(&o->lock);
	free(o);
}

const char *
test_office_address(const struct test_office *o)
{
	return o->address;
}

unsigned
test_office_port(const struct test_office *o)
{
	return o->port;
}

void
test_office_answer(struct test_office *o, const char *raw, size_t len)
{
	lock(o);
	buf_reset(&o->answer);
	must(buf_add(&o->answer, raw, len), "memory");
	unlock(o);
}

void
test_office_fault(struct test_office *o, enum test_office_fault fault)
{
	lock(o);
	o->fault = fault;
	unlock(o);
}

void
test_office_cut_at(struct test_office *o, size_t len)
{
	lock(o);
	o->cut_at = len;
	unlock(o);
}

void
test_office_release(struct test_office *o)
{
	lock(o);
	o->released++;
	unlock(o);
}

struct test_office_seen
test_office_seen(struct test_office *o)
{
	struct test_office_seen seen;

	lock(o);
	seen = o->seen;
	unlock(o);
	return seen;
}

void
test_office_last(struct test_office *o, struct buf *out)
{
	lock(o);
	must(buf_add(out, o->last.ptr, o->last.len), "memory");
	unlock(o);
}

bool
test_office_wait(struct test_office *o, unsigned requests)
{
	const struct timespec end = deadline();
	bool ok = true;

	lock(o);
	while (ok && o->seen.requests < requests)
		ok = pthread_cond_timedwait(&o->changed, &o->lock, &end) == 0;
	unlock(o);
	return ok;
}
