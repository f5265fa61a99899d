/* SPDX-License-Identifier: Apache-2.0 */
#include "client/commands.h"

#include <stdlib.h>

#define OPTION(name, value, help)                                              \
	{                                                                      \
		name, value, help, false, false                                \
	}
#define OPTIONS(name, value, help)                                             \
	{                                                                      \
		name, value, help, true, false                                 \
	}
#define NEEDED(name, value, help)                                              \
	{                                                                      \
		name, value, help, false, true                                 \
	}

static const struct args_option globals[] = { ARGS_HOME, ARGS_JSON,
	ARGS_PASSPHRASE_FD, ARGS_QUIET, ARGS_END };

static const struct args_option enrol_options[] = {
	NEEDED("office", "ADDRESS:PORT", "where the office is"),
	NEEDED("code", "CODE", "the one-time code that the office gave you"),
	OPTION("label", "NAME", "what to call this machine"),
	OPTION("again", NULL,
	    "make a folder that the office found to be a copy a device of its "
	    "own; its notes stay"),
	ARGS_END,
};
static const struct args_option unlock_options[] = {
	OPTION("for", "TIME", "how long, as 30m or 8h (8h)"),
	ARGS_END,
};
static const struct args_option agent_options[] = {
	NEEDED("ready-fd", "N", "write a line to descriptor N when ready"),
	ARGS_END,
};
static const struct args_option edit_options[] = {
	OPTIONS("set", "PATH=VALUE",
	    "a field; PATH=@FILE or PATH=- for texts, PATH= to empty it"),
	OPTION("file", "FILE", "the main text (- for standard input)"),
	OPTION("json-doc", "FILE", "many fields, as one JSON object"),
	OPTION("draft", "ID", "begin with a draft that was kept"),
	ARGS_END,
};
/* The same for a type that has templates. */
static const struct args_option begin_options[] = {
	OPTION("template", "NAME", "begin with a template (template list)"),
	OPTIONS("set", "PATH=VALUE",
	    "a field; PATH=@FILE or PATH=- for texts, PATH= to empty it"),
	OPTION("file", "FILE", "the main text (- for standard input)"),
	OPTION("json-doc", "FILE", "many fields, as one JSON object"),
	OPTION("draft", "ID", "begin with a draft that was kept"),
	ARGS_END,
};
static const struct args_option template_options[] = {
	OPTION("version", "N", "as it was in version N"),
	ARGS_END,
};
static const struct args_option check_options[] = {
	OPTION("strict", NULL, "exit with 8 where something is missing"),
	ARGS_END,
};
static const struct args_option guide_options[] = {
	OPTIONS("set", "PATH=VALUE",
	    "a field, which is not asked for then; PATH=@FILE or PATH=- for "
	    "texts"),
	OPTION("json-doc", "FILE", "many fields, as one JSON object"),
	ARGS_END,
};
static const struct args_option copy_options[] = {
	OPTIONS("set", "PATH=VALUE", "what is to be different, as its case"),
	NEEDED("reason", "WHY", "why it is copied; it is kept"),
	ARGS_END,
};
static const struct args_option error_options[] = {
	OPTION("reason", "WHY", "why it should not be there; it is kept"),
	OPTION("undo", NULL, "take the proposal back"),
	ARGS_END,
};
static const struct args_option attach_options[] = {
	NEEDED("kind", "CODE", "what it is: letter_photo, scan, document"),
	OPTIONS("set", "PATH=VALUE",
	    "a field, as caption=- to type what it shows; attachment fields"),
	ARGS_END,
};
static const struct args_option list_options[] = {
	OPTION("limit", "N", "at most so many (1000)"),
	OPTION("after", "NEXT", "go on where the last list ended"),
	OPTION("errors", NULL, "what was entered in error, too"),
	OPTION("same", NULL, "those for whom another record stands, too"),
	ARGS_END,
};
static const struct args_option addendum_options[] = {
	NEEDED("kind", "CODE", "what kind of addendum it is"),
	OPTION("file", "FILE", "the text (- for standard input)"),
	ARGS_END,
};
static const struct args_option conflict_list_options[] = {
	OPTION("all", NULL, "those that are decided, too"),
	ARGS_END,
};
static const struct args_option waiting_options[] = {
	OPTION("all", NULL, "also what waits for nothing any more"),
	ARGS_END,
};
static const struct args_option decide_options[] = {
	OPTION("take", "SIDE", "current, or a side by its name or number"),
	OPTION("text-file", "FILE", "write it anew (- for standard input)"),
	OPTION("seen", "SEEN", "as it was shown; refused if it has changed"),
	OPTION("ask", NULL, "leave it to the next who may decide"),
	OPTION("undo", NULL, "take the decision back: it is open again"),
	OPTION("reason", "WHY", "why, for those who read it later"),
	ARGS_END,
};
static const struct args_option seen_options[] = {
	OPTION("reason", "WHY", "a remark, for those who read it later"),
	ARGS_END,
};
static const struct args_option sync_options[] = {
	OPTION("wait", NULL, "return when the office has answered"),
	OPTION("timeout", "S", "give up after S seconds (60)"),
	ARGS_END,
};
static const struct args_option verify_options[] = {
	OPTION("head", "N:HASH",
	    "compare with a number and last link that verify once printed"),
	ARGS_END,
};
static const struct args_option export_options[] = {
	NEEDED("to", "PATH", "a new folder, or a new file FILE.jsonl"),
	OPTION("yes", NULL, "do not ask whether plain text is meant"),
	ARGS_END,
};

/* Commands that are the same whatever the schema says. */
struct fixed {
	const char *words, *operands;
	unsigned min, max;
	const char *help;
	const struct args_option *options;
	struct command command;
};
static const struct fixed fixed[] = {
	{ "enrol", NULL, 0, 0, "join an office with the code it gave you",
	    enrol_options, { enrol_run, enrol_human, "progress.enrol" } },
	{ "unlock", NULL, 0, 0, "open your notes with the passphrase",
	    unlock_options, { unlock_run, unlock_human, "progress.unlock" } },
	{ "lock", NULL, 0, 0, "close them; finished work is still sent", NULL,
	    { lock_run, lock_human, NULL } },
	{ "passphrase change", NULL, 0, 0, "choose another passphrase", NULL,
	    { passphrase_run, passphrase_human, "progress.passphrase" } },
	{ "status", NULL, 0, 0, "what is here and what is with the office",
	    NULL, { status_run, status_human, NULL } },
	{ "sync", NULL, 0, 0, "meet the office now", sync_options,
	    { sync_run, sync_human, "progress.sync" } },
	{ "search", "WORD", 1, ARGS_OPERANDS_MAX,
	    "find words in everything you have here (- reads them)",
	    list_options, { search_run, search_human, "progress.search" } },
	{ "waiting", NULL, 0, 0,
	    "how long people have waited, in working days, and for what",
	    waiting_options, { waiting_run, waiting_human, NULL } },
	{ "conflict list", NULL, 0, 0, "where there are two versions",
	    conflict_list_options,
	    { conflict_list_run, conflict_list_human, NULL } },
	{ "conflict show", "ID", 1, 1, "both versions, and who wrote them",
	    NULL, { conflict_show_run, conflict_show_human, NULL } },
	{ "conflict decide", "ID", 1, 1, "say which version stands",
	    decide_options,
	    { conflict_decide_run, conflict_decide_human, NULL } },
	{ "review list", NULL, 0, 0, "what was put together and should be read",
	    conflict_list_options,
	    { review_list_run, review_list_human, NULL } },
	{ "review seen", "ID", 1, 1, "say that you looked and it is right",
	    seen_options, { review_seen_run, review_seen_human, NULL } },
	{ "draft list", NULL, 0, 0, "texts that were kept, not saved yet", NULL,
	    { draft_list_run, draft_list_human, NULL } },
	{ "draft show", "ID", 1, 1, "one of them", NULL,
	    { draft_show_run, draft_show_human, NULL } },
	{ "draft drop", "ID", 1, 1, "throw one of them away", NULL,
	    { draft_drop_run, NULL, NULL } },
	{ "template list", NULL, 0, 0, "what a note may begin with", NULL,
	    { template_list_run, template_list_human, NULL } },
	{ "template show", "NAME", 1, 1, "what one begins with and asks",
	    template_options,
	    { template_show_run, template_show_human, NULL } },
	{ "attach", "RECORD FILE", 2, 2,
	    "keep a photo, a scan or a document with a record", attach_options,
	    { attach_run, attach_human, NULL } },
	{ "check", "ID", 1, 1, "what a record lacks, and what the law asks",
	    check_options, { check_run, check_human, NULL } },
	{ "verify", NULL, 0, 0, "check everything that was written here",
	    verify_options, { verify_run, verify_human, "progress.verify" } },
	{ "export", NULL, 0, 0, "write out everything, in plain text",
	    export_options, { export_run, export_human, "progress.export" } },
	{ "help", "COMMAND", 0, ARGS_OPERANDS_MAX, "explain a command", NULL,
	    { NULL, NULL, NULL } },
	{ "agent", NULL, 0, 0, "hold the key; unlock starts it", agent_options,
	    { agent_run, NULL, NULL } },
};
#define FIXED_N (sizeof(fixed) / sizeof(fixed[0]))

/* The types that a command is there for: all, those that have no templates or
 * have some, are signed, may be added to then, may be proposed to be entered in
 * error, may be written anew after that, have a file. */
enum verb_types { ANY, PLAIN, BEGUN, SIGNED, ADDED_TO, MARKED, COPIED, FILED };

/* Commands of each record type; %s, once at most, is its label in small
 * letters, with an article. */
static const struct verb {
	const char *verb, *operands;
	const char *help;
	const struct args_option *options;
	struct command command;
	unsigned operands_n;
	enum verb_types types;
} verbs[] = {
	{ "new", NULL, "begin %s", edit_options, { new_run, saved_human, NULL },
	    0, PLAIN },
	{ "new", NULL, "begin %s", begin_options,
	    { new_run, saved_human, NULL }, 0, BEGUN },
	{ "edit", "ID", "change %s", edit_options,
	    { edit_run, edited_human, NULL }, 1, ANY },
	{ "show", "ID", "show %s", NULL, { show_run, show_human, NULL }, 1,
	    ANY },
	{ "list", NULL, "list those on this device, newest first", list_options,
	    { list_run, list_human, NULL }, 0, ANY },
	{ "fields", NULL, "what %s may hold, and the codes", NULL,
	    { fields_run, fields_human, NULL }, 0, ANY },
	{ "remove", "ID", "remove %s", NULL,
	    { remove_run, removed_human, NULL }, 1, ANY },
	{ "sign", "ID", "sign %s: it can only be added to then", NULL,
	    { sign_run, sign_human, NULL }, 1, SIGNED },
	{ "addendum", "ID", "add to %s that is signed", addendum_options,
	    { addendum_run, saved_human, NULL }, 1, ADDED_TO },
	{ "copy", "ID", "write %s that was entered in error anew, elsewhere",
	    copy_options, { copy_run, saved_human, NULL }, 1, COPIED },
	{ "error", "ID", "propose to mark %s as entered in error",
	    error_options, { error_run, error_human, NULL }, 1, MARKED },
	{ "save", "ID FILE", "write the file of %s out, readable by anybody",
	    NULL, { attachment_save_run, attachment_save_human, NULL }, 2,
	    FILED },
	{ "accept", "ID ADDENDUM", "take in a proposed addendum", NULL,
	    { accept_run, saved_human, NULL }, 2, ADDED_TO },
	{ "decline", "ID ADDENDUM", "leave a proposed addendum aside", NULL,
	    { decline_run, saved_human, NULL }, 2, ADDED_TO },
};
#define VERBS_N (sizeof(verbs) / sizeof(verbs[0]))

static void
with_article(const char *label, char *out, size_t cap)
{
	char first = label[0];

	if (first >= 'A' && first <= 'Z')
		first = (char)(first - 'A' + 'a');
	(void)snprintf(out, cap, "%s %c%s",
	    strchr("aeiou", first) != NULL ? "an" : "a", first, label + 1);
}

static void
add_verb(struct commands *c, const struct schema_type *t, const struct verb *v)
{
	size_t i = c->program.command_n++;
	struct command_entry *entry = &c->entries[i];
	const char *gap;
	char label[80];

	with_article(t->label, label, sizeof(label));
	entry->command = v->command;
	entry->type = t->name;
	(void)snprintf(
	    entry->words, sizeof(entry->words), "%.64s %s", t->name, v->verb);
	gap = strstr(v->help, "%s");
	if (gap == NULL)
		(void)snprintf(entry->help, sizeof(entry->help), "%s", v->help);
	else
		(void)snprintf(entry->help, sizeof(entry->help), "%.*s%s%s",
		    (int)(gap - v->help), v->help, label, gap + 2);
	c->table[i] = (struct args_command){ .words = entry->words,
		.operands = v->operands,
		.operands_min = v->operands_n,
		.operands_max = v->operands_n,
		.help = entry->help,
		.options = v->options,
		.id = (int)i };
	c->kinds[i] = t->plural;
}

static void
add_fixed(struct commands *c, const struct fixed *f)
{
	size_t i = c->program.command_n++;

	c->entries[i].command = f->command;
	c->table[i] = (struct args_command){ .words = f->words,
		.operands = f->operands,
		.operands_min = f->min,
		.operands_max = f->max,
		.help = f->help,
		.options = f->options,
		.id = (int)i };
}

static void
add_page(struct commands *c, const struct schema_page *page)
{
	size_t i = c->program.command_n++;
	struct command_entry *entry = &c->entries[i];

	entry->command = (struct command){ page_run, page_human, NULL };
	entry->page = page->name;
	c->table[i] = (struct args_command){ .words = page->command,
		.operands = "ID",
		.operands_min = 1,
		.operands_max = 1,
		.help = page->help,
		.id = (int)i };
}

static void
add_guide(struct commands *c, const struct schema_guide *guide)
{
	size_t i = c->program.command_n++;
	struct command_entry *entry = &c->entries[i];

	entry->command = (struct command){ guide_run, guide_human, NULL };
	entry->guide = guide->name;
	c->table[i] = (struct args_command){ .words = guide->command,
		.help = guide->help,
		.options = guide_options,
		.id = (int)i };
}

static bool
has_verb(const struct schema_type *t, enum verb_types types)
{
	const struct schema_signing *s = &t->signing;

	switch (types) {
	case ANY:
		return true;
	case PLAIN:
		return t->begun.name == NULL;
	case BEGUN:
		return t->begun.name != NULL;
	case SIGNED:
		return s->closes != NULL;
	case ADDED_TO:
		return s->closes != NULL && s->addenda != NULL;
	case MARKED:
		return s->closes != NULL && s->error_because != NULL;
	case COPIED:
		return s->closes != NULL && s->copied_from != NULL;
	case FILED:
		return t->content.hash != NULL;
	}
	return false;
}

enum err_code
commands_make(const struct schema *s, struct commands *out, struct err *e)
{
	size_t types = schema_types_n(s),
	       n = FIXED_N + schema_pages_n(s) + schema_guides_n(s) +
	    types * VERBS_N;

	*out = (struct commands){
		.program = { .name = "visitbook",
		    .about = "notes of visits, kept on this machine and "
		             "brought to the office",
		    .globals = globals },
		.table = calloc(n, sizeof(*out->table)),
		.entries = calloc(n, sizeof(*out->entries)),
		.kinds = calloc(n, sizeof(*out->kinds)),
	};
	if (out->table == NULL || out->entries == NULL || out->kinds == NULL) {
		commands_fini(out);
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	}
	for (size_t i = 0; i < FIXED_N; i++)
		add_fixed(out, &fixed[i]);
	for (size_t i = 0; i < schema_pages_n(s); i++)
		add_page(out, schema_page_at(s, i));
	for (size_t i = 0; i < schema_guides_n(s); i++)
		add_guide(out, schema_guide_at(s, i));
	for (size_t t = 0; t < types; t++) {
		const struct schema_type *type = schema_type_at(s, t);

		for (size_t v = 0; v < VERBS_N; v++)
			if (has_verb(type, verbs[v].types))
				add_verb(out, type, &verbs[v]);
	}
	out->program.commands = out->table;
	out->program.kinds = out->kinds;
	return ERR_OK;
}

void
commands_fini(struct commands *c)
{
	free(c->table);
	free(c->entries);
	free(c->kinds);
	*c = (struct commands){ 0 };
}
