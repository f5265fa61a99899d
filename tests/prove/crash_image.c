/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/prove/crash_image.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_ROOM 2048
#define SECTOR 512
#define DEPTH_MAX 4

struct bytes {
	unsigned char *p;
	size_t len, room;
};

struct list {
	size_t *of; /* numbers of events */
	size_t n, room;
};

struct image_file {
	struct bytes sure;
	struct list unsure; /* writes and lengths since the last sync */
	size_t n_lost;      /* so many of them will never be there */
};

struct image_name {
	char *name;
	size_t file; /* SIZE_MAX: a folder */
};

struct names {
	struct image_name *of;
	size_t n, room;
};

struct crash_disk {
	const struct disk_log *log;
	size_t next;
	struct image_file *files;
	size_t n_files, files_room;
	struct names names; /* that are sure */
	struct list unsure; /* names made, renamed, removed since */
	unsigned lies_of;
	struct rng *rng;
	uint64_t lies;
};

static const char *const words[CRASH_KINDS] = { "lost", "kept", "ordered",
	"subset", "zeros" };

const char *
crash_kind_word(enum crash_kind kind)
{
	return words[kind];
}

static void *
need(void *p)
{
	if (p == NULL)
		abort();
	return p;
}

static void
list_add(struct list *l, size_t event)
{
	if (l->n == l->room) {
		l->room = l->room == 0 ? 16 : l->room * 2;
		l->of = need(reallocarray(l->of, l->room, sizeof(*l->of)));
	}
	l->of[l->n++] = event;
}

/* ---- bytes ---- */

static void
bytes_resize(struct bytes *b, size_t len)
{
	if (len > b->room) {
		b->room = len * 2;
		b->p = need(realloc(b->p, b->room));
	}
	if (len > b->len)
		memset(b->p + b->len, 0, len - b->len);
	b->len = len;
}

/* A write or a length, of which only the first `part` bytes arrive. */
static void
bytes_take(
    struct bytes *b, const struct disk_event *ev, size_t part, bool is_zeros)
{
	const size_t at = (size_t)ev->number;
	unsigned char *to;

	if (ev->op == DISK_RESIZE) {
		bytes_resize(b, at);
		return;
	}
	if (at + part > b->len)
		bytes_resize(b, at + part);
	if (part == 0)
		return;
	to = (unsigned char *)need(b->p) + at;
	if (is_zeros)
		memset(to, 0, part);
	else
		memcpy(to, ev->data, part);
}

/* ---- names ---- */

static size_t
names_find(const struct names *t, const char *name)
{
	size_t i = 0;

	while (i < t->n && strcmp(t->of[i].name, name) != 0)
		i++;
	return i;
}

static void
names_put(struct names *t, const char *name, size_t file)
{
	const size_t i = names_find(t, name);

	if (i < t->n) {
		t->of[i].file = file;
		return;
	}
	if (t->n == t->room) {
		t->room = t->room == 0 ? 16 : t->room * 2;
		t->of = need(reallocarray(t->of, t->room, sizeof(*t->of)));
	}
	t->of[t->n++] =
	    (struct image_name){ .name = need(strdup(name)), .file = file };
}

static void
names_drop(struct names *t, const char *name)
{
	const size_t i = names_find(t, name);

	if (i == t->n)
		return;
	free(t->of[i].name);
	t->of[i] = t->of[--t->n];
}

/* A folder takes along what is in it. */
static void
names_move(struct names *t, const char *from, const char *to)
{
	const size_t len = strlen(from);
	char moved[PATH_ROOM];

	names_drop(t, to);
	for (size_t i = 0; i < t->n; i++) {
		char *name = t->of[i].name;

		if (strncmp(name, from, len) != 0 ||
		    (name[len] != '\0' && name[len] != '/'))
			continue;
		(void)snprintf(moved, sizeof(moved), "%s%s", to, name + len);
		t->of[i].name = need(strdup(moved));
		free(name);
	}
}

static void
names_take(struct names *t, const struct disk_event *ev)
{
	if (ev->op == DISK_CREATE) {
		names_put(t, ev->name, ev->file);
	} else if (ev->op == DISK_FOLDER) {
		names_put(t, ev->name, SIZE_MAX);
	} else if (ev->op == DISK_REMOVE) {
		names_drop(t, ev->name);
	} else if (ev->op == DISK_RENAME) {
		/* Nothing, where what made it did not arrive. */
		if (names_find(t, ev->name) < t->n)
			names_move(t, ev->name, ev->name_to);
	}
}

static void
names_copy(const struct names *from, struct names *to)
{
	*to = (struct names){ 0 };
	for (size_t i = 0; i < from->n; i++)
		names_put(to, from->of[i].name, from->of[i].file);
}

static void
names_end(struct names *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->of[i].name);
	free(t->of);
}

/* True when name is directly in folder ("" is the whole image's). */
static bool
is_in(const char *name, const char *folder)
{
	const char *slash = strrchr(name, '/');
	const size_t n = slash == NULL ? 0 : (size_t)(slash - name);

	return strlen(folder) == n && strncmp(name, folder, n) == 0;
}

/* ---- the disk ---- */

static struct image_file *
file_at(struct crash_disk *d, size_t file)
{
	while (d->n_files <= file) {
		if (d->n_files == d->files_room) {
			d->files_room =
			    d->files_room == 0 ? 16 : d->files_room * 2;
			d->files = need(reallocarray(
			    d->files, d->files_room, sizeof(*d->files)));
		}
		d->files[d->n_files++] = (struct image_file){ 0 };
	}
	return &d->files[file];
}

struct crash_disk *
crash_disk_new(const struct disk_log *log, unsigned lies_of, struct rng *r)
{
	struct crash_disk *d = need(calloc(1, sizeof(*d)));

	d->log = log;
	d->lies_of = lies_of;
	d->rng = r;
	for (size_t i = 0; i < log->n_folders; i++)
		names_put(&d->names, log->folders[i], SIZE_MAX);
	for (size_t i = 0; i < log->n_files; i++) {
		struct bytes *sure = &file_at(d, i)->sure;

		bytes_resize(sure, log->files[i].len);
		if (log->files[i].len > 0)
			memcpy(sure->p, log->files[i].data, log->files[i].len);
		names_put(&d->names, log->files[i].name, i);
	}
	return d;
}

void
crash_disk_free(struct crash_disk *d)
{
	if (d == NULL)
		return;
	for (size_t i = 0; i < d->n_files; i++) {
		free(d->files[i].sure.p);
		free(d->files[i].unsure.of);
	}
	free(d->files);
	free(d->unsure.of);
	names_end(&d->names);
	free(d);
}

/* A write of which only the first `part` bytes arrive; of one that is lost no
 * more than that the file is as long. */
static void
file_take(
    struct bytes *b, const struct disk_event *ev, bool is_lost, size_t part)
{
	if (!is_lost || ev->op == DISK_RESIZE)
		bytes_take(b, ev, part, false);
	else if ((size_t)ev->number + ev->len > b->len)
		bytes_resize(b, (size_t)ev->number + ev->len);
}

static void
sync_file(struct crash_disk *d, size_t file)
{
	struct image_file *f = file_at(d, file);

	if (d->lies_of > 0 && rng_below(d->rng, d->lies_of) == 0) {
		d->lies++;
		return;
	}
	for (size_t i = 0; i < f->unsure.n; i++) {
		const struct disk_event *ev = &d->log->events[f->unsure.of[i]];

		file_take(&f->sure, ev, i < f->n_lost, ev->len);
	}
	f->unsure.n = f->n_lost = 0;
}

static void
sync_lost(struct crash_disk *d, size_t file)
{
	struct image_file *f = file_at(d, file);

	f->n_lost = f->unsure.n;
}

static void
sync_folder(struct crash_disk *d, const char *folder)
{
	size_t kept = 0;

	for (size_t i = 0; i < d->unsure.n; i++) {
		const struct disk_event *ev = &d->log->events[d->unsure.of[i]];

		/* A new name is sure with the folder that it is in. */
		if (is_in(
		        ev->op == DISK_RENAME ? ev->name_to : ev->name, folder))
			names_take(&d->names, ev);
		else
			d->unsure.of[kept++] = d->unsure.of[i];
	}
	d->unsure.n = kept;
}

bool
crash_disk_step(struct crash_disk *d, uint64_t *mark_out)
{
	const struct disk_event *ev;

	if (d->next == d->log->n)
		return false;
	ev = &d->log->events[d->next];
	switch (ev->op) {
	case DISK_WRITE:
	case DISK_RESIZE:
		list_add(&file_at(d, ev->file)->unsure, d->next);
		break;
	case DISK_SYNC:
		sync_file(d, ev->file);
		break;
	case DISK_SYNC_LOST:
		sync_lost(d, ev->file);
		break;
	case DISK_CREATE:
		(void)file_at(d, ev->file);
		list_add(&d->unsure, d->next);
		break;
	case DISK_RENAME:
	case DISK_REMOVE:
	case DISK_FOLDER:
		list_add(&d->unsure, d->next);
		break;
	case DISK_FOLDER_SYNC:
		sync_folder(d, ev->name);
		break;
	case DISK_MARK:
		*mark_out = ev->number;
		break;
	}
	d->next++;
	return true;
}

bool
crash_disk_is_unsure(const struct crash_disk *d)
{
	if (d->unsure.n > 0)
		return true;
	for (size_t i = 0; i < d->n_files; i++)
		if (d->files[i].unsure.n > 0)
			return true;
	return false;
}

uint64_t
crash_disk_lies(const struct crash_disk *d)
{
	return d->lies;
}

/* ---- an image ---- */

/* The part of a write that arrives when it is torn: whole sectors, or cut
 * anywhere. */
static size_t
torn(size_t len, struct rng *r)
{
	const size_t part = (size_t)rng_below(r, len + 1);

	return rng_below(r, 2) == 0 ? part : part / SECTOR * SECTOR;
}

static void
file_bytes(const struct crash_disk *d, const struct image_file *f,
    enum crash_kind kind, struct rng *r, struct bytes *out)
{
	const size_t n = f->unsure.n;
	const size_t stop = kind == CRASH_LOST ? 0
	    : kind == CRASH_ORDERED            ? (size_t)rng_below(r, n + 1)
	                                       : n;

	bytes_resize(out, f->sure.len);
	if (f->sure.len > 0)
		memcpy(out->p, f->sure.p, f->sure.len);
	for (size_t i = 0; i < stop; i++) {
		const struct disk_event *ev = &d->log->events[f->unsure.of[i]];
		const bool any = kind == CRASH_SUBSET || kind == CRASH_ZEROS;
		size_t part = ev->len;

		if (any && rng_below(r, 2) == 0) {
			if (kind == CRASH_ZEROS && ev->op == DISK_WRITE &&
			    i >= f->n_lost &&
			    (size_t)ev->number + ev->len > out->len)
				bytes_take(out, ev, ev->len, true);
			continue;
		}
		if ((any && rng_below(r, 4) == 0) ||
		    (kind == CRASH_ORDERED && i + 1 == stop && stop < n))
			part = torn(ev->len, r);
		file_take(out, ev, i < f->n_lost, part);
	}
}

static void
image_names(const struct crash_disk *d, enum crash_kind kind, struct rng *r,
    struct names *out)
{
	const size_t n = d->unsure.n;
	const size_t stop = kind == CRASH_LOST ? 0
	    : kind == CRASH_ORDERED            ? (size_t)rng_below(r, n + 1)
	                                       : n;

	names_copy(&d->names, out);
	for (size_t i = 0; i < stop; i++) {
		if ((kind == CRASH_SUBSET || kind == CRASH_ZEROS) &&
		    rng_below(r, 2) == 0)
			continue;
		names_take(out, &d->log->events[d->unsure.of[i]]);
	}
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	return ftw->level == 0 ? 0 : remove(path);
}

static void
file_put(const char *folder, const char *name, const struct bytes *b)
{
	char path[PATH_ROOM];
	FILE *out;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	out = fopen(path, "wbe");
	if (out == NULL) { /* its folder did not arrive */
		if (errno != ENOENT)
			abort();
		return;
	}
	if (b->len > 0 && fwrite(b->p, 1, b->len, out) != b->len)
		abort();
	if (fclose(out) != 0 || chmod(path, 0600) != 0)
		abort();
}

void
crash_image(const struct crash_disk *d, enum crash_kind kind, struct rng *r,
    const char *folder)
{
	struct names names;
	struct bytes b = { 0 };
	char path[PATH_ROOM];

	if (nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS) != 0)
		abort();
	image_names(d, kind, r, &names);
	/* Folders stand in no order: those inside others take turns. */
	for (size_t i = 0; i < names.n * DEPTH_MAX; i++) {
		const struct image_name *one = &names.of[i % names.n];

		if (one->file != SIZE_MAX)
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", folder, one->name);
		if (mkdir(path, 0700) != 0 && errno != ENOENT &&
		    errno != EEXIST)
			abort();
	}
	for (size_t i = 0; i < names.n; i++) {
		if (names.of[i].file == SIZE_MAX)
			continue;
		b.len = 0;
		file_bytes(d, &d->files[names.of[i].file], kind, r, &b);
		file_put(folder, names.of[i].name, &b);
	}
	free(b.p);
	names_end(&names);
}
