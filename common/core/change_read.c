/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The full and wire forms of a change as JSON: reading, which is total.
 * Whatever a peer sends is a change within the limits or an error.
 *
 * A key that this version does not know is kept at the top of a change, where
 * it is signed; anywhere below it is refused, since the signed form is made
 * anew out of the members and would not have it.
 */
#include "common/base/enc.h"
#include "common/core/change_int.h"
#include "common/core/limits.h"
#include "common/core/member.h"
#include "common/core/path.h"
#include "common/core/splice.h"
#include "common/core/value.h"
#include "common/sys/json.h"

static const char *const change_keys[] = { "v", "device", "counter", "author",
	"made_at", "clock_offset", "clock_within", "record", "type", "ops",
	"resolve", "recut", NULL };
static const char *const base_keys[] = { "seen", "own", "side", NULL };
static const char *const op_keys[] = { "path", "base", "salt", "was", "now",
	"omit", "splice", "erased", NULL };
static const char *const resolve_keys[] = { "conflict", "current", "sides",
	"reason", "why", "ask", "undo", NULL };
static const char *const recut_keys[] = { "device", "counter", "link", NULL };

static bool
is_known_key(const char *key)
{
	for (size_t i = 0; change_keys[i] != NULL; i++)
		if (strcmp(key, change_keys[i]) == 0)
			return true;
	return false;
}

static enum err_code
base_from_json(const json_t *op, struct change_base *out, struct err *e)
{
	json_t *json;
	enum err_code code;

	*out = (struct change_base){ 0 };
	if (!json_has(op, "base"))
		return ERR_OK;
	if ((code = json_get_obj(op, "base", &json, e)) != ERR_OK ||
	    (code = member_only(json, base_keys, e)) != ERR_OK ||
	    (code = version_from_json(
	         json_object_get(json, "seen"), &out->seen, e)) != ERR_OK ||
	    (code = member_count(json, "own", &out->own, e)) != ERR_OK ||
	    (code = member_text(
	         json, "side", out->side, sizeof(out->side), e)) != ERR_OK)
		return code;
	if (json_object_size(json) == 0)
		return err_set(
		    e, ERR_MALFORMED, 0, "an empty base is left out");
	return ERR_OK;
}

static enum err_code
op_values(const json_t *json, const json_t **was, const json_t **now,
    struct change_op *marks, struct err *e)
{
	const json_t *splice = json_object_get(json, "splice");
	enum err_code code;

	*was = json_object_get(json, "was");
	*now = json_object_get(json, "now");
	code = member_flag(json, "omit", &marks->was_omitted, e);
	if (code != ERR_OK)
		return code;
	if (marks->was_omitted && *was != NULL)
		return err_set(e, ERR_MALFORMED, 0, "omit: stands beside was");
	if (splice != NULL) {
		if (*now != NULL || !splice_is(splice))
			return err_set(
			    e, ERR_MALFORMED, 0, "splice: not of its form");
		*now = splice;
		marks->now_is_splice = true;
	}
	/* What is absent has one spelling, or two forms would hash alike. */
	if ((*was != NULL && path_is_absent(*was)) ||
	    (*now != NULL && splice == NULL && path_is_absent(*now)))
		return err_set(
		    e, ERR_MALFORMED, 0, "an empty value is left out");
	return ERR_OK;
}

/* [was, now], and nothing else of them. */
static enum err_code
erased_from_json(const json_t *json, struct change *c, const char *path,
    const struct change_base *base, struct err *e)
{
	static const char *const gone[] = { "salt", "was", "now", "omit",
		"splice" };
	static const uint8_t no_salt[CHANGE_SALT_LEN];
	const json_t *pair = json_object_get(json, "erased");
	const json_t *was = json_array_get(pair, 0);
	const json_t *now = json_array_get(pair, 1);
	struct hash32 hashes[2];
	enum err_code code;

	for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++)
		if (json_has(json, gone[i]))
			return err_set(e, ERR_MALFORMED, 0,
			    "erased: stands beside %s", gone[i]);
	if (json_array_size(pair) != 2 || !json_is_string(was) ||
	    !json_is_string(now) ||
	    !enc_hex_parse(json_string_value(was), json_string_length(was),
	        hashes[0].b, HASH32_LEN) ||
	    !enc_hex_parse(json_string_value(now), json_string_length(now),
	        hashes[1].b, HASH32_LEN))
		return err_set(e, ERR_MALFORMED, 0, "erased: not of its form");
	code = change_add_op(c, path, base, NULL, NULL, no_salt, e);
	if (code != ERR_OK)
		return code;
	c->ops[c->n_ops - 1].is_erased = true;
	c->ops[c->n_ops - 1].was_hash = hashes[0];
	c->ops[c->n_ops - 1].now_hash = hashes[1];
	return ERR_OK;
}

static enum err_code
op_from_json(const json_t *json, struct change *c, struct err *e)
{
	struct change_op marks = { 0 };
	struct change_base base;
	uint8_t salt[CHANGE_SALT_LEN];
	const json_t *was, *now;
	const char *path;
	enum err_code code;

	if ((code = json_get_str(json, "path", &path, NULL, e)) != ERR_OK ||
	    (code = member_only(json, op_keys, e)) != ERR_OK ||
	    (code = base_from_json(json, &base, e)) != ERR_OK)
		return code;
	if (json_has(json, "erased")) {
		code = erased_from_json(json, c, path, &base, e);
		return code == ERR_INVALID ? ERR_MALFORMED : code;
	}
	if ((code = json_get_bytes(json, "salt", salt, sizeof(salt), e)) !=
	        ERR_OK ||
	    (code = op_values(json, &was, &now, &marks, e)) != ERR_OK ||
	    (code = change_add_op(c, path, &base, was, now, salt, e)) != ERR_OK)
		return code == ERR_INVALID ? ERR_MALFORMED : code;
	c->ops[c->n_ops - 1].was_omitted = marks.was_omitted;
	c->ops[c->n_ops - 1].now_is_splice = marks.now_is_splice;
	return ERR_OK;
}

static enum err_code
ops_from_json(const json_t *json, struct change *c, struct err *e)
{
	json_t *ops;
	enum err_code code = json_get_arr(json, "ops", &ops, e);

	if (code != ERR_OK)
		return code;
	if (json_array_size(ops) > LIMIT_OPS)
		return err_set(e, ERR_MALFORMED, 0, "ops: too many");
	for (size_t i = 0; i < json_array_size(ops); i++) {
		code = op_from_json(json_array_get(ops, i), c, e);
		if (code != ERR_OK)
			return code;
	}
	return ERR_OK;
}

/* Each side is [key, version]. */
static bool
is_side_list(const json_t *sides)
{
	struct version v;

	if (!json_is_array(sides) || json_array_size(sides) > LIMIT_SIDES)
		return false;
	for (size_t i = 0; i < json_array_size(sides); i++) {
		const json_t *pair = json_array_get(sides, i);

		if (!json_is_array(pair) || json_array_size(pair) != 2 ||
		    !json_is_string(json_array_get(pair, 0)) ||
		    version_from_json(json_array_get(pair, 1), &v, NULL) !=
		        ERR_OK)
			return false;
	}
	return true;
}

/* "reason" as text; or "why", which is [salt, text], or the hash of both. */
static enum err_code
reason_from_json(const json_t *json, struct change_resolve *out, struct err *e)
{
	const json_t *why = json_object_get(json, "why");
	const json_t *text = json_object_get(json, "reason");
	const char *salt = json_string_value(json_array_get(why, 0));
	size_t len;

	if (why == NULL && text == NULL)
		return ERR_OK;
	if (json_is_string(why) && text == NULL) {
		out->is_erased = true;
		return json_get_hex(
		    json, "why", out->reason_hash.b, HASH32_LEN, e);
	}
	if (why != NULL) {
		if (text != NULL || json_array_size(why) != 2 || salt == NULL ||
		    !enc_base64_parse(
		        salt, strlen(salt), out->salt, CHANGE_SALT_LEN, &len) ||
		    len != CHANGE_SALT_LEN)
			return err_set(
			    e, ERR_MALFORMED, 0, "why: not of its form");
		out->has_salt = true;
		text = json_array_get(why, 1);
	}
	if (!json_is_string(text) ||
	    json_string_length(text) > LIMIT_TEXT_BYTES ||
	    strlen(json_string_value(text)) != json_string_length(text))
		return err_set(e, ERR_MALFORMED, 0, "reason: not of its form");
	out->reason = strdup(json_string_value(text));
	return out->reason != NULL ? ERR_OK
	                           : err_set(e, ERR_NOMEM, 0, "out of memory");
}

static enum err_code
resolve_from_json(const json_t *json, struct change_resolve *out, struct err *e)
{
	const json_t *sides = json_object_get(json, "sides");
	enum err_code code;

	if ((code = json_get_id(json, "conflict", &out->conflict, e)) !=
	        ERR_OK ||
	    (code = member_only(json, resolve_keys, e)) != ERR_OK ||
	    (code = member_flag(json, "ask", &out->ask, e)) != ERR_OK ||
	    (code = member_text(
	         json, "undo", out->undo, sizeof(out->undo), e)) != ERR_OK ||
	    (code = version_from_json(
	         json_object_get(json, "current"), &out->current, e)) != ERR_OK)
		return code;
	if (sides != NULL) {
		if (!is_side_list(sides))
			return err_set(
			    e, ERR_MALFORMED, 0, "sides: not of its form");
		out->sides = json_deep_copy_all(sides);
		if (out->sides == NULL)
			return err_set(e, ERR_NOMEM, 0, "out of memory");
	}
	return reason_from_json(json, out, e);
}

static enum err_code
resolves_from_json(const json_t *json, struct change *c, struct err *e)
{
	json_t *list;
	size_t n;
	enum err_code code;

	if (!json_has(json, "resolve"))
		return ERR_OK;
	if ((code = json_get_arr(json, "resolve", &list, e)) != ERR_OK)
		return code;
	n = json_array_size(list);
	if (n == 0 || n > LIMIT_OPS)
		return err_set(e, ERR_MALFORMED, 0, "resolve: wrong count");
	c->resolves = calloc(n, sizeof(*c->resolves));
	if (c->resolves == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	for (size_t i = 0; i < n; i++) {
		c->n_resolves++;
		code = resolve_from_json(
		    json_array_get(list, i), &c->resolves[i], e);
		if (code != ERR_OK)
			return code;
	}
	return ERR_OK;
}

static enum err_code
recut_from_json(const json_t *json, struct change *c, struct err *e)
{
	json_t *recut;
	enum err_code code;

	if (!json_has(json, "recut"))
		return ERR_OK;
	if ((code = json_get_obj(json, "recut", &recut, e)) != ERR_OK ||
	    (code = member_only(recut, recut_keys, e)) != ERR_OK ||
	    (code = json_get_id(recut, "device", &c->recut_device, e)) !=
	        ERR_OK ||
	    (code = json_get_uint(recut, "counter", &c->recut_counter, e)) !=
	        ERR_OK ||
	    (code = json_get_hex(
	         recut, "link", c->recut_link.b, HASH32_LEN, e)) != ERR_OK)
		return code;
	if (c->recut_counter == 0)
		return err_set(e, ERR_MALFORMED, 0, "recut: counter is 0");
	return ERR_OK;
}

static enum err_code
extra_from_json(const json_t *json, struct change *c, struct err *e)
{
	const char *key;
	json_t *value;

	json_object_foreach(value_plain(json), key, value)
	{
		if (is_known_key(key))
			continue;
		if (c->extra == NULL)
			c->extra = json_object();
		if (json_object_set_new(
		        c->extra, key, json_deep_copy_all(value)) != 0)
			return err_set(e, ERR_NOMEM, 0, "out of memory");
	}
	return ERR_OK;
}

static enum err_code
head_from_json(const json_t *json, struct change *c, struct err *e)
{
	const char *type;
	size_t type_len;
	int64_t form;
	enum err_code code;

	if ((code = json_get_int(json, "v", &form, e)) != ERR_OK ||
	    (code = json_get_id(json, "device", &c->device, e)) != ERR_OK ||
	    (code = json_get_uint(json, "counter", &c->counter, e)) != ERR_OK ||
	    (code = json_get_id(json, "author", &c->author, e)) != ERR_OK ||
	    (code = json_get_uint(json, "made_at", &c->made_at, e)) != ERR_OK ||
	    (code = json_get_int(json, "clock_offset", &c->clock_offset, e)) !=
	        ERR_OK ||
	    (code = member_count(json, "clock_within", &c->clock_within, e)) !=
	        ERR_OK ||
	    (code = json_get_id(json, "record", &c->record, e)) != ERR_OK ||
	    (code = json_get_str(json, "type", &type, &type_len, e)) != ERR_OK)
		return code;
	if (form != CHANGE_FORM)
		return err_set(e, ERR_MALFORMED, 0, "v: form %lld is unknown",
		    (long long)form);
	if (c->counter == 0)
		return err_set(e, ERR_MALFORMED, 0, "counter: starts at 1");
	if (type_len == 0 || type_len > LIMIT_NAME_BYTES)
		return err_set(e, ERR_MALFORMED, 0, "type: wrong length");
	memcpy(c->type, type, type_len + 1);
	return ERR_OK;
}

enum err_code
change_from_json(const json_t *json, struct change *out, struct err *e)
{
	struct change c;
	enum err_code code;

	change_init(&c);
	if ((code = head_from_json(json, &c, e)) != ERR_OK ||
	    (code = ops_from_json(json, &c, e)) != ERR_OK ||
	    (code = resolves_from_json(json, &c, e)) != ERR_OK ||
	    (code = recut_from_json(json, &c, e)) != ERR_OK ||
	    (code = extra_from_json(json, &c, e)) != ERR_OK) {
		change_fini(&c);
		return code;
	}
	*out = c;
	return ERR_OK;
}
