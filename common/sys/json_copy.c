/* SPDX-License-Identifier: Apache-2.0 */
#include "common/sys/json.h"

#include <stdlib.h>

/* What jansson's copies miss is missing in them: a count shows it where the
 * members are shared, a comparison where they are new. */
static bool
has_all(const json_t *value, const json_t *copy)
{
	return json_object_size(copy) == json_object_size(value) &&
	    json_array_size(copy) == json_array_size(value);
}

static json_t *
plain(const json_t *value)
{
	return (json_t *)(uintptr_t)value;
}

json_t *
json_copy_all(const json_t *value)
{
	json_t *copy = json_copy(plain(value));

	if (copy == NULL || has_all(value, copy))
		return copy;
	json_decref(copy);
	return NULL;
}

json_t *
json_deep_copy_all(const json_t *value)
{
	json_t *copy = json_deep_copy(value);

	if (copy == NULL || json_equal(plain(value), copy) != 0)
		return copy;
	json_decref(copy);
	return NULL;
}

enum err_code
json_sorted(const json_t *list, int (*compare)(const void *, const void *),
    json_t **out, struct err *e)
{
	const size_t n = json_array_size(list);
	json_t **all = calloc(n + 1, sizeof(json_t *)),
	       *in_order = json_array();
	enum err_code code =
	    all == NULL ? err_set(e, ERR_NOMEM, 0, "out of memory") : ERR_OK;

	for (size_t i = 0; i < n && code == ERR_OK; i++)
		all[i] = json_array_get(list, i);
	if (code == ERR_OK)
		qsort(all, n, sizeof(json_t *), compare);
	for (size_t i = 0; i < n && code == ERR_OK; i++)
		code = json_add_take(in_order, json_incref(all[i]), e);
	free(all);
	if (code == ERR_OK)
		*out = in_order;
	else
		json_decref(in_order);
	return code;
}
