/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The office's signed word on an erasure, and its work on changes.  Records
 * are in erasure_record.c.
 */
#include "common/core/erasure.h"

#include "common/core/limits.h"
#include "common/core/path.h"
#include "common/sys/json.h"

static const char erasure_context[] = "vb/erasure/v1\n";

#define CONTEXT_LEN (sizeof(erasure_context) - 1)
#define SIGNED_MAX (LIMIT_LINE_BYTES + (size_t)64 * 1024)

void
erasure_init(struct erasure *z)
{
	*z = (struct erasure){ 0 };
	buf_init(&z->signed_bytes, SIGNED_MAX);
}

void
erasure_fini(struct erasure *z)
{
	json_decref(z->paths);
	json_decref(z->conflicts);
	buf_fini(&z->signed_bytes);
	erasure_init(z);
}

enum err_code
erasure_sign(struct erasure *z, const struct sign_key *key, struct err *e)
{
	json_t *json = json_object();
	enum err_code code;

	buf_reset(&z->signed_bytes);
	(void)buf_add_str(&z->signed_bytes, erasure_context);
	if ((code = json_put_id(json, "author", z->author, e)) == ERR_OK &&
	    (code = json_put_int(json, "counter", (int64_t)z->counter, e)) ==
	        ERR_OK &&
	    (code = json_put_id(json, "device", z->device, e)) == ERR_OK &&
	    (code = json_put_hex(json, "digest", z->digest.b, HASH32_LEN, e)) ==
	        ERR_OK &&
	    (code = json_put_int(
	         json, "epoch", (int64_t)z->version.epoch, e)) == ERR_OK &&
	    (code = json_put_id(json, "office", z->office, e)) == ERR_OK &&
	    (code = json_put_take(json, "paths", json_incref(z->paths), e)) ==
	        ERR_OK &&
	    (json_array_size(z->conflicts) == 0 ||
	        (code = json_put_take(json, "conflicts",
	             json_incref(z->conflicts), e)) == ERR_OK) &&
	    (code = json_put_id(json, "record", z->record, e)) == ERR_OK &&
	    (code = json_put_int(json, "seq", (int64_t)z->version.seq, e)) ==
	        ERR_OK &&
	    (code = json_put_take(
	         json, "since", version_to_json(z->since), e)) == ERR_OK &&
	    (code = json_put_int(json, "time", (int64_t)z->time, e)) == ERR_OK)
		code = json_print(json, &z->signed_bytes, e);
	json_decref(json);
	if (code == ERR_OK)
		sign_make(
		    key, z->signed_bytes.ptr, z->signed_bytes.len, &z->sig);
	return code;
}

enum err_code
erasure_to_json(const struct erasure *z, json_t **out, struct err *e)
{
	json_t *json = json_object();
	enum err_code code = json_put_base64(
	    json, "signed", z->signed_bytes.ptr, z->signed_bytes.len, e);

	if (code == ERR_OK)
		code =
		    json_put_base64(json, "sig", z->sig.b, sizeof(z->sig.b), e);
	if (code == ERR_OK)
		*out = json;
	else
		json_decref(json);
	return code;
}

static enum err_code
paths_read(const json_t *json, struct erasure *z, struct err *e)
{
	json_t *paths;
	enum err_code code = json_get_arr(json, "paths", &paths, e);

	if (code != ERR_OK)
		return code;
	if (json_array_size(paths) == 0 || json_array_size(paths) > LIMIT_OPS)
		return err_set(e, ERR_MALFORMED, 0, "paths: wrong count");
	for (size_t i = 0; i < json_array_size(paths); i++) {
		const char *path = json_string_value(json_array_get(paths, i));

		if (path == NULL || path[0] == '\0' ||
		    path_check(path, NULL) != ERR_OK)
			return err_set(
			    e, ERR_MALFORMED, 0, "paths: one is none");
	}
	z->paths = json_incref(paths);
	return ERR_OK;
}

static enum err_code
conflicts_read(const json_t *json, struct erasure *z, struct err *e)
{
	json_t *list = json_object_get(json, "conflicts");
	struct id id;

	if (list == NULL)
		return ERR_OK;
	if (json_array_size(list) == 0)
		return err_set(e, ERR_MALFORMED, 0, "conflicts: wrong count");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *text = json_string_value(json_array_get(list, i));

		if (text == NULL || !id_parse(text, &id))
			return err_set(
			    e, ERR_MALFORMED, 0, "conflicts: one is none");
	}
	z->conflicts = json_incref(list);
	return ERR_OK;
}

static enum err_code
members_read(const json_t *json, struct erasure *z, struct err *e)
{
	enum err_code code;

	if ((code = json_get_id(json, "author", &z->author, e)) != ERR_OK ||
	    (code = json_get_uint(json, "counter", &z->counter, e)) != ERR_OK ||
	    (code = json_get_id(json, "device", &z->device, e)) != ERR_OK ||
	    (code = json_get_hex(json, "digest", z->digest.b, HASH32_LEN, e)) !=
	        ERR_OK ||
	    (code = json_get_uint(json, "epoch", &z->version.epoch, e)) !=
	        ERR_OK ||
	    (code = json_get_id(json, "office", &z->office, e)) != ERR_OK ||
	    (code = json_get_id(json, "record", &z->record, e)) != ERR_OK ||
	    (code = json_get_uint(json, "seq", &z->version.seq, e)) != ERR_OK ||
	    (code = version_from_json(
	         json_object_get(json, "since"), &z->since, e)) != ERR_OK ||
	    (code = json_get_uint(json, "time", &z->time, e)) != ERR_OK)
		return code;
	code = conflicts_read(json, z, e);
	return code == ERR_OK ? paths_read(json, z, e) : code;
}

enum err_code
erasure_from_signed(const void *bytes, size_t len, const struct sign_sig *sig,
    struct erasure *out, struct err *e)
{
	static const struct json_limits limits = { .bytes_max = SIGNED_MAX,
		.tokens_max = 4 * LIMIT_OPS + 64,
		.depth_max = 3 };
	struct erasure z;
	json_t *json = NULL;
	enum err_code code;

	erasure_init(&z);
	z.sig = *sig;
	(void)buf_add(&z.signed_bytes, bytes, len);
	code = buf_check(&z.signed_bytes, e);
	if (code == ERR_INVALID)
		code = err_set(e, ERR_MALFORMED, 0, "erasure: too long");
	if (code == ERR_OK &&
	    (len < CONTEXT_LEN ||
	        memcmp(bytes, erasure_context, CONTEXT_LEN) != 0))
		code = err_set(e, ERR_MALFORMED, 0, "erasure: is none");
	if (code == ERR_OK)
		code = json_parse(z.signed_bytes.ptr + CONTEXT_LEN,
		    len - CONTEXT_LEN, &limits, &json, e);
	if (code == ERR_OK)
		code = members_read(json, &z, e);
	json_decref(json);
	if (code == ERR_OK)
		*out = z;
	else
		erasure_fini(&z);
	return code;
}

enum err_code
erasure_from_json(const json_t *json, struct erasure *out, struct err *e)
{
	struct sign_sig sig;
	struct buf bytes;
	enum err_code code;

	buf_init(&bytes, SIGNED_MAX);
	if ((code = json_get_bytes(json, "sig", sig.b, sizeof(sig.b), e)) ==
	        ERR_OK &&
	    (code = json_get_base64(json, "signed", &bytes, e)) == ERR_OK)
		code = erasure_from_signed(bytes.ptr, bytes.len, &sig, out, e);
	buf_fini(&bytes);
	return code;
}

enum err_code
erasure_check(const struct erasure *z, const struct sign_pub *pub,
    struct id office, struct err *e)
{
	if (!sign_check(
	        pub, z->signed_bytes.ptr, z->signed_bytes.len, &z->sig) ||
	    !id_equal(z->office, office))
		return err_set(
		    e, ERR_AUTH, 0, "the office did not sign that erasure");
	return ERR_OK;
}

bool
erasure_covers(const json_t *paths, const char *path)
{
	for (size_t i = 0; i < json_array_size(paths); i++)
		if (path_related(
		        json_string_value(json_array_get(paths, i)), path))
			return true;
	return false;
}

/* Had somebody who had seen this version seen the erasure?  From its own on,
 * or, where it was done again, from the first one's on in that one's epoch: in
 * those between nobody knows whether the office knew of it already. */
static bool
was_seen(const struct erasure *z, struct version seen)
{
	return version_compare(seen, z->version) >= 0 ||
	    (seen.epoch == z->since.epoch &&
	        version_compare(seen, z->since) >= 0);
}

/* Why was this conflict decided so: is that among what goes? */
static bool
covers_reason(const struct erasure *z, const struct change_resolve *r)
{
	const struct id_text id = id_print(r->conflict);

	for (size_t i = 0; i < json_array_size(z->conflicts); i++)
		if (strcmp(json_string_value(json_array_get(z->conflicts, i)),
		        id.s) == 0)
			return true;
	return false;
}

void
erasure_cover(const struct erasure *z, const struct change *c, bool *covered)
{
	for (size_t i = 0; i < c->n_ops; i++)
		covered[i] =
		    covered[i] || erasure_covers(z->paths, c->ops[i].path);
	covered += c->n_ops;
	for (size_t i = 0; i < c->n_resolves; i++)
		covered[i] = covered[i] || covers_reason(z, &c->resolves[i]);
	covered[c->n_resolves] = true;
}

bool
erasure_is_covered(const struct change *c, const bool *covered)
{
	for (size_t i = 0; i < c->n_ops; i++)
		if (c->ops[i].is_erased && !covered[i])
			return false;
	covered += c->n_ops;
	for (size_t i = 0; i < c->n_resolves; i++)
		if (c->resolves[i].is_erased && !covered[i])
			return false;
	return !json_is_string(json_object_get(c->extra, CHANGE_SEALED)) ||
	    covered[c->n_resolves];
}

/* What is not said by an op. */
static enum err_code
erase_beside(
    const struct erasure *z, struct change *c, bool *changed_out, struct err *e)
{
	bool gone;
	enum err_code code = change_sealed_erase(c, &gone, e);

	*changed_out = *changed_out || gone;
	for (size_t i = 0; i < c->n_resolves && code == ERR_OK; i++) {
		struct change_resolve *r = &c->resolves[i];

		if (!covers_reason(z, r) || was_seen(z, r->current))
			continue;
		code = change_reason_erase(r, &gone, e);
		*changed_out = *changed_out || gone;
	}
	return code;
}

enum err_code
erasure_of_change(
    const struct erasure *z, struct change *c, bool *changed_out, struct err *e)
{
	*changed_out = false;
	for (size_t i = 0; i < c->n_ops; i++) {
		struct change_op *op = &c->ops[i];
		enum err_code code;

		if (op->is_erased || !erasure_covers(z->paths, op->path) ||
		    was_seen(z, op->base.seen))
			continue;
		code = change_op_erase(op, e);
		if (code != ERR_OK)
			return code;
		*changed_out = true;
	}
	return erase_beside(z, c, changed_out, e);
}
