/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The editor works on a file in a memory file system, in a folder that only
 * this user may enter, with everything switched off by which editors leave
 * copies elsewhere.  An editor that is not known to be told so is not used:
 * then the text is asked for line by line.
 */
#include "client/editor.h"

#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/core/limits.h"

#define TMPFS_KIND 0x01021994 /* linux/magic.h: TMPFS_MAGIC */
#define RAMFS_KIND 0x858458f6

/* What each editor is told so that nothing is left: no swap file, no backup,
 * no undo file, no history. */
static const struct editor {
	const char *name;
	const char *args[8];
} editors[] = {
	{ "vi",
	    { "-n", "-i", "NONE", "-c", "set nobackup nowritebackup", NULL } },
	{ "vim",
	    { "-n", "-i", "NONE", "-c", "set nobackup nowritebackup noundofile",
	        NULL } },
	{ "nvim",
	    { "-n", "-i", "NONE", "-c", "set nobackup nowritebackup noundofile",
	        NULL } },
	{ "nano", { "-I", NULL } },
	{ "ed", { "-s", NULL } },
};

static const struct editor *
find_editor(const char **command_out)
{
	const char *command = getenv("VISUAL");
	const char *name;

	if (command == NULL || *command == '\0')
		command = getenv("EDITOR");
	if (command == NULL || *command == '\0')
		return NULL;
	name = strrchr(command, '/');
	name = name == NULL ? command : name + 1;
	*command_out = command;
	for (size_t i = 0; i < sizeof(editors) / sizeof(editors[0]); i++)
		if (strcmp(editors[i].name, name) == 0)
			return &editors[i];
	return NULL;
}

static bool
is_in_memory(const char *folder)
{
	struct statfs fs;

	return statfs(folder, &fs) == 0 &&
	    ((unsigned long)fs.f_type == TMPFS_KIND ||
	        (unsigned long)fs.f_type == RAMFS_KIND);
}

/* A fresh 0700 folder in memory; false when the machine has none. */
static bool
make_memory_folder(char out[static FILE_PATH_MAX])
{
	const char *places[] = { getenv("XDG_RUNTIME_DIR"), "/dev/shm" };

	for (size_t i = 0; i < 2; i++) {
		if (places[i] == NULL || !is_in_memory(places[i]))
			continue;
		if (snprintf(out, FILE_PATH_MAX, "%.500s/visitbook-XXXXXX",
		        places[i]) > 0 &&
		    mkdtemp(out) != NULL)
			return true;
	}
	return false;
}

static enum err_code
run_editor(
    const struct editor *editor, const char *command, char *path, struct err *e)
{
	char *argv[12];
	size_t n = 0;
	int status, failed;
	pid_t pid;

	argv[n++] = (char *)(uintptr_t)command;
	for (size_t i = 0; editor->args[i] != NULL; i++)
		argv[n++] = (char *)(uintptr_t)editor->args[i];
	argv[n++] = path;
	argv[n] = NULL;
	failed = posix_spawnp(&pid, command, NULL, NULL, argv, environ);
	if (failed != 0)
		return err_set(e, ERR_INVALID, failed,
		    "the editor %.80s does not start: %s", command,
		    strerror(failed));
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_set(e, ERR_IO, errno,
			    "the editor was lost: %s", strerror(errno));
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return err_set(e, ERR_INVALID, 0,
		    "the editor did not end well; nothing was saved");
	return ERR_OK;
}

/* Overwrite and remove what was written in the folder. */
static void
clean_up(const char *path, const char *folder)
{
	bool gone =
	    truncate(path, 0) == 0 && unlink(path) == 0 && rmdir(folder) == 0;

	if (!gone && file_exists(path))
		(void)fprintf(stderr,
		    "visitbook: Your text is still in %s, in memory: remove "
		    "it.\n",
		    path);
}

static enum err_code
write_in_editor(struct client *c, const struct editor *editor,
    const char *command, const char *old, struct buf *out, struct err *e)
{
	char folder[FILE_PATH_MAX], path[FILE_PATH_MAX];
	enum err_code code;

	if (!make_memory_folder(folder))
		return err_set(
		    e, ERR_NOTFOUND, 0, "this machine has no memory folder");
	if (!file_join(path, folder, "text.txt"))
		return err_set(e, ERR_INVALID, 0, "the path is too long");
	client_close(c); /* nobody holds the key while somebody thinks */
	code = file_save(path, old, strlen(old), e);
	if (code == ERR_OK)
		code = run_editor(editor, command, path, e);
	if (code == ERR_OK)
		code = file_load(path, out, e);
	if (code == ERR_OK && (code = client_open(c, e)) != ERR_OK) {
		client_next(c,
		    "Your text is in %s, in memory: unlock and give it with "
		    "--file before the machine is switched off.",
		    path);
		return code;
	}
	clean_up(path, folder);
	return code;
}

static enum err_code
write_by_line(const struct schema_field *field, struct buf *out, struct err *e)
{
	char line[4096];

	(void)fprintf(stderr,
	    "%s\nWrite the text; end it with a line that is a single dot.\n",
	    field->label);
	while (fgets(line, sizeof(line), stdin) != NULL &&
	    strcmp(line, ".\n") != 0)
		(void)buf_add_str(out, line);
	secret_wipe(line, sizeof(line));
	return buf_check(out, e);
}

enum err_code
editor_write(struct client *c, const struct schema_field *field,
    const char *old, struct buf *out, struct err *e)
{
	const char *command = NULL;
	const struct editor *editor = find_editor(&command);
	enum err_code code = ERR_NOTFOUND;

	if (editor != NULL)
		code = write_in_editor(
		    c, editor, command, old != NULL ? old : "", out, e);
	if (code == ERR_NOTFOUND && c->store != NULL)
		code = write_by_line(field, out, e);
	if (code == ERR_OK && out->len == 0)
		return err_set(e, ERR_INVALID, 0,
		    "nothing was written, so nothing was "
		    "saved");
	return code;
}
