/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/central/cli/cli_import.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/core/csv.h"
#include "common/core/limits.h"
#include "common/sys/json.h"
#include "daemon/central/cli/cli.h"
#include "daemon/central/cli/cli_office.h"
#include "daemon/central/command/import.h"
#include "daemon/central/serve/admin.h"

#define MAP_BYTES_MAX ((size_t)256 * 1024)
/* A line of the report is its cells and what quoting adds. */
#define REPORT_BYTES_MAX ((size_t)2 * ADMIN_LINE_MAX)

static const struct json_limits map_limits = {
	.bytes_max = MAP_BYTES_MAX,
	.tokens_max = LIMIT_JSON_TOKENS,
	.depth_max = 4,
};

/* The table's text; "-" is standard input. */
static enum err_code
table_put(const char *path, json_t *request, struct err *e)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash == NULL ? path : slash + 1;
	struct buf text;
	struct csv table;
	enum err_code code;

	buf_init(&text, IMPORT_BYTES_MAX);
	code = strcmp(path, "-") == 0 ? file_read_all(STDIN_FILENO, &text, e)
	                              : file_load(path, &text, e);
	if (code == ERR_INVALID)
		code = err_set(e, ERR_INVALID, 0,
		    "%.120s is longer than %zu MiB; part it", path,
		    IMPORT_BYTES_MAX >> 20U);
	/* What is no text cannot go into a request. */
	if (code == ERR_OK &&
	    (code = csv_init(&table, text.ptr, text.len, e)) == ERR_OK)
		csv_fini(&table);
	if (code == ERR_OK)
		code = json_put_text(request, "csv", text.ptr, text.len, e);
	if (code == ERR_OK && strcmp(path, "-") != 0)
		code = json_put_str(request, "file", name, e);
	buf_wipe(&text);
	return code;
}

static enum err_code
map_put(const char *path, json_t *request, struct err *e)
{
	struct buf text;
	json_t *map = NULL;
	enum err_code code;

	buf_init(&text, MAP_BYTES_MAX);
	code = file_load(path, &text, e);
	if (code == ERR_OK)
		code = json_parse(text.ptr, text.len, &map_limits, &map, e);
	buf_fini(&text);
	if (code == ERR_MALFORMED)
		return err_set(
		    e, ERR_INVALID, 0, "%.150s is no JSON object", path);
	return code != ERR_OK ? code : json_put_take(request, "map", map, e);
}

static enum err_code
keys_put(const struct args *a, json_t *request, struct err *e)
{
	json_t *keys = json_array();
	const char *key;
	size_t i = 0;
	enum err_code code = ERR_OK;

	while (code == ERR_OK && (key = args_next(a, &i, "key")) != NULL)
		code = json_add_take(keys, json_string(key), e);
	if (code == ERR_OK)
		return json_put_take(request, "keys", keys, e);
	json_decref(keys);
	return code;
}

/* A folder that the engine reads itself. */
static enum err_code
everything_make(const struct args *a, json_t *request, struct err *e)
{
	const char *folder = args_get(a, "everything");
	char here[FILE_PATH_MAX], path[FILE_PATH_MAX];
	enum err_code code;

	if (a->operand_n > 0 || args_has(a, "type") || args_has(a, "key") ||
	    args_has(a, "map") || args_has(a, "dry-run") ||
	    args_has(a, "report"))
		return err_set(e, ERR_INVALID, 0,
		    "--everything is given alone: it is no table");
	code = json_put_str(request, "do", "import everything", e);
	if (code != ERR_OK || folder[0] == '/')
		return code != ERR_OK
		    ? code
		    : json_put_str(request, "file", folder, e);
	if (getcwd(here, sizeof(here)) == NULL ||
	    !file_join(path, here, folder))
		return err_set(e, ERR_INVALID, 0, "the path is too long");
	return json_put_str(request, "file", path, e);
}

static enum err_code
table_make(const struct args *a, json_t *request, struct err *e)
{
	const char *map = args_get(a, "map"), *type = args_get(a, "type");
	enum err_code code;

	if (a->operand_n == 0 || type == NULL)
		return err_set(e, ERR_INVALID, 0,
		    "a table and its type are wanted: import FILE --type TYPE");
	if ((code = json_put_str(request, "type", type, e)) == ERR_OK)
		code = json_put_bool(
		    request, "dry_run", args_has(a, "dry-run"), e);
	if (code == ERR_OK)
		code = keys_put(a, request, e);
	if (code == ERR_OK && map != NULL)
		code = map_put(map, request, e);
	return code == ERR_OK ? table_put(a->operands[0], request, e) : code;
}

static enum err_code
request_make(const struct args *a, json_t **out, struct err *e)
{
	json_t *request = NULL;
	enum err_code code = cli_request(a, &request, e);

	if (code != ERR_OK)
		return code;
	code = args_has(a, "everything") ? everything_make(a, request, e)
	                                 : table_make(a, request, e);
	if (code == ERR_OK)
		*out = request;
	else
		json_decref(request);
	return code;
}

static const char *
text_of(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text == NULL ? "" : text;
}

/* The refused lines as a table, which spreadsheets read safely. */
static enum err_code
report_save(const char *path, const json_t *answer, struct err *e)
{
	const json_t *list = json_object_get(answer, "refusals");
	struct buf out;
	enum err_code code;

	buf_init(&out, REPORT_BYTES_MAX);
	(void)buf_add_str(&out, CSV_MARK "line,column,value,why\r\n");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);
		char number[32];

		(void)snprintf(number, sizeof(number), "%lld",
		    (long long)json_integer_value(
		        json_object_get(one, "line")));
		csv_put(&out, true, number);
		csv_put(&out, false, text_of(one, "column"));
		csv_put(&out, false, text_of(one, "value"));
		csv_put(&out, false, text_of(one, "why"));
		csv_put_end(&out);
	}
	code = buf_check(&out, e);
	if (code == ERR_OK)
		code = file_save(path, out.ptr, out.len, e);
	buf_wipe(&out);
	return code;
}

enum err_code
cli_import(const struct args *a, json_t **out, struct err *e)
{
	const char *report = args_get(a, "report");
	char data[FILE_PATH_MAX];
	json_t *request, *answer = NULL;
	enum err_code code = cli_data(a, data, e);

	if (code == ERR_OK && report != NULL && file_exists(report))
		code = err_set(e, ERR_CONFLICT, 0,
		    "%.150s is there already; give the report another name",
		    report);
	if (code != ERR_OK || (code = request_make(a, &request, e)) != ERR_OK)
		return code;
	code = admin_ask(data, request, &answer, e);
	json_decref(request);
	if (code == ERR_OK && report != NULL && !json_has(answer, "error"))
		code = report_save(report, answer, e);
	if (code == ERR_OK)
		*out = answer;
	else
		json_decref(answer);
	return code;
}
