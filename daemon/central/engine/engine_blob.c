/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files beside records, on their way: a device sends one in pieces, or asks for
 * a piece of one.
 */
#include "common/base/enc.h"
#include "common/core/blob.h"
#include "common/core/limits.h"
#include "common/core/query.h"
#include "common/sys/log.h"
#include "daemon/central/engine/engine_content.h"
#include "daemon/central/engine/engine_int.h"

/* One request, as it is treated. */
struct asked {
	struct engine *g;
	struct job *j;
	struct id record;
	struct hash32 sha256;
	char hex[BLOB_HASH_TEXT_LEN + 1];
	uint64_t size; /* as the record says */
	/* Why not, where it is the device's fault or nobody's. */
	bool is_refused;
	enum protocol_word refusal;
};

static void
refuse(struct asked *a, enum protocol_word word)
{
	a->is_refused = true;
	a->refusal = word;
}

/* Whoever sees the record may fetch its file; whoever ever saw it, or wrote it
 * on this device, may send it, since work that was done before access ended is
 * taken. */
static enum err_code
may(struct asked *a, bool sends, bool *out, struct err *e)
{
	const struct office_device *d = &a->j->device;
	struct office_store *s = a->g->store;
	json_t *held;
	uint64_t own = 0;
	enum err_code code;

	*out = false;
	if (!sends &&
	    (!a->g->is_access_open || d->state != DEVICE_ACTIVE ||
	        a->j->is_expired))
		return ERR_OK;
	code = store_user_sees(s, d->user, a->record, sends, out, e);
	if (code != ERR_OK || *out || !sends)
		return code;
	held = json_array();
	if (held == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	code = store_own_counters(s, d->id, a->record, &own, held, e);
	*out = own > 0;
	json_decref(held);
	return code;
}

/* The record is here, names this very file, and the device may. */
static enum err_code
look(struct asked *a, bool sends, struct err *e)
{
	char named[BLOB_HASH_TEXT_LEN + 1];
	struct record r;
	bool names, is_allowed;
	enum err_code code = store_record_get(a->g->store, a->record, &r, e);

	if (code == ERR_NOTFOUND) {
		refuse(a, WORD_NOT_FOUND);
		return ERR_OK;
	}
	if (code != ERR_OK)
		return code;
	names = blob_of_record(a->g->schema, &r, named, &a->size) &&
	    strcmp(named, a->hex) == 0;
	record_fini(&r);
	code = may(a, sends, &is_allowed, e);
	if (code == ERR_OK && (!names || !is_allowed))
		refuse(a, WORD_NOT_FOUND);
	return code;
}

/* All that was announced is there: it is the file, or it is thrown away. */
static enum err_code
complete(struct asked *a, struct blob_stand *stand, struct err *e)
{
	const struct office_content c = {
		.sha256 = a->sha256, .size = a->size, .upload = a->j->device.id
	};
	enum err_code code = engine_content_settle(
	    a->g, a->j->device.user, &a->record, &c, &stand->is_whole, e);

	if (code != ERR_OK || stand->is_whole)
		return code;
	log_line(LOG_LEVEL_WARN, "engine", "a file is not what was announced",
	    "device=%s", id_print(a->j->device.id).s);
	refuse(a, WORD_MALFORMED);
	return store_content_undo(a->g->store, &a->sha256, a->j->device.id, e);
}

/* What is sent from where the office does not stand is passed over: the answer
 * says where it does. */
static enum err_code
take(struct asked *a, const struct blob_piece *p, struct blob_stand *stand,
    struct err *e)
{
	const struct id from = a->j->device.id;
	struct office_content c;
	enum err_code code = store_content_get(a->g->store, &a->sha256, &c, e);

	if (code == ERR_OK) {
		stand->have = c.size;
		stand->is_whole = true;
		return ERR_OK;
	}
	if (code != ERR_NOTFOUND ||
	    (code = store_content_have(
	         a->g->store, &a->sha256, from, &stand->have, e)) != ERR_OK)
		return code;
	if (p->bytes.len == 0 || p->at != stand->have)
		return ERR_OK;
	if (stand->have > a->size || p->bytes.len > a->size - stand->have) {
		refuse(a, WORD_MALFORMED);
		return ERR_OK;
	}
	code = store_content_add(a->g->store,
	    &(struct content_piece){ .sha256 = &a->sha256,
	        .upload = from,
	        .at = p->at,
	        .bytes = p->bytes.ptr,
	        .len = p->bytes.len },
	    e);
	stand->have += p->bytes.len;
	return code == ERR_OK && stand->have == a->size ? complete(a, stand, e)
	                                                : code;
}

/* What it asks for by its target.  False: it was answered. */
static bool
asked_open(struct asked *a)
{
	if (blob_target_hash(a->j->target, a->hex) &&
	    enc_hex_parse(
	        a->hex, BLOB_HASH_TEXT_LEN, a->sha256.b, sizeof(a->sha256.b)))
		return true;
	reply_problem(a->g, a->j, WORD_MALFORMED, NULL);
	return false;
}

static void
answer(struct asked *a, enum err_code code, const json_t *json,
    const struct err *e)
{
	if (code != ERR_OK)
		reply_error(a->g, a->j, e);
	else if (a->is_refused)
		reply_problem(a->g, a->j, a->refusal, NULL);
	else
		reply_json(a->g, a->j, 200, json);
}

void
answer_blob_put(struct engine *g, struct job *j)
{
	struct asked a = { .g = g, .j = j };
	struct blob_stand stand = { .have = 0 };
	struct blob_piece p;
	json_t *json = NULL;
	struct err e;
	enum err_code code;

	if (!asked_open(&a))
		return;
	code = blob_piece_from_json(j->json, &p, &e);
	if (code != ERR_OK) {
		if (code == ERR_NEWER)
			reply_problem(g, j, WORD_NEWER, NULL);
		else if (code == ERR_MALFORMED)
			reply_problem(g, j, WORD_MALFORMED, NULL);
		else
			reply_error(g, j, &e);
		return;
	}
	a.record = p.record;
	memcpy(stand.nonce, p.nonce, sizeof(stand.nonce));
	code = store_begin(g->store, &e);
	if (code == ERR_OK)
		code = look(&a, true, &e);
	if (code == ERR_OK && !a.is_refused)
		code = take(&a, &p, &stand, &e);
	if (code == ERR_OK)
		code = store_commit(g->store, &e);
	store_rollback(g->store);
	blob_piece_fini(&p);
	if (code == ERR_OK && !a.is_refused)
		code = blob_stand_to_json(&stand, &json, &e);
	answer(&a, code, json, &e);
	json_decref(json);
}

static enum err_code
give(struct asked *a, struct blob_piece *p, struct err *e)
{
	struct office_content c;
	enum err_code code = store_content_get(a->g->store, &a->sha256, &c, e);

	if (code == ERR_NOTFOUND || (code == ERR_OK && p->at >= c.size)) {
		refuse(a, WORD_NOT_FOUND);
		return ERR_OK;
	}
	return code != ERR_OK ? code
	                      : store_content_read(a->g->store, &c, p->at,
	                            LIMIT_BLOB_PIECE, &p->bytes, e);
}

void
answer_blob_get(struct engine *g, struct job *j)
{
	struct asked a = { .g = g, .j = j };
	struct blob_piece p;
	json_t *json = NULL;
	struct err e;
	enum err_code code;

	if (!asked_open(&a))
		return;
	blob_piece_init(&p);
	if (!query_id(j->target, "record", &a.record) ||
	    !query_number(j->target, "at", &p.at) ||
	    !query_nonce(j->target, p.nonce)) {
		reply_problem(g, j, WORD_MALFORMED, NULL);
		return;
	}
	p.record = a.record;
	code = store_begin_read(g->store, &e);
	if (code == ERR_OK)
		code = look(&a, false, &e);
	if (code == ERR_OK && !a.is_refused)
		code = give(&a, &p, &e);
	store_rollback(g->store);
	if (code == ERR_OK && !a.is_refused)
		code = blob_piece_to_json(&p, &json, &e);
	answer(&a, code, json, &e);
	json_decref(json);
	blob_piece_fini(&p);
}
