/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/central/cli/cli_waiting.h"

#include <stdio.h>

#include "common/base/terminal.h"

static void
say(const char *text)
{
	terminal_put(stdout, text);
}

static const char *
text_of(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

/* "6 working days", "about" where the bank holidays are not all known. */
static void
say_days(const json_t *o, const char *days, const char *sure)
{
	const json_int_t n = json_integer_value(json_object_get(o, days));
	char line[80];

	(void)snprintf(line, sizeof(line), "%s%lld working day%s",
	    json_is_true(json_object_get(o, sure)) ? "" : "about ",
	    (long long)n, n == 1 ? "" : "s");
	say(line);
}

static void
say_step(const json_t *step)
{
	const char *on = text_of(step, "on");
	const json_t *within = json_object_get(step, "within");
	char line[80];

	say("  ");
	say(text_of(step, "label"));
	say(": ");
	say(on == NULL ? "not yet" : on);
	if (json_is_integer(json_object_get(step, "days"))) {
		say(", ");
		say_days(step, "days", "sure");
	}
	if (json_is_integer(within)) {
		(void)snprintf(line, sizeof(line), " (promised within %lld%s)",
		    (long long)json_integer_value(within),
		    json_is_true(json_object_get(step, "late")) ? ": late"
		                                                : "");
		say(line);
	}
	say("\n");
}

void
cli_waiting(const json_t *one)
{
	const json_t *steps = json_object_get(one, "steps");
	const char *received = text_of(one, "received");
	const char *needed_by = text_of(one, "needed_by");

	say(text_of(one, "id"));
	say("  ");
	say(text_of(one, "title"));
	say("\n  Received: ");
	say(received == NULL ? "nobody wrote down when" : received);
	if (needed_by != NULL) {
		say("; the decision is needed by ");
		say(needed_by);
	}
	if (json_is_integer(json_object_get(one, "lead_days"))) {
		say(", ");
		say_days(one, "lead_days", "lead_sure");
		say(" after it");
	}
	say("\n");
	for (size_t i = 0; i < json_array_size(steps); i++)
		say_step(json_array_get(steps, i));
	if (json_is_true(json_object_get(one, "decision_first")))
		say("  The day of the decision came before the first "
		    "contact.\n");
	if (json_is_true(json_object_get(one, "unallocated")))
		say("  Nobody has been given it yet.\n");
}
