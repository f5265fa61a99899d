/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a record still needs, and what the law's checklists miss, in words.
 */
#include "common/core/human.h"

void
human_warnings(const struct human *h, const json_t *warnings)
{
	if (json_array_size(warnings) == 0)
		return;
	human_words(h, "check.warnings", NULL);
	for (size_t i = 0; i < json_array_size(warnings); i++) {
		const json_t *one = json_array_get(warnings, i);

		human_put(h, "  %s\n    %s (%s)\n", human_str(one, "label"),
		    human_str(one, "reason"), human_str(one, "source"));
	}
}

void
human_check(const struct human *h, const json_t *told)
{
	const json_t *gaps = json_object_get(told, "gaps");
	const json_t *warnings = json_object_get(told, "warnings");

	if (json_is_true(json_object_get(told, "template_newer")))
		human_words(h, "check.template_newer", NULL);
	if (json_array_size(gaps) > 0)
		human_words(h, "sign.gaps", NULL);
	for (size_t i = 0; i < json_array_size(gaps); i++)
		human_put(
		    h, "  %s\n", json_string_value(json_array_get(gaps, i)));
	human_warnings(h, warnings);
	if (json_array_size(gaps) + json_array_size(warnings) == 0)
		human_words(h, "check.none", NULL);
}
