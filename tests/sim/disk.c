/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/disk_int.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct disk_file *files;
static struct disk_process *running;
static disk_dies *dies_here;
static uint64_t stamps;

void
disk_run(struct disk_process *p)
{
	running = p;
}

struct disk_process *
disk_running(void)
{
	return running;
}

void
disk_on_sync(disk_dies *dies)
{
	dies_here = dies;
}

void
disk_stamp(struct disk_file *f)
{
	f->stamp = ++stamps;
}

bool
disk_may_write(struct disk_process *p)
{
	if (p == NULL)
		return true;
	if (!p->is_dead && ++p->writes == p->dies_at)
		p->is_dead = true;
	return !p->is_dead;
}

void
disk_keep_sure(const struct disk_process *p, struct disk_file *f)
{
	if (p == NULL || !p->loses || p->is_dead || f->sure != NULL)
		return;
	f->sure = malloc(f->len + 1);
	assert(f->sure != NULL);
	if (f->len > 0)
		memcpy(f->sure, f->data, f->len);
	f->sure_len = f->len;
	f->sure_stamp = f->stamp;
	f->sure_of = p;
}

void
disk_is_sure(struct disk_file *f)
{
	free(f->sure);
	f->sure = NULL;
}

/* Only one machine's power goes. */
static void
lose_the_rest(const struct disk_process *p)
{
	for (struct disk_file *f = files; f != NULL; f = f->next) {
		if (f->sure == NULL || f->sure_of != p)
			continue;
		f->len = 0;
		disk_grow(f, f->sure_len);
		memcpy(f->data, f->sure, f->sure_len);
		f->stamp = f->sure_stamp;
		disk_is_sure(f);
	}
}

bool
disk_may_sync(struct disk_process *p)
{
	if (p == NULL)
		return true;
	if (p->is_dead)
		return false;
	p->is_dead = ++p->syncs == p->dies_at_sync ||
	    (dies_here != NULL && dies_here(p));
	if (p->is_dead && p->loses)
		lose_the_rest(p);
	return !p->is_dead;
}

/* A whole file is durable when it is written. */
static bool
may_put(void)
{
	return disk_may_write(running) && disk_may_sync(running);
}

struct disk_file *
disk_find(const char *path)
{
	for (struct disk_file *f = files; f != NULL; f = f->next)
		if (strcmp(f->path, path) == 0)
			return f;
	return NULL;
}

struct disk_file *
disk_make(const char *path)
{
	struct disk_file *f = disk_find(path);

	if (f != NULL)
		return f;
	f = calloc(1, sizeof(*f));
	assert(f != NULL && strlen(path) < sizeof(f->path));
	memcpy(f->path, path, strlen(path) + 1);
	disk_stamp(f);
	f->next = files;
	files = f;
	return f;
}

void
disk_drop(struct disk_file *f)
{
	struct disk_file **at = &files;

	assert(f->handles == 0);
	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
	for (size_t i = 0; i < DISK_SHM_REGIONS; i++)
		free(f->region[i]);
	free(f->sure);
	free(f->data);
	free(f);
}

void
disk_grow(struct disk_file *f, size_t len)
{
	size_t room = f->room < 4096 ? 4096 : f->room;

	while (room < len)
		room *= 2;
	if (room != f->room) {
		f->data = realloc(f->data, room);
		assert(f->data != NULL);
		f->room = room;
	}
	if (len > f->len) {
		memset(f->data + f->len, 0, len - f->len);
		f->len = len;
	}
}

static bool
is_below(const struct disk_file *f, const char *folder)
{
	return strncmp(f->path, folder, strlen(folder)) == 0;
}

void
disk_remove(const char *folder)
{
	struct disk_file *next;

	for (struct disk_file *f = files; f != NULL; f = next) {
		next = f->next;
		if (is_below(f, folder))
			disk_drop(f);
	}
}

/* ---- what is there ---- */

struct hash32
disk_name(const struct disk_process *p, bool loses)
{
	struct crypto_hasher *h = crypto_hasher_new();
	struct hash32 name;

	for (const struct disk_file *f = files; f != NULL; f = f->next) {
		const bool is_lost =
		    loses && f->sure != NULL && f->sure_of == p;

		crypto_hasher_add(h, f->path, strlen(f->path) + 1);
		crypto_hasher_add(
		    h, is_lost ? &f->sure_stamp : &f->stamp, sizeof(f->stamp));
	}
	name = crypto_hasher_take(h);
	crypto_hasher_free(h);
	return name;
}

void
disk_each(disk_file_fn *each, void *arg)
{
	for (const struct disk_file *f = files; f != NULL; f = f->next)
		each(arg, f->path, f->data, f->len, f->stamp);
}

/* ---- images ---- */

struct disk_image {
	struct disk_image *next;
	char name[DISK_PATH_MAX]; /* below the folder */
	uint8_t *data;
	size_t len;
};

struct disk_image *
disk_take(const char *folder)
{
	struct disk_image *list = NULL;

	for (const struct disk_file *f = files; f != NULL; f = f->next) {
		struct disk_image *i;

		if (!is_below(f, folder))
			continue;
		i = calloc(1, sizeof(*i));
		assert(i != NULL);
		(void)snprintf(
		    i->name, sizeof(i->name), "%s", f->path + strlen(folder));
		i->len = f->len;
		i->data = malloc(f->len + 1);
		assert(i->data != NULL);
		if (f->len > 0)
			memcpy(i->data, f->data, f->len);
		i->next = list;
		list = i;
	}
	return list;
}

void
disk_put(const char *folder, const struct disk_image *image)
{
	disk_remove(folder);
	for (; image != NULL; image = image->next) {
		char path[2 * DISK_PATH_MAX];
		struct disk_file *f;

		(void)snprintf(path, sizeof(path), "%s%s", folder, image->name);
		f = disk_make(path);
		disk_grow(f, image->len);
		memcpy(f->data, image->data, image->len);
	}
}

void
disk_image_free(struct disk_image *image)
{
	while (image != NULL) {
		struct disk_image *next = image->next;

		free(image->data);
		free(image);
		image = next;
	}
}

/* ---- whole files ---- */

bool
disk_exists(const char *path)
{
	return disk_find(path) != NULL;
}

bool
disk_load(const char *path, struct buf *out)
{
	const struct disk_file *f = disk_find(path);

	return f != NULL && buf_add(out, f->data, f->len);
}

bool
disk_save(const char *path, const void *data, size_t len)
{
	struct disk_file *f;

	if (!may_put())
		return false;
	f = disk_make(path);
	disk_stamp(f);
	f->len = 0;
	disk_grow(f, len);
	if (len > 0)
		memcpy(f->data, data, len);
	return true;
}

bool
disk_append(const char *path, const void *data, size_t len)
{
	struct disk_file *f;
	size_t at;

	if (!may_put())
		return false;
	f = disk_make(path);
	disk_stamp(f);
	at = f->len;
	disk_grow(f, at + len);
	memcpy(f->data + at, data, len);
	return true;
}

bool
disk_delete(const char *path)
{
	struct disk_file *f = disk_find(path);

	if (!may_put())
		return false;
	if (f != NULL)
		disk_drop(f);
	return true;
}

bool
disk_rename(const char *from, const char *to)
{
	struct disk_file *f = disk_find(from), *old = disk_find(to);

	if (f == NULL || !may_put())
		return false;
	if (old != NULL && old != f)
		disk_drop(old);
	(void)snprintf(f->path, sizeof(f->path), "%s", to);
	return true;
}
