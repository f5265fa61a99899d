/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/central/cli/cli_human_import.h"

#include <string.h>

#include "common/base/clock.h"
#include "daemon/central/cli/cli_say.h"

/* Lines of each kind that a person reads; the rest is counted. */
#define LINES_SHOWN ((size_t)200)

static const char *
name_of(const json_t *answer, const char *id)
{
	const char *name = cli_text(json_object_get(answer, "names"), id);

	return *name == '\0' ? id : name;
}

static void
say_refusals(const json_t *answer)
{
	const json_t *list = json_object_get(answer, "refusals");
	size_t i = 0;

	for (; i < json_array_size(list) && i < LINES_SHOWN; i++) {
		const json_t *one = json_array_get(list, i);

		cli_say("line %lld: refused", cli_number(one, "line"));
		if (*cli_text(one, "column") != '\0')
			cli_say(", %s \"%s\"", cli_text(one, "column"),
			    cli_text(one, "value"));
		cli_say(": %s\n", cli_text(one, "why"));
	}
	if (i < json_array_size(list))
		cli_say("... and %zu more; --report FILE has them all\n",
		    json_array_size(list) - i);
}

/* What is to be looked at of what was saved, and of those who were given work.
 */
static void
say_warnings(const json_t *answer)
{
	const json_t *list = json_object_get(answer, "warnings");
	size_t i = 0;

	for (; i < json_array_size(list) && i < LINES_SHOWN; i++) {
		const json_t *one = json_array_get(list, i);

		if (strcmp(cli_text(one, "word"), "undeclared") == 0)
			cli_say(
			    "line %lld: ask %s for a declaration on conflicts "
			    "of interest\n",
			    cli_number(one, "line"), cli_text(one, "who"));
		else if (strcmp(cli_text(one, "word"), "check_digit") == 0)
			cli_say("line %lld: %s does not add up; check it "
			        "against a letter or a record\n",
			    cli_number(one, "line"), cli_text(one, "what"));
		else
			cli_say(
			    "line %lld: look at the training of %s: \"%s\" is "
			    "not on file\n",
			    cli_number(one, "line"), cli_text(one, "who"),
			    cli_text(one, "what"));
	}
	if (i < json_array_size(list))
		cli_say("... and %zu more; --json has them all\n",
		    json_array_size(list) - i);
}

/* Row by row, for who tries it first. */
static void
say_rows(const json_t *answer)
{
	const json_t *list = json_object_get(answer, "rows");
	size_t i = 0;

	for (; i < json_array_size(list) && i < LINES_SHOWN; i++) {
		const json_t *one = json_array_get(list, i);
		const char *what = cli_text(one, "what");

		if (strcmp(what, "made") == 0)
			cli_say("line %lld: would be made\n",
			    cli_number(one, "line"));
		else
			cli_say("line %lld: %s %s\n", cli_number(one, "line"),
			    strcmp(what, "same") == 0 ? "is here already:"
			                              : "would change",
			    name_of(answer, cli_text(one, "id")));
	}
	if (i < json_array_size(list))
		cli_say("... and %zu more; --json has them all\n",
		    json_array_size(list) - i);
}

/* The attached files that went along. */
static void
say_files(const json_t *answer)
{
	if (cli_number(answer, "files") > 0)
		cli_say("Attached files with them: %lld.\n",
		    cli_number(answer, "files"));
}

static void
say_everything(const json_t *answer)
{
	cli_say(
	    "Records made: %lld, of which %lld are colleagues; they have no "
	    "passphrase (user passphrase) and no device (device code) "
	    "yet.\nDigest: %s, as the file says.\n",
	    cli_number(answer, "records"), cli_number(answer, "users"),
	    cli_text(answer, "digest"));
	say_files(answer);
}

void
say_import(const json_t *answer)
{
	const bool dry = json_is_true(json_object_get(answer, "dry_run"));

	if (json_is_string(json_object_get(answer, "digest"))) {
		say_everything(answer);
		return;
	}
	if (dry)
		say_rows(answer);
	say_refusals(answer);
	say_warnings(answer);
	cli_say(
	    "Lines read: %lld. Records %smade: %lld, changed: %lld, here as "
	    "they "
	    "are: %lld. Lines refused: %lld.\n",
	    cli_number(answer, "lines"), dry ? "that would be " : "",
	    cli_number(answer, "made"), cli_number(answer, "changed"),
	    cli_number(answer, "same"), cli_number(answer, "refused"));
	if (dry)
		cli_say("Nothing was saved. Without --dry-run it is.\n");
	else if (json_is_string(json_object_get(answer, "import")))
		cli_say(
		    "The import is %s.\nTo undo it: visitbook-central import "
		    "undo %s\n",
		    cli_text(answer, "import"), cli_text(answer, "import"));
	else
		cli_say("Nothing was saved.\n");
}

void
say_import_line(const json_t *one)
{
	char when[CLOCK_HUMAN_MAX];

	clock_print_human((uint64_t)cli_number(one, "at"), when);
	cli_say("%s  %s, %s from %s: %lld made, %lld changed, %lld lines "
	        "refused%s\n",
	    cli_text(one, "import"), when, cli_text(one, "type"),
	    cli_text(one, "file"), cli_number(one, "made"),
	    cli_number(one, "changed"), cli_number(one, "refused"),
	    json_is_true(json_object_get(one, "undone")) ? ", undone" : "");
}

void
say_import_show(const json_t *answer)
{
	const json_t *list = json_object_get(answer, "records");

	say_import_line(answer);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);

		cli_say("%s  %s, %s%s\n", cli_text(one, "id"),
		    name_of(answer, cli_text(one, "id")), cli_text(one, "what"),
		    json_is_true(json_object_get(one, "removed"))
		        ? ", removed since"
		        : json_is_true(json_object_get(one, "touched"))
		        ? ", changed since"
		        : "");
	}
}

void
say_import_undo(const json_t *answer)
{
	const json_t *list = json_object_get(answer, "left");

	cli_say("Removed again: %lld that it made. As before: %lld that it "
	        "changed.\n",
	    cli_number(answer, "removed"), cli_number(answer, "taken_back"));
	if (json_array_size(list) > 0)
		cli_say("Left as it is:\n");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);
		const char *label = cli_text(one, "label");

		cli_say("    %s%s%s: %s\n",
		    name_of(answer, cli_text(one, "id")),
		    *label == '\0' ? "" : ", ", label, cli_text(one, "why"));
	}
}

void
say_export(const json_t *answer)
{
	cli_say("Written: %lld records, to %s\nDigest: %s\n",
	    cli_number(answer, "records"), cli_text(answer, "file"),
	    cli_text(answer, "digest"));
	say_files(answer);
	if (cli_number(answer, "open") > 0)
		cli_say("Of %lld of them two versions wait for a decision: the "
		        "file "
		        "has both, and an import takes the one that stands.\n",
		    cli_number(answer, "open"));
	cli_say("Anyone who has the file can read it, and it is no backup: who "
	        "wrote what when, receipts and signatures are not in it.\n");
}
