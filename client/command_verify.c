/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checking everything, and writing everything out.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/commands.h"
#include "client/output.h"
#include "common/base/enc.h"
#include "common/sys/json.h"

static enum err_code
put_outcomes(const struct verify_result *v, json_t *result, struct err *e)
{
	json_t *outcomes = json_object();
	enum err_code code = outcomes == NULL
	    ? err_set(e, ERR_NOMEM, 0, "out of memory")
	    : ERR_OK;

	for (int i = 0; i < OUTCOME_N && code == ERR_OK; i++)
		code =
		    json_put_int(outcomes, outcome_word((enum outcome_kind)i),
		        (int64_t)v->outcomes[i], e);
	if (code != ERR_OK) {
		json_decref(outcomes);
		return code;
	}
	return json_put_take(result, "outcomes", outcomes, e);
}

enum err_code
verify_run(struct client *c, json_t *result, struct err *e)
{
	struct verify_result v;
	enum err_code code = client_open(c, e);

	if (code != ERR_OK ||
	    (code = device_store_verify(c->store, &v, e)) != ERR_OK)
		return code;
	c->status = v.ok ? STATUS_DONE : STATUS_MISMATCH;
	if ((code = json_put_bool(result, "ok", v.ok, e)) != ERR_OK ||
	    (code = json_put_int(result, "written", (int64_t)v.written, e)) !=
	        ERR_OK ||
	    (code = json_put_int(
	         result, "receipted", (int64_t)v.receipted, e)) != ERR_OK ||
	    (code = put_outcomes(&v, result, e)) != ERR_OK ||
	    (code = json_put_int(result, "held", (int64_t)v.held, e)) !=
	        ERR_OK ||
	    (code = json_put_hex(result, "head", v.head.b, HASH32_LEN, e)) !=
	        ERR_OK)
		return code;
	return json_put_take(result, "first_bad",
	    v.ok ? json_null() : json_string(v.first_bad), e);
}

void
verify_human(struct client *c, const json_t *result)
{
	(void)c;
	output("Written here: %llu. With the office: %llu. Held there: %llu.\n",
	    (unsigned long long)output_num(result, "written"),
	    (unsigned long long)output_num(result, "receipted"),
	    (unsigned long long)output_num(result, "held"));
	if (json_is_true(json_object_get(result, "ok")))
		output("Everything adds up. Last link: %s\n",
		    output_str(result, "head"));
	else
		output("Something does not add up: %s.\nDo not delete "
		       "anything; ask the office.\n",
		    output_str(result, "first_bad"));
}

struct writing {
	int fd;
	uint64_t lines;
	struct err e;
};

static bool
write_line(void *arg, const char *line, size_t len)
{
	struct writing *w = arg;

	if (file_write_all(w->fd, line, len, &w->e) != ERR_OK ||
	    file_write_all(w->fd, "\n", 1, &w->e) != ERR_OK)
		return false;
	w->lines++;
	return true;
}

static bool
ends_with(const char *s, const char *end)
{
	size_t a = strlen(s), b = strlen(end);

	return a > b && strcmp(s + a - b, end) == 0;
}

/* What goes into FILE.jsonl: named by the person, or in a folder of theirs. */
static enum err_code
target(struct client *c, char out[static FILE_PATH_MAX], struct err *e)
{
	const char *to = args_get(c->args, "to");

	if (ends_with(to, ".jsonl")) {
		(void)snprintf(out, FILE_PATH_MAX, "%s", to);
		return ERR_OK;
	}
	if (mkdir(to, 0700) != 0 && errno != EEXIST)
		return err_set(e, ERR_IO, errno,
		    "the folder %.150s cannot be made: %s", to,
		    strerror(errno));
	if (!file_join(out, to, "visitbook.jsonl"))
		return err_set(e, ERR_INVALID, 0, "the path is too long");
	return ERR_OK;
}

enum err_code
export_run(struct client *c, json_t *result, struct err *e)
{
	struct writing w = { .fd = -1 };
	char path[FILE_PATH_MAX];
	enum err_code code = client_open(c, e);

	if (code != ERR_OK || (code = target(c, path, e)) != ERR_OK)
		return code;
	w.fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (w.fd < 0) {
		client_next(c, "Name a file or folder that is not there yet.");
		return err_set(
		    e, ERR_INVALID, errno, "%.180s: %s", path, strerror(errno));
	}
	code = device_store_export(c->store, write_line, &w, e);
	if (code == ERR_OK && w.e.code != ERR_OK) {
		*e = w.e;
		code = e->code;
	}
	if (code == ERR_OK && fsync(w.fd) != 0)
		code = err_set(
		    e, ERR_IO, errno, "%.150s: %s", path, strerror(errno));
	(void)close(w.fd);
	if (code != ERR_OK) {
		(void)unlink(path); /* half an export is none */
		return code;
	}
	code = json_put_str(result, "file", path, e);
	return code != ERR_OK
	    ? code
	    : json_put_int(result, "lines", (int64_t)w.lines, e);
}

void
export_human(struct client *c, const json_t *result)
{
	(void)c;
	output("%s holds everything, readable by anyone who has it: %llu "
	       "lines.\nKeep it as safe as the notes themselves.\n",
	    output_str(result, "file"),
	    (unsigned long long)output_num(result, "lines"));
}
