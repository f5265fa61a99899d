/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A record out of JSON from outside: everything is checked, nothing is put
 * right, so that what is read prints back to the same bytes.
 */
#include "common/core/limits.h"
#include "common/core/path.h"
#include "common/core/record_int.h"
#include "common/core/value.h"
#include "common/sys/json.h"

static enum err_code
bad(struct err *e, const char *what)
{
	return err_set(e, ERR_MALFORMED, 0, "record: %s", what);
}

/* The setters' table while the paths that point into it are read. */
struct reader {
	struct setter *rows;
	size_t n;
	size_t *device;    /* number of each row's device, from 0 */
	size_t *last_path; /* for each device, the last path that named it */
	bool *used;        /* whether any path named the row */
	size_t path_no;    /* number of the path being read, from 1 */
};

static enum err_code
setter_from_json(const json_t *json, struct setter *out, struct err *e)
{
	const char *device, *author;
	json_int_t epoch, seq, counter, made_at, offset;
	struct setter s;

	if (json_unpack(value_plain(json), "[I,I,s,I,s,I,I!]", &epoch, &seq,
	        &device, &counter, &author, &made_at, &offset) != 0 ||
	    epoch < 0 || seq < 0 || counter < 1 || made_at < 0)
		return bad(e, "a setter is not of seven right values");
	s = (struct setter){ .version = { (uint64_t)epoch, (uint64_t)seq },
		.counter = (uint64_t)counter,
		.made_at = (uint64_t)made_at,
		.clock_offset = offset };
	if (!id_parse(device, &s.device) || !id_parse(author, &s.author))
		return bad(e, "a setter's device or author is not an id");
	if (version_is_never(s.version))
		return bad(e, "a setter's version is never");
	*out = s;
	return ERR_OK;
}

struct numbered {
	struct id device;
	size_t row;
};

static int
device_order(const void *a, const void *b)
{
	const struct numbered *x = a, *y = b;

	return memcmp(x->device.b, y->device.b, ID_LEN);
}

/* Number the devices, so that a path's may be told apart at once. */
static enum err_code
number_devices(struct reader *rd, struct err *e)
{
	struct numbered *order = calloc(rd->n + 1, sizeof(*order));
	size_t no = 0;

	if (order == NULL)
		return value_no_memory(e);
	for (size_t i = 0; i < rd->n; i++)
		order[i] = (struct numbered){ rd->rows[i].device, i };
	qsort(order, rd->n, sizeof(*order), device_order);
	for (size_t i = 0; i < rd->n; i++) {
		if (i > 0 && device_order(&order[i - 1], &order[i]) != 0)
			no++;
		rd->device[order[i].row] = no;
	}
	free(order);
	return ERR_OK;
}

static enum err_code
read_setters(const json_t *list, struct reader *rd, struct err *e)
{
	enum err_code code = ERR_OK;

	rd->n = json_array_size(list);
	rd->rows = calloc(rd->n + 1, sizeof(*rd->rows));
	rd->device = calloc(rd->n + 1, sizeof(*rd->device));
	rd->last_path = calloc(rd->n + 1, sizeof(*rd->last_path));
	rd->used = calloc(rd->n + 1, sizeof(*rd->used));
	if (rd->rows == NULL || rd->device == NULL || rd->last_path == NULL ||
	    rd->used == NULL)
		return value_no_memory(e);
	for (size_t i = 0; i < rd->n && code == ERR_OK; i++) {
		code =
		    setter_from_json(json_array_get(list, i), &rd->rows[i], e);
		if (code == ERR_OK && i > 0 &&
		    setter_compare(&rd->rows[i - 1], &rd->rows[i]) >= 0)
			code = bad(e, "setters are not sorted");
	}
	return code == ERR_OK ? number_devices(rd, e) : code;
}

/* Read one path's setters; ps owns what it gets, also on failure. */
static enum err_code
read_path(const char *path, const json_t *by, struct reader *rd,
    struct path_state *ps, struct err *e)
{
	size_t n = json_array_size(by);
	json_int_t last = -1;
	enum err_code code = path_check(path, e);

	if (code != ERR_OK)
		return code;
	if (n == 0 || n > rd->n)
		return bad(e, "a path has no setter, or too many");
	ps->path = strdup(path);
	ps->setters = calloc(n, sizeof(*ps->setters));
	if (ps->path == NULL || ps->setters == NULL)
		return value_no_memory(e);
	rd->path_no++;
	for (size_t i = 0; i < n; i++) {
		const json_t *index = json_array_get(by, i);
		json_int_t at = json_integer_value(index);

		if (!json_is_integer(index) || at <= last ||
		    (uint64_t)at >= rd->n)
			return bad(e, "a path's setters are not sorted");
		last = at;
		if (rd->last_path[rd->device[at]] == rd->path_no)
			return bad(e, "a path has two setters of one device");
		rd->last_path[rd->device[at]] = rd->path_no;
		rd->used[at] = true;
		ps->setters[ps->n_setters++] = rd->rows[at];
	}
	return ERR_OK;
}

static enum err_code
read_removed(const char *path, const json_t *entry, struct reader *rd,
    struct path_state *ps, struct err *e)
{
	const json_t *was = json_object_get(entry, "was");
	const char *slash = strchr(path, '/');
	enum err_code code;

	if (json_object_size(entry) != (was == NULL ? 1U : 2U))
		return bad(e, "a removed path has a key too many");
	if (*path != '\0' && (slash == NULL || strchr(slash + 1, '/') != NULL))
		return bad(e, "a removed path is neither a row nor \"\"");
	if (was != NULL && !json_is_object(was))
		return bad(e, "what was removed is not an object");
	code = was == NULL  ? ERR_OK
	    : *path == '\0' ? value_check_doc(was, e)
	                    : value_check(was, 1, e);
	if (code == ERR_OK)
		code = read_path(path, json_object_get(entry, "by"), rd, ps, e);
	ps->is_removed = true;
	ps->was = value_share(was);
	return code;
}

static int
path_order(const void *a, const void *b)
{
	const struct path_state *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static enum err_code
read_paths(
    const json_t *json, struct reader *rd, struct record *r, struct err *e)
{
	const json_t *paths = json_object_get(json, "paths");
	const json_t *removed = json_object_get(json, "removed");
	enum err_code code = ERR_OK;
	const char *path;
	json_t *by;

	if (!json_is_object(paths) ||
	    (removed != NULL && json_object_size(removed) == 0))
		return bad(
		    e, "\"paths\" or \"removed\" is not as it should be");
	r->paths =
	    calloc(json_object_size(paths) + json_object_size(removed) + 1,
	        sizeof(*r->paths));
	if (r->paths == NULL)
		return value_no_memory(e);
	json_object_foreach(value_plain(paths), path, by)
	{
		code = read_path(path, by, rd, &r->paths[r->n_paths++], e);
		if (code != ERR_OK)
			return code;
	}
	json_object_foreach(value_plain(removed), path, by)
	{
		code = read_removed(path, by, rd, &r->paths[r->n_paths++], e);
		if (code != ERR_OK)
			return code;
	}
	qsort(r->paths, r->n_paths, sizeof(*r->paths), path_order);
	for (size_t i = 1; i < r->n_paths; i++)
		if (path_order(&r->paths[i - 1], &r->paths[i]) == 0)
			return bad(e, "a path is both set and removed");
	for (size_t i = 0; i < rd->n; i++)
		if (!rd->used[i])
			return bad(e, "a setter set nothing");
	return ERR_OK;
}

static enum err_code
read_conflicts(const json_t *list, struct record *r, struct err *e)
{
	size_t n = json_array_size(list);
	enum err_code code = ERR_OK;

	if (list == NULL)
		return ERR_OK;
	if (n == 0)
		return bad(e, "\"conflicts\" is empty");
	r->conflicts = calloc(n, sizeof(*r->conflicts));
	if (r->conflicts == NULL)
		return value_no_memory(e);
	for (size_t i = 0; i < n && code == ERR_OK; i++) {
		code = conflict_from_json(
		    json_array_get(list, i), &r->conflicts[i], e);
		if (code != ERR_OK)
			break;
		r->n_conflicts++;
		if (i > 0 &&
		    memcmp(r->conflicts[i - 1].id.b, r->conflicts[i].id.b,
		        ID_LEN) >= 0)
			code = bad(e, "conflicts are not sorted by id");
	}
	return code;
}

/* Keep the keys that this version does not know. */
static enum err_code
read_extra(const json_t *json, struct record *r, struct err *e)
{
	static const char *const known[] = { "id", "type", "author", "version",
		"doc", "setters", "paths", "removed", "conflicts" };
	json_t *extra = json_copy_all(json);

	if (extra == NULL)
		return value_no_memory(e);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		(void)json_object_del(extra, known[i]);
	if (json_object_size(extra) > 0)
		r->extra = extra;
	else
		json_decref(extra);
	return ERR_OK;
}

static enum err_code
read_type(const json_t *json, char out[static 65], struct err *e)
{
	const char *type;
	size_t len;
	enum err_code code = json_get_str(json, "type", &type, &len, e);

	if (code != ERR_OK)
		return code;
	if (len == 0 || strlen(type) != len || strchr(type, '/') != NULL ||
	    path_check(type, NULL) != ERR_OK)
		return bad(e, "the type is not a name");
	memcpy(out, type, len + 1);
	return ERR_OK;
}

enum err_code
record_head_from_json(const json_t *json, struct record *out, struct err *e)
{
	struct record r;
	struct reader rd = { 0 };
	struct id id, author;
	char type[65];
	json_t *setters;
	enum err_code code = json_get_id(json, "id", &id, e);

	if (code == ERR_OK)
		code = json_get_id(json, "author", &author, e);
	if (code == ERR_OK)
		code = read_type(json, type, e);
	if (code == ERR_OK)
		code = json_get_arr(json, "setters", &setters, e);
	if (code == ERR_OK)
		code = record_init(&r, id, type, author, e);
	if (code != ERR_OK)
		return code;
	code =
	    version_from_json(json_object_get(json, "version"), &r.version, e);
	if (code == ERR_OK)
		code = read_setters(setters, &rd, e);
	if (code == ERR_OK)
		code = read_paths(json, &rd, &r, e);
	if (code == ERR_OK)
		code =
		    read_conflicts(json_object_get(json, "conflicts"), &r, e);
	if (code == ERR_OK)
		code = read_extra(json, &r, e);
	free(rd.rows);
	free(rd.device);
	free(rd.last_path);
	free(rd.used);
	if (code == ERR_OK)
		*out = r;
	else
		record_fini(&r);
	return code;
}

static int
text_order(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Invariant 4. */
static enum err_code
check_open_conflicts(const struct record *r, struct err *e)
{
	const char **open = calloc(r->n_conflicts + 1, sizeof(*open));
	size_t n = 0;
	enum err_code code = ERR_OK;

	if (open == NULL)
		return value_no_memory(e);
	for (size_t i = 0; i < r->n_conflicts; i++)
		if (conflict_is_open(&r->conflicts[i]))
			open[n++] = r->conflicts[i].path;
	qsort(open, n, sizeof(*open), text_order);
	for (size_t i = 1; i < n; i++)
		if (strcmp(open[i - 1], open[i]) == 0)
			code = bad(e, "a path has two open conflicts");
	free(open);
	return code;
}

enum err_code
record_check(const struct record *r, struct err *e)
{
	for (size_t i = 0; i < r->n_paths; i++) {
		const struct path_state *ps = &r->paths[i];

		if (version_compare(
		        ps->setters[ps->n_setters - 1].version, r->version) > 0)
			return bad(e, "a setter is above the record's version");
		if (ps->is_removed && path_get(r->doc, ps->path) != NULL)
			return bad(e, "a removed path has a value");
	}
	for (size_t i = 0; i < r->n_conflicts; i++)
		if (version_compare(r->conflicts[i].version, r->version) > 0)
			return bad(
			    e, "a conflict is above the record's version");
	return check_open_conflicts(r, e);
}

enum err_code
record_from_json(const json_t *json, struct record *out, struct err *e)
{
	const json_t *doc = json_object_get(json, "doc");
	struct record r;
	enum err_code code = value_check_doc(doc, e);

	if (code == ERR_OK)
		code = record_head_from_json(json, &r, e);
	if (code != ERR_OK)
		return code;
	if (json_object_update(r.doc, value_plain(doc)) != 0)
		code = value_no_memory(e);
	if (code == ERR_OK)
		code = record_check(&r, e);
	if (code == ERR_OK)
		*out = r;
	else
		record_fini(&r);
	return code;
}
