/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/signed.h"

#include <string.h>

#include "common/base/enc.h"
#include "common/core/apply.h"
#include "common/core/limits.h"
#include "common/core/path.h"
#include "common/core/value.h"
#include "common/sys/json.h"

bool
signed_by(const struct schema_type *type, const struct record *r,
    const struct setter **out)
{
	/* What is set once names the first; the state is set again later. */
	const char *fields[3];
	const struct path_state *ps = NULL;

	if (type == NULL || type->signing.field == NULL ||
	    !schema_is_signed(type, r->doc))
		return false;
	fields[0] = type->signing.at;
	fields[1] = type->signing.by;
	fields[2] = type->signing.field;
	for (size_t i = 0; i < 3 && ps == NULL; i++)
		if (fields[i] != NULL)
			ps = record_path(r, fields[i]);
	if (ps == NULL)
		return false;
	*out = &ps->setters[0];
	return true;
}

/* Whether the record that a field names is there and signed. */
static enum err_code
names_signed(const struct schema *s, const char *named, signed_look_up *look_up,
    void *arg, bool *out, struct err *e)
{
	const struct schema_type *type;
	struct record other;
	struct id id;
	enum err_code code;

	*out = false;
	if (named == NULL || !id_parse(named, &id))
		return ERR_OK;
	code = look_up(arg, id, &other, e);
	if (code != ERR_OK)
		return code == ERR_NOTFOUND ? ERR_OK : code;
	type = schema_type(s, other.type);
	*out = type != NULL && schema_is_signed(type, other.doc);
	record_fini(&other);
	return ERR_OK;
}

enum err_code
signed_keeps(const struct schema *s, const struct record *r,
    signed_look_up *look_up, void *arg, bool *out, struct err *e)
{
	const struct schema_type *type = schema_type(s, r->type);
	const json_t *of = type == NULL ? NULL : type->content.of;
	bool is_kept = false;
	enum err_code code = ERR_OK;

	for (size_t i = 0;
	     i < json_array_size(of) && code == ERR_OK && !is_kept; i++) {
		const char *field = json_string_value(json_array_get(of, i));

		code =
		    names_signed(s, json_string_value(path_get(r->doc, field)),
		        look_up, arg, &is_kept, e);
	}
	if (code == ERR_OK)
		*out = is_kept;
	return code;
}

struct collecting {
	const json_t *doc;
	json_t *all; /* {path: value} */
};

static enum err_code
collect(void *arg, const char *path, struct err *e)
{
	struct collecting *k = arg;
	const json_t *value = path_get(k->doc, path);

	return value == NULL
	    ? ERR_OK
	    : json_put_take(k->all, path, value_share(value), e);
}

enum err_code
signed_hash(const struct schema_type *type, const json_t *doc,
    struct hash32 *out, struct err *e)
{
	static const char context[] = "vb/signed/v1";
	struct collecting k = { .doc = doc, .all = json_object() };
	struct buf text;
	enum err_code code;

	buf_init(&text, 4 * LIMIT_RECORD_BYTES);
	code = k.all == NULL ? value_no_memory(e)
	                     : apply_locked_paths(type, doc, collect, &k, e);
	if (code == ERR_OK && (code = json_print(k.all, &text, e)) == ERR_OK)
		*out = crypto_sha256_parts(
		    (const struct crypto_part[]){
		        crypto_part(context, sizeof(context)),
		        crypto_part(text.ptr, text.len) },
		    2);
	buf_wipe(&text);
	json_decref(k.all);
	return code;
}

enum err_code
signed_hash_of_change(const struct schema_type *type, const struct change *c,
    struct hash32 *out, struct err *e)
{
	json_t *doc = json_object();
	enum err_code code = doc == NULL ? value_no_memory(e) : ERR_OK;
	bool signs = false;

	for (size_t i = 0; i < c->n_ops && code == ERR_OK; i++) {
		const struct change_op *op = &c->ops[i];
		struct schema_spot spot = schema_find(type, op->path);

		if (op->now != NULL)
			code = path_set(doc, op->path, op->now,
			    spot.part == SCHEMA_PART_MEMBER, e);
		signs = signs || strcmp(op->path, type->signing.field) == 0;
	}
	if (code == ERR_OK && (!signs || !schema_is_signed(type, doc)))
		code = err_set(
		    e, ERR_INVALID, 0, "the change does not sign a record");
	if (code == ERR_MALFORMED)
		code = err_set(
		    e, ERR_INVALID, 0, "the change does not make a record");
	if (code == ERR_OK)
		code = signed_hash(type, doc, out, e);
	json_decref(doc);
	return code;
}

enum err_code
signed_to_json(const struct schema_type *type, const struct record *r,
    json_t *out, struct err *e)
{
	const struct setter *by;
	char hex[ENC_HEX_LEN(HASH32_LEN) + 1];
	struct hash32 hash;
	json_t *told;
	enum err_code code;

	if (!signed_by(type, r, &by))
		return json_put_take(out, "signed", json_null(), e);
	if ((code = signed_hash(type, r->doc, &hash, e)) != ERR_OK)
		return code;
	enc_hex(hash.b, HASH32_LEN, hex);
	told = json_object();
	if ((code = json_put_id(told, "by", by->author, e)) == ERR_OK &&
	    (code = json_put_id(told, "device", by->device, e)) == ERR_OK &&
	    (code = json_put_int(told, "counter", (int64_t)by->counter, e)) ==
	        ERR_OK &&
	    (code = json_put_int(told, "at", (int64_t)by->made_at, e)) ==
	        ERR_OK &&
	    (code = json_put_int(told, "clock_offset", by->clock_offset, e)) ==
	        ERR_OK)
		code = json_put_str(told, "sha256", hex, e);
	if (code == ERR_OK)
		return json_put_take(out, "signed", told, e);
	json_decref(told);
	return code;
}
