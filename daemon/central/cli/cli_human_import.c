/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/central/cli/cli_human_import.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/terminal.h"

/* Lines of each kind that a person reads; the rest is counted. */
#define LINES_SHOWN ((size_t)200)

static void __attribute__((format(printf, 1, 2))) say(const char *fmt, ...)
{
	char *line = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&line, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	terminal_put(stdout, line);
	free(line);
}

static const char *
text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s == NULL ? "" : s;
}

static long long
number(const json_t *o, const char *key)
{
	return (long long)json_integer_value(json_object_get(o, key));
}

static const char *
name_of(const json_t *answer, const char *id)
{
	const char *name = text(json_object_get(answer, "names"), id);

	return *name == '\0' ? id : name;
}

static void
say_refusals(const json_t *answer)
{
	const json_t *list = json_object_get(answer, "refusals");
	size_t i = 0;

	for (; i < json_array_size(list) && i < LINES_SHOWN; i++) {
		const json_t *one = json_array_get(list, i);

		say("line %lld: refused", number(one, "line"));
		if (*text(one, "column") != '\0')
			say(", %s \"%s\"", text(one, "column"),
			    text(one, "value"));
		say(": %s\n", text(one, "why"));
	}
	if (i < json_array_size(list))
		say("... and %zu more; --report FILE has them all\n",
		    json_array_size(list) - i);
}

/* What is to be looked at of those who were given work. */
static void
say_warnings(const json_t *answer)
{
	const json_t *list = json_object_get(answer, "warnings");
	size_t i = 0;

	for (; i < json_array_size(list) && i < LINES_SHOWN; i++) {
		const json_t *one = json_array_get(list, i);

		if (strcmp(text(one, "word"), "undeclared") == 0)
			say("line %lld: ask %s for a declaration on conflicts "
			    "of interest\n",
			    number(one, "line"), text(one, "who"));
		else
			say("line %lld: look at the training of %s: \"%s\" is "
			    "not on file\n",
			    number(one, "line"), text(one, "who"),
			    text(one, "what"));
	}
	if (i < json_array_size(list))
		say("... and %zu more; --json has them all\n",
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
		const char *what = text(one, "what");

		if (strcmp(what, "made") == 0)
			say("line %lld: would be made\n", number(one, "line"));
		else
			say("line %lld: %s %s\n", number(one, "line"),
			    strcmp(what, "same") == 0 ? "is here already:"
			                              : "would change",
			    name_of(answer, text(one, "id")));
	}
	if (i < json_array_size(list))
		say("... and %zu more; --json has them all\n",
		    json_array_size(list) - i);
}

static void
say_everything(const json_t *answer)
{
	say("Records made: %lld, of which %lld are colleagues; they have no "
	    "passphrase and no device yet.\nDigest: %s, as the file says.\n",
	    number(answer, "records"), number(answer, "users"),
	    text(answer, "digest"));
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
	say("Lines read: %lld. Records %smade: %lld, changed: %lld, here as "
	    "they "
	    "are: %lld. Lines refused: %lld.\n",
	    number(answer, "lines"), dry ? "that would be " : "",
	    number(answer, "made"), number(answer, "changed"),
	    number(answer, "same"), number(answer, "refused"));
	if (dry)
		say("Nothing was saved. Without --dry-run it is.\n");
	else if (json_is_string(json_object_get(answer, "import")))
		say("The import is %s.\nTo undo it: visitbook-central import "
		    "undo %s\n",
		    text(answer, "import"), text(answer, "import"));
	else
		say("Nothing was saved.\n");
}

void
say_import_line(const json_t *one)
{
	char when[CLOCK_HUMAN_MAX];

	clock_print_human((uint64_t)number(one, "at"), when);
	say("%s  %s, %s from %s: %lld made, %lld changed, %lld lines "
	    "refused%s\n",
	    text(one, "import"), when, text(one, "type"), text(one, "file"),
	    number(one, "made"), number(one, "changed"), number(one, "refused"),
	    json_is_true(json_object_get(one, "undone")) ? ", undone" : "");
}

void
say_import_show(const json_t *answer)
{
	const json_t *list = json_object_get(answer, "records");

	say_import_line(answer);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);

		say("%s  %s, %s%s\n", text(one, "id"),
		    name_of(answer, text(one, "id")), text(one, "what"),
		    json_is_true(json_object_get(one, "touched"))
		        ? ", changed since"
		        : "");
	}
}

void
say_import_undo(const json_t *answer)
{
	const json_t *list = json_object_get(answer, "left");

	say("Removed again: %lld that it made. As before: %lld that it "
	    "changed.\n",
	    number(answer, "removed"), number(answer, "taken_back"));
	if (json_array_size(list) > 0)
		say("Left as it is:\n");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);
		const char *label = text(one, "label");

		say("    %s%s%s: %s\n", name_of(answer, text(one, "id")),
		    *label == '\0' ? "" : ", ", label, text(one, "why"));
	}
}

void
say_export(const json_t *answer)
{
	say("Written: %lld records, to %s\nDigest: %s\n",
	    number(answer, "records"), text(answer, "file"),
	    text(answer, "digest"));
	if (number(answer, "open") > 0)
		say("Of %lld of them two versions wait for a decision: the "
		    "file "
		    "has both, and an import takes the one that stands.\n",
		    number(answer, "open"));
	say("Anyone who has the file can read it, and it is no backup: who "
	    "wrote what when, receipts and signatures are not in it.\n");
}
