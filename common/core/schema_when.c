/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/schema_when.h"

#include "common/core/path.h"
#include "common/core/schema_int.h"

static bool
has_value(const json_t *values, const json_t *value)
{
	for (size_t i = 0; i < json_array_size(values); i++)
		if (json_equal(json_array_get(values, i), value))
			return true;
	return false;
}

/* One value, or any member of a set, is among these. */
static bool
is_among(const json_t *value, const json_t *values)
{
	if (!json_is_array(value))
		return value != NULL && has_value(values, value);
	for (size_t i = 0; i < json_array_size(value); i++)
		if (has_value(values, json_array_get(value, i)))
			return true;
	return false;
}

static bool
row_matches(const json_t *row, const json_t *wanted)
{
	const char *column;
	json_t *values;

	json_object_foreach(schema_iterable(wanted), column,
	    values) if (!is_among(json_object_get(row, column),
	                    values)) return false;
	return true;
}

static bool
has_row(const json_t *rows, const json_t *wanted)
{
	const char *id;
	json_t *row;

	json_object_foreach(schema_iterable(rows), id,
	    row) if (row_matches(row, wanted)) return true;
	return false;
}

bool
schema_when_matches(
    const struct schema_when *w, const json_t *doc, const char *day)
{
	const char *slash = strchr(w->path, '/');
	const json_t *value = slash == NULL
	    ? json_object_get(doc, w->path)
	    : json_object_get(
	          json_object_getn(doc, w->path, (size_t)(slash - w->path)),
	          slash + 1);

	if (path_is_absent(value))
		return false;
	if (w->row != NULL)
		return has_row(value, w->row);
	/* Dates in this form sort as text. */
	if (w->has_passed)
		return strcmp(json_string_value(value), day) < 0;
	return w->in == NULL || is_among(value, w->in);
}

static bool
holds(const struct schema_when *w, const json_t *doc, const char *day)
{
	return schema_when_matches(w, doc, day) != w->is_not;
}

bool
schema_whens_hold(
    const struct schema_whens *all, const json_t *doc, const char *day)
{
	for (size_t i = 0; i < all->n; i++)
		if (!holds(&all->list[i], doc, day))
			return false;
	return true;
}

bool
schema_whens_any(
    const struct schema_whens *all, const json_t *doc, const char *day)
{
	for (size_t i = 0; i < all->n; i++)
		if (holds(&all->list[i], doc, day))
			return true;
	return false;
}
