/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/limits.h"
#include "common/store/store_int.h"

enum err_code
meta_get_bytes(
    struct db *db, const char *name, void *out, size_t len, struct err *e)
{
	struct buf value;
	enum err_code code;

	buf_init(&value, 4096);
	code = stored_meta_get(db, name, &value, e);
	if (code == ERR_OK && value.len != len)
		code =
		    err_set(e, ERR_CORRUPT, 0, "%s has a wrong length", name);
	if (code == ERR_OK)
		memcpy(out, value.ptr, len);
	buf_wipe(&value);
	return code;
}

/* Numbers are kept as decimal text, which any reader of the file can read. */
enum err_code
meta_get_int(struct db *db, const char *name, int64_t missing, int64_t *out,
    struct err *e)
{
	struct buf value;
	enum err_code code;

	buf_init(&value, 32);
	code = stored_meta_get(db, name, &value, e);
	if (code == ERR_OK)
		*out = strtoll(value.ptr, NULL, 10);
	else if (code == ERR_NOTFOUND) {
		*out = missing;
		code = ERR_OK;
	}
	buf_fini(&value);
	return code;
}

enum err_code
meta_put_int(struct db *db, const char *name, int64_t value, struct err *e)
{
	char text[24];
	int n = snprintf(text, sizeof(text), "%lld", (long long)value);

	return stored_meta_put(db, name, text, (size_t)n, e);
}

enum err_code
meta_get_json(struct db *db, const char *name, json_t **out, struct err *e)
{
	struct buf value;
	enum err_code code;

	*out = NULL;
	buf_init(&value, LIMIT_RECORD_BYTES);
	code = stored_meta_get(db, name, &value, e);
	if (code == ERR_OK)
		code = stored_json(value.ptr, value.len, out, e);
	else if (code == ERR_NOTFOUND)
		code = ERR_OK;
	buf_fini(&value);
	return code;
}

enum err_code
meta_put_json(
    struct db *db, const char *name, const json_t *value, struct err *e)
{
	struct buf text;
	enum err_code code;

	buf_init(&text, LIMIT_RECORD_BYTES);
	code = json_print(value, &text, e);
	if (code == ERR_OK)
		code = stored_meta_put(db, name, text.ptr, text.len, e);
	buf_wipe(&text);
	return code;
}
