/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_STUB_OFFICE_H
#define SUPPORT_STUB_OFFICE_H

#include "common/base/secret.h"
#include "common/core/device_command.h"
#include "common/core/protocol.h"
#include "common/store/device_store.h"
#include "common/sys/http_server.h"
#include "common/sys/loop.h"
#include "common/sys/tcp.h"
#include "common/sys/tls.h"
#include "tests/support/check.h"
#include "tests/support/party.h"

/*
 * stub_office -- an office for tests of what a device says to one: it speaks
 * HTTPS in the test's own loop, checks every signature, receives what is
 * pushed or handed over sealed, answers with receipts signed as the protocol
 * says, and can be told to answer as networks, fronts and strangers do.
 * It keeps no records and sends no pages.
 */
enum stub_mode {
	STUB_GOOD,
	STUB_UNSIGNED,  /* the right answer without a signature */
	STUB_WRONG_KEY, /* ... signed by somebody else */
	STUB_REPLAY,    /* the first good answer once more */
	STUB_NONCE,     /* signed well, to another nonce */
	STUB_GARBAGE,   /* signed well, and no protocol */
	STUB_PORTAL,    /* 200 and a page of the network's */
	STUB_REDIRECT,  /* 302 to such a page */
	STUB_PROXY_502, /* a proxy's page: nobody behind it */
	STUB_FRONT_503, /* the office's front, without its engine: unsigned */
	STUB_BUSY,      /* signed: busy, Retry-After 7 */
	STUB_WORD,      /* signed: the problem in `word` */
	STUB_REFUSES,   /* an answer that refuses the batch with `word` */
	STUB_EXPIRED, /* takes pushes, and says that the certificate ran out */
	STUB_OLD,     /* from before the newest dictionary: it knows none */
	STUB_BAD_RECEIPT,  /* signed well, with a receipt that is not */
	STUB_OTHER_JOURNAL /* ... that is, for another journal than was sent */
};

struct stub_office {
	struct loop *loop;
	struct loop_timer *late;
	bool was_late;
	struct party root, issuing, server, device, courier;
	struct tls_server *tls;
	struct http_server *http;
	struct tcp_address address;
	struct id id, device_id, user_id;
	struct sign_key key, device_key, command_key;
	struct seal_key sealing;

	enum stub_mode mode;
	enum protocol_word word;
	int64_t clock_ms; /* how far its clock is from this machine's */
	uint64_t counter; /* of the device's journal, received */
	struct hash32 link;
	uint64_t intake;
	unsigned syncs, couriers, waits, renewals; /* requests that were ours */
	unsigned commands;
	/* Commands that it gives, by stub_office_order, and the last that the
	 * device said it carried out. */
	struct device_command orders[4];
	size_t n_orders;
	uint64_t told_done;
	/* Dictionaries that requests named, one after the other, each ended by
	 * a space. */
	char dicts[128];
	unsigned strangers; /* requests with a wrong signature or identity */
	struct http_request *parked; /* a wait */
	unsigned gone;               /* waits whose client left */
	struct buf first_body;
	char first_sig[128];

	struct check_folder folder; /* of the device */
	struct secret_key dbkey;
};

/* Make the office, listening, and a device's folder that is enrolled at it. */
void stub_office_start(struct stub_office *o);
void stub_office_end(struct stub_office *o);
/* Stop listening and cut every connection, or listen again. */
void stub_office_down(struct stub_office *o);
void stub_office_up(struct stub_office *o);
/* Give the device certificates that are near their end (renewal is due). */
void stub_office_age(struct stub_office *o);
/* Give the device a command; the caller may change the members and sign it
 * again. */
struct device_command *stub_office_order(
    struct stub_office *o, enum device_command_kind kind);
/* Answer the parked wait with this status. */
void stub_office_wake(struct stub_office *o, unsigned status);

/* Save a person with this name in the device's folder, as the client would;
 * the store is opened for that alone. */
void stub_device_save(struct stub_office *o, const char *name);
struct device_store *stub_device_open(struct stub_office *o);
struct store_status stub_device_status(struct stub_office *o);

/* Turn the loop until the condition holds; fails the test after 20 s. */
void stub_until(
    struct stub_office *o, bool (*done)(const void *arg), const void *arg);

#endif
