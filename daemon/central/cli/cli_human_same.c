/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/central/cli/cli_human_same.h"

#include "daemon/central/cli/cli_say.h"

/* "same date of birth, names differ by one letter". */
static void
say_reasons(const json_t *o)
{
	const json_t *list = json_object_get(o, "reasons");

	for (size_t i = 0; i < json_array_size(list); i++)
		cli_say("%s%s", i == 0 ? "  " : ", ",
		    json_string_value(json_array_get(list, i)));
	cli_say("\n");
}

static void
say_duplicate(const json_t *o)
{
	cli_say("%s  %s\n%s  %s\n", cli_text(o, "id"), cli_text(o, "title"),
	    cli_text(o, "other"), cli_text(o, "other_title"));
	say_reasons(o);
}

static void
say_later(const json_t *o)
{
	const json_t *list = json_object_get(o, "labels");

	cli_say("%s  %s\n  Written to %s since they are one:",
	    cli_text(o, "id"), cli_text(o, "title"), cli_text(o, "other"));
	for (size_t i = 0; i < json_array_size(list); i++)
		cli_say("%s %s", i == 0 ? "" : ",",
		    json_string_value(json_array_get(list, i)));
	cli_say("\n  Look: visitbook-central duplicates show %s %s\n",
	    cli_text(o, "id"), cli_text(o, "other"));
}

void
say_duplicates(const json_t *answer)
{
	const json_t *list = json_object_get(answer, "duplicates"), *one;
	size_t i;

	if (json_array_size(list) == 0)
		cli_say("Nobody seems to be in here twice.\n");
	json_array_foreach(list, i, one) say_duplicate(one);
	list = json_object_get(answer, "later");
	json_array_foreach(list, i, one) say_later(one);
}

void
say_same(const json_t *o)
{
	cli_say(
	    "%s stands for %s too. Every record that names the other is read "
	    "as naming it, here and on devices; nothing was rewritten.\n",
	    cli_text(o, "id"), cli_text(o, "other"));
	if (cli_number(o, "conflicts") > 0)
		cli_say("%lld of its values wait for a decision.\nNext: "
		        "visitbook-central conflict list --record %s\n",
		    cli_number(o, "conflicts"), cli_text(o, "id"));
}

void
say_same_undone(const json_t *o)
{
	const json_t *stays = json_object_get(o, "stays");

	cli_say("%s and %s are two again.\n", cli_text(o, "id"),
	    cli_text(o, "other"));
	for (size_t i = 0; i < json_array_size(stays); i++)
		cli_say("Somebody has changed this since, and it stays in %s: "
		        "%s\n",
		    cli_text(o, "id"),
		    json_string_value(json_array_get(stays, i)));
}
