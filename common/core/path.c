/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/path.h"

#include <assert.h>
#include <string.h>

#include "common/core/limits.h"
#include "common/core/value.h"
#include "common/sys/json.h"

#define PARTS_MAX 3

/* Row ids and set members, the second part, come from outside and may have
 * more letters than field and column names. */
static bool
char_ok(char c, bool is_second)
{
	if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
	    c == '-')
		return true;
	return is_second && ((c >= 'A' && c <= 'Z') || c == '.');
}

enum err_code
path_check(const char *text, struct err *e)
{
	size_t part = 0, len = 0;

	if (*text == '\0')
		return ERR_OK;
	for (const char *s = text; *s != '\0'; s++) {
		if (*s == '/') {
			if (len == 0 || ++part == PARTS_MAX)
				goto bad;
			len = 0;
			continue;
		}
		if (!char_ok(*s, part == 1) || ++len > LIMIT_NAME_BYTES)
			goto bad;
	}
	if (len > 0)
		return ERR_OK;
bad:
	return err_set(e, ERR_MALFORMED, 0, "\"%.100s\" is not a path", text);
}

struct path_parts
path_split(const char *path)
{
	struct path_parts p;

	p.n = 0;
	for (size_t i = 0; i < PARTS_MAX; i++)
		p.part[i][0] = '\0';
	while (*path != '\0') {
		size_t len = (size_t)(strchrnul(path, '/') - path);

		assert(p.n < PARTS_MAX && len < sizeof(p.part[0]));
		memcpy(p.part[p.n], path, len);
		p.part[p.n++][len] = '\0';
		path += len;
		if (*path == '/')
			path++;
	}
	return p;
}

bool
path_covers(const char *a, const char *b)
{
	size_t len = strlen(a);

	if (len == 0)
		return true;
	return strncmp(a, b, len) == 0 && (b[len] == '\0' || b[len] == '/');
}

bool
path_related(const char *a, const char *b)
{
	return path_covers(a, b) || path_covers(b, a);
}

/* The index of name in a sorted set, or where it would stand. */
static size_t
set_find(const json_t *set, const char *name, bool *found_out)
{
	size_t low = 0, high = json_array_size(set);

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const char *s = json_string_value(json_array_get(set, mid));
		int order = s == NULL ? -1 : strcmp(s, name);

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

const json_t *
path_get(const json_t *doc, const char *path)
{
	const json_t *v = doc;

	/* Asked of every path of a record, so nothing is copied. */
	for (size_t i = 0; *path != '\0'; i++) {
		size_t len = (size_t)(strchrnul(path, '/') - path);

		if (i == 1 && path[len] == '\0' && json_is_array(v)) {
			bool found;

			(void)set_find(v, path, &found);
			return found ? json_true() : NULL;
		}
		v = json_object_getn(v, path, len);
		path += path[len] == '/' ? len + 1 : len;
	}
	return path_is_absent(v) ? NULL : v;
}

static enum err_code
set_document(json_t *doc, const json_t *value, struct err *e)
{
	json_t *copy = NULL;
	enum err_code code;

	if (value != NULL && !json_is_object(value))
		return err_set(
		    e, ERR_MALFORMED, 0, "a record's value is not an object");
	code = value_copy(value, &copy, e);
	if (code != ERR_OK)
		return code;
	(void)json_object_clear(doc);
	if (copy != NULL && json_object_update(doc, copy) != 0)
		code = value_no_memory(e);
	json_decref(copy);
	return code;
}

/* A copy of the set (NULL: empty) with name inserted before place i, or,
 * name NULL, without the member at i. */
static json_t *
set_changed(const json_t *set, size_t i, const char *name)
{
	json_t *copy = set == NULL ? json_array() : json_copy_all(set);
	int failed;

	if (name == NULL)
		failed = json_array_remove(copy, i);
	else
		failed = json_array_insert_new(copy, i, json_string(name));
	if (failed == 0)
		return copy;
	json_decref(copy);
	return NULL;
}

static enum err_code
set_member(
    json_t *doc, const struct path_parts *p, const json_t *value, struct err *e)
{
	const json_t *set = json_object_get(doc, p->part[0]);
	bool want = !path_is_absent(value), found;
	json_t *changed;
	size_t i;

	if ((set != NULL && !json_is_array(set)) || p->n != 2 ||
	    (want && !json_is_true(value)))
		return err_set(e, ERR_MALFORMED, 0,
		    "\"%s/%s\" is not a member of a set", p->part[0],
		    p->part[1]);
	i = set_find(set, p->part[1], &found);
	if (found == want)
		return ERR_OK;
	changed = set_changed(set, i, want ? p->part[1] : NULL);
	if (changed == NULL)
		return value_no_memory(e);
	if (json_array_size(changed) == 0) {
		json_decref(changed);
		(void)json_object_del(doc, p->part[0]);
		return ERR_OK;
	}
	if (json_object_set_new(doc, p->part[0], changed) != 0)
		return value_no_memory(e);
	return ERR_OK;
}

/* Set the value (taken on success only; NULL removes) at part i and below in
 * obj.  The innermost object is changed first and a shared one is replaced by
 * a copy, so that a failure leaves what was. */
static enum err_code
set_below(json_t *obj, const struct path_parts *p, size_t i, json_t *value,
    struct err *e)
{
	json_t *child = json_object_get(obj, p->part[i]), *fresh = NULL;
	enum err_code code;

	if (i == p->n - 1) {
		if (value == NULL)
			(void)json_object_del(obj, p->part[i]);
		else if (json_object_set(obj, p->part[i], value) != 0)
			return value_no_memory(e);
		return ERR_OK;
	}
	if (child != NULL && !json_is_object(child))
		return err_set(e, ERR_MALFORMED, 0,
		    "\"%s\" has no rows or columns", p->part[i]);
	if (child == NULL && value == NULL)
		return ERR_OK;
	if (child == NULL || child->refcount > 1) {
		fresh = child == NULL ? json_object() : json_copy_all(child);
		if (fresh == NULL)
			return value_no_memory(e);
		child = fresh;
	}
	code = set_below(child, p, i + 1, value, e);
	if (code == ERR_OK && json_object_size(child) == 0)
		(void)json_object_del(obj, p->part[i]);
	else if (code == ERR_OK && fresh != NULL &&
	    json_object_set(obj, p->part[i], fresh) != 0)
		code = value_no_memory(e);
	json_decref(fresh);
	return code;
}

enum err_code
path_set(json_t *doc, const char *path, const json_t *value, bool is_set_member,
    struct err *e)
{
	struct path_parts p = path_split(path);
	json_t *copy = NULL;
	enum err_code code;

	if (p.n == 0)
		return set_document(doc, value, e);
	if (is_set_member)
		return set_member(doc, &p, value, e);
	if (p.n == 2 && !path_is_absent(value) && !json_is_object(value))
		return err_set(
		    e, ERR_MALFORMED, 0, "\"%s\" is not an object", path);
	code = value_copy(value, &copy, e);
	if (code == ERR_OK)
		code = set_below(doc, &p, 0, copy, e);
	json_decref(copy);
	return code;
}

bool
path_is_absent(const json_t *value)
{
	if (value == NULL)
		return true;
	if (json_is_string(value))
		return json_string_length(value) == 0;
	if (json_is_array(value))
		return json_array_size(value) == 0;
	return json_is_object(value) && json_object_size(value) == 0;
}

/* True if every member of a equals b's of that name (b may be NULL). */
static bool
members_equal(const json_t *a, const json_t *b)
{
	const char *name;
	json_t *member;

	json_object_foreach(value_plain(a), name,
	    member) if (!path_equal(member,
	                    json_object_get(b, name))) return false;
	return true;
}

bool
path_equal(const json_t *a, const json_t *b)
{
	if (a == b)
		return true;
	if (path_is_absent(a) && path_is_absent(b))
		return true;
	if (json_is_object(a) && (b == NULL || json_is_object(b)))
		return members_equal(a, b) &&
		    (b == NULL || members_equal(b, a));
	if (json_is_object(b) && a == NULL)
		return members_equal(b, NULL);
	if (a == NULL || b == NULL)
		return false;
	return json_equal(a, b) != 0;
}
