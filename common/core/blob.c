/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/blob.h"

#include <stdio.h>
#include <string.h>

#include "common/base/enc.h"
#include "common/core/limits.h"
#include "common/core/member.h"
#include "common/core/query.h"
#include "common/core/record.h"
#include "common/core/schema.h"
#include "common/sys/json.h"

static const char before_hash[] = "/v1/blobs/";

void
blob_piece_init(struct blob_piece *p)
{
	*p = (struct blob_piece){ 0 };
	buf_init(&p->bytes, LIMIT_BLOB_PIECE);
}

void
blob_piece_fini(struct blob_piece *p)
{
	buf_wipe(&p->bytes);
}

enum err_code
blob_piece_to_json(const struct blob_piece *p, json_t **out, struct err *e)
{
	json_t *json = json_object();
	enum err_code code;

	if ((code = json_put_int(json, "v", PROTOCOL_VERSION, e)) == ERR_OK &&
	    (code = json_put_hex(
	         json, "nonce", p->nonce, PROTOCOL_NONCE_LEN, e)) == ERR_OK &&
	    (code = json_put_id(json, "record", p->record, e)) == ERR_OK &&
	    (p->at == 0 ||
	        (code = json_put_int(json, "at", (int64_t)p->at, e)) ==
	            ERR_OK) &&
	    p->bytes.len > 0)
		code = json_put_base64(
		    json, "bytes", p->bytes.ptr, p->bytes.len, e);
	if (code == ERR_OK)
		*out = json;
	else
		json_decref(json);
	return code;
}

enum err_code
blob_piece_from_json(const json_t *json, struct blob_piece *out, struct err *e)
{
	struct blob_piece p;
	enum err_code code;

	blob_piece_init(&p);
	if ((code = member_version(json, e)) == ERR_OK &&
	    (code = json_get_hex(
	         json, "nonce", p.nonce, PROTOCOL_NONCE_LEN, e)) == ERR_OK &&
	    (code = json_get_id(json, "record", &p.record, e)) == ERR_OK &&
	    (code = member_count(json, "at", &p.at, e)) == ERR_OK &&
	    json_has(json, "bytes") &&
	    (code = json_get_base64(json, "bytes", &p.bytes, e)) == ERR_OK &&
	    p.bytes.len == 0)
		code = err_set(
		    e, ERR_MALFORMED, 0, "bytes: none of them are left out");
	if (code == ERR_OK)
		*out = p;
	else
		blob_piece_fini(&p);
	return code;
}

enum err_code
blob_stand_to_json(const struct blob_stand *s, json_t **out, struct err *e)
{
	json_t *json = json_object();
	enum err_code code;

	if ((code = json_put_int(json, "v", PROTOCOL_VERSION, e)) == ERR_OK &&
	    (code = json_put_hex(
	         json, "nonce", s->nonce, PROTOCOL_NONCE_LEN, e)) == ERR_OK &&
	    (s->have == 0 ||
	        (code = json_put_int(json, "have", (int64_t)s->have, e)) ==
	            ERR_OK) &&
	    s->is_whole)
		code = json_put_bool(json, "whole", true, e);
	if (code == ERR_OK)
		*out = json;
	else
		json_decref(json);
	return code;
}

enum err_code
blob_stand_from_json(const json_t *json, struct blob_stand *out, struct err *e)
{
	struct blob_stand s = { .have = 0 };
	enum err_code code;

	if ((code = member_version(json, e)) == ERR_OK &&
	    (code = json_get_hex(
	         json, "nonce", s.nonce, PROTOCOL_NONCE_LEN, e)) == ERR_OK &&
	    (code = member_count(json, "have", &s.have, e)) == ERR_OK)
		code = member_flag(json, "whole", &s.is_whole, e);
	if (code == ERR_OK)
		*out = s;
	return code;
}

void
blob_target(const char *sha256, char out[static BLOB_TARGET_MAX])
{
	(void)snprintf(out, BLOB_TARGET_MAX, "%s%.64s", before_hash, sha256);
}

void
blob_target_get(const char *sha256, const struct blob_piece *what,
    char out[static BLOB_TARGET_MAX])
{
	(void)snprintf(out, BLOB_TARGET_MAX, "%s%.64s?record=%s&at=%llu",
	    before_hash, sha256, id_print(what->record).s,
	    (unsigned long long)what->at);
	query_add_nonce(out, BLOB_TARGET_MAX, what->nonce);
}

bool
blob_hash_is_ok(const char *text)
{
	uint8_t bytes[HASH32_LEN];

	return strlen(text) == BLOB_HASH_TEXT_LEN &&
	    enc_hex_parse(text, BLOB_HASH_TEXT_LEN, bytes, sizeof(bytes));
}

bool
blob_target_hash(const char *target, char out[static BLOB_HASH_TEXT_LEN + 1])
{
	const size_t skip = sizeof(before_hash) - 1;

	if (strncmp(target, before_hash, skip) != 0 ||
	    strcspn(target, "?") != skip + BLOB_HASH_TEXT_LEN)
		return false;
	memcpy(out, target + skip, BLOB_HASH_TEXT_LEN);
	out[BLOB_HASH_TEXT_LEN] = '\0';
	return blob_hash_is_ok(out);
}

bool
blob_of_record(const struct schema *s, const struct record *r,
    char sha256_out[static BLOB_HASH_TEXT_LEN + 1], uint64_t *size_out)
{
	const struct schema_type *type = schema_type(s, r->type);
	const struct path_state *whole = record_path(r, "");
	const json_t *doc =
	    whole != NULL && whole->is_removed ? whole->was : r->doc;
	const char *hash;
	json_int_t size;

	if (type == NULL || type->content.hash == NULL)
		return false;
	hash = json_string_value(json_object_get(doc, type->content.hash));
	size = json_integer_value(json_object_get(doc, type->content.size));
	if (hash == NULL || !blob_hash_is_ok(hash) || size < 1 ||
	    size > (json_int_t)LIMIT_BLOB_BYTES)
		return false;
	memcpy(sha256_out, hash, BLOB_HASH_TEXT_LEN + 1);
	*size_out = (uint64_t)size;
	return true;
}
