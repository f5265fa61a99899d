/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files beside records: told of, and written out.
 */
#include "common/base/file.h"
#include "common/core/blob.h"
#include "common/core/limits.h"
#include "common/sys/json.h"
#include "daemon/central/command/command.h"
#include "daemon/central/engine/engine_content.h"

enum err_code
command_file_put(struct command *c, const struct schema_type *type,
    const struct record *r, json_t *out, struct err *e)
{
	char hash[BLOB_HASH_TEXT_LEN + 1];
	struct office_content content;
	json_t *file;
	uint64_t size;
	enum err_code code;

	if (type->content.hash == NULL)
		return ERR_OK;
	if (!blob_of_record(engine_schema(c->g), r, hash, &size))
		return json_put_take(out, "file", json_null(), e);
	code = engine_content_of(c->g, r, &content, e);
	if (code != ERR_OK && code != ERR_NOTFOUND)
		return code;
	file = json_object();
	if ((code = json_put_bool(file, "here", code == ERR_OK, e)) == ERR_OK &&
	    (code = json_put_int(file, "size", (int64_t)size, e)) == ERR_OK)
		return json_put_take(out, "file", file, e);
	json_decref(file);
	return code;
}

static enum err_code
read_file(struct command *c, const struct schema_type *type, struct buf *out,
    struct err *e)
{
	struct office_content content;
	struct record r;
	enum err_code code = command_record(c, type, &r, e);

	if (code != ERR_OK)
		return code;
	code = engine_content_of(c->g, &r, &content, e);
	record_fini(&r);
	if (code == ERR_NOTFOUND)
		c->next = "It comes when the device that has it is unlocked "
		          "and meets the office.";
	if (code == ERR_NOTFOUND)
		return err_set(e, ERR_NOTFOUND, 0,
		    "the file of this %.64s has not come yet", type->name);
	if (code == ERR_OK)
		code = store_content_read(
		    c->store, &content, 0, LIMIT_BLOB_BYTES, out, e);
	if (code == ERR_OK &&
	    !hash32_equal(crypto_sha256(out->ptr, out->len), content.sha256))
		code = err_set(
		    e, ERR_CORRUPT, 0, "the file is not what was received");
	return code;
}

enum err_code
command_record_save(struct command *c, struct err *e)
{
	const struct schema_type *type;
	const char *path;
	struct buf bytes;
	enum err_code code;

	if ((code = command_text(c, "file", &path, e)) != ERR_OK ||
	    (code = command_type(c, &type, e)) != ERR_OK)
		return code;
	if (path[0] != '/')
		return err_set(e, ERR_INVALID, 0, "a whole path is wanted");
	if (file_exists(path)) {
		c->next = "Give another name, or move that file away first.";
		return err_set(
		    e, ERR_CONFLICT, 0, "%.150s is there already", path);
	}
	buf_init(&bytes, LIMIT_BLOB_BYTES);
	code = read_file(c, type, &bytes, e);
	store_rollback(c->store);
	if (code == ERR_OK)
		code = file_save(path, bytes.ptr, bytes.len, e);
	if (code == ERR_OK)
		code = json_put_str(c->out, "file", path, e);
	if (code == ERR_OK)
		code = json_put_int(c->out, "size", (int64_t)bytes.len, e);
	buf_wipe(&bytes);
	return code;
}
