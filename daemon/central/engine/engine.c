/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening and closing: the office's identity, keys and schema out of the
 * store's named values.
 */
#include <errno.h>

#include "common/base/enc.h"
#include "common/core/merge.h"
#include "common/sys/json.h"
#include "common/sys/log.h"
#include "common/sys/pki.h"
#include "daemon/central/engine/engine_int.h"
#include "daemon/central/engine/meta_names.h"
#include "schema/schema_bundle.h"

static enum err_code
meta_id(struct office_store *s, const char *name, struct id *out, struct err *e)
{
	struct buf text;
	enum err_code code;

	buf_init(&text, ID_TEXT_LEN);
	code = store_meta_get(s, name, &text, e);
	if (code == ERR_OK && !id_parse(text.ptr, out))
		code = err_set(e, ERR_CORRUPT, 0, "%s: not an id", name);
	buf_fini(&text);
	return code;
}

/* A secret of exactly 32 bytes. */
static enum err_code
meta_key(struct office_store *s, const char *name, uint8_t out[static 32],
    struct err *e)
{
	struct buf bytes;
	enum err_code code;

	buf_init(&bytes, 32);
	code = store_meta_get(s, name, &bytes, e);
	if (code == ERR_OK && bytes.len != 32)
		code = err_set(e, ERR_CORRUPT, 0, "%s: wrong length", name);
	if (code == ERR_OK)
		memcpy(out, bytes.ptr, 32);
	buf_wipe(&bytes);
	return code;
}

static enum err_code
meta_number(
    struct office_store *s, const char *name, uint64_t *out, struct err *e)
{
	struct buf text;
	char *end;
	enum err_code code;

	buf_init(&text, 20);
	code = store_meta_get(s, name, &text, e);
	if (code == ERR_OK) {
		errno = 0;
		*out = strtoull(text.ptr, &end, 10);
		if (errno != 0 || text.len == 0 || *end != '\0' || *out == 0)
			code =
			    err_set(e, ERR_CORRUPT, 0, "%s: no number", name);
	}
	buf_fini(&text);
	return code;
}

static enum err_code
load_identity(struct engine *g, struct err *e)
{
	struct office_store *s = g->store;
	struct seal_pub sealing;
	struct hash32 hash;
	enum err_code code;

	if ((code = meta_id(s, META_OFFICE, &g->office, e)) != ERR_OK ||
	    (code = meta_id(s, META_ENGINE_DEVICE, &g->device, e)) != ERR_OK ||
	    (code = meta_number(s, META_EPOCH, &g->epoch, e)) != ERR_OK ||
	    (code = meta_key(s, META_ENGINE_SIGN_KEY, g->sign_key.b, e)) !=
	        ERR_OK ||
	    (code = meta_key(s, META_SEALING_KEY, g->sealing_key.b, e)) !=
	        ERR_OK ||
	    (code = store_meta_get(s, META_ROOT_PEM, &g->root_pem, e)) !=
	        ERR_OK ||
	    (code = store_meta_get(s, META_ISSUING_PEM, &g->issuing_pem, e)) !=
	        ERR_OK ||
	    (code = store_meta_get(
	         s, META_ISSUING_KEY_PEM, &g->issuing_key_pem, e)) != ERR_OK ||
	    (code = meta_key(s, META_RECEIPT_KEY, g->receipt_key.b, e)) !=
	        ERR_OK)
		return code;
	g->receipt_signer = signer_new(&g->receipt_key);
	sealing = seal_pub_of(&g->sealing_key);
	hash = crypto_sha256(sealing.b, sizeof(sealing.b));
	memcpy(g->sealing_id, hash.b, sizeof(g->sealing_id));
	return pki_cert_sha256(
	    crypto_part(g->root_pem.ptr, g->root_pem.len), &g->root_sha256, e);
}

/* Take the bundle, print it canonically and hash that: what a device that
 * holds the same schema says. */
static enum err_code
take_bundle(struct engine *g, const struct buf *bytes, struct err *e)
{
	static const struct json_limits limits = { .bytes_max = META_VALUE_MAX,
		.tokens_max = META_VALUE_MAX,
		.depth_max = JSON_DEPTH_MAX };
	struct buf text;
	struct hash32 hash;
	json_t *json = NULL;
	enum err_code code;

	buf_init(&text, META_VALUE_MAX);
	if ((code = json_parse(bytes->ptr, bytes->len, &limits, &json, e)) ==
	        ERR_OK &&
	    (code = json_print(json, &text, e)) == ERR_OK) {
		hash = crypto_sha256(text.ptr, text.len);
		enc_hex(hash.b, HASH32_LEN, g->schema_hash);
		g->rules.schema = hash;
		g->bundle = json_incref(json);
	}
	json_decref(json);
	buf_fini(&text);
	return code;
}

/* The newer of the schema that the program was built with and the one stored;
 * *is_newer_out: the built-in one, which is not stored yet. */
static enum err_code
load_schema(struct engine *g, bool *is_newer_out, struct err *e)
{
	struct schema *stored = NULL;
	struct buf bytes;
	struct err ignored;
	enum err_code code;

	buf_init(&bytes, META_VALUE_MAX);
	code =
	    schema_parse(schema_bundle_bytes, schema_bundle_len, &g->schema, e);
	if (code != ERR_OK)
		goto out;
	code = store_meta_get(g->store, META_SCHEMA, &bytes, e);
	if (code == ERR_OK &&
	    (code = schema_parse(bytes.ptr, bytes.len, &stored, &ignored)) !=
	        ERR_OK)
		log_err("engine", "stored schema not used", &ignored);
	else if (code != ERR_OK && code != ERR_NOTFOUND)
		goto out;
	*is_newer_out = stored == NULL ||
	    schema_version(stored) < schema_version(g->schema);
	if (*is_newer_out) {
		buf_reset(&bytes);
		(void)buf_add(&bytes, schema_bundle_bytes, schema_bundle_len);
		code = buf_check(&bytes, e);
	} else {
		schema_free(g->schema);
		g->schema = stored;
		stored = NULL;
		code = ERR_OK;
	}
	if (code == ERR_OK)
		code = take_bundle(g, &bytes, e);
out:
	schema_free(stored);
	buf_fini(&bytes);
	return code;
}

/* Keep the bundle that changes are applied by from now on. */
static enum err_code
keep_bundle(struct engine *g, struct err *e)
{
	struct buf text;
	bool is_kept;
	enum err_code code =
	    store_bundle_has(g->store, &g->rules.schema, &is_kept, e);

	g->rules.has_schema = true;
	if (code != ERR_OK || is_kept)
		return code;
	buf_init(&text, META_VALUE_MAX);
	if ((code = json_print(g->bundle, &text, e)) == ERR_OK &&
	    (code = store_begin(g->store, e)) == ERR_OK &&
	    (code = store_bundle_put(g->store, &g->rules.schema, &text, e)) ==
	        ERR_OK)
		code = store_commit(g->store, e);
	store_rollback(g->store);
	buf_fini(&text);
	return code;
}

/* Keep the built-in schema, and try again what an older one did not know. */
static enum err_code
store_schema(struct engine *g, struct err *e)
{
	struct round r;
	enum err_code code;

	round_init(&r, g);
	if ((code = store_begin(g->store, e)) == ERR_OK &&
	    (code = store_meta_put(g->store, META_SCHEMA, schema_bundle_bytes,
	         schema_bundle_len, e)) == ERR_OK &&
	    (code = release_held(&r, NULL, NULL, "unknown_type", e)) ==
	        ERR_OK &&
	    (code = round_flush(&r, e)) == ERR_OK)
		code = store_commit(g->store, e);
	store_rollback(g->store);
	round_fini(&r);
	return code;
}

static enum err_code
load_all(struct engine *g, bool look_only, struct err *e)
{
	struct hash32 link;
	bool is_newer = false;
	enum err_code code = store_begin_read(g->store, e);

	if (code != ERR_OK)
		return code;
	if ((code = load_identity(g, e)) == ERR_OK &&
	    (code = access_load(g, e)) == ERR_OK &&
	    (code = load_schema(g, &is_newer, e)) == ERR_OK)
		code = store_log_head(g->store, &g->woken_seq, &link, e);
	store_rollback(g->store);
	/* A missing value is damage, not a missing office. */
	if (code == ERR_NOTFOUND)
		return err_set(
		    e, ERR_CORRUPT, 0, "the office's store is not complete");
	if (code == ERR_OK && !look_only)
		code = keep_bundle(g, e);
	if (code == ERR_OK && is_newer && !look_only)
		code = store_schema(g, e);
	return code;
}

enum err_code
engine_open(const struct engine_options *o, struct engine **out, struct err *e)
{
	struct engine *g = calloc(1, sizeof(*g));
	enum err_code code;

	if (g == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	g->queue_end = &g->queue;
	g->rules.merge_version = MERGE_VERSION;
	buf_init(&g->root_pem, PKI_INPUT_MAX);
	buf_init(&g->issuing_pem, PKI_INPUT_MAX);
	buf_init(&g->issuing_key_pem, PKI_INPUT_MAX);
	if ((code = body_codec_new(&g->codec, e)) != ERR_OK ||
	    (code = office_store_open(o->data, o->key, false, &g->store, e)) !=
	        ERR_OK ||
	    (code = load_all(g, o->look_only, e)) != ERR_OK ||
	    (!o->look_only && (code = engine_recover(g, e)) != ERR_OK)) {
		engine_close(g);
		return code;
	}
	*out = g;
	return ERR_OK;
}

static void
turn_away(struct engine *g, struct job **list)
{
	while (*list != NULL) {
		struct job *j = *list;

		*list = j->next;
		reply_problem(g, j, WORD_BUSY, NULL);
		job_free(j);
	}
}

void
engine_end(struct engine *g)
{
	turn_away(g, &g->queue);
	g->queue_end = &g->queue;
	g->n_queue = 0;
	g->queue_bytes = 0;
	turn_away(g, &g->parked);
}

void
engine_close(struct engine *g)
{
	if (g == NULL)
		return;
	engine_end(g);
	json_decref(g->bundle);
	schema_free(g->schema);
	body_codec_free(g->codec);
	signer_free(g->receipt_signer);
	secret_wipe(&g->receipt_key, sizeof(g->receipt_key));
	secret_wipe(&g->sign_key, sizeof(g->sign_key));
	secret_wipe(&g->sealing_key, sizeof(g->sealing_key));
	buf_fini(&g->root_pem);
	buf_fini(&g->issuing_pem);
	buf_wipe(&g->issuing_key_pem);
	office_store_close(g->store);
	free(g);
}

void
engine_on_reply(struct engine *g, engine_reply reply, void *arg)
{
	g->reply = reply;
	g->reply_arg = arg;
}

struct office_store *
engine_store(struct engine *g)
{
	return g->store;
}

const struct schema *
engine_schema(const struct engine *g)
{
	return g->schema;
}

struct engine_counts
engine_counts(const struct engine *g)
{
	struct engine_counts counts = g->counts;

	counts.waiting = g->n_queue;
	for (const struct job *j = g->parked; j != NULL; j = j->next)
		counts.parked++;
	return counts;
}
