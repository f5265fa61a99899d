/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long somebody has waited, and for what.
 */
#include "common/core/human.h"

/* "6 working days", "about" where the bank holidays are not all known. */
static void
say_days(
    const struct human *h, const json_t *o, const char *days, const char *sure)
{
	const json_int_t n = json_integer_value(json_object_get(o, days));

	human_put(h, "%s%lld working day%s",
	    json_is_true(json_object_get(o, sure)) ? "" : "about ",
	    (long long)n, n == 1 ? "" : "s");
}

static void
say_step(const struct human *h, const json_t *step)
{
	const char *on = human_str(step, "on");
	const json_t *within = json_object_get(step, "within");

	human_put(h, "  %s: %s", human_str(step, "label"),
	    *on == '\0' ? "not yet" : on);
	if (json_is_integer(json_object_get(step, "days"))) {
		human_put(h, ", ");
		say_days(h, step, "days", "sure");
	}
	if (json_is_integer(within))
		human_put(h, " (promised within %lld%s)",
		    (long long)json_integer_value(within),
		    json_is_true(json_object_get(step, "late")) ? ": late"
		                                                : "");
	human_put(h, "\n");
}

void
human_waited(const struct human *h, const json_t *one)
{
	const json_t *steps = json_object_get(one, "steps");
	const char *received = human_str(one, "received");
	const char *needed_by = human_str(one, "needed_by");

	human_put(h, "  Received: %s",
	    *received == '\0' ? "nobody wrote down when" : received);
	if (*needed_by != '\0')
		human_put(h, "; the decision is needed by %s", needed_by);
	if (json_is_integer(json_object_get(one, "lead_days"))) {
		human_put(h, ", ");
		say_days(h, one, "lead_days", "lead_sure");
		human_put(h, " after it");
	}
	human_put(h, "\n");
	for (size_t i = 0; i < json_array_size(steps); i++)
		say_step(h, json_array_get(steps, i));
	if (json_is_true(json_object_get(one, "decision_first")))
		human_put(h,
		    "  The day of the decision came before the first "
		    "contact.\n");
	if (json_is_true(json_object_get(one, "unallocated")))
		human_put(h, "  Nobody has been given it yet.\n");
}

void
human_waiting(const struct human *h, const json_t *answer)
{
	const json_t *list = json_object_get(answer, "waiting");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);

		human_put(h, "%s  %s\n", human_str(one, "id"),
		    human_str(one, "title"));
		human_waited(h, one);
	}
	if (json_array_size(list) == 0)
		human_put(h, "Nobody waits for a first contact.\n");
}
