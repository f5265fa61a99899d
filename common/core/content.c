/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/content.h"

#include <string.h>

static const char *
text_of(const json_t *obj, const char *key)
{
	const char *text =
	    key == NULL ? NULL : json_string_value(json_object_get(obj, key));

	return text == NULL ? "" : text;
}

const char *
content_of_state(const struct schema_type *type, const char *state)
{
	if (type == NULL || type->signing.field == NULL)
		return NULL;
	if (state != NULL && *state != '\0')
		return state;
	return json_string_value(json_array_get(type->signing.open, 0));
}

bool
content_is_error(const struct schema_type *type, const char *state)
{
	return type != NULL && state != NULL && type->signing.error != NULL &&
	    strcmp(state, type->signing.error) == 0;
}

size_t
content_addenda(
    const struct schema_type *type, const json_t *doc, bool proposed)
{
	const struct schema_addendum *a = &type->signing.addendum;
	const char *name;
	json_t *row, *rows;
	size_t n = 0;

	if (type->signing.addenda == NULL)
		return 0;
	rows = json_object_get(doc, type->signing.addenda);
	json_object_foreach(rows, name, row)
	{
		const char *state = text_of(row, a->state);

		if (proposed)
			n += *state != '\0' && strcmp(state, a->proposed) == 0;
		else
			n += *state == '\0' || strcmp(state, a->accepted) == 0;
	}
	return n;
}

const char *
content_word(const struct schema_type *type, const json_t *doc)
{
	const char *state, *word;

	if (type == NULL || type->signing.field == NULL)
		return NULL;
	state = text_of(doc, type->signing.field);
	word = content_of_state(type, state);
	if (type->signing.addended != NULL && schema_is_signed(type, doc) &&
	    !content_is_error(type, state) &&
	    content_addenda(type, doc, false) > 0)
		return type->signing.addended;
	return word;
}
