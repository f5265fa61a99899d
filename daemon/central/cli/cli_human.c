/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/central/cli/cli_human.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/terminal.h"
#include "common/sys/json.h"
#include "daemon/central/cli/cli_human_import.h"
#include "daemon/central/cli/cli_record.h"
#include "daemon/central/cli/cli_waiting.h"
#include "daemon/central/serve/admin.h"

/* printf to whoever reads it; what others wrote does not steer their
 * terminal. */
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

/* A member's text, "" if it has none. */
static const char *
text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s == NULL ? "" : s;
}

static json_int_t
number(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

/* A time of the answer's for people; "never" where there is none. */
static const char *
moment(const json_t *o, const char *key, char out[static CLOCK_HUMAN_MAX])
{
	const json_t *at = json_object_get(o, key);

	if (!json_is_integer(at) || json_integer_value(at) <= 0)
		(void)snprintf(out, CLOCK_HUMAN_MAX, "never");
	else
		clock_print_human((uint64_t)json_integer_value(at), out);
	return out;
}

/* 64 hex digits in groups that can be read aloud. */
static void
fingerprint(const char *hex)
{
	for (size_t i = 0; hex[i] != '\0'; i++)
		say("%s%c", i > 0 && i % 4 == 0 ? " " : "", hex[i]);
	say("\n");
}

/* ---- setting up, people, devices ---- */

static void
say_init(const json_t *o)
{
	say("The office is set up, with two administrators.\nIts "
	    "fingerprint, which devices show when they join, in words "
	    "to read aloud and in full:\n  %s\n  ",
	    text(o, "fingerprint"));
	fingerprint(text(o, "root_sha256"));
	say("Next: move the folder offline to removable media (its README says "
	    "why), then visitbook-central serve.\n");
}

static void
say_user_add(const json_t *o)
{
	say("Added: %s\nNext: visitbook-central device code --user "
	    "USER makes the code with which their device joins.\n",
	    text(o, "user"));
}

static void
say_user_end(const json_t *o)
{
	say("%s has left: their devices pull nothing more, and what "
	    "they could see is ended.\n",
	    text(o, "user"));
}

static void
say_user(const json_t *o)
{
	say("%s  %s, %s%s\n", text(o, "user"), text(o, "name"), text(o, "role"),
	    json_is_false(json_object_get(o, "active")) ? ", has left" : "");
}

/* What is to be looked at of those who were given work. */
static void
say_given(const json_t *o)
{
	const json_t *warnings = json_object_get(o, "warnings");

	for (size_t i = 0; i < json_array_size(warnings); i++) {
		const json_t *one = json_array_get(warnings, i);

		if (strcmp(text(one, "word"), "undeclared") == 0)
			say("  Ask %s for a declaration: there is none yet on "
			    "conflicts of interest in this case.\n",
			    text(one, "who"));
		else
			say("  Look at the training of %s: the case asks for "
			    "\"%s\", which is not on file.\n",
			    text(one, "who"), text(one, "what"));
	}
}

static void
say_grant_add(const json_t *o)
{
	say("%s may see %s from now on.\n", text(o, "user"), text(o, "scope"));
	say_given(o);
}

static void
say_grant_end(const json_t *o)
{
	say("%s sees %s no longer. What they wrote and not yet sent "
	    "is still taken.\n",
	    text(o, "user"), text(o, "scope"));
}

static void
say_device_code(const json_t *o)
{
	char until[CLOCK_HUMAN_MAX];

	say("The code, for one device, until %s:\n  %s\nNext, on the "
	    "device: visitbook enrol --office %s\n",
	    moment(o, "expires", until), text(o, "code"),
	    json_object_get(o, "office") == NULL ? "ADDR:PORT"
	                                         : text(o, "office"));
}

static void
say_device(const json_t *o)
{
	char seen[CLOCK_HUMAN_MAX];
	const json_t *told = json_object_get(o, "told");

	say("%s  %s, %s, %lld changes, last seen %s\n", text(o, "device"),
	    text(o, "label"), text(o, "state"), (long long)number(o, "counter"),
	    moment(o, "last_seen", seen));
	if (told == NULL)
		return;
	say("    told to %s (%lld): %s%s\n", text(told, "command"),
	    (long long)number(told, "no"),
	    number(told, "done") == 0 ? "not carried out yet, void after "
	                              : "carried out ",
	    moment(told, number(told, "done") == 0 ? "expires" : "done", seen));
}

static void
say_device_order(const json_t *o)
{
	char seen[CLOCK_HUMAN_MAX], until[CLOCK_HUMAN_MAX];
	const bool is_wipe = strcmp(text(o, "command"), "wipe") == 0;

	say("%s is told to %s when it is next in touch; void after "
	    "%s.\nLast seen %s; the office holds what it wrote up to "
	    "number %lld.\n",
	    text(o, "device"), text(o, "command"), moment(o, "expires", until),
	    moment(o, "last_seen", seen), (long long)number(o, "counter"));
	if (is_wipe)
		say("It hands over first what it has saved, and then "
		    "nobody can read what is on it. Next: "
		    "visitbook-central device revoke, if it is lost.\n");
}

static void
say_device_state(const json_t *o)
{
	const bool is_revoked = strcmp(text(o, "state"), "revoked") == 0;

	say("%s %s\n", text(o, "device"),
	    is_revoked ? "pulls nothing more. What its user wrote and not yet "
	                 "sent is still taken, and held."
	               : "may pull from now on.");
}

/* ---- what waits for somebody ---- */

static void
say_decided(const json_t *o)
{
	if (json_is_true(json_object_get(o, "undone")))
		say("The decision is taken back: %s is open again, with all "
		    "its versions.\n",
		    text(o, "id"));
	else if (strcmp(text(o, "state"), "open") == 0)
		say("%s is still open: others may decide now.\n",
		    text(o, "id"));
	else
		say("%s is decided. Devices are told at their next "
		    "meeting with the office.\n",
		    text(o, "id"));
}

static void
say_held_outcome(const json_t *o)
{
	say("It is %s now%s%s.\n", text(o, "outcome"),
	    text(o, "reason")[0] == '\0' ? "" : ": ", text(o, "reason"));
}

static void
say_proposal(const json_t *o)
{
	char until[CLOCK_HUMAN_MAX];

	say("%s  %s %s: proposed by %s, %s until %s (%s)\n",
	    text(o, "proposal"), text(o, "act"), text(o, "about"),
	    text(o, "by_name"), text(o, "state"), moment(o, "until", until),
	    text(o, "reason"));
}

static void
say_erase_proposed(const json_t *o)
{
	char until[CLOCK_HUMAN_MAX];

	say("Proposed; nothing is erased yet. Somebody else confirms "
	    "it until %s:\n  visitbook-central erase confirm %s --as "
	    "USER\n",
	    moment(o, "until", until), text(o, "proposal"));
}

static void
say_erased(const json_t *o)
{
	say("Erased here, from %lld changes, for good. Devices erase "
	    "it as they come. Erase it in backups by doing away with "
	    "them, and keep a new access list.\n",
	    (long long)json_integer_value(json_object_get(o, "changes")));
}

static void
say_saved(const json_t *o)
{
	const size_t n = json_array_size(json_object_get(o, "changed"));

	if (n == 0)
		say("Nothing is different in %s.\n", text(o, "id"));
	else
		say("Saved, %zu value%s: %s\n", n, n == 1 ? "" : "s",
		    text(o, "id"));
	say_given(o);
}

static void
say_accepted(const json_t *o)
{
	say("Accepted; its case is %s\n", text(o, "case"));
	say_given(o);
}

static void
say_allocated(const json_t *o)
{
	say("Given; its case is %s\n", text(o, "case"));
	say_given(o);
}

/* ---- the store ---- */

static void
say_verify(const json_t *o)
{
	const json_t *device, *merged;
	size_t i;

	if (json_is_false(json_object_get(o, "ok")))
		say("Something does not add up, first: %s\nKeep the "
		    "data folder as it is, and compare with the last "
		    "backup.\n",
		    text(o, "first_bad"));
	else
		say("Everything adds up: %lld entries in the log, epoch %lld, "
		    "head %s.\n",
		    (long long)number(o, "seq"), (long long)number(o, "epoch"),
		    text(o, "head"));
	json_array_foreach(json_object_get(o, "merged"), i, merged)
	{
		if (number(merged, "from_log") > 0)
			say("  %lld of the %lld changes merged by version %lld:"
			    " their results are taken from the log, not derived"
			    " again\n",
			    (long long)number(merged, "from_log"),
			    (long long)number(merged, "entries"),
			    (long long)number(merged, "version"));
	}
	json_array_foreach(json_object_get(o, "devices"), i, device) say(
	    "  %s holds %lld changes, last link %s\n", text(device, "device"),
	    (long long)number(device, "counter"), text(device, "link"));
}

static void
say_backup(const json_t *o)
{
	say("Copied, up to entry %lld of the log: %s\nNext: keep it, "
	    "and apart from it the store's key, away from this "
	    "machine.\n",
	    (long long)number(o, "seq"), text(o, "file"));
}

static void
say_access(const json_t *o)
{
	if (json_is_true(json_object_get(o, "open")))
		say("Devices may pull what their users may see.\n");
	else
		say("The office was restored: nothing is pulled until two "
		    "administrators confirm who may see what.\nNext: look at "
		    "visitbook-central device list and user list, then access "
		    "confirm.\n");
}

static void
say_restore(const json_t *o)
{
	say("Restored, up to entry %lld of the log; epoch %lld has "
	    "begun.\nNext: visitbook-central serve. Devices offer "
	    "again what the copy did not have.\n",
	    (long long)number(o, "seq"), (long long)number(o, "epoch"));
	say_access(o);
}

static void
say_certificate(const json_t *o)
{
	say("The new certificate is %s\nNext: send visitbook-central "
	    "serve a SIGHUP to have it used.\n",
	    text(o, "file"));
}

static void
say_offline(const json_t *o)
{
	(void)o;
	say("The passphrase opens the keys, and they are this "
	    "office's.\n");
}

static void
say_marked(const json_t *o)
{
	say("The %s %s is marked as entered in error. It is kept; "
	    "lists and search leave it out.\nNext: whoever wrote it "
	    "writes it anew where it belongs, with visitbook %s "
	    "copy.\n",
	    text(o, "type"), text(o, "id"), text(o, "type"));
}

/* "same date of birth, names differ by one letter". */
static void
say_reasons(const json_t *o)
{
	const json_t *list = json_object_get(o, "reasons");

	for (size_t i = 0; i < json_array_size(list); i++)
		say("%s%s", i == 0 ? "  " : ", ",
		    json_string_value(json_array_get(list, i)));
	say("\n");
}

static void
say_duplicate(const json_t *o)
{
	say("%s  %s\n%s  %s\n", text(o, "id"), text(o, "title"),
	    text(o, "other"), text(o, "other_title"));
	say_reasons(o);
}

static void
say_same(const json_t *o)
{
	say("%s stands for %s too. Every record that names the other is read "
	    "as naming it, here and on devices; nothing was rewritten.\n",
	    text(o, "id"), text(o, "other"));
	if (number(o, "conflicts") > 0)
		say("%lld of its values wait for a decision.\nNext: "
		    "visitbook-central conflict list --record %s\n",
		    (long long)number(o, "conflicts"), text(o, "id"));
}

static void
say_same_undone(const json_t *o)
{
	const json_t *stays = json_object_get(o, "stays");

	say("%s and %s are two again.\n", text(o, "id"), text(o, "other"));
	for (size_t i = 0; i < json_array_size(stays); i++)
		say("Somebody has changed this since, and it stays in %s: "
		    "%s\n",
		    text(o, "id"), json_string_value(json_array_get(stays, i)));
}

/* How one answer is said; or, where none is set, each member of the list that
 * the answer has, and none when that is empty. */
static const struct form {
	const char *words; /* "* new": of every type */
	void (*say)(const json_t *o);
	const char *none;
} forms[] = {
	{ "init", say_init, NULL },
	{ "user add", say_user_add, NULL },
	{ "user end", say_user_end, NULL },
	{ "user list", say_user, "Nobody works here yet." },
	{ "grant add", say_grant_add, NULL },
	{ "grant end", say_grant_end, NULL },
	{ "device code", say_device_code, NULL },
	{ "device list", say_device, "No device has joined yet." },
	{ "device approve", say_device_state, NULL },
	{ "device revoke", say_device_state, NULL },
	{ "device lock", say_device_order, NULL },
	{ "device wipe", say_device_order, NULL },
	{ "conflict decide", say_decided, NULL },
	{ "conflict propose", say_proposal, NULL },
	{ "conflict confirm", say_decided, NULL },
	{ "held retry", say_held_outcome, NULL },
	{ "held close", say_held_outcome, NULL },
	{ "error propose", say_proposal, NULL },
	{ "error confirm", say_marked, NULL },
	{ "duplicates list", say_duplicate,
	    "Nobody seems to be in here twice." },
	{ "duplicates merge", say_proposal, NULL },
	{ "duplicates confirm", say_same, NULL },
	{ "duplicates undo", say_same_undone, NULL },
	{ "erase propose", say_erase_proposed, NULL },
	{ "erase confirm", say_erased, NULL },
	{ "dual list", say_proposal, "Nothing waits for a second person." },
	{ "dual withdraw", say_proposal, NULL },
	{ "import", say_import, NULL },
	{ "import list", say_import_line, "Nothing was imported yet." },
	{ "import show", say_import_show, NULL },
	{ "import undo", say_import_undo, NULL },
	{ "verify", say_verify, NULL },
	{ "export", say_export, NULL },
	{ "backup", say_backup, NULL },
	{ "restore", say_restore, NULL },
	{ "access confirm", say_access, NULL },
	{ "access show", say_access, NULL },
	{ "certificate renew", say_certificate, NULL },
	{ "offline check", say_offline, NULL },
	{ "waiting", cli_waiting, "Nobody waits for a first contact." },
	{ "* new", say_saved, NULL },
	{ "* edit", say_saved, NULL },
	{ "* accept", say_accepted, NULL },
	{ "* allocate", say_allocated, NULL },
};

static const struct form *
form_of(const char *words)
{
	const char *verb = strchr(words, ' ');

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		const char *name = forms[i].words;

		if (strcmp(name, words) == 0 ||
		    (name[0] == '*' && verb != NULL &&
		        strcmp(name + 1, verb) == 0))
			return &forms[i];
	}
	return NULL;
}

/* ---- what has no form of its own ---- */

static void
value_line(const char *key, const json_t *value)
{
	struct buf line;

	if (json_is_string(value)) {
		say("%s: %s\n", key, json_string_value(value));
		return;
	}
	buf_init(&line, 2 * ADMIN_LINE_MAX);
	if (json_print(value, &line, NULL) == ERR_OK)
		say("%s: %s\n", key, line.ptr);
	buf_wipe(&line);
}

static void
value_lines(const json_t *answer)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)answer, key, value)
	{
		if (!json_is_null(value) && strcmp(key, "names") != 0)
			value_line(key, value);
	}
}

void
cli_human(const char *words, const json_t *answer)
{
	const struct form *f = form_of(words);
	const json_t *list, *one;
	size_t i;

	if (cli_record(words, answer))
		return;
	if (f == NULL) {
		value_lines(answer);
		return;
	}
	if (f->none == NULL) {
		f->say(answer);
		return;
	}
	list = cli_lines(answer);
	json_array_foreach(list, i, one) f->say(one);
	if (json_array_size(list) == 0)
		say("%s\n", f->none);
	if (json_is_string(json_object_get(answer, "next")))
		say("There are more: --after %s\n", text(answer, "next"));
}
