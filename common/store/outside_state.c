/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a locked folder remembers beside its spools: the office's last command,
 * and whether something could not be sealed.
 */
#include <stdlib.h>
#include <string.h>

#include "common/base/file.h"
#include "common/store/outside_int.h"
#include "common/store/stored.h"
#include "common/sys/json.h"

#define COMMAND_FILE "command.json"
#define COMMAND_BYTES_MAX ((size_t)8192)
#define UNSEALED_FILE "unsealed"
#define FILES_FILE "files"
#define EPOCH_FILE "epoch"
#define EPOCH_BYTES_MAX ((size_t)32)

static enum err_code
command_from_json(const struct outside *o, const json_t *json,
    struct outside_command *c, struct err *e)
{
	struct id device;
	json_t *command;
	enum err_code code = json_get_id(json, "device", &device, e);

	if (code != ERR_OK)
		return code;
	/* Numbers of the device that this folder was before it became one of
	 * its own mean nothing. */
	if (!id_equal(device, outside_get(o)->device))
		return ERR_OK;
	if ((code = json_get_uint(json, "done", &c->done, e)) != ERR_OK ||
	    !json_has(json, "command"))
		return code;
	code = json_get_obj(json, "command", &command, e);
	if (code == ERR_OK)
		code = device_command_from_json(command, &c->command, e);
	c->waits = code == ERR_OK;
	return code;
}

static enum err_code
command_parse(const struct outside *o, const struct buf *text,
    struct outside_command *c, struct err *e)
{
	static const struct json_limits limits = {
		.bytes_max = COMMAND_BYTES_MAX, .tokens_max = 32, .depth_max = 4
	};
	json_t *json = NULL;
	enum err_code code =
	    json_parse(text->ptr, text->len, &limits, &json, e);

	if (code == ERR_OK)
		code = command_from_json(o, json, c, e);
	json_decref(json);
	return stored_damage(code, e);
}

enum err_code
outside_command_load(
    const struct outside *o, struct outside_command *out, struct err *e)
{
	struct outside_command c = { .done = 0 };
	char path[FILE_PATH_MAX];
	struct buf text;
	enum err_code code;

	if (!outside_path(o, COMMAND_FILE, path))
		return err_set(e, ERR_INVALID, 0, "the path is too long");
	device_command_init(&c.command);
	buf_init(&text, COMMAND_BYTES_MAX);
	code = file_load(path, &text, e);
	if (code == ERR_OK)
		code = command_parse(o, &text, &c, e);
	else if (code == ERR_NOTFOUND)
		code = ERR_OK;
	buf_fini(&text);
	if (code == ERR_OK)
		*out = c;
	else
		device_command_fini(&c.command);
	return code;
}

enum err_code
outside_command_save(
    const struct outside *o, const struct outside_command *c, struct err *e)
{
	char path[FILE_PATH_MAX];
	json_t *json = json_object(), *command = NULL;
	struct buf text;
	enum err_code code;

	buf_init(&text, COMMAND_BYTES_MAX);
	if (!outside_path(o, COMMAND_FILE, path))
		code = err_set(e, ERR_INVALID, 0, "the path is too long");
	else if ((code = json_put_id(
	              json, "device", outside_get(o)->device, e)) == ERR_OK)
		code = json_put_int(json, "done", (int64_t)c->done, e);
	if (code == ERR_OK && c->waits)
		code = device_command_to_json(&c->command, &command, e);
	if (code == ERR_OK && c->waits)
		code = json_put_take(json, "command", command, e);
	if (code == ERR_OK && (code = json_print(json, &text, e)) == ERR_OK)
		code = file_save(path, text.ptr, text.len, e);
	json_decref(json);
	buf_fini(&text);
	return code;
}

enum err_code
outside_unsealed_set(const struct outside *o, bool is_unsealed, struct err *e)
{
	char path[FILE_PATH_MAX];

	if (!outside_path(o, UNSEALED_FILE, path))
		return err_set(e, ERR_INVALID, 0, "the path is too long");
	if (file_exists(path) == is_unsealed)
		return ERR_OK;
	return is_unsealed ? file_save(path, "", 0, e) : file_remove(path, e);
}

bool
outside_is_unsealed(const struct outside *o)
{
	char path[FILE_PATH_MAX];

	return outside_path(o, UNSEALED_FILE, path) && file_exists(path);
}

enum err_code
outside_files_set(const struct outside *o, bool has_files, struct err *e)
{
	char path[FILE_PATH_MAX];

	if (!outside_path(o, FILES_FILE, path))
		return err_set(e, ERR_INVALID, 0, "the path is too long");
	if (file_exists(path) == has_files)
		return ERR_OK;
	return has_files ? file_save(path, "", 0, e) : file_remove(path, e);
}

bool
outside_has_files(const struct outside *o)
{
	char path[FILE_PATH_MAX];

	return outside_path(o, FILES_FILE, path) && file_exists(path);
}

enum err_code
outside_epoch(const struct outside *o, uint64_t *out, struct err *e)
{
	char path[FILE_PATH_MAX];
	enum err_code code;
	struct buf text;

	if (!outside_path(o, EPOCH_FILE, path))
		return err_set(e, ERR_INVALID, 0, "the path is too long");
	buf_init(&text, EPOCH_BYTES_MAX);
	code = file_load(path, &text, e);
	if (code == ERR_OK || code == ERR_NOTFOUND) {
		*out = text.len > 0 ? strtoull(text.ptr, NULL, 10) : 0;
		code = ERR_OK;
	}
	buf_fini(&text);
	return code;
}

enum err_code
outside_epoch_set(const struct outside *o, uint64_t epoch, struct err *e)
{
	char path[FILE_PATH_MAX], text[EPOCH_BYTES_MAX];
	uint64_t now = 0;
	enum err_code code = outside_epoch(o, &now, e);

	if (code != ERR_OK || now == epoch)
		return code;
	if (!outside_path(o, EPOCH_FILE, path))
		return err_set(e, ERR_INVALID, 0, "the path is too long");
	(void)snprintf(text, sizeof(text), "%llu\n", (unsigned long long)epoch);
	return file_save(path, text, strlen(text), e);
}
