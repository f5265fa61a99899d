/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/agreed.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/core/workdays.h"
#include "common/sys/json.h"

/* No day that is told of: before, and after, all that are. */
#define FIRST INT64_MIN
#define LAST INT64_MAX

static const char *
text_of(const json_t *doc, const char *field)
{
	return field == NULL ? NULL
	                     : json_string_value(json_object_get(doc, field));
}

static bool
differ(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) != 0;
}

/* Of a date, or of the moment that a time is. */
static int64_t
day_of(const char *text, int64_t otherwise)
{
	uint64_t ms = 0;
	int64_t day;

	if (text == NULL)
		return otherwise;
	if (workday_parse(text, &day))
		return day;
	return clock_parse(text, &ms) ? workday_in_uk(ms) : otherwise;
}

/* What the record names as its agreement, or NULL. */
static const json_t *
named(const struct schema_agreed *a, const json_t *doc,
    const struct agreed_one *all, size_t n)
{
	const char *text = text_of(doc, a->ref);
	struct id id;

	if (text == NULL || !id_parse(text, &id))
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (id_equal(all[i].id, id))
			return all[i].doc;
	return NULL;
}

/* Is it about what was done? */
static bool
is_about(const struct schema_agreed *a, const json_t *doc,
    const json_t *agreement, const json_t *theirs)
{
	const char *what = text_of(theirs, a->what);

	if (theirs == agreement)
		return true;
	if (differ(text_of(doc, a->to), text_of(theirs, a->with)))
		return false;
	if (agreement == NULL)
		return json_list_has(a->about, what);
	return what != NULL && !differ(what, text_of(agreement, a->what));
}

bool
agreed_against(const struct schema_type *type, const json_t *doc,
    const struct agreed_one *all, size_t n, size_t *against_out)
{
	const struct schema_agreed *a = &type->agreed;
	const json_t *agreement = named(a, doc, all, n);
	const int64_t on = day_of(text_of(doc, a->at), LAST);
	int64_t last = FIRST;
	bool is_against = false;

	if (json_list_has(a->lawful, text_of(doc, a->law)))
		return false;
	for (size_t i = 0; i < n; i++) {
		const char *answer = text_of(all[i].doc, a->answer);
		const bool no = json_list_has(a->no, answer);
		const int64_t day =
		    day_of(text_of(all[i].doc, a->on), no ? on : FIRST);

		if ((!no && !json_list_has(a->yes, answer)) || day > on ||
		    !is_about(a, doc, agreement, all[i].doc))
			continue;
		if (day < last || (day == last && (!no || is_against)))
			continue;
		last = day;
		is_against = no;
		if (no)
			*against_out = i;
	}
	return is_against;
}
