/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/waiting.h"

#include <string.h>

#include "common/sys/json.h"

struct counts {
	int64_t waits, unallocated, late, decision_first;
	json_t *people; /* ids of those who wait, as keys */
};

static bool
is(const json_t *line, const char *key)
{
	return json_is_true(json_object_get(line, key));
}

static enum err_code
count(struct counts *n, const json_t *line, struct err *e)
{
	const json_t *steps = json_object_get(line, "steps");
	const char *person = json_string_value(json_object_get(line, "person"));
	bool is_late = false;

	for (size_t i = 0; i < json_array_size(steps); i++)
		is_late |= is(json_array_get(steps, i), "late");
	n->waits += is(line, "waits") ? 1 : 0;
	n->unallocated += is(line, "unallocated") ? 1 : 0;
	n->decision_first += is(line, "decision_first") ? 1 : 0;
	n->late += is_late ? 1 : 0;
	return person != NULL && is(line, "waits")
	    ? json_put_bool(n->people, person, true, e)
	    : ERR_OK;
}

static enum err_code
counts_put(const struct counts *n, json_t *out, struct err *e)
{
	enum err_code code;

	if ((code = json_put_int(out, "waits", n->waits, e)) != ERR_OK ||
	    (code = json_put_int(out, "people",
	         (int64_t)json_object_size(n->people), e)) != ERR_OK ||
	    (code = json_put_int(out, "unallocated", n->unallocated, e)) !=
	        ERR_OK ||
	    (code = json_put_int(out, "late", n->late, e)) != ERR_OK)
		return code;
	return json_put_int(out, "decision_first", n->decision_first, e);
}

static int
by_received(const void *a, const void *b)
{
	const json_t *const *x = a, *const *y = b;
	const char *left = json_string_value(json_object_get(*x, "received"));
	const char *right = json_string_value(json_object_get(*y, "received"));

	return strcmp(left == NULL ? "" : left, right == NULL ? "" : right);
}

enum err_code
waiting_put(const json_t *lines, json_t *out, struct err *e)
{
	struct counts n = { .people = json_object() };
	json_t *list = NULL;
	enum err_code code = json_sorted(lines, by_received, &list, e);

	for (size_t i = 0; i < json_array_size(lines) && code == ERR_OK; i++)
		code = count(&n, json_array_get(lines, i), e);
	if (code == ERR_OK)
		code = json_put_take(out, "waiting", json_incref(list), e);
	if (code == ERR_OK)
		code = counts_put(&n, out, e);
	json_decref(list);
	json_decref(n.people);
	return code;
}
