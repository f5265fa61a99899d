/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing everything out: for programs as JSON Lines, for people as texts.  It
 * is not encrypted, so a person is asked first, and only the user can read it.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/commands.h"
#include "client/export_text.h"
#include "client/output.h"
#include "common/sys/json.h"

/* Descriptors that the removal of a folder may use. */
#define WALK_FDS 8

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

/* Something is in the way, or cannot be made there. */
static enum err_code
refuse_target(struct client *c, const char *to, struct err *e)
{
	int failed = errno;

	if (failed == EEXIST) {
		client_next(c, "Name a file or folder that is not there yet.");
		return err_set(e, ERR_INVALID, failed,
		    "%.180s is there already, and nothing is overwritten", to);
	}
	if (failed == ENOENT) {
		client_next(c, "Make the folder above it first.");
		return err_set(e, ERR_NOTFOUND, failed,
		    "%.180s cannot be made: the folder above it is not there",
		    to);
	}
	client_next(c, "Name a place that you may write to.");
	return err_set(e, ERR_IO, failed, "%.180s: %s", to, strerror(failed));
}

static enum err_code
write_lines(
    struct client *c, const char *path, uint64_t *lines_out, struct err *e)
{
	struct writing w = {
		.fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)
	};
	enum err_code code;

	if (w.fd < 0)
		return refuse_target(c, path, e);
	code = device_store_export(c->store, write_line, &w, e);
	if (code == ERR_OK && w.e.code != ERR_OK) {
		*e = w.e;
		code = e->code;
	}
	if (code == ERR_OK && fsync(w.fd) != 0)
		code = err_set(
		    e, ERR_IO, errno, "%.150s: %s", path, strerror(errno));
	(void)close(w.fd);
	if (code != ERR_OK)
		(void)unlink(path); /* half an export is none */
	*lines_out = w.lines;
	return code;
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)st;
	(void)kind;
	(void)where;
	return remove(path);
}

/* A folder of texts with the lines beside them; all of it or nothing. */
static enum err_code
write_folder(
    struct client *c, const char *folder, json_t *result, struct err *e)
{
	char path[FILE_PATH_MAX];
	uint64_t lines = 0, texts = 0;
	enum err_code code;

	if (!file_join(path, folder, "visitbook.jsonl"))
		return err_set(e, ERR_INVALID, 0, "the path is too long");
	if (mkdir(folder, 0700) != 0)
		return refuse_target(c, folder, e);
	code = write_lines(c, path, &lines, e);
	if (code == ERR_OK)
		code = export_texts(c, folder, &texts, e);
	if (code != ERR_OK) {
		(void)nftw(folder, remove_one, WALK_FDS, FTW_DEPTH | FTW_PHYS);
		return code;
	}
	if ((code = json_put_str(result, "file", path, e)) != ERR_OK ||
	    (code = json_put_str(result, "folder", folder, e)) != ERR_OK ||
	    (code = json_put_int(result, "texts", (int64_t)texts, e)) != ERR_OK)
		return code;
	return json_put_int(result, "lines", (int64_t)lines, e);
}

/* A script has been told by the manual; a person is asked. */
static enum err_code
ask_first(struct client *c, const char *to, struct err *e)
{
	char answer[16] = "";

	if (!client_has_terminal(c) || args_has(c->args, "yes"))
		return ERR_OK;
	(void)fprintf(stderr,
	    "Everything that you have here is written to %s as plain text: "
	    "whoever gets hold of it can read it.\nGo on? Type yes: ",
	    to);
	(void)fflush(stderr);
	if (fgets(answer, sizeof(answer), stdin) != NULL &&
	    strcmp(answer, "yes\n") == 0)
		return ERR_OK;
	client_next(c, "Nothing was written.");
	return client_fail(c, ERR_CONFLICT, STATUS_ANSWER, "unasked", e,
	    "the answer was not yes");
}

enum err_code
export_run(struct client *c, json_t *result, struct err *e)
{
	const char *to = args_get(c->args, "to");
	uint64_t lines = 0;
	enum err_code code;

	if (*to == '\0')
		return client_fail(c, ERR_INVALID, STATUS_USAGE, "usage", e,
		    "--to needs the name of a new folder or file");
	if ((code = client_open(c, e)) != ERR_OK ||
	    (code = ask_first(c, to, e)) != ERR_OK)
		return code;
	if (!ends_with(to, ".jsonl"))
		return write_folder(c, to, result, e);
	if ((code = write_lines(c, to, &lines, e)) != ERR_OK ||
	    (code = json_put_str(result, "file", to, e)) != ERR_OK)
		return code;
	return json_put_int(result, "lines", (int64_t)lines, e);
}

void
export_human(struct client *c, const json_t *result)
{
	(void)c;
	if (json_has(result, "folder"))
		output("%s holds everything: %llu texts for people, and "
		       "visitbook.jsonl with %llu lines for programs.\n",
		    human_str(result, "folder"),
		    (unsigned long long)human_num(result, "texts"),
		    (unsigned long long)human_num(result, "lines"));
	else
		output("%s holds everything: %llu lines.\n",
		    human_str(result, "file"),
		    (unsigned long long)human_num(result, "lines"));
	output("It is not encrypted: whoever has it can read it. Keep it as "
	       "safe as the notes themselves, and remove it when it has "
	       "served.\n");
}
