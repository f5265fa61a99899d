/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "common/base/terminal.h"
#include "common/sys/json.h"
#include "daemon/central/cli/cli.h"
#include "daemon/central/cli/cli_human.h"
#include "daemon/central/serve/admin.h"

static const struct {
	const char *word;
	enum status status;
} exits[] = {
	{ "invalid", STATUS_INVALID },
	{ "malformed", STATUS_INVALID },
	{ "not_found", STATUS_NOT_FOUND },
	{ "auth", STATUS_LOCKED },
	{ "locked", STATUS_LOCKED },
	{ "busy", STATUS_UNREACHABLE },
	{ "conflict", STATUS_REFUSED },
	{ "newer", STATUS_NEWER },
};

static enum status
exit_of(const char *word)
{
	for (size_t i = 0; i < sizeof(exits) / sizeof(exits[0]); i++)
		if (strcmp(exits[i].word, word) == 0)
			return exits[i].status;
	return STATUS_FAILED;
}

enum status
cli_status(enum err_code code)
{
	return code == ERR_OK ? STATUS_DONE : exit_of(err_word(code));
}

/* The whole value as one line on standard output. */
static void
print_json(const json_t *value)
{
	struct buf text;

	buf_init(&text, 2 * ADMIN_LINE_MAX);
	if (json_print(value, &text, NULL) == ERR_OK)
		(void)printf("%s\n", text.ptr);
	buf_wipe(&text);
}

/* A question ("did you mean ...?") ends as it is.  What to do next may be in
 * the sentence already. */
static void
print_words(const char *text, const char *next)
{
	const size_t len = strlen(text);
	const bool is_whole = len > 0 && strchr(".?!", text[len - 1]) != NULL;

	(void)fputs("visitbook-central: ", stderr);
	terminal_put(stderr, text);
	(void)fputs(is_whole ? "\n" : ".\n", stderr);
	if (strstr(text, "--help lists what there is") != NULL)
		return;
	terminal_put(stderr, next);
	(void)fputs("\n", stderr);
}

static enum status
print_error(const struct args *a, const json_t *answer, const json_t *error)
{
	const char *word = json_string_value(json_object_get(error, "word"));
	const char *text = json_string_value(json_object_get(error, "text"));
	const char *next = json_string_value(json_object_get(error, "next"));

	if (args_has(a, "json"))
		print_json(answer);
	else
		print_words(
		    text == NULL ? "failed" : text, next == NULL ? "" : next);
	return exit_of(word == NULL ? "" : word);
}

enum status
cli_print(const struct args *a, const json_t *answer)
{
	const json_t *error = json_object_get(answer, "error");

	if (error != NULL)
		return print_error(a, answer, error);
	if (args_has(a, "json"))
		print_json(answer);
	else if (!args_has(a, "quiet"))
		cli_human(a->command->words, answer);
	if (fflush(stdout) != 0)
		return STATUS_FAILED;
	return json_is_false(json_object_get(answer, "ok")) ? STATUS_MISMATCH
	                                                    : STATUS_DONE;
}

enum status
cli_fail(const struct args *a, const struct err *e, const char *next)
{
	json_t *answer = json_pack("{s:{s:s, s:s, s:s}}", "error", "word",
	    err_word(e->code), "text", e->msg, "next", next);
	const json_t *error = json_object_get(answer, "error");
	enum status status = STATUS_FAILED;

	if (error != NULL)
		status = print_error(a, answer, error);
	else /* what it quotes is no text */
		(void)fprintf(stderr, "visitbook-central: %s\n", e->msg);
	json_decref(answer);
	return status;
}
