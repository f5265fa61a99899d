/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_TEST_OFFICE_H
#define SUPPORT_TEST_OFFICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "tests/support/test_pki.h"

/*
 * test_office -- a small HTTPS server on 127.0.0.1 that answers every request
 * with the same bytes and does on request what networks and strangers do:
 * hang up, fall silent, speak plain HTTP, cut the answer short.
 *
 * It runs in threads of its own, one per connection, at most
 * TEST_OFFICE_CONNECTIONS_MAX in its life; every wait in it is bounded.
 */
#define TEST_OFFICE_CONNECTIONS_MAX 32
#define TEST_OFFICE_CHAIN_MAX 4

enum test_office_fault {
	TEST_OFFICE_NONE,
	TEST_OFFICE_HANGS_UP, /* closes each connection before TLS */
	TEST_OFFICE_IS_MUTE,  /* accepts and never says a word */
	TEST_OFFICE_IS_PLAIN, /* says its answer without TLS */
	TEST_OFFICE_LEAVES,   /* closes after the request, without an answer */
	TEST_OFFICE_CUTS,     /* closes in the middle of the answer */
	TEST_OFFICE_PARKS,    /* answers after test_office_release */
};

struct test_office_cfg {
	const struct test_cert *chain[TEST_OFFICE_CHAIN_MAX]; /* leaf first */
	const struct test_cert *client_root; /* or NULL: asks for nothing */
	bool is_tls12;                       /* speaks no newer TLS */
	bool is_proxy; /* first takes a CONNECT and answers it with 200 */
};

/* What has come so far. */
struct test_office_seen {
	unsigned connections;
	unsigned handshakes;
	unsigned resumed;
	unsigned client_certs; /* handshakes in which the client showed one */
	unsigned connects;     /* CONNECT requests */
	unsigned requests;
	size_t request_bytes; /* of HTTP, over all requests */
	size_t answer_bytes;
};

struct test_office;

struct test_office *test_office_new(const struct test_office_cfg *cfg);
void test_office_free(struct test_office *o);

/* "127.0.0.1:PORT", borrowed; and the port alone. */
const char *test_office_address(const struct test_office *o);
unsigned test_office_port(const struct test_office *o);

/* The whole answer, status line and all, from now on; copied. */
void test_office_answer(struct test_office *o, const char *raw, size_t len);
void test_office_fault(struct test_office *o, enum test_office_fault fault);
/* How many bytes of the answer go out before TEST_OFFICE_CUTS cuts it. */
void test_office_cut_at(struct test_office *o, size_t len);
/* Let parked requests be answered. */
void test_office_release(struct test_office *o);

struct test_office_seen test_office_seen(struct test_office *o);
/* Append the last request, head and body, to *out. */
void test_office_last(struct test_office *o, struct buf *out);
/* Wait until so many requests have come; false after 10 seconds. */
bool test_office_wait(struct test_office *o, unsigned requests);

#endif
