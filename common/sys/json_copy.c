/* SPDX-License-Identifier: Apache-2.0 */
#include "common/sys/json.h"

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
