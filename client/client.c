/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One run: the command, then its result or what went wrong, once.
 */
#include "client/client.h"

#include <ctype.h>
#include <stdarg.h>

#include "client/output.h"
#include "client/progress.h"
#include "common/sys/json.h"

void
client_next(struct client *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(c->next, sizeof(c->next), fmt, ap);
	va_end(ap);
}

enum err_code
client_fail(struct client *c, enum err_code code, enum status status,
    const char *word, struct err *e, const char *fmt, ...)
{
	char text[ERR_MSG_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	c->status = status;
	c->word = word;
	return err_set(e, code, 0, "%s", text);
}

/* A message as a sentence: one that begins with the name of a field or an
 * option keeps its first letter. */
static void
sentence(const char *msg, char *out, size_t cap)
{
	size_t word = strcspn(msg, " "), len = strlen(msg);
	bool is_name = strcspn(msg, "/_:\"-") < word ||
	    strncmp(msg, "visitbook", strlen("visitbook")) == 0;

	(void)snprintf(out, cap, "%s%s", msg,
	    len > 0 && strchr(".?!", msg[len - 1]) != NULL ? "" : ".");
	if (!is_name)
		out[0] = (char)toupper((unsigned char)out[0]);
}

static enum status
tell_error(struct client *c, const struct err *e)
{
	enum status status =
	    c->status != STATUS_DONE ? c->status : status_of(e->code);
	const char *word = c->word != NULL ? c->word : err_word(e->code);
	char text[ERR_MSG_MAX + 2], key[64];
	json_t *whole, *error;

	sentence(e->msg, text, sizeof(text));
	if (c->next[0] == '\0' && status == STATUS_USAGE)
		client_next(c, "Try: visitbook %s%s--help",
		    c->args->command != NULL ? c->args->command->words : "",
		    c->args->command != NULL ? " " : "");
	if (c->next[0] == '\0') {
		(void)snprintf(key, sizeof(key), "next.%s", word);
		client_next(c, "%s", schema_word(c->built_in, key));
		if (strcmp(c->next, key) == 0)
			c->next[0] = '\0';
	}
	if (!c->json) {
		(void)fprintf(stderr, "visitbook: %s%s%s\n", text,
		    c->next[0] != '\0' ? "\n" : "", c->next);
		return status;
	}
	whole = json_object();
	error = json_object();
	if (json_put_str(error, "word", word, NULL) != ERR_OK ||
	    json_put_str(error, "text", text, NULL) != ERR_OK ||
	    json_put_str(error, "next", c->next, NULL) != ERR_OK ||
	    json_put_take(whole, "error", json_incref(error), NULL) != ERR_OK ||
	    !output_json(whole))
		(void)fprintf(stderr, "visitbook: %s\n", text);
	json_decref(error);
	json_decref(whole);
	return status;
}

enum status
client_usage(struct client *c, const struct err *e)
{
	c->status = STATUS_USAGE;
	c->word = "usage";
	return tell_error(c, e);
}

enum status
client_run(struct client *c, const struct command *command)
{
	struct err e = { .code = ERR_OK };
	json_t *result = json_object();
	enum status status;
	enum err_code code;

	if (command->busy != NULL && !c->json && !c->quiet)
		progress_begin(output_word(c, command->busy));
	if (result == NULL)
		code = err_set(&e, ERR_NOMEM, 0, "out of memory");
	else
		code = command->run(c, result, &e);
	progress_end();
	if (code != ERR_OK) {
		status = tell_error(c, &e);
	} else {
		status = c->status;
		if (c->json && !output_json(result)) {
			(void)output_end();
			status = STATUS_FAILED;
		} else if (!c->json && !c->quiet && command->human != NULL) {
			command->human(c, result);
			if (!output_end())
				status = STATUS_FAILED;
		}
	}
	json_decref(result);
	client_close(c);
	return status;
}
