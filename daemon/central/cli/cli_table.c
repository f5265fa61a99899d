/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/core/schema.h"
#include "daemon/central/cli/cli.h"
#include "schema/schema_bundle.h"

static const struct args_option globals[] = { ARGS_DATA, ARGS_JSON, ARGS_QUIET,
	{ "config", "FILE", "read this configuration", false, false },
	ARGS_PASSPHRASE_FD,
	{ "as", "USER",
	    "who acts, by name or id; otherwise the host's operator", false,
	    false },
	ARGS_END };

#define REASON(need)                                                           \
	{                                                                      \
		"reason", "TEXT", "why; it is kept for ever", false, need      \
	}
#define USER_OPTION                                                            \
	{                                                                      \
		"user", "USER", "whom, by name or id", false, true             \
	}
#define SET_OPTION                                                             \
	{                                                                      \
		"set", "PATH=VALUE",                                           \
		    "a value; PATH=@FILE reads a file, PATH=- standard input", \
		    true, true                                                 \
	}
#define HOST_OPTION(text)                                                      \
	{                                                                      \
		"host", "NAME", text, true, false                              \
	}

static const struct args_option verify_options[] = {
	{ "head", "N:HASH",
	    "compare with a number and head that verify once printed", false,
	    false },
	ARGS_END,
};
static const struct args_option init_options[] = {
	{ "name", "NAME", "the office's name", false, false },
	{ "admin", "NAME", "an administrator's name; give two", true, false },
	HOST_OPTION("a name or address that devices will reach the office by"),
	ARGS_END
};
static const struct args_option serve_options[] = {
	{ "devices", "ADDR:PORT", "where devices come to; port 0 picks one",
	    false, false },
	{ "console", "ADDR:PORT", "where people and monitoring come to", false,
	    false },
	{ "front-user", "USER", "who the front processes run as", false,
	    false },
	ARGS_READY_FD, ARGS_END
};
static const struct args_option user_add_options[] = {
	{ "role", "ROLE", "a role of the service; an advocate's if not given",
	    false, false },
	{ "id", "ID", "of a colleague whom a restored office has forgotten",
	    false, false },
	ARGS_END
};
static const struct args_option passphrase_options[] = {
	{ "change", NULL, "they have one: it is asked for before the new one",
	    false, false },
	ARGS_END
};
static const struct args_option reason_options[] = { REASON(false), ARGS_END };
static const struct args_option must_reason_options[] = { REASON(true),
	ARGS_END };
static const struct args_option grant_options[] = { USER_OPTION,
	{ "scope", "CASE", "the case, by id", false, true }, REASON(false),
	ARGS_END };
static const struct args_option code_options[] = { USER_OPTION,
	{ "label", "TEXT", "what to call the device", false, false },
	{ "needs-approval", NULL,
	    "nothing reaches the device before it is approved", false, false },
	{ "host", "HOST:PORT", "the office's address, to print beside it",
	    false, false },
	ARGS_END };
static const struct args_option set_options[] = { SET_OPTION, ARGS_END };
static const struct args_option maybe_set_options[] = {
	{ "set", "PATH=VALUE",
	    "a value beside; PATH=@FILE reads a file, PATH=- standard input",
	    true, false },
	ARGS_END
};
static const struct args_option accept_options[] = {
	{ "case", "CASE", "as this case, which goes on, and not as a new one",
	    false, false },
	{ "set", "PATH=VALUE", "a value of the new case beside", true, false },
	ARGS_END
};
static const struct args_option decline_options[] = {
	{ "because", "CODE", "why: one of the codes that fields shows", false,
	    true },
	{ "set", "PATH=VALUE", "a value beside", true, false }, ARGS_END
};
static const struct args_option allocate_options[] = { USER_OPTION,
	{ "from", "DATE", "from this day on; today if not given", false,
	    false },
	{ "set", "PATH=VALUE",
	    "a value of the case beside; FIELD/+ is the new row", true, false },
	ARGS_END };
static const struct args_option waiting_options[] = {
	{ "all", NULL, "also what waits for nothing any more", false, false },
	ARGS_END
};
static const struct args_option retention_options[] = {
	{ "until", "DATE", "only what is due by then", false, false }, ARGS_END
};
static const struct args_option list_options[] = {
	{ "after", "ID", "go on after this one", false, false },
	{ "limit", "N", "at most so many, up to 1000", false, false },
	{ "errors", NULL, "what was entered in error, too", false, false },
	{ "same", NULL, "those for whom another record stands, too", false,
	    false },
	ARGS_END
};
static const struct args_option conflict_options[] = {
	{ "record", "ID", "look in this record only", false, false }, ARGS_END
};
static const struct args_option propose_options[] = {
	{ "record", "ID", "look in this record only", false, false },
	{ "take", "SIDE", "the version that is to stand: current, or 1, 2 ...",
	    false, true },
	{ "seen", "TEXT", "what conflict show said: refused if it changed",
	    false, false },
	REASON(true), ARGS_END
};
static const struct args_option decide_options[] = {
	{ "record", "ID", "look in this record only", false, false },
	{ "take", "current|SIDE", "let this value stand", false, false },
	{ "seen", "SEEN", "as it was shown; refused if it has changed since",
	    false, false },
	{ "text-file", "F", "let the text in this file stand", false, false },
	{ "ask", NULL, "pass it on to the next who may decide", false, false },
	{ "undo", NULL, "take the decision back: it is open again", false,
	    false },
	REASON(false), ARGS_END
};
static const struct args_option review_options[] = {
	{ "all", NULL, "also what somebody has looked at", false, false },
	ARGS_END
};
static const struct args_option limits_options[] = {
	{ "author-hours", "N",
	    "so many working hours only its authors decide; 0: "
	    "nobody waits",
	    false, false },
	{ "senior-hours", "N", "so long after that, seniors as well", false,
	    false },
	{ "early", NULL, "with a reason, they need not wait", false, false },
	REASON(false), ARGS_END
};
static const struct args_option duplicates_options[] = {
	{ "limit", "N", "at most so many, up to 1000", false, false }, ARGS_END
};
static const struct args_option dual_options[] = {
	{ "all", NULL, "also what was confirmed, withdrawn or is out of time",
	    false, false },
	ARGS_END
};
static const struct args_option backup_options[] = {
	{ "to", "FILE", "where to put the copy", false, true }, ARGS_END
};
static const struct args_option save_options[] = {
	{ "to", "FILE", "where to put it", false, true }, ARGS_END
};
static const struct args_option export_options[] = {
	{ "to", "DIR", "the folder to write it into", false, true },
	REASON(false), ARGS_END
};
static const struct args_option import_options[] = {
	{ "type", "TYPE", "what the lines are, such as person", false, false },
	{ "map", "FILE", "JSON: which column sets which path", false, false },
	{ "key", "COLUMN", "what tells one record from another", true, false },
	{ "dry-run", NULL, "say what would be done, and save nothing", false,
	    false },
	{ "report", "FILE", "write every refused line to this file, as CSV",
	    false, false },
	{ "everything", "DIR",
	    "all that another office exported, into a new one", false, false },
	ARGS_END
};
static const struct args_option restore_options[] = {
	{ "from", "FILE", "the copy that backup made", false, true },
	{ "access", "FILE", "the newest list that access list printed", false,
	    false },
	HOST_OPTION("into a new folder: a name or address of the office"),
	ARGS_END
};
static const struct args_option confirm_options[] = {
	{ "first", "USER", "an administrator, whose passphrase comes first",
	    false, true },
	{ "second", "USER", "the other one", false, true }, ARGS_END
};
static const struct args_option offline_options[] = {
	{ "from", "FOLDER", "the folder offline/, wherever it is now", false,
	    false },
	ARGS_END
};
static const struct args_option host_options[] = {
	HOST_OPTION("a name or address that devices will reach the office by"),
	ARGS_END
};

/* words, operands, least and most operands, help, options, id */
static const struct args_command fixed[] = {
	{ "init", NULL, 0, 0, "set up a new office", init_options, CLI_INIT },
	{ "serve", NULL, 0, 0, "run the office", serve_options, CLI_SERVE },
	{ "user add", "NAME", 1, 1, "add a colleague", user_add_options,
	    CLI_ENGINE },
	{ "user list", NULL, 0, 0, "who works here", NULL, CLI_ENGINE },
	{ "user end", "USER", 1, 1, "a colleague has left", reason_options,
	    CLI_ENGINE },
	{ "user passphrase", "USER", 1, 1,
	    "give a colleague a passphrase to act at the office with",
	    passphrase_options, CLI_ENGINE },
	{ "grant add", NULL, 0, 0, "let somebody see a case", grant_options,
	    CLI_ENGINE },
	{ "grant end", NULL, 0, 0, "end that", grant_options, CLI_ENGINE },
	{ "device code", NULL, 0, 0, "make a one-time code for a new device",
	    code_options, CLI_ENGINE },
	{ "device list", NULL, 0, 0, "all devices", NULL, CLI_ENGINE },
	{ "device approve", "DEVICE", 1, 1, "let a device pull", reason_options,
	    CLI_ENGINE },
	{ "device revoke", "DEVICE", 1, 1, "end a device's access",
	    must_reason_options, CLI_ENGINE },
	{ "device lock", "DEVICE", 1, 1, "lock the notes on a device",
	    must_reason_options, CLI_ENGINE },
	{ "device wipe", "DEVICE", 1, 1,
	    "erase the notes on a device, once it has handed over its work",
	    must_reason_options, CLI_ENGINE },
	{ "waiting", NULL, 0, 0,
	    "how long people have waited, in working days, and for what",
	    waiting_options, CLI_ENGINE },
	{ "retention", NULL, 0, 0, "until when each case is kept, and why",
	    retention_options, CLI_ENGINE },
	{ "conflict list", NULL, 0, 0, "what waits for a decision",
	    conflict_options, CLI_ENGINE },
	{ "conflict show", "CONFLICT", 1, 1, "both sides of one",
	    conflict_options, CLI_ENGINE },
	{ "conflict decide", "CONFLICT", 1, 1, "settle it", decide_options,
	    CLI_ENGINE },
	{ "conflict propose", "CONFLICT", 1, 1,
	    "propose how, where two people have to settle it", propose_options,
	    CLI_ENGINE },
	{ "conflict confirm", "PROPOSAL", 1, 1,
	    "settle it so, as the second person", reason_options, CLI_ENGINE },
	{ "conflict limits", NULL, 0, 0,
	    "how long who may decide; without options: show it", limits_options,
	    CLI_ENGINE },
	{ "review list", NULL, 0, 0,
	    "what went in and should be looked at, and by whom", review_options,
	    CLI_ENGINE },
	{ "review seen", "REVIEW", 1, 1, "say that you have looked at it",
	    reason_options, CLI_ENGINE },
	{ "held list", NULL, 0, 0, "changes that could not be applied", NULL,
	    CLI_ENGINE },
	{ "held show", "DEVICE/COUNTER", 1, 1, "one of them", NULL,
	    CLI_ENGINE },
	{ "held retry", "DEVICE/COUNTER", 1, 1, "try it again", reason_options,
	    CLI_ENGINE },
	{ "held close", "DEVICE/COUNTER", 1, 1, "end it without applying it",
	    must_reason_options, CLI_ENGINE },
	{ "error propose", "RECORD", 1, 1,
	    "propose to mark what is signed as entered in error",
	    must_reason_options, CLI_ENGINE },
	{ "error confirm", "PROPOSAL", 1, 1, "mark it so, as the second person",
	    reason_options, CLI_ENGINE },
	{ "duplicates list", NULL, 0, 0, "who may be in here twice, and why",
	    duplicates_options, CLI_ENGINE },
	{ "duplicates show", "KEEP OTHER", 2, 2,
	    "two records beside each other", NULL, CLI_ENGINE },
	{ "duplicates merge", "KEEP OTHER", 2, 2,
	    "propose that the first stands for both", must_reason_options,
	    CLI_ENGINE },
	{ "duplicates confirm", "PROPOSAL", 1, 1,
	    "make them one, as the second person", reason_options, CLI_ENGINE },
	{ "duplicates undo", "OTHER", 1, 1, "make them two again",
	    must_reason_options, CLI_ENGINE },
	{ "erase propose", "RECORD [PATH ...]", 1, 16,
	    "words that should go for good; a second person confirms it",
	    must_reason_options, CLI_ENGINE },
	{ "erase confirm", "PROPOSAL", 1, 1,
	    "erase what somebody else proposed", reason_options, CLI_ENGINE },
	{ "dual list", NULL, 0, 0, "what waits for a second person",
	    dual_options, CLI_ENGINE },
	{ "dual withdraw", "PROPOSAL", 1, 1, "take a proposal back",
	    reason_options, CLI_ENGINE },
	{ "import", "FILE", 0, 1, "make records of the lines of a CSV file",
	    import_options, CLI_IMPORT },
	{ "import list", NULL, 0, 0, "what was imported", NULL, CLI_ENGINE },
	{ "import show", "IMPORT", 1, 1, "the records of one", NULL,
	    CLI_ENGINE },
	{ "import undo", "IMPORT", 1, 1,
	    "take it back, but for what was changed since", reason_options,
	    CLI_ENGINE },
	{ "receipt", "DEVICE/COUNTER", 1, 1, "the receipt that covers a change",
	    NULL, CLI_ENGINE },
	{ "keys show", NULL, 0, 0, "the office's public keys", NULL,
	    CLI_ENGINE },
	{ "certificate renew", NULL, 0, 0, "a new server certificate",
	    host_options, CLI_CERTIFICATE },
	{ "offline check", NULL, 0, 0,
	    "see whether a passphrase opens the offline keys", offline_options,
	    CLI_OFFLINE_CHECK },
	{ "verify", NULL, 0, 0, "check everything that the office holds",
	    verify_options, CLI_ENGINE },
	{ "access confirm", NULL, 0, 0,
	    "after a restore: two administrators let devices pull again",
	    confirm_options, CLI_ENGINE },
	{ "access list", NULL, 0, 0,
	    "what is revoked and granted, signed, to keep elsewhere", NULL,
	    CLI_ENGINE },
	{ "access show", NULL, 0, 0, "whether devices may pull", NULL,
	    CLI_ENGINE },
	{ "restore", NULL, 0, 0, "put a copy in the store's place",
	    restore_options, CLI_RESTORE },
	{ "export", NULL, 0, 0, "write out all that the records say, readable",
	    export_options, CLI_ENGINE },
	{ "backup", NULL, 0, 0, "copy the store, encrypted", backup_options,
	    CLI_ENGINE },
};
#define FIXED_N (sizeof(fixed) / sizeof(fixed[0]))

struct verb {
	const char *verb, *operands, *help;
	unsigned n_operands;
	const struct args_option *options;
};
static const struct verb verbs[] = {
	{ "new", NULL, "a new one, by the office", 0, set_options },
	{ "edit", "ID", "change it, by the office", 1, set_options },
	{ "show", "ID", "one of them", 1, NULL },
	{ "list", NULL, "all of them", 0, list_options },
	{ "fields", NULL, "what it may hold, and the codes", 0, NULL },
	{ "remove", "ID", "remove it, by the office", 1, NULL },
	{ "check", "ID", "what it still needs, and what the law asks", 1,
	    NULL },
};
#define VERBS_N (sizeof(verbs) / sizeof(verbs[0]))
/* And of types that become cases. */
static const struct verb intake_verbs[] = {
	{ "acknowledge", "ID", "tell that it has come", 1, maybe_set_options },
	{ "accept", "ID", "take it on: a case is made of it", 1,
	    accept_options },
	{ "decline", "ID", "say no, and why", 1, decline_options },
	{ "allocate", "ID", "give its case to somebody", 1, allocate_options },
};
#define INTAKE_N (sizeof(intake_verbs) / sizeof(intake_verbs[0]))

/* And of types that have files. */
static const struct verb file_verbs[] = {
	{ "save", "ID", "write its file out, readable", 1, save_options },
};
#define FILE_N (sizeof(file_verbs) / sizeof(file_verbs[0]))

static enum err_code
type_commands(const struct schema_type *t, const struct verb *list, size_t n,
    struct args_command *out, const char **kinds, struct err *e)
{
	const char *type = t->name;
	const char *kind = strdup(t->plural); /* as long as the program */

	if (kind == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	for (size_t i = 0; i < n; i++) {
		const size_t room = strlen(type) + strlen(list[i].verb) + 2;
		char *words = malloc(room);

		kinds[i] = kind;
		if (words == NULL)
			return err_set(e, ERR_NOMEM, 0, "out of memory");
		(void)snprintf(words, room, "%s %s", type, list[i].verb);
		out[i] = (struct args_command){ .words = words,
			.operands = list[i].operands,
			.operands_min = list[i].n_operands,
			.operands_max = list[i].n_operands,
			.help = list[i].help,
			.options = list[i].options,
			.id = CLI_RECORD };
	}
	return ERR_OK;
}

enum err_code
cli_program(const struct args_program **out, struct err *e)
{
	static struct args_program program = {
		.name = "visitbook-central",
		.about = "the central office of Visitbook",
		.globals = globals,
	};
	static struct args_command *commands; /* as long as the program */
	static const char **kinds;
	struct schema *schema;
	size_t n = FIXED_N, room;
	enum err_code code =
	    schema_parse(schema_bundle_bytes, schema_bundle_len, &schema, e);

	if (code != ERR_OK)
		return code;
	room = FIXED_N + (VERBS_N + INTAKE_N + FILE_N) * schema_types_n(schema);
	commands = calloc(room, sizeof(*commands));
	kinds = calloc(room, sizeof(*kinds));
	if (commands == NULL || kinds == NULL)
		code = err_set(e, ERR_NOMEM, 0, "out of memory");
	else
		memcpy(commands, fixed, sizeof(fixed));
	for (size_t i = 0; i < schema_types_n(schema) && code == ERR_OK; i++) {
		const struct schema_type *type = schema_type_at(schema, i);

		if (type->account.name != NULL)
			continue; /* has commands of its own */
		code = type_commands(
		    type, verbs, VERBS_N, commands + n, kinds + n, e);
		n += VERBS_N;
		if (code == ERR_OK && type->content.hash != NULL) {
			code = type_commands(type, file_verbs, FILE_N,
			    commands + n, kinds + n, e);
			n += FILE_N;
		}
		if (code != ERR_OK || type->intake.of_case == NULL)
			continue;
		code = type_commands(
		    type, intake_verbs, INTAKE_N, commands + n, kinds + n, e);
		n += INTAKE_N;
	}
	schema_free(schema);
	program.commands = commands;
	program.command_n = n;
	program.kinds = kinds;
	if (code == ERR_OK)
		*out = &program;
	return code;
}
