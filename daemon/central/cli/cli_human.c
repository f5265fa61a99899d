/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/central/cli/cli_human.h"

#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/sys/json.h"
#include "daemon/central/cli/cli_human_import.h"
#include "daemon/central/cli/cli_human_same.h"
#include "daemon/central/cli/cli_record.h"
#include "daemon/central/cli/cli_retention.h"
#include "daemon/central/cli/cli_say.h"
#include "daemon/central/serve/admin.h"

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
		cli_say("%s%c", i > 0 && i % 4 == 0 ? " " : "", hex[i]);
	cli_say("\n");
}

/* ---- setting up, people, devices ---- */

static void
say_init(const json_t *o)
{
	cli_say("The office is set up, with two administrators.\nIts "
	        "fingerprint, which devices show when they join, in words "
	        "to read aloud and in full:\n  %s\n  ",
	    cli_text(o, "fingerprint"));
	fingerprint(cli_text(o, "root_sha256"));
	cli_say(
	    "Next: move the folder offline to removable media (its README says "
	    "why), then visitbook-central serve.\n");
}

static void
say_user_add(const json_t *o)
{
	cli_say("Added: %s\nNext: visitbook-central device code --user "
	        "USER makes the code with which their device joins.\n",
	    cli_text(o, "user"));
}

static void
say_user_passphrase(const json_t *o)
{
	cli_say("%s acts at the office with this passphrase from now on.\n",
	    cli_text(o, "user"));
}

static void
say_user_end(const json_t *o)
{
	cli_say("%s has left: their devices pull nothing more, and what "
	        "they could see is ended.\n",
	    cli_text(o, "user"));
}

/* What is to be looked at of what was saved, and of those who were given work.
 */
static void
say_given(const json_t *o)
{
	const json_t *warnings = json_object_get(o, "warnings");

	for (size_t i = 0; i < json_array_size(warnings); i++) {
		const json_t *one = json_array_get(warnings, i);

		if (strcmp(cli_text(one, "word"), "undeclared") == 0)
			cli_say(
			    "  Ask %s for a declaration: there is none yet on "
			    "conflicts of interest in this case.\n",
			    cli_text(one, "who"));
		else if (strcmp(cli_text(one, "word"), "check_digit") == 0)
			cli_say("  %s does not add up. Check it against a "
			        "letter or a record.\n",
			    cli_text(one, "what"));
		else
			cli_say(
			    "  Look at the training of %s: the case asks for "
			    "\"%s\", which is not on file.\n",
			    cli_text(one, "who"), cli_text(one, "what"));
	}
}

static void
say_grant_add(const json_t *o)
{
	cli_say("%s may see %s from now on.\n", cli_text(o, "user"),
	    cli_text(o, "scope"));
	say_given(o);
}

static void
say_grant_end(const json_t *o)
{
	cli_say("%s sees %s no longer. What they wrote and not yet sent "
	        "is still taken.\n",
	    cli_text(o, "user"), cli_text(o, "scope"));
}

static void
say_device_code(const json_t *o)
{
	char until[CLOCK_HUMAN_MAX];

	cli_say("The code, for one device, until %s:\n  %s\nNext, on the "
	        "device: visitbook enrol --office %s\n",
	    moment(o, "expires", until), cli_text(o, "code"),
	    json_object_get(o, "office") == NULL ? "ADDR:PORT"
	                                         : cli_text(o, "office"));
}

static void
say_device(const json_t *o)
{
	char seen[CLOCK_HUMAN_MAX];
	const json_t *told = json_object_get(o, "told");

	cli_say("%s  %s, %s, %lld changes, last seen %s\n",
	    cli_text(o, "device"), cli_text(o, "label"), cli_text(o, "state"),
	    cli_number(o, "counter"), moment(o, "last_seen", seen));
	if (told == NULL)
		return;
	cli_say("    told to %s (%lld): %s%s\n", cli_text(told, "command"),
	    cli_number(told, "no"),
	    cli_number(told, "done") == 0 ? "not carried out yet, void after "
	                                  : "carried out ",
	    moment(told, cli_number(told, "done") == 0 ? "expires" : "done",
	        seen));
}

static void
say_device_order(const json_t *o)
{
	char seen[CLOCK_HUMAN_MAX], until[CLOCK_HUMAN_MAX];
	const bool is_wipe = strcmp(cli_text(o, "command"), "wipe") == 0;

	cli_say("%s is told to %s when it is next in touch; void after "
	        "%s.\nLast seen %s; the office holds what it wrote up to "
	        "number %lld.\n",
	    cli_text(o, "device"), cli_text(o, "command"),
	    moment(o, "expires", until), moment(o, "last_seen", seen),
	    cli_number(o, "counter"));
	if (is_wipe)
		cli_say("It hands over first what it has saved, and then "
		        "nobody can read what is on it. Next: "
		        "visitbook-central device revoke, if it is lost.\n");
}

static void
say_device_state(const json_t *o)
{
	const bool is_revoked = strcmp(cli_text(o, "state"), "revoked") == 0;

	cli_say("%s %s\n", cli_text(o, "device"),
	    is_revoked ? "pulls nothing more. What its user wrote and not yet "
	                 "sent is still taken, and held."
	               : "may pull from now on.");
}

/* ---- what waits for somebody ---- */

static void
say_decided(const json_t *o)
{
	if (json_is_true(json_object_get(o, "undone")))
		cli_say(
		    "The decision is taken back: %s is open again, with all "
		    "its versions.\n",
		    cli_text(o, "id"));
	else if (strcmp(cli_text(o, "state"), "open") == 0)
		cli_say("%s is still open: others may decide now.\n",
		    cli_text(o, "id"));
	else
		cli_say("%s is decided. Devices are told at their next "
		        "meeting with the office.\n",
		    cli_text(o, "id"));
}

static void
say_held_outcome(const json_t *o)
{
	cli_say("It is %s now%s%s.\n", cli_text(o, "outcome"),
	    cli_text(o, "reason")[0] == '\0' ? "" : ": ",
	    cli_text(o, "reason"));
}

static void
say_proposal(const json_t *o)
{
	const char *state = cli_text(o, "state");
	const char *title = cli_text(o, "title");
	char until[CLOCK_HUMAN_MAX];

	cli_say("%s  %s: %s\n  Proposed by %s: %s\n", cli_text(o, "proposal"),
	    cli_text(o, "label"), *title != '\0' ? title : cli_text(o, "about"),
	    cli_text(o, "by_name"), cli_text(o, "reason"));
	(void)moment(o, "until", until);
	if (strcmp(state, "waits") == 0)
		cli_say("  It waits for a second person until %s.\n", until);
	else if (strcmp(state, "expired") == 0)
		cli_say("  Its time was over on %s.\n", until);
	else
		cli_say("  It was %s.\n", state);
}

static void
say_erase_proposed(const json_t *o)
{
	char until[CLOCK_HUMAN_MAX];

	cli_say("Proposed; nothing is erased yet. Somebody else confirms "
	        "it until %s:\n  visitbook-central erase confirm %s --as "
	        "USER\n",
	    moment(o, "until", until), cli_text(o, "proposal"));
}

static void
say_erased(const json_t *o)
{
	cli_say("Erased here, from %lld changes, for good. Devices erase "
	        "it as they come. Erase it in backups by doing away with "
	        "them, and keep a new access list.\n",
	    (long long)json_integer_value(json_object_get(o, "changes")));
}

static void
say_saved(const json_t *o)
{
	const size_t n = json_array_size(json_object_get(o, "changed"));

	if (n == 0)
		cli_say("Nothing is different in %s.\n", cli_text(o, "id"));
	else
		cli_say("Saved, %zu value%s: %s\n", n, n == 1 ? "" : "s",
		    cli_text(o, "id"));
	say_given(o);
}

static void
say_accepted(const json_t *o)
{
	cli_say("Accepted; its case is %s\n", cli_text(o, "case"));
	say_given(o);
}

static void
say_allocated(const json_t *o)
{
	cli_say("Given; its case is %s\n", cli_text(o, "case"));
	say_given(o);
}

/* ---- the store ---- */

static void
say_verify(const json_t *o)
{
	const json_t *device, *merged;
	size_t i;

	if (json_is_false(json_object_get(o, "ok")))
		cli_say("Something does not add up, first: %s\nKeep the "
		        "data folder as it is, and compare with the last "
		        "backup.\n",
		    cli_text(o, "first_bad"));
	else
		cli_say(
		    "Everything adds up: %lld entries in the log, epoch %lld, "
		    "head %s.\n",
		    cli_number(o, "seq"), cli_number(o, "epoch"),
		    cli_text(o, "head"));
	json_array_foreach(json_object_get(o, "merged"), i, merged)
	{
		if (cli_number(merged, "from_log") > 0)
			cli_say(
			    "  %lld of the %lld changes merged by version %lld:"
			    " their results are taken from the log, not derived"
			    " again\n",
			    cli_number(merged, "from_log"),
			    cli_number(merged, "entries"),
			    cli_number(merged, "version"));
	}
	json_array_foreach(json_object_get(o, "devices"), i, device)
	    cli_say("  %s holds %lld changes, last link %s\n",
	        cli_text(device, "device"), cli_number(device, "counter"),
	        cli_text(device, "link"));
}

static void
say_backup(const json_t *o)
{
	cli_say("Copied, up to entry %lld of the log: %s\nNext: keep it, "
	        "and apart from it the store's key, away from this "
	        "machine.\n",
	    cli_number(o, "seq"), cli_text(o, "file"));
}

static void
say_access(const json_t *o)
{
	if (json_is_true(json_object_get(o, "open")))
		cli_say("Devices may pull what their users may see.\n");
	else
		cli_say(
		    "The office was restored: nothing is pulled until two "
		    "administrators confirm who may see what.\nNext: look at "
		    "visitbook-central device list and user list, then access "
		    "confirm.\n");
}

static void
say_restore(const json_t *o)
{
	cli_say("Restored, up to entry %lld of the log; epoch %lld has "
	        "begun.\nNext: visitbook-central serve. Devices offer "
	        "again what the copy did not have.\n",
	    cli_number(o, "seq"), cli_number(o, "epoch"));
	say_access(o);
}

static void
say_certificate(const json_t *o)
{
	cli_say("The new certificate is %s\nNext: send visitbook-central "
	        "serve a SIGHUP to have it used.\n",
	    cli_text(o, "file"));
}

static void
say_offline(const json_t *o)
{
	(void)o;
	cli_say("The passphrase opens the keys, and they are this "
	        "office's.\n");
}

static void
say_marked(const json_t *o)
{
	cli_say("The %s %s is marked as entered in error. It is kept; "
	        "lists and search leave it out.\nNext: whoever wrote it "
	        "writes it anew where it belongs, with visitbook %s "
	        "copy.\n",
	    cli_text(o, "type"), cli_text(o, "id"), cli_text(o, "type"));
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
	{ "user passphrase", say_user_passphrase, NULL },
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
	{ "duplicates list", say_duplicates, NULL },
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
	{ "retention", cli_retention, "No case is due." },
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
		cli_say("%s: %s\n", key, json_string_value(value));
		return;
	}
	buf_init(&line, 2 * ADMIN_LINE_MAX);
	if (json_print(value, &line, NULL) == ERR_OK)
		cli_say("%s: %s\n", key, line.ptr);
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
		cli_say("%s\n", f->none);
	if (json_is_string(json_object_get(answer, "next")))
		cli_say(
		    "There are more: --after %s\n", cli_text(answer, "next"));
}
