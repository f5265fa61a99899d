/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the members of objects, and putting them there.
 */
#include "common/sys/json.h"

#include <assert.h>
#include <malloc.h>
#include <string.h>

#include "common/base/enc.h"
#include "common/base/secret.h"
#include "common/base/utf8.h"

static void
free_wiped(void *p)
{
	if (p == NULL)
		return;
	secret_wipe(p, malloc_usable_size(p));
	free(p);
}

void
json_wipe_freed(void)
{
	json_set_alloc_funcs(malloc, free_wiped);
}

bool
json_has(const json_t *obj, const char *key)
{
	return json_object_get(obj, key) != NULL;
}

bool
json_list_has(const json_t *list, const char *text)
{
	for (size_t i = 0; text != NULL && i < json_array_size(list); i++)
		if (strcmp(json_string_value(json_array_get(list, i)), text) ==
		    0)
			return true;
	return false;
}

/* The member of that kind, or NULL and the error. */
static json_t *
get(const json_t *obj, const char *key, json_type type, struct err *e)
{
	static const char *const kinds[] = {
		[JSON_OBJECT] = "an object",
		[JSON_ARRAY] = "an array",
		[JSON_STRING] = "text",
		[JSON_INTEGER] = "a whole number",
	};
	json_t *v = json_object_get(obj, key);

	if (v == NULL) {
		(void)err_set(e, ERR_MALFORMED, 0, "\"%s\" is missing", key);
		return NULL;
	}
	if (json_typeof(v) == type)
		return v;
	(void)err_set(
	    e, ERR_MALFORMED, 0, "\"%s\" is not %s", key, kinds[type]);
	return NULL;
}

enum err_code
json_get_str(const json_t *obj, const char *key, const char **s_out,
    size_t *len_out, struct err *e)
{
	const json_t *v = get(obj, key, JSON_STRING, e);

	if (v == NULL)
		return ERR_MALFORMED;
	*s_out = json_string_value(v);
	if (len_out != NULL)
		*len_out = json_string_length(v);
	return ERR_OK;
}

enum err_code
json_get_int(const json_t *obj, const char *key, int64_t *out, struct err *e)
{
	const json_t *v = get(obj, key, JSON_INTEGER, e);

	if (v == NULL)
		return ERR_MALFORMED;
	*out = json_integer_value(v);
	return ERR_OK;
}

enum err_code
json_get_uint(const json_t *obj, const char *key, uint64_t *out, struct err *e)
{
	int64_t v;
	enum err_code code = json_get_int(obj, key, &v, e);

	if (code != ERR_OK)
		return code;
	if (v < 0)
		return err_set(
		    e, ERR_MALFORMED, 0, "\"%s\" is below zero", key);
	*out = (uint64_t)v;
	return ERR_OK;
}

enum err_code
json_get_bool(const json_t *obj, const char *key, bool *out, struct err *e)
{
	const json_t *v = json_object_get(obj, key);

	if (v == NULL)
		return err_set(e, ERR_MALFORMED, 0, "\"%s\" is missing", key);
	if (!json_is_boolean(v))
		return err_set(
		    e, ERR_MALFORMED, 0, "\"%s\" is not true or false", key);
	*out = json_is_true(v);
	return ERR_OK;
}

enum err_code
json_get_id(const json_t *obj, const char *key, struct id *out, struct err *e)
{
	const char *s;
	size_t len;
	enum err_code code = json_get_str(obj, key, &s, &len, e);
	struct id id;

	if (code != ERR_OK)
		return code;
	if (len != ID_TEXT_LEN || !id_parse(s, &id))
		return err_set(e, ERR_MALFORMED, 0, "\"%s\" is not an id", key);
	*out = id;
	return ERR_OK;
}

enum err_code
json_get_bytes(
    const json_t *obj, const char *key, void *out, size_t len, struct err *e)
{
	uint8_t data[JSON_FIXED_MAX];
	const char *s;
	size_t s_len, got = 0;
	enum err_code code = json_get_str(obj, key, &s, &s_len, e);

	assert(len <= sizeof(data));
	if (code != ERR_OK)
		return code;
	if (!enc_base64_parse(s, s_len, data, len, &got) || got != len)
		code = err_set(e, ERR_MALFORMED, 0,
		    "\"%s\" is not base64 of %zu bytes", key, len);
	else
		memcpy(out, data, len);
	secret_wipe(data, sizeof(data));
	return code;
}

enum err_code
json_get_hex(
    const json_t *obj, const char *key, void *out, size_t len, struct err *e)
{
	uint8_t data[JSON_FIXED_MAX];
	const char *s;
	size_t s_len;
	enum err_code code = json_get_str(obj, key, &s, &s_len, e);

	assert(len <= sizeof(data));
	if (code != ERR_OK)
		return code;
	if (!enc_hex_parse(s, s_len, data, len))
		code = err_set(e, ERR_MALFORMED, 0,
		    "\"%s\" is not %zu bytes in hex", key, len);
	else
		memcpy(out, data, len);
	secret_wipe(data, sizeof(data));
	return code;
}

/* What a buffer has no room for is a peer's doing. */
static enum err_code
append(struct buf *out, const void *data, size_t len, const char *key,
    struct err *e)
{
	if (buf_add(out, data, len))
		return ERR_OK;
	return out->bad == ERR_NOMEM
	    ? buf_check(out, e)
	    : err_set(e, ERR_MALFORMED, 0, "\"%s\" is too long", key);
}

enum err_code
json_get_long(
    const json_t *obj, const char *key, struct buf *out, struct err *e)
{
	const char *s;
	size_t len;
	enum err_code code = json_get_str(obj, key, &s, &len, e);

	return code != ERR_OK ? code : append(out, s, len, key, e);
}

enum err_code
json_get_short(
    const json_t *obj, const char *key, char *out, size_t cap, struct err *e)
{
	const char *s;
	size_t len;
	enum err_code code = json_get_str(obj, key, &s, &len, e);

	if (code != ERR_OK)
		return code;
	if (len >= cap)
		return err_set(e, ERR_MALFORMED, 0, "\"%s\" is too long", key);
	memcpy(out, s, len + 1);
	return ERR_OK;
}

enum err_code
json_get_base64(
    const json_t *obj, const char *key, struct buf *out, struct err *e)
{
	const char *s;
	size_t s_len, cap, got;
	enum err_code code = json_get_str(obj, key, &s, &s_len, e);
	uint8_t *data;

	if (code != ERR_OK)
		return code;
	cap = s_len / 4 * 3;
	data = malloc(cap + 1);
	if (data == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	if (!enc_base64_parse(s, s_len, data, cap, &got))
		code =
		    err_set(e, ERR_MALFORMED, 0, "\"%s\" is not base64", key);
	else
		code = append(out, data, got, key, e);
	secret_wipe(data, cap);
	free(data);
	return code;
}

enum err_code
json_get_obj(const json_t *obj, const char *key, json_t **out, struct err *e)
{
	json_t *v = get(obj, key, JSON_OBJECT, e);

	if (v == NULL)
		return ERR_MALFORMED;
	*out = v;
	return ERR_OK;
}

enum err_code
json_get_arr(const json_t *obj, const char *key, json_t **out, struct err *e)
{
	json_t *v = get(obj, key, JSON_ARRAY, e);

	if (v == NULL)
		return ERR_MALFORMED;
	*out = v;
	return ERR_OK;
}

enum err_code
json_put_take(json_t *obj, const char *key, json_t *value, struct err *e)
{
	if (obj == NULL || value == NULL) {
		json_decref(value);
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	}
	assert(json_is_object(obj));
	if (json_object_set_new(obj, key, value) != 0)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	return ERR_OK;
}

enum err_code
json_add_take(json_t *arr, json_t *value, struct err *e)
{
	if (arr == NULL || value == NULL) {
		json_decref(value);
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	}
	assert(json_is_array(arr));
	if (json_array_append_new(arr, value) != 0)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	return ERR_OK;
}

enum err_code
json_put_text(
    json_t *obj, const char *key, const char *s, size_t len, struct err *e)
{
	if (!utf8_is_text(s, len))
		return err_set(
		    e, ERR_INVALID, 0, "\"%s\" is not UTF-8 text", key);
	return json_put_take(obj, key, json_stringn_nocheck(s, len), e);
}

enum err_code
json_put_str(json_t *obj, const char *key, const char *s, struct err *e)
{
	return json_put_text(obj, key, s, strlen(s), e);
}

enum err_code
json_put_int(json_t *obj, const char *key, int64_t v, struct err *e)
{
	return json_put_take(obj, key, json_integer(v), e);
}

enum err_code
json_put_bool(json_t *obj, const char *key, bool v, struct err *e)
{
	return json_put_take(obj, key, json_boolean(v), e);
}

enum err_code
json_put_id(json_t *obj, const char *key, struct id id, struct err *e)
{
	struct id_text text = id_print(id);

	return json_put_str(obj, key, text.s, e);
}

/* Put data as hex or as base64. */
static enum err_code
put_encoded(json_t *obj, const char *key, const void *data, size_t len,
    bool hex, struct err *e)
{
	size_t text_len = hex ? ENC_HEX_LEN(len) : ENC_BASE64_LEN(len);
	char *text = malloc(text_len + 1);
	json_t *v = NULL;

	if (text != NULL) {
		if (hex)
			enc_hex(data, len, text);
		else
			enc_base64(data, len, text);
		v = json_stringn_nocheck(text, text_len);
		secret_wipe(text, text_len);
		free(text);
	}
	return json_put_take(obj, key, v, e);
}

enum err_code
json_put_hex(
    json_t *obj, const char *key, const void *data, size_t len, struct err *e)
{
	return put_encoded(obj, key, data, len, true, e);
}

enum err_code
json_put_base64(
    json_t *obj, const char *key, const void *data, size_t len, struct err *e)
{
	return put_encoded(obj, key, data, len, false, e);
}
