/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The full and wire forms of a change as JSON: writing.  Reading is in
 * change_read.c.
 */
#include "common/base/enc.h"
#include "common/core/change_int.h"
#include "common/sys/json.h"

enum err_code
change_base_to_json(const struct change_base *base, json_t **out, struct err *e)
{
	json_t *json = json_object();
	enum err_code code = ERR_OK;

	if (!version_is_never(base->seen))
		code =
		    json_put_take(json, "seen", version_to_json(base->seen), e);
	if (code == ERR_OK && base->own != 0)
		code = json_put_int(json, "own", (int64_t)base->own, e);
	if (code == ERR_OK && base->side[0] != '\0')
		code = json_put_str(json, "side", base->side, e);
	if (code == ERR_OK && json == NULL)
		code = err_set(e, ERR_NOMEM, 0, "out of memory");
	if (code != ERR_OK) {
		json_decref(json);
		return code;
	}
	*out = json;
	return ERR_OK;
}

static enum err_code
reason_to_json(const struct change_resolve *r, json_t *json, struct err *e)
{
	char salt[ENC_BASE64_LEN((size_t)CHANGE_SALT_LEN) + 1];
	json_t *why;

	if (r->is_erased)
		return json_put_hex(
		    json, "why", r->reason_hash.b, HASH32_LEN, e);
	if (r->reason == NULL)
		return ERR_OK;
	if (!r->has_salt)
		return json_put_str(json, "reason", r->reason, e);
	enc_base64(r->salt, CHANGE_SALT_LEN, salt);
	why = json_pack("[s, s]", salt, r->reason);
	return why != NULL ? json_put_take(json, "why", why, e)
	                   : err_set(e, ERR_NOMEM, 0, "out of memory");
}

static enum err_code
resolve_to_json(const struct change_resolve *r, json_t *list, struct err *e)
{
	json_t *json = json_object();
	enum err_code code;

	if ((code = json_put_id(json, "conflict", r->conflict, e)) != ERR_OK)
		goto out;
	if (!version_is_never(r->current) &&
	    (code = json_put_take(
	         json, "current", version_to_json(r->current), e)) != ERR_OK)
		goto out;
	if (r->sides != NULL &&
	    (code = json_put_take(
	         json, "sides", json_deep_copy_all(r->sides), e)) != ERR_OK)
		goto out;
	if ((code = reason_to_json(r, json, e)) != ERR_OK)
		goto out;
	if (r->ask && (code = json_put_bool(json, "ask", true, e)) != ERR_OK)
		goto out;
	if (r->undo[0] != '\0' &&
	    (code = json_put_str(json, "undo", r->undo, e)) != ERR_OK)
		goto out;
	code = json_add_take(list, json, e);
	json = NULL;
out:
	json_decref(json);
	return code;
}

static enum err_code
resolves_to_json(const struct change *c, json_t *change, struct err *e)
{
	json_t *list;
	enum err_code code = ERR_OK;

	if (c->n_resolves == 0)
		return ERR_OK;
	list = json_array();
	for (size_t i = 0; i < c->n_resolves && code == ERR_OK; i++)
		code = resolve_to_json(&c->resolves[i], list, e);
	if (code != ERR_OK) {
		json_decref(list);
		return code;
	}
	return json_put_take(change, "resolve", list, e);
}

static enum err_code
recut_to_json(const struct change *c, json_t *change, struct err *e)
{
	json_t *json;
	enum err_code code;

	if (c->recut_counter == 0)
		return ERR_OK;
	json = json_object();
	if ((code = json_put_id(json, "device", c->recut_device, e)) !=
	        ERR_OK ||
	    (code = json_put_int(
	         json, "counter", (int64_t)c->recut_counter, e)) != ERR_OK ||
	    (code = json_put_hex(
	         json, "link", c->recut_link.b, HASH32_LEN, e)) != ERR_OK) {
		json_decref(json);
		return code;
	}
	return json_put_take(change, "recut", json, e);
}

enum err_code
change_head_to_json(const struct change *c, json_t **out, struct err *e)
{
	json_t *json =
	    c->extra == NULL ? json_object() : json_deep_copy_all(c->extra);
	enum err_code code;

	if ((code = json_put_int(json, "v", CHANGE_FORM, e)) != ERR_OK ||
	    (code = json_put_id(json, "device", c->device, e)) != ERR_OK ||
	    (code = json_put_int(json, "counter", (int64_t)c->counter, e)) !=
	        ERR_OK ||
	    (code = json_put_id(json, "author", c->author, e)) != ERR_OK ||
	    (code = json_put_int(json, "made_at", (int64_t)c->made_at, e)) !=
	        ERR_OK ||
	    (code = json_put_int(json, "clock_offset", c->clock_offset, e)) !=
	        ERR_OK ||
	    (c->clock_within != 0 &&
	        (code = json_put_int(json, "clock_within",
	             (int64_t)c->clock_within, e)) != ERR_OK) ||
	    (code = json_put_id(json, "record", c->record, e)) != ERR_OK ||
	    (code = json_put_str(json, "type", c->type, e)) != ERR_OK ||
	    (code = resolves_to_json(c, json, e)) != ERR_OK ||
	    (code = recut_to_json(c, json, e)) != ERR_OK) {
		json_decref(json);
		return code;
	}
	*out = json;
	return ERR_OK;
}

/* "erased": [was, now]. */
static enum err_code
erased_to_json(const struct change_op *op, json_t *json, struct err *e)
{
	char was[ENC_HEX_LEN(HASH32_LEN) + 1], now[sizeof(was)];

	enc_hex(op->was_hash.b, HASH32_LEN, was);
	enc_hex(op->now_hash.b, HASH32_LEN, now);
	return json_put_take(json, "erased", json_pack("[s, s]", was, now), e);
}

static enum err_code
op_to_json(const struct change_op *op, json_t *list, struct err *e)
{
	json_t *json = json_object(), *base = NULL;
	enum err_code code;

	if ((code = json_put_str(json, "path", op->path, e)) != ERR_OK ||
	    (code = change_base_to_json(&op->base, &base, e)) != ERR_OK)
		goto out;
	if (json_object_size(base) > 0) {
		code = json_put_take(json, "base", base, e);
		base = NULL;
		if (code != ERR_OK)
			goto out;
	}
	if (op->is_erased) {
		code = erased_to_json(op, json, e);
		if (code == ERR_OK) {
			code = json_add_take(list, json, e);
			json = NULL;
		}
		goto out;
	}
	if ((code = json_put_base64(
	         json, "salt", op->salt, CHANGE_SALT_LEN, e)) != ERR_OK)
		goto out;
	if (op->was_omitted)
		code = json_put_bool(json, "omit", true, e);
	else if (op->was != NULL)
		code = json_put_take(json, "was", json_incref(op->was), e);
	if (code != ERR_OK)
		goto out;
	if (op->now != NULL)
		code = json_put_take(json, op->now_is_splice ? "splice" : "now",
		    json_incref(op->now), e);
	if (code != ERR_OK)
		goto out;
	code = json_add_take(list, json, e);
	json = NULL;
out:
	json_decref(base);
	json_decref(json);
	return code;
}

enum err_code
change_to_json(const struct change *c, json_t **out, struct err *e)
{
	json_t *json = NULL, *ops = NULL;
	enum err_code code;

	code = change_head_to_json(c, &json, e);
	if (code != ERR_OK)
		return code;
	ops = json_array();
	for (size_t i = 0; i < c->n_ops; i++) {
		code = op_to_json(&c->ops[i], ops, e);
		if (code != ERR_OK)
			goto out;
	}
	code = json_put_take(json, "ops", ops, e);
	ops = NULL;
	if (code != ERR_OK)
		goto out;
	*out = json;
	json = NULL;
out:
	json_decref(ops);
	json_decref(json);
	return code;
}
