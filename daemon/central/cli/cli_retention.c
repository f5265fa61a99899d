/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/central/cli/cli_retention.h"

#include <string.h>

#include "daemon/central/cli/cli_say.h"

static void
say_started(const json_t *started)
{
	const char *by = cli_text(started, "by");
	const char *on = cli_text(started, "on");

	if (strcmp(by, "work") == 0)
		cli_say("  The last work is of %s: %s %s.\n", on,
		    cli_text(started, "label"), cli_text(started, "id"));
	else if (strcmp(by, "marked") == 0)
		cli_say("  It was marked as closed on %s, after the day of "
		        "closing had been written down.\n",
		    on);
	else
		cli_say("  It was closed on %s.\n", on);
}

void
cli_retention(const json_t *one)
{
	const json_t *started = json_object_get(one, "started");
	const json_t *also = json_object_get(one, "also");
	const json_t *ask = json_object_get(one, "ask");
	const json_t *sentence;
	size_t i;

	cli_say("%s  %s\n", cli_text(one, "id"), cli_text(one, "title"));
	if (json_is_string(json_object_get(one, "due")))
		cli_say("  Until %s (%s): %s\n", cli_text(one, "due"),
		    cli_text(one, "label"), cli_text(one, "why"));
	else
		cli_say("  %s\n", cli_text(one, "why"));
	if (json_is_object(started))
		say_started(started);
	json_array_foreach(also, i, sentence)
	    cli_say("  Also, until %s (%s): %s\n", cli_text(sentence, "due"),
	        cli_text(sentence, "label"), cli_text(sentence, "why"));
	if (json_is_false(json_object_get(one, "sure")))
		cli_say("  Nobody wrote down the date of birth: it may have "
		        "to be kept longer.\n");
	json_array_foreach(ask, i, sentence)
	    cli_say("  %s\n", json_string_value(sentence));
}
