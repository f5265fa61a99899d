/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_HTTP_DEVICE_H
#define SUPPORT_HTTP_DEVICE_H

#include "common/sys/http_client.h"
#include "tests/support/test_office.h"

/*
 * http_device -- a device that calls a test office: certificates for the whole
 * test program, the office's usual answers, and the client that trusts it.
 */

/* Made by http_device_set_up, for cmocka_run_group_tests. */
extern struct test_pki http_device_pki;
int http_device_set_up(void **state);
int http_device_tear_down(void **state);

/* 200 with {"a":"bc"} and a signature header, on a connection that stays; and
 * one that closes after "ok". */
extern const char http_device_json[], http_device_closing[];

/* An office that shows this leaf, with the issuing certificate behind it, and
 * answers http_device_json.  NULL: the office's own leaf. */
struct test_office *http_device_office(const struct test_cert *leaf);
void http_device_answer(struct test_office *o, const char *answer);
/* A client that trusts the root; cfg as it is but for that, or NULL. */
struct http_client *http_device_new(const struct http_client_cfg *cfg);
/* A POST of "hello" to /v1/sync that may take 10 s. */
struct http_call http_device_call(const struct test_office *o);

#endif
