/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check_json.h"

#include "tests/support/check.h"

const char *
text_of(const json_t *answer, const char *key)
{
	const char *text = json_string_value(json_object_get(answer, key));

	if (text == NULL)
		fail_msg("no %s in the answer", key);
	return text;
}
