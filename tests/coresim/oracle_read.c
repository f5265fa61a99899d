/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "common/core/path.h"
#include "tests/coresim/oracle_int.h"

/* Is the word in the text, and not just the beginning of a longer one? */
static bool
has_word(const char *text, const char *word, size_t len)
{
	for (const char *p = strstr(text, word); p != NULL;
	     p = strstr(p + 1, word))
		if (p[len] < '0' || p[len] > '9')
			return true;
	return false;
}

static bool
value_has_word(const json_t *v, const char *word, size_t len)
{
	const char *key;
	json_t *value;

	if (json_is_string(v))
		return has_word(json_string_value(v), word, len);
	for (size_t i = 0; json_is_array(v) && i < json_array_size(v); i++)
		if (value_has_word(json_array_get(v, i), word, len))
			return true;
	json_object_foreach((json_t *)(uintptr_t)v, key,
	    value) if (value_has_word(value, word, len)) return true;
	return false;
}

static bool
value_has(const json_t *v, const json_t *part)
{
	const char *key;
	json_t *value;

	if (json_equal(v, part))
		return true;
	for (size_t i = 0; json_is_array(v) && i < json_array_size(v); i++)
		if (value_has(json_array_get(v, i), part))
			return true;
	json_object_foreach((json_t *)(uintptr_t)v, key,
	    value) if (value_has(value, part)) return true;
	return false;
}

/* The path's last name is in a set. */
static bool
has_member(const json_t *v, const char *path)
{
	const char *name = strrchr(path, '/');
	json_t *member = json_string(name == NULL ? path : name + 1);
	const bool has = value_has(v, member);

	json_decref(member);
	return has;
}

bool
oracle_says(const json_t *v, const struct claim *c)
{
	char word[16];
	size_t len;

	if (v == NULL)
		return false;
	if (c->word == 0 && json_is_true(c->value)) /* may be of a set */
		return value_has(v, c->value) || has_member(v, c->path);
	if (c->word == 0)
		return value_has(v, c->value);
	len = word_print(c->word, word);
	return value_has_word(v, word, len);
}

static bool
conflict_says(const struct conflict *k, const struct claim *c)
{
	if (oracle_says(k->ancestor, c) || oracle_says(k->decisions, c))
		return true;
	for (size_t i = 0; i < k->n_sides; i++)
		if (oracle_says(k->sides[i].value, c))
			return true;
	return false;
}

/* An addendum repeats it, or tells of its path. */
static bool
addendum_says(const struct record *r, const struct claim *c)
{
	const json_t *rows = json_object_get(r->doc, "addenda");
	const char *key, *about;
	json_t *row;

	json_object_foreach((json_t *)(uintptr_t)rows, key, row)
	{
		about = json_string_value(json_object_get(row, "refers_to"));
		if (about != NULL && strcmp(about, c->path) == 0 &&
		    c->word == 0)
			return true;
		if (oracle_says(row, c))
			return true;
	}
	return false;
}

bool
oracle_readable(const struct record *r, struct claim *c)
{
	const json_t *v = path_get(r->doc, c->path);

	if (v != NULL && v == c->at)
		return true;
	if (v != NULL && oracle_says(v, c)) {
		c->at = v;
		return true;
	}
	for (size_t i = 0; i < r->n_conflicts; i++)
		if (path_related(r->conflicts[i].path, c->path) &&
		    conflict_says(&r->conflicts[i], c))
			return true;
	for (size_t i = 0; i < r->n_paths; i++)
		if (r->paths[i].is_removed &&
		    path_related(r->paths[i].path, c->path) &&
		    oracle_says(r->paths[i].was, c))
			return true;
	return addendum_says(r, c);
}
