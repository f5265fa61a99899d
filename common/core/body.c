/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/body.h"

#include <string.h>

#include "common/core/limits.h"
#include "common/sys/zip.h"
#include "schema/schema_dictionary.h"

/* Newest first. */
static const struct {
	const char *bytes;
	const size_t *len;
} shipped[] = {
	{ schema_dictionary_1, &schema_dictionary_1_len },
};
#define SHIPPED_N (sizeof(shipped) / sizeof(shipped[0]))

struct body_codec {
	struct zip_dict *dicts[SHIPPED_N]; /* owned */
};

enum err_code
body_codec_new(struct body_codec **out, struct err *e)
{
	struct body_codec *c = calloc(1, sizeof(*c));
	enum err_code code;

	if (c == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	for (size_t i = 0; i < SHIPPED_N; i++) {
		code = zip_dict_load(
		    shipped[i].bytes, *shipped[i].len, &c->dicts[i], e);
		if (code != ERR_OK) {
			body_codec_free(c);
			return code;
		}
	}
	*out = c;
	return ERR_OK;
}

void
body_codec_free(struct body_codec *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < SHIPPED_N; i++)
		zip_dict_free(c->dicts[i]);
	free(c);
}

const char *
body_codec_best(const struct body_codec *c)
{
	return zip_dict_id(c->dicts[0]);
}

/* The dictionary of that name, NULL for none; false: not known. */
static bool
find(const struct body_codec *c, const char *dict, struct zip_dict **out)
{
	*out = NULL;
	if (dict[0] == '\0' || strcmp(dict, BODY_DICT_NONE) == 0)
		return true;
	for (size_t i = 0; i < SHIPPED_N; i++)
		if (strcmp(zip_dict_id(c->dicts[i]), dict) == 0) {
			*out = c->dicts[i];
			return true;
		}
	return false;
}

bool
body_codec_knows(const struct body_codec *c, const char *dict)
{
	struct zip_dict *found;

	return find(c, dict, &found);
}

enum err_code
body_pack(struct body_codec *c, const char *dict, struct body_level level,
    const json_t *json, struct buf *out, struct err *e)
{
	struct zip_dict *with;
	struct buf text;
	enum err_code code;

	if (!find(c, dict, &with))
		return err_set(e, ERR_INVALID, 0, "no such dictionary");
	buf_init(&text, LIMIT_ANSWER_BYTES);
	code = json_print(json, &text, e);
	if (code == ERR_OK)
		code = zip_pack(
		    text.len <= BODY_SMALL_BYTES ? level.small : level.large,
		    with, text.ptr, text.len, out, e);
	buf_wipe(&text);
	return code;
}

enum err_code
body_unpack(struct body_codec *c, const struct body_packed *body,
    const struct json_limits *limits, json_t **out, struct err *e)
{
	struct zip_dict *with;
	struct buf text;
	enum err_code code;

	if (!find(c, body->dict, &with))
		return err_set(e, ERR_MALFORMED, 0,
		    "the body's dictionary is not known here");
	buf_init(&text, limits->bytes_max);
	code =
	    zip_unpack(with, body->ptr, body->len, limits->bytes_max, &text, e);
	if (code == ERR_OK)
		code = json_parse_canonical(text.ptr, text.len, limits, out, e);
	if (body->unpacked_len_out != NULL)
		*body->unpacked_len_out = text.len;
	buf_wipe(&text);
	return code;
}

bool
body_is_packed(const void *bytes, size_t len)
{
	static const uint8_t magic[] = { 0x28, 0xb5, 0x2f, 0xfd };

	return len >= sizeof(magic) && memcmp(bytes, magic, sizeof(magic)) == 0;
}

enum err_code
body_pack_text(struct body_codec *c, int level, const void *text, size_t len,
    struct buf *out, struct err *e)
{
	return zip_pack(level, c->dicts[0], text, len, out, e);
}

enum err_code
body_unpack_text(struct body_codec *c, const void *bytes, size_t len,
    struct buf *out, struct err *e)
{
	enum err_code code = ERR_MALFORMED;

	for (size_t i = 0; i < SHIPPED_N && code == ERR_MALFORMED; i++)
		code = zip_unpack(
		    c->dicts[i], bytes, len, out->cap - out->len, out, e);
	return code;
}
