/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Not getopt_long: it takes any unambiguous beginning of an option for the
 * whole, which would make every option added later break somebody's script.
 */
#include "common/sys/args.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>

#include "common/base/near.h"

/* The longest command's words. */

struct parser {
	const struct args_program *program;
	struct args *out;
	char *const *argv;
	int argc;
	int next; /* index of the next argument */
};

static const struct args_option help_option = { "help", NULL, "print this help",
	true, false };

/* The option of that name (name_len bytes) in a table, or NULL. */
static const struct args_option *
find_option(const struct args_option *table, const char *name, size_t name_len)
{
	for (; table != NULL && table->name != NULL; table++)
		if (strlen(table->name) == name_len &&
		    memcmp(table->name, name, name_len) == 0)
			return table;
	return NULL;
}

static void
offer_options(
    struct near *near, const char *name, const struct args_option *table)
{
	for (; table != NULL && table->name != NULL; table++)
		near_offer(near, name, table->name);
}

static enum err_code
unknown_option(const struct parser *p, const char *name, struct err *e)
{
	const struct args_command *command = p->out->command;
	struct near near = { .word = NULL };

	offer_options(&near, name, p->program->globals);
	if (command != NULL)
		offer_options(&near, name, command->options);
	near_offer(&near, name, help_option.name);
	if (near.word != NULL)
		return err_set(e, ERR_INVALID, 0,
		    "unknown option --%.60s; did you mean --%s?", name,
		    near.word);
	return err_set(e, ERR_INVALID, 0,
	    "unknown option --%.60s; %s%s%s --help lists what there is", name,
	    p->program->name, command != NULL && *command->words ? " " : "",
	    command != NULL ? command->words : "");
}

static enum err_code
add_given(struct args *a, const struct args_option *o, const char *value,
    struct err *e)
{
	if (!o->repeat && args_has(a, o->name))
		return err_set(
		    e, ERR_INVALID, 0, "--%s was given twice", o->name);
	if (a->given_n == ARGS_GIVEN_MAX)
		return err_set(
		    e, ERR_INVALID, 0, "more than %d options", ARGS_GIVEN_MAX);
	a->given[a->given_n++] = (struct args_given){ o->name, value };
	return ERR_OK;
}

/* Read the option at text, which is behind the "--". */
static enum err_code
read_option(struct parser *p, const char *text, struct err *e)
{
	const char *equals = strchrnul(text, '=');
	size_t len = (size_t)(equals - text);
	const char *value = *equals == '=' ? equals + 1 : NULL;
	const struct args_option *o =
	    find_option(p->program->globals, text, len);
	char name[ARGS_WORDS_MAX + 1];

	if (o == NULL && p->out->command != NULL)
		o = find_option(p->out->command->options, text, len);
	if (o == NULL && len == 4 && memcmp(text, "help", 4) == 0) {
		o = &help_option;
		p->out->help = true;
	}
	if (o == NULL) {
		(void)snprintf(name, sizeof(name), "%.*s",
		    (int)(len < ARGS_WORDS_MAX ? len : ARGS_WORDS_MAX), text);
		return unknown_option(p, name, e);
	}
	if (o->value == NULL && value != NULL)
		return err_set(
		    e, ERR_INVALID, 0, "--%s takes no value", o->name);
	if (o->value != NULL && value == NULL && p->next < p->argc &&
	    strncmp(p->argv[p->next], "--", 2) != 0)
		value = p->argv[p->next++];
	if (o->value != NULL && value == NULL)
		return err_set(e, ERR_INVALID, 0, "--%s needs its %s behind it",
		    o->name, o->value);
	return add_given(p->out, o, value, e);
}

/* Whether words are the first ones of a longer command. */
static bool
begins(const struct args_command *command, const char *words)
{
	size_t len = strlen(words);

	return strncmp(command->words, words, len) == 0 &&
	    command->words[len] == ' ';
}

static enum err_code
unknown_command(const struct parser *p, struct err *e)
{
	struct near near = { .word = NULL };

	for (size_t i = 0; i < p->program->command_n; i++)
		near_offer(&near, p->out->words, p->program->commands[i].words);
	if (near.word != NULL)
		return err_set(e, ERR_INVALID, 0,
		    "unknown command \"%s\"; did you mean \"%s\"?",
		    p->out->words, near.word);
	return err_set(e, ERR_INVALID, 0,
	    "unknown command \"%s\"; %s --help lists what there is",
	    p->out->words, p->program->name);
}

/* Add a word to the command, which may complete it. */
static enum err_code
read_word(struct parser *p, const char *word, struct err *e)
{
	size_t len = strlen(p->out->words);
	bool more = false;

	(void)snprintf(p->out->words + len, sizeof(p->out->words) - len, "%s%s",
	    len > 0 ? " " : "", word);
	for (size_t i = 0; i < p->program->command_n; i++) {
		const struct args_command *c = &p->program->commands[i];

		if (strcmp(c->words, p->out->words) == 0) {
			p->out->command = c;
			return ERR_OK;
		}
		more = more || begins(c, p->out->words);
	}
	return more ? ERR_OK : unknown_command(p, e);
}

/* The command that this word makes of the one that was read: "import list" of
 * "import". */
static const struct args_command *
longer_command(const struct parser *p, const char *word)
{
	const char *words = p->out->command->words;
	const size_t len = strlen(words);

	for (size_t i = 0; i < p->program->command_n && len > 0; i++) {
		const struct args_command *c = &p->program->commands[i];

		if (begins(c, words) && strcmp(c->words + len + 1, word) == 0)
			return c;
	}
	return NULL;
}

static enum err_code
read_operand(struct parser *p, const char *text, struct err *e)
{
	struct args *a = p->out;
	const struct args_command *longer;

	if (a->command == NULL)
		return read_word(p, text, e);
	longer = a->operand_n > 0 ? NULL : longer_command(p, text);
	if (longer != NULL) {
		a->command = longer;
		(void)snprintf(a->words, sizeof(a->words), "%s", longer->words);
		return ERR_OK;
	}
	if (a->operand_n >= a->command->operands_max)
		return err_set(e, ERR_INVALID, 0,
		    "\"%.60s\" is more than %s%s%s takes", text,
		    p->program->name, *a->command->words ? " " : "",
		    a->command->words);
	a->operands[a->operand_n++] = text;
	return ERR_OK;
}

/* The command line ended before a command was complete: name the words that
 * could have followed. */
static enum err_code
no_command(const struct parser *p, struct err *e)
{
	size_t len = strlen(p->out->words);
	char list[128] = "";
	size_t used = 0;

	if (len == 0)
		return err_set(e, ERR_INVALID, 0,
		    "say what to do; %s --help lists what there is",
		    p->program->name);
	for (size_t i = 0; i < p->program->command_n; i++) {
		const struct args_command *c = &p->program->commands[i];
		int n;

		if (!begins(c, p->out->words))
			continue;
		n = snprintf(list + used, sizeof(list) - used, "%s%s",
		    used > 0 ? ", " : "", c->words + len + 1);
		if (n < 0 || (size_t)n >= sizeof(list) - used)
			break;
		used += (size_t)n;
	}
	return err_set(e, ERR_INVALID, 0,
	    "\"%s\" needs one of these behind it: %s", p->out->words, list);
}

static enum err_code
check_complete(const struct parser *p, struct err *e)
{
	const struct args_command *c = p->out->command;
	const struct args_option *o;

	if (c == NULL)
		return no_command(p, e);
	if (p->out->operand_n < c->operands_min)
		return err_set(e, ERR_INVALID, 0, "%s%s%s needs %s",
		    p->program->name, *c->words ? " " : "", c->words,
		    c->operands);
	for (o = c->options; o != NULL && o->name != NULL; o++)
		if (o->required && !args_has(p->out, o->name))
			return err_set(e, ERR_INVALID, 0,
			    "%s%s%s needs --%s%s%s", p->program->name,
			    *c->words ? " " : "", c->words, o->name,
			    o->value != NULL ? " " : "",
			    o->value != NULL ? o->value : "");
	return ERR_OK;
}

enum err_code
args_parse(const struct args_program *program, int argc, char *const argv[],
    struct args *out, struct err *e)
{
	struct parser p = { .program = program,
		.out = out,
		.argv = argv,
		.argc = argc,
		.next = 1 };
	enum err_code code = ERR_OK;
	bool options = true;

	*out = (struct args){ .program = program };
	if (program->command_n == 1 && *program->commands[0].words == '\0')
		out->command = &program->commands[0];
	while (code == ERR_OK && p.next < argc) {
		const char *text = argv[p.next++];

		if (!options || *text != '-' || text[1] == '\0')
			code = read_operand(&p, text, e);
		else if (strcmp(text, "--") == 0)
			options = false;
		else if (strncmp(text, "--", 2) == 0)
			code = read_option(&p, text + 2, e);
		else if (strcmp(text, "-h") == 0)
			code = read_option(&p, help_option.name, e);
		else
			code = err_set(e, ERR_INVALID, 0,
			    "unknown option %.60s; options are words, such as "
			    "--help",
			    text);
	}
	if (code == ERR_OK && !out->help)
		code = check_complete(&p, e);
	return code;
}

const char *
args_next(const struct args *a, size_t *i, const char *name)
{
	while (*i < a->given_n) {
		const struct args_given *g = &a->given[(*i)++];

		if (strcmp(g->name, name) == 0)
			return g->value;
	}
	return NULL;
}

const char *
args_get(const struct args *a, const char *name)
{
	size_t i = 0;

	return args_next(a, &i, name);
}

bool
args_has(const struct args *a, const char *name)
{
	for (size_t i = 0; i < a->given_n; i++)
		if (strcmp(a->given[i].name, name) == 0)
			return true;
	return false;
}

enum err_code
args_get_int(const struct args *a, const char *name, int64_t min, int64_t max,
    int64_t *out, struct err *e)
{
	const char *text = args_get(a, name);
	char *end;
	int64_t v;

	if (text == NULL)
		return ERR_OK;
	errno = 0;
	v = strtoimax(text, &end, 10);
	/* strtoimax skips spaces and takes '+'. */
	if (errno != 0 || end == text || *end != '\0' || v < min || v > max ||
	    (*text != '-' && (*text < '0' || *text > '9')))
		return err_set(e, ERR_INVALID, 0,
		    "--%s is a whole number from %" PRId64 " to %" PRId64, name,
		    min, max);
	*out = v;
	return ERR_OK;
}

const struct args_program *
args_group(const struct args_program *program, const char *words,
    struct args_program *room_out)
{
	struct args_program group = *program;

	group.is_group = true;
	group.command_n = 0;
	for (size_t i = 0; i < program->command_n && *words != '\0'; i++)
		if (begins(&program->commands[i], words) &&
		    group.command_n++ == 0)
			group.commands = &program->commands[i];
	if (group.command_n == 0)
		return program;
	*room_out = group;
	return room_out;
}

/* Append two columns: the left one is padded, or has a line of its own. */
static void
put_columns(struct buf *out, const char *left, const char *right)
{
	if (strlen(left) <= 24)
		buf_printf(out, "  %-24s  %s\n", left, right);
	else
		buf_printf(out, "  %s\n  %-24s  %s\n", left, "", right);
}

static void
put_options(struct buf *out, const char *title, const struct args_option *table)
{
	char left[64];

	if (table == NULL || table->name == NULL)
		return;
	buf_printf(out, "\n%s:\n", title);
	for (; table->name != NULL; table++) {
		(void)snprintf(left, sizeof(left), "--%s%s%s%s", table->name,
		    table->value != NULL ? " " : "",
		    table->value != NULL ? table->value : "",
		    table->repeat ? " ..." : "");
		put_columns(out, left, table->help);
	}
}

/* All commands of a kind are one line, the first one's. */
static bool
put_kind(struct buf *out, const struct args_program *program, size_t i)
{
	const char *words = program->commands[i].words;
	const size_t len = strcspn(words, " ");
	char left[128];

	if (program->is_group || program->kinds == NULL ||
	    program->kinds[i] == NULL)
		return false;
	(void)snprintf(left, sizeof(left), "%.*s", (int)len + 1, words);
	if (i > 0 &&
	    strncmp(program->commands[i - 1].words, left, len + 1) == 0)
		return true;
	(void)snprintf(left, sizeof(left), "%.*s ...", (int)len, words);
	put_columns(out, left, program->kinds[i]);
	return true;
}

static void
put_commands(struct buf *out, const struct args_program *program)
{
	char left[128];

	buf_add_str(out, "\nCommands:\n");
	for (size_t i = 0; i < program->command_n; i++) {
		const struct args_command *c = &program->commands[i];

		if (put_kind(out, program, i))
			continue;
		(void)snprintf(left, sizeof(left), "%s%s%s", c->words,
		    c->operands != NULL ? " " : "",
		    c->operands != NULL ? c->operands : "");
		put_columns(out, left, c->help);
	}
}

/* Append the first line: the command, its operands and what it requires. */
static void
put_synopsis(struct buf *out, const struct args_program *program,
    const struct args_command *command)
{
	const struct args_option *o;

	buf_printf(out, "Usage: %s", program->name);
	if (command == NULL) {
		buf_add_str(out, " COMMAND [option ...]\n");
		return;
	}
	if (*command->words != '\0')
		buf_printf(out, " %s", command->words);
	if (command->operands != NULL)
		buf_printf(out, " %s", command->operands);
	for (o = command->options; o != NULL && o->name != NULL; o++)
		if (o->required)
			buf_printf(out, " --%s%s%s", o->name,
			    o->value != NULL ? " " : "",
			    o->value != NULL ? o->value : "");
	buf_add_str(out, " [option ...]\n");
}

void
args_usage(const struct args_program *program,
    const struct args_command *command, struct buf *out)
{
	const char *about = program->about;

	if (command != NULL && *command->words != '\0')
		about = command->help;
	put_synopsis(out, program, command);
	buf_printf(out, "\n%c%s.\n", toupper((unsigned char)*about), about + 1);
	if (command == NULL)
		put_commands(out, program);
	else
		put_options(out, "Options", command->options);
	put_options(out, "Options of every command", program->globals);
	put_columns(out, "-h, --help", help_option.help);
	if (command == NULL)
		buf_printf(out,
		    "\n%s COMMAND --help says more about a command.\n",
		    program->name);
}
