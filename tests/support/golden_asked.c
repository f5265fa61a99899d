/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Renewal, history and commands: what a device asks for beside a sync.
 */
#include "tests/support/check.h"

#include "common/core/blob.h"
#include "common/core/device_command.h"
#include "common/core/history.h"
#include "common/core/renew.h"
#include "common/sys/json.h"
#include "tests/support/golden.h"

#define TIME 1795132860000

static void
add_renewal(struct golden *g)
{
	struct renew_request r;
	struct renew_answer a;
	json_t *json = NULL;
	struct err e;

	renew_request_init(&r);
	memset(r.nonce, 0xfa, sizeof(r.nonce));
	golden_read("tls_csr.pem", &r.tls_csr);
	golden_read("courier_csr.pem", &r.courier_csr);
	assert_ok(renew_request_to_json(&r, &json, &e), &e);
	golden_add(g, "renew_request.json", "renew_request",
	    "Certificates are asked for, of keys made anew", json);
	renew_request_fini(&r);

	renew_answer_init(&a);
	memset(a.nonce, 0xfa, sizeof(a.nonce));
	a.time = TIME;
	golden_read("tls_cert.pem", &a.tls_cert);
	golden_read("courier_cert.pem", &a.courier_cert);
	golden_read("issuing.pem", &a.issuing);
	json = NULL;
	assert_ok(renew_answer_to_json(&a, &json, &e), &e);
	golden_add(g, "renew_answer.json", "renew_answer",
	    "The certificates, and the one that they are issued under", json);
	renew_answer_fini(&a);
}

static void
add_history(struct golden *g)
{
	struct history_entry entries[] = {
		{ .version = { 1, 41 },
		    .time = TIME,
		    .made_at = TIME - 60000,
		    .author = journal_id(3),
		    .device = g->device.device,
		    .counter = 3,
		    .paths = json_pack("[s]", "summary") },
		{ .version = { 1, 38 },
		    .time = TIME - 86400000,
		    .made_at = TIME - 90000000,
		    .author = journal_id(4),
		    .device = journal_id(9),
		    .counter = 17 },
	};
	struct history h;
	json_t *json = NULL;
	struct err e;

	history_init(&h);
	memset(h.nonce, 0xfb, sizeof(h.nonce));
	h.record = journal_id(100);
	assert_ok(history_to_json(&h, &json, &e), &e);
	golden_add(
	    g, "history_empty.json", "history", "Nothing is known", json);
	h.entries = entries;
	h.n_entries = 2;
	json = NULL;
	assert_ok(history_to_json(&h, &json, &e), &e);
	golden_add(g, "history.json", "history",
	    "Two changes, the newest first; the older one decided a conflict"
	    " and set no path",
	    json);
	json_decref(entries[0].paths);
}

static void
add_commands(struct golden *g)
{
	struct device_command list[DEVICE_COMMAND_N];
	struct commands_answer a;
	json_t *json = NULL;
	struct err e;

	commands_answer_init(&a);
	memset(a.nonce, 0xfc, sizeof(a.nonce));
	a.time = TIME;
	assert_ok(commands_answer_to_json(&a, &json, &e), &e);
	golden_add(g, "commands_none.json", "commands_answer",
	    "There is none; signed all the same, for it is the office's word",
	    json);
	for (size_t i = 0; i < DEVICE_COMMAND_N; i++) {
		device_command_init(&list[i]);
		list[i].office = g->device.office;
		list[i].device = g->device.device;
		list[i].epoch = 1;
		list[i].no = i + 1;
		list[i].kind = (enum device_command_kind)i;
		list[i].time = TIME - 1000;
		list[i].expires = TIME + 7776000000;
		assert_ok(
		    device_command_sign(&list[i], &g->command_key, &e), &e);
	}
	a.list = list;
	a.n = DEVICE_COMMAND_N;
	json = NULL;
	assert_ok(commands_answer_to_json(&a, &json, &e), &e);
	golden_add(g, "commands_two.json", "commands_answer",
	    "Lock, then make what is held unreadable", json);
	for (size_t i = 0; i < DEVICE_COMMAND_N; i++)
		device_command_fini(&list[i]);
}

static void
add_blob(struct golden *g)
{
	struct blob_stand s = { .have = 0 };
	struct blob_piece p;
	json_t *json = NULL;
	struct err e;

	blob_piece_init(&p);
	memset(p.nonce, 0xfd, sizeof(p.nonce));
	memset(s.nonce, 0xfd, sizeof(s.nonce));
	p.record = journal_id(100);
	assert_ok(blob_piece_to_json(&p, &json, &e), &e);
	golden_add(g, "blob_ask.json", "blob_piece",
	    "Where does the office stand with this record's file?", json);
	json = NULL;
	assert_ok(blob_stand_to_json(&s, &json, &e), &e);
	golden_add(
	    g, "blob_stand_none.json", "blob_stand", "It has nothing", json);
	p.at = 131072;
	(void)buf_add_str(&p.bytes, "the bytes that follow");
	json = NULL;
	assert_ok(blob_piece_to_json(&p, &json, &e), &e);
	golden_add(g, "blob_piece.json", "blob_piece",
	    "A piece of the file, from byte 131072 on", json);
	s.have = 131093;
	s.is_whole = true;
	json = NULL;
	assert_ok(blob_stand_to_json(&s, &json, &e), &e);
	golden_add(g, "blob_stand.json", "blob_stand",
	    "It has all of it, and the hash is right", json);
	blob_piece_fini(&p);
}

void
golden_asked(struct golden *g)
{
	add_blob(g);
	add_renewal(g);
	add_history(g);
	add_commands(g);
}
