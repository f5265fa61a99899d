/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/prove/office_adds_up.h"

#include <jansson.h>
#include <stdio.h>

#include "daemon/central/engine/engine.h"

const char *
office_adds_up(struct engine *g)
{
	static char first_bad[256];
	json_t *result = NULL;
	const char *bad;
	struct err e;

	if (engine_verify(g, &result, &e) != ERR_OK)
		return "it cannot be verified";
	bad = json_string_value(json_object_get(result, "first_bad"));
	(void)snprintf(first_bad, sizeof(first_bad), "it does not add up: %s",
	    bad == NULL ? "" : bad);
	if (json_is_true(json_object_get(result, "ok")))
		first_bad[0] = '\0';
	json_decref(result);
	return first_bad[0] == '\0' ? NULL : first_bad;
}
