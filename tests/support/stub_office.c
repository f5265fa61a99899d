/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/stub_office.h"

#include "common/base/clock.h"
#include "common/base/enc.h"
#include "common/base/rng.h"
#include "common/store/keyslot.h"
#include "common/sys/json.h"
#include "common/sys/pki.h"
#include "common/sys/zip.h"
#include "schema/schema_bundle.h"
#include "tests/support/stub_office_int.h"

#define DAY_MS ((uint64_t)86400000)
#define PATIENCE_MS 20000
#define TURN_MS 5

static void
parties_make(struct stub_office *o)
{
	static const char *const san[] = { "127.0.0.1" };
	const uint64_t now = clock_unix_ms();
	const struct id_text name = id_print(o->device_id);
	struct pki_profile profile = { .kind = PKI_ROOT,
		.common_name = "Office root",
		.not_before_ms = now - DAY_MS,
		.not_after_ms = now + 30 * DAY_MS };

	party_make(&o->root, NULL, &profile);
	profile.kind = PKI_ISSUING;
	profile.common_name = "Node";
	party_make(&o->issuing, &o->root, &profile);
	profile.kind = PKI_DEVICE;
	profile.common_name = name.s;
	party_make(&o->device, &o->issuing, &profile);
	profile.kind = PKI_COURIER;
	party_make(&o->courier, &o->issuing, &profile);
	profile.kind = PKI_SERVER;
	profile.common_name = "server";
	profile.san = san;
	profile.san_n = 1;
	party_make(&o->server, &o->issuing, &profile);
}

/* The office knows the device by its present certificates from now on. */
void
stub_office_age(struct stub_office *o)
{
	const uint64_t now = clock_unix_ms();
	const struct id_text name = id_print(o->device_id);
	struct pki_profile profile = { .kind = PKI_DEVICE,
		.common_name = name.s,
		.not_before_ms = now - 25 * DAY_MS,
		.not_after_ms = now + 5 * DAY_MS };
	struct device_store *store = stub_device_open(o);
	struct err e;

	party_fini(&o->device);
	party_make(&o->device, &o->issuing, &profile);
	profile.kind = PKI_COURIER;
	party_fini(&o->courier);
	party_make(&o->courier, &o->issuing, &profile);
	assert_ok(device_store_renew(store,
	              &(struct device_renewal){
	                  .tls_key_pem = crypto_part_buf(&o->device.key),
	                  .tls_cert_pem = crypto_part_buf(&o->device.cert),
	                  .courier_key_pem = crypto_part_buf(&o->courier.key),
	                  .courier_cert_pem = crypto_part_buf(&o->courier.cert),
	                  .issuing_pem = crypto_part_buf(&o->issuing.cert) },
	              &e),
	    &e);
	device_store_close(store);
}

static void
copy(struct buf *to, const struct buf *from)
{
	assert_true(buf_add(to, from->ptr, from->len));
}

/* What enrolment would have left behind. */
static void
device_make(struct stub_office *o)
{
	static const struct json_limits limits = {
		.bytes_max = (size_t)4 * 1024 * 1024,
		.tokens_max = 1000000,
		.depth_max = 32,
	};
	const struct sign_pub command_pub = sign_pub_of(&o->command_key);
	char hex[ENC_HEX_LEN(SIGN_PUB_LEN) + 1];
	struct device_identity i;
	struct secret_key page_key;
	json_t *bundle = NULL;
	struct err e;

	o->folder = check_folder_new();
	rng_fill(&o->dbkey, sizeof(o->dbkey));
	device_identity_init(&i);
	i.device = o->device_id;
	i.user = o->user_id;
	i.office = o->id;
	(void)snprintf(i.user_name, sizeof(i.user_name), "Ada");
	(void)snprintf(i.office_name, sizeof(i.office_name), "Office");
	(void)snprintf(i.role, sizeof(i.role), "ADV");
	(void)snprintf(i.address, sizeof(i.address), "%s", o->address.s);
	i.sign_key = o->device_key;
	i.receipt_pub = sign_pub_of(&o->key);
	i.sealing_pub = i.recovery_pub = seal_pub_of(&o->sealing);
	assert_ok(
	    pki_cert_sha256(crypto_part_buf(&o->root.cert), &i.root_sha256, &e),
	    &e);
	/* As much of the statement as a device reads later. */
	assert_true(buf_add_str(&i.statement, "{\"command\":\""));
	enc_hex(command_pub.b, SIGN_PUB_LEN, hex);
	assert_true(buf_add_str(&i.statement, hex));
	assert_true(buf_add_str(&i.statement, "\"}"));
	copy(&i.root_pem, &o->root.cert);
	copy(&i.issuing_pem, &o->issuing.cert);
	copy(&i.tls_key_pem, &o->device.key);
	copy(&i.tls_cert_pem, &o->device.cert);
	copy(&i.courier_key_pem, &o->courier.key);
	copy(&i.courier_cert_pem, &o->courier.cert);
	assert_ok(json_parse(schema_bundle_bytes, schema_bundle_len, &limits,
	              &bundle, &e),
	    &e);
	keyslot_page_key(&o->dbkey, &page_key);
	assert_ok(
	    device_store_create(o->folder.path, &page_key, &i, bundle, &e), &e);
	json_decref(bundle);
	device_identity_fini(&i);
}

static void
on_gone(struct http_request *r, void *arg)
{
	struct stub_office *o = arg;

	if (r == o->parked) {
		o->parked = NULL;
		o->gone++;
	}
}

static void
listen_at(struct stub_office *o, const char *address)
{
	struct http_server_options options = { .tls = o->tls,
		.on_request = stub_office_on_request,
		.on_gone = on_gone,
		.arg = o };
	struct err e;

	assert_ok(tcp_listen(address, &options.listen_fd, &o->address, &e), &e);
	assert_ok(http_server_new(o->loop, &options, &o->http, &e), &e);
}

static void
on_late(void *arg)
{
	(void)arg; /* the loop has turned, which is all */
}

void
stub_office_start(struct stub_office *o)
{
	struct tls_server_options tls = { .clients = TLS_CLIENT_MAY };
	struct err e;

	*o = (struct stub_office){ .mode = STUB_GOOD };
	o->id = id_fresh(clock_unix_ms());
	o->device_id = id_fresh(clock_unix_ms());
	o->user_id = id_fresh(clock_unix_ms());
	sign_key_make(&o->key);
	sign_key_make(&o->device_key);
	sign_key_make(&o->command_key);
	seal_key_make(&o->sealing);
	buf_init(&o->first_body, (size_t)1 << 20);
	o->link = change_link_start(o->id, o->device_id);
	parties_make(o);
	tls.key_pem = &o->server.key;
	tls.chain_pem = &o->server.chain;
	tls.client_root_pem = &o->root.cert;
	assert_ok(loop_new(&o->loop, &e), &e);
	assert_ok(loop_timer_new(o->loop, on_late, o, &o->late, &e), &e);
	assert_ok(tls_server_new(&tls, &o->tls, &e), &e);
	listen_at(o, "127.0.0.1:0");
	device_make(o);
}

void
stub_office_down(struct stub_office *o)
{
	http_server_free(o->http);
	o->http = NULL;
	o->parked = NULL;
}

void
stub_office_up(struct stub_office *o)
{
	const struct tcp_address again = o->address;

	listen_at(o, again.s);
}

void
stub_office_end(struct stub_office *o)
{
	if (o->http != NULL)
		stub_office_down(o);
	tls_server_free(o->tls);
	loop_timer_free(o->late);
	loop_free(o->loop);
	party_fini(&o->root);
	party_fini(&o->issuing);
	party_fini(&o->server);
	party_fini(&o->device);
	party_fini(&o->courier);
	buf_fini(&o->first_body);
	for (size_t i = 0; i < o->n_orders; i++)
		device_command_fini(&o->orders[i]);
	check_folder_end(&o->folder);
}

struct device_command *
stub_office_order(struct stub_office *o, enum device_command_kind kind)
{
	struct device_command *c = &o->orders[o->n_orders++];
	struct err e;

	assert_true(o->n_orders <= 4);
	device_command_init(c);
	c->office = o->id;
	c->device = o->device_id;
	c->epoch = 1;
	c->no = o->n_orders;
	c->kind = kind;
	c->time = clock_unix_ms();
	c->expires = c->time + 86400000;
	assert_ok(device_command_sign(c, &o->command_key, &e), &e);
	return c;
}

void
stub_office_wake(struct stub_office *o, unsigned status)
{
	struct http_request *r = o->parked;

	assert_non_null(r);
	o->parked = NULL;
	stub_office_answer(o, r, status, NULL);
}

struct device_store *
stub_device_open(struct stub_office *o)
{
	struct device_store *store = NULL;
	struct secret_key page_key;
	struct err e;

	keyslot_page_key(&o->dbkey, &page_key);
	assert_ok(device_store_open(o->folder.path, &page_key, &store, &e), &e);
	return store;
}

void
stub_device_save(struct stub_office *o, const char *name)
{
	struct device_store *store = stub_device_open(o);
	json_t *value = json_string(name);
	const struct edit edit = { .path = "full_name", .now = value };
	struct save_result result;
	struct err e;

	assert_ok(device_store_save(
	              store, NULL, "person", &edit, 1, NULL, &result, &e),
	    &e);
	save_result_fini(&result);
	json_decref(value);
	device_store_close(store);
}

struct store_status
stub_device_status(struct stub_office *o)
{
	struct device_store *store = stub_device_open(o);
	struct store_status status;
	struct err e;

	assert_ok(device_store_status(store, &status, &e), &e);
	device_store_close(store);
	return status;
}

static void
on_turn(void *arg)
{
	loop_stop(((struct stub_office *)arg)->loop);
}

void
stub_until(
    struct stub_office *o, bool (*done)(const void *arg), const void *arg)
{
	const uint64_t end_ms = clock_mono_ms() + PATIENCE_MS;
	struct loop_timer *turn = NULL;
	struct err e;

	assert_ok(loop_timer_new(o->loop, on_turn, o, &turn, &e), &e);
	while (!done(arg)) {
		if (clock_mono_ms() > end_ms)
			fail_msg("%s", "what was waited for did not happen");
		assert_ok(loop_timer_start(turn, TURN_MS, &e), &e);
		assert_ok(loop_run(o->loop, &e), &e);
	}
	loop_timer_free(turn);
}
