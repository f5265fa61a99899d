/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A record's paths and their setters: a sorted array, so that a path and all
 * beneath it are found by one binary search.
 */
#include "common/core/record.h"

#include <assert.h>

#include "common/core/path.h"
#include "common/core/record_int.h"
#include "common/core/value.h"
#include "common/sys/json.h"

enum err_code
record_init(struct record *r, struct id id, const char *type, struct id author,
    struct err *e)
{
	size_t len = strlen(type);
	json_t *doc = json_object();

	assert(len < sizeof(r->type));
	if (doc == NULL)
		return value_no_memory(e);
	*r = (struct record){ .id = id, .author = author, .doc = doc };
	memcpy(r->type, type, len + 1);
	return ERR_OK;
}

static void
path_state_fini(struct path_state *ps)
{
	free(ps->path);
	free(ps->setters);
	json_decref(ps->was);
	*ps = (struct path_state){ 0 };
}

void
record_fini(struct record *r)
{
	for (size_t i = 0; i < r->n_paths; i++)
		path_state_fini(&r->paths[i]);
	for (size_t i = 0; i < r->n_conflicts; i++)
		conflict_fini(&r->conflicts[i]);
	free(r->paths);
	free(r->conflicts);
	json_decref(r->doc);
	json_decref(r->extra);
	*r = (struct record){ 0 };
}

static bool
path_state_copy(const struct path_state *ps, struct path_state *out)
{
	size_t bytes = ps->n_setters * sizeof(*ps->setters);

	*out = *ps;
	out->was = value_share(ps->was);
	out->path = strdup(ps->path);
	out->setters = malloc(bytes > 0 ? bytes : 1);
	if (out->path == NULL || out->setters == NULL) {
		path_state_fini(out);
		return false;
	}
	memcpy(out->setters, ps->setters, bytes);
	return true;
}

enum err_code
record_copy(const struct record *r, struct record *out, struct err *e)
{
	struct record copy;
	enum err_code code = record_init(&copy, r->id, r->type, r->author, e);

	if (code != ERR_OK)
		return code;
	copy.version = r->version;
	copy.extra = value_share(r->extra);
	copy.paths = calloc(r->n_paths + 1, sizeof(*copy.paths));
	copy.conflicts = calloc(r->n_conflicts + 1, sizeof(*copy.conflicts));
	if (copy.paths == NULL || copy.conflicts == NULL ||
	    json_object_update(copy.doc, r->doc) != 0) {
		code = value_no_memory(e);
		goto out;
	}
	for (; copy.n_paths < r->n_paths; copy.n_paths++)
		if (!path_state_copy(
		        &r->paths[copy.n_paths], &copy.paths[copy.n_paths])) {
			code = value_no_memory(e);
			goto out;
		}
	for (; copy.n_conflicts < r->n_conflicts; copy.n_conflicts++) {
		code = conflict_copy(&r->conflicts[copy.n_conflicts],
		    &copy.conflicts[copy.n_conflicts], e);
		if (code != ERR_OK)
			goto out;
	}
out:
	if (code == ERR_OK)
		*out = copy;
	else
		record_fini(&copy);
	return code;
}

/* Index of the path, or where it would stand. */
static size_t
find(const struct record *r, const char *path, bool *found_out)
{
	size_t low = 0, high = r->n_paths;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(r->paths[mid].path, path);

		if (order == 0) {
			*found_out = true;
			return mid;
		}
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	*found_out = false;
	return low;
}

const struct path_state *
record_path(const struct record *r, const char *path)
{
	bool found;
	size_t i = find(r, path, &found);

	return found ? &r->paths[i] : NULL;
}

bool
record_is_removed(const struct record *r)
{
	const struct path_state *whole = record_path(r, "");

	return whole != NULL && whole->is_removed;
}

/* Index of the first path beneath this one. */
static size_t
first_beneath(const struct record *r, const char *path)
{
	size_t len = strlen(path), low = 0, high = r->n_paths;

	/* Beneath "a" is what starts with "a/"; "a-b" stands between. */
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const char *other = r->paths[mid].path;
		int order = strncmp(other, path, len);
		bool before = order < 0 ||
		    (order == 0 &&
		        (len == 0 ? *other == '\0' : other[len] < '/'));

		if (before)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct record_related
record_related(const struct record *r, const char *path)
{
	struct record_related found = { .n_at = 0 };
	size_t len = strlen(path), first;
	char above[3 * 65];

	assert(len < sizeof(above));
	memcpy(above, path, len + 1);
	/* Cut at each slash in turn, from "" to the whole path. */
	for (size_t cut = 0; cut <= len; cut++) {
		char c = path[cut];
		const struct path_state *ps;

		if (cut > 0 && c != '/' && c != '\0')
			continue;
		above[cut] = '\0';
		ps = record_path(r, above);
		above[cut] = c;
		if (ps != NULL)
			found.at[found.n_at++] = ps;
	}
	if (r->paths == NULL)
		return found;
	first = first_beneath(r, path);
	found.beneath = &r->paths[first];
	while (first + found.n_beneath < r->n_paths &&
	    path_covers(path, found.beneath[found.n_beneath].path))
		found.n_beneath++;
	return found;
}

static struct version
last_version(const struct path_state *ps)
{
	if (ps == NULL || ps->n_setters == 0)
		return (struct version){ 0, 0 };
	return ps->setters[ps->n_setters - 1].version;
}

static void
raise_to(struct version *v, struct version other)
{
	if (version_compare(*v, other) < 0)
		*v = other;
}

struct version
record_path_version(const struct record *r, const char *path)
{
	return last_version(record_path(r, path));
}

struct version
record_related_version(const struct record *r, const char *path)
{
	struct record_related rel = record_related(r, path);
	struct version v = { 0, 0 };

	for (size_t i = 0; i < rel.n_at; i++)
		raise_to(&v, last_version(rel.at[i]));
	for (size_t i = 0; i < rel.n_beneath; i++)
		raise_to(&v, last_version(&rel.beneath[i]));
	for (size_t i = 0; i < r->n_conflicts; i++)
		if (strcmp(r->conflicts[i].path, path) == 0 &&
		    conflict_is_open(&r->conflicts[i]))
			raise_to(&v, r->conflicts[i].version);
	return v;
}

enum err_code
record_path_make(
    struct record *r, const char *path, struct path_state **out, struct err *e)
{
	bool found;
	size_t i = find(r, path, &found);
	struct path_state *grown;
	char *copy;

	if (found) {
		*out = &r->paths[i];
		return ERR_OK;
	}
	copy = strdup(path);
	grown = copy == NULL
	    ? NULL
	    : reallocarray(r->paths, r->n_paths + 1, sizeof(*grown));
	if (grown == NULL) {
		free(copy);
		return value_no_memory(e);
	}
	r->paths = grown;
	memmove(&grown[i + 1], &grown[i], (r->n_paths - i) * sizeof(*grown));
	grown[i] = (struct path_state){ .path = copy };
	r->n_paths++;
	*out = &grown[i];
	return ERR_OK;
}

int
setter_compare(const struct setter *a, const struct setter *b)
{
	int order = version_compare(a->version, b->version);

	if (order == 0)
		order = memcmp(a->device.b, b->device.b, ID_LEN);
	if (order == 0)
		order = (a->counter > b->counter) - (a->counter < b->counter);
	if (order == 0)
		order = memcmp(a->author.b, b->author.b, ID_LEN);
	if (order == 0)
		order = (a->made_at > b->made_at) - (a->made_at < b->made_at);
	if (order == 0)
		order = (a->clock_offset > b->clock_offset) -
		    (a->clock_offset < b->clock_offset);
	return order;
}

/* Index of the device's setter, or n_setters. */
static size_t
find_setter(const struct path_state *ps, struct id device)
{
	size_t i = 0;

	while (i < ps->n_setters && !id_equal(ps->setters[i].device, device))
		i++;
	return i;
}

static void
take_out(struct path_state *ps, size_t i)
{
	ps->n_setters--;
	memmove(&ps->setters[i], &ps->setters[i + 1],
	    (ps->n_setters - i) * sizeof(*ps->setters));
}

void
path_state_forget(struct path_state *ps, struct id device)
{
	size_t i = find_setter(ps, device);

	if (i < ps->n_setters)
		take_out(ps, i);
}

enum err_code
path_state_put(struct path_state *ps, const struct setter *s, struct err *e)
{
	struct setter fresh = *s, *grown;
	size_t i = find_setter(ps, s->device);

	if (i < ps->n_setters) {
		if (ps->setters[i].counter > fresh.counter)
			fresh.counter = ps->setters[i].counter;
		take_out(ps, i);
	} else {
		grown = reallocarray(
		    ps->setters, ps->n_setters + 1, sizeof(*grown));
		if (grown == NULL)
			return value_no_memory(e);
		ps->setters = grown;
	}
	for (i = ps->n_setters;
	     i > 0 && setter_compare(&fresh, &ps->setters[i - 1]) < 0; i--)
		ps->setters[i] = ps->setters[i - 1];
	ps->setters[i] = fresh;
	ps->n_setters++;
	return ERR_OK;
}

enum err_code
record_path_copy(struct record *r, const struct path_state *from,
    struct path_state **out, struct err *e)
{
	struct path_state copy;
	enum err_code code;

	if (!path_state_copy(from, &copy))
		return value_no_memory(e);
	code = record_path_make(r, from->path, out, e);
	if (code != ERR_OK) {
		path_state_fini(&copy);
		return code;
	}
	path_state_fini(*out);
	**out = copy;
	return ERR_OK;
}

/* A whole value that was set may bring back rows that had been removed one
 * by one.  They get the setter too, so that a delta carries the news. */
static enum err_code
unremove_beneath(
    struct record *r, const char *path, const struct setter *s, struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = first_beneath(r, path); i < r->n_paths &&
	     path_covers(path, r->paths[i].path) && code == ERR_OK;
	     i++) {
		struct path_state *ps = &r->paths[i];

		if (!ps->is_removed || path_get(r->doc, ps->path) == NULL)
			continue;
		ps->is_removed = false;
		json_decref(ps->was);
		ps->was = NULL;
		code = path_state_put(ps, s, e);
	}
	return code;
}

enum err_code
record_set(struct record *r, const char *path, const json_t *value,
    bool is_set_member, const struct setter *s, struct err *e)
{
	struct path_state *ps;
	enum err_code code;

	code = path_set(r->doc, path, value, is_set_member, e);
	if (code == ERR_OK)
		code = record_path_make(r, path, &ps, e);
	if (code != ERR_OK)
		return code;
	ps->is_removed = false;
	json_decref(ps->was);
	ps->was = NULL;
	code = path_state_put(ps, s, e);
	if (code == ERR_OK && value != NULL)
		code = unremove_beneath(r, path, s, e);
	return code;
}

enum err_code
record_remove(
    struct record *r, const char *path, const struct setter *s, struct err *e)
{
	const json_t *value = path_get(r->doc, path);
	struct path_state *ps;
	enum err_code code;
	json_t *was = NULL;

	code = record_path_make(r, path, &ps, e);
	if (code != ERR_OK)
		return code;
	/* The document object itself lives on, emptied: keep a copy of it. */
	if (value != NULL) {
		was =
		    *path == '\0' ? json_copy_all(r->doc) : value_share(value);
		if (was == NULL)
			return value_no_memory(e);
	}
	code = path_set(r->doc, path, NULL, false, e);
	if (code != ERR_OK) {
		json_decref(was);
		return code;
	}
	if (was != NULL) {
		json_decref(ps->was);
		ps->was = was;
	}
	ps->is_removed = true;
	return path_state_put(ps, s, e);
}
