/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include "tests/support/http_app.h"

#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>

#include "common/base/enc.h"

#define ASK_CERT "GET /cert HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"

/* An office's certificates beside those of http_app. */
struct people {
	struct cert issuing; /* under the office's root */
	struct cert device, expired, future;
	struct cert other_root, stranger;
};

static void
people_make(struct people *p, const struct cert *root)
{
	cert_make(&p->issuing,
	    &(struct cert_wish){ "issuing", root, true, -400, 400 });
	cert_make(&p->device,
	    &(struct cert_wish){ "device", &p->issuing, false, -1, 30 });
	cert_make(&p->expired,
	    &(struct cert_wish){ "expired", &p->issuing, false, -60, -30 });
	cert_make(&p->future,
	    &(struct cert_wish){ "future", &p->issuing, false, 30, 60 });
	cert_make(&p->other_root,
	    &(struct cert_wish){ "office", NULL, true, -1, 30 });
	cert_make(&p->stranger,
	    &(struct cert_wish){ "device", &p->other_root, false, -1, 30 });
}

static void
people_fini(struct people *p)
{
	cert_fini(&p->issuing);
	cert_fini(&p->device);
	cert_fini(&p->expired);
	cert_fini(&p->future);
	cert_fini(&p->other_root);
	cert_fini(&p->stranger);
}

static void
fingerprint(const struct cert *c, char hex[ENC_HEX_LEN(32) + 1])
{
	BIO *bio = BIO_new_mem_buf(c->cert_pem.ptr, (int)c->cert_pem.len);
	unsigned char digest[SHA256_DIGEST_LENGTH];
	unsigned char *der = NULL;
	X509 *cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	int len = i2d_X509(cert, &der);

	assert_true(len > 0);
	SHA256(der, (size_t)len, digest);
	enc_hex(digest, sizeof(digest), hex);
	OPENSSL_free(der);
	X509_free(cert);
	BIO_free(bio);
}

/* Ask who the server thinks this is; "" when it would not speak. */
static void
ask(struct http_app *a, struct wire_tls *client, char out[80], bool *resumed)
{
	struct wire *w = wire_open(a->loop, a->address.s, client);
	size_t len = 0;

	out[0] = '\0';
	(void)wire_send_text(w, ASK_CERT);
	if (wire_reply(w, &len) == 200)
		(void)snprintf(
		    out, 80, "%s", strstr(wire_got(w)->ptr, "\r\n\r\n") + 4);
	if (resumed != NULL)
		*resumed = wire_was_resumed(w);
	wire_close(w);
}

static void
assert_answer(struct http_app *a, const struct cert *own, const char *wanted)
{
	struct wire_tls *client = wire_tls_new(&a->root, own);
	char hex[ENC_HEX_LEN(32) + 1], got[80];

	ask(a, client, got, NULL);
	if (wanted == NULL) {
		fingerprint(own, hex);
		wanted = hex;
	}
	assert_string_equal(got, wanted);
	wire_tls_free(client);
}

static void
dates_do_not_matter_and_other_roots_do(void **state)
{
	static const enum tls_client_mode modes[] = { TLS_CLIENT_MAY,
		TLS_CLIENT_MUST };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const struct http_app_wish wish = {
			.tls = true,
			.clients = modes[i],
		};
		struct http_app a;
		struct people p;

		http_app_start(&a, &wish);
		people_make(&p, &a.root);
		assert_answer(&a, &p.device, NULL);
		assert_answer(&a, &p.expired, NULL);
		assert_answer(&a, &p.future, NULL);
		assert_answer(&a, &p.stranger, "");
		assert_answer(
		    &a, NULL, modes[i] == TLS_CLIENT_MAY ? "none" : "");
		http_app_wait_empty(&a);
		people_fini(&p);
		http_app_end(&a);
	}
}

static void
people_are_not_asked_for_certificates(void **state)
{
	const struct http_app_wish wish = {
		.tls = true,
		.clients = TLS_CLIENT_NONE,
	};
	struct http_app a;
	struct people p;

	(void)state;
	http_app_start(&a, &wish);
	people_make(&p, &a.root);
	assert_answer(&a, NULL, "none");
	assert_answer(&a, &p.stranger, "none");
	people_fini(&p);
	http_app_end(&a);
}

/* The keys of the node a. */
static struct tls_server_options
node_options(const struct http_app *a)
{
	return (struct tls_server_options){
		.key_pem = &a->node.key_pem,
		.chain_pem = &a->node.chain_pem,
		.clients = TLS_CLIENT_MAY,
		.client_root_pem = &a->root.cert_pem,
	};
}

static void
a_client_need_not_show_the_issuing_certificates_that_are_known(void **state)
{
	const struct http_app_wish wish = {
		.tls = true,
		.clients = TLS_CLIENT_MAY,
	};
	struct tls_server_options o;
	struct cert alone;
	struct http_app a;
	struct people p;
	struct buf known;
	struct err e;

	(void)state;
	http_app_start(&a, &wish);
	people_make(&p, &a.root);
	alone = p.device; /* borrowed: with its own certificate as the chain */
	alone.chain_pem = p.device.cert_pem;
	assert_answer(&a, &alone, "");
	buf_init(&known, 65536);
	(void)buf_add(&known, a.root.cert_pem.ptr, a.root.cert_pem.len);
	(void)buf_add(&known, p.issuing.cert_pem.ptr, p.issuing.cert_pem.len);
	o = node_options(&a);
	o.client_root_pem = &known;
	assert_ok(tls_server_reload(a.tls, &o, &e), &e);
	assert_answer(&a, &alone, NULL);
	assert_answer(&a, &p.device, NULL);
	/* What is known beside the root is not trusted for itself. */
	buf_reset(&known);
	(void)buf_add(
	    &known, p.other_root.cert_pem.ptr, p.other_root.cert_pem.len);
	(void)buf_add(&known, p.issuing.cert_pem.ptr, p.issuing.cert_pem.len);
	assert_ok(tls_server_reload(a.tls, &o, &e), &e);
	assert_answer(&a, &alone, "");
	buf_fini(&known);
	people_fini(&p);
	http_app_end(&a);
}

static void
a_session_resumes_with_its_certificate_also_after_a_reload(void **state)
{
	const struct http_app_wish wish = {
		.tls = true,
		.clients = TLS_CLIENT_MAY,
	};
	char hex[ENC_HEX_LEN(32) + 1], got[80];
	struct tls_server_options o;
	struct wire_tls *client;
	struct http_app a;
	struct people p;
	bool resumed = true;
	struct err e;

	(void)state;
	http_app_start(&a, &wish);
	people_make(&p, &a.root);
	client = wire_tls_new(&a.root, &p.device);
	fingerprint(&p.device, hex);
	ask(&a, client, got, &resumed);
	assert_string_equal(got, hex);
	assert_false(resumed);
	ask(&a, client, got, &resumed);
	assert_string_equal(got, hex);
	assert_true(resumed);
	o = node_options(&a);
	assert_ok(tls_server_reload(a.tls, &o, &e), &e);
	ask(&a, client, got, &resumed);
	assert_string_equal(got, hex);
	assert_true(resumed);
	/* Under another root the old ticket says nothing. */
	o.client_root_pem = &p.other_root.cert_pem;
	assert_ok(tls_server_reload(a.tls, &o, &e), &e);
	ask(&a, client, got, &resumed);
	assert_string_equal(got, "");
	assert_false(resumed);
	wire_tls_free(client);
	people_fini(&p);
	http_app_end(&a);
}

static void
nodes_that_share_a_ticket_key_resume_each_others_sessions(void **state)
{
	const struct http_app_wish wish = {
		.tls = true,
		.clients = TLS_CLIENT_MAY,
	};
	struct tls_ticket_key key = { { 1, 2, 3 } };
	char hex[ENC_HEX_LEN(32) + 1], got[80];
	struct tls_server_options o;
	struct wire_tls *client;
	struct http_app one, two;
	struct people p;
	bool resumed = true;
	struct err e;

	(void)state;
	http_app_start(&one, &wish);
	http_app_start(&two, &wish);
	people_make(&p, &one.root);
	o = node_options(&one);
	o.ticket_key = &key;
	assert_ok(tls_server_reload(one.tls, &o, &e), &e);
	assert_ok(tls_server_reload(two.tls, &o, &e), &e);
	client = wire_tls_new(&one.root, &p.device);
	fingerprint(&p.device, hex);
	ask(&one, client, got, &resumed);
	assert_false(resumed);
	ask(&two, client, got, &resumed);
	assert_true(resumed);
	assert_string_equal(got, hex);
	wire_tls_free(client);
	people_fini(&p);
	http_app_end(&two);
	http_app_end(&one);
}

static void
a_reload_leaves_open_connections_alone(void **state)
{
	const struct http_app_wish wish = {
		.tls = true,
		.clients = TLS_CLIENT_MAY,
	};
	struct tls_server_options o;
	struct http_app a;
	struct cert fresh;
	struct wire *parked;
	struct err e;

	(void)state;
	http_app_start(&a, &wish);
	parked = http_app_connect(&a);
	assert_true(wire_send_text(
	    parked, "GET /park HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"));
	http_app_wait_parked(&a, 1);
	cert_make(
	    &fresh, &(struct cert_wish){ "fresh", &a.root, false, -1, 30 });
	o = node_options(&a);
	o.key_pem = &fresh.key_pem;
	o.chain_pem = &fresh.chain_pem;
	assert_ok(tls_server_reload(a.tls, &o, &e), &e);
	http_app_answer(&a, 0, "still here");
	assert_int_equal(wire_status(parked), 200);
	wire_close(parked);
	assert_answer(&a, NULL, "none");
	cert_fini(&fresh);
	http_app_end(&a);
}

static void
keys_that_do_not_fit_are_refused_and_the_old_ones_stay(void **state)
{
	const struct http_app_wish wish = {
		.tls = true,
		.clients = TLS_CLIENT_MAY,
	};
	struct buf junk, cut;
	struct tls_server_options o;
	struct http_app a;
	struct people p;
	struct err e;

	(void)state;
	http_app_start(&a, &wish);
	people_make(&p, &a.root);
	buf_init(&junk, 100);
	assert_true(buf_add_str(&junk, "-----BEGIN NONSENSE-----\n"));
	buf_init(&cut, 65536);
	assert_true(
	    buf_add(&cut, p.device.chain_pem.ptr, p.device.chain_pem.len - 40));

	o = node_options(&a);
	o.key_pem = &p.device.key_pem;
	assert_int_equal(tls_server_reload(a.tls, &o, &e), ERR_INVALID);
	o = node_options(&a);
	o.key_pem = &junk;
	assert_int_equal(tls_server_reload(a.tls, &o, &e), ERR_INVALID);
	o = node_options(&a);
	o.chain_pem = &junk;
	assert_int_equal(tls_server_reload(a.tls, &o, &e), ERR_INVALID);
	o = node_options(&a);
	o.client_root_pem = &junk;
	assert_int_equal(tls_server_reload(a.tls, &o, &e), ERR_INVALID);
	o = node_options(&a);
	o.key_pem = &p.device.key_pem;
	o.chain_pem = &cut;
	assert_int_equal(tls_server_reload(a.tls, &o, &e), ERR_INVALID);
	assert_answer(&a, &p.device, NULL);

	buf_fini(&junk);
	buf_fini(&cut);
	people_fini(&p);
	http_app_end(&a);
}

static void
nothing_older_than_tls_1_3_is_spoken(void **state)
{
	const struct http_app_wish wish = { .tls = true };
	struct wire_tls *old;
	struct http_app a;
	char got[80];

	(void)state;
	http_app_start(&a, &wish);
	old = wire_tls_new_until(&a.root, TLS1_2_VERSION);
	ask(&a, old, got, NULL);
	assert_string_equal(got, "");
	wire_tls_free(old);
	http_app_wait_empty(&a);
	http_app_end(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates_do_not_matter_and_other_roots_do),
		cmocka_unit_test(people_are_not_asked_for_certificates),
		cmocka_unit_test(
		    a_client_need_not_show_the_issuing_certificates_that_are_known),
		cmocka_unit_test(
		    a_session_resumes_with_its_certificate_also_after_a_reload),
		cmocka_unit_test(
		    nodes_that_share_a_ticket_key_resume_each_others_sessions),
		cmocka_unit_test(a_reload_leaves_open_connections_alone),
		cmocka_unit_test(
		    keys_that_do_not_fit_are_refused_and_the_old_ones_stay),
		cmocka_unit_test(nothing_older_than_tls_1_3_is_spoken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
