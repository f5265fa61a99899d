/* SPDX-License-Identifier: Apache-2.0 */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/prove/disk_int.h"

#define PATH_ROOM 1024

static struct {
	bool is_on;
	char root[PATH_ROOM];
	size_t root_len;
	struct disk_log *log;
	size_t events_room, files_room, folders_room;
	size_t n_files; /* with those made since */
	struct disk_name *names;
	size_t n_names, names_room;
} rec;

/* ---- memory: a test that has none ends ---- */

static void *
need(void *p)
{
	if (p == NULL)
		abort();
	return p;
}

char *
disk_text(const char *s)
{
	return need(strdup(s));
}

static void *
grow(void *list, size_t n, size_t *room, size_t size)
{
	if (n < *room)
		return list;
	*room = *room == 0 ? 64 : *room * 2;
	return need(reallocarray(list, *room, size));
}

/* ---- names ---- */

/* The part below the folder, NULL when path is not in it. */
const char *
disk_below(const char *path)
{
	if (!rec.is_on || path == NULL ||
	    strncmp(path, rec.root, rec.root_len) != 0)
		return NULL;
	if (path[rec.root_len] == '\0')
		return "";
	if (path[rec.root_len] != '/')
		return NULL;
	path += rec.root_len;
	return path + strspn(path, "/");
}

bool
disk_leaves_out(const char *name)
{
	const size_t n = strlen(name);

	return n >= 4 && strcmp(name + n - 4, "-shm") == 0;
}

struct disk_name *
disk_name_find(const char *name)
{
	for (size_t i = 0; i < rec.n_names; i++)
		if (strcmp(rec.names[i].name, name) == 0)
			return &rec.names[i];
	return NULL;
}

void
disk_name_put(const char *name, size_t file)
{
	struct disk_name *old = disk_name_find(name);

	if (old != NULL) {
		old->file = file;
		return;
	}
	rec.names =
	    grow(rec.names, rec.n_names, &rec.names_room, sizeof(*rec.names));
	rec.names[rec.n_names++] =
	    (struct disk_name){ .name = disk_text(name), .file = file };
}

void
disk_name_drop(const char *name)
{
	struct disk_name *old = disk_name_find(name);

	if (old == NULL)
		return;
	free(old->name);
	*old = rec.names[--rec.n_names];
}

/* What is below a folder, with the slash before it; the file's own is "". */
static const char *
rest_of(const char *name, const char *folder)
{
	const size_t n = strlen(folder);

	return strncmp(name, folder, n) == 0 &&
	        (name[n] == '\0' || name[n] == '/')
	    ? name + n
	    : NULL;
}

void
disk_names_move(const char *from, const char *to)
{
	char moved[2 * PATH_ROOM];

	disk_name_drop(to);
	for (size_t i = 0; i < rec.n_names; i++) {
		const char *rest = rest_of(rec.names[i].name, from);

		if (rest == NULL)
			continue;
		(void)snprintf(moved, sizeof(moved), "%s%s", to, rest);
		free(rec.names[i].name);
		rec.names[i].name = disk_text(moved);
	}
}

size_t
disk_file_new(void)
{
	return rec.n_files++;
}

bool
disk_is_on(void)
{
	return rec.is_on;
}

/* ---- the log ---- */

struct disk_event *
disk_event_add(enum disk_op op)
{
	struct disk_log *log = rec.log;

	log->events =
	    grow(log->events, log->n, &rec.events_room, sizeof(*log->events));
	log->events[log->n] = (struct disk_event){ .op = op };
	return &log->events[log->n++];
}

size_t
disk_events(void)
{
	return rec.log->n;
}

void
disk_event_name(enum disk_op op, const char *name, const char *name_to)
{
	struct disk_event *ev = disk_event_add(op);

	ev->name = disk_text(name);
	ev->name_to = name_to == NULL ? NULL : disk_text(name_to);
}

void
disk_event_write(size_t file, uint64_t at, const void *data, size_t len)
{
	struct disk_event *ev = disk_event_add(DISK_WRITE);

	ev->file = file;
	ev->number = at;
	ev->data = need(malloc(len > 0 ? len : 1));
	memcpy(ev->data, data, len);
	ev->len = len;
}

void
disk_event_number(enum disk_op op, size_t file, uint64_t number)
{
	struct disk_event *ev = disk_event_add(op);

	ev->file = file;
	ev->number = number;
}

/* ---- recording ---- */

static void
file_keep(const char *path, const char *name, size_t len)
{
	struct disk_log *log = rec.log;
	struct disk_file *f;
	FILE *in = need(fopen(path, "rbe"));

	log->files = grow(
	    log->files, log->n_files, &rec.files_room, sizeof(*log->files));
	f = &log->files[log->n_files];
	*f = (struct disk_file){ .name = disk_text(name),
		.data = need(malloc(len > 0 ? len : 1)),
		.len = len };
	if (fread(f->data, 1, len, in) != len)
		abort();
	(void)fclose(in);
	disk_name_put(name, log->n_files++);
}

/* Everything in a folder, given with its name below the root. */
static void
folder_keep(const char *folder)
{
	struct disk_log *log = rec.log;
	char path[2 * PATH_ROOM], name[PATH_ROOM];
	struct dirent *entry;
	struct stat st;
	DIR *dir;

	(void)snprintf(path, sizeof(path), "%s/%s", rec.root, folder);
	dir = need(opendir(path));
	while ((entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0 ||
		    disk_leaves_out(entry->d_name))
			continue;
		(void)snprintf(name, sizeof(name), "%s%s%s", folder,
		    folder[0] == '\0' ? "" : "/", entry->d_name);
		(void)snprintf(path, sizeof(path), "%s/%s", rec.root, name);
		if (stat(path, &st) != 0)
			abort();
		if (S_ISREG(st.st_mode)) {
			file_keep(path, name, (size_t)st.st_size);
		} else if (S_ISDIR(st.st_mode)) {
			log->folders = grow(log->folders, log->n_folders,
			    &rec.folders_room, sizeof(*log->folders));
			log->folders[log->n_folders++] = disk_text(name);
			folder_keep(name);
		}
	}
	(void)closedir(dir);
}

void
disk_record(const char *folder)
{
	if (rec.is_on || strlen(folder) >= sizeof(rec.root))
		abort();
	(void)snprintf(rec.root, sizeof(rec.root), "%s", folder);
	rec.root_len = strlen(folder);
	rec.log = need(calloc(1, sizeof(*rec.log)));
	rec.events_room = rec.files_room = rec.folders_room = 0;
	folder_keep("");
	rec.n_files = rec.log->n_files;
	disk_fail(-1, 0, false);
	rec.is_on = true;
}

void
disk_mark(uint64_t number)
{
	if (rec.is_on)
		disk_event_number(DISK_MARK, SIZE_MAX, number);
}

void
disk_pause(bool on)
{
	rec.is_on = !on;
}

struct disk_log *
disk_record_end(void)
{
	struct disk_log *log = rec.log;

	rec.is_on = false;
	rec.log = NULL;
	disk_fds_forget();
	for (size_t i = 0; i < rec.n_names; i++)
		free(rec.names[i].name);
	free(rec.names);
	rec.names = NULL;
	rec.n_names = rec.names_room = 0;
	return log;
}

void
disk_log_free(struct disk_log *log)
{
	if (log == NULL)
		return;
	for (size_t i = 0; i < log->n; i++) {
		free(log->events[i].data);
		free(log->events[i].name);
		free(log->events[i].name_to);
	}
	for (size_t i = 0; i < log->n_files; i++) {
		free(log->files[i].name);
		free(log->files[i].data);
	}
	for (size_t i = 0; i < log->n_folders; i++)
		free(log->folders[i]);
	free(log->events);
	free(log->files);
	free(log->folders);
	free(log);
}
