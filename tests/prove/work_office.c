/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What devices ask of the office: every kind of request, and what is received,
 * applied, held and told.
 */
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/sys/json.h"
#include "common/sys/pki.h"
#include "tests/prove/stage_office.h"

/* ---- pushes ---- */

static void
push_new(void)
{
	(void)dev_person(&stage_off.amina, "Carwyn");
	stage_request();
}

static void
push_several(void)
{
	struct dev *d = &stage_off.amina;
	const struct id person = dev_person(d, "Carwyn");
	const struct id of_case = dev_case(d, person);

	(void)dev_note(d, of_case, "He is well. He asked about his flat.");
	stage_request();
}

/* An edit of what the office has changed since: one that merges, or that
 * both sides are kept of. */
static void
office_edits(const char *path, const char *value)
{
	json_decref(stage_command(json_pack(
	    "{s:s, s:s, s:s, s:[{s:s, s:s, s:b}]}", "do", "record edit", "type",
	    "person", "id", id_print(stage_off.person).s, "set", "path", path,
	    "value", value, "inline", 1)));
}

static void
device_edits(const char *path, const char *was, const char *now)
{
	struct dev *d = &stage_off.amina;
	struct change_base base = { 0 };

	base.seen =
	    record_related_version(dev_record(d, stage_off.person), path);
	dev_begin(d, stage_off.person, "person");
	dev_set_seen(d, path, was, now, base);
	(void)dev_cut(d);
	stage_request();
}

static void
push_edit(void)
{
	device_edits("preferred_name", NULL, "'Bets'");
}

static void
push_merge(void)
{
	office_edits("email", "betty@example.org");
	device_edits("what_helps", NULL, "'Tea helps.'");
}

static void
push_conflict(void)
{
	office_edits("full_name", "Elizabeth");
	device_edits("full_name", "'Betty'", "'Bets'");
}

/* A field that only the office sets. */
static void
push_held(void)
{
	device_edits("local_ref", NULL, "'B-17'");
}

static void
push_removal(void)
{
	device_edits("full_name", "'Betty'", NULL);
}

/* What was received before. */
static void
push_again(void)
{
	push_new();
	dev_push(&stage_off.amina);
	stage_off.amina.receipted = 3;
	stage_request();
}

static void
push_gap(void)
{
	(void)dev_person(&stage_off.amina, "Carwyn");
	stage_off.amina.receipted++;
	(void)dev_person(&stage_off.amina, "Dilys");
	stage_request();
}

/* A batch whose words were changed on the way. */
static void
push_bad(void)
{
	json_t *batch, *op;

	push_new();
	batch = json_array_get(json_object_get(stage_off.body, "batches"), 0);
	op = json_array_get(
	    json_object_get(
	        json_array_get(json_object_get(batch, "changes"), 0), "ops"),
	    0);
	assert_int_equal(
	    json_object_set_new(op, "now", json_string("Carwen")), 0);
}

/* ---- pulls ---- */

static void
pull_quiet(void)
{
	stage_request();
}

static void
pull_all(void)
{
	stage_off.amina.has_cursor = false;
	stage_request();
}

static void
pull_part(void)
{
	office_edits("email", "betty@example.org");
	stage_request();
}

static void
pull_repair(void)
{
	stage_request();
	assert_int_equal(json_object_set_new(stage_off.body, "want",
	                     json_pack("{s:b}", "scopes", 1)),
	    0);
}

/* ---- the other kinds ---- */

static void
ask_history(void)
{
	static char target[160];

	(void)snprintf(target, sizeof(target), "/v1/records/%s/history?%s",
	    id_print(stage_off.person).s, DEV_NONCE);
	stage_off.kind = WIRE_HISTORY;
	stage_off.target = target;
}

static void
ask_commands(void)
{
	stage_off.kind = WIRE_COMMANDS;
	stage_off.target = DEV_COMMANDS;
	stage_off.as_courier = true;
}

static void
hand_over(void)
{
	const struct seal_pub pub = seal_pub_of(&stage_off.w.keys.sealing);
	static const struct secret_key own = { { 7 } };
	struct courier_request r;
	struct batch one;
	struct err e;

	(void)dev_person(&stage_off.amina, "Carwyn");
	one = dev_batch(&stage_off.amina, stage_off.amina.n_journal,
	    stage_off.amina.n_journal);
	courier_request_init(&r);
	r.device = stage_off.amina.id;
	r.envelopes = calloc(1, sizeof(*r.envelopes));
	assert_non_null(r.envelopes);
	r.n_envelopes = 1;
	assert_ok(envelope_seal(&one, &pub, &own, &r.envelopes[0], &e), &e);
	assert_ok(courier_request_to_json(&r, &stage_off.body, &e), &e);
	batch_fini(&one);
	courier_request_fini(&r);
	stage_off.kind = WIRE_COURIER;
	stage_off.target = "/v1/courier/envelopes";
	stage_off.as_courier = true;
}

static void
csr(struct buf *out)
{
	struct buf key;
	struct err e;

	buf_init(&key, PKI_INPUT_MAX);
	buf_init(out, PKI_INPUT_MAX);
	assert_ok(pki_key_make(&key, &e), &e);
	assert_ok(pki_csr_make(crypto_part_buf(&key), "device", out, &e), &e);
	buf_wipe(&key);
}

static void
ask_renewal(void)
{
	struct buf tls, courier;

	csr(&tls);
	csr(&courier);
	stage_off.body = json_pack("{s:i, s:s, s:s, s:s}", "v", 1, "nonce",
	    "00112233445566778899aabbccddeeff", "tls_csr", tls.ptr,
	    "courier_csr", courier.ptr);
	stage_off.kind = WIRE_RENEW;
	stage_off.target = "/v1/renew";
	buf_fini(&tls);
	buf_fini(&courier);
}

/* ---- the engine's own life ---- */

static enum err_code
office_is_opened(struct err *e)
{
	const struct engine_options o = { .data = stage_off.w.folder.path,
		.key = &stage_off.w.key };

	return engine_open(&o, &stage_off.w.g, e);
}

/* What was received before it stopped is applied when it opens. */
static void
received_unapplied(void)
{
	push_several();
	dev_push(&stage_off.amina);
	world_sql(&stage_off.w, "UPDATE meta SET value = value WHERE 0");
}

static enum err_code
office_verifies(struct err *e)
{
	json_t *result = NULL;
	const enum err_code code = engine_verify(stage_off.w.g, &result, e);

	if (code == ERR_OK && !json_is_true(json_object_get(result, "ok")))
		(void)err_set(e, ERR_CORRUPT, 0, "it accuses");
	json_decref(result);
	/* Want of memory is no reason to say that evidence is damaged. */
	return code == ERR_OK ? e->code : code;
}

static enum err_code
office_verifies_clean(struct err *e)
{
	*e = (struct err){ .code = ERR_OK };
	return office_verifies(e);
}

#define SENDS(name, prepare)                                                   \
	{                                                                      \
		TORTURE(name, &engine_is_open, prepare, stage_send),           \
		    .has_steps = true                                          \
	}

const struct torture_case torture_office[] = {
	{ TORTURE(
	    "an office is opened", &engine_is_closed, NULL, office_is_opened) },
	{ TORTURE("an office verifies itself", &engine_is_open,
	    received_unapplied, office_verifies_clean) },
	SENDS("a new record is received", push_new),
	SENDS("several records are received", push_several),
	SENDS("an edit is received", push_edit),
	SENDS("an edit is received that merges", push_merge),
	SENDS("an edit is received that conflicts", push_conflict),
	SENDS("an edit is received that is held", push_held),
	SENDS("a removal is received", push_removal),
	SENDS("a batch is received again", push_again),
	SENDS("a batch comes before its time", push_gap),
	SENDS("a batch is refused for its link", push_bad),
	SENDS("a quiet sync is answered", pull_quiet),
	SENDS("everything is pulled", pull_all),
	SENDS("a part of a record is pulled", pull_part),
	SENDS("a digest is asked for", pull_repair),
	SENDS("a history is told", ask_history),
	SENDS("commands are told to a courier", ask_commands),
	SENDS("envelopes are received", hand_over),
	SENDS("certificates are issued anew", ask_renewal),
	{ .name = NULL },
};
