/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device's HTTP client and the office's HTTP server speak to each other,
 * with certificates of the office's own authority, both in one loop.
 */
#include "tests/support/check.h"

#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/enc.h"
#include "common/sys/http_client.h"
#include "common/sys/http_server.h"
#include "common/sys/loop.h"
#include "common/sys/pki.h"
#include "common/sys/tcp.h"
#include "common/sys/tls.h"
#include "tests/support/memory_scan.h"
#include "tests/support/party.h"

#define WAIT_MS 10000
#define DAY_MS 86400000U

static struct party root, issuing, server, device;

static int
set_up(void **state)
{
	static const char *const san[] = { "127.0.0.1", "office.test" };
	const uint64_t now = clock_unix_ms();
	struct pki_profile profile = { .kind = PKI_ROOT,
		.common_name = "Office root",
		.not_before_ms = now - DAY_MS,
		.not_after_ms = now + DAY_MS };

	(void)state;
	party_make(&root, NULL, &profile);
	profile.kind = PKI_ISSUING;
	profile.common_name = "Node";
	party_make(&issuing, &root, &profile);
	profile.kind = PKI_DEVICE;
	profile.common_name = "device";
	party_make(&device, &issuing, &profile);
	profile.kind = PKI_SERVER;
	profile.common_name = "server";
	profile.san = san;
	profile.san_n = 2;
	party_make(&server, &issuing, &profile);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	party_fini(&root);
	party_fini(&issuing);
	party_fini(&server);
	party_fini(&device);
	return 0;
}

struct scene {
	struct loop *loop;
	struct loop_timer *late;
	struct tls_server *tls;
	struct http_server *server;
	struct tcp_address address;
	struct http_client *client;
	struct http_request *parked;
	unsigned gone, done, wanted;
	bool was_late;
	enum http_outcome outcome; /* of the last call that ended */
	unsigned status;
	unsigned resumed, reused;
	char body[128];
};

static void
on_late(void *arg)
{
	struct scene *s = arg;

	s->was_late = true;
	loop_stop(s->loop);
}

/* Answers who the client is; "/v1/wait" is parked. */
static void
on_request(struct http_request *r, void *arg)
{
	struct scene *s = arg;
	char who[ENC_HEX_LEN(32) + 1] = "nobody";

	if (strcmp(r->path, "/v1/wait") == 0) {
		s->parked = r;
		loop_stop(s->loop);
		return;
	}
	if (r->has_cert)
		enc_hex(r->cert_sha256, 32, who);
	http_reply(r, 200, NULL, 0, who, strlen(who));
}

static void
on_gone(struct http_request *r, void *arg)
{
	struct scene *s = arg;

	assert_ptr_equal(r, s->parked);
	s->gone++;
	loop_stop(s->loop);
}

static void
scene_start(struct scene *s)
{
	const struct tls_server_options tls = { .key_pem = &server.key,
		.chain_pem = &server.chain,
		.clients = TLS_CLIENT_MAY,
		.client_root_pem = &root.cert };
	struct http_server_options http = {
		.on_request = on_request, .on_gone = on_gone, .arg = s
	};
	struct err e;

	*s = (struct scene){ .loop = NULL };
	assert_ok(loop_new(&s->loop, &e), &e);
	assert_ok(tls_server_new(&tls, &s->tls, &e), &e);
	http.tls = s->tls;
	assert_ok(
	    tcp_listen("127.0.0.1:0", &http.listen_fd, &s->address, &e), &e);
	assert_ok(http_server_new(s->loop, &http, &s->server, &e), &e);
	assert_ok(loop_timer_new(s->loop, on_late, s, &s->late, &e), &e);
}

static void
scene_end(struct scene *s)
{
	http_client_free(s->client);
	http_server_free(s->server);
	tls_server_free(s->tls);
	loop_timer_free(s->late);
	loop_free(s->loop);
}

/* A client that knows the root, or only its fingerprint; as the device or as
 * nobody. */
static void
connect_as(struct scene *s, const struct party *who, bool knows_root)
{
	struct http_client_cfg cfg = { .connect_ms = WAIT_MS };
	struct hash32 pin;
	struct err e;

	assert_ok(pki_cert_sha256(crypto_part_buf(&root.cert), &pin, &e), &e);
	if (knows_root) {
		cfg.root = root.cert.ptr;
		cfg.root_len = root.cert.len;
	} else {
		cfg.pin = pin.b;
		cfg.pin_len = sizeof(pin.b);
	}
	if (who != NULL) {
		cfg.cert = who->chain.ptr;
		cfg.cert_len = who->chain.len;
		cfg.key = who->key.ptr;
		cfg.key_len = who->key.len;
	}
	assert_ok(http_client_new(&cfg, &s->client, &e), &e);
	assert_ok(http_client_attach(s->client, s->loop, &e), &e);
}

static void
on_done(void *arg, struct http_answer *answer, const struct err *e)
{
	struct scene *s = arg;

	s->outcome = answer->outcome;
	s->status = answer->status;
	s->resumed += answer->is_resumed;
	s->reused += answer->is_reused;
	(void)snprintf(s->body, sizeof(s->body), "%s", answer->body.ptr);
	if (e->code != ERR_OK)
		print_message("%s\n", e->msg);
	if (++s->done == s->wanted)
		loop_stop(s->loop);
}

static struct http_job *
start(struct scene *s, const char *path)
{
	const struct http_call call = { .method = "POST",
		.address = s->address.s,
		.path = path,
		.body = "{}",
		.body_len = 2,
		.timeout_ms = WAIT_MS };
	struct http_job *job = NULL;
	struct err e;

	assert_ok(
	    http_client_start(s->client, &call, on_done, s, &job, &e), &e);
	s->wanted++;
	return job;
}

/* Run until a callback stops the loop. */
static void
run(struct scene *s)
{
	struct err e;

	assert_ok(loop_timer_start(s->late, WAIT_MS, &e), &e);
	assert_ok(loop_run(s->loop, &e), &e);
	assert_false(s->was_late);
	loop_timer_stop(s->late);
}

static void
a_device_enrols_knowing_only_the_fingerprint(void **state)
{
	struct scene s;
	struct hash32 known, found;
	const uint8_t *der;
	size_t len;
	struct err e;

	(void)state;
	scene_start(&s);
	connect_as(&s, NULL, false);
	(void)start(&s, "/v1/enrol");
	run(&s);
	assert_int_equal(s.outcome, HTTP_OUTCOME_OK);
	assert_string_equal(s.body, "nobody");
	der = http_client_root(s.client, &len);
	assert_non_null(der);
	assert_ok(pki_cert_sha256(crypto_part_buf(&root.cert), &known, &e), &e);
	assert_ok(pki_cert_sha256(crypto_part(der, len), &found, &e), &e);
	assert_memory_equal(known.b, found.b, sizeof(known.b));
	scene_end(&s);
}

static void
the_office_knows_the_device_also_when_it_resumes(void **state)
{
	struct scene s;
	struct hash32 hash;
	char who[ENC_HEX_LEN(32) + 1];
	struct err e;

	(void)state;
	assert_ok(
	    pki_cert_sha256(crypto_part_buf(&device.cert), &hash, &e), &e);
	enc_hex(hash.b, sizeof(hash.b), who);
	scene_start(&s);
	connect_as(&s, &device, true);
	(void)start(&s, "/v1/sync");
	run(&s);
	assert_int_equal(s.status, 200);
	assert_string_equal(s.body, who);
	/* One takes the open connection, the other has to make one. */
	(void)start(&s, "/v1/sync");
	(void)start(&s, "/v1/sync");
	run(&s);
	assert_int_equal(s.done, 3);
	assert_string_equal(s.body, who);
	assert_int_equal(s.reused, 1);
	assert_int_equal(s.resumed, 1);
	scene_end(&s);
}

static void
a_parked_call_is_answered_late_and_missed_when_cancelled(void **state)
{
	struct scene s;
	struct http_job *job;

	(void)state;
	scene_start(&s);
	connect_as(&s, &device, true);
	(void)start(&s, "/v1/wait");
	run(&s);
	assert_non_null(s.parked);
	http_reply(s.parked, 204, NULL, 0, NULL, 0);
	run(&s);
	assert_int_equal(s.status, 204);
	job = start(&s, "/v1/wait");
	run(&s);
	http_client_cancel(job);
	run(&s);
	assert_int_equal(s.gone, 1);
	assert_int_equal(s.done, 1);
	scene_end(&s);
}

/* OpenSSL holds a number with its lowest byte first. */
static struct memory_mask
reversed(const struct memory_mask *m)
{
	struct memory_mask out;

	for (size_t i = 0; i < sizeof(m->b); i++)
		out.b[i] = m->b[sizeof(m->b) - 1 - i];
	return out;
}

/* Promise P6: a device that locks frees its client. */
static void
a_freed_client_leaves_no_key_behind(void **state)
{
	struct memory_mask text, number, held;
	struct scene s;

	(void)state;
	memory_mask_key(&device.key, &text, &number);
	held = reversed(&number);
	scene_start(&s);
	connect_as(&s, &device, true);
	buf_wipe(&device.key);
	(void)start(&s, "/v1/sync");
	run(&s);
	assert_int_equal(s.status, 200);
#ifndef __SANITIZE_ADDRESS__
	assert_int_equal(memory_count(&text), 0);
	assert_int_not_equal(memory_count(&held), 0);
	http_client_free(s.client);
	s.client = NULL;
	assert_int_equal(memory_count(&number), 0);
	assert_int_equal(memory_count(&held), 0);
#else
	(void)held;
#endif
	scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_device_enrols_knowing_only_the_fingerprint),
		cmocka_unit_test(
		    the_office_knows_the_device_also_when_it_resumes),
		cmocka_unit_test(
		    a_parked_call_is_answered_late_and_missed_when_cancelled),
		cmocka_unit_test(a_freed_client_leaves_no_key_behind),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
