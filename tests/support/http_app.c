/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/http_app.h"

#include "tests/support/check.h"

#include "common/base/enc.h"

static void
answer_echo(struct http_request *r)
{
	const struct http_header type = { "Content-Type", "text/plain" };
	struct buf b;

	buf_init(&b, (size_t)16 << 20);
	(void)buf_printf(&b, "%s %s%s%s\n", http_method_name(r->method),
	    r->path, r->query != NULL ? "?" : "",
	    r->query != NULL ? r->query : "");
	(void)buf_add(&b, r->body, r->body_len);
	http_reply(r, 200, &type, 1, b.ptr, b.len);
	buf_fini(&b);
}

static void
answer_cert(struct http_request *r)
{
	char hex[ENC_HEX_LEN(32) + 1] = "none";

	if (r->has_cert)
		enc_hex(r->cert_sha256, 32, hex);
	http_reply(r, 200, NULL, 0, hex, strlen(hex));
}

static void
answer_large(struct http_request *r)
{
	char *body = malloc(HTTP_APP_LARGE);

	memset(body, 'x', HTTP_APP_LARGE);
	http_reply(r, 200, NULL, 0, body, HTTP_APP_LARGE);
	free(body);
}

static void
park(struct http_app *a, struct http_request *r)
{
	unsigned slot = 0;

	while (a->parked[slot] != NULL)
		slot++;
	a->parked[slot] = r;
	a->parked_n++;
}

static void
on_request(struct http_request *r, void *arg)
{
	const struct http_header split = { "Location", "/\r\nX-Evil: 1" };
	const struct http_header length = { "content-length", "1" };
	struct http_app *a = arg;

	a->requests++;
	if (strcmp(r->path, "/echo") == 0)
		answer_echo(r);
	else if (strcmp(r->path, "/park") == 0)
		park(a, r);
	else if (strcmp(r->path, "/cert") == 0)
		answer_cert(r);
	else if (strcmp(r->path, "/large") == 0)
		answer_large(r);
	else if (strcmp(r->path, "/split") == 0)
		http_reply(r, 303, &split, 1, NULL, 0);
	else if (strcmp(r->path, "/length") == 0)
		http_reply(r, 200, &length, 1, "12345", 5);
	else
		http_reply(r, 404, NULL, 0, "no\n", 3);
}

static void
on_gone(struct http_request *r, void *arg)
{
	struct http_app *a = arg;

	a->gone++;
	for (unsigned i = 0; i < HTTP_APP_PARKED_MAX; i++)
		if (a->parked[i] == r) {
			a->parked[i] = NULL;
			a->parked_n--;
			return;
		}
	fail_msg("a request that was not parked is gone");
}

void
http_app_start(struct http_app *a, const struct http_app_wish *wish)
{
	const struct cert_wish root = { "office", NULL, true, -1, 3650 };
	const struct cert_wish node = { "node", &a->root, false, -1, 30 };
	struct http_server_options o = {
		.limits = wish->limits,
		.on_request = on_request,
		.on_gone = on_gone,
		.arg = a,
	};
	const struct tls_server_options t = {
		.key_pem = &a->node.key_pem,
		.chain_pem = &a->node.chain_pem,
		.clients = wish->clients,
		.client_root_pem = &a->root.cert_pem,
	};
	struct err e;

	memset(a, 0, sizeof(*a));
	assert_ok(loop_new(&a->loop, &e), &e);
	if (wish->tls) {
		cert_make(&a->root, &root);
		cert_make(&a->node, &node);
		assert_ok(tls_server_new(&t, &a->tls, &e), &e);
		a->client = wire_tls_new(&a->root, NULL);
	}
	o.tls = a->tls;
	assert_ok(
	    tcp_listen(wish->listen != NULL ? wish->listen : "127.0.0.1:0",
	        &o.listen_fd, &a->address, &e),
	    &e);
	assert_ok(http_server_new(a->loop, &o, &a->server, &e), &e);
}

void
http_app_end(struct http_app *a)
{
	http_server_free(a->server);
	tls_server_free(a->tls);
	wire_tls_free(a->client);
	if (a->tls != NULL) {
		cert_fini(&a->root);
		cert_fini(&a->node);
	}
	loop_free(a->loop);
}

struct wire *
http_app_connect(struct http_app *a)
{
	return wire_open(a->loop, a->address.s, a->client);
}

struct waits_for {
	const struct http_app *app;
	unsigned n;
};

static bool
is_parked(void *arg)
{
	const struct waits_for *w = arg;

	return w->app->parked_n >= w->n;
}

static bool
is_gone(void *arg)
{
	const struct waits_for *w = arg;

	return w->app->gone >= w->n;
}

static bool
is_empty(void *arg)
{
	const struct http_app *a = arg;

	return http_server_connections(a->server) == 0;
}

void
http_app_wait_parked(struct http_app *a, unsigned n)
{
	struct waits_for w = { a, n };

	wire_until(a->loop, is_parked, &w);
}

void
http_app_wait_gone(struct http_app *a, unsigned n)
{
	struct waits_for w = { a, n };

	wire_until(a->loop, is_gone, &w);
}

void
http_app_wait_empty(struct http_app *a)
{
	wire_until(a->loop, is_empty, a);
}

void
http_app_answer(struct http_app *a, unsigned slot, const char *text)
{
	struct http_request *r = a->parked[slot];

	assert_non_null(r);
	a->parked[slot] = NULL;
	a->parked_n--;
	http_reply(r, 200, NULL, 0, text, strlen(text));
}
