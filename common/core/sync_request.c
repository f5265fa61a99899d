/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/limits.h"
#include "common/core/member.h"
#include "common/core/protocol.h"
#include "common/sys/json.h"

void
sync_request_init(struct sync_request *r)
{
	*r = (struct sync_request){ 0 };
	receipt_init(&r->receipt);
}

void
sync_request_fini(struct sync_request *r)
{
	for (size_t i = 0; i < r->n_batches; i++)
		batch_fini(&r->batches[i]);
	free(r->batches);
	envelopes_free(r->envelopes, r->n_envelopes);
	receipt_fini(&r->receipt);
	json_decref(r->want_ids);
	json_decref(r->ids_after);
	json_decref(r->want_records);
	free(r->past);
	erasures_free(r->erasures, r->n_erasures);
	sync_request_init(r);
}

static enum err_code
batches_to_json(const struct sync_request *r, json_t *json, struct err *e)
{
	json_t *list;

	if (r->n_envelopes > 0)
		return envelopes_to_json(r->envelopes, r->n_envelopes, json, e);
	if (r->n_batches == 0)
		return ERR_OK;
	list = json_array();
	for (size_t i = 0; i < r->n_batches; i++) {
		json_t *one = NULL;
		enum err_code code = batch_to_json(&r->batches[i], &one, e);

		if (code == ERR_OK)
			code = json_add_take(list, one, e);
		if (code != ERR_OK) {
			json_decref(list);
			return code;
		}
	}
	return json_put_take(json, "batches", list, e);
}

/* What a repair asks for (differing digests). */
static enum err_code
wants_to_json(const struct sync_request *r, json_t *json, struct err *e)
{
	enum err_code code = ERR_OK;

	if (r->want_scopes)
		code = json_put_bool(json, "want_scopes", true, e);
	if (code == ERR_OK && r->want_ids != NULL)
		code = json_put_take(
		    json, "want_ids", json_incref(r->want_ids), e);
	if (code == ERR_OK && r->ids_after != NULL)
		code = json_put_take(
		    json, "ids_after", json_incref(r->ids_after), e);
	if (code == ERR_OK && r->want_records != NULL)
		code = json_put_take(
		    json, "want_records", json_incref(r->want_records), e);
	return code;
}

static enum err_code
place_to_json(const struct sync_request *r, json_t *json, struct err *e)
{
	json_t *proof = NULL, *receipt = NULL;
	enum err_code code = ERR_OK;

	if (r->has_cursor)
		code = json_put_take(
		    json, "cursor", cursor_to_json(&r->cursor), e);
	if (code == ERR_OK && r->outcome_no != 0)
		code =
		    json_put_int(json, "outcome_no", (int64_t)r->outcome_no, e);
	if (code == ERR_OK && r->written != 0)
		code = json_put_int(json, "written", (int64_t)r->written, e);
	if (code == ERR_OK && r->head_seq != 0)
		code = json_put_int(json, "head_seq", (int64_t)r->head_seq, e);
	if (code == ERR_OK && r->head_seq != 0)
		code = json_put_hex(
		    json, "head_link", r->head_link.b, HASH32_LEN, e);
	if (code == ERR_OK && r->has_proof) {
		code = log_head_to_json(&r->proof, &proof, e);
		if (code == ERR_OK)
			code = json_put_take(json, "proof", proof, e);
	}
	if (code == ERR_OK && r->has_receipt) {
		code = receipt_to_json(&r->receipt, true, &receipt, e);
		if (code == ERR_OK)
			code = json_put_take(json, "receipt", receipt, e);
	}
	if (code == ERR_OK && r->schema[0] != '\0')
		code = json_put_str(json, "schema", r->schema, e);
	if (code == ERR_OK && !version_is_never(r->erased_upto))
		code = json_put_take(
		    json, "erased_upto", version_to_json(r->erased_upto), e);
	return code;
}

/* What the office may have lost. */
static enum err_code
past_to_json(const struct sync_request *r, json_t *json, struct err *e)
{
	json_t *list = json_array();
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < r->n_past && code == ERR_OK; i++) {
		const struct past_head *p = &r->past[i];
		json_t *one = NULL;

		code = past_head_to_json(p, &one, e);
		if (code == ERR_OK)
			code = json_add_take(list, one, e);
	}
	if (code == ERR_OK && r->n_past > 0)
		code = json_put_take(json, "past", json_incref(list), e);
	json_decref(list);
	return code == ERR_OK
	    ? erasures_to_json(r->erasures, r->n_erasures, json, e)
	    : code;
}

enum err_code
sync_request_to_json(const struct sync_request *r, json_t **out, struct err *e)
{
	json_t *json = json_object();
	enum err_code code;

	if ((code = json_put_int(json, "v", PROTOCOL_VERSION, e)) != ERR_OK ||
	    (code = json_put_hex(
	         json, "nonce", r->nonce, PROTOCOL_NONCE_LEN, e)) != ERR_OK ||
	    (code = json_put_bool(json, "pull", r->pull, e)) != ERR_OK ||
	    (code = r->texts ? json_put_bool(json, "texts", true, e)
	                     : ERR_OK) != ERR_OK ||
	    (code = place_to_json(r, json, e)) != ERR_OK ||
	    (code = batches_to_json(r, json, e)) != ERR_OK ||
	    (code = wants_to_json(r, json, e)) != ERR_OK ||
	    (code = past_to_json(r, json, e)) != ERR_OK) {
		json_decref(json);
		return code;
	}
	*out = json;
	return ERR_OK;
}

static enum err_code
batches_from_json(const json_t *json, struct sync_request *r, struct err *e)
{
	json_t *list;
	size_t n;
	enum err_code code;

	if (json_has(json, "envelopes")) {
		if (json_has(json, "batches"))
			return err_set(
			    e, ERR_MALFORMED, 0, "envelopes: beside batches");
		return envelopes_from_json(
		    json, &r->envelopes, &r->n_envelopes, e);
	}
	if (!json_has(json, "batches"))
		return ERR_OK;
	if ((code = json_get_arr(json, "batches", &list, e)) != ERR_OK)
		return code;
	n = json_array_size(list);
	if (n == 0 || n > LIMIT_BATCHES)
		return err_set(e, ERR_MALFORMED, 0, "batches: wrong count");
	r->batches = calloc(n, sizeof(*r->batches));
	if (r->batches == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	for (size_t i = 0; i < n; i++) {
		code =
		    batch_from_json(json_array_get(list, i), &r->batches[i], e);
		if (code != ERR_OK)
			return code;
		r->n_batches++;
	}
	return ERR_OK;
}

/* An array of names under key, at least one; a missing one is NULL. */
static enum err_code
names_from_json(const json_t *json, const char *key, bool are_ids, json_t **out,
    struct err *e)
{
	json_t *list;
	struct id id;
	enum err_code code;

	if (!json_has(json, key))
		return ERR_OK;
	if ((code = json_get_arr(json, key, &list, e)) != ERR_OK)
		return code;
	if (json_array_size(list) == 0)
		return err_set(
		    e, ERR_MALFORMED, 0, "%s: empty, which is left out", key);
	if (json_array_size(list) > LIMIT_WANTED)
		return err_set(e, ERR_MALFORMED, 0, "%s: too many", key);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *name = json_string_value(json_array_get(list, i));

		if (name == NULL || name[0] == '\0' ||
		    (are_ids && !id_parse(name, &id)))
			return err_set(
			    e, ERR_MALFORMED, 0, "%s: not of its form", key);
	}
	*out = json_incref(list);
	return ERR_OK;
}

static enum err_code
wants_from_json(const json_t *json, struct sync_request *r, struct err *e)
{
	enum err_code code =
	    member_flag(json, "want_scopes", &r->want_scopes, e);

	if (code == ERR_OK)
		code =
		    names_from_json(json, "want_ids", false, &r->want_ids, e);
	if (code == ERR_OK)
		code = member_ids(json, "ids_after", &r->ids_after, e);
	if (code == ERR_OK && r->ids_after != NULL && r->want_ids == NULL)
		code =
		    err_set(e, ERR_MALFORMED, 0, "ids_after: without want_ids");
	if (code == ERR_OK)
		code = names_from_json(
		    json, "want_records", true, &r->want_records, e);
	return code;
}

/* The hash of a schema bundle, hex, or "" when it is missing. */
static enum err_code
schema_from_json(const json_t *json, struct sync_request *r, struct err *e)
{
	struct hash32 hash;

	if (!json_has(json, "schema"))
		return ERR_OK;
	if (json_get_hex(json, "schema", hash.b, HASH32_LEN, e) != ERR_OK)
		return ERR_MALFORMED;
	return member_text(json, "schema", r->schema, sizeof(r->schema), e);
}

static enum err_code
place_from_json(const json_t *json, struct sync_request *r, struct err *e)
{
	enum err_code code = ERR_OK;

	if (json_has(json, "cursor")) {
		r->has_cursor = true;
		code = cursor_from_json(
		    json_object_get(json, "cursor"), &r->cursor, e);
	}
	if (code == ERR_OK)
		code = member_count(json, "outcome_no", &r->outcome_no, e);
	if (code == ERR_OK)
		code = member_count(json, "written", &r->written, e);
	if (code == ERR_OK)
		code = member_count(json, "head_seq", &r->head_seq, e);
	if (code == ERR_OK && r->head_seq != 0)
		code = json_get_hex(
		    json, "head_link", r->head_link.b, HASH32_LEN, e);
	else if (code == ERR_OK && json_has(json, "head_link"))
		code =
		    err_set(e, ERR_MALFORMED, 0, "head_link: without head_seq");
	r->has_proof = json_has(json, "proof");
	if (code == ERR_OK && r->has_proof)
		code = log_head_from_json(
		    json_object_get(json, "proof"), &r->proof, e);
	r->has_receipt = json_has(json, "receipt");
	if (code == ERR_OK && r->has_receipt)
		code = receipt_from_json(
		    json_object_get(json, "receipt"), &r->receipt, e);
	if (code == ERR_OK)
		code = version_from_json(
		    json_object_get(json, "erased_upto"), &r->erased_upto, e);
	return code != ERR_OK ? code : schema_from_json(json, r, e);
}

static enum err_code
past_from_json(const json_t *json, struct sync_request *r, struct err *e)
{
	json_t *list;
	size_t n;
	enum err_code code =
	    member_list(json, "past", LIMIT_PAST, &list, &n, e);

	if (code == ERR_OK)
		code = erasures_from_json(
		    json, LIMIT_SHOWN, &r->erasures, &r->n_erasures, e);
	if (code != ERR_OK || n == 0)
		return code;
	r->past = calloc(n, sizeof(*r->past));
	if (r->past == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	while (code == ERR_OK && r->n_past < n) {
		code = past_head_from_json(
		    json_array_get(list, r->n_past), &r->past[r->n_past], e);
		r->n_past += code == ERR_OK;
	}
	return code;
}

enum err_code
sync_request_from_json(
    const json_t *json, struct sync_request *out, struct err *e)
{
	struct sync_request r;
	enum err_code code;

	sync_request_init(&r);
	if ((code = member_version(json, e)) != ERR_OK)
		return code;
	if ((code = json_get_hex(
	         json, "nonce", r.nonce, PROTOCOL_NONCE_LEN, e)) != ERR_OK ||
	    (code = json_get_bool(json, "pull", &r.pull, e)) != ERR_OK ||
	    (code = member_flag(json, "texts", &r.texts, e)) != ERR_OK ||
	    (code = place_from_json(json, &r, e)) != ERR_OK ||
	    (code = batches_from_json(json, &r, e)) != ERR_OK ||
	    (code = wants_from_json(json, &r, e)) != ERR_OK ||
	    (code = past_from_json(json, &r, e)) != ERR_OK) {
		sync_request_fini(&r);
		return code;
	}
	*out = r;
	return ERR_OK;
}
