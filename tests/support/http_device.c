/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include "tests/support/http_device.h"

const char http_device_json[] =
    "HTTP/1.1 200 OK\r\nContent-Type: Application/JSON; charset=utf-8\r\n"
    "Visitbook-Signature:  abc \r\nContent-Length: 11\r\n\r\n"
    "{\"a\":\"bc\"}\n";
const char http_device_closing[] =
    "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok";

struct test_pki http_device_pki;

int
http_device_set_up(void **state)
{
	(void)state;
	http_device_pki = test_pki_make();
	return 0;
}

int
http_device_tear_down(void **state)
{
	(void)state;
	test_pki_free(&http_device_pki);
	return 0;
}

void
http_device_answer(struct test_office *o, const char *answer)
{
	test_office_answer(o, answer, strlen(answer));
}

struct test_office *
http_device_office(const struct test_cert *leaf)
{
	const struct test_office_cfg cfg = {
		.chain = { leaf == NULL ? http_device_pki.office : leaf,
		    http_device_pki.issuing }
	};
	struct test_office *o = test_office_new(&cfg);

	http_device_answer(o, http_device_json);
	return o;
}

struct http_client *
http_device_new(const struct http_client_cfg *cfg)
{
	struct http_client_cfg mine =
	    cfg == NULL ? (struct http_client_cfg){ 0 } : *cfg;
	struct http_client *c = NULL;
	struct err e;

	mine.root = test_cert_der(http_device_pki.root, &mine.root_len);
	assert_ok(http_client_new(&mine, &c, &e), &e);
	return c;
}

struct http_call
http_device_call(const struct test_office *o)
{
	return (struct http_call){ .method = "POST",
		.address = test_office_address(o),
		.path = "/v1/sync",
		.body = "hello",
		.body_len = 5,
		.timeout_ms = 10000 };
}
