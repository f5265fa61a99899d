/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check_sign.h"

#include <string.h>

#include "tests/support/check.h"

void
check_desk_draft(struct check_desk *d)
{
	struct change c;

	check_desk_init(d, "note");
	c = check_change(d, ANN);
	check_op(&c, "content", 0, 0, NULL, "'draft'");
	check_op(&c, "summary", 0, 0, NULL, "'as Ann saw it'");
	check_op(&c, "safeguarding", 0, 0, NULL, "'no_concern'");
	check_op(&c, "activities/listened", 0, 0, NULL, "true");
	check_op(&c, "statements/r1/kind", 0, 0, NULL, "'said'");
	check_op(&c, "statements/r1/text", 0, 0, NULL, "'home'");
	assert_int_equal(check_send(d, &c), OUTCOME_APPLIED);
}

struct change
check_signature(struct check_desk *d, unsigned n)
{
	struct change c = check_change(d, n);

	check_op(&c, "content", 1, 0, "'draft'", "'signed'");
	check_op(&c, "summary", 1, 0, "'as Ann saw it'", "'as Ann saw it'");
	check_op(&c, "safeguarding", 1, 0, "'no_concern'", "'no_concern'");
	check_op(&c, "activities/listened", 1, 0, "true", "true");
	check_op(&c, "statements/r1/kind", 1, 0, "'said'", "'said'");
	check_op(&c, "statements/r1/text", 1, 0, "'home'", "'home'");
	check_op(&c, "signed_at", 0, 0, NULL,
	    n == ANN ? "'2026-11-21T18:05:09.000Z'"
	             : "'2026-11-22T18:05:09.000Z'");
	return c;
}

enum outcome_kind
check_sign(struct check_desk *d, unsigned n)
{
	struct change c = check_signature(d, n);

	return check_send(d, &c);
}

/* ---- addenda ---- */

static json_t *
rows_of(const struct check_desk *d)
{
	return json_object_get(d->record.doc, "addenda");
}

size_t
check_addenda(const struct check_desk *d)
{
	return json_object_size(rows_of(d));
}

const char *
check_addendum(const struct check_desk *d, const char *path, const char *column)
{
	const json_t *found = NULL;
	json_t *row;
	const char *id;

	json_object_foreach(rows_of(d), id, row)
	{
		const char *to =
		    json_string_value(json_object_get(row, "refers_to"));

		if (to == NULL || strcmp(to, path) != 0)
			continue;
		assert_null(found);
		found = row;
	}
	if (found == NULL)
		fail_msg("no addendum refers to %s", path);
	return json_string_value(json_object_get(found, column));
}

const char *
check_addendum_of_all(const struct check_desk *d)
{
	json_t *rows = rows_of(d);
	const json_t *row = json_object_iter_value(json_object_iter(rows));

	assert_int_equal(json_object_size(rows), 1);
	assert_null(json_object_get(row, "refers_to"));
	return json_string_value(json_object_get(row, "text"));
}

bool
check_is_told(const struct check_desk *d, const char *words)
{
	json_t *row;
	const char *id, *text;

	json_object_foreach(rows_of(d), id, row)
	{
		text = json_string_value(json_object_get(row, "text"));
		if (text != NULL && strcmp(text, words) == 0)
			return true;
	}
	return false;
}
