/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/utf8.h"
#include "common/core/limits.h"
#include "common/sys/json.h"
#include "daemon/central/cli/cli.h"
#include "daemon/central/engine/engine.h"

/* The options that go into a request under their own name, "-" as "_"; and
 * what a command's operand is called there. */
static const char *const passed[] = { "as", "role", "user", "scope", "label",
	"host", "first", "second", "id", "reason", "after", "record", "take",
	"seen", "head", "because", "from", "case", "until" };
static const struct {
	const char *words, *operand;
} operands[] = {
	{ "user add", "name" },
	{ "user end", "user" },
	{ "user passphrase", "user" },
	{ "device approve", "device" },
	{ "device revoke", "device" },
	{ "device lock", "device" },
	{ "device wipe", "device" },
	{ "conflict show", "conflict" },
	{ "conflict decide", "conflict" },
	{ "conflict propose", "conflict" },
	{ "conflict confirm", "proposal" },
	{ "review seen", "review" },
	{ "held show", "change" },
	{ "held retry", "change" },
	{ "held close", "change" },
	{ "dual withdraw", "proposal" },
	{ "error propose", "record" },
	{ "error confirm", "proposal" },
	{ "duplicates show", "keep" },
	{ "duplicates merge", "keep" },
	{ "duplicates confirm", "proposal" },
	{ "duplicates undo", "other" },
	{ "erase propose", "record" },
	{ "erase confirm", "proposal" },
	{ "receipt", "change" },
	{ "import show", "import" },
	{ "import undo", "import" },
};

/* Append a text from a file, "-" being standard input. */
static enum err_code
text_load(const char *from, struct buf *out, struct err *e)
{
	enum err_code code = strcmp(from, "-") == 0
	    ? file_read_all(STDIN_FILENO, out, e)
	    : file_load(from, out, e);

	if (code == ERR_INVALID)
		return err_set(
		    e, ERR_INVALID, 0, "the text in %.120s is too long", from);
	if (code != ERR_OK)
		return code;
	while (out->len > 0 && out->ptr[out->len - 1] == '\n')
		out->len--;
	return utf8_is_text(out->ptr, out->len)
	    ? ERR_OK
	    : err_set(
	          e, ERR_INVALID, 0, "the text in %.120s is not UTF-8", from);
}

/* PATH=VALUE, PATH=@FILE, PATH=-  as {"path", "value", "inline"}. */
static enum err_code
set_add(json_t *list, const char *said, struct err *e)
{
	const char *equals = strchr(said, '=');
	json_t *one;
	struct buf text;
	bool is_inline = true;
	enum err_code code = ERR_OK;

	if (equals == NULL)
		return err_set(e, ERR_INVALID, 0,
		    "--set wants PATH=VALUE, not %.80s", said);
	buf_init(&text, LIMIT_TEXT_BYTES + 1);
	if (equals[1] == '@' || strcmp(equals + 1, "-") == 0) {
		is_inline = false;
		code = text_load(equals[1] == '@' ? equals + 2 : "-", &text, e);
	} else {
		(void)buf_add_str(&text, equals + 1);
		code = buf_check(&text, e);
	}
	one = json_object();
	if (code == ERR_OK &&
	    (code = json_put_text(
	         one, "path", said, (size_t)(equals - said), e)) == ERR_OK &&
	    (code = json_put_text(one, "value", text.ptr, text.len, e)) ==
	        ERR_OK)
		code = json_put_bool(one, "inline", is_inline, e);
	buf_wipe(&text);
	if (code == ERR_OK)
		return json_add_take(list, one, e);
	json_decref(one);
	return code;
}

static enum err_code
sets_put(const struct args *a, json_t *request, struct err *e)
{
	json_t *list;
	const char *said;
	size_t i = 0;
	enum err_code code = ERR_OK;

	if (!args_has(a, "set"))
		return ERR_OK;
	list = json_array();
	while (code == ERR_OK && (said = args_next(a, &i, "set")) != NULL)
		code = set_add(list, said, e);
	if (code == ERR_OK)
		return json_put_take(request, "set", list, e);
	json_decref(list);
	return code;
}

/* Texts that files hold, and paths that only this process can read. */
static enum err_code
files_put(const struct args *a, json_t *request, struct err *e)
{
	const char *text_file = args_get(a, "text-file");
	const char *to = args_get(a, "to");
	char here[FILE_PATH_MAX], path[FILE_PATH_MAX];
	struct buf text;
	enum err_code code;

	if (to != NULL) {
		if (to[0] == '/')
			return json_put_str(request, "file", to, e);
		if (getcwd(here, sizeof(here)) == NULL ||
		    !file_join(path, here, to))
			return err_set(
			    e, ERR_INVALID, 0, "the path is too long");
		return json_put_str(request, "file", path, e);
	}
	if (text_file == NULL)
		return ERR_OK;
	buf_init(&text, LIMIT_TEXT_BYTES + 1);
	code = text_load(text_file, &text, e);
	if (code == ERR_OK)
		code = json_put_text(request, "text", text.ptr, text.len, e);
	buf_wipe(&text);
	return code;
}

/* Options that take a number, under the name that a request has for them. */
static const struct {
	const char *option, *key;
	int64_t min, max;
} numbers[] = {
	{ "limit", "limit", 1, 1000 },
	{ "author-hours", "author_hours", 0, DECIDE_HOURS_MAX },
	{ "senior-hours", "senior_hours", 0, DECIDE_HOURS_MAX },
};

static enum err_code
numbers_put(const struct args *a, json_t *request, struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0;
	     i < sizeof(numbers) / sizeof(numbers[0]) && code == ERR_OK; i++) {
		int64_t n = 0;

		if (!args_has(a, numbers[i].option))
			continue;
		code = args_get_int(a, numbers[i].option, numbers[i].min,
		    numbers[i].max, &n, e);
		if (code == ERR_OK)
			code = json_put_int(request, numbers[i].key, n, e);
	}
	return code;
}

/* Options without a value, passed on as they are named. */
static const char *const flags[] = { "all", "ask", "early", "errors", "same",
	"undo" };

static enum err_code
options_put(const struct args *a, json_t *request, struct err *e)
{
	const char *value;
	enum err_code code = ERR_OK;

	for (size_t i = 0;
	     i < sizeof(passed) / sizeof(passed[0]) && code == ERR_OK; i++)
		if ((value = args_get(a, passed[i])) != NULL)
			code = json_put_str(request, passed[i], value, e);
	if (code == ERR_OK && !args_has(a, "json"))
		code = json_put_bool(request, "names", true, e);
	if (code == ERR_OK && args_has(a, "needs-approval"))
		code = json_put_bool(request, "needs_approval", true, e);
	for (size_t i = 0;
	     i < sizeof(flags) / sizeof(flags[0]) && code == ERR_OK; i++)
		if (args_has(a, flags[i]))
			code = json_put_bool(request, flags[i], true, e);
	return code != ERR_OK ? code : numbers_put(a, request, e);
}

enum err_code
cli_hosts(const struct args *a, json_t *request, struct err *e)
{
	json_t *hosts = json_array();
	const char *host;
	size_t i = 0;
	enum err_code code = ERR_OK;

	while (code == ERR_OK && (host = args_next(a, &i, "host")) != NULL)
		code = json_add_take(hosts, json_string(host), e);
	if (code == ERR_OK)
		return json_put_take(request, "hosts", hosts, e);
	json_decref(hosts);
	return code;
}

static enum err_code
paths_put(const struct args *a, json_t *request, struct err *e)
{
	json_t *paths = json_array();
	enum err_code code = ERR_OK;

	for (size_t i = 1; i < a->operand_n && code == ERR_OK; i++)
		code = json_add_take(paths, json_string(a->operands[i]), e);
	if (code == ERR_OK)
		return json_put_take(request, "paths", paths, e);
	json_decref(paths);
	return code;
}

static enum err_code
words_put(const struct args *a, json_t *request, struct err *e)
{
	const char *words = a->command->words;
	const char *space = strchr(words, ' ');
	char record[40];
	enum err_code code;

	if (a->command->id == CLI_RECORD) {
		(void)snprintf(record, sizeof(record), "record%s", space);
		code = json_put_text(
		    request, "type", words, (size_t)(space - words), e);
		if (code == ERR_OK && a->operand_n > 0)
			code = json_put_str(request, "id", a->operands[0], e);
		return code != ERR_OK ? code
		                      : json_put_str(request, "do", record, e);
	}
	for (size_t i = 0; i < sizeof(operands) / sizeof(operands[0]); i++)
		if (strcmp(operands[i].words, words) == 0 &&
		    (code = json_put_str(request, operands[i].operand,
		         a->operands[0], e)) != ERR_OK)
			return code;
	if (a->operand_n == 2 && strncmp(words, "duplicates ", 11) == 0 &&
	    (code = json_put_str(request, "other", a->operands[1], e)) !=
	        ERR_OK)
		return code;
	/* What follows the record are its paths. */
	if (strcmp(words, "erase propose") == 0 &&
	    (code = paths_put(a, request, e)) != ERR_OK)
		return code;
	return json_put_str(request, "do", words, e);
}

/* Those of the two who confirm, in turn. */
static enum err_code
passphrases_put(const struct args *a, json_t *request, struct err *e)
{
	static const char *const prompts[] = { "First administrator: ",
		"Second administrator: " };
	json_t *list = json_array();
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < 2 && code == ERR_OK; i++) {
		struct buf text;

		buf_init(&text, 2048);
		code = cli_passphrase(a, i, prompts[i], &text, e);
		if (code == ERR_OK)
			code = json_add_take(
			    list, json_stringn(text.ptr, text.len), e);
		buf_wipe(&text);
	}
	if (code == ERR_OK)
		return json_put_take(request, "passphrases", list, e);
	json_decref(list);
	return code;
}

/* Commands of acts that need two people (command_dual.c). */
static bool
needs_person(const char *words)
{
	static const char *const all[] = { "dual withdraw", "error propose",
		"error confirm", "erase propose", "erase confirm",
		"duplicates merge", "duplicates confirm", "duplicates undo",
		"conflict propose", "conflict confirm", "review seen" };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(words, all[i]) == 0)
			return true;
	return false;
}

/* The i-th that is given, as this member. */
static enum err_code
one_put(const struct args *a, size_t i, const char *prompt, const char *key,
    json_t *request, struct err *e)
{
	struct buf text;
	enum err_code code;

	buf_init(&text, 2048);
	code = cli_passphrase(a, i, prompt, &text, e);
	if (code == ERR_OK)
		code = json_put_text(request, key, text.ptr, text.len, e);
	buf_wipe(&text);
	return code;
}

/* Theirs, of whom it is; before it the one that it replaces. */
static enum err_code
theirs_put(const struct args *a, json_t *request, struct err *e)
{
	enum err_code code;

	if (!args_has(a, "change"))
		return one_put(
		    a, 0, "Their passphrase: ", "passphrase", request, e);
	code = one_put(a, 0, "Their passphrase now: ", "old", request, e);
	return code != ERR_OK
	    ? code
	    : one_put(a, 1, "Their new passphrase: ", "passphrase", request, e);
}

static enum err_code
passphrase_put(const struct args *a, json_t *request, struct err *e)
{
	const char *words = a->command->words;

	if (strcmp(words, "access confirm") == 0)
		return passphrases_put(a, request, e);
	if (strcmp(words, "user passphrase") == 0)
		return theirs_put(a, request, e);
	/* Who acts for two always gives it, a new colleague only if told to. */
	if (!needs_person(words) &&
	    (!args_has(a, "passphrase-fd") || strcmp(words, "user add") != 0))
		return ERR_OK;
	return one_put(a, 0, "Your passphrase: ", "passphrase", request, e);
}

enum err_code
cli_request(const struct args *a, json_t **out, struct err *e)
{
	json_t *request = json_object();
	enum err_code code;

	if ((code = words_put(a, request, e)) == ERR_OK &&
	    (code = options_put(a, request, e)) == ERR_OK &&
	    (code = cli_hosts(a, request, e)) == ERR_OK &&
	    (code = files_put(a, request, e)) == ERR_OK &&
	    (code = sets_put(a, request, e)) == ERR_OK)
		code = passphrase_put(a, request, e);
	if (code == ERR_OK)
		*out = request;
	else
		json_decref(request);
	return code;
}
