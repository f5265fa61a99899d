/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/import_table.h"

#include <stdio.h>
#include <string.h>

const char import_people[] =
    "Our reference,Name they like to be called,Date of birth,Needs an "
    "interpreter,Support needs and groups,location/room,phones/+/number,"
    "phones/+/kind\r\n"
    "P-1,Betty Hughes,03/02/1941,yes,dementia; Older person,12,01978 1,Home\r\n"
    "P-1,,,,,,01978 2,\r\n"
    "P-2,\"Ann, née Lee\",1950-12-31,N,,,,\r\n";

json_t *
import_request(
    const char *type, const char *csv, const char *key, const char *map)
{
	json_t *r = json_pack("{s:s, s:s, s:s, s:s}", "do", "import", "type",
	    type, "csv", csv, "file", "table.csv");

	if (key != NULL)
		json_object_set_new(r, "keys", json_pack("[s]", key));
	if (map != NULL)
		json_object_set_new(r, "map", json_loads(map, 0, NULL));
	return r;
}

long long
import_count(const json_t *answer, const char *key)
{
	return (long long)json_integer_value(json_object_get(answer, key));
}

void
import_assert_counts(
    const json_t *a, int made, int changed, int same, int refused)
{
	if (import_count(a, "made") != made ||
	    import_count(a, "changed") != changed ||
	    import_count(a, "same") != same ||
	    import_count(a, "refused") != refused)
		fail_msg("%s", json_dumps(a, 0));
}

json_t *
import_doc(
    struct world *w, const char *type, const char *field, const char *text)
{
	json_t *list = world_done(w,
	           json_pack("{s:s, s:s}", "do", "record list", "type", type)),
	       *found = NULL, *lines;
	char key[80];

	(void)snprintf(key, sizeof(key), "%ss", type);
	lines = json_object_get(list, key);
	for (size_t i = 0; i < json_array_size(lines); i++) {
		json_t *shown = world_done(w,
		    json_pack("{s:s, s:s, s:O}", "do", "record show", "type",
		        type, "id",
		        json_object_get(json_array_get(lines, i), "id")));
		json_t *doc = json_object_get(shown, "doc");
		const char *here =
		    json_string_value(json_object_get(doc, field));

		if (here != NULL && strcmp(here, text) == 0) {
			assert_null(found);
			found = json_incref(doc);
		}
		json_decref(shown);
	}
	json_decref(list);
	return found;
}

void
import_assert_has(const json_t *doc, const char *want)
{
	json_t *wanted = json_loads(want, 0, NULL);
	const char *key;
	json_t *value;

	assert_non_null(wanted);
	json_object_foreach(wanted, key, value)
	{
		if (!json_equal(json_object_get(doc, key), value))
			fail_msg("%s: %s", key, json_dumps(doc, 0));
	}
	json_decref(wanted);
}

void
import_assert_error(json_t *answer, const char *text)
{
	const json_t *error = json_object_get(answer, "error");

	if (error == NULL ||
	    strstr(json_string_value(json_object_get(error, "text")), text) ==
	        NULL)
		fail_msg("%s", json_dumps(answer, 0));
	json_decref(answer);
}

void
import_keep(const json_t *answer, const char *key, char out[static 40])
{
	(void)snprintf(
	    out, 40, "%s", json_string_value(json_object_get(answer, key)));
}
